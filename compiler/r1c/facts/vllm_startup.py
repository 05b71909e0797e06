"""The checks of vLLM at start, by release.

They are the classes behind JSON flags, the values that argparse does not check, the types of the VLLM_*
variables, quantization methods and attention backends. The table (facts/vllm_startup.json, written by
tools/read_startup.py) is read when a flag first needs it. A value by release is a list of [since, value]
pairs, with null from the release that removed it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from typing import Any, Literal

from r1c import facts
from r1c.facts import vllm
from r1c.facts.entry import load
from r1c.record import record


def _data() -> Any:
    return load("vllm_startup.json")


def _checks() -> Any:
    return facts.data("startup")


@record
class ConfigClass:
    """A class whose fields the keys of a JSON flag set.

    `fields` maps a key to its kinds and limits ("int|null >=1", see tools/read_startup.py); `refuses` tells
    whether a key that it does not have ends the start, `typed` whether it checks the types of the others.
    """

    name: str
    fields: Mapping[str, str]
    refuses: bool
    typed: bool


def flag_class(flag: str, release: str) -> ConfigClass | None:
    """Return the class behind a flag's JSON in a sampled release, None for a flag without one."""
    ranges = _data()["flags"].get(flag)
    name = vllm.held(ranges, release) if ranges else None
    return config_class(name, release) if name else None


@lru_cache(maxsize=256)
def config_class(name: str, release: str) -> ConfigClass | None:
    """Return a class of a sampled release by its name."""
    entry = _data()["classes"].get(name)
    extra = vllm.held(entry["extra"], release) if entry else None
    if extra is None:
        return None
    keys = {key: vllm.held(ranges, release) for key, ranges in entry["fields"].items()}
    there = {key: kinds for key, kinds in keys.items() if kinds is not None}
    return ConfigClass(name, there, extra == "forbid", bool(vllm.held(entry["typed"], release)))


def other_release(class_name: str, key: str, release: str) -> str | None:
    """Say in which other releases a class has a key, as the end of a sentence; None if none has it."""
    order = vllm.versions()
    ranges = _data()["classes"][class_name]["fields"].get(key, ())
    with_key = [version for version in order if vllm.held(ranges, version) is not None]
    earlier = [version for version in with_key if order.index(version) < order.index(release)]
    if earlier:
        return f"it was there up to {earlier[-1]}"
    return f"it is there from {with_key[0]}" if with_key else None


def members(enumeration: str, release: str) -> tuple[tuple[str, Any], ...]:
    """Return the names and values of an enumeration of a sampled release; a computed value is None."""
    return tuple(
        (name, value) for name, value in vllm.held(_data()["enums"].get(enumeration, ()), release) or ()
    )


@lru_cache(maxsize=256)
def values(name: str, release: str) -> tuple[str, ...]:
    """Return the values that a sampled release has for something that its parser leaves open."""
    entry = _data()["values"].get(name, {})
    return tuple(value for value, ranges in entry.items() if vllm.held(ranges, release))


def variable(name: str, release: str) -> str | None:
    """Return the type of a variable in a sampled release, None if its value is not checked.

    Types are int, float, flag, level, Level, choices=a,b and Choices=a,b.
    """
    kind: str | None = vllm.held(_data()["variables"].get(name, ()), release)
    return kind


@record
class Quantization:
    """A quantization method: whether the checkpoint needs its config, and the supported dtypes.

    Unknown dtypes are an empty tuple.
    """

    needs_config: bool
    dtypes: tuple[str, ...]


def quantization(name: str, release: str) -> Quantization | None:
    """Return a quantization method of a sampled release, None if the release does not have it."""
    text = vllm.held(_data()["quantization"].get(name, ()), release)
    if text is None:
        return None
    words = text.split()
    return Quantization("config" in words, tuple(word for word in words if "float" in word))


def quantizations(release: str) -> tuple[str, ...]:
    """Return the quantization methods of a sampled release."""
    return tuple(
        name for name, ranges in _data()["quantization"].items() if vllm.held(ranges, release) is not None
    )


def is_quantization(name: str) -> bool:
    """Tell whether some sampled release has a quantization method, in whatever spelling."""
    plain = name.lower().replace("_", "-")
    return any(known.lower().replace("_", "-") == plain for known in _data()["quantization"])


