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
from r1c.adopt import profile_text, starter
from r1c.cli import main
from r1c.commands import init
from r1c.facts import model_table, vllm, vllm_models, vllm_releases

REPO = Path(__file__).resolve().parents[2]
CASES = sorted((Path(__file__).parents[1] / "adopt" / "imports" / "init").iterdir())


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.name)
def test_case(case: Path, golden: Callable[[Path, str], None], capsys: pytest.CaptureFixture[str]) -> None:
    arguments = (case / "arguments.txt").read_text(encoding="utf-8").split()
    status = main(["init", *arguments])
    streams = capsys.readouterr()
    golden(case / "profile.yaml", streams.out)
    golden(case / "stderr.txt", f"{streams.err}exit {status}\n")


KINDS = {
    (known.architecture.architectures, known.architecture.quantization): known.id
    for known in reversed(model_table.all_known())
    if not known.unsized
}
MODELS = sorted(KINDS.values())
"""A model of each architecture and each way to store its weights."""


WARNED = {
    "R1C203": ["Qwen/Qwen3-Next-80B-A3B-Instruct"],  # 2 key/value heads
    # The least of the range that a state may take leaves no room; 4 GPUs would store each head twice.
    "R1C305": [
        "Qwen/Qwen3.5-122B-A10B",
        "Qwen/Qwen3.5-122B-A10B-FP8",
        "nvidia/NVIDIA-Nemotron-3-Super-120B-A12B-FP8",
    ],
    "R1C313": [model for model in MODELS if "NVFP4" in model],  # made for Blackwell
    "R1C530": ["moonshotai/Kimi-K3"],  # newer than the NCCL of a3-mega's plugin
}


STARTED = [
    *((model, "a3-ultra") for model in MODELS),
    *((model, other) for model in MODELS[::4] for other in facts.platforms() if other != "a3-ultra"),
]


@pytest.mark.parametrize(("model", "platform"), STARTED)
def test_a_starter_has_nothing_to_report_once_its_blanks_are_filled(model: str, platform: str) -> None:
    release = starter.serving(platform, model, starter.start(platform))
    choice = init.choose(platform, model, release)
    filled = starter.standing_in(choice.draft)
    assert profile_text.blanks(filled) == ()
    found = pipeline.analyse("starter.yaml", profile_text.write(filled).encode()).diagnostics
    assert {item.code for item in found} <= {code for code, models in WARNED.items() if model in models}
    assert choice.plan
    assert choice.plan.group.nodes <= starter.LARGEST
    assert choice.plan.server.version == release
    if choice.plan.group.nodes > 1:
        assert choice.plan.server.executor == "native", "the image of the newest release has no Ray"


LATER_SPLIT = {
    "meta-llama/Llama-4-Maverick-17B-128E-Instruct": "Llama4ForConditionalGeneration",
}


@pytest.mark.parametrize("model", MODELS)
def test_a_starter_with_the_first_release_that_serves_the_model_compiles(model: str) -> None:
    release = starter.first("a3-mega", model)
    assert release
    assert starter.too_old("a3-mega", model, release) is None
    plan = init.choose("a3-mega", model, release).plan
    if model in LATER_SPLIT:
        # Too large for one node, and its first release cannot split it into stages.
        assert plan is None
        assert vllm_models.spans("pp", LATER_SPLIT[model])[0].first != release
        return
    assert plan
    assert plan.server.version == release


def test_a_starter_has_the_newest_release_of_the_facts() -> None:
    assert starter.newest() == vllm.versions()[-1]
    starts = {platform: starter.start(platform) for platform in facts.platforms()}
    newest = starter.newest()
    assert starts == {"a3-high": newest, "a3-mega": "v0.26.0", "a3-ultra": newest, "a4": newest}


@pytest.mark.parametrize("platform", facts.platforms())
def test_r1_starts_with_a_release_of_this_year(platform: str) -> None:
    choice = init.choose(platform, init.MODEL, starter.start(platform))
    assert choice.plan
    under = vllm_releases.stack(choice.plan.server.version)
    assert under
    assert under.date.startswith("2026-")


