"""Names that are not known, and what they may have meant."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from r1c.diagnostics import suggest
from r1c.diagnostics.suggest import CUTOFF, LISTED, advice, closest, listed
from r1c.facts import vllm

NAMES = ["serviceAccountName", "service", "storage", "nodes", "max-model-len"]


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("servce", "service"),
        ("Nodes", "nodes"),
        ("service_account_name", "serviceAccountName"),
        ("max_model_len", "max-model-len"),
        ("MAX-MODEL-LEN", "max-model-len"),
        ("storrage", "storage"),
        ("gpu", None),
        ("", None),
        ("サービス", None),
        ("x" * 1000, None),
    ],
)
def test_closest(name: str, meant: str | None) -> None:
    assert closest(name, NAMES) == meant
    assert closest(name, reversed(NAMES)) == meant


def test_closest_of_nothing() -> None:
    assert closest("name", []) is None


def test_listed() -> None:
    assert listed([]) == "nothing"
    assert listed(["a"]) == "a"
    assert listed(["a", "b"]) == "a or b"
    assert listed(["a", "b", "c"], "and") == "a, b and c"
    assert listed(name for name in "ab") == "a or b"


def test_advice() -> None:
    assert advice("nods", NAMES, "fields of spec") == "did you mean nodes?"
    assert advice("gpu", ["b", "a"], "fields of spec") == "fields of spec: a and b"
    many = [f"name{number}" for number in range(LISTED + 1)]
    assert advice("gpu", many, "flags") == "no similar name among the 10 flags"


def plainly(name: str, known: list[str]) -> str | None:
    """Do what `closest` did before it was made fast."""
    folded = {candidate.lower().replace("_", "-"): candidate for candidate in sorted(known, reverse=True)}
    found = difflib.get_close_matches(name.lower().replace("_", "-"), folded, n=1, cutoff=CUTOFF)
    return folded[found[0]] if found else None


FLAGS = list(vllm.names("serve", "v0.11.0"))
PARTS = sorted({part for flag in FLAGS for part in flag.split("-")})


def slip(name: str, chance: Random) -> str:
    """Return a name with a few slips of the finger."""
    letters = list(name)
    for _ in range(chance.randrange(1, 7)):
        at = chance.randrange(len(letters) + 1)
        letters[at : at + chance.randrange(2)] = chance.choice(("", "a", "-", "_", "E", "é", "tt"))
    return "".join(letters)


def shuffled(name: str, chance: Random) -> str:
    return "".join(chance.sample(name, len(name)))


def put_together(_: str, chance: Random) -> str:
    return "-".join(chance.choices(PARTS, k=chance.randrange(1, 5)))


@pytest.mark.parametrize("change", [slip, shuffled, put_together])
def test_closest_is_what_difflib_finds(change: Callable[[str, Random], str]) -> None:
    chance = Random(1)
    names = [change(chance.choice(FLAGS), chance) for _ in range(400)]
    assert [closest(name, FLAGS) for name in names] == [plainly(name, FLAGS) for name in names]


@given(st.text("abAB-_é", max_size=12), st.lists(st.text("abAB-_é", min_size=1, max_size=12)))
def test_closest_of_any_names_is_what_difflib_finds(name: str, known: list[str]) -> None:
    assert closest(name, known) == plainly(name, known)


@pytest.mark.parametrize(("change", "most"), [(slip, 1.5), (shuffled, 0.1), (put_together, 0.5)])
def test_hardly_a_name_is_measured(
    change: Callable[[str, Random], str], most: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """difflib's ratio takes a tenth of a millisecond: of 180 flags it is asked about one at most, mostly."""
    measured = []

    def counted(candidate: str, wanted: str) -> float:
        measured.append(candidate)
        return difflib.SequenceMatcher(None, candidate, wanted).ratio()

    monkeypatch.setattr(suggest, "_ratio", counted)
    chance = Random(2)
    for _ in range(300):
        closest(change(chance.choice(FLAGS), chance), FLAGS)
    assert len(measured) < 300 * most


def test_a_name_that_is_asked_for_again_is_not_measured_again(monkeypatch: pytest.MonkeyPatch) -> None:
    assert closest("max-model-lenn", FLAGS) == "max-model-len"
    monkeypatch.setattr(suggest, "_ratio", None)
    assert closest("max-model-lenn", FLAGS) == "max-model-len"


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("deepseek-ai/DeepSeek-R2", "deepseek-ai/DeepSeek-R1"),
        ("deepseek-ai/deepseek-r2", "deepseek-ai/DeepSeek-R1"),
        ("Qwen/Qwen3-253B", "Qwen/Qwen3-235B"),
        ("Qwen/Qwen3-35B", "Qwen/Qwen3-235B"),
        ("zai-org/GLM-4.7", None),  # GLM-4.5 and GLM-4.6 are as near
        ("Qwen/Qwen3-523B", None),  # two numbers away
        ("deepseek-ai/DeepSek-R1", None),  # a letter
        ("deepseek-ai/DeepSeek-R1", None),  # the name itself
    ],
)
def test_a_name_with_another_number(name: str, meant: str | None) -> None:
    known = ["deepseek-ai/DeepSeek-R1", "Qwen/Qwen3-235B", "zai-org/GLM-4.5", "zai-org/GLM-4.6"]
    assert suggest.other_number(name, known) == meant
