"""Reads which environment variables a vLLM release knows, and the names of its tool and reasoning parsers."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Literal

from vllm_models_source import Module, Source, SourceError

_PLACES = {
    "tool": ("vllm.tool_parsers", "vllm.entrypoints.openai.tool_parsers"),
    "reasoning": ("vllm.reasoning", "vllm.entrypoints.openai.reasoning_parsers"),
}


def variables(source: Source) -> tuple[str, ...]:
    """Return the names of vllm/envs.py."""
    module = source.module("vllm.envs")
    table = module.values.get("environment_variables") if module else None
    if not isinstance(table, ast.Dict):
        raise SourceError("vllm.envs has no environment_variables as a dictionary")
    return tuple(sorted(str(key.value) for key in table.keys if isinstance(key, ast.Constant)))


def parsers(source: Source, kind: Literal["tool", "reasoning"]) -> tuple[str, ...]:
    """Return the names that a release registers, in a table or by decorators of the modules it imports."""
    for place in _PLACES[kind]:
        package = source.module(place)
        if package is not None:
            found = set(_table(package))
            for name in {name for name, _ in package.imports.values() if name.startswith(f"{place}.")}:
                module = source.module(name)
                found |= set(_decorated(module)) if module else set()
            if found:
                return tuple(sorted(found))
    return ()


def _table(package: Module) -> Iterator[str]:
    for name, value in package.values.items():
        if name.endswith("_PARSERS_TO_REGISTER") and isinstance(value, ast.Dict):
            yield from (str(key.value) for key in value.keys if isinstance(key, ast.Constant))


def _decorated(module: Module) -> Iterator[str]:
    for kind in module.classes.values():
        for decorator in kind.decorator_list:
            if isinstance(decorator, ast.Call) and ast.unparse(decorator.func).endswith("register_module"):
                names = [*decorator.args, *(word.value for word in decorator.keywords if word.arg == "name")]
                for node in ast.walk(ast.List(names[:1], ast.Load())):
                    if isinstance(node, ast.Constant) and isinstance(node.value, str):
                        yield node.value
