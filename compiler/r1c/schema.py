"""The profile's models -> its JSON Schema, for editors and for whoever writes profiles by program."""

from __future__ import annotations

import json
from typing import Any

from r1c import facts
from r1c.facts import vllm
from r1c.profile import Profile


def recipe_schema() -> str:
    """Return schemas/recipe.schema.json as text; editors offer the platforms and versions of the facts."""
    schema: dict[str, Any] = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "https://r1c.dev/schemas/recipe.schema.json",
        "title": "r1c recipe",
        **_tidy(Profile.model_json_schema(by_alias=True)),
    }
    parts = schema["$defs"]
    for part in (schema, *parts.values()):
        for field in part["properties"].values():
            # pydantic leaves a field's description out where its section has the same one.
            if "description" not in field:
                field["description"] = parts[field["$ref"].removeprefix("#/$defs/")]["description"]
    parts["Spec"]["properties"]["platform"]["examples"] = list(facts.platforms())
    parts["Vllm"]["properties"]["version"]["examples"] = list(reversed(vllm.versions()))
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def _tidy(node: Any) -> Any:
    """Drop what pydantic adds for Python's sake: titles, null as a value of optional fields, and the
    defaults of whole sections, whose fields have their own.
    """
    if isinstance(node, list):
        return [_tidy(item) for item in node]
    if not isinstance(node, dict):
        return node
    result = {
        key: {name: _tidy(item) for name, item in value.items()}
        if key in ("properties", "$defs")
        else _tidy(value)
        for key, value in node.items()
        if not (key == "title" and isinstance(value, str))
        and not (key == "default" and (value is None or (isinstance(value, dict) and value)))
    }
    choices = [choice for choice in result.get("anyOf", ()) if choice != {"type": "null"}]
    if len(choices) == 1:
        del result["anyOf"]
        return {**choices[0], **result}
    return result | ({"anyOf": choices} if choices else {})
