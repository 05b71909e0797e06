"""A misfit of a profile -> the finding: the value that is there, what is expected, and what to write."""

from __future__ import annotations

from typing import Any

from r1c.diagnostics import Code, Edit, Finding, Move, Path, Put, Value, either, safe
from r1c.diagnostics.suggest import LISTED, SHOWN, advice, closest, cut, listed, sure, with_type
from r1c.facts import vllm
from r1c.json_schema import Misfit
from r1c.profile import as_pairs, fields
from r1c.profile.codes import CHOICE, FORMAT, MISSING, RANGE, RECIPE, TYPE, UNKNOWN, Form
from r1c.profile.fields import Field, dotted
from r1c.profile.misplaced import place
from r1c.profile.paths import ARGS, VERSION
from r1c.record import replace
from r1c.source import RETYPED, Document


def near(path: Path) -> Path | None:
    """Return the path of the field that an unknown one was meant to be, if that is plain.

    A spelling of a neighbour comes first, then another place that has the very name, then a near name.
    """
    unknown = str(path[-1])
    name = closest(unknown, _names(path[:-1], RECIPE))
    if name and sure(unknown, name):
        return (*path[:-1], name)
    elsewhere = place(path)
    if elsewhere:
        return elsewhere.path
    return (*path[:-1], name) if name else None


def finding(misfit: Misfit, document: Document, form: Form = RECIPE) -> tuple[Code, Finding]:
    """Put a misfit of a file of a format into words; only what a recipe says has edits."""
    code, found = _finding(misfit, document, form)
    return code, found if form is RECIPE else replace(found, edit=None)


def _finding(misfit: Misfit, document: Document, form: Form) -> tuple[Code, Finding]:
    path, value = misfit.path, misfit.value
    where, field = cut(dotted(path)), fields.find(path, form.schema)
    if misfit.keyword == "additionalProperties":
        parent = dotted(path[:-1]) or form.file
        message = f"unknown field {cut(str(path[-1]))} in {parent}"
        help_ = _elsewhere(path, parent, form)
        return UNKNOWN, Finding(path, message, help_, on_key=True, edit=_renamed(path, document))
    missing = misfit.keyword == "required"
    if where in form.formats:
        wanted = form.formats[where]
        found = f"{where} is missing" if missing or value is None else f"{where} is {with_type(value)}"
        return FORMAT, Finding(
            path,
            f"{found}; {form.content} has {where}: {wanted}",
            f"write {where}: {wanted}",
            edit=safe(Put(path, wanted)),
        )
    if missing or (
        value is None and field and field.required and not (isinstance(path[-1], int) or field.either)
    ):
        return MISSING, _missing(path, field, form, blank=not missing)
    choices = fields.choices(misfit.schema)
    expected = listed(choices) if choices else _with_articles(fields.words(misfit.schema))
    if value is None:
        message = f"{where} has no value; expected {expected}"
        return TYPE, Finding(path, message, "give it a value, or remove the line")
    if misfit.keyword == "enum":
        meant = closest(value, choices) if isinstance(value, str) else None
        help_ = f"did you mean {meant}?" if meant else f"write {expected}"
        edit = either(Put(path, meant), sure=sure(value, meant)) if meant else None
        return CHOICE, Finding(
            path, f"{where}: expected {expected}, got {with_type(value)}", help_, edit=edit
        )
    if misfit.keyword in ("minimum", "maximum"):
        side = "more" if misfit.keyword == "minimum" else "less"
        message = f"{where} is {value}; the {misfit.keyword} is {misfit.wanted}"
        return RANGE, Finding(path, message, f"write {misfit.wanted} or {side}")
    if "string" in fields.kinds(misfit.schema) and isinstance(value, bool | int | float):
        return RETYPED, _retyped(path, value, field, document)
    message = f"{where}: expected {expected}, got {with_type(value)}"
    return TYPE, Finding(path, message, _help(misfit, expected, field, form), edit=_fitting(misfit))


def _renamed(path: Path, document: Document) -> Edit | None:
    """Return the edit for an unknown field: another name, or the one place where a field has its name."""
    meant, name = near(path), str(path[-1])
    if meant is None or (meant in document.places and document.origin(meant) is document.origin(path)):
        return None
    flag_of_vllm = path[:-1] == ("spec", "vllm") and meant[:-1] == ARGS
    spelling = meant[:-1] == path[:-1] and sure(name, str(meant[-1]))
    whole = name.endswith(f".{meant[-1]}")  # model.revision
    return either(Move(path, meant), sure=flag_of_vllm or spelling or whole)


def _fitting(misfit: Misfit) -> Edit | None:
    """Return the edit for a value of another type that can only mean one of the right type."""
    value, kinds = misfit.value, fields.kinds(misfit.schema)
    alone = value[0] if isinstance(value, list) and len(value) == 1 else value
    new: Value | None = None
    if kinds == ("integer",):
        text = alone.strip() if isinstance(alone, str) else ""
        if text.isascii() and text.isdigit() and len(text) <= SHOWN:
            new = int(text)
        elif isinstance(alone, int | float) and not isinstance(alone, bool) and int(alone) == alone:
            new = int(alone)
    elif kinds == ("boolean",):
        word = alone.lower() if isinstance(alone, str) else ""
        new = word == "true" if word in ("true", "false") else None
    elif kinds == ("array",) and isinstance(value, str) and len(value) <= SHOWN:
        new = tuple(part.strip() for part in value.split(",") if part.strip())
    elif kinds == ("string",) and isinstance(alone, str) and alone is not value:
        new = alone
    return None if new is None or "properties" in misfit.schema else safe(Put(misfit.path, new))


