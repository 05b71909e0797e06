"""Every command that README.md and docs/ show does what they say."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from command_line import r1c
from r1c import pipeline

REPO = Path(__file__).resolve().parents[2]
EXAMPLES = REPO / "examples"
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
    shutil.copytree(EXAMPLES, here / "examples")
    return here


@pytest.mark.parametrize(
    ("command", "printed"), sessions(README), ids=[command for command, _ in sessions(README)]
)
def test_readme_command(command: str, printed: str, place: Path) -> None:
    arguments = command.removeprefix("bin/").split()
    assert arguments[0] == "r1c"
    done = r1c(place, *arguments[1:])
    assert done.stdout + done.stderr == printed


def test_readme_profile_is_an_example_and_silent() -> None:
    profile = re.search(r"^```yaml\n(.*?)^```", README, re.DOTALL | re.MULTILINE)
    assert profile
    assert profile[1] == (EXAMPLES / "deepseek-r1.yaml").read_text(encoding="utf-8")
    assert pipeline.analyse("README.md", profile[1].encode()).diagnostics == ()


@pytest.mark.parametrize("example", sorted(EXAMPLES.iterdir()), ids=lambda path: path.name)
def test_an_example_is_used_and_has_a_schema(example: Path) -> None:
    """An editor finds the schema of each example, and README.md runs or shows each."""
    first = example.read_text(encoding="utf-8").partition("\n")[0]
    schema = first.removeprefix("# yaml-language-server: $schema=")
    assert (example.parent / schema).resolve() == REPO / "schemas" / "recipe.schema.json"
    assert f"examples/{example.name}" in README


def test_the_larger_example_is_the_seed_on_four_nodes() -> None:
    seed = yaml.safe_load((REPO / "profiles" / "a3mega.yaml").read_text(encoding="utf-8"))
    larger = yaml.safe_load((EXAMPLES / "larger.yaml").read_text(encoding="utf-8"))
    seed["spec"]["parallelism"]["tensor"] = 16
    seed["spec"]["nodes"] = 4
    seed["spec"]["cluster"]["lws"] = "v0.9.0"
    assert larger == seed


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


def test_the_index_has_every_page() -> None:
    index = (REPO / "docs" / "README.md").read_text(encoding="utf-8")
    for page in (REPO / "docs").glob("*.md"):
        assert page.name == "README.md" or f"]({page.name})" in index, page.name


def test_every_picture_is_shown_and_described() -> None:
    pages = "".join(
        path.read_text(encoding="utf-8") for path in [REPO / "README.md", *(REPO / "docs").glob("*.md")]
    )
    for picture in (REPO / "docs").rglob("*.svg"):
        name = picture.relative_to(REPO / "docs").as_posix()
        assert re.search(rf"!\[[^\]]{{20,}}\]\((docs/)?{re.escape(name)}\)", pages), name


def test_troubleshooting_names_messages_and_fields_that_exist() -> None:
    page = (REPO / "docs" / "troubleshooting.md").read_text(encoding="utf-8")
    launch = REPO / "compiler" / "r1c" / "lower" / "templates" / "launch"
    scripts = "".join(path.read_text(encoding="utf-8") for path in launch.iterdir() if path.is_file())
    scripts += (REPO / "docker" / "context" / "ray_init.sh.j2").read_text(encoding="utf-8")
    for said in (
        "nodes have joined: ",
        " workers have started",
        "; waiting for ",
        "the leader's name ",
        " does not resolve",
        "does not answer on port",
    ):
        assert said in page
        assert said in scripts
    fields = (REPO / "docs" / "profile.md").read_text(encoding="utf-8")
    for field in re.findall(r"`((?:network|scheduling|huggingface|image|storage|gpudirect)\.\w+)`", page):
        assert f"`spec.{field}`" in fields, field


def _anchors(page: Path) -> set[str]:
    """Return the anchors of a page as GitHub makes them of its headings, and those that it sets itself."""
    text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    headings = (re.sub(r"[^\w -]", "", line.lower()) for line in re.findall(r"^#+ (.+)$", text, re.MULTILINE))
    return {heading.replace(" ", "-") for heading in headings} | set(re.findall(r'<a id="([^"]+)">', text))


def test_links_lead_somewhere() -> None:
    for page in [*REPO.glob("*.md"), *(REPO / "docs").glob("*.md")]:
        for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
            if target.startswith("https://"):
                continue
            path, _, anchor = target.partition("#")
            to = page.parent / path if path else page
            assert to.exists(), f"{page.name} links to {target}"
            assert not anchor or anchor in _anchors(to), f"{page.name} links to {target}"
