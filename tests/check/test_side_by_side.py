"""Profiles of one run that would share results, weights, nodes or the StatefulSets of a group."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from difference_cases import laid_over
from r1c.cli import main
from several_profiles import Capture, found, write

COMMIT, OTHER = "56d4cbbb4d29f4355bab4b9a39ccb717a14ad5ad", "8a58a132790c9935686eb97f042afa8013451c9f"
V3 = {"spec": {"model": {"id": "deepseek-ai/DeepSeek-V3"}}}


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def weights(**source: Any) -> dict[str, Any]:
    return {"spec": {"model": {"source": source}}}


def prefetched(commit: str, **source: Any) -> dict[str, Any]:
    return {"spec": {"model": {"revision": commit, "source": {**source, "prefetch": {}}}}}


def nodes(*names: str, **spec: Any) -> dict[str, Any]:
    return {"spec": {"scheduling": {"targetNodes": list(names)}, **spec}}


BUCKET = {"type": "gcs", "path": "models/r1"}
CLAIM = {"type": "pvc", "claim": "r1"}
FOUR = ("node-1", "node-2", "node-3", "node-4")


def test_two_models_in_one_folder_of_a_bucket(capsys: Capture) -> None:
    write(a=prefetched(COMMIT, **BUCKET), b=prefetched(OTHER, **BUCKET))
    assert main(["check", "a.yaml", "b.yaml"]) == 0
    number, line = next(
        (number, text)
        for number, text in enumerate(Path("a.yaml").read_text().splitlines(), 1)
        if text.startswith("    source:")
    )
    first = (
        f"warning[R1C905]: gs://my-bucket/models/r1 has deepseek-ai/DeepSeek-R1 at {COMMIT}, which a Job "
        f"downloads, here, and deepseek-ai/DeepSeek-R1 at {OTHER}, which a Job downloads, in b.yaml\n"
        f"  --> a.yaml:{number}:5\n"
        "   |\n"
        f"{number} | {line}\n"
        "   |     ^^^^^^\n"
        f"   = note: the other profile (b.yaml:{number})\n"
        "   = help: write another source.path for one of the two\n"
    )
    assert capsys.readouterr().err.startswith(first)


@pytest.mark.parametrize(
    ("one", "other", "message"),
    [
        (
            weights(**BUCKET),
            laid_over(V3, weights(**BUCKET)),
            "gs://my-bucket/models/r1 has deepseek-ai/DeepSeek-R1 here, and deepseek-ai/DeepSeek-V3 in "
            "b.yaml",
        ),
        (
            weights(**CLAIM),
            laid_over(V3, weights(**CLAIM)),
            "pvc://r1 has deepseek-ai/DeepSeek-R1 here, and deepseek-ai/DeepSeek-V3 in b.yaml",
        ),
        (
            {"metadata": {"name": "x"}},
            {"metadata": {"name": "x", "namespace": "other"}},
            "the results of this recipe and of b.yaml are in gs://my-bucket/r1c/x",
        ),
        (
            {"metadata": {"name": "x"}},
            {"metadata": {"name": "x"}, "spec": {"cluster": {"name": "other"}}},
            "the results of this recipe and of b.yaml are in gs://my-bucket/r1c/x",
        ),
        (
            nodes("node-1", "node-2"),
            nodes("node-2", "node-1"),
            "this recipe and b.yaml ask for 32 GPUs on 2 target nodes with 16",
        ),
    ],
)
def test_what_collides(one: Any, other: Any, message: str, capsys: Capture) -> None:
    write(a=one, b=other)
    said = found(capsys)
    assert said[0] == ("a.yaml", message)
    assert [file for file, _ in said] == ["a.yaml", "b.yaml"]


def test_the_wider_of_two_sets_of_nodes_is_too_small(capsys: Capture) -> None:
    write(a=nodes(*FOUR[:3], nodes=2), b=nodes(*FOUR[:2]), c=nodes("node-3", "node-9"))
    message = "this recipe and b.yaml ask for 32 GPUs on 3 target nodes with 24"
    assert found(capsys) == [("a.yaml", message)]


def test_a_recipe_named_like_the_workers_of_another_one(capsys: Capture) -> None:
    write(a={"metadata": {"name": "r1"}}, b={"metadata": {"name": "r1-0"}}, c={"metadata": {"name": "r1-1"}})
    message = "StatefulSet r1-0 in namespace default is also that of the workers of group 0 of a.yaml"
    assert found(capsys) == [("b.yaml", message)]


def test_the_job_has_a_service_account_of_its_own(capsys: Capture) -> None:
    write(
        a=laid_over({"metadata": {"name": "r1"}}, prefetched(COMMIT, **BUCKET)),
        b={"metadata": {"name": "r1-prefetch"}},
    )
    assert found(capsys) == [
        ("a.yaml", "ServiceAccount r1-prefetch in namespace default is also owned by b.yaml"),
        ("b.yaml", "ServiceAccount r1-prefetch in namespace default is also owned by a.yaml"),
    ]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        # One model, served twice from one folder; one of the two fills it.
        (prefetched(COMMIT, **BUCKET), weights(**BUCKET)),
        (prefetched(COMMIT, **BUCKET), prefetched(COMMIT, **BUCKET)),
        (weights(**BUCKET), laid_over(V3, weights(type="gcs", path="models/v3"))),
        (weights(**BUCKET), laid_over(V3, weights(**BUCKET, bucket="other-bucket"))),
        # Claims belong to a namespace, nodes to a cluster.
        (weights(**CLAIM), laid_over(laid_over(V3, weights(**CLAIM)), {"metadata": {"namespace": "other"}})),
        (
            nodes("node-1", "node-2"),
            laid_over(nodes("node-1", "node-2"), {"spec": {"cluster": {"name": "x"}}}),
        ),
        (nodes("node-1", "node-2"), nodes("node-3", "node-4")),
        (nodes(*FOUR), nodes(*FOUR)),
        (nodes("node-1", "node-2"), nodes("node-1", "node-2", replicas=0)),
        # No pod of the second one reads a token.
        ({}, laid_over(weights(**BUCKET), {"spec": {"huggingface": {"secretKey": "other"}}})),
        ({"metadata": {"name": "r1"}}, {"metadata": {"name": "r1-00"}}),
    ],
)
def test_what_is_harmless(one: Any, other: Any, capsys: Capture) -> None:
    write(a=one, b=other)
    assert found(capsys) == []


def test_it_can_be_accepted(capsys: Capture) -> None:
    allowed = {"metadata": {"annotations": {"r1c.dev/allow": "R1C906: one runs by day, one by night"}}}
    one = nodes("node-1", "node-2")
    write(a=laid_over(one, allowed), b=one)
    assert [file for file, _ in found(capsys)] == ["b.yaml"]
    write(b=laid_over(one, allowed))
    assert found(capsys) == []


def test_compile_warns_and_strict_refuses(here: Path, capsys: Capture) -> None:
    write(a=nodes("node-1", "node-2"), b=nodes("node-1", "node-2"))
    assert main(["compile", ".", "-q"]) == 0
    assert capsys.readouterr().err.count("warning[R1C906]: this recipe and ") == 2
    assert main(["compile", ".", "--strict", "-o", "strict"]) == 1
    assert not (here / "strict").exists()
