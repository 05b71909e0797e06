"""A git revision -> its files below a path, read from git's object store without a checkout."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from r1c.diagnostics import UserError
from r1c.output.disk import LARGEST_OUTPUT
from r1c.record import record

_REGULAR = ("100644", "100755")
_ENVIRONMENT = {
    "LC_ALL": "C",
    "GIT_LITERAL_PATHSPECS": "1",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
}
"""Git options: paths are not patterns, and git does not prompt, write or fetch."""


@record
class Revision:
    """A commit of the repository at `top`; `name` is what the user calls it."""

    top: Path
    commit: str
    name: str


def find_revision(name: str, near: Path) -> Revision:
    """Return a revision of the repository that the directory `near` is in. Raises UserError."""
    try:
        top = _git(near, "rev-parse", "--show-toplevel").decode().removesuffix("\n")
    except subprocess.CalledProcessError as error:
        raise UserError(f"--rev: {near} is not in a git working tree: {_said(error)}") from error
    try:
        commit = _git(
            near, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}"
        ).decode()
    except subprocess.CalledProcessError as error:
        raise UserError(
            f"--rev: this repository has no commit {name}; if it is on a remote, or the clone is shallow, "
            "run git fetch"
        ) from error
    return Revision(Path(top), commit.strip(), name)


def files_of(revision: Revision, place: Path) -> Mapping[str, bytes]:
    """Return the regular files at or below a place of the working tree, by their path below it, in order.

    "" is the place itself; there are none if the revision has nothing there. Raises UserError for one that is
    too large.
    """
    below = Path(os.path.relpath(os.path.realpath(place), os.path.realpath(revision.top)))
    if below.parts[:1] == (os.pardir,):
        return {}
    start = [below.as_posix()] if below.parts else []
    prefix = f"{start[0]}/" if start else ""
    listed = _git(revision.top, "ls-tree", "-r", "-z", "-l", "--full-tree", revision.commit, "--", *start)
    objects: dict[str, str] = {}
    for line in listed.decode("utf-8", "surrogateescape").split("\0")[:-1]:
        about, _, path = line.partition("\t")
        mode, _, name, size = about.split()
        if mode not in _REGULAR:
            continue
        if int(size) > LARGEST_OUTPUT:
            raise UserError(f"{revision.name}:{path}: {size} bytes, larger than any file that r1c writes")
        objects["" if [path] == start else path.removeprefix(prefix)] = name
    return dict(zip(objects, _contents(revision, list(objects.values())), strict=True))


def _contents(revision: Revision, objects: Sequence[str]) -> list[bytes]:
    if not objects:
        return []
    asked = "".join(f"{name}\n" for name in objects).encode()
    answer = _git(revision.top, "cat-file", "--batch", given=asked)
    found, start = [], 0
    for _ in objects:
        head = answer.index(b"\n", start)
        size = int(answer[start:head].split()[-1])
        found.append(answer[head + 1 : head + 1 + size])
        start = head + 1 + size + 1
    return found


def _git(directory: Path, *arguments: str, given: bytes = b"") -> bytes:
    command = ["git", "-C", str(directory), *arguments]
    try:
        done = subprocess.run(  # noqa: S603  # no shell, and what the user names is an argument of git
            command,
            input=given,
            capture_output=True,
            env={**os.environ, **_ENVIRONMENT},
            check=True,
        )
    except FileNotFoundError as error:
        raise UserError("--rev needs git, but git is not on PATH") from error
    return done.stdout


def _said(error: subprocess.CalledProcessError) -> str:
    text = error.stderr.decode("utf-8", "replace").strip() if error.stderr else ""
    return text.splitlines()[0] if text else f"git ended with status {error.returncode}"
