"""Real faults of a disk while r1c writes: full, another file system, permissions that go. About 30 s."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from random import Random

import pytest

from r1c import __version__
from r1c.diagnostics import UserError
from r1c.output.changes import inspect
from r1c.output.lock import LOCK, read_lock
from r1c.output.write import exclusive, write
from r1c.pipeline import analyse, build

REPO = Path(__file__).resolve().parents[2]
BASE = (REPO / "tests" / "base.yaml").read_text(encoding="utf-8")
OTHER = (
    BASE.replace("max-num-seqs: 128", "max-num-seqs: 64")
    + "  huggingface: {source: manifest}\n  gpudirect: {release: v1.0.8-1, useHostPlugin: true}\n"
)
"""Another profile of the same name: most files differ, one goes, one comes."""
RUN = (sys.executable, "-m", "r1c", "compile", "--no-color")

Tree = dict[str, bytes]


def environment() -> dict[str, str]:
    return {"PYTHONPATH": str(REPO / "compiler"), "PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1"}


def r1c(place: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*RUN, *arguments],
        cwd=place,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def tree(target: Path) -> Tree:
    return {
        path.relative_to(target).as_posix(): path.read_bytes()
        for path in sorted(target.rglob("*"))
        if path.is_file()
    }


@cache
def compiled(profile: str) -> Tree:
    """Return what a profile compiles to, by itself and undisturbed."""
    plan = analyse("profile.yaml", profile.encode()).plan
    assert plan
    about = {"recipe": plan.name, "profile": plan.digest, "r1c": __version__}
    changes = inspect(Path("none"), build(plan), **about, cluster=plan.cluster.identity)
    return dict(changes.contents)


def prepare(place: Path) -> Path:
    """Write both profiles and compile the first; return the output directory."""
    (place / "profile.yaml").write_text(BASE, encoding="utf-8")
    (place / "other.yaml").write_text(OTHER, encoding="utf-8")
    assert r1c(place, "profile.yaml").returncode == 0
    assert tree(place / "out" / "base") == compiled(BASE)
    return place / "out" / "base"


def assert_told_truly(place: Path) -> None:
    """After a fault: each file is whole, --check says what is so, and the next compile needs no --force."""
    target = place / "out" / "base"
    old, new = compiled(BASE), compiled(OTHER)
    there = tree(target) if target.exists() else {}
    for path, content in there.items():
        if path != LOCK and not path.endswith(".r1c-new"):
            assert content in (old.get(path), new.get(path)), path
    for profile, wanted in (("profile.yaml", old), ("other.yaml", new)):
        checked = r1c(place, profile, "--check")
        assert checked.returncode == (0 if there == wanted else 1), checked
    for profile, wanted in (("other.yaml", new), ("profile.yaml", old)):
        done = r1c(place, profile)
        assert done.returncode == 0, done.stderr
        assert tree(target) == wanted


def mounted(size: int, action: Callable[[Path], None], tmp_path: Path) -> None:
    """Run `action` in a child on a tmpfs of its own, of `size` bytes; skip where that is not allowed."""
    place = tmp_path / "disk"
    place.mkdir()
    unshare, mount = shutil.which("unshare"), shutil.which("mount")
    if not (unshare and mount):
        pytest.skip("no unshare or mount here")
    code = (
        f"import sys; sys.path[:0] = {sys.path!r}; import {__name__} as here; "
        f"here.{action.__name__}(here.Path({str(place)!r}))"
    )
    script = f'mount -t tmpfs -o size={size} none "$1" || exit 77; exec "$2" -c "$3"'
    own = [] if os.geteuid() == 0 else ["--map-root-user"]
    done = subprocess.run(
        [unshare, *own, "-m", "bash", "-c", script, "bash", str(place), sys.executable, code],
        capture_output=True,
        text=True,
        env={**environment(), "PYTHONPATH": os.pathsep.join([str(REPO / "compiler"), str(REPO / "tests")])},
        timeout=300,
        check=False,
    )
    if done.returncode == 77 or "unshare failed" in done.stderr:
        pytest.skip("a tmpfs cannot be mounted here")
    assert done.returncode == 0, done.stderr


def fill(place: Path, free: int) -> Path:
    """Fill the file system of `place` up to some bytes."""
    filler = place / "filler"
    with filler.open("wb") as file:
        state = os.statvfs(place)
        left = state.f_bavail * state.f_frsize - free
        file.write(b"\0" * max(0, left))
    return filler


def full_disk_while_it_writes(place: Path) -> None:
    """A second compile with more and more room: refused with the old output as it was, or done."""
    target = prepare(place)
    refused = 0
    for pages in range(0, 120, 3):
        filler = fill(place, pages * 4096)
        done = r1c(place, "other.yaml")
        filler.unlink()
        if done.returncode == 0:
            assert tree(target) == compiled(OTHER)
            break
        refused += 1
        assert done.returncode == 2
        assert done.stderr.endswith("cannot be written: No space left on device; the output is as it was\n")
        assert tree(target) == compiled(BASE)
        assert r1c(place, "profile.yaml", "--check").returncode == 0
    assert 3 < refused < 39, refused
    assert_told_truly(place)


def full_disk_before_the_first_file(place: Path) -> None:
    (place / "profile.yaml").write_text(BASE, encoding="utf-8")
    filler = fill(place, 0)
    done = r1c(place, "profile.yaml")
    assert done.returncode == 2
    assert "No space left on device" in done.stderr
    assert not [
        path for path in place.rglob("*") if path.is_file() and path.name not in ("filler", "profile.yaml")
    ]
    filler.unlink()
    assert r1c(place, "profile.yaml").returncode == 0
    assert tree(place / "out" / "base") == compiled(BASE)


def on_another_file_system(place: Path) -> None:
    """benchmark/ is a file system of its own inside the output: no rename leads from one to the other."""
    target = prepare(place)
    job = (target / "benchmark" / "job.yaml").read_bytes()
    subprocess.run(["mount", "-t", "tmpfs", "none", str(target / "benchmark")], check=True)
    assert not list((target / "benchmark").iterdir())
    assert r1c(place, "profile.yaml", "--check").returncode == 1
    assert r1c(place, "profile.yaml").returncode == 0
    assert (target / "benchmark" / "job.yaml").read_bytes() == job
    assert r1c(place, "other.yaml").returncode == 0
    assert tree(target) == compiled(OTHER)
    subprocess.run(["umount", str(target / "benchmark")], check=True)
    assert (target / "benchmark" / "job.yaml").read_bytes() == job
    # The older file is back behind r1c's back: to r1c it is somebody's.
    done = r1c(place, "other.yaml")
    assert done.returncode == 1
    assert "error[R1C901]" in done.stderr
    assert r1c(place, "other.yaml", "--force").returncode == 0
    assert_told_truly(place)


def read_only_file_system(place: Path) -> None:
    target = prepare(place)
    before = tree(target)
    subprocess.run(["mount", "-o", "remount,ro", str(place)], check=True)
    done = r1c(place, "other.yaml")
    assert done.returncode == 2
    assert done.stderr.startswith("r1c: ")
    assert "cannot be written: " in done.stderr
    assert tree(target) == before
    assert r1c(place, "profile.yaml").returncode == 0  # there is nothing to write
    subprocess.run(["mount", "-o", "remount,rw", str(place)], check=True)
    assert_told_truly(place)


@pytest.mark.parametrize(
    "action",
    [
        full_disk_while_it_writes,
        full_disk_before_the_first_file,
        on_another_file_system,
        read_only_file_system,
    ],
    ids=lambda action: action.__name__,
)
def test_a_file_system_of_its_own(action: Callable[[Path], None], tmp_path: Path) -> None:
    mounted(400_000 if "full" in action.__name__ else 4_000_000, action, tmp_path)


def test_kills_of_the_command_at_random_times(tmp_path: Path) -> None:
    """SIGKILL at any time in the life of the process, most of them while it writes."""
    prepare(tmp_path)
    chance = Random(3)
    killed = 0
    start = time.monotonic()
    assert r1c(tmp_path, "other.yaml").returncode == 0
    usual = time.monotonic() - start
    for number in range(60):
        if number >= 12 and killed > 1:
            break
        profile = ("profile.yaml", "other.yaml")[number % 2]
        process = subprocess.Popen(
            [*RUN, profile], cwd=tmp_path, env=environment(), stdout=subprocess.DEVNULL
        )
        time.sleep(usual * chance.uniform(0.3, 1))
        process.send_signal(signal.SIGKILL)
        killed += process.wait() == -signal.SIGKILL
        there = tree(tmp_path / "out" / "base")
        for path, content in there.items():
            if path != LOCK and not path.endswith(".r1c-new"):
                assert content in (compiled(BASE).get(path), compiled(OTHER).get(path)), path
    assert killed > 1
    assert_told_truly(tmp_path)


def test_two_commands_on_one_output(tmp_path: Path) -> None:
    prepare(tmp_path)
    for _ in range(2):
        processes = [
            subprocess.Popen([*RUN, "-q", profile], cwd=tmp_path, env=environment())
            for profile in ("profile.yaml", "other.yaml", "profile.yaml", "other.yaml")
        ]
        assert [process.wait(timeout=60) for process in processes] == [0, 0, 0, 0]
        assert tree(tmp_path / "out" / "base") in (compiled(BASE), compiled(OTHER))
    assert_told_truly(tmp_path)


def compiles_as_nobody(target: Path, said: Path) -> None:
    """Give up root's rights, then compile the two profiles in turn; what an error says goes to `said`."""
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
    while True:
        for profile in (OTHER, BASE):
            files = {path: content for path, content in compiled(profile).items() if path != LOCK}
            lock = read_lock((compiled(profile))[LOCK])
            try:
                with exclusive(target):
                    about = {"recipe": lock.recipe, "profile": lock.profile, "r1c": lock.r1c}
                    write(inspect(target, files, **about, cluster=lock.cluster))
            except UserError as error:
                with said.open("a", encoding="utf-8") as file:
                    file.write(f"{error}\n")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give up its rights and take another's away")
