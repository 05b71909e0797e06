"""The quantisation of a config.json, and of hf_quant_config.json beside it -> how each linear is stored."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from r1c.facts.model import Linear, Quantization, Stored
from r1c.facts.model_config.fields import is_size
from r1c.record import record, replace

FP8, INT8 = Stored("fp8", 8), Stored("int8", 8, 16)
NVFP4, MXFP4, MXFP8 = Stored("nvfp4", 4, 8, 16), Stored("mxfp4", 4, 8, 32), Stored("mxfp8", 8, 8, 32)
_BY_ALGORITHM: Mapping[str, Stored] = {
    "FP8": FP8,
    "FP8_PER_CHANNEL_PER_TOKEN": Stored("fp8", 8, 32),
    "FP8_PB_WO": Stored("fp8-block", 8, 32, 128, 128),
    "FP8_PB_REAL": Stored("fp8-block", 8, 32, 128, 128),
    "NVFP4": NVFP4,
    "W4A16_NVFP4": NVFP4,
    "NVFP4_AWQ": NVFP4,
    "W4A8_NVFP4_FP8": NVFP4,
    "W4A8_MXFP4_FP8": MXFP4,
    "MXFP4": MXFP4,
    "MXFP8": MXFP8,
    "W4A16_AWQ": Stored("awq", 4, 16, 128),
    "INT8_SQ": INT8,
}
"""ModelOpt's names."""
_BY_METHOD: Mapping[str, Stored] = {
    "fp8": FP8,
    "fbgemm_fp8": Stored("fbgemm_fp8", 8, 32),
    "mxfp4": MXFP4,
    "gpt_oss_mxfp4": MXFP4,
    "mxfp8": MXFP8,
    "experts_int8": INT8,
}
_NUMBER = r"(layers\\?\.)(\d{1,5})(?!\d)"
_PREFIXES = ("model.", "model.language_model.", "language_model.model.", "backbone.", "language_model.")
_SPELLINGS: Mapping[str, tuple[str, ...]] = {
    "self_attn": ("attention", "attn", "mixer"),
    "mlp": ("block_sparse_moe", "feed_forward", "mixer", "moe", "ffn"),
    "linear_attn": ("mixer", "mamba", "self_attn", "conv"),
}
"""The first word of a linear's name -> what other model types call it."""
_OTHERS: Mapping[str, tuple[str, ...]] = {
    "gate_proj": ("w1", "gate_up_proj"),
    "up_proj": ("w3", "gate_up_proj"),
    "down_proj": ("w2",),
}
_QKV = ("q_proj", "k_proj", "v_proj")


@record
class Scheme:
    """What a checkpoint is quantised with.

    The record for the rules, the format of what is quantised, and what is left out or has a format of its
    own, by patterns of names.
    """

    declared: Quantization
    stored: Stored | None
    ignored: Patterns
    own: tuple[tuple[Patterns, Stored | None], ...] = ()
    parts: tuple[str, ...] = ()
    unread: str | None = None


@record
class Patterns:
    """Names that a checkpoint lists.

    Those with a layer's number, by that number and with N in its place, and those without. `numbered` tells
    whether one of the latter still depends on the layer's number.
    """

    by_layer: Mapping[int, frozenset[str]]
    anywhere: frozenset[str]
    numbered: bool

    def match(self, layer: int | None, name: str) -> bool:
        """Tell whether a module of a layer, or one outside of the layers, is among them."""
        if layer is None:
            return bool(self.anywhere) and _listed(self.anywhere, name, None)
        own = self.by_layer.get(layer, _NONE)
        if not own and not self.anywhere:
            return False
        return _listed(own, name, None) or _listed(self.anywhere, name, layer if self.numbered else None)

    def of_layer(self, layer: int) -> tuple[frozenset[str], int | None]:
        """Return what tells this layer from others: two with the same have the same modules among them."""
        return self.by_layer.get(layer, _NONE), layer if self.numbered else None


_NONE: frozenset[str] = frozenset()


def patterns(names: Any) -> Patterns:
    """Sort the names and patterns of a list; anything else gives no pattern."""
    by_layer: dict[int, set[str]] = {}
    anywhere: set[str] = set()
    for name in names if isinstance(names, list) else ():
        if not isinstance(name, str):
            continue
        found = re.search(_NUMBER, name)
        if found and name[found.end(2) :] == "*":
            # layers.7* is layer 7, and 70 to 79; layers.0* is layer 0 alone.
            longer = () if found[2] == "0" else (f"{found[2]}{digit}" for digit in range(10))
            for number in (found[2], *longer):
                by_layer.setdefault(int(number), set()).add(f"{name[: found.start(2)]}N*")
        elif found and not name[found.end(2) :].startswith(("|", "-", "*", "]", ")")):
            written = f"{name[: found.start(2)]}N{name[found.end(2) :]}"
            if not _is_pattern(name):
                written = "layers" + written.split("layers", 1)[1]
            by_layer.setdefault(int(found[2]), set()).add(written)
        else:
            anywhere.add(name)
    numbered = any("layers" in name and _is_pattern(name) for name in anywhere)
    return Patterns({key: frozenset(value) for key, value in by_layer.items()}, frozenset(anywhere), numbered)


