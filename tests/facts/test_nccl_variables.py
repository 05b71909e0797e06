"""The variables that NCCL's releases read, and how tools/read_nccl.py finds them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import read_nccl
import release_facts

from r1c import facts
from r1c.facts import nccl_variables, vllm, vllm_releases

CLONE = os.environ.get("R1C_NCCL_SOURCE")

SOURCE = """
NCCL_PARAM(ShmDisable, "SHM_DISABLE", 0);
NCCL_PARAM(LongName,
           "LONG_NAME", 1);
DEFINE_NCCL_PARAM(ncclParamDebugFile, const char*, NCCL_DEBUG_FILE, nullptr,
const char* algo = ncclGetEnv("NCCL_ALGO");
getLevel(&level, "NCCL_P2P_DISABLE", "NCCL_P2P_LEVEL");
#define X "NCCL_CONFIG_INITIALIZER"
"""


def test_variables_are_found_in_macros_and_in_quotes() -> None:
    assert sorted(read_nccl.variables(SOURCE)) == [
        "NCCL_ALGO",
        "NCCL_DEBUG_FILE",
        "NCCL_LONG_NAME",
        "NCCL_P2P_DISABLE",
        "NCCL_P2P_LEVEL",
        "NCCL_SHM_DISABLE",
    ]


def test_releases_in_a_row_are_a_span() -> None:
    read = {"2.1": ["A", "B"], "2.2": ["A"], "2.3": ["A", "B", "C"]}
    assert read_nccl.spans(read) == {
        "A": [["2.1", None]],
        "B": [["2.1", "2.1"], ["2.3", None]],
        "C": [["2.3", None]],
    }


@pytest.mark.parametrize(
    ("variable", "release", "reads"),
    [
        ("NCCL_IB_DATA_DIRECT", "2.26.5", False),
        ("NCCL_IB_DATA_DIRECT", "2.27.3", True),
        ("NCCL_IB_DATA_DIRECT", "2.31.2", True),
        ("NCCL_SHM_MEMCPY_MODE", "2.29.7", True),
        ("NCCL_SHM_MEMCPY_MODE", "2.30.7", False),
        ("NCCL_SHM_MEMCPY_MODE", "2.18.1", True),
        ("NCCL_NO_SUCH_THING", "2.30.7", False),
    ],
)
def test_a_release_counts_as_the_nearest_below(variable: str, release: str, reads: bool) -> None:
    assert nccl_variables.reads(variable, release) is reads


def test_every_release_of_vllm_loads_an_nccl_whose_variables_are_known_or_a_newer_one() -> None:
    known = read_nccl.releases()
    newer = {
        under.nccl
        for name in vllm_releases.published()
        if (under := vllm_releases.stack(name)) and under.nccl not in known
    }
    assert newer == {"2.31.2"}


def test_files_and_folders_are_named_by_flags_and_variables_that_vllm_has() -> None:
    paths = facts.data("paths")
    assert [
        name for name in (*paths["flags"], *paths["keys"]) if f"--{name}" not in vllm.data()["serve"]
    ] == []
    own = [name for name in paths["variables"] if name.startswith("VLLM_")]
    assert [name for name in own if name not in vllm.data()["env"]] == []


@pytest.mark.skipif(CLONE is None, reason="no clone of NVIDIA/nccl in R1C_NCCL_SOURCE")
def test_the_variables_are_read_the_same_again() -> None:
    read = {
        release: read_nccl.variables(read_nccl.source(Path(str(CLONE)), release))
        for release in read_nccl.releases()
    }
    assert release_facts.text(read_nccl.facts(read)) == read_nccl.TARGET.read_text(encoding="utf-8")
