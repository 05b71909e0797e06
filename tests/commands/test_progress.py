"""Many profiles in one run: what a terminal shows of it, and that the number of processes changes nothing.

Takes about fifteen seconds of processor time.
"""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from conftest import REPO

BASE = (REPO / "tests" / "base.yaml").read_text(encoding="utf-8")
BAR = re.compile(rb"\r\[(#*)(\.*)\] (\d+) of (\d+)")
CLEARED = b"\r\x1b[K"
R1C = [sys.executable, "-m", "r1c"]
HASTY = [
    sys.executable,
    "-c",
    "import sys; from r1c.commands import progress; progress.PATIENCE = 0.05; "
    "from r1c.__main__ import main; sys.exit(main())",
]
"""r1c that shows a bar after a twentieth of a second."""


@dataclass(frozen=True)
class Shown:
    """What a terminal got, when the first bar came (seconds after the start), and how long the run took."""

    said: bytes
    first: float | None
    seconds: float
    status: int

    def bars(self) -> list[tuple[int, int]]:
        return [(int(found[3]), int(found[4])) for found in BAR.finditer(self.said)]

    def screen(self) -> list[str]:
        """Return the lines that remain, with what was overwritten or cleared gone."""
        lines = []
        for line in self.said.decode().split("\n"):
            left = ""
            for piece in line.replace("\x1b[K", "\x1b").split("\r"):
                left = piece.removeprefix("\x1b") + ("" if piece.startswith("\x1b") else left[len(piece) :])
            lines.append(left)
        assert not lines[-1], lines[-1]
        return lines[:-1]


def on_terminal(
    command: Sequence[str], here: Path, *, only: str = "", columns: int = 0, term: str = "xterm"
) -> Shown:
    """Run a command on a terminal of its own; `only` names the one stream that is the terminal."""
    controller, terminal = pty.openpty()
    if columns:
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    start = time.monotonic()
    process = subprocess.Popen(
        command,
        cwd=here,
        env={"PYTHONPATH": str(REPO / "compiler"), "PATH": os.environ["PATH"], "TERM": term},
        stdin=subprocess.DEVNULL,
        stdout=terminal if only in ("", "stdout") else subprocess.DEVNULL,
        stderr=terminal if only in ("", "stderr") else subprocess.DEVNULL,
    )
    os.close(terminal)
    said, first = b"", None
    while more := received(controller):
        said += more
        if first is None and BAR.search(said):
            first = time.monotonic() - start
    os.close(controller)
    status = process.wait(timeout=30)
    return Shown(said, first, time.monotonic() - start, status)


def received(controller: int) -> bytes:
    try:
        return os.read(controller, 65536)
    except OSError:  # Linux says so when the other end is closed.
        return b""


def write_many(folder: Path, count: int, wrong: Sequence[int] = ()) -> None:
    folder.mkdir()
    for number in range(count):
        text = BASE.replace("name: base", f"name: recipe-{number:04}", 1)
        text = text.replace("tensor: 8", "tensor: 6") if number in wrong else text
        (folder / f"{number:04}.yaml").write_text(text, encoding="utf-8")


@pytest.fixture
def here(tmp_path: Path) -> Path:
    write_many(tmp_path / "many", 40)
    return tmp_path


def test_a_run_of_more_than_a_second_shows_a_bar_and_leaves_no_trace_of_it(tmp_path: Path) -> None:
    count, seconds = 100, 0.0
    while seconds < 2:
        count *= 2
        write_many(tmp_path / f"many-{count}", count)
        run = on_terminal([*R1C, "compile", f"many-{count}", "-o", f"o-{count}", "--jobs", "1"], tmp_path)
        assert run.status == 0
        seconds = run.seconds
    assert run.first is not None
    assert run.first > 1
    numbers = [number for number, _ in run.bars()]
    assert numbers == sorted(set(numbers))
    assert {total for _, total in run.bars()} == {count}
    assert 0 < numbers[0] < numbers[-1] < count
    assert run.said.count(CLEARED) == len(numbers)
    screen = run.screen()
    assert len({line.split("/")[1] for line in screen}) == count
    done = re.compile(rf"(o-{count}/recipe-\d{{4}}): \d+ files created; next: read \1/RUNBOOK\.md")
    assert [line for line in screen if not done.fullmatch(line)] == []


