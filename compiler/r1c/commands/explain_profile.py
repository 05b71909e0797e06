"""`r1c explain PROFILE:LINE`: the field, flag or variable that a line of a profile sets."""

from __future__ import annotations

from r1c import source
from r1c.commands import explain_text, inputs
from r1c.diagnostics import Path, UserError
from r1c.profile import fields
from r1c.profile.paths import ARGS, ENV, NCCL

_FREE = (ARGS, ENV, NCCL)
"""Maps whose keys are names that `r1c explain` knows by themselves."""


def explain(file: str, line: int) -> str:
    """Return the explanation of what a line sets; raises UserError where it sets nothing that is known."""
    document = source.read(inputs.shown(file), inputs.read(file))
    if not document.usable:
        raise UserError(f"{file}: not a profile that can be read; `r1c check {file}` says why")
    there = [path for path in document.places if _line(document, path) == line]
    if not there:
        raise UserError(f"{file}:{line}: no field is set in this line")
    path = max(there, key=len)
    if path[:3] in _FREE and len(path) > 3:
        name = str(path[3])
        return explain_text.text(f"--{name}" if path[:3] == ARGS else name)
    while path:
        field = fields.find(path)
        if field and not isinstance(path[-1], int):
            return explain_text.of_field(field)
        path = path[:-1]
    raise UserError(f"{file}:{line}: the line sets no field of a profile")


def _line(document: source.Document, path: Path) -> int:
    span = document.span(path, on_key=True)
    return span.line if span else 0
