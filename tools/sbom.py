"""requirements/run.txt -> the wheel's bill of materials: what r1c runs with, in CycloneDX 1.6 JSON.

Only what the project depends on is in it: run.txt has what builds the wheel as well. No clock and no serial
number: equal requirements give equal bytes.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from r1c import __version__

REPO = Path(__file__).resolve().parent.parent
TARGET = REPO / "requirements" / "r1c.cdx.json"
"""What [tool.hatch.build.targets.wheel] sbom-files names: the wheel has it in .dist-info/sboms (PEP 770)."""

_PIN = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]*)==([^ ;\\]+)")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


@dataclass(frozen=True, slots=True)
class Pin:
    """A pinned package and the packages that need it."""

    version: str
    needed_by: tuple[str, ...]


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def pins(text: str) -> dict[str, Pin]:
    """Read pip-compile's output: a pin, its hashes, and below it who needs it (`# via`)."""
    found: dict[str, tuple[str, list[str]]] = {}
    current: list[str] = []
    for line in text.splitlines():
        pin = _PIN.match(line)
        if pin:
            current = []
            found[_normal(pin[1])] = (pin[2], current)
        elif line.strip().startswith("#"):
            said = line.strip().lstrip("#").strip().removeprefix("via").strip()
            current += [_normal(said)] if _NAME.fullmatch(said) else []
    return {name: Pin(version, tuple(needed_by)) for name, (version, needed_by) in sorted(found.items())}


def _asked() -> list[str]:
    """Return the names that the project itself depends on."""
    project = tomllib.loads((REPO / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return sorted(_normal(match[0]) for item in project["dependencies"] if (match := _NAME.match(item)))


def _below(name: str, pinned: Mapping[str, Pin]) -> list[str]:
    return [other for other, pin in pinned.items() if name in pin.needed_by]


def _reached(names: list[str], pinned: Mapping[str, Pin]) -> Iterator[str]:
    seen: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            waiting += _below(name, pinned)
    return iter(sorted(seen))


def document() -> str:
    """Return the bill of materials. Raises KeyError for a dependency that is not pinned."""
    pinned = pins((REPO / "requirements" / "run.txt").read_text(encoding="utf-8"))
    asked = _asked()
    names = list(_reached(asked, pinned))
    address = {name: f"pkg:pypi/{name}@{pinned[name].version}" for name in names}
    own = f"pkg:pypi/r1c@{__version__}"
    described: dict[str, Any] = {
        "type": "application",
        "bom-ref": own,
        "name": "r1c",
        "version": __version__,
        "purl": own,
    }
    license_ = [{"license": {"id": "Apache-2.0"}}]
    components = [
        {
            "type": "library",
            "bom-ref": address[name],
            "name": name,
            "version": pinned[name].version,
            "purl": address[name],
        }
        for name in names
    ]
    needs = [{"ref": own, "dependsOn": [address[name] for name in asked]}]
    needs += [
        {"ref": address[name], "dependsOn": [address[other] for other in _below(name, pinned)]}
        for name in names
    ]
    content = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": {**described, "licenses": license_}},
        "components": components,
        "dependencies": needs,
    }
    return json.dumps(content, indent=2) + "\n"