def test_the_seed_starts_on_two_nodes() -> None:
    choice = init.choose("a3-mega", "deepseek-ai/DeepSeek-R1", "v0.7.3")
    assert choice.plan
    assert (choice.plan.group.tensor, choice.plan.group.pipeline, choice.plan.group.nodes) == (8, 2, 2)


def test_every_known_model_has_a_release_to_start_with() -> None:
    data = facts.data("starters")
    assert all(model_table.first_release(model) for model in MODELS)
    assert set(data["models"]) <= set(facts.models())
    own = [facts.platform(platform).minimum_vllm for platform in facts.platforms()]
    own += [model_table.since(model) for model in model_table.ids()]
    assert set(filter(None, own)) <= set(vllm.versions())


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


def test_what_is_no_release_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["init", "--vllm", "latest"]) == 2
    assert capsys.readouterr().err == (
        f"r1c: latest is not a vLLM release; write its tag, such as {starter.newest()}\n"
    )


MODELINE = "# yaml-language-server: $schema="


def test_a_profile_finds_the_schema_above_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "schemas").mkdir()
    (tmp_path / "schemas" / "recipe.schema.json").write_text("{}\n", encoding="utf-8")
    path = tmp_path / "profiles" / "team" / "new.yaml"
    path.parent.mkdir(parents=True)
    assert main(["init", "new", "-o", str(path)]) == 0
    assert path.read_text(encoding="utf-8").startswith(f"{MODELINE}../../schemas/recipe.schema.json\n")
    assert "an editor" not in capsys.readouterr().err


def test_where_no_schema_is_yet_a_command_writes_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path(".git").mkdir()
    Path("profiles").mkdir()
    assert main(["init", "new", "-o", "profiles/new.yaml"]) == 0
    assert (
        Path("profiles/new.yaml")
        .read_text(encoding="utf-8")
        .startswith(f"{MODELINE}../schemas/recipe.schema.json\n")
    )
    told = capsys.readouterr().err.splitlines()[-1]
    assert told == (
        "for completion and help in an editor, run: mkdir -p schemas && r1c schema > "
        "schemas/recipe.schema.json"
    )
    command = told.partition(": ")[2].replace("r1c", f"{sys.executable} -m r1c")
    subprocess.run(command, shell=True, check=True)
    assert main(["init", "again", "-o", "profiles/again.yaml"]) == 0
    assert "an editor" not in capsys.readouterr().err
    schema = Path("profiles", "../schemas/recipe.schema.json").read_text(encoding="utf-8")
    assert schema == (REPO / "schemas" / "recipe.schema.json").read_text(encoding="utf-8")


def test_a_schema_beside_a_profile_in_another_folder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / ".git").mkdir()
    assert main(["init", "new", "-o", str(tmp_path / "new.yaml")]) == 0
    text = (tmp_path / "new.yaml").read_text(encoding="utf-8")
    assert text.startswith(f"{MODELINE}schemas/recipe.schema.json\n")
    command = f"mkdir -p {tmp_path}/schemas && r1c schema > {tmp_path}/schemas/recipe.schema.json\n"
    assert capsys.readouterr().err.endswith(f": {command}")


