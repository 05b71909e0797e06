"""The monitoring section of a profile -> what is scraped, and when alerts fire."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

from r1c.record import record

if TYPE_CHECKING:
    from r1c.profile.model import Spec


@record
class Monitoring:
    """How the leaders are scraped; the targets are milliseconds, None for no alert."""

    system: Literal["managedPrometheus", "prometheusOperator"]
    interval: str
    labels: Mapping[str, str]
    namespace: str
    ttft_ms: float | None
    tpot_ms: float | None


def monitoring_of(spec: Spec) -> Monitoring | None:
    """Take the targets from the benchmark's goodput where the section has none."""
    asked, goodput = spec.monitoring, spec.benchmark.goodput
    if asked is None:
        return None
    return Monitoring(
        asked.system,
        asked.interval,
        asked.labels,
        asked.namespace,
        asked.ttft_ms or goodput.ttft_ms,
        asked.tpot_ms or goodput.tpot_ms,
    )
