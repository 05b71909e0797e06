"""Unusual input and environments: each ends with status 1 or 2 and a sentence, without a traceback."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from r1c.cli import main
from r1c.commands.worker_processes import spread
from r1c.diagnostics import UserError

BASE = (Path(__file__).parent / "base.yaml").read_text(encoding="utf-8")
HALF = "\\ud800"
RESULT = (
    '{"model_id": "%s", "num_prompts": 10, "max_concurrency": 4, "duration": 1.0, "completed": 10, '
    '"total_input_tokens": 10, "total_output_tokens": 10, "request_throughput": 1.0, "output_throughput": '
    "1.0, "
    '"total_token_throughput": 2.0, "mean_ttft_ms": 1, "median_ttft_ms": 1, "p99_ttft_ms": 1, '
    '"mean_tpot_ms": 1, '
    '"median_tpot_ms": 1, "p99_tpot_ms": 1, "mean_itl_ms": 1, "median_itl_ms": 1, "p99_itl_ms": 1}'
)
WRITTEN = """apiVersion: config.kubernetes.io/v1
kind: ResourceList
items: []
functionConfig:
"""


def r1c(*arguments: str, **options: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "r1c", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=20, check=False, **options)  # type: ignore[call-overload,no-any-return]


@pytest.mark.parametrize("command", [["check"], ["compile", "-o", "-"], ["plan"], ["secret"], ["diff"]])
@pytest.mark.parametrize(
    "field", ["    id: deepseek-ai/DeepSeek-R1", "  name: base", "apiVersion: r1c.dev/v1alpha1"]
)
def test_half_a_character_is_an_error_of_the_profile(
    command: list[str], field: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    key = field.partition(":")[0]
    profile = tmp_path / "profile.yaml"
    profile.write_text(BASE.replace(field, f'{key}: "{HALF}"'), encoding="utf-8")
    assert main([command[0], str(profile), *command[1:]]) == 1
    said = capsys.readouterr().err
    assert f"error[R1C010]: {HALF} is half of a UTF-16 pair, not a character" in said
    assert "1 error\n" in said


@pytest.mark.parametrize("form", ["json", "csv", "table"])
def test_half_a_character_in_a_benchmark_result(
    form: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    result = tmp_path / "result.json"
    result.write_text(RESULT % HALF, encoding="utf-8")
    assert main(["bench", "parse", str(result), "--format", form]) == 1
    assert capsys.readouterr().err == (
        f"skipped: {result}: {HALF} in it is half of a UTF-16 pair, not a character\n"
    )


def test_half_a_character_in_a_config_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "config.json").write_text(f'{{"model_type": "{HALF}"}}', encoding="utf-8")
    profile = tmp_path / "profile.yaml"
    written = BASE.replace("DeepSeek-R1", "DeepSeek-R1\n    config: config.json")
    profile.write_text(written, encoding="utf-8")
    assert main(["check", str(profile)]) == 1
    assert f"error[R1C314]: config.json has {HALF}, half of a UTF-16 pair" in capsys.readouterr().err


@pytest.mark.parametrize("as_json", [False, True])
def test_half_a_character_in_a_resource_list(as_json: bool) -> None:
    recipe = BASE.replace("deepseek-ai/DeepSeek-R1", f'"{HALF}"')
    sent = WRITTEN + "".join(f"  {line}\n" for line in recipe.splitlines())
    if as_json:
        head = '{"apiVersion": "config.kubernetes.io/v1", "kind": "ResourceList", '
        sent = f'{head}"items": [{{"a": "{HALF}"}}]}}'
    done = r1c("krm", input=sent)
    assert done.returncode == (2 if as_json else 1)
    assert HALF in done.stderr
    assert "fault of r1c" not in done.stderr


def test_a_whole_character_beyond_the_first_plane_in_a_json_resource_list() -> None:
    """json writes it as two halves by default, which a reader of YAML refuses."""
    item = '{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "\\ud83d\\ude00"}}'
    sent = f'{{"apiVersion": "config.kubernetes.io/v1", "kind": "ResourceList", "items": [{item}]}}'
    done = r1c("krm", input=sent)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no named pipes")
@pytest.mark.parametrize("field", ["extends: fifo\n", "config"])
def test_a_pipe_that_a_profile_names_is_not_waited_for(field: str, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    profile = tmp_path / "profile.yaml"
    text = BASE.replace("DeepSeek-R1", "DeepSeek-R1\n    config: fifo") if field == "config" else field + BASE
    profile.write_text(text, encoding="utf-8")
    done = r1c("check", str(profile))
    assert done.returncode == 1
    assert "fifo is not a regular file" in done.stderr


def _ends(item: int) -> int:
    if item == 40:
        os.kill(os.getpid(), signal.SIGKILL)
    return item


def test_a_worker_that_the_system_ends_is_no_fault_of_r1c() -> None:
    with pytest.raises(UserError) as found:
        list(spread(_ends, range(64), 2))
    assert str(found.value) == (
        "the system ended one of r1c's processes, perhaps because memory ran out; run it again with --jobs 1"
    )


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no /dev/full")
@pytest.mark.parametrize("arguments", [["check", "/nofile"], ["check", "bad.yaml"], ["nonsense"]])
def test_standard_error_that_cannot_be_written(arguments: list[str], tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text("a: b\n", encoding="utf-8")
    with Path("/dev/full").open("wb") as full:
        command = [sys.executable, "-m", "r1c", *arguments]
        done = subprocess.run(command, stderr=full, stdout=subprocess.PIPE, cwd=tmp_path, check=False)
    assert done.returncode == 2


def test_an_empty_output_option_writes_nowhere(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    profile = tmp_path / "profile.yaml"
    profile.write_text(BASE, encoding="utf-8")
    before = set(tmp_path.rglob("*"))
    assert main(["compile", str(profile), "-o", ""]) == 2
    assert capsys.readouterr().err == "r1c: --output is empty; write a directory, or . for this one\n"
    assert set(tmp_path.rglob("*")) == before


@pytest.mark.parametrize(
    ("folder", "shown"), [("o\x1b[2J", "o\\x1b[2J"), ("nl\nx", "nl\\nx"), ("rtl\u202e", "rtl\\u202e")]
)
def test_no_line_about_files_acts_on_a_terminal(
    folder: str,
    shown: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "profile.yaml").write_text(BASE, encoding="utf-8")
    assert main(["compile", "profile.yaml", "-o", folder]) == 0
    done, *_, following = capsys.readouterr().out.splitlines()
    assert done == f"{shown}/base: 14 files created"
    assert following.startswith(f"  next    {shown}/base/RUNBOOK.md has every command; ")


def test_a_compile_that_clears_leftovers_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "profile.yaml").write_text(BASE, encoding="utf-8")
    assert main(["compile", "profile.yaml"]) == 0
    (tmp_path / "out/base/.service.yaml.r1c-new").write_text("half", encoding="utf-8")
    capsys.readouterr()
    assert main(["compile", "profile.yaml"]) == 0
    assert capsys.readouterr().out.startswith("out/base: completed an interrupted compile\n  serves")
    assert not (tmp_path / "out/base/.service.yaml.r1c-new").exists()


def test_a_first_compile_that_fails_leaves_no_directory(tmp_path: Path) -> None:
    """An empty directory is no output, and would look like one."""
    (tmp_path / "profile.yaml").write_text(BASE, encoding="utf-8")
    code = (
        "import os, sys; from r1c import cli; from r1c.output import write; "
        "write.fill = lambda *a, **k: (_ for _ in ()).throw(OSError(28, 'No space left on device', 'x')); "
        "sys.exit(cli.main(['compile', 'profile.yaml', '-o', 'a/b']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "cannot be written: No space left on device; the output is as it was" in done.stderr
    assert not (tmp_path / "a").exists()
