"""Regions and zones of Google Cloud, where machines are, and names kept by Google (facts/places.yaml)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from r1c import facts
from r1c.facts.entry import fill, frozen
from r1c.record import named_record


@named_record
class NodeLabels:
    """The labels that GKE sets on nodes, and the namespaces that are reserved for such, at a date.

    `switches` are those that a node has with the value true, or not at all.
    """

    reserved: tuple[str, ...]
    keys: tuple[str, ...]
    switches: tuple[str, ...]
    date: str


@named_record
class BucketNames:
    """What a bucket's name must not begin with, or have in it."""

    prefix: str
    parts: tuple[str, ...]


@named_record
class GoogleCloud:
    """The whole file.

    `zones` maps a region to the letters of its zones, `continents` a continent to the first words of its
    regions, `machines` a machine type to the zones that had it on `machines_date`.
    """

    date: str
    regions: tuple[str, ...]
    zones: Mapping[str, str]
    continents: Mapping[str, tuple[str, ...]]
    machines: Mapping[str, tuple[str, ...]]
    machines_date: str
    labels: NodeLabels
    system_priority_classes: tuple[str, ...]
    buckets: BucketNames

    def zones_of(self, region: str) -> str:
        """Return the letters of a region's zones."""
        return self.zones.get(region, self.zones["others"])


@cache
def read() -> GoogleCloud:
    """Return the table."""
    data = facts.data("places")
    machines = data["machines"]
    return fill(
        GoogleCloud,
        data,
        machines={name: frozen(zones) for name, zones in machines.items() if name not in ("source", "date")},
        machines_date=machines["date"],
        labels=fill(NodeLabels, data["labels"]),
        system_priority_classes=frozen(data["priorityClasses"]["system"]),
        buckets=fill(BucketNames, data["buckets"]),
    )
