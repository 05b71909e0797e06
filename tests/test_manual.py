"""Every command's help is a page of the manual, and docs/cli.md has them all."""

from __future__ import annotations

import re

import click
import pytest

from r1c import manual
from r1c.cli import main
from r1c.cli.root import r1c

DOCSTRING = """Mend a thing.

    It was broken.

    \b
    Arguments:
      THING  What to mend, which may be
             anything.
      TOOL   With what.

    Exit status:
      1  it cannot be mended

    \b
    Examples:
      mend it
      mend  it --well
    """


def test_a_docstring_is_taken_apart() -> None:
    page = manual.read(DOCSTRING)
    assert page.text == "Mend a thing.\n\nIt was broken."
    assert page.entries("Arguments") == [
        ("THING", "What to mend, which may be anything."),
        ("TOOL", "With what."),
    ]
    assert page.entries("Environment") == []
    assert page.sections["Examples"] == "mend it\nmend  it --well"


def test_a_page_has_its_parts_in_order(capsys: pytest.CaptureFixture[str]) -> None:
    command = manual.Command(
        "mend", params=[click.Option(["--well"], is_flag=True, help="Well.")], help=DOCSTRING
    )
    command.main(["--help"], prog_name="mend", standalone_mode=False)
    assert (
        capsys.readouterr().out
        == """\
Usage: mend [OPTIONS]

  Mend a thing.

  It was broken.

Arguments:
  THING  What to mend, which may be anything.
  TOOL   With what.

Options:
  --well  Well.
  --help  Show this message and exit.

Exit status:
  0    done, nothing to report
  1    it cannot be mended
  2    wrong usage, or a file that cannot be read or written
  3    a fault of r1c itself
  130  interrupted

Examples:
  mend it
  mend  it --well
"""
    )


def pages() -> list[tuple[str, click.Command]]:
    """Return every command with the words that call it, commands of groups too."""
    found: list[tuple[str, click.Command]] = []
    waiting: list[tuple[str, click.Command]] = list(r1c.commands.items())
    while waiting:
        name, command = waiting.pop(0)
        found.append((name, command))
        if isinstance(command, click.Group):
            waiting += [(f"{name} {inner}", child) for inner, child in command.commands.items()]
    return found


@pytest.mark.parametrize(("name", "command"), pages(), ids=[name for name, _ in pages()])
def test_a_page_says_everything(
    name: str, command: click.Command, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*name.split(), "--help"]) == 0
    page = capsys.readouterr().out
    summary = page.split("\n\n")[1].strip()
    assert summary.endswith(".")
    assert "\n" not in summary
    if isinstance(command, click.Group):
        return
    assert "\nExit status:\n" in page
    assert re.search(rf"^  .*\br1c {name}\b", page.split("\nExample", 1)[1], re.MULTILINE)
    described = {entry for entry, _ in manual.read(command.help).entries("Arguments")}
    arguments = [param for param in command.params if isinstance(param, click.Argument)]
    asked = {
        word
        for param in arguments
        for word in re.findall(r"[A-Z_-]+", param.make_metavar(click.Context(command)))
    }
    assert described == asked
    assert all(param.help for param in command.params if isinstance(param, click.Option))
