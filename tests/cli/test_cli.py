"""The command line: exit statuses, streams, and what each command prints."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from r1c.cli import main

BASE = (Path(__file__).parents[1] / "base.yaml").read_text(encoding="utf-8")


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("HF_TOKEN", raising=False)
    (tmp_path / "base.yaml").write_text(BASE, encoding="utf-8")
    (tmp_path / "bad.yaml").write_text(BASE.replace("tensor: 8", "tensor: 6"), encoding="utf-8")
    return tmp_path


def run(*arguments: str, stdin: bytes = b"", **environment: str) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "r1c", *arguments]
    return subprocess.run(
        command, input=stdin, capture_output=True, env={**os.environ, **environment}, check=False
    )


def test_compile_writes_and_then_has_nothing_to_do(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compile", "base.yaml"]) == 0
    count = sum(path.is_file() for path in (here / "out" / "base").rglob("*"))
    about = (
        "  serves  deepseek-ai/DeepSeek-R1 with vLLM v0.7.3\n"
        "  on      2 a3-mega nodes, 16 GPUs: tensor 8 x pipeline 2; NVIDIA H100 80GB HBM3 (SXM)\n"
        "  next    out/base/RUNBOOK.md has every command; r1c plan base.yaml shows memory and limits\n"
    )
    assert capsys.readouterr().out == f"out/base: {count} files created\n{about}"
    assert main(["compile", "base.yaml"]) == 0
    assert capsys.readouterr().out == f"out/base: unchanged\n{about}"


def test_compile_of_several_profiles_describes_none(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = (here / "base.yaml").read_text(encoding="utf-8").replace("name: base", "name: other")
    (here / "other.yaml").write_text(other, encoding="utf-8")
    main(["-q", "compile", "base.yaml"])
    assert main(["compile", "base.yaml", "other.yaml"]) == 0
    count = sum(path.is_file() for path in (here / "out" / "other").rglob("*"))
    assert capsys.readouterr().out == (
        f"out/base: unchanged\nout/other: {count} files created; next: read out/other/RUNBOOK.md\n"
    )


def test_compile_counts_the_groups_of_a_recipe_with_several(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "base.yaml").write_text(BASE + "  replicas: 3\n", encoding="utf-8")
    assert main(["compile", "base.yaml"]) == 0
    assert "  on      3 groups of 2 a3-mega nodes, 16 GPUs: tensor 8" in capsys.readouterr().out


def test_compile_counts_what_it_did_and_names_the_files_with_v(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["-q", "compile", "base.yaml"])
    (here / "base.yaml").write_text(
        BASE.replace("max-num-seqs: 128", "max-num-seqs: 64") + "  huggingface: {source: existing}\n",
        encoding="utf-8",
    )
    capsys.readouterr()
    main(["compile", "base.yaml", "--dry-run"])
    files = capsys.readouterr().out.replace("would be ", "")
    assert {line.partition(": ")[0] for line in files.splitlines()} == {"updated", "removed"}
    assert main(["compile", "base.yaml", "-v"]) == 0
    said = f"out/base: {files.count('updated: ')} files updated, {files.count('removed: ')} removed\n"
    assert capsys.readouterr().out.startswith(files + said)


def test_a_refused_profile_exits_1_and_writes_nothing(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compile", "bad.yaml"]) == 1
    streams = capsys.readouterr()
    assert streams.out == ""
    assert streams.err.startswith(
        "error[R1C201]: tensor parallel size 6 does not divide the 128 attention heads of"
    )
    assert streams.err.endswith("\n1 error\n")
    assert not (here / "out").exists()


def test_a_wrong_profile_does_not_keep_a_right_one_from_being_compiled(here: Path) -> None:
    assert main(["compile", "bad.yaml", "base.yaml"]) == 1
    assert (here / "out" / "base" / "kustomization.yaml").exists()


def test_check_option_names_what_differs(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["-q", "compile", "base.yaml"])
    (here / "base.yaml").write_text(BASE.replace("max-num-seqs: 128", "max-num-seqs: 64"), encoding="utf-8")
    capsys.readouterr()
    assert main(["compile", "base.yaml", "--check"]) == 1
    assert capsys.readouterr().out == (
        "differs: out/base/.r1c.lock.json\n"
        "differs: out/base/benchmark/job.yaml\n"
        "differs: out/base/leaderworkerset.yaml\n"
    )


def test_dry_run_says_what_would_be_written(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compile", "base.yaml", "--dry-run"]) == 0
    assert "would be created: out/base/service.yaml\n" in capsys.readouterr().out
    assert not (here / "out").exists()


def test_an_edited_file_is_named_and_force_overwrites_it(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["-q", "compile", "base.yaml"])
    service = here / "out" / "base" / "service.yaml"
    service.write_text("by hand\n", encoding="utf-8")
    capsys.readouterr()
    assert main(["compile", "base.yaml"]) == 1
    message = capsys.readouterr().err
    assert message.startswith("error[R1C901]: ")
    assert "--> out/base/service.yaml\n" in message
    assert (
        "= help: `git diff out/base/service.yaml` shows the edit; make the change in the profile or in an "
        "overlay, or overwrite the file with --force\n"
    ) in message
    assert service.read_text(encoding="utf-8") == "by hand\n"
    assert main(["compile", "base.yaml", "--force"]) == 0
    assert capsys.readouterr().out.startswith("out/base: 1 file overwritten\n")
    assert service.read_text(encoding="utf-8") != "by hand\n"


def test_stream_has_the_serving_objects_in_the_order_of_kustomize(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compile", "base.yaml", "-o", "-"]) == 0
    kinds = [document["kind"] for document in yaml.safe_load_all(capsys.readouterr().out)]
    assert kinds == ["ServiceAccount", "Service", "LeaderWorkerSet"]


def test_a_directory_means_every_recipe_in_it(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "recipes" / "deeper").mkdir(parents=True)
    (here / "recipes" / "a.yaml").write_text(BASE.replace("name: base", "name: a"), encoding="utf-8")
    (here / "recipes" / "deeper" / "b.yml").write_text(
        BASE.replace("name: base", "name: b"), encoding="utf-8"
    )
    (here / "recipes" / "kustomization.yaml").write_text("kind: Kustomization\n", encoding="utf-8")
    assert main(["check", "recipes"]) == 0
    assert capsys.readouterr().out == "2 profiles checked, no faults found\n"


def test_two_profiles_of_one_name_are_refused(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "again.yaml").write_text(BASE, encoding="utf-8")
    assert main(["compile", "base.yaml", "again.yaml"]) == 1
    assert "error[R1C902]: the name base is also the name of again.yaml" in capsys.readouterr().err
    assert not (here / "out").exists()


def test_many_processes_give_the_same_output_in_the_same_order(here: Path) -> None:
    (here / "many").mkdir()
    for number in range(5):
        text = BASE.replace("name: base", f"name: recipe-{number}")
        (here / "many" / f"{number}.yaml").write_text(text, encoding="utf-8")
    one = run("compile", "many", "-o", "one", "--jobs", "1")
    two = run("compile", "many", "-o", "two", "--jobs", "2")
    assert one.stdout.replace(b"one/", b"two/") == two.stdout
    files = sorted(path.relative_to(here / "one") for path in (here / "one").rglob("*") if path.is_file())
    assert all((here / "one" / file).read_bytes() == (here / "two" / file).read_bytes() for file in files)


def test_profile_from_standard_input() -> None:
    done = run("check", "-", stdin=BASE.encode())
    assert (done.returncode, done.stdout) == (0, b"1 profile checked, no faults found\n")
    assert (
        b"--> <stdin>:17:13"
        in run("check", "-", stdin=BASE.replace("tensor: 8", "tensor: 6").encode()).stderr
    )


def test_check_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "bad.yaml", "--format", "json"]) == 1
    found = yaml.safe_load(capsys.readouterr().out)["diagnostics"]
    assert [(item["code"], item["path"], item["line"]) for item in found] == [
        ("R1C201", ["spec", "parallelism", "tensor"], 17)
    ]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["compile", "absent.yaml"], "r1c: absent.yaml: cannot be read: No such file or directory\n"),
        (
            ["compile", "base.yaml", "--check", "--dry-run"],
            "r1c: use only one of --check, --dry-run and -o -\n",
        ),
        (
            ["secret", "base.yaml"],
            "r1c: no token: set HF_TOKEN, or run `r1c secret` on a terminal, where it asks for the token\n",
        ),
    ],
)
def test_wrong_usage_exits_2(arguments: list[str], message: str) -> None:
    done = run(*arguments)
    assert (done.returncode, done.stderr.decode()) == (2, message)


def test_a_misspelt_command_gets_a_suggestion(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["complie"]) == 2
    assert "unknown command complie; did you mean compile?" in capsys.readouterr().err


def test_secret_goes_to_standard_output_only(here: Path) -> None:
    done = run("secret", "base.yaml", HF_TOKEN="hf_abc")
    assert yaml.safe_load(done.stdout)["stringData"] == {"hf_api_token": "hf_abc"}
    assert done.stderr == b""
    assert not (here / "out").exists()


def test_a_closed_pipe_is_no_fault() -> None:
    command = f"{sys.executable} -m r1c schema | head -c 1"
    done = subprocess.run(["bash", "-c", command], capture_output=True, check=False)
    assert done.stderr == b""


def test_a_fault_of_r1c_exits_3(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def broken(*_: object) -> str:
        raise RuntimeError("the lowering lost a volume")

    monkeypatch.setattr("r1c.emit.emit", broken)
    assert main(["compile", "base.yaml"]) == 3
    message = capsys.readouterr().err
    assert message.startswith(
        "r1c: this is a bug in r1c, not a fault of your profile: the lowering lost a volume\n"
    )
    assert "Traceback" not in message
    assert main(["compile", "base.yaml", "-v"]) == 3
    assert "Traceback" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "needed"),
    [(["--version"], set[str]()), (["--help"], {"click"}), (["compile", "--help"], {"click"})],
)
def test_version_and_help_import_no_library_but_click(arguments: list[str], needed: set[str]) -> None:
    command = [sys.executable, "-X", "importtime", "-m", "r1c", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    imported = {line.rsplit("|", 1)[-1].strip().split(".")[0] for line in done.stderr.splitlines()}
    assert imported & {"click", "pydantic", "jinja2", "jsonschema", "ruamel"} == needed


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs /proc")
def test_a_cold_compile_stays_under_120_mb() -> None:
    # VmHWM, for what getrusage counts begins with the memory of the process that forked.
    code = (
        "import sys; from r1c.cli import main; status = main(['-q', 'compile', 'base.yaml']);"
        "lines = open('/proc/self/status').read().splitlines();"
        "print(next(line.split()[1] for line in lines if line.startswith('VmHWM'))); sys.exit(status)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(done.stdout) / 1000 < 120


def test_model_config_is_read_beside_the_profile(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "deeper").mkdir()
    profile = here / "deeper" / "own.yaml"
    text = BASE.replace("deepseek-ai/DeepSeek-R1", "my-org/my-model\n    config: config.json")
    profile.write_text(text, encoding="utf-8")
    assert main(["check", "deeper/own.yaml"]) == 1
    assert "deeper/config.json: cannot be read: No such file or directory" in capsys.readouterr().err
    (here / "deeper" / "config.json").write_text("[]", encoding="utf-8")
    assert main(["check", "deeper/own.yaml"]) == 1
    assert "error[R1C314]: config.json is not a JSON object" in capsys.readouterr().err
    config = {
        "architectures": ["Qwen3ForCausalLM"],
        "model_type": "qwen3",
        "num_hidden_layers": 36,
        "hidden_size": 4096,
        "num_attention_heads": 30,
        "num_key_value_heads": 8,
        "head_dim": 128,
        "intermediate_size": 12288,
        "vocab_size": 151936,
        "max_position_embeddings": 40960,
        "torch_dtype": "bfloat16",
    }
    (here / "deeper" / "config.json").write_text(json.dumps(config), encoding="utf-8")
    assert main(["check", "deeper/own.yaml"]) == 1
    assert "tensor parallel size 8 does not divide the 30 attention heads of" in capsys.readouterr().err


def test_formats_for_tools_go_to_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "bad.yaml", "--format", "github"]) == 1
    streams = capsys.readouterr()
    assert streams.out.startswith(
        "::error file=bad.yaml,line=17,col=13,endColumn=14,title=R1C201 tensor-divides-heads::"
    )
    assert streams.out.count("\n") == 1
    assert streams.err == ""
    assert main(["check", "bad.yaml", "base.yaml", "--format", "sarif"]) == 1
    streams = capsys.readouterr()
    (result,) = json.loads(streams.out)["runs"][0]["results"]
    assert result["ruleId"] == "R1C201"
    assert streams.err == ""


def test_a_silent_profile_in_each_format(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "base.yaml", "--format", "github"]) == 0
    assert capsys.readouterr().out == ""
    assert main(["check", "base.yaml", "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"diagnostics": []}
    assert main(["check", "base.yaml", "--format", "sarif"]) == 0
    assert json.loads(capsys.readouterr().out)["runs"][0]["results"] == []


def test_strict_refuses_for_a_warning_and_writes_nothing(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tight = BASE.replace("utilization: 0.85", "utilization: 0.72")
    (here / "tight.yaml").write_text(tight, encoding="utf-8")
    assert main(["check", "tight.yaml"]) == 0
    assert main(["check", "tight.yaml", "--strict"]) == 1
    assert main(["compile", "tight.yaml", "--strict"]) == 1
    assert not (here / "out").exists()
    assert main(["-q", "compile", "tight.yaml"]) == 0
    assert (here / "out").exists()
    capsys.readouterr()
    accepted = "  name: base\n  annotations: {r1c.dev/allow: 'R1C305: measured on 2026-01-10'}\n"
    (here / "tight.yaml").write_text(tight.replace("  name: base\n", accepted), encoding="utf-8")
    assert main(["check", "tight.yaml", "--strict"]) == 0
    assert capsys.readouterr().out == "1 profile checked, no faults found\n"


def test_a_hint_does_not_refuse_under_strict(here: Path) -> None:
    idle = "  name: base\n  annotations: {r1c.dev/allow: 'R1C305: measured on 2026-01-10'}\n"
    (here / "idle.yaml").write_text(BASE.replace("  name: base\n", idle), encoding="utf-8")
    done = run("check", "idle.yaml", "--strict")
    assert (done.returncode, done.stderr.startswith(b"hint[R1C111]: ")) == (0, True)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["check", "base.yaml", "--format", "sarfi"], "invalid value sarfi; did you mean sarif?"),
        (
            ["check", "base.yaml", "--format", "xml"],
            "invalid value xml; use text, json, sarif or github",
        ),
        (["plan", "base.yaml", "--format", "jsn"], "invalid value jsn; did you mean json?"),
    ],
)
def test_a_misspelt_format_gets_a_suggestion(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    assert capsys.readouterr().err.endswith(f"\nError: Invalid value for '--format': {message}\n")


def test_a_misspelt_option_gets_a_suggestion(capsys: pytest.CaptureFixture[str]) -> None:
    for wrong, meant in (("--formt", "--format"), ("--strct", "--strict")):
        assert main(["check", "base.yaml", wrong]) == 2
        message = capsys.readouterr().err
        assert "Did you mean" in message
        assert meant in message


def test_plan_says_what_a_recipe_comes_to(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", "base.yaml"]) == 0
    assert capsys.readouterr().out.startswith("base: deepseek-ai/DeepSeek-R1 with vLLM v0.7.3\n")
    assert main(["plan", "base.yaml", "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["gpus"] == 16


def test_plan_of_a_refused_profile_is_its_diagnostics(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", "bad.yaml", "--format", "json"]) == 1
    streams = capsys.readouterr()
    assert streams.out == ""
    assert streams.err.startswith("error[R1C201]: ")


def test_explain(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "r1c201"]) == 0
    assert capsys.readouterr().out.startswith("R1C201 tensor-divides-heads (error)\n")
    assert main(["explain"]) == 0
    assert capsys.readouterr().out.startswith("R1C0xx Reading YAML\n")
    assert main(["explain", "netwrok.mode"]) == 2
    streams = capsys.readouterr()
    assert streams.out == ""
    assert streams.err == "r1c: unknown name netwrok.mode; did you mean network.mode?\n"
