"""Profiles that are written as what they set differently from tests/base.yaml."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml

BASE = Path(__file__).parent / "base.yaml"


def cases(file: Path) -> list[dict[str, Any]]:
    """Return the cases of a YAML file; a config that is named is the JSON file of that name in configs/."""
    found: list[dict[str, Any]] = yaml.safe_load(file.read_text(encoding="utf-8"))
    for case in found:
        model = case.get("model", {})
        if isinstance(model.get("config"), str):
            model["config"] = json.loads(
                (file.parent / "configs" / model["config"]).read_text(encoding="utf-8")
            )
    return found


def profile(case: dict[str, Any]) -> bytes:
    """Lay a case over the base profile; a null among the args removes the base's own."""
    data = yaml.safe_load(BASE.read_text(encoding="utf-8"))
    data["metadata"] |= {"annotations": case["annotations"]} if "annotations" in case else {}
    spec = data["spec"]
    spec |= {key: case[key] for key in ("platform", "model", "parallelism", "nodes") if key in case}
    if "nodes" not in case:
        spec.pop("nodes")
    args = spec["vllm"]["args"] | case.get("args", {})
    version = case.get("version", spec["vllm"]["version"])
    spec["vllm"] = {
        "version": version,
        "args": {name: item for name, item in args.items() if item is not None},
    }
    spec["vllm"] |= {key: case[key] for key in ("executor", "env") if key in case}
    for key, section in case.get("spec", {}).items():
        spec[key] = spec.get(key, {}) | section if isinstance(section, dict) else section
    return yaml.safe_dump(data, sort_keys=False, width=1000).encode()
