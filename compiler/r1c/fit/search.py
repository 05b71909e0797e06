"""A question -> the configurations that answer it, and for each other one the reason why it does not."""

from __future__ import annotations

from collections.abc import Iterator

from r1c import facts
from r1c.check.memory_estimate import sized, weights_fit
from r1c.codes import FIELDS
from r1c.diagnostics import Diagnostic, Path, Severity
from r1c.fit import candidate
from r1c.fit.question import Question
from r1c.fit.reason import Reason, of_diagnostic
from r1c.fit.shape import Shape, shapes, with_whole_experts
from r1c.fit.verdict import Verdict, judge
from r1c.forecast import Forecast
from r1c.pipeline import Checked
from r1c.record import record
from r1c.resolve.plan import Plan

_RELEASE = "R1C4"
"""The family of the codes about the vLLM release."""


@record
class Proposed:
    """A configuration that every rule accepts and that is likely to meet the targets.

    `sure` tells that it meets them at the high end of each range too.
    """

    question: Question
    shape: Shape
    groups: int
    plan: Plan
    forecast: Forecast | None
    sure: bool
    warnings: tuple[Diagnostic, ...]

    @property
    def gpus(self) -> int:
        """GPUs of all groups."""
        return self.shape.gpus * self.groups


@record
class Refused:
    """An excluded configuration, at the number of groups that came nearest, and the reason."""

    question: Question
    shape: Shape
    groups: int
    reason: Reason


@record
class Found:
    """The result of a search: the proposed configurations, in no order, and the excluded ones."""

    question: Question
    proposed: tuple[Proposed, ...]
    refused: tuple[Refused, ...]


def search(question: Question) -> Found:
    """Ask every rule, and the forecast if there is a load, about every shape within the limit of nodes."""
    found = list(_answers(question, experts=has_experts(question)))
    return Found(
        question,
        tuple(item for item in found if isinstance(item, Proposed)),
        tuple(item for item in found if isinstance(item, Refused)),
    )


def smallest(question: Question) -> Proposed | None:
    """Return the smallest group without a warning, else with the fewest; None if all are refused.

    It is one without data parallelism, with the largest tensor parallel size of those. Shapes that cannot
    hold the weights are left out first: most of the time would go into how to make room for them.
    """
    best = None
    for answer in _answers(question, experts=False, holding=True):
        if isinstance(answer, Proposed):
            if not any(_of_shape(warning) for warning in answer.warnings):
                return answer
            if best is None or len(answer.warnings) < len(best.warnings):
                best = answer
    return best


_SHAPE: tuple[Path, ...] = (
    ("spec", "parallelism"),
    ("spec", "nodes"),
    ("spec", "vllm", "args", "enable-expert-parallel"),
)
"""The fields in which the shapes differ among which the smallest group is sought."""


def _of_shape(warning: Diagnostic) -> bool:
    """Tell whether a warning can be about the shape; all shapes have the other warnings."""
    read = FIELDS.get(warning.code, ())
    return any(path[: len(part)] == part[: len(path)] for path in read for part in _SHAPE)


def _answers(question: Question, *, experts: bool, holding: bool = False) -> Iterator[Proposed | Refused]:
    """Yield the answer for each shape, the fewest GPUs first.

    A shape that a rule refuses is asked about once more with expert parallelism, and the answer comes after
    its own if that is accepted. With `holding`, shapes are left out that cannot hold the weights.
    """
    platform = facts.platform(question.platform)
    for shape in shapes(platform.gpus_per_node, question.nodes, experts=experts):
        if holding and not _holds(question, shape):
            continue
        answer = _answer(question, shape)
        yield answer
        whole = with_whole_experts(shape) if isinstance(answer, Refused) and answer.reason.code else None
        if whole and has_experts(question):
            other = _answer(question, whole)
            if isinstance(other, Proposed):
                yield other


def _holds(question: Question, shape: Shape) -> bool:
    """Tell whether a shape can hold the weights by the estimate of R1C301, its experts whole or not."""
    whole = with_whole_experts(shape) if has_experts(question) else None
    sizes = [sized(candidate.planned(question, item, 1)) for item in (shape, whole) if item]
    return any(size is None or weights_fit(size) for size in sizes)


def has_experts(question: Question) -> bool:
    """Tell whether the model has routed experts."""
    return any(
        linear.part == "experts" for layer in question.model.architecture.layers for linear in layer.linears
    )


def _answer(question: Question, shape: Shape) -> Proposed | Refused:
    """Return the fewest groups of a shape that meet the targets, or why no number of them does.

    The rules are asked about the most groups, where each has the fewest requests and needs the least memory,
    and about those that meet the targets.
    """
    most = _most_groups(question, shape)
    widest = candidate.checked(question, shape, most)
    fault = _fault(question, widest.diagnostics)
    if fault is not None or widest.plan is None:
        return Refused(question, shape, most, of_diagnostic(fault or widest.diagnostics[0]))
    for groups in range(1, most):
        verdict = judge(question, candidate.planned(question, shape, groups))
        if verdict.reason is None:
            checked = candidate.checked(question, shape, groups)
            if checked.plan is not None and _fault(question, checked.diagnostics) is None:
                return _proposed(question, shape, groups, checked, verdict)
    verdict = judge(question, widest.plan)
    if verdict.reason is not None:
        return Refused(question, shape, most, verdict.reason)
    return _proposed(question, shape, most, widest, verdict)


def _most_groups(question: Question, shape: Shape) -> int:
    """Return how many groups the nodes have room for; one where no load asks for more."""
    load, per_node = question.load, facts.platform(question.platform).gpus_per_node
    if load is None:
        return 1
    room = question.nodes * per_node // shape.gpus
    return max(1, room if load.rate is not None else min(room, load.in_flight))


def _fault(question: Question, diagnostics: tuple[Diagnostic, ...]) -> Diagnostic | None:
    """Return the first error, by its code, or the first warning if warnings refuse.

    One of the vLLM release comes before those of a shape: it concerns all of them.
    """
    for severity in (Severity.ERROR, *([Severity.WARNING] if question.strict else [])):
        found = [item for item in diagnostics if item.severity is severity]
        if found:
            return min(found, key=lambda item: (not item.code.startswith(_RELEASE), item.code))
    return None


def _proposed(question: Question, shape: Shape, groups: int, checked: Checked, verdict: Verdict) -> Proposed:
    assert checked.plan is not None  # noqa: S101  # it is accepted
    warnings = tuple(item for item in checked.diagnostics if item.severity is Severity.WARNING)
    return Proposed(question, shape, groups, checked.plan, verdict.forecast, verdict.sure, warnings)


def order(item: Proposed) -> tuple[float, ...]:
    """Return where a proposal comes among those of equal cost: the fewest warnings, then the fastest."""
    speed = item.forecast.output_rate.likely if item.forecast else 0.0
    return (len(item.warnings), not item.sure, -speed, item.shape.data, item.shape.pipeline)
