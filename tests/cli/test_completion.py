"""Real shells complete r1c's command lines with the scripts of `r1c completion`."""

from __future__ import annotations

import os
import pty
import select
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import click
import pytest

from r1c.cli import completion, main
from r1c.cli.click_commands import ClickGroup
from r1c.cli.reference import COMPLETE
from r1c.cli.table import R1C

BASH_CALL = """
source ./r1c.bash
COMP_WORDS=({words})
COMP_CWORD={last}
_r1c_completion r1c
printf '%s\\n' "${{COMPREPLY[@]}}"
"""


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Path:
    """A folder with some profiles, the scripts, and r1c on PATH."""
    monkeypatch.chdir(tmp_path)
    for shell in COMPLETE.arguments[0].words:
        assert main(["completion", shell]) == 0
        (tmp_path / f"r1c.{shell}").write_text(capsys.readouterr().out, encoding="utf-8")
    command = tmp_path / ".bin" / "r1c"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m r1c "$@"\n', encoding="utf-8")
    command.chmod(0o755)
    monkeypatch.setenv("PATH", f"{command.parent}{os.pathsep}{os.environ['PATH']}")
    for path in (
        "base.yaml",
        "bench.yml",
        "notes.txt",
        "profiles/a.yaml",
        "profiles/deeper/b.yaml",
        ".hidden/c.yaml",
    ):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text("", encoding="utf-8")
    return tmp_path


def bash(line: str) -> list[str]:
    words = line.split(" ")
    code = BASH_CALL.format(words=" ".join(map(shlex.quote, words)), last=len(words) - 1)
    done = subprocess.run(["bash", "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return done.stdout.split()


def fish(line: str) -> list[str]:
    code = f"source ./r1c.fish; complete -C {shlex.quote(line)}"
    done = subprocess.run(["fish", "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return [choice.split("\t")[0] for choice in done.stdout.splitlines()]


SHELLS = [
    pytest.param(bash, id="bash"),
    pytest.param(
        fish,
        id="fish",
        marks=pytest.mark.skipif(shutil.which("fish") is None, reason="fish is not installed"),
    ),
]
Complete = Callable[[str], list[str]]


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize(
    ("line", "choices"),
    [
        ("r1c comp", ["compile", "completion"]),
        ("r1c complie --he", ["--help"]),
        ("r1c explain r1c201", ["R1C201"]),
        ("r1c explain spec.cluster.na", ["spec.cluster.name"]),
        ("r1c compile --d", ["--dry-run"]),
        ("r1c compile b", ["base.yaml", "bench.yml"]),
        ("r1c compile base.yaml be", ["bench.yml"]),
        ("r1c check p", ["profiles/", "profiles/a.yaml", "profiles/deeper/"]),
        ("r1c check profiles/d", ["profiles/deeper/", "profiles/deeper/b.yaml"]),
        ("r1c check .h", [".hidden/", ".hidden/c.yaml"]),
        ("r1c check absent/", []),
        ("r1c check --format j", ["json"]),
        ("r1c completion z", ["zsh"]),
    ],
)
def test_choices(shell: Complete, line: str, choices: list[str]) -> None:
    assert sorted(shell(line)) == choices


def test_a_value_after_an_equals_sign_in_bash() -> None:
    assert bash("r1c check --format = j") == ["json"]


TYPING = [
    pytest.param(["bash", "--norc", "--noprofile", "-i"], "source ./r1c.bash", id="bash"),
    pytest.param(
        ["zsh", "-f", "-i"],
        "autoload -Uz compinit; compinit -u -D; source ./r1c.zsh",
        id="zsh",
        marks=pytest.mark.skipif(shutil.which("zsh") is None, reason="zsh is not installed"),
    ),
]


@pytest.mark.parametrize(("command", "setup"), TYPING)
def test_a_person_presses_tab(command: list[str], setup: str, here: Path) -> None:
    process, terminal = pty.fork()
    if process == 0:
        os.environ["TERM"] = "dumb"
        os.execvp(command[0], command)
    try:
        type_in(terminal, f"{setup}; echo rea''dy\n", "ready")
        type_in(terminal, "r1c sche\t", "schema")
        type_in(terminal, ">written; echo do''ne\n", "done")
        type_in(terminal, "r1c chec\tbase\t; ec''ho exit $?\n", "exit")
    finally:
        os.close(terminal)
        os.waitpid(process, 0)
    assert (here / "written").read_text(encoding="utf-8").startswith("{")


def type_in(terminal: int, text: str, wanted: str) -> None:
    """Type a text and wait until the shell shows `wanted`."""
    os.write(terminal, text.encode())
    shown = ""
    deadline = time.monotonic() + 20
    while wanted not in shown:
        assert time.monotonic() < deadline, shown
        if select.select([terminal], [], [], 0.1)[0]:
            shown += os.read(terminal, 4096).decode(errors="replace")


def names(completer: Callable[..., list[click.shell_completion.CompletionItem]], start: str) -> list[str]:
    return [item.value for item in completer(click.Context(ClickGroup(R1C)), click.Argument(["name"]), start)]


def test_topics_are_codes_slugs_and_fields() -> None:
    assert names(completion.topics, "R1C201") == names(completion.topics, "r1c201") == ["R1C201"]
    assert names(completion.topics, "tensor-divides-h") == ["tensor-divides-heads"]
    assert names(completion.topics, "spec.cluster.na") == ["spec.cluster.name"]
    assert "R1C901" in names(completion.topics, "")


def test_platforms_and_models() -> None:
    assert names(completion.platforms, "a3-m") == ["a3-mega"]
    assert "deepseek-ai/DeepSeek-R1" in names(completion.models, "deepseek-ai/")


def test_the_bash_script_is_sound(here: Path) -> None:
    subprocess.run(["bash", "-n", "r1c.bash"], check=True)
    assert "complete -o nosort -F _r1c_completion r1c" in (here / "r1c.bash").read_text(encoding="utf-8")


def test_completing_imports_none_of_the_heavy_libraries() -> None:
    code = "import sys, r1c.cli.completion; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"pydantic", "jinja2", "jsonschema", "ruamel"} & {
        name.split(".")[0] for name in done.stdout.split()
    }
