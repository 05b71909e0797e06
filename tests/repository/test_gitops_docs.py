"""The files that docs/argocd.md, docs/flux.md and docs/krm.md show are loaded, and run where they can be."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from r1c import pipeline

REPO = Path(__file__).resolve().parents[2]
BASE = (REPO / "tests" / "base.yaml").read_text(encoding="utf-8")
KUBECTL = shutil.which("kubectl")
KPT = shutil.which("kpt")
KUSTOMIZE = shutil.which("kustomize")


def files(page: str) -> dict[str, str]:
    """Return the files that a page shows, by the name in their first comment."""
    text = (REPO / "docs" / page).read_text(encoding="utf-8")
    blocks = re.findall(
        r"^```(?:yaml|dockerfile|sh)\n((?:#![^\n]*\n)?# (\S+)\n.*?)^```", text, re.DOTALL | re.MULTILINE
    )
    return {name: block for block, name in blocks}


def command(page: str, program: str) -> list[str]:
    """Return the words of the command that a page shows for a program."""
    text = (REPO / "docs" / page).read_text(encoding="utf-8")
    (line,) = re.findall(rf"^```sh\n({program} .*)\n```", text, re.MULTILINE)
    return re.findall(r'"[^"]*"|\S+', line)


ARGOCD, FLUX, KRM = (files(page) for page in ("argocd.md", "flux.md", "krm.md"))


@pytest.fixture
def commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put this r1c on PATH."""
    script(tmp_path / "bin" / "r1c", f'#!/bin/sh\nexec "{sys.executable}" -m r1c "$@"\n')
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")


