"""What an upgrade of a profile changes: the record that both formats print, and its JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from r1c.diagnostics import Diagnostic, Edit, Move, Put, Replacement
from r1c.diagnostics.text import lines_to_replace
from r1c.difference.figures import Figure
from r1c.emit.yaml import inline
from r1c.record import record
from r1c.resolve.plan import Plan
from r1c.upgrade.history import Change, goes_back
from r1c.upgrade.newest import Newest
from r1c.upgrade.reach import Reached
from r1c.upgrade.step import Step


@record
class Upgrade:
    """A profile's step to other versions.

    `after` is the plan of the edited profile; where an error refuses it, the old plan with the new release.
    `chosen` is there if no version was asked for. `figures` are those of memory that differ,
    `replacements` the lines that all edits together replace.
    """

    shown: str
    before: Plan
    after: Plan
    reached: Reached
    chosen: Newest | None
    step: Step
    figures: tuple[Figure, ...]
    replacements: tuple[Replacement, ...]

    @property
    def versions(self) -> tuple[tuple[str, str, str], ...]:
        """The versions that a profile can pin, each before and after."""
        one, other = self.before, self.after
        return (
            ("vLLM", one.server.version, other.server.version),
            ("LWS", one.cluster.lws or "not set", other.cluster.lws or "not set"),
            ("GKE", one.cluster.gke or "not set", other.cluster.gke or "not set"),
            ("GPUDirect", one.gpudirect.release, other.gpudirect.release),
        )


def as_json(upgrade: Upgrade) -> str:
    """Write the upgrade as one JSON document, with all that does not concern the profile."""
    chosen = upgrade.chosen
    document = {
        "profile": upgrade.shown,
        "versions": [{"name": name, "old": old, "new": new} for name, old, new in upgrade.versions],
        "downgrade": goes_back(upgrade.before.server.version, upgrade.after.server.version),
        "newest": chosen
        and {
            "release": chosen.release,
            "passedOver": [
                {"first": item.first, "last": item.last, "fault": _fault(item.fault)}
                for item in chosen.passed
            ],
        },
        "changes": [_change(change) for change in upgrade.step.changes],
        "figures": [
            {"what": figure.what, "old": figure.old, "new": figure.new} for figure in upgrade.figures
        ],
        "others": [_change(change) for change in upgrade.step.others],
        "edits": [
            {"file": made.file, "fault": made.fault or None, "changes": list(written(made.edit))}
            for made in upgrade.reached.edits
        ],
        "replacements": lines_to_replace(upgrade.replacements),
        "obstacles": [_fault(item) for item in upgrade.reached.obstacles],
        "clean": not upgrade.reached.obstacles,
    }
    return json.dumps(document, indent=2) + "\n"


def _change(change: Change) -> dict[str, Any]:
    return {
        "area": change.area,
        "subject": change.subject,
        "text": change.text,
        "since": change.since or None,
    }


def written(edit: Edit) -> Iterator[str]:
    """Write the changes of an edit, one on each line."""
    for change in edit.changes:
        path = ".".join(map(str, change.path))
        if isinstance(change, Put):
            yield f"+ {path}: {_value(change.value)}"
        elif isinstance(change, Move):
            beside = change.to[:-1] == change.path[:-1]
            yield f"~ {path} -> {change.to[-1] if beside else '.'.join(map(str, change.to))}"
        else:
            yield f"- {path}"


def _value(value: object) -> str:
    if isinstance(value, str):
        return inline(value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def _fault(item: Diagnostic) -> dict[str, Any]:
    return {
        "code": item.code,
        "severity": item.severity,
        "message": item.message,
        "help": item.help,
        "file": item.file,
        "line": item.span.line if item.span else None,
    }
