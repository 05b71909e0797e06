"""The result of a search for configurations -> JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from r1c.capacity import estimate
from r1c.commands.forecast_report import load_data, numbers
from r1c.fit.question import Question
from r1c.fit.search import Found, Proposed, Refused
from r1c.fit.shape import Shape
from r1c.forecast import cost
from r1c.forecast.load import MS
from r1c.record import record


@record
class Report:
    """What was found for each platform, all proposals in order, and the price of a GPU hour by platform."""

    found: tuple[Found, ...]
    proposed: tuple[Proposed, ...]
    prices: Mapping[str, float]

    @property
    def question(self) -> Question:
        """What was asked, but for the platform and its release: those of the first one."""
        return self.found[0].question


def as_json(report: Report) -> str:
    """Write the configurations, best first, and the excluded ones, as one JSON document.

    Milliseconds, tokens a second, bytes of one GPU; targets that were not given are null.
    """
    question = report.question
    targets = question.targets
    document = {
        "model": question.model.id,
        "max_model_len": question.context,
        "load": load_data(question.load) if question.load else None,
        "targets": {
            "ttft_ms": targets.ttft and targets.ttft * MS,
            "tpot_ms": targets.tpot and targets.tpot * MS,
        },
        "nodes_at_most": question.nodes,
        "platforms": [
            {"platform": one.question.platform, "vllm": one.question.release} for one in report.found
        ],
        "configurations": [
            _proposed(number, item, report.prices.get(item.question.platform))
            for number, item in enumerate(report.proposed, 1)
        ],
        "out": [_refused(item) for one in report.found for item in one.refused],
    }
    return json.dumps(document, indent=2) + "\n"


def _shape(shape: Shape, groups: int) -> dict[str, Any]:
    return {
        "gpus": shape.gpus * groups,
        "groups": groups,
        "nodes_per_group": shape.nodes,
        "parallelism": {
            "tensor": shape.tensor,
            "pipeline": shape.pipeline,
            "data": shape.data,
            "expert": shape.experts,
        },
    }


def _proposed(number: int, item: Proposed, price: float | None) -> dict[str, Any]:
    size, expected = estimate(item.plan), item.forecast
    return {
        "number": number,
        "platform": item.question.platform,
        **_shape(item.shape, item.groups),
        "max_num_seqs": item.plan.server.value("max-num-seqs"),
        "kv_cache_tokens": {"low": size.tokens.low, "high": size.tokens.high} if size else None,
        "ttft_ms": expected and numbers(expected.ttft, MS),
        "tpot_ms": expected and numbers(expected.tpot, MS),
        "output_tokens_per_s": expected and numbers(expected.output_rate),
        "not_measured": list(expected.unmeasured) if expected else None,
        "whole_range_meets": item.sure if expected else None,
        "warnings": [{"code": warning.code, "message": warning.message} for warning in item.warnings],
        "cost_per_hour": None if price is None else cost.by_hour(item.plan, price),
        "cost_per_million_output_tokens": None
        if price is None or expected is None
        else numbers(cost.of_a_million(item.plan, price, expected)),
    }


def _refused(item: Refused) -> dict[str, Any]:
    return {
        "platform": item.question.platform,
        **_shape(item.shape, item.groups),
        "code": item.reason.code,
        "reason": str(item.reason),
        "better_end_meets": item.reason.low_meets,
    }
