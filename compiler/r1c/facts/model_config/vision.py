"""The encoders of a multimodal config.json -> about how many bytes they take."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from r1c.facts.model_config.fields import MOST, is_size

_HIDDEN = ("hidden_size", "embed_dim", "vt_hidden_size", "width", "d_model")
_LAYERS = ("num_hidden_layers", "depth", "vt_num_hidden_layers", "layers", "encoder_layers")
_WIDTH = ("intermediate_size", "vt_intermediate_size", "encoder_ffn_dim")
ENCODERS = ("vision_config", "audio_config", "vision_tower", "mm_vision_tower")
"""Keys of a config.json whose model takes images or sound."""


def parameters(config: Mapping[str, Any], hidden: int) -> int:
    """Return the parameters of the encoders with sizes in the file.

    Their layers, and a projector of two matrices to the language model's hidden size; 0 where the sizes are
    not there.
    """
    return sum(_encoder(config.get(key), hidden) for key in ("vision_config", "audio_config"))


def _encoder(config: Any, out: int) -> int:
    if not isinstance(config, Mapping):
        return 0
    width, layers, inner = (_first(config, keys) for keys in (_HIDDEN, _LAYERS, _WIDTH))
    if not width or not layers or layers > 10_000:
        return 0
    ratio = config.get("mlp_ratio")
    inner = inner or int((ratio if isinstance(ratio, int | float) and 0 < ratio < MOST else 4) * width)
    merge = config.get("spatial_merge_size")
    kernel = config.get("merge_kernel_size")
    sides = (merge, *(kernel if isinstance(kernel, list) else ()))
    side = next((item for item in sides if is_size(item)), 1)
    merged = width * side**2
    deep = config.get("deepstack_visual_indexes")
    projectors = 1 + (len(deep) if isinstance(deep, list) else 0)
    each = 4 * width**2 + 2 * width * inner
    return layers * each + projectors * merged * (merged + out)


def _first(config: Mapping[str, Any], keys: tuple[str, ...]) -> int:
    return next((int(config[key]) for key in keys if is_size(config.get(key))), 0)
