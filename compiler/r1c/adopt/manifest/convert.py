"""A stream with a LeaderWorkerSet in it -> the draft of a profile."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from r1c import facts
from r1c.adopt import images
from r1c.adopt.codes import GPU_COUNT, PLATFORM
from r1c.adopt.flags import Given, flags, is_joining
from r1c.adopt.manifest import blocks, container, leftover, weights
from r1c.adopt.manifest.container import entries, section
from r1c.adopt.manifest.stream import Stream
from r1c.adopt.manifest.weights import Source
from r1c.adopt.manifest.workload import Workload
from r1c.adopt.networks import networks
from r1c.adopt.profile_draft import (
    Asked,
    Draft,
    at,
    given,
    join,
)
from r1c.adopt.profile_text import ACCELERATOR
from r1c.adopt.variables import environment, variables
from r1c.diagnostics import Finding, Path
from r1c.diagnostics.suggest import listed
from r1c.facts import nccl

GPU = "nvidia.com/gpu"
_EXCLUSIVE = "leaderworkerset.sigs.k8s.io/exclusive-topology"
_QUEUE = "kueue.x-k8s.io/queue-name"
_OWN_LABELS = ("app.kubernetes.io/", "helm.sh/", "kueue.x-k8s.io/", "leaderworkerset.sigs.k8s.io/")


def from_workload(stream: Stream, one: Workload, given_too: Asked) -> Draft:
    """Return the draft; `given_too` has the options of the user."""
    asked = given(
        {
            "metadata.name": given_too.name,
            "spec.platform": given_too.platform,
            "spec.cluster.project": given_too.project,
            "spec.cluster.name": given_too.cluster,
            "spec.cluster.region": given_too.region,
        }
    )
    spec = section(one.template, "spec")
    within: Path = (*one.path, "spec", "containers", one.index)
    image = images.server(str(one.container.get("image", "")), (*within, "image"))
    stack = container.stack(one.template)
    machine = asked if given_too.platform else join(_platform(one, stack, spec), asked)
    source = weights.source(one.template, one.container, one.server.model, one.server.flags)
    args = _flags(one, within, image, source)
    draft = join(_identity(one), machine, image, args, _group(one, within, args))
    used = source.volume if source else None
    storage = container.storage(one.template, one.container, used)
    draft = join(draft, storage, _placement(spec, draft), _token(one))
    draft = join(draft, _network(one, draft, spec), _gpudirect(stack, draft, one.nodes))
    own = container.environment(one.container)
    literal = {**own.literal, **one.server.variables}
    draft = join(draft, variables(literal, environment(draft.fields), fabric=one.nodes > 1))
    references = {
        at("spec.vllm.env", variable): {"secretKeyRef": {"name": name, "key": key}}
        for variable, (name, key) in own.secrets.items()
    }
    around = blocks.carried(stream, one, join(draft, Draft(fields=references), asked))
    rest = around.quiet(leftover.of(around.rest, one.item, one.path, one.index, own.others))
    return join(around.draft, rest, _service(around.rest, one, around.draft), asked)


def _identity(one: Workload) -> Draft:
    metadata = section(one.item.data, "metadata")
    labels, notes = section(metadata, "labels"), section(metadata, "annotations")
    own = {
        key: str(value) for key, value in labels.items() if not key.startswith(_OWN_LABELS) and key != "app"
    }
    replicas = section(one.item.data, "spec").get("replicas", 1)
    account = section(one.template, "spec").get("serviceAccountName")
    return join(
        given(
            {
                "metadata.name": metadata.get("name"),
                "metadata.namespace": metadata.get("namespace"),
                "spec.replicas": replicas if isinstance(replicas, int) else None,
                "spec.serviceAccountName": account,
                "spec.scheduling.queue": labels.get(_QUEUE),
                "spec.scheduling.exclusiveTopology": notes.get(_EXCLUSIVE),
            }
        ),
        Draft(fields={at("metadata.labels", key): value for key, value in own.items()}),
    )


def _platform(one: Workload, stack: container.Stack, spec: Mapping[str, Any]) -> Draft:
    """Tell the platform by the accelerator that the pods request, else by the GPUDirect stack."""
    label = section(spec, "nodeSelector").get(ACCELERATOR)
    machines = [facts.platform(name) for name in facts.platforms()]
    exact = [machine.id for machine in machines if machine.accelerator_label == label]
    fitting = exact or [machine.id for machine in machines if machine.stack == stack.name]
    if not fitting:
        return Draft()
    draft = given({"spec.platform": fitting[0]})
    if len(fitting) == 1:
        return draft
    message = f"the manifest does not say whether it is for {listed(fitting)}; {fitting[0]} is assumed"
    finding = Finding((*one.path, "spec"), message, f"add --platform {fitting[0]} or another", on_key=True)
    return join(draft, Draft(findings=((PLATFORM, finding),)))


def _flags(one: Workload, within: Path, image: Draft, source: Source | None) -> Draft:
    """Return model and flags; a flag whose value the manifest does not show is named."""
    version, model = image.fields.get(at("spec.vllm.version")), one.server.model
    place: Path = (*within, "args" if one.container.get("args") else "command")
    left = ("model", *(source.flags if source else ()))
    given_flags = [Given(name, value, place) for name, value in one.server.flags if name not in left]
    joining = [name for name, _ in (*one.server.flags, *one.server.unknown) if name == "nnodes"]
    lost = tuple(
        (f"--{name} {value}", "r1c joins the pods of a group")
        if is_joining(name)
        else (f"--{name} {value}", "its value is a variable that is not set in the manifest")
        for name, value in one.server.unknown
    )
    return join(
        given({"spec.model.id": model, "spec.vllm.executor": "native" if joining else None}),
        flags(given_flags, version, model),
        source.draft if source else Draft(),
        Draft(dropped=lost),
    )


def _group(one: Workload, within: Path, args: Draft) -> Draft:
    """Return nodes and parallelism, and hold the GPUs against them."""
    tensor, pipeline = (args.fields.get(at(f"spec.parallelism.{name}"), 1) for name in ("tensor", "pipeline"))
    data = args.fields.get(at("spec.vllm.args", "data-parallel-size"), 1)
    ranks = tensor * pipeline * (data if isinstance(data, int) else 1)
    draft = given({"spec.nodes": one.nodes, "spec.parallelism.tensor": tensor})
    gpus = section(one.container, "resources", "limits").get(GPU)
    if not str(gpus).isdigit() or int(str(gpus)) * one.nodes == ranks:
        return draft
    message = f"the pods request {one.nodes} x {gpus} GPUs, but the server's parallelism needs {ranks}"
    place: Path = (*within, "resources", "limits", GPU)
    finding = Finding(place, message, "correct the parallelism or the nodes in the profile")
    return join(draft, Draft(findings=((GPU_COUNT, finding),)))


def _placement(spec: Mapping[str, Any], draft: Draft) -> Draft:
    selector, taints = section(spec, "nodeSelector"), entries(spec.get("tolerations"))
    seconds = spec.get("terminationGracePeriodSeconds")
    wanted = {str(key): str(value) for key, value in selector.items()}
    platform = draft.fields.get(at("spec.platform"))
    known = facts.platform(str(platform)).tolerations if platform in facts.platforms() else ()
    tolerations = [dict(taint) for taint in taints]
    if tolerations and all(_tolerates(toleration, taint) for toleration in tolerations for taint in known):
        # Wider than r1c's own, but for the same taints.
        tolerations = [dict(taint) for taint in known]
    return given(
        {
            "spec.scheduling.nodeSelector": wanted or None,
            "spec.scheduling.tolerations": tolerations or None,
            "spec.scheduling.targetNodes": container.target_nodes(spec.get("affinity")) or None,
            "spec.scheduling.priorityClass": spec.get("priorityClassName"),
            "spec.scheduling.terminationGracePeriodSeconds": seconds if type(seconds) is int else None,
        }
    )


def _tolerates(toleration: Mapping[str, Any], taint: Mapping[str, Any]) -> bool:
    return toleration.get("key") == taint["key"] and toleration.get("operator") == "Exists"


def _token(one: Workload) -> Draft:
    secret = container.environment(one.container).secret
    if not secret:
        return Draft()
    return given({"spec.huggingface.secretName": secret[0], "spec.huggingface.secretKey": secret[1]})


def _network(one: Workload, draft: Draft, spec: Mapping[str, Any]) -> Draft:
    annotations = section(one.template, "metadata", "annotations")
    names = container.networks(annotations)
    mode = "host" if spec.get("hostNetwork") is True else None
    limits = section(one.container, "resources", "limits")
    zero = any(container.is_rdma(key) and str(amount) == "0" for key, amount in limits.items())
    result = given(
        {"spec.network.mode": mode, "spec.network.rdmaRequests": "zero" if zero and not mode else None}
    )
    if mode:
        comment = (
            "as in the manifest, with privileged pods; with `mode: pod`, each NIC is an interface of the pod"
        )
        result = join(result, Draft(comments={at("spec.network.mode"): comment}))
    platform = draft.fields.get(at("spec.platform"))
    if names and platform and one.nodes > 1:
        place: Path = (*one.path, "metadata", "annotations", "networking.gke.io/interfaces")
        cluster = draft.fields.get(at("spec.cluster.name"))
        result = join(result, networks(names, str(platform), cluster, place))
    return result


def _gpudirect(stack: container.Stack, draft: Draft, nodes: int) -> Draft:
    platform = draft.fields.get(at("spec.platform"))
    if platform not in facts.platforms() or stack.name != facts.platform(str(platform)).stack or nodes == 1:
        return Draft()
    images_ = images.gpudirect(stack.name, stack.plugin, stack.daemon)
    version = str(draft.fields.get(at("spec.vllm.version")))
    usual = nccl.default_release(facts.platform(str(platform)), version)
    name = images_.fields.get(at("spec.gpudirect.release"), usual)
    build = stack.build_type if stack.build_type != facts.release(stack.name, name).build_type else None
    return join(
        images_,
        given({"spec.gpudirect.buildType": build, "spec.gpudirect.useHostPlugin": stack.on_host or None}),
    )


def _service(stream: Stream, one: Workload, draft: Draft) -> Draft:
    """Return type and port of the Service that selects the leader."""
    services = [item for item in stream.objects if item.kind == "Service"]
    labels = {str(value) for value in section(one.template, "metadata", "labels").values()}
    for item in services:
        selected = {str(value) for value in section(item.data, "spec", "selector").values()}
        if not selected & {*labels, one.item.name}:
            continue
        spec = section(item.data, "spec")
        ports = [entry.get("port") for entry in entries(spec.get("ports"))]
        kind = spec.get("type")
        result = given({"spec.service.type": kind})
        port = draft.fields.get(at("spec.service.port"), 8000)
        if ports and ports[0] != port:
            reason = f"a profile has one port for Service and server: the server's, {port}"
            result = join(result, Draft(dropped=((f"port {ports[0]} of Service {item.name}", reason),)))
        if item.name != f"{one.item.name}-svc":
            reason = f"r1c names it {one.item.name}-svc: clients must use that name"
            result = join(result, Draft(dropped=((f"the name of Service {item.name}", reason),)))
        return result
    return Draft()
