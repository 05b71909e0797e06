"""R1C614, R1C615, R1C620, R1C621, R1C623, R1C629 and R1C630: scheduling, replicas and port."""

from __future__ import annotations

from collections.abc import Iterator

from r1c import facts, names
from r1c.check.rule import Rule, rule
from r1c.diagnostics import Finding, Path, Put, Related, Remove, Severity, unsafe
from r1c.diagnostics.suggest import closest
from r1c.facts import google_cloud, vllm
from r1c.profile.paths import SCHEDULING
from r1c.resolve.plan import Plan
from r1c.resolve.rendezvous import DATA_PARALLEL_PORT, FORMING_PORT, RAY_PORT

TERMINATION = "cloud.google.com/impending-node-termination"


@rule(
    code="R1C614",
    slug="tolerates-termination",
    severity=Severity.WARNING,
    title="Toleration for nodes that are about to be terminated",
    why="The taint's effect is NoSchedule. Tolerating it does not protect running pods, and lets new pods "
    "start on a node that is going away (evidence.md, gke-gpudirect, scheduling).",
    example="spec:\n  scheduling:\n    tolerations:\n      - {key: nvidia.com/gpu, operator: Exists}\n"
    f"      - {{key: {TERMINATION}, operator: Exists}}\n",
    fix="Remove the toleration.",
    fields=("spec.scheduling.tolerations",),
    edits="unsafe",
)
def tolerates_termination(plan: Plan) -> Iterator[Finding]:
    """Check the tolerations' keys."""
    for index, toleration in enumerate(plan.scheduling.tolerations):
        if toleration.get("key") == TERMINATION:
            yield Finding(
                (*SCHEDULING, "tolerations", index, "key"),
                "this lets new pods start on a node that GKE is about to terminate, and does not protect "
                "running pods",
                "remove this toleration",
                edit=unsafe(Remove((*SCHEDULING, "tolerations", index))),
            )


@rule(
    code="R1C615",
    slug="toleration",
    severity=Severity.ERROR,
    title="Invalid combination of fields in a toleration",
    why="The API server refuses the pods: without a key the operator must be Exists, Exists does not accept "
    "a value, and only NoExecute accepts seconds (Kubernetes API reference, Toleration).",
    example="spec:\n  scheduling:\n    tolerations:\n      - {key: nvidia.com/gpu, operator: Exists, value: "
    "present}\n",
    fix="Correct or remove the field that the message names.",
    fields=("spec.scheduling.tolerations",),
    edits="unsafe",
)
def toleration(plan: Plan) -> Iterator[Finding]:
    """Check key, operator, value, effect and seconds against each other."""
    for index, item in enumerate(plan.scheduling.tolerations):
        place: Path = (*SCHEDULING, "tolerations", index)
        if not item.get("key") and item.get("operator") != "Exists":
            yield Finding(
                place,
                "a toleration without a key needs operator: Exists",
                "add a key, or write operator: Exists to tolerate every taint",
            )
        elif item.get("operator") == "Exists" and item.get("value"):
            yield Finding(
                (*place, "value"),
                "a toleration with operator: Exists does not accept a value",
                "remove value, or write operator: Equal",
                edit=unsafe(Put((*place, "operator"), "Equal")),
            )
        elif "tolerationSeconds" in item and item.get("effect") != "NoExecute":
            yield Finding(
                (*place, "tolerationSeconds"),
                "tolerationSeconds has an effect only with effect: NoExecute",
                "remove tolerationSeconds, or write effect: NoExecute",
                edit=unsafe(Remove((*place, "tolerationSeconds"))),
            )


@rule(
    code="R1C620",
    slug="no-replicas",
    severity=Severity.HINT,
    title="Zero replicas",
    why="With replicas: 0 the output has every object, but no pod runs; the benchmark waits for a server "
    "that never starts (evidence.md, lws).",
    example="spec:\n  replicas: 0\n",
    fix="Write replicas: 1, or leave it to an autoscaler.",
    fields=("spec.replicas",),
    edits="unsafe",
)
def no_replicas(plan: Plan) -> Iterator[Finding]:
    """Check replicas."""
    if plan.group.replicas == 0:
        yield Finding(
            ("spec", "replicas"),
            "replicas is 0: no server runs, and the benchmark would wait until it times out",
            "write replicas: 1 to serve",
            edit=unsafe(Put(("spec", "replicas"), 1)),
        )


@rule(
    code="R1C621",
    slug="scheduling-name",
    severity=Severity.ERROR,
    title="Invalid name of a queue or priority class",
    why="Both are names of Kubernetes objects. The name of the queue is also a label value, with at most 63 "
    "characters (evidence.md, scheduling; evidence.md, gcp-build-and-storage).",
    example="spec:\n  scheduling:\n    queue: A3_Mega\n",
    fix="Write the name that `kubectl get localqueues` or `kubectl get priorityclasses` prints.",
    fields=("spec.scheduling.queue", "spec.scheduling.priorityClass"),
)
def scheduling_name(plan: Plan) -> Iterator[Finding]:
    """Check scheduling.queue and scheduling.priorityClass."""
    queue, priority = plan.scheduling.queue, plan.scheduling.priority_class
    if queue is not None and not (names.is_dns_subdomain(queue) and names.is_label_value(queue)):
        help_ = f"write its name as `kubectl get localqueues -n {plan.namespace}` prints it"
        yield Finding((*SCHEDULING, "queue"), f'"{queue}" cannot be the name of a LocalQueue', help_)
    if priority is not None and not names.is_dns_subdomain(priority):
        help_ = "write its name as `kubectl get priorityclasses` prints it"
        yield Finding(
            (*SCHEDULING, "priorityClass"), f'"{priority}" cannot be the name of a PriorityClass', help_
        )


