"""A question and a shape -> the profile of that configuration, checked by every rule of r1c."""

from __future__ import annotations

import math
from typing import Any

from r1c.adopt import profile_text, starter
from r1c.adopt.profile_draft import Draft, at, given, join
from r1c.fit.question import Question
from r1c.fit.shape import Shape
from r1c.pipeline import Checked, analyse_data

NAME = "candidate.yaml"
_MS = 1000
_ROUNDS = 5
"""Times that each place in flight is used by the benchmark, so that its start and end count little."""
_PROMPTS = 1100


def draft(question: Question, shape: Shape, groups: int) -> Draft:
    """Return the profile of so many groups of a shape, without what only the user knows."""
    model = question.model
    start = starter.base(
        question.platform, model.id, question.release, own=model.architecture, length=question.context
    )
    cut = starter.cut(question.platform, shape.tensor, shape.pipeline, shape.nodes)
    config = given({"spec.model.config": model.path})
    return join(
        start, config, cut, _copies(shape), given({"spec.replicas": groups}), _load(question, shape, groups)
    )


def _copies(shape: Shape) -> Draft:
    fields: dict[tuple[str | int, ...], Any] = {}
    comments: dict[tuple[str | int, ...], str] = {}
    if shape.data > 1:
        size = at("spec.vllm.args", "data-parallel-size")
        fields[size] = shape.data
        comments[size] = "copies of the attention layers, each with its own requests and KV cache"
    if shape.experts:
        whole = at("spec.vllm.args", "enable-expert-parallel")
        fields[whole] = True
        comments[whole] = "each GPU has whole experts"
    return Draft(fields, comments)


def _load(question: Question, shape: Shape, groups: int) -> Draft:
    """Return the load as the benchmark of the profile, and the sequences that each copy serves at once."""
    load, targets = question.load, question.targets
    if load is None:
        return Draft()
    fields: dict[str, Any] = {
        "spec.benchmark.inputLen": load.input_len,
        "spec.benchmark.outputLen": load.output_len,
        "spec.benchmark.goodput.ttftMs": targets.ttft and targets.ttft * _MS,
        "spec.benchmark.goodput.tpotMs": targets.tpot and targets.tpot * _MS,
    }
    if load.rate is not None:
        return given({**fields, "spec.benchmark.requestRate": load.rate})
    places = load.in_flight
    fields |= {
        "spec.benchmark.concurrency": places,
        "spec.benchmark.prompts": max(_PROMPTS, _ROUNDS * places),
    }
    sequences = at("spec.vllm.args", "max-num-seqs")
    each = math.ceil(places / groups / shape.data)
    of = f" in {groups * shape.data} copies" if groups * shape.data > 1 else ""
    return join(
        given(fields), Draft({sequences: each}, {sequences: f"{places:,} requests at the same time{of}"})
    )


def checked(question: Question, draft_: Draft) -> Checked:
    """Check a draft with placeholders for its blanks, as `r1c check` checks its file."""
    return analyse_data(NAME, profile_text.data(starter.standing_in(draft_)), question.model.config)
