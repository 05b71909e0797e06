"""A server container's variables -> network.nccl and vllm.env: what the release and r1c do not set."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from r1c import facts
from r1c.adopt.profile_draft import Draft, at
from r1c.diagnostics import Path
from r1c.facts import nccl
from r1c.source import credentials

_SET_BY_R1C = (
    "HF_HOME",
    "LD_LIBRARY_PATH",
    "NCCL_LIB_DIR",
    "NCCL_PLUGIN_PATH",
    "NCCL_INIT_SCRIPT",
    "VLLM_HOST_IP",
    "LWS_LEADER_ADDRESS",
    "LWS_GROUP_SIZE",
    "LWS_WORKER_INDEX",
)
_NOT_NEEDED: Mapping[str, str] = {
    "HF_HUB_ENABLE_HF_TRANSFER": "r1c sets the variables for fast downloads of this release",
    "HF_XET_HIGH_PERFORMANCE": "r1c sets the variables for fast downloads of this release",
    "VLLM_CACHE_ROOT": "r1c keeps compiled code on the local SSD, storage.ssdMountPath",
    "TRITON_CACHE_DIR": "r1c keeps compiled code on the local SSD, storage.ssdMountPath",
    "NVTE_FWD_LAYERNORM_SM_MARGIN": "only Transformer Engine reads it, and vLLM does not use that",
    "NVTE_BWD_LAYERNORM_SM_MARGIN": "only Transformer Engine reads it, and vLLM does not use that",
    "TORCH_DISTRIBUTED_DEBUG": "it is for debugging collectives during training",
    "JOB_ORCHESTRATOR": "vLLM does not read it",
    "LAUNCHER_SCRIPT": "r1c writes the launch command",
    "SERVER_ARGS_FILE": "the flags are under vllm.args",
    "MODEL_NAME": "the model is under model.id",
    "MODEL_DOWNLOAD_DIR": "the model is downloaded to the local SSD, storage.ssdMountPath",
    "GCS_FUSE_BUCKET": "the bucket is under storage.bucket",
}
"""Variables of the gpu-recipes charts and of pods that vLLM does not use, or that r1c sets differently."""


def environment(fields: Mapping[Path, Any]) -> Mapping[str, str]:
    """Return the environment that a draft's GPUDirect release comes with, however many nodes there are."""
    platform = fields.get(at("spec.platform"))
    if platform not in facts.platforms():
        return {}
    machine = facts.platform(str(platform))
    known = facts.releases(machine.stack)
    usual = nccl.default_release(machine, str(fields.get(at("spec.vllm.version"))))
    name = fields.get(at("spec.gpudirect.release"), usual)
    stack = facts.stack(machine.stack)
    on_host = fields.get(at("spec.gpudirect.useHostPlugin")) or stack.only_host_plugin
    library = stack.host_library if on_host else stack.library
    release = facts.release(machine.stack, name if name in known else usual)
    return {key: value.replace("{lib}", library) for key, value in release.environment.items()}


def variables(
    values: Mapping[str, str], release: Mapping[str, str], *, fabric: bool, others: str = "spec.vllm.env"
) -> Draft:
    """Return the fields of literal variables: NCCL's go to network.nccl, the rest to `others`.

    `release` is the environment that the release sets where `fabric` says that several nodes are joined.
    A value that is a credential is not shown.
    """
    kept: dict[Path, Any] = {}
    dropped: list[tuple[str, str]] = []
    set_, local = [name for name in values if name in _SET_BY_R1C], list[str]()
    if set_:
        dropped.append((", ".join(set_), f"r1c sets {'them' if len(set_) > 1 else 'it'}"))
    for name, value in values.items():
        if credentials.names_one(name) or credentials.first(value):
            dropped.append((name, "a credential does not belong in a profile; keep it in a Secret"))
        elif name in _NOT_NEEDED:
            dropped.append((name, _NOT_NEEDED[name]))
        elif name in release and not fabric and not name.startswith("NCCL_DEBUG"):
            local.append(name)
        elif name not in _SET_BY_R1C and (release.get(name) != value or not fabric):
            kept[at("spec.network.nccl" if name.startswith("NCCL_") else others, name)] = value
    if local:
        reason = "one node needs no network between nodes: its GPUs use NVLink"
        dropped.append((", ".join(local), reason))
    return Draft(fields=kept, dropped=tuple(dropped))
