"""The two-environment repository of docs/environments.md, run as the page says; git and kubectl are real."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from command_line import r1c
from r1c.record import camel_case
from r1c.repository.model import Allow, Settings

REPO = Path(__file__).resolve().parents[2]
PAGE = (REPO / "docs" / "environments.md").read_text(encoding="utf-8")
FILES = {
    name: text for text, name in re.findall(r"^```yaml\n(# (\S+)\n.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
}
CONSOLES = re.findall(r"^```console\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
KUBECTL = shutil.which("kubectl")
DELETE = "kubectl --context gke_{} delete leaderworkerset r1 -n default"


def run(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    if command[0] == "r1c":
        return r1c(folder, *command[1:])
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def commit(folder: Path) -> None:
    identity = ["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false"]
    for arguments in (["add", "-A"], [*identity, "commit", "-q", "-m", "a"]):
        assert run(folder, "git", *arguments).returncode == 0


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The files of the page in a git repository, compiled and committed."""
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    folder = tmp_path / "recipes"
    folder.mkdir()
    run(folder, "git", "init", "-q", ".")
    for name, text in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    run(folder, "r1c", "compile", "profiles", "-q")
    commit(folder)
    return folder


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_the_consoles_of_the_page_are_what_r1c_prints(repository: Path) -> None:
    shutil.rmtree(repository / "out")
    for console in CONSOLES:
        *commands, said = re.split(r"^\$ (.*)\n", console, flags=re.MULTILINE)[1:]
        done = [run(repository, *command.split()) for command in (*commands[:-1:2], commands[-1])]
        assert done[-1].stdout + done[-1].stderr == said


@pytest.mark.skipif(KUBECTL is None, reason="kubectl is not installed")
@pytest.mark.parametrize("environment", ["dev", "prod"])
def test_kubectl_builds_each_environment(environment: str, repository: Path) -> None:
    output = repository / "out" / environment / "r1"
    for folder, kinds in (
        (output, {"LeaderWorkerSet", "Service", "ServiceAccount"}),
        (output / "benchmark", {"Job"}),
    ):
        built = run(repository, "kubectl", "kustomize", str(folder))
        assert built.returncode == 0, built.stderr
        assert {item["kind"] for item in yaml.safe_load_all(built.stdout)} == kinds
    lock = json.loads((output / ".r1c.lock.json").read_bytes())
    assert lock["cluster"]["project"] == f"my-{environment}-project"


def test_argocd_and_flux_apply_what_compile_writes(repository: Path) -> None:
    outputs = {
        path.parent.relative_to(repository).as_posix()
        for path in repository.glob("out/*/*/kustomization.yaml")
    }
    argocd = yaml.safe_load(FILES["argocd/r1.yaml"])["spec"]
    path = argocd["template"]["spec"]["source"]["path"]
    elements = argocd["generators"][0]["list"]["elements"]
    assert {path.replace("{{ .environment }}", item["environment"]) for item in elements} == outputs
    flux = [yaml.safe_load(text) for name, text in FILES.items() if name.startswith("clusters/")]
    assert {item["spec"]["path"].removeprefix("./") for item in flux} == outputs


def test_every_command_agrees_on_the_outputs_from_any_folder(repository: Path) -> None:
    for folder, profiles in (
        (repository, "profiles"),
        (repository / "profiles" / "dev", "."),
        (repository, "."),
    ):
        done = run(folder, "r1c", "compile", profiles, "--check")
        assert (done.returncode, done.stderr) == (0, "")
        done = run(folder, "r1c", "diff", profiles)
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.endswith("no difference\n")
    assert run(repository, "r1c", "diff", "profiles").stdout == "2 recipes: no difference\n"
    assert run(repository, "r1c", "diff", "profiles", "--rev", "HEAD").stdout == "2 recipes: no difference\n"
    absolute = run(Path("/"), "r1c", "compile", str(repository / "profiles"), "--check")
    assert absolute.stdout == f"{repository}/out/dev/r1: up to date\n{repository}/out/prod/r1: up to date\n"


def test_the_output_option_keeps_the_folders(repository: Path, tmp_path: Path) -> None:
    done = run(repository, "r1c", "compile", "profiles", "-q", "-o", str(tmp_path / "elsewhere"))
    assert done.returncode == 0
    for environment in ("dev", "prod"):
        assert (tmp_path / "elsewhere" / environment / "r1" / "leaderworkerset.yaml").is_file()
    assert run(repository, "r1c", "diff", "profiles", "-o", str(tmp_path / "elsewhere")).returncode == 0


def test_a_change_of_the_base_names_the_costlier_environment_first(repository: Path) -> None:
    edit(repository / "profiles" / "base.yaml", "32768", "16384")
    for arguments in (("profiles",), ("profiles", "--rev", "HEAD")):
        done = run(repository, "r1c", "diff", *arguments)
        assert done.returncode == 1
        assert done.stdout.endswith(
            "\n2 of 2 recipes change: 48 GPUs affected\n"
            "prod/r1: recreates groups (16 of 32 GPUs unavailable at a time, about 45 minutes each)\n"
            "dev/r1: recreates groups (16 GPUs unavailable for about 45 minutes)\n"
        )
        assert done.stdout.index("-> profiles/prod/r1.yaml") < done.stdout.index("-> profiles/dev/r1.yaml")


def test_two_environments_are_two_clusters(repository: Path) -> None:
    done = run(repository, "r1c", "diff", "profiles/dev", "profiles/prod")
    assert done.stdout.endswith(
        "\nr1: another cluster (32 GPUs more in my-prod-project/us-central1/prod; 16 GPUs stay in "
        "my-dev-project/us-central1/dev until deleted)\n"
    )


