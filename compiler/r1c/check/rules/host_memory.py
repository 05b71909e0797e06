"""R1C312: the shared memory of the pods against the memory of a node."""

from __future__ import annotations

from collections.abc import Iterator

from r1c.capacity.settings import GIB
from r1c.check.rule import Rule, rule
from r1c.check.rules.storage import quantity
from r1c.diagnostics import Finding, Path, Related, Severity
from r1c.resolve.plan import Plan

PLACE: Path = ("spec", "storage", "sharedMemory")


@rule(
    code="R1C312",
    slug="shared-memory-exceeds-host",
    severity=Severity.WARNING,
    title="Shared memory can exceed the memory of the node",
    why="The memory in /dev/shm counts against the node's memory: when it fills up, the pod is killed "
    "(evidence.md, MEM009).",
    example="spec:\n  storage:\n    sharedMemory: 2000Gi\n",
    fix="Leave sharedMemory at its default, or write less than the node's memory.",
    fields=("spec.storage.sharedMemory", "spec.platform"),
)
def shared_memory_exceeds_host(plan: Plan) -> Iterator[Finding]:
    """Check shared memory against the memory of a node; each node runs one pod."""
    has, platform = quantity(plan.storage.shared_memory), plan.platform
    if has is not None and has >= platform.host_memory_gb * GIB:
        yield Finding(
            PLACE,
            f"sharedMemory {plan.storage.shared_memory} can exceed the {platform.host_memory_gb} GB of one "
            f"{platform.id} node",
            "write sharedMemory: 250Gi, or a size that you measured",
            related=(
                Related(f"a node has {platform.host_memory_gb} GB", place=platform.cite("hostMemoryGb")),
            ),
        )


RULES: tuple[Rule, ...] = (shared_memory_exceeds_host,)
