"""PodDisruptionBudget and annotation of pods -> spec.disruption; the rollout's strategy -> spec.rollout."""

from __future__ import annotations

from typing import Any

from r1c.adopt.manifest.blocks.around import Around, Found
from r1c.adopt.manifest.container import section
from r1c.lower.disruption import SAFE_TO_EVICT
from r1c.names import GROUP_SET

KIND = "PodDisruptionBudget"


def budget(around: Around) -> Found | None:
    """Return the block of a budget over whole groups, or of the annotation for a recipe of one group."""
    kept = SAFE_TO_EVICT.items() <= around.annotations().items()
    value: dict[str, Any] = {} if kept else {"safeToEvict": True}
    item = around.object(KIND)
    if item is None:
        return Found({}) if kept and around.groups() <= 1 else None
    spec = section(item, "spec")
    least, nodes = spec.get("minAvailable"), around.one.nodes
    if section(spec, "selector", "matchLabels") != {GROUP_SET: around.name} or not isinstance(least, int):
        return None
    unavailable = around.groups() - least // nodes
    if least % nodes or unavailable < 1:
        return None
    if unavailable > 1:
        value["maxUnavailable"] = unavailable
    return Found(value, ((KIND, around.name),))


def rollout(around: Around) -> Found | None:
    """Return the block of another strategy than r1c's default."""
    strategy = section(around.one.item.data, "spec", "rolloutStrategy")
    found = section(strategy, "rollingUpdateConfiguration")
    defaults: dict[str, Any] = {"maxUnavailable": 1, "maxSurge": 0}
    known = {key: found.get(key) for key in (*defaults, "partition") if key in found}
    if strategy.get("type", "RollingUpdate") != "RollingUpdate":
        return None
    if not found or len(known) != len(found) or any(type(value) is not int for value in known.values()):
        return None
    value = {key: item for key, item in known.items() if defaults.get(key) != item}
    return Found(value) if value else None
