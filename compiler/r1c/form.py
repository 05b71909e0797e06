"""The faults that the form of a profile can have, as codes: fields, types, choices and ranges."""

from __future__ import annotations

from collections.abc import Mapping

from r1c.diagnostics import Code, Severity

UNKNOWN = Code(
    "R1C101",
    "unknown-field",
    Severity.ERROR,
    "The profile has a field that the format does not know",
    "A misspelt key that is silently ignored is the fault that costs most: the gpu-recipes values have a "
    "literal key `subnetworks[]:` that nothing reads (evidence.md, GIT018).",
    "spec:\n  parallelism:\n    tensr: 8\n",
    "Use the field's name, or remove it.",
)
MISSING = Code(
    "R1C102",
    "missing-field",
    Severity.ERROR,
    "A field that has no default is missing",
    "Project, cluster, bucket and registry differ for every user, so no default would be honest.",
    "spec:\n  cluster:\n    project:\n",
    "Add the field.",
)
TYPE = Code(
    "R1C103",
    "wrong-type",
    Severity.ERROR,
    "A value has the wrong type",
    "A number in quotes, a list where one name belongs: vLLM or Kubernetes would refuse it twenty minutes "
    "later.",
    "spec:\n  replicas: two\n",
    "Write a value of the wanted type.",
)
CHOICE = Code(
    "R1C104",
    "not-a-choice",
    Severity.ERROR,
    "A value is none of those that the field takes",
    "The field takes a few fixed words.",
    "spec:\n  network:\n    mode: bridge\n",
    "Write one of the words listed.",
)
RANGE = Code(
    "R1C105",
    "out-of-range",
    Severity.ERROR,
    "A number is outside its range",
    "Kubernetes and vLLM refuse it.",
    "spec:\n  service:\n    port: 70000\n",
    "Write a number inside the range.",
)
FORMAT = Code(
    "R1C106",
    "not-a-recipe",
    Severity.ERROR,
    "The document is not a recipe of this format",
    "apiVersion and kind say how a file is to be read.",
    "kind: Deployment\n",
    "Write apiVersion: r1c.dev/v1alpha1 and kind: Recipe.",
)

CODES = (UNKNOWN, MISSING, TYPE, CHOICE, RANGE, FORMAT)

FORMATS: Mapping[str, str] = {"apiVersion": "r1c.dev/v1alpha1", "kind": "Recipe"}
