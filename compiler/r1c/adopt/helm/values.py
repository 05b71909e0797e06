"""Values files and --set arguments, in the order given -> one tree of values, with the place of each."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from r1c import source
from r1c.adopt.codes import in_a_file, unusable
from r1c.adopt.helm.settings import parse
from r1c.diagnostics import Code, Diagnostic, Finding, Path, UserError
from r1c.profile.fields import dotted
from r1c.record import record, replace
from r1c.source import AMBIGUOUS, CREDENTIAL, DOCUMENTS, Document, credentials

_BOOLEANS = {"yes": True, "on": True, "no": False, "off": False}
"""Words that Helm, which reads YAML 1.1, takes for truth values."""
SERVING_CONFIG = "serving_config"
"""The key of the server flags that the charts of A3 Ultra and A4 take with --set-file."""

MANIFESTS = "`r1c import manifest` reads Kubernetes objects"
_KEEP = "remove it and revoke it where it was issued; the profile names only the Secret that holds it"
_NOTHING = re.compile(rb"(\s|#[^\n]*(\n|\Z)|---)*")


@record
class Values:
    """The merged values.

    `origins` has the file that each path came from, with its path in that file; `settings` has the text of
    the --set argument.
    """

    data: dict[str, Any]
    origins: Mapping[Path, tuple[Document, Path]]
    settings: Mapping[Path, str]
    findings: tuple[Diagnostic, ...]

    def get(self, *path: str | int) -> Any:
        """Return the value at a path, or None."""
        value: Any = self.data
        for part in path:
            if isinstance(value, dict):
                value = value.get(str(part)) if isinstance(part, str) else None
            elif isinstance(value, list) and isinstance(part, int) and part < len(value):
                value = value[part]
            else:
                return None
        return value

    def text(self, *path: str | int) -> str | None:
        """Return the string at a path, None if it is absent or empty."""
        value = self.get(*path)
        return value if isinstance(value, str) and value else None

    def leaves(self) -> Iterator[tuple[Path, Any]]:
        """Yield every value that is given; null, an empty map and an empty list count as absent."""
        return _leaves(self.data, ())

    def diagnostic(self, code: Code, finding: Finding) -> Diagnostic:
        """Locate a finding in the file or the argument that the value came from."""
        path = finding.path
        while path and path not in self.settings and path not in self.origins:
            path = path[:-1]
        if path in self.origins and path not in self.settings:
            document, inside = self.origins[path]
            return document.diagnostic(code, replace(finding, path=inside + finding.path[len(path) :]))
        shown = f"--set {credentials.starred(self.settings[path])}" if path in self.settings else "the values"
        message, help_ = (credentials.starred(text) for text in (finding.message, finding.help))
        return Diagnostic(code.id, code.slug, code.severity, message, help_, shown, None, "", finding.path)


def read_values(
    files: Iterable[tuple[str, bytes]],
    arguments: Iterable[str] = (),
    file_arguments: Iterable[tuple[str, str, bytes]] = (),
) -> Values:
    """Merge values files, then --set arguments, then --set-file arguments (key, file, content) as Helm does.

    Maps are merged, everything else is replaced; --set reaches into the lists of a file. A credential is
    taken out. Raises UserError for a file without values, and for an argument that Helm would refuse.
    """
    data: dict[str, Any] = {}
    origins: dict[Path, tuple[Document, Path]] = {}
    settings: dict[Path, str] = {}
    findings: list[Diagnostic] = []
    for name, raw in files:
        data = _merged(data, _file(name, raw, (), origins, findings))
    for argument in arguments:
        for assignment in parse(argument):
            _assign(data, assignment.path, assignment.value, argument)
            settings[assignment.path] = argument
    for key, name, raw in file_arguments:
        # The only file that the charts read as data; the others are scripts.
        own = key == SERVING_CONFIG
        value = _file(name, raw, (key,), origins, findings) if own else raw.decode("utf-8", "replace")
        _assign(data, tuple(key.split(".")), value, f"{key}={name}")
    values = Values(data, origins, settings, ())
    for path, value in list(values.leaves()):
        found = credentials.first(value) if isinstance(value, str) else None
        if found and path != ("workload_launcher",):
            _assign(data, path, None, "")
            if path in settings:
                message = f"the values contain {found.what}; it is left out"
                findings.append(values.diagnostic(CREDENTIAL, Finding(path, message, _KEEP)))
    return Values(data, origins, settings, tuple(findings))


def _file(
    name: str,
    raw: bytes,
    below: Path,
    origins: dict[Path, tuple[Document, Path]],
    findings: list[Diagnostic],
) -> dict[str, Any]:
    """Read a file whose values belong below a path; record their places and faults."""
    if _NOTHING.fullmatch(raw):
        return {}
    document = source.read(name, raw)
    if not document.usable:
        if document.findings[0][0] is DOCUMENTS:
            raise UserError(f"{name}: several YAML documents are not Helm values; {MANIFESTS}")
        raise unusable(document)
    values, meant = _as_helm(document)
    findings += [
        document.diagnostic(code, in_a_file(finding))
        for code, finding in document.findings
        if not (code is AMBIGUOUS and finding.path in meant)
    ]
    for path in document.places:
        origins[below + path] = (document, path)
    return values


def _as_helm(document: Document) -> tuple[dict[str, Any], set[Path]]:
    """Return the data with the words that Helm takes for truth values, and where they stood."""
    meant: set[Path] = set()

    def walk(value: Any, path: Path) -> Any:
        if isinstance(value, dict):
            return {key: walk(item, (*path, key)) for key, item in value.items()}
        if isinstance(value, list):
            return [walk(item, (*path, index)) for index, item in enumerate(value)]
        if path in doubtful and isinstance(value, str) and value.lower() in _BOOLEANS:
            meant.add(path)
            return _BOOLEANS[value.lower()]
        return value

    doubtful = {finding.path for code, finding in document.findings if code is AMBIGUOUS}
    result: dict[str, Any] = walk(document.data, ())
    return result, meant


def _merged(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    result = dict(old)
    for key, value in new.items():
        before = result.get(key)
        result[key] = (
            _merged(before, value) if isinstance(before, dict) and isinstance(value, dict) else value
        )
    return result


def _assign(data: dict[str, Any], path: Path, value: Any, argument: str) -> None:
    """Set one value; create the maps and lists that are missing above it."""
    here: Any = data
    for part, following in zip(path, (*path[1:], None), strict=True):
        if not isinstance(here, dict if isinstance(part, str) else list):
            what = "a map" if isinstance(part, str) else "a list"
            message = f"{dotted(path)} needs {what}, but the values have another type there"
            raise UserError(f"--set {credentials.starred(argument)}: {message}")
        here = _step(here, part, following, value)


def _step(here: Any, part: str | int, following: str | int | None, value: Any) -> Any:
    """Return what is at a part of a path, created if absent; at the last part, set the value."""
    if isinstance(part, int):
        here += [None] * (part + 1 - len(here))
    elif part not in here:
        here[part] = None
    if following is None:
        here[part] = value
    elif here[part] is None:
        here[part] = [] if isinstance(following, int) else {}
    return here[part]


def _leaves(value: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _leaves(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _leaves(item, (*path, index))
    elif value is not None:
        yield path, value
