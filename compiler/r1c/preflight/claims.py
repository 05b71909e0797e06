"""NICs by a claim: is the API served, the class there, the driver ready, and what do the nodes offer."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from r1c.check.preflight_codes import claim_codes
from r1c.diagnostics.suggest import counted
from r1c.facts import dranet
from r1c.preflight import requests
from r1c.preflight.daemon_sets import lacking_on_nodes
from r1c.preflight.objects import DeviceClass, Network, ResourceSlice, Workload
from r1c.preflight.view import Found, View, named

MODE = "spec.network.mode"
_DRIVER = re.compile(r"""device\.driver\s*==\s*(["'])(?P<name>[^"']+)\1""")


def served(view: View) -> Iterator[Found]:
    """Check that the cluster serves claims, and has the class of the recipe's."""
    claim, known = view.plan.network.claim, dranet.read()
    if claim is None:
        return
    older = f"upgrade the cluster to GKE {known.minimum_gke} or later"
    if known.api_version not in view.served():
        yield view.found(
            claim_codes.NO_CLAIMS,
            MODE,
            f"the cluster does not serve {known.api_version}, the API of the claims",
            f"{older}, or write network.mode: pod",
            f"API {known.api_version}",
        )
        return
    if view.item(requests.device_class(claim.device_class), DeviceClass) is None:
        yield view.found(
            claim_codes.NO_DEVICE_CLASS,
            MODE,
            f"the cluster has no DeviceClass {claim.device_class}, which GKE's managed DRANET creates",
            f"{older}, use a cluster with Dataplane V2, or write network.mode: pod",
            f"DeviceClass {claim.device_class}",
        )


def driver(view: View) -> Iterator[Found]:
    """Check the driver of the NICs on the nodes."""
    if view.plan.network.claim is None:
        return
    known = dranet.read()
    item = view.item(requests.network_driver(), Workload)
    where = f"{known.driver_namespace}/{known.driver_daemon_set}"
    lacking = lacking_on_nodes(item)
    if lacking:
        yield view.found(
            claim_codes.DRIVER_NOT_READY,
            MODE,
            f"the DaemonSet {where} {lacking}",
            f"run: kubectl describe daemonset {known.driver_daemon_set} -n {known.driver_namespace}",
            f"DaemonSet {where}",
        )


def devices(view: View) -> Iterator[Found]:
    """Check that enough nodes of the platform offer as many NICs as a pod claims."""
    plan, claim = view.plan, view.plan.network.claim
    if claim is None:
        return
    of_class = view.item(requests.device_class(claim.device_class), DeviceClass)
    if of_class is None:
        return
    text = " ".join(selector.cel.expression for selector in of_class.spec.selectors)
    drivers = {match["name"] for match in _DRIVER.finditer(text)} or {claim.device_class}
    offered: Counter[str] = Counter()
    for item in view.items(requests.resource_slices(), ResourceSlice):
        if item.spec.driver in drivers:
            offered.update(device.node_name or item.spec.node_name for device in item.spec.devices)
    own = [node.metadata.name for node in view.machines() if node.ready]
    few = [name for name in own if offered[name] < claim.count]
    if not few or len(own) - len(few) >= plan.least_nodes:
        return
    most = max(offered[name] for name in few)
    have = "none" if not most else f"{most}" if len(few) == 1 else f"at most {most}"
    flags = " ".join(dranet.read().pool_flags)
    yield view.found(
        claim_codes.TOO_FEW_DEVICES,
        MODE,
        f"{len(few)} of {counted(len(own), 'node')} {'offers' if len(few) == 1 else 'offer'} {have} of the "
        f"{claim.count} devices of {claim.device_class} that a pod claims",
        f"repair {named(few)}: its NICs are the devices in kubectl get resourceslices.resource.k8s.io"
        if most
        else f"create the node pool with {flags}: {plan.platform.guide}",
        f"Node {named(few)}",
    )


def networks(view: View) -> Iterator[Found]:
    """Check that the cluster has no networks that manage the same NICs."""
    if view.plan.network.claim is None:
        return
    known = [
        item.metadata.name for item in view.items(requests.networks(), Network) if item.spec.type == "Device"
    ]
    if known:
        yield view.found(
            claim_codes.DEVICE_NETWORKS,
            MODE,
            f"the cluster has {counted(len(known), 'Network')} of type Device ({named(known)}), which must "
            "not be used together with NIC claims",
            "write network.mode: pod, or use a cluster without these networks",
            f"Network {named(known)}",
        )
