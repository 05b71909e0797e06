"""The plans of both sides -> what of the service stops when groups are replaced, in GPUs and minutes."""

from __future__ import annotations

import math

from r1c import facts
from r1c.facts import vllm
from r1c.plan import Plan
from r1c.record import record


@record
class Outage:
    """What runs and what is to run. The minutes are those of one start: download, load, compile and capture
    (facts/defaults.yaml, startup).
    """

    old: Plan
    new: Plan

    @property
    def minutes(self) -> int:
        """Minutes of one start: what Kubernetes allows it, without the safety factor."""
        return math.ceil(self.new.startup_seconds / int(facts.default("startup")["factor"]) / 60)

    @property
    def queued(self) -> bool:
        """Tell whether Kueue manages the groups."""
        return self.old.scheduling.queue is not None

    def lws_has(self, since: str) -> bool | None:
        """Tell whether the cluster's LWS is that version or newer; None where nobody knows."""
        return _at_least(self.new.cluster.lws, since)

    def queue_fixes_size(self) -> bool:
        """Tell whether the cluster's Kueue refuses another group size."""
        return _at_least(self.new.cluster.kueue, facts.table("impact")["data"]["queued"]["sizeFixed"]) is True

    def rolling(self) -> str:
        """Say what a rolling update takes away, with maxUnavailable 1."""
        groups = self.old.group.replicas
        if groups == 1:
            return f"the group is recreated: {self.rolling_briefly()}, the model loads again"
        out = self.rolling_briefly()
        return f"{groups} groups are recreated, one after the other: {out}, the model loads again"

    def rolling_briefly(self) -> str:
        """Say what is out of service during a rolling update."""
        groups, gpus = self.old.group.replicas, self.old.group.gpus
        if groups == 1:
            return self.at_once_briefly()
        return f"{gpus} of {_gpus(groups * gpus)} out at a time, about {self.minutes} minutes each"

    def at_once_briefly(self) -> str:
        """Say what is out of service when all groups are deleted and made again."""
        return f"{self.held()} out for about {self.minutes} minutes"

    def starting(self) -> str:
        """Say what new groups need."""
        group = self.new.group
        nodes, gpus = group.nodes * group.replicas, group.gpus * group.replicas
        needed = f"{_count(nodes, 'free node')} with {_gpus(gpus)} needed"
        return f"{needed}, ready after about {self.minutes} minutes"

    def scaled(self, old: int, new: int) -> str:
        """Say what another number of groups takes or gives back."""
        group = self.new.group if new > old else self.old.group
        count = abs(new - old)
        nodes, gpus = _count(count * group.nodes, "free node"), _gpus(count * group.gpus)
        if new > old:
            needed = f"{nodes} with {gpus} needed, ready after about {self.minutes} minutes"
            return f"{_count(count, 'group')} more: {needed}; the others run on"
        return f"{_count(count, 'group')} fewer: their requests end, {gpus} become free; the others run on"

    def held(self) -> str:
        """Say how many GPUs the old groups hold together."""
        return _gpus(self.old.group.gpus * self.old.group.replicas)


def _at_least(version: str | None, since: str) -> bool | None:
    have, want = (vllm.key(text) if text else None for text in (version, since))
    return None if have is None or want is None else have >= want


def _gpus(number: int) -> str:
    return _count(number, "GPU")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
