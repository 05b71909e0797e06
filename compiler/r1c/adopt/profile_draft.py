"""A draft of a profile, as data: the fields that are known, their comments, and what was left out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from r1c.diagnostics import Code, Finding, Path
from r1c.names import KUEUE_NAME_LENGTH, cleaned
from r1c.record import field, record, replace

_LONGEST_NAME = 100
_SHOWN = 60


@record
class Part:
    """A part of a manifest for an overlay: how it is named, its path, and its object, if not the workload."""

    what: str
    path: Path
    kind: str = ""


@record
class Draft:
    """A part of a profile.

    `fields` maps a path, down to a flag or a variable, to its value. `comments` follow a field,
    `remarks` between fields, each in front of the path that it names. `dropped` pairs what is not carried
    with the reason. A finding's path is a place in the source, not in the profile. `taken` has the paths of
    the source whose values are in the draft, or which `dropped` names. `overlay` has the parts of a manifest
    that an overlay adds to the output: how `dropped` names each, and its path in the object of that kind.
    """

    fields: Mapping[Path, Any] = field(default_factory=dict)
    comments: Mapping[Path, str] = field(default_factory=dict)
    remarks: tuple[tuple[Path, str], ...] = ()
    dropped: tuple[tuple[str, str], ...] = ()
    findings: tuple[tuple[Code, Finding], ...] = ()
    taken: tuple[Path, ...] = ()
    overlay: tuple[Part, ...] = ()


@record
class Asked:
    """The user's options, None for one that is not given."""

    name: str | None = None
    platform: str | None = None
    project: str | None = None
    cluster: str | None = None
    region: str | None = None

    def of_cluster(self) -> dict[str, str | None]:
        """Return the fields of the cluster by their dotted paths."""
        return {
            "spec.cluster.project": self.project,
            "spec.cluster.name": self.cluster,
            "spec.cluster.region": self.region,
        }


def at(dotted: str, *last: str) -> Path:
    """Return a path in the profile: its dotted beginning, and names that may have dots themselves."""
    return (*dotted.split("."), *last)


def given(fields: Mapping[str, Any]) -> Draft:
    """Return a draft of fields by their dotted paths; what is None is not known and left out."""
    return Draft(fields={at(path): value for path, value in fields.items() if value is not None})


def took(*paths: Path) -> Draft:
    """Return a draft that says only what was taken from the source."""
    return Draft(taken=paths)


def join(*drafts: Draft) -> Draft:
    """Put drafts together; a later field replaces an earlier one."""
    fields: dict[Path, Any] = {}
    comments: dict[Path, str] = {}
    for draft in drafts:
        fields |= draft.fields
        comments |= draft.comments
    return Draft(
        fields,
        comments,
        tuple(item for draft in drafts for item in draft.remarks),
        tuple(item for draft in drafts for item in draft.dropped),
        tuple(item for draft in drafts for item in draft.findings),
        tuple(item for draft in drafts for item in draft.taken),
        tuple(item for draft in drafts for item in draft.overlay),
    )


def recipe_name(model: str, platform: str) -> str | None:
    """Return a name for a recipe from the model and the platform, short enough for Kueue too."""
    words = f"{model.rpartition('/')[2]}-{platform}"
    return cleaned(words, length=KUEUE_NAME_LENGTH, letter_first=True) if model else None


def without_long_names(draft: Draft) -> Draft:
    """Leave out the fields whose last name is longer than YAML allows."""
    long = {
        path: f"{str(path[-1])[:_SHOWN]}..." for path in draft.fields if len(str(path[-1])) > _LONGEST_NAME
    }
    kept = {path: value for path, value in draft.fields.items() if path not in long}
    reason = "its name is too long for any flag or variable"
    return replace(
        draft, fields=kept, dropped=(*draft.dropped, *((shown, reason) for shown in long.values()))
    )
