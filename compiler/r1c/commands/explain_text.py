"""A name -> the text that explains it: of a code, a field, a list, a model, a machine, a flag of vLLM."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from r1c import codes, facts, names
from r1c.check.allow import ALLOW
from r1c.codes import CODES, FAMILIES
from r1c.commands import explain_lists, explain_repository, known_values
from r1c.commands.entries import WIDTH
from r1c.diagnostics import Code, Path, UserError
from r1c.diagnostics.suggest import closest, copy_of, listed
from r1c.emit.yaml import to_yaml
from r1c.facts import vllm_history
from r1c.profile import fields


def find(name: str) -> tuple[Code | fields.Field, ...]:
    """Return the code, the field, or both, that `name` names; nothing for the name of neither.

    A name is a code's id or slug, a field's path, or the end of a path if only one field ends so;
    `repository.` begins the path of a field of r1c.yaml. Raises UserError if several do.
    """
    if name.startswith(explain_repository.PREFIX):
        inherited = name.removeprefix(f"{explain_repository.PREFIX}{explain_repository.DEFAULTS}.")
        if inherited != name:
            return find(inherited)
        field = explain_repository.find(name)
        return (field,) if field else ()
    found = tuple(code for code in CODES if name.casefold() in (code.id.casefold(), code.slug))
    every = {field.path: field for field in fields.every()}
    path = re.sub(r"\[\d+\]", "", name)
    tops = ("", "spec.", "metadata.")
    whole = [field for top in tops for field in _upwards(f"{top}{path}", every)]
    ending = whole[:1] or [known for known in every if known.endswith(f".{path}")]
    if len(ending) == 1:
        return (*found, every[ending[0]])
    if ending and not found:
        raise UserError(f"several fields have the name {name}: {listed(ending, 'and')}")
    return found


def _unknown(name: str) -> UserError:
    """Return the fault of an unknown name, with the nearest known one."""
    every = [field.path for field in fields.every()]
    codes_ = (*(code.id for code in CODES), *(code.slug for code in CODES))
    own = [field.path for field in explain_repository.every()]
    known = (*codes_, *(path.removeprefix("spec.") for path in every), *every, *own, *explain_lists.names())
    if name.startswith("-"):
        known = tuple(f"--{flag}" for flag in vllm_history.every_flag())
    # A code or a release with another digit is another one, not a misspelt one.
    exact = re.fullmatch(r"R1C[P\d]\d+|v?\d+(\.\d+)+\S*", name, re.IGNORECASE)
    near = None if exact else copy_of(name, facts.models()) or closest(name, known)
    variable = names.is_upper_case_variable(name)
    if near and variable and near.islower():
        near = None  # a variable is not a misspelt field
    file = re.fullmatch(r"(.*\.(?:ya?ml|json|md|sh))(:\S*)?", name)
    if file:
        return UserError(f"{file[1]}: there is no such file")
    if near is None and re.fullmatch(r"[\w.-]+/[\w.-]+", name):
        return UserError(
            f"unknown model {name}; a profile sizes it by its config.json (`r1c explain spec.model.config`), "
            "and `r1c fit` by --config"
        )
    rest = f"did you mean {near}?" if near else "`r1c explain --help` says which names there are"
    return UserError(f"unknown name {name}; {rest}")


def _upwards(path: str, every: Mapping[str, fields.Field]) -> Iterator[str]:
    """Yield the path if it is a field's, or that of the map that it is a key of."""
    if path in every:
        yield path
        return
    parent = path
    while parent := parent.rpartition(".")[0]:
        if parent in every and every[parent].words.startswith("map") and not every[parent].section:
            yield parent


def text(name: str) -> str:
    """Explain what `name` names; raises UserError for an unknown name, and as `find` does."""
    # A name with dashes is a flag of vLLM, although a field may have the same.
    found = () if name.startswith("-") else find(name)
    if found:
        return "\n".join(of_code(item) if isinstance(item, Code) else of_field(item) for item in found)
    known = explain_lists.find(name)
    if known is None:
        raise _unknown(name)
    return known


