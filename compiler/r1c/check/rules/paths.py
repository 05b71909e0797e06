"""R1C717 to R1C719 and R1C721: files, folders and caches that flags and variables name in the pod."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from typing import Any

from r1c import names
from r1c.check.rule import Rule, rule
from r1c.check.rules import flags
from r1c.check.rules.pod_environment import variables
from r1c.diagnostics import Finding, Path, Remove, Severity, unsafe
from r1c.facts import pod_paths, vllm
from r1c.facts.pod_paths import PathFlag
from r1c.profile.paths import MODEL_ID
from r1c.record import record
from r1c.resolve.plan import Plan
from r1c.resolve.server import mapping

_FIELDS = (
    "spec.vllm.args",
    "spec.vllm.env",
    "spec.network.nccl",
    "spec.storage",
    "spec.vllm.version",
    "spec.model.source",
)
READ = ("file", "folder", "model")
"""Kinds of paths that must be there when the server starts."""


@record
class Named:
    """A path in a flag or a variable: its place in the profile, the flag or variable, and its kind."""

    place: Path
    name: str
    kind: str
    path: str


def named(plan: Plan) -> Iterator[Named]:
    """Yield every value of the profile that names a file or folder, valid or not."""
    known = pod_paths.read()
    if plan.model.id.startswith("/"):
        yield Named(MODEL_ID, "model.id", "model", plan.model.id)
    for argument, _ in flags.flagged(plan):
        place = argument.path
        head, _, key = argument.meant.partition(".")
        if argument.meant in known.flags:
            yield from _of_flag(place, argument.meant, argument.value, known.flags[argument.meant])
        elif head in known.keys:
            yield from _of_keys(
                place, head, {key: argument.value} if key else argument.value, known.keys[head]
            )
    for variable in variables(plan):
        kind = known.variables.get(variable.name)
        if kind and variable.value:
            yield Named(variable.path, variable.name, kind, variable.value)


def _of_flag(place: Path, name: str, value: Any, entry: PathFlag) -> Iterator[Named]:
    kind = entry.kind
    if kind == "adapters":
        yield from _adapters(place, name, value)
    elif kind == "model-values":
        texts = (mapping(value) or {}).values()
        yield from (Named(place, name, "model", text) for text in texts if isinstance(text, str))
    elif isinstance(value, str) and value not in entry.words and not _is_text(value, entry):
        yield Named(place, name, kind, value)


def _is_text(value: str, entry: PathFlag) -> bool:
    """Tell whether a value is the content of a file, which some flags accept instead of its name."""
    return entry.inline and any(mark in value for mark in ("{", "}", "\n"))


def _of_keys(place: Path, name: str, value: Any, kinds: Mapping[str, str]) -> Iterator[Named]:
    given = mapping(value) or {}
    for key, kind in kinds.items():
        text = given.get(key)
        if isinstance(text, str):
            yield Named((*place, key) if isinstance(value, Mapping) else place, f"{name}.{key}", kind, text)


def _adapters(place: Path, name: str, value: Any) -> Iterator[Named]:
    """Read NAME=PATH, and {name, path} as a map or as JSON text."""
    items = value if isinstance(value, list) else [value]
    for index, item in enumerate(items):
        own: Path = (*place, index) if isinstance(value, list) else place
        given = mapping(item)
        if given is not None:
            path = given.get("path")
            own = (*own, "path") if isinstance(item, Mapping) else own
        else:
            path = str(item).partition("=")[2]
        if isinstance(path, str) and path:
            yield Named(own, name, "model", path)


def within(path: str, folder: str) -> bool:
    """Tell whether an absolute path is a folder or a path below it; dots are resolved."""
    return f"{posixpath.normpath(path)}/".startswith(f"{folder.rstrip('/')}/")


def in_image(path: str) -> bool:
    """Tell whether the image has files at the path."""
    return any(within(path, folder) for folder in pod_paths.read().image.files)


def of_plugin(plan: Plan, path: str) -> bool:
    """Tell whether the pod mounts the GPUDirect plugin or the driver at the path."""
    own = (plan.gpudirect.library, plan.gpudirect.directory, "/usr/local/nvidia")
    return any(folder and within(path, folder) for folder in own)


def missing(plan: Plan, item: Named) -> str | None:
    """Return why the path is missing when the server starts, None if it may exist."""
    storage = plan.storage
    path = item.path
    if not path.startswith("/"):
        if item.kind == "model":
            known = names.is_model_repository(path)
            return None if known else "that is neither a Hugging Face repository nor an absolute path"
        own = path.startswith(pod_paths.read().image.relative)
        return (
            None
            if own
            else f"the server looks for it in {vllm.workdir()}, and the image does not have it there"
        )
    if within(path, storage.mount_path) or in_image(path) or of_plugin(plan, path):
        return None
    if plan.weights.own_volume and not plan.weights.streamed and within(path, plan.weights.folder):
        return None
    if within(path, storage.ssd_mount_path):
        return None if storage.cache_on_node else "the SSD is empty when a pod starts (modelCache: emptyDir)"
    return "the pod has no volume there"


@rule(
    code="R1C717",
    slug="path-not-mounted",
    severity=Severity.ERROR,
    title="Path that the pod does not have",
    why="The server exits if it does not find the file (vllm-project/vllm#47600, #12867). The pod has the "
    "bucket, the node's SSD and the folders of the image; put your files into the bucket.",
    example="spec:\n  vllm:\n    args: {chat-template: /templates/qwen.jinja}\n",
    fix="Copy the file into the bucket and write its path below storage.mountPath.",
    fields=(*_FIELDS, "spec.model.id", "spec.gpudirect", "spec.platform", "spec.nodes", "spec.parallelism"),
)
def path_not_mounted(plan: Plan) -> Iterator[Finding]:
    """Check every path that is read when the server starts."""
    for item in named(plan):
        reason = missing(plan, item) if item.kind in READ else None
        if reason:
            last = posixpath.basename(item.path.rstrip("/")) or "PATH"
            mount = plan.storage.mount_path.rstrip("/")
            yield Finding(
                item.place,
                f"{item.name} names {item.path}, but {reason}",
                f"copy it to gs://{plan.storage.bucket}/{last} and write "
                f"{_written(item, f'{mount}/{last}', plan)}",
            )


def _written(item: Named, path: str, plan: Plan) -> str:
    """Return the value with another path in it."""
    argument = plan.server.argument("lora-modules") if item.name == "lora-modules" else None
    values = argument.value if argument else None
    texts = values if isinstance(values, list) else [values]
    name = next((str(text).partition("=")[0] for text in texts if str(text).endswith(f"={item.path}")), None)
    return f"{name}={path}" if name else path


@rule(
    code="R1C718",
    slug="weights-not-on-ssd",
    severity=Severity.ERROR,
    title="Weights downloaded to the container's own disk",
    why="The container's disk is on the node's boot disk: hundreds of GB fill it, the kubelet evicts the "
    "pod, and a restart downloads everything again (GoogleCloudPlatform/kubernetes-engine-samples#1581; "
    "evidence.md, STO001).",
    example="spec:\n  vllm:\n    args: {download-dir: /models}\n",
    fix="Remove the line: r1c keeps downloads on the local SSD, mounted at storage.ssdMountPath.",
    fields=_FIELDS,
    edits="unsafe",
)
def weights_not_on_ssd(plan: Plan) -> Iterator[Finding]:
    """Check that downloads are kept on the SSD; R1C719 reports the bucket."""
    storage = plan.storage
    if not plan.weights.with_token:
        return
    for item in named(plan):
        if item.kind != "weights":
            continue
        if within(item.path, storage.ssd_mount_path) or within(item.path, storage.mount_path):
            continue
        where = "on the container's own disk" if item.path.startswith("/") else "a relative path"
        yield Finding(
            item.place,
            f"{item.name} stores downloads in {item.path}, {where}",
            f"remove the line: r1c keeps them below {storage.huggingface_home}, on the local SSD",
            edit=unsafe(Remove(item.place)),
        )


@rule(
    code="R1C719",
    slug="weights-in-bucket",
    severity=Severity.WARNING,
    title="Weights downloaded into the bucket",
    why="Every node then writes the same files through Cloud Storage FUSE, which has no file locks, and "
    "reads the checkpoint over the network at each start (gcsfuse docs, semantics).",
    example="spec:\n  vllm:\n    env: {HF_HUB_CACHE: /gcs/hub}\n",
    fix="Remove the line, or copy the model into the bucket once and write its path as model.id.",
    fields=_FIELDS,
    edits="unsafe",
)
def weights_in_bucket(plan: Plan) -> Iterator[Finding]:
    """Check where downloads are kept."""
    storage = plan.storage
    if not plan.weights.with_token:
        return
    for item in named(plan):
        if item.kind == "weights" and within(item.path, storage.mount_path):
            yield Finding(
                item.place,
                f"{item.name} stores downloads in {item.path}, in the bucket that all nodes write to",
                f"remove the line: r1c keeps them below {storage.huggingface_home}, on the local SSD",
                edit=unsafe(Remove(item.place)),
            )


OFFLINE = ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE")


@rule(
    code="R1C721",
    slug="offline-without-weights",
    severity=Severity.WARNING,
    title="Offline mode without a model in the bucket",
    why="The first pod on a node finds an empty cache and cannot fill it: the server exits with "
    "LocalEntryNotFoundError (huggingface_hub docs, HF_HUB_OFFLINE; evidence.md, STO014).",
    example="spec:\n  vllm:\n    env: {HF_HUB_OFFLINE: '1'}\n",
    fix="Remove the variable, or copy the model into the bucket and write its path as model.id.",
    fields=("spec.vllm.env", "spec.model.id", "spec.model.source"),
    edits="unsafe",
)
def offline_without_weights(plan: Plan) -> Iterator[Finding]:
    """Check the variables that turn downloads off, if the model is a repository."""
    if plan.model.id.startswith("/") or not plan.weights.on_hub:
        return
    for variable in variables(plan):
        if variable.name in OFFLINE and variable.value.upper() in ("1", "ON", "YES", "TRUE"):
            mount = plan.storage.mount_path.rstrip("/")
            yield Finding(
                variable.path,
                f"{variable.name} turns downloads off, but each new node must download {plan.model.id}",
                f"remove the line, or copy the model into the bucket and write its path below {mount} as "
                "model.id",
                edit=unsafe(Remove(variable.path)),
            )


RULES: tuple[Rule, ...] = (
    path_not_mounted,
    weights_not_on_ssd,
    weights_in_bucket,
    offline_without_weights,
)