def test_a_schema_outside_the_git_repository_is_not_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Other clones do not have it."""
    (tmp_path / "schemas").mkdir()
    (tmp_path / "schemas" / "recipe.schema.json").write_text("{}\n", encoding="utf-8")
    (tmp_path / "repository" / ".git").mkdir(parents=True)
    path = tmp_path / "repository" / "new.yaml"
    assert main(["init", "new", "-o", str(path)]) == 0
    assert path.read_text(encoding="utf-8").startswith(f"{MODELINE}schemas/recipe.schema.json\n")
    assert capsys.readouterr().err.endswith(f"r1c schema > {path.parent}/schemas/recipe.schema.json\n")


def test_no_file_is_overwritten(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("mine\n", encoding="utf-8")
    assert main(["init", "new", "-o", str(path)]) == 2
    assert capsys.readouterr().err == (
        f"r1c: {path}: already exists; write the new profile to another file\n"
    )
    assert path.read_text(encoding="utf-8") == "mine\n"


def test_a_folder_that_is_not_there_is_created(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "profiles" / "dev" / "new.yaml"
    assert main(["init", "new", "-o", str(path)]) == 0
    assert capsys.readouterr().out == f"created: {path}\n"
    assert path.is_file()


def test_a_folder_that_is_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").touch()
    path = tmp_path / "file" / "new.yaml"
    assert main(["init", "new", "-o", str(path)]) == 2
    assert f"r1c: {path}: cannot be written: " in capsys.readouterr().err


def test_a_model_without_its_publisher_gets_a_suggestion(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["init", "new", "--platform", "a3-ultra", "--model", "deepseek-r1"]) == 0
    assert capsys.readouterr().err.startswith(
        "deepseek-r1: r1c does not know its size; did you mean deepseek-ai/DeepSeek-R1? Otherwise "
    )


def test_an_unknown_platform_gets_a_suggestion(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["init", "--platform", "a3mega"]) == 2
    assert capsys.readouterr().err == "r1c: unknown platform a3mega; did you mean a3-mega?\n"


def test_without_a_terminal_nothing_is_asked() -> None:
    command = [sys.executable, "-m", "r1c", "-q", "init"]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    assert "    id: deepseek-ai/DeepSeek-R1\n" in done.stdout


def on_a_terminal(answers: Sequence[tuple[str, str]], folder: Path) -> str:
    """Run r1c init on a pseudo-terminal, answer each question as it stands there; return what was said."""
    leader, follower = pty.openpty()
    command = [sys.executable, "-m", "r1c", "init", "-o", "new.yaml"]
    with subprocess.Popen(command, stdin=follower, stdout=follower, stderr=follower, cwd=folder) as process:
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


RELEASE = f"vLLM release [{starter.start('a3-ultra')}]"
REGISTRY = "Artifact Registry repository (LOCATION-docker.pkg.dev/PROJECT/REPOSITORY)"


def test_on_a_terminal_it_asks_until_an_answer_can_be_used(
    tmp_path: Path, golden: Callable[[Path, str], None]
) -> None:
    answers = (
        ("platform [a3-mega]", "a3-ulta"),
        ("platform [a3-mega]", "a3-ultra"),
        ("model [deepseek-ai/DeepSeek-R1]", "openai/gpt-oss-120c"),
        ("did you mean openai/gpt-oss-120b? [Y/n]", "y"),
        (RELEASE, "latest"),
        (RELEASE, "0.6.6.post1"),
        ("use it anyway? [y/N]", "n"),
        (RELEASE, ""),
        ("name of the recipe [gpt-oss-120b-a3-ultra]", "DeepSeek R1"),
        ("name of the recipe [gpt-oss-120b-a3-ultra]", ""),
        ("Google Cloud project ID", "c1"),
        ("Google Cloud project ID", "my-project"),
        ("name of the GKE cluster", "My_Cluster"),
        ("name of the GKE cluster", "my-cluster"),
        ("region of the cluster", "us-central1-docker.pkg.dev/my-project/my-repo"),
        ("region of the cluster", "us-central1-a"),
        ("region of the cluster", ""),
        (REGISTRY, "us-central1-docker.pkg.dev/acme/my-team"),
        (REGISTRY, "us-central1-docker.pkg.dev/my-project/my-repo"),
        ("Cloud Storage bucket, without gs://", "gs://my-bucket/models"),
        ("Cloud Storage bucket, without gs://", "my-bucket"),
    )
    said = on_a_terminal(answers, tmp_path)
    folder = Path(__file__).parents[1] / "adopt" / "imports" / "asked"
    golden(folder / "profile.yaml", (tmp_path / "new.yaml").read_text(encoding="utf-8"))
    golden(folder / "terminal.txt", said)
