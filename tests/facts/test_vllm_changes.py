"""facts/vllm_changes.yaml agrees with the flags, variables and releases that the other facts have."""

from __future__ import annotations

from itertools import pairwise

import pytest

from r1c.facts import vllm, vllm_changes, vllm_defaults, vllm_history, vllm_startup

CHANGES = vllm_changes.read()
RENAMES = {**CHANGES.renamed, **CHANGES.renamed_variables}


def is_there(flag: str, release: str) -> bool:
    """Tell whether a release has a flag, or the key of a JSON flag."""
    head, _, key = flag.partition(".")
    if not key:
        return vllm.has("serve", head, release)
    owner = vllm_startup.flag_class(head, release)
    return owner is not None and key in owner.fields


@pytest.mark.parametrize("name", RENAMES)
def test_what_takes_a_name_s_place_is_there_from_its_release_on(name: str) -> None:
    rename = RENAMES[name]
    for flag in (
        *([rename.to] if rename.to else []),
        *rename.write,
        *([rename.needs] if rename.needs else []),
    ):
        assert is_there(flag, rename.from_), flag


@pytest.mark.parametrize("name", CHANGES.renamed)
def test_a_renamed_flag_names_its_successor_in_words_too(name: str) -> None:
    use, _ = vllm_history.instead(name)
    rename = CHANGES.renamed[name]
    said = rename.to or next(iter(rename.write), None) or rename.needs
    assert f"--{said}" in str(use)
    assert vllm.has("serve", name, rename.from_), "both are there in the release that renamed it"


@pytest.mark.parametrize("name", CHANGES.renamed_variables)
def test_a_variable_goes_after_its_flag_has_come(name: str) -> None:
    assert vllm_history.reads(name, CHANGES.renamed_variables[name].from_)
    assert not vllm_history.reads(name, vllm.versions()[-1])


@pytest.mark.parametrize("name", CHANGES.implied_before)
def test_an_implied_value_is_of_a_flag_that_came(name: str) -> None:
    assert not vllm.has("serve", name, vllm.versions()[0])
    assert any(vllm.has("serve", name, release) for release in vllm.versions())


@pytest.mark.parametrize("name", CHANGES.behaviour)
def test_a_behaviour_changes_in_known_releases(name: str) -> None:
    behaviour = CHANGES.behaviour[name]
    releases = [release for release, _ in behaviour.values]
    assert releases == sorted(releases, key=vllm.versions().index)
    assert releases[0] == vllm.versions()[0]
    assert all(before != after for (_, before), (_, after) in pairwise(behaviour.values))
    assert all(vllm.is_known(flag) for flag in behaviour.unless)


def test_a_default_with_a_meaning_changes() -> None:
    assert set(CHANGES.defaults) <= set(vllm_defaults.changing("flags"))
    assert set(CHANGES.variables) <= set(vllm_defaults.changing("variables"))


def test_defaults_by_release() -> None:
    def default(name: str, release: str) -> object:
        found = vllm_defaults.default("flags", name, release)
        return found and found.value

    assert [default("gpu-memory-utilization", release) for release in ("v0.19.1", "v0.20.0")] == [0.9, 0.92]
    assert vllm_defaults.default("flags", "async-scheduling", "v0.9.2") is None
    assert vllm_defaults.default("flags", "async-scheduling", "v0.14.0") == vllm_defaults.Default(None)
