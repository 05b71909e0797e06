"""The codes for faults of fields: names, types, choices and ranges; and the formats of the files."""

from __future__ import annotations

from collections.abc import Mapping

from r1c.diagnostics import Code, Severity
from r1c.record import record

UNKNOWN = Code(
    "R1C101",
    "unknown-field",
    Severity.ERROR,
    "Unknown field",
    "Nothing reports a misspelt key that no tool reads: the gpu-recipes values have a literal key "
    "`subnetworks[]:` without any effect (evidence.md, GIT018).",
    "spec:\n  parallelism:\n    tensr: 8\n",
    "Correct the field's name, or remove the line.",
    "safe or unsafe",
)
MISSING = Code(
    "R1C102",
    "missing-field",
    Severity.ERROR,
    "Required field is missing",
    "Project, cluster, bucket and registry differ for every user, so there is no sensible default.",
    "spec:\n  cluster:\n    project:\n",
    "Add the field.",
)
TYPE = Code(
    "R1C103",
    "wrong-type",
    Severity.ERROR,
    "Wrong type of value",
    "vLLM or Kubernetes would refuse the value only when the pods start: a number in quotes, for example, or "
    "a list instead of a name.",
    "spec:\n  replicas: two\n",
    "Write a value of the expected type.",
    "safe",
)
CHOICE = Code(
    "R1C104",
    "not-a-choice",
    Severity.ERROR,
    "Value not allowed here",
    "The field accepts only the values that the message lists.",
    "spec:\n  network:\n    mode: bridge\n",
    "Write one of the values listed.",
    "safe or unsafe",
)
RANGE = Code(
    "R1C105",
    "out-of-range",
    Severity.ERROR,
    "Number out of range",
    "Kubernetes or vLLM would refuse the value.",
    "spec:\n  service:\n    port: 70000\n",
    "Write a number inside the range.",
)
FORMAT = Code(
    "R1C106",
    "not-a-recipe",
    Severity.ERROR,
    "Not a recipe of this format",
    "apiVersion and kind say how to read the file.",
    "kind: Deployment\n",
    "Write apiVersion: r1c.dev/v1alpha1 and kind: Recipe.",
    "safe",
)

CODES = (UNKNOWN, MISSING, TYPE, CHOICE, RANGE, FORMAT)

FORMATS: Mapping[str, str] = {"apiVersion": "r1c.dev/v1alpha1", "kind": "Recipe"}


@record
class Form:
    """A format of files: its schema, its apiVersion and kind, what messages call the file and its content."""

    schema: str
    formats: Mapping[str, str]
    file: str
    content: str


RECIPE = Form("recipe", FORMATS, "the profile", "a recipe")
