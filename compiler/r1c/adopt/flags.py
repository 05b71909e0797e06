"""Flags of `vllm serve` as the source gives them -> vllm.args, and the fields that own a flag."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping
from typing import Any, Literal

from r1c.adopt.codes import FLAG_FORM, FLAG_NOT_THERE
from r1c.adopt.profile_draft import Draft, at, join
from r1c.check.rules.flags import BALANCING, JOINING, ONE_SERVER
from r1c.diagnostics import Finding, Path
from r1c.diagnostics.suggest import closest
from r1c.emit.yaml import to_yaml
from r1c.facts import vllm, vllm_history
from r1c.profile.owned_flags import FIELD_OF
from r1c.record import record
from r1c.source.scalar import LARGEST

JOINS = "r1c joins the pods of a group"
"""Why a flag or a value that joins pods is left out."""
_SECRET = "a credential does not belong in a profile; keep it in a Secret"  # noqa: S105  # a message
_DROPPED: Mapping[str, str] = {
    "shutdown-timeout": "r1c sets it from scheduling.terminationGracePeriodSeconds",
    "host": "the server listens on all addresses of its pod",
    "api-key": _SECRET,
    "hf-token": _SECRET,
    **dict.fromkeys(BALANCING, ONE_SERVER),
    **dict.fromkeys((*JOINING, "worker-use-ray", "data-parallel-backend"), JOINS),
}
_INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,17})")
_FLOAT = re.compile(r"-?([0-9]+\.[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?")
_WORDLESS = ("switch", "inverse", "bool")
_SWITCHES = ("switch", "inverse", "bool", "bool-value")


@record
class Given:
    """A flag of the source: its name, its value (a string of a shell, or data of a file), and its place.

    `rendered` is how a chart would write it, if vLLM does not accept that.
    """

    name: str
    value: Any
    path: Path
    rendered: str = ""


def flags(all_given: Iterable[Given], version: str | None, model: str | None) -> Draft:
    """Return the draft of the flags. Without a version, names and values are kept as they are."""
    return join(*(_one(one, version, model) for one in all_given))


def _one(one: Given, version: str | None, model: str | None) -> Draft:
    name, release = vllm.canonical(one.name), vllm.sampled(version) if version else None
    known = vllm.flag("serve", name, release) if release else None
    if known is None and name.startswith("no-") and one.value is True:
        return _one(Given(name.removeprefix("no-"), False, one.path), version, model)
    value = _typed(one.value, known or _somewhere(name, version))
    if name in _DROPPED:
        shown = "" if _DROPPED[name] == _SECRET else _shown(value)
        return Draft(dropped=((f"--{name}{shown}", _DROPPED[name]),))
    if name == "tokenizer" and value == model:
        return Draft(
            dropped=((f"--tokenizer {value}", "the tokenizer is that of the model, which is the default"),)
        )
    if name == "distributed-executor-backend":
        return _executor(value)
    if name in FIELD_OF:
        return _owned(FIELD_OF[name], name, value)
    if release and known is None:
        return _missing(name, value, one.path, str(version), release)
    return _argument(name, value, one, known)


def _owned(field: str, name: str, value: Any) -> Draft:
    number = field.rpartition(".")[2] in ("tensor", "pipeline", "port")
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if isinstance(value, int if number else str) and not isinstance(value, bool):
        return Draft(fields={at(field): value})
    return Draft(
        dropped=((f"--{name}{_shown(value)}", f"{field} expects {'a number' if number else 'a string'}"),)
    )


def _executor(value: Any) -> Draft:
    if value == "ray":
        return Draft(fields={at("spec.vllm.executor"): "ray"})
    return Draft(dropped=((f"--distributed-executor-backend{_shown(value)}", JOINS),))


def _missing(name: str, value: Any, path: Path, version: str, release: str) -> Draft:
    """Leave a flag out that the release does not have, and say what takes its place."""
    own = name.partition(".")[0]
    elsewhere = vllm_history.flag(own, release)
    if elsewhere is None:
        near = closest(name, vllm.names("serve", release))
        since, help_ = "it is not in any release", f"did you mean {near}?" if near else "remove it"
    else:
        use, drop = vllm_history.instead(own)
        since, help_ = elsewhere.words, f"use {use}" if use else f"remove it: {drop}" if drop else "remove it"
    message = f"vLLM {version} has no flag {name}: {since}"
    remark = (
        f"Left out: {name}: {to_yaml(value).strip()}, which vLLM {version} does not have ({since}); {help_}"
    )
    return Draft(
        remarks=((at("spec.vllm.args", name), remark),),
        findings=((FLAG_NOT_THERE, Finding(path, message, help_, on_key=True)),),
    )


def _argument(name: str, value: Any, one: Given, known: vllm.Flag | None) -> Draft:
    if value is not False or known is None or known.kind == "bool-value":
        return Draft(fields={at("spec.vllm.args", name): value})
    # A switch is turned off by leaving it out; every other kind has its own form for false.
    off = known.kind == "switch"
    draft = Draft() if off else Draft(fields={at("spec.vllm.args", name): value})
    if not one.rendered:
        return draft
    message = f"the chart writes {name}: false as {one.rendered}, which this flag does not accept"
    help_ = "nothing to do: the flag is left out" if off else f"nothing to do: the profile has {name}: false"
    return join(draft, Draft(findings=((FLAG_FORM, Finding(one.path, message, help_)),)))


def _typed(value: Any, known: vllm.Flag | None) -> Any:
    """Read a string of a command line as the flag's type; data of a file keeps its type."""
    if not isinstance(value, str):
        return value
    kind = known.kind if known else "value"
    if kind in _SWITCHES and value.lower() in ("true", "false"):
        return value.lower() == "true"
    if kind == "list":
        return [_number(word) if known and known.type != "str" else word for word in value.split()]
    if kind in ("json", "json-or-str") or value.startswith(("{", "[")):
        try:
            read = json.loads(value)
            return read if _fits(read) else value
        except (ValueError, RecursionError):
            return value
    if known and known.type == "str":
        return value
    return _number(value)


def _number(text: str) -> Any:
    if _INTEGER.fullmatch(text):
        return int(text)
    number = float(text) if _FLOAT.fullmatch(text) else math.inf
    return number if abs(number) <= LARGEST else text


def _fits(value: Any) -> bool:
    """Tell whether a profile can hold every number of JSON data."""
    if isinstance(value, dict | list):
        return all(map(_fits, value.values() if isinstance(value, dict) else value))
    return not isinstance(value, int | float) or abs(value) <= LARGEST


def is_joining(name: str) -> bool:
    """Tell whether a flag joins the nodes of a group, which r1c does."""
    return _DROPPED.get(vllm.canonical(name)) == JOINS


def _shown(value: Any) -> str:
    if value is True:
        return ""
    return f" {value if isinstance(value, str) else json.dumps(value)}"


def takes(name: str, version: str | None) -> Literal["none", "one", "many"]:
    """Tell how many words follow a flag on the command line of a version, or of the newest."""
    own = vllm.canonical(name)
    found = _somewhere(own, version)
    if found is None:
        return "none" if own.startswith("no-") and _somewhere(own[3:], version) else "one"
    return "many" if found.kind == "list" else "none" if found.kind in _WORDLESS else "one"


def _somewhere(name: str, version: str | None) -> vllm.Flag | None:
    """Return the flag as a version takes it, else as the newest release does that has it."""
    release = vllm.sampled(version) if version else None
    releases = (*([release] if release else []), *reversed(vllm.versions()))
    return next((found for one in releases if (found := vllm.flag("serve", name, one))), None)
