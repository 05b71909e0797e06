"""`r1c check --fix` and `--diff`: profiles edited where a fault has an edit, then checked."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterator, Mapping, Sequence
from functools import partial

from r1c.commands import inputs
from r1c.commands.check import FORMATS, clean, conclude, judged, report
from r1c.commands.console import Console
from r1c.commands.progress import counted
from r1c.diagnostics import Diagnostic, UserError, suggest
from r1c.diagnostics.text import printable
from r1c.fix.located import masked
from r1c.fix.rounds import Fixed, Key, fix, key
from r1c.fix.texts import Texts
from r1c.pipeline import Checked
from r1c.record import record, replace
from r1c.repository.find import FILE


@record
class Fixing:
    """How to fix: also with edits that may change what is served, and whether to print instead of writing."""

    unsafe: bool
    diff: bool


def run_fixing(console: Console, profiles: Sequence[str], form: str, fixing: Fixing, *, strict: bool) -> int:
    """Fix and check profiles; return 1 if one is refused then, or with `diff` if there is a difference."""
    if form in FORMATS and (fixing.diff or inputs.STDIN in profiles):
        what = "the patch" if fixing.diff else "the fixed profile"
        raise UserError(f"--format {form}: standard output is for {what}; use --format text")
    texts = Texts()
    paths = inputs.profiles(profiles)
    fixed = [_fixed(path, texts, fixing) for path in counted(paths, len(paths), console)]
    # Again, for a file that several profiles extend may have changed since.
    checked = [judged(path, _analysed(path, texts), strict=strict) for path in paths]
    changed = list(texts.changed())
    if fixing.diff:
        console.result("".join(_patch(*item) for item in changed))
    else:
        texts.save()
        if inputs.STDIN in paths:
            console.result(_content(inputs.STDIN, texts).decode("utf-8", "surrogateescape"))
    read = partial(_content, texts=texts)
    diagnostics, status = conclude(paths, checked, read, strict=strict)
    refused = {edit: why for item in fixed for edit, why in item.refused.items()}
    # An edit that was not made is not offered again.
    left = [replace(item, edit=None) if key(item) in refused else item for item in diagnostics]
    report(console, left, form, read)
    made = [item for some in fixed for item in some.made]
    lines = [*_unmade(diagnostics, refused), *_made(made, len(changed), fixing)]
    if lines and not console.quiet:
        console.report("".join(f"{line}\n" for line in lines))
    elif not diagnostics and form not in FORMATS and inputs.STDIN not in paths and not fixing.diff:
        console.note(clean(paths))
    return 1 if fixing.diff and changed else status


def _content(path: str, texts: Texts) -> bytes:
    return texts.content(inputs.shown(path), lambda: inputs.read(path))


def _analysed(path: str, texts: Texts) -> Checked:
    file = inputs.shown(path)
    reader = texts.beside(inputs.folder_of(file), inputs.beside(file))
    return inputs.analysed(path, _content(path, texts), reader)


def _fixed(path: str, texts: Texts, fixing: Fixing) -> Fixed:
    def editable(file: str) -> bool:
        return file == inputs.shown(inputs.STDIN) or inputs.is_inside(file)

    return fix(partial(_analysed, path, texts), texts, editable, unsafe=fixing.unsafe)


def _patch(name: str, before: bytes, now: bytes) -> str:
    """Return the difference of a file; its credentials are masked."""
    old, new = masked(name, before), masked(name, now)
    return "".join(difflib.unified_diff(old, new, f"a/{name}", f"b/{name}"))


def _unmade(diagnostics: Sequence[Diagnostic], refused: Mapping[Key, str]) -> Iterator[str]:
    """Say why a fault that has an edit is still there."""
    for item in diagnostics:
        if key(item) in refused:
            yield f"not fixed[{item.code}]: {printable(refused[key(item)])} ({printable(item.place)})"
        elif os.path.basename(item.file) == FILE:
            yield f"not fixed[{item.code}]: r1c does not edit {FILE} ({printable(item.place)})"


def _made(made: Sequence[Diagnostic], files: int, fixing: Fixing) -> Iterator[str]:
    """Say what was fixed, fault by fault, and how much."""
    done = "would fix" if fixing.diff else "fixed"
    for item in made:
        yield f"{done}[{item.code}]: {printable(item.message)} ({printable(item.place)})"
    if made:
        verb = "can be" if fixing.diff else "were" if len(made) > 1 else "was"
        yield f"{suggest.counted(len(made), 'fault')} {verb} fixed in {suggest.counted(files, 'file')}"
