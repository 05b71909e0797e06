"""The benchmarks: what they time is what they say it is. Nothing here is timed. Takes about ten seconds."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import peers
import pytest
import yaml
from measure import Failed, Sample, median, ratio, scaled
from recipes import recipes
from rows import Row, table

from conftest import REPO

BENCHMARKS = REPO / "benchmarks"

needs = {
    peer.name: pytest.mark.skipif(not peer.installed, reason=f"{peer.command[0]} is not installed")
    for peer in peers.PEERS
}


def python(*arguments: str, path: str | None = None) -> subprocess.CompletedProcess[str]:
    environment = {
        "PYTHONPATH": str(REPO / "compiler"),
        "PATH": os.environ["PATH"] if path is None else path,
    }
    command = [sys.executable, *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


# The profiles


def test_profiles_are_valid_and_no_two_are_alike(tmp_path: Path) -> None:
    recipes(tmp_path / "many", 150)
    profiles = [path.read_text(encoding="utf-8") for path in sorted((tmp_path / "many").iterdir())]
    assert len(profiles) == 150
    assert len({yaml.safe_load(text)["metadata"]["name"] for text in profiles}) == 150
    nameless = {re.sub("name: recipe-.*", "", text) for text in profiles}
    assert len(nameless) == 150
    done = python("-m", "r1c", "check", str(tmp_path / "many"))
    assert (done.returncode, done.stdout, done.stderr) == (0, "150 profiles checked, no faults found\n", "")


# The peers


@needs["kubectl kustomize"]
@pytest.mark.kubectl
def test_the_overlay_makes_the_objects_of_r1c() -> None:
    peers.compare(peers.KUSTOMIZE)


@needs["helm template"]
def test_the_chart_makes_the_objects_of_r1c() -> None:
    peers.compare(peers.HELM)


@needs["helm template"]
def test_other_values_make_another_recipe(tmp_path: Path) -> None:
    values = {
        "model": "Qwen/Qwen3-8B",
        "nodes": 1,
        "parallelism": {"tensor": 2, "pipeline": 1},
        "machine": {"gpus": 2},
        "network": {"data": ["left", "right"]},
        "server": {"port": 9000, "args": ["--max-num-seqs=7"]},
    }
    (tmp_path / "values.yaml").write_text(yaml.safe_dump(values), encoding="utf-8")
    command = ["helm", "template", "other", str(BENCHMARKS / "chart"), "-f", str(tmp_path / "values.yaml")]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    objects = {item["kind"]: item for item in yaml.safe_load_all(text)}
    assert objects["Service"]["spec"]["ports"][0]["port"] == 9000
    pod = objects["LeaderWorkerSet"]["spec"]["leaderWorkerTemplate"]["leaderTemplate"]
    assert pod["spec"]["serviceAccountName"] == "other"
    assert pod["metadata"]["annotations"]["networking.gke.io/interfaces"] == (
        '[\n  {"interfaceName":"eth0","network":"default"},\n  {"interfaceName":"eth1","network":"left"},\n'
        '  {"interfaceName":"eth2","network":"right"}\n]\n'
    )
    server = pod["spec"]["containers"][0]
    assert server["args"] == [
        "Qwen/Qwen3-8B",
        "--tensor-parallel-size=2",
        "--pipeline-parallel-size=1",
        "--distributed-executor-backend=ray",
        "--port=9000",
        "--max-num-seqs=7",
    ]
    environment = {item["name"]: item.get("value") for item in server["env"]}
    assert environment["CUDA_VISIBLE_DEVICES"] == "0,1"
    assert environment["NCCL_FASTRAK_IFNAME"] == "eth1,eth2"


def leaves(values: Mapping[str, Any], place: str = "") -> Iterator[str]:
    for key, value in values.items():
        if isinstance(value, dict):
            yield from leaves(value, f"{place}.{key}")
        else:
            yield f"{place}.{key}"


def test_the_chart_uses_each_of_its_values_and_no_other() -> None:
    values = yaml.safe_load((BENCHMARKS / "chart" / "values.yaml").read_text(encoding="utf-8"))
    templates = "".join(
        path.read_text(encoding="utf-8") for path in sorted((BENCHMARKS / "chart" / "templates").iterdir())
    )
    used = set(re.findall(r"\.Values(\.[\w.]+)", templates))
    assert used == set(leaves(values))


def test_the_first_difference_is_told_with_its_place() -> None:
    ours = {"LeaderWorkerSet a": {"spec": {"size": 2, "args": ["x", "y"]}}}
    told = [
        ({"spec": {"size": 2, "args": ["x", "y"]}}, ""),
        ({"spec": {"size": 3, "args": ["x"]}}, "/LeaderWorkerSet a/spec/size is 2 of r1c and 3 of the peer"),
        ({"spec": {"size": "2"}}, "/LeaderWorkerSet a/spec/size is 2 of r1c and '2' of the peer"),
        ({"spec": {"size": 2}}, "/LeaderWorkerSet a/spec/args is only of r1c"),
        (
            {"spec": {"size": 2, "args": ["x"]}},
            "/LeaderWorkerSet a/spec/args has 2 items of r1c and 1 of the peer",
        ),
        ({"spec": {"size": 2, "args": ["x", "y"]}, "z": 1}, "/LeaderWorkerSet a/z is only of the peer"),
    ]
    for theirs, expected in told:
        assert peers.difference(ours, {"LeaderWorkerSet a": theirs}) == expected


@needs["kubectl kustomize"]
@pytest.mark.kubectl
def test_a_peer_that_makes_something_else_is_not_timed(tmp_path: Path) -> None:
    shutil.copytree(BENCHMARKS / "overlay", tmp_path / "overlay")
    server = tmp_path / "overlay" / "deepseek-r1" / "server.yaml"
    server.write_text(server.read_text(encoding="utf-8").replace("--max-num-seqs=128", "--max-num-seqs=129"))
    other = peers.Peer("other", ("kubectl", "kustomize", str(server.parent)))
    with pytest.raises(Failed) as raised:
        peers.compare(other)
    place = "/LeaderWorkerSet deepseek-r1-a3mega/spec/leaderWorkerTemplate/leaderTemplate/spec"
    assert str(raised.value) == (
        "other does not make the objects that r1c makes, so it is not timed: "
        f"{place}/containers/0/args/8 is '--max-num-seqs=128' of r1c and '--max-num-seqs=129' of the peer"
    )


@pytest.mark.parametrize(
    ("installed", "name", "notes"),
    [
        (["helm", "kubectl"], "helm template", []),
        (["helm"], "helm template", ["kubectl kustomize: not installed"]),
        (
            ["kubectl"],
            "helm template (estimate)",
            [
                "helm template: not installed",
                f"helm template (estimate) is kubectl kustomize divided by {peers.KUSTOMIZE_TO_HELM}",
            ],
        ),
        (
            [],
            None,
            [
                "helm template: not installed",
                "kubectl kustomize: not installed",
                "so there are no ratios to helm template",
            ],
        ),
    ],
)
def test_what_stands_in_for_helm_is_told(
    installed: list[str],
    name: str | None,
    notes: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for tool in installed:
        (tmp_path / tool).touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    reference = peers.reference()
    assert (reference and reference.name, peers.notes()) == (name, notes)


# The numbers


def test_a_ratio_is_the_median_of_the_ratios_of_the_rounds() -> None:
    ours = [Sample(10, 5, 30), Sample(40, 20, 30), Sample(90, 45, 30)]
    theirs = [Sample(10, 10, 60), Sample(20, 10, 60), Sample(30, 10, 60)]
    assert median(ours) == Sample(40, 20, 30)
    assert ratio(ours, theirs) == Sample(2, 2, 0.5)
    assert scaled(ours[:1], 0.5) == [Sample(5, 2.5, 30)]


def test_a_row_tells_whether_it_keeps_its_limit() -> None:
    rows = [
        Row("time", 40, "ms", 20, Sample(2.1, 1.9, 1), "helm template", 2),
        Row("share", 2, "ms", 1, Sample(0.04, 0.2, 1), "helm template", 0.05),
        Row("memory", 30, "MB", limit=60),
        Row("growth", 30, "MB", None, Sample(9, 9, 1.25), "few", 1.2),
        Row("without a peer", 40, "ms", 20, None, "helm template", 2),
    ]
    assert table(["Work", *"ABCDEFG"], [row.cells() for row in rows]) == (
        "| Work           |       A |    B |     C |    D |             E |     F |   G |\n"
        "| -------------- | ------: | ---: | ----: | ---: | ------------: | ----: | --: |\n"
        "| time           | 40.0 ms | 20.0 |  2.10 | 1.90 | helm template |     2 |  no |\n"
        "| share          |  2.0 ms |  1.0 | 0.040 | 0.20 | helm template |  0.05 | yes |\n"
        "| memory         | 30.0 MB |    - |     - |    - |             - | 60 MB | yes |\n"
        "| growth         | 30.0 MB |    - |  1.25 |    - |           few |   1.2 |  no |\n"
        "| without a peer | 40.0 ms | 20.0 |     - |    - | helm template |     2 |   - |\n"
    )


# The command


WORKS = [
    "python -c pass",
    "r1c --version",
    "r1c --help",
    "r1c, cold compile",
    "r1c, unchanged",
    "r1c check",
    "r1c check, one fault",
    "r1c diff",
    "r1c, cold compile, peak memory",
    "r1c, 2 different, each",
    "r1c, 3 different, each",
    "r1c, 3 unchanged, each",
    "r1c, 2 different, peak memory",
    "r1c, 3 different, linear",
    "r1c, 3 different, peak memory",
]


def first_cells(text: str) -> list[str]:
    return [line.split(" | ")[0].removeprefix("| ").rstrip() for line in text.splitlines() if "|" in line]


def test_the_command_prints_its_table_where_no_peer_is_installed() -> None:
    done = python(str(BENCHMARKS / "run.py"), "--runs", "1", "--counts", "2", "3", path="")
    assert (done.returncode, done.stderr) == (0, "")
    head, table, *rest = done.stdout.split("\n\n")
    assert re.fullmatch(r"Python 3\.\d+\.\d+, \d+ processors, 1 rounds", head)
    assert [cell for cell in first_cells(table) if "---" not in cell] == ["Work", *WORKS]
    assert "helm template: not installed\nkubectl kustomize: not installed\n" in rest[0]
    assert "so there are no ratios to helm template\n" in rest[0]
    assert "import all three" in first_cells(rest[0])


def test_the_profile_shows_every_stage() -> None:
    done = python(str(BENCHMARKS / "run.py"), "--profile", "--runs", "1", "--counts", "3", "3")
    assert (done.returncode, done.stderr) == (0, "")
    stages, imports, modules = done.stdout.split("\n\n")
    rows = {line.split(" | ")[0].strip("| "): line.split(" | ")[1:] for line in stages.splitlines()[2:]}
    assert list(rows) == [
        "the interpreter",
        "imports",
        *("source", "parse", "resolve", "check", "lower", "verify", "emit", "write"),
        "everything else",
        "all",
    ]
    assert first_cells(imports)[-1].startswith("r1c (")
    assert len(first_cells(modules)) == 14


def test_the_command_explains_itself() -> None:
    done = python(str(BENCHMARKS / "run.py"), "--help")
    assert done.returncode == 0
    assert {"--runs", "--counts", "--large", "--profile"} <= set(re.findall(r"--[a-z]+", done.stdout))
