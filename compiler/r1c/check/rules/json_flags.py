"""R1C434, R1C435 and R1C438: keys and values inside JSON flags, against the classes of the release.

The classes are in facts/vllm_startup.json.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from r1c.check import model_overrides
from r1c.check.rule import Rule, rule
from r1c.check.rules.vllm_version import VERSION_HERE
from r1c.diagnostics import Edit, Finding, Move, Path, Remove, Severity, either, safe
from r1c.diagnostics.suggest import LISTED, closest, corrected, listed, sure, with_type
from r1c.facts import vllm_startup
from r1c.facts.vllm_startup import ConfigClass
from r1c.record import record
from r1c.resolve.plan import Plan
from r1c.resolve.server import Argument, mapping

FIELDS = ("spec.vllm.args", "spec.vllm.version")
_WORDS = {
    "int": "an integer",
    "float": "a number",
    "bool": "a boolean",
    "str": "a string",
    "list": "a list",
    "map": "a map",
}
_ITEMS = {"int": "integers", "float": "numbers", "bool": "booleans", "str": "strings"}
_TRUTH = {"true", "false", "1", "0", "yes", "no", "on", "off", "t", "f", "y", "n"}
_MODALITIES = ("audio", "image", "video")
_BACKENDS = "AttentionBackendEnum"


@record
class Entry:
    """A key of a JSON flag, with its class, its path and its value.

    `on_key` says that the path is the key of the entry.
    """

    owner: ConfigClass
    flag: str
    key: str
    value: Any
    path: Path
    on_key: bool


def entries(plan: Plan) -> Iterator[Entry]:
    """Yield the keys inside the JSON flags of the release, including nested classes."""
    release = plan.server.release
    for argument in plan.server.arguments:
        if not _holds_json(argument):
            continue
        head, *keys = argument.meant.split(".")
        owner = vllm_startup.flag_class(head, release)
        if owner is None:
            continue
        value, path = argument.value, argument.path
        if keys:
            yield from _dotted(owner, head, [key.replace("-", "_") for key in keys], argument, release)
        else:
            yield from _inside(owner, head, value, path, release)


def _holds_json(argument: Argument) -> bool:
    flag = argument.flag
    return flag is not None and ("." in argument.meant or flag.kind in ("json", "json-or-str"))


def _inside(owner: ConfigClass, flag: str, value: Any, path: Path, release: str) -> Iterator[Entry]:
    held = mapping(value)
    written = isinstance(value, Mapping)
    for key, item in (held or {}).items():
        place = (*path, key) if written else path
        yield Entry(owner, flag, str(key), item, place, on_key=written)
        inner = _inner(owner, str(key), release)
        if inner:
            yield from _inside(inner, flag, item, place, release)


def _dotted(
    owner: ConfigClass, flag: str, keys: list[str], argument: Argument, release: str
) -> Iterator[Entry]:
    """Yield the entry of an argument such as compilation-config.pass_config.fuse_norm_quant."""
    path = argument.path
    for key in keys[:-1]:
        if key not in owner.fields:
            yield Entry(owner, flag, key, None, path, on_key=True)
        inner = _inner(owner, key, release)
        if inner is None:
            return
        owner = inner
    yield Entry(owner, flag, keys[-1], _read(argument.value), path, on_key=True)


def _read(value: Any) -> Any:
    """Read the value of a dotted flag as vLLM does: as JSON where it is, so that "7" is a number."""
    try:
        return json.loads(value) if isinstance(value, str) else value
    except (ValueError, RecursionError):
        return value


def _inner(owner: ConfigClass, key: str, release: str) -> ConfigClass | None:
    classes = [kind[1:] for kind in _kinds(owner, key) if kind.startswith("@")]
    return vllm_startup.config_class(classes[0], release) if len(classes) == 1 else None


def _kinds(owner: ConfigClass, key: str) -> list[str]:
    return owner.fields.get(key, "").split(" ")[0].split("|")


def _unknown(plan: Plan) -> Iterator[tuple[Entry, str | None]]:
    """Yield the keys that their class does not have, each with the key that was probably meant."""
    for entry in entries(plan):
        if entry.key not in entry.owner.fields:
            elsewhere = vllm_startup.other_release(entry.owner.name, entry.key, plan.server.release)
            yield entry, None if elsewhere else closest(entry.key, entry.owner.fields)


def _renamed(path: Path, key: str, near: str | None) -> Edit | None:
    """Return the edit that corrects a key; None where it is inside JSON as a string."""
    last = str(path[-1])
    if near is None or not last.endswith(key):
        return None
    return either(Move(path, (*path[:-1], last.removesuffix(key) + near)), sure=sure(key, near))


def _stranger(plan: Plan, entry: Entry, help_: str, edit: Edit | None) -> Finding:
    release = plan.server.release
    elsewhere = vllm_startup.other_release(entry.owner.name, entry.key, release)
    message = f"{entry.flag} has no key {entry.key} in vLLM {plan.server.version}"
    return Finding(
        entry.path,
        f"{message}; {elsewhere}" if elsewhere else message,
        help_,
        on_key=entry.on_key,
        related=(VERSION_HERE,) if elsewhere else (),
        edit=edit,
    )


@rule(
    code="R1C434",
    slug="json-key-unknown",
    severity=Severity.ERROR,
    title="Unknown key inside a JSON flag",
    why="From v0.16.0 on, most classes behind vLLM's JSON flags refuse unknown keys. Older releases silently "
    "ignore them, so for those r1c refuses a key that is close to a known one "
    "(facts/vllm_startup.json).",
    example="spec:\n  vllm:\n    version: v0.16.0\n    args:\n      compilation-config: {cudagraph_mod: "
    "FULL}\n",
    fix="Use a key that this release has.",
    fields=FIELDS,
    edits="safe or unsafe",
)
def json_key_unknown(plan: Plan) -> Iterator[Finding]:
    """Refuse keys that the class refuses, or that are close to one of its keys."""
    for entry, near in _unknown(plan):
        if near is None and not entry.owner.refuses:
            continue
        known = sorted(entry.owner.fields)
        help_ = f"did you mean {near}?" if near else "remove the key"
        if near is None and len(known) <= LISTED:
            help_ = f"use {listed(known)}, or remove the key"
        yield _stranger(plan, entry, help_, _renamed(entry.path, entry.key, near))


@rule(
    code="R1C438",
    slug="json-key-ignored",
    severity=Severity.WARNING,
    title="Key of a JSON flag ignored by this vLLM release",
    why="Up to v0.15.0 most classes behind JSON flags ignore unknown keys, and the server runs without the "
    "setting (facts/vllm_startup.json).",
    example="spec:\n  vllm:\n    version: v0.11.0\n    args:\n      compilation-config: {mode: 3}\n",
    fix="Remove the key, or use one that this release has.",
    fields=FIELDS,
    edits="safe or unsafe",
)
def json_key_ignored(plan: Plan) -> Iterator[Finding]:
    """Report keys that the class ignores and that are not close to one of its keys."""
    for entry, near in _unknown(plan):
        if near is None and not entry.owner.refuses:
            edit = safe(Remove(entry.path)) if str(entry.path[-1]).endswith(entry.key) else None
            yield _stranger(plan, entry, "remove the key, which has no effect", edit)
    asked = plan.server.argument("limit-mm-per-prompt")
    for name in (mapping(asked.value) or {}) if asked and asked.flag else ():
        near = None if name in _MODALITIES else closest(name, _MODALITIES)
        if asked and near:
            path = (*asked.path, name) if isinstance(asked.value, Mapping) else asked.path
            yield Finding(
                path,
                f"limit-mm-per-prompt has no effect for {name}, which is not a modality",
                f"did you mean {near}?",
                on_key=isinstance(asked.value, Mapping),
                edit=_renamed(path, str(name), near),
            )


def _fits(kind: str, value: Any, release: str) -> bool:
    """Tell whether vLLM, which converts JSON values, accepts a value for one type."""
    head, _, held = kind.partition(":")
    if held and head in ("list", "map"):
        items = value if head == "list" else (mapping(value) or {}).values()
        return _READ[head](value) and all(
            any(_fits(k, item, release) for k in held.split(",")) for item in items
        )
    if kind.startswith("~"):
        return isinstance(value, str) and value.lower().replace("-", "_") == kind[1:]
    if kind.startswith("="):
        return not isinstance(value, bool) and str(value) == kind[1:]
    if kind.startswith("#"):
        return _is_member(kind[1:], value, release)
    if kind.startswith("@"):
        return mapping(value) is not None
    return _READ[kind](value)


def _is_member(enumeration: str, value: Any, release: str) -> bool:
    if enumeration == _BACKENDS:
        names = vllm_startup.values("attention-backend", release)
        return isinstance(value, str) and ("." in value or value.upper() in (*names, "AUTO", "CUSTOM"))
    members = vllm_startup.members(enumeration, release)
    taken = {name.lower() for name, _ in members} | {str(member).lower() for _, member in members}
    return not members or str(value).lower() in taken


def _is_int(value: Any) -> bool:
    if isinstance(value, float):
        return value.is_integer()
    return isinstance(value, int) or (isinstance(value, str) and _reads(int, value))


def _is_float(value: Any) -> bool:
    return isinstance(value, int | float) or (isinstance(value, str) and _reads(float, value))


def _reads(kind: type[int] | type[float], text: str) -> bool:
    try:
        kind(text)
    except ValueError:
        return False
    return True


_READ: Mapping[str, Callable[[Any], bool]] = {
    "any": lambda _: True,
    "int": _is_int,
    "float": _is_float,
    "bool": lambda value: isinstance(value, bool) or str(value).lower() in _TRUTH,
    "str": lambda value: isinstance(value, str),
    "list": lambda value: isinstance(value, list),
    "map": lambda value: mapping(value) is not None,
    "null": lambda value: value is None,
}


def _accepted(entry: Entry, release: str) -> list[str]:
    """Return the values of an enumeration that a key accepts, empty for other keys."""
    found: list[str] = []
    for kind in _kinds(entry.owner, entry.key):
        if kind.startswith(("=", "~")):
            found.append(kind[1:])
        elif kind == f"#{_BACKENDS}":
            found += vllm_startup.values("attention-backend", release)
        elif kind.startswith("#"):
            found += [name for name, _ in vllm_startup.members(kind[1:], release)]
    return found


def _word(kind: str) -> str:
    """Return what a kind is called: an integer, a list of strings."""
    head, _, held = kind.partition(":")
    names = [_ITEMS.get(item) for item in held.split(",") if item != "null"]
    if held and None not in names:
        return f"{_WORDS[head]} of {listed(name for name in names if name)}"
    return _WORDS.get(head, "a map")


@rule(
    code="R1C435",
    slug="json-value",
    severity=Severity.ERROR,
    title="Invalid value inside a JSON flag",
    why="vLLM reads a JSON flag into a class with types and enumerations, and exits with a validation error "
    "if a value does not fit (facts/vllm_startup.json).",
    example="spec:\n  vllm:\n    version: v0.13.0\n    args:\n      compilation-config: {cudagraph_mode: "
    "FULLL}\n",
    fix="Write a value that the key accepts in this release.",
    fields=FIELDS,
    edits="safe or unsafe",
)
def json_value(plan: Plan) -> Iterator[Finding]:
    """Check the values inside JSON flags against the types and limits of their keys."""
    server = plan.server
    for entry in entries(plan):
        kinds = [kind for kind in _kinds(entry.owner, entry.key) if kind]
        if not kinds or not entry.owner.typed:
            continue
        fault = _fault(entry, kinds, server.release)
        if fault:
            message = f"{entry.key} in {entry.flag} {fault[0]} in vLLM {server.version}"
            near = closest(str(entry.value), _accepted(entry, server.release)) if entry.on_key else None
            edit = corrected(entry.path, str(entry.value), near)
            yield Finding(entry.path, message, fault[1], edit=edit)
    yield from _misfits(plan)
    yield from _incomplete(plan)
    yield from model_overrides.misfits(plan)


def _incomplete(plan: Plan) -> Iterator[Finding]:
    """Yield the JSON flags, whole or dotted, without a key that their class has no default for."""
    given: dict[str, list[Argument]] = {}
    for argument in plan.server.arguments:
        if argument.flag:
            given.setdefault(argument.meant.partition(".")[0], []).append(argument)
    for flag, arguments in given.items():
        owner = vllm_startup.flag_class(flag, plan.server.release)
        dotted = {other.meant.split(".")[1] for other in arguments if "." in other.meant}
        held = [mapping(other.value) for other in arguments if other.meant == flag]
        if owner is None or None in held:
            continue
        there = {key.replace("-", "_") for key in dotted}.union(*(whole or () for whole in held))
        for key, kinds in owner.fields.items():
            if kinds.endswith(" required") and key not in there:
                words = listed(_word(kind) for kind in kinds.split(" ")[0].split("|"))
                yield Finding(
                    arguments[0].path,
                    f'{flag} has no "{key}", which vLLM {plan.server.version} needs',
                    f"add {key} with {words}",
                    on_key=True,
                )


def _misfits(plan: Plan) -> Iterator[Finding]:
    """Yield the values of maps of names (limit-mm-per-prompt) that have the wrong type."""
    release = plan.server.release
    for argument in plan.server.arguments:
        flag, _, key = argument.meant.partition(".")
        kinds = vllm_startup.map_value(flag, release) if _holds_json(argument) and "." not in key else None
        items = {key: argument.value} if key else mapping(argument.value) or {}
        for name, item in items.items() if kinds else ():
            wanted = [kind for kind in (kinds or "").split("|") if kind != "null"]
            if not any(_fits(kind, item, release) for kind in wanted):
                words = listed(dict.fromkeys(map(_word, wanted)))
                written = isinstance(argument.value, Mapping) and not key
                yield Finding(
                    (*argument.path, name) if written else argument.path,
                    f"{name} in {flag} expects {words} in vLLM {plan.server.version}, got {with_type(item)}",
                    f"write {words}",
                )


def _fault(entry: Entry, kinds: list[str], release: str) -> tuple[str, str] | None:
    value = entry.value
    if any(_fits(kind, value, release) for kind in kinds):
        return _out_of_bounds(entry)
    accepted = _accepted(entry, release)
    if accepted and isinstance(value, str | int | float):
        near = closest(str(value), accepted)
        help_ = f"did you mean {near}?" if near else f"use {listed(accepted)}"
        return f"does not accept {str(value).lower() if isinstance(value, bool) else value}", help_
    wanted = listed(dict.fromkeys(_word(kind) for kind in kinds if kind != "null"))
    return f"expects {wanted}, got {_held(value, kinds)}", f"write {wanted}"


def _held(value: Any, kinds: list[str]) -> str:
    """Write a value, or what it holds if that is at fault: a list with x."""
    if isinstance(value, list) and value and any(kind.startswith("list") for kind in kinds):
        return f"a list with {listed(map(with_type, value), 'and')}"
    return with_type(value)


def _out_of_bounds(entry: Entry) -> tuple[str, str] | None:
    if not _is_float(entry.value):  # a boolean is read as 0 or 1
        return None
    bound = vllm_startup.out_of_bounds(float(entry.value), entry.owner.fields[entry.key])
    return (f"must be {bound}, got {entry.value},", f"write a number {bound}") if bound else None


RULES: tuple[Rule, ...] = (json_key_unknown, json_value, json_key_ignored)
