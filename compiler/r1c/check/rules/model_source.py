"""R1C723 to R1C733: spec.model.source, run only for a profile that has it.

Other codes of R1C7xx are about where the model is in any profile (model_place.py, paths.py).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from r1c import facts, names
from r1c.check.rule import Rule, rule
from r1c.check.rules import paths
from r1c.diagnostics import Finding, Path, Related, Remove, Severity, safe, unsafe
from r1c.diagnostics.suggest import corrected
from r1c.facts import vllm
from r1c.profile.paths import HUGGINGFACE, MODEL_ID, MODEL_SOURCE, REVISION
from r1c.resolve.model_weights import MOUNT
from r1c.resolve.plan import Plan

_OF_TYPE = {
    "huggingface": ("type", "mbPerSecond"),
    "gcs": ("type", "mbPerSecond", "bucket", "path", "load", "prefetch"),
    "pvc": ("type", "mbPerSecond", "claim", "path", "prefetch"),
}
_FOLDER = r"[A-Za-z0-9_.+=@-]+(/[A-Za-z0-9_.+=@-]+)*"


@rule(
    code="R1C723",
    slug="model-source-field-without-effect",
    severity=Severity.ERROR,
    title="Field of another type of model source",
    why="Each type reads its own fields. A field without effect hides a mistake: the server would load other "
    "weights than the profile seems to say.",
    example="spec:\n  model:\n    source: {type: pvc, claim: weights, bucket: my-models}\n",
    fix="Remove the field, or write the type that it belongs to.",
    fields=("spec.model.source",),
    edits="safe or unsafe",
)
def field_without_effect(plan: Plan) -> Iterator[Finding]:
    """Refuse fields that the type does not read, and a claim for a Job that writes to a bucket."""
    own = _OF_TYPE[plan.weights.type]
    for path in sorted(path for path in plan.given if path[:3] == MODEL_SOURCE and len(path) == 4):
        name = str(path[3])
        if name not in own:
            types = " or ".join(kind for kind, fields in _OF_TYPE.items() if name in fields)
            yield Finding(
                path,
                f"model.source.{name} has no effect with type: {plan.weights.type}",
                f"write type: {types}, or remove {name}",
                on_key=True,
                edit=unsafe(Remove(path)),
            )
    claim: Path = (*MODEL_SOURCE, "prefetch", "claim")
    if plan.weights.type == "gcs" and claim in plan.given:
        message = "model.source.prefetch.claim has no effect with type: gcs, whose Job writes to the bucket"
        yield Finding(claim, message, "remove claim", on_key=True, edit=safe(Remove(claim)))


@rule(
    code="R1C724",
    slug="model-source-incomplete",
    severity=Severity.ERROR,
    title="Model source without a path or claim",
    why="r1c cannot guess where your weights are, and a wrong folder is found only when every GPU waits.",
    example="spec:\n  model:\n    source: {type: gcs}\n",
    fix="Write path for gcs, and claim for pvc.",
    fields=("spec.model.source",),
)
def incomplete(plan: Plan) -> Iterator[Finding]:
    """Ask for the folder of a bucket, and for the claim."""
    weights = plan.weights
    if weights.type == "gcs" and not weights.path:
        yield Finding(
            _at(plan, "path"),
            f"model.source.path is missing: the folder of gs://{weights.bucket} that has config.json",
            "write path: FOLDER, without gs:// and the bucket",
        )
    if weights.type == "pvc" and not weights.claim:
        yield Finding(
            _at(plan, "claim"),
            "model.source.claim is missing: the PersistentVolumeClaim with the weights",
            "write claim: NAME, as `kubectl get persistentvolumeclaim` prints it",
        )


def _at(plan: Plan, name: str) -> Path:
    """Return a field's path, or that of the section that lacks it."""
    path = (*MODEL_SOURCE, name)
    return path if path in plan.given else MODEL_SOURCE


