"""vLLM's own model classes on the meta device: shapes of parameters, and what each layer caches.

Nothing is loaded or computed. vLLM's CPU build does without the backends of a GPU, so that what asks for one
is given another, or nothing: none of it decides a shape.
"""

from __future__ import annotations

import copy
import importlib
import json
import os
import sys
import tempfile
import types
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

_SILENT = {
    "VLLM_LOGGING_LEVEL": "ERROR",
    "TRANSFORMERS_VERBOSITY": "error",
    "HF_HUB_OFFLINE": "1",
    "VLLM_ALLOW_LONG_MAX_MODEL_LEN": "1",
}
_SPARSE = "vllm.v1.attention.backends.mla.flashmla_sparse.FlashMLASparseBackend"
LENGTH, BATCH, BLOCK = 8192, 2048, 32


@dataclass(frozen=True)
class Built:
    """A model of vLLM, as its own code builds it.

    Bytes of its parameters by name, its caches by layer as (kind, page bytes, block tokens, window),
    and what a pool of bytes holds: blocks, and sequences of LENGTH tokens.
    """

    parameters: Mapping[str, int]
    caches: tuple[tuple[str, int, int, int], ...]
    blocks: int
    sequences: float


def of(name: str) -> Any:
    """Return a module of vLLM or what it needs, which only bin/test-models has."""
    return importlib.import_module(name)


class _Nothing(type):
    def __getattr__(cls, name: str) -> None:
        if name.startswith("__"):
            raise AttributeError(name)


