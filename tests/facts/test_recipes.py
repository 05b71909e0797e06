"""The hardware that vllm-project/recipes calls enough for a model: r1c refuses none of it.

recipes.csv has, for each variant of 20 B parameters or more whose memory r1c estimates, the recipe's
`vram_minimum_gb`, the tensor parallel size that it asks for, and on which of these GPUs it is verified
(vllm-project/recipes at 8959cf64, 2026-08-21). A group has the fewest GPUs, by powers of two, whose memory
reaches the minimum.
"""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
import yaml

from conftest import REPO
from r1c import facts, pipeline
from r1c.adopt import starter
from r1c.facts import model_table

BASE = yaml.safe_load((REPO / "tests" / "base.yaml").read_text(encoding="utf-8"))
MACHINES = {"h100": ("a3-mega", 80), "h200": ("a3-ultra", 141), "b200": ("a4", 180)}
"""A GPU of the recipes -> the platform, and its GB."""
with (Path(__file__).parent / "recipes.csv").open(encoding="utf-8") as file:
    ROWS = list(csv.DictReader(file))


def groups() -> list[tuple[str, str, int, int]]:
    found = []
    for row in ROWS:
        for gpu in row["verified"].split() or ["h200"]:
            platform, size = MACHINES[gpu]
            gpus = 1
            while gpus * size < int(row["vram_minimum_gb"]):
                gpus *= 2
            found.append((row["model"], platform, gpus, int(row["tensor"] or 0)))
    return found


def errors(model: str, platform: str, tensor: int, stages: int, *, experts: bool) -> list[str]:
    length = {"max-model-len": 4096, "max-num-seqs": 8, "max-num-batched-tokens": 4096}
    args = length | {"gpu-memory-utilization": 0.95} | ({"enable-expert-parallel": True} if experts else {})
    known = facts.architecture(model)
    if known and known.remote_code:
        args["trust-remote-code"] = True
    spec = BASE["spec"] | {
        "platform": platform,
        "model": {"id": model},
        "vllm": {"version": starter.serving(platform, model, starter.start(platform)), "args": args},
        "parallelism": {"tensor": tensor, "pipeline": stages},
        "nodes": -(-tensor * stages // 8),
    }
    checked = pipeline.analyse("recipe.yaml", yaml.safe_dump(BASE | {"spec": spec}).encode())
    return [f"{item.code} {item.message}" for item in checked.diagnostics if item.severity.name == "ERROR"]


@pytest.mark.parametrize(("model", "platform", "gpus", "tensor"), groups())
def test_what_a_recipe_calls_enough_is_not_refused(model: str, platform: str, gpus: int, tensor: int) -> None:
    widest = min(tensor or 8, gpus, 8)
    cuts = [(widest >> step, gpus // (widest >> step)) for step in range(4) if widest >> step]
    found: list[str] = []
    for size, stages in cuts:
        for experts in (False, True):
            found = errors(model, platform, size, stages, experts=experts)
            if not found:
                return
    pytest.fail(f"{model} on {gpus} GPUs of {platform}: {found}")


def test_the_table_has_the_models_that_are_sized() -> None:
    assert len(ROWS) >= 100
    assert all(not model_table.known(model_table.names()[row["model"]]).unsized for row in ROWS)