@rule(
    code="R1C725",
    slug="model-source-form",
    severity=Severity.ERROR,
    title="Invalid bucket, folder or claim of the model source",
    why="The folder becomes a mount option and a part of a path: a comma, a space or .. would change what is "
    "mounted, and the pods would fail at the mount (gcs-fuse-csi-driver docs, mount options; Kubernetes "
    "API reference, PersistentVolumeClaimVolumeSource).",
    example="spec:\n  model:\n    source: {type: gcs, bucket: my-models, path: gs://my-models/r1}\n",
    fix="Write the bare name of the bucket or claim, and the folder as `gcloud storage ls` prints it after "
    "the bucket.",
    fields=("spec.model.source",),
    edits="safe",
)
def form(plan: Plan) -> Iterator[Finding]:
    """Check the names that become part of volumes and paths."""
    weights = plan.weights
    bucket: Path = (*MODEL_SOURCE, "bucket")
    if weights.type == "gcs" and bucket in plan.given and not names.is_bucket(weights.bucket):
        bare, _, folder = weights.bucket.removeprefix("gs://").partition("/")
        more = f", and path: {folder.strip('/')}" if folder.strip("/") else ""
        help_ = (
            f"write {bare}{more}"
            if names.is_bucket(bare)
            else "write the name as `gcloud storage ls` prints it"
        )
        yield Finding(bucket, f'"{weights.bucket}" cannot name a bucket', help_)
    if weights.path and not _is_folder(weights.path):
        yield Finding(
            (*MODEL_SOURCE, "path"), f'"{weights.path}" cannot be a folder of the weights', _folder(plan)
        )
    for path, claim in _claims(plan):
        if not names.is_dns_subdomain(claim):
            near = names.cleaned(claim)
            allowed = "lower-case letters, digits, hyphens and dots"
            message = f'"{claim}" cannot name a PersistentVolumeClaim; use {allowed}'
            help_ = f"write {near}" if near else f"use {allowed}"
            yield Finding(path, message, help_, edit=corrected(path, claim, near))


def _is_folder(path: str) -> bool:
    return re.fullmatch(_FOLDER, path) is not None and {"", ".", ".."}.isdisjoint(path.split("/"))


def _folder(plan: Plan) -> str:
    """Say what to write for a folder: the part of a URI or of a mount path that it has."""
    text = plan.weights.path.lstrip("/")
    start = f"gs://{plan.weights.bucket}/"
    for prefix in (start, f"{plan.weights.bucket}/", plan.storage.mount_path.strip("/") + "/"):
        rest = text.removeprefix(prefix).strip("/")
        if text.startswith(prefix) and _is_folder(rest):
            return f"write {rest}"
    if text.startswith("gs://"):
        bucket, _, rest = text.removeprefix("gs://").partition("/")
        if names.is_bucket(bucket) and _is_folder(rest):
            return f"write bucket: {bucket} and path: {rest}"
    parts = [part for part in text.split("/") if part not in ("", ".")]
    if ".." in parts:
        return "write the folder itself, without .."
    bare = "/".join(parts)
    return f"write {bare}" if _is_folder(bare) else "use letters, digits, ._+=@- and / between folders"


def _claims(plan: Plan) -> Iterator[tuple[Path, str]]:
    weights = plan.weights
    if weights.claim:
        yield (*MODEL_SOURCE, "claim"), weights.claim
    claim: Path = (*MODEL_SOURCE, "prefetch", "claim")
    if weights.prefetch and claim in plan.given:
        yield claim, weights.prefetch.claim


@rule(
    code="R1C726",
    slug="streamer-release",
    severity=Severity.ERROR,
    title="vLLM release without the streamer for Cloud Storage",
    why="The image of vLLM has the Run:ai Model Streamer with its plugin for Cloud Storage from v0.11.1 on; "
    "v0.10.2 and v0.11.0 accept gs:// but lack the plugin, and older releases take it for a repository "
    "(the Dockerfile of vLLM; facts/limits.yaml).",
    example="spec:\n  model:\n    source: {type: gcs, path: models/r1, load: stream}\n",
    fix="Use vLLM v0.11.1 or later, or load: mount.",
    fields=("spec.model.source", "spec.vllm.version"),
)
def streamer_release(plan: Plan) -> Iterator[Finding]:
    """Check the release for load: stream."""
    since = facts.limits().cloud_storage.streamer
    if plan.weights.streamed and (vllm.key(plan.server.version) or ()) < (vllm.key(since) or ()):
        yield Finding(
            (*MODEL_SOURCE, "load"),
            f"the image of vLLM {plan.server.version} cannot stream from Cloud Storage: {since} is the first "
            "that can",
            f"write vllm.version: {since} or later, or load: mount",
            related=(Related("the first release", place=facts.cite("limits", "cloudStorage.streamer")),),
        )


