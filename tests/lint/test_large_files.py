"""Files of the size that a cluster gives: a List of all its workloads, a chart with all its parts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from r1c.cli import main

SERVER = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: qwen
spec:
  template:
    spec:
      containers:
      - image: vllm/vllm-openai:v0.10.0
        args: [--model=Qwen/Qwen3-32B, --tensor-parallel-size=6]
"""
LICENCE = "# A licence.\n" * 60
OTHER = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: other\ndata:\n" + "".join(
    f"  key-{number}: some value of an object that is not a server\n" for number in range(30)
)


def listed(item: str) -> str:
    return "- " + item.replace("\n", "\n  ").rstrip(" ")


def found(path: Path, capsys: pytest.CaptureFixture[str]) -> list[tuple[str, int]]:
    main(["lint", str(path), "--format", "json"])
    return [(item["code"], item["line"]) for item in json.loads(capsys.readouterr().out)["diagnostics"]]


def test_a_list_of_all_workloads(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "all.yaml"
    text = "apiVersion: v1\nkind: List\nitems:\n" + listed(OTHER) * 120 + listed(SERVER)
    path.write_text(text, encoding="utf-8")
    assert path.stat().st_size > 131_072
    assert found(path, capsys) == [("R1C201", text.count("\n"))]
    assert main(["import", "manifest", str(path)]) == 0
    assert "id: Qwen/Qwen3-32B" in capsys.readouterr().out


def test_a_stream_of_many_documents(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The time of a document does not grow with the lines above it: this would take minutes."""
    path = tmp_path / "chart.yaml"
    text = f"a: 1\n{LICENCE}---\n" * 1500 + SERVER
    path.write_text(text, encoding="utf-8")
    assert found(path, capsys) == [("R1C201", text.count("\n"))]


def test_a_fault_below_many_lines_is_at_its_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "chart.yaml"
    path.write_text("a: 1\n---\n" * 3 + "b: 1\n c: 2\n", encoding="utf-8")
    assert main(["lint", str(path)]) == 2
    assert capsys.readouterr().err.startswith(f"r1c: {path}: 8:2: not valid YAML: ")


def test_aliases_are_bounded_in_a_large_file_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "aliases.yaml"
    path.write_text(f"kind: A\na: &a [{'x, ' * 200}x]\nb: [{'*a, ' * 100}*a]\n", encoding="utf-8")
    assert main(["lint", str(path)]) == 2
    assert "expands to more than 20,000 values" in capsys.readouterr().err
