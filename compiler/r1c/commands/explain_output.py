"""`r1c explain out/NAME/FILE:LINE`: where a line of an output comes from."""

from __future__ import annotations

import difflib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from os.path import join
from typing import Any

from r1c import source
from r1c.check.ownership import and_more
from r1c.commands import inputs
from r1c.commands.output_place import split
from r1c.commands.traced_profile import Traced, traced
from r1c.diagnostics import UserError
from r1c.diagnostics.suggest import closest, listed
from r1c.origin.trace import Line
from r1c.origin.wording import as_data, parts, short
from r1c.output.lock import LOCK, Lock, LockError, read_lock
from r1c.profile.fields import dotted
from r1c.record import record
from r1c.repository.place import output_of

FOLDER = "profiles"
"""The folder of profiles where no r1c.yaml names another one."""

_COLUMN = 44
"""Characters of the origins beside a file, at most."""


@record
class Target:
    """A file of an output on disk, and the place in it to explain, empty for the whole file.

    `folder` is the output directory with its lock, `path` the file's path from there.
    """

    file: str
    folder: str
    path: str
    place: str
    lock: Lock


@record
class Explained:
    """The file on disk and the lines that were asked for; a line without its counterpart is None.

    `notes` say how the file differs from what its profile compiles to now.
    """

    target: Target
    traced: Traced
    lines: tuple[tuple[int, str, Line | None], ...]
    notes: tuple[str, ...]


def explain(name: str, profile: str | None, form: str, *, whole: bool) -> str:
    """Return the text about a place of a file, or with `whole` about each of its lines; raises UserError."""
    target = _target(name)
    if whole and target.place:
        raise UserError(f"--all explains each line of a file: leave out :{target.place}")
    if not whole and not target.place:
        raise UserError(f"{target.file}: add :LINE or :PATH for one line, or --all for the whole file")
    found = _explained(target, profile)
    if form == "json":
        return json.dumps(_data(found), indent=2, ensure_ascii=False) + "\n"
    return (
        "\n".join(
            [*found.notes, *([""] if found.notes else []), *(_beside(found) if whole else _text(found))]
        )
        + "\n"
    )


def _target(name: str) -> Target:
    file, place = split(name) or (name, "")
    folder = os.path.dirname(os.path.abspath(file))
    while not os.path.isfile(join(folder, LOCK)):
        if folder == os.path.dirname(folder):
            raise UserError(
                f"{file}: there is no {LOCK} in its folder or above it; name a file that `r1c compile` "
                "wrote, or a line of a profile: FILE:LINE"
            )
        folder = os.path.dirname(folder)
    try:
        lock = read_lock(inputs.whole(join(folder, LOCK)))
    except LockError as error:
        raise UserError(f"{join(folder, LOCK)}: cannot be used: {error}") from error
    path = os.path.relpath(os.path.abspath(file), folder).replace(os.sep, "/")
    if path == LOCK:
        raise UserError(f"{file}: it has the digests of the other files; ask about a line of those files")
    if path not in lock.files:
        raise UserError(f"{file}: r1c did not write this file: {LOCK} does not list it")
    return Target(file, folder, path, place, lock)


def _profile_of(target: Target) -> str:
    """Return the profile that makes an output: one of the folder of profiles, else one of the repository."""
    top = inputs.root(target.folder)
    repository = inputs.repository(join(top, FOLDER))
    usual = join(top, repository.profiles if repository else FOLDER)
    for folder in (usual, top):
        found = _named(folder, target)
        if len(found) == 1:
            return found[0]
        if found:
            others = and_more(len(found) - 1)
            name = target.lock.recipe
            raise UserError(f"{found[0]}{others} have the name {name}; name the one to read with --profile")
    raise UserError(
        f"{target.file}: no profile below {top} has the name {target.lock.recipe}; name it with --profile"
    )


def _named(folder: str, target: Target) -> list[str]:
    """Return the profiles of a folder with the name of an output: those that make it, if there are some."""
    name = target.lock.recipe
    paths = [inputs.shown(path) for path in inputs.recipes_below(folder)] if os.path.isdir(folder) else []
    kept = inputs.repositories(paths)
    named = [path for path in paths if inputs.name_of(kept[path], path, inputs.read(path)) == name]
    making = [path for path in named if _same(output_of(kept[path], path, name, None), target)]
    return making if len(making) == 1 else named


def _same(folder: str, target: Target) -> bool:
    return os.path.abspath(folder) == target.folder


