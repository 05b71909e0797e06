"""The workers' own pod template -> what it has otherwise than the leader's, which is what a profile has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from r1c.adopt.manifest.account import leaves
from r1c.adopt.manifest.container import entries, section
from r1c.adopt.manifest.names import value_shown
from r1c.adopt.manifest.script_notes import programs
from r1c.adopt.manifest.workload import Workload
from r1c.diagnostics import Path

_SAME = "in a profile leader and workers are the same: r1c uses the leader's"
_JOINS = "r1c writes how the workers join"
_OWN_LABELS = ("app.kubernetes.io/", "leaderworkerset.sigs.k8s.io/")
_OWN = ("name", "ports", "lifecycle", "readinessProbe", "startupProbe", "livenessProbe")
_NAMED = ("env", "volumes", "containers", "initContainers", "volumeMounts")
"""Lists whose items are known by their names."""


def differences(one: Workload) -> Iterator[tuple[str, str]]:
    """Yield each difference, the server's container held against the workers' first one."""
    if one.workers is None:
        return
    template = _at(one.item.data, one.workers)
    leader, worker = _keyed(_ready(one.template, one.index)), _keyed(_ready(template, 0))
    mine, others = dict(leaves(leader)), dict(leaves(worker))
    named: dict[str, str] = {}
    for path, value in others.items():
        if mine.get(path, ...) != value or type(mine.get(path)) is not type(value):
            what, reason = _name(one, path, value)
            named.setdefault(f"{what} of the workers", reason)
    yield from _grouped(named)
    shared = {path[:5] for path in others}
    variables = [path for path in mine if path[:4] == ("spec", "containers", "server", "env")]
    alone = dict.fromkeys(str(path[4]) for path in variables if path[:5] not in shared)
    if alone:
        yield f"{', '.join(alone)} of the leader alone", _SAME


def _grouped(named: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    own = [what.removesuffix(" of the workers") for what, reason in named.items() if reason == "own"]
    if own:
        yield f"{', '.join(own)} of the workers", "r1c writes its own"
    yield from ((what, reason) for what, reason in named.items() if reason != "own")


def _name(one: Workload, path: Path, value: Any) -> tuple[str, str]:
    """Return how a difference is named, and the reason."""
    parts = list(path)
    if parts[0] == "metadata":
        kind, key = {"labels": "label", "annotations": "annotation"}.get(str(parts[1]), ""), str(parts[-1])
        if kind == "label" and key.startswith(_OWN_LABELS):
            return f"label {key}", "own"
        return f"{kind or parts[1]} {key}{value_shown(value)}", _SAME
    if parts[:3] == ["spec", "containers", "server"] and len(parts) > 3:
        key = str(parts[3])
        if key in ("command", "args"):
            ran = programs(one.worker.script) if one.worker else ""
            return f"command and args ({ran})" if ran else "command and args", _JOINS
        if key in _OWN:
            return key, "own"
        if key == "env" and len(parts) > 4:
            shown = value_shown(value) if parts[-1] == "value" else ""
            return f"variable {parts[4]}{shown}", _SAME
        shown = ".".join(map(str, parts[3:]))
        return f"{shown}{value_shown(value)}", _SAME
    if parts[1] in ("containers", "initContainers") and len(parts) > 3:
        return f"{'.'.join(map(str, parts[3:]))}{value_shown(value)} of container {parts[2]}", _SAME
    return f"{'.'.join(map(str, parts[1:]))}{value_shown(value)}", _SAME


def _ready(template: Mapping[str, Any], index: int) -> dict[str, Any]:
    """Return a template whose container of the server has the same key in every template."""
    spec = dict(section(template, "spec"))
    containers = [dict(item) for item in entries(spec.get("containers"))]
    if index < len(containers):
        own = containers[index]
        containers[index] = {**own, "name": "server", "_name": own.get("name")}
        containers[index].pop("_name")
    return {**template, "spec": {**spec, "containers": containers}}


def _keyed(node: Any, key: str = "") -> Any:
    """Return data with named items as a map by their names, so that order does not count."""
    if node in ({}, []):
        return "empty"
    if isinstance(node, list) and key in _NAMED and all(isinstance(item, dict) for item in node):
        by_name = {}
        for index, item in enumerate(node):
            name = str(item.get("name", index))
            name = f"{name} at {item.get('mountPath')}" if key == "volumeMounts" else name
            by_name[name] = _keyed({k: v for k, v in item.items() if k != "name"} or {"name": name})
        return by_name
    if isinstance(node, list):
        return [_keyed(item) for item in node]
    if isinstance(node, dict):
        return {name: _keyed(value, str(name)) for name, value in node.items()}
    return node


def _at(data: Mapping[str, Any], path: Path) -> Mapping[str, Any]:
    return section(data, *map(str, path))
