"""The networks of the pods: Network objects with their parameters, and what the nodes advertise of them."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping

from r1c import facts
from r1c.check.preflight_codes import node_codes
from r1c.diagnostics.suggest import counted
from r1c.lower import runbook
from r1c.preflight import requests
from r1c.preflight.objects import Network, NetworkParams
from r1c.preflight.view import Found, View, named

PREFIX = "networking.gke.io.networks/"
FIELD = "spec.network"


def objects(view: View) -> Iterator[Found]:
    """Check that each network of the pods is there, for devices, and ready."""
    wanted = runbook.networks(view.plan)
    if not wanted:
        return
    known = {item.metadata.name: item for item in view.items(requests.networks(), Network)}
    missing = [name for name in wanted if name not in known]
    if missing:
        devices = [name for name, item in known.items() if item.spec.type == "Device"]
        yield view.found(
            node_codes.NO_NETWORK,
            FIELD,
            f"the cluster has no Network {named(missing)}"
            + (f"; its networks for devices are {', '.join(sorted(devices))}" if devices else ""),
            "write the cluster's names, in interface order, under network.subnetworks"
            if devices
            else f"create the networks and their node pool: {view.plan.platform.guide}",
            f"Network {named(missing)}",
        )
    for name in wanted:
        item = known.get(name)
        if item is None:
            continue
        if item.spec.type != "Device":
            yield view.found(
                node_codes.NETWORK_TYPE,
                FIELD,
                f"the Network {name} is of type {item.spec.type or 'L3'}, but the GPUs' NICs need one of "
                "type Device",
                "name a network of type Device under network.subnetworks: kubectl get "
                "networks.networking.gke.io",
                f"Network {name}",
            )
        ready = item.status.of("Ready")
        if ready and ready.status != "True":
            yield view.found(
                node_codes.NETWORK_NOT_READY,
                FIELD,
                f"the Network {name} is not ready" + (f" ({ready.reason})" if ready.reason else ""),
                f"read the reason in: kubectl describe networks.networking.gke.io {name}",
                f"Network {name}",
            )


def parameters(view: View) -> Iterator[Found]:
    """Check the device mode behind each network: NICs of the kernel, or RDMA."""
    wanted = runbook.networks(view.plan)
    if not wanted:
        return
    known = {item.metadata.name: item for item in view.items(requests.networks(), Network)}
    params = {item.metadata.name: item for item in view.items(requests.network_params(), NetworkParams)}
    for name in wanted:
        item = known.get(name)
        if item is None or item.spec.type != "Device":
            continue
        behind = item.spec.parameters_ref.name
        found_params = params.get(behind)
        about = f"GKENetworkParamSet {behind}"
        if found_params is None:
            yield view.found(
                node_codes.NO_PARAMETERS,
                FIELD,
                f"the Network {name} refers to the GKENetworkParamSet {behind}, which does not exist",
                f"create it with its VPC and subnetwork: {view.plan.platform.guide}",
                about,
            )
            continue
        mode = _mode(view, name)
        if found_params.spec.device_mode != mode:
            yield view.found(
                node_codes.DEVICE_MODE,
                FIELD,
                f"the GKENetworkParamSet {behind} of the Network {name} has the device mode "
                f'"{found_params.spec.device_mode}", but {view.plan.platform.id} needs {mode}',
                f"name a network of the mode {mode} under network.subnetworks",
                about,
            )


def _mode(view: View, network: str) -> str:
    """Return the device mode of a network: RDMA for the NICs of the GPUs in an RDMA stack."""
    plan = view.plan
    interface = next((item.name for item in plan.network.interfaces if item.network == network), "")
    rdma = bool(facts.stack(plan.platform.stack).rdma_prefix) and interface in plan.platform.gpu_interfaces
    return "RDMA" if rdma else "NetDevice"


def advertised(view: View) -> Iterator[Found]:
    """Check what the nodes advertise: GKE requests each network twice, with .IP and without."""
    plan = view.plan
    wanted = runbook.networks(plan)
    if not wanted:
        return
    own = [node for node in view.machines() if node.ready]
    rdma = [name for name in wanted if _mode(view, name) == "RDMA"]
    lacking: dict[str, set[str]] = {}
    only_ip: dict[str, set[str]] = {}
    only_plain: dict[str, set[str]] = {}
    for node in own:
        for name in wanted:
            plain, ip = (_advertises(node.status.allocatable, f"{name}{end}") for end in ("", ".IP"))
            if not plain and not ip:
                lacking.setdefault(name, set()).add(node.metadata.name)
            elif not plain and not (name in rdma and plan.network.without_rdma_requests):
                only_ip.setdefault(name, set()).add(node.metadata.name)
            elif not ip:
                only_plain.setdefault(name, set()).add(node.metadata.name)
    if lacking:
        nodes = set[str]().union(*lacking.values())
        yield view.found(
            node_codes.NOT_ADVERTISED,
            FIELD,
            f"{counted(len(nodes), 'node')} of {len(own)} does not advertise {named(lacking)}"
            if len(nodes) == 1
            else f"{len(nodes)} of {len(own)} nodes do not advertise {named(lacking)}",
            "create the node pool with these networks (--additional-node-network); "
            f"kubectl get node {shlex.quote(min(nodes))} "
            "-o jsonpath='{.status.allocatable}' shows what the node has",
            f"Node {named(nodes)}",
        )
    if only_ip:
        yield from _only_ip(view, only_ip, rdma)
    if only_plain:
        nodes = set[str]().union(*only_plain.values())
        yield view.found(
            node_codes.ONLY_PLAIN,
            FIELD,
            f"{counted(len(nodes), 'node')} {_advertise(nodes)} {PREFIX}{min(only_plain)} but not "
            f"{PREFIX}{min(only_plain)}.IP ({counted(len(only_plain), 'network')})",
            "if the pods stay Pending, look for Insufficient in: kubectl describe pod",
            f"Node {named(nodes)}",
        )


def _advertise(nodes: set[str]) -> str:
    return "advertises" if len(nodes) == 1 else "advertise"


def _only_ip(view: View, only_ip: Mapping[str, set[str]], rdma: list[str]) -> Iterator[Found]:
    """Report the networks that nodes advertise as NAME.IP alone."""
    nodes, first = set[str]().union(*only_ip.values()), min(only_ip)
    by_profile = all(name in rdma for name in only_ip)
    yield view.found(
        node_codes.ONLY_IP,
        "spec.network.rdmaRequests" if by_profile else FIELD,
        f"{counted(len(nodes), 'node')} {_advertise(nodes)} {PREFIX}{first}.IP but not {PREFIX}{first} "
        f"({counted(len(only_ip), 'network')}): GKE requests both for the pods, which stay Pending",
        "write rdmaRequests: zero under network"
        if by_profile
        else f"create the node pool with the networks of type Device: {view.plan.platform.guide}",
        f"Node {named(nodes)}",
    )


def _advertises(allocatable: Mapping[str, str], network: str) -> bool:
    return allocatable.get(f"{PREFIX}{network}", "0") != "0"
