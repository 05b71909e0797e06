"""A stream of objects -> the one that starts vLLM, with its leader's pod template and its server."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from r1c.adopt.manifest.container import entries, section
from r1c.adopt.manifest.container_variables import Member, Variable, container_variables
from r1c.adopt.manifest.started import Started, started
from r1c.adopt.manifest.stream import Object, Stream
from r1c.adopt.server import Server
from r1c.diagnostics import Path, UserError
from r1c.diagnostics.suggest import listed
from r1c.names import GPU
from r1c.record import record

GROUP: Path = ("spec", "leaderWorkerTemplate")
"""Where a LeaderWorkerSet has its pod templates."""


@record
class Workload:
    """The object with the server, its leader's pod template, and the template's path in the object.

    `workers` is the path of the workers' own template, None where leader and workers have one, and
    `worker_index` the number of their container; `runs` and `worker` are what the leader's container runs and
    what the workers' does.
    """

    item: Object
    template: Mapping[str, Any]
    path: Path
    workers: Path | None
    nodes: int
    container: Mapping[str, Any]
    index: int
    variables: tuple[Variable, ...]
    runs: Started
    worker: Started | None
    server: Server
    worker_index: int = 0

    @property
    def within(self) -> Path:
        """The path of the server's container."""
        return (*self.path, "spec", "containers", self.index)


def find_workload(stream: Stream, name: str) -> Workload:
    """Return the workload that starts vLLM; raises UserError if there is none, or more than one."""
    found = [one for item in stream.objects for one in _workloads(item, stream.objects)]
    if not found:
        kinds = dict.fromkeys(item.kind for item in stream.objects)
        raise UserError(
            f"{name}: no LeaderWorkerSet or Deployment starts vLLM in a way that r1c can read; "
            f"the file has {listed(kinds, 'and')}"
        )
    if len(found) > 1:
        names = listed([one.item.name for one in found], "and")
        raise UserError(f"{name}: several objects start vLLM: {names}; give r1c a file with one of them")
    return found[0]


def _workloads(item: Object, objects: Sequence[Object]) -> Iterator[Workload]:
    group = section(item.data, *map(str, GROUP))
    workers: Path | None = None
    if item.kind == "LeaderWorkerSet":
        own = bool(section(group, "leaderTemplate"))
        path: Path = (*GROUP, "leaderTemplate" if own else "workerTemplate")
        workers = (*GROUP, "workerTemplate") if own and section(group, "workerTemplate") else None
        size = group.get("size", 1)
        nodes = size if type(size) is int and size > 0 else 1
    elif item.kind == "Deployment":
        path, nodes = ("spec", "template"), 1
    else:
        return
    template = section(item.data, *map(str, path))
    for index, container in enumerate(entries(section(template, "spec").get("containers"))):
        within: Path = (*path, "spec", "containers", index)
        leader = Member(0, nodes) if item.kind == "LeaderWorkerSet" else None
        variables = container_variables(objects, container, within, leader)
        runs = started(container, within, variables)
        if runs.servers:
            their = _index(item, workers or path, container, index)
            worker = _worker(item, objects, workers or path, their, nodes) if nodes > 1 else None
            yield Workload(
                item, template, path, workers, nodes, container, index, variables, runs, worker,
                runs.servers[0], their,
            )  # fmt: skip
            return


def _index(item: Object, path: Path, server: Mapping[str, Any], index: int) -> int:
    """Return which of the workers' containers is the server's: by its name, its GPUs, or its place."""
    containers = entries(section(item.data, *map(str, path), "spec").get("containers"))
    name = str(server.get("name"))
    named = [at for at, one in enumerate(containers) if one.get("name") == name]
    gpus = [at for at, one in enumerate(containers) if GPU in section(one, "resources", "limits")]
    usual = [index] if index < len(containers) else [0]
    return (*named, *gpus, *usual)[0]


def _worker(item: Object, objects: Sequence[Object], path: Path, index: int, nodes: int) -> Started | None:
    containers = entries(section(item.data, *map(str, path), "spec").get("containers"))
    if not containers:
        return None
    within: Path = (*path, "spec", "containers", index)
    variables = container_variables(objects, containers[index], within, Member(1, nodes))
    return started(containers[index], within, variables)
