"""An object -> its faults against the official CRD of its kind, as a strict API server would find them."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator

from upstream import UPSTREAM

CRDS = UPSTREAM / "crds"
"""The CRDs of the kinds in optional blocks: <kind>.yaml, the kind in lower case."""


def crd(kind: str) -> Path:
    """Return where the CRD of a kind is."""
    lws = UPSTREAM / "lws-crd-v0.10.yaml"
    return lws if kind == "LeaderWorkerSet" else CRDS / f"{kind.lower()}.yaml"


def faults(item: dict[str, Any]) -> list[str]:
    """Return what the schema refuses, what pruning would drop, and repeated keys of lists that are maps."""
    found = schema(item["kind"], item["apiVersion"].rpartition("/")[2])
    refused = [
        f"{error.json_path}: {error.message}" for error in Draft202012Validator(found).iter_errors(item)
    ]
    body = {key: value for key, value in item.items() if key not in ("apiVersion", "kind", "metadata")}
    return sorted([*refused, *_dropped(body, found, "$"), *_repeated(item, found, "$")])


@functools.cache
def schema(kind: str, version: str) -> dict[str, Any]:
    """Return the schema of a version; its int-or-string fields are written with `anyOf`, as JSON Schema."""
    read = yaml.safe_load(crd(kind).read_text(encoding="utf-8"))
    (found,) = [
        item["schema"]["openAPIV3Schema"] for item in read["spec"]["versions"] if item["name"] == version
    ]
    result: dict[str, Any] = found
    return result


def _dropped(value: Any, part: dict[str, Any], path: str) -> Iterator[str]:
    if part.get("x-kubernetes-preserve-unknown-fields"):
        return
    if isinstance(value, dict):
        fields, rest = part.get("properties", {}), part.get("additionalProperties")
        for key, below in value.items():
            if key in fields:
                yield from _dropped(below, fields[key], f"{path}.{key}")
            elif isinstance(rest, dict):
                yield from _dropped(below, rest, f"{path}.{key}")
            elif not rest:
                yield f"{path}.{key}: unknown field"
    elif isinstance(value, list):
        for index, below in enumerate(value):
            yield from _dropped(below, part.get("items", {}), f"{path}[{index}]")


def _repeated(value: Any, part: dict[str, Any], path: str) -> Iterator[str]:
    if isinstance(value, dict):
        for key, below in value.items():
            yield from _repeated(below, part.get("properties", {}).get(key, {}), f"{path}.{key}")
    elif isinstance(value, list):
        seen: list[Any] = []
        keys = part.get("x-kubernetes-list-map-keys")
        for index, below in enumerate(value):
            items = part.get("items", {})
            if keys and isinstance(below, dict):
                defaults = {key: items["properties"][key].get("default") for key in keys}
                identity = [below.get(key, defaults[key]) for key in keys]
                if identity in seen:
                    yield f"{path}[{index}]: duplicate entry for {identity}"
                seen.append(identity)
            yield from _repeated(below, items, f"{path}[{index}]")
