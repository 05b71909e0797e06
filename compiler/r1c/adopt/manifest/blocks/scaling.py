"""A HorizontalPodAutoscaler or a ScaledObject -> spec.scaling."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from r1c.adopt import profile_text
from r1c.adopt.manifest.blocks.around import Around, Found, Key
from r1c.adopt.manifest.container import entries, section
from r1c.facts.vllm_metrics import Need
from r1c.lower.scaling import NAMED
from r1c.pipeline import plan_data
from r1c.record import replace

NEEDS: tuple[Need, ...] = ("waiting", "running", "kvCache")


def read(around: Around) -> Found | None:
    """Return the block of an autoscaler of the LeaderWorkerSet by a metric of vLLM."""
    for kind, fields, reader in (
        ("HorizontalPodAutoscaler", ("minReplicas", "maxReplicas"), _hpa),
        ("ScaledObject", ("minReplicaCount", "maxReplicaCount"), _keda),
    ):
        item = around.object(kind)
        spec = section(item, "spec") if item else {}
        if not spec or section(spec, "scaleTargetRef").get("name") != around.name:
            continue
        least, most = (spec.get(field) for field in fields)
        read_ = reader(around, spec)
        if read_ is None or not isinstance(least, int) or not isinstance(most, int):
            return None
        adapter, metric, target, behavior = read_
        value = {"adapter": adapter, "maxReplicas": most, "metric": metric, "target": target}
        value |= dict(_pace(behavior))
        objects: list[Key] = [(kind, around.name)]
        if around.object("TriggerAuthentication"):
            objects.append(("TriggerAuthentication", around.name))
        beside = {"spec.replicas": least}
        return Found(_short(around, value, beside), tuple(objects), beside)
    return None


Read = tuple[str, str, float, Mapping[str, Any]]
"""The adapter, the metric, the target and the behavior."""


def _hpa(around: Around, spec: Mapping[str, Any]) -> Read | None:
    metrics = entries(spec.get("metrics"))
    pods = section(metrics[0], "pods") if len(metrics) == 1 else {}
    name, target = section(pods, "metric").get("name"), section(pods, "target").get("averageValue")
    for adapter, pattern in NAMED.items():
        for need in NEEDS:
            known = around.metric(need) or ""
            shown = known.replace(":", "_") if adapter == "prometheusAdapter" else known
            if known and name == pattern.format(metric=shown) and target is not None:
                return adapter, need, _number(str(target)), section(spec, "behavior")
    return None


def _keda(around: Around, spec: Mapping[str, Any]) -> Read | None:
    triggers = entries(spec.get("triggers"))
    said = section(triggers[0], "metadata") if len(triggers) == 1 else {}
    for need in NEEDS:
        known = around.metric(need)
        if known and f"{known}{{" in str(said.get("query", "")):
            behavior = section(spec, "advanced", "horizontalPodAutoscalerConfig", "behavior")
            return "keda", need, _number(str(said.get("threshold", "0"))), behavior
    return None


def _number(text: str) -> float:
    """Return a quantity of Kubernetes: 5, or 800m for 0.8; 0 for another text."""
    part = 1000 if text.endswith("m") else 1
    try:
        return float(text.removesuffix("m")) / part
    except ValueError:
        return 0.0


def _pace(behavior: Mapping[str, Any]) -> Iterator[tuple[str, int]]:
    policies = entries(section(behavior, "scaleUp").get("policies"))
    up = policies[0].get("periodSeconds") if policies else None
    down = section(behavior, "scaleDown").get("stabilizationWindowSeconds")
    if isinstance(up, int):
        yield "upSeconds", up
    if isinstance(down, int):
        yield "downSeconds", down


def _short(around: Around, value: dict[str, Any], beside: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out what the profile would have without it."""
    needed = {key: value[key] for key in ("adapter", "maxReplicas", "metric")}
    fields = {**around.draft.fields, ("spec", "scaling"): needed}
    fields |= {tuple(path.split(".")): item for path, item in beside.items()}
    usual = plan_data("profile", profile_text.data(replace(around.draft, fields=fields))).scaling
    if usual is None:
        return value
    defaults = {
        "target": usual.target,
        "upSeconds": usual.up_seconds,
        "downSeconds": usual.down_seconds,
        "metric": "waiting",
    }
    return {key: item for key, item in value.items() if key not in defaults or defaults[key] != item}
