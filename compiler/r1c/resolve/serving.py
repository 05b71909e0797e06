"""The model and vLLM sections of a profile -> the model, the group and the server of the plan."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from r1c import facts
from r1c.diagnostics import Finding, Path, Put, safe
from r1c.diagnostics.suggest import advice, closest, corrected, listed
from r1c.facts import vllm
from r1c.facts.model import Architecture
from r1c.facts.model_config import architecture
from r1c.profile import paths
from r1c.resolve.codes import CONFIG, PLATFORM, VERSION, Findings
from r1c.resolve.model_config import Fault
from r1c.resolve.plan import Group, ServedModel
from r1c.resolve.server import Argument, Executor, SecretKey, Server

if TYPE_CHECKING:
    from r1c.profile.model import Spec

_STARTUP_STEP = 600


def platform_of(name: str, findings: Findings) -> facts.Platform:
    """Return the platform, or a placeholder with a finding if it is unknown."""
    if name in facts.platforms():
        return facts.platform(name)
    known = name.lower().replace("_", "-").split("-highgpu")[0].split("-maxgpu")[0]
    unsupported = facts.limits().unsupported_platforms
    if known in unsupported:
        message = f"r1c does not support {name}: {unsupported[known]}"
        help_ = f"use one of {listed(sorted(facts.platforms()))}"
    else:
        message, help_ = f"unknown platform {name}", advice(name, facts.platforms(), "platforms")
    path: Path = ("spec", "platform")
    near = None if known in unsupported else closest(name, facts.platforms())
    findings.append((PLATFORM, Finding(path, message, help_, edit=corrected(path, name, near))))
    return facts.platform(facts.platforms()[0])


def release_of(version: str, findings: Findings, doubtful: frozenset[Path]) -> str:
    """Return the sampled release that a version counts as, or the newest as a placeholder, with a finding."""
    path = paths.VERSION
    known = vllm.sampled(version)
    if known:
        return known
    newest, oldest = vllm.versions()[-1], vllm.versions()[0]
    if path not in doubtful:
        meant = vllm.meant(version)
        if vllm.key(version) is None:
            message = f"{version} is not a known vLLM release"
            help_ = f"write {meant}" if meant else f"write the tag of a release, from {oldest} to {newest}"
        else:
            message = f"vLLM {version} is older than {oldest}, the oldest release that r1c knows"
            help_ = f"use {oldest} or newer"
        edit = safe(Put(path, meant)) if meant else None
        findings.append((VERSION, Finding(path, message, help_, edit=edit)))
    return newest


def model_of(spec: Spec, read: Mapping[str, Any] | Fault | None, findings: Findings) -> ServedModel:
    """Take the model as its config.json describes it, else as the facts know it."""
    asked = spec.model
    config = asked.config if isinstance(asked.config, dict) else read
    known = facts.architecture(asked.id)
    if config is not None:
        if isinstance(config, Fault):
            findings.append((CONFIG, Finding(("spec", "model", "config"), config.message, config.help)))
        else:
            known = architecture(asked.id, config)
    return ServedModel(asked.id, asked.revision, asked.served_name or asked.id, known)


def group_of(spec: Spec, platform: facts.Platform) -> Group:
    """Return the shape of a group: as many nodes as its ranks need where the profile does not say."""
    cut = spec.parallelism
    data = _size(spec, "data-parallel-size")
    context = _size(spec, "prefill-context-parallel-size")
    ranks = cut.tensor * cut.pipeline * data * context
    nodes = spec.nodes or math.ceil(ranks / platform.gpus_per_node)
    # Of groups that an autoscaler adds and removes, the minimum is there for certain.
    least = spec.scaling.min_replicas if spec.scaling else None
    replicas = spec.replicas if least is None else least
    return Group(cut.tensor, cut.pipeline, nodes, replicas, platform.gpus_per_node, data, context)


def _size(spec: Spec, flag: str) -> int:
    """Read a parallel size of vllm.args; 1 where it is absent or not a size."""
    given = [value for name, value in spec.vllm.args.items() if vllm.canonical(name) == flag]
    sizes = [value for value in given if isinstance(value, int) and not isinstance(value, bool)]
    return max(1, *sizes) if sizes else 1


def server_of(spec: Spec, version: str, release: str, group: Group) -> Server:
    """Return the server with its arguments, and how its ranks on several nodes find each other."""
    executor: Executor
    if group.nodes == 1:
        executor = "single"
    elif group.data > 1:
        executor = "data"
    elif spec.vllm.executor == "auto":
        executor = "ray" if vllm.ray_in_image(release) else "native"
    else:
        executor = spec.vllm.executor
    meant = {name: vllm.canonical(name) for name in spec.vllm.args}
    arguments = tuple(
        Argument(name, meant[name], value, vllm.flag("serve", meant[name], release))
        for name, value in spec.vllm.args.items()
    )
    env = {name: value for name, value in spec.vllm.env.items() if isinstance(value, str)}
    secrets = {
        name: SecretKey(value.secret_key_ref.name, value.secret_key_ref.key)
        for name, value in spec.vllm.env.items()
        if not isinstance(value, str)
    }
    return Server(version, release, arguments, env, executor, spec.vllm.executor, secrets)


def startup_seconds(model: Architecture | None, group: Group, platform: facts.Platform, rate: int) -> int:
    """Return twice the time to read the weights at `rate` bytes a second, and to start with them.

    An unknown model counts as one that fills the GPUs.

    Source: facts/defaults.yaml.
    """
    figures = facts.defaults().startup
    size = model.checkpoint_bytes if model else None
    if size is None:
        size = int(group.gpus * platform.gpu_memory_gib * 2**30)
    estimate = size / rate + figures.overhead_seconds
    return _STARTUP_STEP * math.ceil(figures.factor * estimate / _STARTUP_STEP)
