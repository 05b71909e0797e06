"""GPUDirect-TCPXO in a pod: the plugin installer, the receive daemon, and what the server container needs of
them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from r1c import facts
from r1c.lower.environment import value
from r1c.lower.escape import json_text, literal
from r1c.plan import Plan
from r1c.templates import render

PLUGIN_DIRECTORY = "/usr/local/nccl-plugin"
HEALTH_FILE = "/run/health-check"


@dataclass(frozen=True, slots=True)
class Stack:
    """What a GPUDirect stack adds to a pod. `security` is the server container's securityContext, empty for
    none.
    """

    annotations: dict[str, str]
    init_containers: list[dict[str, Any]]
    mounts: list[dict[str, Any]]
    volumes: list[dict[str, Any]]
    security: dict[str, Any]


def stack(plan: Plan) -> Stack:
    """Return the TCPXO pieces of a pod; leader and worker get the same.

    On the pod network the daemon needs two capabilities and the devices that the node's injector hands it,
    and the server needs none (gke-gpudirect.md, sections 3 to 5). On the host network both are privileged
    and there are no annotations (section 3.1).
    """
    own_plugin = not plan.gpudirect.use_host_plugin
    mounts = [
        {"name": "nvidia", "mountPath": "/usr/local/nvidia"},
        {"name": "aperture-devices", "mountPath": "/dev/aperture_devices"},
    ]
    volumes = [
        {"name": "nvidia", "hostPath": {"path": plan.platform.nvidia_path}},
        {"name": "sys", "hostPath": {"path": "/sys"}},
        {"name": "proc-sys", "hostPath": {"path": "/proc/sys"}},
        {"name": "aperture-devices", "hostPath": {"path": "/dev/aperture_devices"}},
    ]
    if own_plugin:
        mounts.append({"name": "nccl-plugin", "mountPath": PLUGIN_DIRECTORY})
        volumes.append({"name": "nccl-plugin", "emptyDir": {}})
    return Stack(
        annotations={} if plan.network.host else _annotations(plan),
        init_containers=[*([_installer(plan)] if own_plugin else []), _daemon(plan)],
        mounts=mounts,
        volumes=volumes,
        security={"privileged": True} if plan.network.host else {},
    )


def _annotations(plan: Plan) -> dict[str, str]:
    devices = facts.table("tcpxo")["data"]["devices"]
    interfaces = [{"interfaceName": item.name, "network": item.network} for item in plan.network.interfaces]
    lines = [json_text(interface) for interface in interfaces]
    return {
        "devices.gke.io/container.tcpxo-daemon": "".join(f"- path: {device}\n" for device in devices),
        "networking.gke.io/default-interface": plan.platform.control_interface,
        "networking.gke.io/interfaces": "[\n" + ",\n".join(f"  {line}" for line in lines) + "\n]\n",
    }


def _installer(plan: Plan) -> dict[str, Any]:
    script = render(
        "tcpxo/install_plugin.sh.j2", build_type=plan.gpudirect.build_type, directory=PLUGIN_DIRECTORY
    )
    return {
        "name": "nccl-plugin-installer",
        "image": plan.gpudirect.plugin_image,
        "command": ["bash", "-c", literal(script)],
        "volumeMounts": [{"name": "nccl-plugin", "mountPath": PLUGIN_DIRECTORY}],
    }


def _daemon(plan: Plan) -> dict[str, Any]:
    script = render("tcpxo/receive_daemon.sh.j2", flags=plan.gpudirect.rxdm_flags)
    security: dict[str, Any] = {"capabilities": {"add": ["NET_ADMIN", "NET_BIND_SERVICE"]}}
    return {
        "name": "tcpxo-daemon",
        "image": plan.gpudirect.rxdm_image,
        "restartPolicy": "Always",
        "command": ["bash", "-c", literal(script)],
        "env": [
            value("LD_LIBRARY_PATH", "/usr/local/nvidia/lib64"),
            value("HEALTH_CHECK_LOG_FILE", HEALTH_FILE),
        ],
        "startupProbe": {
            "exec": {"command": ["cat", HEALTH_FILE]},
            "initialDelaySeconds": 1,
            "periodSeconds": 5,
            "timeoutSeconds": 1,
            "failureThreshold": 24,
        },
        "securityContext": {"privileged": True} if plan.network.host else security,
        "volumeMounts": [
            {"name": "nvidia", "mountPath": "/usr/local/nvidia"},
            {"name": "sys", "mountPath": "/hostsysfs"},
            {"name": "proc-sys", "mountPath": "/hostprocsysfs"},
        ],
    }