@record
class Backend:
    """An attention backend: for MLA or not, the GPUs it runs on, and its KV cache dtypes.

    `majors` are the major numbers of compute capabilities; `cache_dtypes` is None if the class lists none.
    """

    latent: bool
    majors: tuple[int, ...]
    cache_dtypes: tuple[str, ...] | None


def backend(name: str, release: str) -> Backend | None:
    """Return an attention backend of a sampled release; None if its class does not say what it supports."""
    text = vllm.held(_data()["attention"].get(name, ()), release)
    if text is None:
        return None
    kind, *words = text.split()
    listed = [word.removeprefix("kv=") for word in words if word.startswith("kv=")]
    majors = tuple(int(word) for word in words if word.isdigit())
    return Backend(kind == "mla", majors, tuple(listed[0].split(",")) if listed else None)


@record
class Constraint:
    """One of vLLM's own start-up checks, as facts/startup.yaml has it: it fires when all of `when` holds."""

    id: str
    when: Mapping[str, Any]
    at: str
    message: str
    help: str
    says: str | None


def constraints(release: str, kind: str) -> Mapping[str, tuple[Constraint, ...]]:
    """Return a sampled release's constraints of one kind by the flags and variables that bring one up."""
    return _constraints(release).get(kind, {})


@lru_cache(maxsize=16)
def _constraints(release: str) -> Mapping[str, Mapping[str, tuple[Constraint, ...]]]:
    found: dict[str, dict[str, tuple[Constraint, ...]]] = {}
    for id_, entry in _checks()["constraints"].items():
        if not vllm.between(release, entry["from"], entry.get("until")):
            continue
        when = entry["when"]
        first = next(iter(when))
        at, says = entry.get("at", first), entry.get("says")
        constraint = Constraint(id_, when, at, entry["message"], entry["help"], says)
        same_kind = found.setdefault(entry["kind"], {})
        for name in triggers(first):
            same_kind[name] = (*same_kind.get(name, ()), constraint)
    return found


def kinds_about(setting: str) -> frozenset[str]:
    """Return the kinds of the constraints of all releases that look at a flag or a variable (env.NAME)."""
    return frozenset(
        entry["kind"]
        for entry in _checks()["constraints"].values()
        if any(setting in triggers(subject) for subject in entry["when"])
    )


_SET_BY = {
    "compilation-config.cudagraph_capture_sizes": ("compilation-config", "cudagraph-capture-sizes"),
    "compilation-config.max_cudagraph_capture_size": ("compilation-config", "max-cudagraph-capture-size"),
    "rope-override": ("hf-overrides",),
    "backend": ("attention-backend", "attention-config", "env.VLLM_ATTENTION_BACKEND"),
    "all2all": ("all2all-backend", "env.VLLM_ALL2ALL_BACKEND"),
    "experts-backend": ("moe-backend", "kernel-config"),
    "speculative-config.method": ("speculative-config", "spec-method"),
    "speculative-config.model": ("speculative-config", "spec-model"),
    "speculative-config.num_speculative_tokens": ("speculative-config", "spec-tokens"),
}
"""Subjects that more than one setting decides."""


def triggers(subject: str) -> tuple[str, ...]:
    """Return the flags and variables (env.NAME) that set a subject such as speculative-config.method."""
    alone = subject if subject.startswith("env.") else subject.split(".", maxsplit=1)[0]
    return _SET_BY.get(subject) or _SET_BY.get(alone, (alone,))


def limits(flag: str, release: str) -> str | None:
    """Return the kinds and limits of a flag that takes a number ("int >=1"), None where none are known."""
    bounds: str | None = vllm.held(_data()["limits"].get(flag, ()), release)
    return bounds


_LIMIT = r"(>=|>|<=|<)(-?[0-9.]+)"
_BOUNDS = {">=": "at least", ">": "above", "<=": "at most", "<": "below"}


def out_of_bounds(figure: float, limits_: str) -> str | None:
    """Return the limit that a number breaks, in words ("at least 1"), None where it breaks none."""
    for sign, text in re.findall(_LIMIT, limits_):
        limit = float(text)
        within = {">=": figure >= limit, ">": figure > limit, "<=": figure <= limit, "<": figure < limit}
        if not within[sign]:
            return f"{_BOUNDS[sign]} {text}"
    return None


