"""Shipped profiles between two releases end clean or in a named obstacle; bin/test-upgrade tries all.

The pairs are other ones in each run. A failure names the seed: R1C_SEED=SEED takes the same pairs again.
"""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest
from upgrade_pairs import Profile

from conftest import REPO
from r1c.cli import main
from r1c.codes import CODES
from r1c.facts import vllm

SEED = os.environ.get("R1C_SEED") or str(random.randrange(10**6))
PROFILES = sorted(path.name for path in REPO.glob("profiles/*.yaml"))


@pytest.mark.parametrize("number", range(24))
def test_a_profile_ends_clean_or_in_a_named_obstacle(
    number: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    chance = random.Random(f"{SEED} {number}")
    name = chance.choice(PROFILES)
    first, second = chance.sample(vllm.versions(), 2)
    taken = (SEED, name, first, second)
    profile = Profile(f"profiles/{name}")
    start = profile.at((REPO / profile.path).read_bytes(), first)
    if start.codes:
        assert set(start.codes) <= {code.id for code in CODES}, taken
        return
    path = tmp_path / name
    path.write_bytes(start.content)
    status = main(["upgrade", str(path), "--vllm", second, "--write"])
    streams = capsys.readouterr()
    if status == 0:
        assert "profile checks clean." in streams.out, taken
        assert main(["check", "--strict", str(path)]) == 0, taken
        assert f"version: {second}\n" in path.read_text(encoding="utf-8").replace('"', ""), taken
    else:
        assert "Obstacles: " in streams.out, (*taken, streams.err)
        assert (path.read_bytes() == start.content) == ("nothing was written" in streams.err), taken
