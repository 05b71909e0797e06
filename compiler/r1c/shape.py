"""A fault of shape that pydantic found -> the finding: what is there, what is wanted, and what to write."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from r1c import fields
from r1c.diagnostics import Code, Finding, Path
from r1c.facts import vllm
from r1c.fields import Field, dotted
from r1c.form import CHOICE, FORMAT, FORMATS, MISSING, RANGE, TYPE, UNKNOWN
from r1c.profile import Profile
from r1c.source import RETYPED, Document
from r1c.suggest import LISTED, advice, closest, listed

_SHOWN = 60
"""Longer texts are cut where a message quotes them."""


def near(path: Path) -> Path | None:
    """Return the path of the field that an unknown one was meant to be, if its name is near to one's."""
    name = closest(str(path[-1]), _siblings(path))
    return (*path[:-1], name) if name else None


def required(path: Path) -> list[tuple[str, Field]]:
    """Return the fields that a section cannot do without."""
    field = fields.find(path)
    inside = fields.names(field.section) if field and field.section else {}
    described = [(name, fields.describe((*path, name), info)) for name, info in inside.items()]
    return [(name, inner) for name, inner in described if inner.required]


def finding(path: Path, item: ErrorDetails, document: Document) -> tuple[Code, Finding]:
    """Put one of pydantic's errors into words."""
    kind, value = item["type"], item["input"]
    where, field = _cut(dotted(path)), fields.find(path)
    choices = field.words.split(" or ") if field else []
    if kind == "extra_forbidden":
        parent = dotted(path[:-1]) or "the profile"
        message = f"unknown field {_cut(str(path[-1]))} in {parent}"
        return UNKNOWN, Finding(path, message, _elsewhere(path, parent), on_key=True)
    if where in FORMATS:
        wanted = FORMATS[where]
        found = f"{where} is missing" if kind == "missing" or value is None else f"{where} is {_kind(value)}"
        return FORMAT, Finding(path, f"{found}; a recipe has {where}: {wanted}", f"write {where}: {wanted}")
    if kind == "missing" or (value is None and field and field.required and _is_single(path, field)):
        return MISSING, _missing(path, where, field, blank=kind != "missing")
    if value is None:
        wanted = field.words if field else "a text"
        wanted = f"it takes {listed(choices)}" if kind == "literal_error" else f"{wanted} is wanted"
        return TYPE, Finding(path, f"{where} has no value; {wanted}", "give it a value, or remove the line")
    if kind == "literal_error":
        meant = closest(value, choices) if isinstance(value, str) else None
        help_ = f"did you mean {meant}?" if meant else f"write {listed(choices)}"
        return CHOICE, Finding(path, f"{where} is {_kind(value)}; it takes {listed(choices)}", help_)
    if kind in ("greater_than_equal", "less_than_equal"):
        least = kind == "greater_than_equal"
        limit = item["ctx"]["ge" if least else "le"]
        message = f"{where} is {value}; the {'least' if least else 'most'} is {limit}"
        return RANGE, Finding(path, message, f"write {limit} or {'more' if least else 'less'}")
    return _wrong_type(path, value, field, document)


def _is_single(path: Path, field: Field) -> bool:
    """Tell a field of its own from an item of a list and a value in a map of names."""
    return not isinstance(path[-1], int) and not (field.section and " or " in field.words)


def _siblings(path: Path) -> list[str]:
    if len(path) == 1:
        return list(fields.names(Profile))
    field = fields.find(path[:-1])
    model: type[BaseModel] | None = field.section if field else None
    return list(fields.names(model)) if model else []


def _elsewhere(path: Path, parent: str) -> str:
    """Say what an unknown field may have been meant to be: a near name, or the same name in another place."""
    name, siblings = str(path[-1]), _siblings(path)
    if closest(name, siblings) is None:
        places = [
            field.path.rpartition(".")[0] for field in fields.every() if field.path.split(".")[-1] == name
        ]
        if places and len(places) <= 3:
            return f"it is a field of {listed(place or 'the profile' for place in places)}"
        if f"--{vllm.canonical(name)}" in vllm.data()["serve"] and path[:1] == ("spec",):
            return "flags of vLLM belong in spec.vllm.args"
        if len(siblings) > LISTED:
            return f"`r1c explain {parent}` lists the {len(siblings)} fields of {parent}"
    return advice(name, siblings, f"fields of {parent}")


