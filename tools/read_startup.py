"""Read the start-up checks of vLLM releases from their sources, for facts/vllm_startup.json.

tools/read_release.py adds a release; `python tools/read_startup.py SOURCES` reads all of them again, where
SOURCES/<release>/vllm/ holds the Python files of each (0.11.0, 0.6.6.post1, ...). Nothing of vLLM is
imported: its files are parsed only. The file holds the classes behind JSON flags with their fields, the
enumerations that argparse leaves open, quantization methods, attention backends and the kinds of the VLLM_*
variables, each with the releases in which it is so.
"""

from __future__ import annotations

import ast
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from release_facts import FACTS, text
from vllm_kernels import attention, quantization
from vllm_startup_flags import json_flags, limits, map_flags
from vllm_startup_source import Release, enumeration, fields, kinds, reading, strings

TARGET = FACTS / "vllm_startup.json"

Ranges = list[list[Any]]
"""A value by release: [since, value] pairs, null where the thing is not there."""

Facts = Mapping[str, Any]
Seen = Mapping[str, Facts]
"""What was read, by release."""


_OPEN = {
    "tokenizer-mode": ("TokenizerMode",),
    "kv-cache-dtype": ("CacheDType",),
    "model-impl": ("ModelImpl",),
}


def enumerations(release: Release) -> dict[str, list[str]]:
    """Return the values that a release has for what its parser leaves open."""
    found: dict[str, list[str]] = {}
    for flag, names in _OPEN.items():
        for name in names:
            if name in release.aliases:
                values = [kind[1:] for kind in kinds(release, release.aliases[name]) if kind.startswith("=")]
                found[flag] = values or strings(release.aliases[name])
            elif name in release.classes:
                found[flag] = [str(value) for value in enumeration(release.classes[name][1]).values()]
    backend = next((n for n in ("AttentionBackendEnum", "_Backend") if n in release.classes), None)
    if backend:
        found["attention-backend"] = list(enumeration(release.classes[backend][1]))
    loaders = release.aliases.get("_LOAD_FORMAT_TO_MODEL_LOADER") or _annotated(
        release, "_LOAD_FORMAT_TO_MODEL_LOADER"
    )
    if isinstance(loaders, ast.Dict):
        found["load-format"] = [str(key.value) for key in loaders.keys if isinstance(key, ast.Constant)]
    elif "LoadFormat" in release.classes:
        found["load-format"] = [str(v) for v in enumeration(release.classes["LoadFormat"][1]).values()]
    for name, alias in (
        ("quantization-deprecated", "DEPRECATED_QUANTIZATION_METHODS"),
        ("no-float16", "_FLOAT16_NOT_SUPPORTED_MODELS"),
    ):
        value = release.aliases.get(alias)
        if isinstance(value, ast.Dict):
            found[name] = [str(key.value) for key in value.keys if isinstance(key, ast.Constant)]
        elif value is not None:
            found[name] = strings(value)
    found["kv-connector"] = _connectors(release)
    found["all2all"] = _compared(release, "distributed/device_communicators/cuda_communicator.py", "all2all")
    rope = "model_executor/layers/rotary_embedding"
    place = f"{rope}/__init__.py" if (release.root / rope).is_dir() else f"{rope}.py"
    found["rope-type"] = _compared(release, place, "scaling_type")
    return {name: sorted(set(values)) for name, values in found.items() if values}


def _annotated(release: Release, name: str) -> ast.expr | None:
    for tree in release.trees.values():
        for node in tree.body:
            if (
                isinstance(node, ast.AnnAssign)
                and isinstance(node.target, ast.Name)
                and node.target.id == name
            ):
                return node.value
    return None


def _connectors(release: Release) -> list[str]:
    tree = release.tree("distributed/kv_transfer/kv_connector/factory.py")
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)] if tree else []
    return [
        str(call.args[0].value)
        for call in calls
        if ast.unparse(call.func).endswith("register_connector") and isinstance(call.args[0], ast.Constant)
    ]


