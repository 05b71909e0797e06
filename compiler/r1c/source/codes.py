"""The faults of a profile's YAML and encoding."""

from __future__ import annotations

from r1c.diagnostics import Code, Severity

SYNTAX = Code(
    "R1C001",
    "yaml-syntax",
    Severity.ERROR,
    "Invalid YAML",
    "r1c stops reading at the fault, so the rest of the profile is not checked.",
    "spec: [a, b\n",
    "Correct the YAML at the place shown; the fault is there or just before it.",
)
ENCODING = Code(
    "R1C002",
    "not-utf8",
    Severity.ERROR,
    "File is not UTF-8",
    "YAML is Unicode text, and editors and Git treat other encodings differently on every machine.",
    "",
    "Save the file as UTF-8.",
)
EMPTY = Code(
    "R1C003",
    "not-a-profile",
    Severity.ERROR,
    "No profile in the file",
    "A profile is one YAML map with apiVersion, kind, metadata and spec. An empty file or a list is a "
    "mistake.",
    "",
    "Write a profile, or start one with `r1c init`.",
)
DOCUMENTS = Code(
    "R1C004",
    "several-documents",
    Severity.ERROR,
    "Several YAML documents in one file",
    "One file is one recipe: the output directory and its lock belong to exactly one profile.",
    "",
    "Put each profile into its own file and give r1c the directory.",
)
DUPLICATE = Code(
    "R1C005",
    "duplicate-key",
    Severity.ERROR,
    "Duplicate key",
    "YAML readers disagree on which value counts. The gpu-recipes Service template has `selector` twice, "
    "and one of the two selects nothing (evidence.md, gke-gpudirect).",
    "spec:\n  nodes: 2\n  nodes: 4\n",
    "Keep one of the two.",
    "safe",
)
ALIAS = Code(
    "R1C006",
    "alias-limit",
    Severity.ERROR,
    "Profile too large or too deeply nested",
    "Aliases that refer to aliases can describe billions of values in a few lines.",
    "",
    "Write the values out.",
)
RETYPED = Code(
    "R1C007",
    "retyped-value",
    Severity.ERROR,
    "Unquoted string that YAML reads as another type",
    "Without quotes, `0.10` is the number 0.1 and `1e3` is 1000: what you typed is lost before any tool "
    "sees it.",
    "spec:\n  vllm:\n    version: 0.10\n",
    "Put the value in quotes.",
    "safe",
)
AMBIGUOUS = Code(
    "R1C008",
    "ambiguous-value",
    Severity.ERROR,
    "Value that YAML 1.1 and YAML 1.2 read differently",
    "Kubernetes' own tools read YAML 1.1, where `no` is false, 0777 is 511 and 2026-01-10 is a date; "
    "editors read YAML 1.2 (evidence.md, GIT012).",
    "metadata:\n  labels:\n    released: 2026-01-10\n",
    "Write true or false for a boolean, a plain decimal number, or quotes around a string.",
    "safe or unsafe",
)
TAG = Code(
    "R1C009",
    "yaml-tag",
    Severity.ERROR,
    "YAML tag, merge key or key that is not a string",
    "Different YAML readers treat tags, merge keys and keys that are lists or numbers differently.",
    "spec:\n  nodes: !!int '2'\n",
    "Write the value without them.",
    "safe",
)

UNICODE = Code(
    "R1C010",
    "not-unicode",
    Severity.ERROR,
    "Incomplete Unicode character in a value",
    "\\ud800 to \\udfff are halves of a character: a UTF-8 file cannot contain them, and readers of "
    "manifests refuse or replace them (YAML 1.2.2, section 5.7; RFC 8259, section 8.2).",
    'spec:\n  model:\n    servedName: "\\ud800"\n',
    "Write the character instead of its escapes.",
    "safe",
)
QUOTES = Code(
    "R1C011",
    "typographic-quotes",
    Severity.ERROR,
    "Typographic quotes around a value",
    "YAML knows only \" and '. Other quotes, which chat programs and word processors write, are part of the "
    "value: the server would have them in its name.",
    "spec:\n  model:\n    servedName: \u201cr1\u201d\n",
    "Write the value without them, or between straight quotes.",
    "safe",
)
CREDENTIAL = Code(
    "R1C701",
    "credential",
    Severity.ERROR,
    "Credential in the profile",
    "The profile is committed, and its values go into manifests that are committed too: everyone who can "
    "read the repository has the token (vllm-project/production-stack#14, #149; evidence.md, SEC001).",
    "spec:\n  vllm:\n    env:\n      HF_TOKEN: hf_exampleexampleexampleexampleexamp\n",
    "Remove it, revoke it where it was issued, and keep the new one in a Secret.",
)
