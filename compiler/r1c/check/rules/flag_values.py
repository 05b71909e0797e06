"""R1C4xx, the values in vllm.args, against what each flag accepts in the version."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from r1c.check.rule import Rule, rule
from r1c.check.rules.flags import flagged
from r1c.check.rules.vllm_version import VERSION_HERE
from r1c.diagnostics import Finding, Put, Severity, Value, either, safe
from r1c.diagnostics.suggest import LISTED, SHOWN, closest, listed, sure, with_type
from r1c.facts import vllm, vllm_history, vllm_startup
from r1c.facts.vllm import Flag
from r1c.resolve.plan import Plan
from r1c.resolve.server import Argument

_SUFFIXED = r"\d+(?:\.\d+)?[kKmMgGtT]"
_MAP_AFTER_ALL = ("additional-config", "hf-overrides")
"""Flags whose parser takes any text, and whose config class then refuses it if it is not a map."""
_Fault = tuple[str, str]
"""What is wrong, as the end of a sentence, and what to write."""


def _checked(plan: Plan) -> Iterator[tuple[Argument, Flag]]:
    """Yield the arguments that set a flag; R1C702 reports credentials."""
    return ((argument, flag) for argument, flag in flagged(plan) if argument.meant != "api-key")


def misfit(flag: Flag, value: Any, release: str) -> _Fault | None:
    """Say why a flag does not accept a value, and what to write; None if it does."""
    switch = flag.kind in ("switch", "bool", "inverse", "bool-value") or flag.type == "bool"
    if value is None:
        wanted = f"write {flag.name}: true" if switch else "give it a value"
        return "has no value", f"{wanted}, or remove the line"
    if switch:
        return _switch(flag, value)
    if flag.kind in ("json", "json-or-str", "key=value"):
        return _structured(flag, value, release)
    if flag.kind == "list":
        items = value if isinstance(value, list) else [value]
        if not items:
            return "is an empty list", "give at least one value, or remove the line"
        return next((found for item in items if (found := _item(flag, item))), None)
    if flag.kind == "optional-value" and value is True:
        return None
    if "." in flag.name:
        return None
    if isinstance(value, list | dict):
        return f"expects one value, got {with_type(value)}", f"write one {_wanted(flag)}"
    return _scalar(flag, value, release)


def _switch(flag: Flag, value: Any) -> _Fault | None:
    if flag.kind == "value" and isinstance(value, str) and value:
        return None  # bool() of any text is true, of which R1C437 tells
    if not isinstance(value, bool):
        near = "false" if str(value).lower() in ("false", "no", "off", "0") else "true"
        return f"expects true or false, got {with_type(value)}", f"write {flag.name}: {near}"
    # A switch without a form for false is off when it is left out, as lowering does.
    return None


_FLOW_MAP = re.compile(r"\{ *[\w.-]+: +[\w.-]+(, *[\w.-]+: +[\w.-]+)* *\}")
"""A map of YAML on one line that only lacks the quotes of JSON."""


def _structured(flag: Flag, value: Any, release: str) -> _Fault | None:
    text_too = flag.kind == "json-or-str" and flag.name not in _MAP_AFTER_ALL
    wanted = "a map or a string" if text_too else "a map"
    if isinstance(value, list) and (
        flag.name in _MAP_AFTER_ALL or vllm_startup.flag_class(flag.name, release)
    ):
        return _no_json(value, wanted)
    if isinstance(value, dict | list) or (text_too and isinstance(value, str)):
        return None
    if isinstance(value, int) and not isinstance(value, bool):
        return None if _takes_number(flag, release) else _no_json(value, wanted)
    if not isinstance(value, str):
        return _no_json(value, wanted)
    if flag.kind == "key=value":
        pairs = all("=" in pair for pair in value.split(","))
        return None if pairs else (f"expects key=value, got {with_type(value)}", f"write {wanted}")
    try:
        held = json.loads(value)
    except (ValueError, RecursionError):
        return (
            f"expects JSON, but {with_type(value)} is not valid JSON",
            f"write {value} without quotes"
            if len(value) <= SHOWN and re.fullmatch(_FLOW_MAP, value)
            else f"write {wanted}, which r1c writes as JSON",
        )
    if isinstance(held, dict) or (
        vllm_startup.flag_class(flag.name, release) is None and flag.name not in _MAP_AFTER_ALL
    ):
        return None
    number = isinstance(held, int) and not isinstance(held, bool)
    return None if number and _takes_number(flag, release) else _no_json(held, wanted)


def _takes_number(flag: Flag, release: str) -> bool:
    first, last = vllm.form_since(flag.name, "number"), vllm.form_until(flag.name, "number")
    return first is not None and vllm.between(release, first, last)


def _no_json(value: Any, wanted: str) -> _Fault:
    return f"expects a JSON object, got {with_type(value)}", f"write {wanted}, which r1c writes as JSON"


def _item(flag: Flag, item: Any) -> _Fault | None:
    if isinstance(item, dict) and flag.type == "str":
        return None
    if item is None or isinstance(item, list | dict):
        return "expects a list of single values", f"write each item as one {_wanted(flag)}"
    return _scalar(flag, item, "")


def _wanted(flag: Flag) -> str:
    return {"int": "integer", "float": "number"}.get(flag.type or "", "string")


def _share(value: str) -> str | None:
    """Return a percentage as a share: 0.95 for 95%."""
    number = value.removesuffix("%").strip()
    return f"{int(number) / 100:g}" if value.endswith("%") and number.isascii() and number.isdigit() else None


def _scalar(flag: Flag, value: Any, release: str) -> _Fault | None:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if flag.type == "int":
        if number:
            whole = isinstance(value, int) or value.is_integer()
            help_ = f"write {int(value)}" if whole else "write an integer"
            return None if isinstance(value, int) else (f"expects an integer, got {value}", help_)
        return _no_integer(flag, value, release)
    if flag.type == "float":
        if number:
            return None
        quoted = isinstance(value, str) and _reads(value)
        share = _share(value) if isinstance(value, str) else None
        help_ = f"write {value} without quotes" if quoted else f"write {share or 'a number'}"
        return f"expects a number, got {with_type(value)}", help_
    if isinstance(value, str | int) and not isinstance(value, bool):
        return None
    help_ = "write a string" if isinstance(value, bool) else f'write "{value}" in quotes'
    return f"expects a string, got {with_type(value)}", help_


def _no_integer(flag: Flag, value: Any, release: str) -> _Fault | None:
    if isinstance(value, str) and value.isascii() and value.isdigit():
        return f"expects an integer, got {with_type(value)}", f"write {value.lstrip('0') or 0} without quotes"
    since = None
    if value == "auto":
        since = vllm.form_since(flag.name, "auto")
    elif isinstance(value, str) and re.fullmatch(_SUFFIXED, value):
        since = vllm.form_since(flag.name, "suffix")
    if since is None or not release:
        return f"expects an integer, got {with_type(value)}", "write an integer"
    if vllm.at_least(release, since):
        return _no_decimals(value)
    return f"accepts {value} only from vLLM {since} on", "write the integer"


def _no_decimals(value: str) -> _Fault | None:
    """Refuse 1.5K, which is 1.5 times 1,024: vLLM accepts decimals with the suffixes of 1,000 alone."""
    if "." not in value or value[-1].islower():
        return None
    return (
        f"accepts no decimals with the suffix {value[-1]}, got {value}",
        f"write {value.lower()} or the integer",
    )


def _reads(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


@rule(
    code="R1C408",
    slug="flag-value",
    severity=Severity.ERROR,
    title="Wrong type of flag value",
    why="vLLM refuses `--flag=False` for a switch and words for numbers, and it does not start with invalid "
    "JSON (verl-project/verl#7624, vllm-project/vllm#10537; evidence.md, VLL005, VLL006).",
    example="spec:\n  vllm:\n    args: {max-num-seqs: many}\n",
    fix="Write true or false for a switch, and the number, string, list or map that another flag expects.",
    fields=("spec.vllm.args", "spec.vllm.version"),
    edits="safe",
)
def flag_value(plan: Plan) -> Iterator[Finding]:
    """Check each value against the type of its flag in the release."""
    for argument, flag in _checked(plan):
        found = misfit(flag, argument.value, plan.server.release)
        if found:
            new = _fitting(flag, argument.value)
            edit = None if new is None else safe(Put(argument.path, new))
            yield Finding(argument.path, f"{argument.meant} {found[0]}", found[1], edit=edit)


_DIGITS = 18
"""Characters of a quoted number: no flag takes a longer one."""
_TRUTH = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}


def _fitting(flag: Flag, value: Any) -> Value | None:
    """Return the value of the flag's type that one of another type can only mean."""
    if flag.kind in ("switch", "bool", "inverse", "bool-value") or flag.type == "bool":
        return _TRUTH.get(value.lower()) if isinstance(value, str) else None
    if flag.kind not in ("value", "optional-value") or isinstance(value, bool):
        return None
    text = value if isinstance(value, str) and value.isascii() and len(value) <= _DIGITS else ""
    if flag.type == "int":
        if isinstance(value, float) and value.is_integer():
            return int(value)
        return int(text) if text.isdigit() else None
    if flag.type == "float" and text and _reads(text):
        return int(text) if text.isdigit() else float(text)
    return str(value) if flag.type == "str" and isinstance(value, float) else None


