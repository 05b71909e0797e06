"""A name and a vLLM release -> in which other releases it was a flag, a value, a variable or a parser."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Literal

from r1c import facts
from r1c.facts import vllm
from r1c.record import record

ParserKind = Literal["tool", "reasoning"]


@record
class Elsewhere:
    """The nearest releases that have a name which one release lacks.

    The last sampled release before it and the first after it.
    """

    before: str | None
    after: str | None

    @property
    def words(self) -> str:
        """Say it as the end of a sentence."""
        if self.before and self.after:
            return f"it was available up to {self.before}, and again from {self.after}"
        return (
            f"it was available up to {self.before}" if self.before else f"it is available from {self.after}"
        )


def _elsewhere(version: str, has: Callable[[str], bool]) -> Elsewhere | None:
    order = vllm.versions()
    here = order.index(version)
    before = next((other for other in reversed(order[:here]) if has(other)), None)
    after = next((other for other in order[here + 1 :] if has(other)), None)
    return Elsewhere(before, after) if before or after else None


def flag(name: str, version: str) -> Elsewhere | None:
    """Return where a flag of `vllm serve` is that a sampled release lacks, None if no release has it."""
    return _elsewhere(version, lambda other: vllm.has("serve", name, other))


def value(name: str, text: str, version: str) -> Elsewhere | None:
    """Return where a flag takes a value that a sampled release refuses, None if no release names it."""

    def takes(other: str) -> bool:
        found = vllm.flag("serve", name, other)
        return found is not None and found.choices is not None and text in found.choices

    return _elsewhere(version, takes)


def removed_in(name: str, version: str) -> str:
    """Return the release in which a flag went that an earlier sampled release still had."""
    entry = vllm.data()["serve"][f"--{name}"]
    known = flag(name, version)
    last = known.before if known and known.before else version
    gone: str = entry.get("gone_in") or vllm.after(last)
    return gone


def instead(name: str) -> tuple[str | None, str | None]:
    """Return what upstream names instead of a flag, and why its line can go where nothing is needed."""
    entry = vllm.data()["serve"][f"--{name}"]
    return entry.get("use") or entry.get("deprecated", {}).get("use"), entry.get("drop")


def trap(name: str, version: str) -> str | None:
    """Return the flag that a sampled release takes this name for, because it is the beginning of that one."""
    for whole, (first, last) in vllm.data()["serve"].get(f"--{name}", {}).get("prefix_of", {}).items():
        if vllm.between(version, first, last):
            return str(whole)[2:]
    return None


def every_flag() -> tuple[str, ...]:
    """Return the flags of `vllm serve` in all sampled releases, without dashes."""
    return tuple(name[2:] for name in vllm.data()["serve"])


def short_names(name: str) -> tuple[str, ...]:
    """Return the other names of a flag, with their dashes."""
    return tuple(vllm.data()["serve"][f"--{name}"].get("aliases", ()))


def every_variable() -> tuple[str, ...]:
    """Return the environment variables that some sampled release reads."""
    return tuple(vllm.data()["env"])


def cited() -> str:
    """Return where the table is from, and when it was read."""
    return f"{vllm.data()['source']}; read on {vllm.data()['date']}"


def reads(variable: str, version: str) -> bool:
    """Tell whether a sampled release reads an environment variable."""
    known = vllm.data()["env"].get(variable)
    return variable in _read_directly() or (known is not None and vllm.within(version, known))


@cache
def _read_directly() -> frozenset[str]:
    """Return the variables that modules of vLLM read themselves, beside those of vllm/envs.py."""
    return frozenset(facts.data("startup")["readDirectly"]["variables"])


@cache
def variables(version: str) -> tuple[str, ...]:
    """Return the environment variables that a sampled release reads."""
    return tuple(name for name in vllm.data()["env"] if reads(name, version))


def variable(name: str, version: str) -> Elsewhere | None:
    """Return which releases read a variable that a sampled release does not, None if none does."""
    return _elsewhere(version, lambda other: reads(name, other))


def _parses(kind: ParserKind, name: str, version: str) -> bool:
    known = vllm.data()["parsers"][kind].get(name)
    return known is not None and vllm.within(version, known)


def parsers(kind: ParserKind, version: str) -> tuple[str, ...]:
    """Return the names of a sampled release's tool or reasoning parsers."""
    return tuple(name for name in vllm.data()["parsers"][kind] if _parses(kind, name, version))


def parser(kind: ParserKind, name: str, version: str) -> Elsewhere | None:
    """Return which releases have a parser that a sampled release lacks, None if none has."""
    return _elsewhere(version, lambda other: _parses(kind, name, other))


def since(name: str) -> str | None:
    """Return the sampled release that first had a flag, None for one that is older or not known."""
    entry = vllm.data()["serve"].get(f"--{name}", {})
    first: str | None = entry.get("since")
    return None if first == vllm.versions()[0] else first
