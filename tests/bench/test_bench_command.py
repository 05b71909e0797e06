"""`r1c bench`: what each command prints, where, and with which exit status."""

from __future__ import annotations

import csv
import io
import json
import re
import subprocess
import sys
from pathlib import Path
from shlex import quote

import pytest

from bench_folder import write
from r1c.cli import main

BENCH = Path(__file__).parents[1] / "bench"
RANDOM = {"dataset": "random", "inputLen": 1000, "outputLen": 128, "prompts": 100}
FILE = str(BENCH / "files" / "subcommand-v0.11.1.json")


def test_parse_shows_the_main_figures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "1-0", {})
    write(tmp_path / "2-1", {"p99_ttft_ms": 420.5}, index=1, point={"name": "calm", **RANDOM})
    assert main(["bench", "parse", "."]) == 0
    assert [line.split() for line in capsys.readouterr().out.splitlines()] == [
        [
            "source",
            "point",
            "prompts",
            "concurrency",
            "requests_per_s",
            "output_tokens_per_s",
            "total_tokens_per_s",
            "p99_ttft_ms",
        ],
        ["1-0/result.json", "busy", "100", "16", "2.00", "256.00", "2256.00", "400.00"],
        ["2-1/result.json", "calm", "100", "16", "2.00", "256.00", "2256.00", "420.50"],
    ]


def test_parse_orders_points_by_their_load_and_shows_what_the_prefix_cache_answered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for index, (name, concurrency) in enumerate((("c1", 1), ("c16", 16), ("c256", 256), ("c64", 64))):
        cached = {"queries": 1000.0, "hits": 250.0 if name == "c64" else 5.0}
        load = {"max_concurrency": concurrency}
        write(tmp_path / name, load, index=index, point={"name": name, **RANDOM}, prefixCache=cached)
    rate = {"max_concurrency": None, "request_rate": 0.5}
    write(tmp_path / "a-rate", rate, index=4, point={"name": "rate", **RANDOM}, prefixCache=None)
    assert main(["bench", "parse", "."]) == 0
    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert [row[1] for row in rows] == ["point", "c1", "c16", "c64", "c256", "rate"]
    assert rows[0][-1] == "prefix_cache_hit_percent"
    assert [row[-1] for row in rows[1:5]] == ["0.50", "0.50", "25.00", "0.50"]


def test_parse_as_json_and_csv_has_every_figure(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "parse", FILE, "--format", "json"]) == 0
    (record,) = json.loads(capsys.readouterr().out)
    assert main(["bench", "parse", FILE, "--format", "csv"]) == 0
    (row,) = csv.DictReader(io.StringIO(capsys.readouterr().out))
    assert {name: str(value) for name, value in record.items()} == {n: v for n, v in row.items() if v}
    assert record["duration_s"] == 50.123456


def test_parse_names_what_is_no_result_and_reports_the_rest(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "parse", str(BENCH / "bad"), "--format", "csv"]) == 1
    streams = capsys.readouterr()
    assert len(streams.out.splitlines()) == 2
    assert streams.err.replace(f"{BENCH}/", "") == (
        "skipped: bad/cut-off.log: the printed block is cut off before its last line\n"
        "skipped: bad/empty.txt: neither a result file of vLLM's serving benchmark nor a log with its block "
        "'Serving Benchmark Result'\n"
        "skipped: bad/foreign.json: not a result of vLLM's serving benchmark: the JSON has no duration\n"
        "skipped: bad/list.json: not a benchmark result: the JSON is not an object\n"
        "skipped: bad/truncated.json: the JSON is cut off or broken at line 1\n"
    )


def test_parse_reads_a_log_from_standard_input() -> None:
    command = [sys.executable, "-m", "r1c", "bench", "parse", "-"]
    log = (BENCH / "blocks" / "subcommand-v0.11.1.txt").read_bytes()
    ran = subprocess.run(command, input=b"\xff noise\n" + log, capture_output=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, b"")
    assert ran.stdout.startswith(b"source ")


def test_compare_fails_on_a_limit(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before, after = tmp_path / "before", tmp_path / "after"
    write(before / "1-0", {})
    write(after / "1-0", {"p99_ttft_ms": 480.0}, job="another")
    arguments = ["bench", "compare", str(before), str(after)]
    assert main([*arguments, "--fail-on", "p99_ttft_ms>+20%"]) == 0
    assert capsys.readouterr().err == ""
    assert main([*arguments, "--fail-on", "p99_ttft_ms>+10%", "--format", "json"]) == 1
    streams = capsys.readouterr()
    assert streams.err == (
        "failed: p99_ttft_ms>+10%: p99_ttft_ms of busy went from 400.00 to 480.00, +20.0 %\n"
    )
    changes = {entry["figure"]: entry["change_percent"] for entry in json.loads(streams.out)}
    assert changes["p99_ttft_ms"] == 20.0
    assert main([*arguments, "--format", "csv"]) == 0
    assert capsys.readouterr().out.splitlines()[0].endswith("second_runs,change_percent")


def test_compare_of_nothing_in_common_exits_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before, after = tmp_path / "before", tmp_path / "after"
    for index, concurrency in enumerate((1, 2)):
        write(before / f"{index}", {"max_concurrency": concurrency}, index=index)
    write(after / "1-0", {"max_concurrency": 4})
    assert main(["bench", "compare", str(before), str(after)]) == 1
    assert capsys.readouterr().err.endswith("have no point in common\n")


def test_a_limit_that_is_none_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "compare", FILE, FILE, "--fail-on", "p99_ttft_ms>10"]) == 2
    assert capsys.readouterr().err.startswith("r1c: --fail-on p99_ttft_ms>10: not a limit; write ")


