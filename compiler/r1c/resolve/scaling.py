"""The scaling section of a profile -> the limits, the metric and the pace of the autoscaler."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal

from r1c import facts
from r1c.record import record

if TYPE_CHECKING:
    from r1c.profile.model import Spec

WAITING, RUNNING_SHARE, KV_CACHE = 5.0, 0.8, 0.8
"""The default targets. Five waiting requests are those of Google's sample (GoogleCloudPlatform/
kubernetes-engine-samples, ai-ml/llm-multihost-gpus/vllm-hpa.yaml); the shares leave room for the time of a
start.
"""

LONGEST_UP, LONGEST_DOWN = 1800, 3600
"""The longest period of a policy, and the longest window, that an autoscaler accepts, in seconds."""

MAX_NUM_SEQS = "max-num-seqs"


@record
class Scaling:
    """How many groups there may be, by which metric, and how fast groups come and go.

    `target` is None for running requests of a server whose max-num-seqs the profile does not give.
    `start_seconds` is the time that a group takes to download and load.
    """

    adapter: Literal["customMetricsStackdriver", "prometheusAdapter", "keda"]
    least: int
    most: int
    metric: Literal["waiting", "running", "kvCache"]
    target: float | None
    up_seconds: int
    down_seconds: int
    start_seconds: int


def scaling_of(spec: Spec, startup_seconds: int, engines: int) -> Scaling | None:
    """Fill in what the section leaves open.

    `startup_seconds` is what the startup probe allows, `engines` the data parallel ranks of a group.
    """
    asked = spec.scaling
    if asked is None:
        return None
    start = math.ceil(startup_seconds / facts.defaults().startup.factor)
    return Scaling(
        asked.adapter,
        spec.replicas if asked.min_replicas is None else asked.min_replicas,
        asked.max_replicas,
        asked.metric,
        _default(spec, asked.adapter, asked.metric, engines) if asked.target is None else asked.target,
        min(start, LONGEST_UP) if asked.up_seconds is None else asked.up_seconds,
        min(start, LONGEST_DOWN) if asked.down_seconds is None else asked.down_seconds,
        start,
    )


def largest_cache_use(adapter: str, engines: int) -> int:
    """Return what the use of a group's KV cache is at most, as an adapter gives it.

    Each engine of a group has its own series, from 0 to 1. Google's adapter adds the series of a pod
    (GoogleCloudPlatform/k8s-stackdriver, custom-metrics-stackdriver-adapter, response_translator.go); the
    rules for the others take the fullest.
    """
    return engines if adapter == "customMetricsStackdriver" else 1


def _default(spec: Spec, adapter: str, metric: str, engines: int) -> float | None:
    if metric == "running":
        at_once = spec.vllm.args.get(MAX_NUM_SEQS)
        # max-num-seqs is the limit of each engine.
        return float(max(1, int(at_once * engines * RUNNING_SHARE))) if isinstance(at_once, int) else None
    return WAITING if metric == "waiting" else KV_CACHE * largest_cache_use(adapter, engines)
