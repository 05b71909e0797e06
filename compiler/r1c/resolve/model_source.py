"""spec.model.source -> the weights of the plan."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from r1c import facts
from r1c.facts import pod_paths
from r1c.record import replace
from r1c.resolve.model_weights import MOUNT, Prefetch, Weights, from_hub
from r1c.resolve.server import mapping

if TYPE_CHECKING:
    from r1c.profile.model import Spec
    from r1c.profile.model_source import ModelSource


def weights_of(spec: Spec, asked: ModelSource, arguments: Mapping[str, Any]) -> Weights:
    """Return where the weights are; `arguments` are vllm.args by the flags' own names."""
    if asked.type == "huggingface":
        known = from_hub(spec.model.id)
        return replace(known, bytes_per_second=_rate(asked, known.bytes_per_second))
    rates, path = facts.defaults().weights, (asked.path or "").rstrip("/")
    with_token = _names_repository(arguments)
    if asked.type == "pvc":
        folder, claim = f"{MOUNT}/{path}".rstrip("/"), asked.claim or ""
        rate = _rate(asked, rates.claim_bytes_per_second)
        filled = _prefetch(asked, claim)
        return Weights("pvc", folder, folder, "", path, claim, False, True, rate, with_token, filled)
    bucket = asked.bucket or spec.storage.bucket
    own = bucket != spec.storage.bucket
    folder = MOUNT if own else f"{spec.storage.mount_path.rstrip('/')}/{path}"
    streamed = asked.load == "stream"
    place = f"gs://{bucket}/{path}" if streamed else folder
    rate = _rate(asked, rates.stream_bytes_per_second if streamed else rates.mount_bytes_per_second)
    filled = _prefetch(asked, "")
    return Weights("gcs", place, folder, bucket, path, "", streamed, own, rate, with_token, filled)


def _rate(asked: ModelSource, planned: int) -> int:
    return asked.mb_per_second * 10**6 if asked.mb_per_second else planned


def _prefetch(asked: ModelSource, claim: str) -> Prefetch | None:
    if asked.prefetch is None:
        return None
    return Prefetch(asked.prefetch.claim or claim, asked.prefetch.node_selector or {})


def _names_repository(arguments: Mapping[str, Any]) -> bool:
    """Tell whether a flag names another repository: a draft model, a tokenizer, an adapter."""
    known = pod_paths.read()
    named: list[Any] = []
    for name, value in arguments.items():
        flag, _, key = name.partition(".")
        if flag in known.keys:
            whole = {key: value} if key else mapping(value) or {}
            named += [whole.get(item) for item, kind in known.keys[flag].items() if kind == "model"]
        elif name in known.flags and known.flags[name].kind == "model":
            named += [] if value in known.flags[name].words else [value]
        elif name in known.flags and known.flags[name].kind in ("adapters", "model-values"):
            named += _texts(value)
    return any(isinstance(item, str) and item and not item.startswith("/") for item in named)


def _texts(value: Any) -> list[str]:
    """Return the places in NAME=PLACE, {name, path} and {name: PLACE}, as a list, a map or JSON text."""
    found: list[str] = []
    for item in value if isinstance(value, list) else [value]:
        given = mapping(item)
        if given:
            found += [str(given["path"])] if "path" in given else [str(text) for text in given.values()]
        elif isinstance(item, str):
            found.append(item.rpartition("=")[2])
    return found
