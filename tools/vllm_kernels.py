"""The quantization methods and attention backends of one vLLM release, with what their classes ask for."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from vllm_startup_source import Release, enumeration, strings

_WITHOUT_CONFIG = {"bitsandbytes", "gguf", "inc", "fp8"}
"""Methods that the loader makes without a config (weight_utils.get_quant_config)."""


def quantization(release: Release) -> dict[str, str]:
    """Return the quantization methods with the needs of their classes, such as "config 75 float16".

    "config" is one in the checkpoint, then come the lowest compute capability and the activations' dtypes.
    """
    tree = release.needed("model_executor/layers/quantization/__init__.py")
    lookup = next(
        n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef) and n.name == "get_quantization_config"
    )
    places = {
        alias.asname or alias.name: _module(node)
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    table = next(
        n.value for n in ast.walk(lookup) if isinstance(n, ast.AnnAssign) and isinstance(n.value, ast.Dict)
    )
    found: dict[str, str] = {}
    for key, value in zip(table.keys, table.values, strict=True):
        if not isinstance(key, ast.Constant) or not isinstance(value, ast.Name):
            continue
        file = release.tree(places.get(value.id, ""))
        classes = {n.name: n for n in ast.walk(file) if isinstance(n, ast.ClassDef)} if file else {}
        if value.id in classes:
            found[str(key.value)] = " ".join(_needs(str(key.value), value.id, classes))
    return found


def _module(node: ast.ImportFrom) -> str:
    name = (node.module or "").removeprefix("vllm.").replace(".", "/") + ".py"
    return f"model_executor/layers/quantization/{name}" if node.level else name


def _method(name: str, kind: str, classes: Mapping[str, ast.ClassDef]) -> ast.FunctionDef | None:
    """Return a method of a class or of a base in the same file."""
    while name in classes:
        for item in classes[name].body:
            if isinstance(item, ast.FunctionDef) and item.name == kind:
                return item
        name = next((ast.unparse(base) for base in classes[name].bases), "")
    return None


def _needs(method: str, name: str, classes: Mapping[str, ast.ClassDef]) -> Iterator[str]:
    files = _method(name, "get_config_filenames", classes)
    start = _method(name, "__init__", classes)
    required = start is not None and len(start.args.args) - 1 > len(start.args.defaults)
    if (required or (files is not None and strings(_returned(files)))) and method not in _WITHOUT_CONFIG:
        yield "config"
    least = _method(name, "get_min_capability", classes)
    figures = [n.value for n in ast.walk(_returned(least)) if isinstance(n, ast.Constant)] if least else []
    if len(figures) == 1 and isinstance(figures[0], int) and figures[0] > 0:
        yield str(figures[0])
    types = _method(name, "get_supported_act_dtypes", classes)
    if types is not None:
        names = {n.attr for n in ast.walk(_returned(types)) if isinstance(n, ast.Attribute)}
        yield from sorted({"half": "float16", "float": "float32"}.get(item, item) for item in names)


def _returned(function: ast.FunctionDef) -> ast.Module:
    return ast.Module([n for n in ast.walk(function) if isinstance(n, ast.Return)], [])


def attention(release: Release) -> dict[str, str]:
    """Return the attention backends of NVIDIA GPUs with what their classes support.

    That is "mla" or "mha", the majors of the compute capabilities 9 and 10 that they run on, and kv= with the
    KV cache dtypes that they list.
    """
    if "AttentionBackendEnum" not in release.classes:
        return {}
    found: dict[str, str] = {}
    for name, place in enumeration(release.classes["AttentionBackendEnum"][1]).items():
        module, _, kind = str(place).rpartition(".")
        file = release.tree(module.removeprefix("vllm.").replace(".", "/") + ".py")
        classes = {n.name: n for n in ast.walk(file) if isinstance(n, ast.ClassDef)} if file else {}
        if kind in classes and not name.startswith(_FOREIGN):
            found[name] = " ".join(_takes(module, classes[kind], classes))
    return found


_FOREIGN = ("ROCM_", "CPU_", "XPU_", "AMX_", "IPEX", "PALLAS", "TORCH_SDPA")
"""Beginnings of the backends for other hardware."""


def _takes(module: str, node: ast.ClassDef, classes: Mapping[str, ast.ClassDef]) -> Iterator[str]:
    yield "mla" if ".mla." in module else "mha"
    capable = _method(node.name, "supports_compute_capability", classes)
    yield from (str(major) for major in (9, 10) if _runs_on(capable, major))
    if _method(node.name, "supports_kv_cache_dtype", classes) is None:
        for item in node.body:
            if isinstance(item, ast.AnnAssign) and ast.unparse(item.target) == "supported_kv_cache_dtypes":
                listed = strings(item.value) if item.value else []
                yield from [f"kv={','.join(listed)}"] if listed else []


def _runs_on(function: ast.FunctionDef | None, major: int) -> bool:
    """Tell whether supports_compute_capability returns true for a major; true where it cannot be read."""
    returns = _returned(function).body if function else []
    if len(returns) != 1 or not isinstance(returns[0], ast.Return) or returns[0].value is None:
        return True
    test = returns[0].value
    if isinstance(test, ast.Compare) and ast.unparse(test.left) == "capability.major" and len(test.ops) == 1:
        allowed = [n.value for n in ast.walk(test.comparators[0]) if isinstance(n, ast.Constant)]
        if isinstance(test.ops[0], ast.Eq | ast.In):
            return major in allowed
    return True
