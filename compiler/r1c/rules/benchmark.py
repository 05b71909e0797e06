"""R1C95x: whether the benchmark's prompts fit the server and fill it.

A warm prefix cache (failures.md, BEN001) needs no rule: the Job takes a new seed each time it runs.
"""

from __future__ import annotations

from collections.abc import Iterator

from r1c import facts
from r1c.diagnostics import Finding, Path, Related, Severity
from r1c.plan import Plan
from r1c.rule import Rule, rule

SECTION: Path = ("spec", "benchmark")


@rule(
    code="R1C950",
    slug="benchmark-length",
    severity=Severity.ERROR,
    title="The benchmark's prompts and answers are longer than the server allows",
    why="The server refuses every such request, and the benchmark ends with nothing to report "
    "(vllm-project/recipes#165; failures.md, BEN007).",
    example="spec:\n  benchmark:\n    inputLen: 30000\n    outputLen: 4000\n",
    fix="Shorten the prompts or the answers, or raise max-model-len.",
    fields=("spec.benchmark", "spec.vllm.args", "spec.model"),
)
def benchmark_length(plan: Plan) -> Iterator[Finding]:
    """Check inputLen + outputLen against max-model-len, or the model's positions where that is not given."""
    point, asked = plan.benchmark, plan.server.value("max-model-len")
    model = plan.model.architecture
    related: tuple[Related, ...] = ()
    if isinstance(asked, int) and not isinstance(asked, bool):
        limit, what = asked, f"max-model-len {asked}"
        related = (Related("max-model-len", path=("spec", "vllm", "args", "max-model-len")),)
    elif asked is None and model and "maxPositionEmbeddings" in model.fields:
        limit = int(model.fields["maxPositionEmbeddings"])
        what = f"the {limit} positions of {plan.model.id}"
        related = (Related(f"the positions of {plan.model.id}", place=model.place),)
    else:
        return
    total = point.input_len + point.output_len
    if total <= limit:
        return
    longest = "inputLen" if point.input_len >= point.output_len else "outputLen"
    rest = limit - min(point.input_len, point.output_len)
    help_ = f"write {longest}: {rest} or less" if rest > 0 else f"make both together {limit} or less"
    if asked is not None:
        help_ += f", or max-model-len: {total} or more"
    given = [
        (*SECTION, field) for field in (longest, "inputLen", "outputLen") if (*SECTION, field) in plan.given
    ]
    yield Finding(
        given[0] if given else (*SECTION, longest),
        f"inputLen {point.input_len} + outputLen {point.output_len} are {total} tokens, more than {what}",
        help_,
        related=related,
    )


@rule(
    code="R1C951",
    slug="benchmark-prompts",
    severity=Severity.WARNING,
    title="The benchmark has too few prompts for the sequences that are served at once",
    why="Filling and draining the server are then most of what is measured (vllm-project/recipes#165, "
    "sgl-project/sglang#30918; failures.md, BEN002).",
    example="spec:\n  benchmark:\n    prompts: 100\n",
    fix="Use five prompts for each sequence served at once, or more.",
    fields=("spec.benchmark.prompts", "spec.vllm.args", "spec.replicas"),
)
def benchmark_prompts(plan: Plan) -> Iterator[Finding]:
    """Check prompts >= 5 x max-num-seqs x replicas, where max-num-seqs is given."""
    sequences, each = plan.server.value("max-num-seqs"), facts.limit("benchmark")["promptsPerSequence"]
    if not isinstance(sequences, int) or isinstance(sequences, bool):
        return
    replicas = max(1, plan.group.replicas)
    wanted = each * sequences * replicas
    if plan.benchmark.prompts >= wanted:
        return
    groups = f" x {replicas} replicas" if replicas > 1 else ""
    yield Finding(
        (*SECTION, "prompts"),
        f"{plan.benchmark.prompts} prompts are fewer than {each} for each of the {sequences * replicas} "
        f"sequences served at once (max-num-seqs {sequences}{groups}): filling and draining weigh on the "
        "result",
        f"write prompts: {wanted} or more",
        related=(Related("the rule of thumb", place=facts.cite("limits", "benchmark")),),
    )


RULES: tuple[Rule, ...] = (benchmark_length, benchmark_prompts)
