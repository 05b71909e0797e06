from __future__ import annotations

import os
from pathlib import Path

import pytest

from r1c.diagnostics import InternalError, UserError
from r1c.output.changes import Changes, inspect
from r1c.output.disk import temporary
from r1c.output.existing import Conflict, Kind, may_have
from r1c.output.lock import LOCK, Lock, lock_bytes
from r1c.output.write import write

PROFILE = "0" * 64
V1 = {"service.yaml": b"# service 1\n", "benchmark/job.yaml": b"# job 1\n", ".gitignore": b"/hf-secret.env\n"}
CLUSTER = {"name": "my-cluster", "project": "my-project", "region": "us-central1"}
V2 = V1 | {"service.yaml": b"# service 2\n"}


def look(target: Path, files: dict[str, bytes]) -> Changes:
    return inspect(target, files, recipe="r", profile=PROFILE, r1c="0.1.0", cluster=CLUSTER)


def only_conflict(target: Path, files: dict[str, bytes]) -> Conflict:
    (conflict,) = look(target, files).conflicts
    return conflict


@pytest.fixture
def target(tmp_path: Path) -> Path:
    """An output directory that a compile of V1 left."""
    place = tmp_path / "out" / "r"
    write(look(place, V1))
    return place


def test_where_nothing_is_all_files_are_created(tmp_path: Path) -> None:
    changes = look(tmp_path / "out" / "r", V1)
    assert changes.created == (".gitignore", LOCK, "benchmark/job.yaml", "service.yaml")
    assert not changes.clean
    assert list(tmp_path.iterdir()) == []


def test_after_a_compile_the_output_is_clean(target: Path) -> None:
    changes = look(target, V1)
    assert changes.clean
    assert changes.unchanged == (".gitignore", LOCK, "benchmark/job.yaml", "service.yaml")


def test_a_new_content_is_an_update_of_the_file_and_the_lock(target: Path) -> None:
    changes = look(target, V2)
    assert changes.updated == (LOCK, "service.yaml")
    assert changes.unchanged == (".gitignore", "benchmark/job.yaml")
    assert not changes.clean


def test_a_newer_r1c_changes_the_lock_only(target: Path) -> None:
    assert inspect(target, V1, recipe="r", profile=PROFILE, r1c="0.2.0", cluster=CLUSTER).updated == (LOCK,)


def test_a_deleted_file_is_created_again(target: Path) -> None:
    (target / "service.yaml").unlink()
    assert look(target, V1).created == ("service.yaml",)


def test_files_that_a_person_added_are_nobodys_business(target: Path) -> None:
    (target / "hf-secret.env").write_text("hf_api_token=x\n")
    (target / "image").mkdir()
    assert look(target, V1).clean


def test_a_stale_file_is_removed_only_if_nobody_edited_it(target: Path) -> None:
    less = {".gitignore": V1[".gitignore"]}
    assert look(target, less).removed == ("benchmark/job.yaml", "service.yaml")
    (target / "service.yaml").write_text("mine\n")
    assert look(target, less).removed == ("benchmark/job.yaml",)
    assert look(target, less).kept == ("service.yaml",)


def test_a_gitignore_stays_while_the_file_with_a_token_does(target: Path) -> None:
    """Without it, the next `git add` would take the token."""
    without = {path: content for path, content in V1.items() if path != ".gitignore"}
    assert look(target, without).removed == (".gitignore",)
    (target / "hf-secret.env").write_text("hf_api_token=x\n")
    assert (look(target, without).removed, look(target, without).kept) == ((), (".gitignore",))


def test_a_file_edited_by_hand_is_a_conflict_even_if_the_recipe_is_the_same(target: Path) -> None:
    (target / "service.yaml").write_text("mine\n")
    expected = Conflict(
        "service.yaml",
        Kind.EDITED,
        "someone edited this file after r1c wrote it",
        "make the change in the profile or in an overlay, or overwrite the file with --force",
    )
    assert look(target, V1).conflicts == look(target, V2).conflicts == (expected,)


def test_a_file_that_was_there_before_r1c_is_a_conflict(target: Path) -> None:
    (target / "RUNBOOK.md").write_text("mine\n")
    assert only_conflict(target, V1 | {"RUNBOOK.md": b"ours\n"}) == Conflict(
        "RUNBOOK.md",
        Kind.FOREIGN,
        "r1c writes this file, but did not write the existing one",
        "move the file away, or overwrite it with --force",
    )


def test_without_a_lock_equal_files_are_adopted_and_others_are_conflicts(target: Path) -> None:
    (target / LOCK).unlink()
    changes = look(target, V2)
    assert changes.created == (LOCK,)
    assert changes.unchanged == (".gitignore", "benchmark/job.yaml")
    assert changes.conflicts == (
        Conflict(
            "service.yaml",
            Kind.FOREIGN,
            "without a usable .r1c.lock.json r1c cannot tell whether it wrote the existing file",
            "move the file away, or overwrite it with --force",
        ),
    )


