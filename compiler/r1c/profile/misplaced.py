"""A name that is not a field where it stands -> where what it says belongs in the profile."""

from __future__ import annotations

import re

from r1c import names
from r1c.diagnostics import Path
from r1c.diagnostics.suggest import listed
from r1c.facts import vllm
from r1c.profile import fields
from r1c.profile.fields import dotted
from r1c.profile.owned_flags import FIELD_OF
from r1c.profile.paths import ARGS, ENV, NCCL, OPTIONAL
from r1c.record import record

_PLACES = 3
"""A name that more sections have says too little."""
_TOKENS = ("hf-token", "huggingface-token", "hugging-face-hub-token")

_OF_OTHERS = {
    "r1c computes the GPUs from platform, nodes and parallelism": (
        "gpus",
        "gpu-count",
        "num-gpus",
        "gpus-per-node",
    ),
    "spec.platform names the machine; `r1c explain platforms` lists them": (
        *("gpu", "gpu-type", "accelerator", "accelerator-type"),
        *("machine-type", "instance-type", "node-type"),
    ),
    "spec.nodes is the number of nodes in a group": (
        "size",
        "workers",
        "worker-count",
        "num-nodes",
        "node-count",
    ),
    "write location under spec.cluster": ("zone",),
    "write enable-lora and lora-modules under spec.vllm.args": ("lora", "loras", "lora-adapters", "adapters"),
    "spec.gateway adds a route": ("ingress", "route", "http-route"),
    "spec.scaling adds an autoscaler": ("autoscaling", "autoscaler", "hpa", "keda"),
    "spec.monitoring adds metrics and alerts": (
        "metrics",
        "alerts",
        "prometheus",
        "pod-monitor",
        "service-monitor",
    ),
    "spec.disruption adds a PodDisruptionBudget": ("pdb", "pod-disruption-budget"),
    "spec.protection adds network policies": ("network-policy", "network-policies"),
    "r1c writes this part of the pods; an overlay can change it (docs/kustomize.md)": (
        *("containers", "init-containers", "sidecars", "resources", "limits", "requests"),
        *("volumes", "extra-volumes", "volume-mounts", "pod-annotations", "security-context", "affinity"),
        *("probes", "startup-probe", "liveness-probe", "readiness-probe"),
    ),
}
"""Where a profile has a setting of the whole recipe -> what other tools call that setting."""

_OF_BLOCKS = {
    ("disruption", "min-available"): "write maxUnavailable, in groups; r1c computes minAvailable, in pods",
    ("rollout", "strategy"): "write maxUnavailable and maxSurge, in groups",
    ("gateway", "host"): "write hostnames, a list",
}
"""The block, and what Kubernetes and charts call a setting that has another name or meaning there."""
_EXPERTS = ("expert", "experts", "ep", "expert-parallel", "expert-parallel-size")
_SWITCHES = ("enabled", "enable", "create")
_SWITCHED = tuple(block for block in OPTIONAL if block != "provisioning")
"""The blocks that add objects or limits; provisioning only says where the nodes come from."""


@record
class Place:
    """Where a name belongs, in words; and its path there, if it can only be that one."""

    words: str
    path: Path | None = None


def place(path: Path) -> Place | None:
    """Return where an unknown field belongs, None if nothing tells."""
    return (
        _dotted(path)
        or _of_others(path)
        or _in_block(path)
        or _in_parallelism(path)
        or _elsewhere(path)
        or _variable(path)
        or _flag(path)
        or _choice(path)
    )


def _dotted(path: Path) -> Place | None:
    """Take model.config for config under model: from here, from spec or from the top."""
    parts = tuple(str(path[-1]).split("."))
    if len(parts) == 1:
        return None
    for above in (path[:-1], path[:-2], ("spec",), ()):
        found = (*above, *parts)
        field = fields.find(found)
        if field and fields.find(found[:-1]):
            return Place(f"write {parts[-1]} under {dotted(found[:-1])}, without the dot", found)
    return None


def _of_others(path: Path) -> Place | None:
    if path[:-1] != ("spec",):
        return None
    name = _hyphens(str(path[-1]))
    return next((Place(words) for words, theirs in _OF_OTHERS.items() if name in theirs), None)


def _in_block(path: Path) -> Place | None:
    if path[:1] != ("spec",) or len(path) != 3:
        return None
    block, name = str(path[1]), _hyphens(str(path[2]))
    if name in _SWITCHES and block in _SWITCHED:
        return Place(f"remove the line: spec.{block} itself turns it on; to turn it off, remove all of it")
    words = _OF_BLOCKS.get((block, name))
    return Place(words) if words else None


def _in_parallelism(path: Path) -> Place | None:
    """Take data or context for the flag of that parallel size, as messages name the sizes."""
    if path[:-1] != ("spec", "parallelism"):
        return None
    name = _hyphens(str(path[-1]))
    if name in _EXPERTS:
        return Place("write enable-expert-parallel: true under spec.vllm.args")
    flag = vllm.canonical(f"{name}-parallel-size")
    return Place(f"write {flag} under spec.vllm.args", (*ARGS, flag)) if vllm.is_known(flag) else None


def _hyphens(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", name).replace("_", "-").lower()


def _elsewhere(path: Path) -> Place | None:
    """Return the sections that have a field of exactly this name."""
    found = [tuple(field.path.split(".")) for field in fields.every() if field.name == path[-1]]
    if len(found) > _PLACES and path[:1] == ("spec",):
        # A name such as labels or name is then that of the recipe as a whole.
        found = [one for one in found if one[0] == "metadata"]
    if not 1 <= len(found) <= _PLACES:
        return None
    sections = listed(dotted(one[:-1]) or "the profile" for one in found)
    alone = len(found) == 1 and fields.ANY_NAME not in found[0]
    return Place(f"it is a field of {sections}", found[0] if alone else None)


def _variable(path: Path) -> Place | None:
    name = str(path[-1])
    if not names.is_upper_case_variable(name) or _hyphens(name) in _TOKENS:
        return None
    if name.startswith("NCCL_"):
        return Place("NCCL variables belong in spec.network.nccl", (*NCCL, name))
    return Place("environment variables belong in spec.vllm.env", (*ENV, name))


def _flag(path: Path) -> Place | None:
    """Take a flag of vLLM in any spelling: tp, max_model_len, maxModelLen."""
    if path[:1] != ("spec",):
        return None
    name = str(path[-1])
    hyphens = _hyphens(name)
    flag = next((vllm.canonical(one) for one in (name, hyphens) if vllm.is_known(one)), None)
    if hyphens in _TOKENS:
        return Place("a profile holds no token; spec.huggingface.secretName names the Secret that does")
    if flag is None:
        return None
    owner = FIELD_OF.get(flag.partition(".")[0])
    if owner:
        section, _, field = owner.rpartition(".")
        return Place(f"write {field} under {section}", tuple(owner.split(".")))
    if flag == name:
        return Place("flags of vLLM belong in spec.vllm.args", (*ARGS, flag))
    return Place(f"write {flag} under spec.vllm.args", (*ARGS, flag))


def _choice(path: Path) -> Place | None:
    """Take spot for model: spot, where one field accepts that value."""
    found = [field for field in fields.every() if path[-1] in field.choices]
    if len(found) != 1 or path[:1] != ("spec",):
        return None
    section, _, name = found[0].path.rpartition(".")
    return Place(f"write {name}: {path[-1]} under {section}")
