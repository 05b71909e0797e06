"""A known model -> what r1c knows of it, in words, and the smallest group on each machine."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import lru_cache

from r1c import facts
from r1c.adopt import starter
from r1c.capacity import estimate
from r1c.capacity.ranges import gib
from r1c.commands.entries import entries
from r1c.commands.init import choose
from r1c.diagnostics.columns import aligned
from r1c.diagnostics.suggest import counted
from r1c.facts import starting_point, vllm
from r1c.facts.model import Architecture, Attention, Experts, LatentAttention, Mixer, State
from r1c.facts.model_table import KnownModel
from r1c.record import record
from r1c.resolve.plan import Plan

_STATES = {
    "mamba": "Mamba",
    "mamba2": "Mamba-2",
    "gated_delta": "gated delta",
    "kimi_delta": "Kimi delta",
    "lightning": "lightning",
    "short_conv": "short convolution",
}


@record
class Fit:
    """The smallest group for a model on a platform."""

    platform: str
    plan: Plan


@lru_cache(maxsize=256)
def fits(model: str) -> tuple[Fit, ...]:
    """Return the smallest group on each platform on which a model fits, in the order of the platforms.

    It is that of `r1c init`, in its release or the first one that serves the model.
    """
    read = facts.architecture(model)
    if read is None or read.unsized:
        return ()
    plans = ((id_, choose(id_, model, starter.start(id_)).plan) for id_ in facts.platforms())
    return tuple(Fit(id_, plan) for id_, plan in plans if plan and estimate(plan))


def page(model: KnownModel) -> str:
    """Return all that r1c knows of a model."""
    read = model.architecture
    lines = [model.id, f"{', '.join(read.architectures)}; model_type {read.model_type}", ""]
    lines += [*entries(_facts(model)), "", *_groups(model)]
    return "\n".join(lines) + "\n"


def _facts(model: KnownModel) -> Iterator[tuple[str, str]]:
    read = model.architecture
    yield "Also named", ", ".join((*model.aliases, *model.former_names))
    yield "Parameters", parameters(model)
    yield "Layers", "; ".join(_layers(read)) or "unknown"
    yield "Attention", "; ".join(_mixers(read))
    yield "Context", f"{read.max_position_embeddings:,} tokens" if read.max_position_embeddings else "unknown"
    yield "Weights", _weights(read)
    yield "Checkpoint", checkpoint(read)
    yield "Input", "text, images and more" if read.multimodal else "text"
    yield "Access", "accept the licence on its page first" if read.gated else "open"
    yield "Own code", ", ".join(read.remote_code)
    yield "vLLM", f"{since(model)} or newer" if model.first_release else "no release that r1c knows"
    yield "Unverified", "; ".join(read.unverified)
    yield "Source", f"{model.source}; read on {model.date}"


def parameters(model: KnownModel) -> str:
    """Write the parameters in billions."""
    return "unknown" if model.parameters is None else f"{model.parameters / 10**9:,.1f} B"


def checkpoint(read: Architecture) -> str:
    """Write the size of the checkpoint's files."""
    return "unknown size" if read.checkpoint_bytes is None else f"{read.checkpoint_bytes / 10**9:,.1f} GB"


def since(model: KnownModel) -> str:
    """Return the oldest release that r1c knows and that serves a model."""
    first = model.first_release
    if first is None:
        return "unknown"
    return max(first, vllm.versions()[0], key=lambda version: vllm.key(version) or ())


def weights(read: Architecture) -> str:
    """Name the format of the weights."""
    if read.quantization:
        return read.quantization.method
    return read.checkpoint_weight_dtype if read.layers else "unknown"


def _weights(read: Architecture) -> str:
    quantised = read.quantization
    if quantised is None:
        return weights(read)
    blocks = " x ".join(map(str, quantised.weight_block_size))
    groups = f", groups of {quantised.group_size}" if quantised.group_size else ""
    return f"{quantised.method}{f', blocks of {blocks}' if blocks else groups}"


def attention(read: Architecture) -> str:
    """Name the kinds of attention of a model, each once: MLA, or GQA + window."""
    kinds = dict.fromkeys(kind for layer in read.layers if layer.mixer for kind in _kinds(layer.mixer))
    return " + ".join(sorted(kinds, key=lambda kind: kind in ("window", "chunks", "index"))) or "unknown"


