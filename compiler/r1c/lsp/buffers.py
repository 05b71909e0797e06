"""Open files and the disk -> the diagnostics of a file, its fixes, and the files that it names."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from functools import partial

from r1c import source
from r1c.commands import inputs
from r1c.diagnostics import Diagnostic, Path, Refused, Replacement, UserError
from r1c.fix.edited import replacements
from r1c.fix.located import located
from r1c.fix.rounds import fix
from r1c.fix.texts import Texts
from r1c.lsp import cursor
from r1c.pipeline import Checked
from r1c.profile.paths import VERSION
from r1c.repository.find import FILE, nearest, parsed
from r1c.repository.read import Repository
from r1c.source import extends
from r1c.source.extends import Reader

Open = Mapping[str, str]
"""The texts of the open files by their path."""
EXTENDS: Path = (extends.KEY,)
"""The path of the field that names the profile that another one extends."""


def content(path: str, texts: Open) -> bytes:
    """Return a file as it is in the editor, else on disk; raises UserError."""
    return texts[path].encode("utf-8", "replace") if path in texts else inputs.read(path)


def _beside(path: str, texts: Open) -> Callable[[str], bytes]:
    on_disk, folder = inputs.beside(path), os.path.dirname(path)

    def reader(name: str) -> bytes:
        there = os.path.normpath(os.path.join(folder, name))
        raw = on_disk(name)  # also where the text is open: it says what may be read
        return texts[there].encode("utf-8", "replace") if there in texts else raw

    return reader


def _repository(path: str, texts: Open) -> Repository | None:
    """Return the repository of a profile by its r1c.yaml as it is in the editor, else on disk.

    Raises Refused and UserError.
    """
    name = nearest(path, lambda place: place in texts or os.path.isfile(place))
    return parsed(name, content(name, texts), os.path.dirname(name)) if name else None


def is_recipe(path: str, text: str) -> bool:
    """Tell whether a document is a recipe, which all but diagnostics of r1c.yaml are about."""
    return inputs.is_recipe(os.path.basename(path), text.encode("utf-8", "replace"))


def is_ours(path: str, text: str) -> bool:
    """Tell whether a document is a recipe or an r1c.yaml."""
    return os.path.basename(path) == FILE or is_recipe(path, text)


def diagnostics(path: str, texts: Open) -> tuple[Diagnostic, ...]:
    """Return what is wrong with a file; nothing with one that is neither a recipe nor an r1c.yaml."""
    raw = content(path, texts)
    try:
        if os.path.basename(path) == FILE:
            parsed(path, raw, os.path.dirname(path))
            return ()
        if not inputs.is_recipe(os.path.basename(path), raw):
            return ()
        found = _analysed(path, raw, texts, _beside(path, texts)).diagnostics
    except Refused as refused:
        return tuple(refused.diagnostics)
    return located(found, partial(content, texts=texts))


def _analysed(path: str, raw: bytes, texts: Open, reader: Reader) -> Checked:
    return inputs.analysed_in(_repository(path, texts), path, raw, reader)


def version(path: str, texts: Open) -> str:
    """Return spec.vllm.version of a recipe, its own or inherited; an empty string where it has none."""
    raw = content(path, texts)
    if not source.read(path, raw).usable:  # something is being typed
        held = [cursor.written(texts[path], field) for field in (EXTENDS, VERSION)]
        raw = _bare(*held)
    reader = _beside(path, texts)
    try:
        document = inputs.composed_in(_repository(path, texts), path, raw, reader).document
    except (Refused, UserError):  # of an r1c.yaml with faults
        document = extends.compose(source.read(path, raw), reader).document
    found: object = document.data
    for key in VERSION:
        found = found.get(key) if isinstance(found, dict) else None
    return found if isinstance(found, str) else ""


def _bare(base: str, release: str) -> bytes:
    """Return a profile that extends a file and has a release, where there are these."""
    given = {extends.KEY: base} if base else {}
    pinned = {"spec": {"vllm": {"version": release}}} if release else {}
    return json.dumps({**given, **pinned}).encode()


def fixed(path: str, texts: Open) -> tuple[Replacement, ...]:
    """Return the lines to replace in a recipe for all safe fixes, as `r1c check --fix` makes them."""
    held, raw = Texts(), content(path, texts)
    if not inputs.is_recipe(os.path.basename(path), raw):
        return ()
    reader = held.beside(os.path.dirname(path), _beside(path, texts))

    def analysed() -> Checked:
        return _analysed(path, held.content(path, lambda: raw), texts, reader)

    fix(analysed, held, lambda file: file == path, unsafe=False)
    before = source.read(path, raw).source.text
    return tuple(replacements(path, before, held.text(path)))


def named(path: str, written: str) -> str | None:
    """Return the file that a value of a profile names, None if a profile cannot read it."""
    try:
        inputs.beside(path)(written)
    except UserError:
        return None
    return os.path.normpath(os.path.join(os.path.dirname(path), written))
