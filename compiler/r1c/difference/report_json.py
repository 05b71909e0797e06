"""Differences -> one JSON document: every change with its full path, both values and its impact."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from r1c.difference import Difference, Effected, Entry
from r1c.difference.effects import Impact
from r1c.difference.figures import Figure
from r1c.difference.summary import headline
from r1c.difference.tree import written


def as_json(differences: Sequence[Difference], left_out: Sequence[str] = ()) -> str:
    """Write {"recipes": [...], "notCompared": [...]}; a recipe that does not differ has no objects.

    `left_out` are profiles with errors.
    """
    found = {"recipes": [_recipe(item) for item in differences], "notCompared": list(left_out)}
    return json.dumps(found, indent=2) + "\n"


def _recipe(item: Difference) -> dict[str, Any]:
    return {
        "name": item.name,
        "oldName": item.old_name,
        "old": item.old,
        "new": item.new,
        "status": item.status if item.entries else "same",
        "summary": headline(item),
        "effects": item.effects(),
        "cluster": _clusters(item),
        "objects": [_entry(entry) for entry in item.entries],
        "figures": [_figure(figure) for figure in item.figures],
    }


def _clusters(item: Difference) -> dict[str, Any]:
    old, new = item.clusters
    return {
        "old": dict(old) if old else None,
        "new": dict(new) if new else None,
        "impact": _impact(item.move.impact) if item.move else None,
    }


def _entry(entry: Entry) -> dict[str, Any]:
    document, old = entry.document, entry.old if entry.status == "renamed" else None
    return {
        "kind": document.kind or None,
        "namespace": document.namespace or None,
        "name": document.name,
        "file": document.file,
        "status": entry.status,
        "oldName": old.name if old else None,
        "oldNamespace": old.namespace or None if old else None,
        "impact": _impact(entry.impact) if entry.impact else None,
        "changes": [_change(item) for item in entry.changes],
    }


def _change(item: Effected) -> dict[str, Any]:
    change = item.change
    return {
        "path": written(change.path),
        "steps": list(change.path),
        "change": change.kind,
        "old": change.old,
        "new": change.new,
        "follows": item.follows,
        "impact": _impact(item.impact),
    }


def _impact(impact: Impact) -> dict[str, Any]:
    return {
        "effect": impact.effect,
        "text": impact.text,
        "why": impact.fact,
        "command": impact.command,
        "brief": impact.brief,
    }


def _figure(figure: Figure) -> dict[str, Any]:
    return {"what": figure.what, "old": figure.old, "new": figure.new}
