"""Workflows run the code of others at a commit that was looked at, with no more rights than they need."""

from __future__ import annotations

import re
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


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_may_only_read(path: Path) -> None:
    workflow = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert workflow["permissions"] == {"contents": "read"}
    for job in workflow["jobs"].values():
        assert "permissions" not in job
        for step in job["steps"]:
            assert "${{" not in step.get("run", ""), "an expression in a script is run as shell"
            if "actions/checkout" in step.get("uses", ""):
                assert step["with"]["persist-credentials"] is False


def test_every_python_that_r1c_supports_is_tested() -> None:
    workflow = yaml.safe_load((REPO / ".github" / "workflows" / "test.yml").read_text(encoding="utf-8"))
    tested = workflow["jobs"]["test"]["strategy"]["matrix"]["python"]
    assert tested == ["3.11", "3.12", "3.13", "3.14"]
    assert 'requires-python = ">=3.11"' in (REPO / "pyproject.toml").read_text(encoding="utf-8")
