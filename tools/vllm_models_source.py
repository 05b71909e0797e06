"""Read the models, config types and pins of a vLLM release from its source.

A source is a folder (an unpacked source distribution or a checkout) or a Git repository at a tag. Only `ast`
and plain text are used: nothing of vLLM is imported.
"""

from __future__ import annotations

import ast
import datetime
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

REGISTRY = "vllm.model_executor.models.registry"
MODELS = "vllm.model_executor.models"
CONFIGS = "vllm.transformers_utils.config"
TRAITS = {"pp": "SupportsPP", "lora": "SupportsLoRA", "multimodal": "SupportsMultiModal"}
"""The interfaces of vllm/model_executor/models/interfaces.py that decide a start, by the name that the facts
use.
"""
_ATTRIBUTES = {"pp": "supports_pp", "lora": "supports_lora", "multimodal": "supports_multimodal"}
_ENDS = ("SupportsPP", "SupportsLoRA", "SupportsMultiModal", "Module", "Protocol", "object")


class SourceError(Exception):
    """A source that cannot be read; its text says why."""


@dataclass
class Tree:
    """The files of one release in a folder, and the day on which it was made; None for a bare checkout."""

    place: Path
    date: str | None

    def text(self, path: str) -> str | None:
        """Return a file's text by its path in the source, None if it has none."""
        file = self.place / path
        return file.read_text(encoding="utf-8") if file.is_file() else None


@contextmanager
def tree(place: Path, version: str) -> Iterator[Tree]:
    """Give the source of a release below a place; raises SourceError where there is none.

    `place` is the source itself, a folder with one source a release (0.7.3/, v0.7.3/), or a Git repository
    with tags, bare or not; a tag is unpacked into a folder that is deleted afterwards.
    """
    bare = version.removeprefix("v")
    for folder in (place / bare, place / f"v{bare}", place):
        if (folder / f"{REGISTRY.replace('.', '/')}.py").is_file() and (
            folder != place or not (place / ".git").exists()
        ):
            yield Tree(folder, _made(folder))
            return
    tag = f"v{bare}"
    if _git(place, "rev-parse", "--verify", "--quiet", f"{tag}^{{commit}}") is None:
        raise SourceError(f"{place}: no source of vLLM v{bare}: neither a folder of it nor a tag v{bare}")
    date = _git(place, "log", "-1", "--format=%cs", tag)
    with tempfile.TemporaryDirectory() as unpacked:
        packed = Path(unpacked) / "source.tar"
        there = (_git(place, "ls-tree", "--name-only", tag) or "").split()
        parts = [name for name in there if name.startswith(_READ)]
        _git(place, "archive", "--format=tar", "--output", str(packed), tag, *parts)
        # tarfile's filters are missing in the first releases of Python 3.11.
        shutil.unpack_archive(packed, Path(unpacked) / "source", "tar")
        yield Tree(Path(unpacked) / "source", date.strip() if date else None)


_READ = ("vllm", "requirements", "pyproject.toml", "docker")
"""What is read of a repository, by the beginnings of the names at its top."""


def _git(place: Path, *words: str) -> str | None:
    """Run git in a repository and return what it prints, None where it fails."""
    command = ["git", "-C", str(place), *words]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    return ran.stdout if ran.returncode == 0 else None


def _made(folder: Path) -> str | None:
    # setuptools-scm writes this file when the distribution is built; archives keep its time.
    made = folder / "vllm" / "_version.py"
    if not made.is_file():
        return None
    return datetime.datetime.fromtimestamp(made.stat().st_mtime, datetime.UTC).date().isoformat()


@dataclass
class Module:
    """What a module defines and imports, by name."""

    name: str
    package: bool
    classes: dict[str, ast.ClassDef] = field(default_factory=dict)
    functions: dict[str, ast.FunctionDef] = field(default_factory=dict)
    imports: dict[str, tuple[str, str]] = field(default_factory=dict)
    values: dict[str, ast.expr] = field(default_factory=dict)


