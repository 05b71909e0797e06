"""A model's config.json, as data -> its Architecture."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from r1c.facts.model import Architecture, Layer, Linear, Stored
from r1c.facts.model_config import attention, experts, quantization, recurrent, vision
from r1c.facts.model_config.attention import Block
from r1c.facts.model_config.experts import Mlp
from r1c.facts.model_config.fields import MOST, Text, is_size, text
from r1c.facts.model_config.layers import Kind, kinds, of_type, unread, unread_fields
from r1c.record import replace

_LONGER_BY_FACTOR = ("yarn", "linear", "dynamic")
QUANTIZATION = "hf_quant_config"
"""The key under which the file of that name beside config.json is kept."""


def architecture(id_: str, config: Mapping[str, Any], place: str = "spec.model.config") -> Architecture:
    """Return the architecture that a config.json describes, with what it lacks as `missing`.

    Fields that the file leaves out have the default of its model type.
    """
    model = text(config)
    scheme = quantization.scheme(*_quantized(config, model))
    numbers = experts.count(model)
    found = kinds(model, moe=numbers > 1)
    missing = [key for key in ("vocab_size", "hidden_size") if model.size(key) is None]
    layers: tuple[Layer, ...] = ()
    why = _unread(model)
    if isinstance(found, str):
        missing.append(found)
    elif not missing and why is None:
        made = _layers(model, found, scheme, experts_among=numbers > 1)
        if isinstance(made, str):
            missing.append(made)
        else:
            layers = made
    hidden = model.size("hidden_size")
    return Architecture(
        id=id_,
        place=place,
        architectures=_names(config.get("architectures")),
        model_type=model.model_type,
        hidden_size=hidden,
        vocab_size=model.size("vocab_size"),
        max_position_embeddings=_positions(model)
        if not missing or "max_position_embeddings" in model.given
        else None,
        num_hidden_layers=len(found) if not isinstance(found, str) else model.size("num_hidden_layers"),
        layers=layers,
        kinds=tuple({id(layer): layer for layer in layers}.values()),
        missing=tuple(missing),
        rope_type=_rope(model),
        rotary_dim=_rotary(model),
        tie_word_embeddings=_tied(config, model),
        multimodal=any(config.get(key) is not None for key in vision.ENCODERS),
        checkpoint_weight_dtype=str(model.get("torch_dtype") or model.get("dtype") or "bfloat16"),
        quantization=scheme.declared if scheme else None,
        head=_head(scheme, model),
        vision_bytes=2 * vision.parameters(config, hidden or 0),
        unsized=why or _unsized(tuple(missing), scheme),
        remote_code=_code(config.get("auto_map")),
    )


def is_quantized(config: Mapping[str, Any]) -> bool:
    """Tell whether a config.json says itself how the model is quantised."""
    return bool(_quantized(config, text(config))[0])


def _quantized(config: Mapping[str, Any], model: Text) -> tuple[Mapping[str, Any], Mapping[str, Any] | None]:
    own = config.get("quantization_config") or model.get("quantization_config")
    beside = config.get(QUANTIZATION)
    return (
        own if isinstance(own, Mapping) else {},
        beside if isinstance(beside, Mapping) else None,
    )


def _layers(
    model: Text,
    found: tuple[Kind, ...],
    scheme: quantization.Scheme | None,
    *,
    experts_among: bool,
) -> tuple[Layer, ...] | str:
    """Build each layer; layers that are alike are built once."""
    hidden = model.size("hidden_size") or 0
    plain: dict[Any, tuple[Layer, ...] | str] = {}
    stored: dict[Any, Layer] = {}
    result = []
    for number, kind in enumerate(found):
        indexed = attention.has_index(model, number)
        key = (kind.mixer, kind.mlp, tuple(kind.own.items()) if kind.own else None, indexed)
        made = plain.get(key)
        if made is None:
            block = _block(model, kind, indexed=indexed)
            if isinstance(block, str):
                return block
            made = _layer(model, kind, block, hidden, experts_among=experts_among)
            plain[key] = made
        if isinstance(made, str):
            return made
        layer = made[0]
        if scheme is not None:
            alike = (key, quantization.of_layer(scheme, number))
            known = stored.get(alike)
            if known is None:
                forms = [quantization.stored(scheme, number, linear) for linear in layer.linears]
                linears = (
                    replace(linear, stored=form) for linear, form in zip(layer.linears, forms, strict=True)
                )
                known = replace(layer, linears=tuple(linears))
                stored[alike] = known
            layer = known
        result.append(layer)
    return tuple(result)


def _block(model: Text, kind: Kind, *, indexed: bool) -> Block | str:
    if kind.mixer == "none":
        return Block(None, ())
    if kind.mixer == "linear":
        return recurrent.linear_attention(model)
    if kind.mixer == "mamba":
        return recurrent.mamba(model)
    if kind.mixer == "conv":
        return recurrent.short_conv(model)
    return attention.attention(model, kind, indexed=indexed)


def _layer(
    model: Text, kind: Kind, block: Block, hidden: int, *, experts_among: bool
) -> tuple[Layer, ...] | str:
    mlp: Mlp | str | None = None
    if kind.mlp == "experts":
        mlp = experts.experts(model, kind)
    elif kind.mlp == "dense":
        mlp = experts.dense(model, kind, beside_experts=experts_among)
    if isinstance(mlp, str):
        return mlp
    norms = hidden * ((block.mixer is not None) + (mlp is not None))
    if of_type("fourNorms", model.model_type):
        norms *= 2
    if mlp is None:
        return (Layer(block.mixer, None, block.linears, block.plain + norms, block.floats),)
    return (
        Layer(
            block.mixer,
            mlp.mlp,
            (*block.linears, *mlp.linears),
            block.plain + mlp.plain + norms,
            block.floats + mlp.floats,
        ),
    )


def _head(scheme: quantization.Scheme | None, model: Text) -> Stored | None:
    """Return the format of lm_head, which few checkpoints quantise."""
    if scheme is None or not scheme.own or _tied({}, model):
        return None
    head = Linear("lm_head", "dense", 1, 1, "columns")
    for targets, form in scheme.own:
        if targets.match(None, head.name):
            return form
    return None


def _unread(model: Text) -> str | None:
    """Say why r1c cannot tell the layers of a model, None where it can."""
    why = unread(model.model_type)
    if why:
        return why
    for key, reason in unread_fields().items():
        if model.has(key):
            return reason
    return "it is an encoder and a decoder" if model.get("is_encoder_decoder") is True else None


def _unsized(missing: tuple[str, ...], scheme: quantization.Scheme | None) -> str | None:
    """Say why the memory of a model cannot be estimated, or None if it can."""
    if missing:
        return f"its config.json has no usable {', '.join(missing)}"
    return scheme.unread if scheme else None


def _names(value: Any) -> tuple[str, ...]:
    return tuple(name for name in value if isinstance(name, str)) if isinstance(value, list) else ()


def _tied(config: Mapping[str, Any], model: Text) -> bool:
    return bool(config.get("tie_word_embeddings", model.get("tie_word_embeddings")))


def _scaling(model: Text) -> Mapping[str, Any]:
    """Return the scaling of the rotary embeddings; newer files have one for each kind of layer."""
    scaling = model.get("rope_scaling") or model.get("rope_parameters")
    if not isinstance(scaling, Mapping):
        return {}
    whole = scaling.get("full_attention")
    return whole if isinstance(whole, Mapping) else scaling


def _positions(model: Text) -> int | None:
    """Return the length that vLLM derives: scaled rotary embeddings (yarn, linear, dynamic) multiply it."""
    positions = model.size("max_position_embeddings")
    scaling = _scaling(model)
    kind, factor = scaling.get("rope_type") or scaling.get("type"), scaling.get("factor")
    if positions is None or kind not in _LONGER_BY_FACTOR:
        return positions
    if not isinstance(factor, int | float) or not 1 <= factor < MOST:
        return positions
    original = scaling.get("original_max_position_embeddings")
    whole = original if kind == "yarn" and is_size(original) else positions
    return int(whole * factor)


def _rope(model: Text) -> str | None:
    scaling = _scaling(model)
    kind = scaling.get("rope_type") or scaling.get("type")
    return kind if isinstance(kind, str) else None


def _rotary(model: Text) -> int:
    """Return the width of a row of the table of positions: rotary ones, or learned embeddings."""
    if of_type("learnedPositions", model.model_type):
        return model.size("hidden_size") or 0
    latent = model.size("qk_rope_head_dim") if model.size("kv_lora_rank") else None
    heads = model.size("num_attention_heads")
    return latent or model.size("head_dim") or ((model.size("hidden_size") or 0) // heads if heads else 0)


def _code(auto_map: Any) -> tuple[str, ...]:
    """Return what the repository's own code reads (AutoConfig, AutoTokenizer ...)."""
    if not isinstance(auto_map, Mapping):
        return ()
    return tuple(sorted(name for name in auto_map if isinstance(name, str)))
