"""`r1c import manifest`: profiles of manifests, and of r1c's own, which give the same objects again."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from shlex import quote
from typing import Any

import pytest
import yaml

from r1c import pipeline
from r1c.check.rules import BLOCKS
from r1c.cli import main

TESTS = Path(__file__).parents[1]
CASES = sorted((TESTS / "adopt" / "imports" / "manifest").iterdir())
OURS = sorted((TESTS / "cases").glob("*/out/leaderworkerset.yaml"))
OURS += sorted((TESTS.parent / "out").glob("*/leaderworkerset.yaml"))


def source(ours: Path) -> Any:
    """Return the profile of an output."""
    beside = ours.parent.parent / "profile.yaml"
    paths = [beside] if beside.is_file() else sorted((TESTS.parent / "profiles").glob("*.yaml"))
    profiles = (yaml.safe_load(path.read_text(encoding="utf-8")) for path in paths)
    return next(data for data in profiles if len(paths) == 1 or data["metadata"]["name"] == ours.parent.name)


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.name)
def test_case(case: Path, imported: Callable[..., None]) -> None:
    options = case / "arguments.txt"
    arguments = options.read_text(encoding="utf-8").split() if options.exists() else []
    imported(case, "manifest", "manifest.yaml", *arguments)


@pytest.mark.parametrize(
    "ours", OURS, ids=lambda path: path.parent.parent.name if path.parent.name == "out" else path.parent.name
)
def test_our_own_output_gives_the_same_bytes_again(
    ours: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    stream = tmp_path / "stream.yaml"
    service = ours.with_name("service.yaml")
    claims = ours.with_name("resourceclaimtemplate.yaml")
    beside = [service, *([claims] if claims.exists() else [])]
    stream.write_bytes(b"---\n".join(path.read_bytes() for path in (ours, *beside)))
    options = ["--project", "my-project", "--cluster", "my-cluster", "--region", "us-central1"]
    patch = tmp_path / "patch.yaml"
    main(["-q", "import", "manifest", str(stream), *options, "--patch", str(patch)])
    printed = capsys.readouterr()
    # Nothing of the output is for an overlay.
    assert not patch.exists(), patch.read_text(encoding="utf-8")
    # A digest does not say which release is in the image: that is for the user to fill in.
    data = yaml.safe_load(printed.out.replace("version: #", "version: v0.10.2 #"))
    # So are the blocks around the server, which the messages name, and the groups that an autoscaler counts.
    spec = source(ours)["spec"]
    # The labels of spec.provisioning come back as scheduling.nodeSelector.
    added = {*BLOCKS, *(["replicas"] if "scaling" in spec else [])} - {"provisioning"}
    data["spec"] |= {name: block for name, block in spec.items() if name in added}
    if spec["model"].get("source") and "servedName" in spec["model"]:
        # A path in the pod does not say which model is there; clients know it by this name only.
        data["spec"]["model"] |= {name: spec["model"][name] for name in ("id", "servedName")}
    checked = pipeline.analyse("profile.yaml", yaml.safe_dump(data, sort_keys=False).encode())
    assert checked.plan, printed.err
    files = pipeline.build(checked.plan)
    assert files["leaderworkerset.yaml"].decode() == ours.read_text(encoding="utf-8")
    assert files["service.yaml"].decode() == service.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            b"kind: ConfigMap\nmetadata: {name: a}\n",
            "no LeaderWorkerSet or Deployment starts vLLM in a way that r1c can read",
        ),
        (b"# nothing\n", "the file has no Kubernetes object"),
        (b"a: 1\n", "the file has no Kubernetes object"),
        (
            b"vllm serve Qwen/Qwen3-32B -tp 8\n",
            "the file has no Kubernetes object; `r1c lint` checks scripts and compose files, `r1c init` "
            "starts a profile\n",
        ),
        (
            b"gpuPlatformSettings: {useHostPlugin: true}\n",
            "the file has no Kubernetes object; `r1c import helm` reads Helm values\n",
        ),
        (b"kind: [\n", "not valid YAML: "),
    ],
)
def test_what_has_no_server_exits_2(
    content: bytes, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "manifest.yaml"
    path.write_bytes(content)
    assert main(["import", "manifest", str(path)]) == 2
    streams = capsys.readouterr()
    assert streams.out == ""
    assert streams.err.startswith(f"r1c: {path}")
    assert message in streams.err


def test_two_servers_are_not_guessed_between(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = (TESTS / "adopt" / "imports" / "manifest" / "ultra" / "manifest.yaml").read_text(encoding="utf-8")
    path = tmp_path / "both.yaml"
    path.write_text(f"{text}---\n{text.replace('name: r1', 'name: r2')}", encoding="utf-8")
    assert main(["import", "manifest", str(path)]) == 2
    assert (
        capsys.readouterr().err
        == f"r1c: {path}: several objects start vLLM: r1 and r2; give r1c a file with one of them\n"
    )


def test_a_fault_in_a_later_document_has_its_own_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "manifest.yaml"
    path.write_text("kind: A\n---\nkind: B\n---\nkind: C\nspec: [\n", encoding="utf-8")
    assert main(["import", "manifest", str(path)]) == 2
    assert capsys.readouterr().err.startswith(f"r1c: {path}:7:1: not valid YAML: ")


def test_a_stream_of_very_many_documents_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "manifest.yaml"
    path.write_text("---\na: 1\n" * 2001, encoding="utf-8")
    assert main(["import", "manifest", str(path)]) == 2
    assert capsys.readouterr().err == (
        f"r1c: {path}: 2,001 documents; the limit is 2,000; give the workload's own file\n"
    )


def test_manifest_from_standard_input() -> None:
    raw = (TESTS.parent / "out" / "deepseek-r1-a3mega" / "leaderworkerset.yaml").read_bytes()
    command = [sys.executable, "-m", "r1c", "import", "manifest", "-"]
    done = subprocess.run(command, input=raw, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(b"# From the LeaderWorkerSet deepseek-r1-a3mega in <stdin>.\n")


def test_a_script_without_the_parser_is_refused_with_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "tree_sitter", None)
    ours = TESTS.parent / "out" / "deepseek-r1-a3mega" / "leaderworkerset.yaml"
    assert main(["import", "manifest", str(ours)]) == 2
    streams = capsys.readouterr()
    assert streams.out == ""
    assert streams.err == (
        "r1c: reading shell scripts needs tree-sitter and tree-sitter-bash, the extra `shell` of r1c; run "
        f"`{quote(sys.executable)} -m pip install tree-sitter tree-sitter-bash`\n"
    )
