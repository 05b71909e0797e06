"""R1C955 and R1C956: the prompts of a benchmark point, against its data set."""

from __future__ import annotations

from collections.abc import Iterator

from r1c.check.rule import Rule, rule
from r1c.diagnostics import Finding, Path, Put, Remove, Severity, unsafe
from r1c.facts import vllm
from r1c.profile.paths import ARGS, BENCHMARK
from r1c.resolve.plan import Plan, Point

LENGTHS = ("inputLen", "outputLen")


def _dataset(plan: Plan, point: Point) -> Path:
    """Return where the point's data set is given."""
    own = (*point.place, "dataset")
    return own if own in plan.given else (*BENCHMARK, "dataset")


@rule(
    code="R1C955",
    slug="benchmark-dataset",
    severity=Severity.ERROR,
    title="Benchmark fields do not match the data set",
    why="vLLM ignores fields that a data set does not use: a run with random input lengths of 10000 over "
    "sharegpt reported 232 tokens per prompt (vllm-project/vllm#13305; evidence.md, BEN005).",
    example="spec:\n  benchmark:\n    dataset: sharegpt\n",
    fix="Give sharegpt a file and no lengths; give random lengths and no file.",
    fields=("spec.benchmark",),
    edits="unsafe",
)
def benchmark_dataset(plan: Plan) -> Iterator[Finding]:
    """Check that sharegpt has a file and no lengths, and random no file."""
    reading = [point for point in plan.benchmark.points if point.dataset == "sharegpt"]
    for place in dict.fromkeys(_dataset(plan, point) for point in reading if point.dataset_path is None):
        yield Finding(
            place, "dataset sharegpt needs datasetPath", "add datasetPath, a file below storage.mountPath"
        )
    for point in reading:
        for path in ((*point.place, field) for field in LENGTHS):
            if path in plan.given:
                yield Finding(
                    path,
                    f"{path[-1]} does not apply to dataset sharegpt, whose prompts have their own lengths",
                    "remove it, or write dataset: random",
                    edit=unsafe(Remove(path)),
                )
    places = [point.place for point in plan.benchmark.points if point.dataset == "random"]
    places += [] if reading else [BENCHMARK]
    for place in dict.fromkeys(places):
        if (*place, "datasetPath") in plan.given:
            yield Finding(
                (*place, "datasetPath"),
                "datasetPath does not apply to dataset random, which reads no file",
                "remove it, or write dataset: sharegpt",
                edit=unsafe(Remove((*place, "datasetPath"))),
            )


@rule(
    code="R1C956",
    slug="benchmark-warm-cache",
    severity=Severity.WARNING,
    title="Benchmark repeats its prompts while prefix caching is on",
    why="From the second run on, the server finds the prompts in its cache. Reports have shown 86 % more "
    "throughput and a time to first token 49 times shorter, and the result does not show why "
    "(vllm-project/vllm#52884, #54227; evidence.md, BEN001).",
    example="spec:\n  vllm:\n    version: v0.10.2\n  benchmark:\n    dataset: sharegpt\n"
    "    datasetPath: /gcs/datasets/sharegpt.json\n",
    fix="Turn prefix caching off for the benchmark, or use random prompts.",
    fields=("spec.benchmark", "spec.vllm"),
    edits="unsafe",
)
def benchmark_warm_cache(plan: Plan) -> Iterator[Finding]:
    """Check that no point reads a file while prefix caching is on: asked for, or by default."""
    server = plan.server
    chosen = server.value("enable-prefix-caching")
    default = vllm.at_least(server.release, vllm.engine("v1Since")) and server.env.get("VLLM_USE_V1") != "0"
    if chosen is False or server.value("disable-prefix-caching") or (chosen is None and not default):
        return
    asked = "enable-prefix-caching is set" if chosen else f"vLLM {server.version} caches prefixes by default"
    reading = [point for point in plan.benchmark.points if point.dataset == "sharegpt"]
    for place in dict.fromkeys(_dataset(plan, point) for point in reading):
        yield Finding(
            place,
            f"dataset sharegpt has the same prompts in each run, and {asked}: a second run measures "
            "the cache",
            "write enable-prefix-caching: false under vllm.args, or dataset: random",
            edit=unsafe(Put((*ARGS, "enable-prefix-caching"), value=False)),
        )


RULES: tuple[Rule, ...] = (benchmark_dataset, benchmark_warm_cache)