def test_a_rename_is_one_where_the_lock_proves_it(repository: Path) -> None:
    edit(repository / "profiles" / "dev" / "r1.yaml", "name: r1\n", "name: r2\n")
    for arguments in (("profiles",), ("profiles", "--rev", "HEAD")):
        done = run(repository, "r1c", "diff", *arguments)
        assert "\n> LeaderWorkerSet r1 -> r2 (default)\n" in done.stdout
        assert f"\n      {DELETE.format('my-dev-project_us-central1_dev')}\n" in done.stdout
        assert done.stdout.endswith(
            "\n1 of 2 recipes changes: 32 GPUs affected\n"
            "dev/r1 -> dev/r2: renamed: creates new objects, old ones to delete\n"
            "prod/r1: no difference\n"
        )
    done = run(repository, "r1c", "compile", "profiles/dev")
    assert done.returncode == 0
    assert done.stderr == (
        "warning[R1C904]: no profile creates this output any more: profiles/dev/r1.yaml is the same recipe, "
        "renamed to r2\n"
        " --> out/dev/r1\n"
        "  = help: `r1c diff profiles/dev` shows what it leaves in the cluster; "
        "`r1c compile profiles/dev --prune` removes the files\n"
        "\n"
        "1 warning\n"
    )


def test_all_profiles_deleted_is_a_difference(repository: Path) -> None:
    run(repository, "git", "rm", "-r", "-q", "profiles")
    assert not (repository / "profiles").exists()
    for arguments in (("profiles",), ("profiles", "--rev", "HEAD")):
        done = run(repository, "r1c", "diff", *arguments)
        assert (done.returncode, done.stderr) == (1, "")
        assert done.stdout.endswith(
            "\n2 of 2 recipes change: 48 GPUs affected\n"
            "prod/r1: recipe removed: leaves objects to delete\n"
            "dev/r1: recipe removed: leaves objects to delete\n"
        )
        for cluster in ("my-dev-project_us-central1_dev", "my-prod-project_us-central1_prod"):
            assert f"\n      {DELETE.format(cluster)}\n" in done.stdout
    one = run(repository, "r1c", "diff", "profiles/dev/r1.yaml", "--rev", "HEAD")
    assert one.stdout.endswith("\nr1: recipe removed: leaves objects to delete\n")
    assert run(repository, "r1c", "compile", "profiles", "--check").returncode == 1
    done = run(repository, "r1c", "compile", "profiles", "--prune")
    assert (done.returncode, done.stderr) == (0, "")
    assert not (repository / "out" / "dev").exists()
    again = run(repository, "r1c", "compile", "profiles")
    assert (again.returncode, again.stderr) == (
        2,
        "r1c: profiles: cannot be read: No such file or directory\n",
    )


def test_a_repository_that_takes_r1c_yaml_later_moves_its_outputs(repository: Path) -> None:
    text = (repository / "r1c.yaml").read_text(encoding="utf-8")
    run(repository, "git", "rm", "-r", "-q", "profiles/prod", "out", "r1c.yaml")
    edit(repository / "profiles" / "base.yaml", "spec:\n", yaml_of_defaults(text))
    run(repository, "r1c", "compile", "profiles", "-q")
    commit(repository)
    (repository / "r1c.yaml").write_text("apiVersion: r1c.dev/v1alpha1\nkind: Repository\n", encoding="utf-8")
    for arguments in (("profiles",), ("profiles", "--rev", "HEAD")):
        assert run(repository, "r1c", "diff", *arguments).stdout == "dev/r1: no difference\n"
    done = run(repository, "r1c", "compile", "profiles")
    assert done.stdout == "out/dev/r1: 13 files created; next: read out/dev/r1/RUNBOOK.md\n"
    assert done.stderr.startswith(
        "warning[R1C904]: no profile creates this output any more: that of profiles/dev/r1.yaml is now in "
        "out/dev/r1\n --> out/r1\n"
    )
    assert run(repository, "r1c", "diff", "profiles").stdout == "dev/r1: no difference\n"


def yaml_of_defaults(text: str) -> str:
    defaults = yaml.safe_load(text)["spec"]["defaults"]["spec"]
    return "spec:\n" + "".join(f"  {line}\n" for line in yaml.safe_dump(defaults).splitlines())


def test_without_r1c_yaml_the_way_out_is_named(repository: Path) -> None:
    text = (repository / "r1c.yaml").read_text(encoding="utf-8")
    (repository / "r1c.yaml").unlink()
    edit(repository / "profiles" / "base.yaml", "spec:\n", yaml_of_defaults(text))
    done = run(repository, "r1c", "compile", "profiles")
    assert done.returncode == 1
    advice = (
        "  = help: for environments, write apiVersion: r1c.dev/v1alpha1 and kind: Repository into r1c.yaml "
        "at the root of the repository: each folder of profiles then has its own folder of outputs "
        "(docs/environments.md); or give each recipe its own metadata.name\n"
    )
    assert done.stderr.count(advice) == 2


def test_the_page_has_every_field() -> None:
    allow: tuple[str, ...] = Allow.__match_args__
    settings: tuple[str, ...] = Settings.__match_args__
    fields = {f"allow.{camel_case(name)}" for name in allow} | set(settings) - {"allow"}
    named = re.findall(r"^\| `(allow\.\w+|\w+)", PAGE, re.MULTILINE)
    assert sorted(named) == sorted(fields)
