"""Every code: unique, in its family's range, with a folder of cases and an example that fires only it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from r1c import pipeline
from r1c.diagnostics import Code

TESTS = Path(__file__).parent
WITHOUT_EXAMPLE = {"R1C002", "R1C003", "R1C004", "R1C006"}
"""Faults of bytes or of whole files, which no fragment over a profile can show; tests/check/rules has files
for them.
"""


def overlay(base: Any, patch: Any) -> Any:
    if not isinstance(base, dict) or not isinstance(patch, dict):
        return patch
    return base | {key: overlay(base.get(key), value) for key, value in patch.items()}


def with_example(code: Code) -> bytes:
    """Lay a code's example over the base profile; line by line where the fault is in the YAML itself."""
    base = (TESTS / "base.yaml").read_text(encoding="utf-8")
    if code.id == "R1C001":
        return code.example.encode()
    if not code.id.startswith(("R1C00", "R1C01")):
        merged = overlay(yaml.safe_load(base), yaml.safe_load(code.example))
        return yaml.safe_dump(merged, sort_keys=False).encode()
    *parents, leaf = [line for line in code.example.splitlines() if not line.endswith(": 4")]
    leaves = code.example.splitlines()[len(parents) :]
    lines = [line for line in base.splitlines() if not line.startswith(leaf.split(":")[0] + ":")]
    deepest = max(index for index, parent in enumerate(parents) if parent in lines)
    at = lines.index(parents[deepest]) + 1
    return "\n".join([*lines[:at], *parents[deepest + 1 :], *leaves, *lines[at:], ""]).encode()


def test_codes_are_unique_and_well_formed() -> None:
    ids = [code.id for code in pipeline.codes()]
    slugs = [code.slug for code in pipeline.codes()]
    assert len(set(ids)) == len(ids)
    assert len(set(slugs)) == len(slugs)
    assert all(re.fullmatch(r"R1C[0-9]\d\d", id_) for id_ in ids)
    assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", slug) for slug in slugs)


@pytest.mark.parametrize("code", pipeline.codes(), ids=lambda code: code.id)
def test_record_is_complete(code: Code) -> None:
    first = code.title.split()[0]
    # A title may begin with a name as it is written: max-model-len, executor:, rdmaRequests, config.json.
    assert first[0].isupper() or re.search("[-:_.A-Z]", first)
    assert not code.title.endswith(".")
    assert code.why.endswith(".")
    assert code.fix.endswith(".")
    assert bool(code.example) != (code.id in WITHOUT_EXAMPLE)


@pytest.mark.parametrize(
    "code", [code for code in pipeline.codes() if code.example], ids=lambda code: code.id
)
def test_example_fires_its_code_once_and_no_other(code: Code) -> None:
    checked = pipeline.analyse("profile.yaml", with_example(code))
    assert [item.code for item in checked.diagnostics] == [code.id]


@pytest.mark.parametrize("code", pipeline.codes(), ids=lambda code: code.id)
def test_has_a_folder_with_a_bad_case(code: Code) -> None:
    assert list((TESTS / "check" / "rules" / code.id).glob("bad-*.yaml"))


def test_no_folder_without_a_code() -> None:
    assert {folder.name for folder in (TESTS / "check" / "rules").iterdir()} <= {
        code.id for code in pipeline.codes()
    }


def test_base_profile_is_silent() -> None:
    assert pipeline.analyse("base.yaml", (TESTS / "base.yaml").read_bytes()).diagnostics == ()