class _Module(types.ModuleType):
    """Stands for torchvision, which the processors of images import."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.__path__ = []

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _Nothing(name, (), {})


def _stays(module: Any, *_: Any, **__: Any) -> Any:
    return module


class _Event:
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        pass


@cache
def prepared() -> None:
    """Import vLLM with what it lacks here, and make it a world of one rank."""
    os.environ |= _SILENT
    torch, state, config = of("torch"), of("vllm.distributed.parallel_state"), of("vllm.config")
    of("vllm.engine.arg_utils")
    for part in (
        "",
        ".transforms",
        ".transforms.functional",
        ".transforms.v2",
        ".transforms.v2.functional",
        ".io",
    ):
        sys.modules[f"torchvision{part}"] = _Module(f"torchvision{part}")
    # A class is looked at in this process, which is faster, and has the module above.
    of("vllm.model_executor.models.registry")._run_in_subprocess = lambda inspect: inspect()
    torch.accelerator.current_device_index = lambda: 0
    torch.accelerator.empty_cache = lambda: None
    torch.cuda.current_device = lambda: 0
    torch.cuda.Event = torch.cuda.Stream = torch.Event = _Event
    torch.nn.Module.to = _stays
    _backends()
    _known_here()
    place = tempfile.mkdtemp()
    with config.set_current_vllm_config(config.VllmConfig()):
        state.init_distributed_environment(
            world_size=1,
            rank=0,
            distributed_init_method=f"file://{place}/meeting",
            local_rank=0,
            backend="gloo",
        )
        state.initialize_model_parallel(1, 1)
    of("vllm.v1.worker.workspace").init_workspace_manager(torch.device("meta"))


def _backends() -> None:
    """Give sparse attention a backend, and experts without a gate the one of experts that have it."""
    platform = of("vllm.platforms.cpu").CpuPlatform
    own = platform.get_attn_backend_cls.__func__

    def backend(cls: Any, *args: Any, **kwargs: Any) -> Any:
        asked = kwargs.get("attn_selector_config") or args[1]
        return _SPARSE if asked.use_sparse else own(cls, *args, **kwargs)

    platform.get_attn_backend_cls = classmethod(backend)
    experts = of("vllm.model_executor.layers.fused_moe.config")
    here = experts.current_platform

    class Platform:
        def __getattr__(self, name: str) -> Any:
            return getattr(here, name)

        def is_cuda_alike(self) -> bool:
            return True

    experts.current_platform = Platform()
    method = of("vllm.model_executor.layers.fused_moe.unquantized_fused_moe_method")
    select = method.select_unquantized_moe_backend
    gated = of("vllm.model_executor.layers.fused_moe.activation").MoEActivation.SILU

    def selected(moe_config: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            return select(moe_config, *args, **kwargs)
        except NotImplementedError:
            other = copy.copy(moe_config)
            other.activation = gated
            return select(other, *args, **kwargs)

    method.select_unquantized_moe_backend = selected


def _known_here() -> None:
    """Register a model type whose configuration is code of its repository."""
    transformers = of("transformers")

    class Searched(transformers.PretrainedConfig):  # type: ignore[misc, name-defined]  # no stubs here
        model_type = "nemotron-nas"

        def __init__(self, block_configs: Any = (), **kwargs: Any) -> None:
            self.max_position_embeddings = LENGTH
            self.rope_parameters = {"rope_type": "default", "rope_theta": 10000.0}
            super().__init__(**kwargs)
            self.block_configs = [
                types.SimpleNamespace(**{key: types.SimpleNamespace(**part) for key, part in block.items()})
                for block in block_configs
            ]

        def to_dict(self) -> dict[str, Any]:
            return {key: value for key, value in super().to_dict().items() if key != "block_configs"}

    transformers.AutoConfig.register("nemotron-nas", Searched)


def build(config: Mapping[str, Any], tensor: int, pool: int) -> Built:
    """Make a model of a config.json without its weights, as rank 0 of so many."""
    prepared()
    torch, settings, state = of("torch"), of("vllm.config"), of("vllm.distributed.parallel_state")
    folder = Path(tempfile.mkdtemp())
    written = {key: value for key, value in config.items() if key != "auto_map"}
    (folder / "config.json").write_text(json.dumps(written), encoding="utf-8")
    arguments = of("vllm.engine.arg_utils").EngineArgs(
        model=str(folder),
        tokenizer=str(folder),
        skip_tokenizer_init=True,
        load_format="dummy",
        enforce_eager=True,
        max_model_len=LENGTH,
        max_num_batched_tokens=BATCH,
        block_size=BLOCK,
        dtype="bfloat16",
        async_scheduling=False,
        enable_prefix_caching=True,
    )
    made = arguments.create_engine_config()
    with (
        _ranks(state.get_tp_group(), made, tensor),
        settings.set_current_vllm_config(made, check_compile=False),
    ):
        dtype = of("vllm.utils.torch_utils").set_default_torch_dtype(torch.bfloat16)
        with dtype, torch.device("meta"):
            model = of("vllm.model_executor.model_loader.utils").initialize_model(vllm_config=made)
        of("vllm.platforms").current_platform.update_block_size_for_backend(made)
        specs = _specs(made)
        blocks, sequences = _capacity(made, specs, pool)
    parameters = {name: item.numel() * item.element_size() for name, item in model.named_parameters()}
    return Built(parameters, tuple(_cached(spec) for spec in specs.values()), blocks, sequences)


@contextmanager
def _ranks(group: Any, made: Any, tensor: int) -> Iterator[None]:
    group.world_size, made.parallel_config.tensor_parallel_size = tensor, tensor
    try:
        yield
    finally:
        group.world_size = 1


def _specs(made: Any) -> dict[str, Any]:
    base = of("vllm.model_executor.layers.attention_layer_base").AttentionLayerBase
    layers = made.compilation_config.static_forward_context.items()
    found = {name: layer.get_kv_cache_spec(made) for name, layer in layers if isinstance(layer, base)}
    return {name: spec for name, spec in found.items() if spec is not None}


def _cached(spec: Any) -> tuple[str, int, int, int]:
    kind = type(spec).__name__
    window = getattr(spec, "sliding_window", None) or getattr(spec, "attention_chunk_size", None) or 0
    page = spec.state_content_size_bytes if kind == "MambaSpec" else spec.page_size_bytes
    return kind, page, spec.block_size, window


def _capacity(made: Any, specs: dict[str, Any], pool: int) -> tuple[int, float]:
    """Return what vLLM's own code makes of a pool: blocks, and how many sequences of full length."""
    utils = of("vllm.v1.core.kv_cache_utils")
    layouts = [layout.name for layout in of("vllm.v1.kv_cache_layout").KVCacheLayout]
    made.cache_config.kv_cache_layout = next(name for name in layouts if name.startswith("LB"))
    configs = utils.get_kv_cache_configs(made, [specs], [pool])
    return configs[0].num_blocks, utils.get_max_concurrency_for_kv_cache_config(made, configs[0])
