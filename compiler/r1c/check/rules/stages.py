"""R1C2xx, the pipeline parallel size: the stages that the layers are split into."""

from __future__ import annotations

import re
from collections.abc import Iterator

from r1c.capacity import stages
from r1c.check.rule import Rule, rule
from r1c.check.rules.model_architecture import pipeline_not_supported
from r1c.diagnostics import Finding, Put, Related, Severity, unsafe
from r1c.profile.paths import ENV, PIPELINE
from r1c.record import replace
from r1c.resolve.plan import Plan

PARTITION = "VLLM_PP_LAYER_PARTITION"
_SPECULATION = (
    "speculative-config",
    "speculative-model",
    "spec-model",
    "spec-method",
    "num-speculative-tokens",
)
_COUNT = "0*[1-9][0-9]{0,8}"
_SHOWN = 60
_COSTLY = 0.1
"""The idle share of the pipeline from which r1c reports the split."""


def layers(plan: Plan) -> int | None:
    """Return the number of the model's layers, if known."""
    model = plan.model.architecture
    return model.num_hidden_layers if model else None


@rule(
    code="R1C208",
    slug="more-stages-than-layers",
    severity=Severity.ERROR,
    title="More pipeline stages than layers",
    why="vLLM cannot build a stage without a layer (facts/models has the layers).",
    example="spec:\n  parallelism: {tensor: 1, pipeline: 64}\n  nodes: 8\n",
    fix="Lower the pipeline parallel size.",
    fields=("spec.parallelism", "spec.model", "spec.platform"),
)
def more_stages_than_layers(plan: Plan) -> Iterator[Finding]:
    """Check pipeline <= layers."""
    count, group, model = layers(plan), plan.group, plan.model.architecture
    if count is None or model is None or group.pipeline <= count:
        return
    yield Finding(
        PIPELINE,
        f"pipeline parallel size {group.pipeline} is more than the {count} layers of {plan.model.id}",
        f"write pipeline: {count} or less; one stage per node, with tensor {group.gpus_per_node}, is usual",
        related=(Related(f"{plan.model.id} has {count} layers", place=model.place),),
    )


