"""Adds a release's flags, variables and parsers to facts/vllm.json, and compares the file with a source.

What the sources do not tell stays as it is: what took a flag's place, why its line can go, when it is to go.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Literal

import vllm_defaults
import vllm_flags
import vllm_names
from vllm_flags import Flag
from vllm_models_source import Source

Facts = dict[str, Any]
Entry = dict[str, Any]

COMMANDS = {"serve": vllm_flags.flags, "benchServe": vllm_flags.benchmark_flags}
PARSERS: tuple[Literal["reasoning", "tool"], ...] = ("reasoning", "tool")

STRICTER = {"--model-loader-extra-config"}
"""Flags of which the parser takes any text and a later step JSON alone: the facts have the latter."""


def merge(facts: Facts, version: str, source: Source) -> Facts:
    """Return the facts with a release added that is newer than all of them."""
    previous = facts["versions"][-1]
    found = {**facts, "versions": [*facts["versions"], version]}
    for command, read in COMMANDS.items():
        found[command] = _flags(facts[command], read(source), previous, version)
    found["env"] = _spans(facts["env"], vllm_names.variables(source), previous, version)
    found["parsers"] = {
        kind: _spans(facts["parsers"][kind], vllm_names.parsers(source, kind), previous, version)
        for kind in PARSERS
    }
    return found


def _spans(known: Facts, there: Iterable[str], previous: str, version: str) -> Facts:
    """Return names with their releases: [first, last], or a list of such pairs for what came back."""
    found: Facts = {}
    for name in sorted({*known, *there}):
        spans = known.get(name, [])
        several = [
            list(span)
            for span in (spans if spans and isinstance(spans[0], list) else [spans] if spans else [])
        ]
        if name in there and not (several and several[-1][1] is None):
            several.append([version, None])
        if name not in there and several[-1][1] is None:
            several[-1][1] = previous
        found[name] = several[0] if len(several) == 1 else several
    return found


def _flags(known: Facts, read: dict[str, Flag], previous: str, version: str) -> Facts:
    whole = {**read, **_inverses(read)}
    found: Facts = {}
    for name in sorted({*known, *whole}):
        if name not in known:
            found[name] = _new(whole[name], version)
        elif name in whole:
            found[name] = _kept(known[name], whole[name], previous, version)
        else:
            found[name] = _gone(known[name], previous, version)
    return found


def _inverses(read: dict[str, Flag]) -> dict[str, Flag]:
    """Return the second names of flags that are turned off by --disable-x, as flags of kind `inverse`."""
    named = {second: flag for flag in read.values() for second in flag.seconds if second not in read}
    return {name: Flag(name, (), "inverse", None, None, of=flag.name) for name, flag in named.items()}


def _new(flag: Flag, version: str) -> Entry:
    entry: Entry = {"kind": flag.kind}
    if flag.of:
        entry["of"] = flag.of
    if flag.type:
        entry["type"] = flag.type
    entry |= {"since": version, "until": None}
    if flag.choices:
        entry["choices"] = list(flag.choices)
    if flag.negative:
        entry["no_form"] = {"flag": flag.negative, "since": version, "until": None}
    if flag.aliases:
        entry["aliases"] = list(flag.aliases)
    return entry


def _gone(known: Entry, previous: str, version: str) -> Entry:
    if known["until"] is not None:
        return known
    ranges = [*known["ranges"][:-1], [known["ranges"][-1][0], previous]] if "ranges" in known else None
    entry = {**known, "until": previous} | ({"ranges": ranges} if ranges else {})
    return entry | ({} if "gone_in" in known else {"gone_in": version})


def _kept(known: Entry, flag: Flag, previous: str, version: str) -> Entry:
    entry = {**known}
    if known["until"] is not None:
        entry["ranges"] = [*known.get("ranges", [[known["since"], known["until"]]]), [version, None]]
        entry["until"] = None
    if flag.of and known["kind"] != "inverse":
        entry["inverse_of"] = flag.of
    if "inverse_of" in entry or flag.name in STRICTER:
        return entry
    first = known["since"]
    for key, now in (("kind", flag.kind), ("type", flag.type)):
        before = known.get(key)
        if now != before and not (key == "type" and {now, before} == {None, "str"}):
            entry[key] = now
            entry[f"{key}s"] = [*known.get(f"{key}s", [[first, before]]), [version, now]]
    if not flag.unread:
        _choose(entry, flag.choices, previous, version)
    off = entry.get("no_form")
    if flag.negative and (off is None or off["until"] is not None):
        entry["no_form"] = {"flag": flag.negative, "since": version, "until": None}
    elif off and off["until"] is None and not flag.negative:
        entry["no_form"] = {**off, "until": previous}
    return entry


def _choose(entry: Entry, choices: tuple[str, ...] | None, previous: str, version: str) -> None:
    """Change the choices of an entry to those of a release that follows all that it has."""
    enforced = "choices" in entry and entry.get("choices_until") is None
    if choices is None:
        if enforced:
            entry["choices_until"] = previous
    elif not enforced:
        if "choices" in entry:
            entry["choices_in"] = [*entry.get("choices_in", []), [version, None, list(choices)]]
        else:
            entry |= {"choices": list(choices), "choices_since": version}
    else:
        now = [str(item) for item in entry["choices"]]
        gone = [item for item in now if item not in choices]
        new = [item for item in choices if item not in now]
        entry["choices"] = list(choices)
        for key, items, at in (("choices_added", new, version), ("choices_removed_after", gone, previous)):
            if items:
                entry[key] = {**entry.get(key, {}), **dict.fromkeys(items, at)}


def differences(version: str, source: Source) -> Iterator[str]:
    """Say where the facts that r1c reads differ from the source of a release that they know."""
    from r1c.facts import vllm, vllm_history

    for command, read in COMMANDS.items():
        flags = read(source)
        there = {**flags, **_inverses(flags)}
        known = {f"--{name}" for name in vllm.names(command, version)}
        yield from _apart(f"flags of {command}", known, set(there))
        for name in sorted(known & set(there)):
            text = flag_difference(command, name, version, there[name])
            if text:
                yield f"{command} {name}: {text}"
    yield from _defaults(version, source, flags_of=vllm_flags.flags(source))
    yield from _apart("variables", set(vllm_history.variables(version)), set(vllm_names.variables(source)))
    for kind in PARSERS:
        names = set(vllm_history.parsers(kind, version))
        yield from _apart(f"{kind} parsers", names, set(vllm_names.parsers(source, kind)))


def _defaults(version: str, source: Source, flags_of: dict[str, Flag]) -> Iterator[str]:
    """Say where a default is another one than the facts have: what reads as 1 is not True."""
    from r1c.facts import vllm_defaults as known

    read = {name[2:]: flag.default for name, flag in flags_of.items()}
    for kind, there in (("flag", read), ("variable", vllm_defaults.variables(source))):
        for name, value in there.items():
            fact = known.default("flags" if kind == "flag" else "variables", name, version)
            now = None if value == vllm_defaults.UNKNOWN else known.Default(value)
            if repr(fact) != repr(now):
                yield f"default of {kind} {name}: the facts say {fact}, the source {now}"


def _apart(what: str, known: set[str], read: set[str]) -> Iterator[str]:
    if known - read:
        yield f"{what}: the source has no {', '.join(sorted(known - read))}"
    if read - known:
        yield f"{what}: the facts have no {', '.join(sorted(read - known))}"


def flag_difference(command: str, name: str, version: str, read: Flag) -> str | None:
    """Say how a flag's fact differs from what was read, None where it does not."""
    from r1c.facts import vllm

    known = vllm.flag(command, name[2:], version)
    if known is None:
        return "the facts do not have it"
    if name in STRICTER or vllm.data()[command][name].get("inverse_of"):
        return None

    def shown(flag: vllm.Flag | Flag) -> tuple[Any, ...]:
        type_ = flag.type or "str" if flag.kind in ("value", "list") else None
        choices = None if read.unread or not flag.choices else tuple(sorted(flag.choices))
        return flag.kind, type_, choices, flag.negative

    return None if shown(known) == shown(read) else f"the facts say {shown(known)}, the source {shown(read)}"
