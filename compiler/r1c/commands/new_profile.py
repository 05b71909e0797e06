"""The common parts of the commands that create a profile: platform and release by name, and the file."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from shlex import quote

from r1c.adopt import starter
from r1c.commands.console import Console
from r1c.diagnostics import UserError
from r1c.diagnostics.text import printable
from r1c.facts import vllm

SCHEMA = "schemas/recipe.schema.json"
MODELINE = "# yaml-language-server: $schema="


def refuse_existing(output: str | None) -> None:
    """Raise UserError if a new profile would overwrite a file."""
    if output is not None and os.path.lexists(output):
        raise _exists(output)


def give(console: Console, text: str, output: str | None) -> None:
    """Print a profile, or write it to a new file; tell how an editor gets the schema, where there is none.

    Raises UserError if the file exists or cannot be written.
    """
    line, advice = schema_line(output)
    if output is None:
        console.result(line + text)
    else:
        write_new(output, line + text)
        console.note(f"created: {output}")
    if advice and not console.quiet:
        console.report(f"{advice}\n")


def schema_line(output: str | None) -> tuple[str, str | None]:
    """Return the line that tells an editor where the profile's schema is, and how to create the schema.

    The schema is looked for in the folders above the profile, up to the root of its git repository.
    """
    if output is None:
        return f"{MODELINE}../{SCHEMA}\n", None
    folder, here = Path(output).absolute().parent, Path.cwd()
    found = next((above / SCHEMA for above in _inside(folder) if (above / SCHEMA).is_file()), None)
    inside = folder.is_relative_to(here)
    schema = found or (here if inside else folder) / SCHEMA
    line = f"{MODELINE}{printable(Path(os.path.relpath(schema, folder)).as_posix())}\n"
    if found:
        return line, None
    wanted = Path(SCHEMA) if inside else Path(output).parent / SCHEMA
    return line, (
        f"for completion and help in an editor, run: mkdir -p {quote(wanted.parent.as_posix())} && r1c "
        f"schema > {quote(wanted.as_posix())}"
    )


def _inside(folder: Path) -> Iterator[Path]:
    """Yield a folder and those above it, up to the root of its git repository."""
    for above in (folder, *folder.parents):
        yield above
        if (above / ".git").exists():
            return


def _exists(path: str) -> UserError:
    return UserError(f"{path}: already exists; write the new profile to another file")


def write_new(path: str, text: str) -> None:
    """Write a new file, and its directory; raises UserError if it exists or cannot be written."""
    try:
        if not Path(path).parent.is_dir():
            Path(path).parent.mkdir(parents=True)
        with Path(path).open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except FileExistsError as error:
        if os.path.lexists(path):
            raise _exists(path) from None
        raise UserError(f"{path}: cannot be written: {error.filename} is not a directory") from error
    except OSError as error:
        raise UserError(f"{path}: cannot be written: {error.strerror}") from error


def no_release(version: str) -> str:
    """Say that a version is not a release, and what to write."""
    meant = vllm.meant(version)
    help_ = f"write {meant}" if meant else f"write its tag, such as {starter.newest()}"
    return f"{version} is not a vLLM release; {help_}"


def known_release(version: str) -> str:
    """Return a release as its tag; raises UserError for an invalid one."""
    if vllm.sampled(version) is None:
        raise UserError(no_release(version))
    return f"v{version.removeprefix('v')}"