def of_code(code: Code) -> str:
    """Explain a code: its title, why it is, an example, what to do, and the fields that its check reads."""
    head = [f"{code.id} {code.slug} ({code.severity})", *_wrapped(code.title, "")]
    read = [fields.dotted(path) for path in codes.FIELDS.get(code.id, ())]
    sections = (
        ("Why", _wrapped(code.why)),
        ("Example", _block(code.example)),
        ("Fix", _wrapped(" ".join([code.fix, codes.edits(code)]).strip())),
        ("Accept", _block(accepting(code)) if codes.acceptable(code) else []),
        ("Reads", _wrapped(", ".join(read))),
    )
    return _page(head, sections)


def accepting(code: Code) -> str:
    """Return the lines of a profile that accept a warning or a hint."""
    return to_yaml({"metadata": {"annotations": {ALLOW: f"{code.id}: the reason"}}})


def of_field(field: fields.Field) -> str:
    """Explain a field: its type, whether it must be given, its meaning, an example, and the rules about it.

    A section shows the fields in it, and the rules that are about it as a whole; a map, whose keys are
    free, those about any of its keys.
    """
    of_repository = field.path.startswith(explain_repository.PREFIX)
    path: Path = tuple(field.path.split("."))
    given = "required" if field.required else f"default: {field.default}" if field.default else "optional"
    every = explain_repository.every() if of_repository else fields.every()
    inner = [other for other in every if other.path.rpartition(".")[0] == field.path]
    about = explain_repository.codes(field) if of_repository else codes.about(path, inside=not field.section)
    rules = [_row(code) for code in about]
    sections = (
        ("Meaning", _wrapped(field.description)),
        ("Values", [line for words in known_values.words(path) for line in _wrapped(words, hanging=True)]),
        (
            "Fields",
            [
                line
                for other in inner
                for line in _wrapped(f"{other.path}: {other.description}", hanging=True)
            ],
        ),
        ("Example", _block(example(field))),
        ("Rules", [line for rule in rules for line in _wrapped(rule, hanging=True)]),
    )
    return _page([field.path, f"{field.words}; {given}"], sections)


def example(field: fields.Field) -> str:
    """Return a field's example, or its default, as the lines of a profile; empty for a section."""
    value: Any = field.example if field.example is not None else _typed(field)
    if field.section or value is None:
        return ""
    path: Path = tuple(field.path.removeprefix(explain_repository.PREFIX).split("."))
    for length in range(len(path), 0, -1):
        outer = fields.find(path[:length])
        if outer and outer.section and outer.words.startswith("list"):
            value = [value]
        value = {path[length - 1]: value}
    return to_yaml(value)


def _typed(field: fields.Field) -> str | int | bool | None:
    """Return a field's default as the value that it is written for, None if it has no fixed one."""
    if not field.default:
        return None
    if field.words == "boolean":
        return field.default == "true"
    return int(field.default) if field.words == "integer" else field.default


def _row(code: Code) -> str:
    return f"{code.id} {code.severity:<7} {code.title}"


def catalogue() -> str:
    """List all codes with their titles, by family."""
    blocks = []
    for family, members in codes.families().items():
        rows = [f"  {_row(code)}" for code in members]
        blocks.append("\n".join([f"{family}xx {FAMILIES[family]}", *rows]))
    blocks.append(
        "`r1c explain CODE` explains a code, `r1c explain FIELD` a field of the profile, and\n"
        "`r1c explain repository.FIELD` a field of r1c.yaml.\n"
        f"`r1c explain {'|'.join(explain_lists.LISTS)}` lists what r1c knows, and\n"
        "`r1c explain --FLAG` explains a flag of vLLM, `r1c explain VARIABLE` a variable of vLLM or NCCL."
    )
    return "\n\n".join(blocks) + "\n"


def _page(head: Sequence[str], sections: Sequence[tuple[str, Sequence[str]]]) -> str:
    lines = list(head)
    for title, body in sections:
        if body:
            lines += ["", title, *body]
    return "\n".join(lines) + "\n"


def _wrapped(text: str, indent: str = "  ", *, hanging: bool = False) -> list[str]:
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=indent,
        subsequent_indent=indent * 2 if hanging else indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _block(yaml: str) -> list[str]:
    return [f"  {line}".rstrip() for line in yaml.splitlines()]
