"""vllm.args, the fields that own a flag, and the benchmark -> the arguments of vLLM's commands."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from r1c.facts import bench_client, bench_result, vllm
from r1c.lower import termination
from r1c.lower.templates.escape import json_text
from r1c.resolve.plan import Plan, Point
from r1c.resolve.server import Argument


def serve(plan: Plan) -> list[str]:
    """Return the model, the flags that other fields of the profile set, then vllm.args by name.

    One flag is one element (--name=value), so that no shell has to quote it and a diff shows which flag
    changed.
    """
    group, model, weights = plan.group, plan.model, plan.weights
    result = [
        weights.place,
        f"--tensor-parallel-size={group.tensor}",
        f"--pipeline-parallel-size={group.pipeline}",
    ]
    if plan.server.executor == "ray":
        result.append("--distributed-executor-backend=ray")
    result.append(f"--port={plan.service.port}")
    if model.revision and weights.on_hub:
        result.append(f"--revision={model.revision}")
    if model.served_name != weights.place:
        result.append(f"--served-model-name={model.served_name}")
    result += _streamed(plan)
    result += termination.flags(plan)
    for argument in sorted(plan.server.arguments, key=lambda item: item.name):
        result += spell(argument)
    return result


def _streamed(plan: Plan) -> list[str]:
    """Return the flags of the Run:ai Model Streamer.

    With distributed, each rank of a node reads a part of the files and sends it to the others; without it,
    every rank reads the whole checkpoint from the bucket.
    """
    if not plan.weights.streamed:
        return []
    flags = ["--load-format=runai_streamer"]
    extra = "model-loader-extra-config"
    own = [item for item in plan.server.arguments if item.meant.partition(".")[0] == extra]
    if plan.group.gpus_per_pod > 1 and not own:
        flags.append(f"--{extra}={json_text({'distributed': True})}")
    return flags


def spell(argument: Argument) -> Iterator[str]:
    """Yield the elements of one argument in the form that this release's parser takes."""
    name, value, flag = f"--{argument.name}", argument.value, argument.flag
    if flag is None:
        raise ValueError(f"{name} is not a flag of this release")
    if flag.kind in ("switch", "inverse", "bool"):
        if value:
            yield name
        elif flag.negative:
            yield flag.negative
    elif flag.kind == "optional-value" and value is True:
        yield name
    elif flag.kind == "list":
        # argparse takes the values of such a flag as elements of their own; the next flag ends them.
        yield name
        yield from (_text(item) for item in (value if isinstance(value, list | tuple) else [value]))
    elif flag.kind == "key=value" and isinstance(value, dict):
        yield f"{name}={','.join(f'{key}={item}' for key, item in sorted(value.items()))}"
    else:
        yield f"{name}={_text(value)}"


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return json_text(value) if isinstance(value, dict | list) else str(value)


def benchmark(plan: Plan) -> list[str]:
    """Return the arguments of that version's serving benchmark that all its points share.

    Without the server's address and the result's file.
    """
    result = [f"--model={plan.model.served_name}"]
    if plan.model.served_name != plan.weights.place:
        result.append(f"--tokenizer={plan.weights.folder or plan.model.id}")
    result += bench_client.client(plan.server.release).arguments
    # Results of all versions are to be of greedy sampling, which older ones ask for by themselves.
    if vllm.at_least(plan.server.release, bench_result.temperature_unsent_since()):
        result.append("--temperature=0")
    # Without it, the model decides how many tokens are measured (evidence.md, BEN003).
    result.append("--ignore-eos")
    if plan.server.value("trust-remote-code"):
        result.append("--trust-remote-code")
    result.append("--percentile-metrics=ttft,tpot,itl,e2el")
    if plan.benchmark.goodput:
        # argparse takes the values of such a flag as elements of their own; the next flag ends them.
        result.append("--goodput")
        result += [f"{metric}:{target:g}" for metric, target in plan.benchmark.goodput.items()]
    return [*result, "--save-result"]


def measured(point: Point) -> list[str]:
    """Return the arguments of one benchmark point, but for the seed."""
    if point.dataset == "sharegpt":
        prompts = ["--dataset-name=sharegpt", f"--dataset-path={point.dataset_path}"]
    else:
        prompts = _random(point)
    return [*prompts, f"--num-prompts={point.prompts}", *_load(point)]


def warmup(plan: Plan, point: Point) -> list[str]:
    """Return the arguments of a point's warm-up.

    Its prompts are always random: those of a point's file would then be in the server's prefix cache.
    """
    return [*_random(point), f"--num-prompts={plan.benchmark.warmup}", *_load(point)]


def _random(point: Point) -> list[str]:
    return [
        "--dataset-name=random",
        f"--random-input-len={point.input_len}",
        f"--random-output-len={point.output_len}",
    ]


def _load(point: Point) -> list[str]:
    """Return the load; a warm-up with another would burst past the point's (evidence.md, BEN004)."""
    if point.concurrency:
        return [f"--max-concurrency={point.concurrency}"]
    return [f"--request-rate={point.request_rate:g}"] if point.request_rate else []
