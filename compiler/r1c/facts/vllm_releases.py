"""The published vLLM releases, and the versions of torch, CUDA, NCCL and transformers in each.

From facts/vllm_releases.json, which tools/read_release.py writes.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, lru_cache
from typing import Any

from r1c.facts import vllm
from r1c.facts.entry import load
from r1c.record import record


@record
class Stack:
    """The libraries of a vLLM release.

    `nccl` is the library that torch loads, its own or the one that the image has in its place, `cuda` the
    CUDA version that torch was built for, and `transformers` the first two numbers of the newest version on
    the release's day.
    """

    release: str
    date: str
    torch: str
    cuda: str
    nccl: str
    transformers: str


def _data() -> Any:
    return load("vllm_releases.json")


@cache
def published() -> Mapping[str, tuple[int, ...]]:
    """Return the published releases, oldest first, each with the numbers to compare it by."""
    return {release: vllm.key(release) or () for release in _data()["releases"]}


@lru_cache(maxsize=256)
def stack(version: str) -> Stack | None:
    """Return the libraries of a version, or of the nearest older release.

    None for a version that is not a release, and for one older than all known releases.
    """
    release = version if version in _data()["releases"] else _below(version)
    if release is None:
        return None
    entry = _data()["releases"][release]
    under = _data()["torch"].get(entry["torch"], {})
    return Stack(
        release,
        entry["date"],
        entry["torch"],
        under.get("cuda", ""),
        entry.get("ncclInImage") or under.get("nccl", ""),
        entry.get("transformersInImage", ""),
    )


def _below(version: str) -> str | None:
    wanted = vllm.key(version)
    if wanted is None:
        return None
    return next((name for name, key in reversed(list(published().items())) if key <= wanted), None)


@lru_cache(maxsize=256)
def neighbours(version: str) -> tuple[str, ...] | None:
    """Return the published releases before and after a version that was never published.

    None for a published version, and for one outside of the known range.
    """
    if version in _data()["releases"]:
        return None
    wanted = vllm.key(version)
    known = published()
    keys = list(known.values())
    if wanted is None or wanted in keys or not keys[0] < wanted < keys[-1]:
        return None
    names = list(known)
    above = next(place for place, key in enumerate(keys) if key > wanted)
    return names[above - 1], names[above]


def requirement(release: str, package: str) -> str:
    """Return which versions of a package a published release requires, empty if it does not require it."""
    limits: str = _data()["releases"][release].get(package, "")
    return limits.removeprefix("==")
