"""R1C433: values that the parser accepts and the release then does not find in its registries."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from r1c.check import named_settings
from r1c.check.rule import Rule, rule
from r1c.check.rules.vllm_version import VERSION_HERE
from r1c.diagnostics import Finding, Put, Severity, either
from r1c.diagnostics.suggest import LISTED, closest, listed, sure, with_type
from r1c.facts import vllm, vllm_startup
from r1c.resolve.plan import Plan

_REGISTRIES = {
    "load-format": "load-format",
    "tokenizer-mode": "tokenizer-mode",
    "model-impl": "model-impl",
    "kv-cache-dtype": "kv-cache-dtype",
    "quantization": "quantization",
    "hf-overrides.quantization_config.quant_method": "quantization",
    "attention-backend": "attention-backend",
    "mm-encoder-attn-backend": "attention-backend",
    "kv-transfer-config.kv_connector": "kv-connector",
    "rope-scaling.rope_type": "rope-type",
    "hf-overrides.rope_scaling.rope_type": "rope-type",
    "hf-overrides.rope_parameters.rope_type": "rope-type",
}
"""Subject -> the registry of facts/vllm_startup.json that has its values."""

_ALWAYS = {
    "rope-type": ("su", "mrope"),
    "attention-backend": ("AUTO", "CUSTOM"),
}
"""Values that vLLM turns into others before it looks them up."""

_ANY_CASE = ("attention-backend", "quantization")


def known(registry: str, release: str) -> tuple[str, ...]:
    """Return the values of a registry in a sampled release, empty if unknown."""
    if registry == "quantization":
        return (*vllm_startup.quantizations(release), *vllm.quantization_names(release))
    return vllm_startup.values(registry, release)


def _elsewhere(registry: str, text: str, release: str) -> str | None:
    order = vllm.versions()
    there = [version for version in order if text in known(registry, version)]
    before = [version for version in there if order.index(version) < order.index(release)]
    if before:
        return f"it was available up to {before[-1]}"
    return f"it is available from {there[0]}" if there else None


@rule(
    code="R1C433",
    slug="value-unknown-to-release",
    severity=Severity.ERROR,
    title="Unknown flag value for this vLLM release",
    why="For these flags the parser accepts any string. vLLM looks it up when it starts, and exits if it is "
    "unknown (facts/vllm_startup.json has the registries of each release).",
    example="spec:\n  vllm:\n    version: v0.13.0\n    args: {load-format: safetensor}\n",
    fix="Use a value that this release has.",
    fields=("spec.vllm.args", "spec.vllm.version"),
    edits="safe or unsafe",
)
def value_unknown_to_release(plan: Plan) -> Iterator[Finding]:
    """Check values of open enumerations; r1c accepts any class path or connector module."""
    server = plan.server
    set_ = {argument.meant.split(".", 1)[0] for argument in server.arguments}
    for subject, registry in _REGISTRIES.items():
        if subject.split(".", 1)[0] not in set_:
            continue
        if "rope_parameters" in subject and not vllm_startup.reads_rope_parameters(server.release):
            continue
        value = named_settings.value(plan, subject)
        if isinstance(value, int | float) and not isinstance(value, bool):
            value = str(value)
        whole = server.argument(subject)
        if not isinstance(value, str) or (whole and whole.flag and whole.flag.choices is not None):
            continue
        names = known(registry, server.release)
        if subject.startswith("mm-") and named_settings.value(plan, "model.multimodal") is False:
            continue  # nothing reads it
        if registry == "rope-type" and named_settings.value(plan, "model.rotary") is False:
            continue  # it reaches a config whose rotary embeddings nothing reads
        if not names or _is_taken(plan, registry, value, names):
            continue
        yield _finding(plan, subject, registry, value, names)


def _is_taken(plan: Plan, registry: str, value: str, names: tuple[str, ...]) -> bool:
    if registry == "attention-backend" and "." in value:
        return True
    if registry == "kv-connector" and named_settings.value(
        plan, "kv-transfer-config.kv_connector_module_path"
    ):
        return True
    taken = (*names, *_ALWAYS.get(registry, ()))
    if registry in _ANY_CASE:
        return value.lower() in {name.lower() for name in taken}
    return value in taken


def _finding(plan: Plan, subject: str, registry: str, value: str, names: tuple[str, ...]) -> Finding:
    server = plan.server
    elsewhere = _elsewhere(registry, value, server.release)
    near = None if elsewhere else closest(value, names)
    options = sorted(set(names))
    if near:
        help_ = f"did you mean {near}?"
    else:
        help_ = f"use {listed(options)}" if len(options) <= LISTED else f"use one of: {', '.join(options)}"
    message = f"{subject} does not accept {value or with_type(value)} in vLLM {server.version}"
    place = named_settings.place(plan, subject)
    head = server.argument(subject.partition(".")[0])
    whole = server.argument(subject)
    written = whole.value if whole else value if head and isinstance(head.value, Mapping) else None
    return Finding(
        place,
        f"{message}; {elsewhere}" if elsewhere else message,
        help_,
        related=(VERSION_HERE,) if elsewhere else (),
        edit=either(Put(place, near), sure=sure(value, near)) if near and written == value else None,
    )


RULES: tuple[Rule, ...] = (value_unknown_to_release,)
