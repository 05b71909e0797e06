"""The pages that people write name files that exist, and their example of `extends` compiles as they say."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from command_line import r1c

REPO = Path(__file__).resolve().parents[2]
PAGES = sorted(
    [
        *REPO.glob("*.md"),
        *(REPO / "docs").glob("*.md"),
        REPO / "benchmarks" / "README.md",
        REPO / "fuzz" / "README.md",
    ]
)
COMPOSITION = (REPO / "docs" / "composition.md").read_text(encoding="utf-8")
FOLDERS = "compiler|tests|tools|docs|schemas|requirements|examples|docker|fuzz|bin"
CREATED = {"fuzz/found", "compiler/r1c/facts/platforms/a5.yaml"}
"""What the pages name and a run, or the reader, creates."""


def write(folder: Path, name: str, text: str) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


@pytest.fixture
def profiles(tmp_path: Path) -> Path:
    """The files that docs/composition.md shows, in a folder that is no git repository."""
    files = re.findall(r"^```yaml\n(# (\S+)\n.*?)^```", COMPOSITION, re.DOTALL | re.MULTILINE)
    assert [name for _, name in files] == ["profiles/base.yaml", "profiles/deepseek-r1-long.yaml"]
    for text, name in files:
        write(tmp_path, name, text)
    return tmp_path


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(REPO)))
def test_a_file_that_a_page_names_exists(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    named = re.findall(rf"(?<![\w/.<-])((?:{FOLDERS})/[\w./-]*\w)", text)
    assert [name for name in named if not (REPO / name).exists() and name not in CREATED] == []


def test_the_example_of_extends_compiles(profiles: Path) -> None:
    done = r1c(profiles, "check", "profiles")
    assert done.stdout + done.stderr == "1 profile checked, no faults found\n"
    merged = r1c(profiles, "compile", "profiles/deepseek-r1-long.yaml", "--show-profile").stdout
    assert "max-model-len: 65536  # profiles/deepseek-r1-long.yaml:" in merged
    assert "trust-remote-code: true  # profiles/base.yaml:" in merged
    assert "enforce-eager" not in merged


def test_without_a_repository_a_parent_folder_cannot_be_extended(profiles: Path) -> None:
    below = (profiles / "profiles" / "deepseek-r1-long.yaml").read_text(encoding="utf-8")
    write(profiles, "profiles/prod/r1.yaml", below.replace("base.yaml", "../base.yaml", 1))
    assert "error[R1C112]" in r1c(profiles, "check", "profiles/prod").stderr
    (profiles / ".git").mkdir()
    assert r1c(profiles, "check", "profiles/prod").returncode == 0


def test_two_environments_of_one_name_need_two_output_directories(profiles: Path) -> None:
    (profiles / ".git").mkdir()
    below = (profiles / "profiles" / "deepseek-r1-long.yaml").read_text(encoding="utf-8")
    for name in ("dev", "prod"):
        text = below.replace("base.yaml", "../base.yaml", 1).replace("my-project", f"my-{name}-project")
        write(profiles, f"profiles/{name}/r1.yaml", text)
    assert "error[R1C902]" in r1c(profiles, "compile", "profiles/dev", "profiles/prod").stderr
    for name in ("dev", "prod"):
        command = ("compile", f"profiles/{name}", "--output", f"out/{name}")
        assert r1c(profiles, *command).returncode == 0
        assert r1c(profiles, *command, "--check").returncode == 0
    assert "another cluster" in r1c(profiles, "diff", "profiles/dev", "profiles/prod").stdout
