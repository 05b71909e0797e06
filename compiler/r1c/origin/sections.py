"""A file of lowering -> the section of the docs that says why its lines are as they are."""

from __future__ import annotations

_OUTPUT, _PRODUCTION = "docs/output.md#", "docs/production.md#"

_SECTIONS = (
    ("emit", f"{_OUTPUT}how-r1c-writes"),
    ("lower/leaderworkerset", f"{_OUTPUT}leaderworkerset"),
    ("lower/labels", f"{_OUTPUT}leaderworkerset"),
    ("lower/pod", f"{_OUTPUT}pod"),
    ("lower/gpudirect_stack", f"{_OUTPUT}gpudirect"),
    ("lower/stacks", f"{_OUTPUT}gpudirect"),
    ("lower/templates/install_plugin", f"{_OUTPUT}gpudirect"),
    ("lower/templates/receive_daemon", f"{_OUTPUT}gpudirect"),
    ("lower/launch", f"{_OUTPUT}how-a-group-forms"),
    ("lower/templates/launch", f"{_OUTPUT}how-a-group-forms"),
    ("lower/templates/ray_init", f"{_OUTPUT}how-a-group-forms"),
    ("resolve/rendezvous", f"{_OUTPUT}how-a-group-forms"),
    ("lower/environment", f"{_OUTPUT}server"),
    ("lower/flags", f"{_OUTPUT}server"),
    ("lower/resource_requests", f"{_OUTPUT}server"),
    ("lower/storage", f"{_OUTPUT}volumes"),
    ("lower/access", f"{_OUTPUT}service-service-account-and-secret"),
    ("lower/image", f"{_OUTPUT}image"),
    ("lower/templates/Dockerfile", f"{_OUTPUT}image"),
    ("lower/benchmark", f"{_OUTPUT}benchmark-job"),
    ("lower/templates/benchmark", f"{_OUTPUT}benchmark-job"),
    ("resolve/benchmark_points", f"{_OUTPUT}benchmark-job"),
    ("lower/prefetch", f"{_OUTPUT}prefetch-job"),
    ("lower/templates/prefetch", f"{_OUTPUT}prefetch-job"),
    ("lower/runbook", f"{_OUTPUT}runbook"),
    ("lower/templates/RUNBOOK", f"{_OUTPUT}runbook"),
    ("lower/templates/runbook", f"{_OUTPUT}runbook"),
    ("lower/termination", f"{_OUTPUT}how-a-group-ends"),
    ("lower/templates/termination", f"{_OUTPUT}how-a-group-ends"),
    ("resolve/termination", f"{_OUTPUT}how-a-group-ends"),
    ("lower/kustomization", "docs/kustomize.md"),
    ("lower/kustomize", "docs/kustomize.md"),
    ("lower/monitoring", f"{_PRODUCTION}monitoring"),
    ("lower/alerts", f"{_PRODUCTION}monitoring"),
    ("lower/dashboard", f"{_PRODUCTION}monitoring"),
    ("resolve/monitoring", f"{_PRODUCTION}monitoring"),
    ("lower/disruption", f"{_PRODUCTION}disruption-and-rollout"),
    ("resolve/disruption", f"{_PRODUCTION}disruption-and-rollout"),
    ("lower/protection", f"{_PRODUCTION}protection"),
    ("resolve/protection", f"{_PRODUCTION}protection"),
    ("lower/scaling", f"{_PRODUCTION}scaling"),
    ("resolve/scaling", f"{_PRODUCTION}scaling"),
    ("lower/gateway", f"{_PRODUCTION}gateway"),
    ("lower/endpoint_picker", f"{_PRODUCTION}gateway"),
    ("resolve/gateway", f"{_PRODUCTION}gateway"),
    ("lower/provisioning", f"{_PRODUCTION}nodes"),
    ("resolve/provisioning", f"{_PRODUCTION}nodes"),
)
"""The first one that begins a file's path counts."""


def section(file: str) -> str:
    """Return the page and section about what a file of r1c writes."""
    return next((page for start, page in _SECTIONS if file.startswith(start)), "docs/output.md")
