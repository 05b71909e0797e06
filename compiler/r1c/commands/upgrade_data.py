"""What an upgrade of a profile changes: the record that both formats print, and its JSON."""

from __future__ import annotations

import json
from typing import Any

from r1c.diagnostics import Diagnostic, Edit, Move, Put
from r1c.difference.figures import Figure
from r1c.record import record
from r1c.resolve.plan import Plan
from r1c.upgrade.history import Change, goes_back
from r1c.upgrade.newest import Newest
from r1c.upgrade.reach import Made, Reached
from r1c.upgrade.step import Step


@record
class Upgrade:
    """A profile's step to other versions.

    `after` is the plan of the edited profile; where an error refuses it, the old plan with the new release.
    `chosen` is there if no version was asked for. `figures` are those of memory that differ.
    """

    shown: str
    before: Plan
    after: Plan
    reached: Reached
    chosen: Newest | None
    step: Step
    figures: tuple[Figure, ...]

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
        "edits": [_edit(made) for made in upgrade.reached.edits],
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


def _edit(made: Made) -> dict[str, Any]:
    return {"file": made.file, "fault": made.fault or None, "changes": list(_written(made.edit))}


def _written(edit: Edit) -> list[dict[str, Any]]:
    found = []
    for change in edit.changes:
        if isinstance(change, Put):
            found.append({"path": list(change.path), "change": "write", "value": change.value})
        elif isinstance(change, Move):
            found.append({"path": list(change.path), "change": "move", "to": list(change.to)})
        else:
            found.append({"path": list(change.path), "change": "remove"})
    return found


def _fault(item: Diagnostic) -> dict[str, Any]:
    return {
        "code": item.code,
        "severity": item.severity,
        "message": item.message,
        "help": item.help,
        "file": item.file,
        "line": item.span.line if item.span else None,
    }
