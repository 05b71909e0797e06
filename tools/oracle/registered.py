"""Prints as JSON the metrics that an installed vLLM registers, by engine; run by that installation's Python.

The loggers are vLLM's own; only the configuration is made here, with what they read of it.
"""

from __future__ import annotations

import json
import sys
from importlib import import_module
from types import SimpleNamespace
from typing import Any

CONFIG: Any = SimpleNamespace(
    observability_config=SimpleNamespace(
        show_hidden_metrics=False,
        kv_cache_metrics=False,
        cudagraph_metrics=False,
        enable_mfu_metrics=False,
        custom_histogram_buckets=None,
    ),
    model_config=SimpleNamespace(served_model_name="tiny", max_model_len=4096, is_diffusion=False),
    speculative_config=None,
    lora_config=None,
    kv_transfer_config=None,
    ec_transfer_config=None,
    watermark_config=None,
    parallel_config=SimpleNamespace(data_parallel_size=1),
)


def names() -> list[str]:
    """Return the names that /metrics shows of what is registered; of histograms that of the family."""
    registry = import_module("prometheus_client").REGISTRY
    found = ((family.name, family.type) for family in registry.collect())
    return sorted(
        f"{name}_total" if kind == "counter" else name for name, kind in found if name.startswith("vllm:")
    )


def registered() -> dict[str, list[str]]:
    """Return the names by engine; without v0 where the release no longer has that engine."""
    import_module("vllm.v1.metrics.loggers").PrometheusStatLogger(CONFIG)
    found = {"v1": names()}
    try:
        older = import_module("vllm.engine.metrics")
    except ImportError:
        return found
    # It takes the metrics of the other engine out of the registry first.
    older.PrometheusStatLogger(local_interval=5, labels={"model_name": "tiny"}, vllm_config=CONFIG)
    return {**found, "v0": names()}


if __name__ == "__main__":
    # vLLM logs on standard output too: the last line is the result.
    print(json.dumps(registered()), file=sys.stdout, flush=True)
