"""A pretended node with eight NVIDIA GPUs, as far as vLLM asks before it starts an engine.

NVML, the CUDA driver, torch.cuda and the host's memory answer. Runs in an environment with vLLM.
"""

from __future__ import annotations

import ctypes
import importlib
import os
import subprocess
import sys
import tempfile
import types
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

GPUS = 8
_DRIVER = (
    "PointerGetAttribute", "TensorMapEncodeTiled", "CtxGetCurrent", "CtxSetCurrent",
    "DevicePrimaryCtxRetain", "GetErrorString", "GetErrorName", "MemAddressFree", "MemAddressReserve",
    "MemCreate", "MemGetAllocationGranularity", "MemMap", "MemRelease", "MemSetAccess", "MemUnmap",
    "DeviceGet", "DeviceGetAttribute", "DeviceGetCount", "Init", "LaunchKernel", "ModuleLoadData",
    "ModuleGetFunction", "GetProcAddress_v2", "DriverGetVersion",
)  # fmt: skip
_NOT_FOUND = 100
"""CUDA_ERROR_NO_DEVICE, the answer of each function of the pretended driver."""
_EXTENSIONS = ("_C", "_moe_C", "_C_stable_libtorch", "_moe_C_stable_libtorch", "cumem_allocator")


class Node:
    """What the pretended node has: `name`, `capability` [major, minor], `memory` and `host` in bytes."""

    def __init__(self, facts: Mapping[str, Any]) -> None:
        """Take the first line that oracle.judge reads."""
        self.name = str(facts["name"])
        self.major, self.minor = (int(part) for part in facts["capability"])
        self.memory, self.host = int(facts["memory"]), int(facts["host"])


def set_up(node: Node) -> None:
    """Pretend the node in this process, before any of vLLM's modules is imported."""
    os.environ.update(
        HF_HUB_OFFLINE="1",
        TRANSFORMERS_OFFLINE="1",
        VLLM_NO_USAGE_STATS="1",
        VLLM_CONFIGURE_LOGGING="0",
        FLASHINFER_DISABLE_VERSION_CHECK="1",
    )
    _load_driver()
    _pretend_cuda(node)
    _pretend_host(node)


def nvml(node: Node) -> types.ModuleType:
    """Return a module that answers as NVML does on the node."""
    module: Any = types.ModuleType("pynvml")
    module.NVMLError = type("NVMLError", (Exception,), {})
    module.NVML_P2P_CAPS_INDEX_NVLINK, module.NVML_P2P_STATUS_OK = 2, 0
    module.nvmlInit = module.nvmlShutdown = lambda *_: None
    module.nvmlDeviceGetCount = lambda: GPUS
    module.nvmlDeviceGetHandleByIndex = lambda index: index
    module.nvmlDeviceGetName = lambda _: node.name
    module.nvmlDeviceGetUUID = lambda handle: f"GPU-{handle}"
    module.nvmlDeviceGetCudaComputeCapability = lambda _: (node.major, node.minor)
    sizes = types.SimpleNamespace(total=node.memory, free=node.memory, used=0)
    module.nvmlDeviceGetMemoryInfo = lambda _: sizes
    module.nvmlDeviceGetP2PStatus = lambda *_: module.NVML_P2P_STATUS_OK
    module.nvmlSystemGetDriverVersion = lambda: "580.95"
    module.nvmlSystemGetCudaDriverVersion = lambda: 13000
    return module  # type: ignore[no-any-return]


def extensions() -> None:
    """Load vLLM's compiled modules; one that cannot be loaded here becomes an empty one."""
    for short in _EXTENSIONS:
        name = f"vllm.{short}"
        with suppress(ModuleNotFoundError):
            try:
                importlib.import_module(name)
            except ImportError:
                sys.modules[name] = types.ModuleType(name)


def _load_driver() -> None:
    """Load a libcuda.so.1 in which every call fails, so that what is linked against it can be imported."""
    with tempfile.TemporaryDirectory() as folder:
        source, library = Path(folder, "driver.c"), Path(folder, "libcuda.so.1")
        source.write_text(
            "".join(f"int cu{name}(void) {{ return {_NOT_FOUND}; }}\n" for name in _DRIVER), encoding="ascii"
        )
        command = ["cc", "-shared", "-fPIC", "-Wl,-soname,libcuda.so.1", "-o", str(library), str(source)]
        subprocess.run(command, check=True)
        ctypes.CDLL(str(library), os.RTLD_LAZY | os.RTLD_GLOBAL)
    # Symbols that the pretended driver lacks are looked up when they are called, which nothing here does.
    sys.setdlopenflags(os.RTLD_LAZY | os.RTLD_LOCAL)


class _Stream:
    """A CUDA stream or event that does nothing."""

    def __init__(self, *_: Any, **__: Any) -> None:
        self.cuda_stream = 0

    def __getattr__(self, _: str) -> Callable[..., None]:
        return lambda *_, **__: None


def _pretend_cuda(node: Node) -> None:
    cuda: Any = importlib.import_module("torch").cuda
    properties = types.SimpleNamespace(
        name=node.name,
        total_memory=node.memory,
        major=node.major,
        minor=node.minor,
        multi_processor_count=132,
        warp_size=32,
        shared_memory_per_block_optin=232448,
        max_threads_per_multi_processor=2048,
        regs_per_multiprocessor=65536,
        L2_cache_size=52428800,
    )
    cuda.is_available = lambda: True
    cuda.device_count = lambda: GPUS
    cuda._device_count_nvml = lambda: GPUS
    cuda._raw_device_count_nvml = lambda: GPUS
    cuda.get_device_capability = lambda *_: (node.major, node.minor)
    cuda.get_device_name = lambda *_: node.name
    cuda.current_device = lambda: 0
    cuda.get_device_properties = lambda *_: properties
    cuda.mem_get_info = lambda *_: (node.memory, node.memory)
    cuda.is_bf16_supported = lambda *_, **__: True


def streams() -> None:
    """Pretend CUDA streams and events, once torch's compiler has looked at the real ones."""
    cuda: Any = importlib.import_module("torch").cuda
    cuda.Stream = cuda.Event = _Stream
    cuda.current_stream = lambda *_: _Stream()
    cuda.synchronize = lambda *_: None
    cuda.set_device = lambda *_: None


def _pretend_host(node: Node) -> None:
    psutil: Any = importlib.import_module("psutil")
    real = psutil.virtual_memory
    psutil.virtual_memory = lambda: real()._replace(total=node.host, available=node.host)
