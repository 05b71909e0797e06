"""The hooks of .pre-commit-hooks.yaml, run by the real pre-commit with the configuration that the docs show.

pre-commit installs r1c and its build backend from the package index, about eight seconds once; where there is
no index, the hooks run the r1c of the tests instead (`language: system`).
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

REPO = Path(__file__).resolve().parents[2]
PAGE = (REPO / "docs" / "pre-commit.md").read_text(encoding="utf-8")
BASE = (REPO / "tests" / "base.yaml").read_text(encoding="utf-8")
SHIPPED = (
    ".pre-commit-hooks.yaml",
    "pyproject.toml",
    "README.md",
    "LICENSE",
    "compiler",
    "schemas",
    "requirements",
)
OFFLINE = re.compile("No matching distribution|Could not find a version|Max retries|Temporary failure")

pytest.importorskip("pre_commit")


def git(folder: Path, *arguments: str) -> str:
    identity = ("-c", "user.name=Test", "-c", "user.email=test@example.com")
    command = ["git", *identity, *arguments]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout


def commit(folder: Path) -> str:
    git(folder, "init", "--quiet")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message=A commit")
    return git(folder, "rev-parse", "HEAD").strip()


def pre_commit(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    home = str(folder.parent / "cache")
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    path = os.pathsep.join((str(Path(sys.executable).parent), kept["PATH"]))
    return subprocess.run(
        [sys.executable, "-m", "pre_commit", *arguments, "--color=never"],
        cwd=folder,
        env={**kept, "PATH": path, "PRE_COMMIT_HOME": home},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with the documented configuration, one recipe and its output; the hooks' is r1c."""
    here = tmp_path_factory.mktemp("pre-commit")
    hooks, folder = here / "hooks", here / "checkout"
    hooks.mkdir()
    for name in SHIPPED:
        if (REPO / name).is_dir():
            shutil.copytree(REPO / name, hooks / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(REPO / name, hooks / name)
    revision = commit(hooks)
    block = re.search(r"^```yaml\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
    assert block
    config = yaml.safe_load(block[1])
    config["repos"][0] |= {"repo": str(hooks), "rev": revision}
    (folder / "profiles").mkdir(parents=True)
    (folder / ".pre-commit-config.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
    (folder / "profiles" / "base.yaml").write_text(BASE, encoding="utf-8")
    subprocess.run([sys.executable, "-m", "r1c", "--quiet", "compile", "profiles"], cwd=folder, check=True)
    commit(folder)
    installed = pre_commit(folder, "install-hooks")
    if installed.returncode and OFFLINE.search(installed.stdout + installed.stderr):
        for hook in config["repos"][0]["hooks"]:
            hook["language"] = "system"
        (folder / ".pre-commit-config.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
        git(folder, "commit", "--quiet", "--all", "--message=Without an index")
    else:
        assert installed.returncode == 0, installed.stdout + installed.stderr
    return folder


@pytest.fixture(autouse=True)
def as_committed(checkout: Path) -> None:
    git(checkout, "reset", "--hard", "--quiet")


def stage(folder: Path, path: str, old: str, new: str) -> None:
    file = folder / path
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")
    git(folder, "add", path)


def test_the_definitions_are_valid(checkout: Path) -> None:
    done = pre_commit(checkout, "validate-manifest", str(REPO / ".pre-commit-hooks.yaml"))
    assert done.returncode == 0, done.stdout


def test_a_checkout_in_order_passes(checkout: Path) -> None:
    done = pre_commit(checkout, "run", "--all-files")
    assert done.returncode == 0, done.stdout
    assert done.stdout.count("Passed") == 2


def test_a_wrong_profile_is_not_committed(checkout: Path) -> None:
    stage(checkout, "profiles/base.yaml", "tensor: 8", "tensor: 6")
    done = pre_commit(checkout, "run")
    assert done.returncode == 1
    assert "error[R1C201]: tensor parallel size 6 does not divide" in done.stdout
    assert "--> profiles/base.yaml:17:13" in done.stdout


def test_a_profile_without_its_output_is_not_committed(checkout: Path) -> None:
    stage(checkout, "profiles/base.yaml", "max-num-seqs: 128", "max-num-seqs: 64")
    done = pre_commit(checkout, "run")
    assert "differs: out/base/leaderworkerset.yaml" in done.stdout
    assert (done.stdout.count("Passed"), done.stdout.count("Failed")) == (1, 1)


def test_an_output_that_was_edited_is_not_committed(checkout: Path) -> None:
    stage(checkout, "out/base/service.yaml", "ClusterIP", "NodePort")
    done = pre_commit(checkout, "run")
    assert "out/base/service.yaml" in done.stdout
    assert (done.stdout.count("Skipped"), done.stdout.count("Failed")) == (1, 1)


def test_other_files_are_left_alone(checkout: Path) -> None:
    (checkout / "notes.yaml").write_text("a: 1\n", encoding="utf-8")
    git(checkout, "add", "notes.yaml")
    done = pre_commit(checkout, "run")
    assert done.returncode == 0
    assert done.stdout.count("Skipped") == 2


def test_a_wrong_manifest_is_not_committed(checkout: Path) -> None:
    config = yaml.safe_load((checkout / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    offline = {"language": "system", "additional_dependencies": []}
    installed = config["repos"][0]["hooks"][0].get("language") != "system"
    config["repos"][0]["hooks"] = [{"id": "r1c-lint", **({} if installed else offline)}]
    (checkout / "lint.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
    (checkout / "service.yaml").write_text("kind: Service\n", encoding="utf-8")
    (checkout / "serve.sh").write_text("vllm serve Qwen/Qwen3-32B -tp 6\n", encoding="utf-8")
    files = ["--files", "service.yaml", "serve.sh"]
    done = pre_commit(checkout, "run", "--config", "lint.yaml", *files)
    assert done.returncode == 1
    assert "error[R1C201]: tensor parallel size 6 does not divide" in done.stdout
    assert "--> serve.sh:1:31" in done.stdout
    (checkout / "serve.sh").write_text("vllm serve Qwen/Qwen3-32B -tp 8\n", encoding="utf-8")
    assert pre_commit(checkout, "run", "--config", "lint.yaml", *files).returncode == 0


def test_every_hook_is_documented() -> None:
    hooks = yaml.safe_load((REPO / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    assert all(f"| `{hook['id']}` |" in PAGE for hook in hooks)
