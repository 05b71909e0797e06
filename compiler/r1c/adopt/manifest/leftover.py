"""A manifest -> the fields and objects that a profile does not carry, with the reasons.

What the readers took is marked in the draft. Everything else is named here, whatever it is: a part that has
no reason of its own is one for which a profile has no field.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from r1c.adopt.manifest import workers
from r1c.adopt.manifest.account import at_path, left
from r1c.adopt.manifest.container import section
from r1c.adopt.manifest.named_parts import ONE_PORT, TOGETHER, named, of_metadata, opened
from r1c.adopt.manifest.names import NO_PART, OVERLAY, OWN
from r1c.adopt.manifest.service import chosen
from r1c.adopt.manifest.stream import Object, Stream
from r1c.adopt.manifest.workload import Workload
from r1c.adopt.profile_draft import Draft, Part, join
from r1c.diagnostics import Path
from r1c.lower.kinds import KINDS

_OBJECTS: Mapping[str, str] = {
    "ServiceAccount": OWN,
    "Service": "r1c writes one Service, for the leaders",
    "Secret": "the profile only names the Secret; huggingface.source says how it is created",
    "ExternalSecret": "huggingface.source: externalSecret creates one",
    **{kind.name: f"{kind.block} makes one; write that block" for kind in KINDS if kind.block},
}
_AUTOSCALERS = ("HorizontalPodAutoscaler", "ScaledObject")
_DEFAULT_ROLLOUT = {"maxUnavailable": 1, "maxSurge": 0}


def of(stream: Stream, one: Workload, draft: Draft) -> Draft:
    """Return what the profile does not carry; `draft` has what was taken."""
    entry = len(one.within) + 2
    parts = tuple(_parts(one, draft))
    overlay = [
        # A port is added as a whole.
        Part(name, path[:entry] if reason == ONE_PORT else path)
        for name, reason, path in parts
        if reason in (OVERLAY, ONE_PORT)
    ]
    own = Draft(dropped=tuple(_dropped(stream, one, parts)), overlay=tuple(dict.fromkeys(overlay)))
    others = workers.differences(one, join(draft, own))
    return join(own, others, _account(stream, one), Draft(dropped=tuple(_objects(stream, one))))


def _account(stream: Stream, one: Workload) -> Draft:
    """Return what the pods' service account has beside its name, and the parts for an overlay."""
    item = service_account(stream, one)
    if item is None:
        return Draft()
    taken: list[Path] = [("apiVersion",), ("kind",), ("metadata", "name"), ("metadata", "namespace")]
    opened_: tuple[Path, ...] = ((), ("metadata",), ("metadata", "labels"), ("metadata", "annotations"))
    found = []
    for path in left(item.data, taken, opened_.__contains__):
        below = path[1:] if path[0] == "metadata" else path
        found.append((*of_metadata(below, at_path(item.data, path), f" of ServiceAccount {item.name}"), path))
    parts = [Part(what, path, "ServiceAccount") for what, reason, path in found if reason == OVERLAY]
    return Draft(dropped=tuple((what, reason) for what, reason, _ in found), overlay=tuple(parts))


def service_account(stream: Stream, one: Workload) -> Object | None:
    """Return the service account of the pods, if the stream has it."""
    name = section(one.template, "spec").get("serviceAccountName")
    return next((item for item in stream.objects if (item.kind, item.name) == ("ServiceAccount", name)), None)


def _dropped(
    stream: Stream, one: Workload, parts: Iterable[tuple[str, str, Path]]
) -> Iterator[tuple[str, str]]:
    spec = section(one.item.data, "spec")
    rollout = _own_rollout(one)
    if rollout:
        yield f"rolloutStrategy {_rollout(rollout)}", "spec.rollout has these fields; write that block"
    if "replicas" not in spec and any(item.kind in _AUTOSCALERS for item in stream.objects):
        yield "the number of groups", "an autoscaler sets it; write spec.scaling"
    grouped: dict[str, list[str]] = {}
    for name, reason, _ in parts:
        if reason in TOGETHER:
            grouped.setdefault(reason, []).append(name)
        else:
            yield name, reason
    for reason, names in grouped.items():
        yield ", ".join(dict.fromkeys(names)), reason


def _own_rollout(one: Workload) -> Mapping[str, Any]:
    """Return the workload's rolling update where it is not the usual one."""
    rollout = section(one.item.data, "spec", "rolloutStrategy", "rollingUpdateConfiguration")
    return rollout if rollout != _DEFAULT_ROLLOUT else {}


def _parts(one: Workload, draft: Draft) -> Iterator[tuple[str, str, Path]]:
    """Yield how each part of the workload is named that nobody took, the reason, and its path."""
    taken = [*draft.taken, *([one.workers] if one.workers else [])]
    taken += [("spec", "rolloutStrategy")] if _own_rollout(one) else []
    for path in left(one.item.data, taken, opened(one).__contains__):
        yield *named(one, path, at_path(one.item.data, path), draft), path


def _objects(stream: Stream, one: Workload) -> Iterator[tuple[str, str]]:
    used = {variable.config[0] for variable in one.variables if variable.config}
    known = (one.item, chosen(stream, one), service_account(stream, one))
    for item in stream.objects:
        if any(item is other for other in known):
            continue
        if item.kind == "ConfigMap" and item.name in used:
            yield _config_map(item), "the profile has the values of the server's variables, not the object"
        else:
            yield f"{item.kind} {item.name}", _OBJECTS.get(item.kind, NO_PART)


def _config_map(item: Object) -> str:
    return f"ConfigMap {item.name}"


def _rollout(rollout: Mapping[str, Any]) -> str:
    return ", ".join(f"{key} {value}" for key, value in rollout.items())
