"""The NCCL that a vLLM release loads, and the GPUDirect releases that are qualified for it.

torch's own library is loaded, whatever the plugin's folder holds: libtorch_cuda.so finds it by DT_RPATH,
which the loader takes before LD_LIBRARY_PATH.
"""

from __future__ import annotations

from functools import lru_cache

from r1c import facts
from r1c.facts import Platform, vllm_releases
from r1c.facts.vllm_releases import Stack


@lru_cache(maxsize=256)
def _minor(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".")[:2])


def unfit(stack: str, release: str, under: Stack) -> str | None:
    """Say why a GPUDirect release does not go with what vLLM loads, as a sentence's end; None if it does.

    NCCL is compared by its first two numbers. One between two ranges counts as of the upper: NCCL
    still loads the interfaces of older plugins, and a plugin is built against one NCCL or older.
    """
    plugin = facts.release(stack, release)
    wanted = plugin.cuda
    if wanted is not None and under.cuda and _minor(under.cuda)[0] != wanted:
        return f"was built for CUDA {wanted}, and vLLM {under.release} brings the CUDA {under.cuda} runtime"
    limits = plugin.qualified
    if limits is None or not under.nccl:
        return None
    here, low, high = _minor(under.nccl), _minor(limits[0]), _minor(limits[1])
    below = [_minor(top) for _, top in _ranges(stack) if _minor(top) < low]
    if here > high or here <= max(below, default=()) or (not below and here < low):
        return f"is qualified for NCCL {span(limits)}, and vLLM {under.release} loads NCCL {under.nccl}"
    return None


def _ranges(stack: str) -> tuple[tuple[str, str], ...]:
    return tuple(plugin.qualified for plugin in facts.stack(stack).releases.values() if plugin.qualified)


def span(limits: tuple[str, str]) -> str:
    """Write a range of versions."""
    return limits[0] if limits[0] == limits[1] else f"{limits[0]} to {limits[1]}"


def fitting(stack: str, under: Stack) -> tuple[str, ...]:
    """Return the releases of a stack that go with what vLLM loads, oldest first."""
    return tuple(name for name in facts.releases(stack) if unfit(stack, name, under) is None)


def default_release(platform: Platform, version: str) -> str:
    """Return the default GPUDirect release for a platform and a vLLM version.

    This is the first release of the platform that is qualified for vLLM's NCCL; if there is none, the newest
    one built for its CUDA.
    """
    under = vllm_releases.stack(version)
    if under is None or unfit(platform.stack, platform.default_release, under) is None:
        return platform.default_release
    offered = facts.stack(platform.stack).defaults
    fit = next((name for name in offered if unfit(platform.stack, name, under) is None), None)
    if fit is None:
        major = _minor(under.cuda)[:1]
        same = [name for name in offered if (facts.release(platform.stack, name).cuda,) == major]
        fit = same[-1] if same else platform.default_release
    return fit
