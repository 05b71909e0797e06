"""The workers' pod template -> where it differs from the leader's, which is the one that a profile has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from r1c.adopt.manifest import container
from r1c.adopt.manifest.account import at_path, left
from r1c.adopt.manifest.container import entries, section
from r1c.adopt.manifest.named_parts import GPUDIRECT, NO_LIVENESS, ONE_PORT, named, opened
from r1c.adopt.manifest.names import ADD, OVERLAY, OWN, value_shown
from r1c.adopt.manifest.no_credentials import CREDENTIAL, is_literal
from r1c.adopt.manifest.script_notes import SAME, programs
from r1c.adopt.manifest.variables_in_profile import EXPECTED
from r1c.adopt.manifest.workload import Workload
from r1c.adopt.profile_draft import Draft, Part, at
from r1c.diagnostics import Path
from r1c.names import HUB_TOKENS
from r1c.record import record, replace

LISTS: Mapping[str, str] = {
    "containers": "name",
    "initContainers": "name",
    "volumes": "name",
    "volumeMounts": "mountPath",
    "env": "name",
    "imagePullSecrets": "name",
    "ports": "containerPort",
}
"""The lists of a pod whose items are known by a key; a patch merges them by it."""
_OVERLAY = f"{SAME}; {ADD}"
_JOINS = "r1c writes the command that joins the workers"
_PROBES = ("lifecycle", "readinessProbe", "startupProbe", "livenessProbe")


@record
class _Difference:
    """How a part of the workers' template is named, the reason, and its path, if an overlay can have it."""

    what: str
    reason: str
    path: Path | None = None


def differences(one: Workload, draft: Draft) -> Draft:
    """Return the names of what the workers have otherwise, and the parts of it for an overlay.

    `draft` has the leader's fields and parts.
    """
    view = of_workers(one)
    if view is None:
        return Draft()
    found = list(_differences(one, view, draft))
    own = [item.what for item in found if item.reason == OWN]
    dropped = [(f"{item.what} of the workers", item.reason) for item in found if item.reason != OWN]
    if own:
        dropped.insert(0, (f"{', '.join(dict.fromkeys(own))} of the workers", OWN))
    alone = _alone(one, view, draft)
    if alone:
        dropped.append((f"{', '.join(alone)} of the leader alone", SAME))
    parts = [Part(f"{item.what} of the workers", item.path) for item in found if item.path]
    return Draft(dropped=tuple(dict.fromkeys(dropped)), overlay=tuple(dict.fromkeys(parts)))


def of_workers(one: Workload) -> Workload | None:
    """Return the workload with the workers' own template for the leader's; None if they have none."""
    if one.workers is None:
        return None
    template = section(one.item.data, *map(str, one.workers))
    containers = entries(section(template, "spec").get("containers"))
    own = containers[one.worker_index] if one.worker_index < len(containers) else {}
    return replace(one, template=template, path=one.workers, container=own, index=one.worker_index)


def _differences(one: Workload, view: Workload, draft: Draft) -> Iterator[_Difference]:
    same = tuple(_same(one, view, one.template, view.template, ()))
    begin, open_ = view.path, opened(view)
    for below in left(view.template, same, lambda path: (*begin, *path) in open_):
        path = (*begin, *below)
        inside = path[len(view.within) :] if path[: len(view.within)] == view.within else ()
        if inside[:1] == ("env",) and len(inside) > 1:
            yield _variable(view, path[: len(view.within) + 2], draft)
        elif inside and str(inside[0]) in ("command", "args"):
            ran = programs(one.worker.script) if one.worker else ""
            yield _Difference(f"command and args ({ran})" if ran else "command and args", _JOINS)
        elif inside and str(inside[0]) in _PROBES:
            yield _Difference(str(inside[0]), NO_LIVENESS if inside[0] == "livenessProbe" else OWN)
        else:
            yield _part(view, path, draft)


