"""docs/getting-started.md, followed from an empty directory: each command prints what the page shows."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

REPO = Path(__file__).resolve().parents[2]
PAGE = REPO / "docs" / "getting-started.md"
BLOCK = re.compile(r"^```(console|yaml)\n(.*?)^```", re.DOTALL | re.MULTILINE)


@pytest.fixture
def shell(tmp_path: Path) -> dict[str, str]:
    """The environment of a new user: r1c on the PATH, an identity for git, nothing else."""
    path = tmp_path / "bin"
    path.mkdir()
    (path / "r1c").write_text(f'#!/bin/sh\nexec {sys.executable} -m r1c "$@"\n', encoding="utf-8")
    (path / "r1c").chmod(0o755)
    return {
        "PATH": f"{path}:{os.environ['PATH']}",
        "HOME": str(tmp_path),
        "GIT_CONFIG_GLOBAL": "/dev/null",
        **{f"GIT_{who}_{what}": "a@b" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
    }


def filled_in(profile: str, fragment: str) -> str:
    """Set the values of a fragment in a profile: each line replaces the one with the same key and indent."""
    for line in fragment.splitlines():
        key = line.partition(":")[0]
        profile, count = re.subn(rf"^{re.escape(key)}:.*$", line, profile, flags=re.MULTILINE)
        assert count == 1, line
    return profile


def run(command: str, here: Path, shell: dict[str, str]) -> str:
    """Run a command as a user types it; return what it prints."""
    done = subprocess.run(
        ["bash", "-c", command], cwd=here, env=shell, capture_output=True, text=True, check=False
    )
    return done.stdout + done.stderr


def test_the_page_from_an_empty_directory(
    tmp_path: Path, shell: dict[str, str], golden: Callable[[Path, str], None]
) -> None:
    here = tmp_path / "repository"
    here.mkdir()
    profile = here / "profiles" / "r1.yaml"

    def followed(block: re.Match[str]) -> str:
        """Do what a block says; return it with what the commands really print."""
        kind, text = block.groups()
        if kind == "yaml":
            profile.write_text(filled_in(profile.read_text(encoding="utf-8"), text), encoding="utf-8")
            return block[0]
        commands = re.findall(r"^\$ (.*)\n", text, re.MULTILINE)
        said = "".join(f"$ {command}\n{run(command, here, shell)}" for command in commands)
        return f"```console\n{said}```"

    steps, variations, rest = PAGE.read_text(encoding="utf-8").partition("## Variations")
    golden(PAGE, BLOCK.sub(followed, steps) + variations + rest)
    assert (here / "out" / "r1" / "RUNBOOK.md").is_file()
