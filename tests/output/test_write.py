"""What a compile writes to an output folder, what it leaves alone, and what stops it."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from output_folder import NEW, OLD, compile_to, directories, look, times, tree
from r1c.diagnostics import UserError
from r1c.output.lock import LOCK, read_lock
from r1c.output.write import write

# What a compile writes


def test_a_compile_writes_the_files_and_the_lock(tmp_path: Path) -> None:
    compile_to(tmp_path / "out" / "r", NEW)
    assert tree(tmp_path / "out" / "r") == NEW
    lock = read_lock((tmp_path / "out" / "r" / LOCK).read_bytes())
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
    assert (target / LOCK).read_bytes() == (tmp_path / "fresh" / LOCK).read_bytes()


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
    (target / LOCK).write_text("[")
    with pytest.raises(UserError, match="r1c cannot use its lock: it is not valid JSON"):
        compile_to(target, OLD)
    compile_to(target, OLD, force=True)
    assert look(target, OLD).clean


def test_force_puts_a_file_in_the_place_of_a_link_and_never_writes_through_it(target: Path) -> None:
    (target / "service.yaml").rename(target / "real.yaml")
    (target / "service.yaml").symlink_to("real.yaml")
    compile_to(target, NEW, force=True)
    assert tree(target) == NEW | {"real.yaml": OLD["service.yaml"]}
    assert not (target / "service.yaml").is_symlink()


@pytest.mark.parametrize("path", ["service.yaml", "image", ".service.yaml.r1c-new", LOCK])
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
