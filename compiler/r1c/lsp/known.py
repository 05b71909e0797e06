"""A place in a profile -> the values that are allowed there, and the meaning of the one that is written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from r1c.check.rules import registry_values
from r1c.commands import explain_lists, explain_text, known_values
from r1c.commands.entries import entries
from r1c.diagnostics import Path
from r1c.facts import vllm, vllm_history, vllm_startup
from r1c.facts.flag_words import default, deprecated, instead, value_of_flag, value_of_variable
from r1c.lsp.cursor import Cursor
from r1c.profile import fields
from r1c.profile.paths import ARGS, ENV

_BOOLEANS = ("true", "false")
_PARSERS: Mapping[str, vllm_history.ParserKind] = {
    "tool-call-parser": "tool",
    "reasoning-parser": "reasoning",
}


def release(asked: str) -> str:
    """Return the sampled release of spec.vllm.version, the newest for one that r1c does not know."""
    return vllm.sampled(asked) or vllm.versions()[-1]


def choices(place: Cursor, version: str) -> Mapping[str, str]:
    """Return what may be typed at a place, each with a line about it.

    A list may have maps or values: where a key is typed in one, it can also be a value.
    """
    keys = _keys(place, version) if place.on_key else {}
    at = (*place.path, 0) if place.on_key else place.path
    return keys or dict.fromkeys(_values(at, version), "")


def _keys(place: Cursor, version: str) -> Mapping[str, str]:
    if place.path == ARGS:
        return {name: _value(name, version) for name in vllm.names("serve", version)}
    if place.path == ENV:
        return dict.fromkeys(vllm_history.variables(version), f"vLLM {version}")
    if place.path[:-1] == ARGS:
        json_keys = vllm_startup.flag_class(vllm.canonical(str(place.path[-1])), version)
        return dict.fromkeys(json_keys.fields, f"vLLM {version}") if json_keys else {}
    section = fields.inside(place.path)
    if section is None:
        return {}
    known = (fields.describe((*place.path, name), section) for name in fields.names(section))
    return {field.name: field.description for field in known}


def _values(path: Path, version: str) -> Iterable[str]:
    if not path:
        return ()
    of_flag = path[:-1] if isinstance(path[-1], int) else path
    if of_flag[:-1] == ARGS:
        return _values_of_flag(vllm.canonical(str(of_flag[-1])), version, item=of_flag != path)
    known = known_values.values(path)
    if known:
        return known
    field = fields.find(path)
    if field is None:
        return ()
    if field.words == "boolean":
        return _BOOLEANS
    return field.choices


def _values_of_flag(name: str, version: str, *, item: bool) -> Iterable[str]:
    flag = vllm.flag("serve", name, version)
    if flag is None or (item and flag.kind != "list"):
        return ()
    if flag.kind in {"switch", "bool", "inverse"}:
        return _BOOLEANS
    if name in _PARSERS:
        return vllm_history.parsers(_PARSERS[name], version)
    return flag.choices or sorted(set(registry_values.known(name, version)))


def about(place: Cursor, written: str, version: str) -> str:
    """Explain what is at a place; empty where r1c knows nothing of it."""
    if place.path[:3] == ARGS and len(place.path) > len(ARGS):
        return _flag(vllm.canonical(str(place.path[3])), version)
    if place.path[:3] == ENV and len(place.path) > len(ENV):
        return _variable(str(place.path[3]), version)
    fact = None if place.on_key else explain_lists.find(written)
    if fact:
        return fact
    field = fields.find(place.path)
    return explain_text.of_field(field).partition("\n\nRules\n")[0] if field else ""


def _value(name: str, version: str) -> str:
    flag = vllm.flag("serve", name, version)
    if flag is None:
        return ""
    return "; ".join(filter(None, (value_of_flag(flag), "deprecated" if flag.deprecated else "")))


def _flag(name: str, version: str) -> str:
    flag = vllm.flag("serve", name, version)
    if flag is None:
        return f"--{name}\nvLLM {version} does not have this flag" if vllm.is_known(name) else ""
    title = (f"--{flag.name}", f"Flag of `vllm serve` in vLLM {version}")
    return "\n".join((*title, *entries(_of_flag(flag, version))))


def _of_flag(flag: vllm.Flag, version: str) -> Iterator[tuple[str, str]]:
    yield "Value", value_of_flag(flag)
    yield "One of", ", ".join(flag.choices or ())
    yield "Default", default("flags", flag.name, version)
    yield "Since", vllm_history.since(flag.name) or ""
    yield "Deprecated", deprecated(flag)
    yield "Instead", instead(flag.name)


def _variable(name: str, version: str) -> str:
    if not vllm_history.reads(name, version):
        other = vllm_history.variable(name, version)
        return f"{name}\nvLLM {version} does not read this variable" if other else ""
    rows = (("Value", value_of_variable(name, version)), ("Default", default("variables", name, version)))
    return "\n".join((name, f"Environment variable that vLLM {version} reads", *entries(rows)))