def _is_pattern(name: str) -> bool:
    return name.startswith("re:") or any(char in name for char in "*?[")


@lru_cache(maxsize=4096)
def _listed(entries: frozenset[str], name: str, layer: int | None) -> bool:
    """Tell whether a module of layer N, or of a layer with a number, is among names and patterns."""
    number = "N" if layer is None else str(layer)
    words = ["layers", number, *name.split(".")]
    ends = {
        ".".join(words[start:stop])
        for start in range(len(words))
        for stop in range(start + 1, len(words) + 1)
    }
    if (ends - {"layers", number}) & entries:
        return True
    full = ".".join(words)
    modules = [".".join(words[:stop]) for stop in range(3, len(words) + 1)]
    return any(_matches(entry, full, modules) for entry in entries if _is_pattern(entry))


def _matches(pattern: str, full: str, modules: list[str]) -> bool:
    if pattern.startswith("re:"):
        compiled = _compiled(pattern[3:])
        return compiled is not None and any(compiled.match(prefix + full) for prefix in _PREFIXES)
    return any(fnmatch.fnmatchcase(prefix + module, pattern) for prefix in _PREFIXES for module in modules)


@lru_cache(maxsize=512)
def _compiled(pattern: str) -> re.Pattern[str] | None:
    try:
        return re.compile(pattern)
    except (re.error, RecursionError, OverflowError):
        return None


def spellings(name: str) -> tuple[str, ...]:
    """Return a linear's name in the words of other model types, its own first."""
    first, *rest = name.split(".")
    last = rest[-1] if rest else ""
    lasts = [last, *_OTHERS.get(last, ())]
    if last in _QKV:
        lasts.append("qkv_proj")
    result = []
    for word in (first, *_SPELLINGS.get(first, ())):
        result += [".".join((word, *rest[:-1], end)) if rest else word for end in lasts]
    return tuple(dict.fromkeys(result))


def scheme(config: Mapping[str, Any], beside: Mapping[str, Any] | None = None) -> Scheme | None:
    """Read quantization_config, or hf_quant_config.json beside a config.json that has none.

    None for a checkpoint that is not quantised.
    """
    own = bool(config)
    config = config or beside or {}
    if not config:
        return None
    inner = config.get("quantization")
    config = {**config, **inner} if isinstance(inner, Mapping) else config
    declared = config.get("quant_method") or config.get("method")
    algorithm = config.get("quant_algo")
    method = str(declared or ("modelopt" if algorithm else "unknown"))
    if method == "compressed-tensors":
        return _compressed(config, method)
    if method.startswith("modelopt"):
        read = _modelopt(config, method, algorithm)
        return replace(read, declared=replace(read.declared, named=bool(declared) or not own))
    ignored = patterns(
        config.get("modules_to_not_convert") or config.get("ignored_layers") or config.get("ignore")
    )
    if method in ("awq", "gptq", "auto-round", "auto_awq", "auto_gptq", "inc"):
        return _integers(config, method, ignored)
    if method == "bitsandbytes":
        eight = config.get("load_in_8bit") is True or config.get("_load_in_8bit") is True
        stored = INT8 if eight else Stored("bitsandbytes", 4, 32, 64)
        return Scheme(Quantization(method, method), stored, ignored)
    blocks = _blocks(config.get("weight_block_size"))
    if method == "fp8" and blocks:
        stored = Stored("fp8-block", 8, 32, blocks[1], blocks[0])
        return Scheme(Quantization(method, method, blocks), stored, ignored)
    known = _BY_METHOD.get(method)
    parts = ("experts",) if known is MXFP4 else ()
    group = _group(config)
    unread = None if known else f"the size of {method} weights is not known"
    return Scheme(Quantization(method, method, (), group), known, ignored, (), parts, unread)


def _blocks(written: Any) -> tuple[int, ...]:
    blocks = tuple(written) if isinstance(written, list) and all(map(is_size, written)) else ()
    return blocks if len(blocks) == 2 else ()


def _group(config: Mapping[str, Any]) -> int | None:
    size = config.get("group_size")
    return int(size) if is_size(size) else None


def _integers(config: Mapping[str, Any], method: str, ignored: Patterns) -> Scheme:
    """Read AWQ and GPTQ: a scale and a zero point for each group of inputs."""
    bits = config.get("bits", config.get("w_bit", 4))
    group = _group(config) or 0
    family = "awq" if "awq" in method else "gptq"
    name = family if bits == 4 else f"{family} {bits}-bit"
    declared = Quantization(name, method, (), group or None, bits if is_size(bits) else None)
    if bits not in (2, 3, 4, 8):
        return Scheme(
            declared,
            None,
            ignored,
            unread=f"the size of {name} weights is not known",
        )
    dynamic = config.get("dynamic")
    if isinstance(dynamic, Mapping):
        left = [f"re:{key[2:]}" for key in dynamic if isinstance(key, str) and key.startswith("-:")]
        ignored = patterns([*left, *(config.get("modules_to_not_convert") or ())])
    return Scheme(declared, Stored(name, int(bits), 16 + int(bits), group), ignored)


