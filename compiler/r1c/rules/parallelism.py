"""R1C2xx: how the model is cut over GPUs and nodes."""

from __future__ import annotations

from collections.abc import Iterator

from r1c.diagnostics import Finding, Related, Severity
from r1c.plan import Plan
from r1c.rule import Rule, rule
from r1c.suggest import listed


def heads_divide(plan: Plan) -> bool:
    """Tell whether the attention heads, where known, divide evenly over the tensor ranks."""
    model = plan.model.architecture
    return model is None or model.fields["numAttentionHeads"] % plan.group.tensor == 0


def divisors(number: int) -> list[int]:
    """Return the divisors of a positive number, smallest first."""
    return [candidate for candidate in range(1, number + 1) if number % candidate == 0]


@rule(
    code="R1C201",
    slug="tensor-divides-heads",
    severity=Severity.ERROR,
    title="The tensor parallel size does not divide the attention heads",
    why="Attention heads are shared out evenly over the tensor parallel ranks; vLLM refuses to start "
    "otherwise "
    "(vllm-project/vllm#596, #4232; failures.md, PAR001).",
    example="spec:\n  parallelism:\n    tensor: 6\n",
    fix="Use a tensor parallel size that divides the number of heads.",
    fields=("spec.parallelism.tensor", "spec.model", "spec.platform"),
)
def tensor_divides_heads(plan: Plan) -> Iterator[Finding]:
    """Check heads % tensor, for a model that is known."""
    model, tensor, platform = plan.model.architecture, plan.group.tensor, plan.platform
    if model is None or heads_divide(plan):
        return
    heads = model.fields["numAttentionHeads"]
    fitting = [size for size in divisors(heads) if size <= 2 * platform.gpus_per_node]
    best = max(size for size in fitting if size <= platform.gpus_per_node)
    yield Finding(
        ("spec", "parallelism", "tensor"),
        f"tensor parallel size {tensor} does not divide the {heads} attention heads of {plan.model.id}",
        f"use {listed(str(size) for size in fitting)} ({best} keeps tensor parallelism inside one "
        f"{platform.id} node)",
        related=(Related(f"{plan.model.id} has {heads} attention heads", place=model.place),),
    )


@rule(
    code="R1C204",
    slug="world-size",
    severity=Severity.ERROR,
    title="Tensor x pipeline is not the number of GPUs of a group",
    why="With fewer ranks than GPUs, paid GPUs idle without a word; with more, Ray waits for ever for a "
    "placement "
    "group (vllm-project/vllm#13909, #13388; failures.md, PAR004, PAR005).",
    example="spec:\n  nodes: 4\n",
    fix="Make tensor x pipeline equal nodes x GPUs a node.",
    fields=("spec.parallelism", "spec.nodes", "spec.platform", "spec.model"),
)
def world_size(plan: Plan) -> Iterator[Finding]:
    """Check tensor x pipeline = nodes x GPUs a node."""
    group = plan.group
    ranks = group.tensor * group.pipeline
    if ranks == group.gpus or not heads_divide(plan):
        return
    each = group.gpus_per_node
    if ranks % each == 0:
        help_ = (
            f"write nodes: {ranks // each}, or change parallelism so that tensor x pipeline is {group.gpus}"
        )
    else:
        shape = f"for {group.nodes} nodes, tensor {each} and pipeline {group.nodes}"
        help_ = f"make tensor x pipeline {group.gpus}: {shape}"
    yield Finding(
        ("spec", "nodes"),
        f"tensor {group.tensor} x pipeline {group.pipeline} is {ranks} ranks, "
        f"but {group.nodes} x {each} GPUs a node are {group.gpus}",
        help_,
        related=(
            Related(f"{plan.platform.id} has {each} GPUs a node", place=plan.platform.cite("gpusPerNode")),
        ),
    )


RULES: tuple[Rule, ...] = (tensor_divides_heads, world_size)
