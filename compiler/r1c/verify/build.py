"""The Cloud Build configuration, the Dockerfile and the pods -> where one uses what no other creates."""

from __future__ import annotations

import itertools
import posixpath
import re
from collections.abc import Iterator
from functools import lru_cache

from r1c.diagnostics import Path
from r1c.lower.bundle import Bundle, Text
from r1c.verify.documents import Item, PodTemplate, entries, fault, mapping, strings, word, words

_CONTEXT = "image/"
_CLOUDBUILD = "image/cloudbuild.yaml"
_DOCKERFILE = "image/Dockerfile"
_SUBSTITUTION = r"(?<!\$)\$(?:\{(_[A-Z0-9_]+)\}|(_[A-Z0-9_]+))"
_SCRIPT = r"/vllm-workspace/[\w-]+(?:\.[\w-]+)+(?![\w/-])"


def faults(bundle: Bundle, documents: tuple[Item, ...], templates: tuple[PodTemplate, ...]) -> Iterator[str]:
    """Yield the faults of the build, and what pods run that it does not make."""
    built: list[str] = []
    for item in documents:
        if item.file == _CLOUDBUILD:
            yield from _substitutions(item)
            built = _tags(item)
            if sorted(words(item.body, "images")) != sorted(built):
                what = f"the images pushed are not the tags built, {', '.join(built) or 'none'}"
                yield fault(item, ("images",), what)
            built = [_expanded(tag, item) for tag in built]
    copied: set[str] = set()
    for file in bundle.files:
        if isinstance(file, Text) and file.path == _DOCKERFILE:
            for source, targets in _copies(file.content, _context(bundle)):
                copied.update(targets)
                if not targets:
                    yield f"{_DOCKERFILE}: COPY {source}: there is no file {_CONTEXT}{source} in the output"
    lacking = {item.file for item in documents if not copied.issuperset(re.findall(_SCRIPT, item.text))}
    for template in templates:
        if template.item.file in lacking:
            for path, container in template.containers:
                yield from _scripts(template.item, path, container, copied)
        if template.item.kind == "LeaderWorkerSet":
            yield from _images(template.item, (*template.path, "spec"), template.body, built)


def _substitutions(item: Item) -> Iterator[str]:
    declared = mapping(item.body, "substitutions")
    used = {
        match[1] or match[2]: path
        for path, text in (strings(item.body) if "$" in item.text else ())
        for match in re.finditer(_SUBSTITUTION, text)
    }
    for variable, path in used.items():
        if variable not in declared:
            yield fault(item, path, f"{variable} is used but not declared under substitutions")
    for variable in declared:
        if variable not in used:
            yield fault(item, ("substitutions", variable), "no step uses it, which Cloud Build refuses")


def _tags(item: Item) -> list[str]:
    """Return the tags that the steps build: -t TAG, --tag TAG or --tag=TAG."""
    tags = []
    for _, step in entries(item.body, "steps"):
        args = words(step, "args")
        tags += [arg.removeprefix("--tag=") for arg in args if arg.startswith("--tag=")]
        tags += [tag for flag, tag in itertools.pairwise(args) if flag in ("-t", "--tag")]
    return tags


def _expanded(text: str, item: Item) -> str:
    declared = mapping(item.body, "substitutions")
    return re.sub(_SUBSTITUTION, lambda match: word(declared, match[1] or match[2]), text)


def _context(bundle: Bundle) -> tuple[str, ...]:
    return tuple(file.path.removeprefix(_CONTEXT) for file in bundle.files if file.path.startswith(_CONTEXT))


@lru_cache(8)
def _copies(dockerfile: str, context: tuple[str, ...]) -> tuple[tuple[str, list[str]], ...]:
    """Return each source of a COPY from the build context, with the absolute paths that its files get.

    Most recipes have one of a few Dockerfiles.
    """
    found: list[tuple[str, list[str]]] = []
    directory = "/"
    for line in dockerfile.replace("\\\n", " ").splitlines():
        instruction, *operands = line.split() or [""]
        if instruction.upper() == "WORKDIR":
            directory = posixpath.join(directory, *operands)
        if instruction.upper() != "COPY" or any(flag.startswith("--from=") for flag in operands):
            continue
        *sources, target = [operand for operand in operands if not operand.startswith("--")] or [""]
        into = target.endswith("/") or posixpath.basename(target) in (".", "..") or len(sources) > 1
        for source in map(posixpath.normpath, sources):
            below = "" if source == "." else f"{source}/"
            copied = [path.removeprefix(below) for path in context if path.startswith(below)]
            if source in context:
                copied = [posixpath.basename(source) if into else ""]
            targets = [posixpath.normpath(posixpath.join(directory, target, path)) for path in copied]
            found.append((source, targets))
    return tuple(found)


def _scripts(item: Item, path: Path, container: object, copied: set[str]) -> Iterator[str]:
    for place, text in strings(container, path):
        for script in dict.fromkeys(re.findall(_SCRIPT, text)):
            if script not in copied:
                yield fault(item, place, f"{_DOCKERFILE} does not copy anything to {script}")


def _images(item: Item, path: Path, body: object, built: list[str]) -> Iterator[str]:
    """Check that a server's container runs the image built, by its tag or by a digest of its repository."""
    for index, container in entries(body, "spec", "containers"):
        image = word(container, "image")
        candidates = [tag.rpartition(":")[0] for tag in built] + built if "@" in image else built
        if built and image.partition("@")[0] not in candidates:
            what = f"{image} is not the image that {_CLOUDBUILD} builds, {', '.join(built)}"
            yield fault(item, (*path, "containers", index, "image"), what)
