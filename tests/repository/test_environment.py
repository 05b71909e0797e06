"""r1c in every surrounding: closed streams, Ctrl-C, locales, file names, other Pythons. About 30 s."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from r1c.cli import main

REPO = Path(__file__).resolve().parents[2]
BASE = (REPO / "tests" / "base.yaml").read_text(encoding="utf-8")
SECRET_OF_THE_TERMINAL = "\x1b]0;title\x07\x1b[2J\u202e"
OTHER_PYTHONS = ("3.12", "3.13", "3.14")

Run = subprocess.CompletedProcess[bytes]


def r1c(
    place: Path, *arguments: str | bytes, before: str = "", python: str = sys.executable, **environment: str
) -> Run:
    """Run r1c with next to nothing in its environment; `before` is shell that comes first."""
    given = {"PYTHONPATH": str(REPO / "compiler"), "PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1"}
    words = ["bash", "-c", f'{before}\nexec "$@"', "bash", python, "-m", "r1c", *arguments]
    return subprocess.run(
        words,
        cwd=place,
        env={**given, **environment},
        input=b"",
        capture_output=True,
        timeout=120,
        check=False,
    )


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """A directory with base.yaml."""
    (tmp_path / "base.yaml").write_text(BASE, encoding="utf-8")
    return tmp_path


@pytest.fixture(scope="module")
def usual(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """What base.yaml compiles to."""
    place = tmp_path_factory.mktemp("usual")
    (place / "base.yaml").write_text(BASE, encoding="utf-8")
    assert r1c(place, "compile", "base.yaml").returncode == 0
    return tree(place / "out")


def tree(place: Path) -> dict[str, bytes]:
    """Return the bytes of every file below a directory but the seals."""
    files = (path for path in sorted(place.rglob("*")) if path.is_file())
    return {path.relative_to(place).as_posix(): path.read_bytes() for path in files}


# The environment of the process


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"HOME": "/nonexistent"},
        {"LC_ALL": "C"},
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        {"PYTHONIOENCODING": "latin-1"},
        {"LC_CTYPE": "POSIX"},
        {"TZ": "Pacific/Kiritimati"},
        {"PYTHONHASHSEED": "7"},
        {"TERM": "dumb", "COLUMNS": "3"},
        {"TMPDIR": "/nonexistent"},
        {"HF_TOKEN": "hf_exampleexampleexampleexampleexamp"},
    ],
    ids=lambda environment: " ".join(environment) or "nothing",
)
def test_the_environment_changes_no_byte(
    environment: dict[str, str], here: Path, usual: dict[str, bytes]
) -> None:
    done = r1c(here, "compile", "base.yaml", before="unset HOME", **environment)
    assert (done.returncode, done.stderr) == (0, b"")
    assert tree(here / "out") == usual


@pytest.mark.parametrize("umask", ["077", "000", "027"])
def test_the_umask_decides_who_may_read(umask: str, here: Path, usual: dict[str, bytes]) -> None:
    assert r1c(here, "compile", "base.yaml", before=f"umask {umask}").returncode == 0
    assert tree(here / "out") == usual
    for path in (here / "out").rglob("*"):
        most = 0o777 if path.is_dir() else 0o644
        assert path.stat().st_mode & 0o777 == most & ~int(umask, 8), path


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_text_of_a_profile_is_the_same_bytes_in_every_locale(encoding: str, here: Path) -> None:
    named = BASE.replace("  name: base\n", "  name: base\n").replace(
        "    id: deepseek-ai/DeepSeek-R1\n", "    id: deepseek-ai/DeepSeek-R1\n    servedName: größe-日本\n"
    )
    (here / "base.yaml").write_text(named, encoding="utf-8")
    done = r1c(here, "compile", "base.yaml", "-o", "-", LC_ALL="C", PYTHONIOENCODING=encoding)
    assert done.returncode == 0
    assert "größe-日本".encode() in done.stdout
    (here / "base.yaml").write_text(BASE.replace("max-num-seqs", "größe-日本"), encoding="utf-8")
    done = r1c(here, "check", "base.yaml", LC_ALL="C", PYTHONIOENCODING=encoding)
    assert done.returncode == 1
    assert b"R1C401" in done.stderr or b"error[" in done.stderr
    assert b"fault of r1c" not in done.stderr


def test_windows_and_old_mac_line_ends_and_a_mark_at_the_start_give_the_same_bytes(
    here: Path, usual: dict[str, bytes]
) -> None:
    for ends in ("\r\n", "\r"):
        (here / "base.yaml").write_bytes(b"\xef\xbb\xbf" + BASE.replace("\n", ends).encode())
        assert r1c(here, "compile", "base.yaml").returncode == 0
        assert tree(here / "out") == usual


def test_output_on_a_pipe_has_no_colour_and_a_terminal_has(here: Path) -> None:
    (here / "base.yaml").write_text(BASE.replace("tensor: 8", "tensor: 6"), encoding="utf-8")
    assert b"\x1b[" not in r1c(here, "check", "base.yaml").stderr
    controller, terminal = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "r1c", "check", "base.yaml"],
        cwd=here,
        env={"PYTHONPATH": str(REPO / "compiler"), "PATH": os.environ["PATH"]},
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
    )
    os.close(terminal)
    shown = b""
    while True:
        try:
            more = os.read(controller, 65536)
        except OSError:
            break
        if not more:
            break
        shown += more
    os.close(controller)
    assert process.wait(timeout=30) == 1
    assert b"\x1b[1;31merror[R1C201]\x1b[0m" in shown


# Streams


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_closed_streams_do_not_keep_r1c_from_its_work(
    closed: str, here: Path, usual: dict[str, bytes]
) -> None:
    done = r1c(here, "compile", "base.yaml", before=f"exec {closed}")
    assert done.returncode == 0
    assert tree(here / "out") == usual
    (here / "base.yaml").write_text(BASE.replace("tensor: 8", "tensor: 6"), encoding="utf-8")
    assert r1c(here, "compile", "base.yaml", before=f"exec {closed}").returncode == 1
    assert tree(here / "out") == usual


@pytest.mark.parametrize(
    "arguments", [["schema"], ["compile", "base.yaml", "-o", "-"], ["plan", "base.yaml"]]
)
def test_a_result_that_cannot_be_printed_is_no_success(arguments: list[str], here: Path) -> None:
    done = r1c(here, *arguments, before="exec >&-")
    assert (done.returncode, done.stderr) == (2, b"r1c: standard output is closed\n")
    done = r1c(here, *arguments, before="exec >/dev/full")
    assert (done.returncode, done.stderr) == (2, b"r1c: standard output: No space left on device\n")


@pytest.mark.parametrize("command", ["schema", "explain", "compile base.yaml -o -", "explain network.mode"])
def test_a_reader_that_leaves_early_hears_nothing(command: str, here: Path) -> None:
    done = subprocess.run(
        ["bash", "-c", f'"$0" -m r1c {command} | head -c 1', sys.executable],
        cwd=here,
        env={"PYTHONPATH": str(REPO / "compiler"), "PATH": os.environ["PATH"]},
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert (len(done.stdout), done.stderr) == (1, b"")


def test_standard_input_that_is_no_text_is_a_fault_of_the_profile(here: Path) -> None:
    for content in (b"", b"\0", b"\xff\xfe", os.urandom(1000), b"{"):
        done = subprocess.run(
            [sys.executable, "-m", "r1c", "check", "-"],
            cwd=here,
            env={"PYTHONPATH": str(REPO / "compiler")},
            input=content,
            capture_output=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 1
        assert done.stderr.startswith(b"error[R1C0")


# Ctrl-C


def write_many(place: Path, number: int) -> None:
    """Write profiles, enough of them for several processes."""
    (place / "many").mkdir()
    for name in range(number):
        text = BASE.replace("  name: base\n", f"  name: base-{name}\n")
        (place / "many" / f"{name}.yaml").write_text(text, encoding="utf-8")


@pytest.mark.parametrize("jobs", ["1", "3"])
def test_ctrl_c_ends_a_long_run_with_130_and_whole_files(
    jobs: str, here: Path, usual: dict[str, bytes]
) -> None:
    """The terminal sends SIGINT to every process of the group: nobody prints a traceback."""
    write_many(here, 40)
    command = [sys.executable, "-m", "r1c", "compile", "many", "-q", "--jobs", jobs]
    for delay in (0.1, 0.4, 0.7, 1.2):
        process = subprocess.Popen(
            command,
            cwd=here,
            env={"PYTHONPATH": str(REPO / "compiler"), "PATH": os.environ["PATH"]},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        time.sleep(delay)
        os.killpg(process.pid, signal.SIGINT)
        _, said = process.communicate(timeout=30)
        if process.returncode == 0:
            break
        assert process.returncode in (130, -signal.SIGINT), said
        if process.returncode == 130:
            assert said in (b"", b"\n"), said.decode()
    assert not list((here / "out").rglob("*.r1c-new"))
    done = r1c(here, "compile", "many", "-q")
    assert (done.returncode, done.stderr) == (0, b"")
    found = {
        path.removeprefix("base-7/"): content
        for path, content in tree(here / "out").items()
        if path.startswith("base-7/")
    }
    assert set(found) == {path.removeprefix("base/") for path in usual}


# File names and directories


def test_a_file_name_that_is_no_utf8(here: Path) -> None:
    name = os.fsencode(here) + b"/b\xff.yaml"
    with open(name, "wb") as file:  # noqa: PTH123  # pathlib wants text
        file.write(BASE.replace("tensor: 8", "tensor: 6").encode())
    for arguments in (["check", name], ["check", "."], ["check", "--format", "json", name], ["plan", name]):
        done = r1c(here, *arguments)
        assert done.returncode == 1
        assert b"fault of r1c" not in done.stderr
    done = r1c(here, "compile", "base.yaml", "-v", "-o", b"o\xfft")
    assert (done.returncode, done.stderr) == (0, b"")
    assert (Path(os.fsdecode(os.fsencode(here) + b"/o\xfft")) / "base" / "service.yaml").exists()
    assert b"o\xfft/base/service.yaml\n" in done.stdout


def test_a_file_name_that_a_terminal_would_act_on_is_shown_escaped(here: Path) -> None:
    (here / f"a{SECRET_OF_THE_TERMINAL}.yaml").write_text(
        BASE.replace("tensor: 8", "tensor: 6"), encoding="utf-8"
    )
    for arguments in (
        ["check", "."],
        ["check", f"none{SECRET_OF_THE_TERMINAL}.yaml"],
        [SECRET_OF_THE_TERMINAL],
    ):
        done = r1c(here, *arguments)
        assert done.returncode in (1, 2)
        assert b"\x1b" not in done.stderr
        assert "\u202e".encode() not in done.stderr


def test_a_directory_that_cannot_be_written(here: Path) -> None:
    def in_child() -> int:
        os.chdir(here)
        if os.geteuid() == 0:
            os.setgroups([])
            os.setuid(65534)
        assert main(["check", "base.yaml"]) == 0
        return main(["compile", "base.yaml"])

    for place in (here, *here.parents):
        if place.is_relative_to("/tmp") and place != Path("/tmp"):
            place.chmod(0o755)
    # These load what the child needs: the checkout itself may be closed to another user.
    assert main(["check", str(here / "base.yaml"), "-q"]) == 0
    assert main(["compile", str(here / "base.yaml"), "-o", str(here / "elsewhere"), "-q"]) == 0
    shutil.rmtree(here / "elsewhere")
    here.chmod(0o555)
    child = os.fork()
    if not child:
        status = 99
        try:
            status = in_child()
        finally:
            os._exit(status)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 2
    here.chmod(0o755)
    assert not (here / "out").exists()


def test_a_working_directory_that_is_gone(here: Path) -> None:
    gone = here / "gone"
    gone.mkdir()
    done = r1c(gone, "compile", str(here / "base.yaml"), before="rmdir ../gone")
    assert done.returncode == 2
    assert done.stderr.startswith(b"r1c: ")
    assert b"fault of r1c" not in done.stderr


@pytest.mark.parametrize(
    "argument", ["a" * 300, "a/" * 3000, "b\x07", "missing.yaml", "/dev/null", "/proc/self/mem"]
)
@pytest.mark.parametrize("command", ["check", "plan", "compile"])
def test_a_profile_that_cannot_be_read(command: str, argument: str, here: Path) -> None:
    done = r1c(here, command, argument)
    assert done.returncode in (1, 2)
    assert done.stderr
    assert b"fault of r1c" not in done.stderr


def test_an_output_path_that_is_too_long(here: Path) -> None:
    for output in ("a" * 300, "a/" * 2500):
        done = r1c(here, "compile", "base.yaml", "-o", output)
        assert done.returncode == 2
        assert done.stderr.endswith(b": File name too long\n"), done.stderr
        assert done.stderr.startswith(b"r1c: ")


@pytest.mark.parametrize("content", [b"file", None])
def test_a_named_pipe_or_a_directory_as_profile(content: bytes | None, here: Path) -> None:
    place = here / "profile.yaml"
    if content is None:
        place.mkdir()
        done = r1c(here, "check", "profile.yaml")
        assert (done.returncode, done.stderr[:5]) == (2, b"r1c: ")
        return
    os.mkfifo(place)
    process = subprocess.Popen(
        [sys.executable, "-m", "r1c", "check", "profile.yaml"],
        cwd=here,
        env={"PYTHONPATH": str(REPO / "compiler")},
        stdout=subprocess.PIPE,
    )
    place.write_bytes(BASE.encode())
    assert process.communicate(timeout=30)[0] == b"1 profile checked, no faults found\n"


def test_names_that_differ_in_case_alone_clash(here: Path) -> None:
    """On macOS and Windows both would be one directory. A name with capitals is an error of its own, too."""
    (here / "Base.yaml").write_text(BASE.replace("name: base", "name: Base"), encoding="utf-8")
    (here / "again.yaml").write_text(BASE, encoding="utf-8")
    done = r1c(here, "compile", ".")
    assert done.returncode == 1
    assert done.stderr.count(b"the name base is also that of ") == 2
    assert b'"Base" cannot name a LeaderWorkerSet' in done.stderr
    assert not (here / "out").exists()


# Other Pythons


def variable(version: str) -> str:
    return f"R1C_PYTHON_{version.replace('.', '_')}"


def python(version: str) -> str | None:
    """Return an interpreter of a version that has what r1c needs; R1C_PYTHON_3_12 can name one."""
    for name in (os.environ.get(variable(version)), shutil.which(f"python{version}")):
        if name:
            needs = "import click, pydantic, ruamel.yaml"
            found = subprocess.run([name, "-c", needs], capture_output=True, check=False)
            if found.returncode == 0:
                return name
    return None


@pytest.mark.parametrize("version", OTHER_PYTHONS)
def test_other_pythons_give_the_same_bytes(version: str, here: Path, usual: dict[str, bytes]) -> None:
    other = python(version)
    if other is None:
        pytest.skip(f"no Python {version} with r1c's dependencies; {variable(version)} can name one")
    done = r1c(here, "compile", "base.yaml", python=other)
    assert (done.returncode, done.stderr) == (0, b"")
    assert tree(here / "out") == usual
    (here / "base.yaml").write_text(BASE.replace("tensor: 8", "tensor: 6"), encoding="utf-8")
    said = [
        r1c(here, "check", "base.yaml", "--format", form, python=one)
        for form in ("text", "json")
        for one in (other, sys.executable)
    ]
    assert [one.returncode for one in said] == [1, 1, 1, 1]
    assert said[0].stderr == said[1].stderr
    assert json.loads(said[2].stdout) == json.loads(said[3].stdout)
    done = r1c(here, "compile", "base.yaml", python=other, before="exec >&- 2>&-")
    assert done.returncode == 1


def test_a_stream_that_would_block_is_written_whole(here: Path) -> None:
    """Some terminals and CI runners hand over a pipe that does not wait for its reader."""
    reader, writer = os.pipe()
    fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, 4096)
    process = subprocess.Popen(
        [sys.executable, "-m", "r1c", "schema"],
        cwd=here,
        env={"PYTHONPATH": str(REPO / "compiler")},
        stdout=writer,
    )
    os.close(writer)
    received = b""
    while more := os.read(reader, 1024):
        received += more
        time.sleep(0.002)
    os.close(reader)
    assert process.wait(timeout=30) == 0
    assert json.loads(received)["title"]
