"""A snapshot and a plan -> the side of a comparison that the cluster makes: what runs of the recipe.

What the server fills in is left out, and so are labels and annotations that others add.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from r1c.difference import side
from r1c.difference.plan_of_output import recover
from r1c.difference.side import Side
from r1c.facts import server_filled
from r1c.lower import lower
from r1c.lower.bundle import Bundle
from r1c.preflight import requests
from r1c.preflight.quantity import amount
from r1c.preflight.requests import Request
from r1c.preflight.snapshot import APPLIED, Snapshot
from r1c.record import replace
from r1c.resolve.plan import Plan

AMOUNTS = frozenset({"requests", "limits", "sizeLimit"})
Key = tuple[str, str, str]


class UnreadError(Exception):
    """The snapshot does not say what runs under some names of the recipe."""

    def __init__(self, names: Sequence[str]) -> None:
        """Keep what is missing."""
        super().__init__(", ".join(names))
        self.names = names


def wanted(bundle: Bundle) -> tuple[Request, ...]:
    """Return what a comparison reads: every object, and the definitions of kinds that may be missing."""
    found: dict[str, Request] = {}
    for item in requests.objects(bundle):
        if requests.is_custom(item):
            known = requests.definition(requests.definition_of(item))
            found.setdefault(known.name, known)
        asked = requests.live(item)
        found.setdefault(asked.name, asked)
    return tuple(found.values())


def sides(plan: Plan, shown: str, snapshot: Snapshot) -> tuple[Side | None, Side]:
    """Return what runs, None if nothing does, and what the plan compiles to, both without other files.

    A Job that is not there has ended or was never started: it does not count. Raises UnreadError.
    """
    bundle, new = lower(plan), side.of_plan(plan, shown)
    there = dict(_there(bundle, snapshot))
    documents = {(item.kind, item.namespace, item.name): item for item in new.documents}
    old = tuple(
        replace(documents[key], body=_as_written(documents[key].body, live))
        for key, live in there.items()
        if live is not None
    )
    left = tuple(
        document
        for key, document in documents.items()
        if key in there and (there[key] is not None or document.kind != "Job")
    )
    now = replace(new, documents=left)
    if not old:
        return None, now
    return Side(plan.name, snapshot.shown, old, recover(old, plan), {}, plan.cluster.identity), now


def _there(bundle: Bundle, snapshot: Snapshot) -> Iterator[tuple[Key, Mapping[str, Any] | None]]:
    """Yield each object of the recipe by kind, namespace and name, with what runs under it."""
    unread = []
    for item in requests.objects(bundle):
        request, meta = requests.live(item), item["metadata"]
        answer = snapshot.answer(request)
        if answer is None or answer.refused:
            known = snapshot.answer(requests.definition(request.definition)) if request.definition else None
            if known is None or known.refused or known.objects:
                unread.append(request.name)
                continue
        found = next(iter(answer.objects), None) if answer else None
        key = item["kind"], meta.get("namespace", ""), meta["name"]
        yield key, found if isinstance(found, Mapping) else None
    if unread:
        raise UnreadError(unread)


def _as_written(wanted: Mapping[str, Any], live: Mapping[str, Any]) -> dict[str, Any]:
    """Return a live object as its manifest would be written."""
    applied, meta = _applied(live), live.get("metadata") or {}
    own = {name: meta[name] for name in ("name", "namespace") if name in meta and name in wanted["metadata"]}
    for part in ("labels", "annotations"):
        asked = wanted["metadata"].get(part, {})
        # Others add their own; an apply removes only what an earlier one brought.
        once = applied.get("metadata", {}).get(part) or {}
        kept = {key: value for key, value in (meta.get(part) or {}).items() if key in asked or key in once}
        if kept:
            own[part] = kept
    rest = {key: value for key, value in live.items() if key not in ("metadata", "status")}
    body = {key: value for key, value in wanted.items() if key != "metadata"}
    found: dict[str, Any] = {**_like(body, rest, str(live.get("kind")), ""), "metadata": own}
    return {key: found[key] for key in [*wanted, *found] if key in found}


def _applied(live: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the last `kubectl apply` sent, as far as the object says."""
    annotations = (live.get("metadata") or {}).get("annotations") or {}
    try:
        found = json.loads(annotations.get(APPLIED, "{}"))
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) and isinstance(found.get("metadata", {}), dict) else {}


def _like(wanted: Any, live: Any, kind: str, path: str) -> Any:
    """Return a live value without the fields that the server filled in beside those of the wanted one."""
    if isinstance(wanted, Mapping) and isinstance(live, Mapping):
        found = {}
        for key, value in live.items():
            place = f"{path}.{key}".removeprefix(".")
            if key in wanted:
                found[key] = _like(wanted[key], value, kind, place)
            elif not _filled(kind, place, key, value):
                found[key] = value
        return found
    if isinstance(wanted, list | tuple) and isinstance(live, list):
        return [_like(_partner(item, at, wanted), item, kind, path) for at, item in enumerate(live)]
    # The name of a resource may have dots itself: nvidia.com/gpu.
    if not AMOUNTS.isdisjoint(path.split(".")):
        both = [amount(item) if isinstance(item, str | int) else None for item in (wanted, live)]
        if None not in both and both[0] == both[1]:
            return wanted
    return live


def _filled(kind: str, place: str, key: str, value: Any) -> bool:
    table = server_filled.read()
    template = "emplate.metadata" in place and key.startswith(table.templates)
    return value is None or template or table.has(kind, place, value)


def _partner(item: Any, at: int, wanted: Sequence[Any]) -> Any:
    """Return the wanted entry of a list that a live one belongs to: by its name, else by its place."""
    if isinstance(item, Mapping):
        for named in ("name", "mountPath", "secretKey"):
            if named in item:
                same = (
                    each for each in wanted if isinstance(each, Mapping) and each.get(named) == item[named]
                )
                return next(same, None)
    return wanted[at] if at < len(wanted) else None
