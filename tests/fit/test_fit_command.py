"""`r1c fit`: its reports, the profile that it writes, and what it refuses."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from r1c.cli import main

CASES = sorted((Path(__file__).parent / "cases").iterdir())
R1 = "deepseek-ai/DeepSeek-R1"


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.name)
def test_case(case: Path, golden: Callable[[Path, str], None], capsys: pytest.CaptureFixture[str]) -> None:
    status = main(["fit", *(case / "arguments.txt").read_text(encoding="utf-8").split()])
    streams = capsys.readouterr()
    golden(case / "stdout.txt", streams.out)
    golden(case / "stderr.txt", f"{streams.err}exit {status}\n")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ["deepseek-ai/DeepSeek-R2"],
            "unknown model deepseek-ai/DeepSeek-R2; did you mean deepseek-ai/DeepSeek-R1? Or give its "
            "config.json: --config config.json",
        ),
        (
            ["deepseek-r1"],
            "unknown model deepseek-r1; did you mean deepseek-ai/DeepSeek-R1? Or give its config.json: "
            "--config config.json",
        ),
        (["a/b"], "unknown model a/b; give its config.json: --config config.json"),
        ([R1, "--platform", "a3mega"], "unknown platform a3mega; did you mean a3-mega?"),
        (
            [R1, "--ttft", "2s"],
            "--ttft and --tpot are times under a load: add --load, such as --load 8192/1024/64",
        ),
        (
            [R1, "--load", "1/1/1", "--tpot", "50"],
            "--tpot 50: expected a duration in s or ms, such as 2s or 50ms",
        ),
        (
            [R1, "--load", "1/1/1", "--tpot", "0ms"],
            "--tpot 0ms: expected a duration in s or ms, such as 2s or 50ms",
        ),
        (
            [R1, "--load", "8192/1024/64", "--context", "8192"],
            "--context 8192: the requests of --load 8192/1024/64 have 9,216 tokens",
        ),
        (
            [R1, "--platform", "a4", "--price-per-gpu-hour", "a3-mega=9"],
            "--price-per-gpu-hour a3-mega=9: platforms: a4",
        ),
        (
            [R1, "--platform", "a4", "--price-per-gpu-hour", "a4=free"],
            "--price-per-gpu-hour free: expected a number greater than 0, such as 9.80",
        ),
        ([R1, "--pick", "2"], "--pick chooses the profile that -o FILE writes: add -o FILE"),
        (
            ["openai/gpt-oss-20b", "--platform", "a4", "--nodes", "1", "--pick", "99", "-o", "-"],
            "--pick 99: there are 16 configurations",
        ),
        ([R1, "--vllm", "latest"], "latest is not a vLLM release; write its tag, such as v0.33.0"),
        (
            ["a/b", "--config", "absent.json"],
            "--config: absent.json: cannot be read: No such file or directory",
        ),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_wrong_usage(words: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fit", *words]) == 2
    assert capsys.readouterr().err == f"r1c: {message}\n"


SMALL = ["openai/gpt-oss-20b", "--platform", "a4", "--nodes", "1"]


def test_a_profile_is_written_beside_the_report(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "new.yaml"
    assert main(["fit", *SMALL, "-o", str(path)]) == 0
    assert capsys.readouterr().out.endswith(f"created: {path}\n")
    assert "  parallelism:\n    tensor: 1 # GPUs that share each layer" in path.read_text(encoding="utf-8")
    assert main(["fit", *SMALL, "-o", str(path)]) == 2
    assert capsys.readouterr().err == f"r1c: {path}: already exists; write the new profile to another file\n"


def test_nothing_is_written_where_nothing_fits(tmp_path: Path) -> None:
    path = tmp_path / "new.yaml"
    words = ["meta-llama/Llama-3.1-405B-Instruct", "--platform", "a3-mega", "--nodes", "1", "-o", str(path)]
    assert main(["fit", *words]) == 1
    assert not path.exists()


BLANKS = {
    "project:": "my-project",
    "name: # the name of your GKE cluster": "my-cluster",
    "region:": "us-central1",
    "registry:": "us-central1-docker.pkg.dev/my-project/my-repo",
    "bucket:": "my-bucket",
}


def fill(path: Path) -> None:
    """Fill the blanks of a profile."""
    text = path.read_text(encoding="utf-8")
    for blank, value in BLANKS.items():
        assert text.count(f" {blank}") == 1
        text = text.replace(f" {blank}", f" {blank.partition(':')[0]}: {value} #")
    path.write_text(text, encoding="utf-8")


def test_the_profile_has_the_forecast_of_the_report(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The load is its benchmark, so that `r1c plan` forecasts the same."""
    path = tmp_path / "new.yaml"
    words = [*SMALL, "--load", "1000/500/64", "--tpot", "20ms", "--format", "json", "-o", str(path)]
    assert main(["fit", *words]) == 0
    best = json.loads(capsys.readouterr().out.partition("created:")[0])["configurations"][0]
    fill(path)
    assert main(["plan", str(path), "--format", "json"]) == 0
    (point,) = json.loads(capsys.readouterr().out)["forecast"]
    names = ("ttft_ms", "tpot_ms", "output_tokens_per_s")
    assert [point[name] for name in names] == [best[name] for name in names]


def test_a_model_by_its_config(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = {
        "architectures": ["Qwen3ForCausalLM"],
        "model_type": "qwen3",
        "num_hidden_layers": 64,
        "hidden_size": 5120,
        "num_attention_heads": 64,
        "num_key_value_heads": 8,
        "head_dim": 128,
        "intermediate_size": 25600,
        "vocab_size": 151936,
        "max_position_embeddings": 40960,
        "torch_dtype": "bfloat16",
    }
    (tmp_path / "models").mkdir()
    file = tmp_path / "models" / "config.json"
    file.write_text(json.dumps(config), encoding="utf-8")
    path = tmp_path / "new.yaml"
    words = ["--platform", "a3-mega", "--nodes", "1"]
    assert main(["fit", "my-org/mine", "--config", str(file), *words, "-o", str(path)]) == 0
    own = capsys.readouterr().out
    assert "    id: my-org/mine\n    config: models/config.json\n" in path.read_text(encoding="utf-8")
    fill(path)
    assert main(["check", str(path)]) == 0
    assert main(["fit", "Qwen/Qwen3-32B", *words]) == 0
    known = capsys.readouterr().out
    assert own.partition("created:")[0].split("\n")[1:] == known.split("\n")[1:], "the same model"


PAGE = Path(__file__).resolve().parents[2] / "docs" / "fit.md"


def test_the_page_shows_what_is_printed(
    golden: Callable[[Path, str], None], capsys: pytest.CaptureFixture[str]
) -> None:
    text = PAGE.read_text(encoding="utf-8")
    before, start, rest = text.partition("```console\n$ r1c ")
    command, _, rest = rest.partition("\n")
    _, end, after = rest.partition("```\n")
    assert main(command.split()) == 0
    golden(PAGE, f"{before}{start}{command}\n{capsys.readouterr().out}{end}{after}")
