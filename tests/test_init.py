"""`r1c init`: starters for platforms and models, what it says of the fit, and what it asks on a terminal."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from r1c import facts, pipeline
from r1c.cli import main
from r1c.commands import init
from r1c.facts import vllm
from r1c.intake import profile_text, starter

CASES = sorted((Path(__file__).parent / "imports" / "init").iterdir())


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.name)
def test_case(case: Path, golden: Callable[[Path, str], None], capsys: pytest.CaptureFixture[str]) -> None:
    arguments = (case / "arguments.txt").read_text(encoding="utf-8").split()
    status = main(["init", *arguments])
    streams = capsys.readouterr()
    golden(case / "profile.yaml", streams.out)
    golden(case / "stderr.txt", f"{streams.err}exit {status}\n")


STARTERS = [
    *(("a3-mega", model) for model in sorted(facts.table("models")["data"])),
    *((platform, "moonshotai/Kimi-K2-Instruct") for platform in facts.platforms()),
]


@pytest.mark.parametrize(("platform", "model"), STARTERS)
def test_a_starter_compiles_once_its_blanks_are_filled(platform: str, model: str) -> None:
    choice = init.choose(platform, model)
    text = profile_text.write(starter.standing_in(choice.draft))
    assert profile_text.blanks(starter.standing_in(choice.draft)) == ()
    checked = pipeline.analyse("starter.yaml", text.encode())
    assert checked.plan, checked.diagnostics
    assert choice.plan
    assert choice.plan.group.nodes <= starter.LARGEST


def test_the_seed_starts_on_two_nodes() -> None:
    choice = init.choose("a3-mega", "deepseek-ai/DeepSeek-R1")
    assert choice.plan
    assert (choice.plan.group.tensor, choice.plan.group.pipeline, choice.plan.group.nodes) == (8, 2, 2)


def test_every_known_model_has_a_release_to_start_with() -> None:
    data = facts.table("starters")["data"]
    named = {name for model in facts.table("models")["data"].values() for name in model["architectures"]}
    assert named <= set(data["architectures"])
    assert set(data["models"]) <= set(facts.models())
    assert set(data["platforms"]) <= set(facts.platforms())
    entries = [entry for part in ("architectures", "models", "platforms") for entry in data[part].values()]
    assert {entry["vllm"] for entry in entries if "vllm" in entry} <= set(vllm.versions())


def test_blanks_are_asked_for_by_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "new.yaml"
    assert main(["init", "new", "-o", str(path)]) == 0
    assert capsys.readouterr().out == f"created: {path}\n"
    assert main(["check", str(path)]) == 1
    said = capsys.readouterr().err
    for field in ("cluster.project", "cluster.name", "cluster.region", "image.registry", "storage.bucket"):
        assert f"error[R1C102]: spec.{field} has no value\n" in said
        assert f"= help: fill in {field.partition('.')[2]}: " in said
    assert said.endswith("\n5 errors\n")


def test_no_file_is_overwritten(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("mine\n", encoding="utf-8")
    assert main(["init", "new", "-o", str(path)]) == 2
    assert capsys.readouterr().err.endswith(
        f"r1c: {path}: already exists, and init overwrites nothing; give another name\n"
    )
    assert path.read_text(encoding="utf-8") == "mine\n"


def test_a_folder_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "absent" / "new.yaml"
    assert main(["init", "new", "-o", str(path)]) == 2
    assert capsys.readouterr().err.endswith(f"r1c: {path}: cannot be written: No such file or directory\n")


def test_an_unknown_platform_gets_a_suggestion(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["init", "--platform", "a3mega"]) == 2
    assert capsys.readouterr().err == "r1c: no platform a3mega; did you mean a3-mega?\n"


def test_without_a_terminal_nothing_is_asked() -> None:
    command = [sys.executable, "-m", "r1c", "-q", "init"]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    assert "    id: deepseek-ai/DeepSeek-R1\n" in done.stdout


def on_a_terminal(answers: Sequence[tuple[str, str]], output: Path) -> str:
    """Run r1c init on a pseudo-terminal, answer each question as it stands there; return what was said."""
    leader, follower = pty.openpty()
    command = [sys.executable, "-m", "r1c", "init", "-o", str(output)]
    with subprocess.Popen(command, stdin=follower, stdout=follower, stderr=follower) as process:
        os.close(follower)
        said, waiting = "", list(answers)
        while select.select([leader], [], [], 60)[0]:
            try:
                said += os.read(leader, 4096).decode()
            except OSError:
                # The other end is closed: the command has ended.
                break
            if waiting and said.endswith(f"{waiting[0][0]}: "):
                os.write(leader, f"{waiting.pop(0)[1]}\n".encode())
        status = process.wait(60)
    os.close(leader)
    assert (status, waiting) == (0, []), said
    return said.replace("\r\n", "\n")


def test_on_a_terminal_it_asks(tmp_path: Path, golden: Callable[[Path, str], None]) -> None:
    answers = (
        ("platform [a3-mega]", "a3-ulta"),
        ("platform [a3-mega]", "a3-ultra"),
        ("model [deepseek-ai/DeepSeek-R1]", "deepseek-ai/DeepSeek-R2"),
        ("did you mean deepseek-ai/DeepSeek-R1? [Y/n]", "y"),
        ("name of the recipe [deepseek-r1-a3-ultra]", ""),
        ("Google Cloud project ID", "my-project"),
        ("name of the GKE cluster", "my-cluster"),
        ("region of the cluster", ""),
        (
            "Artifact Registry repository (LOCATION-docker.pkg.dev/PROJECT/REPOSITORY)",
            "us-central1-docker.pkg.dev/my-project/my-repo",
        ),
        ("Cloud Storage bucket, without gs://", "my-bucket"),
    )
    path = tmp_path / "new.yaml"
    said = on_a_terminal(answers, path)
    folder = Path(__file__).parent / "imports" / "asked"
    golden(folder / "profile.yaml", path.read_text(encoding="utf-8"))
    golden(folder / "terminal.txt", said.replace(str(path), "new.yaml"))
