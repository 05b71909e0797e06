"""An output folder of an old and a new recipe: compiled to, looked at, and interrupted at any call."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from r1c.output.changes import Changes, inspect
from r1c.output.lock import NAME
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


def assert_whole(target: Path) -> None:
    """Assert that each file is wholly old or new, and that no mixture is called clean."""
    there = tree(target)
    for path, content in there.items():
        if not path.endswith(".r1c-new"):
            assert content in (OLD.get(path), NEW.get(path)), path
    assert not look(target, OLD).clean or there == OLD
    assert not look(target, NEW).clean or there == NEW
    assert look(target, OLD).conflicts == look(target, NEW).conflicts == ()
