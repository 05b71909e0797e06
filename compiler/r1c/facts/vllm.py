"""vLLM by version: flags of its commands, environment variables, and the content of its image.

The table (facts/vllm.json) has the sampled releases, one for each difference; a release between two of them
counts as the lower one, of which it has the flags.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from typing import Any, Literal

from r1c.facts.entry import load
from r1c.record import record

Command = Literal["serve", "benchServe", "benchScript"]

_REMEMBERED = 4096
"""Answers about the names and versions that profiles give: the same ones come again in every profile."""
_VERSION = r"v?([0-9]{1,9})\.([0-9]{1,9})\.([0-9]{1,9})(?:\.([0-9]{1,9}))?(?:\.post([0-9]{1,9}))?"


def data() -> Any:
    """Return the whole table; treat it as frozen."""
    return load("vllm.json")


def key(version: str) -> tuple[int, ...] | None:
    """Return a version as numbers to compare by.

    None if it is not a release (a branch, latest, a nightly).
    """
    match = re.fullmatch(_VERSION, version)
    return tuple(int(part or 0) for part in match.groups()) if match else None


@cache
def versions() -> tuple[str, ...]:
    """Return the sampled releases, oldest first."""
    return tuple(data()["versions"])


@cache
def _keys() -> Mapping[str, tuple[int, ...]]:
    return {version: key(version) or () for version in versions()}


@lru_cache(maxsize=_REMEMBERED)
def sampled(version: str) -> str | None:
    """Return the sampled release that a version counts as: itself or the nearest older one.

    None if there is none below.
    """
    if version in _order():
        return version
    wanted = key(version)
    if wanted is None:
        return None
    return next((known for known in reversed(versions()) if _keys()[known] <= wanted), None)


def meant(version: str) -> str | None:
    """Return the release that a number without its last part names: v0.26.0 for 0.26."""
    tag = f"v{version.removeprefix('v')}.0"
    return tag if key(version) is None and sampled(tag) else None


def between(version: str, since: str | None, until: str | None) -> bool:
    """Tell whether a sampled release lies between two others, both included; None leaves an end open."""
    order = _order()
    here = order[version]
    return (since is None or order[since] <= here) and (until is None or here <= order[until])


def after(version: str) -> str:
    """Return the sampled release after another one."""
    return versions()[_order()[version] + 1]


@cache
def _order() -> Mapping[str, int]:
    return {version: place for place, version in enumerate(versions())}


@record
class Flag:
    """A flag as one release takes it.

    kind: switch, bool (has a negative form), bool-value, value, optional-value, list, json, json-or-str,
    key=value or inverse; `negative` is the flag that turns a bool off; `choices` are enforced by that
    release's parser, None if any value is taken; `use` is what upstream names instead of a deprecated flag;
    `leaving` says when a deprecated flag goes, None if upstream does not.
    """

    name: str
    kind: str
    type: str | None
    negative: str | None
    choices: tuple[str, ...] | None
    deprecated: bool
    use: str | None
    leaving: str | None


@cache
def _short_names() -> Mapping[str, str]:
    """Map the other names of flags (tp, dp, q ...) to their own, all without dashes."""
    return {
        short.lstrip("-"): flag[2:]
        for flag, entry in data()["serve"].items()
        for short in entry.get("aliases", ())
    }


@lru_cache(maxsize=_REMEMBERED)
def canonical(name: str) -> str:
    """Return the flag's own name for any of its names: --max_model_len is max-model-len.

    What follows a dot (option.key) is kept; a name that no release has only loses dashes and underscores.
    """
    head, dot, rest = name.strip().partition(".")
    plain = head.lstrip("-").replace("_", "-")
    for known in (plain, plain.lower()):
        if f"--{known}" in data()["serve"]:
            return known + dot + rest
    return _short_names().get(plain, plain) + dot + rest


def is_known(name: str) -> bool:
    """Tell whether some release has a flag of this name, however it is written."""
    return f"--{canonical(name)}" in data()["serve"]


def quantization_names(version: str) -> tuple[str, ...]:
    """Return the methods that the flag's own type names in a sampled release, beside the registry's."""
    entry = data()["serve"]["--quantization"]
    gone, added = entry["known_values_removed_after"], entry["known_values_added"]
    return tuple(
        name
        for name in (*entry["known_values"], *gone)
        if between(version, added.get(name, entry["known_values_since"]), gone.get(name))
    )


def _ranges(entry: Mapping[str, Any]) -> list[tuple[str, str | None]]:
    return [tuple(pair) for pair in entry.get("ranges", [[entry["since"], entry["until"]]])]


def has(command: Command, name: str, version: str) -> bool:
    """Tell whether a sampled release's command takes the flag (name without dashes)."""
    entry = data()[command].get(f"--{name}")
    return entry is not None and any(between(version, since, until) for since, until in _ranges(entry))


@cache
def names(command: Command, version: str) -> tuple[str, ...]:
    """Return all flags of a sampled release's command, without dashes."""
    return tuple(flag[2:] for flag in data()[command] if has(command, flag[2:], version))


