"""R1C436: the values of VLLM_* variables, against the types that the release expects."""

from __future__ import annotations

import re
from collections.abc import Iterator

from r1c.check.rule import Rule, rule
from r1c.diagnostics import Edit, Finding, Path, Put, Severity, safe
from r1c.diagnostics.suggest import LISTED, closest, corrected, listed
from r1c.facts import vllm_history, vllm_startup
from r1c.profile.paths import ENV
from r1c.resolve.plan import Plan

_LEVELS = ("CRITICAL", "FATAL", "ERROR", "WARNING", "WARN", "INFO", "DEBUG", "NOTSET")
_NAMED = {"VLLM_ATTENTION_BACKEND": "attention-backend", "VLLM_ALL2ALL_BACKEND": "all2all"}
"""Variables whose values are those of a registry."""
_ON = {"true", "yes", "on", "t", "y"}
_OFF = {"false", "no", "off", "f", "n", ""}


_Misfit = tuple[str, str, str | None]
"""What a variable must be, what to write, and the value that was probably meant."""


def _integer(text: str) -> _Misfit | None:
    try:
        int(text)
    except ValueError:
        unit = re.fullmatch(r"[0-9.]+ ?[A-Za-z]+", text)
        return "an integer", "write an integer without a unit" if unit else "write an integer", None
    return None


def _truth(text: str) -> _Misfit | None:
    if _integer(text) is None:
        return None
    word = text.strip().lower()
    near = "1" if word in _ON else "0" if word in _OFF else None
    return "0 or 1", f'write "{near}"' if near else 'write "1" or "0"', near


def _number(text: str) -> _Misfit | None:
    try:
        float(text)
    except ValueError:
        return "a number", "write a number", None
    return None


def _choice(text: str, choices: tuple[str, ...], *, any_case: bool) -> _Misfit | None:
    taken = {choice.lower() for choice in choices} if any_case else set(choices)
    if (text.lower() if any_case else text) in taken:
        return None
    # An older release's FLASH_ATTN_VLLM_V1 is FLASH_ATTN, not FLASH_ATTN_MLA, whose letters are nearer.
    stem = max((choice for choice in choices if text.startswith(f"{choice}_")), key=len, default=None)
    near = stem or closest(text, choices)
    wanted = f"one of {', '.join(choices)}" if len(choices) <= LISTED else "one of its values"
    return wanted, f"did you mean {near}?" if near else f"use {listed(choices)}", near


def misfit(name: str, text: str, release: str) -> _Misfit | None:
    """Return what a sampled release expects of a variable, the help and the value meant; None if valid."""
    kind = vllm_startup.variable(name, release)
    if name in _NAMED and vllm_history.reads(name, release):
        choices = vllm_startup.values(_NAMED[name], release)
        if choices:
            return _choice(text, choices, any_case=False)
    if kind is None:
        return None
    if kind in ("level", "Level"):
        return _choice(text, _LEVELS, any_case=kind == "Level")
    if "=" in kind:
        head, _, listed_ = kind.partition("=")
        return _choice(text, tuple(listed_.split(",")), any_case=head == "Choices")
    return {"int": _integer, "flag": _truth, "float": _number}[kind](text)


@rule(
    code="R1C436",
    slug="variable-value",
    severity=Severity.ERROR,
    title="Invalid value of a VLLM_* variable",
    why="vLLM converts a variable when it first uses it, and the server exits if an integer variable has a "
    "word or a choice is not in the list (vllm/envs.py of each release; facts/vllm_startup.json).",
    example="spec:\n  vllm:\n    env: {VLLM_LOGGING_LEVEL: verbose}\n",
    fix="Write a value of the type that the message names; switches are 0 or 1.",
    fields=("spec.vllm.env", "spec.vllm.version"),
    edits="safe or unsafe",
)
def variable_value(plan: Plan) -> Iterator[Finding]:
    """Check the values of the variables whose type is known for the release."""
    for name, text in plan.server.env.items():
        found = misfit(name, text, plan.server.release) if name.startswith("VLLM_") else None
        if found:
            yield Finding(
                (*ENV, name),
                f'{name} must be {found[0]} in vLLM {plan.server.version}, got "{text}"',
                found[1],
                edit=_edit((*ENV, name), text, found[2]),
            )


def _edit(path: Path, text: str, meant: str | None) -> Edit | None:
    return safe(Put(path, meant)) if meant in ("0", "1") else corrected(path, text, meant)


RULES: tuple[Rule, ...] = (variable_value,)
