"""An object -> its faults against the strict schemas of one Kubernetes version, from kubernetes-validate."""

from __future__ import annotations

import functools
import importlib.resources
import json
import re
from typing import Any

from jsonschema import Draft202012Validator
from referencing import Registry, Resource

VERSIONS = ("1.30", "1.32", "1.37")
"""An older one, the one of the seed's cluster guide, and the newest that the package has schemas for."""


def faults(obj: dict[str, Any], version: str) -> list[str]:
    """Return every misfit of an object of a built-in kind, unknown fields included."""
    group = re.sub(r"^([^./]*)(?:\.[^/]*)?/", r"\1-", obj["apiVersion"])
    validator = _validator(version, f"{obj['kind'].lower()}-{group}")
    return sorted(f"{error.json_path}: {error.message}" for error in validator.iter_errors(obj))


def pods(workload: dict[str, Any]) -> list[dict[str, Any]]:
    """Wrap each pod template of a LeaderWorkerSet as a Pod, so that a Kubernetes version can judge it."""
    templates = workload["spec"]["leaderWorkerTemplate"]
    return [
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": role.lower(), **templates[role].get("metadata", {})},
            "spec": templates[role]["spec"],
        }
        for role in ("leaderTemplate", "workerTemplate")
        if role in templates
    ]


@functools.cache
def _registry(version: str) -> Registry:
    definitions = Resource.from_contents(_read(version, "_definitions"))
    registry: Registry = definitions @ Registry()
    return registry


@functools.cache
def _validator(version: str, name: str) -> Draft202012Validator:
    return Draft202012Validator(_read(version, name), registry=_registry(version))


def _read(version: str, name: str) -> dict[str, Any]:
    schemas = importlib.resources.files("kubernetes_validate") / "kubernetes-json-schema"
    found: dict[str, Any] = json.loads(
        (schemas / f"v{version}.0-local-strict" / f"{name}.json").read_text("utf-8")
    )
    return found
