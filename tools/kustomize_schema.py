"""The schemas of kubernetes-validate -> the lists that a strategic merge patch merges, by built-in kind.

tools/kustomize_files.py writes them.
"""

from __future__ import annotations

import json
from collections import Counter
from importlib import resources
from typing import Any

KINDS = "x-kubernetes-group-version-kind"
MERGE_KEY = "x-kubernetes-patch-merge-key"
MERGE_KEYS = "x-kubernetes-list-map-keys"
STRATEGY = "x-kubernetes-patch-strategy"
METADATA = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"
METADATA_ONLY = "MetadataOnly"
"""Our name for the one definition of all kinds in which only the metadata holds such a list."""

Schema = dict[str, Any]


def newest() -> dict[str, Schema]:
    """Read the definitions of the newest Kubernetes version in the package: name -> schema."""
    folder = resources.files("kubernetes_validate") / "kubernetes-json-schema"
    versions = [
        entry.name.removesuffix("-local") for entry in folder.iterdir() if entry.name.endswith("-local")
    ]
    version = max(versions, key=lambda name: [int(part) for part in name.removeprefix("v").split(".")])
    text = (folder / f"{version}-local" / "_definitions.json").read_text(encoding="utf-8")
    found: dict[str, Schema] = json.loads(text)["$defs"]
    return found


def reduced(schema: Schema, definitions: dict[str, Schema], above: tuple[str, ...] = ()) -> Schema | None:
    """Keep of a schema what leads to a list that merges; None if nothing does.

    A reference stays one. `above` holds the definitions on the way here: one inside itself adds nothing new.
    """
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[-1]
        if name in above or reduced(definitions[name], definitions, (*above, name)) is None:
            return None
        return {"$ref": f"#/definitions/{name}"}
    if "items" in schema:
        # A list without the strategy is replaced as a whole, so nothing inside it can merge.
        if "merge" not in schema.get(STRATEGY, "").split(","):
            return None
        items = reduced(schema["items"], definitions, above)
        key = [schema[MERGE_KEY]] if MERGE_KEY in schema else []
        return {
            "type": "array",
            **({"items": items} if items else {}),
            **({MERGE_KEYS: schema[MERGE_KEYS]} if schema.get(MERGE_KEYS, key) != key else {}),
            **({MERGE_KEY: schema[MERGE_KEY]} if key else {}),
            STRATEGY: schema[STRATEGY],
        }
    fields = {
        name: reduced(field, definitions, above) for name, field in schema.get("properties", {}).items()
    }
    kept = {name: field for name, field in sorted(fields.items()) if field}
    return {"properties": kept} if kept else None


def references(schema: object) -> Counter[str]:
    """Count the definitions that a schema refers to, by name."""
    if isinstance(schema, list):
        return sum(map(references, schema), Counter())
    if not isinstance(schema, dict):
        return Counter()
    if "$ref" in schema:
        return Counter([schema["$ref"].rsplit("/", 1)[-1]])
    return sum(map(references, schema.values()), Counter())


def inlined(schema: Any, once: dict[str, Schema]) -> Any:
    """Put each definition that is used once in the place of the reference to it."""
    if isinstance(schema, list):
        return [inlined(item, once) for item in schema]
    if not isinstance(schema, dict):
        return schema
    name = schema.get("$ref", "").rsplit("/", 1)[-1]
    return (
        inlined(once[name], once)
        if name in once
        else {key: inlined(item, once) for key, item in schema.items()}
    )


def kinds(definitions: dict[str, Schema]) -> dict[str, Schema]:
    """Select what people write to files: the kinds that come in lists, without their status."""
    return {
        name: schema
        | {"properties": {key: field for key, field in schema["properties"].items() if key != "status"}}
        for name, schema in sorted(definitions.items())
        if KINDS in schema and f"{name}List" in definitions and "metadata" in schema["properties"]
    }


def definitions() -> dict[str, Schema]:
    """Return the definitions of all kinds with such lists, of the package's newest Kubernetes version."""
    known = newest()
    result: dict[str, Schema] = {}
    others: list[dict[str, str]] = []
    for name, schema in kinds(known).items():
        small = reduced(schema, known)
        if small is None:
            continue
        if list(small["properties"]) == ["metadata"]:
            others += schema[KINDS]
        else:
            result[name] = {KINDS: schema[KINDS], **small}
    result[METADATA_ONLY] = {
        KINDS: others,
        "properties": {"metadata": {"$ref": f"#/definitions/{METADATA}"}},
    }
    uses = Counter[str]()
    pending = references(list(result.values()))
    used: dict[str, Schema] = {}
    while pending:
        uses += pending
        fresh = {name: reduced(known[name], known) or {} for name in pending if name not in used}
        used |= fresh
        pending = references(list(fresh.values()))
    once = {name: schema for name, schema in used.items() if uses[name] == 1}
    shared = {name: schema for name, schema in used.items() if uses[name] > 1}
    return {name: inlined(schema, once) for name, schema in sorted((result | shared).items())}