def test_plot_draws_the_same_svg_each_time(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for index, concurrency in enumerate((16, 4, 64)):
        figures = {"max_concurrency": concurrency, "output_throughput": 10.0 * concurrency}
        write(tmp_path / "sweep" / f"{index}", figures, index=index)
    first, second, picture = (tmp_path / name for name in ("a.svg", "b.svg", "c.png"))
    for path in (first, second, picture):
        assert main(["bench", "plot", str(tmp_path / "sweep"), "-o", str(path)]) == 0
    assert capsys.readouterr().out.startswith(f"created: {first}\n")
    text = first.read_text(encoding="utf-8")
    assert text == second.read_text(encoding="utf-8")
    assert re.findall(r"<text style=\"font-size: 8.33px[^>]*>([^<]*)<", text) == [
        "4",
        "16",
        "64",
        "concurrency",
    ]
    assert "p99 TTFT, ms" in text
    assert "dc:date" not in text
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_plot_has_a_line_for_each_kind_of_load_of_each_set(tmp_path: Path) -> None:
    for side, factor in (("before", 1.0), ("after", 1.2)):
        for index, concurrency in enumerate((16, 4, 64)):
            figures = {"max_concurrency": concurrency, "output_throughput": 10.0 * concurrency * factor}
            write(tmp_path / side / f"c{index}", figures, index=index)
        for index, rate in enumerate((0.5, 2.0)):
            folder = tmp_path / side / f"r{index}"
            write(
                folder,
                {"max_concurrency": None, "request_rate": rate, "output_throughput": 100 * rate * factor},
                index=3 + index,
            )
    sides = [str(tmp_path / side) for side in ("before", "after")]
    assert main(["bench", "plot", *sides, "-o", str(tmp_path / "x.svg")]) == 0
    text = (tmp_path / "x.svg").read_text(encoding="utf-8")
    small = re.findall(r"<text style=\"font-size: 8.33px[^>]*>([^<]*)<", text)
    assert [name for name in small if ", " in name] == [
        f"{side}, {kind}" for side in sides for kind in ("concurrency", "request rate")
    ]
    # A line goes through the points in the order of their load: to the right, never back.
    for path in re.findall(r'<path d="(M [^"]*)" clip-path="[^"]*" style="fill: none; stroke: #(?!b0)', text):
        across = [float(x) for x in re.findall(r"[ML] ([\d.]+) ", path)]
        assert across == sorted(across)


def test_plot_says_what_it_cannot_draw(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output = str(tmp_path / "x.svg")
    for arguments, message in (
        ([FILE, "-o", "x.pdf"], "r1c: x.pdf: use a name that ends in .svg or .png\n"),
        (
            [FILE, "-o", output, "--latency", "p99_tft_ms"],
            "r1c: unknown latency p99_tft_ms; did you mean p99_ttft_ms?\n",
        ),
        (
            [FILE, "-o", output, "--latency", "p50_itl_ms"],
            "r1c: no result has both output_tokens_per_s and p50_itl_ms\n",
        ),
    ):
        assert main(["bench", "plot", *arguments]) == 2
        assert capsys.readouterr().err == message


def test_plot_without_matplotlib_says_how_to_get_it(tmp_path: Path) -> None:
    code = (
        "import sys; sys.modules['matplotlib'] = None\n"
        "from r1c.cli import main\n"
        f"sys.exit(main(['bench', 'plot', {FILE!r}, '-o', {str(tmp_path / 'x.svg')!r}]))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (
        2,
        "r1c: a plot needs matplotlib, the extra `plot` of r1c; "
        f"run `{quote(sys.executable)} -m pip install matplotlib`\n",
    )


def test_nothing_else_imports_matplotlib() -> None:
    code = (
        "import sys\nfrom r1c.cli import main\n"
        f"main(['bench', 'parse', {FILE!r}]); main(['bench', 'compare', {FILE!r}, {FILE!r}])\n"
        "sys.exit('matplotlib' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=False).returncode == 0


def test_what_a_result_says_is_shown_without_what_a_terminal_would_act_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fixture = next((Path(__file__).parents[1] / "bench" / "files").glob("*.json"))
    result = json.loads(fixture.read_text(encoding="utf-8"))
    named = {key: "\x1b[31mred\u202e" if isinstance(value, str) else value for key, value in result.items()}
    (tmp_path / "result.json").write_text(json.dumps(named), encoding="utf-8")
    (tmp_path / "\x1b[1mno.json").write_text("{", encoding="utf-8")
    main(["bench", "parse", str(tmp_path)])
    streams = capsys.readouterr()
    assert streams.out
    assert not {"\x1b", "\u202e"} & set(streams.out + streams.err)
