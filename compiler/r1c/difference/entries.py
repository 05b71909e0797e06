"""An entry of a difference -> the rows that a report shows.

The same change in leader and worker is one row, values that only follow a new name are counted, and long
texts are shown by their changed lines.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator, Sequence
from typing import Any

from r1c.difference import Effected, Entry
from r1c.difference.compare import HIDDEN, Change
from r1c.difference.effects import Impact
from r1c.difference.tree import Path, written
from r1c.emit.yaml import to_yaml
from r1c.record import record, replace

INLINE = 100
"""Maximum number of characters of a map or list on the line of its field."""

_SIGNS = {"added": "+", "removed": "-"}
_ROLES = {"leaderTemplate": "leader", "workerTemplate": "worker"}
_BOTH = "leader and worker"
_SHORT: tuple[tuple[Path, Path], ...] = (
    (("metadata", "annotations", "[networking.gke.io/interfaces]"), ("interfaces",)),
    (("metadata",), ()),
    (("spec", "containers", "[vllm-leader]"), ()),
    (("spec", "containers", "[vllm-worker]"), ()),
    (("spec", "containers", "[benchmark]"), ()),
    (("spec", "containers", "[prefetch]"), ()),
    (("spec",), ()),
)
"""How the start of a path inside a pod template is shortened; the first that fits."""


@record
class Row:
    """One change as it is shown. `old` and `new` are texts, None if there is nothing to show.

    `lines` are those of a long text, each with its sign.
    """

    sign: str
    where: str
    field: str
    old: str | None
    new: str | None
    lines: tuple[tuple[str, str], ...]
    impact: Impact

    @property
    def place(self) -> str:
        """Where the change is: leader: args[--max-model-len]."""
        return ": ".join(part for part in (self.where, self.field) if part)


def rows(entry: Entry) -> list[Row]:
    """Return the rows of an entry, in the order of its changes; none where its impact says it all."""
    if entry.only_recorded:
        return []
    identity = (("metadata", "name"), ("metadata", "namespace")) if entry.status == "renamed" else ()
    found: list[Row] = []
    for item in entry.changes:
        if not item.follows and item.change.path not in identity:
            _add(found, _row(item))
    named = [item for item in entry.changes if item.follows == "name"]
    if named:
        number = "1 value changes" if len(named) == 1 else f"{len(named)} values change"
        found.append(Row("~", "", f"{number} with the new name", None, None, (), named[0].impact))
    recorded = next((item for item in entry.changes if item.follows == "profile"), None)
    if recorded:
        field = "the profile digest recorded with results"
        found.append(Row("~", "", field, None, None, (), recorded.impact))
    return found


def grouped(entry: Entry) -> list[tuple[Impact, list[Row]]]:
    """Return the different impacts of an entry, each with its rows, in the order of their first row."""
    groups: dict[tuple[str, str | None], tuple[Impact, list[Row]]] = {}
    whole = entry.changes[0].impact if entry.only_recorded else entry.impact
    if whole:
        groups[whole.text, whole.command] = (whole, [])
    for row in rows(entry):
        groups.setdefault((row.impact.text, row.impact.command), (row.impact, []))[1].append(row)
    return list(groups.values())


def _add(found: list[Row], row: Row) -> None:
    """Append a row; the worker's joins that of the leader with the same change."""
    if row.where == "worker":
        twin = replace(row, where="leader")
        if twin in found:
            found[found.index(twin)] = replace(row, where=_BOTH)
            return
    found.append(row)


def _row(item: Effected) -> Row:
    change = item.change
    where, path = _place(change.path)
    field, sign = written(path), _SIGNS.get(change.kind, "~")
    row = Row(sign, where, field, None, None, (), item.impact)
    if change.kind == "layout":
        return replace(row, field="the same content in another layout")
    if change.kind == "order":
        before, after = _unlike(change.old, change.new)
        return replace(row, field=f"{field}: order", old=", ".join(before), new=", ".join(after))
    lines = _lines(change)
    if lines:
        return replace(row, lines=lines)
    if _said_by_the_path(change):
        return row
    old, new = _text(change.old), _text(change.new)
    if change.kind == "changed" and old == new != HIDDEN:
        old, new = json.dumps(change.old), json.dumps(change.new)
    return replace(
        row, old=None if change.kind == "added" else old, new=None if change.kind == "removed" else new
    )


def _place(path: Path) -> tuple[str, Path]:
    """Return whose pods a path is about, and the path in their template, shortened."""
    if path[:2] == ("spec", "leaderWorkerTemplate") and path[2:3] and path[2] in _ROLES:
        return _ROLES[path[2]], _shortened(path[3:])
    if path[:2] == ("spec", "template") and len(path) > 2:
        return "", _shortened(path[2:])
    return "", path


def _shortened(path: Path) -> Path:
    for start, short in _SHORT:
        if path[: len(start)] == start and len(path) > len(start):
            path = (*short, *path[len(start) :])
            break
    return path[:-1] if path[0] == "env" and path[2:] == ("value",) else path


def _lines(change: Change) -> tuple[tuple[str, str], ...]:
    """Return the changed lines of a long text, or a map or list of several lines as YAML."""
    old, new = change.old, change.new
    texts = [value for value in (old, new) if value is not None]
    if any(isinstance(value, str) and "\n" in value for value in texts):
        changed = tuple(_changed_lines(_split(old), _split(new)))
        return changed or (("~", "(a difference that is not shown)"),)
    value = texts[0] if texts else None
    if change.kind == "changed" or not isinstance(value, dict | list) or len(_text(value)) <= INLINE:
        return ()
    sign = _SIGNS[change.kind]
    return tuple((sign, line) for line in to_yaml(value).splitlines())


def _split(value: Any) -> list[str]:
    return [] if value is None else value.splitlines() if isinstance(value, str) else [_text(value)]


def _changed_lines(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[str, str]]:
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    for word, start, end, first, last in matcher.get_opcodes():
        if word != "equal":
            yield from (("-", line) for line in old[start:end])
            yield from (("+", line) for line in new[first:last])


def _unlike(old: Sequence[str], new: Sequence[str]) -> tuple[Sequence[str], Sequence[str]]:
    """Return two orders of the same entries without their common beginning and end."""
    start, end = 0, len(old)
    while old[start] == new[start]:
        start += 1
    while old[end - 1] == new[end - 1]:
        end -= 1
    return old[start:end], new[start:end]


def _said_by_the_path(change: Change) -> bool:
    """Tell whether the last step of the path says everything: a switch, or an entry that is a string."""
    value = change.new if change.kind == "added" else change.old
    if change.kind == "changed" or len(change.path) < 2:
        return False
    switch = value is True and change.path[-2] == "args"
    return switch or change.path[-2] == "tolerations" or f"[{value}]" == change.path[-1]


def _text(value: Any) -> str:
    if isinstance(value, dict) and value.keys() == {"name", "value"}:
        value = value["value"]
    if isinstance(value, str) and value and value == value.strip() and value.isprintable():
        return value
    return json.dumps(value, ensure_ascii=False)
