"""A profile and the profiles that it extends -> one Document, in which every value still knows its file.

One parent a file, by its path from that file. Maps are merged, lists and values replaced; null takes an
inherited value away. A path to the model's config.json is from the file that has it, so an inherited one is
rewritten to be from the profile.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable
from typing import Any

from r1c.diagnostics import Code, Diagnostic, Finding, Path, Severity, UserError
from r1c.record import record, replace
from r1c.source import Document, Entry, Source, read

KEY = "extends"
DEPTH_LIMIT = 8

EXTENDS = Code(
    "R1C112",
    "extends-not-usable",
    Severity.ERROR,
    "Unusable profile in extends",
    "A recipe is reviewed as a whole: every profile that it inherits from must be in the same repository, "
    "be readable, and not extend it in turn.",
    "extends: missing.yaml\n",
    "Name a profile by its path from this file.",
)

CODES = (EXTENDS,)

Reader = Callable[[str], bytes]


@record
class Composed:
    """The merged document, and the diagnostics of the files that it inherits from."""

    document: Document
    diagnostics: tuple[Diagnostic, ...]


def compose(document: Document, beside: Reader | None, defaults: Document | None = None) -> Composed:
    """Follow `extends` upwards and merge; a document that inherits nothing is returned as it is.

    `beside` reads a file by its path from the first profile; where it is None no file can be read. `defaults`
    are what the last of the chain inherits.
    """
    chain, name, seen = [document], "", {posixpath.basename(document.source.name)}
    diagnostics: list[Diagnostic] = []
    while KEY in chain[-1].data:
        child, asked = chain[-1], chain[-1].data[KEY]
        fault, help_ = None, "write the path from this file to a profile in the same git repository"
        if not isinstance(asked, str) or misread(child):
            break  # parse says that a string is expected, source what is wrong with it
        name = posixpath.normpath(posixpath.join(posixpath.dirname(name), asked))
        if name in seen:
            fault = f"{asked} extends this profile, directly or through others"
        elif len(chain) > DEPTH_LIMIT:
            fault = f"more than {DEPTH_LIMIT} profiles extend each other"
        elif beside is None:
            fault = f"{asked} cannot be read here"
        else:
            try:
                parent = read(_shown(document.source.name, name), beside(name))
            except UserError as error:
                fault, help_ = str(error), error.help or help_
        if fault:
            diagnostics.append(child.diagnostic(EXTENDS, Finding((KEY,), fault, help_)))
            break
        seen.add(name)
        diagnostics += (parent.diagnostic(code, finding) for code, finding in parent.findings)
        if not parent.usable:
            break
        chain.append(parent)
    parents = [*chain[1:], defaults] if defaults else chain[1:]
    merged = _merged([document, *(_from_the_profile(parent, document) for parent in parents)])
    return Composed(replace(merged, defaults=defaults.source) if defaults else merged, tuple(diagnostics))


def misread(document: Document) -> bool:
    """Tell whether source has found a fault in what a document extends."""
    return any(finding.path == (KEY,) for _, finding in document.findings)


def without_key(data: dict[str, Any]) -> dict[str, Any]:
    """Return a profile's data as if it were in one file."""
    return {key: value for key, value in data.items() if key != KEY}


def _shown(first: str, name: str) -> str:
    """Return a parent's name for messages, beside the profile as the user named it."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(first.replace("\\", "/")), name))


def _from_the_profile(parent: Document, profile: Document) -> Document:
    """Return a parent whose path to a config.json is from the profile, as the reader of files takes it."""
    spec: Any = parent.data.get("spec")
    model: Any = spec.get("model") if isinstance(spec, dict) else None
    path = model.get("config") if isinstance(model, dict) else None
    if not isinstance(path, str) or not path or posixpath.isabs(path):
        return parent
    files = [document.source.name.replace("\\", "/") for document in (parent, profile)]
    revisions = {name.partition(":")[0] for name in files if ":" in name}
    if len(revisions) == 1 and all(":" in name for name in files):
        # Both are named as git does: HEAD~1:profiles/x.yaml.
        files = [name.partition(":")[2] for name in files]
    above, below = (posixpath.dirname(name) for name in files)
    moved = posixpath.relpath(posixpath.join(above, path), below or posixpath.curdir)
    return replace(parent, data={**parent.data, "spec": {**spec, "model": {**model, "config": moved}}})


def _merged(chain: list[Document]) -> Document:
    data: dict[str, Any] = {}
    places: dict[Path, Entry] = {}
    origins: dict[Path, Source] = {}
    for document in reversed(chain):
        for path in _replaced(data, document.data, ()):
            for table in (places, origins):
                for below in [known for known in table if known[: len(path)] == path]:
                    del table[below]
        data = _merge(data, without_key(document.data))
        places |= document.places
        origins |= dict.fromkeys(document.places, document.source)
    child = chain[0]
    if KEY in child.data:
        data[KEY] = child.data[KEY]
    if len(chain) == 1:
        return child
    secrets = frozenset[str]().union(*(document.secrets for document in chain))
    hidden = {source: stretches for document in chain for source, stretches in document.hidden.items()}
    return replace(child, data=data, places=places, origins=origins, secrets=secrets, hidden=hidden)


def _merge(parent: dict[str, Any], child: dict[str, Any]) -> dict[str, Any]:
    result = dict(parent)
    for key, value in child.items():
        inherited = parent.get(key)
        if isinstance(inherited, dict) and isinstance(value, dict):
            result[key] = _merge(inherited, value)
        elif value is None and key in parent:
            del result[key]
        else:
            result[key] = value
    return result


def _replaced(parent: dict[str, Any], child: dict[str, Any], path: Path) -> list[Path]:
    """Return the paths whose inherited values, with all below them, the child replaces."""
    found: list[Path] = []
    for key, value in child.items():
        if key in parent:
            inherited = parent[key]
            if isinstance(inherited, dict) and isinstance(value, dict):
                found += _replaced(inherited, value, (*path, key))
            else:
                found.append((*path, key))
    return found
