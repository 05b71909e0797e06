"""What a step to another release breaks in a profile -> the edit that says the same in that release.

They are declared as a rule, so that the pipeline finds the file of each edit. A finding with a safe edit of
its own needs no entry here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from r1c.check.rule import Rule
from r1c.check.rules.flags import faulty
from r1c.diagnostics import Code, Edit, Finding, Move, Path, Put, Remove, Severity, safe
from r1c.facts import nccl, vllm, vllm_changes, vllm_history, vllm_releases
from r1c.profile.paths import ARGS, ENV, MODEL_ID
from r1c.resolve.plan import Plan
from r1c.resolve.server import Argument

GPUDIRECT: Path = ("spec", "gpudirect", "release")

REMEDY = Code("R1C499", "remedy", Severity.HINT, "Edit of an upgrade", "", "", "")
"""The code of what this module finds; no report shows it."""

REASONING = "reasoning-parser"


def remedies(plan: Plan) -> Iterator[Finding]:
    """Yield an edit at the place of each fault that a step to the plan's release causes."""
    for path, edit in _edits(plan):
        yield Finding(path, "", "", edit=edit)


def _edits(plan: Plan) -> Iterator[tuple[Path, Edit]]:
    release = plan.server.release
    for argument in plan.server.arguments:
        edit = _of_argument(plan, argument)
        if edit:
            yield argument.path, edit
    for name, rename in vllm_changes.read().renamed_variables.items():
        there = name in plan.server.env and not vllm_history.reads(name, release)
        if there and rename.to and vllm.at_least(release, rename.from_):
            taken = plan.server.argument(rename.to) is not None
            move = Remove((*ENV, name)) if taken else Move((*ENV, name), _place(rename.to))
            yield (*ENV, name), safe(move)
    reasoning = plan.server.argument(REASONING)
    implied = vllm_changes.read().renamed["enable-reasoning"].from_
    if reasoning and vllm.has("serve", "enable-reasoning", release) and not vllm.at_least(release, implied):
        yield reasoning.path, safe(Put((*ARGS, "enable-reasoning"), value=True))
    if vllm.has("serve", "allow-deprecated-quantization", release):
        yield MODEL_ID, safe(Put((*ARGS, "allow-deprecated-quantization"), value=True))
    under = vllm_releases.stack(plan.server.version)
    best = nccl.default_release(plan.platform, plan.server.version)
    stack = plan.gpudirect.stack
    if GPUDIRECT in plan.given and under and stack != "none" and nccl.unfit(stack, best, under) is None:
        yield GPUDIRECT, safe(Put(GPUDIRECT, best))


def _place(flag: str) -> Path:
    """Return the place of a flag, or of a key inside its JSON."""
    return (*ARGS, *flag.split("."))


def _of_argument(plan: Plan, argument: Argument) -> Edit | None:
    """Return what an argument becomes in a release that does not have its flag."""
    if any(item is argument for item in faulty(plan, "future")):
        return _older(plan, argument)
    rename = vllm_changes.read().renamed.get(argument.meant)
    needed = rename.needs if rename else None
    if needed is None or argument.value is not True or plan.server.argument(needed) is None:
        return None
    leaving = bool(argument.flag and argument.flag.deprecated)
    gone = any(item is argument for item in faulty(plan, "removed"))
    return safe(Remove(argument.path)) if leaving or gone else None


def _older(plan: Plan, argument: Argument) -> Edit | None:
    """Return what says the same as a flag in a release before it: an older flag, or nothing."""
    path: Path = argument.path
    implied = vllm_changes.read().implied_before.get(argument.meant)
    if implied and argument.value == implied.value:
        return safe(Remove(path))
    if isinstance(argument.value, Mapping) and argument.value:
        older = {key: _older_flag(plan, f"{argument.meant}.{key}") for key in argument.value}
        moves = [Move((*path, key), (*ARGS, flag)) for key, flag in older.items() if flag]
        return Edit((*moves, Remove(path)), safe=True) if len(moves) == len(older) else None
    flag = _older_flag(plan, argument.meant)
    if flag:
        return safe(Move(path, (*ARGS, flag)))
    written = {argument.meant: argument.value}
    for old, rename in vllm_changes.read().renamed.items():
        if rename.write == written and vllm.has("serve", old, plan.server.release):
            return Edit((Put((*ARGS, old), value=True), Remove(path)), safe=True)
    return None


def _older_flag(plan: Plan, newer: str) -> str | None:
    """Return the flag that a newer one took the place of, if the release has it and the profile does not."""
    return next(
        (
            old
            for old, rename in vllm_changes.read().renamed.items()
            if rename.to == newer
            and vllm.has("serve", old, plan.server.release)
            and plan.server.argument(old) is None
        ),
        None,
    )


RULE = Rule(REMEDY, (), remedies)
