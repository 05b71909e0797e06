"""A stream with a LeaderWorkerSet in it -> the draft of a profile."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from r1c import facts
from r1c.adopt import images
from r1c.adopt.codes import GPU_COUNT, PLATFORM
from r1c.adopt.flags import JOINS, Given, flags, is_joining
from r1c.adopt.manifest import blocks, container, leftover, script_notes, weights
from r1c.adopt.manifest.config_file import config_flags
from r1c.adopt.manifest.container import entries, section
from r1c.adopt.manifest.named_parts import LABELS_OWN
from r1c.adopt.manifest.service import services
from r1c.adopt.manifest.stream import Stream, in_script
from r1c.adopt.manifest.variables_in_profile import of_container
from r1c.adopt.manifest.weights import Source
from r1c.adopt.manifest.workload import Workload
from r1c.adopt.networks import networks
from r1c.adopt.profile_draft import Asked, Draft, at, given, join, took
from r1c.diagnostics import Finding, Path
from r1c.diagnostics.suggest import listed
from r1c.facts import nccl
from r1c.names import ACCELERATOR, EXCLUSIVE_TOPOLOGY, GPU, INTERFACES, QUEUE


def from_workload(stream: Stream, one: Workload, given_too: Asked) -> Draft:
    """Return the draft; `given_too` has the options of the user."""
    asked = given(
        {"metadata.name": given_too.name, "spec.platform": given_too.platform, **given_too.of_cluster()}
    )
    spec = section(one.template, "spec")
    image = images.server(str(one.container.get("image", "")), (*one.within, "image"))
    stack = container.stack(one.template)
    machine = asked if given_too.platform else join(_platform(one, stack, spec), asked)
    flags_ = [(flag.name, flag.value) for flag in one.server.flags if not flag.unknown]
    model = one.server.model.text if one.server.model and one.server.model.known else None
    source = weights.source(one.template, one.container, model, flags_)
    args = _flags(stream, one, image, source)
    draft = join(_identity(one), machine, image, args, _group(one, args))
    used = source.volume if source else None
    draft = join(draft, container.storage(one.template, one.container, one.path, one.index, used))
    draft = join(draft, _placement(spec, one.path, draft))
    draft = join(
        draft, _network(one, draft, spec), _gpudirect(stack, draft, one.nodes), of_container(one, draft)
    )
    draft = join(draft, took((*one.within, "image"), (*one.within, "command"), (*one.within, "args")))
    around = blocks.carried(stream, one, join(draft, Draft(dropped=tuple(script_notes.of(one))), asked))
    draft = join(around.draft, services(around.rest, one, around.draft))
    return join(draft, around.quiet(leftover.of(around.rest, one, draft)), asked)


def _identity(one: Workload) -> Draft:
    metadata = section(one.item.data, "metadata")
    labels, notes = section(metadata, "labels"), section(metadata, "annotations")
    own = [key for key in labels if not key.startswith(LABELS_OWN) and key != "app"]
    replicas = section(one.item.data, "spec").get("replicas", 1)
    account = section(one.template, "spec").get("serviceAccountName")
    return join(
        given(
            {
                "metadata.name": metadata.get("name"),
                "metadata.namespace": metadata.get("namespace"),
                "spec.replicas": replicas if type(replicas) is int else None,
                "spec.serviceAccountName": account,
                "spec.scheduling.queue": labels.get(QUEUE),
                "spec.scheduling.exclusiveTopology": notes.get(EXCLUSIVE_TOPOLOGY),
            }
        ),
        Draft(fields={at("metadata.labels", str(key)): str(labels[key]) for key in own}),
        took(
            ("apiVersion",),
            ("kind",),
            *(("metadata", key) for key in ("name", "namespace")),
            *(("metadata", "labels", key) for key in (*own, QUEUE)),
            ("metadata", "annotations", EXCLUSIVE_TOPOLOGY),
            (*one.path, "spec", "serviceAccountName"),
            *([("spec", "replicas")] if type(replicas) is int else []),
            *([("spec", "leaderWorkerTemplate", "size")] if one.item.kind == "LeaderWorkerSet" else []),
        ),
    )


def _platform(one: Workload, stack: container.Stack, spec: Mapping[str, Any]) -> Draft:
    """Tell the platform by the accelerator that the pods request, else by the GPUDirect stack."""
    label = section(spec, "nodeSelector").get(ACCELERATOR)
    machines = [facts.platform(name) for name in facts.platforms()]
    exact = [machine.id for machine in machines if machine.accelerator_label == label]
    fitting = exact or [machine.id for machine in machines if stack.name and machine.stack == stack.name]
    if len(fitting) == 1:
        return given({"spec.platform": fitting[0]})
    if not fitting:
        return Draft()
    message = f"the manifest does not say whether it is for {listed(fitting)}"
    finding = Finding((*one.path, "spec"), message, f"add --platform {fitting[0]} or another", on_key=True)
    return Draft(findings=((PLATFORM, finding),))


def _flags(stream: Stream, one: Workload, image: Draft, source: Source | None) -> Draft:
    """Return model and flags; a flag whose value the manifest does not show is named."""
    version, model = image.fields.get(at("spec.vllm.version")), one.server.model
    known = model.text if model and model.known else None
    left = ("model", "config", *(source.flags if source else ()))
    of_file = config_flags(stream, one)
    given_flags = [
        Given(flag.name, flag.value, in_script(flag.place) or one.within)
        for flag in one.server.flags
        if flag.name not in left and not flag.unknown
    ]
    given_flags += of_file or ()
    return join(
        given(
            {
                "spec.model.id": known,
                "spec.vllm.executor": "native" if one.server.find("nnodes") else None,
            }
        ),
        flags(given_flags, version, known),
        source.draft if source else Draft(),
        Draft(dropped=(*_unknown(one, of_file is None), *_files(one))),
    )


def _files(one: Workload) -> Iterator[tuple[str, str]]:
    """Name the files that a flag reads from a volume which the profile does not have."""
    volumes = entries(section(one.template, "spec").get("volumes"))
    kept = ("csi", "emptyDir", "hostPath")
    lost = {str(volume.get("name")) for volume in volumes if not any(kind in volume for kind in kept)}
    for flag in one.server.flags:
        for mount in entries(one.container.get("volumeMounts")):
            name, where = str(mount.get("name")), str(mount.get("mountPath", "")).rstrip("/")
            inside = isinstance(flag.value, str) and f"{flag.value}/".startswith(f"{where}/") and where
            if inside and name in lost and flag.name not in ("model", "config"):
                yield (
                    f"the file of {flag.written}",
                    f"it is in volume {name}: add the volume in an overlay too",
                )


def _unknown(one: Workload, no_file: bool) -> Iterator[tuple[str, str]]:
    """Name the flags whose values are not known, with what it is that the manifest does not show."""
    model = one.server.model
    if model and not model.known:
        yield f"the model {model.text}", script_notes.why(one, model.unknown)
    for flag in one.server.flags:
        if flag.unknown and flag.name != "model":
            reason = JOINS if is_joining(flag.name) else script_notes.why(one, flag.unknown)
            yield flag.written, reason
    config = one.server.find("config")
    if no_file and config and not config.unknown:
        yield config.written, "r1c does not see the flags in this file; write them under vllm.args"


def _group(one: Workload, args: Draft) -> Draft:
    """Return nodes and parallelism, and hold the GPUs against them; what is not said stays open."""
    sizes = {name: args.fields.get(at(f"spec.parallelism.{name}"), 1) for name in ("tensor", "pipeline")}
    data = args.fields.get(at("spec.vllm.args", "data-parallel-size"), 1)
    ranks = sizes["tensor"] * sizes["pipeline"] * (data if isinstance(data, int) else 1)
    said = at("spec.parallelism.tensor") in args.fields
    gpus = section(one.container, "resources", "limits").get(GPU)
    fits = str(gpus).isdigit() and int(str(gpus)) * one.nodes == ranks
    draft = given(
        {"spec.nodes": one.nodes, "spec.parallelism.tensor": sizes["tensor"] if said or fits else None}
    )
    place: Path = (*one.within, "resources", "limits", GPU)
    requests: Path = (*one.within, "resources", "requests", GPU)
    same = section(one.container, "resources", "requests").get(GPU) in (None, gpus)
    draft = join(draft, took(place, *([requests] if same else [])) if str(gpus).isdigit() else Draft())
    if not str(gpus).isdigit() or fits or not said:
        return draft
    message = f"the pods request {one.nodes} x {gpus} GPUs, but the server's parallelism needs {ranks}"
    help_ = "correct the parallelism or the nodes in the profile"
    return join(draft, Draft(findings=((GPU_COUNT, Finding(place, message, help_)),)))


def _placement(spec: Mapping[str, Any], path: Path, draft: Draft) -> Draft:
    selector, taints = section(spec, "nodeSelector"), entries(spec.get("tolerations"))
    seconds = spec.get("terminationGracePeriodSeconds")
    wanted = {str(key): str(value) for key, value in selector.items()}
    platform = draft.fields.get(at("spec.platform"))
    known = facts.platform(str(platform)).tolerations if platform in facts.platforms() else ()
    tolerations = [dict(taint) for taint in taints]
    if (
        tolerations
        and known
        and all(_tolerates(toleration, taint) for toleration in tolerations for taint in known)
    ):
        # Wider than r1c's own, but for the same taints.
        tolerations = [dict(taint) for taint in known]
    hosts = container.target_nodes(spec.get("affinity"))
    terms = dict.fromkeys(host[:-2] for host in hosts)
    taken = ["nodeSelector", "priorityClassName", *(["tolerations"] if taints else [])]
    taken += ["terminationGracePeriodSeconds"] if type(seconds) is int else []
    return join(
        given(
            {
                "spec.scheduling.nodeSelector": wanted or None,
                "spec.scheduling.tolerations": tolerations or None,
                "spec.scheduling.targetNodes": list(hosts.values()) or None,
                "spec.scheduling.priorityClass": spec.get("priorityClassName"),
                "spec.scheduling.terminationGracePeriodSeconds": seconds if type(seconds) is int else None,
            }
        ),
        took(
            *((*path, "spec", key) for key in taken),
            *((*path, "spec", "affinity", *term) for term in terms),
        ),
    )


def _tolerates(toleration: Mapping[str, Any], taint: Mapping[str, Any]) -> bool:
    named = toleration.get("key") == taint["key"] and toleration.get("operator") == "Exists"
    return (
        named
        and set(toleration) <= {"key", "operator", "effect"}
        and toleration.get("effect")
        in (
            None,
            taint.get("effect"),
        )
    )


def _network(one: Workload, draft: Draft, spec: Mapping[str, Any]) -> Draft:
    annotations = section(one.template, "metadata", "annotations")
    names = container.networks(annotations)
    mode = "host" if spec.get("hostNetwork") is True else None
    limits = section(one.container, "resources", "limits")
    rdma = [key for key, amount in limits.items() if container.is_rdma(key) and str(amount) == "0"]
    result = join(
        given(
            {"spec.network.mode": mode, "spec.network.rdmaRequests": "zero" if rdma and not mode else None}
        ),
        took(*((*one.within, "resources", "limits", key) for key in rdma)),
        took((*one.path, "spec", "hostNetwork")) if mode else Draft(),
    )
    if mode:
        comment = (
            "as in the manifest, with privileged pods; with `mode: pod`, each NIC is an interface of the pod"
        )
        result = join(result, Draft(comments={at("spec.network.mode"): comment}))
    platform = draft.fields.get(at("spec.platform"))
    if names and platform and one.nodes > 1:
        place: Path = (*one.path, "metadata", "annotations", INTERFACES)
        cluster = draft.fields.get(at("spec.cluster.name"))
        result = join(result, networks(names, str(platform), cluster, place), took(place))
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
