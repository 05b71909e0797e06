"""What every check is given: the recipe, its objects, and the snapshot; and how it reports."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal
from typing import TypeVar

from r1c.diagnostics import Code, Finding, Path, Related
from r1c.lower.bundle import Bundle
from r1c.names import ACCELERATOR
from r1c.preflight import requests
from r1c.preflight.objects import Amounts, ApiGroups, Model, Node, PodSpec, Running
from r1c.preflight.requests import Request
from r1c.preflight.snapshot import Snapshot
from r1c.record import field, record
from r1c.resolve.plan import Plan

Kind = TypeVar("Kind", bound=Model)
Found = tuple[Code, Finding]
NAMED = 4
"""Objects that a message names before it counts the rest."""


class NotHeldError(Exception):
    """The snapshot does not hold what a check reads."""


@record
class View:
    """A recipe and a snapshot of its cluster; `gaps` collects what the snapshot does not hold, and why."""

    plan: Plan
    bundle: Bundle
    snapshot: Snapshot
    gaps: dict[str, tuple[Request, str | None]] = field(default_factory=dict)

    def held(self, request: Request) -> bool:
        """Tell whether the snapshot has the answer to a request; if not, that is noted."""
        try:
            self._objects(request)
        except NotHeldError:
            return False
        return True

    def items(self, request: Request, model: type[Kind]) -> tuple[Kind, ...]:
        """Return the objects of a request; raises NotHeldError if the snapshot does not say."""
        return tuple(self.snapshot.model(item, model) for item in self._objects(request))

    def item(self, request: Request, model: type[Kind]) -> Kind | None:
        """Return the object of a request, None if the cluster does not have it."""
        return next(iter(self.items(request, model)), None)

    def running(self) -> tuple[Running, ...]:
        """Return the pods that are on nodes."""
        return tuple(item for item in self._objects(requests.pods()) if isinstance(item, Running))

    def machines(self) -> tuple[Node, ...]:
        """Return the nodes with the platform's GPUs, ready or not."""
        label = self.plan.platform.accelerator_label
        return tuple(
            node
            for node in self.items(requests.nodes(), Node)
            if node.metadata.labels.get(ACCELERATOR) == label
        )

    def _objects(self, request: Request) -> Sequence[object]:
        answer = self.snapshot.answer(request)
        if answer is not None and not answer.refused:
            return answer.objects
        if request.definition and not self._defined(request.definition):
            return ()
        if request.api and self._says_what_is_served() and request.api not in self.served():
            return ()
        self.gaps.setdefault(request.name, (request, answer.refused if answer else None))
        raise NotHeldError(request.name)

    def served(self) -> frozenset[str]:
        """Return the API groups with their versions; raises NotHeldError if the snapshot does not say."""
        found = self.item(requests.apis(), ApiGroups)
        groups = found.groups if found else ()
        return frozenset(version.group_version for group in groups for version in group.versions)

    def _says_what_is_served(self) -> bool:
        answer = self.snapshot.answer(requests.apis())
        return answer is not None and not answer.refused

    def _defined(self, name: str) -> bool:
        """Tell whether a kind may be there: all but those whose definition is known to be missing."""
        answer = self.snapshot.answer(requests.definition(name))
        return answer is None or bool(answer.refused) or bool(answer.objects)

    def found(self, code: Code, path: str, message: str, help: str, about: str) -> Found:
        """Return a finding at a field of the profile, about an object of the cluster."""
        place: Path = tuple(path.split("."))
        return code, Finding(place, message, help, related=(Related(about, place=self.snapshot.shown),))

    def templates(self) -> tuple[PodSpec, ...]:
        """Return the pods of the server: the leader's, and the worker's of a group of several nodes."""
        (group,) = (item for item in requests.objects(self.bundle) if item["kind"] == "LeaderWorkerSet")
        template = group["spec"]["leaderWorkerTemplate"]
        found = [
            template["leaderTemplate"],
            *([template["workerTemplate"]] if self.plan.group.nodes > 1 else []),
        ]
        return tuple(PodSpec.model_validate(item["spec"]) for item in found)

    def group_requests(self) -> Amounts:
        """Return what the pods of one group request together."""
        total: dict[str, Decimal] = defaultdict(Decimal)
        leader, *workers = self.templates()
        for spec, pods in ((leader, 1), *((worker, self.plan.group.nodes - 1) for worker in workers)):
            for resource, value in spec.requests().items():
                total[resource] += value * pods
        return total


Check = Callable[[View], Iterator[Found]]


def named(names: Iterable[str]) -> str:
    """List names, of many only the first."""
    known = sorted(names)
    if len(known) <= NAMED:
        return ", ".join(known)
    return f"{', '.join(known[:NAMED])} and {len(known) - NAMED} more"
