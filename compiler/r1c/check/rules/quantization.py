"""R1C231 to R1C234: quantization method and dtype, against the checkpoint and the tensor parallel size."""

from __future__ import annotations

from collections.abc import Iterator

from r1c.check.named_settings import place, value
from r1c.check.rule import Rule, rule
from r1c.check.rules.tensor import heads_divide
from r1c.check.rules.vllm_version import VERSION_HERE
from r1c.diagnostics import Finding, Path, Related, Severity
from r1c.diagnostics.suggest import listed
from r1c.facts import vllm, vllm_startup
from r1c.facts.model import Architecture
from r1c.profile.paths import ARGS, MODEL_ID, TENSOR
from r1c.resolve.plan import Plan

FIELDS = ("spec.vllm.args", "spec.vllm.version", "spec.model")

_ALLOWING = "allow-deprecated-quantization"
_DTYPES = {"half": "float16", "float": "float32"}


def _checkpoint(plan: Plan) -> str | None:
    """Return the method that the model's config.json declares, "" for none, None if unknown."""
    model = plan.model.architecture
    if model is None or not model.model_type:
        # Of some models r1c knows the architecture and not the config.json, which always has a type.
        return None
    return model.quantization.declared if model.quantization else ""


def _replaced(plan: Plan, declared: str) -> bool:
    """Tell whether the release takes another method than the flag's without a word, of which R1C437 tells."""
    model = plan.model.architecture
    of_type = model is not None and model.model_type == "gpt_oss"
    return of_type and declared == "mxfp4" and vllm_startup.resolves_online(plan.server.release)


def _asked(plan: Plan) -> str | None:
    asked = plan.server.argument("quantization")
    return asked.value.lower() if asked and asked.flag and isinstance(asked.value, str) else None


def _undeclared(plan: Plan, declared: str) -> Iterator[Finding]:
    """Refuse a method of the profile's config.json that no release has, in whatever spelling."""
    path = ("spec", "model", "config")
    if value(plan, "hf-overrides.quantization_config") is not None:
        return
    if declared and path in plan.given and not vllm_startup.is_quantization(declared):
        yield Finding(
            path,
            f"no vLLM release has the quantization method {declared} that the config.json declares",
            "write the quant_method of the checkpoint, or use another checkpoint",
        )


def _unloadable(plan: Plan) -> Iterator[Finding]:
    """Refuse a checkpoint whose quantization the release cannot read: its bits, or its missing method."""
    model, release = plan.model.architecture, plan.server.release
    stored = model.quantization if model else None
    if model is None or stored is None or plan.server.argument("hf-overrides"):
        return
    path: Path = ("spec", "model", "config")
    place_ = path if path in plan.given else MODEL_ID
    related = (Related(f"the quantization of {plan.model.id}", place=model.place),)
    loaded = vllm_startup.weight_bits(stored.declared, release)
    if stored.bits and loaded and stored.bits not in loaded:
        yield Finding(
            place_,
            f"vLLM {plan.server.version} does not load {stored.bits}-bit {stored.declared} weights; it loads "
            f"{listed([str(bits) for bits in loaded], 'and')} bits",
            "use a checkpoint with another number of bits",
            related=related,
        )
    since = vllm_startup.method_derived_since()
    if not stored.named and not vllm.at_least(release, since):
        yield Finding(
            place_,
            f"the quantization_config of {plan.model.id} has no quant_method, which vLLM "
            f"{plan.server.version} needs",
            f"use {since} or newer, which reads the algorithm of ModelOpt's checkpoints",
            related=related,
        )


