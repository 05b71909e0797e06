"""GPUDirect RDMA with gIB (A3 Ultra, A4): the plugin and its script, without a daemon."""

from __future__ import annotations

from r1c import facts
from r1c.lower.gpudirect_stack import Stack, host_path, installer, interfaces, libraries
from r1c.resolve.plan import Plan


def stack(plan: Plan) -> Stack:
    """Return the gIB parts of a pod.

    On the pod network the server needs no privilege (evidence.md, gke-gpudirect).
    """
    mount, volume = libraries(plan)
    known = facts.stack("gib")
    plugin = {"name": "gib", "emptyDir": {}}
    if plan.gpudirect.use_host_plugin:
        plugin = host_path("gib", known.host_plugin)
    return Stack(
        annotations=interfaces(plan),
        init_containers=[] if plan.gpudirect.use_host_plugin else [installer(plan, "gib", "/var/lib/gib")],
        mounts=[mount, {"name": "gib", "mountPath": known.plugin_directory}],
        volumes=[volume, plugin],
        security={"privileged": True} if plan.network.host else {},
        devices=_without_requests(plan),
    )


def _without_requests(plan: Plan) -> dict[str, str]:
    """Return 0 of each RDMA network if the profile wants it, so that GKE adds no requests."""
    if plan.network.host or not plan.network.without_rdma_requests:
        return {}
    prefix = facts.stack("gib").rdma_prefix
    gpus = plan.platform.gpu_interfaces
    return {f"{prefix}{item.network}": "0" for item in plan.network.interfaces if item.name in gpus}
