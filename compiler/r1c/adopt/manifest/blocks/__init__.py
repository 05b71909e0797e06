"""The objects around a server -> the optional blocks of a profile that make them.

Objects in the form that r1c writes become blocks; where a block would create something else, it is named.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from r1c import lower
from r1c.adopt import profile_text
from r1c.adopt.manifest.blocks import (
    claim,
    disruption,
    gateway,
    monitoring,
    protection,
    provisioning,
    scaling,
)
from r1c.adopt.manifest.blocks.around import Around, Found
from r1c.adopt.manifest.stream import Stream
from r1c.adopt.manifest.workload import Workload
from r1c.adopt.profile_draft import Draft, at, join
from r1c.pipeline import plan_data
from r1c.record import record, replace

_READERS: tuple[tuple[str, Callable[[Around], Found | None]], ...] = (
    ("spec.scaling", scaling.read),
    ("spec.disruption", disruption.budget),
    ("spec.rollout", disruption.rollout),
    ("spec.monitoring", monitoring.read),
    ("spec.gateway", gateway.read),
    ("spec.protection", protection.read),
    ("spec.provisioning", provisioning.read),
    ("spec.network.mode", claim.read),
)
"""What reads each block, in the order in which they need each other."""

_NOTED = {"spec.rollout": "rolloutStrategy", "spec.network.mode": "resourceClaims"}
"""How a field of the workload begins that a block carries, where it would be named as left out."""
_SELECTOR = at("spec.scheduling.nodeSelector")
_TOLERATIONS = at("spec.scheduling.tolerations")


@record
class Carried:
    """The draft with the blocks, and the stream without the objects that they make."""

    draft: Draft
    rest: Stream
    noted: tuple[str, ...]

    def quiet(self, draft: Draft) -> Draft:
        """Return a draft without the notes about fields that a block carries."""
        kept = [item for item in draft.dropped if not item[0].startswith(self.noted)]
        parts = [part for part in draft.overlay if not part.what.startswith(self.noted)]
        return replace(draft, dropped=tuple(kept), overlay=tuple(parts)) if self.noted else draft


def carried(stream: Stream, one: Workload, draft: Draft) -> Carried:
    """Return the blocks that the objects around the workload become."""
    found: dict[str, Found] = {}
    around = Around(stream, one, draft)
    for path, read in _READERS:
        block = read(around)
        if block is not None:
            found[path] = block
            draft = _with(draft, path, block)
            around = Around(stream, one, draft)
    keys = {key for block in found.values() for key in block.objects}
    rest = tuple(item for item in stream.objects if item is one.item or (item.kind, item.name) not in keys)
    noted = tuple(_NOTED[path] for path in found if path in _NOTED)
    differing = Draft(dropped=tuple(_other(around, draft, found)))
    return Carried(join(draft, differing), replace(stream, objects=rest), noted)


def _with(draft: Draft, path: str, block: Found) -> Draft:
    """Return a draft with a block, and without what it stands for elsewhere."""
    fields = {**draft.fields, at(path): block.value, **{at(key): item for key, item in block.beside.items()}}
    selector = {
        key: value for key, value in draft.fields.get(_SELECTOR, {}).items() if key not in block.node_labels
    }
    if _SELECTOR in fields:
        fields[_SELECTOR] = selector
    taints = [item for item in draft.fields.get(_TOLERATIONS, ()) if item not in block.tolerations]
    if _TOLERATIONS in fields:
        fields[_TOLERATIONS] = taints
    return replace(draft, fields=fields)


def _other(around: Around, draft: Draft, found: dict[str, Found]) -> Iterator[tuple[str, str]]:
    """Yield the objects that the blocks make with other values than the manifest's."""
    if not any(block.objects for block in found.values()):
        return
    plan = plan_data("profile", profile_text.data(draft))
    made = {
        (item["kind"], item["metadata"]["name"]): item
        for manifest in lower.blocks(plan)
        for item in manifest.objects
    }
    given = {(item.kind, item.name): item.data for item in around.stream.objects}
    for path, block in found.items():
        for key in block.objects:
            if made.get(key) != given[key]:
                yield " ".join(key), f"{path} makes it, but not with the same values: compare them"
