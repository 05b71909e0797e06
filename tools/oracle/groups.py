"""Rank 0's share of the model, built on torch's meta device without memory.

The layers alone check shares, quantization blocks, layer partitions, LoRA and context parallel support. Runs
in an environment with vLLM.
"""

from __future__ import annotations

import importlib
import types
from collections.abc import Callable
from typing import Any


class Group:
    """A process group of one process that takes itself for the first of many."""

    def __init__(self, size: int) -> None:
        """Make the group of that many processes."""
        self.world_size, self.ranks = size, list(range(size))
        self.rank = self.rank_in_group = self.local_rank = self.first_rank = 0
        self.last_rank = size - 1
        self.is_first_rank, self.is_last_rank = True, size == 1
        self.cpu_group = self.device_group = types.SimpleNamespace(
            rank=lambda: 0, size=lambda: size, world_size=size
        )
        self.device_communicator = self.mq_broadcaster = None
        self.use_device_communicator, self.device, self.unique_name = False, "meta", f"pretended:{size}"


def build(config: Any, initialize: Callable[..., Any]) -> None:
    """Build the model of a VllmConfig; raises what vLLM's layers raise."""
    torch: Any = importlib.import_module("torch")
    _pretend_groups(config.parallel_config)
    platform = importlib.import_module("vllm.platforms").current_platform
    type(platform).device_type = "meta"  # for tensors that name their device
    _maps_on_the_host(torch)
    torch.set_default_dtype(config.model_config.dtype)
    with torch.device("meta"):
        model = initialize(config)
    _context(config)
    if config.lora_config and not getattr(model, "supports_lora", False):
        # vllm/v1/worker/lora_model_runner_mixin.py
        raise ValueError(f"{type(model).__name__} does not support LoRA yet.")


def _pretend_groups(sizes: Any) -> None:
    state = importlib.import_module("vllm.distributed.parallel_state")
    experts = sizes.tensor_parallel_size * sizes.data_parallel_size
    known = {
        "_TP": sizes.tensor_parallel_size,
        "_PP": sizes.pipeline_parallel_size,
        "_DP": sizes.data_parallel_size,
        "_EP": experts,
        "_EPLB": experts,
        "_DCP": getattr(sizes, "decode_context_parallel_size", 1),
        "_PCP": getattr(sizes, "prefill_context_parallel_size", 1),
        "_WORLD": sizes.world_size,
    }
    for name, size in known.items():
        if hasattr(state, name):
            setattr(state, name, Group(size))


def _maps_on_the_host(torch: Any) -> None:
    """Let the experts of a rank be looked up: a tensor without memory has no values to find."""
    for place in ("layer", "expert_map_manager"):
        try:
            module = importlib.import_module(f"vllm.model_executor.layers.fused_moe.{place}")
        except ImportError:
            continue
        original = getattr(module, "determine_expert_map", None)
        if original is not None:

            def on_host(*given: Any, _original: Any = original, **named: Any) -> Any:
                with torch.device("cpu"):
                    return _original(*given, **named)

            module.determine_expert_map = on_host  # type: ignore[attr-defined]


def _context(config: Any) -> None:
    """Ask of attention layers what vllm/v1/worker/gpu_model_runner.py asks where decode context is shared."""
    if getattr(config.parallel_config, "decode_context_parallel_size", 1) == 1:
        return
    for layer in config.compilation_config.static_forward_context.values():
        attention = getattr(layer, "impl", None)
        if not getattr(attention, "need_to_return_lse_for_decode", True):
            raise AssertionError(
                "DCP requires attention impls to return the softmax lse for decode, but the impl "
                f"{type(attention).__name__} does not return the softmax lse for decode."
            )
