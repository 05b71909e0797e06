from __future__ import annotations

import errno
import os
import random
import resource
import signal
import stat
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from functools import partial
from pathlib import Path

import pytest

from r1c.diagnostics import UserError
from r1c.output.changes import Changes, inspect
from r1c.output.lock import NAME, read
from r1c.output.write import exclusive, write

Files = dict[str, bytes]

OLD: Files = {
    "kept.yaml": b"# the same in both\n",
    "service.yaml": b"# service, old\n",
    "benchmark/job.yaml": b"# job, old\n",
    "stale/deep/gone.yaml": b"# only in the old one\n",
}
NEW: Files = {
    "kept.yaml": b"# the same in both\n",
    "service.yaml": b"# service, new and longer\n",
    "benchmark/job.yaml": b"# job, new\n",
    "image/Dockerfile": b"# only in the new one\n",
}


def look(target: Path, files: Files) -> Changes:
    return inspect(target, files, recipe="r", profile="0" * 64, r1c="0.1.0", cluster={})


def compile_to(target: Path, files: Files, *, force: bool = False) -> None:
    with exclusive(target):
        write(look(target, files), force=force)


def tree(target: Path) -> Files:
    """Return the bytes of every file in `target` but the lock."""
    files = (place for place in target.rglob("*") if place.is_file() and place.name != NAME)
    return {place.relative_to(target).as_posix(): place.read_bytes() for place in files}


def times(target: Path) -> Mapping[str, tuple[int, int]]:
    places = (target, *target.rglob("*"))
    return {str(place): (place.lstat().st_mtime_ns, place.lstat().st_ino) for place in places}


def directories(target: Path) -> set[str]:
    return {place.name for place in target.rglob("*") if place.is_dir()}


@pytest.fixture
def target(tmp_path: Path) -> Path:
    """An output directory that a compile of OLD left."""
    place = tmp_path / "out" / "r"
    compile_to(place, OLD)
    return place


# A child process of our own: it ends in the middle, changes its user or its limits, without harm to this
# process.


def fork(action: Callable[[], None]) -> int:
    """Run `action` in a child process and return its id; the child exits with 0, or 1 after a traceback."""
    child = os.fork()
    if child:
        return child
    status = 1
    try:
        action()
        status = 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(status)


def ended(child: int) -> int:
    """Wait for a child and return its exit status, negative for the signal that ended it."""
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


CALLS = ("open", "write", "fsync", "replace", "unlink", "mkdir", "rmdir", "chmod", "utime")


@contextmanager
def at_call(number: int, effect: Callable[[], None], *, and_later: bool = False) -> Iterator[None]:
    """Let `effect` happen just before the given call of this process that changes a file system."""
    count = 0

    def hooked(real: Callable[..., object]) -> Callable[..., object]:
        def call(*args: object, **kwargs: object) -> object:
            nonlocal count
            count += 1
            if count == number or (and_later and count > number):
                effect()
            return real(*args, **kwargs)

        return call

    real = {name: getattr(os, name) for name in CALLS}
    for name in CALLS:
        setattr(os, name, hooked(real[name]))
    try:
        yield
    finally:
        for name in CALLS:
            setattr(os, name, real[name])


# What a compile writes


def test_a_compile_writes_the_files_and_the_lock(tmp_path: Path) -> None:
    compile_to(tmp_path / "out" / "r", NEW)
    assert tree(tmp_path / "out" / "r") == NEW
    lock = read((tmp_path / "out" / "r" / NAME).read_bytes())
    assert sorted(lock.files) == sorted(NEW)
    assert lock.pending == {}
    assert stat.S_IMODE((tmp_path / "out" / "r" / "service.yaml").stat().st_mode) == 0o644


def test_the_users_umask_holds(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        compile_to(tmp_path / "r", NEW)
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "r" / "service.yaml").stat().st_mode) == 0o600


def test_a_compile_replaces_an_older_one_and_removes_what_is_stale(target: Path) -> None:
    compile_to(target, NEW)
    assert tree(target) == NEW
    assert directories(target) == {"benchmark", "image"}
    assert look(target, NEW).clean


def test_the_same_compile_again_touches_nothing(target: Path) -> None:
    before = times(target)
    compile_to(target, OLD)
    assert times(target) == before


