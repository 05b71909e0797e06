"""vllm.args and the fields that own a flag -> the argument list of `vllm serve` in that version."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from r1c.facts import vllm
from r1c.lower.escape import json_text
from r1c.plan import Argument, Plan


def serve(plan: Plan) -> list[str]:
    """Return the model, the flags that other fields of the profile set, then vllm.args by name.

    One flag is one element (--name=value), so that no shell has to quote it and a diff shows which flag
    changed.
    """
    group, model = plan.group, plan.model
    result = [
        model.id,
        f"--tensor-parallel-size={group.tensor}",
        f"--pipeline-parallel-size={group.pipeline}",
    ]
    if plan.server.executor == "ray":
        result.append("--distributed-executor-backend=ray")
    result.append(f"--port={plan.service.port}")
    if model.revision:
        result.append(f"--revision={model.revision}")
    if model.served_name != model.id:
        result.append(f"--served-model-name={model.served_name}")
    for argument in sorted(plan.server.arguments, key=lambda item: item.name):
        result += spell(argument)
    return result


def spell(argument: Argument) -> Iterator[str]:
    """Yield the elements of one argument in the form that this release's parser takes."""
    name, value, flag = f"--{argument.name}", argument.value, argument.flag
    if flag is None:
        raise ValueError(f"{name} is no flag of this release")
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
    """Return the arguments of the serving benchmark in that version, but for the server's address and the
    seed.
    """
    point, release = plan.benchmark, plan.server.release
    result = [f"--model={plan.model.served_name}"]
    if plan.model.served_name != plan.model.id:
        result.append(f"--tokenizer={plan.model.id}")
    if vllm.benchmark_command(release) == "script":
        result.append("--backend=vllm")
    result += [
        "--dataset-name=random",
        "--ignore-eos",
        f"--num-prompts={point.prompts}",
        f"--random-input-len={point.input_len}",
        f"--random-output-len={point.output_len}",
    ]
    if plan.server.value("trust-remote-code"):
        result.append("--trust-remote-code")
    return [*result, "--save-result"]
