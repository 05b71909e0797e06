"""Plain command lines are read without click, and give the call that click would give."""

from __future__ import annotations

import inspect
import os
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from r1c.cli import actions, arguments, shared_options
from r1c.cli.arguments import Call
from r1c.cli.click_commands import read
from r1c.cli.declaration import Command, Group
from r1c.cli.reference import SCHEMA
from r1c.cli.table import R1C
from r1c.commands.console import Console

REPO = Path(__file__).resolve().parents[2]
BASE = REPO / "tests" / "base.yaml"
CLICK = "click has to read it"

Read = tuple[Call | int | str, dict[str, bool]]


def every(group: Group, *above: Group) -> Iterator[tuple[tuple[Group, ...], Command]]:
    """Yield each command with the groups that lead to it, the outermost first."""
    for inner in group.commands:
        if isinstance(inner, Group):
            yield from every(inner, *above, group)
        else:
            yield (*above, group), inner


COMMANDS = [*every(R1C)]


def called(groups: tuple[Group, ...], command: Command) -> str:
    return " ".join([*(group.name for group in groups[1:]), command.name])


def switches(console: Console) -> dict[str, bool]:
    return {name: getattr(console, name) for name in console.__slots__}


def at_once(*words: str) -> Read:
    console = Console()
    return arguments.read(words, console) or CLICK, switches(console)


def by_click(*words: str) -> Read:
    console = Console()
    return read(words, console), switches(console)


def test_a_line_gives_an_action_its_parameters_and_the_settings_of_the_console() -> None:
    call, console = at_once("-q", "compile", "a.yaml", "--jobs=2", "b.yaml", "-o", "-", "--check", "-v")
    assert call == Call(
        actions.compile,
        {
            "profiles": ("a.yaml", "b.yaml"),
            "output": "-",
            "check": True,
            "dry_run": False,
            "force": False,
            "prune": False,
            "show_profile": False,
            "jobs": 2,
            "strict": False,
        },
        (shared_options.PROFILES,),
    )
    assert console == {"plain": False, "quiet": True, "verbose": True}


def test_what_is_repeated_is_collected_or_the_last_one_counts() -> None:
    call, _ = at_once("import", "helm", "a", "--set", "x=1", "--name", "b", "--set=y=2", "--name=c")
    assert isinstance(call, Call)
    assert (call.parameters["settings"], call.parameters["name"]) == (("x=1", "y=2"), "c")


@pytest.mark.parametrize(
    "line",
    [
        "",
        "-q",
        "--help",
        "-q --version",
        "bench",
        "complie a.yaml",
        "plan",
        "compile a.yaml --help",
        "compile a.yaml -h",
        "compile a.yaml --chek",
        "compile a.yaml --jobs",
        "compile a.yaml --jobs 0",
        "compile a.yaml --jobs +1",
        "compile a.yaml --jobs 1_0",
        "compile a.yaml --check=yes",
        "compile a.yaml -o --check",
        "compile a.yaml -o=out",
        "compile a.yaml -qv",
        "compile -- a.yaml",
        "check a.yaml --format xml",
        "plan a.yaml b.yaml",
        "completion tcsh",
        "bench plot results",
        "'bench parse' results",
        "'' compile a.yaml",
    ],
)
def test_what_is_not_plainly_right_is_left_to_click(line: str) -> None:
    assert at_once(*shlex.split(line)) == (CLICK, switches(Console()))


def test_a_shell_that_completes_a_line_is_left_to_click(monkeypatch: pytest.MonkeyPatch) -> None:
    assert at_once("schema")[0] == Call(actions.schema, {"kind": None}, SCHEMA.arguments)
    monkeypatch.setenv("_R1C_COMPLETE", "bash_complete")
    assert at_once("schema")[0] == CLICK


# Whatever is read at once, click reads the same way

WORDS = st.sampled_from(
    shlex.split(
        "a.yaml - '' out text json table bash 1 2 0 -1 01 1.0 ٣ x=1 -- -x -qv -oout -o- -qo --help -h"
    )
    + shlex.split("--version --form --no = --= p99_ttft_ms>+10% -5% \udcff compile bench parse import")
)


@st.composite
def values(draw: st.DrawFn, command: Command) -> list[str]:
    """An option of a command as one would write it, or almost."""
    option = draw(st.sampled_from(command.options))
    spelling = draw(st.sampled_from(option.spellings))
    if option.kind in ("setting", "flag"):
        return [draw(st.sampled_from([spelling, spelling, spelling, f"{spelling}=yes"]))]
    likely = {"choice": [*option.words, "xml"], "number": ["1", "12", "0", "01", "1_0", "+1"]}
    value = draw(st.sampled_from(likely[option.kind]) if option.kind in likely else WORDS)
    return draw(
        st.sampled_from([[spelling, value]] * 3 + [[f"{spelling}={value}"]] * 2 + [[f"{spelling}{value}"]])
    )


