"""The functions made of the schemas say yes and no where the JSON Schema library does."""

from __future__ import annotations

import copy
import random
from pathlib import Path
from typing import Any

from r1c.lower import lower
from r1c.pipeline import analyse
from r1c.verify.item import Item, items, word
from r1c.verify.schema import BY_FILE, BY_KIND, _validator
from r1c.verify.validators import fits

REPO = Path(__file__).resolve().parent.parent
PROFILES = sorted([*REPO.glob("profiles/*.yaml"), *REPO.glob("tests/cases/*/*.yaml")])
SCHEMAS = sorted({*BY_KIND.values(), *BY_FILE.values(), "pod-template"})
ODD: tuple[Any, ...] = (
    None, True, False, 0, 1, -1, 1.0, 0.5, 10**9, "", "x", "x\n", "A b", "-", "8", "1Gi", "a" * 300, "/x:y",
    "true",
    [], ["x"], ["x", "x"], [1], {}, {"a": "b"}, {"a": 1}, {1: "a"}, {"name": "x"}, {"operator": "In"},
)  # fmt: skip


def schema_of(item: Item) -> str:
    return BY_KIND.get((word(item.body, "apiVersion"), item.kind)) or BY_FILE[Path(item.file).name]


def documents() -> list[tuple[str, Any]]:
    """Return every document of the recipes with the name of its schema."""
    found: dict[str, tuple[str, Any]] = {}
    for path in PROFILES:
        plan = analyse(path.name, path.read_bytes()).plan
        if plan:
            for item in items(lower(plan)):
                found.setdefault(repr(item.body), (schema_of(item), item.body))
    return list(found.values())


def judged_the_same(schema: str, body: Any) -> bool:
    return bool(fits(schema, body) == _validator(schema).is_valid(body))


def changed(body: Any, generator: random.Random) -> Any:
    """Change one thing somewhere in a document: another value, one key less, one key more, one item twice."""
    whole = copy.deepcopy(body)
    holder: Any = whole
    while True:
        keys: list[Any] = list(holder) if isinstance(holder, dict) else list(range(len(holder)))
        if not keys or generator.random() < 0.05:
            break
        key = generator.choice(keys)
        if isinstance(holder[key], dict | list) and generator.random() < 0.85:
            holder = holder[key]
            continue
        if generator.random() < 0.25:
            del holder[key]
        else:
            holder[key] = copy.deepcopy(generator.choice(ODD))
        return whole
    if isinstance(holder, dict):
        holder[generator.choice(("x", "name", "args", "port", "exec"))] = copy.deepcopy(generator.choice(ODD))
    else:
        holder.append(copy.deepcopy(holder[0] if holder else generator.choice(ODD)))
    return whole


def test_every_document_fits() -> None:
    found = documents()
    assert {schema for schema, _ in found} >= {
        "leaderworkerset",
        "job",
        "service",
        "cloudbuild",
        "kustomization",
    }
    for schema, body in found:
        assert fits(schema, body), schema
        assert judged_the_same(schema, body)


def test_every_schema_judges_odd_documents_the_same() -> None:
    for schema in SCHEMAS:
        for value in ODD:
            assert judged_the_same(schema, value), (schema, value)


def test_thousands_of_changed_documents_are_judged_the_same() -> None:
    generator = random.Random(1)
    small = [(schema, body) for schema, body in documents() if schema != "kustomizeschema"]
    verdicts = set()
    for _ in range(2500):
        schema, body = generator.choice(small)
        whole = changed(body, generator)
        assert judged_the_same(schema, whole), (schema, whole)
        verdicts.add(fits(schema, whole))
    assert verdicts == {True, False}


def test_every_schema_of_a_kind_or_file_has_a_function() -> None:
    for schema in SCHEMAS:
        assert fits(schema, {}) is False


def test_a_list_that_leader_and_worker_share_is_looked_at_again_for_every_document() -> None:
    body = next(copy.deepcopy(body) for schema, body in documents() if schema == "leaderworkerset")
    leader, worker = (
        body["spec"]["leaderWorkerTemplate"][f"{role}Template"] for role in ("leader", "worker")
    )
    shared = leader["spec"]["containers"][0]["env"]
    assert shared is worker["spec"]["containers"][0]["env"]
    assert fits("leaderworkerset", body)
    shared[0]["name"] = 1
    assert not fits("leaderworkerset", body)