def _compared(release: Release, place: str, variable: str) -> list[str]:
    """Return the texts that a file compares a variable with."""
    tree = release.tree(place)
    compares = [node for node in ast.walk(tree) if isinstance(node, ast.Compare)] if tree else []
    return [
        text
        for node in compares
        if variable in ast.unparse(node.left) and isinstance(node.ops[0], ast.Eq | ast.In)
        for text in strings(node.comparators[0])
    ]


def variables(release: Release) -> dict[str, str]:
    """Return the types of the variables that another file of the release reads.

    Types are int, float, flag (0 or 1), level (Level in any case) and choices=a,b (Choices in any case).
    """
    tree = release.needed("envs.py")
    table = next(
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign | ast.AnnAssign)
        and _is_table(node)
        and isinstance(node.value, ast.Dict)
    )
    text = "\n".join(
        path.read_text(encoding="utf-8")
        for path in sorted(release.root.rglob("*.py"))
        if path.name != "envs.py"
    )
    found: dict[str, str] = {}
    for key, value in zip(table.keys, table.values, strict=True):
        if isinstance(key, ast.Constant) and str(key.value) in text:
            kind = variable(str(key.value), value)
            if kind:
                found[str(key.value)] = kind
    return found


def _is_table(node: ast.Assign | ast.AnnAssign) -> bool:
    target = node.targets[0] if isinstance(node, ast.Assign) else node.target
    return isinstance(target, ast.Name) and target.id == "environment_variables"


def variable(name: str, node: ast.expr) -> str | None:
    """Return the kind of a variable by the expression that reads it, None where its form is not known."""
    if name == "VLLM_LOGGING_LEVEL":
        return "Level" if ".upper()" in ast.unparse(node) else "level"
    if isinstance(node, ast.Call):
        head = ast.unparse(node.func)
        if head == "env_with_choices" and isinstance(node.args[2], ast.List):
            loose = any(
                word.arg == "case_sensitive" and ast.unparse(word.value) == "False" for word in node.keywords
            )
            return f"{'Choices' if loose else 'choices'}={','.join(strings(node.args[2]))}"
        return None
    if not isinstance(node, ast.Lambda):
        return None
    if name == "VLLM_WORKER_MULTIPROC_METHOD":  # its reader is multiprocessing.get_context
        return "choices=fork,spawn,forkserver"
    body = node.body
    while isinstance(body, ast.IfExp):
        body = (
            body.body
            if "environ" in ast.unparse(body.test) or "getenv" in ast.unparse(body.test)
            else body.orelse
        )
    return _conversion(name, body)


def _conversion(name: str, node: ast.expr) -> str | None:
    """Read bool(int(os.getenv(NAME, ...))), int(...), float(...) and maybe_convert_*(os.getenv(NAME))."""
    heads = []
    while isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args:
        heads.append(node.func.id)
        node = node.args[0]
    reads = isinstance(node, ast.Call | ast.Subscript) and name in strings(node)
    own = ast.unparse(node) if reads else ""
    if not own.startswith(("os.getenv(", "os.environ.get(", "os.environ[")) or own.count("os.") != 1:
        return None
    return {
        ("bool", "int"): "flag",
        ("int",): "int",
        ("float",): "float",
        ("maybe_convert_int",): "int",
        ("maybe_convert_bool",): "flag",
        ("bool", "maybe_convert_int"): "flag",
    }.get(tuple(heads))


def held(ranges: Ranges, release: str, order: list[str]) -> Any:
    """Return what [since, value] pairs say of a release."""
    place = order.index(release)
    return next((value for since, value in reversed(ranges) if order.index(since) <= place), None)


