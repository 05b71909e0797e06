"""action.yml: its scripts are sound shell, no input becomes part of one, and all of it runs on a checkout."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

REPO = Path(__file__).resolve().parents[2]
ACTION: dict[str, Any] = yaml.safe_load((REPO / "action.yml").read_text(encoding="utf-8"))
STEPS: list[dict[str, Any]] = ACTION["runs"]["steps"]
PAGE = (REPO / "docs" / "github-actions.md").read_text(encoding="utf-8")
BASE = (REPO / "tests" / "base.yaml").read_text(encoding="utf-8")
EXPRESSION = re.compile(r"\$\{\{ inputs\.(\w+) \}\}")
OFFLINE = re.compile("No matching distribution|Could not find a version|Max retries|Temporary failure")


@dataclass(frozen=True)
class Job:
    """What running the action came to: the failed steps by name, the log, the summary and the outputs."""

    failed: tuple[str, ...]
    log: str
    summary: str
    outputs: str


def script(
    step: dict[str, Any], environment: dict[str, str], folder: Path
) -> subprocess.CompletedProcess[str]:
    """Run a step's script as the runner does: in a file, with bash's strict options."""
    file = Path(environment["RUNNER_TEMP"]) / "step.sh"
    file.write_text(step["run"], encoding="utf-8")
    command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(file)]
    return subprocess.run(
        command,
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def runner(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A runner's environment in which the action's own step has installed r1c; offline, r1c of the tests."""
    temporary = tmp_path_factory.mktemp("runner")
    kept = {
        key: value for key, value in os.environ.items() if not key.startswith(("GITHUB_", "R1C_", "PYTHON"))
    }
    path = os.pathsep.join((str(Path(sys.executable).parent), kept["PATH"]))
    environment = {**kept, "PATH": path, "RUNNER_TEMP": str(temporary), "GITHUB_ACTION_PATH": str(REPO)}
    (install,) = [step for step in STEPS if step["name"] == "Install r1c"]
    # Some of the tests lint, which takes more packages.
    (temporary / "r1c-lint").write_text("deploy\n", encoding="utf-8")
    done = script(install, environment | {"R1C_REPORT": "true"}, temporary)
    if done.returncode and OFFLINE.search(done.stdout):
        command = temporary / "r1c" / "bin" / "r1c"
        command.parent.mkdir(parents=True, exist_ok=True)
        command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m r1c "$@"\n', encoding="utf-8")
        command.chmod(0o755)
        return environment | {"OFFLINE": "1"}
    assert done.returncode == 0, done.stdout
    return environment


def run(runner: dict[str, str], folder: Path, **inputs: str) -> Job:
    """Run all steps but the installation in a checkout, in order, as their conditions say."""
    values = {name: inputs.get(name, field["default"]) for name, field in ACTION["inputs"].items()}
    temporary = Path(runner["RUNNER_TEMP"])
    files = {"GITHUB_STEP_SUMMARY": temporary / "summary", "GITHUB_OUTPUT": temporary / "output"}
    for file in files.values():
        file.write_text("", encoding="utf-8")
    failed: list[str] = []
    log = ""
    for step in STEPS:
        condition = step.get("if", "success()")
        if step["name"] == "Install r1c" or (failed and "!cancelled()" not in condition):
            continue
        if "steps.install" in condition and STEPS[0]["name"] in failed:
            continue
        if "inputs.base != ''" in condition and not values["base"]:
            continue
        if "inputs.report == 'true'" in condition and values["report"] != "true":
            continue
        given = {
            name: EXPRESSION.sub(lambda match: values[match[1]], text)
            for name, text in step.get("env", {}).items()
        }
        done = script(step, {**runner, **given, **{name: str(file) for name, file in files.items()}}, folder)
        log += done.stdout
        if done.returncode:
            failed.append(step["name"])
    summary, outputs = (file.read_text(encoding="utf-8") for file in files.values())
    return Job(tuple(failed), log, summary, outputs)


