"""Every code that r1c can report, with its family and the profile fields that its check reads."""

from __future__ import annotations

from collections.abc import Mapping

from r1c import pipeline, resolve
from r1c.adopt import codes
from r1c.check import preflight_codes, side_by_side
from r1c.check.ownership import SHARED
from r1c.check.rules import every
from r1c.diagnostics import Code, Edits, Path, Severity
from r1c.lint.codes import LINT_CODES
from r1c.output.changes import CONFLICT, SAME_NAME
from r1c.output.orphan import ORPHANED
from r1c.profile.paths import HUGGINGFACE, MODEL_SOURCE, NAME
from r1c.repository import policy
from r1c.repository.read import OUTSIDE

FAMILIES: Mapping[str, str] = {
    "R1C0": "Reading YAML",
    "R1C1": "Profile fields, extends and imports",
    "R1C2": "Parallelism and model structure",
    "R1C3": "Memory",
    "R1C4": "The vLLM version and its flags",
    "R1C5": "Network and GPUDirect",
    "R1C6": "Kubernetes and LeaderWorkerSet",
    "R1C7": "Storage and secrets",
    "R1C8": "Image and build",
    "R1C9": "Benchmark and output",
    "R1CP": "Preflight: what a cluster has",
}
"""What the codes are about, by their first four characters."""

CODES: tuple[Code, ...] = tuple(
    sorted(
        (
            *pipeline.codes(),
            *policy.CODES,
            OUTSIDE,
            *codes.CODES,
            *LINT_CODES,
            CONFLICT,
            SAME_NAME,
            *side_by_side.CODES,
            ORPHANED,
            *preflight_codes.CODES,
        ),
        key=lambda code: code.id,
    )
)
"""All codes in order: of profiles, of r1c.yaml, of imports, of lint, of the output, and of clusters."""

FIELDS: Mapping[str, tuple[Path, ...]] = {
    **{rule.code.id: rule.fields for rule in every()},
    **{item.code.id: item.fields for item in policy.POLICIES},
    **resolve.FIELDS,
    SHARED.id: (NAME, ("spec", "serviceAccountName"), HUGGINGFACE),
    side_by_side.RESULTS.id: (NAME, ("spec", "storage", "bucket")),
    side_by_side.WEIGHTS.id: (MODEL_SOURCE,),
    side_by_side.NODES.id: (("spec", "scheduling", "targetNodes"),),
}
"""The profile fields that a code's check reads; codes that concern the file as a whole have none."""


def about(path: Path, *, inside: bool) -> tuple[Code, ...]:
    """Return the codes whose check reads the field at `path`, or a section that it is part of.

    With `inside`, also those that read a part of it.
    """

    def concerns(read: Path) -> bool:
        return path[: len(read)] == read or (inside and read[: len(path)] == path)

    return tuple(code for code in CODES if any(map(concerns, FIELDS.get(code.id, ()))))


def acceptable(code: Code) -> bool:
    """Tell whether a profile can accept the code: a warning or hint about it or its cluster."""
    return code.severity is not Severity.ERROR and code in (
        *pipeline.codes(),
        *side_by_side.CODES,
        *preflight_codes.CODES,
    )


_EDITS: Mapping[Edits, str] = {
    "safe": "`r1c check --fix` does it if only one correction is possible.",
    "unsafe": "`r1c check --unsafe-fixes` does it; it may change what is served.",
    "safe or unsafe": "`r1c check --fix` does it if only one correction is possible, "
    "`--unsafe-fixes` also if that may change what is served.",
}


def edits(code: Code) -> str:
    """Say who fixes a fault in the profile; empty if only a person can."""
    return _EDITS.get(code.edits, "")


def families() -> dict[str, tuple[Code, ...]]:
    """Return the codes by the first four characters of their family, both in order."""
    return {family: tuple(code for code in CODES if code.id.startswith(family)) for family in FAMILIES}
