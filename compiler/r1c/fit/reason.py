"""Why a configuration is out: a rule, or a figure that misses its target."""

from __future__ import annotations

from r1c.diagnostics import Diagnostic
from r1c.record import record


@record
class Reason:
    """Why a configuration is out.

    `code` is that of the rule that refuses it, None for a target that is missed. `kind` is what equal reasons
    share, and `text` says it with its own numbers. `figure` is the likely value that misses, and `low_meets`
    tells whether only the low end of its range meets the target.
    """

    code: str | None
    kind: str
    text: str
    figure: float = 0.0
    low_meets: bool = False


def of_diagnostic(item: Diagnostic) -> Reason:
    """Return the reason that a rule gives."""
    return Reason(item.code, item.code, item.message)
