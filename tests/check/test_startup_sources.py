"""The facts about vLLM's start-up against the releases' own sources, where these are at hand.

R1C_VLLM_SOURCES names a directory with <release>/vllm/ as tools/read_startup.py reads it.
"""

from __future__ import annotations

import os
import random
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from r1c.facts import table, vllm

SOURCES = Path(os.environ.get("R1C_VLLM_SOURCES", "/nowhere"))
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
pytestmark = pytest.mark.skipif(not SOURCES.is_dir(), reason="no sources of vLLM in R1C_VLLM_SOURCES")


@cache
def text(release: str, place: str) -> str:
    """Return files of a release as one text: neighbouring string literals joined, white space made one."""
    root = SOURCES / release.removeprefix("v") / "vllm"
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


def test_facts_at_random(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the facts of one release again and compare twenty of them, with a seed that a failure names."""
    monkeypatch.syspath_prepend(str(Path(__file__).parents[2] / "tools"))
    import read_startup
    from vllm_startup_source import Release

    seed = random.randrange(10**6)
    chance = random.Random(seed)
    version = chance.choice(vllm.versions())
    release = Release(SOURCES / version.removeprefix("v") / "vllm")
    from r1c.facts import vllm_startup

    parts = {
        "variable": read_startup.variables(release),
        "quantization": read_startup.quantization(release),
        "flag": read_startup.json_flags(release),
    }
    facts = [(part, name, value) for part, found in parts.items() for name, value in found.items()]
    for part, name, value in chance.sample(facts, min(20, len(facts))):
        if part == "variable":
            known: Any = vllm_startup.variable(name, version)
        elif part == "flag":
            found = vllm_startup.flag_class(name, version)
            known = found.name if found else None
        else:
            method = vllm_startup.quantization(name, version)
            known = value if method and method.needs_config == ("config" in value.split()) else method
        assert known == value, (seed, version, name)
