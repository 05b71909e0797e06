"""A value of a manifest -> a tree whose lists are keyed by the names of their entries."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from r1c.names import INTERFACES
from r1c.record import record, replace

Path = tuple[str, ...]
"""Steps from a document's root: a plain key as it is, any other key and every list entry in brackets:
("spec", "containers", "[vllm-leader]", "args", "[--max-model-len]").
"""

KEYS: Mapping[str, str] = {
    "containers": "name",
    "initContainers": "name",
    "env": "name",
    "volumes": "name",
    "volumeMounts": "mountPath",
    "ports": "name",
    "secretGenerator": "name",
    "steps": "id",
    "data": "secretKey",
    "matchExpressions": "key",
    "points": "name",
    "groups": "name",
    "rules": "alert",
    INTERFACES: "interfaceName",
}
"""The keys that name the entries of a list, by the list's own key."""

_DEVICES = "devices.gke.io/container."
_ARGUMENTS = frozenset({"args", "serverArgs", "clientArgs"})
_POSITIONAL = frozenset({"command", "images"})
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_FLAG = re.compile(r"(--?[A-Za-z][\w.-]*)(?:=(.*))?", re.DOTALL)
_DEVICE = re.compile(r"- path: (\S+)")


@record
class Node:
    """A value, and its parts by step; None for a leaf. `ordered` where the order of the parts counts."""

    value: Any
    parts: Mapping[str, Node] | None = None
    ordered: bool = False


def outline(key: str, value: Any) -> Node:
    """Return the tree of the value at `key`."""
    if isinstance(value, Mapping):
        return Node(value, {step(name): outline(name, item) for name, item in value.items()})
    if isinstance(value, list | tuple):
        return Node(value, _listed(key, value), ordered=True)
    if isinstance(value, str):
        inner = _inside(key, value)
        if inner is not None:
            return replace(outline(key, inner), value=value)
    return Node(value)


def step(key: str) -> str:
    """Return a mapping's key as a step of a path."""
    return key if _PLAIN.fullmatch(key) else f"[{key}]"


def written(path: Path) -> str:
    """Write a path: spec.containers[vllm-leader].args[--max-model-len]."""
    text = "".join(part if part.startswith("[") else f".{part}" for part in path)
    return text.removeprefix(".")


def same(old: Any, new: Any) -> bool:
    """Compare two values; 1, 1.0 and true are three different values."""
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        return old.keys() == new.keys() and all(same(item, new[key]) for key, item in old.items())
    if isinstance(old, list | tuple) and isinstance(new, list | tuple):
        return len(old) == len(new) and all(map(same, old, new))
    return type(old) is type(new) and bool(old == new)


def _listed(key: str, items: Sequence[Any]) -> dict[str, Node]:
    """Key a list by what names its entries; by position where that does not tell them apart."""
    for named in (_flags, _by_name, _by_value):
        parts = named(key, items)
        if parts is not None:
            return parts
    return {f"[{number}]": outline("", item) for number, item in enumerate(items)}


def _unique(pairs: Sequence[tuple[str, Node]]) -> dict[str, Node] | None:
    parts = {f"[{name}]": node for name, node in pairs}
    return parts if len(parts) == len(pairs) else None


def _flags(key: str, items: Sequence[Any]) -> dict[str, Node] | None:
    """Key arguments by their flag. What follows a flag without `=` is its value, up to the next flag."""
    if key not in _ARGUMENTS or not all(isinstance(item, str) for item in items):
        return None
    pairs: list[tuple[str, Any]] = []
    open_flag = False
    for item in items:
        match = _FLAG.fullmatch(item)
        if match:
            open_flag = match[2] is None
            pairs.append((match[1], True if open_flag else match[2]))
        elif open_flag:
            name, before = pairs.pop()
            pairs.append((name, [item] if before is True else [*before, item]))
        else:
            pairs.append((str(sum(name.isdecimal() for name, _ in pairs)), item))
    return _unique([(name, Node(value)) for name, value in pairs])


def _by_name(key: str, items: Sequence[Any]) -> dict[str, Node] | None:
    name = KEYS.get(key)
    if name is None or not all(
        isinstance(item, Mapping) and isinstance(item.get(name), str) for item in items
    ):
        return None
    return _unique([(item[name], outline("", item)) for item in items])


def _by_value(key: str, items: Sequence[Any]) -> dict[str, Node] | None:
    if key in _POSITIONAL:
        return None
    if key == "tolerations":
        return _unique([(_compact(item), Node(item)) for item in items])
    if all(isinstance(item, str) and "\n" not in item for item in items):
        return _unique([(item, Node(item)) for item in items])
    return None


def _compact(item: Any) -> str:
    if not isinstance(item, Mapping):
        return json.dumps(item)
    return ",".join(f"{name}={item[name]}" for name in sorted(item))


def _inside(key: str, text: str) -> list[Any] | dict[str, Any] | None:
    """Read a string with a list or a map in it: an annotation of GKE's, a variable with JSON."""
    if key.startswith(_DEVICES):
        return _device_list(text)
    if key != INTERFACES and not (key == "value" and text.startswith("{")):
        return None
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, list | dict) else None


def _device_list(text: str) -> list[Any] | None:
    matches = [_DEVICE.fullmatch(line) for line in text.splitlines()]
    return [match[1] for match in matches if match] if all(matches) else None
