"""The flags in the file that --config names, if the script or a ConfigMap of the stream contains it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from r1c import source
from r1c.adopt.flags import Given
from r1c.adopt.manifest.container import entries, section
from r1c.adopt.manifest.stream import Stream
from r1c.adopt.manifest.workload import Workload
from r1c.diagnostics import Path


def config_flags(stream: Stream, one: Workload) -> tuple[Given, ...] | None:
    """Return the flags of the server's --config, None if the file is not there or has no map.

    Without --config there are no flags. A flag on the command line overrides that of the file.
    """
    flag = one.server.find("config")
    if flag is None:
        return ()
    text = _text(stream, one, str(flag.value))
    if text is None:
        return None
    document = source.read("config", text.encode("utf-8", "surrogatepass"))
    if not document.usable:
        return None
    given = {name.name for name in one.server.flags}
    place: Path = flag.place.path or one.within
    return tuple(Given(str(key), value, place) for key, value in document.data.items() if key not in given)


def _text(stream: Stream, one: Workload, path: str) -> str | None:
    for file in reversed(one.runs.script.files):
        if file.path.known and file.path.text == path:
            return file.content.text if file.content.known else None
    maps = {item.name: section(item.data, "data") for item in stream.objects if item.kind == "ConfigMap"}
    volumes = entries(section(one.template, "spec").get("volumes"))
    for mount in entries(one.container.get("volumeMounts")):
        folder, _, name = path.rpartition("/")
        whole = str(mount.get("mountPath", "")).rstrip("/")
        key = str(mount.get("subPath") or name)
        if whole not in (path, folder):
            continue
        volume: Mapping[str, Any] = next((v for v in volumes if v.get("name") == mount.get("name")), {})
        found = maps.get(str(section(volume, "configMap").get("name")), {}).get(key)
        if isinstance(found, str):
            return found
    return None
