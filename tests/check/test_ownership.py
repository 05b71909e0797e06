"""Profiles of one run that would own one object: which are named, where, and what is harmless."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from difference_cases import laid_over
from r1c.cli import main
from several_profiles import Capture, found, write

PROFILE = (Path(__file__).parents[1] / "base.yaml").read_text(encoding="utf-8")


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


ACCOUNT = {"spec": {"serviceAccountName": "writer"}}


def secret(**token: Any) -> dict[str, Any]:
    return {"spec": {"huggingface": token}}


def test_two_recipes_with_one_service_account(capsys: Capture) -> None:
    write(a=ACCOUNT, b=ACCOUNT)
    assert main(["check", "a.yaml", "b.yaml"]) == 0
    line = next(
        number for number, text in enumerate(Path("b.yaml").read_text().splitlines(), 1) if "writer" in text
    )
    assert capsys.readouterr().err.startswith(
        "warning[R1C903]: ServiceAccount writer in namespace default is also owned by b.yaml\n"
        f"  --> a.yaml:{line}:23\n"
        "   |\n"
        f"{line} |   serviceAccountName: writer\n"
        "   |                       ^^^^^^\n"
        f"   = note: the other profile (b.yaml:{line})\n"
        "   = help: give each recipe its own serviceAccountName, or remove it: the default is "
        "metadata.name\n"
    )


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({}, {}),
        ({}, secret(source="envFile")),
        ({}, secret(source="existing")),
        (secret(source="existing"), secret(source="existing")),
        (secret(source="externalSecret"), secret(source="externalSecret")),
        (secret(secretKey="one"), secret(secretKey="two", secretName="other")),
        (ACCOUNT, laid_over(ACCOUNT, {"metadata": {"namespace": "other"}})),
        (ACCOUNT, laid_over(ACCOUNT, {"spec": {"cluster": {"name": "other"}}})),
        (ACCOUNT, laid_over(ACCOUNT, {"spec": {"cluster": {"project": "other-project"}}})),
    ],
)
def test_what_is_harmless(one: Any, other: Any, capsys: Capture) -> None:
    write(a=one, b=other)
    assert found(capsys) == []


@pytest.mark.parametrize(
    ("one", "other", "message"),
    [
        (
            {},
            secret(secretKey="token"),
            "Secret hf-secret in namespace default has key hf_api_token and source envFile here, and key "
            "token and source envFile in b.yaml",
        ),
        (
            secret(source="existing"),
            secret(source="existing", secretKey="token"),
            "Secret hf-secret in namespace default has key hf_api_token and source existing here, and key "
            "token and source existing in b.yaml",
        ),
        (
            secret(source="manifest"),
            secret(source="externalSecret", externalSecret={"key": "k", "store": "s"}),
            "Secret hf-secret in namespace default has key hf_api_token and source manifest here, and key "
            "hf_api_token and source externalSecret (k in ClusterSecretStore s) in b.yaml",
        ),
        (
            secret(source="externalSecret", externalSecret={"key": "k", "store": "s"}),
            secret(source="externalSecret", externalSecret={"key": "l", "store": "s"}),
            "Secret hf-secret in namespace default has key hf_api_token and source externalSecret (k in "
            "ClusterSecretStore s) here, and key hf_api_token and source externalSecret (l in "
            "ClusterSecretStore s) in b.yaml",
        ),
        (
            {"metadata": {"name": "x"}},
            {"metadata": {"name": "x"}},
            "LeaderWorkerSet x in namespace default is also owned by b.yaml",
        ),
        (
            {"metadata": {"name": "x"}},
            {"metadata": {"name": "x-svc"}},
            "Service x-svc in namespace default is also owned by b.yaml",
        ),
        (
            {"metadata": {"name": "x"}},
            {"spec": {"serviceAccountName": "x"}},
            "ServiceAccount x in namespace default is also owned by b.yaml",
        ),
    ],
)
def test_what_collides(one: Any, other: Any, message: str, capsys: Capture) -> None:
    write(a=one, b=other)
    said = found(capsys)
    assert said[0] == ("a.yaml", message)
    assert [file for file, _ in said] == ["a.yaml", "b.yaml"]


def test_many_profiles_are_named_once_each(capsys: Capture) -> None:
    write(**{f"p{number}": ACCOUNT for number in range(4)})
    more = "ServiceAccount writer in namespace default is also owned by {} and 2 more profiles"
    assert found(capsys) == [
        ("p0.yaml", more.format("p1.yaml")),
        *((f"p{number}.yaml", more.format("p0.yaml")) for number in (1, 2, 3)),
    ]


def test_it_can_be_accepted_and_is_not_called_unused(capsys: Capture) -> None:
    allowed = {"metadata": {"annotations": {"r1c.dev/allow": "R1C903: one grant for both"}}}
    write(a=laid_over(ACCOUNT, allowed), b=ACCOUNT)
    assert [file for file, _ in found(capsys)] == ["b.yaml"]
    assert found(capsys, "a.yaml") == []
    assert main(["check", "a.yaml", "b.yaml", "--strict"]) == 1
    write(b=laid_over(ACCOUNT, allowed))
    assert found(capsys) == []


def test_compile_warns_each_time_also_of_what_is_up_to_date(capsys: Capture) -> None:
    write(a=ACCOUNT, b=ACCOUNT)
    for _ in range(2):
        assert main(["compile", "a.yaml", "b.yaml"]) == 0
        streams = capsys.readouterr()
        assert streams.err.count("warning[R1C903]: ServiceAccount writer in namespace default") == 2
        assert streams.err.endswith("2 warnings\n")
    assert streams.out == "out/a: unchanged\nout/b: unchanged\n"
    assert main(["compile", "a.yaml"]) == 0
    assert capsys.readouterr().err == ""


def test_compile_strict_writes_neither(here: Path, capsys: Capture) -> None:
    write(a=ACCOUNT, b=ACCOUNT, c={})
    assert main(["compile", ".", "--strict"]) == 1
    assert capsys.readouterr().err.count("warning[R1C903]") == 2
    assert sorted(path.name for path in (here / "out").iterdir() if not path.name.startswith(".")) == ["c"]


def test_workers_say_the_same(capsys: Capture) -> None:
    write(**{f"p{number:02}": ACCOUNT if number % 9 == 0 else {} for number in range(20)})
    said = []
    for jobs in ("1", "3"):
        main(["compile", ".", "--jobs", jobs, "-o", f"out{jobs}", "-q"])
        said.append(capsys.readouterr().err)
    assert said[0] == said[1]
    assert said[0].count("warning[R1C903]") == 3


def test_the_place_may_be_in_a_profile_that_is_extended(capsys: Capture) -> None:
    write(base=ACCOUNT, b=ACCOUNT)
    text = Path("base.yaml").read_text(encoding="utf-8").replace("kind: Recipe\n", "")
    Path("base.yaml").write_text(text, encoding="utf-8")
    Path("a.yaml").write_text("extends: base.yaml\nkind: Recipe\nmetadata: {name: a}\n", encoding="utf-8")
    files = [file for file, _ in found(capsys, "a.yaml", "b.yaml")]
    assert files == ["base.yaml", "b.yaml"]


def test_a_refused_profile_owns_nothing(capsys: Capture) -> None:
    write(a=ACCOUNT, b=laid_over(ACCOUNT, {"spec": {"parallelism": {"tensor": 6}}}))
    main(["check", ".", "--format", "json"])
    codes = {item["code"] for item in json.loads(capsys.readouterr().out)["diagnostics"]}
    assert "R1C201" in codes
    assert "R1C903" not in codes


def test_same_name_has_its_place_and_names_one_other(capsys: Capture) -> None:
    for file in ("a.yaml", "b.yaml", "c.yaml"):
        Path(file).write_text(PROFILE, encoding="utf-8")
    assert main(["compile", "."]) == 1
    assert capsys.readouterr().err.startswith(
        "error[R1C902]: the name base is also the name of b.yaml and 1 more profile\n"
        " --> a.yaml:4:9\n"
        "  |\n"
        "4 |   name: base\n"
        "  |         ^^^^\n"
        "  = note: the other profile (b.yaml:4)\n"
        "  = help: give each recipe its own metadata.name, or compile them one at a time, each with its "
        "own --output\n"
    )
