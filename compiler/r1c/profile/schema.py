"""The profile's model -> its JSON Schema: what `parse` and editors read profiles by."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from r1c import facts
from r1c.facts import vllm
from r1c.profile.model import Recipe


def recipe_schema() -> str:
    """Return schemas/recipe.schema.json as text; editors offer the platforms and versions of the facts."""
    return written(declared(Recipe, "recipe"))


def declared(cls: type, kind: str) -> dict[str, Any]:
    """Return the schema of a kind of file that a section declares."""
    from pydantic import TypeAdapter

    schema: dict[str, Any] = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"https://r1c.dev/schemas/{kind}.schema.json",
        "title": f"r1c {kind}",
        **_tidy(TypeAdapter(cls).json_schema(by_alias=True)),
    }
    parts = schema["$defs"]
    for part in (schema, *parts.values()):
        for field in part["properties"].values():
            # pydantic leaves a field's description out where its section has the same one.
            if "description" not in field:
                field["description"] = parts[field["$ref"].rpartition("/")[2]]["description"]
    for name in _alternatives(schema):
        # Where a string may stand in a section's place, the type is the field's to say.
        del parts[name]["type"]
    _offer(parts["Spec"]["properties"]["platform"], facts.platforms())
    _offer(parts["Vllm"]["properties"]["version"], reversed(vllm.versions()))
    return schema


def written(schema: dict[str, Any]) -> str:
    """Write a schema as its file has it."""
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def _offer(field: dict[str, Any], known: Iterable[str]) -> None:
    """Put known values behind a field's own example, which help texts show."""
    field["examples"] = list(dict.fromkeys([*field["examples"], *known]))


def _alternatives(node: Any) -> Iterator[str]:
    """Yield the names of the sections that may have another type instead."""
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str) and "type" in node:
            yield node["$ref"].rpartition("/")[2]
        node = list(node.values())
    if isinstance(node, list):
        for item in node:
            yield from _alternatives(item)


def _tidy(node: Any) -> Any:
    """Drop what pydantic adds for Python only.

    Titles, line ends of descriptions, null as the default of optional fields, and the defaults of whole
    sections, whose fields have their own.
    """
    if isinstance(node, list):
        return [_tidy(item) for item in node]
    if not isinstance(node, dict):
        return node
    result: dict[str, Any] = {}
    for key, value in node.items():
        if key in ("properties", "$defs"):
            result[key] = {name: _tidy(item) for name, item in value.items()}
        elif key == "description":
            result[key] = " ".join(value.split())
        elif key != "title" and not (key == "default" and (value is None or isinstance(value, dict))):
            result[key] = _tidy(value)
    if "anyOf" in result:
        result = {**_merged(result.pop("anyOf")), **result}
    if "enum" in result or "const" in result:
        del result["type"]
    return result


def _merged(choices: list[dict[str, Any]]) -> dict[str, Any]:
    """Return one schema for choices of different types: the constraints of each apply only to its type.

    A section that may be absent may not be null: `monitoring:` alone would look like one that is there.
    """
    sections = [choice for choice in choices if "$ref" in choice]
    if sections and len(choices) == 2 and {"type": "null"} in choices:
        return sections[0]
    result: dict[str, Any] = {}
    for choice in choices:
        result |= choice
    if "enum" in result:
        return result | {"enum": [*result["enum"], None], "type": "string"}
    return result | {"type": [choice.get("type", "object") for choice in choices]}
