"""Two values -> the changes that lead from one to the other, by path, with every credential hidden."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from r1c.difference.tree import Node, Path, outline, same
from r1c.record import record
from r1c.source import credentials

_hide = credentials.hider("")

HIDDEN = "(hidden)"
"""Shown instead of a value that may be a credential."""


MAPS = frozenset({"annotations", "labels", "nodeSelector"})
"""Mappings whose keys are names."""


@record
class Change:
    """One difference. `old` is None for what was added, `new` for what was removed.

    For another order of the same entries they are the entries' names in order. A change of layout is that of
    a file whose content stays the same.
    """

    path: Path
    kind: Literal["added", "removed", "changed", "order", "layout"]
    old: Any
    new: Any


def compare(old: Any, new: Any) -> tuple[Change, ...]:
    """Return the changes between two documents, in the order of the new one, what it lacks last."""
    # Only a Secret's data is secret.
    public = isinstance(old, Mapping) and old.get("kind") == "ConfigMap"
    return tuple(_shown(change, public) for change in _compare((), outline("", old), outline("", new)))


def _compare(path: Path, old: Node, new: Node) -> Iterator[Change]:
    if old.parts is None or new.parts is None or old.ordered != new.ordered:
        if not same(old.value, new.value):
            yield Change(path, "changed", old.value, new.value)
        return
    found = False
    for change in _parts(path, old.parts, new.parts):
        found = True
        yield change
    if old.ordered:
        before = [step for step in old.parts if step in new.parts]
        after = [step for step in new.parts if step in old.parts]
        if before != after:
            found = True
            yield Change(path, "order", _bare(before), _bare(after))
    if not found and isinstance(old.value, str) and not same(old.value, new.value):
        # The same content in another layout: Kubernetes compares strings.
        yield Change(path, "changed", old.value, new.value)


def _parts(path: Path, old: Mapping[str, Node], new: Mapping[str, Node]) -> Iterator[Change]:
    for step, node in new.items():
        if step in old:
            yield from _compare((*path, step), old[step], node)
        elif _by_entry(step, node):
            yield from _parts((*path, step), {}, node.parts or {})
        else:
            yield Change((*path, step), "added", None, node.value)
    for step, node in old.items():
        if step in new:
            continue
        if _by_entry(step, node):
            yield from _parts((*path, step), node.parts or {}, {})
        else:
            yield Change((*path, step), "removed", node.value, None)


def _by_entry(step: str, node: Node) -> bool:
    """Tell whether a map or list that one side lacks is reported entry by entry: its entries have names."""
    if not node.parts or isinstance(node.value, str):
        return False
    return step in MAPS if not node.ordered else not any(name[1:-1].isdecimal() for name in node.parts)


def _bare(steps: list[str]) -> list[str]:
    return [step.removeprefix("[").removesuffix("]") for step in steps]


def _shown(change: Change, public: bool) -> Change:
    named = change.path[1:] if public else change.path
    return Change(change.path, change.kind, _safe(named, change.old), _safe(named, change.new))


def _safe(path: Path, value: Any) -> Any:
    """Return a value with every credential starred or hidden, by its form or by its name."""
    if isinstance(value, Mapping):
        named = value.get("name")
        entry = (*path, f"[{named}]") if isinstance(named, str) and "value" in value else path
        return {key: _safe((*entry, str(key)), item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        words = [None, *value]
        return [
            HIDDEN if _is_secret_flag(before) else _safe(path, item)
            for before, item in zip(words, value, strict=False)
        ]
    if not isinstance(value, str):
        return value
    flag, equals, _ = value.partition("=")
    if equals and _is_secret_flag(flag):
        return f"{flag}={HIDDEN}"
    return HIDDEN if _names_a_credential(path) else _hide(value)


def _is_secret_flag(word: Any) -> bool:
    return isinstance(word, str) and word.startswith("--") and credentials.names_one(word.lstrip("-"))


def _names_a_credential(path: Path) -> bool:
    """Tell whether the name of a path is that of a credential: in a Secret, a variable or a flag."""
    if path[:1] in (("stringData",), ("data",)):
        return True
    owner = path[-2] if path[-1:] == ("value",) and len(path) > 1 else path[-1] if path else ""
    if owner.startswith("[--") or (owner.startswith("[") and path[-1:] == ("value",)):
        return credentials.names_one(owner.strip("[]-"))
    return False