@rule(
    code="R1C209",
    slug="stages-uneven",
    severity=Severity.HINT,
    title="Uneven pipeline stages",
    why="A pipeline is as fast as its slowest stage. Up to v0.7.3 the last stage gets the whole remainder "
    "(facts/memory.yaml, stages; evidence.md, PAR014).",
    example="spec:\n  model: {id: Qwen/Qwen3-8B}\n  vllm: {version: v0.9.0}\n  parallelism: {tensor: 1, "
    "pipeline: 16}\n",
    fix="Use a pipeline parallel size that divides the layers more evenly, or set VLLM_PP_LAYER_PARTITION.",
    fields=("spec.parallelism", "spec.nodes", "spec.model", "spec.platform", "spec.vllm"),
    edits="unsafe",
)
def stages_uneven(plan: Plan) -> Iterator[Finding]:
    """Compare the fullest stage with an even share, unless the profile gives a partition."""
    count, group, model = layers(plan), plan.group, plan.model.architecture
    if count is None or model is None or PARTITION in plan.server.env or group.ranks != group.gpus:
        return
    pipeline = group.pipeline
    if not 1 < pipeline <= count:
        return
    fullest = max(stages.split(count, pipeline, plan.server.release))
    idle = 1 - count / (fullest * pipeline)
    if idle <= _COSTLY:
        return
    even = -(-count // pipeline)
    help_, edit = "use a pipeline parallel size that divides the layers more evenly", None
    if fullest > even:
        split = [count // pipeline + (stage < count % pipeline) for stage in range(pipeline)]
        parts = ",".join(map(str, split))
        help_, edit = f'set {PARTITION}: "{parts}" in vllm.env', unsafe(Put((*ENV, PARTITION), parts))
    yield Finding(
        PIPELINE,
        f"with {count} layers in {pipeline} stages, the largest stage has {fullest}, but an even share "
        f"is {count / pipeline:.1f}: the pipeline is idle {100 * idle:.0f} % of the time",
        help_,
        related=(Related(f"{plan.model.id} has {count} layers", place=model.place),),
        edit=edit,
    )


@rule(
    code="R1C210",
    slug="layer-partition",
    severity=Severity.ERROR,
    title="VLLM_PP_LAYER_PARTITION does not fit the stages or the layers",
    why="vLLM expects one integer per stage, and their sum must be the number of layers "
    "(vllm/distributed/utils.py; evidence.md, PAR014).",
    example='spec:\n  vllm:\n    env: {VLLM_PP_LAYER_PARTITION: "30,30"}\n',
    fix="Give a number of layers for each stage, separated by commas.",
    fields=("spec.parallelism", "spec.model", "spec.vllm.env", "spec.vllm.version"),
    edits="unsafe",
)
def layer_partition(plan: Plan) -> Iterator[Finding]:
    """Check the numbers, how many there are, and their sum."""
    text = plan.server.env.get(PARTITION)
    if text is None:
        return
    count, pipeline = layers(plan), plan.group.pipeline
    parts = [part.strip() for part in text.split(",")]
    even = ""
    if count is not None and pipeline <= count:
        even = ",".join(map(str, stages.split(count, pipeline, plan.server.release)))
    if not all(re.fullmatch(_COUNT, part) for part in parts):
        fault = f'"{text if len(text) <= _SHOWN else text[: _SHOWN - 3] + "..."}" is not a list of integers'
    elif len(parts) != pipeline:
        fault = f"{len(parts)} numbers for {pipeline} pipeline stages"
    elif count is not None and sum(map(int, parts)) != count:
        fault = f"the numbers add up to {sum(map(int, parts))}, but {plan.model.id} has {count} layers"
    else:
        return
    help_ = (
        f'write "{even}", which vLLM also uses without the variable' if even else "write one number per stage"
    )
    place = (*ENV, PARTITION)
    yield Finding(place, f"{PARTITION}: {fault}", help_, edit=unsafe(Put(place, even)) if even else None)


@rule(
    code="R1C211",
    slug="pipeline-with-speculation",
    severity=Severity.ERROR,
    title="Speculative decoding does not work with pipeline parallelism",
    why="Depending on the version, vLLM refuses it, fails an assertion, or silently serves wrong text "
    "(vllm-project/vllm#57755, #49355, #14117, #6911; evidence.md, PAR007).",
    example="spec:\n  vllm:\n    version: v0.10.0\n    args:\n      speculative-config: {method: "
    "deepseek_mtp, num_speculative_tokens: 1}\n",
    fix="Remove the speculative flags, or use one pipeline stage.",
    fields=("spec.parallelism.pipeline", "spec.vllm.args", "spec.vllm.version"),
)
def pipeline_with_speculation(plan: Plan) -> Iterator[Finding]:
    """Check that pipeline is 1 if a speculative flag is given."""
    if plan.group.pipeline == 1:
        return
    for argument in plan.server.arguments:
        if argument.flag and argument.meant.split(".")[0] in _SPECULATION and argument.value not in (None, 0):
            yield Finding(
                argument.path,
                f"{argument.name} turns on speculative decoding, which does not work with pipeline parallel "
                f"size {plan.group.pipeline}",
                "remove the speculative flags, or write pipeline: 1 and use tensor parallelism alone",
                on_key=True,
                related=(Related("the stages are set here", path=PIPELINE),),
            )
            return


_REFUSALS = (more_stages_than_layers, pipeline_with_speculation, pipeline_not_supported)


def possible(plan: Plan, pipeline: int) -> bool:
    """Tell whether vLLM can split the plan's model into so many stages."""
    split = replace(plan, group=replace(plan.group, pipeline=pipeline))
    return not any(finding for refusal in _REFUSALS for finding in refusal.check(split))


RULES: tuple[Rule, ...] = (
    more_stages_than_layers,
    stages_uneven,
    layer_partition,
    pipeline_with_speculation,
    pipeline_not_supported,
)
