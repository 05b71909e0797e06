"""Names in a profile that the facts do not have: their codes, and the fields that are checked."""

from __future__ import annotations

from collections.abc import Mapping

from r1c.diagnostics import Code, Finding, Path, Severity
from r1c.profile import paths

Findings = list[tuple[Code, Finding]]
"""The names not found so far."""

PLATFORM = Code(
    "R1C107",
    "unknown-platform",
    Severity.ERROR,
    "Unknown platform",
    "GPUs, NICs, networks and the GPUDirect stack follow from the platform (facts/platforms/).",
    "spec:\n  platform: a3-maga\n",
    "Use one of the platforms listed.",
    "safe or unsafe",
)
VERSION = Code(
    "R1C401",
    "version-not-a-release",
    Severity.ERROR,
    "Unknown vLLM release",
    "`latest` and branches change under the same name: the pods of one group can run different builds, and "
    "r1c cannot check any flag (evidence.md, IMG001).",
    "spec:\n  vllm:\n    version: latest\n",
    "Write the tag of a release, such as v0.7.3.",
    "safe",
)
RELEASE = Code(
    "R1C501",
    "unknown-gpudirect-release",
    Severity.ERROR,
    "Unknown GPUDirect release",
    "A release is a plugin, a receive daemon and an NCCL environment that belong together "
    "(facts/tcpxo.yaml; evidence.md, NET005).",
    "spec:\n  gpudirect:\n    release: v1.0.10\n",
    "Use one of the releases listed.",
)
NAMING = Code(
    "R1C502",
    "unknown-naming",
    Severity.ERROR,
    "Unknown network naming for this platform",
    "Each way to create a cluster names its Network objects differently (facts/platforms/).",
    "spec:\n  network:\n    naming: vpcs\n",
    "Use one of the namings listed, or list the networks under subnetworks.",
)

CONFIG = Code(
    "R1C314",
    "model-config-not-read",
    Severity.ERROR,
    "The model's config.json cannot be read",
    "Weights, KV cache and the division among GPUs follow from the sizes in config.json; without the file, "
    "these checks would be left out silently.",
    "spec:\n  model:\n    config: no-such-config.json\n",
    "Write the path of the model's config.json, as its repository has it, from the file that names it.",
)

CODES = (PLATFORM, VERSION, RELEASE, NAMING, CONFIG)

FIELDS: Mapping[str, tuple[Path, ...]] = {
    PLATFORM.id: (("spec", "platform"),),
    VERSION.id: (paths.VERSION,),
    RELEASE.id: (("spec", "gpudirect", "release"), ("spec", "platform")),
    NAMING.id: (("spec", "network", "naming"), ("spec", "platform")),
    CONFIG.id: (("spec", "model", "config"),),
}
"""The profile fields that each of them is about."""
