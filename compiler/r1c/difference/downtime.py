"""The plans of both sides -> what is unavailable, or needed, and how long, when groups are recreated."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from r1c import facts
from r1c.diagnostics.suggest import counted
from r1c.facts import change_impact, vllm
from r1c.profile.paths import BENCHMARK
from r1c.record import record
from r1c.resolve.plan import Plan

if TYPE_CHECKING:
    from r1c.resolve.disruption import Rollout


@record
class Downtime:
    """What runs and what is to run; `clusters` are where each does, as people write them, if they differ.

    The minutes are those of one start: download, load, compile and capture (facts/defaults.yaml, startup).
    """

    old: Plan
    new: Plan
    clusters: tuple[str, str] | None = None

    @property
    def minutes(self) -> int:
        """Minutes of one start: what Kubernetes allows it, without the safety factor."""
        return math.ceil(self.new.startup_seconds / facts.defaults().startup.factor / 60)

    @property
    def benchmarked(self) -> bool:
        """Tell whether the recipe keeps a benchmark: one side's profile has spec.benchmark."""
        return any(BENCHMARK in plan.given for plan in (self.old, self.new))

    @property
    def queued(self) -> bool:
        """Tell whether the running groups have a queue of Kueue."""
        return self.old.scheduling.queue is not None

    def lws_has(self, since: str) -> bool | None:
        """Tell whether the cluster's LWS is that version or newer; None if that is not known."""
        return _at_least(self.new.cluster.lws, since)

    def queue_fixes_size(self) -> bool:
        """Tell whether the cluster's Kueue refuses another group size."""
        return _at_least(self.new.cluster.kueue, change_impact.queued_size_fixed()) is True

    def rolling(self) -> str:
        """Say what a rolling update takes away: one group at a time, or what the recipe's rollout says."""
        groups = self.old.group.replicas
        if self.new.rollout:
            return self._rolling_as_asked(self.new.rollout)
        if groups == 1:
            return f"recreates the group: {self.rolling_briefly()}"
        return f"recreates {groups} groups one at a time: {self.rolling_briefly()}"

    def rolling_briefly(self) -> str:
        """Say what is unavailable during a rolling update."""
        groups, gpus = self.old.group.replicas, self.old.group.gpus
        if self.new.rollout:
            return self._taken(self.new.rollout)
        if groups == 1:
            return self.at_once_briefly()
        return f"{gpus} of {_gpus(groups * gpus)} unavailable at a time, about {self.minutes} minutes each"

    def _rolling_as_asked(self, rollout: Rollout) -> str:
        groups, kept = self.old.group.replicas, rollout.partition or 0
        rolled, surge = max(0, groups - kept), min(rollout.max_surge, groups)
        if not rolled:
            return f"recreates no group yet: rollout.partition {kept} keeps the old pods of all of them"
        what = "the group" if groups == 1 else counted(rolled, "group")
        if kept:
            what += f" of {groups} (rollout.partition {kept})"
        needed = f", needs {self._free(surge)} during the rollout" if surge else ""
        return f"recreates {what}{needed}: {self._taken(rollout)}"

    def _taken(self, rollout: Rollout) -> str:
        """Say what is unavailable at a time, by maxUnavailable."""
        groups, gpus = self.old.group.replicas, self.old.group.gpus
        rolled = max(0, groups - (rollout.partition or 0))
        at_a_time = min(rollout.max_unavailable, rolled)
        if not at_a_time:
            return "no GPUs unavailable"
        each = f"for about {self.minutes} minutes" if at_a_time == rolled else "at a time, "
        if at_a_time < rolled:
            each += f"about {self.minutes} minutes each"
        return f"{at_a_time * gpus} of {_gpus(groups * gpus)} unavailable {each}"

    def at_once_briefly(self) -> str:
        """Say what is unavailable when all groups are deleted and created again."""
        return f"{self.held()} unavailable for about {self.minutes} minutes"

    def starting(self) -> str:
        """Say what the new groups need, all of them."""
        return f"needs {self._free(self.new.group.replicas)}, ready after about {self.minutes} minutes"

    def scaled(self, old: int, new: int) -> str:
        """Say what another number of groups takes or gives back."""
        count = abs(new - old)
        if new > old:
            needed = f"needs {self._free(count)}, ready after about {self.minutes} minutes"
            return f"adds {counted(count, 'group')}: {needed}; {_unaffected(old)}"
        gpus = _gpus(count * self.old.group.gpus)
        return (
            f"removes {counted(count, 'group')}: {_requests(count)}, {gpus} become free; {_unaffected(new)}"
        )

    def scaled_briefly(self, old: int, new: int) -> str:
        """Say how many GPUs another number of groups takes or gives back."""
        group = (self.new if new > old else self.old).group
        return f"{_gpus(abs(new - old) * group.gpus)} {'more' if new > old else 'fewer'}"

    def scaled_and_rolled(self) -> str:
        """Say what another number of groups together with a change of the pods does.

        LWS adds groups of the new kind first, and recreates the others once those are ready; groups that go
        do not delay anything.
        """
        old, new = self.old.group.replicas, self.new.group.replicas
        others = f"the {min(old, new)} others one at a time" if min(old, new) > 1 else "the other one"
        rolled = f"recreates {others}: {self.others_briefly()}"
        if new < old:
            freed = f"{_gpus((old - new) * self.old.group.gpus)} become free"
            return f"removes {counted(old - new, 'group')}: {_requests(old - new)}, {freed}; {rolled}"
        first = f"first adds {counted(new - old, 'group')}"
        needed = f"needs {self._free(new - old)}, about {self.minutes} minutes"
        ready = "it is" if new - old == 1 else "they are"
        without = "they are" if old > 1 else "it is"
        return (
            f"{first} ({needed}); once {ready} ready, {rolled}; without the free nodes {without} not touched"
        )

    def others_briefly(self) -> str:
        """Say what is unavailable while those groups are recreated that are neither added nor removed."""
        old, new = self.old.group, self.new.group
        others = min(old.replicas, new.replicas)
        total = others * old.gpus + max(0, new.replicas - old.replicas) * new.gpus
        gone = _gpus(total) if total == old.gpus else f"{old.gpus} of {_gpus(total)}"
        each = (
            f" at a time, about {self.minutes} minutes each"
            if others > 1
            else f" for about {self.minutes} minutes"
        )
        return f"{gone} unavailable{each}"

    def held(self) -> str:
        """Say how many GPUs the old groups hold together."""
        return _gpus(self.old.group.gpus * self.old.group.replicas)

    def wanted(self) -> str:
        """Say how many GPUs the new groups hold together."""
        return _gpus(self.new.group.gpus * self.new.group.replicas)

    def _free(self, groups: int) -> str:
        group = self.new.group
        return f"{counted(groups * group.nodes, 'free node')} with {_gpus(groups * group.gpus)}"


def _at_least(version: str | None, since: str) -> bool | None:
    have, want = (vllm.key(text) if text else None for text in (version, since))
    return None if have is None or want is None else have >= want


def _requests(groups: int) -> str:
    return "its requests end" if groups == 1 else "their requests end"


def _unaffected(groups: int) -> str:
    return "the other group is not affected" if groups == 1 else "the other groups are not affected"


def _gpus(number: int) -> str:
    return counted(number, "GPU")
