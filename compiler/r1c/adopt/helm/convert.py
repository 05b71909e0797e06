"""Values -> the draft of a profile: what several values say together, and what the charts add to them."""

from __future__ import annotations

from typing import Any

from r1c import facts
from r1c.adopt import images
from r1c.adopt.codes import GPU_COUNT, NOT_OURS, PLATFORM, WRONG_TYPE
from r1c.adopt.flags import Given, flags
from r1c.adopt.helm.buckets import further
from r1c.adopt.helm.fabric import MEGA, fabric
from r1c.adopt.helm.mapping import carry, wrong
from r1c.adopt.helm.values import MANIFESTS, Values
from r1c.adopt.profile_draft import Asked, Draft, at, given, join, recipe_name
from r1c.adopt.variables import environment, variables
from r1c.diagnostics import Code, Finding, Path, UserError

_ARM = "nccl-plugin-gib-arm64"
_A4_COMMAND = (
    "--disable-log-requests, VLLM_USE_V1, VLLM_FLASH_ATTN_VERSION, VLLM_ATTENTION_BACKEND, "
    "VLLM_WORKER_MULTIPROC_METHOD",
    "the chart's command sets them, not the values; write those you need under vllm.args and vllm.env",
)


def from_values(values: Values, asked: Asked) -> Draft:
    """Return the draft; it has findings alone if the values are for what r1c does not compile.

    Raises UserError if the values are not for a vLLM chart of gpu-recipes.
    """
    if not any(
        values.get(*path) is not None for path in (("model",), ("workload",), ("gpuPlatformSettings",))
    ):
        raise UserError(
            "not the values of a gpu-recipes vLLM chart: they have no model, workload or gpuPlatformSettings"
            + (f"; {MANIFESTS}" if values.get("kind") is not None else "")
        )
    unsupported = _unsupported(values)
    if unsupported:
        return Draft(findings=unsupported)
    carried = carry(values)
    platform = _platform(values, asked.platform)
    image = _image(values)
    args = _flags(values, carried, image, str(platform.fields[at("spec.platform")]))
    draft = join(carried, platform, image, args)
    shape = _shape(values, draft)
    draft = join(draft, shape)
    # Without a tensor size the number of nodes is open: what only several nodes need is kept.
    nodes = int(shape.fields.get(at("spec.nodes"), 2))
    model = str(draft.fields.get(at("spec.model.id"), ""))
    return join(
        draft,
        _storage(values),
        _scheduling(values, draft),
        fabric(values, draft, nodes),
        _variables(values, draft, nodes),
        given(
            {
                "metadata.name": asked.name or recipe_name(model, str(draft.fields[at("spec.platform")])),
                **asked.of_cluster(),
            }
        ),
    )


_TCPXO = "gpudirect-tcpxo"
"""The repository of images that only A3 Mega nodes use, also under a key that no chart reads."""


def _unsupported(values: Values) -> tuple[tuple[Code, Finding], ...]:
    """Say that the values are for A4X, or for another server than vLLM; the first that is so."""
    gib, framework = values.text("network", "gibVersion"), values.text("workload", "framework")
    if gib and _ARM in gib:
        message = "the values are for A4X, whose hosts are Arm machines; r1c does not support it"
        return ((NOT_OURS, Finding(("network", "gibVersion"), message, "import another recipe")),)
    if framework not in (None, "vllm"):
        message = f"the values are for {framework}; r1c compiles recipes for vLLM"
        return ((NOT_OURS, Finding(("workload", "framework"), message, "import a vLLM recipe")),)
    return ()


def _platform(values: Values, asked: str | None) -> Draft:
    gib = values.text("network", "gibVersion")
    findings = []
    mega = values.get("gpuPlatformSettings") is not None or any(
        _TCPXO in str(value) for _, value in values.leaves()
    )
    found = asked or (MEGA if mega else "a3-ultra")
    comments = {}
    if not asked and found != MEGA:
        place: Path = ("network", "gibVersion") if gib else ()
        message = "the values do not say whether they are for a3-ultra or a4; a3-ultra is assumed"
        findings.append((PLATFORM, Finding(place, message, "give --platform a3-ultra or --platform a4")))
        comments[at("spec.platform")] = "assumed: the values of a3-ultra and a4 have the same keys"
    return Draft({at("spec.platform"): found}, comments, findings=tuple(findings))


def _image(values: Values) -> Draft:
    whole = values.text("workload", "image")
    if whole:
        return images.server(whole, ("workload", "image"))
    repository, tag = values.text("job", "image", "repository"), values.get("job", "image", "tag")
    text = f"{repository or ''}:{tag}" if tag is not None else str(repository or "")
    return images.server(text, ("job", "image", "tag")) if text else Draft()