@rule(
    code="R1C727",
    slug="load-format-contradiction",
    severity=Severity.ERROR,
    title="load-format contradicts the model source",
    why="r1c sets load-format for load: stream. With another value the server would not read the bucket, and "
    "a streamer of sharded files needs a checkpoint that was saved for it.",
    example="spec:\n  model:\n    source: {type: gcs, path: models/r1, load: stream}\n  vllm:\n"
    "    version: v0.11.1\n    args: {load-format: safetensors}\n",
    fix="Remove load-format, or write load: mount.",
    fields=("spec.model.source", "spec.vllm.args"),
    edits="unsafe",
)
def load_format(plan: Plan) -> Iterator[Finding]:
    """Refuse load-format beside load: stream, ."""
    argument = plan.server.argument("load-format")
    if argument and plan.weights.streamed:
        yield Finding(
            argument.path,
            f"load-format {argument.value} contradicts model.source.load: stream, for which r1c sets "
            "runai_streamer",
            "remove load-format, or write load: mount",
            edit=unsafe(Remove(argument.path)),
            related=(Related("the source is streamed", path=(*MODEL_SOURCE, "load")),),
        )


@rule(
    code="R1C728",
    slug="download-settings-without-effect",
    severity=Severity.WARNING,
    title="Download setting has no effect",
    why="The server reads its weights from the bucket or the claim and downloads nothing, so the setting "
    "only misleads the reader.",
    example="spec:\n  model:\n    source: {type: pvc, claim: weights}\n  vllm:\n"
    "    args: {download-dir: /ssd/hub}\n",
    fix="Remove the line, or the model source.",
    fields=("spec.model.source", "spec.model.revision", "spec.vllm.args", "spec.vllm.env"),
    edits="safe or unsafe",
)
def download_setting(plan: Plan) -> Iterator[Finding]:
    """Check download-dir and its like, and a revision that nothing downloads."""
    weights = plan.weights
    if weights.on_hub:
        return
    if plan.model.revision and not weights.prefetch:
        yield Finding(
            REVISION,
            f"model.revision {plan.model.revision} has no effect: the server reads {weights.address}",
            "remove revision, or add prefetch: {} to model.source to fill it with that revision",
            edit=unsafe(Remove(REVISION)),
        )
    if weights.with_token:
        return
    for item in paths.named(plan):
        if item.kind == "weights":
            message = f"{item.name} has no effect: the server reads {weights.address}"
            yield Finding(item.place, message, "remove the line", edit=safe(Remove(item.place)))


@rule(
    code="R1C729",
    slug="token-not-needed",
    severity=Severity.WARNING,
    title="Hugging Face token that nothing reads",
    why="The server and the benchmark read the model from the bucket or the claim. A token in a pod that "
    "does not need it can only leak.",
    example="spec:\n  model:\n    source: {type: pvc, claim: weights}\n  huggingface: {secretName: hf}\n",
    fix="Remove spec.huggingface.",
    fields=("spec.model.source", "spec.huggingface", "spec.vllm.args"),
    edits="safe",
)
def token_not_needed(plan: Plan) -> Iterator[Finding]:
    """Check huggingface where neither the server nor a Job downloads."""
    if HUGGINGFACE in plan.given and not plan.credential_with:
        yield Finding(
            HUGGINGFACE,
            f"spec.huggingface has no effect: the pods read {plan.weights.address} and get no token",
            "remove huggingface",
            on_key=True,
            edit=safe(Remove(HUGGINGFACE)),
        )


@rule(
    code="R1C730",
    slug="model-id-is-a-path",
    severity=Severity.ERROR,
    title="Model ID is a path although model.source says where the weights are",
    why="model.id names the model for its facts, for clients and for the prefetch Job, and model.source says "
    "where the weights are. Two places for the weights can differ.",
    example="spec:\n  model:\n    id: /gcs/models/r1\n    source: {type: gcs, path: models/r1}\n    config:\n"
    "      num_hidden_layers: 32\n      hidden_size: 4096\n      num_attention_heads: 32\n"
    "      num_key_value_heads: 8\n      intermediate_size: 14336\n      vocab_size: 128256\n"
    "      max_position_embeddings: 131072\n",
    fix="Write the repository that the weights are from, or a name of your own in the form NAMESPACE/NAME.",
    fields=("spec.model",),
)
def id_is_a_path(plan: Plan) -> Iterator[Finding]:
    """Refuse a path as model.id, and an ID that the prefetch Job cannot ask the hub for."""
    weights, id_ = plan.weights, plan.model.id
    if id_.startswith("/") and not weights.on_hub:
        yield Finding(
            MODEL_ID,
            f"model.id is the path {id_}, and model.source says that the weights are in {weights.address}",
            "write the repository that the weights are from, or a name of your own: NAMESPACE/NAME",
            related=(Related("the source", path=MODEL_SOURCE),),
        )
    elif weights.prefetch and (":" in id_ or id_.count("/") != 1):
        yield Finding(
            MODEL_ID,
            f"the prefetch Job downloads a whole repository, and {id_} is not one",
            "write NAMESPACE/NAME as Hugging Face shows it",
        )


