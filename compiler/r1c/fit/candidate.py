"""A question and a shape -> the profile of that configuration, checked by every rule of r1c."""

from __future__ import annotations

import math
from typing import Any

from r1c import facts
from r1c.adopt import profile_text, starter
from r1c.adopt.profile_draft import Draft, at, given, join, recipe_name
from r1c.diagnostics import Path
from r1c.fit.question import Question
from r1c.fit.shape import Shape
from r1c.forecast.load import MS
from r1c.pipeline import Checked, analyse_data, plan_data
from r1c.profile.benchmark import Benchmark
from r1c.resolve.plan import Plan

NAME = "candidate.yaml"
_SEQUENCES = at("spec.vllm.args", "max-num-seqs")


def draft(question: Question, shape: Shape, groups: int) -> Draft:
    """Return the profile of a number of groups of a shape, without what only the user knows."""
    model = question.model
    start = starter.base(
        question.platform, model.id, question.release, own=model.architecture, length=question.context
    )
    cut = starter.cut(question.platform, shape.tensor, shape.pipeline, shape.nodes)
    name = recipe_name(model.id, question.platform)
    own = given({"metadata.name": name, "spec.model.config": model.path, "spec.replicas": groups})
    flags = join(start, _sequences(question, shape, groups))
    at_once = (flags.fields.get(_SEQUENCES) or 0) * shape.data * groups
    return join(flags, own, cut, _copies(shape), _benchmark(question, at_once))


def _copies(shape: Shape) -> Draft:
    fields: dict[Path, Any] = {}
    comments: dict[Path, str] = {}
    if shape.data > 1:
        size = at("spec.vllm.args", "data-parallel-size")
        fields[size] = shape.data
        comments[size] = "copies of the attention layers, each with its own requests and KV cache"
    if shape.experts:
        whole = at("spec.vllm.args", "enable-expert-parallel")
        fields[whole] = True
        comments[whole] = "each GPU has whole experts"
    return Draft(fields, comments)


def _sequences(question: Question, shape: Shape, groups: int) -> Draft:
    """Return max-num-seqs: the part of the requests in flight that each copy of the model serves."""
    load = question.load
    if load is None or load.rate is not None:
        return Draft()
    copies = groups * shape.data
    comment = f"{load.in_flight:,} requests at the same time{f' in {copies} copies' if copies > 1 else ''}"
    return Draft({_SEQUENCES: math.ceil(load.in_flight / groups / shape.data)}, {_SEQUENCES: comment})


def _benchmark(question: Question, at_once: int) -> Draft:
    """Return the load and the targets as the benchmark, with enough prompts for all that run at once."""
    load, targets = question.load, question.targets
    fields: dict[str, Any] = {}
    if load:
        fields = {
            "inputLen": load.input_len,
            "outputLen": load.output_len,
            "concurrency": None if load.rate else load.in_flight,
            "requestRate": load.rate,
            "goodput.ttftMs": _milliseconds(targets.ttft),
            "goodput.tpotMs": _milliseconds(targets.tpot),
        }
    needed = facts.limits().prompts_per_sequence * at_once
    fields["prompts"] = needed if needed > Benchmark().prompts else None
    return given({f"spec.benchmark.{name}": value for name, value in fields.items()})


def _milliseconds(seconds: float | None) -> float | None:
    """Return a duration as profiles have it, an integer where it is one."""
    if seconds is None:
        return None
    value = round(seconds * MS, 6)
    return int(value) if value.is_integer() else value


def checked(question: Question, shape: Shape, groups: int) -> Checked:
    """Check a configuration with placeholders for its blanks, as `r1c check` checks its file."""
    return analyse_data(NAME, _data(question, shape, groups), question.model.config)


def planned(question: Question, shape: Shape, groups: int) -> Plan:
    """Return the plan of a configuration without checking any rule."""
    return plan_data(NAME, _data(question, shape, groups), question.model.config)


def _data(question: Question, shape: Shape, groups: int) -> dict[str, Any]:
    return profile_text.data(starter.standing_in(draft(question, shape, groups)))