def _missing(path: Path, where: str, field: Field | None, *, blank: bool) -> Finding:
    """Say that a field is absent, or that its key is there without a value."""
    lacking, add = (f"{where} has no value", "fill in") if blank else (f"{where} is missing", "add")
    inner = required(path)
    needs = f"; it needs {listed((name for name, _ in inner), 'and')}" if inner else ""
    meaning = f" ({field.description.rstrip('.')})" if field and field.description else ""
    example = f": {field.example}" if field and field.example is not None else ""
    if any(part.section for _, part in inner):
        it = "fill it in" if blank else "add it"
        return Finding(path, f"{lacking}{needs}", f"{it}, or start with `r1c init`", on_key=True)
    if inner and all(part.example is not None for _, part in inner):
        example = f": {{{', '.join(f'{name}: {part.example}' for name, part in inner)}}}"
    return Finding(path, f"{lacking}{needs}", f"{add} {path[-1]}{example}{meaning}", on_key=True)


def _wrong_type(path: Path, value: Any, field: Field | None, document: Document) -> tuple[Code, Finding]:
    where, wanted = _cut(dotted(path)), field.words if field else "a text"
    entry = document.places.get(path)
    written = _cut(entry.written) if entry else ""
    if "text" in wanted and isinstance(value, bool | int | float):
        read = "a truth value" if isinstance(value, bool) else "a number"
        if not isinstance(value, bool) and str(value) != written:
            read = f"the number {value:g}" if isinstance(value, float) else f"the number {value}"
        like = f"; a value looks like {field.example}" if field and isinstance(field.example, str) else ""
        message = f"{where} is a text, but YAML reads {written} without quotes as {read}"
        return RETYPED, Finding(path, message, f'write "{written}" in quotes{like}')
    help_ = _help(path, value, wanted, field)
    return TYPE, Finding(path, f"{where} is {_kind(value)}; {wanted} is wanted", help_)


def _help(path: Path, value: Any, wanted: str, field: Field | None) -> str:
    """Say what to write: the value itself mended, where it is plain what was meant."""
    alone = value[0] if isinstance(value, list) and len(value) == 1 else None
    if wanted == "a section":
        return _section_help(path, value)
    if wanted.startswith("a map of names") or (wanted.endswith("values") and isinstance(value, list)):
        return "write one `name: value` line for each below it" + (
            ", without dashes" if isinstance(value, list) else ""
        )
    if wanted.startswith("a list") and isinstance(value, str) and len(value) <= _SHOWN:
        return f"write [{', '.join(part.strip() for part in value.split(','))}]"
    if wanted.startswith("a list"):
        return "write each item on a line of its own below it, begun with a dash"
    if wanted == "a whole number":
        return _number_help(value, alone, field)
    if wanted == "true or false" and isinstance(value, str) and value.lower() in ("true", "false"):
        return f"write {value.lower()} without quotes"
    if isinstance(alone, str) and len(alone) <= _SHOWN:
        return f"write {alone} without brackets"
    example = f", such as {field.example}" if field and field.example is not None else ""
    return f"write {wanted}{example}"


def _section_help(path: Path, value: Any) -> str:
    inner = required(path)
    names = [name for name, _ in inner] or _siblings((*path, ""))
    if isinstance(value, str) and len(value) <= _SHOWN:
        key, colon, rest = value.partition(":")
        if colon and key in _siblings((*path, "")):
            return f"write {key}: {rest.strip()}, with a space after the colon"
        if len(inner) == 1:
            return f"write {path[-1]}: {{{names[0]}: {value}}}"
    dashes = ", without dashes" if isinstance(value, list) else ""
    which = listed(names, "and") if len(names) <= LISTED else f"`r1c explain {dotted(path)}` lists them"
    return f"write its fields below it, each on a line of its own{dashes}: {which}"


def _number_help(value: Any, alone: Any, field: Field | None) -> str:
    if isinstance(value, str) and value.strip().isascii() and value.strip().isdigit():
        return f"write {_cut(value.strip())} without quotes"
    if isinstance(value, float) and value.is_integer():
        return f"write {value:.0f}"
    if isinstance(alone, int) and not isinstance(alone, bool):
        return f"write {alone} without brackets"
    return (
        f"write a number in digits, such as {field.default}"
        if field and field.default
        else "write a number in digits"
    )


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 3]}..."


def _kind(value: Any) -> str:
    """Name a value as it is: the text "two", the number 2.5, a list."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f'the text "{_cut(value)}"'
    return (
        "a map" if isinstance(value, dict) else "a list" if isinstance(value, list) else f"the number {value}"
    )
