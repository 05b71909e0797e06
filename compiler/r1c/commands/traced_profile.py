"""A profile's path -> the lines of its output with their origins."""

from __future__ import annotations

from collections.abc import Mapping

from r1c.commands import inputs
from r1c.diagnostics import UserError
from r1c.diagnostics.text import as_text
from r1c.origin.trace import Line, Run
from r1c.pipeline import Checked, model_config
from r1c.record import record
from r1c.resolve.plan import Plan


@record
class Traced:
    """A profile by its path, its plan, and the lines of every file of its output but the lock.

    `run` knows what the figures of the plan come from.
    """

    profile: str
    plan: Plan
    files: Mapping[str, tuple[Line, ...]]
    run: Run


def traced(path: str, content: bytes, checked: Checked) -> Traced:
    """Compile a profile with origins, from its bytes and what the pipeline made of them.

    Raises UserError for a profile that does not compile.
    """
    file = inputs.shown(path)
    if checked.plan is None or checked.recipe is None:
        said = as_text(checked.diagnostics, colour=False)
        raise UserError(f"{file}: does not compile, so that its lines have no origins:\n{said}")
    document = inputs.composed(path, content).document
    config = model_config(checked.recipe, inputs.beside(file))
    given = config if isinstance(config, Mapping) else None
    run = Run(checked.recipe, document, checked.plan, given)
    return Traced(file, checked.plan, run.files(), run)
