"""Facts about vLLM against the sources of its releases.

20 facts at random for each release are compared, and all flags, variables and parsers.

R1C_SOURCES names the sources (tests/vllm_sources.py); without it the tests are skipped. The facts are other
ones in each run. A failure names the seed: R1C_SEED=SEED takes the same facts again.
"""

from __future__ import annotations

import json
import os
import random
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import read_startup
import release_facts
import vllm_flags
import vllm_kernels
import vllm_models_source
import vllm_startup_source
import vllm_table
from packaging.specifiers import SpecifierSet

import vllm_sources
from r1c.facts import vllm, vllm_history, vllm_models, vllm_releases, vllm_startup

pytestmark = vllm_sources.needed

SEED = os.environ.get("R1C_SEED") or str(random.randrange(10**6))
MODELS = "vllm/model_executor/models"

Compared = tuple[str, object, object]
"""What a fact is about, what the facts say, and what the source says."""


@cache
def table(name: str) -> Any:
    return json.loads((Path(vllm.__file__).parent / name).read_text(encoding="utf-8"))


def text(source: vllm_models_source.Source, *paths: str) -> str:
    return "\n".join(source.files.text(path) or "" for path in paths)


def flags(source: vllm_models_source.Source, release: str, chance: random.Random) -> Iterator[Compared]:
    """Seven flags of any release: whether it is there, and then its kind, type, choices and negative form.

    The names are also looked up in the text, by which the reader of the parser is held against the source.
    """
    sampled = vllm.sampled(release)
    read = vllm_flags.flags(source) if sampled else {}
    places = [
        *source.files.place.glob("vllm/config/*.py"),
        *source.files.place.glob("vllm/entrypoints/**/*.py"),
    ]
    names_of = ("arg_utils.py", "scripts.py", "config.py")
    places += [path for path in source.files.place.glob("vllm/**/*.py") if path.name in names_of]
    written = "\n".join(path.read_text(encoding="utf-8") for path in places)
    names = [name for name, entry in vllm.data()["serve"].items() if entry["kind"] != "inverse"]
    for name in chance.sample(names, 7) if sampled else ():
        known = vllm.has("serve", name[2:], str(sampled))
        there = name in read or ("inverse_of" in vllm.data()["serve"][name] and known)
        yield f"{name} is there", known, there
        if name in read:
            field = name[2:].replace("-", "_")
            assert re.search(rf"[\"']{name}[\"']|^    {field}: ", written, re.MULTILINE), name
            yield name, None, vllm_table.flag_difference("serve", name, str(sampled), read[name])


def architectures(
    source: vllm_models_source.Source, release: str, chance: random.Random
) -> Iterator[Compared]:
    """Three architectures of any release, and what two that are served support."""
    registry = text(source, f"{MODELS}/registry.py")
    for name in chance.sample(sorted(table("vllm_models.json")["architectures"]), 3):
        # Tables of what was removed have a release or a page behind the colon, the registry a pair.
        there = re.search(rf'^ *"{name}":\s*\(', registry, re.MULTILINE) is not None
        yield f"{name} is served", vllm_models.has("in", name, release), there
    for name in chance.sample(vllm_models.names(release), 2):
        match = re.search(rf'"{name}":\s*\(\s*(?:"(\w+)",\s*)?"([\w.]+)",\s*"(\w+)",?\s*\)', registry)
        assert match, name
        module = match[2] if match[2].startswith("vllm.") else f"{vllm_models_source.MODELS}.{match[2]}"
        traits = vllm_models_source.traits(source, module, match[3])
        for trait in ("pp", "lora", "multimodal"):
            known = vllm_models.has(trait, name, release)
            yield f"{name} {trait}", known, traits[trait] is not False


def config_types(source: vllm_models_source.Source, _: str, chance: random.Random) -> Iterator[Compared]:
    """One type of a config.json: whether the release brings its class itself."""
    whole = text(source, "vllm/transformers_utils/config.py")
    start = whole.index("\n_CONFIG_REGISTRY:")
    written = whole[whole.index("_CONFIG_REGISTRY") : whole.index("\n\n", start + 1)]
    for type_ in chance.sample(sorted(table("vllm_models.json")["configTypes"]), 1):
        there = re.search(rf'"{type_}":|^    {type_}=', written, re.MULTILINE) is not None
        yield f"config type {type_}", type_ in vllm_models_source.config_types(source), there


