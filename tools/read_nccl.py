"""Reads the environment variables of NCCL's releases into facts/nccl_variables.json.

`python tools/read_nccl.py REPOSITORY` where REPOSITORY is a clone of NVIDIA/nccl with its tags, bare or
not. The releases are those under torch (facts/vllm_releases.json) and those that a GPUDirect release installs
(facts/tcpxo.yaml). The sources are searched as text; nothing is built or run.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from fact_tables import FACTS, load
from packaging.version import Version
from release_facts import Ranges, ranges, text

TARGET = FACTS / "nccl_variables.json"

_READ = (
    re.compile(r'\bNCCL_PARAM\(\s*\w+,\s*"(\w+)"'),
    re.compile(r"\bDEFINE_NCCL_PARAM\(\s*\w+,[^,]+,\s*NCCL_(\w+)"),
    re.compile(r'"NCCL_([A-Z0-9_]+)"'),
)
"""NCCL's macros for a variable, by its name without NCCL_, and names in quotes, as getenv() gets them."""

_SOURCES = ("src/*.cc", "src/*.h", "src/*.cpp")

_NO_VARIABLES = re.compile(r"NCCL_(\w+_INITIALIZER|USE_CMAKE|GIN_CONNECTION_RAIL)")
"""Names in quotes that are no variables: macros and constants in messages."""


def releases() -> list[str]:
    """Return the releases of NCCL that a pod can load or install, oldest first."""
    torch = json.loads((FACTS / "vllm_releases.json").read_text(encoding="utf-8"))["torch"]
    plugins = load(FACTS / "tcpxo.yaml")[0]["releases"]
    every = {entry["nccl"] for table in (torch, plugins) for entry in table.values()}
    return sorted(every, key=Version)


def variables(text: str) -> set[str]:
    """Return the variables that a text of C++ reads."""
    found = {f"NCCL_{name}" for pattern in _READ for name in pattern.findall(text)}
    return {name for name in found if not _NO_VARIABLES.fullmatch(name)}


def source(repository: Path, release: str) -> str:
    """Return the C++ below src/ of a release's tag as one text."""
    tag = f"v{release}-1"
    command = ["git", "-C", str(repository), "grep", "-h", "-I", "", tag, "--", *_SOURCES]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def spans(read: Mapping[str, Iterable[str]]) -> dict[str, Ranges]:
    """Return, for each variable, the spans of releases that read it, the last one open at the newest."""
    there = {release: set(names) for release, names in read.items()}
    return {
        name: ranges({release for release, names in there.items() if name in names}, list(read))
        for name in sorted(set().union(*there.values()))
    }


def facts(read: Mapping[str, Iterable[str]]) -> dict[str, Any]:
    """Return the facts of the variables that were read, by release."""
    return {
        "source": "NVIDIA/nccl, src/ at the tags of these releases, read by tools/read_nccl.py",
        "releases": releases(),
        "variables": spans(read),
    }


def main() -> int:
    """Read all releases."""
    if len(sys.argv) != 2:
        print("usage: python tools/read_nccl.py REPOSITORY", file=sys.stderr)
        return 2
    repository = Path(sys.argv[1])
    read = {release: variables(source(repository, release)) for release in releases()}
    TARGET.write_text(text(facts(read)), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
