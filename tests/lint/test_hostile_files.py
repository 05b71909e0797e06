"""Files that are damaged or made to hurt: lint reports, leaves them out, or refuses them, and never fails."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from r1c.cli import main
from r1c.diagnostics import UserError
from r1c.diagnostics.text import as_text
from r1c.lint import files
from r1c.lint.reading import Asked
from r1c.lint.report import lint

CASES = Path(__file__).parent / "cases"
FILES = sorted(
    path
    for path in CASES.glob("*/*")
    if path.suffix in files.SUFFIXES and path.stem not in ("broken", "template")
)
VALUES = (
    "[]",
    "{}",
    "null",
    "1",
    "[1, x, null]",
    "{a: 1}",
    "''",
    "&a [*a]",
    "$X",
    "--",
    "!!set {a}",
    "1e999",
)


def damaged(text: str, chance: random.Random) -> str:
    """Return a text with a few lines gone, doubled, moved, or with another value."""
    lines = text.splitlines()
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(lines))
        way = chance.randrange(4)
        if way == 0 and len(lines) > 1:
            del lines[at]
        elif way == 1:
            lines.insert(at, lines[chance.randrange(len(lines))])
        elif way == 2:
            lines[at] = lines[at].partition(":")[0] + ": " + chance.choice(VALUES)
        else:
            indent = len(lines[at]) - len(lines[at].lstrip())
            lines[at] = " " * indent + "- " + chance.choice(VALUES)
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.parent.name)
def test_a_damaged_file_is_no_fault_of_lint(path: Path) -> None:
    chance = random.Random(path.parent.name)
    for _ in range(12):
        text = damaged(path.read_text(encoding="utf-8"), chance)
        found = files.servers(path.name, text.encode())
        if not isinstance(found, files.Unread):
            as_text(lint(found, Asked()).diagnostics, colour=False)


def test_aliases_that_grow_without_end(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bomb = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n"
        for before, name in zip("abcdefgh", "bcdefghi", strict=True)
    )
    path = tmp_path / "bomb.yaml"
    path.write_text(f"kind: Pod\n{bomb}", encoding="utf-8")
    assert main(["lint", str(path)]) == 2
    assert "aliases" in capsys.readouterr().err


def test_a_file_that_is_too_large(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "large.yaml"
    path.write_bytes(b"#" * (8 * 1024 * 1024 + 1))
    assert main(["lint", str(path)]) == 2
    assert (
        capsys.readouterr().err == f"r1c: {path}: 8,388,609 bytes; the limit for such a file is 8,388,608\n"
    )
    assert main(["lint", str(tmp_path)]) == 0
    assert capsys.readouterr().err == ""


def test_no_escape_reaches_the_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "serve.sh"
    path.write_text("vllm serve Qwen/Qwen3-32B -tp 7 --served-model-name '\x1b[2J'\n", encoding="utf-8")
    assert main(["lint", str(path)]) == 1
    assert "\x1b" not in capsys.readouterr().err


def test_a_file_that_is_not_text() -> None:
    found = files.servers("x.yaml", b"kind: Pod\n\xff")
    assert found == files.Unread("byte 0xff at offset 10 is not UTF-8")


def test_a_missing_parser_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "tree_sitter_bash", None)
    with pytest.raises(UserError, match="pip install tree-sitter tree-sitter-bash"):
        files.servers("serve.sh", b"vllm serve x\n")
