"""A profile and two releases -> what changes in the engine, the executor, the image and the memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, get_args

from r1c.capacity import settings
from r1c.facts import bench_client, vllm, vllm_metrics
from r1c.facts.model import Architecture, Attention
from r1c.resolve.plan import Plan
from r1c.upgrade.at_release import at, engines, executor
from r1c.upgrade.history import Change, on_the_way

_ENGINES = {("v0",): "V0", ("v1",): "V1", ("v0", "v1"): "V1 (V0 for what V1 does not support)"}
_EXECUTORS = {
    "ray": "a Ray cluster in each group",
    "native": "vLLM's own multi-node mode, without Ray",
}


def of_executor(before: Plan, after: Plan, old: str, new: str) -> Iterator[Change]:
    """Yield how the pods of a group join, by the releases on the way or by an edit of the profile."""

    def words(name: object) -> str:
        return _EXECUTORS.get(str(name), str(name))

    found = on_the_way(old, new, partial(executor, before))
    for turn in found:
        yield Change("engine", "executor", f"{words(turn.before)} -> {words(turn.after)}", turn.since)
    one, other = before.server.executor, after.server.executor
    if not found and one != other:
        yield Change("engine", "executor", f"{words(one)} -> {words(other)}")


def of_engine(plan: Plan, old: str, new: str) -> Iterator[Change]:
    """Yield what changes in the engine and in the image."""
    for turn in on_the_way(old, new, lambda release: _ENGINES[engines(plan, release)]):
        yield Change("engine", "engine", f"{turn.before} -> {turn.after}", turn.since)
    for turn in on_the_way(old, new, vllm.ray_in_image):
        text = "has Ray" if turn.after else "no longer includes Ray"
        if plan.server.executor == "ray":
            yield Change("engine", "image", text, turn.since)
    for turn in on_the_way(old, new, lambda release: bench_client.client(release).kind):
        yield Change(
            "engine", "benchmark client", f"{_CLIENTS[turn.before]} -> {_CLIENTS[turn.after]}", turn.since
        )
    for turn in on_the_way(old, new, lambda release: ", ".join(vllm.downloads(release)[0])):
        yield Change("engine", "downloads", f"{turn.before} -> {turn.after}", turn.since)


def of_metrics(plan: Plan, old: str, new: str) -> Iterator[Change]:
    """Yield the metrics that monitoring and scaling read under another name, or not at all."""
    if plan.monitoring is None and plan.scaling is None:
        return
    for need in get_args(vllm_metrics.Need):
        for turn in on_the_way(old, new, partial(_metric, plan, need)):
            yield Change("engine", f"metric for {need}", f"{turn.before} -> {turn.after}", turn.since)


def _metric(plan: Plan, need: vllm_metrics.Need, release: str) -> str:
    return vllm_metrics.name(need, release, plan.server.env) or "none"


_CLIENTS: Mapping[object, str] = {
    "script": "benchmarks/benchmark_serving.py",
    "module": "the module vllm.benchmarks.serve",
    "command": "vllm bench serve",
}


_TOKENS: Mapping[str, tuple[str, str]] = {
    "batched_tokens": ("max-num-batched-tokens", "default {:,} -> {:,} tokens"),
    "max_num_seqs": ("max-num-seqs", "default {:,} -> {:,} sequences"),
    "block": ("block-size", "blocks of {:,} -> {:,} tokens"),
}
"""Settings that a flag decides, else the release."""

_WORDS: Mapping[str, tuple[str, str, str]] = {
    "chunking_chosen": ("chunked prefill", "off", "on"),
    "second_runner": ("model runner", "the first (V1)", "the second (V2)"),
    "graphs_inside": (
        "memory of CUDA graphs",
        "outside gpu-memory-utilization",
        "part of gpu-memory-utilization",
    ),
    "latent_cache": ("KV cache of MLA", "keys and values of each head", "latent vectors"),
    "hybrid": ("KV cache of layers with a window", "the whole context", "the window"),
    "chunks": ("KV cache of layers with chunks", "the whole context", "the chunk"),
}
"""Settings that are one of two things."""


def of_memory(plan: Plan, old: str, new: str) -> Iterator[Change]:
    """Yield the terms of GPU memory that change, with the release that changed each."""
    model = plan.model.architecture
    if model is None or None in (settings.read(at(plan, old), model), settings.read(at(plan, new), model)):
        return

    def term(name: str) -> Callable[[str], Any]:
        return lambda release: getattr(settings.read(at(plan, release), model), name, None)

    for name, (flag, text) in _TOKENS.items():
        if plan.server.argument(flag) is None:
            for turn in on_the_way(old, new, term(name)):
                yield Change("memory", flag, text.format(turn.before, turn.after), turn.since)
    for name, (subject, off, on) in _WORDS.items():
        if _concerns(model, name):
            for turn in on_the_way(old, new, term(name)):
                words = (on if value else off for value in (turn.before, turn.after))
                yield Change("memory", subject, " -> ".join(words), turn.since)


def _concerns(model: Architecture, name: str) -> bool:
    mixers = [layer.mixer for layer in model.kinds if isinstance(layer.mixer, Attention)]
    if name == "latent_cache":
        return model.mla is not None
    if name == "hybrid":
        return any(mixer.window and not mixer.chunked for mixer in mixers)
    return name != "chunks" or any(mixer.chunked for mixer in mixers)
