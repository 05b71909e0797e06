"""A stream -> the text of the objects that are not part of a recipe, by how they are named."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from r1c.adopt.manifest.container import section
from r1c.adopt.manifest.names import CLUSTERS_OWN, NO_PART
from r1c.adopt.manifest.no_credentials import without_credentials
from r1c.adopt.manifest.stream import Stream
from r1c.adopt.profile_draft import Draft
from r1c.emit.yaml import to_yaml

_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"


def other_objects(stream: Stream, draft: Draft, left: dict[str, str]) -> Mapping[str, str]:
    """Return the objects that `draft` names as no part of a recipe; credentials are named in `left`."""
    named = {what for what, reason in draft.dropped if reason == NO_PART}
    return {
        what: to_yaml(without_credentials(_own(item.data), (what,), left))
        for item in stream.objects
        if (what := f"{item.kind} {item.name}") in named
    }


def _own(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return an object without what the cluster wrote into it."""
    metadata = {key: value for key, value in section(data, "metadata").items() if key not in CLUSTERS_OWN}
    notes = {key: value for key, value in section(metadata, "annotations").items() if key != _APPLIED}
    kept = {key: value for key, value in metadata.items() if key != "annotations"}
    annotations = {"annotations": notes} if notes else {}
    return {
        key: {**kept, **annotations} if key == "metadata" else value
        for key, value in data.items()
        if key != "status"
    }
