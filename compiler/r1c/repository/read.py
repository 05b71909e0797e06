"""The bytes of an r1c.yaml -> what it says, with the place of each value, or its faults."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from typing import Any

from r1c import facts, source
from r1c.diagnostics import Code, Finding, Path, Refused, Severity
from r1c.diagnostics.suggest import advice
from r1c.json_schema import misfits
from r1c.profile import codes, wording
from r1c.profile.codes import Form
from r1c.record import camel_case, record, replace
from r1c.repository.model import Allow, Settings
from r1c.repository.schema import NAME
from r1c.source import Document

OUTSIDE = Code(
    "R1C191",
    "folder-outside-repository",
    Severity.ERROR,
    "Folder outside the repository",
    "r1c.yaml must mean the same folders in every clone, and r1c writes nothing outside the repository.",
    "# r1c.yaml\nspec:\n  output: ../out\n",
    "Write a path below the folder of r1c.yaml.",
)

FORM = Form(
    NAME, {"apiVersion": codes.FORMATS["apiVersion"], "kind": "Repository"}, "r1c.yaml", "a repository file"
)
_VERSIONS = re.compile(r"[\w.*+-]+")
ALLOW: Path = ("spec", "allow")
_DEFAULTS: Path = ("spec", "defaults")
_FOLDERS: Mapping[str, str] = {"profiles": "profiles", "output": "out"}
"""The fields that name a folder, with an example of each."""


@record
class Repository:
    """What an r1c.yaml says: `folder` is where it is, from the working directory; all else is from there.

    `defaults` is what profiles inherit, None if there is nothing.
    """

    document: Document
    folder: str
    profiles: str
    output: str
    defaults: Document | None
    allow: Allow


def read(name: str, raw: bytes, folder: str) -> Repository:
    """Return what the file says; `name` is the file in messages, `folder` where it is. Raises Refused."""
    document = source.read(name, raw)
    found = [*document.findings, *(_faults(document) if document.usable else ())]
    if found:
        raise Refused(source.ordered(document.diagnostic(*item) for item in found))
    said: Mapping[str, Any] = document.data.get("spec", {})
    usual = Settings()
    return Repository(
        document,
        folder,
        said.get("profiles", usual.profiles),
        said.get("output", usual.output),
        _part(document, _DEFAULTS) if said.get("defaults") else None,
        _allow(said.get("allow") or {}),
    )


def _faults(document: Document) -> Iterator[tuple[Code, Finding]]:
    misread = misfits(NAME, document.data)
    yield from (wording.finding(misfit, document, FORM) for misfit in misread)
    if misread:
        return
    for name, example in _FOLDERS.items():
        value = document.data.get("spec", {}).get(name)
        if value is not None and not _is_below(value):
            message = f"{name}: {value} is not below the folder of r1c.yaml"
            help_ = f"write a relative path without .., such as {name}: {example}"
            yield OUTSIDE, Finding(("spec", name), message, help_)
    yield from _allowed(document.data.get("spec", {}).get("allow") or {})


def _allowed(allow: Mapping[str, Any]) -> Iterator[tuple[Code, Finding]]:
    """Yield the entries that no profile can have."""
    known = facts.platforms()
    for index, entry in enumerate(allow.get("platforms") or ()):
        if not any(fits(name, entry) for name in known):
            message = f"spec.allow.platforms: unknown platform {entry}"
            path: Path = (*ALLOW, "platforms", index)
            yield codes.CHOICE, Finding(path, message, advice(entry, known, "platforms"))
    for index, entry in enumerate(allow.get("vllmVersions") or ()):
        if not _VERSIONS.fullmatch(entry):
            message = f"spec.allow.vllmVersions: {entry} is not a version or the beginning of one"
            help_ = "list the versions; * is any text, so v0.11.* is every v0.11 release"
            yield codes.CHOICE, Finding((*ALLOW, "vllmVersions", index), message, help_)


def fits(value: str, entry: str) -> bool:
    """Tell whether an entry of a list in spec.allow allows a value."""
    return re.fullmatch(".*".join(map(re.escape, entry.split("*"))), value, re.DOTALL) is not None


def _is_below(path: str) -> bool:
    first = posixpath.normpath(path).split("/")[0]
    return bool(path) and "\\" not in path and path.isprintable() and first not in ("..", "")


def _allow(said: Mapping[str, Any]) -> Allow:
    fields: tuple[str, ...] = Allow.__match_args__
    names = {camel_case(name): name for name in fields}
    values: dict[str, Any] = {
        names[key]: tuple(value) if isinstance(value, list) else value for key, value in said.items()
    }
    return Allow(**values)


def _part(document: Document, path: Path) -> Document:
    """Return what is at a path as a document of its own, whose values keep their places in the file."""
    data: Any = document.data
    for key in path:
        data = data[key]
    places = {
        place[len(path) :]: entry for place, entry in document.places.items() if place[: len(path)] == path
    }
    return replace(document, data=data, places=places)
