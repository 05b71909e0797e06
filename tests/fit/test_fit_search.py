"""The search of `r1c fit`: what it proposes passes every rule, and every reason for the others is true."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest

from r1c import facts, pipeline
from r1c.adopt import profile_text, starter
from r1c.capacity import estimate
from r1c.cli import main
from r1c.diagnostics import Severity
from r1c.fit.candidate import draft
from r1c.fit.question import Model, Question, Targets
from r1c.fit.search import Found, Proposed, Refused, search, smallest
from r1c.forecast import forecast
from r1c.forecast.load import Load, of_one_group, read
from r1c.forecast.served import held
from r1c.record import replace
from r1c.resolve.plan import Plan

VERIFIED = list(
    csv.DictReader((Path(__file__).parent / "verified.csv").read_text(encoding="utf-8").split("\n"))
)
"""Layouts with which others have served a model on such a machine.

recipes: vllm-project/recipes at 8959cf64, hardware that the recipe calls verified or names for the command.
gpu-recipes: AI-Hypercomputer/gpu-recipes at 2e1fd5ef. InferenceX: SemiAnalysisAI/InferenceX at 843c6254, and
its measurements in tests/forecast/points.csv. llm-d: the guide's validated clusters on GKE with RoCE.
H100 is a3-mega here, H200 a3-ultra and B200 a4. Expert parallelism is not compared: with TP alone, fit
proposes it only where the shape is refused without.
"""

NOT_PROPOSED = {
    ("Qwen/Qwen3-235B-A22B-FP8", "a3-ultra", (1, 1, 1)): "R1C301",
}
"""Layouts that r1c refuses, and the code: 220 GiB of weights are more than the 141 GB of one H200, so that
the row of one GPU in the measurements is not what it says.
"""


def asked(model: str, platform: str, nodes: int, load: str | None = None, **targets: float) -> Question:
    """Return a question as `r1c fit` asks it without further options."""
    architecture = facts.architecture(model)
    assert architecture
    release = starter.serving(platform, model, starter.start(platform))
    of = None if load is None else read(load)
    context = starter.context(architecture)
    return Question(Model(model, architecture), platform, release, context, nodes, of, Targets(**targets))


@cache
def found(model: str, platform: str) -> Found:
    return search(asked(model, platform, 2))


def layout(item: Proposed | Refused) -> tuple[int, int, int]:
    return item.shape.tensor, item.shape.pipeline, item.shape.data


def key(row: Mapping[str, str]) -> tuple[str, str, tuple[int, int, int]]:
    sizes = int(row["tensor"]), int(row["pipeline"]), int(row["data"])
    return row["model"], row["platform"], sizes


def sized(model: str) -> bool:
    architecture = facts.architecture(model)
    return architecture is not None and not architecture.unsized


SIZED = [row for row in VERIFIED if sized(row["model"])]
PROPOSED = [key(row) for row in SIZED if key(row) not in NOT_PROPOSED]
PAIRS = sorted({(row["model"], row["platform"]) for row in SIZED})


def test_there_are_enough_pairs_of_model_and_machine() -> None:
    assert len({pair[:2] for pair in PROPOSED}) == len(PAIRS) >= 27


@pytest.mark.parametrize("model", sorted({row["model"] for row in VERIFIED if not sized(row["model"])}))
def test_it_says_which_models_it_cannot_size(model: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fit", model]) == 2
    assert capsys.readouterr().err.startswith(
        (f"r1c: unknown model {model}; ", f"r1c: r1c cannot size {model}: ")
    )


@pytest.mark.parametrize(("model", "platform"), PAIRS)
def test_it_proposes_what_others_have_verified(model: str, platform: str) -> None:
    verified = {sizes for name, machine, sizes in PROPOSED if (name, machine) == (model, platform)}
    assert verified
    assert verified <= {layout(item) for item in found(model, platform).proposed}
    best = min(item.gpus for item in found(model, platform).proposed)
    assert all(best <= tensor * pipeline * data for tensor, pipeline, data in verified)


@pytest.mark.parametrize("row", NOT_PROPOSED, ids=str)
def test_it_says_why_it_does_not_propose_another(row: tuple[str, str, tuple[int, int, int]]) -> None:
    (item,) = [item for item in found(*row[:2]).refused if layout(item) == row[2]]
    assert item.reason.code == NOT_PROPOSED[row]


QUESTIONS = {
    "R1": asked("deepseek-ai/DeepSeek-R1", "a3-mega", 2),
    "R1 under a load": asked("deepseek-ai/DeepSeek-R1", "a3-ultra", 2, "8192/1024/64", ttft=2.0, tpot=0.035),
    "FP8 blocks": asked("Qwen/Qwen3-235B-A22B-FP8", "a3-mega", 2, "4000/1000/128", tpot=0.06),
    "a rate": asked("openai/gpt-oss-120b", "a3-mega", 1, "1000/500/40/s", ttft=0.5),
    "dense": asked("meta-llama/Llama-3.3-70B-Instruct", "a3-mega", 2, "2000/500/48", tpot=0.04),
    "sure": asked("openai/gpt-oss-20b", "a4", 1, "1000/500/16", tpot=0.03),
    "strict": replace(asked("Qwen/Qwen3-235B-A22B-FP8", "a3-mega", 2), strict=True),
}


@cache
def answers(name: str) -> Found:
    return search(QUESTIONS[name])


def read_back(item: Proposed | Refused, groups: int) -> pipeline.Checked:
    """Check the text of the profile that would be written, with its blanks filled."""
    filled = starter.standing_in(draft(item.question, item.shape, groups))
    assert profile_text.blanks(filled) == ()
    return pipeline.analyse("new.yaml", profile_text.write(filled).encode())


@pytest.mark.parametrize("name", QUESTIONS)
def test_what_it_proposes_passes_every_rule(name: str) -> None:
    """The profile has no error, exactly the warnings that are reported, and the plan that was judged."""
    for item in answers(name).proposed:
        checked = read_back(item, item.groups)
        warnings = [one.code for one in checked.diagnostics if one.severity is Severity.WARNING]
        assert checked.plan
        assert not checked.refused(strict=item.question.strict)
        assert warnings == [one.code for one in item.warnings]
        assert checked.plan == item.plan
        assert checked.plan.least_nodes <= item.question.nodes


@pytest.mark.parametrize("name", QUESTIONS)
def test_every_reason_is_true(name: str) -> None:
    """A refused profile fails with the code; one that misses a target misses it with any number of groups."""
    for item in answers(name).refused:
        checked, reason = read_back(item, item.groups), item.reason
        if reason.code:
            refused = {one.code for one in checked.diagnostics if one.severity in grave(item.question)}
            assert reason.code in refused
            continue
        assert checked.plan
        assert not any(meets(item.question, plan) for plan in fewer_groups(item))


def grave(question: Question) -> set[Severity]:
    return {Severity.ERROR, Severity.WARNING} if question.strict else {Severity.ERROR}


def fewer_groups(item: Refused) -> Iterator[Plan]:
    for groups in range(1, item.groups + 1):
        plan = read_back(item, groups).plan
        if plan is not None:
            yield plan


def meets(question: Question, plan: Plan) -> bool:
    """Tell whether a plan meets the targets, worked out from the forecast alone."""
    load = question.load
    assert load is not None
    expected = forecast(plan, load)
    assert expected is not None
    if load.rate is None and places(plan, load) < load.in_flight:
        return False
    ttft, tpot = question.targets.ttft or float("inf"), question.targets.tpot or float("inf")
    return not expected.saturated and expected.ttft.likely <= ttft and expected.tpot.likely <= tpot


def places(plan: Plan, load: Load) -> int:
    capacity, group = estimate(plan), plan.group
    assert capacity is not None
    least, most = held(capacity, of_one_group(load, group.replicas), group.data)
    return (least + most) // 2 * group.replicas


@pytest.mark.parametrize("name", ["R1 under a load", "a rate", "dense"])
def test_it_proposes_the_fewest_groups_that_meet_the_targets(name: str) -> None:
    several = [item for item in answers(name).proposed if item.groups > 1]
    assert several
    for item in answers(name).proposed:
        assert meets(item.question, item.plan)
        for groups in range(1, item.groups):
            plan = read_back(item, groups).plan
            assert plan is None or not meets(item.question, plan)


def test_sure_is_what_the_worse_end_of_each_range_meets() -> None:
    items = [item for name in ("R1 under a load", "sure", "a rate") for item in answers(name).proposed]
    assert {item.sure for item in items} == {True, False}
    for item in items:
        expected, targets = item.forecast, item.question.targets
        assert expected
        if item.sure:
            assert expected.ttft.high <= (targets.ttft or float("inf"))
            assert expected.tpot.high <= (targets.tpot or float("inf"))


def test_expert_parallelism_is_proposed_where_the_blocks_cannot_be_cut() -> None:
    shapes = {str(item.shape) for item in answers("FP8 blocks").proposed}
    assert "TP 8, EP" in shapes
    assert "TP 4, EP" not in shapes


def test_the_smallest_group_is_one_without_warnings() -> None:
    item = smallest(asked("deepseek-ai/DeepSeek-R1", "a3-mega", 2))
    assert item
    assert (str(item.shape), item.shape.nodes, item.warnings) == ("TP 8, PP 2", 2, ())
    assert smallest(asked("deepseek-ai/DeepSeek-R1", "a3-mega", 1)) is None


def test_all_groups_fit_the_nodes() -> None:
    for name in QUESTIONS:
        items: list[Proposed | Refused] = [*answers(name).proposed, *answers(name).refused]
        for item in items:
            platform = facts.platform(item.question.platform)
            assert item.shape.gpus * item.groups <= item.question.nodes * platform.gpus_per_node
