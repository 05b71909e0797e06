"""A plan and a snapshot of its cluster -> what prevents the cluster from running the recipe."""

from __future__ import annotations

from contextlib import suppress

from r1c.check.preflight_codes import cluster_codes
from r1c.lower import lower
from r1c.preflight import (
    claims,
    controllers,
    daemon_sets,
    definitions,
    existing,
    namespaces,
    networks,
    nodes,
    requests,
)
from r1c.preflight.requests import Request
from r1c.preflight.snapshot import Snapshot
from r1c.preflight.view import Check, Found, NotHeldError, View
from r1c.resolve.plan import Plan

CHECKS: tuple[Check, ...] = (
    controllers.kubernetes,
    nodes.machines,
    nodes.targets,
    nodes.features,
    nodes.free,
    networks.objects,
    networks.parameters,
    networks.advertised,
    claims.served,
    claims.driver,
    claims.devices,
    claims.networks,
    daemon_sets.plugin,
    daemon_sets.injector,
    daemon_sets.bucket,
    definitions.definitions,
    definitions.schemas,
    controllers.lws,
    controllers.kueue,
    controllers.queue,
    namespaces.namespace,
    namespaces.quotas,
    namespaces.limits,
    namespaces.priority,
    namespaces.secrets,
    namespaces.store,
    existing.own,
    existing.account,
)
"""The checks, from the nodes up to the recipe's own objects."""


def preflight(plan: Plan, snapshot: Snapshot) -> tuple[Found, ...]:
    """Return the findings; what the snapshot does not contain is named, never assumed."""
    view = View(plan, lower(plan), snapshot)
    every: list[Found] = []
    for check in CHECKS:
        # What a check found before it read what is missing counts.
        with suppress(NotHeldError):
            every.extend(check(view))
    for request in requests.every(plan, view.bundle):
        view.held(request)
    return (*every, *(_not_checked(view, *gap) for gap in view.gaps.values()))


def _not_checked(view: View, request: Request, refused: str | None) -> Found:
    reason = refused or "the snapshot does not contain it"
    return view.found(
        cluster_codes.NOT_CHECKED,
        "spec",
        f"not checked: {request.name}: {reason}",
        "get the permission to read it (verbs get and list), and run preflight again"
        if refused
        else "write the snapshot with the command that `r1c preflight PROFILE` prints",
        request.kind,
    )
