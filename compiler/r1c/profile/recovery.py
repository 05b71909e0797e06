"""A Document with misfits -> data that fits, and a finding for each misfit.

Unknown fields are left out; wrong or missing values are replaced by placeholders, and their paths are noted
as doubtful. So the later stages check the rest, and one run reports all faults; rules that read a doubtful
field are skipped.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from r1c.diagnostics import Code, Finding, Path
from r1c.json_schema import Misfit
from r1c.profile import fields, wording
from r1c.profile.codes import FORMAT, FORMATS
from r1c.profile.fields import dotted
from r1c.record import record
from r1c.source import Document, named

_STAND_INS: Mapping[str, Any] = {
    **FORMATS,
    "spec.platform": "a3-mega",
    "spec.parallelism.tensor": 8,
}


@record
class Recovered:
    """Data that fits the schema; the findings; and the paths whose values are not the user's."""

    data: dict[str, Any]
    findings: tuple[tuple[Code, Finding], ...]
    doubtful: frozenset[Path]


def recover(document: Document, misfits: Sequence[Misfit], doubtful: frozenset[Path]) -> Recovered:
    """Return the document's data without its misfits; `doubtful` are the paths that are so already."""
    other = _other_kind(document)
    if other:
        return Recovered(_required(()), (other,), frozenset({()}))
    data = _copied(document.data)
    # Where a key could not be read, what is missing there may have been meant by it.
    torn = {named(finding.path) for _, finding in document.findings if named(finding.path) != finding.path}
    unknown = {item.path for item in misfits if item.keyword == "additionalProperties"}
    meant = {path for found in unknown if (path := wording.near(found)) and path not in document.places}
    findings = []
    for misfit in misfits:
        path = misfit.path
        lost = path in torn or (misfit.keyword == "required" and path[:-1] in torn)
        said = _inside(path, doubtful) or (path not in unknown and (lost or path in meant))
        if not said:
            findings.append(wording.finding(misfit, document))
        _mend(data, misfit)
    mended = {misfit.path for misfit in misfits} - unknown
    return Recovered(data, tuple(findings), (doubtful - unknown) | mended | meant)


HELM_VALUES = frozenset({"clusterName", "job", "workload", "vllm", "gpuPlatformSettings"})
"""The sections by which values of the gpu-recipes charts are recognised."""
IMPORTED_KINDS = ("LeaderWorkerSet", "Deployment")
_IMPORTED = "`r1c import manifest` creates a recipe from a manifest, and `r1c lint` checks one"
_LINTED = "give r1c a recipe, or start one with `r1c init`; `r1c lint` checks manifests"


def _other_kind(document: Document) -> tuple[Code, Finding] | None:
    """Recognise a file of another kind, such as a Deployment, to report it once and not by field."""
    version, kind = document.data.get("apiVersion"), document.data.get("kind")
    if document.data and not document.data.keys() & fields.names(fields.profile()).keys():
        message = "the file has no field of a recipe, which are apiVersion, kind, metadata and spec"
        return FORMAT, Finding((), message, _other_file(document.data))
    if not isinstance(version, str) or not isinstance(kind, str):
        return None
    if version == FORMATS["apiVersion"] or kind == FORMATS["kind"]:
        return None
    wanted = f"apiVersion: {FORMATS['apiVersion']} and kind: {FORMATS['kind']}"
    message = f"the file is a {kind} of {version}; a recipe has {wanted}"
    return FORMAT, Finding(("kind",), message, _IMPORTED if kind in IMPORTED_KINDS else _LINTED)


def _other_file(data: dict[str, Any]) -> str:
    """Say what to do with a file that people have beside a profile."""
    spec = fields.inside(("spec",))
    if spec and data.keys() <= fields.names(spec).keys():
        head = ", ".join(f"{name}: {value}" for name, value in FORMATS.items())
        return f"put these fields under spec, and write {head} and metadata: {{name: NAME}} above it"
    if data.keys() & {"architectures", "model_type"}:
        return "a profile names the config.json of its model: config: PATH under spec.model"
    if "services" in data:
        return "`r1c lint` checks docker-compose files"
    if data.keys() & HELM_VALUES:
        return "`r1c import helm` creates a profile from Helm values"
    return "give r1c a recipe, or start one with `r1c init`"


def _copied(value: Any) -> Any:
    """Copy plain data; values that aliases share are copied separately, so that each can be changed alone."""
    if isinstance(value, dict):
        return {key: _copied(item) for key, item in value.items()}
    return [_copied(item) for item in value] if isinstance(value, list) else value


def _inside(path: Path, doubtful: frozenset[Path]) -> bool:
    return any(path[:length] in doubtful for length in range(1, len(path) + 1))


def _mend(data: dict[str, Any], misfit: Misfit) -> None:
    """Make the value at a misfit's path fit: remove it if it may be absent, else use a placeholder."""
    parent: Any = data
    for part in misfit.path[:-1]:
        parent = parent[part]
    last: Any = misfit.path[-1]
    field = fields.find(misfit.path)
    optional = isinstance(parent, dict) and field and not field.required
    if optional or misfit.keyword == "additionalProperties":
        parent.pop(last, None)
    else:
        parent[last] = _stand_in(misfit.path, field)


def _stand_in(path: Path, field: fields.Field | None) -> Any:
    where = dotted(path)
    if where in _STAND_INS:
        return _STAND_INS[where]
    if field and field.section and not field.either:
        return _required(path)
    return "unknown" if field is None or field.example is None else field.example


def _required(path: Path) -> dict[str, Any]:
    return {field.name: _stand_in((*path, field.name), field) for field in fields.required(path)}
