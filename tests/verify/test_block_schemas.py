"""The schemas of the kinds in optional blocks: each of their fields is in the official CRD, with its type."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

import official_crd
from official_crd import CRDS, crd
from r1c.resources import schema
from r1c.verify.schema import BY_KIND
from upstream import MISSING

OTHERS = {"ExternalSecret", "Kustomization", "LeaderWorkerSet"}
KINDS = sorted(
    (kind, version, file)
    for (version, kind), file in BY_KIND.items()
    if "." in version.split("/")[0] and kind not in OTHERS
)


def resolved(part: dict[str, Any], file: str) -> tuple[dict[str, Any], str]:
    """Put the target of a reference in its place, and say which file that is in."""
    if "$ref" not in part:
        return part, file
    name, _, pointer = part["$ref"].partition("#/$defs/")
    target = json.loads(schema(name or file))
    found, place = resolved(target["$defs"][pointer] if pointer else target, name or file)
    return found | {key: value for key, value in part.items() if key != "$ref"}, place


def unknown(own: dict[str, Any], official: dict[str, Any], path: str, file: str) -> Iterator[str]:
    """Yield what our schema allows and the official one does not have, and what only that one requires."""
    own, file = resolved(own, file)
    if official.get("x-kubernetes-preserve-unknown-fields"):
        return
    kinds, theirs = own.get("type"), official.get("type")
    if isinstance(kinds, str) and theirs and kinds != theirs:
        yield f"{path}: {kinds}, but {theirs} in the CRD"
    fields, known = own.get("properties", {}), official.get("properties", {})
    for name, inner in fields.items():
        if name in known:
            yield from unknown(inner, known[name], f"{path}.{name}", file)
        elif not isinstance(official.get("additionalProperties"), dict):
            yield f"{path}.{name}: not in the CRD"
    for name in official.get("required", ()):
        if fields and name not in own.get("required", ()):
            yield f"{path}.{name}: required by the CRD"
    if "items" in own:
        yield from unknown(own["items"], official.get("items", {}), f"{path}[]", file)


@pytest.mark.skipif(not CRDS.exists(), reason=MISSING)
@pytest.mark.parametrize(("kind", "version", "file"), KINDS)
def test_a_schema_allows_only_what_the_crd_has(kind: str, version: str, file: str) -> None:
    if not crd(kind).exists():
        pytest.skip(f"no CRD of {kind} in R1C_UPSTREAM")
    found = official_crd.schema(kind, version.rpartition("/")[2])
    own = json.loads(schema(f"{file}.schema.json"))
    place = f"{file}.schema.json"
    assert list(unknown(own["properties"]["spec"], found["properties"]["spec"], "spec", place)) == []
