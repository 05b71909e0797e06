"""A LeaderWorkerSet -> its faults against the official CRD, as a strict API server would find them."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any

import yaml
from jsonschema import Draft202012Validator

from upstream import UPSTREAM

CRD = UPSTREAM / "lws-crd-v0.10.yaml"


def faults(lws: dict[str, Any]) -> list[str]:
    """Return what the schema refuses, what pruning would drop, and repeated keys of lists that are maps."""
    refused = [f"{error.json_path}: {error.message}" for error in validator().iter_errors(lws)]
    body = {key: value for key, value in lws.items() if key not in ("apiVersion", "kind", "metadata")}
    return sorted([*refused, *_dropped(body, schema(), "$"), *_repeated(lws, schema(), "$")])


@functools.cache
def schema() -> dict[str, Any]:
    """Return the schema of version v1; its int-or-string fields are written with `anyOf`, as JSON Schema."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    crd = yaml.load(CRD.read_text(encoding="utf-8"), Loader=loader)
    (version,) = crd["spec"]["versions"]
    found: dict[str, Any] = version["schema"]["openAPIV3Schema"]
    return found


@functools.cache
def validator() -> Draft202012Validator:
    return Draft202012Validator(schema())


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
