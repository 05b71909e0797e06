"""R1C2xx, the tensor parallel size: the parts that every layer is split into."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from r1c import facts
from r1c.check import named_settings
from r1c.check.rule import Rule, rule
from r1c.check.rules import stages
from r1c.diagnostics import Finding, Put, Related, Severity, unsafe
from r1c.diagnostics.suggest import listed
from r1c.facts import vllm, vllm_history, vllm_startup
from r1c.facts.model import Architecture, Attention, State
from r1c.profile.paths import PIPELINE, TENSOR
from r1c.resolve.plan import Plan
from r1c.resolve.server import mapping

_EXPERT = "each routed expert"
_CUT = {"dense": "the dense MLP", "shared": "the shared expert", "experts": _EXPERT}
"""The parts of a layer whose width is shared out, and how messages call them."""


def divisors(number: int) -> list[int]:
    """Return the divisors of a positive number, smallest first."""
    return [candidate for candidate in range(1, number + 1) if number % candidate == 0]


def heads_divide(plan: Plan) -> bool:
    """Tell whether the attention heads, if known, divide evenly over the tensor parallel ranks."""
    model = plan.model.architecture
    return model is None or not _uneven(model, plan.group.tensor)


def _uneven(model: Architecture, tensor: int) -> int | None:
    """Return the number of heads of some layer that the tensor ranks do not divide."""
    return next((heads for heads in model.heads if heads % tensor), None)


def _uneven_groups(model: Architecture, tensor: int) -> int | None:
    """Return the number of groups of some Mamba 2 layer that the tensor ranks do not divide; 1 is copied."""
    states = [layer.mixer for layer in model.kinds if isinstance(layer.mixer, State)]
    groups = (state.groups for state in states if state.kind == "mamba2" and state.groups > 1)
    return next((number for number in groups if number % tensor), None)


def fits(plan: Plan) -> bool:
    """Tell whether the model, if known, can be split by the tensor parallel size."""
    model = plan.model.architecture
    return model is None or _fits(plan, model, plan.group.tensor)


def _fits(plan: Plan, model: Architecture, tensor: int) -> bool:
    return (
        _uneven(model, tensor) is None
        and _not_shared(model, tensor) is None
        and _uneven_groups(model, tensor) is None
        and _padded(model) % tensor == 0
        and not _cut_blocks(plan, model, tensor)
        and not _odd_share(model, tensor)
    )


def _not_shared(model: Architecture, tensor: int) -> int | None:
    """Return the number of key/value heads of some layer that can be neither divided nor copied evenly."""
    copied = not vllm_startup.known_as("uncopied", model.architectures)
    return next(
        (heads for heads in model.kv_heads if heads % tensor and (tensor % heads or not copied)), None
    )


def _padded(model: Architecture) -> int:
    """Return the entries of the padded vocabulary, 0 where it is not known."""
    multiple = facts.memory().vocabulary_padded_to
    return -(-(model.vocab_size or 0) // multiple) * multiple


def _cut_blocks(plan: Plan, model: Architecture, tensor: int) -> list[tuple[str, int, int]]:
    """Return the layers whose share is not a multiple of the FP8 block: what it is, its width, its parts."""
    blocks = model.quantization.weight_block_size if model.quantization else ()
    if not blocks:
        return []
    whole_experts = plan.server.value("enable-expert-parallel")
    # Without expert parallelism vLLM cuts each expert over the data parallel ranks as well.
    parts = [
        (what, width, tensor * plan.group.data if part == "experts" else tensor)
        for part, what in _CUT.items()
        for cut, width in model.blocked
        if cut == part and not (part == "experts" and whole_experts)
    ]
    return [part for part in parts if not _whole_blocks(plan, part, blocks)]


def _whole_blocks(plan: Plan, part: tuple[str, int, int], blocks: tuple[int, ...]) -> bool:
    """Tell whether a share holds whole blocks; newer releases refine those of routed experts."""
    what, width, ranks = part
    refined = vllm_startup.refined_blocks()
    if what == _EXPERT and vllm.at_least(plan.server.release, refined.since):
        blocks = tuple(min(block, refined.least) for block in blocks)
    return width % ranks == 0 and not any(width // ranks % block for block in blocks)


def _odd_share(model: Architecture, tensor: int) -> str | None:
    """Say what of a layer cannot be shared out: the width of a dense MLP, or heads of unequal groups."""
    for layer in model.kinds:
        mixer = layer.mixer
        if isinstance(mixer, Attention):
            heads, kept = mixer.heads // tensor, max(1, mixer.kv_heads // tensor)
            if heads % kept:
                return (
                    f"gives each rank {heads} attention heads, not a multiple of its {kept} key/value heads"
                )
        for linear in layer.linears:
            if linear.part == "dense" and linear.split == "rows" and linear.inputs % tensor:
                return f"does not divide the {linear.inputs} columns of a dense MLP"
    return None


_NO_SIZE = "no tensor parallel size up to one node fits this model"


def _sizes(plan: Plan) -> str:
    """Say which sizes this model supports, up to two nodes."""
    model, platform = plan.model.architecture, plan.platform
    assert model is not None  # noqa: S101  # the rules that ask have looked
    fitting = [size for size in range(1, 2 * platform.gpus_per_node + 1) if _fits(plan, model, size)]
    inside = [size for size in fitting if size <= platform.gpus_per_node]
    if not inside:
        return _NO_SIZE
    words = listed(str(size) for size in fitting)
    return f"use {words} ({inside[-1]} keeps tensor parallelism inside one {platform.id} node)"


@rule(
    code="R1C201",
    slug="tensor-divides-heads",
    severity=Severity.ERROR,
    title="Tensor parallel size does not divide the attention heads",
    why="vLLM gives each tensor parallel rank the same number of attention heads, and refuses to start if "
    "that is not possible (vllm-project/vllm#596, #4232; evidence.md, PAR001). The tensor parallel size must "
    "also divide the groups of Mamba 2 layers.",
    example="spec:\n  parallelism:\n    tensor: 6\n",
    fix="Use a tensor parallel size that divides the number of heads.",
    fields=("spec.parallelism.tensor", "spec.model", "spec.platform", "spec.vllm.args"),
)
def tensor_divides_heads(plan: Plan) -> Iterator[Finding]:
    """Check heads % tensor for a known model, and the groups of its Mamba 2 layers."""
    model, tensor = plan.model.architecture, plan.group.tensor
    if model is None:
        return
    groups = _uneven_groups(model, tensor)
    if heads_divide(plan):
        if groups:
            yield Finding(
                TENSOR,
                f"tensor parallel size {tensor} does not divide the {groups} groups in the Mamba layers of "
                f"{plan.model.id}",
                _sizes(plan),
                related=(Related(f"{plan.model.id} has {groups} groups", place=model.place),),
            )
        return
    heads = _uneven(model, tensor)
    yield Finding(
        TENSOR,
        f"tensor parallel size {tensor} does not divide the {heads} attention heads of {plan.model.id}",
        _sizes(plan),
        related=(Related(f"{plan.model.id} has {heads} attention heads", place=model.place),),
    )


@rule(
    code="R1C202",
    slug="tensor-shares-key-value-heads",
    severity=Severity.ERROR,
    title="Key/value heads do not divide evenly among the tensor parallel ranks",
    why="With fewer ranks than key/value heads, each rank gets several heads; with more ranks, each head is "
    "copied to several ranks. In both cases the numbers must divide evenly, or an assertion in the model's "
    "code fails at start (vllm-project/vllm#11797; evidence.md, PAR002).",
    example="spec:\n  model: {id: zai-org/GLM-4.5}\n  vllm: {version: v0.11.0}\n  parallelism: {tensor: 12, "
    "pipeline: 2}\n  nodes: 3\n",
    fix="Use a tensor parallel size that divides the key/value heads, or a multiple of them.",
    fields=("spec.parallelism.tensor", "spec.model", "spec.platform", "spec.vllm.args"),
)
def tensor_shares_key_value_heads(plan: Plan) -> Iterator[Finding]:
    """Check key/value heads % tensor or tensor % key/value heads; MLA has no such heads."""
    model, tensor = plan.model.architecture, plan.group.tensor
    heads = _not_shared(model, tensor) if model and heads_divide(plan) else None
    if model is None or heads is None:
        return
    yield Finding(
        TENSOR,
        f"tensor parallel size {tensor} neither divides the {heads} key/value heads of {plan.model.id} nor "
        "is a multiple of them"
        if tensor % heads
        else f"tensor parallel size {tensor} is above the {heads} key/value heads of {plan.model.id}, which "
        "vLLM does not copy for this model",
        _sizes(plan),
        related=(Related(f"{plan.model.id} has {heads} key/value heads", place=model.place),),
    )


@rule(
    code="R1C203",
    slug="key-value-heads-copied",
    severity=Severity.WARNING,
    title="Copies of key/value heads waste KV cache",
    why="With more tensor parallel ranks than key/value heads, a group stores each head several times, and "
    "the additional ranks add no room for tokens (vllm-project/vllm#11797; evidence.md, PAR002).",
    example="spec:\n  model: {id: Qwen/Qwen3-235B-A22B}\n  vllm: {version: v0.10.0}\n",
    fix="Lower the tensor parallel size to the number of key/value heads, and raise pipeline or replicas.",
    fields=("spec.parallelism", "spec.nodes", "spec.model", "spec.platform", "spec.vllm.args"),
    edits="unsafe",
)
def key_value_heads_copied(plan: Plan) -> Iterator[Finding]:
    """Report tensor > key/value heads inside one node; R1C207 reports it across nodes.

    A single head is always copied, and decode context parallelism divides the copies.
    """
    model, group = plan.model.architecture, plan.group
    if model is None or not model.kv_heads or not fits(plan):
        return
    heads, shared = max(model.kv_heads), plan.server.value("decode-context-parallel-size") or 1
    if heads == 1 or not heads < group.tensor <= group.gpus_per_node or group.ranks != group.gpus:
        return
    if isinstance(shared, int) and shared * heads >= group.tensor:
        return
    times = group.tensor // heads
    pipeline, edit = group.pipeline * times, None
    if stages.possible(plan, pipeline):
        help_ = f"write tensor: {heads} and pipeline: {pipeline}, which holds {times} times as many tokens "
        help_ += "on the same GPUs"
        edit = unsafe(Put(TENSOR, heads), Put(PIPELINE, pipeline))
    else:
        gpus = group.gpus // times
        nodes = f", nodes: {-(-gpus // group.gpus_per_node)}" if group.nodes > 1 else ""
        help_ = f"write tensor: {heads}{nodes} and replicas: {group.replicas * times}, if {gpus} GPUs can "
        help_ += f"hold the model, which cannot have {pipeline} pipeline stages here"
    yield Finding(
        TENSOR,
        f"tensor parallel size {group.tensor} is more than the {heads} key/value heads of {plan.model.id}: "
        f"each head is stored {times} times",
        help_,
        edit=edit,
        related=(Related(f"{plan.model.id} has {heads} key/value heads", place=model.place),),
    )


@rule(
    code="R1C205",
    slug="tensor-cuts-fp8-blocks",
    severity=Severity.ERROR,
    title="Tensor parallel size cuts through FP8 blocks",
    why="Block-quantised weights have one scale per block, so two ranks cannot share a block; vLLM refuses "
    "the model while it loads (vllm-project/vllm#17569, #52997, #12256; evidence.md, PAR003).",
    example="spec:\n  vllm: {version: v0.10.0}\n  model: {id: Qwen/Qwen3-235B-A22B-FP8}\n",
    fix="Lower the tensor parallel size and raise pipeline, or keep the experts whole with "
    "enable-expert-parallel.",
    fields=("spec.parallelism.tensor", "spec.model", "spec.platform", "spec.vllm.args"),
)
def tensor_cuts_fp8_blocks(plan: Plan) -> Iterator[Finding]:
    """Check dense MLP, shared expert and routed experts against the block size of the checkpoint."""
    model, tensor = plan.model.architecture, plan.group.tensor
    if model is None or not heads_divide(plan) or _not_shared(model, tensor) or _other_layers(plan):
        return
    cut = _cut_blocks(plan, model, tensor)
    if not cut or model.quantization is None:
        return
    what, width, parts = cut[0]
    block = max(model.quantization.weight_block_size)
    ranks = f"tensor parallel size {tensor}"
    if parts != tensor:
        ranks += f" x data parallel size {plan.group.data}"
    share = f"{width / parts:.1f}" if width % parts else str(width // parts)
    help_ = _sizes(plan)
    if [item[0] for item in cut] == [_EXPERT]:
        since = vllm_history.since("enable-expert-parallel")
        whole = f"enable-expert-parallel: true (from {since}), which leaves the experts whole"
        help_ = f"write {whole}: {help_}" if help_ == _NO_SIZE else f"{help_}, or {whole}"
    yield Finding(
        TENSOR,
        f"{ranks} cuts {what} of {plan.model.id} from {width} to {share}, which is not a multiple of the FP8 "
        f"block of {block}",
        help_,
        related=(Related(f"{plan.model.id} has weight blocks of {block}", place=model.place),),
    )


_RESHAPED = frozenset(("architectures", "intermediate_size", "moe_intermediate_size"))
"""Keys of hf-overrides that give a checkpoint other layers than its config.json."""


def _other_layers(plan: Plan) -> bool:
    """Tell whether hf-overrides replaces the checkpoint's layers, or its blocks by another quantization."""
    overrides = mapping(named_settings.value(plan, "hf-overrides")) or {}
    given = overrides.get("quantization_config")
    blocks = isinstance(given, Mapping) and given.get("weight_block_size")
    return not _RESHAPED.isdisjoint(overrides) or ("quantization_config" in overrides and not blocks)


