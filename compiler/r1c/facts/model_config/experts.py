"""MLPs and experts: the fields of a config.json -> widths, numbers, and the weights of a layer."""

from __future__ import annotations

from r1c.facts.model import Dense, Experts, Linear, Part
from r1c.facts.model_config.fields import Text, is_size
from r1c.facts.model_config.layers import Kind, of_type
from r1c.record import record

_ROUND = 256


@record
class Mlp:
    """What follows the mixer, its linears, and numbers that every rank holds whole."""

    mlp: Dense | Experts
    linears: tuple[Linear, ...]
    plain: int = 0
    floats: int = 0


def count(text: Text) -> int:
    """Return the number of routed experts, 0 for a dense model."""
    if text.get("enable_moe_block") is False:
        return 0
    value = text.get("experts")
    if isinstance(value, list) and value:
        value = value[0]
    return int(value) if is_size(value) and value > 1 else 0


def dense(text: Text, kind: Kind, *, beside_experts: bool) -> Mlp | str:
    """Return the MLP of a layer without experts, or the field that is missing."""
    hidden, width = text.size("hidden_size"), _width(text, kind, beside_experts=beside_experts)
    if hidden is None or width is None:
        return "intermediate_size" if hidden else "hidden_size"
    return Mlp(Dense(width), _mlp(text, "mlp", "dense", hidden, width))


def experts(text: Text, kind: Kind) -> Mlp | str:
    """Return the experts of a layer, or the field that is missing."""
    hidden, number, chosen = text.size("hidden_size"), count(text), _chosen(text)
    if hidden is None or chosen is None:
        return "num_experts_per_tok" if hidden else "hidden_size"
    width = text.size("moe_intermediate_size") or _listed(text) or text.size("intermediate_size")
    if width is None:
        return "moe_intermediate_size"
    shared = _shared(text, width)
    latent = text.size("moe_latent_size") or text.size("routed_expert_hidden_size")
    into = latent or hidden
    bias = of_type("biased", text.model_type, "experts")
    names = ("up_proj",) if _ungated(text) else ("gate_proj", "up_proj")
    where = "experts.0" if text.get("enable_moe_block") is True else "mlp.experts.0"
    linears = [
        Linear(f"{where}.{name}", "experts", into, width, "columns", count=number, bias=bias)
        for name in names
    ]
    linears.append(Linear(f"{where}.down_proj", "experts", width, into, "rows", count=number, bias=bias))
    if latent:
        linears += [
            Linear("mlp.fc1_latent_proj", "shared", hidden, latent, "whole"),
            Linear("mlp.fc2_latent_proj", "shared", latent, hidden, "whole"),
        ]
    if shared:
        linears += _mlp(text, "mlp.shared_experts", "shared", hidden, shared)
    beside = 0
    if text.get("enable_moe_block") is True:
        own = dense(text, kind, beside_experts=False)
        if isinstance(own, str):
            return own
        linears += own.linears
        beside = own.mlp.width if isinstance(own.mlp, Dense) else 0
    floats = number if text.get("topk_method") == "noaux_tc" or text.has("use_routing_bias") else 0
    router = number * hidden
    plain = hidden if of_type("sharedGate", text.model_type) else 0
    if of_type("floatRouters", text.model_type):
        floats += router
    else:
        plain += router
    mlp = Experts(
        n_routed_experts=number,
        num_experts_per_tok=chosen,
        moe_intermediate_size=width,
        shared_width=shared,
        dense_width=beside,
    )
    return Mlp(mlp, tuple(linears), plain, floats)


def _chosen(text: Text) -> int | None:
    value = text.get("num_experts_per_tok")
    if isinstance(value, list) and value:
        value = value[0]
    return int(value) if is_size(value) else None


def _listed(text: Text) -> int | None:
    """Return a width that is given for each layer or kind of expert and is the same for all."""
    values = text.listed("moe_intermediate_size")
    return values[0] if values and is_size(values[0]) else None


def _shared(text: Text, width: int) -> int:
    """Return the width of the shared expert: given as such, or as so many experts."""
    number = text.get("n_shared_experts")
    if isinstance(number, list) and number:
        number = number[0]
    own = text.size("shared_width")
    if own:
        return own * (number if is_size(number) else 1)
    if is_size(number):
        return int(number) * width
    return width if text.model_type.startswith("llama4") else 0


def _width(text: Text, kind: Kind, *, beside_experts: bool) -> int | None:
    """Return the width of a dense MLP; one beside layers of experts may have a field of its own."""
    hidden = text.size("hidden_size") or 0
    if kind.own is not None:
        multiple = kind.own.get("ffn_mult")
        if isinstance(multiple, int | float) and not isinstance(multiple, bool) and 0 < multiple < _ROUND:
            return -(-int(2 * multiple * hidden / 3) // _ROUND) * _ROUND
        own = kind.own.get("intermediate_size")
        return int(own) if is_size(own) else None
    for key in ("intermediate_size_mlp", "dense_intermediate_size") if beside_experts else ():
        width = text.size(key)
        if width:
            return width
    width = text.size("intermediate_size")
    if width is None and not count(text):
        width = text.size("shared_width")
    if width is None and of_type("fourTimes", text.model_type):
        return 4 * hidden
    return width


def _mlp(text: Text, name: str, part: Part, hidden: int, width: int) -> tuple[Linear, ...]:
    bias = text.get("mlp_bias") is True or of_type("biased", text.model_type, "mlp")
    names = ("up_proj",) if _ungated(text) else ("gate_proj", "up_proj")
    return (
        *(Linear(f"{name}.{item}", part, hidden, width, "columns", bias=bias) for item in names),
        Linear(f"{name}.down_proj", part, width, hidden, "rows", bias=bias),
    )


def _ungated(text: Text) -> bool:
    return of_type("ungated", text.model_type)
