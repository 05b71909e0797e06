"""R1C445 and R1C446: the vLLM version, against the published releases and the GPUs."""

from __future__ import annotations

from collections.abc import Iterator

from r1c.check.rule import Rule, rule
from r1c.diagnostics import Finding, Related, Severity
from r1c.facts import vllm, vllm_releases
from r1c.profile.paths import VERSION
from r1c.resolve.plan import Plan

VERSION_HERE = Related("the version is set here", path=VERSION)
"""What a finding about a flag or a variable of another release points to."""


@rule(
    code="R1C445",
    slug="version-never-published",
    severity=Severity.ERROR,
    title="vLLM release that was never published",
    why="The build starts from the image vllm/vllm-openai with the tag of the version, and fails at its "
    "first line if this tag does not exist (facts/vllm_releases.json).",
    example="spec:\n  vllm:\n    version: v0.7.4\n",
    fix="Use a published release.",
    fields=("spec.vllm.version",),
)
def version_never_published(plan: Plan) -> Iterator[Finding]:
    """Look up the version among the releases, between the oldest and the newest known one."""
    around = vllm_releases.neighbours(plan.server.version)
    if around:
        message = f"vLLM {plan.server.version} was never published"
        yield Finding(VERSION, message, f"use {around[0]} or {around[1]}, the nearest releases")


@rule(
    code="R1C446",
    slug="version-before-platform",
    severity=Severity.ERROR,
    title="vLLM release without kernels for the platform's GPUs",
    why="A release is built for the GPUs of its CUDA version. On a newer GPU the first kernel fails with `no "
    "kernel image is available for execution on the device` (vllm-project/vllm#17901).",
    example="spec:\n  platform: a4\n  vllm: {version: v0.8.5}\n",
    fix="Use a release that is built for these GPUs.",
    fields=("spec.vllm.version", "spec.platform"),
)
def version_before_platform(plan: Plan) -> Iterator[Finding]:
    """Compare the version with the first one that is built for the platform's GPUs."""
    platform, asked = plan.platform, vllm.key(plan.server.version)
    since = platform.minimum_vllm
    if since is None or asked is None or asked >= (vllm.key(since) or ()):
        return
    yield Finding(
        VERSION,
        f"vLLM {plan.server.version} has no kernels for the {platform.gpu_model} of {platform.id} (compute "
        f"capability {platform.compute_capability}); {since} is the first release that has them",
        f"use {since} or newer",
        related=(Related("the platform's first release", place=platform.cite("minimumVllm")),),
    )


RULES: tuple[Rule, ...] = (version_never_published, version_before_platform)