def _names(path: Path, form: Form) -> list[str]:
    section = fields.inside(path, form.schema)
    return list(fields.names(section)) if section else []


def _elsewhere(path: Path, parent: str, form: Form) -> str:
    """Say what an unknown field may have been meant to be: a near name, or the same name in another place."""
    name, known = str(path[-1]), _names(path[:-1], form)
    meant = closest(name, known)
    if form is RECIPE and not (meant and sure(name, meant)):
        elsewhere = place(path)
        if elsewhere:
            return elsewhere.words
        if meant is None and len(known) > LISTED:
            return f"`r1c explain {parent}` lists the {len(known)} fields of {parent}"
    return advice(name, known, f"fields of {parent}")


def _missing(path: Path, field: Field | None, form: Form, *, blank: bool) -> Finding:
    """Say that a field is absent, or that its key is there without a value."""
    where = cut(dotted(path))
    lacking, add = (f"{where} has no value", "fill in") if blank else (f"{where} is missing", "add")
    inner = fields.required(path, form.schema)
    needs = f"; it needs {listed((part.name for part in inner), 'and')}" if inner else ""
    meaning = f" ({field.description.rstrip('.')})" if field and field.description else ""
    example = f": {field.example}" if field and field.example is not None else ""
    if any(part.section for part in inner):
        it = "fill it in" if blank else "add it"
        return Finding(path, f"{lacking}{needs}", f"{it}, or start with `r1c init`", on_key=True)
    if inner and all(part.example is not None for part in inner):
        example = f": {{{', '.join(f'{part.name}: {part.example}' for part in inner)}}}"
    return Finding(path, f"{lacking}{needs}", f"{add} {path[-1]}{example}{meaning}", on_key=True)


def _retyped(path: Path, value: Any, field: Field | None, document: Document) -> Finding:
    """Say what YAML made of a string that has no quotes."""
    entry = document.places.get(path)
    written = cut(entry.written) if entry else ""
    read = "a boolean" if isinstance(value, bool) else "a number"
    if not isinstance(value, bool) and str(value) != written:
        read = f"the number {value:g}" if isinstance(value, float) else f"the number {value}"
    like = f"; an example of a value is {field.example}" if field and isinstance(field.example, str) else ""
    message = f"{cut(dotted(path))} expects a string, but YAML reads the unquoted {written} as {read}"
    release = vllm.meant(written) if path == VERSION else None
    if release:
        return Finding(path, message, f"write {release}", edit=safe(Put(path, release)))
    edit = safe(Put(path, entry.written)) if entry and entry.written == written else None
    return Finding(path, message, f'write "{written}" in quotes{like}', edit=edit)


def _help(misfit: Misfit, expected: str, field: Field | None, form: Form) -> str:
    """Say what to write: the value itself, corrected, where it is plain what was meant."""
    value, kinds = misfit.value, fields.kinds(misfit.schema)
    alone = value[0] if isinstance(value, list) and len(value) == 1 else None
    if "properties" in misfit.schema:
        return _section_help(misfit.path, value, form)
    if kinds == ("object",) or ("object" in kinds and isinstance(value, list)):
        dashes = ", without dashes" if isinstance(value, list) else ""
        first = as_pairs.first(value, strings=misfit.path != ARGS)
        example = f", the first as {first}" if first else ""
        return f"write one `name: value` line for each below it{dashes}{example}"
    if kinds == ("array",) and isinstance(value, str) and len(value) <= SHOWN:
        return f"write [{', '.join(part.strip() for part in value.split(','))}]"
    if kinds == ("array",):
        return "write each item on its own line below it, starting with a dash"
    if kinds == ("integer",):
        return _integer_help(value, alone, field)
    if kinds == ("boolean",):
        word = value.lower() if isinstance(value, str) else ""
        return f"write {word} without quotes" if word in ("true", "false") else "write true or false"
    if isinstance(alone, str) and len(alone) <= SHOWN:
        return f"write {alone} without brackets"
    example = f", such as {field.example}" if field and field.example is not None else ""
    return f"write {expected}{example}"


def _section_help(path: Path, value: Any, form: Form) -> str:
    inner, known = fields.required(path, form.schema), _names(path, form)
    names = [field.name for field in inner] or known
    if isinstance(value, str) and len(value) <= SHOWN:
        key, colon, rest = value.partition(":")
        if colon and key in known:
            return f"write {key}: {rest.strip()}, with a space after the colon"
        key, space, rest = value.partition(" ")
        if space and key in known:
            return f"write {key}: {rest.strip()}, with a colon after {key}"
        if len(inner) == 1:
            return f"write {path[-1]}: {{{names[0]}: {value}}}"
    dashes = ", without dashes" if isinstance(value, list) else ""
    which = listed(names, "and") if len(names) <= LISTED else f"`r1c explain {dotted(path)}` lists them"
    return f"write its fields below it, each on its own line{dashes}: {which}"


def _integer_help(value: Any, alone: Any, field: Field | None) -> str:
    if isinstance(value, str) and value.strip().isascii() and value.strip().isdigit():
        return f"write {cut(value.strip())} without quotes"
    if isinstance(value, float) and value.is_integer():
        return f"write {value:.0f}"
    if isinstance(alone, int) and not isinstance(alone, bool):
        return f"write {alone} without brackets"
    such = field and (field.default or field.example)
    return f"write an integer in digits, such as {such}" if such else "write an integer in digits"


def _with_articles(words: str) -> str:
    return " or ".join(f"{'an' if word[0] in 'aeiou' else 'a'} {word}" for word in words.split(" or "))
