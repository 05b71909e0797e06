"""Every command that README.md and docs/ show does what they say."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from r1c import pipeline

REPO = Path(__file__).resolve().parent.parent
README = (REPO / "README.md").read_text(encoding="utf-8")


def sessions(text: str) -> list[tuple[str, str]]:
    """Return the commands of the console blocks, each with what it is said to print."""
    found = []
    for block in re.findall(r"^```console\n(.*?)^```", text, re.DOTALL | re.MULTILINE):
        for command, printed in re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", block, re.MULTILINE):
            found.append((command, printed))
    return found


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    here = tmp_path_factory.mktemp("readme")
    shutil.copytree(REPO / "profiles", here / "profiles")
    shutil.copytree(REPO / "out", here / "out")
    base = (REPO / "tests" / "base.yaml").read_text(encoding="utf-8")
    bad = base.replace("tensor: 8", "tensor: 6").replace("    bucket:", "    buckit:")
    (here / "bad.yaml").write_text(bad, encoding="utf-8")
    a3mega = (REPO / "profiles" / "a3mega.yaml").read_text(encoding="utf-8")
    larger = a3mega.replace("tensor: 8", "tensor: 16").replace("\n  nodes: 2", "\n  nodes: 4")
    larger = larger.replace("region: us-central1", "region: us-central1\n    lws: v0.9.0")
    (here / "larger.yaml").write_text(larger, encoding="utf-8")
    return here


@pytest.mark.parametrize(
    ("command", "printed"), sessions(README), ids=[command for command, _ in sessions(README)]
)
def test_readme_command(command: str, printed: str, place: Path) -> None:
    arguments = command.removeprefix("bin/").split()
    assert arguments[0] == "r1c"
    done = subprocess.run(
        [sys.executable, "-m", "r1c", *arguments[1:]], cwd=place, capture_output=True, text=True, check=False
    )
    assert done.stdout + done.stderr == printed


def test_readme_profile_is_silent() -> None:
    profile = re.search(r"^```yaml\n(.*?)^```", README, re.DOTALL | re.MULTILINE)
    assert profile
    assert pipeline.analyse("README.md", profile[1].encode()).diagnostics == ()


def test_the_two_commands_are_there_and_run() -> None:
    for command in ("bin/r1c", "bin/test"):
        assert command in README
        subprocess.run(["bash", "-n", str(REPO / command)], check=True)
        assert (REPO / command).stat().st_mode & 0o111


@pytest.mark.kubectl
@pytest.mark.skipif(shutil.which("kubectl") is None, reason="kubectl is not installed")
def test_the_overlay_of_the_docs_builds(tmp_path: Path) -> None:
    shutil.copytree(REPO / "out", tmp_path / "out")
    (tmp_path / "out" / "deepseek-r1-a3mega" / "hf-secret.env").write_text(
        "hf_api_token=x\n", encoding="utf-8"
    )
    text = (REPO / "docs" / "kustomize.md").read_text(encoding="utf-8")
    overlay = re.search(r"^```yaml\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    assert overlay
    folder = tmp_path / "overlays" / "staging"
    folder.mkdir(parents=True)
    (folder / "kustomization.yaml").write_text(overlay[1], encoding="utf-8")
    built = subprocess.run(["kubectl", "kustomize", str(folder)], capture_output=True, text=True, check=True)
    by_kind = {item["kind"]: item for item in yaml.safe_load_all(built.stdout)}
    group, service, job = by_kind["LeaderWorkerSet"], by_kind["Service"], by_kind["Job"]
    assert group["metadata"]["name"] == "staging-deepseek-r1-a3mega"
    assert group["spec"]["replicas"] == 2
    assert service["spec"]["selector"]["leaderworkerset.sigs.k8s.io/name"] == group["metadata"]["name"]
    job_env = {
        entry["name"]: entry.get("value") for entry in job["spec"]["template"]["spec"]["containers"][0]["env"]
    }
    assert job_env["SERVICE"] == service["metadata"]["name"]
    leader = group["spec"]["leaderWorkerTemplate"]["leaderTemplate"]
    container = leader["spec"]["containers"][0]
    assert container["image"].endswith(":v0.7.3-patched")
    env = {entry["name"]: entry for entry in container["env"]}
    assert env["VLLM_LOGGING_LEVEL"]["value"] == "DEBUG"
    assert env["HF_TOKEN"]["valueFrom"]["secretKeyRef"]["name"] == by_kind["Secret"]["metadata"]["name"]
    assert leader["metadata"]["labels"]["team"] == service["spec"]["selector"]["team"] == "inference"


def test_links_lead_somewhere() -> None:
    for page in [REPO / "README.md", *(REPO / "docs").glob("*.md")]:
        for target in re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"