@rule(
    code="R1C206",
    slug="tensor-divides-vocabulary",
    severity=Severity.ERROR,
    title="Tensor parallel size does not divide the padded vocabulary",
    why="vLLM pads the vocabulary to a multiple of 64 and asserts that the ranks divide it "
    "(evidence.md, memory).",
    example="spec:\n  model: {id: zai-org/GLM-4.5}\n  vllm: {version: v0.11.0}\n  parallelism: {tensor: 24, "
    "pipeline: 1}\n  nodes: 3\n",
    fix="Use a power of two, or another size that divides the padded vocabulary.",
    fields=("spec.parallelism.tensor", "spec.model", "spec.platform", "spec.vllm.args"),
)
def tensor_divides_vocabulary(plan: Plan) -> Iterator[Finding]:
    """Check the vocabulary, rounded up, % tensor."""
    model, tensor = plan.model.architecture, plan.group.tensor
    if model is None or not heads_divide(plan) or _not_shared(model, tensor):
        return
    padded = _padded(model)
    if padded % tensor == 0:
        return
    yield Finding(
        TENSOR,
        f"tensor parallel size {tensor} does not divide the {padded:,} tokens of {plan.model.id}'s vocabulary"
        + (f" ({model.vocab_size:,} with vLLM's padding)" if padded != model.vocab_size else ""),
        _sizes(plan),
        related=(Related(f"{plan.model.id} has {model.vocab_size:,} tokens", place=model.place),),
    )


