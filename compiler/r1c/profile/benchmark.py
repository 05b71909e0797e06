"""spec.benchmark: the points of the benchmark Job and their load."""

from __future__ import annotations

from typing import Annotated, Literal

from r1c.profile.section import info, section


@section
class Point:
    """One point of a sweep; absent fields come from spec.benchmark."""

    name: Annotated[str | None, info(examples=["busy"])] = None
    """Name of the point in results and comparisons. Default: its lengths and load."""
    input_len: Annotated[int | None, info(ge=1, examples=[1000])] = None
    """Tokens in each prompt. Default: benchmark.inputLen."""
    output_len: Annotated[int | None, info(ge=1, examples=[1000])] = None
    """Tokens generated for each prompt. Default: benchmark.outputLen."""
    prompts: Annotated[int | None, info(ge=1, examples=[1100])] = None
    """Number of prompts. Default: benchmark.prompts."""
    concurrency: Annotated[int | None, info(ge=1, examples=[32])] = None
    """Maximum number of concurrent requests. Default: benchmark.concurrency, unless requestRate is set."""
    request_rate: Annotated[float | None, info(ge=0.001, allow_inf_nan=False, examples=[4.0])] = None
    """Requests per second. Default: benchmark.requestRate, unless the point has a concurrency."""
    dataset: Annotated[Literal["random", "sharegpt"] | None, info(examples=["random"])] = None
    """Source of the prompts. Default: benchmark.dataset."""
    dataset_path: Annotated[str | None, info(examples=["/gcs/datasets/sharegpt.json"])] = None
    """Path of the sharegpt file in the pod. Default: benchmark.datasetPath."""


@section
class Goodput:
    """Limits that a request must meet to count as goodput, in milliseconds."""

    ttft_ms: Annotated[float | None, info(ge=0.001, allow_inf_nan=False, examples=[500.0])] = None
    """Maximum time to the first token."""
    tpot_ms: Annotated[float | None, info(ge=0.001, allow_inf_nan=False, examples=[50.0])] = None
    """Maximum time for each token after the first."""
    e2el_ms: Annotated[float | None, info(ge=0.001, allow_inf_nan=False, examples=[30000.0])] = None
    """Maximum time from end to end."""


@section
class Benchmark:
    """The serving benchmark: one point, or a sweep over several that run one after another."""

    input_len: Annotated[int, info(ge=1)] = 1000
    """Tokens in each prompt."""
    output_len: Annotated[int, info(ge=1)] = 1000
    """Tokens generated for each prompt."""
    prompts: Annotated[int, info(ge=1)] = 1100
    """Number of prompts."""
    concurrency: Annotated[int | None, info(ge=1, examples=[32])] = None
    """Maximum number of concurrent requests. Default: no limit."""
    request_rate: Annotated[float | None, info(ge=0.001, allow_inf_nan=False, examples=[4.0])] = None
    """Requests per second. Default: all at the same time."""
    dataset: Literal["random", "sharegpt"] = "random"
    """random: random tokens, new for each run, with the given lengths. sharegpt: prompts and lengths from a
    file.
    """
    dataset_path: Annotated[str | None, info(examples=["/gcs/datasets/sharegpt.json"])] = None
    """Path of the sharegpt file in the pod, below storage.mountPath."""
    warmup_prompts: Annotated[int, info(ge=0)] = 8
    """Random prompts of the same lengths, sent before each point is measured; 0 for none."""
    goodput: Goodput = Goodput()
    """Targets; the requests that meet all of them count as goodput."""
    points: Annotated[
        tuple[Point, ...],
        info(examples=[[{"concurrency": 16, "prompts": 80}, {"concurrency": 64, "prompts": 320}]]),
    ] = ()
    """Points of a sweep, run one after another. Default: one point, with the values of spec.benchmark."""
