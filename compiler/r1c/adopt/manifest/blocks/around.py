"""The objects beside a workload, as the readers of blocks look at them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from r1c.adopt.manifest.container import section
from r1c.adopt.manifest.stream import Stream
from r1c.adopt.manifest.workload import Workload
from r1c.adopt.profile_draft import Draft, at
from r1c.facts import vllm_metrics
from r1c.facts.vllm_metrics import Need
from r1c.record import field, record

Key = tuple[str, str]
"""The kind and the name of an object."""


@record
class Found:
    """The value of a block and the objects that it makes.

    `beside` are other fields of the profile that follow from it, `node_labels` and `tolerations` what it adds
    to the pods itself.
    """

    value: Any
    objects: tuple[Key, ...] = ()
    beside: Mapping[str, Any] = field(default_factory=dict)
    node_labels: tuple[str, ...] = ()
    tolerations: tuple[Mapping[str, Any], ...] = ()


@record
class Around:
    """A stream, its workload, and the draft so far."""

    stream: Stream
    one: Workload
    draft: Draft

    @property
    def name(self) -> str:
        """The name of the recipe's objects."""
        return self.one.item.name

    def object(self, kind: str, name: str | None = None) -> Mapping[str, Any] | None:
        """Return the object of a kind with the recipe's name, or another one."""
        wanted = name or self.name
        return next(
            (item.data for item in self.stream.objects if (item.kind, item.name) == (kind, wanted)), None
        )

    def known(self, path: str, otherwise: Any = None) -> Any:
        """Return what the draft has at a path."""
        return self.draft.fields.get(at(path), otherwise)

    def groups(self) -> int:
        """Return the number of groups at least."""
        found = self.known("spec.replicas", 1)
        return found if isinstance(found, int) else 1

    def template(self) -> Mapping[str, Any]:
        """Return the leader's pod template."""
        found: Mapping[str, Any] = self.one.template
        return found

    def annotations(self) -> Mapping[str, Any]:
        """Return the annotations of the pods."""
        return section(self.one.template, "metadata", "annotations")

    def metric(self, need: Need) -> str | None:
        """Return the metric of the recipe's vLLM release for a need."""
        version = self.known("spec.vllm.version")
        env = {
            str(path[-1]): str(value)
            for path, value in self.draft.fields.items()
            if path[:-1] == at("spec.vllm.env") and isinstance(value, str)
        }
        return vllm_metrics.name(need, version, env) if isinstance(version, str) else None
