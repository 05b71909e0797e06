"""A stream of objects -> the one that starts vLLM, with its leader's pod template and its server."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from r1c.adopt import images
from r1c.adopt.flags import takes
from r1c.adopt.manifest.container import entries, environment, section, words
from r1c.adopt.manifest.shell import Server, server
from r1c.adopt.manifest.stream import Object, Stream
from r1c.diagnostics import Path, UserError
from r1c.diagnostics.suggest import listed
from r1c.record import record


@record
class Workload:
    """The object with the server, its leader's pod template, and the template's path in the object."""

    item: Object
    template: Mapping[str, Any]
    path: Path
    nodes: int
    container: Mapping[str, Any]
    index: int
    server: Server


def find_workload(stream: Stream, name: str) -> Workload:
    """Return the workload that starts vLLM; raises UserError if there is none, or more than one."""
    found = [one for item in stream.objects for one in _workloads(item)]
    if not found:
        raise UserError(f"{name}: no LeaderWorkerSet or Deployment starts vLLM in a way that r1c can read")
    if len(found) > 1:
        names = listed([one.item.name for one in found], "and")
        raise UserError(f"{name}: several objects start vLLM: {names}; give r1c a file with one of them")
    return found[0]


def _workloads(item: Object) -> Iterator[Workload]:
    if item.kind == "LeaderWorkerSet":
        group = section(item.data, "spec", "leaderWorkerTemplate")
        own = "leaderTemplate" if section(group, "leaderTemplate") else "workerTemplate"
        path: Path = ("spec", "leaderWorkerTemplate", own)
        size = group.get("size", 1)
        nodes = size if isinstance(size, int) and size > 0 else 1
    elif item.kind == "Deployment":
        path, nodes = ("spec", "template"), 1
    else:
        return
    template = section(item.data, *map(str, path))
    for index, container in enumerate(entries(section(template, "spec").get("containers"))):
        found = _server(container)
        if found:
            yield Workload(item, template, path, nodes, container, index, found)
            return


def _server(container: Mapping[str, Any]) -> Server | None:
    image = images.split(str(container.get("image", "")))
    version = images.release_of(image.tag)
    return server(
        words(container.get("command")),
        words(container.get("args")),
        environment(container).literal,
        lambda name: takes(name, version),
        entrypoint="vllm" in image.name,
    )
