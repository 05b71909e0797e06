"""Two sets of results side by side: repeated runs, what they differ in, and limits for CI."""

from __future__ import annotations

from typing import Any

import pytest

from r1c.bench import threshold
from r1c.bench.compare import compared, percent, to_text
from r1c.bench.result import Result
from r1c.diagnostics import UserError
from r1c.record import replace

TITLE = "The second set, and its change from the first; --format csv has every figure of both.\n"


def result(
    ttft: float, output: float = 256.0, config: dict[str, str] | None = None, **settings: Any
) -> Result:
    load = {"prompts": 100, "concurrency": 16, **settings}
    figures = {"output_tokens_per_s": output, "p99_ttft_ms": ttft, "failed_requests": 0}
    return Result("x", "busy", "0.10.2", load, figures, config or {})


def test_repeated_runs_come_to_their_mean_and_spread() -> None:
    found = compared([result(400.0), result(440.0)], [result(430.0), result(470.0)])
    assert found.warnings == ()
    assert to_text(found) == (
        f"{TITLE}"
        "point  output_tokens_per_s                                       p99_ttft_ms\n"
        "busy   256.00 (256.00 to 256.00, 2 runs) same within the spread  "
        "450.00 (430.00 to 470.00, 2 runs) +7.1 % within the spread\n"
    )


def test_a_row_for_each_point_in_the_order_of_the_load_and_which_side_is_better() -> None:
    before = [result(400.0, concurrency=number, output=10.0 * number) for number in (1, 16, 256, 64)]
    after = [result(360.0, concurrency=number, output=9.0 * number) for number in (1, 16, 256, 64)]
    named = [replace(one, point=f"c{one.settings['concurrency']}") for one in (*before, *after)]
    assert to_text(compared(named[:4], named[4:])) == (
        f"{TITLE}"
        "point  output_tokens_per_s    p99_ttft_ms\n"
        "c1     9.00 -10.0 % worse     360.00 -10.0 % better\n"
        "c16    144.00 -10.0 % worse   360.00 -10.0 % better\n"
        "c64    576.00 -10.0 % worse   360.00 -10.0 % better\n"
        "c256   2304.00 -10.0 % worse  360.00 -10.0 % better\n"
    )


def test_failures_get_a_column_where_there_are_some() -> None:
    one, two = result(400.0), result(400.0)
    failed = replace(two, figures={**two.figures, "failed_requests": 3})
    assert to_text(compared([one], [failed])).splitlines()[2].split("  ")[-1].strip() == "3 n/a worse"


def test_prompts_from_the_prefix_cache_are_said() -> None:
    one, two = result(400.0, dataset="random"), result(100.0, dataset="random")
    cached = replace(two, figures={**two.figures, "prefix_cache_hit_percent": 38.4})
    assert compared([one], [cached]).warnings == (
        "busy in the second set: 38 % of prompt tokens came from the prefix cache, "
        "so it is faster than with new prompts",
    )


def test_one_difference_is_what_is_compared() -> None:
    before, after = (
        result(1.0, config={"--max-num-seqs": "128"}),
        result(1.0, config={"--max-num-seqs": "256"}),
    )
    assert compared([before], [after]).warnings == ()


def test_more_than_one_difference_is_said() -> None:
    before = result(1.0, config={"image": "r/vllm:a", "--max-num-seqs": "128"}, model="m")
    after = result(1.0, config={"image": "r/vllm:b", "--enforce-eager": "set"}, model="m")
    assert compared([before], [after]).warnings == (
        "the sides differ in 3 things, so a change cannot be attributed to one of them: "
        "--enforce-eager not given and set; --max-num-seqs 128 and not given; "
        "vLLM 0.10.2 r/vllm:a and 0.10.2 r/vllm:b",
    )


def test_runs_of_one_side_that_are_not_alike_are_said() -> None:
    runs = [result(1.0, config={"--dtype": "float32"}), result(2.0)]
    assert compared(runs, [result(1.0, config={"--dtype": "float32"})]).warnings == (
        "the runs of the first set differ in --dtype, so their mean is not meaningful",
    )


def test_another_load_is_another_point() -> None:
    found = compared([result(1.0), result(2.0, concurrency=32)], [result(1.0), result(3.0, concurrency=64)])
    assert {line.point for line in found.lines} == {"busy"}
    assert len(found.lines) == 3
    assert found.warnings == ("busy is only in the first set", "busy is only in the second set")


def test_one_against_one_is_compared_with_a_warning() -> None:
    found = compared([result(1.0)], [result(1.0, concurrency=32)])
    assert len(found.lines) == 3
    assert found.warnings == ("the load differs, so the figures are not comparable: concurrency 16 and 32",)


def test_from_zero_there_is_no_percentage() -> None:
    line = compared([result(0.0)], [result(5.0)]).lines[-1]
    assert percent(line.change) == "n/a"
    assert list(threshold.broken([threshold.read("p99_ttft_ms>+10%")], [line])) == [
        "p99_ttft_ms>+10%: p99_ttft_ms of busy went from 0.00 to 5.00, n/a"
    ]


@pytest.mark.parametrize(
    ("limit", "broken"),
    [
        ("p99_ttft_ms>+9.9%", True),
        ("p99_ttft_ms>+10%", False),
        ("p99_ttft_ms > 10 %", False),
        ("output_tokens_per_s<-5%", False),
        ("output_tokens_per_s<-4%", True),
        ("p90_tpot_ms>+1%", True),
    ],
)
def test_limits(limit: str, broken: bool) -> None:
    lines = compared([result(400.0, 256.0)], [result(440.0, 243.2)]).lines
    assert bool(list(threshold.broken([threshold.read(limit)], lines))) == broken


def test_a_limit_that_nothing_can_be_held_against_is_broken() -> None:
    lines = compared([result(400.0)], [result(400.0)]).lines
    assert list(threshold.broken([threshold.read("p90_tpot_ms>+1%")], lines)) == [
        "p90_tpot_ms>+1%: no point has p90_tpot_ms on both sides"
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("p99_ttft_ms", "not a limit; write FIGURE>+NUMBER% "),
        ("p99_ttft_ms>10", "not a limit; write FIGURE>+NUMBER% "),
        ("p99_ttft_ms=+10%", "not a limit; write FIGURE>+NUMBER% "),
        ("p99_tft_ms>+10%", "unknown figure p99_tft_ms; did you mean p99_ttft_ms"),
        ("latency>+10%", "unknown figure latency; `r1c bench parse FILE --format csv` lists"),
    ],
)
def test_what_is_no_limit_says_so(text: str, message: str) -> None:
    with pytest.raises(UserError) as caught:
        threshold.read(text)
    assert message in str(caught.value)
