"""The values of hf-overrides against the kinds that the model's config class accepts (part of R1C435)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from r1c.check.named_settings import figure
from r1c.diagnostics import Finding
from r1c.diagnostics.suggest import listed, with_type
from r1c.facts import config_kinds, vllm_startup
from r1c.facts.model import Architecture
from r1c.resolve.plan import Plan
from r1c.resolve.server import mapping

_EVERYWHERE: Mapping[str, tuple[str, ...]] = {
    "model_type": ("str",),
    "quantization_config": ("map", "null"),
}
"""Keys that vLLM itself reads in every release, with the kinds that it can read."""
_WORDS = {
    "size": "an integer",
    "int": "an integer",
    "float": "a number with a decimal point",
    "bool": "a boolean",
    "str": "a string",
    "null": "null",
    "list": "a list",
    "list:int": "a list of integers",
    "list:str": "a list of strings",
    "map": "a map",
}


def misfits(plan: Plan) -> Iterator[Finding]:
    """Yield the keys of hf-overrides whose value the class of the model's config.json refuses.

    Of a model that takes more than text only those that vLLM itself reads: its others lead into its parts.
    """
    argument, model = plan.server.argument("hf-overrides"), plan.model.architecture
    if argument is None or argument.flag is None or model is None:
        return
    written = isinstance(argument.value, Mapping)
    known = _EVERYWHERE if model.multimodal else _fields(plan, model)
    for key, value in (mapping(argument.value) or {}).items():
        wanted = known.get(key, ())
        if not wanted or any(_fits(kind, value) for kind in wanted):
            continue
        words = listed(dict.fromkeys(_word(kind) for kind in wanted if kind != "null"))
        yield Finding(
            (*argument.path, key) if written else argument.path,
            f"{key} in hf-overrides expects {words}, got {with_type(value)}",
            f"write {words}"
            + (" without quotes" if isinstance(value, str) and figure(value) is not None else ""),
        )


def _fields(plan: Plan, model: Architecture) -> Mapping[str, tuple[str, ...]]:
    """Return a key -> the kinds that it accepts: a few in each release, others where classes check them."""
    sizes = dict.fromkeys(vllm_startup.overridden_sizes(), ("size",))
    trusted = plan.server.value("trust-remote-code") is True
    own_code = trusted and any(name.startswith("AutoConfig") for name in model.remote_code)
    checked = config_kinds.fields(model.model_type, plan.server.release, own_code=own_code)
    return {**_EVERYWHERE, **sizes, **checked}


def _word(kind: str) -> str:
    return kind[1:] if kind.startswith("=") else _WORDS.get(kind, "a list")


def _fits(kind: str, value: Any) -> bool:
    head, _, held = kind.partition(":")
    if head == "list":
        items = value if isinstance(value, list) else [None]
        return isinstance(value, list) and (
            not held or all(any(_fits(each, item) for each in held.split(",")) for item in items)
        )
    return value == kind[1:] if kind.startswith("=") else _HAS[kind](value)


_HAS: Mapping[str, Callable[[Any], bool]] = {
    "size": lambda value: not isinstance(value, str | list | Mapping),
    "int": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "float": lambda value: isinstance(value, float),
    "bool": lambda value: isinstance(value, bool),
    "str": lambda value: isinstance(value, str),
    "null": lambda value: value is None,
    "map": lambda value: isinstance(value, Mapping),
}
