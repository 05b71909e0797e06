"""R1C430 to R1C432, R1C437 and R1C230: vLLM's own start-up checks that are data (facts/startup.yaml), read by
one rule for each kind of fault.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial

from r1c.check import named_settings
from r1c.check.rule import Rule, rule
from r1c.diagnostics import Finding, Related, Severity
from r1c.facts import vllm_startup
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


def fired(plan: Plan, kind: str) -> Iterator[Finding]:
    """Yield the constraints of one kind that the plan breaks, by the flags and variables that it sets."""
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
            yield _finding(plan, constraint)


def _finding(plan: Plan, constraint: vllm_startup.Constraint) -> Finding:
    written = named_settings.value(plan, constraint.at)
    related: tuple[Related, ...] = ()
    if constraint.says:
        words = f'vLLM says "{constraint.says}"'
        related = (Related(words, place=f"facts/startup.yaml, {constraint.id}"),)
    fill = partial(re.sub, _NAMED, lambda found: named_settings.shown(plan, found[1]))
    return Finding(
        named_settings.place(plan, constraint.at),
        fill(constraint.message),
        fill(constraint.help),
        on_key=isinstance(written, bool | dict | list) or written is None,
        related=related,
    )


@rule(
    code="R1C430",
    slug="settings-conflict",
    severity=Severity.ERROR,
    title="This vLLM release refuses two settings together",
    why="vLLM checks its settings against each other when it starts, and ends with the words that the report "
    "quotes; which pairs it refuses changes from release to release (facts/startup.yaml).",
    example="spec:\n  vllm:\n    version: v0.11.0\n    args: {async-scheduling: true}\n",
    fix="Keep one of the two settings.",
    fields=FIELDS,
)
def settings_conflict(plan: Plan) -> Iterator[Finding]:
    """Refuse pairs of settings that the release's configuration refuses."""
    yield from fired(plan, "conflict")


@rule(
    code="R1C431",
    slug="setting-incomplete",
    severity=Severity.ERROR,
    title="A setting lacks another that it needs",
    why="vLLM ends when a setting comes without the one that it rests on (facts/startup.yaml has each with "
    "its source).",
    example="spec:\n  vllm:\n    args: {enable-reasoning: true}\n",
    fix="Add the setting that is named, or remove the line.",
    fields=FIELDS,
)
def setting_incomplete(plan: Plan) -> Iterator[Finding]:
    """Refuse settings whose companion is not given."""
    yield from fired(plan, "needs")


@rule(
    code="R1C432",
    slug="setting-out-of-range",
    severity=Severity.ERROR,
    title="A number is outside what this vLLM release accepts",
    why="The parser takes any number, and vLLM's configuration refuses some of them when it starts "
    "(facts/startup.yaml).",
    example="spec:\n  vllm:\n    version: v0.11.0\n    args: {max-num-batched-tokens: 64}\n",
    fix="Write a number in the range that is named.",
    fields=FIELDS,
)
def setting_out_of_range(plan: Plan) -> Iterator[Finding]:
    """Refuse numbers that the release's configuration refuses."""
    yield from fired(plan, "range")


@rule(
    code="R1C437",
    slug="setting-without-effect",
    severity=Severity.WARNING,
    title="A setting has no effect, or another than its name says",
    why="vLLM starts and says at most one line in its log, and what was asked for does not happen "
    "(facts/startup.yaml).",
    example="spec:\n  vllm:\n    args: {reasoning-parser: deepseek_r1}\n",
    fix="Remove the line, or complete it as the help says.",
    fields=FIELDS,
)
def setting_without_effect(plan: Plan) -> Iterator[Finding]:
    """Tell of settings that this release does not act on, or acts on in a way that is rarely meant."""
    yield from fired(plan, "idle")


@rule(
    code="R1C230",
    slug="setting-does-not-fit-model",
    severity=Severity.ERROR,
    title="A setting does not fit the model or the GPU",
    why="vLLM reads the model's config.json when it starts and refuses what its architecture, its checkpoint "
    "or the GPU cannot do in that release (facts/startup.yaml).",
    example="spec:\n  vllm:\n    args: {kv-cache-dtype: fp8}\n",
    fix="Remove the setting, or use a release that can do it.",
    fields=FIELDS,
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
