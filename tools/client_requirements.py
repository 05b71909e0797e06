"""A vLLM wheel -> the requirements that its benchmark client needs on a machine without a GPU.

`python tools/client_requirements.py WHEEL` prints one a line: what the wheel itself requires, but for the
packages that are built for CUDA or for the wheel's own build of torch. Uses the standard library only.
"""

from __future__ import annotations

import re
import sys
import zipfile

CUDA = re.compile(
    r"apache-tvm-ffi|cupy.*|fastsafetensors|flashinfer.*|humming-.*|instanttensor|nvidia-.*|nvtx|pynvvideocodec|"
    r"quack-kernels|ray|tilelang|tokenspeed-.*|torch|torchaudio|torchcodec|torchvision|vllm-.*|xformers",
    re.IGNORECASE,
)
"""Names of packages that are left out. Ray is built for no GPU, but large, and no client imports it."""
_REQUIRED = "Requires-Dist: "


def requirements(wheel: str) -> list[str]:
    """Return the requirements of a wheel file, extras and CUDA packages left out, in the wheel's order."""
    with zipfile.ZipFile(wheel) as archive:
        name = next(name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        header = archive.read(name).decode("utf-8").split("\n\n", 1)[0]
    asked = [line.removeprefix(_REQUIRED) for line in header.splitlines() if line.startswith(_REQUIRED)]
    return [text for text in asked if "extra ==" not in text and not CUDA.fullmatch(_name(text))]


def _name(requirement: str) -> str:
    return re.split(r"[^\w.-]", requirement, maxsplit=1)[0]


if __name__ == "__main__":
    print(*requirements(sys.argv[1]), sep="\n")