@rule(
    code="R1C231",
    slug="quantization-not-the-checkpoints",
    severity=Severity.ERROR,
    title="Quantization method does not match the checkpoint",
    why="vLLM compares the flag with the quantization_config of the model's config.json, and some methods "
    "need one (vllm-project/vllm#19050; vllm/config, _verify_quantization; "
    "model_loader/weight_utils.py, get_quant_config).",
    example="spec:\n  vllm:\n    args: {quantization: awq}\n",
    fix="Remove quantization: vLLM reads the method from the checkpoint.",
    fields=FIELDS,
)
def quantization_not_the_checkpoints(plan: Plan) -> Iterator[Finding]:
    """Check the flag against the method that the checkpoint declares."""
    asked, release, declared = _asked(plan), plan.server.release, _checkpoint(plan)
    if asked is None:
        yield from _undeclared(plan, declared or "")
        yield from _unloadable(plan)
        return
    if declared is None:
        return
    method = vllm_startup.quantization(asked, release)
    if _replaced(plan, declared):
        return
    online = vllm_startup.is_online(asked, release)
    if (online or method is None) and not (online and vllm_startup.refuses_online(declared, release)):
        return
    if declared:
        if asked in (vllm_startup.loaded_with(declared) or (asked,)):
            return
        message = f"quantization {asked} does not match the {declared} checkpoint of {plan.model.id}"
        says = "does not match the quantization method specified in the `quantization` argument"
        source = "vllm/config, _verify_quantization"
    else:
        if method is None or not method.needs_config:
            return
        message = (
            f"quantization {asked} needs a quantized checkpoint, but that of {plan.model.id} is not quantized"
        )
        says = f"Cannot find the config file for {asked}"
        source = "vllm/model_executor/model_loader/weight_utils.py"
    model = plan.model.architecture
    has = f"has {declared} weights" if declared else "has no quantized weights"
    related = [Related(f'vLLM says "{says}"', place=source)]
    if model:
        related.append(Related(f"{plan.model.id} {has}", place=model.place))
    yield Finding(
        place(plan, "quantization"),
        message,
        "remove the line: vLLM reads the method from the checkpoint",
        related=tuple(related),
    )


@rule(
    code="R1C232",
    slug="dtype-not-supported",
    severity=Severity.ERROR,
    title="Unsupported dtype for the quantization method or the model",
    why="Each quantization method supports only some dtypes, and vLLM refuses float16 for models that "
    "overflow with it (get_supported_act_dtypes and _FLOAT16_NOT_SUPPORTED_MODELS of each release; "
    "facts/vllm_startup.json).",
    example="spec:\n  model: {id: openai/gpt-oss-120b}\n  vllm:\n    version: v0.11.0\n    args: {dtype: "
    "float16}\n",
    fix="Remove dtype, or write bfloat16.",
    fields=FIELDS,
)
def dtype_not_supported(plan: Plan) -> Iterator[Finding]:
    """Check dtype against the method in use and against the model type."""
    written, model, release = value(plan, "dtype"), plan.model.architecture, plan.server.release
    wanted = _DTYPES.get(written, written) if isinstance(written, str) else None
    if wanted not in ("float16", "bfloat16", "float32") or model is None:
        return
    kind = model.model_type
    if wanted == "float16" and kind in vllm_startup.values("no-float16", release):
        yield Finding(
            place(plan, "dtype"),
            f"dtype {written} does not work with models of type {kind} in vLLM {plan.server.version}",
            "write dtype: bfloat16, or remove the line",
        )
        return
    declared = _checkpoint(plan)
    used = declared or _asked(plan)
    supported = _supported(used, release) if used else ()
    if supported and wanted not in supported:
        yield Finding(
            place(plan, "dtype"),
            f"dtype {written} does not work with quantization method {used} in vLLM {plan.server.version}, "
            f"which supports {listed(supported)}",
            f"write dtype: {supported[0]}, or remove the line",
        )


def _supported(method: str, release: str) -> tuple[str, ...]:
    """Return the dtypes of a method, and of the faster methods that vLLM may use instead."""
    found: dict[str, None] = {}
    for name in (method, *(other for other in vllm_startup.loaded_with(method) if other != "humming")):
        entry = vllm_startup.quantization(name, release)
        if entry is not None and not entry.dtypes:
            return ()
        found |= dict.fromkeys(entry.dtypes if entry else ())
    return tuple(name for name in found if name.startswith(("float16", "float32", "bfloat16")))