_SHORT = {"bf16": "bfloat16", "fp16": "float16", "fp32": "float32"}
"""What people write for a dtype."""


@rule(
    code="R1C409",
    slug="flag-choice",
    severity=Severity.ERROR,
    title="Flag value not accepted by this vLLM release",
    why="vLLM refuses the value and exits immediately; the accepted values change from release to release "
    "(facts/vllm.json).",
    example="spec:\n  vllm:\n    args: {kv-cache-dtype: fp8_ds_mla}\n",
    fix="Use one of the values that this version accepts.",
    fields=("spec.vllm.args", "spec.vllm.version"),
    edits="safe or unsafe",
)
def flag_choice(plan: Plan) -> Iterator[Finding]:
    """Check values against the choices that the release's parser enforces."""
    for argument, flag in _checked(plan):
        release, choices = plan.server.release, flag.choices
        if choices is None or misfit(flag, argument.value, release):
            continue
        items = argument.value if isinstance(argument.value, list) else [argument.value]
        at, wrong = next(((at, str(it)) for at, it in enumerate(items) if str(it) not in choices), (0, None))
        if wrong is None:
            continue
        place = (*argument.path, at) if isinstance(argument.value, list) else argument.path
        elsewhere = vllm_history.value(argument.meant, wrong, release)
        short = _SHORT.get(wrong.lower()) if argument.meant == "dtype" else None
        near = short if short in choices else closest(wrong, choices)
        if near:
            help_ = f"did you mean {near}?"
        else:
            few = len(choices) <= LISTED
            help_ = f"use {listed(choices)}" if few else f"use one of: {', '.join(choices)}"
        yield Finding(
            argument.path,
            f"{argument.meant} does not accept {wrong or with_type(wrong)} in vLLM {plan.server.version}"
            + (f"; {elsewhere.words}" if elsewhere else ""),
            help_,
            related=(VERSION_HERE,) if elsewhere else (),
            edit=either(Put(place, near), sure=(near == short or sure(wrong, near)) and not elsewhere)
            if near
            else None,
        )


RULES: tuple[Rule, ...] = (flag_value, flag_choice)
