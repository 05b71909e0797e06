"""Two plans of a profile, before and after a step -> all that the step changes."""

from __future__ import annotations

from collections.abc import Iterator

from r1c.facts import vllm, vllm_releases
from r1c.record import record
from r1c.resolve.plan import Plan
from r1c.upgrade import cluster, libraries, profile_flags, server, silent
from r1c.upgrade.history import Change, goes_back


@record
class Step:
    """What a step changes: what concerns the profile, and what does not, for which a count is enough."""

    changes: tuple[Change, ...]
    others: tuple[Change, ...]


def step(before: Plan, after: Plan) -> Step:
    """Compare the releases of two plans by what the plan before has, uses and relies on."""
    changes = sorted(
        _changes(before, after), key=_rank, reverse=goes_back(before.server.version, after.server.version)
    )
    return Step(tuple(changes), tuple(_others(before, after)))


def _rank(change: Change) -> tuple[int, ...]:
    """Return by which changes are in the order of the releases; those of no release keep their place."""
    return vllm.key(change.since) or ()


def _changes(before: Plan, after: Plan) -> Iterator[Change]:
    old, new = before.server.release, after.server.release
    yield from profile_flags.of_flags(before, old, new)
    yield from profile_flags.of_variables(before, old, new)
    yield from silent.of_defaults(before, old, new)
    yield from silent.of_behaviour(before, old, new)
    yield from server.of_engine(before, old, new)
    yield from server.of_executor(before, after, old, new)
    yield from server.of_metrics(before, old, new)
    published = vllm_releases.published()
    if before.server.version in published and after.server.version in published:
        yield from libraries.of_libraries(before, before.server.version, after.server.version)
    yield from server.of_memory(before, old, new)
    yield from cluster.of_gpudirect(before, after)
    yield from cluster.of_lws(before, after)
    yield from cluster.of_gke(before, after)


def _others(before: Plan, after: Plan) -> Iterator[Change]:
    old, new = before.server.release, after.server.release
    yield from profile_flags.others(before, old, new)
    yield from silent.other_defaults(before, old, new)
