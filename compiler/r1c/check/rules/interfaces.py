"""R1C509: the interfaces that NCCL's and Gloo's variables name, against those of the pod."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from r1c import facts
from r1c.check.rule import Rule, rule
from r1c.check.rules.pod_environment import Variable, variables
from r1c.diagnostics import Finding, Put, Related, Remove, Severity, unsafe
from r1c.diagnostics.suggest import listed
from r1c.resolve.plan import Plan

_FABRIC = (
    "NCCL_FASTRAK_IFNAME",
    "NCCL_FASTRAK_CTRL_DEV",
    "NCCL_GPUDIRECTTCPX_SOCKET_IFNAME",
    "NCCL_GPUDIRECTTCPX_CTRL_DEV",
)
_PREFIXES, _EXACT = "NCCL_SOCKET_IFNAME", (*_FABRIC, "GLOO_SOCKET_IFNAME")


def spanned(names: Sequence[str]) -> str:
    """Write consecutive interfaces as a range: eth0 and eth2 to eth9."""
    first, *rest = names
    if not all(name.startswith("eth") for name in names):
        return f"{first} and {rest[0]} to {rest[-1]}"
    numbers = [int(name.removeprefix("eth")) for name in names]
    if len(names) > 2 and numbers[-1] - numbers[0] == len(names) - 1:
        return f"{first} to {names[-1]}"
    return f"{first} and {rest[0]} to {rest[-1]}" if len(rest) > 1 else listed(names, "and")


def missing_interfaces(variable: Variable, interfaces: tuple[str, ...]) -> list[str]:
    """Return the interfaces that a variable names and the pod does not have.

    NCCL_SOCKET_IFNAME is a list of prefixes; = in front makes the names exact, ^ excludes (and harms
    nothing). The others are lists of names.
    """
    text = variable.value.strip()
    exact = variable.name in _EXACT
    if not exact:
        if text.startswith("^"):
            return []
        exact, text = text.startswith("="), text.removeprefix("=")
    asked = [part.strip() for part in text.split(",")]
    return [
        name
        for name in asked
        if not any(known == name if exact else known.startswith(name) for known in interfaces) or not name
    ]


@rule(
    code="R1C509",
    slug="interface-missing",
    severity=Severity.ERROR,
    title="Variable names an unknown network interface",
    why="NCCL or Gloo finds no interface or the wrong one, and the ranks wait for each other until they "
    "time out (NVIDIA/aicr#427, vllm-project/vllm#7074; evidence.md, NET007, RAY009).",
    example="spec:\n  network:\n    nccl:\n      NCCL_SOCKET_IFNAME: eth9\n",
    fix="Name interfaces of the pod, or remove the variable.",
    fields=("spec.network", "spec.vllm", "spec.platform", "spec.nodes", "spec.parallelism"),
    edits="unsafe",
)
def interface_missing(plan: Plan) -> Iterator[Finding]:
    """Check the user's interface variables; a node's own interfaces (network.mode: host) are not known."""
    if plan.network.host:
        return
    alone = plan.group.nodes == 1
    claimed = plan.network.claim.interfaces if plan.network.claim else ()
    attached = tuple(item.name for item in plan.network.interfaces)
    have = attached or (plan.platform.control_interface, *claimed)
    # The pod also has the loopback interface, but it does not reach other nodes.
    reachable = (*have, "lo") if alone else have
    for variable in variables(plan):
        if variable.name != _PREFIXES and (
            variable.name not in _EXACT or (alone and variable.name in _FABRIC)
        ):
            continue
        notes = {"": "an empty name", "lo": "lo, which does not reach other nodes"}
        missing = [notes.get(name, name) for name in missing_interfaces(variable, reachable)]
        if not missing:
            continue
        default = plan.gpudirect.environment.get(variable.name)
        place = facts.cite("dranet", "interface") if claimed else plan.platform.cite("interfaceSets")
        related = Related(f"the interfaces of {plan.platform.id}", place=place)
        yield Finding(
            variable.path,
            f"{variable.name} names {listed(missing, 'and')}, but the pods have {spanned(have)}",
            f"write {default}, the value of the release, or remove the line"
            if default
            else "remove the line",
            related=(related,),
            edit=unsafe(Put(variable.path, default) if default else Remove(variable.path)),
        )


RULES: tuple[Rule, ...] = (interface_missing,)
