"""vLLM's words in facts/startup.yaml against the releases' own sources, where these are at hand.

R1C_SOURCES names the sources (tests/vllm_sources.py); without it the tests are skipped.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import pytest

import vllm_sources
from r1c.facts import table, vllm

PLACES = (
    "config.py",
    "config/*.py",
    "engine/arg_utils.py",
    "entrypoints/**/*.py",
    "attention/**/*.py",
    "v1/attention/**/*.py",
    "v1/worker/*.py",
    "model_executor/layers/**/*.py",
    "platforms/cuda.py",
)
pytestmark = vllm_sources.needed


@cache
def text(release: str, place: str) -> str:
    """Return files of a release as one text: neighbouring string literals joined, white space made one."""
    root = vllm_sources.source(release).files.place / "vllm"
    whole = "\n".join(path.read_text(encoding="utf-8") for path in sorted(root.glob(place)))
    return re.sub(r"\s+", " ", re.sub(r'["\']\s*\n\s*f?["\']', "", whole))


def says(entry: dict[str, Any], release: str) -> bool:
    places = (entry["file"],) if "file" in entry else PLACES
    return any(entry["says"] in text(release, place) for place in places)


def constraints() -> dict[str, dict[str, Any]]:
    entries = table("startup")["data"]["constraints"]
    return {id_: entry for id_, entry in entries.items() if "says" in entry}


@pytest.mark.parametrize("id_", constraints())
def test_first_and_last_release_say_it(id_: str) -> None:
    entry, order = constraints()[id_], vllm.versions()
    assert says(entry, entry["from"])
    assert says(entry, entry.get("until", order[-1]))
