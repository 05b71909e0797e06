"""Two vLLM releases -> the libraries under them: torch, CUDA and its driver, NCCL, transformers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from r1c import facts
from r1c.facts import vllm_releases
from r1c.resolve.plan import Plan
from r1c.upgrade.history import Change, Turn, turns

_LIBRARIES: Mapping[str, Callable[[str], str]] = {
    "torch": lambda release: _stack(release).torch,
    "CUDA": lambda release: _stack(release).cuda,
    "NVIDIA driver": lambda release: _driver(_stack(release).cuda),
    "NCCL": lambda release: _stack(release).nccl,
    "transformers": lambda release: _stack(release).transformers,
    "FlashInfer": lambda release: vllm_releases.requirement(release, "flashinfer-python"),
    "Ray": lambda release: vllm_releases.requirement(release, "ray"),
    "Python": lambda release: vllm_releases.requirement(release, "python"),
}

_MOST = 6
"""Turns of a library that a line has room for."""


def of_libraries(plan: Plan, old: str, new: str) -> Iterator[Change]:
    """Yield what changes under vLLM between two published releases, one line for each library.

    The line has the release of each change; of many, those to another major release and the last. Ray is left
    out if neither end uses it.
    """
    order = tuple(vllm_releases.published())
    for name, of in _LIBRARIES.items():
        found = turns(order, old, new, of)
        if found and not (name == "Ray" and plan.server.executor != "ray"):
            way = [f"{turn.after or 'not required'} ({turn.since})" for turn in _shown(found)]
            yield Change("library", name, " -> ".join((str(found[0].before or "not required"), *way)))


def _shown(found: list[Turn]) -> list[Turn]:
    """Return the turns of a library to name: of many, those to another major release, and the last."""
    if len(found) <= _MOST:
        return found
    return [turn for turn in found[:-1] if _major(turn.before) != _major(turn.after)] + found[-1:]


def _major(version: object) -> str:
    return str(version).partition(".")[0]


def _stack(release: str) -> vllm_releases.Stack:
    found = vllm_releases.stack(release)
    assert found is not None  # noqa: S101  # a published release has one
    return found


def _driver(cuda: str) -> str:
    oldest = facts.limits().drivers.get(cuda.partition(".")[0])
    return f"{oldest} or newer" if oldest else ""
