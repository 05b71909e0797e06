"""Workflows run the code of others at a commit that was looked at, with no more rights than they need."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

REPO = Path(__file__).resolve().parents[2]
WORKFLOWS = sorted((REPO / ".github" / "workflows").glob("*.yml"))
PAGES = sorted((REPO / "docs").glob("*.md"))
PINNED = re.compile(r"[\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+(\.\d+)*")
OWN = re.compile(r"r1c-dev/r1c@COMMIT # .+")
USES = re.compile(r"^\s*(?:- )?uses: *(.+?) *$", re.MULTILINE)


@pytest.mark.parametrize("path", [*WORKFLOWS, REPO / "action.yml", *PAGES], ids=lambda path: path.name)
def test_actions_are_pinned_by_the_digest_of_a_commit(path: Path) -> None:
    for used in USES.findall(path.read_text(encoding="utf-8")):
        assert PINNED.fullmatch(used) or OWN.fullmatch(used), used


def test_one_action_has_one_digest() -> None:
    texts = [path.read_text(encoding="utf-8") for path in (*WORKFLOWS, *PAGES)]
    used = {use for text in texts for use in USES.findall(text) if PINNED.fullmatch(use)}
    assert len({use.split("@")[0] for use in used}) == len(used)


# What a job may write; every other job may only read.
WRITES = {
    ("release.yml", "attest"): {"attestations", "id-token"},
    ("release.yml", "index"): {"id-token"},
    ("release.yml", "image"): {"attestations", "id-token", "packages"},
    ("release.yml", "page"): {"contents"},
}


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_job_has_no_more_rights_than_it_needs(path: Path) -> None:
    workflow = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert workflow["permissions"] == {"contents": "read"}
    for name, job in workflow["jobs"].items():
        rights = job.get("permissions", {})
        assert {right for right, kind in rights.items() if kind == "write"} == WRITES.get(
            (path.name, name), set()
        )
        for step in job["steps"]:
            assert "${{" not in step.get("run", ""), "an expression in a script is run as shell"
            if "actions/checkout" in step.get("uses", ""):
                assert step["with"]["persist-credentials"] is False


def _linter(name: str) -> str:
    return str(Path(sys.executable).parent / name)


def test_actionlint_has_nothing_to_report() -> None:
    ran = subprocess.run(
        [_linter("actionlint"), *map(str, WORKFLOWS)], capture_output=True, text=True, check=False
    )
    assert (ran.returncode, ran.stdout) == (0, "")


def test_zizmor_has_nothing_to_report() -> None:
    command = [
        _linter("zizmor"),
        "--offline",
        "--no-progress",
        "--quiet",
        *map(str, WORKFLOWS),
        str(REPO / "action.yml"),
    ]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout


def test_the_linters_find_a_fault(tmp_path: Path) -> None:
    folder = tmp_path / ".github" / "workflows"
    folder.mkdir(parents=True)
    bad = folder / "bad.yml"
    bad.write_text(
        "on: pull_request_target\njobs:\n  x:\n    runs-on: ubuntu-24.04\n"
        "    steps:\n      - run: echo ${{ github.event.pull_request.title }} ${{ matrix.none }}\n"
    )
    for command in ([_linter("actionlint"), str(bad)], [_linter("zizmor"), "--offline", "--quiet", str(bad)]):
        assert subprocess.run(command, capture_output=True, check=False).returncode != 0


def test_every_python_that_r1c_supports_is_tested() -> None:
    workflow = yaml.safe_load((REPO / ".github" / "workflows" / "test.yml").read_text(encoding="utf-8"))
    tested = workflow["jobs"]["test"]["strategy"]["matrix"]["python"]
    assert tested == ["3.11", "3.12", "3.13", "3.14"]
    assert 'requires-python = ">=3.11"' in (REPO / "pyproject.toml").read_text(encoding="utf-8")
