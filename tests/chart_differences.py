"""Two sets of objects -> the fields in which they differ.

The paths do not depend on the order of lists or the names of volumes.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

MISSING = object()


@dataclass(frozen=True, slots=True)
class Difference:
    """A field, and what the chart and r1c have there, as words for a table."""

    field: str
    chart: str
    ours: str


def differences(chart: Sequence[Any], ours: Sequence[Any]) -> list[Difference]:
    """Return the differences; a part that one side lacks as a whole is one of them."""
    found = [
        Difference(field, _words(theirs), _words(mine))
        for field, theirs, mine in _fields(_view(chart), _view(ours), "")
    ]
    # What leader and worker have in common is said once, of the pod.
    roles = {
        role: {
            Difference(item.field.removeprefix(f"{role}."), item.chart, item.ours)
            for item in found
            if item.field.startswith(f"{role}.")
        }
        for role in ("leader", "worker")
    }
    result = []
    for item in found:
        role, _, rest = item.field.partition(".")
        bare = Difference(rest, item.chart, item.ours)
        if role not in roles or bare not in roles["leader"] & roles["worker"]:
            result.append(item)
        elif role == "leader":
            result.append(Difference(f"pod.{rest}", item.chart, item.ours))
    return result


def _words(value: Any) -> str:
    if value is MISSING:
        return "none"
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return "set" if isinstance(value, dict | list) or "\n" in text or len(text) > 60 else text


def _view(objects: Sequence[Any]) -> dict[str, Any]:
    """Show a recipe's objects as one tree: the Service, the workload without its pods, leader and worker."""
    result: dict[str, Any] = {}
    for item in objects:
        kind, spec = item["kind"], dict(item["spec"]) if "spec" in item else {}
        if kind == "LeaderWorkerSet":
            group = dict(spec.pop("leaderWorkerTemplate"))
            result["leader"], result["worker"] = (
                _pod(group.pop(f"{role}Template")) for role in ("leader", "worker")
            )
            result["workload"] = {"kind": kind, "metadata": item["metadata"], **spec, **group}
        elif kind == "Deployment":
            result["leader"] = _pod(spec.pop("template"))
            result["workload"] = {"kind": kind, "metadata": item["metadata"], **spec}
        elif kind == "Service":
            spec["ports"] = {port["name"]: port for port in spec["ports"]}
            result["service"] = {"metadata": item["metadata"], **spec}
        else:
            result[f"object {kind}"] = item
    return result


def _pod(template: Mapping[str, Any]) -> dict[str, Any]:
    """Key containers and variables by name, mounts and volumes by mount path, tolerations by taint."""
    spec = dict(template["spec"])
    containers = [*spec.get("initContainers", ()), *spec["containers"]]
    places = {
        mount["name"]: mount["mountPath"]
        for container in containers
        for mount in container.get("volumeMounts", ())
    }
    spec["volumes"] = {places.get(volume["name"], volume["name"]): volume for volume in spec["volumes"]}
    spec["tolerations"] = {toleration["key"]: toleration for toleration in spec.get("tolerations", ())}
    (server,) = spec.pop("containers")
    spec["server"] = _container(server) | {"command": _command_line(server)}
    spec |= {container["name"]: _container(container) for container in spec.pop("initContainers", ())}
    return {**template["metadata"], **spec}


def _container(container: Mapping[str, Any]) -> dict[str, Any]:
    named = {
        "env": {
            entry["name"]: entry.get("value", entry.get("valueFrom")) for entry in container.get("env", ())
        },
        "volumeMounts": {mount["mountPath"]: "mounted" for mount in container.get("volumeMounts", ())},
        "ports": {str(port["containerPort"]): port for port in container.get("ports", ())},
    }
    rest = {key: value for key, value in container.items() if key not in (*named, "args")}
    return {**rest, **{key: value for key, value in named.items() if value}}


def _command_line(container: Mapping[str, Any]) -> dict[str, Any]:
    """Take the server's flags out of the arguments or, in a chart, out of the script."""
    command, args = container["command"], container.get("args", [])
    script = command[2] if command[:2] == ["bash", "-c"] else ""
    words = args
    if "vllm serve " in script and not args:
        words = shlex.split(script.partition("vllm serve ")[2].replace("\\\n", " "))
    result: dict[str, Any] = {"script": script} if script else {}
    position = 0
    while position < len(words):
        name, equals, value = words[position].partition("=")
        position += 1
        if not name.startswith("--"):
            result["model"] = name
            continue
        if not equals and position < len(words) and not words[position].startswith("--"):
            value = words[position]
            position += 1
        result[name] = value
    return result


def _fields(chart: Any, ours: Any, path: str) -> Iterator[tuple[str, Any, Any]]:
    if isinstance(chart, dict) and isinstance(ours, dict):
        for key in [*chart, *(key for key in ours if key not in chart)]:
            inner = f"{path}.{key}" if path else str(key)
            yield from _fields(chart.get(key, MISSING), ours.get(key, MISSING), inner)
    elif chart is MISSING or ours is MISSING or chart != ours:
        yield path, chart, ours
