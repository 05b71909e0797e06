"""The list of kinds holds what r1c makes: each is in some output, and only with the block that it names."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from r1c.lower import lower
from r1c.lower.bundle import Manifest
from r1c.lower.kinds import KINDS
from r1c.pipeline import plan_data

REPO = Path(__file__).resolve().parents[2]
PROFILES = (
    REPO / "profiles" / "deepseek-r1-production.yaml",
    *sorted((REPO / "tests" / "cases").glob("*/profile.yaml")),
)
NO_OBJECT = {"Kustomization"}
"""What kustomize reads itself."""


def made(data: dict[str, Any]) -> set[tuple[str, str]]:
    files = (file for file in lower(plan_data("profile.yaml", data)).files if isinstance(file, Manifest))
    found = ((body.get("apiVersion", ""), body.get("kind", "")) for file in files for body in file.objects)
    return {(version, kind) for version, kind in found if kind and kind not in NO_OBJECT}


def test_each_kind_is_made_and_only_with_its_block() -> None:
    every: set[tuple[str, str]] = set()
    for path in PROFILES:
        data = yaml.safe_load(path.read_bytes())
        every |= made(data)
        for block in dict.fromkeys(kind.block for kind in KINDS if kind.block):
            name = block.removeprefix("spec.")
            if name in data["spec"]:
                spec = {key: value for key, value in data["spec"].items() if key != name}
                without = made({**data, "spec": spec})
                every |= without
                own = {(kind.api_version, kind.name) for kind in KINDS if kind.block == block}
                assert not without & own, (path, block)
    assert every == {(kind.api_version, kind.name) for kind in KINDS}
