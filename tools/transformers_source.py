"""Read the model types and architectures of a transformers release from its wheel or source.

Nothing of transformers is run.
"""

from __future__ import annotations

import ast
import datetime
import zipfile
from collections.abc import Iterator
from pathlib import Path

_AUTO = "transformers/models/auto"
_MODELS = (
    "MODEL_FOR_CAUSAL_LM_MAPPING_NAMES",
    "MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING_NAMES",
    "MODEL_FOR_VISION_2_SEQ_MAPPING_NAMES",
    "MODEL_FOR_MULTIMODAL_LM_MAPPING_NAMES",
)


def read(place: Path) -> tuple[str, frozenset[str], frozenset[str]]:
    """Return the day on which a wheel was made, its model types, and its architectures that generate text.

    `place` is a wheel or a folder that holds `transformers/`.
    """
    tables: dict[str, ast.expr] = {}
    for name in ("auto_mappings", "configuration_auto", "modeling_auto"):
        text = _text(place, f"{_AUTO}/{name}.py")
        if text is not None:
            tables |= {key: value for key, value in _assigned(text) if key not in tables or _pairs(value)}
    types = frozenset(name for name, _ in _pairs(tables["CONFIG_MAPPING_NAMES"]))
    named = (value for table in _MODELS if table in tables for _, value in _pairs(tables[table]))
    return _date(place), types, frozenset(named)


def _text(place: Path, path: str) -> str | None:
    if place.is_dir():
        file = place / path
        return file.read_text(encoding="utf-8") if file.is_file() else None
    with zipfile.ZipFile(place) as wheel:
        return wheel.read(path).decode() if path in wheel.namelist() else None


def _date(place: Path) -> str:
    if place.is_dir():
        made = (place / "transformers" / "__init__.py").stat().st_mtime
        return datetime.datetime.fromtimestamp(made, datetime.UTC).date().isoformat()
    with zipfile.ZipFile(place) as wheel:
        year, month, day = wheel.getinfo("transformers/__init__.py").date_time[:3]
    return datetime.date(year, month, day).isoformat()


def _assigned(text: str) -> Iterator[tuple[str, ast.expr]]:
    for node in ast.parse(text).body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            yield node.targets[0].id, node.value
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value:
            yield node.target.id, node.value


def _pairs(table: ast.expr) -> list[tuple[str, str]]:
    """Return the pairs of texts of OrderedDict([("llama", "LlamaConfig"), ...]) or of a dictionary."""
    if isinstance(table, ast.Call) and table.args:
        return _pairs(table.args[0])
    entries: list[tuple[ast.expr | None, ast.expr]] = []
    if isinstance(table, ast.Dict):
        entries = list(zip(table.keys, table.values, strict=True))
    elif isinstance(table, ast.List):
        entries = [(item.elts[0], item.elts[1]) for item in table.elts if isinstance(item, ast.Tuple)]
    found = []
    for key, value in entries:
        first = value.elts[0] if isinstance(value, ast.Tuple) else value
        if isinstance(key, ast.Constant) and isinstance(first, ast.Constant):
            found.append((str(key.value), str(first.value)))
    return found
