"""A platform, a model and a release -> the smallest group that every rule accepts."""

from __future__ import annotations

from r1c.adopt import profile_text, starter
from r1c.adopt.profile_draft import Draft, given, join
from r1c.diagnostics import Severity
from r1c.pipeline import analyse
from r1c.record import record
from r1c.resolve.plan import Plan


@record
class Choice:
    """The chosen draft, and its plan with placeholders for its blanks, if it fits."""

    draft: Draft
    plan: Plan | None


def choose(platform: str, model: str, release: str) -> Choice:
    """Return the smallest group that passes with the fewest warnings and no error, else the first.

    A release that is too old for the model is checked as the first that serves it, so that a size is found.
    """
    drafts = list(starter.starters(platform, model, release))
    served = given({"spec.vllm.version": starter.serving(platform, model, release)})
    best, fewest = Choice(drafts[0], None), 0
    for draft in drafts:
        text = profile_text.write(starter.standing_in(join(draft, served)))
        checked = analyse("starter.yaml", text.encode())
        grave = sum(item.severity is not Severity.HINT for item in checked.diagnostics)
        if checked.plan and (best.plan is None or grave < fewest):
            best, fewest = Choice(draft, checked.plan), grave
            if not grave:
                break
    return best


def plan(platform: str, model: str) -> Plan | None:
    """Return the plan of the profile that `r1c init` writes for a known model, None if no group holds it.

    Its release is the platform's default, or the first one that serves the model if that is newer.
    """
    release = starter.serving(platform, model, starter.start(platform))
    return choose(platform, model, release).plan
