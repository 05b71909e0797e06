"""`r1c plan` with its forecast and cost, and `r1c bench compare PROFILE RESULTS`, as a user runs them."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from bench_folder import write
from r1c.cli import main

HERE = Path(__file__).parent
REPO = HERE.parents[1]
A3MEGA = str(REPO / "profiles" / "a3mega.yaml")
ULTRA = str(REPO / "profiles" / "deepseek-r1-a3ultra.yaml")
Golden = Callable[[Path, str], None]
Capture = pytest.CaptureFixture[str]


def printed(capsys: Capture, *words: str) -> str:
    assert main(["plan", *words]) == 0
    return capsys.readouterr().out


@pytest.fixture
def sweep(tmp_path: Path) -> str:
    """gpt-oss-120b on one A3 Ultra node with a sweep, as a measured release serves it."""
    document = yaml.safe_load((REPO / "tests" / "base.yaml").read_text(encoding="utf-8"))
    document["spec"] |= {
        "platform": "a3-ultra",
        "model": {"id": "openai/gpt-oss-120b"},
        "vllm": {"version": "v0.18.0", "args": {"max-model-len": 16384, "max-num-seqs": 256}},
        "parallelism": {"tensor": 8, "pipeline": 1},
        "nodes": 1,
        "benchmark": {
            "inputLen": 1024,
            "outputLen": 1024,
            "prompts": 640,
            "points": [
                {"concurrency": 16},
                {"concurrency": 512},
                {"requestRate": 2, "name": "steady"},
                {"requestRate": 200, "name": "flood"},
            ],
        },
    }
    path = tmp_path / "sweep.yaml"
    path.write_text(yaml.safe_dump(document), encoding="utf-8")
    return str(path)


def test_the_flagship_says_what_was_not_measured(capsys: Capture, golden: Golden) -> None:
    golden(HERE / "plan-a3mega.txt", printed(capsys, A3MEGA))


def test_a_sweep_with_its_cost(capsys: Capture, golden: Golden, sweep: str) -> None:
    text = printed(capsys, sweep, "--price-per-gpu-hour", "9.80")
    golden(HERE / "plan-sweep.txt", text)
    assert all(len(line) <= 100 for line in text.splitlines())


def test_a_load_instead_of_the_benchmark(capsys: Capture, golden: Golden) -> None:
    text = printed(capsys, ULTRA, "--load", "8192/1024/64")
    golden(HERE / "plan-load.txt", text)
    assert "1000-in-1000-out" not in text


def test_json_has_the_same_figures(capsys: Capture, golden: Golden, sweep: str) -> None:
    document = json.loads(printed(capsys, sweep, "--price-per-gpu-hour", "10", "--format", "json"))
    assert document["cost_per_hour"] == 80.0
    golden(HERE / "plan-sweep.json", json.dumps(document["forecast"], indent=2) + "\n")
    for one in document["forecast"]:
        cost = one["cost_per_million_output_tokens"]["likely"]
        assert cost == pytest.approx(80 / 3600 / one["output_tokens_per_s"]["likely"] * 10**6, rel=0.01)


def test_without_a_price_there_is_no_cost(capsys: Capture) -> None:
    document = json.loads(printed(capsys, A3MEGA, "--format", "json"))
    assert document["cost_per_hour"] is None
    assert document["forecast"][0]["cost_per_million_output_tokens"] is None
    assert "cost" not in printed(capsys, A3MEGA).lower()


def test_a_model_without_a_size_has_a_cost_and_no_forecast(capsys: Capture, tmp_path: Path) -> None:
    document = yaml.safe_load((REPO / "tests" / "base.yaml").read_text(encoding="utf-8"))
    document["spec"]["model"]["id"] = "my-org/my-model"
    path = tmp_path / "unknown.yaml"
    path.write_text(yaml.safe_dump(document), encoding="utf-8")
    text = printed(capsys, str(path), "--price-per-gpu-hour", "2")
    assert text.endswith(
        "\n\n"
        "Cost          32.00 an hour: 16 GPUs at 2.00\n\n"
        "No forecast: r1c does not know the architecture of my-org/my-model.\n"
    )
    assert json.loads(printed(capsys, str(path), "--format", "json"))["forecast"] == []


def test_a_data_set_has_no_forecast_unless_a_load_is_given(capsys: Capture, tmp_path: Path) -> None:
    document = yaml.safe_load((REPO / "tests" / "base.yaml").read_text(encoding="utf-8"))
    document["spec"]["benchmark"] = {"dataset": "sharegpt", "datasetPath": "/gcs/sharegpt.json"}
    path = tmp_path / "sharegpt.yaml"
    path.write_text(yaml.safe_dump(document), encoding="utf-8")
    assert printed(capsys, str(path)).endswith(
        "\n\n"
        "No forecast for sharegpt: a data set has its own lengths; "
        "--load INPUT/OUTPUT/REQUESTS takes others.\n"
    )
    assert "No forecast" not in printed(capsys, str(path), "--load", "1000/1000/8")


@pytest.mark.parametrize("text", ["0", "-1", "9,80", "nan", "1e3", "free"])
def test_what_is_not_a_price_is_refused(capsys: Capture, text: str) -> None:
    assert main(["plan", A3MEGA, f"--price-per-gpu-hour={text}"]) == 2
    streams = capsys.readouterr()
    assert streams.out == ""
    assert streams.err == (
        f"r1c: --price-per-gpu-hour {text}: expected a number greater than 0, such as 9.80\n"
    )


RESULT = {
    "model_id": "openai/gpt-oss-120b",
    "max_concurrency": 16,
    "total_input_tokens": 102_400,
    "total_output_tokens": 102_400,
    "mean_ttft_ms": 60.0,
    "median_ttft_ms": 900.0,
    "median_tpot_ms": 2.0,
    "output_throughput": 3000.0,
}
POINT = {"name": "busy", "dataset": "random", "inputLen": 1024, "outputLen": 1024, "prompts": 100}


def test_results_are_compared_with_the_forecast_of_their_own_load(
    capsys: Capture, golden: Golden, sweep: str, tmp_path: Path
) -> None:
    write(tmp_path / "results" / "1-0", RESULT, point=POINT)
    assert main(["bench", "compare", sweep, str(tmp_path / "results")]) == 0
    streams = capsys.readouterr()
    assert streams.err == ""
    golden(HERE / "compare.txt", streams.out)


def test_a_comparison_as_csv_and_json(capsys: Capture, sweep: str, tmp_path: Path) -> None:
    write(tmp_path / "results" / "1-0", RESULT, point=POINT)
    words = ["bench", "compare", sweep, str(tmp_path / "results"), "--format"]
    assert main([*words, "json"]) == 0
    records = json.loads(capsys.readouterr().out)
    assert main([*words, "csv"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert [{name: str(value) for name, value in record.items()} for record in records] == rows
    assert {record["figure"]: record["verdict"] for record in records} == {
        "mean_ttft_ms": "in the range",
        "median_ttft_ms": "above the range",
        "median_tpot_ms": "below the range",
        "output_tokens_per_s": "in the range",
    }


def test_a_limit_is_on_the_change_from_the_likely_value(capsys: Capture, sweep: str, tmp_path: Path) -> None:
    write(tmp_path / "results" / "1-0", RESULT, point=POINT)
    words = ["bench", "compare", sweep, str(tmp_path / "results"), "--fail-on"]
    assert main([*words, "median_ttft_ms>+10%"]) == 1
    assert capsys.readouterr().err.startswith(
        "failed: median_ttft_ms>+10%: median_ttft_ms of busy went from "
    )
    assert main([*words, "median_tpot_ms>+10%"]) == 0


def test_what_a_result_was_measured_with_is_held_against_the_profile(
    capsys: Capture, sweep: str, tmp_path: Path
) -> None:
    write(tmp_path / "results" / "1-0", RESULT | {"model_id": "Qwen/Qwen3-32B"}, point=POINT)
    assert main(["bench", "compare", sweep, str(tmp_path / "results")]) == 0
    assert capsys.readouterr().err == (
        "warning: busy was measured with Qwen/Qwen3-32B, and the profile serves openai/gpt-oss-120b\n"
    )


def test_a_profile_without_a_forecast_is_a_user_error(capsys: Capture, tmp_path: Path) -> None:
    document = yaml.safe_load((REPO / "tests" / "base.yaml").read_text(encoding="utf-8"))
    document["spec"]["model"]["id"] = "my-org/my-model"
    path = tmp_path / "unknown.yaml"
    path.write_text(yaml.safe_dump(document), encoding="utf-8")
    write(tmp_path / "results" / "1-0", RESULT, point=POINT)
    assert main(["bench", "compare", str(path), str(tmp_path / "results")]) == 2
    assert capsys.readouterr().err.endswith(
        "r1c: base has no forecast: r1c does not know the architecture of my-org/my-model\n"
    )
