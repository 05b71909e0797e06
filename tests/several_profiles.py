"""Profiles of one run, each laid over tests/base.yaml, and what `r1c check` says of what they share."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from difference_cases import BASE, laid_over
from r1c.check import side_by_side
from r1c.cli import main

Capture = pytest.CaptureFixture[str]


def write(**profiles: Any) -> None:
    """Write profiles, each laid over the base with its file's name as its own."""
    for name, fragment in profiles.items():
        whole = laid_over(laid_over(BASE, {"metadata": {"name": name}}), fragment)
        Path(f"{name}.yaml").write_text(yaml.safe_dump(whole, sort_keys=False), encoding="utf-8")


def found(capsys: Capture, *arguments: str) -> list[tuple[str, str]]:
    """Return what `r1c check` says of what profiles share: the file and the message."""
    capsys.readouterr()
    main(["check", *(arguments or (".",)), "--format", "json"])
    said = json.loads(capsys.readouterr().out)["diagnostics"]
    codes = {code.id for code in side_by_side.CODES}
    return [(item["file"], item["message"]) for item in said if item["code"] in codes]
