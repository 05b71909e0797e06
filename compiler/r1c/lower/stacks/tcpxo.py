"""GPUDirect-TCPXO (A3 Mega): the plugin installer, the receive daemon, and the server's needs."""

from __future__ import annotations

from typing import Any

from r1c import facts
from r1c.lower import resource_requests
from r1c.lower.environment import value
from r1c.lower.gpudirect_stack import SHELL, Stack, devices, host_path, installer, interfaces, libraries
from r1c.lower.templates import render
from r1c.lower.templates.escape import literal
from r1c.resolve.plan import Plan

DAEMON = "tcpxo-daemon"
HEALTH_FILE = "/run/health-check"


def stack(plan: Plan) -> Stack:
    """Return the TCPXO pieces of a pod; leader and worker get the same.

    On the pod network the daemon needs two capabilities and the devices that the node's injector hands it,
    and the server needs none (evidence.md, gke-gpudirect). On the host network both are privileged and there
    are no annotations (section 3.1).
    """
    mount, volume = libraries(plan)
    mounts = [mount, {"name": "aperture-devices", "mountPath": "/dev/aperture_devices"}]
    volumes = [
        volume,
        host_path("sys", "/sys"),
        host_path("proc-sys", "/proc/sys"),
        host_path("aperture-devices", "/dev/aperture_devices"),
    ]
    containers = [_daemon(plan)]
    if not plan.gpudirect.use_host_plugin:
        containers.insert(0, installer(plan, "nccl-plugin", "/var/lib/tcpxo"))
        mounts.append({"name": "nccl-plugin", "mountPath": plan.gpudirect.directory})
        volumes.append({"name": "nccl-plugin", "emptyDir": {}})
    return Stack(
        annotations={**devices(plan, DAEMON, facts.stack("tcpxo").devices), **interfaces(plan)},
        init_containers=containers,
        mounts=mounts,
        volumes=volumes,
        security={"privileged": True} if plan.network.host else {},
    )


def _daemon(plan: Plan) -> dict[str, Any]:
    script = render("receive_daemon.sh.j2", flags=plan.gpudirect.rxdm_flags)
    security: dict[str, Any] = {"capabilities": {"add": ["NET_ADMIN", "NET_BIND_SERVICE"]}}
    return {
        "name": DAEMON,
        "image": plan.gpudirect.rxdm_image,
        "restartPolicy": "Always",
        "command": [*SHELL, literal(script)],
        "env": [
            value("LD_LIBRARY_PATH", "/usr/local/nvidia/lib64"),
            value("HEALTH_CHECK_LOG_FILE", HEALTH_FILE),
        ],
        **resource_requests.sidecar(plan, "daemon"),
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
