"""The architectures and config types that each vLLM release supports.

From facts/vllm_models.json and facts/transformers.json.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, lru_cache
from typing import Any, Literal

from r1c.facts import vllm, vllm_releases
from r1c.facts.entry import load
from r1c.record import record

Trait = Literal["in", "pp", "lora", "multimodal"]

GENERATES = ("ForCausalLM", "ForConditionalGeneration", "ChatModel", "LMHeadModel")
"""How the names of architectures that generate text end; vLLM takes one ending for another."""

POOLS = ("Model", "Classification", "ForTextEncoding", "ForRewardModeling")
"""How the names of others end: vLLM makes one of these out of a model that generates, so that its registry
does not tell what a release serves.
"""

_BACKENDS: Mapping[str, tuple[str, ...]] = {
    "dense": ("TransformersForCausalLM", "TransformersModel"),
    "experts": ("TransformersMoEForCausalLM",),
    "images": ("TransformersMultiModalForCausalLM", "TransformersForMultimodalLM"),
    "images with experts": ("TransformersMultiModalMoEForCausalLM",),
}


@record
class Span:
    """Releases in a row that have something, the last None if the newest release read has it too."""

    first: str
    last: str | None


def _data() -> Any:
    return load("vllm_models.json")


def _transformers() -> Any:
    return load("transformers.json")


@cache
def _order() -> Mapping[str, int]:
    return {release: place for place, release in enumerate(_data()["releases"])}


@lru_cache(maxsize=256)
def read(version: str) -> str | None:
    """Return the release that was read for a version: itself or the nearest older one."""
    if version in _order():
        return version
    wanted = vllm.key(version)
    if wanted is None:
        return None
    return next((name for name in reversed(list(_order())) if (vllm.key(name) or ()) <= wanted), None)


@cache
def names(release: str) -> tuple[str, ...]:
    """Return all architectures that a release that was read serves."""
    return tuple(name for name in _data()["architectures"] if has("in", name, release))


def _within(spans: list[list[str | None]], release: str) -> bool:
    order, here = _order(), _order()[release]
    return any(order[str(first)] <= here and (last is None or here <= order[last]) for first, last in spans)


def has(trait: Trait, architecture: str, release: str) -> bool:
    """Tell whether a release that was read serves an architecture, or supports something for it."""
    return _within(_data()["architectures"].get(architecture, {}).get(trait, []), release)


def spans(trait: Trait, architecture: str) -> tuple[Span, ...]:
    """Return in which releases an architecture is served, or something is supported for it, oldest first."""
    found = _data()["architectures"].get(architecture, {}).get(trait, [])
    return tuple(Span(first, last) for first, last in found)


def serving(architecture: str, release: str) -> str | None:
    """Return the name under which a release serves an architecture, None if it does not.

    It may differ from the given name in its ending.
    """
    if has("in", architecture, release):
        return architecture
    ending = next((end for end in GENERATES if architecture.endswith(end)), None)
    if ending is None:
        return None
    others = (architecture.removesuffix(ending) + end for end in GENERATES)
    return next((name for name in others if has("in", name, release)), None)


def judged(architecture: str) -> bool:
    """Tell whether the registry alone decides whether an architecture is served."""
    return architecture.endswith(GENERATES) or not architecture.endswith(POOLS)


def plugin(architecture: str) -> str | None:
    """Return the page of the plugin that took an architecture over, where vLLM names one."""
    named = _data()["gone"].get(architecture, "")
    return named if named.startswith("https:") else None


def backend(architecture: str, *, experts: bool, release: str) -> str | None:
    """Return the class of the Transformers backend that runs an architecture in a release, or None.

    It is None if the release has no such class, or its transformers library does not know the name.
    """
    known = _transformers()["architectures"].get(architecture)
    if known is None or not _reached(known, release):
        return None
    kind = "images" if architecture.endswith("ForConditionalGeneration") else "dense"
    if experts:
        kind = "experts" if kind == "dense" else "images with experts"
    return next((name for name in _BACKENDS[kind] if has("in", name, release)), None)


def reads_config(model_type: str, release: str) -> bool:
    """Tell whether vLLM or its transformers library reads a config of this type without the model's code."""
    if _within(_data()["configTypes"].get(model_type, []), release):
        return True
    known = _transformers()["modelTypes"].get(model_type)
    return known is not None and _reached(known, release)


def reading(model_type: str) -> str | None:
    """Return the first release since which all read a config of this type without the model's code."""
    last = None
    for release in reversed(list(_order())):
        if not reads_config(model_type, release):
            break
        last = release
    return last


def needs_newer_transformers(model_type: str, release: str) -> bool:
    """Tell whether a type of config came with a later major version of transformers than the release has.

    A minor one may be in the image all the same, since a release only names the least.
    """
    known, under = _transformers()["modelTypes"].get(model_type), vllm_releases.stack(release)
    if known is None or under is None or reads_config(model_type, release):
        return False
    return _numbers(known)[:1] > _numbers(under.transformers)[:1]


def types() -> tuple[str, ...]:
    """Return the types of config that a release that was read knows, or its transformers library."""
    return (*_data()["configTypes"], *_transformers()["modelTypes"])


def _reached(transformers: str, release: str) -> bool:
    under = vllm_releases.stack(release)
    return under is not None and _numbers(transformers) <= _numbers(under.transformers)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".")) if version else ()