def _flags(values: Values, carried: Draft, image: Draft, platform: str) -> Draft:
    """Return the flags of serverArgs, or of the file that the newer charts read, and what the chart adds."""
    version, model = image.fields.get(at("spec.vllm.version")), carried.fields.get(at("spec.model.id"))
    path: Path = ("vllm", "serverArgs")
    own = values.get(*path)
    if values.get("serving_config") is not None:
        path, own = ("serving_config",), values.get("serving_config")
    if own is None:
        own = {}
    if not isinstance(own, dict):
        return Draft(
            findings=((WRONG_TYPE, Finding(path, "the server's flags are not a map", "write name: value")),)
        )
    all_given = [
        Given(str(name), value, (*path, name), f"--{name}=False" if path[0] == "vllm" else f"--{name} false")
        for name, value in own.items()
        if value is not None
    ]
    draft = flags(all_given, version, model)
    trust = at("spec.vllm.args", "trust-remote-code")
    if values.get("workload") is None and trust not in draft.fields:
        draft = join(draft, Draft({trust: True}, {trust: "the chart always sets this flag"}))
    if values.get("workload") is None and platform == "a4":
        draft = join(draft, Draft(dropped=(_A4_COMMAND,)))
    return draft


def _shape(values: Values, draft: Draft) -> Draft:
    """Return nodes and replicas, and hold the number of GPUs against the parallelism."""
    platform = str(draft.fields[at("spec.platform")])
    a_node = facts.platform(platform).gpus_per_node if platform in facts.platforms() else 8
    tensor, pipeline = (draft.fields.get(at(f"spec.parallelism.{name}")) for name in ("tensor", "pipeline"))
    path: Path = ("workload", "gpus") if values.get("workload") is not None else ("job", "gpus")
    gpus = values.get(*path)
    if gpus is not None and (not isinstance(gpus, int) or isinstance(gpus, bool)):
        return Draft(findings=((WRONG_TYPE, wrong(path, gpus, int)),))
    if not isinstance(tensor, int):
        return Draft()
    ranks = tensor * (pipeline or 1)
    nodes = -(-ranks // a_node)
    fields: dict[str, Any] = {"spec.nodes": nodes}
    if gpus is None:
        return given(fields)
    # The charts for one node create a Deployment of gpus / 8 pods, each with its own server.
    pods = max(1, gpus // a_node)
    servers = 1 if platform == MEGA or nodes > 1 else pods
    if servers > 1:
        fields["spec.replicas"] = servers
    result = given(fields)
    if gpus == ranks * servers:
        return result
    message = (
        f"{'.'.join(map(str, path))} is {gpus}, but tensor {tensor} x pipeline {pipeline or 1} needs {ranks}"
    )
    message += f" on each of {servers} pods" if servers > 1 else ""
    help_ = f"the profile has {ranks} GPUs per group; change its parallelism or replicas if you mean {gpus}"
    return join(result, Draft(findings=((GPU_COUNT, Finding(path, message, help_)),)))


def _storage(values: Values) -> Draft:
    first = ("volumes", "gcsMounts", 0)
    draft = given(
        {
            "spec.storage.bucket": values.text(*first, "bucketName"),
            "spec.storage.mountPath": values.text(*first, "mountPath"),
        }
    )
    reason = "a profile has one bucket; mount others in an overlay, which --patch writes"
    others = tuple((mount.what, reason) for mount in further(values))
    return join(draft, Draft(dropped=others))


def _scheduling(values: Values, draft: Draft) -> Draft:
    nodes = values.get("targetNodes")
    targets = [str(node) for node in nodes] if isinstance(nodes, list) and nodes else None
    result = given({"spec.scheduling.targetNodes": targets})
    queue = at("spec.scheduling.queue")
    if queue in draft.fields and draft.fields[at("spec.platform")] == MEGA:
        result = join(
            result,
            Draft(
                comments={queue: "the chart does not use the queue; with the profile, Kueue admits the pods"}
            ),
        )
    return result


def _variables(values: Values, draft: Draft, nodes: int) -> Draft:
    release, fabric = environment(draft.fields), nodes > 1
    nccl = _pairs(values.get("network", "ncclSettings"))
    return join(
        variables(nccl, release, fabric=fabric, others="spec.network.nccl"),
        variables(_pairs(values.get("workload", "envs")), release, fabric=fabric),
    )


def _pairs(entries: Any) -> dict[str, str]:
    """Return a list of name and value as a map; of a name given twice the last counts, as in Kubernetes."""
    listed = [entry for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []
    return {
        str(entry["name"]): _text(entry.get("value"))
        for entry in listed
        if entry.get("name") is not None and entry.get("value") is not None
    }


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