def test_an_unchanged_file_keeps_its_time(target: Path) -> None:
    before = (target / "kept.yaml").stat()
    compile_to(target, NEW)
    assert (target / "kept.yaml").stat().st_mtime_ns == before.st_mtime_ns
    assert (target / "kept.yaml").stat().st_ino == before.st_ino


def test_the_lock_is_the_same_whatever_was_there_before(target: Path, tmp_path: Path) -> None:
    compile_to(target, NEW)
    compile_to(tmp_path / "fresh", NEW)
    assert (target / NAME).read_bytes() == (tmp_path / "fresh" / NAME).read_bytes()


def test_a_reader_of_the_old_file_keeps_the_old_bytes(target: Path) -> None:
    with (target / "service.yaml").open("rb") as reader:
        compile_to(target, NEW)
        assert reader.read() == OLD["service.yaml"]


# What a person did


def test_a_stale_file_edited_by_hand_stays_and_is_the_persons_from_then_on(target: Path) -> None:
    (target / "stale" / "deep" / "gone.yaml").write_text("mine\n")
    assert look(target, NEW).kept == ("stale/deep/gone.yaml",)
    compile_to(target, NEW)
    assert tree(target) == NEW | {"stale/deep/gone.yaml": b"mine\n"}
    assert look(target, NEW).kept == ()
    assert look(target, NEW).clean


def test_a_directory_with_a_persons_file_is_not_removed(target: Path) -> None:
    (target / "stale" / "notes.txt").write_text("mine\n")
    compile_to(target, NEW)
    assert tree(target) == NEW | {"stale/notes.txt": b"mine\n"}
    assert directories(target) == {"benchmark", "image", "stale"}


def test_an_edited_file_stops_the_whole_compile(target: Path) -> None:
    (target / "service.yaml").write_text("mine\n")
    before = times(target)
    with pytest.raises(UserError) as error:
        compile_to(target, NEW)
    assert str(error.value) == (
        f"{target}/service.yaml: someone edited this file after r1c wrote it; "
        "make the change in the profile or in an overlay, or overwrite the file with --force"
    )
    assert times(target) == before


def test_force_overwrites_edited_and_foreign_files(target: Path) -> None:
    (target / "service.yaml").write_text("mine\n")
    (target / "image").mkdir()
    (target / "image" / "Dockerfile").write_text("mine too\n")
    compile_to(target, NEW, force=True)
    assert tree(target) == NEW
    assert look(target, NEW).clean


def test_force_replaces_a_lock_that_cannot_be_used(target: Path) -> None:
    (target / NAME).write_text("[")
    with pytest.raises(UserError, match="r1c cannot use its lock: it is not JSON, or only a part of it"):
        compile_to(target, OLD)
    compile_to(target, OLD, force=True)
    assert look(target, OLD).clean


def test_force_puts_a_file_in_the_place_of_a_link_and_never_writes_through_it(target: Path) -> None:
    (target / "service.yaml").rename(target / "real.yaml")
    (target / "service.yaml").symlink_to("real.yaml")
    compile_to(target, NEW, force=True)
    assert tree(target) == NEW | {"real.yaml": OLD["service.yaml"]}
    assert not (target / "service.yaml").is_symlink()


@pytest.mark.parametrize("path", ["service.yaml", "image", ".service.yaml.r1c-new", NAME])
def test_a_link_that_leads_outside_is_refused_even_with_force(
    target: Path, tmp_path: Path, path: str
) -> None:
    outside = tmp_path / "outside"
    outside.write_text("precious\n")
    (target / path).unlink(missing_ok=True)
    (target / path).symlink_to(outside)
    with pytest.raises(UserError, match="outside the output directory; remove the link"):
        compile_to(target, NEW, force=True)
    assert outside.read_text() == "precious\n"
    assert (target / "benchmark" / "job.yaml").read_bytes() == OLD["benchmark/job.yaml"]


def test_a_link_at_the_name_of_a_temporary_file_is_removed_and_not_followed(target: Path) -> None:
    (target / "mine").write_text("precious\n")
    (target / ".service.yaml.r1c-new").symlink_to("mine")
    compile_to(target, NEW)
    assert tree(target) == NEW | {"mine": b"precious\n"}


