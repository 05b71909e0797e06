"""Turns the facts that people edit (facts/*.yaml) into the tables that r1c loads (facts/tables/*.json).

The models of facts/models/ are read as they are; the table of their names leads to them.

Run it after an edit: `python tools/fact_tables.py`. With --check it writes nothing and exits 1 when a table
is out of date.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from r1c.facts.model_table import NAMES

FACTS = Path(__file__).resolve().parent.parent / "compiler" / "r1c" / "facts"


def load(path: Path) -> tuple[Any, dict[str, int]]:
    """Read a YAML file: its data, and the line of each key of the first two levels by dotted path."""
    yaml = YAML(typ="rt", pure=True)
    data = yaml.load(path.read_text(encoding="utf-8"))
    lines: dict[str, int] = {}
    for key in data:
        lines[key] = data.lc.key(key)[0] + 1
        if isinstance(data[key], dict):
            lines |= {f"{key}.{inner}": data[key].lc.key(inner)[0] + 1 for inner in data[key]}
    return plain(data), lines


def plain(value: Any) -> Any:
    """Strip the YAML library's types; dates become texts."""
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int):
        return int(value)
    return float(value) if isinstance(value, float) else str(value)


def tables() -> dict[str, str]:
    """Build every table: file name -> text."""
    platforms: dict[str, Any] = {}
    for path in sorted((FACTS / "platforms").glob("*.yaml")):
        data, lines = load(path)
        platforms[data["id"]] = data | {"file": f"platforms/{path.name}", "lines": lines}
    result: dict[str, Any] = {"platforms": platforms}
    for path in sorted(FACTS.glob("*.yaml")):
        data, lines = load(path)
        result[path.stem] = {"file": path.name, "lines": lines, "data": data}
    result[NAMES] = names()
    return {
        f"{name}.json": json.dumps(table, indent=1, sort_keys=False) + "\n" for name, table in result.items()
    }


def names() -> dict[str, str]:
    """Return every name of a model of facts/models/ with the id of its entry."""
    found: dict[str, str] = {}
    for path in sorted((FACTS / "models").glob("*/*.json")):
        id_ = f"{path.parent.name}/{path.stem}"
        entry = json.loads(path.read_text(encoding="utf-8"))
        for name in (id_, *entry.get("aliases", ()), *entry.get("formerNames", ())):
            if name in found:
                raise ValueError(f"{name} is a name of {found[name]} and of {id_}")
            found[name] = id_
    return found


def main() -> int:
    """Write the tables, or compare them."""
    stale = []
    for name, text in tables().items():
        path = FACTS / "tables" / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            stale.append(name)
            if "--check" not in sys.argv:
                path.write_text(text, encoding="utf-8")
    if stale:
        print("out of date:" if "--check" in sys.argv else "written:", *stale)
    return 1 if stale and "--check" in sys.argv else 0


if __name__ == "__main__":
    sys.exit(main())
