"""R1C712, R1C713, R1C720 and R1C734: where vLLM finds the model that spec.model.id names."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from r1c import facts, names
from r1c.check.rule import Rule, rule
from r1c.check.rules import paths
from r1c.diagnostics import Finding, Put, Severity, safe
from r1c.diagnostics.suggest import slip
from r1c.profile.paths import MODEL_ID, REVISION
from r1c.resolve.plan import Plan

_HUB = ("https://huggingface.co/", "https://hf.co/", "hf://")
_BUCKET = "gs://"


def is_place(id_: str) -> bool:
    """Tell whether an id is that of a known model, or has the form of a repository or a path in the pod."""
    return id_ in facts.models() or names.is_model_place(id_)


@lru_cache(maxsize=256)
def misspelt(id_: str) -> str | None:
    """Return the known model that an unknown id is a slip of, None if none or more than one is close."""
    known = facts.models()
    return None if id_ in known else slip(id_, known)


@rule(
    code="R1C712",
    slug="model-id",
    severity=Severity.ERROR,
    title="Model ID is neither a Hugging Face repository nor a path in the pod",
    why="vLLM treats anything that is not a path as a Hugging Face repository, and exits if there is none "
    "with that name. Only some releases can load a model from a bucket's URI (vllm-project/vllm#24435); a "
    "path below the mounted bucket works in all of them.",
    example="spec:\n  model:\n    id: gs://my-bucket/models/my-model\n",
    fix="Write NAMESPACE/NAME as Hugging Face shows it, or the path of the model's folder in the pod.",
    fields=("spec.model.id", "spec.storage.bucket", "spec.storage.mountPath"),
    edits="safe",
)
def model_id(plan: Plan) -> Iterator[Finding]:
    """Refuse URIs and names that cannot be a repository."""
    id_ = plan.model.id
    if is_place(id_):
        return
    what = "a URI" if "://" in id_ else "not one of them"
    forms = "a Hugging Face repository, or an absolute path of letters, digits and ._+=@-"
    message = f'model.id must be {forms}; "{id_}" is {what}'
    help_ = _instead(plan)
    repository = _repository(id_)
    yield Finding(MODEL_ID, message, help_, edit=safe(Put(MODEL_ID, repository)) if repository else None)


@rule(
    code="R1C734",
    slug="revision",
    severity=Severity.ERROR,
    title="Invalid revision of the model",
    why="Hugging Face answers 404 for a branch, tag or commit that cannot exist, and the server exits "
    "(git check-ref-format).",
    example="spec:\n  model:\n    id: deepseek-ai/DeepSeek-R1\n    revision: main branch\n",
    fix="Write a branch, a tag, or a commit of 40 hexadecimal digits.",
    fields=("spec.model.revision",),
)
def model_revision(plan: Plan) -> Iterator[Finding]:
    """Check the form of model.revision."""
    revision = plan.model.revision
    if revision is not None and not names.is_revision(revision):
        message = f'"{revision}" cannot be the name of a branch, tag or commit'
        yield Finding(REVISION, message, "write a branch, a tag, or a commit of 40 hexadecimal digits")


@rule(
    code="R1C720",
    slug="model-misspelt",
    severity=Severity.ERROR,
    title="Misspelt model ID",
    why="With one wrong letter r1c cannot check heads, weights and KV cache, and vLLM does not find the "
    "repository on Hugging Face.",
    example="spec:\n  model:\n    id: deepseek-ai/DeekSeek-R1\n",
    fix="Write the model ID as Hugging Face shows it. If your own model has this name, set model.config.",
    fields=("spec.model",),
    edits="safe",
)
def model_misspelt(plan: Plan) -> Iterator[Finding]:
    """Refuse an ID that differs from a known model in one letter, unless the profile has its config.json."""
    near = misspelt(plan.model.id) if plan.model.architecture is None else None
    if near:
        how = "the case of its letters" if near.casefold() == plan.model.id.casefold() else "one letter"
        message = f"{plan.model.id} differs from the known model {near} only in {how}"
        yield Finding(MODEL_ID, message, f"did you mean {near}?", edit=safe(Put(MODEL_ID, near)))


def _repository(id_: str) -> str | None:
    """Return the repository that an address on Hugging Face names."""
    start = next((start for start in _HUB if id_.startswith(start)), None)
    repository = "/".join(id_.removeprefix(start or "").split("/")[:2])
    return repository if start is not None and names.is_model_repository(repository) else None


def _instead(plan: Plan) -> str:
    """Say what to write instead of an ID that vLLM does not find."""
    id_, mount = plan.model.id, plan.storage.mount_path.rstrip("/")
    repository = _repository(id_)
    if repository:
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
    example="spec:\n  model:\n    id: /ssd/my-model\n    config:\n      num_hidden_layers: 32\n"
    "      hidden_size: 4096\n      num_attention_heads: 32\n      num_key_value_heads: 8\n"
    "      intermediate_size: 14336\n      vocab_size: 128256\n      max_position_embeddings: 131072\n",
    fix="Put the model into the bucket and write its path below storage.mountPath. Accept the warning if "
    "the image or every node has the files.",
    fields=("spec.model.id", "spec.storage"),
)
def model_path_not_mounted(plan: Plan) -> Iterator[Finding]:
    """Check a path on the node's SSD or in the image, where the model may be; R1C717 refuses all others."""
    id_, storage = plan.model.id, plan.storage
    if not id_.startswith("/") or paths.within(id_, storage.mount_path):
        return
    on_ssd = paths.within(id_, storage.ssd_mount_path) and storage.cache_on_node
    if not on_ssd and not paths.in_image(id_):
        return
    name = next((part for part in reversed(id_.split("/")) if part), "PATH")
    mount = storage.mount_path.rstrip("/")
    where = (
        "the SSD of every node must have it, and the benchmark does not see it"
        if on_ssd
        else "the image must have it"
    )
    yield Finding(
        MODEL_ID,
        f"{id_} is not below {mount}, where the bucket is mounted: {where}",
        f"copy the model to gs://{storage.bucket}/{name} and write {mount}/{name}",
    )


RULES: tuple[Rule, ...] = tuple(
    sorted(
        (model_id, model_path_not_mounted, *paths.RULES, model_misspelt, model_revision),
        key=lambda item: item.code.id,
    )
)
