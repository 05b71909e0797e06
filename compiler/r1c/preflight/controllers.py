"""The versions of Kubernetes, LeaderWorkerSet and Kueue against those of the profile; and the queue."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from decimal import Decimal

from r1c import facts
from r1c.check.preflight_codes import cluster_codes
from r1c.check.rules.cluster import version
from r1c.diagnostics.suggest import counted
from r1c.names import GPU
from r1c.preflight import requests
from r1c.preflight.objects import ClusterQueue, LocalQueue, Version, Workload
from r1c.preflight.quantity import amount
from r1c.preflight.view import Found, View, named


def kubernetes(view: View) -> Iterator[Found]:
    """Compare the cluster's GKE version with the platform's minimum and with the profile."""
    item = view.item(requests.version(), Version)
    running = item.git_version.removeprefix("v") if item else ""
    have, plan = version(running), view.plan
    about = f"API server v{running}"
    if have is None:
        yield view.found(
            cluster_codes.NOT_GKE,
            "spec.cluster.gke",
            f"the API server's version {running or '(none)'} is not a version of GKE",
            f"check the context of kubectl: the profile's cluster is {plan.cluster.name}",
            about,
        )
        return
    if have < (version(plan.platform.minimum_gke) or ()):
        yield view.found(
            cluster_codes.GKE_TOO_OLD,
            "spec.cluster.gke",
            f"the cluster runs GKE {running}, but {plan.platform.id} needs {plan.platform.minimum_gke} or "
            "later",
            f"run: gcloud container clusters upgrade {plan.cluster.name} --master --location "
            f"{plan.cluster.found_at} --project {plan.cluster.project}",
            about,
        )
    elif plan.cluster.gke and have != version(plan.cluster.gke):
        yield _differs(view, "gke", running, plan.cluster.gke, about)


def _differs(view: View, field: str, running: str, said: str, about: str) -> Found:
    what = {"gke": "GKE", "lws": "LeaderWorkerSet", "kueue": "Kueue"}[field]
    return view.found(
        cluster_codes.OTHER_VERSION,
        f"spec.cluster.{field}",
        f"the cluster runs {what} {running}, but the profile says {said}",
        f"write {field}: {running} under cluster, so that r1c checks for the running version",
        about,
    )


def lws(view: View) -> Iterator[Found]:
    """Check that the LeaderWorkerSet controller runs, and its version."""
    yield from _controller(view, requests.LWS, "LeaderWorkerSet", "lws", view.plan.cluster.lws)


def kueue(view: View) -> Iterator[Found]:
    """Check that Kueue runs where the recipe has a queue, and its version."""
    if view.plan.scheduling.queue:
        yield from _controller(view, requests.KUEUE, "Kueue", "kueue", view.plan.cluster.kueue)


def _controller(view: View, name: str, what: str, field: str, said: str | None) -> Iterator[Found]:
    item = view.item(requests.controller(name), Workload)
    path = f"spec.cluster.{field}"
    if item is None:
        yield view.found(
            cluster_codes.NO_CONTROLLER,
            path,
            f"the cluster has no Deployment {name}: {what} is not installed",
            f"install {what}, as RUNBOOK.md says",
            f"Deployment {name}",
        )
        return
    about = f"Deployment {item.metadata.namespace}/{name}"
    if not item.status.ready_replicas:
        yield view.found(
            cluster_codes.CONTROLLER_NOT_READY,
            path,
            f"no pod of the Deployment {name} is ready: nothing creates pods, and the webhook refuses "
            "changes",
            f"read the reason in: kubectl describe deployment {name} "
            f"-n {shlex.quote(item.metadata.namespace)}",
            about,
        )
    tags = [image.rpartition("@")[0] or image for image in item.images]
    running = next((tag for text in tags if version(tag := text.rpartition(":")[2])), None)
    assumed = said or (facts.defaults().lws if field == "lws" else None)
    if running is None:
        yield view.found(
            cluster_codes.UNKNOWN_VERSION,
            path,
            f"the image of {name} does not say its version, so it cannot be compared with the recipe's",
            f"write {field}: under cluster with the version that is installed",
            about,
        )
    elif assumed and _older(running, _oldest(view, field)):
        yield view.found(
            cluster_codes.CONTROLLER_TOO_OLD,
            path,
            f"the cluster runs {what} {running}, but the recipe needs {_oldest(view, field)} or later",
            f"upgrade {what}",
            about,
        )
    elif said and version(said) != version(running):
        yield _differs(view, field, running, said, about)


def _oldest(view: View, field: str) -> str:
    limits = facts.limits()
    if field == "kueue":
        return limits.kueue.oldest
    indexed = view.plan.server.executor in ("native", "data")
    return limits.lws.oldest_native if indexed else limits.lws.oldest


def _older(running: str, oldest: str) -> bool:
    return (version(running) or ()) < (version(oldest) or ())


def queue(view: View) -> Iterator[Found]:
    """Check that the recipe's queue is there, open, and has a quota for a group."""
    plan = view.plan
    name = plan.scheduling.queue
    if not name:
        return
    path, about = "spec.scheduling.queue", f"LocalQueue {plan.namespace}/{name}"
    item = view.item(requests.local_queue(plan), LocalQueue)
    if item is None:
        yield view.found(
            cluster_codes.NO_QUEUE,
            path,
            f"the namespace {plan.namespace} has no LocalQueue {name}",
            f"write one of the names that this prints: kubectl get localqueues -n {plan.namespace}",
            about,
        )
        return
    active = item.status.of("Active")
    stopped = item.spec.stop_policy not in ("", "None")
    if stopped or (active and active.status != "True"):
        reason = f"stopPolicy {item.spec.stop_policy}" if stopped else (active.reason if active else "")
        yield view.found(
            cluster_codes.QUEUE_CLOSED,
            path,
            f"the LocalQueue {name} admits nothing ({reason or 'not active'})",
            f"read the reason in: kubectl describe localqueue {name} -n {plan.namespace}",
            about,
        )
    yield from _quota(view, item)