def test_permission_lost_half_way(tmp_path: Path) -> None:
    """Compiles as nobody, whose directories are taken away at some moment and given back afterwards."""
    target, said = prepare(tmp_path), tmp_path / "said"
    said.write_text("", encoding="utf-8")
    for path in (tmp_path, *tmp_path.rglob("*")):
        os.chown(path, 65534, 65534)
    wholes = [
        {path: content for path, content in compiled(profile).items() if path != LOCK}
        for profile in (BASE, OTHER)
    ]
    chance = Random(5)
    for _ in range(15):
        child = os.fork()
        if not child:
            os.chdir(tmp_path)
            compiles_as_nobody(Path("out/base"), Path("said"))
        time.sleep(chance.uniform(0.05, 0.2))
        for directory in (target / "benchmark", target / "image", target):
            directory.chmod(0o500)
            time.sleep(chance.uniform(0, 0.01))
        time.sleep(0.02)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        for directory in (target, target / "benchmark", target / "image"):
            directory.chmod(0o755)
        for name, content in tree(target).items():
            if name != LOCK and not name.endswith(".r1c-new"):
                assert content in [whole.get(name) for whole in wholes], name
    lines = said.read_text(encoding="utf-8").splitlines()
    assert lines
    assert all(": cannot be written: Permission denied" in line for line in lines), lines
    assert_told_truly(tmp_path)


