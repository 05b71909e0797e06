"""Two plans of a profile -> what other versions of LWS, GKE and the GPUDirect release change."""

from __future__ import annotations

from collections.abc import Iterator

from r1c import facts
from r1c.check.rules.cluster import version
from r1c.facts import change_impact, nccl
from r1c.resolve.plan import Plan
from r1c.upgrade.history import Change


def of_lws(before: Plan, after: Plan) -> Iterator[Change]:
    """Yield what another LWS release changes for the groups."""
    limits, old, new = facts.limits().lws, before.cluster.lws, after.cluster.lws
    here, there = version(old), version(new)
    if here is None or there is None or here == there:
        return
    gained = {
        limits.oldest_native: "sets LWS_WORKER_INDEX, which groups without Ray need",
        limits.partition: "rolloutStrategy takes a partition",
        change_impact.size_mutable(): "accepts a new size of groups, and recreates them for it",
        limits.surge_alone: "maxSurge with maxUnavailable 0 keeps every group",
    }
    for since, text in gained.items():
        if here < (version(since) or ()) <= there:
            yield Change("cluster", "LWS", text, since)
        elif there < (version(since) or ()) <= here:
            yield Change("cluster", "LWS", f"not before {since}: {text}", since)
    for what, table in (
        ("needs Kubernetes", limits.kubernetes),
        ("tested on Kubernetes up to", limits.tested),
    ):
        least, most = (_held(table, release) for release in (here, there))
        if least != most and most:
            yield Change(
                "cluster", "LWS", f"{what} {most[1]}" + (" or newer" if "needs" in what else ""), most[0]
            )


def _held(table: object, release: tuple[int, ...]) -> tuple[str, str] | None:
    found = [item for item in dict(table).items() if (version(item[0]) or ()) <= release]  # type: ignore[call-overload]
    return found[-1] if found else None


def of_gke(before: Plan, after: Plan) -> Iterator[Change]:
    """Yield what another GKE version changes for the pods."""
    limits = facts.limits()
    here, there = version(before.cluster.gke), version(after.cluster.gke)
    if here is None or there is None or here == there:
        return
    gained = {
        limits.gke.host_network_bucket: "mounts a bucket in pods on the host's network",
        limits.gke.flex_start: "has flex-start for GPUs",
        limits.cloud_storage.parallel_download: "downloads files of a bucket in parallel",
        after.platform.minimum_gke: f"the setup guide of {after.platform.id} needs it",
    }
    for since, text in gained.items():
        if here < (version(since) or ()) <= there:
            yield Change("cluster", "GKE", text, since)
        elif there < (version(since) or ()) <= here:
            yield Change("cluster", "GKE", f"not before {since}: {text}", since)


def of_gpudirect(before: Plan, after: Plan) -> Iterator[Change]:
    """Yield what another GPUDirect release changes: images, NCCL, and the variables of the server."""
    stack, one, other = after.gpudirect.stack, before.gpudirect, after.gpudirect
    if stack in ("none", "") or before.gpudirect.stack != stack:
        return
    if one.release != other.release:
        yield Change("gpudirect", "release", f"{one.release} -> {other.release}")
        old, new = (facts.release(stack, gpudirect.release) for gpudirect in (one, other))
        if new.qualified and old.qualified != new.qualified:
            span = nccl.span(old.qualified) if old.qualified else "not stated"
            yield Change("gpudirect", "qualified NCCL", f"{span} -> {nccl.span(new.qualified)}")
        if new.cuda != old.cuda and new.cuda:
            yield Change("gpudirect", "CUDA runtime", f"{old.cuda or 'not stated'} -> {new.cuda}")
    for name, was, now in (
        ("plugin", one.plugin_image, other.plugin_image),
        ("daemon", one.rxdm_image, other.rxdm_image),
    ):
        if was != now:
            yield Change("gpudirect", name, f"{was.rpartition(':')[2]} -> {now.rpartition(':')[2]}")
    if one.rxdm_flags != other.rxdm_flags:
        was, now = (" ".join(gpudirect.rxdm_flags) for gpudirect in (one, other))
        yield Change("gpudirect", "flags of the daemon", f"{was} -> {now}")
    for name in sorted({*one.environment, *other.environment}):
        was_, now_ = one.environment.get(name, "not set"), other.environment.get(name, "not set")
        if was_ != now_:
            yield Change("gpudirect", name, f"{was_} -> {now_}")