class Source:
    """One release's source: its modules, read once."""

    def __init__(self, files: Tree) -> None:
        """Take the files; modules are parsed when first asked for."""
        self.files = files
        self._modules: dict[str, Module | None] = {}

    def module(self, name: str) -> Module | None:
        """Return a module by its dotted name, None if the source has none."""
        if name not in self._modules:
            base = name.replace(".", "/")
            text, package = self.files.text(f"{base}.py"), False
            if text is None:
                text, package = self.files.text(f"{base}/__init__.py"), True
            self._modules[name] = None if text is None else _read(name, text, package=package)
        return self._modules[name]

    def find(self, module: str, name: str, depth: int = 0) -> tuple[Module, ast.ClassDef] | None:
        """Return a class by the module that names it, wherever it is defined."""
        here = self.module(module)
        if here is None or depth > 12:
            return None
        if name in here.classes:
            return here, here.classes[name]
        if name in here.imports:
            target, own = here.imports[name]
            return self.find(target, own, depth + 1) or self.find(f"{target}.{own}", name, depth + 1)
        other = here.values.get(name)
        if isinstance(other, ast.Name) and other.id != name:
            return self.find(module, other.id, depth + 1)
        if "*" in here.imports:
            return self.find(here.imports["*"][0], name, depth + 1)
        return None

    def line(self, module: str, name: str) -> list[Ancestor]:
        """Return a class and its ancestors in the order in which Python looks up a name.

        A class that several bases share comes after all of them.
        """
        first = dict.fromkeys(reversed(list(self._ancestry(module, name))))
        return list(reversed(first))

    def _ancestry(self, module: str, name: str, seen: frozenset[str] = frozenset()) -> Iterator[Ancestor]:
        """Yield a class and its ancestors, each as often as it is named."""
        if name in _ENDS or f"{module}.{name}" in seen:
            yield Ancestor(name, None)
            return
        found = self.find(module, name)
        yield Ancestor(name, found[1] if found else None)
        if found is None:
            return
        where, definition = found
        for base in definition.bases:
            target = base.value if isinstance(base, ast.Subscript) else base
            if isinstance(target, ast.Name):
                yield from self._ancestry(where.name, target.id, seen | {f"{module}.{name}"})
            elif isinstance(target, ast.Attribute):
                yield Ancestor(target.attr, None)
            else:
                yield Ancestor("", None)


@dataclass(frozen=True)
class Ancestor:
    """A class in a line of descent, without its definition where that lies outside the source."""

    name: str
    definition: ast.ClassDef | None


def _read(name: str, text: str, *, package: bool) -> Module:
    module = Module(name, package)
    # Statements of every depth outside functions: vLLM guards some imports and definitions by platform.
    queue: list[ast.stmt] = list(ast.parse(text).body)
    while queue:
        node = queue.pop(0)
        if isinstance(node, ast.ClassDef):
            module.classes.setdefault(node.name, node)
        elif isinstance(node, ast.FunctionDef):
            module.functions.setdefault(node.name, node)
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                module.imports.setdefault(alias.asname or alias.name, (_target(module, node), alias.name))
        elif (
            isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name)
        ):
            module.values.setdefault(node.targets[0].id, node.value)
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value:
            module.values.setdefault(node.target.id, node.value)
        elif isinstance(node, ast.If):
            queue = [*node.body, *node.orelse, *queue]
        elif isinstance(node, ast.Try):
            queue = [*node.body, *(item for handler in node.handlers for item in handler.body), *queue]
    return module


def _target(module: Module, node: ast.ImportFrom) -> str:
    if not node.level:
        return node.module or ""
    parts = module.name.split(".")
    up = node.level - 1 if module.package else node.level
    return ".".join([*parts[: len(parts) - up], *((node.module or "").split(".") if node.module else [])])


@dataclass(frozen=True)
class Model:
    """An architecture of a release: the class that serves it, and what that class supports.

    None means that the source does not say.
    """

    module: str
    name: str
    traits: Mapping[str, bool | None]


def models(source: Source) -> dict[str, Model]:
    """Return the architectures of a release's registry."""
    registry = source.module(REGISTRY)
    if registry is None:
        raise SourceError(f"{source.files.place} has no {REGISTRY}")
    whole = registry.values.get("_VLLM_MODELS")
    if not isinstance(whole, ast.Dict):
        raise SourceError(f"{REGISTRY} has no _VLLM_MODELS as a dictionary")
    found: dict[str, Model] = {}
    for architecture, module, name in _entries(registry, whole):
        dotted = module if module.startswith("vllm.") else f"{MODELS}.{module}"
        found[architecture] = Model(dotted, name, traits(source, dotted, name))
    return found


def _entries(module: Module, table: ast.Dict) -> Iterator[tuple[str, str, str]]:
    """Yield architecture, module and class of a registry's dictionary, with those that it spreads.

    A comprehension that it spreads only repeats entries of another table under the same names.
    """
    for key, value in zip(table.keys, table.values, strict=True):
        if key is None:
            inner = module.values.get(value.id) if isinstance(value, ast.Name) else value
            if isinstance(inner, ast.Dict):
                yield from _entries(module, inner)
            elif not isinstance(inner, ast.DictComp):
                raise SourceError(f"{module.name}: a part of the registry is not a dictionary")
        else:
            entry = ast.literal_eval(value)
            yield ast.literal_eval(key), entry[-2], entry[-1]