def _explained(target: Target, profile: str | None) -> Explained:
    path = profile or _profile_of(target)
    raw = inputs.read(path)
    made = traced(path, raw, inputs.analysed(path, raw))
    if made.plan.name != target.lock.recipe:
        raise UserError(
            f"{made.profile} has the name {made.plan.name}; {target.file} is of {target.lock.recipe}"
        )
    content = inputs.whole(target.file).decode("utf-8", "replace")
    text, compiled = content.removesuffix("\n").split("\n"), made.files.get(target.path, ())
    lines = _paired(text, compiled)
    notes = tuple(_notes(target, made, text, compiled))
    chosen = range(1, len(text) + 1) if not target.place else _numbers(target, content, len(text))
    return Explained(
        target, made, tuple((number, text[number - 1], lines.get(number)) for number in chosen), notes
    )


def _paired(text: Sequence[str], compiled: Sequence[Line]) -> dict[int, Line]:
    """Return the lines of a compile by their numbers in the file on disk, where both have them."""
    made = [line.text for line in compiled]
    if made == text:
        return {line.number: line for line in compiled}
    same = difflib.SequenceMatcher(None, text, made, autojunk=False).get_matching_blocks()
    return {on_disk + at + 1: compiled[new + at] for on_disk, new, length in same for at in range(length)}


def _notes(target: Target, made: Traced, text: Sequence[str], compiled: Sequence[Line]) -> Iterator[str]:
    if [line.text for line in compiled] == text:
        return
    if not compiled:
        yield f"{target.file}: {made.profile} does not compile to this file any more"
    elif made.plan.digest != target.lock.profile:
        yield f"{target.file}: {made.profile} has changed since this file was written; compile again"
    else:
        cause = "it was edited by hand, or another version of r1c wrote it"
        yield f"{target.file}: differs from what {made.profile} compiles to now: {cause}"


def _numbers(target: Target, content: str, count: int) -> list[int]:
    """Return the number of the line that is asked for, by number or by the path of an object's field."""
    place = target.place
    if place.isdecimal():
        if not 1 <= int(place) <= count:
            raise UserError(f"{target.file}: there is no line {place}; the file has {count} lines")
        return [int(place)]
    if not target.path.endswith(".yaml"):
        raise UserError(f"{target.file}: only a line of it can be named, as :LINE")
    found = list(_places(content))
    numbers = [number for path, number in found if path == place]
    if len(numbers) > 1:
        lines = listed([str(number) for number in numbers], "and")
        raise UserError(f"{target.file}: several objects have {place}; name the line: {lines}")
    if not numbers:
        near = closest(place, [path for path, _ in found])
        raise UserError(f"{target.file}: no object has {place}" + (f"; did you mean {near}?" if near else ""))
    return numbers


def _places(content: str) -> Iterator[tuple[str, int]]:
    """Yield the dotted path of everything in the objects of a file, with its line."""
    above = 0
    for part in content.split("\n---\n"):
        document = source.read("", part.encode())
        for path, entry in document.places.items():
            if path:
                yield dotted(path), above + (entry.key or entry.value).line
        above += part.count("\n") + 2


def _text(found: Explained) -> Iterator[str]:
    for number, text, line in found.lines:
        yield f"{found.target.file}:{number}"
        yield f"    {text.strip()}"
        yield ""
        if line is None:
            profile = found.traced.profile
            yield f"{profile} does not compile to this line; `r1c compile {profile}` writes the file again"
            continue
        for title, items in parts(line, found.traced.profile).items():
            if items:
                yield title
                yield from (f"  {item}" for item in items)


def _beside(found: Explained) -> Iterator[str]:
    digits = len(str(len(found.lines)))
    origins = [short(line) if line else "not in what the profile compiles to" for _, _, line in found.lines]
    width = min(max(map(len, origins), default=0), _COLUMN)
    for origin, (number, text, _) in zip(origins, found.lines, strict=True):
        shown = origin if len(origin) <= width else f"...{origin[3 - width :]}"
        yield f"{shown:{width}}  {number:{digits}}  {text}".rstrip()


def _data(found: Explained) -> Mapping[str, Any]:
    lines = [
        {**as_data(line, found.traced.profile), "line": number}
        if line
        else {"line": number, "text": text, "madeOf": []}
        for number, text, line in found.lines
    ]
    return {
        "file": found.target.file,
        "profile": found.traced.profile,
        "notes": list(found.notes),
        "lines": lines,
    }