@pytest.mark.parametrize(
    ("lock", "reason"),
    [
        (b"\n", "it is empty"),
        (b'{"about": "By hand', "it is not valid JSON"),
        (b"<<<<<<< HEAD\n", "it has the conflict markers of an unfinished merge (<<<<<<<)"),
        (b'{"format": 7}', "a newer r1c wrote it (format 7; this r1c reads format 1)"),
        (lock_bytes(Lock("other", PROFILE, "0.1.0", {})), "it belongs to the recipe other, not r"),
        (b"x" * 3_000_000, "it is larger than 1,048,576 bytes, the limit for a lock"),
    ],
    ids=["empty", "truncated", "merge", "newer", "other recipe", "huge"],
)
def test_a_lock_that_cannot_be_used_is_a_conflict_and_counts_as_none(
    target: Path, lock: bytes, reason: str
) -> None:
    (target / LOCK).write_bytes(lock)
    assert only_conflict(target, V1) == Conflict(
        LOCK,
        Kind.BAD_LOCK,
        f"r1c cannot use its lock: {reason}",
        "restore it from version control, or rewrite it with --force",
    )
    assert [c.path for c in look(target, V2).conflicts] == [LOCK, "service.yaml"]
    assert look(target, V2).updated == ()


@pytest.mark.parametrize("left", [b"", b"\0" * 9, b"{", b'{"about": "Gen', b'{"about": "Gen\0\0'])
def test_a_lock_that_was_cut_short_is_repaired_unless_another_file_needs_it(
    target: Path, left: bytes
) -> None:
    (target / LOCK).write_bytes(left)
    assert look(target, V1).updated == (LOCK,)
    assert look(target, V1).conflicts == ()
    assert [c.path for c in look(target, V2).conflicts] == [LOCK, "service.yaml"]
    assert look(target, V2).updated == ()


def test_a_lock_that_lists_a_place_outside_is_not_trusted(target: Path) -> None:
    outside = target.parent / "precious"
    outside.write_bytes(V1["service.yaml"])
    lock = (target / LOCK).read_text().replace('"service.yaml"', '"../precious"')
    (target / LOCK).write_text(lock)
    changes = look(target, {})
    assert changes.removed == ()
    assert [c.kind for c in changes.conflicts] == [Kind.BAD_LOCK]


def test_a_link_that_leads_outside(target: Path, tmp_path: Path) -> None:
    (target / "service.yaml").unlink()
    (target / "service.yaml").symlink_to("/etc/hostname")
    assert only_conflict(target, V1) == Conflict(
        "service.yaml",
        Kind.LINK_OUTSIDE,
        "expected a file, found a symbolic link to /etc/hostname, outside the output directory",
        "remove the link",
    )
    assert look(target, V1).blocking(force=True) != ()
    (target / "service.yaml").unlink()
    (target / "service.yaml").symlink_to(tmp_path / "nothing-there")
    assert only_conflict(target, V1).kind is Kind.LINK_OUTSIDE


def test_a_link_that_stays_inside(target: Path) -> None:
    (target / "service.yaml").rename(target / "real.yaml")
    (target / "service.yaml").symlink_to("real.yaml")
    assert only_conflict(target, V1) == Conflict(
        "service.yaml",
        Kind.LINK,
        "expected a file, found a symbolic link to real.yaml",
        "remove the link, or put the file in its place with --force",
    )
    assert look(target, V1).blocking(force=True) == ()


def test_a_link_in_circles(target: Path) -> None:
    (target / "service.yaml").unlink()
    (target / "service.yaml").symlink_to("service.yaml")
    assert only_conflict(target, V1).kind in (Kind.LINK, Kind.LINK_OUTSIDE)


def test_a_linked_directory_is_refused_once_wherever_it_leads(target: Path, tmp_path: Path) -> None:
    (target / "benchmark").rename(tmp_path / "elsewhere")
    (target / "benchmark").symlink_to(tmp_path / "elsewhere")
    both = V1 | {"benchmark/kustomization.yaml": b"x\n"}
    assert (only_conflict(target, both).path, only_conflict(target, both).kind) == (
        "benchmark",
        Kind.LINK_OUTSIDE,
    )
    (target / "benchmark").unlink()
    (tmp_path / "elsewhere").rename(target / "real")
    (target / "benchmark").symlink_to("real")
    assert only_conflict(target, both) == Conflict(
        "benchmark",
        Kind.LINKED_DIRECTORY,
        "expected a directory, found a symbolic link to real",
        "remove the link",
    )
    assert look(target, both).blocking(force=True) != ()


