"""R1C4xx, flags of other vLLM releases: removed, not yet added, or deprecated."""

from __future__ import annotations

import re
from collections.abc import Iterator

from r1c.check.rule import Rule, rule
from r1c.check.rules.flags import (
    FIELDS,
    faulty,
    finding,
    flagged,
    head,
)
from r1c.diagnostics import Finding, Related, Severity
from r1c.facts import vllm, vllm_history
from r1c.resolve.plan import Plan

_VERSION = Related("the version is set here", path=("spec", "vllm", "version"))


@rule(
    code="R1C403",
    slug="removed-flag",
    severity=Severity.ERROR,
    title="Flag removed in this vLLM release",
    why="The server exits immediately with `unrecognized arguments`, and Kubernetes recreates the group "
    "again and again (vllm-project/vllm#29402, kserve/kserve#4883; evidence.md, VLL001, VLL002).",
    example="spec:\n  vllm:\n    version: v0.17.0\n    args: {disable-log-requests: true}\n",
    fix="Use its replacement, or remove the line.",
    fields=FIELDS,
)
def removed_flag(plan: Plan) -> Iterator[Finding]:
    """Refuse flags that only earlier releases have, and say what to write instead."""
    for argument in faulty(plan, "removed"):
        name, server = head(argument), plan.server
        known = vllm_history.flag(name, server.release)
        last = f" ({known.before} was the last release with it)" if known else ""
        trap = vllm_history.trap(name, server.release)
        read = f", which reads it as {trap}" if trap else ""
        yield finding(
            argument,
            f"{name} was removed in vLLM {vllm_history.removed_in(name, server.release)}{last}; the "
            f"profile uses {server.version}{read}",
            advice(name),
            _VERSION,
        )


def advice(name: str) -> str:
    """Say what to write instead of a removed or deprecated flag."""
    use, drop = vllm_history.instead(name)
    if drop:
        return f"remove the line: {drop}"
    if use is None:
        return "remove the line: the flag has no replacement"
    return f"use {re.sub(r'--(?=[a-z])', '', use)} instead"


@rule(
    code="R1C404",
    slug="future-flag",
    severity=Severity.ERROR,
    title="Flag not yet in this vLLM release",
    why="The server exits immediately with `unrecognized arguments` (evidence.md, VLL001).",
    example="spec:\n  vllm:\n    args: {enable-expert-parallel: true}\n",
    fix="Use a version that has the flag, or remove the line.",
    fields=FIELDS,
)
def future_flag(plan: Plan) -> Iterator[Finding]:
    """Refuse flags that only later releases have."""
    for argument in faulty(plan, "future"):
        known = vllm_history.flag(head(argument), plan.server.release)
        since = known.after if known and known.after else vllm.DOTTED_SINCE
        what = argument.meant
        help_ = f"use {since} or newer, or remove the line"
        if vllm.has("serve", head(argument), plan.server.release):
            what, since = "the form option.key", vllm.DOTTED_SINCE
            help_ = f"write {head(argument)} with a map below it"
        yield finding(
            argument,
            f"{what} needs vLLM {since} or newer; the profile uses {plan.server.version}",
            help_,
            _VERSION,
        )


@rule(
    code="R1C410",
    slug="deprecated-flag",
    severity=Severity.WARNING,
    title="Deprecated flag that will be removed",
    why="The flag works in this version, but a later one does not start with it (evidence.md, VLL001). r1c "
    "does not report deprecated flags without an announced removal.",
    example="spec:\n  vllm:\n    version: v0.10.1\n    args: {disable-log-requests: true}\n",
    fix="Use its replacement, or remove the line.",
    fields=FIELDS,
)
def deprecated_flag(plan: Plan) -> Iterator[Finding]:
    """Report flags that the release marks as deprecated and that have an announced removal."""
    for argument, flag in flagged(plan):
        if flag.deprecated and flag.leaving:
            yield finding(
                argument,
                f"{argument.meant} is deprecated in vLLM {plan.server.version} and {flag.leaving}",
                advice(head(argument)),
                _VERSION,
            )


RULES: tuple[Rule, ...] = (removed_flag, future_flag, deprecated_flag)