@rule(
    code="R1C629",
    slug="system-priority",
    severity=Severity.ERROR,
    title="Priority class reserved for the system",
    why="GKE admits pods of the system's classes only in kube-system, and refuses them elsewhere with "
    "`insufficient quota to match these scopes` (cilium/cilium#13852, volcano-sh/volcano#2379).",
    example="spec:\n  scheduling:\n    priorityClass: system-node-critical\n",
    fix="Use your own PriorityClass, or remove the field.",
    fields=("spec.scheduling.priorityClass", "metadata.namespace"),
)
def system_priority(plan: Plan) -> Iterator[Finding]:
    """Check scheduling.priorityClass outside of kube-system."""
    asked, kept = plan.scheduling.priority_class, google_cloud.read().system_priority_classes
    if asked in kept and plan.namespace != "kube-system":
        yield Finding(
            (*SCHEDULING, "priorityClass"),
            f"GKE refuses pods of the priority class {asked} outside kube-system, but the namespace is "
            f"{plan.namespace}",
            "write your own PriorityClass (`kubectl get priorityclasses` lists them), or remove the line",
            related=(Related("the system's classes", place=facts.cite("places", "priorityClasses")),),
        )


@rule(
    code="R1C630",
    slug="node-label-unknown",
    severity=Severity.WARNING,
    title="Node label that GKE does not set",
    why="Only GKE and Kubernetes set labels with these prefixes: no node has a misspelt one, or another "
    "value of one that is true or missing, and the pods stay Pending. It is not an error, because the list "
    "may be out of date.",
    example="spec:\n  scheduling:\n    nodeSelector: {cloud.google.com/gke-acelerator: "
    "nvidia-h100-mega-80gb}\n",
    fix="Use a label that `kubectl get nodes --show-labels` prints.",
    fields=("spec.scheduling.nodeSelector", "spec.scheduling.exclusiveTopology"),
)
def node_label_unknown(plan: Plan) -> Iterator[Finding]:
    """Check the keys of nodeSelector, and exclusiveTopology, that have a prefix of the system."""
    labels = google_cloud.read().labels
    asked = [(key, (*SCHEDULING, "nodeSelector", key)) for key in plan.scheduling.node_selector]
    if plan.scheduling.exclusive_topology:
        asked.append((plan.scheduling.exclusive_topology, (*SCHEDULING, "exclusiveTopology")))
    for key, path in asked:
        if key in labels.switches and path[-2] == "nodeSelector":
            yield from _switched(plan.scheduling.node_selector[key], key, path)
        prefix = key.rpartition("/")[0]
        system = any(prefix == name or prefix.endswith(f".{name}") for name in labels.reserved)
        if not system or key in labels.keys or not names.is_label_key(key):
            continue
        own = {known.rpartition("/")[2]: known for known in labels.keys if known.rpartition("/")[0] == prefix}
        near = own.get(closest(key.rpartition("/")[2], own) or "")
        yield Finding(
            path,
            f"{key} is not a known label of GKE nodes",
            f"did you mean {near}?" if near else "see `kubectl get nodes --show-labels`",
            on_key=path[-2] == "nodeSelector",
            related=(Related(f"the labels, as of {labels.date}", place=facts.cite("places", "labels")),),
        )


def _switched(value: str, key: str, path: Path) -> Iterator[Finding]:
    """Yield a value that no node has for a label that is true or missing."""
    if value != "true":
        yield Finding(
            path,
            f'nodes have the label {key} with the value "true" or not at all, and never "{value}"',
            'write "true", or remove the line',
            related=(Related("the labels", place=facts.cite("places", "labels")),),
        )


@rule(
    code="R1C623",
    slug="port-taken",
    severity=Severity.ERROR,
    title="Port already used in the leader's pod",
    why="Ray's head, vLLM's rendezvous, or the script that waits for the workers listens on the port before "
    "the server starts. The server then exits with address already in use (r1c's ray_init.sh and "
    "form_group_leader.py; facts/vllm.json, native).",
    example="spec:\n  service:\n    port: 6379\n",
    fix="Use another port, such as 8000.",
    fields=("spec.service.port", "spec.vllm", "spec.nodes", "spec.parallelism", "spec.platform"),
)
def port_taken(plan: Plan) -> Iterator[Finding]:
    """Check service.port against the ports of the executor."""
    forming = (FORMING_PORT, "the script that waits for the workers")
    taken = {
        "ray": ((RAY_PORT, "Ray's head"),),
        "native": ((vllm.master_port(), "vLLM's rendezvous"), forming),
        "data": ((DATA_PARALLEL_PORT, "vLLM's data parallel coordinator"), forming),
    }
    for port, what in taken.get(plan.server.executor, ()):
        if plan.service.port == port:
            yield Finding(
                ("spec", "service", "port"),
                f"{what} already uses port {port} in the leader's pod",
                "write another port, such as 8000",
            )


RULES: tuple[Rule, ...] = (
    tolerates_termination,
    toleration,
    no_replicas,
    scheduling_name,
    port_taken,
    system_priority,
    node_label_unknown,
)
