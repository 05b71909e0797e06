"""The Python API gives what the commands give, and loads only what is asked for."""

from __future__ import annotations

import pickle
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import TypeAdapter

import r1c
from r1c import api

REPO = Path(__file__).resolve().parents[1]
PAGE = REPO / "docs" / "python.md"
PROFILES = sorted((REPO / "profiles").glob("*.yaml"))
BASE = REPO / "tests" / "base.yaml"
DIGEST = re.compile(rb"\b[0-9a-f]{12,64}\b")
ADAPTER = TypeAdapter(r1c.Recipe)


def recipe() -> r1c.Recipe:
    return r1c.read(BASE)


def report(profile: str | bytes | r1c.Recipe) -> str:
    with pytest.raises(r1c.ProfileError) as refused:
        r1c.compile(profile)
    return str(refused.value)


def test_the_page_lists_every_name() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert [name for name in r1c.__all__ if f"r1c.{name}" not in page] == []
    assert r1c.__all__ == api.__all__
    assert set(r1c.__all__) <= set(dir(r1c))
    for name in r1c.__all__:
        assert getattr(r1c, name) is getattr(api, name)
    with pytest.raises(AttributeError, match=r"^module 'r1c' has no attribute 'chek'$"):
        _ = r1c.chek  # type: ignore[attr-defined]  # that is the test


def test_importing_r1c_loads_nothing_else() -> None:
    code = (
        "import sys; before = set(sys.modules); import r1c\n"
        "print(sorted(name for name in set(sys.modules) - before if name.startswith('r1c')))\n"
        "r1c.check(sys.argv[1]); r1c.compile(sys.argv[1]); r1c.read(sys.argv[1])\n"
        "print(sorted({'pydantic', 'click', 'ruamel', 'jinja2'} & set(sys.modules)))"
    )
    command = [sys.executable, "-c", code, str(BASE)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == "['r1c']\n[]\n"


def test_the_function_check_is_not_replaced_by_the_package_of_that_name() -> None:
    code = (
        "import r1c.check.rules, r1c\n"
        "from r1c.check import check as stage\n"
        "print(r1c.check.__module__, stage.__module__, len(r1c.check(sys.argv[1])))"
    )
    command = [sys.executable, "-c", f"import sys\n{code}", str(BASE)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == "r1c.api r1c.check 0\n"
    assert import_module("r1c.check") is sys.modules["r1c.check"]


@pytest.mark.parametrize("path", PROFILES, ids=lambda path: path.stem)
def test_a_profile_compiles_to_the_committed_files(path: Path) -> None:
    files = r1c.compile(path)
    folder = REPO / "out" / r1c.read(path).metadata.name
    committed = {
        file.relative_to(folder).as_posix(): file.read_bytes() for file in folder.rglob("*") if file.is_file()
    }
    del committed[".r1c.lock.json"]
    assert files == committed


@pytest.mark.parametrize("path", PROFILES, ids=lambda path: path.stem)
def test_a_recipe_compiles_as_its_profile_but_for_the_digest(path: Path) -> None:
    def compiled(profile: Path | r1c.Recipe) -> dict[str, bytes]:
        return {name: DIGEST.sub(b"", content) for name, content in r1c.compile(profile).items()}

    read = r1c.read(path)
    assert compiled(read) == compiled(path)
    assert [item.code for item in r1c.check(read)] == [item.code for item in r1c.check(path)]


@pytest.mark.parametrize("path", PROFILES, ids=lambda path: path.stem)
def test_pydantic_reads_and_writes_what_r1c_reads(path: Path) -> None:
    read = r1c.read(path)
    assert ADAPTER.validate_python(yaml.safe_load(path.read_text(encoding="utf-8"))) == read
    assert ADAPTER.validate_json(ADAPTER.dump_json(read, by_alias=True)) == read


def test_bytes_are_a_profile_without_a_file() -> None:
    content = BASE.read_bytes()
    assert r1c.read(content) == recipe()
    assert r1c.compile(content) == r1c.compile(BASE)
    [found] = r1c.check(content + b"  frobnicate: 1\n")
    assert (found.file, found.code) == ("<bytes>", "R1C101")


def test_a_refused_profile_says_what_the_command_says(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from r1c.cli import main

    monkeypatch.chdir(REPO)
    assert main(["check", "examples/bad.yaml"]) == 1
    captured = capsys.readouterr()
    assert report("examples/bad.yaml") + "\n" == captured.out + captured.err
    with pytest.raises(r1c.ProfileError) as refused:
        r1c.read("examples/bad.yaml")
    assert refused.value.diagnostics == r1c.check("examples/bad.yaml")
    again = pickle.loads(pickle.dumps(refused.value))
    assert (str(again), again.diagnostics) == (str(refused.value), refused.value.diagnostics)


def test_read_leaves_rules_to_check_and_compile() -> None:
    content = BASE.read_bytes().replace(b"tensor: 8", b"tensor: 6")
    assert r1c.read(content).spec.parallelism.tensor == 6
    assert "R1C201" in report(content)


def test_strict_makes_warnings_refuse() -> None:
    warned = REPO / "tests" / "check" / "rules" / "R1C203" / "bad-copied.yaml"
    [warning] = r1c.check(warned)
    assert warning.severity == r1c.Severity.WARNING
    assert r1c.compile(warned)
    with pytest.raises(r1c.ProfileError) as refused:
        r1c.compile(warned, strict=True)
    assert refused.value.diagnostics == (warning,)


def test_a_recipe_is_what_its_profile_and_those_that_it_extends_say(tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_bytes(BASE.read_bytes())
    child = tmp_path / "child.yaml"
    child.write_text("extends: base.yaml\nmetadata:\n  name: child\n", encoding="utf-8")
    read = r1c.read(child)
    assert (read.extends, read.metadata.name, read.spec) == (None, "child", recipe().spec)
    assert r1c.check(read) == ()
    [found] = r1c.check(child.read_bytes())
    assert (found.code, found.file) == ("R1C112", "<bytes>")


@pytest.mark.filterwarnings("error")
def test_a_value_of_a_wrong_type_is_told_in_the_words_of_r1c() -> None:
    nodes: Any = "two"
    assert report(r1c.replace(recipe(), spec=r1c.replace(recipe().spec, nodes=nodes))).startswith(
        'error[R1C103]: spec.nodes: expected an integer, got the string "two"\n  --> <Recipe>:'
    )
    benchmark = r1c.replace(recipe().spec.benchmark, request_rate=float("inf"))
    assert "spec.benchmark.requestRate: expected a number" in report(
        r1c.replace(recipe(), spec=r1c.replace(recipe().spec, benchmark=benchmark))
    )


def test_a_recipe_cannot_be_changed() -> None:
    read: Any = recipe()
    with pytest.raises(AttributeError, match=r"^Recipe\.spec cannot be changed$"):
        read.spec = None


def test_a_file_that_cannot_be_read() -> None:
    with pytest.raises(r1c.UserError, match=r"^missing\.yaml: cannot be read: No such file or directory$"):
        r1c.check("missing.yaml")
