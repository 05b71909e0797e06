"""R1C430 to R1C432, R1C437 and R1C230: vLLM's start-up checks that facts/startup.yaml has as data.

One rule reads the checks of each kind of fault.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import partial

from r1c.check import named_settings
from r1c.check.rule import Rule, rule
from r1c.check.rules.flag_values import misfit
from r1c.diagnostics import Code, Edit, Finding, Path, Put, Related, Remove, Severity, unsafe
from r1c.facts import vllm_startup
from r1c.profile.paths import ARGS
from r1c.resolve.plan import Plan

FIELDS = (
    "spec.vllm.args",
    "spec.vllm.env",
    "spec.vllm.version",
    "spec.vllm.executor",
    "spec.model",
    "spec.parallelism",
    "spec.nodes",
    "spec.platform",
)
_NAMED = r"\{([^{}]+)\}"
_OF_IMAGES = ("mm-", "video-")
"""Beginnings of flags that vLLM reads for multimodal models alone."""
_OF_ADAPTERS = ("max-lora-cls-labels", "max-loras", "max-lora-rank", "max-cpu-loras")
"""Numbers that vLLM reads with enable-lora alone."""
_SIZED = ("gpu-memory-utilization",)
"""Numbers whose limits have a rule of their own, which knows what they are for (R1C304)."""


def fired(plan: Plan, kind: str) -> Iterator[Finding]:
    """Yield the constraints of one kind that the flags and variables of the plan break."""
    known = vllm_startup.constraints(plan.server.release, kind)
    asked: dict[str, vllm_startup.Constraint] = {}
    for argument in plan.server.arguments:
        for item in known.get(argument.meant.partition(".")[0], ()):
            asked[item.id] = item
    for name in plan.server.env:
        for item in known.get(f"env.{name}", ()):
            asked[item.id] = item
    for constraint in asked.values():
        if all(named_settings.holds(plan, subject, wanted) for subject, wanted in constraint.when.items()):
            given = plan.server.argument(constraint.at.partition(".")[0])
            if given and given.flag and misfit(given.flag, given.value, plan.server.release):
                continue  # R1C408: a value of another type says nothing about the setting
            yield _finding(plan, constraint)


def _finding(plan: Plan, constraint: vllm_startup.Constraint) -> Finding:
    written = named_settings.value(plan, constraint.at)
    related: tuple[Related, ...] = ()
    if constraint.says:
        words = f'vLLM says "{constraint.says}"'
        related = (Related(words, place=f"facts/startup.yaml, {constraint.id}"),)
    fill = partial(re.sub, _NAMED, lambda found: named_settings.shown(plan, found[1]))
    place = named_settings.place(plan, constraint.at)
    return Finding(
        place,
        fill(constraint.message),
        fill(constraint.help),
        on_key=isinstance(written, bool | dict | list) or written is None,
        related=related,
        edit=_edit(plan, place if written is not None else None, constraint.help),
    )


def _edit(plan: Plan, place: Path | None, help_: str) -> Edit | None:
    """Return the edit for the first way out that a help names, where it names all of it."""
    if place and re.fullmatch(r"remove the (line|key|variable)(, or .*)?", help_):
        return unsafe(Remove(place))
    found = re.match(r"remove ([a-z-]+)(?:, | or |$)", help_)
    argument = plan.server.argument(found[1]) if found else None
    if argument:
        return unsafe(Remove(argument.path))
    added = re.match(r"add ([a-z-]+): (\w+)(?:, or|$)", help_)
    if added is None or plan.server.argument(added[1]):
        return None
    value = added[2] == "true" if added[2] in ("true", "false") else added[2]
    return unsafe(Put((*ARGS, added[1]), value))


@rule(
    code="R1C430",
    slug="settings-conflict",
    severity=Severity.ERROR,
    title="Two settings that this vLLM release does not allow together",
    why="vLLM checks its settings against each other when it starts, and exits with the error that the "
    "report quotes. The pairs that it refuses change from release to release (facts/startup.yaml).",
    example="spec:\n  vllm:\n    version: v0.11.0\n    args: {async-scheduling: true}\n",
    fix="Keep one of the two settings.",
    fields=FIELDS,
    edits="unsafe",
)
def settings_conflict(plan: Plan) -> Iterator[Finding]:
    """Refuse pairs of settings that the release's configuration refuses."""
    yield from fired(plan, "conflict")


