"""A profile -> the newest vLLM release with which it checks clean, and why no newer one."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from r1c.diagnostics import Diagnostic
from r1c.facts import vllm, vllm_releases
from r1c.record import record
from r1c.upgrade.reach import Reached


@record
class Passed:
    """Newer releases that are passed over, first to last, and the fault that all of them have."""

    first: str
    last: str
    fault: Diagnostic


@record
class Newest:
    """The newest good release, None if there is none from the profile's own on; and those passed over."""

    release: str | None
    passed: tuple[Passed, ...]


def newest(version: str, reach: Callable[[str], Reached]) -> Newest:
    """Try the published releases from the newest one down to the profile's own.

    A release is good if the profile ends without an error and without a warning that it does not have now.
    """
    faults: list[tuple[str, Diagnostic]] = []
    here = vllm.key(version) or ()
    for release, key in reversed(list(vllm_releases.published().items())):
        if key < here:
            break
        obstacles = reach(release).obstacles
        if not obstacles:
            return Newest(release, tuple(_grouped(faults)))
        faults.append((release, obstacles[0]))
    return Newest(None, tuple(_grouped(faults)))


def _grouped(faults: list[tuple[str, Diagnostic]]) -> Iterator[Passed]:
    """Join neighbours with the same code; their fault is that of the oldest, from which on there is one."""
    group: list[tuple[str, Diagnostic]] = []
    for item in faults:
        if group and group[-1][1].code != item[1].code:
            yield _passed(group)
            group = []
        group.append(item)
    if group:
        yield _passed(group)


def _passed(group: list[tuple[str, Diagnostic]]) -> Passed:
    return Passed(group[-1][0], group[0][0], group[-1][1])