def git(folder: Path, *arguments: str) -> None:
    identity = ("-c", "user.name=Test", "-c", "user.email=test@example.com")
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A repository with one recipe and its output, committed."""
    folder = tmp_path / "checkout"
    (folder / "profiles").mkdir(parents=True)
    (folder / "profiles" / "base.yaml").write_text(BASE, encoding="utf-8")
    compile_(folder)
    git(folder, "init", "--quiet", "--initial-branch=main")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message=A recipe")
    return folder


def compile_(folder: Path, *options: str) -> None:
    command = [sys.executable, "-m", "r1c", "--quiet", "compile", *options, "profiles"]
    subprocess.run(command, cwd=folder, check=True)


def change(folder: Path, old: str, new: str) -> None:
    profile = folder / "profiles" / "base.yaml"
    text = profile.read_text(encoding="utf-8")
    assert old in text
    profile.write_text(text.replace(old, new), encoding="utf-8")


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step["name"])
def test_a_script_is_sound(step: dict[str, Any], tmp_path: Path) -> None:
    assert step["shell"] == "bash"
    assert "uses" not in step
    assert "${{" not in step["run"], "an expression inside a script would be run as shell"
    (tmp_path / "step.sh").write_text(step["run"], encoding="utf-8")
    subprocess.run(["bash", "-n", "step.sh"], cwd=tmp_path, check=True)
    shellcheck = Path(sys.executable).parent / "shellcheck"
    command = str(shellcheck) if shellcheck.exists() else shutil.which("shellcheck")
    assert command
    subprocess.run([command, "--shell=bash", "step.sh"], cwd=tmp_path, check=True)


def test_every_input_is_described_and_used() -> None:
    used = {
        name for step in STEPS for text in step.get("env", {}).values() for name in EXPRESSION.findall(text)
    }
    assert used == set(ACTION["inputs"])
    for name, field in ACTION["inputs"].items():
        assert field["description"].endswith((".", "false"))
        assert f"`{name}`" in PAGE


def test_it_installs_r1c_from_the_action(runner: dict[str, str]) -> None:
    if "OFFLINE" in runner:
        pytest.skip("the package index cannot be reached")
    command = Path(runner["RUNNER_TEMP"]) / "r1c" / "bin" / "r1c"
    subprocess.run([command, "--version"], check=True)


def test_nothing_to_report(runner: dict[str, str], checkout: Path) -> None:
    job = run(runner, checkout)
    assert job == Job((), "out/base: up to date\n", "", "")


def test_a_wrong_profile_is_annotated(runner: dict[str, str], checkout: Path) -> None:
    change(checkout, "tensor: 8", "tensor: 6")
    job = run(runner, checkout)
    assert job.failed == ("Check the profiles", "Compare the committed manifests")
    assert job.log.startswith("::error file=profiles/base.yaml,line=17,col=13,endColumn=14,title=R1C201 ")


def test_a_forgotten_compile_is_found(runner: dict[str, str], checkout: Path) -> None:
    change(checkout, "max-num-seqs: 128", "max-num-seqs: 64")
    job = run(runner, checkout)
    assert job.failed == ("Compare the committed manifests",)
    assert "differs: out/base/leaderworkerset.yaml\n" in job.log
    assert job.log.endswith("run r1c compile and commit the result\n")


def test_a_change_is_shown_in_the_summary(runner: dict[str, str], checkout: Path) -> None:
    change(checkout, "max-num-seqs: 128", "max-num-seqs: 64")
    compile_(checkout)
    job = run(runner, checkout, base="HEAD", profiles="  profiles/base.yaml\n\n")
    assert job.failed == ()
    assert "LeaderWorkerSet" in job.summary
    (name, _, file) = job.outputs.strip().partition("=")
    assert name == "file"
    assert Path(file).read_text(encoding="utf-8") == job.summary


def test_a_report_is_written_for_an_upload(runner: dict[str, str], checkout: Path) -> None:
    """The page shows what changed; one about a profile with errors is there, too."""
    change(checkout, "max-num-seqs: 128", "max-num-seqs: 64")
    compile_(checkout)
    job = run(runner, checkout, base="HEAD", report="true")
    assert job.failed == ()
    page = Path(job.outputs.splitlines()[-1].removeprefix("file="))
    assert page.name == "r1c-report.html"
    assert "Changes since HEAD" in page.read_text(encoding="utf-8")
    change(checkout, "tensor: 8", "tensor: 6")
    job = run(runner, checkout, report="true")
    assert "Write the report" not in job.failed
    assert "<code>R1C201</code>" in page.read_text(encoding="utf-8")


def test_the_manifests_are_in_another_folder(runner: dict[str, str], checkout: Path) -> None:
    """Every step reads the folder of `output`; the manifests there may differ from the committed profile."""
    change(checkout, "nodes: 2", "nodes: 2\n  replicas: 3")
    compile_(checkout, "--output", "manifests")
    change(checkout, "\n  replicas: 3", "")
    shutil.rmtree(checkout / "out")
    git(checkout, "add", "--all")
    git(checkout, "commit", "--quiet", "--message=A profile of one group, manifests of three")
    forgotten = run(runner, checkout, base="HEAD", output="manifests")
    assert forgotten.failed == ("Compare the committed manifests",)
    assert "differs: manifests/base/leaderworkerset.yaml\n" in forgotten.log
    assert "~ `spec.replicas` | `3` | `1` |" in forgotten.summary
    compile_(checkout, "--output", "manifests")
    done = run(runner, checkout, base="HEAD", output="manifests")
    assert (done.failed, done.summary) == ((), forgotten.summary)
    assert not (checkout / "out").exists()


def test_one_page_for_all_profiles_with_the_costly_first(runner: dict[str, str], checkout: Path) -> None:
    for name in ("left", "right"):
        text = BASE.replace("name: base", f"name: {name}", 1)
        (checkout / "profiles" / f"{name}.yaml").write_text(text, encoding="utf-8")
    compile_(checkout)
    profiles = "profiles/base.yaml\nprofiles/left.yaml\nprofiles/right.yaml"
    lines = run(runner, checkout, base="HEAD", profiles=profiles).summary.splitlines()
    assert [line for line in lines if line.startswith("#")] == [
        "### What changes on the cluster",
        "#### `left`",
        "#### `right`",
    ]
    assert lines[:7] == [
        "### What changes on the cluster",
        "",
        "2 of 3 recipes change: 32 GPUs affected.",
        "",
        "- `left`: new recipe: image to build first, creates objects",
        "- `right`: new recipe: image to build first, creates objects",
        "- `base`: no difference",
    ]


def test_manifests_are_linted_without_a_profile(runner: dict[str, str], checkout: Path) -> None:
    shutil.rmtree(checkout / "profiles")
    (checkout / "deploy").mkdir()
    (checkout / "deploy" / "serve.sh").write_text("vllm serve Qwen/Qwen3-32B -tp 6\n", encoding="utf-8")
    job = run(runner, checkout, profiles="", lint="deploy\n", base="HEAD")
    assert job.failed == ("Lint other manifests",)
    assert job.log.startswith("::error file=deploy/serve.sh,line=1,col=31,endColumn=32,title=R1C201 ")
    (checkout / "deploy" / "serve.sh").write_text("vllm serve Qwen/Qwen3-32B -tp 8\n", encoding="utf-8")
    assert run(runner, checkout, profiles="", lint="deploy") == Job((), "", "", "")


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ({"lint": "--strict"}, "inputs.lint: a path must not begin with a hyphen"),
        (
            {"profiles": " \n"},
            "inputs.profiles and inputs.lint are empty; write a path in one of them",
        ),
        ({"profiles": "profiles\n--force"}, "inputs.profiles: a path must not begin with a hyphen"),
        ({"output": "--force"}, "inputs.output: a path must not begin with a hyphen"),
        (
            {"base": "--output=x"},
            "inputs.base: not a git revision; write one such as origin/main",
        ),
        (
            {"base": "main; touch stolen"},
            "inputs.base: not a git revision; write one such as origin/main",
        ),
        ({"strict": "yes"}, "inputs.strict must be true or false"),
        ({"report": "report.html"}, "inputs.report must be true or false"),
    ],
)
def test_a_wrong_input_is_refused(
    runner: dict[str, str], checkout: Path, inputs: dict[str, str], message: str
) -> None:
    job = run(runner, checkout, **inputs)
    assert job.failed == ("Look at the inputs",)
    assert job.log == f"::error title=r1c::{message}\n"


def test_an_input_is_never_run(runner: dict[str, str], checkout: Path) -> None:
    run(runner, checkout, profiles="$(touch stolen)", output="`touch stolen`")
    assert not (checkout / "stolen").exists()


def test_the_workflow_of_the_docs() -> None:
    """The documented workflow uses what the action takes, and nothing that is not pinned."""
    block = re.search(r"^```yaml\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
    assert block
    workflow = yaml.safe_load(block[1])
    assert workflow["permissions"] == {"contents": "read"}
    steps = workflow["jobs"]["recipes"]["steps"]
    (ours,) = [step for step in steps if "r1c" in step.get("uses", "")]
    assert set(ours["with"]) <= set(ACTION["inputs"])