def _compressed(config: Mapping[str, Any], method: str) -> Scheme:
    """Read the groups of a compressed-tensors config: what each targets, its bits and scales."""
    groups = config.get("config_groups")
    found = (
        [group for group in groups.values() if isinstance(group, Mapping)]
        if isinstance(groups, Mapping)
        else []
    )
    ignored, own, whole = patterns(config.get("ignore")), [], None
    size = None
    for group in found:
        stored = _weights(group)
        targets = group.get("targets")
        size = size or _group(group.get("weights") or {})
        if not isinstance(targets, list) or any(target in ("Linear", "LinearBase") for target in targets):
            whole = stored or whole
            if stored is None:
                return _unread(method, ignored)
        else:
            if stored is None:
                return _unread(method, ignored)
            own.append((patterns(targets), stored))
    first = whole or min((form for _, form in own), key=lambda form: form.bits, default=None)
    if first is None:
        return _unread(method, ignored)
    blocks = (first.rows, first.group) if first.method == "fp8-block" else ()
    declared = Quantization(first.method, method, blocks, None if blocks else size)
    return Scheme(declared, whole, ignored, tuple(own))


def _unread(method: str, ignored: Patterns) -> Scheme:
    name = f"{method} of unknown bits"
    return Scheme(
        Quantization(name, method), None, ignored, unread=f"the size of {name} weights is not known"
    )


def _weights(group: Mapping[str, Any]) -> Stored | None:
    weights = group.get("weights")
    if not isinstance(weights, Mapping):
        return None
    kind, bits, size = weights.get("type", "int"), weights.get("num_bits"), _group(weights) or 0
    blocks = _blocks(weights.get("block_structure"))
    strategy = weights.get("strategy")
    if kind == "float" and bits == 8:
        if blocks:
            return Stored("fp8-block", 8, 32, blocks[1], blocks[0])
        if size == 32:
            return MXFP8
        return Stored("compressed-tensors fp8", 8, 32, 0, 1 if strategy == "channel" else 0)
    if kind == "float" and bits == 4:
        return MXFP4 if size == 32 else NVFP4
    if kind == "int" and bits == 8:
        return Stored("compressed-tensors int8", 8, 32 if not size else 16, size)
    if kind == "int" and bits == 4:
        zero = 0 if weights.get("symmetric", True) else 4
        return Stored("compressed-tensors int4", 4, 16 + zero, size)
    return None


def _modelopt(config: Mapping[str, Any], method: str, algorithm: Any) -> Scheme:
    """Read ModelOpt's config: one algorithm for all, or one for each module that it lists."""
    left = config.get("exclude_modules") or config.get("ignore")
    ignored = patterns(left)
    layers = config.get("quantized_layers")
    if isinstance(layers, Mapping) and layers:
        return _mixed(layers, method, ignored)
    known = _BY_ALGORITHM.get(str(algorithm))
    if known is None:
        name = f"{method} {algorithm}" if algorithm else method
        return Scheme(
            Quantization(name, method), None, ignored, unread=f"the size of {name} weights is not known"
        )
    group = _group(config)
    if group and known.group and known.method != "fp8-block":
        known = Stored(known.method, known.bits, known.scale, group)
    blocks = (128, 128) if known.method == "fp8-block" else ()
    return Scheme(Quantization(known.method, method, blocks, known.group or None), known, ignored)


def _mixed(layers: Mapping[str, Any], method: str, ignored: Patterns) -> Scheme:
    by: dict[str, list[str]] = {}
    for name, entry in layers.items():
        algorithm = entry.get("quant_algo") if isinstance(entry, Mapping) else None
        by.setdefault(str(algorithm), []).append(name)
    unknown = sorted(set(by) - set(_BY_ALGORITHM))
    if unknown:
        name = f"{method} {unknown[0]}"
        return Scheme(
            Quantization(name, method), None, ignored, unread=f"the size of {name} weights is not known"
        )
    own = tuple((patterns(names), _BY_ALGORITHM[algorithm]) for algorithm, names in sorted(by.items()))
    first = min((_BY_ALGORITHM[algorithm] for algorithm in sorted(by)), key=lambda form: form.bits)
    return Scheme(Quantization(first.method, method, (), first.group or None), None, ignored, own)


def of_layer(scheme: Scheme, layer: int) -> tuple[object, ...]:
    """Return what a scheme says of a layer by its number: layers with the same are stored alike."""
    return scheme.ignored.of_layer(layer), *(targets.of_layer(layer) for targets, _ in scheme.own)


def stored(scheme: Scheme, layer: int | None, linear: Linear) -> Stored | None:
    """Return how a linear is stored, None for the model's dtype."""
    if linear.part == "plain" or (scheme.parts and linear.part not in scheme.parts):
        return None
    names = spellings(linear.name)
    if any(scheme.ignored.match(layer, name) for name in names):
        return None
    for targets, form in scheme.own:
        if any(targets.match(layer, name) for name in names):
            return form
    return scheme.stored