@rule(
    code="R1C219",
    slug="tensor-divides-layers",
    severity=Severity.ERROR,
    title="Tensor parallel size does not divide a layer",
    why="vLLM cuts a dense MLP into equal columns, and each rank's attention heads into equal groups for its "
    "key/value heads. If that is not possible, an assertion fails while the model is built "
    "(model_executor/layers/linear.py and attention).",
    example="spec:\n  model:\n    id: acme/odd\n    config: {architectures: [LlamaForCausalLM], model_type: "
    "llama, hidden_size: 4096,\n      intermediate_size: 14340, num_attention_heads: 32, num_hidden_layers: "
    "32,\n      num_key_value_heads: 8, vocab_size: 128256, max_position_embeddings: 131072}\n",
    fix="Use a tensor parallel size that divides the layer, and check the sizes of your config.json.",
    fields=("spec.parallelism.tensor", "spec.model", "spec.platform", "spec.vllm.args"),
)
def tensor_divides_layers(plan: Plan) -> Iterator[Finding]:
    """Check the dense MLP and the heads of a rank, where the coarser checks find nothing."""
    model, tensor = plan.model.architecture, plan.group.tensor
    if (
        model is None
        or not heads_divide(plan)
        or _not_shared(model, tensor)
        or _cut_blocks(plan, model, tensor)
    ):
        return
    fault = _odd_share(model, tensor)
    if fault:
        yield Finding(
            TENSOR,
            f"tensor parallel size {tensor} {fault}",
            _sizes(plan),
            related=(Related(f"the sizes of {plan.model.id}", place=model.place),),
        )


RULES: tuple[Rule, ...] = (
    tensor_divides_heads,
    tensor_shares_key_value_heads,
    key_value_heads_copied,
    tensor_cuts_fp8_blocks,
    tensor_divides_vocabulary,
    tensor_divides_layers,
)
