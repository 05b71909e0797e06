"""A platform and a model -> the draft that a new profile starts from: release, flags, placeholders."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from r1c import facts
from r1c.adopt.profile_draft import Draft, at, given, join
from r1c.adopt.profile_text import BLANKS
from r1c.diagnostics import Path
from r1c.diagnostics.suggest import listed
from r1c.facts import model_table, nccl, starting_point, vllm, vllm_models, vllm_releases, vllm_startup
from r1c.facts.model import Architecture

LARGEST = 8
"""Nodes of the largest group that a starter is sought among."""

_STAND_INS: Mapping[str, str] = {
    "metadata.name": "starter",
    "spec.cluster.project": "my-project",
    "spec.cluster.name": "my-cluster",
    "spec.cluster.region": "us-central1",
    "spec.image.registry": "us-central1-docker.pkg.dev/my-project/my-repo",
    "spec.storage.bucket": "my-bucket",
}


def heading(known: bool) -> str:
    """Return the first line of a starter profile."""
    rest = "" if known else " r1c does not know this model, so it cannot check its memory and structure."
    return f"A starter profile: fill in the empty fields, then run `r1c check` on this file.{rest}"


def newest() -> str:
    """Return the release that a new profile starts with where the user names none."""
    return starting_point.read().release


def start(platform: str) -> str:
    """Return the default vLLM release for a new profile of a platform.

    This is the newest one whose NCCL a GPUDirect release of the platform is qualified for.
    """
    stack = facts.platform(platform).stack
    known = (vllm_releases.stack(version) for version in reversed(vllm.versions()))
    return next(
        (f"v{under.release.removeprefix('v')}" for under in known if under and nccl.fitting(stack, under)),
        newest(),
    )


def first(platform: str, model: str, own: Architecture | None = None) -> str | None:
    """Return the oldest release known to serve a model on a platform; None if the model is unknown.

    `own` is the architecture by the model's config.json, where the user gives one.
    """
    architecture = own or facts.architecture(model)
    if architecture is None:
        return None
    spans = (vllm_models.spans("in", name) for name in architecture.architectures)
    served = [found[0].first for found in spans if found]
    if architecture.moe:
        served += filter(None, map(vllm_startup.experts_since, architecture.architectures))
    if vllm_startup.known_as("codeless", architecture.architectures):
        served += filter(None, [vllm_models.reading(architecture.model_type)])
    least = (vllm.versions()[0], model_table.since(model), facts.platform(platform).minimum_vllm, *served)
    return max((version for version in least if version), key=lambda version: vllm.key(version) or ())


def too_old(platform: str, model: str, release: str, own: Architecture | None = None) -> str | None:
    """Say that a release is older than the model or the platform needs; None if it is not known to be."""
    since = first(platform, model, own)
    if since is None or (vllm.key(release) or ()) >= (vllm.key(since) or ()):
        return None
    return f"older than {since}, the first release known to serve {model} on {platform}"


def serving(platform: str, model: str, release: str, own: Architecture | None = None) -> str:
    """Return the release, or the first one that serves the model where the release is older."""
    return (first(platform, model, own) or release) if too_old(platform, model, release, own) else release


def context(architecture: Architecture) -> int:
    """Return the max-model-len of a new profile: for most uses, or the model's own limit if that is less."""
    length = starting_point.read().max_model_len
    return min(length, architecture.max_position_embeddings or length)


def base(
    platform: str, model: str, release: str, own: Architecture | None = None, length: int | None = None
) -> Draft:
    """Return the draft of a model on a platform without a shape; blanks and a remark for an unknown model.

    `own` is the architecture by the model's config.json, and `length` a max-model-len other than context().
    """
    architecture = own or facts.architecture(model)
    about = too_old(platform, model, release, own)
    if about is None:
        since = first(platform, model, own)
        about = f"vLLM supports the model since {since}" if since else "the model may need another release"
        if release == newest():
            about = f"the newest release that r1c knows; {about}"
        elif release == start(platform):
            about = f"the newest release with an NCCL that GPUDirect on {platform} supports; {about}"
    chosen = join(
        given({"spec.platform": platform, "spec.model.id": model, "spec.vllm.version": release}),
        Draft(
            comments={
                at("spec.platform"): f"{listed(facts.platforms())}; decides GPUs, NICs and GPUDirect",
                at("spec.vllm.version"): about,
            }
        ),
    )
    if architecture is None:
        return join(chosen, _unknown(model))
    args = {"max-model-len": length or context(architecture), **_args(architecture, release)}
    flags = Draft(
        fields={at("spec.vllm.args", key): value for key, value in args.items()},
        comments={at("spec.vllm.args", "max-model-len"): "tokens of prompt and answer"},
        remarks=(
            (
                at("spec.vllm.args", "max-model-len"),
                "Flags of `vllm serve` in this release, without the dashes.",
            ),
        ),
    )
    return join(chosen, flags)


def standing_in(draft: Draft) -> Draft:
    """Return the draft with placeholders for its blanks, to compute the rest."""
    return join(given({path: value for path, value in _STAND_INS.items() if path in BLANKS}), draft)


def cut(platform: str, tensor: int, pipeline: int, nodes: int) -> Draft:
    """Return the fields of a shape, with comments."""
    a_node = facts.platform(platform).gpus_per_node
    comments: dict[Path, str] = {
        at("spec.parallelism.tensor"): f"GPUs that share each layer; a node has {a_node} GPUs"
    }
    if pipeline > 1:
        comments[at("spec.parallelism.pipeline")] = "stages that the layers are divided into"
        comments[at("spec.nodes")] = f"tensor x pipeline = nodes x {a_node}"
    fields = {"spec.parallelism.tensor": tensor, "spec.parallelism.pipeline": pipeline, "spec.nodes": nodes}
    return join(given(fields), Draft(comments=comments))


def _args(architecture: Architecture, release: str) -> dict[str, Any]:
    """Return the flags that a model needs in a release, in addition to those of every starter."""
    args = dict(starting_point.needs(architecture.id).args)
    stored, sampled = architecture.quantization, vllm.sampled(release)
    if stored and sampled and stored.method in vllm_startup.values("quantization-deprecated", sampled):
        args["allow-deprecated-quantization"] = True
    read = vllm_models.reads_config(architecture.model_type, vllm_models.read(release) or release)
    code = architecture.remote_code
    if "AutoTokenizer" in code or ("AutoConfig" in code and not read):
        args["trust-remote-code"] = True
    return args


def _unknown(model: str) -> Draft:
    remark = (
        f"r1c does not know {model}. Give the model's config.json here (config: config.json, a path relative "
        "to this file), and r1c checks the parallelism and the memory."
    )
    return Draft(
        comments={
            at("spec.parallelism.tensor"): "must divide the model's attention heads; 8 uses a whole node"
        },
        remarks=((at("spec.model.config"), remark),),
    )
