"""A profile's path -> the lines of its output with their origins."""

from __future__ import annotations

from collections.abc import Mapping

from r1c.commands import inputs
from r1c.diagnostics import UserError
from r1c.diagnostics.text import as_text
from r1c.origin.trace import Line, trace
from r1c.pipeline import model_config
from r1c.record import record
from r1c.resolve.plan import Plan


@record
class Traced:
    """A profile by its path, its plan, and the lines of every file of its output but the lock."""

    profile: str
    plan: Plan
    files: Mapping[str, tuple[Line, ...]]


def traced(path: str, content: bytes | None = None) -> Traced:
    """Compile a profile with origins; `content` are its bytes, if they were read.

    Raises UserError for a profile that does not compile.
    """
    file, raw = inputs.shown(path), inputs.read(path) if content is None else content
    checked = inputs.analysed(path, raw)
    if checked.plan is None or checked.recipe is None:
        said = as_text(checked.diagnostics, colour=False)
        raise UserError(f"{file}: does not compile, so that its lines have no origins:\n{said}")
    document = inputs.composed(path, raw).document
    config = model_config(checked.recipe, inputs.beside(file))
    given = config if isinstance(config, Mapping) else None
    return Traced(file, checked.plan, trace(checked.recipe, document, checked.plan, given))