def test_a_short_run_shows_no_bar(here: Path) -> None:
    assert b"\r\x1b" not in (run := on_terminal([*R1C, "compile", "many/0000.yaml"], here)).said
    assert (run.status, run.bars()) == (0, [])


def test_a_bar_grows_with_what_is_done(here: Path) -> None:
    run = on_terminal([*HASTY, "compile", "many", "--jobs", "1"], here, only="stderr")
    assert run.status == 0
    assert run.bars()
    for bar in BAR.finditer(run.said):
        done, total = int(bar[3]), int(bar[4])
        assert (len(bar[1]), len(bar[2])) == (30 * done // total, 30 - 30 * done // total)
    assert run.said.endswith(CLEARED)


@pytest.mark.parametrize("jobs", ["1", "4"])
def test_errors_stand_on_lines_of_their_own(jobs: str, tmp_path: Path) -> None:
    write_many(tmp_path / "many", 40, wrong=range(20, 40))
    run = on_terminal([*HASTY, "--no-color", "compile", "many", "--jobs", jobs], tmp_path, only="stderr")
    quiet = r1c(tmp_path, "compile", "many", "-o", "again", "--jobs", jobs)
    assert run.bars()
    assert "\n".join([*run.screen(), ""]) == quiet.stderr.decode()


def test_no_bar_when_quiet(here: Path) -> None:
    run = on_terminal([*HASTY, "compile", "many", "--jobs", "1", "--quiet"], here)
    assert (run.status, run.said) == (0, b"")


def test_no_bar_where_standard_error_is_no_terminal(here: Path) -> None:
    run = on_terminal([*HASTY, "compile", "many", "--jobs", "1"], here, only="stdout")
    assert (run.status, run.bars()) == (0, [])
    assert b"\x1b" not in run.said


def test_no_bar_on_a_terminal_that_cannot_clear_a_line(here: Path) -> None:
    run = on_terminal([*HASTY, "compile", "many", "--jobs", "1"], here, only="stderr", term="dumb")
    assert (run.status, run.said) == (0, b"")


def test_a_bar_fits_in_a_narrow_terminal(here: Path) -> None:
    run = on_terminal([*HASTY, "compile", "many", "--jobs", "1"], here, only="stderr", columns=20)
    assert run.bars()
    assert {len(bar[0].strip()) for bar in BAR.finditer(run.said)} <= {18, 19}
    assert run.said.endswith(CLEARED)


# The number of processes


def r1c(here: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    environment = {"PYTHONPATH": str(REPO / "compiler"), "PATH": os.environ["PATH"]}
    return subprocess.run([*R1C, *arguments], cwd=here, env=environment, capture_output=True, check=False)


def test_errors_come_in_the_order_of_the_profiles(tmp_path: Path) -> None:
    wrong = [0, 3, 4, 17, 31, 39]
    write_many(tmp_path / "many", 40, wrong)
    one = r1c(tmp_path, "compile", "many", "-o", "out", "--jobs", "1")
    four = r1c(tmp_path, "compile", "many", "-o", "out4", "--jobs", "4")
    assert (one.returncode, four.returncode) == (1, 1)
    assert four.stderr == one.stderr
    places = re.findall(rb"--> many/(\d+)\.yaml", one.stderr)
    assert list(dict.fromkeys(int(place) for place in places)) == wrong
    assert len(list((tmp_path / "out4").glob("recipe-*"))) == 40 - len(wrong)


def test_one_process_and_four_write_the_same_bytes(here: Path) -> None:
    written = {}
    for jobs in ("1", "4"):
        done = r1c(here, "compile", "many", "-o", "out", "--jobs", jobs)
        files = [path for path in sorted((here / "out").rglob("*")) if path.is_file()]
        written[jobs] = [done.stdout, *((path, path.read_bytes()) for path in files)]
        (here / "out").rename(here / f"out-{jobs}")
    assert written["1"] == written["4"]
    assert len(written["1"]) > 400


def test_one_process_and_four_check_and_stream_the_same(here: Path) -> None:
    for arguments in (["compile", "many", "-o", "-"], ["compile", "many", "--check"]):
        one, four = (r1c(here, *arguments, "--jobs", jobs) for jobs in ("1", "4"))
        assert (one.returncode, one.stdout, one.stderr) == (four.returncode, four.stdout, four.stderr)