@lru_cache(maxsize=_REMEMBERED)
def flag(command: Command, name: str, version: str) -> Flag | None:
    """Return a flag of a sampled release's command, or None if that release does not have it.

    `name` has no dashes before it. A dotted name (option.key) is a value inside a JSON flag.
    """
    if "." in name and between(version, dotted_since(), None):
        whole = flag(command, name.split(".", 1)[0], version)
        known = whole is not None and whole.kind in ("json", "json-or-str")
        return (
            Flag(name, "value", None, None, None, deprecated=False, use=None, leaving=None) if known else None
        )
    if not has(command, name, version):
        return None
    entry = data()[command][f"--{name}"]
    kind, type_ = _then("kind", entry, version), _then("type", entry, version)
    negative = entry.get("no_form")
    turned_off = (
        negative["flag"] if negative and between(version, negative["since"], negative["until"]) else None
    )
    deprecated = entry.get("deprecated") or {}
    # A flag that came back later (disable-log-requests in v0.33.0) is not deprecated there.
    here = next((first, last) for first, last in _ranges(entry) if between(version, first, last))
    going = (
        bool(deprecated)
        and between(deprecated["since"], *here)
        and between(version, deprecated["since"], None)
    )
    announced = deprecated.get("announced")
    leaving = f"removed in {entry['gone_in']}" if "gone_in" in entry else announced and f"to be {announced}"
    return Flag(
        name,
        kind,
        type_,
        turned_off,
        _choices(entry, version),
        deprecated=going,
        use=entry.get("use") or deprecated.get("use"),
        leaving=leaving if going else None,
    )


def _then(key: Literal["kind", "type"], entry: Mapping[str, Any], version: str) -> Any:
    """Return what a flag's kind or type was in a release; `kinds` and `types` list the changes."""
    return held(entry.get(f"{key}s", ()), version, entry.get(key))


def _choices(entry: Mapping[str, Any], version: str) -> tuple[str, ...] | None:
    for first, last, choices in entry.get("choices_in", ()):
        if between(version, first, last):
            return None if choices is None else tuple(choices)
    if "choices" not in entry or not between(version, entry.get("choices_since"), entry.get("choices_until")):
        return None
    added, removed = entry.get("choices_added", {}), entry.get("choices_removed_after", {})
    there = [
        value for value in entry["choices"] if value not in added or between(version, added[value], None)
    ]
    there += [value for value, last in removed.items() if between(version, added.get(value), last)]
    return tuple(str(value) for value in there)


def takes_form(name: str, form: Literal["suffix", "auto", "number"], version: str) -> bool:
    """Tell whether a flag takes a form beyond its type: 32k, auto, a bare number where JSON is wanted."""
    since = form_since(name, form)
    return since is not None and between(version, since, None)


def form_since(name: str, form: Literal["suffix", "auto", "number"]) -> str | None:
    """Return the first sampled release in which a flag accepts a form, None if none does."""
    since: str | None = data()["forms"].get(f"--{name}", {}).get(form)
    return since


def form_until(name: str, form: Literal["suffix", "auto", "number"]) -> str | None:
    """Return the last sampled release in which a flag accepts a form, None if the newest does."""
    until: str | None = data()["forms"].get(f"--{name}", {}).get(f"{form}Until")
    return until


def dotted_since() -> str:
    """Return the first sampled release that takes option.key for a value inside a JSON flag."""
    since: str = data()["dotted"]["since"]
    return since


def engine(event: Literal["v1Since", "v1Only", "v1StagesInNode"]) -> str:
    """Return the first sampled release with one of the steps of the V1 engine.

    V1 is the default, is the only engine, or runs pipeline stages inside one node without Ray.
    """
    since: str = data()["engine"][event]
    return since


def ray_in_image(version: str) -> bool:
    """Tell whether the official image of a sampled release has Ray."""
    first, last = data()["ray"]["inImage"]
    return between(version, first, last)


def has_native(version: str) -> bool:
    """Tell whether a sampled release can join nodes without Ray (--nnodes)."""
    return between(version, native_since(), None)


def native_since() -> str:
    """Return the first sampled release that can join nodes without Ray."""
    since: str = data()["native"]["since"]
    return since


def master_port() -> int:
    """Return the port on which nodes that join without Ray find each other."""
    port: int = data()["native"]["masterPort"]
    return port


def benchmarks_in_image(version: str) -> bool:
    """Tell whether the official image of a sampled release has vLLM's benchmarks folder."""
    return between(version, data()["image"]["benchmarksSince"], None)


def downloads(version: str) -> tuple[Mapping[str, str], tuple[str, ...]]:
    """Return what makes a sampled release download fast: variables, and packages that its image lacks."""
    fitting = [entry for entry in data()["downloads"]["releases"] if between(version, entry["since"], None)]
    return fitting[-1]["env"], tuple(fitting[-1]["packages"])


def at_least(version: str, since: str) -> bool:
    """Compare two sampled releases."""
    return between(version, since, None)


def held(pairs: Sequence[Sequence[Any]], version: str, before: Any = None) -> Any:
    """Return what a list of [since, value] pairs has in a sampled release, `before` before the first."""
    value = before
    for since, then in pairs:
        if at_least(version, since):
            value = then
    return value


def within(version: str, spans: Sequence[Any]) -> bool:
    """Tell whether a sampled release is in a span [first, last], or in one of several.

    The last is null if the newest release is in the span.
    """
    several = spans if isinstance(spans[0], list) else [spans]
    return any(between(version, first, last) for first, last in several)


def workdir() -> str:
    """Return the working directory of the official images."""
    return str(data()["image"]["workdir"])
