"""What runs on every node for GPUDirect: plugin installer and device injector; and the bucket driver."""

from __future__ import annotations

import re
from collections.abc import Iterator

from r1c.check.preflight_codes import node_codes
from r1c.facts.gpudirect import DaemonSet
from r1c.lower import runbook
from r1c.names import GCS_FUSE
from r1c.preflight import requests
from r1c.preflight.objects import Object, Workload
from r1c.preflight.view import Found, View

_IMAGE = re.compile(r"(?P<name>[^@]*?)(?::(?P<tag>[^:@/]+))?(?:@(?P<digest>.+))?")


def plugin(view: View) -> Iterator[Found]:
    """Check the DaemonSet that puts the NCCL plugin and its devices on the nodes."""
    wanted = runbook.daemon_sets(view.plan)["installer"]
    if wanted is None:
        return
    item = view.item(requests.daemon_set(wanted.name), Workload)
    yield from _there(view, wanted, item, "spec.gpudirect.release")
    if item is not None and view.plan.gpudirect.use_host_plugin:
        yield from _release(view, wanted, item)


def injector(view: View) -> Iterator[Found]:
    """Check the DaemonSet that gives the receive daemon the GPUs of its annotation."""
    wanted = runbook.daemon_sets(view.plan)["injector"]
    if wanted is not None:
        item = view.item(requests.daemon_set(wanted.name), Workload)
        yield from _there(view, wanted, item, "spec.gpudirect.release")


def _there(view: View, wanted: DaemonSet, item: Workload | None, path: str) -> Iterator[Found]:
    name, about = wanted.name, f"DaemonSet kube-system/{wanted.name}"
    if item is None:
        yield view.found(
            node_codes.NO_DAEMON_SET,
            path,
            f"the cluster has no DaemonSet {name} in kube-system, which prepares the nodes for GPUDirect",
            f"run: kubectl apply -f {wanted.manifest}",
            about,
        )
        return
    lacking = lacking_on_nodes(item)
    if lacking:
        yield view.found(
            node_codes.DAEMON_SET_NOT_READY,
            path,
            f"the DaemonSet {name} {lacking}",
            f"run: kubectl rollout status daemonset/{name} -n kube-system",
            about,
        )


def lacking_on_nodes(item: Workload | None) -> str | None:
    """Say on which nodes a DaemonSet is not ready, None if it is on all of them."""
    desired, ready = (item.status.desired_number_scheduled, item.status.number_ready) if item else (0, 0)
    if not desired:
        return "runs on no node"
    return f"is ready on {ready} of {desired} nodes" if ready < desired else None


def _release(view: View, wanted: DaemonSet, item: Workload) -> Iterator[Found]:
    """Compare the release on the nodes with the one whose environment the pods have."""
    stack = view.plan.gpudirect
    base = stack.plugin_image.partition("@")[0].rpartition(":")[0].rpartition("/")[2]
    about = f"DaemonSet kube-system/{wanted.name}"
    for image in item.images:
        match = _IMAGE.fullmatch(image)
        if match is None or match["name"].rpartition("/")[2] != base or match["tag"] == stack.release:
            continue
        if match["tag"]:
            yield view.found(
                node_codes.PLUGIN_RELEASE,
                "spec.gpudirect.release",
                f"the nodes have the plugin {match['tag']}, but the recipe sets the environment of "
                f"{stack.release}",
                f"write release: {match['tag']} under gpudirect, or install {stack.release}: kubectl "
                f"apply -f {wanted.manifest}",
                about,
            )
        else:
            yield view.found(
                node_codes.PLUGIN_DIGEST,
                "spec.gpudirect.release",
                f"the nodes' plugin is pinned by a digest, so its release cannot be compared with "
                f"{stack.release}",
                f"compare the digest with that of {stack.plugin_image}",
                about,
            )


def bucket(view: View) -> Iterator[Found]:
    """Check the driver of Cloud Storage FUSE."""
    cluster = view.plan.cluster
    if view.item(requests.bucket_driver(), Object) is None:
        yield view.found(
            node_codes.NO_BUCKET_DRIVER,
            "spec.storage.bucket",
            f"the cluster has no CSIDriver {GCS_FUSE}: its add-on for Cloud Storage FUSE is off, and the "
            "pods cannot mount the bucket",
            f"run: gcloud container clusters update {cluster.name} --update-addons GcsFuseCsiDriver=ENABLED "
            f"--location {cluster.found_at} --project {cluster.project}",
            f"CSIDriver {GCS_FUSE}",
        )
