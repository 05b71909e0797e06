"""GPUDirect-TCPX (A3 High): the daemon, with the plugin that the cluster's DaemonSet has put on the node."""

from __future__ import annotations

from typing import Any

from r1c import facts
from r1c.lower import resource_requests
from r1c.lower.environment import value
from r1c.lower.gpudirect_stack import Stack, devices, host_path, interfaces, libraries
from r1c.resolve.plan import Plan

DAEMON = "tcpx-daemon"


def stack(plan: Plan) -> Stack:
    """Return the TCPX parts of a pod.

    Daemon and server meet at a socket on the node (evidence.md, gke-gpudirect).
    """
    mount, volume = libraries(plan)
    privileged = plan.network.host
    daemon: dict[str, Any] = {
        "name": DAEMON,
        "image": plan.gpudirect.rxdm_image,
        "restartPolicy": "Always",
        "command": ["/tcpgpudmarxd/build/app/tcpgpudmarxd"],
        "args": list(plan.gpudirect.rxdm_flags),
        "env": [value("LD_LIBRARY_PATH", "/usr/local/nvidia/lib64")],
        **resource_requests.sidecar(plan, "daemon"),
        "securityContext": {"privileged": True} if privileged else {"capabilities": {"add": ["NET_ADMIN"]}},
        "volumeMounts": [
            mount,
            {"name": "tcpx-socket", "mountPath": "/run/tcpx"},
            {"name": "sys", "mountPath": "/hostsysfs"},
            {"name": "proc-sys", "mountPath": "/hostprocsysfs"},
        ],
    }
    return Stack(
        annotations={**devices(plan, DAEMON, facts.stack("tcpx").devices), **interfaces(plan)},
        init_containers=[daemon],
        mounts=[dict(mount), {"name": "tcpx-socket", "mountPath": "/tmp"}],  # noqa: S108 where the plugin looks
        volumes=[
            volume,
            # The daemon of the first pod on a node finds no folder: this one belongs to the pods alone.
            host_path("tcpx-socket", "/run/tcpx", "DirectoryOrCreate"),
            host_path("sys", "/sys"),
            host_path("proc-sys", "/proc/sys"),
        ],
        security={"privileged": True} if privileged else {"capabilities": {"add": ["IPC_LOCK"]}},
    )