def _kinds(mixer: Mixer) -> tuple[str, ...]:
    if isinstance(mixer, State):
        return (_STATES[mixer.kind],)
    index = ("index",) if mixer.index else ()
    if isinstance(mixer, LatentAttention):
        return ("MLA", *index)
    window = () if mixer.window is None else ("chunks" if mixer.chunked else "window",)
    return (_heads(mixer), *window, *index)


def _heads(mixer: Attention) -> str:
    if mixer.kv_heads == 1:
        return "MQA"
    return "MHA" if mixer.kv_heads == mixer.heads else "GQA"


def _mixers(read: Architecture) -> Iterator[str]:
    counted = Counter(layer.mixer for layer in read.layers if layer.mixer)
    for text, number in _summed((_mixer(mixer), number) for mixer, number in counted.items()).items():
        yield f"{_some(number, read)}{text}"


def _mixer(mixer: Mixer) -> str:
    if isinstance(mixer, State):
        return f"{_STATES[mixer.kind]} with {mixer.heads} heads"
    found = ", sparse by an index" if mixer.index else ""
    if isinstance(mixer, LatentAttention):
        return f"MLA with {mixer.heads} heads{found}"
    window = f" of {mixer.window:,} tokens" if mixer.window is not None else ""
    sees = f", in {'chunks' if mixer.chunked else 'a window'}{window}" if window else ""
    return f"{_heads(mixer)} with {mixer.heads} heads and {mixer.kv_heads} KV heads{sees}{found}"


def _layers(read: Architecture) -> Iterator[str]:
    if not read.layers:
        return
    yield f"{len(read.layers)}, hidden size {read.hidden_size:,}, vocabulary {read.vocab_size:,}"
    counted = Counter(layer.mlp for layer in read.layers)
    kinds = (
        (_experts(mlp) if isinstance(mlp, Experts) else "a dense MLP" if mlp else "no MLP", number)
        for mlp, number in counted.items()
    )
    for text, number in _summed(kinds).items():
        yield f"{number} with {text}"


def _experts(mlp: Experts) -> str:
    shared = " and a shared one" if mlp.shared_width else ""
    return f"{mlp.n_routed_experts} experts, {mlp.num_experts_per_tok} for each token{shared}"


def _summed(counted: Iterator[tuple[str, int]]) -> Counter[str]:
    total: Counter[str] = Counter()
    for text, number in counted:
        total[text] += number
    return total


def _some(number: int, read: Architecture) -> str:
    return "" if number == len(read.layers) else f"{number} of {len(read.layers)} layers: "


def _groups(model: KnownModel) -> Iterator[str]:
    found = fits(model.id)
    if model.unsized:
        yield f"Not sized: {model.unsized}."
        yield "Give its config.json as spec.model.config, and r1c sizes it if it can."
        return
    if not found:
        yield f"No machine on which r1c finds a group of at most {starter.LARGEST} nodes."
        return
    rows = [("Platform", "vLLM", "Smallest group", "Parallelism", "Weights per GPU", "KV cache")]
    for fit in found:
        capacity = estimate(fit.plan)
        assert capacity is not None  # noqa: S101  # fits() has looked
        held = gib(max(stage.weights.high for stage in capacity.stages))
        size = f"{capacity.tokens} tokens"
        rows.append(
            (fit.platform, fit.plan.server.version, group(fit.plan), parallelism(fit.plan), held, size)
        )
    yield from aligned(rows)
    yield ""
    length = starting_point.read().max_model_len
    yield f"The profile that `r1c init` prints, with a max-model-len of {length:,} or the model's own."


def group(plan: Plan) -> str:
    """Write the nodes and GPUs of a group; a part of a node as its GPUs."""
    group = plan.group
    gpus = counted(group.gpus, "GPU")
    if group.gpus < group.gpus_per_node:
        return gpus
    return f"{counted(group.nodes, 'node')}, {gpus}"


def parallelism(plan: Plan) -> str:
    """Write how a group's GPUs share the model."""
    pipeline = f" x pipeline {plan.group.pipeline}" if plan.group.pipeline > 1 else ""
    return f"tensor {plan.group.tensor}{pipeline}"
