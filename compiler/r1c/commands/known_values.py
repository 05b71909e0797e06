"""A field whose values are r1c's facts -> its values, and the list of `r1c explain` that has them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from r1c import facts
from r1c.diagnostics import Path, UserError
from r1c.diagnostics.suggest import LISTED, advice
from r1c.facts import google_cloud, vllm_releases
from r1c.profile.paths import MODEL_ID, VERSION
from r1c.record import record


@record
class Known:
    """The values of a field that r1c knows, and the word by which `r1c explain` lists them."""

    values: Callable[[], Iterable[str]]
    listed: str


_REGIONS = Known(lambda: google_cloud.read().regions, "regions")
KNOWN: Mapping[Path, Known] = {
    ("spec", "platform"): Known(facts.platforms, "platforms"),
    MODEL_ID: Known(facts.models, "models"),
    VERSION: Known(lambda: reversed(tuple(vllm_releases.published())), "releases"),
    ("spec", "cluster", "region"): _REGIONS,
    ("spec", "build", "region"): _REGIONS,
}


def values(path: Path) -> tuple[str, ...]:
    """Return the values that r1c knows for a field; empty for one whose values are not among its facts."""
    known = KNOWN.get(path)
    return tuple(known.values()) if known else ()


def words(path: Path) -> Iterator[str]:
    """Yield the lines of the explanation of a field about its values."""
    known = KNOWN.get(path)
    if known:
        found = values(path)
        shown = ", ".join(found) if len(found) <= LISTED else f"{len(found)}, such as {', '.join(found[:3])}"
        yield f"{shown}. `r1c explain {known.listed}` has a table of them."
    elif path in _BY_PLATFORM:
        for id_ in facts.platforms():
            yield f"{id_}: {', '.join(_BY_PLATFORM[path](facts.platform(id_)))}"


def known_platform(platform: str) -> str:
    """Return the platform; raises UserError with the nearest name for an unknown one."""
    if platform not in facts.platforms():
        raise UserError(f"unknown platform {platform}; {advice(platform, facts.platforms(), 'platforms')}")
    return platform


_BY_PLATFORM: Mapping[Path, Callable[[facts.Platform], Iterable[str]]] = {
    ("spec", "network", "naming"): lambda platform: platform.namings,
    ("spec", "gpudirect", "release"): lambda platform: facts.releases(platform.stack),
}
"""Fields whose values depend on the machine."""
