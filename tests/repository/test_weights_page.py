"""docs/weights.md: its profiles compile without a finding, and its rates are those of the facts."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from difference_cases import BASE, laid_over
from r1c import facts, pipeline

REPO = Path(__file__).resolve().parents[2]
PAGE = (REPO / "docs" / "weights.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```yaml\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
CONFIG = {
    "num_hidden_layers": 32,
    "hidden_size": 4096,
    "num_attention_heads": 32,
    "num_key_value_heads": 8,
    "intermediate_size": 14336,
    "vocab_size": 128256,
    "max_position_embeddings": 131072,
}


@pytest.mark.parametrize("block", BLOCKS)
def test_a_profile_of_the_page_compiles(block: str) -> None:
    fragment = yaml.safe_load(block)
    model = fragment["spec"]["model"]
    if model.get("config"):
        model["config"] = CONFIG
    checked = pipeline.analyse("profile.yaml", yaml.safe_dump(laid_over(BASE, fragment)).encode())
    assert checked.plan
    assert checked.diagnostics == ()
    assert ("prefetch/job.yaml" in pipeline.build(checked.plan)) == ("prefetch" in model["source"])


def test_the_page_has_three_profiles() -> None:
    assert len(BLOCKS) == 3


def test_the_rates_are_those_of_the_facts() -> None:
    rows = dict(re.findall(r"^\| (.+?) \| ([0-9,]+) \|$", PAGE, re.MULTILINE))
    planned, hub = facts.defaults().weights, facts.defaults().startup.download_bytes_per_second
    expected = {
        "Hugging Face": hub,
        "`gcs`, `load: mount`": planned.mount_bytes_per_second,
        "`gcs`, `load: stream`": planned.stream_bytes_per_second,
        "`pvc`": planned.claim_bytes_per_second,
    }
    assert rows == {name: f"{rate // 10**6:,}" for name, rate in expected.items()}