@st.composite
def lines(draw: st.DrawFn) -> list[str]:
    """A command line: settings of each group, the command, and its options and arguments in any order."""
    groups, command = draw(st.sampled_from(COMMANDS))
    words: list[str] = []
    for group, name in zip(groups, called(groups, command).split(), strict=True):
        known = [spelling for option in group.options for spelling in option.spellings]
        words += draw(st.lists(st.sampled_from(known), max_size=1)) if known else []
        words.append(name)
    parts: list[list[str]] = [
        [draw(st.sampled_from([*argument.words, "a.yaml", "-"]))] for argument in command.arguments
    ]
    parts += draw(st.lists(values(command), max_size=4))
    parts += draw(st.lists(WORDS.map(lambda word: [word]), max_size=1))
    for part in draw(st.permutations(parts)):
        words += part
    return words


def test_click_reads_the_same() -> None:
    read_at_once: set[tuple[str, ...]] = set()
    left_to_click: set[tuple[str, ...]] = set()

    @settings(max_examples=800, deadline=None)
    @given(lines())
    def compare(words: list[str]) -> None:
        call, console = at_once(*words)
        if call == CLICK:
            left_to_click.add((*words,))
            assert console == switches(Console())
        else:
            read_at_once.add((*words,))
            assert (call, console) == by_click(*words)

    compare()
    # Both ways were taken, and often enough to mean something.
    assert len(read_at_once) > 100, len(left_to_click)
    assert len(left_to_click) > 100, len(read_at_once)


# Nothing that is commonly written is left to click


def examples() -> Iterator[list[str]]:
    """Yield the words after r1c of every example on the help pages."""
    pages: list[Command | Group] = []
    for groups, command in COMMANDS:
        pages += [*groups, command]
    lines = [line for page in pages for example in page.examples for line in example.splitlines()]
    for line in dict.fromkeys(lines):
        lexer = shlex.shlex(line.replace('--exec "r1c krm"', "| r1c krm"), None, True, "|<>")
        lexer.whitespace_split = True
        words = list(lexer)
        while "r1c" in words:
            words = words[words.index("r1c") + 1 :]
            ends = [words.index(sign) for sign in "|<>" if sign in words]
            yield words[: min(ends, default=len(words))]


@pytest.mark.parametrize("words", [*examples()], ids=" ".join)
def test_every_example_of_the_help_pages_is_read_at_once(words: list[str]) -> None:
    call, console = at_once(*words)
    assert isinstance(call, Call)
    assert (call, console) == by_click(*words)


def test_examples_are_of_every_command() -> None:
    called = {call.run for words in examples() if isinstance(call := at_once(*words)[0], Call)}
    assert called == {command.run for _, command in COMMANDS}


# What is declared fits together


@pytest.mark.parametrize(("groups", "command"), COMMANDS, ids=[called(*pair) for pair in COMMANDS])
def test_a_declaration_is_sound(groups: tuple[Group, ...], command: Command) -> None:
    parameters = [option.name for option in command.options if option.kind != "setting"]
    parameters += [argument.name for argument in command.arguments]
    inspect.signature(command.run).bind(Console(), **dict.fromkeys(parameters))
    assert len({*parameters}) == len(parameters)
    spellings = [spelling for option in command.options for spelling in option.spellings]
    assert len({*spellings}) == len(spellings)
    assert not any(argument.many for argument in command.arguments[:-1])
    required = [argument.required for argument in command.arguments]
    assert required == sorted(required, reverse=True)
    for option in command.options:
        assert (option.kind == "choice") == bool(option.words)
        assert option.default is None or option.kind != "choice" or option.default in option.words
    for group in groups:
        assert all(option.kind in ("setting", "version") for option in group.options)


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a profile and its output."""
    folder = tmp_path_factory.mktemp("compiled")
    (folder / "base.yaml").write_bytes(BASE.read_bytes())
    ready(folder, "compile", "base.yaml")
    return folder


def ready(folder: Path, *words: str) -> set[str]:
    """Run a command line as the script r1c does, and return the modules that are imported at its end."""
    code = (
        "import sys; from r1c.__main__ import main; status = main();"
        "print(*sys.modules, file=sys.stderr); sys.exit(status)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *words],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(REPO / "compiler")},
        capture_output=True,
        text=True,
        check=True,
    )
    return {name.split(".")[0] for name in done.stderr.splitlines()[-1].split()}


@pytest.mark.parametrize(
    "line",
    [
        "compile base.yaml",
        "compile base.yaml --check",
        "compile base.yaml -o new",
        "compile base.yaml -o -",
        "check base.yaml",
        "plan base.yaml",
        "diff base.yaml",
    ],
)
def test_a_good_profile_needs_no_library(line: str, compiled: Path) -> None:
    unwanted = {"click", "pydantic", "jinja2", "jsonschema", "ruamel", "dataclasses", "inspect"}
    assert not ready(compiled, *line.split()) & unwanted
