"""Many items over several processes: the order, the errors, and what is loaded once. About 2 s."""

from __future__ import annotations

import os
import sys
import time
from functools import partial

import pytest

from r1c.commands import worker_processes
from r1c.commands.worker_processes import spread
from r1c.diagnostics import UserError


def doubled(number: int) -> int:
    return 2 * number


def slow_at_first(number: int) -> int:
    time.sleep(0.1 if number < 3 else 0)
    return number


def process(_: int) -> int:
    return os.getpid()


def parent(_: int) -> int:
    return os.getppid()


def refuse(number: int, *, at: int) -> int:
    if number == at:
        raise UserError(f"no {number}")
    return number


@pytest.mark.parametrize("asked", [None, 1, 2, 5])
@pytest.mark.parametrize("count", [0, 1, 2, 100])
def test_the_results_come_in_the_order_of_the_items(asked: int | None, count: int) -> None:
    assert list(spread(doubled, range(count), asked)) == [2 * number for number in range(count)]


def test_an_item_that_takes_long_keeps_its_place() -> None:
    assert list(spread(slow_at_first, range(20), 3)) == list(range(20))


def test_the_first_item_is_this_process_s_and_the_rest_are_the_others() -> None:
    first, *rest = spread(process, range(50), 2)
    assert first == os.getpid()
    assert os.getpid() not in rest


@pytest.mark.skipif(sys.platform != "linux", reason="other systems start each process anew")
def test_the_others_are_forked_from_this_process_with_what_it_has_loaded() -> None:
    _, *rest = spread(parent, range(50), 2)
    assert set(rest) == {os.getpid()}


def test_few_items_start_no_process() -> None:
    few = range(2 * worker_processes.WORTH_A_PROCESS - 1)
    assert set(spread(process, few)) == {os.getpid()}


@pytest.mark.parametrize("asked", [1, 3])
def test_an_error_comes_after_what_is_before_it(asked: int) -> None:
    results = spread(partial(refuse, at=7), range(40), asked)
    assert [next(results) for _ in range(7)] == list(range(7))
    with pytest.raises(UserError, match="no 7"):
        next(results)
