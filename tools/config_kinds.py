"""Writes facts/config_kinds.json.

The kinds that the configuration classes of transformers and vLLM demand of each field, for the model
types that r1c knows models of. From transformers 5 on most classes check them whenever a field is set, so
also for a key of hf-overrides.

Run it where both are installed (bin/test-oracle makes .venv-oracle-0.33.0): `.venv-oracle-0.33.0/bin/python
tools/config_kinds.py`.
"""

from __future__ import annotations

import dataclasses
import importlib
import json
import sys
import types
import typing
from pathlib import Path
from typing import Any

from config_fields import classes

FACTS = Path(__file__).resolve().parent.parent / "compiler" / "r1c" / "facts"
FILE = FACTS / "config_kinds.json"
_SIMPLE = {int: "int", float: "float", bool: "bool", str: "str", type(None): "null"}


def kinds(annotation: Any) -> list[str]:
    """Return the kinds of JSON values that an annotation accepts; `any` where the class checks none."""
    origin, inside = typing.get_origin(annotation), typing.get_args(annotation)
    if annotation is None or annotation in _SIMPLE:
        return [_SIMPLE[type(None) if annotation is None else annotation]]
    if origin in (typing.Union, types.UnionType):
        return [kind for part in inside for kind in kinds(part)]
    if origin is typing.Literal and all(isinstance(choice, str) for choice in inside):
        return [f"={choice}" for choice in inside]
    if list in (annotation, origin):
        items = kinds(inside[0]) if inside else ["any"]
        nested = any(":" in item or "=" in item for item in items)
        return ["list" if nested or "any" in items else f"list:{','.join(items)}"]
    if dict in (annotation, origin):
        return ["map"]
    if annotation is tuple or origin is tuple or _is_configuration(annotation):
        return []
    return ["any"]


def _is_configuration(annotation: Any) -> bool:
    """Tell whether an annotation is a configuration class, whose instances JSON has not."""
    return isinstance(annotation, type) and not typing.is_typeddict(annotation)


def fields(cls: Any) -> dict[str, str]:
    """Return the kinds of the fields that a class checks whenever they are set."""
    checked = getattr(cls, "__validators__", {})
    found: dict[str, str] = {}
    for field in dataclasses.fields(cls):
        accepted = list(dict.fromkeys(kinds(field.type))) if field.name in checked else ["any"]
        if accepted and "any" not in accepted:
            found[field.name] = "|".join(accepted)
    return found


def main() -> int:
    """Write the file: a field and its kinds -> the model types that have it so."""
    transformers, vllm = (importlib.import_module(name) for name in ("transformers", "vllm"))
    models = [json.loads(path.read_text(encoding="utf-8")) for path in (FACTS / "models").glob("*/*.json")]
    wanted = {model.get("config", {}).get("model_type") for model in models}
    read = {name: fields(cls) for name, cls in sorted(classes().items()) if name in wanted}
    own: Any = importlib.import_module("vllm.transformers_utils.config")._CONFIG_REGISTRY
    table: dict[str, list[str]] = {}
    for name, entry in read.items():
        for field, accepted in entry.items():
            table.setdefault(f"{field} {accepted}", []).append(name)
    source = f"configuration classes of transformers {transformers.__version__} and vLLM {vllm.__version__}"
    lines = [f" {json.dumps(row)}: {json.dumps(' '.join(names))}" for row, names in sorted(table.items())]
    head = {
        "source": f"{source}; read by tools/config_kinds.py",
        "from": f"v{vllm.__version__}",
        "own": " ".join(sorted(set(own) & set(read))),
    }
    start = ",\n".join(f"{json.dumps(key)}: {json.dumps(value)}" for key, value in head.items())
    FILE.write_text(f'{{{start},\n"fields": {{\n' + ",\n".join(lines) + "\n}}\n", encoding="utf-8")
    print(f"{len(read)} model types, {len(lines)} fields")
    return 0


if __name__ == "__main__":
    sys.exit(main())