@pytest.mark.parametrize("left", [b"", b"{", b'{"format": 99}', b"<<<<<<< ours\n", b"\xff\xfe"])
def test_a_lock_that_r1c_cannot_use_stops_a_changed_profile_and_loses_nothing(
    left: bytes, tmp_path: Path
) -> None:
    target = prepare(tmp_path)
    (target / LOCK).write_bytes(left)
    (target / "mine.yaml").write_bytes(b"mine\n")
    before = tree(target)
    done = r1c(tmp_path, "other.yaml")
    assert done.returncode == 1
    assert "r1c cannot use its lock: " in done.stderr
    assert tree(target) == before
    assert r1c(tmp_path, "other.yaml", "--force").returncode == 0
    after = tree(target)
    assert after.pop("mine.yaml") == b"mine\n"
    assert {path: after[path] for path in compiled(OTHER)} == compiled(OTHER)


def test_a_lost_lock_is_written_anew_where_the_files_are_as_they_were(tmp_path: Path) -> None:
    target = prepare(tmp_path)
    (target / LOCK).unlink()
    assert r1c(tmp_path, "profile.yaml", "--check").returncode == 1
    assert r1c(tmp_path, "profile.yaml").returncode == 0
    assert tree(target) == compiled(BASE)


@pytest.mark.parametrize(
    ("left", "lock"), [(b"", b""), (b"\0" * 64, b"\0"), (b"# Generated", b'{"about"'), (b"#\0\0", b"{\0")]
)
def test_what_a_power_cut_left_short_is_said_and_repaired(left: bytes, lock: bytes, tmp_path: Path) -> None:
    target = prepare(tmp_path)
    (target / "service.yaml").write_bytes(left)
    (target / LOCK).write_bytes(lock)
    checked = r1c(tmp_path, "profile.yaml", "--check")
    assert (checked.returncode, checked.stderr) == (1, "")
    assert checked.stdout == "differs: out/base/.r1c.lock.json\ndiffers: out/base/service.yaml\n"
    assert r1c(tmp_path, "profile.yaml").returncode == 0
    assert tree(target) == compiled(BASE)
