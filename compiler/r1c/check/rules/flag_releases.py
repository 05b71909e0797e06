"""R1C4xx, flags of other vLLM releases: removed, not yet added, or deprecated."""

from __future__ import annotations

import re
from collections.abc import Iterator

from r1c.check.rule import Rule, rule
from r1c.check.rules.flags import FIELDS, faulty, finding, flagged, head
from r1c.check.rules.vllm_version import VERSION_HERE
from r1c.diagnostics import Edit, Finding, Move, Put, Remove, Severity, safe, unsafe
from r1c.facts import vllm, vllm_history, vllm_startup
from r1c.facts.vllm import Flag
from r1c.profile.paths import ARGS
from r1c.resolve.plan import Plan
from r1c.resolve.server import Argument


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
    edits="safe or unsafe",
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
            advice(name, _replaced_by(argument, plan)),
            VERSION_HERE,
            edit=_instead(argument, plan),
        )


def _instead(argument: Argument, plan: Plan) -> Edit | None:
    """Return the edit for a flag that goes: its line, or the flag or key that has its value now."""
    use, drop = vllm_history.instead(head(argument))
    place, release = argument.path, plan.server.release
    if drop or use is None or _replaced_by(argument, plan):
        return safe(Remove(place))
    key = re.search(r"--hf-overrides .*\((\w+) at v0\.11\.x", use)
    if key:
        if vllm_startup.reads_rope_parameters(release):
            return None  # the key is inside another one there
        return unsafe(Move(place, (*ARGS, "hf-overrides", key[1])))
    named = re.fullmatch(r"--([a-z-]+)(?:\.(\w+)| (\w+))?", use)
    other = vllm.flag("serve", named[1], release) if named else None
    if named is None or other is None:
        return None
    if named[2]:
        return safe(Move(place, (*ARGS, named[1], named[2])))
    to = (*ARGS, named[1])
    if named[3]:
        value = int(named[3]) if named[3].isdigit() else named[3]
        return safe(Move(place, to), Put(to, value)) if argument.value is True else None
    return safe(Move(place, to)) if _alike(argument, other, release) else None


def _alike(argument: Argument, other: Flag, release: str) -> bool:
    """Tell whether a flag, in the last release that has it, takes the values of another."""
    known = vllm_history.flag(head(argument), release)
    last = known.before if known else None
    own = argument.flag or (vllm.flag("serve", head(argument), last) if last else None)
    return own is not None and (own.kind, own.type) == (other.kind, other.type)


def _replaced_by(argument: Argument, plan: Plan) -> str | None:
    """Return the flag that does alone what a switch did, if the profile has it already."""
    use, _ = vllm_history.instead(head(argument))
    named = re.match(r"--([a-z-]+) <", use or "")
    given = named and plan.server.value(named[1])
    return named[1] if named and given is not None and argument.value is True else None


def advice(name: str, replaced_by: str | None = None) -> str:
    """Say what to write instead of a removed or deprecated flag."""
    use, drop = vllm_history.instead(name)
    if drop:
        return f"remove the line: {drop}"
    if replaced_by:
        return f"remove the line: {replaced_by}, which the profile has, is enough"
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
    edits="unsafe",
)
def future_flag(plan: Plan) -> Iterator[Finding]:
    """Refuse flags that only later releases have."""
    for argument in faulty(plan, "future"):
        known = vllm_history.flag(head(argument), plan.server.release)
        since = known.after if known and known.after else vllm.dotted_since()
        what = argument.meant
        help_ = f"use {since} or newer, or remove the line"
        edit = unsafe(Remove(argument.path))
        if vllm.has("serve", head(argument), plan.server.release):
            what, since = "the form option.key", vllm.dotted_since()
            help_ = f"write {head(argument)} with a map below it"
            below = (*ARGS, head(argument), argument.meant.partition(".")[2].replace("-", "_"))
            edit = unsafe(Move(argument.path, below))
        yield finding(
            argument,
            f"{what} needs vLLM {since} or newer; the profile uses {plan.server.version}",
            help_,
            VERSION_HERE,
            edit=edit,
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
    edits="safe",
)
def deprecated_flag(plan: Plan) -> Iterator[Finding]:
    """Report flags that the release marks as deprecated and that have an announced removal."""
    for argument, flag in flagged(plan):
        if flag.deprecated and flag.leaving:
            yield finding(
                argument,
                f"{argument.meant} is deprecated in vLLM {plan.server.version} and {flag.leaving}",
                advice(head(argument), _replaced_by(argument, plan)),
                VERSION_HERE,
                edit=_instead(argument, plan),
            )


RULES: tuple[Rule, ...] = (removed_flag, future_flag, deprecated_flag)
