"""The facts of the forecast are what the measured points give, and no point is used both to fit and to judge.

Every figure of docs/forecast.md, coverage included, is computed here again. Takes about five seconds.
"""

from __future__ import annotations

from typing import Any

import forecast_fit
import forecast_page
import forecast_points
import pytest
from forecast_fit import fitted, judged_last, used

from r1c.facts import performance
from r1c.record import replace

AGAIN = "run `python tools/forecast_fit.py` and review the difference"


def test_the_facts_are_those_of_the_points() -> None:
    assert forecast_fit.TARGET.read_text(encoding="utf-8") == forecast_fit.facts_text(), AGAIN


def test_the_page_is_that_of_the_points() -> None:
    assert forecast_page.TARGET.read_text(encoding="utf-8") == forecast_page.page(), AGAIN


def test_the_points_are_complete() -> None:
    counts = forecast_points.counts()
    assert counts["rows"] == 1199
    assert len(forecast_points.points()) == counts["rows"] - counts["disaggregated"] - counts["repeated"]
    assert len({point.model for point in used()}) == 7
    assert {point.gpu for point in used()} == {"H100", "H200", "B200"}


def test_a_third_of_the_configurations_is_never_fitted() -> None:
    every = {point.configuration for point in used()}
    assert len(judged_last()) == len(every) // 3
    assert not judged_last() & {point.configuration for point in fitted()}


def test_repeated_measurements_are_on_one_side() -> None:
    folds: dict[str, set[str]] = {}
    for point in used():
        folds.setdefault(point.configuration, set()).add(forecast_fit.fold(point))
    assert all(len(found) == 1 for found in folds.values())


@pytest.mark.parametrize("group", [forecast_fit.model, forecast_fit.gpu])
def test_a_group_that_is_held_out_is_in_no_fit(group: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    fits: list[set[str]] = []
    judged: list[str] = []

    def fit(points: tuple[forecast_points.Point, ...]) -> performance.Coefficients:
        fits.append({group(point) for point in points})
        return forecast_fit.START

    def judge(name: str, *_: object) -> None:
        judged.append(name)
        assert not any(name in groups for groups in fits)
        fits.clear()

    monkeypatch.setattr(forecast_fit, "fit", fit)
    monkeypatch.setattr(forecast_fit, "judge", judge)
    forecast_fit.left_out_whole(group)
    assert judged == sorted({group(point) for point in used()})


def test_the_fit_is_a_minimum() -> None:
    found = forecast_fit.fit(fitted())
    names: tuple[str, ...] = type(found).__match_args__
    for name in names:
        for factor in (0.9, 1.1):
            moved = replace(found, **{name: getattr(found, name) * factor})
            assert forecast_fit.loss(fitted(), moved) > forecast_fit.loss(fitted(), found), name


def test_the_printed_coverage_is_at_most_what_held_out_points_had() -> None:
    fit = performance.fit()
    last = forecast_fit.last_third()
    assert [(part.held_out, part.ttft, part.tpot) for part in fit.measured_ranges.coverage] == [
        ("configurations", *last.percent())
    ]
    assert 100 * last.ttft >= last.points * last.percent()[0]
    assert {part.held_out for part in fit.other_ranges.coverage} == {"models", "GPUs"}


def test_every_measured_model_is_known_by_its_weights() -> None:
    for point in used():
        serving = forecast_points.serving(point)
        assert serving.cut.tensor == point.tensor
        assert serving.cut.format.method != "none" or point.precision == "bf16"
