"""Kills while a folder is written, and two compiles of one folder: old or new, or completed by the next."""

from __future__ import annotations

import os
import random
import signal
import time
from functools import partial
from pathlib import Path

import pytest

from output_folder import (
    NEW,
    OLD,
    Files,
    assert_whole,
    at_call,
    compile_to,
    directories,
    ended,
    fork,
    look,
    tree,
)
from r1c.output.write import exclusive

# Kills: the old or the new tree, or one that is not clean and that the next compile completes


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