def _part(view: Workload, path: Path, draft: Draft) -> _Difference:
    value, pod = at_path(view.item.data, path), (*view.path, "spec")
    what, reason = named(view, path, value, draft)
    what = what.removesuffix(" of the pods")
    inside = path[len(pod) :] if path[: len(pod)] == pod else ()
    if inside[:1] == ("volumes",) and len(inside) == 2:
        what, reason = _volume(view, value)
    elif inside[:1] in (("containers",), ("initContainers",)) and len(inside) > 2 and inside[1] != view.index:
        owner = at_path(view.item.data, (*pod, *inside[:2]))
        key = ".".join(str(key) for key in inside[2:] if isinstance(key, str))
        what = f"{key}{value_shown(value)} of container {owner.get('name')}"
    elif reason == OVERLAY and _mounts_stack(view, path):
        reason = GPUDIRECT
    if reason == ONE_PORT:
        return _Difference(what, reason, path[: len(view.within) + 2])
    return _Difference(what, _OVERLAY, path) if reason == OVERLAY else _Difference(what, reason)


def _volume(view: Workload, volume: Any) -> tuple[str, str]:
    name = volume.get("name") if isinstance(volume, dict) else volume
    what, reason = container.described(volume if isinstance(volume, dict) else {}, view.container)
    return (what, OVERLAY) if reason == container.VOLUME else (f"volume {name}", reason or OWN)


def _mounts_stack(view: Workload, path: Path) -> bool:
    """Tell whether a part belongs to a mount of a volume that r1c writes itself."""
    mount = at_path(view.item.data, path[: len(view.within) + 2])
    if path[: len(view.within)] != view.within or path[len(view.within)] != "volumeMounts":
        return False
    volumes = entries(section(view.template, "spec").get("volumes"))
    name = mount.get("name") if isinstance(mount, dict) else None
    own = next((volume for volume in volumes if volume.get("name") == name), None)
    return own is not None and container.described(own, view.container)[1] != container.VOLUME


def _variable(view: Workload, entry: Path, draft: Draft) -> _Difference:
    given = at_path(view.item.data, entry)
    name = str(given.get("name")) if isinstance(given, dict) else str(given)
    shown = value_shown(given["value"]) if isinstance(given, dict) and "value" in given else ""
    what = f"variable {name}{shown}"
    if is_literal(given):
        return _Difference(f"variable {name}", CREDENTIAL)
    if name in EXPECTED:
        return _Difference(what, "r1c sets it")
    if name in HUB_TOKENS:
        return _Difference(what, "the profile has one Secret for the token: huggingface.secretName")
    places = (at("spec.vllm.env", name), at("spec.network.nccl", name))
    if isinstance(given, dict) and any(place in draft.fields for place in places):
        # The profile's own value is for both; the patch replaces it.
        return _Difference(what, _OVERLAY, (*entry, "value" if "value" in given else "valueFrom"))
    return _Difference(what, _OVERLAY, entry)


def _alone(one: Workload, view: Workload, draft: Draft) -> list[str]:
    """Return the variables that only the leader has and that the profile gives to the workers too."""
    others = {str(entry.get("name")) for entry in entries(view.container.get("env"))}
    overlay = {part.path[: len(one.within) + 2] for part in draft.overlay}
    names = [
        str(entry.get("name"))
        for index, entry in enumerate(entries(one.container.get("env")))
        if (*one.within, "env", index) not in overlay
    ]
    return [name for name in dict.fromkeys(names) if name not in others]


def _same(one: Workload, view: Workload, mine: Any, other: Any, path: Path) -> Iterator[Path]:
    """Yield the parts of the workers' template that the leader's has too, highest first."""
    if mine == other and type(mine) is type(other) and not isinstance(mine, list | dict):
        yield path
    elif isinstance(mine, dict) and isinstance(other, dict):
        for key, value in other.items():
            if key in mine:
                yield from _same(one, view, mine[key], value, (*path, key))
    elif isinstance(mine, list) and isinstance(other, list) and path[-1] in LISTS:
        for index, item in enumerate(other):
            pair = _counterpart(one, view, (mine, item), index, path)
            if pair is not None:
                yield from _same(one, view, pair, item, (*path, index))
    elif mine == other:
        yield path


def _counterpart(one: Workload, view: Workload, lists: tuple[list[Any], Any], index: int, path: Path) -> Any:
    """Return the leader's item that has the same key as an item of the workers' list."""
    mine, item = lists
    if path == ("spec", "containers") and index == view.index:
        return mine[one.index]
    key = LISTS[str(path[-1])]
    wanted = item.get(key) if isinstance(item, dict) else None
    return next((each for each in mine if isinstance(each, dict) and each.get(key) == wanted), None)
