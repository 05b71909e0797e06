"""Text -> results: both forms of a result, several in one file, and what is cut off or foreign."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from r1c.bench.parse import parse
from r1c.bench.result import Fault, Result

BENCH = Path(__file__).parents[1] / "bench"
NO_DURATION = "this JSON is not a result of vLLM's serving benchmark: it has no duration"
FILE = (BENCH / "files" / "subcommand-v0.11.1.json").read_text(encoding="utf-8")
FOREIGN = (
    "neither a result file of vLLM's serving benchmark nor a log with its block 'Serving Benchmark Result'"
)
BLOCK = (BENCH / "blocks" / "subcommand-v0.11.1.txt").read_text(encoding="utf-8")


def one(text: str) -> Result | Fault:
    (found,) = parse("x", text)
    return found


def test_numbers_of_a_file_stay_as_they_are() -> None:
    found = one(FILE)
    assert isinstance(found, Result)
    assert found.figures["duration_s"] == 50.123456
    assert found.figures["total_tokens_per_s"] == 2250.44338
    assert found.settings["concurrency"] == 16
    assert found.vllm == "v0.11.1 to before v0.17.0"


def test_appended_results_are_several() -> None:
    assert [item.source for item in parse("x", f"{FILE}\n{FILE}")] == ["x", "x#2"]


def test_a_log_with_several_blocks_and_progress_bars() -> None:
    bars = BLOCK.replace("Total input", "\r  5%|#\rTotal input").replace("\n", "\r\n")
    found = list(parse("x", f"noise\n{bars}noise\n{BLOCK}"))
    assert [item.source for item in found] == ["x", "x#2"]
    first, second = found
    assert isinstance(first, Result)
    assert isinstance(second, Result)
    assert first.figures == second.figures
    assert first.figures["p99_tpot_ms"] == 35.5


def test_a_block_that_another_interrupts_is_cut_off() -> None:
    begun = BLOCK.partition("Total input")[0]
    first, second = parse("x", begun + BLOCK)
    assert first == Fault("x", "the printed block is cut off before its last line")
    assert isinstance(second, Result)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", FOREIGN),
        (FILE[:200], "the JSON is cut off or broken at line 1"),
        ("[1]", "not a benchmark result: the JSON is not an object"),
        ('{"kind": "Deployment"}', "not a result of vLLM's serving benchmark: the JSON has no duration"),
        ('{"duration": NaN}', "not a result of vLLM's serving benchmark: the JSON has no duration"),
        ('{"duration": true}', "not a result of vLLM's serving benchmark: the JSON has no duration"),
        (BLOCK.replace("Benchmark duration", "Duration"), "the printed block has no line for duration_s"),
        (BLOCK.rpartition("=" * 50)[0], "the printed block is cut off before its last line"),
    ],
)
def test_what_holds_no_result_says_why(text: str, reason: str) -> None:
    assert one(text) == Fault("x", reason)


def test_a_result_before_a_broken_one_counts() -> None:
    first, second = parse("x", FILE + FILE[:99])
    assert isinstance(first, Result)
    assert second == Fault("x#2", "the JSON is cut off or broken at line 2")


def test_a_pooling_result_has_no_output() -> None:
    found = one(
        '{"duration": 2.0, "completed": 8, "total_input_tokens": 64, "total_input_sequences": 16, '
        '"request_throughput": 4.0, "input_sequence_throughput": 8.0, "total_token_throughput": 32.0}'
    )
    assert isinstance(found, Result)
    assert found.figures == {
        "duration_s": 2.0,
        "completed_requests": 8,
        "total_input_tokens": 64,
        "requests_per_s": 4.0,
        "inputs_per_s": 8.0,
        "total_tokens_per_s": 32.0,
    }


@pytest.mark.parametrize("number", ["9" * 900, "9" * 5000, "9" * 400 + ".0"], ids=len)
def test_a_number_without_end_in_a_log_is_no_figure(number: str) -> None:
    """Python refuses to read the longest ones at all."""
    text = re.sub(r"(?m)^(Successful requests: +)\d+", rf"\g<1>{number}", BLOCK)
    assert list(parse("log", text)) == [Fault("log", "the printed block has no line for completed_requests")]
