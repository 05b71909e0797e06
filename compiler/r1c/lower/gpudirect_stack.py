"""What a GPUDirect stack adds to a pod, and the pieces that several stacks share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from r1c.lower import resource_requests
from r1c.lower.templates import render
from r1c.lower.templates.escape import json_text, literal
from r1c.record import field, record
from r1c.resolve.plan import Plan

SHELL = ["bash", "-c"]


@record
class Stack:
    """What a stack adds to a pod.

    Annotations, init containers, volumes, the server container's mounts, and its securityContext if it needs
    one; `devices` are amounts that its requests and limits name beside the GPUs.
    """

    annotations: dict[str, str] = field(default_factory=dict)
    init_containers: list[dict[str, Any]] = field(default_factory=list)
    mounts: list[dict[str, Any]] = field(default_factory=list)
    volumes: list[dict[str, Any]] = field(default_factory=list)
    security: dict[str, Any] = field(default_factory=dict)
    devices: dict[str, str] = field(default_factory=dict)


def libraries(plan: Plan) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the mount and the volume of the node's NVIDIA directory, which every GPU pod on GKE needs."""
    mount = {"name": "nvidia", "mountPath": "/usr/local/nvidia"}
    return mount, host_path("nvidia", plan.platform.nvidia_path)


def host_path(name: str, path: str, kind: str = "Directory") -> dict[str, Any]:
    """Return the volume of a folder of the node.

    Without a type, containerd creates a missing folder, empty and on the boot disk; with a type, the pod
    waits and reports the missing folder.
    """
    return {"name": name, "hostPath": {"path": path, "type": kind}}


def interfaces(plan: Plan) -> dict[str, str]:
    """Return the multi-networking annotations; none on the host's network, which has every interface."""
    if plan.network.host or not plan.network.interfaces:
        return {}
    lines = [
        json_text({"interfaceName": item.name, "network": item.network}) for item in plan.network.interfaces
    ]
    return {
        "networking.gke.io/default-interface": plan.platform.control_interface,
        "networking.gke.io/interfaces": "[\n" + ",\n".join(f"  {line}" for line in lines) + "\n]\n",
    }


def devices(plan: Plan, container: str, paths: Sequence[str]) -> dict[str, str]:
    """Return the annotation by which the node hands a container the GPUs; a privileged one has them all."""
    if plan.network.host:
        return {}
    return {f"devices.gke.io/container.{container}": "".join(f"- path: {path}\n" for path in paths)}


def installer(plan: Plan, volume: str, source: str) -> dict[str, Any]:
    """Return the init container that copies the NCCL plugin from `source` in its image to a pod volume."""
    directory = plan.gpudirect.directory
    script = render(
        "install_plugin.sh.j2", build_type=plan.gpudirect.build_type, source=source, directory=directory
    )
    return {
        "name": "nccl-plugin-installer",
        "image": plan.gpudirect.plugin_image,
        "command": [*SHELL, literal(script)],
        **resource_requests.sidecar(plan, "installer"),
        "volumeMounts": [{"name": volume, "mountPath": directory}],
    }
