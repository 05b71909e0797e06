"""spec.scaling: an autoscaler for the number of groups."""

from __future__ import annotations

from typing import Annotated, Literal

from r1c.profile.section import info, section


@section
class Scaling:
    """Autoscaling of the groups by a metric of vLLM (scaling.yaml)."""

    adapter: Annotated[
        Literal["customMetricsStackdriver", "prometheusAdapter", "keda"],
        info(examples=["customMetricsStackdriver"]),
    ]
    """Adapter of the cluster that gives the metric to the autoscaler. customMetricsStackdriver and
    prometheusAdapter: HorizontalPodAutoscaler with the name that the adapter gives the metric. keda:
    ScaledObject with a query.
    """
    min_replicas: Annotated[int | None, info(ge=1, examples=[1])] = None
    """Minimum number of groups. Default: spec.replicas."""
    max_replicas: Annotated[int, info(ge=1, le=1_000_000, examples=[4])]
    """Maximum number of groups; each needs the nodes of a group."""
    metric: Literal["waiting", "running", "kvCache"] = "waiting"
    """waiting: requests in the queue of a group. running: requests that a group processes. kvCache: part of
    its KV cache in use.
    """
    target: Annotated[float | None, info(ge=0.001, allow_inf_nan=False, examples=[5.0])] = None
    """Average per group above which groups are added. Default: 5 waiting requests, 80 % of max-num-seqs
    running requests, 0.8 of the KV cache.
    """
    up_seconds: Annotated[int | None, info(ge=1, le=1800, examples=[1800])] = None
    """Seconds from one added group to the next. Default: the time of a start, at most 1800."""
    down_seconds: Annotated[int | None, info(ge=0, le=3600, examples=[3600])] = None
    """Seconds for which fewer groups must be enough before one is removed. Default: the time of a start, at
    most 3600.
    """
