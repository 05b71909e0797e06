"""The codes of preflight about NICs by a claim (network.mode: dranet)."""

from __future__ import annotations

from r1c.diagnostics import Code, Severity

NO_CLAIMS = Code(
    "R1CP59",
    "claims-not-served",
    Severity.ERROR,
    "Cluster without device claims",
    "An apply ends with `no matches for kind`: Kubernetes serves the API of the claims from 1.34 on.",
    "",
    "Upgrade the cluster, or use network.mode: pod.",
)
NO_DEVICE_CLASS = Code(
    "R1CP60",
    "device-class-missing",
    Severity.ERROR,
    "DeviceClass missing",
    "Kubernetes finds no device for a claim whose class does not exist, and the pods stay Pending. GKE "
    "creates the class on clusters with managed DRANET.",
    "",
    "Use a cluster with managed DRANET, or network.mode: pod.",
)
TOO_FEW_DEVICES = Code(
    "R1CP61",
    "too-few-devices",
    Severity.ERROR,
    "Nodes offer too few NICs to claims",
    "A pod claims all RDMA NICs of its node, and stays Pending where the driver offers fewer. A node pool "
    "without DRANET offers none.",
    "",
    "Create the node pool with DRANET, or repair the node.",
)
DRIVER_NOT_READY = Code(
    "R1CP62",
    "network-driver-not-ready",
    Severity.WARNING,
    "Driver of the NICs not ready on every node",
    "The driver offers the NICs of a node to claims, and moves them into the pod when it starts.",
    "",
    "Wait for the driver, or read the reason in `kubectl describe`.",
)
DEVICE_NETWORKS = Code(
    "R1CP63",
    "networks-beside-claims",
    Severity.WARNING,
    "Networks of type Device in a cluster with claims",
    "GKE's multi-networking and managed DRANET would both manage the NICs of the GPUs; Google does not "
    "support them in one cluster (GKE documentation, managed DRANET).",
    "",
    "Use one of the two in a cluster.",
)

CODES: tuple[Code, ...] = tuple(item for item in list(vars().values()) if isinstance(item, Code))
"""The codes in order."""
