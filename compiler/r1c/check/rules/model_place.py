"""R1C712 and R1C713: where vLLM finds the model of spec.model.id."""

from __future__ import annotations

from collections.abc import Iterator

from r1c import names
from r1c.check.rule import Rule, rule
from r1c.diagnostics import Finding, Path, Severity
from r1c.resolve.plan import Plan

ID: Path = ("spec", "model", "id")
_HUB = ("https://huggingface.co/", "https://hf.co/", "hf://")
_BUCKET = "gs://"


@rule(
    code="R1C712",
    slug="model-id",
    severity=Severity.ERROR,
    title="Model ID is neither a Hugging Face repository nor a path in the pod",
    why="vLLM treats anything that is not a path as a Hugging Face repository, and exits if there is none "
    "with that name. Only some releases load a bucket's URI (vllm-project/vllm#24435); a path below the "
    "mounted bucket works in all of them.",
    example="spec:\n  model:\n    id: gs://my-bucket/models/my-model\n",
    fix="Write NAMESPACE/NAME as Hugging Face shows it, or the path of the model's folder in the pod.",
    fields=("spec.model.id", "spec.storage.bucket", "spec.storage.mountPath"),
)
def model_id(plan: Plan) -> Iterator[Finding]:
    """Refuse URIs and names that cannot be a repository."""
    id_ = plan.model.id
    if names.is_model_place(id_):
        return
    what = "a URI" if "://" in id_ else "not one of them"
    forms = "a Hugging Face repository, or an absolute path of letters, digits and ._+=@-"
    message = f'model.id must be {forms}; "{id_}" is {what}'
    yield Finding(ID, message, _instead(plan))


def _instead(plan: Plan) -> str:
    """Say what to write instead of an ID that vLLM does not find."""
    id_, mount = plan.model.id, plan.storage.mount_path.rstrip("/")
    for start in _HUB:
        repository = "/".join(id_.removeprefix(start).split("/")[:2])
        if id_.startswith(start) and names.is_model_repository(repository):
            return f"write {repository}"
    if id_.startswith(_BUCKET):
        bucket, _, path = id_.removeprefix(_BUCKET).partition("/")
        path = path.strip("/")
        if bucket == plan.storage.bucket:
            return f"write {mount}{'/' if path else ''}{path}, its path in the mounted bucket"
        where = path or "PATH"
        return (
            f"copy the model to gs://{plan.storage.bucket}/{where} and write {mount}/{where}: storage.bucket "
            f"is mounted at {mount}"
        )
    return (
        f"write NAMESPACE/NAME as Hugging Face shows it, or {mount}/PATH for a folder in the bucket of "
        "storage.bucket"
    )


@rule(
    code="R1C713",
    slug="model-path-not-mounted",
    severity=Severity.WARNING,
    title="Model path outside the mounted bucket",
    why="The files must be in each pod before vLLM starts, or the server exits. The bucket is the only "
    "volume with your files, for the server and the benchmark.",
    example="spec:\n  model:\n    id: /models/my-model\n    config:\n      num_hidden_layers: 32\n"
    "      hidden_size: 4096\n      num_attention_heads: 32\n      num_key_value_heads: 8\n"
    "      intermediate_size: 14336\n      vocab_size: 128256\n      max_position_embeddings: 131072\n",
    fix="Put the model into the bucket and write its path below storage.mountPath. Accept the warning if "
    "the image or every node has the files.",
    fields=("spec.model.id", "spec.storage.mountPath"),
)
def model_path_not_mounted(plan: Plan) -> Iterator[Finding]:
    """Check an absolute path against the bucket's mount."""
    id_, mount = plan.model.id, plan.storage.mount_path.rstrip("/")
    parts = id_.split("/")
    if not id_.startswith("/") or (f"{id_}/".startswith(f"{mount}/") and ".." not in parts):
        return
    name = next((part for part in reversed(parts) if part), "PATH")
    yield Finding(
        ID,
        f"{id_} is not below {mount}, where the bucket is mounted: the image or every node must have it",
        f"copy the model to gs://{plan.storage.bucket}/{name} and write {mount}/{name}",
    )


RULES: tuple[Rule, ...] = (model_id, model_path_not_mounted)