def _groups(plan: Plan, model: Architecture) -> tuple[str, int, int] | None:
    """Return the layer whose share is not whole groups: its name, its width and the group size."""
    stored, tensor = model.quantization, plan.group.tensor
    if stored is None or not stored.group_size or model.moe or stored.declared not in ("awq", "gptq"):
        return None
    group = stored.group_size
    parts = dict.fromkeys(
        ("the attention output" if linear.part == "attention" else "the dense MLP", linear.inputs)
        for layer in model.kinds
        for linear in reversed(layer.linears)
        if linear.split == "rows" and linear.stored and linear.part in ("attention", "dense")
    )
    return next(
        ((what, width, group) for what, width in parts if width % tensor or width // tensor % group), None
    )


@rule(
    code="R1C233",
    slug="tensor-cuts-quantization-groups",
    severity=Severity.ERROR,
    title="Tensor parallel size cuts through quantization groups",
    why="AWQ and GPTQ weights have one scale for each group of inputs, so each rank's share must be whole "
    "groups; otherwise vLLM exits with `The input size is not aligned with the quantized weight shape` "
    "(vllm-project/vllm#5675, QwenLM/Qwen3#698).",
    example="spec:\n  model:\n    id: acme/qwen-72b-awq\n    config:\n      architectures: "
    "[Qwen2ForCausalLM]\n      model_type: qwen2\n      hidden_size: 8192\n      intermediate_size: 29568\n"
    "      num_attention_heads: 64\n      num_hidden_layers: 80\n      num_key_value_heads: 8\n"
    "      max_position_embeddings: 32768\n      vocab_size: 152064\n      torch_dtype: float16\n"
    "      quantization_config: {quant_method: awq, bits: 4, group_size: 128}\n"
    "  vllm: {version: v0.10.2}\n",
    fix="Lower the tensor parallel size and raise pipeline or replicas.",
    fields=("spec.parallelism.tensor", "spec.model", "spec.platform"),
)
def tensor_cuts_quantization_groups(plan: Plan) -> Iterator[Finding]:
    """Check the widths that row parallel layers split against the group size of the checkpoint."""
    model, tensor = plan.model.architecture, plan.group.tensor
    if model is None or not heads_divide(plan):
        return
    cut = _groups(plan, model)
    if cut is None:
        return
    what, width, group = cut
    share = f"{width / tensor:.1f}" if width % tensor else str(width // tensor)
    fitting = [size for size in range(1, tensor) if width % size == 0 and width // size % group == 0]
    fitting = [size for size in fitting if not any(heads % size for heads in model.heads)]
    yield Finding(
        TENSOR,
        f"tensor parallel size {tensor} splits {what} of {plan.model.id} from {width} to {share}, which is "
        f"not a multiple of the quantization group size {group}",
        f"use {listed(map(str, fitting))}" if fitting else "use a checkpoint with smaller groups",
        related=(Related(f"{plan.model.id} has groups of {group}", place=model.place),),
    )


@rule(
    code="R1C234",
    slug="quantization-deprecated",
    severity=Severity.ERROR,
    title="Deprecated quantization method refused by this vLLM release",
    why="From v0.14.0 on vLLM refuses methods that it will remove, unless allow-deprecated-quantization "
    "is set (DEPRECATED_QUANTIZATION_METHODS of each release; facts/vllm_startup.json).",
    example="spec:\n  model: {id: meta-llama/Llama-3.1-405B-Instruct-FP8}\n  vllm:\n    version: v0.20.0\n"
    "    args: {max-model-len: 8192, gpu-memory-utilization: 0.9}\n",
    fix="Add allow-deprecated-quantization: true, or use a checkpoint with another method.",
    fields=FIELDS,
)
def quantization_deprecated(plan: Plan) -> Iterator[Finding]:
    """Check the method of the flag or of the checkpoint against the release's list."""
    release = plan.server.release
    if not vllm.has("serve", _ALLOWING, release) or value(plan, _ALLOWING) is True:
        return
    asked, declared = _asked(plan), _checkpoint(plan)
    method = value(plan, "hf-overrides.quantization_config.quant_method") or declared or asked
    if method is None or method not in vllm_startup.values("quantization-deprecated", release):
        return
    where = place(plan, "quantization") if asked else MODEL_ID
    whose = f"the checkpoint of {plan.model.id} has" if method == declared else "the profile sets"
    yield Finding(
        where if where != ARGS else MODEL_ID,
        f"{whose} quantization method {method}, which is deprecated and refused by vLLM "
        f"{plan.server.version}",
        "add allow-deprecated-quantization: true to vllm.args, or use a checkpoint with another method",
        related=(VERSION_HERE,),
    )


RULES: tuple[Rule, ...] = (
    quantization_not_the_checkpoints,
    dtype_not_supported,
    tensor_cuts_quantization_groups,
    quantization_deprecated,
)