def test_the_output_directory_is_a_link_or_a_file(target: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(target)
    (tmp_path / "file").write_text("precious\n")
    for place in (tmp_path / "link", tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(UserError):
            compile_to(place, NEW, force=True)
    assert tree(target) == OLD
    assert (tmp_path / "file").read_text() == "precious\n"


def test_a_file_that_changes_under_our_hands_is_not_overwritten(target: Path) -> None:
    changes = look(target, NEW)
    (target / "service.yaml").write_text("saved by an editor just now\n")
    with pytest.raises(UserError) as error:
        write(changes)
    assert str(error.value) == (
        f"{target}/service.yaml: cannot be written: it changed while r1c was writing; the output is as it was"
    )
    assert tree(target) == OLD | {"service.yaml": b"saved by an editor just now\n"}


# Errors: the old output is as it was


def failure(changes: Changes, hook: AbstractContextManager[None]) -> str | None:
    """Write while `hook` is in force, and return the message of the error, if there was one."""
    with hook:
        try:
            write(changes)
        except UserError as error:
            return str(error)
    return None


def test_an_error_at_any_call_leaves_the_old_output(target: Path) -> None:
    before = {path: (target / path).stat().st_mtime_ns for path in (*OLD, NAME)}

    def full_disk() -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    failures = 0
    for number in range(1, 200):
        error = failure(look(target, NEW), at_call(number, full_disk))
        if error:
            failures += 1
            assert error.endswith("cannot be written: No space left on device; the output is as it was")
        elif number > 60:
            break
        else:
            compile_to(target, OLD)  # a call whose failure does not matter: the fsync of a directory
            before = {path: (target / path).stat().st_mtime_ns for path in (*OLD, NAME)}
        assert tree(target) == OLD
        assert look(target, OLD).clean
        assert directories(target) == {"benchmark", "stale", "deep"}
        assert {path: (target / path).stat().st_mtime_ns for path in (*OLD, NAME)} == before
    assert failures > 20


def test_ctrl_c_at_any_call_leaves_the_old_output(target: Path) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    for number in range(1, 200):
        with at_call(number, interrupt), suppress(KeyboardInterrupt):
            write(look(target, NEW))
            break
        assert tree(target) == OLD
        assert look(target, OLD).clean
    assert number > 30


def test_an_error_under_force_brings_back_what_the_person_had(tmp_path: Path) -> None:
    def full_disk() -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    failures = 0
    for number in range(1, 40):
        target = tmp_path / str(number)
        compile_to(target, OLD)
        (target / "service.yaml").rename(target / "real.yaml")
        (target / "service.yaml").symlink_to("real.yaml")
        (target / "kept.yaml").write_text("mine\n")
        (target / NAME).write_text("not a lock\n")
        before = tree(target)
        changes = look(target, NEW)
        with at_call(number, full_disk), suppress(UserError):
            write(changes, force=True)
            continue
        failures += 1
        assert tree(target) == before
        assert (target / "service.yaml").readlink() == Path("real.yaml")
        assert (target / NAME).read_text() == "not a lock\n"
    assert failures > 15


def test_a_disk_that_fails_for_good_leaves_what_the_next_compile_repairs(target: Path) -> None:
    def broken_disk() -> None:
        raise OSError(errno.EIO, "Input/output error")

    for number in range(1, 60):
        error = failure(look(target, NEW), at_call(number, broken_disk, and_later=True))
        assert error is None or "cannot be written: Input/output error; the output is " in error
        assert_whole(target)
        compile_to(target, OLD)
        assert tree(target) == OLD


def test_a_file_too_large_for_the_disk(target: Path) -> None:
    """The limit on the size of a file makes a real write fail half way, after others have succeeded."""
    large = NEW | {"zzz.yaml": b"x" * 100_000}
    before = times(target / "stale")

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))
        with pytest.raises(UserError) as error:
            compile_to(target, large)
        assert str(error.value) == (
            f"{target}/.zzz.yaml.r1c-new: cannot be written: File too large; the output is as it was"
        )

    assert ended(fork(limited)) == 0
    assert tree(target) == OLD
    assert look(target, OLD).clean
    assert times(target / "stale") == before


def as_nobody(place: Path, action: Callable[[], None]) -> None:
    """Run `action` in `place` as a user whom permissions bind: root drops to nobody in a child process."""
    owner = 65534 if os.geteuid() == 0 else os.geteuid()
    for path in (place, *place.rglob("*")):
        os.chown(path, owner, -1)

    def dropped() -> None:
        os.chdir(place)
        if os.geteuid() == 0:
            os.setgroups([])
            os.setuid(owner)
        action()

    assert ended(fork(dropped)) == 0