def by_release(known: Mapping[str, Ranges], read: Seen, order: list[str]) -> dict[str, Ranges]:
    """Return, for each name, the releases in which its value changes.

    The releases that are read here have what was read, the others what is known.
    """
    names = sorted({*known, *(name for values in read.values() for name in values)})
    result: dict[str, Ranges] = {}
    for name in names:
        before = known.get(name, [])
        ranges: Ranges = []
        for release in order:
            value = read[release].get(name) if release in read else held(before, release, order)
            if (ranges and ranges[-1][1] != value) or (not ranges and value is not None):
                ranges.append([release, value])
        if ranges:
            result[name] = ranges
    return result


def facts(releases: Mapping[str, Release], order: list[str], known: Mapping[str, Any]) -> dict[str, Any]:
    """Return the facts with some releases read, or read again; `order` has all releases, oldest first."""

    def part(key: str, read: Callable[[Release], Mapping[str, Any]]) -> dict[str, Ranges]:
        return by_release(known.get(key, {}), {v: read(r) for v, r in releases.items()}, order)

    named = {name for release in releases.values() for name in json_flags(release).values()}
    classes = {*known.get("classes", {}), *_wanted(releases, named)}
    enums = {*known.get("enums", {}), *_enums(releases, classes)}
    listed = {version: enumerations(release) for version, release in releases.items()}
    return {
        "source": "vLLM source releases, read statically by tools/read_startup.py",
        "flags": part("flags", json_flags),
        "limits": part("limits", limits),
        "maps": part("maps", map_flags),
        "classes": {
            name: _class(name, releases, order, known.get("classes", {}).get(name, {}))
            for name in sorted(classes)
        },
        "enums": part("enums", lambda release: _members(release, enums)),
        "values": {
            name: by_release(
                known.get("values", {}).get(name, {}),
                {version: dict.fromkeys(found.get(name, ()), True) for version, found in listed.items()},
                order,
            )
            for name in sorted(
                {*known.get("values", {}), *(key for found in listed.values() for key in found)}
            )
        },
        "quantization": part("quantization", quantization),
        "attention": part("attention", attention),
        "variables": part("variables", variables),
    }


def _wanted(releases: Mapping[str, Release], names: set[str]) -> set[str]:
    """Return the classes of the flags and those that their fields hold."""
    while True:
        inner = {kind[1:] for kind in _kinds_within(releases, names) if kind.startswith("@")}
        if inner <= names:
            return names
        names = names | inner


def _enums(releases: Mapping[str, Release], classes: set[str]) -> set[str]:
    kinds_ = _kinds_within(releases, classes)
    return {kind[1:] for kind in kinds_ if kind.startswith("#") and kind != "#AttentionBackendEnum"}


def _kinds_within(releases: Mapping[str, Release], classes: set[str]) -> Iterator[str]:
    for release in releases.values():
        for name in classes & set(release.classes):
            for text_ in fields(release, name).values():
                yield from text_.split(" ")[0].split("|")


def _members(release: Release, enums: set[str]) -> dict[str, Any]:
    return {
        name: [list(pair) for pair in enumeration(release.classes[name][1]).items()]
        for name in enums
        if name in release.classes
    }


def _class(name: str, releases: Mapping[str, Release], order: list[str], known: Facts) -> dict[str, Any]:
    there = {version: name in release.classes for version, release in releases.items()}
    how = {
        v: dict(zip(("extra", "typed"), reading(r, name), strict=True)) if there[v] else {}
        for v, r in releases.items()
    }
    keys = {v: fields(r, name) if there[v] else {} for v, r in releases.items()}
    head = {key: ranges for key, ranges in known.items() if key != "fields"}
    return {**by_release(head, how, order), "fields": by_release(known.get("fields", {}), keys, order)}


def main() -> int:
    """Write the facts."""
    if len(sys.argv) != 2:
        print("usage: python tools/read_startup.py SOURCES", file=sys.stderr)
        return 2
    sources = Path(sys.argv[1])
    order = json.loads((FACTS / "vllm.json").read_text(encoding="utf-8"))["versions"]
    releases = {version: Release(sources / version.removeprefix("v") / "vllm") for version in order}
    TARGET.write_text(text(facts(releases, order, {})), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
