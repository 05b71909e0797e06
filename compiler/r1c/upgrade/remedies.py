"""What a step to another release breaks in a profile -> the edit that says the same in that release.

They are declared as rules, so that the pipeline finds the file of each edit. Findings with an edit of their
own need no entry here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from r1c.check.rule import Rule
from r1c.check.rules.flags import faulty, head
from r1c.diagnostics import Change, Code, Edit, Finding, Move, Path, Put, Remove, Severity, safe
from r1c.facts import nccl, vllm, vllm_changes, vllm_history, vllm_releases
from r1c.resolve.plan import Argument, Plan

ARGS: Path = ("spec", "vllm", "args")
ENV: Path = ("spec", "vllm", "env")
VERSION: Path = ("spec", "vllm", "version")
EXECUTOR: Path = ("spec", "vllm", "executor")
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
            yield (*ARGS, argument.name), edit
    for name in plan.server.env:
        if name.startswith("VLLM_") and not vllm_history.reads(name, release):
            yield (*ENV, name), _of_variable(plan, name)
    if plan.server.executor_asked == "native" and not vllm.has_native(release):
        yield EXECUTOR, safe(Remove(EXECUTOR))
    reasoning = plan.server.argument(REASONING)
    if reasoning and vllm.has("serve", "enable-reasoning", release) and not vllm.at_least(release, "v0.9.0"):
        yield (*ARGS, reasoning.name), safe(Put((*ARGS, "enable-reasoning"), value=True))
    if vllm.has("serve", "allow-deprecated-quantization", release):
        yield ("spec", "model", "id"), safe(Put((*ARGS, "allow-deprecated-quantization"), value=True))
    under = vllm_releases.stack(plan.server.version)
    best = nccl.default_release(plan.platform, plan.server.version)
    stack = plan.gpudirect.stack
    if GPUDIRECT in plan.given and under and stack != "none" and nccl.unfit(stack, best, under) is None:
        yield GPUDIRECT, safe(Put(GPUDIRECT, best))


def _of_variable(plan: Plan, name: str) -> Edit:
    """Return what becomes of a variable that the release does not read: the flag for it, or nothing."""
    rename = vllm_changes.read().renamed_variables.get(name)
    if rename is None or rename.to is None or not vllm.at_least(plan.server.release, rename.from_):
        return safe(Remove((*ENV, name)))
    flag = (*ARGS, rename.to)
    there = plan.server.argument(rename.to) is not None
    return safe(Remove((*ENV, name))) if there else safe(Move((*ENV, name), flag))


def _of_argument(plan: Plan, argument: Argument) -> Edit | None:
    """Return what an argument becomes if the release does not have its flag, or will lose it."""
    name, path = head(argument), (*ARGS, argument.name)
    dotted = argument.meant != name
    if any(item is argument for item in faulty(plan, "future")):
        return None if dotted else _older(plan, argument, path)
    leaving = bool(argument.flag and argument.flag.deprecated)
    if not leaving and not any(item is argument for item in faulty(plan, "removed")):
        return None
    rename = vllm_changes.read().renamed.get(name)
    if rename and not dotted and vllm.at_least(plan.server.release, rename.from_):
        return _newer(plan, argument, path, rename)
    use, drop = vllm_history.instead(name)
    if drop and argument.value is not True:
        return None
    return safe(Remove(path)) if drop or use is None else None


def _newer(plan: Plan, argument: Argument, path: Path, rename: vllm_changes.Rename) -> Edit | None:
    if rename.to:
        return None if plan.server.argument(rename.to) else safe(Move(path, (*ARGS, rename.to)))
    if argument.value is not True or (rename.needs and plan.server.argument(rename.needs) is None):
        return None
    return Edit((*_written(rename.write), Remove(path)), safe=True)


def _written(values: Any) -> Iterator[Change]:
    for flag, value in values.items():
        yield Put((*ARGS, flag), value)


def _older(plan: Plan, argument: Argument, path: Path) -> Edit | None:
    """Return what an argument becomes in a release that does not have its flag yet."""
    table, release = vllm_changes.read(), plan.server.release
    implied = table.implied_before.get(argument.meant)
    if implied and argument.value == implied.value:
        return safe(Remove(path))
    for old, rename in table.renamed.items():
        if not vllm.has("serve", old, release) or plan.server.argument(old):
            continue
        if rename.to == argument.meant:
            return safe(Move(path, (*ARGS, old)))
        if rename.write == {argument.meant: argument.value}:
            return Edit((Put((*ARGS, old), value=True), Remove(path)), safe=True)
    return None


RULE = Rule(REMEDY, (), remedies)
