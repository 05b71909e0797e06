"""R1C2xx: how the model is split over GPUs and nodes."""

from __future__ import annotations

from collections.abc import Iterator

from r1c.check.rule import Rule, rule
from r1c.check.rules import attention, experts, quantization, stages, startup_checks, tensor
from r1c.diagnostics import Finding, Put, Related, Severity, unsafe
from r1c.diagnostics.suggest import counted
from r1c.profile.paths import PIPELINE, TENSOR
from r1c.resolve.plan import Plan

_SIZES = ("data-parallel-size", "prefill-context-parallel-size")


@rule(
    code="R1C204",
    slug="world-size",
    severity=Severity.ERROR,
    title="Number of ranks does not match the GPUs of a group",
    why="With fewer ranks than GPUs, GPUs that you pay for stay idle. With more, Ray waits forever for a "
    "placement group (vllm-project/vllm#13909, #13388; evidence.md, PAR004, PAR005).",
    example="spec:\n  nodes: 4\n",
    fix="Make tensor x pipeline (x data-parallel-size) equal nodes x GPUs per node.",
    fields=("spec.parallelism", "spec.nodes", "spec.platform", "spec.model", "spec.vllm.args"),
    edits="unsafe",
)
def world_size(plan: Plan) -> Iterator[Finding]:
    """Check tensor x pipeline x data = nodes x GPUs per node."""
    group, server = plan.group, plan.server
    unknown = any(item.flag is None for item in server.arguments if item.meant in _SIZES)
    # A tensor size that does not fit will change, and the ranks with it; data parallel ranks will not.
    will_change = group.data == 1 and not tensor.fits(plan)
    if group.ranks == group.gpus or unknown or will_change:
        return
    each, nodes = group.gpus_per_node, counted(group.nodes, "node")
    product, others = f"tensor {group.tensor} x pipeline {group.pipeline}", group.data * group.context
    if others > 1:
        product += f" x data {group.data}" if group.context == 1 else f" x context {group.context}"
    if group.data > 1 and group.ranks == group.data * group.gpus:
        help_ = f"remove data-parallel-size and write replicas: {group.data}, each with {nodes}"
    elif group.ranks % each == 0:
        help_ = (
            f"write nodes: {group.ranks // each}, or change parallelism so that the product is {group.gpus}"
        )
    elif others == 1:
        help_ = f"make tensor x pipeline equal {group.gpus}"
        if stages.possible(plan, group.nodes):
            help_ += f": for {nodes}, tensor {each} and pipeline {group.nodes}"
    else:
        help_ = f"make the product equal {group.gpus}"
    whole = group.ranks % each == 0 and not (group.data > 1 and group.ranks == group.data * group.gpus)
    yield Finding(
        ("spec", "nodes"),
        f"{product} is {counted(group.ranks, 'rank')}, but {nodes} x {each} GPUs are {group.gpus} GPUs",
        help_,
        related=(
            Related(f"{plan.platform.id} has {each} GPUs per node", place=plan.platform.cite("gpusPerNode")),
        ),
        edit=unsafe(Put(("spec", "nodes"), group.ranks // each)) if whole else None,
    )


@rule(
    code="R1C207",
    slug="tensor-across-nodes",
    severity=Severity.WARNING,
    title="Tensor parallelism crosses the node boundary",
    why="Each layer then waits for two exchanges over the network, which is many times slower than NVLink "
    "(vllm-project/vllm#13388, #8908, gpustack/gpustack#5056; evidence.md, PAR011).",
    example="spec:\n  parallelism: {tensor: 16, pipeline: 1}\n",
    fix="Use tensor for the GPUs of a node and pipeline for the nodes.",
    fields=("spec.parallelism", "spec.nodes", "spec.platform", "spec.model", "spec.vllm.args"),
    edits="unsafe",
)
def tensor_across_nodes(plan: Plan) -> Iterator[Finding]:
    """Check tensor <= GPUs per node, if the ranks match the GPUs."""
    group = plan.group
    each = group.gpus_per_node
    if group.tensor <= each or group.ranks != group.gpus or not tensor.fits(plan):
        return
    help_, edit = f"write tensor: {each} or less", None
    whole, rest = divmod(group.tensor * group.pipeline, each)
    times = group.tensor // each
    if rest == 0 and stages.possible(plan, whole):
        help_ = f"write tensor: {each} and pipeline: {whole}, on the same GPUs"
        edit = unsafe(Put(TENSOR, each), Put(PIPELINE, whole))
    elif group.tensor % each == 0 and group.nodes % times == 0:
        # The ranks must still match the GPUs of a group.
        help_ = (
            f"write tensor: {each}, nodes: {group.nodes // times} and replicas: {group.replicas * times}, if "
            f"{group.gpus // times} GPUs can hold the model"
        )
    yield Finding(
        TENSOR,
        f"tensor parallel size {group.tensor} is more than the {each} GPUs of one {plan.platform.id} node, "
        "so every layer exchanges data over the network",
        help_,
        edit=edit,
        related=(
            Related(f"{plan.platform.id} has {each} GPUs per node", place=plan.platform.cite("gpusPerNode")),
        ),
    )


RULES: tuple[Rule, ...] = tuple(
    sorted(
        (
            *tensor.RULES,
            world_size,
            tensor_across_nodes,
            *stages.RULES,
            *experts.RULES,
            *startup_checks.MODEL,
            *quantization.RULES,
            *attention.RULES,
        ),
        key=lambda item: item.code.id,
    )
)
