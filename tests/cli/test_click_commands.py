"""Every command has a help page that says everything, and docs/cli.md has them all."""

from __future__ import annotations

import re
from collections.abc import Iterator

import click
import pytest

from r1c.cli import main
from r1c.cli.click_commands import ClickGroup
from r1c.cli.declaration import Argument, Command, Group, Option
from r1c.cli.table import R1C

MEND = Command(
    "mend",
    lambda *_: 0,
    "Mend a thing.",
    "It was broken.\n\nNobody saw it.",
    options=(
        Option("well", ("--well",), "Do it well.", kind="flag"),
        Option(
            "how", ("--how",), "By which means. [glue]", default="glue", kind="choice", words=("glue", "tape")
        ),
        Option("times", ("--times",), "How often.", "N", kind="number", least=1),
        Option("to", ("-o", "--to"), "Where it goes.", "PLACE", required=True),
    ),
    arguments=(
        Argument("thing", "THING", {"THING": "What to mend."}),
        Argument("tools", "[TOOL...]", {"TOOL": "With what."}, many=True, required=False),
    ),
    examples=("mend it", "mend  it --well"),
    statuses={1: "it cannot be mended"},
    environment={"GLUE": "The glue."},
)
WORKSHOP = Group("workshop", "Work on things.", "One at a time.", commands=(MEND,))


def test_a_page_has_its_parts_in_order(capsys: pytest.CaptureFixture[str]) -> None:
    ClickGroup(WORKSHOP).main(["mend", "-h"], prog_name="workshop", standalone_mode=False)
    assert (
        capsys.readouterr().out
        == """\
Usage: workshop mend [OPTIONS] THING [TOOL...]

  Mend a thing.

  It was broken.

  Nobody saw it.

Arguments:
  THING  What to mend.
  TOOL   With what.

Options:
  --well             Do it well.
  --how [glue|tape]  By which means. [glue]
  --times N          How often.  [x>=1]
  -o, --to PLACE     Where it goes.  [required]
  -h, --help         Show this message and exit.

Environment:
  GLUE  The glue.

Exit status:
  0    success
  1    it cannot be mended
  2    wrong usage, or a file that cannot be read or written
  3    an internal error of r1c
  130  interrupted

Examples:
  mend it
  mend  it --well
"""
    )


def test_a_group_lists_its_commands(capsys: pytest.CaptureFixture[str]) -> None:
    ClickGroup(WORKSHOP).main(["--help"], prog_name="workshop", standalone_mode=False)
    page = capsys.readouterr().out
    assert page.startswith(
        "Usage: workshop [OPTIONS] COMMAND [ARGS]...\n\n  Work on things.\n\n  One at a time.\n"
    )
    assert "\nCommands:\n  mend  Mend a thing.\n\nExit status:\n" in page


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["mnd"], "unknown command mnd; did you mean mend?"),
        (
            ["mend", "it", "--how", "tap"],
            "Invalid value for '--how': invalid value tap; did you mean tape?",
        ),
        (["mend", "it", "--times", "0"], "Invalid value for '--times': 0 is not in the range x>=1."),
        (["mend"], "Missing argument 'THING'."),
        (["mend", "it"], "Missing option '-o' / '--to'."),
    ],
)
def test_what_is_wrong_is_said(words: list[str], message: str) -> None:
    with pytest.raises(click.UsageError) as error:
        ClickGroup(WORKSHOP).main(words, prog_name="workshop", standalone_mode=False)
    assert error.value.format_message() == message


def pages(group: Group, above: str = "") -> Iterator[tuple[str, Command | Group]]:
    """Yield every command with the words that call it, groups too."""
    for inner in group.commands:
        yield f"{above}{inner.name}", inner
        if isinstance(inner, Group):
            yield from pages(inner, f"{above}{inner.name} ")


@pytest.mark.parametrize(("name", "declared"), [*pages(R1C)], ids=[name for name, _ in pages(R1C)])
def test_a_page_says_everything(
    name: str, declared: Command | Group, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*name.split(), "--help"]) == 0
    page = capsys.readouterr().out
    assert declared.summary.endswith(".")
    assert f"\n\n  {declared.summary}\n\n" in page
    assert "\nExit status:\n" in page
    assert re.search(rf"^  .*\br1c {name}\b", page.split("\nExample", 1)[1], re.MULTILINE)
    if isinstance(declared, Command):
        described = {entry for argument in declared.arguments for entry in argument.help}
        assert described == {
            word for argument in declared.arguments for word in re.findall(r"[A-Z_-]+", argument.metavar)
        }


@pytest.mark.parametrize("group", [name for name, inner in pages(R1C) if isinstance(inner, Group)] + [""])
def test_a_list_of_commands_cuts_no_summary(
    group: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert main([*group.split(), "--help"]) == 0
    listed = capsys.readouterr().out.split("\nCommands:\n")[1].split("\n\n")[0]
    assert "..." not in listed
