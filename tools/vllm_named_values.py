"""The names that a field takes which a function of vLLM looks up in a dictionary, from its syntax tree.

The annotation of such a field says nothing of them (vllm/config/quantization.py).
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

_Tree = ast.Module


def looked_up(tree: _Tree, annotation: str) -> list[str] | None:
    """Return the names that a field takes by its annotation, None for one without a function that looks up.

    The annotation is the name of Annotated[..., GetPydanticSchema(lambda ...: ...(FUNCTION))].
    """
    value = next(
        (
            node.value
            for node in tree.body
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == annotation
        ),
        None,
    )
    if value is None or "GetPydanticSchema" not in ast.unparse(value):
        return None
    functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    read = [functions[name] for name in _names(value) if name in functions]
    return [name for function in read for table in _tables(tree, function) for name in _keys(table)]


def beside_a_class(tree: _Tree, node: ast.ClassDef, key: str) -> list[str]:
    """Return the names that a validator of a class turns into the class of a key, empty without one.

    A dictionary of calls gives only the names whose call sets the key.
    """
    functions = {item.name: item for item in tree.body if isinstance(item, ast.FunctionDef)}
    found: dict[str, bool] = {}
    for method in node.body:
        if not isinstance(method, ast.FunctionDef) or not _validates(method, key):
            continue
        called = [functions[name] for name in _names(method) if name in functions]
        for table in (item for function in (method, *called) for item in _tables(tree, function)):
            for name, value in zip(_keys(table), table.values, strict=True):
                sets = not isinstance(value, ast.Call) or key in {word.arg for word in value.keywords}
                found.setdefault(name, sets)
    return [name for name, sets in found.items() if sets]


def _validates(method: ast.FunctionDef, key: str) -> bool:
    return any(
        isinstance(item, ast.Call)
        and any(isinstance(word, ast.Constant) and word.value == key for word in item.args)
        and any(ast.unparse(word.value) == "'before'" for word in item.keywords)
        for item in method.decorator_list
    )


def _tables(tree: _Tree, function: ast.FunctionDef) -> Iterator[ast.Dict]:
    """Yield the dictionaries of the module with an entry of which a function takes by its name."""
    taken = {ast.unparse(item.value) for item in ast.walk(function) if isinstance(item, ast.Subscript)}
    for node in tree.body:
        if (
            isinstance(node, ast.AnnAssign)
            and isinstance(node.value, ast.Dict)
            and ast.unparse(node.target) in taken
        ):
            yield node.value


def _keys(table: ast.Dict) -> list[str]:
    return [str(key.value) for key in table.keys if isinstance(key, ast.Constant)]


def _names(node: ast.AST) -> list[str]:
    return [item.id for item in ast.walk(node) if isinstance(item, ast.Name)]