def variables(source: vllm_models_source.Source, release: str, chance: random.Random) -> Iterator[Compared]:
    """Three variables of any release: whether it is read, and the kind of its value where r1c checks that."""
    sampled = vllm.sampled(release)
    envs = text(source, "vllm/envs.py")
    read = source.module("vllm.envs")
    entries = read.values["environment_variables"] if read else None
    for name in chance.sample(sorted(vllm.data()["env"]), 3) if sampled else ():
        there = re.search(rf"^    [\"']{name}[\"']:", envs, re.MULTILINE) is not None
        yield f"{name} is read", vllm_history.reads(name, str(sampled)), there
        kind = vllm_startup.variable(name, str(sampled))
        if kind and there:
            pairs = zip(entries.keys, entries.values, strict=True)  # type: ignore[union-attr]
            node = next(value for key, value in pairs if getattr(key, "value", None) == name)
            yield f"{name}'s kind", kind, read_startup.variable(name, node)


def start_values(
    source: vllm_models_source.Source, release: str, chance: random.Random
) -> Iterator[Compared]:
    """Three of what the start looks up: fields of the classes behind JSON flags, quantization methods."""
    sampled = vllm.sampled(release)
    if sampled is None:
        return
    read = vllm_startup_source.Release(source.files.place / "vllm")
    classes = table("vllm_startup.json")["classes"]
    pairs = [(kind, key) for kind in sorted(classes) for key in sorted(classes[kind]["fields"])]
    for kind, key in chance.sample(pairs, 2):
        known = vllm_startup.config_class(kind, sampled)
        there = vllm_startup_source.fields(read, kind) if kind in read.classes else {}
        yield f"{kind}.{key}", known.fields.get(key) if known else None, there.get(key)
    method = chance.choice(sorted(table("vllm_startup.json")["quantization"]))
    needs = vllm_kernels.quantization(read).get(method)
    fact = vllm_startup.quantization(method, sampled)
    yield (
        f"quantization {method}",
        fact and fact.needs_config,
        None if needs is None else "config" in needs.split(),
    )


def pins(source: vllm_models_source.Source, release: str, chance: random.Random) -> Iterator[Compared]:
    """What the release asks for of one package; a source without requirements does not tell."""
    asked = vllm_models_source.pins(source)
    entry = table("vllm_releases.json")["releases"][release]
    for name in chance.sample(vllm_models_source.WANTED, 1) if asked else ():
        limits = asked.get(name)
        found = (
            None
            if limits is None
            else str(SpecifierSet(limits)).removeprefix("==" if name == "torch" else "")
        )
        yield f"{name} under {release}", entry.get(name), found
    if asked and source.files.text("docker/Dockerfile"):
        yield (
            f"NCCL in the image of {release}",
            entry.get("ncclInImage"),
            vllm_models_source.image_nccl(source),
        )


@pytest.mark.parametrize("release", vllm_releases.published())
def test_twenty_facts_at_random(release: str) -> None:
    source = vllm_sources.source(release)
    chance = random.Random(f"{SEED} {release}")
    for facts in (flags, architectures, config_types, variables, start_values, pins):
        for what, known, found in facts(source, release, chance):
            assert (SEED, what, known) == (SEED, what, found)


@pytest.mark.parametrize("release", vllm_releases.published())
def test_all_flags_variables_and_parsers(release: str) -> None:
    """Also of releases that count as the one below: it must have the same ones."""
    sampled = vllm.sampled(release)
    if sampled is None:
        pytest.skip(f"{release} is older than the facts")
    assert list(vllm_table.differences(sampled, vllm_sources.source(release))) == []


@pytest.mark.parametrize("release", vllm.versions())
def test_what_a_start_looks_up_is_read_the_same_again(release: str) -> None:
    known = table("vllm_startup.json")
    read = vllm_startup_source.Release(vllm_sources.source(release).files.place / "vllm")
    again = read_startup.facts({release: read}, list(vllm.versions()), known)
    assert release_facts.text(again) == release_facts.text(known)
