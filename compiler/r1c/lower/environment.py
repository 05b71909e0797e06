"""The environment of the server containers: the same list for leader and worker, each name once."""

from __future__ import annotations

from typing import Any

from r1c.facts import vllm
from r1c.lower.templates.escape import literal
from r1c.resolve.kv_transfer import by_nixl
from r1c.resolve.plan import Plan
from r1c.resolve.server import SecretKey

Entry = dict[str, Any]

NIXL_HOST = "VLLM_NIXL_SIDE_CHANNEL_HOST"
"""The address at which servers of the other role ask for KV cache; vLLM's default is localhost."""
CACHES = ("VLLM_CACHE_ROOT", "TRITON_CACHE_DIR")
"""Where compiled code is kept: on the local SSD, so that a group that is recreated finds it."""


def value(name: str, text: str) -> Entry:
    """Return an entry with a literal value."""
    return {"name": name, "value": literal(text)}


def field(name: str, path: str) -> Entry:
    """Return an entry that the kubelet fills from the pod's own fields."""
    return {"name": name, "valueFrom": {"fieldRef": {"apiVersion": "v1", "fieldPath": path}}}


def token(plan: Plan) -> Entry:
    """Return the entry of the Hugging Face token: a reference to the Secret."""
    return secret("HF_TOKEN", SecretKey(plan.token.secret, plan.token.key))


def secret(name: str, at: SecretKey) -> Entry:
    """Return an entry whose value is in a Secret."""
    return {"name": name, "valueFrom": {"secretKeyRef": {"name": at.name, "key": at.key}}}


def server(plan: Plan) -> list[Entry]:
    """Return the server's environment: addresses, token, the release's NCCL set and its overrides.

    Ray gives its own processes the environment of `ray start`, so both pods have every variable. A name
    that the profile gives replaces the value in place; new names follow.
    """
    library = plan.gpudirect.library
    entries = [field("VLLM_HOST_IP", "status.podIP"), *([token(plan)] if plan.weights.with_token else [])]
    if plan.shares_node:
        entries.append(field("POD_NAME", "metadata.name"))
    if by_nixl(plan.server) and NIXL_HOST not in plan.server.env:
        entries.append(field(NIXL_HOST, "status.podIP"))
    downloads, _ = vllm.downloads(plan.server.release)
    values = {
        "HF_HOME": plan.storage.huggingface_home,
        **downloads,
        "VLLM_CACHE_ROOT": plan.storage.on_ssd("vllm"),
        "TRITON_CACHE_DIR": plan.storage.on_ssd("triton/cache"),
        "LD_LIBRARY_PATH": ":".join(dict.fromkeys((library, "/usr/local/nvidia/lib64"))),
        **({} if plan.gpudirect.stack == "none" else {"NCCL_LIB_DIR": library}),
        **plan.gpudirect.environment,
        **plan.network.overrides,
        **plan.server.env,
    }
    secrets = plan.server.secrets
    own = plan.network.overrides.keys() | plan.server.env.keys()
    return [
        *entries,
        *(
            _of_pod(name, text)
            if plan.shares_node and name in CACHES and name not in own
            else value(name, text)
            for name, text in values.items()
            if name not in secrets
        ),
        *(secret(name, at) for name, at in secrets.items()),
    ]


def _of_pod(name: str, text: str) -> Entry:
    """Return an entry with a folder of the pod's own.

    Two servers that start at the same time on one node must not write the same files of a compile cache,
    which vLLM neither locks nor replaces whole.
    """
    return {"name": name, "value": f"{literal(text)}/$(POD_NAME)"}
