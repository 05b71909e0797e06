"""The cluster is part of what is compared: between profiles, and between an output and its profile."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from difference_cases import BASE, HERE, compared, laid_over, plan
from r1c.cli import main
from r1c.difference.cluster_move import context
from r1c.difference.report_json import as_json
from r1c.difference.report_markdown import as_markdown
from r1c.lower import lower
from r1c.lower.bundle import Text

PROFILE = (HERE / "base.yaml").read_text(encoding="utf-8")
ELSEWHERE = PROFILE.replace("name: my-cluster", "name: acme-b")
DELETE = (
    "kubectl --context gke_my-project_us-central1_my-cluster delete leaderworkerset/base service/base-svc "
    "serviceaccount/base job/base-benchmark -n default --ignore-not-found"
)
HEADLINE = (
    "base: another cluster (16 GPUs more in my-project/us-central1/acme-b; 16 GPUs stay in "
    "my-project/us-central1/my-cluster until deleted)"
)


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a compiled profile, which then names another cluster."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "base.yaml").write_text(PROFILE, encoding="utf-8")
    assert main(["-q", "compile", "base.yaml"]) == 0
    (tmp_path / "base.yaml").write_text(ELSEWHERE, encoding="utf-8")
    return tmp_path


def diff(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    capsys.readouterr()
    main(["diff", *arguments])
    return capsys.readouterr().out


def test_an_output_is_for_the_cluster_in_its_lock(capsys: pytest.CaptureFixture[str]) -> None:
    text = diff(capsys, "base.yaml")
    assert "> cluster my-project/us-central1/my-cluster -> my-project/us-central1/acme-b\n" in text
    assert f"\n      {DELETE}\n" in text
    assert "  cluster: my-cluster -> acme-b\n" in text
    assert text.endswith(f"\n{HEADLINE}\n")
    assert "recreates" not in text


def test_an_output_that_does_not_say_its_cluster_is_compared_without_it(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lock = here / "out" / "base" / ".r1c.lock.json"
    content = json.loads(lock.read_bytes())
    del content["cluster"]
    lock.write_text(json.dumps(content), encoding="utf-8")
    text = diff(capsys, "base.yaml")
    assert "cluster" not in text.replace("no effect on the cluster", "")
    assert text.endswith("\nbase: no effect on the cluster\n")
    (recipe,) = json.loads(diff(capsys, "base.yaml", "--format", "json"))["recipes"]
    new = {"name": "acme-b", "project": "my-project", "region": "us-central1"}
    assert recipe["cluster"] == {"old": None, "new": new, "impact": None}


def test_an_older_output_of_a_revision_is_for_the_cluster_of_the_profile_beside_it(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    lock = here / "out" / "base" / ".r1c.lock.json"
    lock.write_bytes(re.sub(rb'  "cluster": \{[^}]*\},\n', b"", lock.read_bytes()))
    (here / "base.yaml").write_text(PROFILE, encoding="utf-8")
    identity = ["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false"]
    for words in (["init", "-q", "."], ["add", "-A"], [*identity, "commit", "-q", "-m", "a"]):
        subprocess.run(["git", *words], check=True, capture_output=True)
    (here / "base.yaml").write_text(ELSEWHERE, encoding="utf-8")
    text = diff(capsys, "base.yaml", "--rev", "HEAD")
    assert text.startswith("HEAD:out/base -> base.yaml\n\n> cluster my-project/us-central1/my-cluster -> ")
    assert text.endswith(f"\n{HEADLINE}\n")


def test_the_next_compile_writes_the_cluster_into_the_lock_alone(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "base.yaml").write_text(PROFILE, encoding="utf-8")
    lock = here / "out" / "base" / ".r1c.lock.json"
    whole = lock.read_bytes()
    lock.write_bytes(re.sub(rb'  "cluster": \{[^}]*\},\n', b"", whole))
    assert lock.read_bytes() != whole
    assert main(["compile", "base.yaml"]) == 0
    assert capsys.readouterr().out.startswith("out/base: 1 file updated\n")
    assert lock.read_bytes() == whole


def test_markdown_of_another_cluster(golden: Callable[[Path, str], None]) -> None:
    new = plan(laid_over(BASE, {"spec": {"cluster": {"name": "acme-b"}, "replicas": 2}}))
    golden(HERE / "difference" / "another-cluster.md", as_markdown([compared(plan(BASE), new)]))


def test_json_of_another_cluster() -> None:
    new = plan(laid_over(BASE, {"spec": {"cluster": {"region": "europe-west4"}}}))
    (recipe,) = json.loads(as_json([compared(plan(BASE), new)]))["recipes"]
    assert recipe["effects"] == ["another-cluster", "nothing"]
    assert recipe["cluster"]["old"] == {
        "name": "my-cluster",
        "project": "my-project",
        "region": "us-central1",
    }
    assert recipe["cluster"]["new"]["region"] == "europe-west4"
    assert recipe["cluster"]["impact"]["command"] == DELETE
    assert recipe["figures"] == [{"what": "region", "old": "us-central1", "new": "europe-west4"}]


def test_the_zone_of_a_zonal_cluster_tells_it_from_a_regional_one() -> None:
    zonal = plan(laid_over(BASE, {"spec": {"cluster": {"location": "us-central1-a"}}}))
    (recipe,) = json.loads(as_json([compared(zonal, plan(BASE))]))["recipes"]
    assert recipe["cluster"]["old"]["location"] == "us-central1-a"
    assert recipe["figures"] == [{"what": "zone", "old": "us-central1-a", "new": None}]
    assert recipe["cluster"]["impact"]["command"] == DELETE.replace("us-central1", "us-central1-a")
    assert "my-project/us-central1-a/my-cluster" in recipe["cluster"]["impact"]["text"]


def test_a_recipe_that_is_new_or_gone_names_its_cluster(
    capsys: pytest.CaptureFixture[str],
) -> None:
    text = diff(capsys, "base.yaml", "-o", "nowhere")
    assert "What it means\n  project: my-project\n  region: us-central1\n  cluster: acme-b\n" in text


@pytest.mark.parametrize("changed", [{}, {"metadata": {"name": "next", "namespace": "prod"}}])
def test_no_command_reaches_the_cluster_that_is_current(changed: dict[str, object]) -> None:
    """Every command about an object in a cluster that is left names that cluster's own context."""
    fragment = laid_over(
        {
            "spec": {
                "cluster": {"name": "b"},
                "serviceAccountName": "x",
                "huggingface": {"source": "existing"},
            }
        },
        changed,
    )
    old = plan(laid_over(BASE, {"spec": {"huggingface": {"source": "externalSecret"}}}))
    commands = {impact.command for impact in compared(old, plan(laid_over(BASE, fragment))).impacts()}
    commands.discard(None)
    assert commands == {DELETE}


@pytest.mark.skipif(shutil.which("kubectl") is None, reason="kubectl is not installed")
@pytest.mark.kubectl
def test_the_command_is_one_that_kubectl_takes(tmp_path: Path) -> None:
    """kubectl reads all of it and fails at the context, which this machine does not have."""
    environment = {"PATH": "/usr/local/bin:/usr/bin:/bin", "KUBECONFIG": str(tmp_path / "none")}
    done = subprocess.run(shlex.split(DELETE), env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert 'context "gke_my-project_us-central1_my-cluster" does not exist' in done.stderr


def test_the_context_is_that_of_the_runbooks_own_command() -> None:
    """`gcloud container clusters get-credentials NAME --location LOCATION --project PROJECT`, step 1."""
    one = plan(BASE)
    (runbook,) = (file for file in lower(one).files if isinstance(file, Text) and file.path == "RUNBOOK.md")
    words = re.search(r"get-credentials (\S+) --location (\S+) --project (\S+)", runbook.content)
    assert words
    assert context(one.cluster.identity) == f"gke_{words[3]}_{words[2]}_{words[1]}"