@rule(
    code="R1C731",
    slug="stream-on-host-network",
    severity=Severity.WARNING,
    title="Streaming from a bucket on the host's network",
    why="On the host's network the streamer reads the bucket as the node's service account: Workload "
    "Identity does not reach it there, and only a mounted bucket has an option for that "
    "(gcs-fuse-csi-driver docs, authentication).",
    example="metadata:\n  annotations:\n    r1c.dev/allow: 'R1C613: a closed network'\nspec:\n  model:\n"
    "    source: {type: gcs, path: models/r1, load: stream}\n  vllm: {version: v0.11.1}\n"
    "  network: {mode: host}\n",
    fix="Write load: mount. Accept the warning if the nodes' service account can read the bucket.",
    fields=("spec.model.source", "spec.network.mode"),
)
def stream_on_host(plan: Plan) -> Iterator[Finding]:
    """Check the network for load: stream."""
    if plan.weights.streamed and plan.network.host:
        yield Finding(
            (*MODEL_SOURCE, "load"),
            f"with network.mode: host the nodes' service account must be able to read gs://{plan.weights.bucket}",
            "write load: mount, or give that account roles/storage.objectViewer on the bucket",
            related=(Related("the network is the host's", path=("spec", "network", "mode")),),
        )


@rule(
    code="R1C732",
    slug="model-source-mount-collision",
    severity=Severity.ERROR,
    title="Mount path collides with the weights",
    why="Pods mount the weights at /weights. Another volume there would hide them, or be hidden.",
    example="spec:\n  model:\n    source: {type: pvc, claim: weights}\n  storage: {mountPath: /weights}\n",
    fix="Use another folder, such as /gcs or /ssd.",
    fields=("spec.model.source", "spec.storage.mountPath", "spec.storage.ssdMountPath"),
)
def mount_collision(plan: Plan) -> Iterator[Finding]:
    """Check the other mount paths against that of the weights."""
    if not plan.weights.own_volume:
        return
    given = {"mountPath": plan.storage.mount_path, "ssdMountPath": plan.storage.ssd_mount_path}
    for name, path in given.items():
        if paths.within(path, MOUNT) or paths.within(MOUNT, path):
            yield Finding(
                ("spec", "storage", name),
                f"{path} collides with {MOUNT}, where the pods mount the weights",
                f"write another folder, such as {'/gcs' if name == 'mountPath' else '/ssd'}",
            )


@rule(
    code="R1C733",
    slug="prefetch-moves",
    severity=Severity.HINT,
    title="Prefetch of a branch or tag",
    why="A second run of the Job replaces the files under a running server if the branch has moved, and "
    "groups that start before and after it serve different weights.",
    example="spec:\n  model:\n    source: {type: gcs, path: models/r1, prefetch: {}}\n",
    fix="Write model.revision with the commit, and put it into the path.",
    fields=("spec.model.source", "spec.model.revision"),
)
def prefetch_moves(plan: Plan) -> Iterator[Finding]:
    """Check that the prefetch Job downloads a commit."""
    revision = plan.model.revision
    if plan.weights.prefetch and not (revision and re.fullmatch(r"[0-9a-f]{40}", revision)):
        what = f"{revision} as it is" if revision else "the main branch as it is"
        yield Finding(
            REVISION if revision else (*MODEL_SOURCE, "prefetch"),
            f"the prefetch Job downloads {what} when it runs",
            "write model.revision with a commit of 40 hexadecimal digits, and its first digits in "
            "source.path",
        )


RULES: tuple[Rule, ...] = (
    field_without_effect,
    incomplete,
    form,
    streamer_release,
    load_format,
    download_setting,
    token_not_needed,
    id_is_a_path,
    stream_on_host,
    mount_collision,
    prefetch_moves,
)