def map_value(flag: str, release: str) -> str | None:
    """Return the kinds of the values in a flag's map of names, None for other flags."""
    kinds: str | None = vllm.held(_data()["maps"].get(flag, ()), release)
    return kinds


@record
class RefinedBlocks:
    """The release from which on blocks of routed experts are refined, and their least side."""

    since: str
    least: int


@cache
def refined_blocks() -> RefinedBlocks:
    """Return how newer releases refine blocks."""
    entry = _checks()["refinedBlocks"]
    return RefinedBlocks(entry["from"], entry["least"])


def rope_length_until() -> str:
    """Return the last release that derives a model's length from its rope scaling in the known way."""
    last: str = _checks()["ropeLength"]["until"]
    return last


def rope_parameters_since() -> str:
    """Return the first release whose rope_parameters in hf-overrides are known to replace the model's own."""
    since: str = _checks()["ropeParameters"]["from"]
    return since


def reads_rope_parameters(release: str) -> bool:
    """Tell whether a release reads rope_parameters in hf-overrides, which older ones ignore."""
    return vllm.at_least(release, _checks()["ropeParameters"]["read"])


def weight_bits(method: str, release: str) -> tuple[int, ...]:
    """Return the bits that a release loads of a method's checkpoints, empty where each loads."""
    return tuple(vllm.held(_checks()["weightBits"].get(method, ()), release, ()))


def loaded_with(declared: str) -> tuple[str, ...]:
    """Return the methods that may load a checkpoint by the method that it declares, empty if not known."""
    return tuple(_checks()["loadedWith"].get(declared, ()))


def resolves_online(release: str) -> bool:
    """Tell whether a release resolves methods that quantise while loading before it compares them."""
    return vllm.at_least(release, _checks()["onlineMethods"]["from"])


def is_online(method: str, release: str) -> bool:
    """Tell whether a method quantises while loading, in a release that resolves those first."""
    return method.startswith(tuple(_checks()["onlineMethods"]["begin"])) and resolves_online(release)


def refuses_online(declared: str, release: str) -> bool:
    """Tell whether a release refuses online methods for a checkpoint that declares a method."""
    entry = _checks()["onlineMethods"]
    return declared in entry["declared"] and vllm.at_least(release, entry["ofQuantized"])


def method_derived_since() -> str:
    """Return the first release that derives the method from the algorithm in quantization_config."""
    since: str = _checks()["derivedMethod"]["from"]
    return since


def overridden_sizes() -> tuple[str, ...]:
    """Return the keys of a config.json that hf-overrides may set to integers alone."""
    return tuple(_checks()["overridden"]["integers"])


def decode_context_without_latent() -> str:
    """Return the first release with decode context parallelism for attention that is not latent."""
    since: str = _checks()["decodeContext"]["withoutLatent"]
    return since


def exchanges_by_rdma(backend: str, release: str, variables: Mapping[str, str]) -> bool:
    """Tell whether a backend of the experts' all-to-all writes into other nodes' GPUs by RDMA."""
    entry = _checks()["expertExchange"]
    known = entry["rdma"].get(backend)
    there = known is not None and vllm.between(release, None, known.get("until"))
    return there and variables.get(entry["insideNodes"].get(backend, ""), "0") == "0"


def prefill_context_with_data() -> str:
    """Return the first release with prefill context and data parallelism at once."""
    since: str = _checks()["prefillContext"]["withData"]
    return since


def experts_since(architecture: str) -> str | None:
    """Return the first release that serves a class with experts, None if it always had them."""
    since: str | None = _checks()["laterExperts"].get(architecture)
    return since


def stages_fixed(architecture: str, release: str) -> str | None:
    """Return the first release that splits a class into stages again, None where this one can."""
    span = _checks()["brokenStages"].get(architecture)
    if span is None or not vllm.between(release, span["from"], span["until"]):
        return None
    return vllm.after(span["until"])


def known_as(
    kind: Literal["text", "dense", "flat", "rotaryless", "uncopied", "codeless"], architectures: Sequence[str]
) -> bool:
    """Tell whether all of a model's classes are in one of the lists of what is known of classes."""
    return bool(architectures) and _known_as(kind).issuperset(architectures)


@cache
def _known_as(kind: str) -> frozenset[str]:
    return frozenset(_checks()["models"][kind])
