"""What r1c reads of files, pipes and devices: all, or what shows that it is too large. About 10 seconds."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

REPO = Path(__file__).resolve().parents[2]
BASE = (REPO / "tests" / "base.yaml").read_bytes()
ENVIRONMENT = {"PYTHONPATH": str(REPO / "compiler"), "PATH": os.environ["PATH"]}
PROFILE_LIMIT = b"larger than 131,072 bytes"


def r1c(place: Path, *arguments: str, given: int | None = None) -> subprocess.CompletedProcess[bytes]:
    """Run r1c with as much memory as it may need, and no more: one that reads on and on is ended by that."""
    command = 'ulimit -v 1500000; exec "$0" -m r1c "$@"'
    return subprocess.run(
        ["bash", "-c", command, sys.executable, *arguments],
        cwd=place,
        env=ENVIRONMENT,
        stdin=given if given is not None else subprocess.DEVNULL,
        capture_output=True,
        timeout=60,
        check=False,
    )


@pytest.fixture
def endless() -> Iterator[subprocess.Popen[bytes]]:
    """A pipe that never ends."""
    with subprocess.Popen(["yes", "a: b"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        yield process
        process.kill()


ENDLESS = {
    "check -": (1, PROFILE_LIMIT),
    "compile - -o -": (1, PROFILE_LIMIT),
    "plan -": (1, PROFILE_LIMIT),
    "diff -": (1, PROFILE_LIMIT),
    "krm": (2, b"<stdin>: larger than 8,388,608 bytes, the limit for such a file\n"),
    "import helm -": (2, b"<stdin>: larger than 131,072 bytes, the limit for such a file\n"),
    "import manifest -": (2, b"<stdin>: larger than 8,388,608 bytes, the limit for such a file\n"),
    "bench parse -": (
        1,
        b"skipped: <stdin>: larger than 67,108,864 bytes, the limit for one file; keep only the results\n",
    ),
}


@pytest.mark.parametrize("command", ENDLESS)
def test_a_pipe_without_end_is_refused(
    command: str, endless: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    status, said = ENDLESS[command]
    assert endless.stdout
    done = r1c(tmp_path, *command.split(), given=endless.stdout.fileno())
    assert done.returncode == status, done.stderr
    assert said in done.stderr


@pytest.mark.parametrize("command", ["check", "plan", "import helm", "import manifest", "bench parse"])
def test_a_device_without_end_is_refused(command: str, tmp_path: Path) -> None:
    done = r1c(tmp_path, *command.split(), "/dev/zero")
    assert done.returncode in (1, 2)
    assert b" bytes" in done.stderr


@pytest.mark.parametrize("command", ["check", "plan", "import helm", "import manifest", "diff", "compile"])
def test_a_named_pipe_without_end_is_refused(command: str, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.yaml")
    with subprocess.Popen(["bash", "-c", "yes >pipe.yaml 2>/dev/null"], cwd=tmp_path) as writer:
        done = r1c(tmp_path, *command.split(), "pipe.yaml")
        writer.kill()
    assert done.returncode in (1, 2)
    assert (b"8,388,608 bytes" if command == "import manifest" else b"131,072 bytes") in done.stderr


@pytest.mark.parametrize("command", ["import helm", "import manifest"])
def test_a_directory_cannot_be_imported(command: str, tmp_path: Path) -> None:
    done = r1c(tmp_path, *command.split(), ".")
    assert (done.returncode, done.stderr) == (2, b"r1c: .: this is a directory; name one file\n")


def test_a_pipe_in_a_directory_is_no_recipe_and_no_result(tmp_path: Path) -> None:
    """To open a pipe that nobody writes to would be to wait for ever."""
    os.mkfifo(tmp_path / "pipe.yaml")
    os.mkfifo(tmp_path / "pipe.log")
    (tmp_path / "base.yaml").write_bytes(BASE)
    assert r1c(tmp_path, "check", ".").stdout == b"1 profile checked, no faults found\n"
    done = r1c(tmp_path, "bench", "parse", ".")
    assert done.returncode == 2
    assert done.stderr == b"r1c: .: this directory has no *.json, *.txt or *.log file\n"


def test_an_input_of_the_largest_size_is_whole(tmp_path: Path) -> None:
    document = b"kind: LeaderWorkerSet\n"
    (tmp_path / "manifest.yaml").write_bytes(document + b"#" * (8388608 - len(document)))
    done = r1c(tmp_path, "import", "manifest", "manifest.yaml")
    assert b" bytes" not in done.stderr
    (tmp_path / "manifest.yaml").write_bytes(document + b"#" * (8388609 - len(document)))
    done = r1c(tmp_path, "import", "manifest", "manifest.yaml")
    assert done.returncode == 2
    assert done.stderr == (b"r1c: manifest.yaml: 8,388,609 bytes; the limit for such a file is 8,388,608\n")


def test_a_pipe_that_does_not_wait_for_its_writer_is_read_to_its_end(tmp_path: Path) -> None:
    """Some CI runners hand over such a pipe as standard input."""
    reader, writer = os.pipe()
    os.set_blocking(reader, False)
    process = subprocess.Popen(
        [sys.executable, "-m", "r1c", "check", "-"],
        cwd=tmp_path,
        env=ENVIRONMENT,
        stdin=reader,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    os.close(reader)
    for part in (BASE[:100], BASE[100:]):
        time.sleep(0.4)
        os.write(writer, part)
    os.close(writer)
    assert process.communicate(timeout=30) == (b"1 profile checked, no faults found\n", b"")
