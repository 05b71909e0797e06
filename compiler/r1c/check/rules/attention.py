"""R1C235: the attention backend in the profile, against the model's attention, the GPU and the KV cache."""

from __future__ import annotations

from collections.abc import Iterator

from r1c.check import named_settings
from r1c.check.rule import Rule, rule
from r1c.diagnostics import Finding, Severity
from r1c.facts import vllm_startup
from r1c.resolve.plan import Plan

_FOREIGN = ("ROCM_", "CPU_", "XPU_", "AMX_", "IPEX", "PALLAS")
"""Beginnings of the backends for hardware without NVIDIA GPUs."""


@rule(
    code="R1C235",
    slug="attention-backend",
    severity=Severity.ERROR,
    title="Attention backend does not fit the model, the GPU or the KV cache",
    why="vLLM checks that the backend supports the GPU, the kind of attention and the KV cache dtype, and "
    "exits with the reasons if not (vllm/platforms/cuda.py; facts/vllm_startup.json).",
    example="spec:\n  vllm:\n    version: v0.13.0\n    args: {attention-backend: FLASH_ATTN}\n",
    fix="Remove the setting to let vLLM choose, or write a backend that fits.",
    fields=("spec.vllm.args", "spec.vllm.env", "spec.vllm.version", "spec.model", "spec.platform"),
)
def attention_backend(plan: Plan) -> Iterator[Finding]:
    """Check the backend against what its class supports in the release."""
    asked = named_settings.backend(plan)
    if asked is None:
        return
    name, path = asked
    reason = _reason(plan, name)
    if reason:
        yield Finding(
            path,
            f"attention backend {name} does not {reason} in vLLM {plan.server.version}",
            _help(plan),
        )


def _reason(plan: Plan, name: str) -> str | None:
    """Say what a backend does not support, None if it fits."""
    if name.startswith(_FOREIGN) and name in vllm_startup.values("attention-backend", plan.server.release):
        return f"run on the {plan.platform.gpu_model} of {plan.platform.id}"
    taken = vllm_startup.backend(name, plan.server.release)
    if taken is None:
        return None
    kind, model = named_settings.value(plan, "model.attention"), plan.model.id
    if kind is not None and taken.latent != (kind == "mla"):
        what = "the multi-head latent attention" if kind == "mla" else "the attention heads"
        return f"support {what} of {model}"
    major = named_settings.value(plan, "gpu.major")
    if major not in taken.majors:
        return f"run on the {plan.platform.gpu_model} of {plan.platform.id}"
    dtype = named_settings.value(plan, "kv-cache-dtype")
    if isinstance(dtype, str) and taken.cache_dtypes is not None and dtype not in taken.cache_dtypes:
        return f"support kv-cache-dtype {dtype}"
    return None


def _help(plan: Plan) -> str:
    fitting = [
        name
        for name in vllm_startup.values("attention-backend", plan.server.release)
        if vllm_startup.backend(name, plan.server.release)
        and _reason(plan, name) is None
        and "SPARSE" not in name
    ]
    usual = [
        name
        for name in ("FLASHINFER_MLA", "CUTLASS_MLA", "FLASHMLA", "FLASH_ATTN", "FLASHINFER")
        if name in fitting
    ]
    return f"remove the line to let vLLM choose{', or use ' + usual[0] if usual else ''}"


RULES: tuple[Rule, ...] = (attention_backend,)
