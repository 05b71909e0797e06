"""The flags and variables of a profile -> what a step does to each: removed, renamed, of another kind."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from r1c.check.rules.flag_releases import advice
from r1c.check.rules.flags import head
from r1c.diagnostics.suggest import listed
from r1c.facts import nccl_variables, vllm, vllm_changes, vllm_history, vllm_releases, vllm_startup
from r1c.facts.flag_words import value_of_flag
from r1c.resolve.plan import Plan
from r1c.resolve.server import Argument
from r1c.upgrade.history import Change, goes_back, on_the_way

AREA = "profile"


def of_flags(plan: Plan, old: str, new: str) -> Iterator[Change]:
    """Yield what a step between two sampled releases does to the flags that a profile has."""
    for argument in plan.server.arguments:
        name = head(argument)
        gone = _presence(name, old, new)
        if gone:
            yield gone
        elif vllm.has("serve", name, old) and vllm.has("serve", name, new):
            yield from _kept(argument, name, old, new)


def _presence(name: str, old: str, new: str) -> Change | None:
    found = on_the_way(old, new, lambda release: vllm.has("serve", name, release))
    if not found or vllm.has("serve", name, new):
        return None
    if goes_back(old, new):
        return Change(AREA, name, f"not there before {found[-1].since}", found[-1].since)
    return Change(AREA, name, f"removed; {advice(name)}", vllm_history.removed_in(name, new))


def _kept(argument: Argument, name: str, old: str, new: str) -> Iterator[Change]:
    def flag(release: str) -> vllm.Flag | None:
        return vllm.flag("serve", name, release)

    def value(release: str) -> str | None:
        there = flag(release)
        return value_of_flag(there) if there else None

    for turn in on_the_way(old, new, value):
        if turn.before and turn.after:
            yield Change(AREA, name, f"{turn.before} -> {turn.after}", turn.since)
    yield from _values(argument, name, old, new)
    yield from _keys(argument, name, old, new)
    after = flag(new)
    if after and after.deprecated and after.leaving:
        told = on_the_way(old, new, lambda release: bool((there := flag(release)) and there.deprecated))
        if told:
            yield Change(AREA, name, f"deprecated, {after.leaving}; {advice(name)}", told[-1].since)


def _values(argument: Argument, name: str, old: str, new: str) -> Iterator[Change]:
    """Say which values of the profile a flag does not accept any more."""
    items = argument.value if isinstance(argument.value, list) else [argument.value]
    for item in dict.fromkeys(str(item) for item in items if isinstance(item, str | int)):

        def accepts(release: str, item: str = item) -> bool:
            there = vllm.flag("serve", name, release)
            return there is None or there.choices is None or item in there.choices

        turns = on_the_way(old, new, accepts)
        after = vllm.flag("serve", name, new)
        if turns and after and after.choices and not accepts(new):
            text = f"does not accept {item}; it accepts {listed(after.choices, 'and')}"
            yield Change(AREA, name, text, turns[-1].since)


def _keys(argument: Argument, name: str, old: str, new: str) -> Iterator[Change]:
    """Say which keys of a JSON flag are not there, or are of another kind."""
    for key in argument.value if isinstance(argument.value, Mapping) else ():

        def kinds(release: str, key: Any = key) -> str | None:
            owner = vllm_startup.flag_class(name, release)
            return owner.fields.get(key) if owner else None

        for turn in on_the_way(old, new, kinds):
            if turn.after is None:
                yield Change(AREA, f"{name}.{key}", "this key is not there", turn.since)
            elif turn.before is not None:
                yield Change(AREA, f"{name}.{key}", f"{turn.before} -> {turn.after}", turn.since)


def of_variables(plan: Plan, old: str, new: str) -> Iterator[Change]:
    """Yield what a step does to the VLLM_* variables of a profile, and to its NCCL variables."""
    for name in (*plan.server.env, *plan.server.secrets):
        if name.startswith("VLLM_"):
            yield from _variable(name, old, new)
    for name in plan.network.overrides:
        if name in nccl_variables.own():
            for turn in on_the_way(old, new, partial(_nccl_reads, name)):
                what = "is read by" if turn.after else "is not read by"
                yield Change(AREA, name, f"{what} the NCCL of this release", turn.since)


def _variable(name: str, old: str, new: str) -> Iterator[Change]:
    turns = on_the_way(old, new, partial(vllm_history.reads, name))
    if turns:
        what = "is read" if vllm_history.reads(name, new) else "is not read"
        before = f" before {turns[-1].since}" if goes_back(old, new) else ""
        rename = vllm_changes.read().renamed_variables.get(name)
        use = f"; use {rename.to} instead" if rename and not before and what == "is not read" else ""
        yield Change(AREA, name, f"{what}{before}{use}", turns[-1].since)
    for turn in on_the_way(old, new, partial(vllm_startup.variable, name)):
        if turn.before is not None and turn.after is not None:
            yield Change(AREA, name, f"{turn.before} -> {turn.after}", turn.since)


def _nccl_reads(name: str, release: str) -> bool:
    under = vllm_releases.stack(release)
    return under is None or not under.nccl or nccl_variables.reads(name, under.nccl)


def others(plan: Plan, old: str, new: str) -> Iterator[Change]:
    """Yield the flags and variables that the profile does not have and that a step changes."""
    gone = "not there yet" if goes_back(old, new) else "removed"
    unread = "not read yet" if goes_back(old, new) else "no longer read"
    used = {head(argument) for argument in plan.server.arguments}
    before, after = set(vllm.names("serve", old)), set(vllm.names("serve", new))
    for name in sorted((before ^ after) - used):
        what = gone if name in before else "added"
        yield Change("flags", name, what, _turned(old, new, partial(vllm.has, "serve", name)))
    for name in sorted((before & after) - used):
        yield from _other_flag(name, old, new)
    read = {*plan.server.env, *plan.server.secrets}
    there, then = set(vllm_history.variables(old)), set(vllm_history.variables(new))
    for name in sorted((there ^ then) - read):
        what = unread if name in there else "added"
        yield Change("variables", name, what, _turned(old, new, partial(vllm_history.reads, name)))


def _other_flag(name: str, old: str, new: str) -> Iterator[Change]:
    def form(release: str) -> object:
        there = vllm.flag("serve", name, release)
        return there and (there.kind, there.type or "str")

    def choices(release: str) -> object:
        there = vllm.flag("serve", name, release)
        return there and there.choices

    for of, what in ((form, "of another kind"), (choices, "with other values")):
        found = on_the_way(old, new, of)
        if found:
            yield Change("flags", name, what, found[-1].since)
            return


def _turned(old: str, new: str, of: Callable[[str], object]) -> str:
    return on_the_way(old, new, of)[-1].since