def script(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    path.chmod(0o755)


def kinds(stream: str) -> list[str]:
    return [item["kind"] for item in yaml.safe_load_all(stream)]


@pytest.mark.parametrize("name", ["application.yaml", "profiles-application.yaml"])
def test_argocd_applications_lead_to_a_directory(name: str) -> None:
    application = yaml.safe_load(ARGOCD[name])
    assert application["kind"] == "Application"
    assert (REPO / application["spec"]["source"]["path"]).is_dir()


@pytest.mark.usefixtures("commands")
def test_argocd_plugin_compiles_the_directory_that_it_runs_in(tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text(BASE, encoding="utf-8")
    (tmp_path / "second.yaml").write_text(BASE.replace("name: base", "name: second", 1), encoding="utf-8")
    generate = yaml.safe_load(ARGOCD["plugin.yaml"])["spec"]["generate"]["command"]
    done = subprocess.run(generate, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert kinds(done.stdout) == ["ServiceAccount", "Service", "LeaderWorkerSet"] * 2
    (tmp_path / "base.yaml").write_text(BASE.replace("tensor: 8", "tensor: 6"), encoding="utf-8")
    done = subprocess.run(generate, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "base.yaml:17:13" in done.stderr


def test_argocd_plugin_is_what_the_application_the_image_and_the_sidecar_name() -> None:
    plugin = yaml.safe_load(ARGOCD["plugin.yaml"])
    application = yaml.safe_load(ARGOCD["profiles-application.yaml"])
    assert application["spec"]["source"]["plugin"]["name"] == plugin["metadata"]["name"]
    pod = yaml.safe_load(ARGOCD["repo-server-patch.yaml"])["spec"]["template"]["spec"]
    (sidecar,) = pod["containers"]
    assert sidecar["securityContext"]["runAsUser"] == 999
    assert ARGOCD["Dockerfile"].splitlines()[0].startswith("# Dockerfile")
    assert re.findall(r"^COPY (\S+)", ARGOCD["Dockerfile"], re.MULTILINE) == ["plugin.yaml"]
    assert re.findall(r"^USER (\d+)", ARGOCD["Dockerfile"], re.MULTILINE) == ["999"]


def lua(status: dict[str, Any] | None, generation: int = 1) -> tuple[str, str]:
    """Run the documented health check as Argo CD does: `obj` is the object, and a table comes back."""
    lupa = pytest.importorskip("lupa")
    (check,) = yaml.safe_load(ARGOCD["argocd-cm.yaml"])["data"].values()
    runtime = lupa.LuaRuntime()
    obj: dict[str, Any] = {"metadata": {"generation": generation}}
    if status is not None:
        obj["status"] = status
    runtime.globals().obj = runtime.table_from(obj, recursive=True)
    health = runtime.execute(check)
    return health["status"], health["message"]


def conditions(**states: str) -> list[dict[str, str]]:
    return [{"type": kind, "status": state, "message": kind.lower()} for kind, state in states.items()]


WAITING = ("Progressing", "Waiting for the LeaderWorkerSet controller")


@pytest.mark.parametrize(
    ("status", "health"),
    [
        (None, WAITING),
        ({}, WAITING),
        ({"conditions": conditions(Available="False", Progressing="True")}, ("Progressing", "progressing")),
        ({"conditions": conditions(Available="True", Progressing="False")}, ("Healthy", "available")),
        ({"conditions": conditions(Available="False", Progressing="False")}, WAITING),
        (
            {"conditions": conditions(Available="True", UpdateInProgress="True")},
            ("Progressing", "updateinprogress"),
        ),
        ({"conditions": conditions(Available="True"), "observedGeneration": 1}, WAITING),
        ({"conditions": conditions(Available="True"), "observedGeneration": 2}, ("Healthy", "available")),
    ],
)
def test_argocd_health_check(status: dict[str, Any] | None, health: tuple[str, str]) -> None:
    assert lua(status, generation=2) == health


def test_argocd_health_check_is_named_for_the_object_that_r1c_writes() -> None:
    (key,) = yaml.safe_load(ARGOCD["argocd-cm.yaml"])["data"]
    text = (REPO / "out" / "deepseek-r1-a3mega" / "leaderworkerset.yaml").read_text(encoding="utf-8")
    written = yaml.safe_load(text)
    group = written["apiVersion"].partition("/")[0]
    assert key == f"resource.customizations.health.{group}_{written['kind']}"


def test_flux_kustomization() -> None:
    """The CEL expressions are not run: no implementation of CEL is among the tests' requirements."""
    kustomization = yaml.safe_load(FLUX["deepseek-r1.yaml"])
    path = REPO / kustomization["spec"]["path"]
    assert (path / "kustomization.yaml").exists()
    (check,) = kustomization["spec"]["healthCheckExprs"]
    group = yaml.safe_load((path / "leaderworkerset.yaml").read_text(encoding="utf-8"))
    assert (check["apiVersion"], check["kind"]) == (group["apiVersion"], group["kind"])
    assert all(isinstance(check[name], str) for name in ("inProgress", "current"))


def test_krm_recipe_is_a_profile() -> None:
    assert not pipeline.analyse("recipe.yaml", KRM["recipe.yaml"].encode()).refused()


@pytest.mark.usefixtures("commands")
@pytest.mark.skipif(KPT is None, reason="kpt is not installed")
def test_krm_with_kpt(tmp_path: Path) -> None:
    package = tmp_path / "package"
    package.mkdir()
    (package / "recipe.yaml").write_text(KRM["recipe.yaml"], encoding="utf-8")
    words = [word.strip('"') for word in command("krm.md", "kpt fn eval package --exec")]
    subprocess.run(words, cwd=tmp_path, check=True, capture_output=True)
    assert len(list(package.rglob("*.yaml"))) == 4


@pytest.fixture
def kustomization(tmp_path: Path) -> Path:
    folder = tmp_path / "kustomization"
    script(folder / "r1c-krm", KRM["r1c-krm"])
    (folder / "kustomization.yaml").write_text(KRM["kustomization.yaml"], encoding="utf-8")
    (folder / "recipe.yaml").write_text(BASE, encoding="utf-8")
    return folder


@pytest.mark.usefixtures("commands")
@pytest.mark.skipif(KUSTOMIZE is None, reason="kustomize is not installed")
def test_krm_with_kustomize(kustomization: Path) -> None:
    recipe = yaml.safe_load(BASE)
    recipe["metadata"] |= yaml.safe_load(KRM["annotation.yaml"])["metadata"]
    (kustomization / "recipe.yaml").write_text(yaml.safe_dump(recipe), encoding="utf-8")
    words = command("krm.md", "kustomize")
    done = subprocess.run(words, cwd=kustomization, capture_output=True, text=True, check=True)
    assert kinds(done.stdout) == ["ServiceAccount", "Service", "LeaderWorkerSet"]


@pytest.mark.kubectl
@pytest.mark.usefixtures("commands")
@pytest.mark.skipif(KUBECTL is None, reason="kubectl is not installed")
def test_krm_plugin_of_kubectl(kustomization: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = kustomization.parent / "plugins"
    script(home / "r1c.dev" / "v1alpha1" / "recipe" / "Recipe", KRM["Recipe"])
    monkeypatch.setenv("KUSTOMIZE_PLUGIN_HOME", str(home))
    words = command("krm.md", "kubectl")
    done = subprocess.run(words, cwd=kustomization, capture_output=True, text=True, check=True)
    assert kinds(done.stdout) == ["ServiceAccount", "Service", "LeaderWorkerSet"]


@pytest.mark.parametrize("page", ["argocd.md", "flux.md", "krm.md"])
def test_every_block_is_a_file_or_a_command(page: str) -> None:
    text = (REPO / "docs" / page).read_text(encoding="utf-8")
    commands = len(re.findall(r"^```sh\n(?!#).*\n```", text, re.MULTILINE))
    assert len(files(page)) + commands == len(re.findall(r"^```\w+$", text, re.MULTILINE))
