"""A model's config.json -> the folder that vLLM reads instead of the model's repository."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_CODE = """from transformers import PretrainedConfig


class {name}(PretrainedConfig):
    model_type = "{kind}"

    def __init__(self, **given):
        for key, value in given.items():
            try:
                setattr(self, key, value)
            except AttributeError:
                pass
        super().__init__(**given)
"""


def write_model(folder: Path, config: Mapping[str, Any]) -> None:
    """Write config.json, and a class that keeps every key in place of the repository's own code."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(config, indent=1), encoding="utf-8")
    named = config.get("auto_map")
    own = named.get("AutoConfig") if isinstance(named, Mapping) else None
    if isinstance(own, str):
        module, _, name = own.rpartition("--")[2].rpartition(".")
        (folder / f"{module}.py").write_text(
            _CODE.format(name=name, kind=config.get("model_type")), encoding="utf-8"
        )
