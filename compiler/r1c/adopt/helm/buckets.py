"""The further buckets of values, which a profile does not have -> a kustomize patch over the output."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from r1c import lower
from r1c.adopt.helm.values import Values
from r1c.adopt.manifest.container import entries, section
from r1c.adopt.manifest.overlay_patch import NOTHING, TEMPLATES, Patch, document, plan_of
from r1c.adopt.profile_draft import Draft
from r1c.emit.yaml import to_yaml
from r1c.lower.storage import BUCKET_OPTION, DRIVER
from r1c.record import record


@record
class Mount:
    """A bucket: how it is named as left out, the names of its values, its volume, and where it is mounted."""

    what: str
    values: tuple[str, ...]
    volume: dict[str, Any]
    path: str | None


def patch(values: Values, draft: Draft) -> Patch:
    """Return the patch with every bucket but the first, which the profile has.

    Raises UserError if the profile does not say enough to know its output.
    """
    mounts = list(further(values))
    if not mounts:
        return NOTHING
    made = next(item for item in lower.stream(plan_of(draft)) if item["kind"] == "LeaderWorkerSet")
    templates = {name: section(made, "spec", "leaderWorkerTemplate", name) for name in TEMPLATES}
    servers = {name: entries(section(one, "spec").get("containers"))[0] for name, one in templates.items()}
    used = {str(one["mountPath"]) for server in servers.values() for one in entries(server["volumeMounts"])}
    left: dict[str, str] = {}
    has = list[Mount]()
    for mount in mounts:
        if not mount.path:
            left[mount.what] = "it has no mountPath"
        elif mount.path in used:
            left[mount.what] = f"r1c writes the mount at {mount.path} itself"
        else:
            used.add(mount.path)
            has.append(mount)
    if not has:
        return Patch("", "", (), (), (), left)
    spec = {name: {"spec": _pod(str(server["name"]), has)} for name, server in servers.items()}
    text = to_yaml(document(made, {"spec": {"leaderWorkerTemplate": spec}}))
    names = [name for mount in has for name in (mount.what, *mount.values)]
    return Patch(text, "", tuple(names), (), (), left)


def further(values: Values) -> Iterator[Mount]:
    """Yield the buckets after the first one."""
    listed = values.get("volumes", "gcsMounts")
    for index, mount in enumerate(listed if isinstance(listed, list) else []):
        if not index or not isinstance(mount, dict):
            continue
        options, path = mount.get("mountOptions"), mount.get("mountPath")
        attributes = {
            "bucketName": str(mount.get("bucketName")),
            "mountOptions": str(options or BUCKET_OPTION),
        }
        place = f"volumes.gcsMounts[{index}]"
        named = (f"{place}.mountOptions ({options})",) if options else ()
        volume = {"name": f"gcs-{index}", "csi": {"driver": DRIVER, "volumeAttributes": attributes}}
        yield Mount(f"{place} ({mount.get('bucketName')})", named, volume, str(path) if path else None)


def _pod(container: str, mounts: list[Mount]) -> dict[str, Any]:
    return {
        "volumes": [mount.volume for mount in mounts],
        "containers": [
            {
                "name": container,
                "volumeMounts": [{"name": mount.volume["name"], "mountPath": mount.path} for mount in mounts],
            }
        ],
    }
