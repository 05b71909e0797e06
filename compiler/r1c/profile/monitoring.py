"""spec.monitoring: metrics of the server, alerts on them, and a dashboard."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from r1c.profile.section import info, section
from r1c.record import field


@section
class Monitoring:
    """Scraping of the leaders' metrics, alert rules and a Grafana dashboard (monitoring.yaml)."""

    system: Literal["managedPrometheus", "prometheusOperator"] = "managedPrometheus"
    """managedPrometheus: PodMonitoring and Rules of Google Cloud Managed Service for Prometheus.
    prometheusOperator: PodMonitor and PrometheusRule.
    """
    interval: str = "30s"
    """Time between two scrapes, such as 30s or 1m."""
    labels: Annotated[Mapping[str, str], info(examples=[{"release": "kube-prometheus-stack"}])] = field(
        default_factory=dict
    )
    """Labels of the PodMonitor and the PrometheusRule by which the operator's Prometheus selects them."""
    namespace: str = "monitoring"
    """Namespace of the operator's Prometheus, which spec.protection lets scrape the leaders."""
    ttft_ms: Annotated[float | None, info(ge=1, allow_inf_nan=False, examples=[2000.0])] = None
    """Alert when the 95th percentile of the time to the first token is above it. Default:
    benchmark.goodput.ttftMs; no alert without either.
    """
    tpot_ms: Annotated[float | None, info(ge=1, allow_inf_nan=False, examples=[100.0])] = None
    """Alert when the 95th percentile of the time for each token after the first is above it. Default:
    benchmark.goodput.tpotMs; no alert without either.
    """