@pytest.mark.parametrize("directory", ["out/r", "out/r/benchmark", "out/r/stale/deep"])
def test_a_read_only_directory_is_found_before_the_first_write(
    target: Path, tmp_path: Path, directory: str
) -> None:
    (tmp_path / directory).chmod(0o555)
    before = times(target)

    def compiles() -> None:
        with pytest.raises(UserError) as error:
            compile_to(Path("out/r"), NEW)
        expected = f"{directory}: cannot be written: Permission denied; the output is as it was"
        assert str(error.value) == expected
        compile_to(Path("out/r"), OLD)  # nothing to write, so nothing to complain of

    as_nobody(tmp_path, compiles)
    (tmp_path / directory).chmod(0o755)
    assert times(target) == before


def test_a_read_only_parent(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir(mode=0o555)

    def compiles() -> None:
        with pytest.raises(UserError, match=r"^out/r: cannot be written: Permission denied$"):
            compile_to(Path("out/r"), NEW)

    as_nobody(tmp_path, compiles)
    assert list((tmp_path / "out").iterdir()) == []


def test_an_unreadable_file_or_lock_is_named(target: Path, tmp_path: Path) -> None:
    for path in ("service.yaml", NAME):
        (target / path).chmod(0)

        def compiles(path: str = path) -> None:
            with pytest.raises(UserError, match=f"^out/r/{path}: cannot be read: Permission denied$"):
                look(Path("out/r"), NEW)

        as_nobody(tmp_path, compiles)
        (target / path).chmod(0o644)


# Power cuts: what was not forced to the disk is lost, in whole or from some byte on


def cut(content: bytes, chance: random.Random) -> bytes:
    """Return what a power cut may leave of a file that was written just before."""
    kept = content[: chance.choice((0, 0, 1, len(content) // 2, len(content) - 1))]
    return kept + b"\0" * chance.choice((0, 3, len(content) - len(kept)))


@pytest.mark.parametrize("path", [*NEW, NAME])
@pytest.mark.parametrize("left", [b"", b"\0" * 20, b"# ser", b"#\0\0\0", b"{", b'{"abou'])
def test_a_file_that_a_power_cut_left_short_is_repaired(tmp_path: Path, path: str, left: bytes) -> None:
    compile_to(tmp_path / "r", NEW)
    whole = (tmp_path / "r" / path).read_bytes()
    (tmp_path / "r" / path).write_bytes(left)
    changes = look(tmp_path / "r", NEW)
    if whole.startswith(left.rstrip(b"\0")):
        assert (changes.updated, changes.conflicts) == ((path,), ())
        compile_to(tmp_path / "r", NEW)
        assert look(tmp_path / "r", NEW).clean
    else:
        assert [conflict.path for conflict in changes.conflicts] == [path]
        assert changes.updated == ()


def test_a_power_cut_after_a_first_compile(tmp_path: Path) -> None:
    """Every file and the lock short or gone, with what a temporary file held beside them."""
    chance = random.Random(4)
    for number in range(60):
        target = tmp_path / str(number)
        compile_to(target, NEW)
        for path in (*NEW, NAME):
            content = (target / path).read_bytes()
            fate = chance.choice(("whole", "cut", "gone", "beside"))
            if fate in ("gone", "beside"):
                (target / path).unlink()
            if fate == "cut":
                (target / path).write_bytes(cut(content, chance))
            if fate == "beside":
                (target / path).with_name(f".{Path(path).name}.r1c-new").write_bytes(cut(content, chance))
        assert look(target, NEW).conflicts == ()
        compile_to(target, NEW)
        assert tree(target) == NEW
        assert look(target, NEW).clean


def test_a_power_cut_after_a_second_compile(target: Path) -> None:
    """The lock is safe on the disk, and of the files that it lists any may be short."""
    chance = random.Random(5)
    compile_to(target, NEW)
    final = (target / NAME).read_bytes()
    for _ in range(60):
        for path, content in NEW.items():
            fates = [content, cut(content, chance)]
            (target / path).write_bytes(chance.choice(fates))
        assert look(target, NEW).conflicts == ()
        compile_to(target, NEW)
        assert tree(target) == NEW
        assert (target / NAME).read_bytes() == final


@pytest.mark.skipif(
    not Path("/proc/self/fd").exists(), reason="the name of an open file is not to be had here"
)
def test_a_lock_that_is_replaced_is_forced_to_the_disk_and_nothing_else_is(
    target: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    forced: list[str] = []

    def fsync(handle: int) -> None:
        forced.append(Path(f"/proc/self/fd/{handle}").readlink().name)

    monkeypatch.setattr(os, "fsync", fsync)
    compile_to(tmp_path / "fresh", NEW)
    assert forced == []
    compile_to(target, NEW)
    assert forced == [f".{NAME}.r1c-new", "r", f".{NAME}.r1c-new"]


# Kills: the old or the new tree, or one that is not clean and that the next compile completes


def assert_whole(target: Path) -> None:
    """Assert that each file is wholly old or new, and that no mixture is called clean."""
    there = tree(target)
    for path, content in there.items():
        if not path.endswith(".r1c-new"):
            assert content in (OLD.get(path), NEW.get(path)), path
    assert not look(target, OLD).clean or there == OLD
    assert not look(target, NEW).clean or there == NEW
    assert look(target, OLD).conflicts == look(target, NEW).conflicts == ()


def kill_at_call(number: int, target: Path, files: Files, *, force: bool = False) -> bool:
    """Compile in a child that kills itself before the given call; False if it was done before."""

    def compiles() -> None:
        with at_call(number, lambda: os.kill(os.getpid(), signal.SIGKILL)):
            compile_to(target, files, force=force)

    status = ended(fork(compiles))
    assert status in (0, -signal.SIGKILL)
    return status != 0


def test_a_kill_at_any_call_of_a_second_compile(target: Path) -> None:
    kills = 0
    for number in range(1, 200):
        killed = kill_at_call(number, target, NEW)
        assert_whole(target)
        kills += killed
        for wanted in (NEW, OLD):
            compile_to(target, wanted)
            assert tree(target) == wanted
            assert look(target, wanted).clean
        assert directories(target) == {"benchmark", "stale", "deep"}
        if not killed:
            break
    assert kills > 30


def test_a_kill_at_any_call_of_a_first_compile_and_then_another_profile(tmp_path: Path) -> None:
    for number in range(1, 200):
        target = tmp_path / str(number)
        killed = kill_at_call(number, target, NEW)
        assert_whole(target)
        compile_to(target, OLD)
        assert tree(target) == OLD
        assert directories(target) == {"benchmark", "stale", "deep"}
        if not killed:
            return
    pytest.fail("the compile never ended")


def test_a_kill_of_the_compile_that_repairs_a_kill(target: Path) -> None:
    third = {"service.yaml": b"# service, third\n", "other/file.yaml": b"# third\n"}
    for number in range(1, 45, 4):
        for second in range(1, 45, 4):
            kill_at_call(number, target, NEW)
            kill_at_call(second, target, third)
            compile_to(target, OLD)
            assert tree(target) == OLD
            assert directories(target) == {"benchmark", "stale", "deep"}


def test_a_killed_force_leaves_a_persons_file_a_persons(target: Path) -> None:
    for number in range(1, 200):
        (target / "service.yaml").write_text("mine\n")
        killed = kill_at_call(number, target, NEW, force=True)
        if (target / "service.yaml").read_bytes() == b"mine\n":
            assert [c.path for c in look(target, NEW).conflicts] == ["service.yaml"]
        else:
            assert_whole(target)
        compile_to(target, OLD, force=True)
        if not killed:
            return


def test_kills_at_random_moments(target: Path) -> None:
    chance = random.Random(1)

    def compiles() -> None:
        while True:
            compile_to(target, NEW)
            compile_to(target, OLD)

    for _ in range(40):
        child = fork(compiles)
        time.sleep(chance.uniform(0.001, 0.04))
        os.kill(child, signal.SIGKILL)
        assert ended(child) == -signal.SIGKILL
        assert_whole(target)
    compile_to(target, NEW)
    assert tree(target) == NEW
    assert directories(target) == {"benchmark", "image"}


# Two at once


def test_two_compiles_of_one_output_leave_one_of_the_two(target: Path) -> None:
    for _ in range(20):
        children = [fork(partial(compile_to, target, files)) for files in (OLD, NEW)]
        assert [ended(child) for child in children] == [0, 0]
        there = tree(target)
        assert there in (OLD, NEW)
        assert look(target, there).clean


def test_a_compile_waits_for_the_one_before_it(target: Path) -> None:
    with exclusive(target):
        child = fork(lambda: compile_to(target, NEW))
        time.sleep(0.2)
        assert tree(target) == OLD
    assert ended(child) == 0
    assert tree(target) == NEW