def test_a_stale_file_behind_a_link_is_left_alone(target: Path, tmp_path: Path) -> None:
    (target / "benchmark").rename(tmp_path / "elsewhere")
    (target / "benchmark").symlink_to(tmp_path / "elsewhere")
    changes = look(target, {path: V1[path] for path in (".gitignore", "service.yaml")})
    assert (changes.removed, changes.kept) == ((), ("benchmark/job.yaml",))


def test_the_output_directory_is_a_link(target: Path) -> None:
    link = target.parent / "link"
    link.symlink_to(target)
    assert only_conflict(link, V1) == Conflict(
        ".",
        Kind.LINK_OUTSIDE,
        f"the output directory is a symbolic link to {target}",
        "give the parent of the real directory with -o",
    )


def test_a_link_above_the_output_directory_is_followed(target: Path, tmp_path: Path) -> None:
    (tmp_path / "alias").symlink_to(target.parent)
    assert look(tmp_path / "alias" / "r", V1).clean


def test_the_output_directory_or_its_parent_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "r").write_text("")
    advice = "move it away, or give another parent directory with -o"
    at, above = (
        "the output directory is a file",
        "a directory above the output directory is a file",
    )
    assert only_conflict(tmp_path / "r", V1) == Conflict(".", Kind.NOT_A_DIRECTORY, at, advice)
    assert only_conflict(tmp_path / "r" / "x", V1) == Conflict(".", Kind.NOT_A_DIRECTORY, above, advice)


def test_a_directory_where_a_file_belongs_and_the_reverse(tmp_path: Path) -> None:
    (tmp_path / "service.yaml").mkdir()
    (tmp_path / "benchmark").write_text("")
    assert look(tmp_path, V1).conflicts == (
        Conflict("benchmark", Kind.NOT_A_DIRECTORY, "expected a directory, found a file", "move it away"),
        Conflict("service.yaml", Kind.DIRECTORY, "expected a file, found a directory", "move it away"),
    )
    assert len(look(tmp_path, V1).blocking(force=True)) == 2


def test_a_pipe_does_not_make_us_wait(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "service.yaml")
    reason = "expected a file, found a pipe, socket or device"
    assert only_conflict(tmp_path, V1) == Conflict("service.yaml", Kind.SPECIAL, reason, "move it away")


def test_the_lock_itself_is_a_directory_or_a_link(tmp_path: Path) -> None:
    (tmp_path / LOCK).mkdir()
    assert only_conflict(tmp_path, V1).kind is Kind.DIRECTORY
    (tmp_path / LOCK).rmdir()
    (tmp_path / LOCK).symlink_to("/etc/hostname")
    assert only_conflict(tmp_path, V1).kind is Kind.LINK_OUTSIDE


@pytest.mark.parametrize("path", ["service.yaml", "benchmark/job.yaml", LOCK])
def test_what_a_killed_compile_left_is_not_clean(target: Path, path: str) -> None:
    (target / temporary(path)).write_text("half a fi")
    changes = look(target, V1)
    assert changes.leftovers == (temporary(path),)
    assert changes.interrupted
    assert not changes.clean


def test_an_unfinished_lock_is_not_clean_even_if_the_files_are_right(target: Path) -> None:
    old = look(target, V1).lock
    (target / LOCK).write_bytes(lock_bytes(Lock("r", PROFILE, "0.1.0", old.files, pending=old.files)))
    assert look(target, V1).interrupted
    assert not look(target, V1).clean


def test_the_name_of_a_temporary_file() -> None:
    assert temporary("service.yaml") == ".service.yaml.r1c-new"
    assert temporary("benchmark/job.yaml") == "benchmark/.job.yaml.r1c-new"


def test_a_path_that_no_output_file_may_have_is_our_own_fault(tmp_path: Path) -> None:
    with pytest.raises(InternalError, match=r"not a path for an output file: '\.\./x'"):
        look(tmp_path, {"../x": b""})
    with pytest.raises(InternalError):
        look(tmp_path, {LOCK: b""})


def test_a_name_that_the_system_refuses_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"/\.a{300}\.r1c-new: cannot be written: File name too long"):
        write(look(tmp_path, {"a" * 300: b""}))


def test_a_name_in_another_case_is_looked_at(target: Path) -> None:
    """On a disk without case "Service.yaml" is service.yaml; here it is another file, and nobody's."""
    (target / "Service.yaml").write_text("mine\n")
    (target / "Benchmark").mkdir()
    assert look(target, V1).clean
    assert may_have(str(target), "SERVICE.yaml", {})
    assert may_have(str(target), "Benchmark/JOB.yaml", {}) is (target / "BENCHMARK").exists()
    assert not may_have(str(target), "other.yaml", {})
