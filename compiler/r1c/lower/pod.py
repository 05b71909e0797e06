"""The pod template of a group, leader and worker from one function, so that they cannot drift apart."""

from __future__ import annotations

from typing import Any, Literal

from r1c.lower import environment, launch, resource_requests, storage, termination
from r1c.lower.gpudirect_stack import Stack
from r1c.lower.labels import labels
from r1c.lower.stacks import stack_of
from r1c.resolve.plan import Plan
from r1c.resolve.termination import EXIT_SECONDS

Role = Literal["leader", "worker"]

PROBE_PERIOD = 10


def templates(plan: Plan) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the pod templates of leader and worker; what is equal in both is made once."""
    stack, variables = stack_of(plan), environment.server(plan)
    return _template(plan, "leader", stack, variables), _template(plan, "worker", stack, variables)


def _template(plan: Plan, role: Role, stack: Stack, variables: list[environment.Entry]) -> dict[str, Any]:
    """Return the pod template of the leader or the workers.

    The role decides the container's name, command, args, ports and probes, and one label.
    """
    # Nothing in the pod calls the Kubernetes API; the bucket's driver gets a token of its own.
    spec: dict[str, Any] = {"serviceAccountName": plan.service_account, "automountServiceAccountToken": False}
    claims: dict[str, Any] = {}
    if plan.network.claim:
        from r1c.lower import claim

        claims = claim.of_pod(plan)
    if plan.network.host:
        spec |= {"hostNetwork": True, "dnsPolicy": "ClusterFirstWithHostNet"}
    spec |= {
        # Service links would set VLLM_PORT in a namespace that has a Service called vllm (evidence.md,
        # KUB001).
        "enableServiceLinks": False,
        "terminationGracePeriodSeconds": plan.scheduling.grace_seconds,
        **_placement(plan),
        **claims,
        **({"initContainers": stack.init_containers} if stack.init_containers else {}),
        "containers": [_server(plan, role, stack, variables)],
        "volumes": [*stack.volumes, *storage.volumes(plan)],
    }
    annotations = {**storage.GCS_ANNOTATIONS, **stack.annotations}
    if plan.provisioning:
        from r1c.lower import provisioning

        annotations |= provisioning.pod_annotations(plan)
    if plan.disruption and not plan.disruption.safe_to_evict:
        from r1c.lower import disruption

        annotations |= disruption.SAFE_TO_EVICT
    return {"metadata": {"labels": labels(plan, role), "annotations": annotations}, "spec": spec}


def _placement(plan: Plan) -> dict[str, Any]:
    asked = plan.scheduling
    placement: dict[str, Any] = {}
    if asked.priority_class:
        placement["priorityClassName"] = asked.priority_class
    if plan.node_selector:
        placement["nodeSelector"] = dict(plan.node_selector)
    if asked.target_nodes:
        names = {"key": "kubernetes.io/hostname", "operator": "In", "values": list(asked.target_nodes)}
        terms = {"nodeSelectorTerms": [{"matchExpressions": [names]}]}
        placement["affinity"] = {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": terms}}
    tolerations = [*asked.tolerations, *(plan.provisioning.tolerations if plan.provisioning else ())]
    if tolerations:
        placement["tolerations"] = [dict(toleration) for toleration in tolerations]
    return placement


def _server(plan: Plan, role: Role, stack: Stack, variables: list[environment.Entry]) -> dict[str, Any]:
    start = launch.leader(plan) if role == "leader" else launch.worker(plan)
    container: dict[str, Any] = {
        "name": f"vllm-{role}",
        "image": plan.image.reference,
        "command": start.command,
    }
    if start.args:
        container["args"] = start.args
    if role == "leader":
        container["ports"] = [{"name": "http", "containerPort": plan.service.port, "protocol": "TCP"}]
    container["env"] = variables
    container["resources"] = _resources(plan, stack)
    if stack.security:
        container["securityContext"] = stack.security
    if role == "leader":
        container |= _probes(plan)
    elif plan.disruption and plan.group.replicas > 1 and plan.group.nodes > 1:
        from r1c.lower import disruption

        container["readinessProbe"] = disruption.worker_readiness(plan, PROBE_PERIOD)
    container["lifecycle"] = termination.leader(plan) if role == "leader" else termination.worker(plan)
    container["volumeMounts"] = [*stack.mounts, *storage.mounts(plan)]
    return container


def _resources(plan: Plan, stack: Stack) -> dict[str, Any]:
    devices: dict[str, Any] = {"nvidia.com/gpu": plan.group.gpus_per_pod, **stack.devices}
    resources: dict[str, Any] = {"requests": {**resource_requests.server(plan), **devices}, "limits": devices}
    if plan.network.claim:
        from r1c.lower import claim

        resources |= claim.of_container()
    return resources


def _probes(plan: Plan) -> dict[str, Any]:
    """Return the leader's probes.

    There is no liveness probe: a server that dies ends its container, which recreates the group, and a busy
    server must not be killed for a slow answer.
    """
    health = {"path": "/health", "port": "http"}
    # The pods of a group wait for each other before the server starts to load.
    seconds = plan.ready_seconds
    return {
        "startupProbe": {
            "httpGet": health,
            "periodSeconds": PROBE_PERIOD,
            "timeoutSeconds": 5,
            "failureThreshold": seconds // PROBE_PERIOD,
            # A start that hangs has no requests to finish.
            "terminationGracePeriodSeconds": EXIT_SECONDS,
        },
        "readinessProbe": {
            "httpGet": dict(health),
            "periodSeconds": PROBE_PERIOD,
            "timeoutSeconds": 5,
            "failureThreshold": 3,
        },
    }