@rule(
    code="R1C431",
    slug="setting-incomplete",
    severity=Severity.ERROR,
    title="Setting without another setting that it needs",
    why="vLLM exits if a setting comes without another setting that it needs (facts/startup.yaml has each "
    "with its source).",
    example="spec:\n  vllm:\n    args: {enable-reasoning: true}\n",
    fix="Add the setting that the message names, or remove the line.",
    fields=FIELDS,
    edits="unsafe",
)
def setting_incomplete(plan: Plan) -> Iterator[Finding]:
    """Refuse settings that need another setting that is not given."""
    yield from fired(plan, "needs")


@rule(
    code="R1C432",
    slug="setting-out-of-range",
    severity=Severity.ERROR,
    title="Number out of range for this vLLM release",
    why="The parser accepts any number, but vLLM refuses some of them when it starts (facts/startup.yaml).",
    example="spec:\n  vllm:\n    version: v0.11.0\n    args: {max-num-batched-tokens: 64}\n",
    fix="Write a number in the range that the message names.",
    fields=FIELDS,
)
def setting_out_of_range(plan: Plan) -> Iterator[Finding]:
    """Refuse numbers that the release's configuration refuses."""
    broken = tuple(fired(plan, "range"))
    yield from broken
    said = {finding.path for finding in broken}
    for argument in plan.server.arguments:
        limits = vllm_startup.limits(argument.meant, plan.server.release) if argument.flag else None
        figure = named_settings.figure(argument.value)
        if limits is None or figure is None or argument.path in said or argument.meant in _SIZED:
            continue
        if (
            argument.meant.startswith(_OF_IMAGES)
            and named_settings.value(plan, "model.multimodal") is not True
        ):
            continue
        if argument.meant in _OF_ADAPTERS and named_settings.value(plan, "enable-lora") is not True:
            continue
        bound = vllm_startup.out_of_bounds(figure, limits)
        if bound:
            words = f"{argument.meant} must be {bound} in vLLM {plan.server.version}, not {argument.value}"
            yield Finding(argument.path, words, f"write a number {bound}, or remove the line")


@rule(
    code="R1C437",
    slug="setting-without-effect",
    severity=Severity.WARNING,
    title="Setting without its expected effect",
    why="vLLM starts and ignores the setting, or does something else than its name says, with at most one "
    "line in its log (facts/startup.yaml).",
    example="spec:\n  vllm:\n    args: {reasoning-parser: deepseek_r1}\n",
    fix="Remove the line, or complete it as the help says.",
    fields=FIELDS,
    edits="unsafe",
)
def setting_without_effect(plan: Plan) -> Iterator[Finding]:
    """Report settings that this release ignores, or that rarely do what the user means."""
    yield from fired(plan, "idle")


@rule(
    code="R1C230",
    slug="setting-does-not-fit-model",
    severity=Severity.ERROR,
    title="Setting does not fit the model or the GPU",
    why="vLLM reads the model's config.json when it starts and refuses what its architecture, its checkpoint "
    "or the GPU cannot do in that release (facts/startup.yaml).",
    example="spec:\n  vllm:\n    args: {kv-cache-dtype: fp8}\n",
    fix="Remove the setting, or use a release that supports it.",
    fields=FIELDS,
    edits="unsafe",
)
def setting_does_not_fit_model(plan: Plan) -> Iterator[Finding]:
    """Refuse settings that the release refuses for this model or GPU."""
    yield from fired(plan, "model")


SETTINGS: tuple[Rule, ...] = (
    settings_conflict,
    setting_incomplete,
    setting_out_of_range,
    setting_without_effect,
)
MODEL: tuple[Rule, ...] = (setting_does_not_fit_model,)

CODES: Mapping[str, Code] = {
    "conflict": settings_conflict.code,
    "needs": setting_incomplete.code,
    "range": setting_out_of_range.code,
    "idle": setting_without_effect.code,
    "model": setting_does_not_fit_model.code,
}
"""The code of each kind of constraint."""