def _quota(view: View, item: LocalQueue) -> Iterator[Found]:
    plan = view.plan
    target, path = item.spec.cluster_queue, "spec.scheduling.queue"
    queues = {each.metadata.name: each for each in view.items(requests.cluster_queues(), ClusterQueue)}
    behind, about = queues.get(target), f"ClusterQueue {target}"
    if behind is None:
        yield view.found(
            cluster_codes.NO_CLUSTER_QUEUE,
            path,
            f"the LocalQueue {item.metadata.name} refers to the ClusterQueue {target}, which does not exist",
            f"create {target}, or use another queue",
            about,
        )
        return
    covered = {name for group in behind.spec.resource_groups for name in group.covered_resources}
    missing = [name for name, value in view.group_requests().items() if value and name not in covered]
    if missing:
        yield view.found(
            cluster_codes.NOT_COVERED,
            path,
            f"the ClusterQueue {target} does not cover {named(missing)}, which the pods request: Kueue never "
            "admits the group",
            f"add {named(missing)} to spec.resourceGroups of {target}",
            about,
        )
    most = _most_gpus(behind)
    if GPU in covered and most is not None and most < plan.group.gpus:
        yield view.found(
            cluster_codes.QUOTA_TOO_SMALL,
            path,
            f"the ClusterQueue {target} has a quota of {counted(int(most), 'GPU')}, but a group needs "
            f"{plan.group.gpus}",
            f"raise nominalQuota of {GPU} in {target} to {plan.group.gpus * plan.group.replicas} or more",
            about,
        )


def _most_gpus(queue: ClusterQueue) -> Decimal | None:
    """Return the largest quota of GPUs that a flavor gives, None if it borrows without a limit."""
    quotas = [
        resource
        for group in queue.spec.resource_groups
        for flavor in group.flavors
        for resource in flavor.resources
        if resource.name == GPU
    ]
    in_cohort = queue.spec.cohort or queue.spec.cohort_name
    if in_cohort and all(resource.borrowing_limit is None for resource in quotas):
        return None
    none = Decimal(0)
    sums = (
        (amount(item.nominal_quota) or none) + (amount(item.borrowing_limit or 0) or none) for item in quotas
    )
    return max(sums, default=none)
