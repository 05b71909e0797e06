"""Errors while a folder is written, lost permissions, power cuts: the old output, or a repair of it."""

from __future__ import annotations

import errno
import os
import random
import resource
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from pathlib import Path

import pytest

from output_folder import (
    NEW,
    OLD,
    assert_whole,
    at_call,
    compile_to,
    directories,
    ended,
    fork,
    look,
    times,
    tree,
)
from r1c.diagnostics import UserError
from r1c.output.changes import Changes
from r1c.output.disk import put
from r1c.output.lock import LOCK
from r1c.output.write import write

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
    before = {path: (target / path).stat().st_mtime_ns for path in (*OLD, LOCK)}

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
            before = {path: (target / path).stat().st_mtime_ns for path in (*OLD, LOCK)}
        assert tree(target) == OLD
        assert look(target, OLD).clean
        assert directories(target) == {"benchmark", "stale", "deep"}
        assert {path: (target / path).stat().st_mtime_ns for path in (*OLD, LOCK)} == before
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
        (target / LOCK).write_text("not a lock\n")
        before = tree(target)
        changes = look(target, NEW)
        with at_call(number, full_disk), suppress(UserError):
            write(changes, force=True)
            continue
        failures += 1
        assert tree(target) == before
        assert (target / "service.yaml").readlink() == Path("real.yaml")
        assert (target / LOCK).read_text() == "not a lock\n"
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
    for path in ("service.yaml", LOCK):
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


@pytest.mark.parametrize("path", [*NEW, LOCK])
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
        for path in (*NEW, LOCK):
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
    final = (target / LOCK).read_bytes()
    for _ in range(60):
        for path, content in NEW.items():
            fates = [content, cut(content, chance)]
            (target / path).write_bytes(chance.choice(fates))
        assert look(target, NEW).conflicts == ()
        compile_to(target, NEW)
        assert tree(target) == NEW
        assert (target / LOCK).read_bytes() == final


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
    assert forced == [f".{LOCK}.r1c-new", "r", f".{LOCK}.r1c-new"]


def test_a_single_file_that_cannot_be_written_has_its_own_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the page of `r1c report` in a read-only folder: the temporary file is not the user's."""
    place = str(tmp_path / "page.html")

    def refuse(path: str, *_: object) -> int:
        raise PermissionError(errno.EACCES, "Permission denied", path)

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(PermissionError) as caught:
        put(place, b"page", lasting=False)
    assert caught.value.filename == place