def traits(source: Source, module: str, name: str) -> dict[str, bool | None]:
    """Return what a class supports, None if the source does not tell."""
    line = source.line(module, name)
    found = {trait: _trait(line, trait) for trait in TRAITS}
    forward = next((method for item in line if (method := _method(item, "forward"))), None)
    # vLLM also asks whether forward() takes what the stage before it sends.
    if found["pp"] and forward is not None:
        arguments = [*forward.args.args, *forward.args.kwonlyargs]
        found["pp"] = any(item.arg == "intermediate_tensors" for item in arguments) or bool(
            forward.args.kwarg
        )
    return found


def _trait(line: list[Ancestor], trait: str) -> bool | None:
    for item in line:
        if item.name == TRAITS[trait]:
            return True
        own = _own(item, _ATTRIBUTES[trait])
        if own is not None:
            return own
    return None if line[0].definition is None else False


def _own(item: Ancestor, attribute: str) -> bool | None:
    """Return what a class itself says of an attribute: supports_pp = False."""
    for node in item.definition.body if item.definition else ():
        target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
        value = getattr(node, "value", None)
        if isinstance(target, ast.Name) and target.id == attribute and isinstance(value, ast.Constant):
            return bool(value.value)
    return None


def _method(item: Ancestor, name: str) -> ast.FunctionDef | None:
    body = item.definition.body if item.definition else ()
    return next((node for node in body if isinstance(node, ast.FunctionDef) and node.name == name), None)


def config_types(source: Source) -> tuple[str, ...]:
    """Return the model types whose config class vLLM brings itself, whatever transformers knows."""
    module = source.module(CONFIGS)
    table = module.values.get("_CONFIG_REGISTRY") if module else None
    if module is None or table is None:
        raise SourceError(f"{CONFIGS} has no _CONFIG_REGISTRY")
    return tuple(sorted(set(_keys(module, table))))


def _keys(module: Module, table: ast.expr) -> Iterator[str]:
    if isinstance(table, ast.Name):
        yield from _keys(module, module.values[table.id])
    elif isinstance(table, ast.Dict):
        for key, value in zip(table.keys, table.values, strict=True):
            if key is None:
                yield from _keys(module, value)
            else:
                yield ast.literal_eval(key)
    elif isinstance(table, ast.Call):
        for argument in table.args:
            yield from _keys(module, argument)
        for keyword in table.keywords:
            if keyword.arg is None:
                yield from _keys(module, keyword.value)
            else:
                yield keyword.arg


def gone(source: Source) -> dict[str, str]:
    """Return what vLLM itself says of architectures that it had: the last release, or the plugin's page."""
    registry = source.module(REGISTRY)
    tables = [
        registry.values.get(name) if registry else None
        for name in ("_PREVIOUSLY_SUPPORTED_MODELS", "_OOT_SUPPORTED_MODELS")
    ]
    found: dict[str, str] = {}
    for table in tables:
        found |= ast.literal_eval(table) if table is not None else {}
    return found


WANTED = ("torch", "transformers", "ray", "flashinfer-python", "huggingface-hub")
"""The packages whose versions decide something, in the order of the facts."""
_PIN = re.compile(r"(?P<name>[A-Za-z0-9._-]+)\s*(?P<extra>\[[^\]]*\])?\s*(?P<range>[^;#]*)")


def pins(source: Source) -> dict[str, str]:
    """Return the versions in a release's CUDA requirements, by package, and `python`.

    The map is empty if the source has no requirements.
    """
    texts = [
        source.files.text(f"requirements/{name}.txt") or source.files.text(f"requirements-{name}.txt")
        for name in ("common", "cuda")
    ]
    found = wanted(line for text in texts if text for line in text.splitlines())
    declared = re.search(
        r'^requires-python = "(.*)"', source.files.text("pyproject.toml") or "", re.MULTILINE
    )
    return found | ({"python": declared[1].replace(" ", "")} if found and declared else {})


def image_nccl(source: Source) -> str | None:
    """Return the NCCL that a release's image has in place of torch's; None where no Dockerfile names one."""
    text = source.files.text("docker/Dockerfile") or ""
    named = re.search(r"^ARG NCCL_VERSION=([0-9.]+)$", text, re.MULTILINE)
    return named[1] if named else None


def wanted(requirements: Iterable[str]) -> dict[str, str]:
    """Return the versions that lines of requirements ask for, of the packages that decide something."""
    found: dict[str, str] = {}
    for line in requirements:
        match = _PIN.match(line.strip())
        name = match["name"].lower().replace("_", "-") if match else ""
        if match and name in WANTED and "extra ==" not in line:
            found.setdefault(name, match["range"].replace(" ", ""))
    return {name: found[name] for name in WANTED if name in found}
