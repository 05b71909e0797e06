"""r1c.yaml: where it is found, what it gives to profiles, and the exact texts about its faults."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import r1c
from r1c.cli import main
from r1c.commands import inputs
from r1c.json_schema import misfits
from r1c.repository.find import nearest
from r1c.repository.place import output_of
from r1c.repository.schema import repository_schema

REPO = Path(__file__).resolve().parents[2]
BASE = (REPO / "tests" / "base.yaml").read_text(encoding="utf-8")
HEAD = "apiVersion: r1c.dev/v1alpha1\nkind: Repository\n"
Captured = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    write("profiles/dev/base.yaml", BASE)
    return tmp_path


def write(name: str, text: str) -> None:
    Path(name).parent.mkdir(parents=True, exist_ok=True)
    Path(name).write_text(text, encoding="utf-8")


@pytest.mark.parametrize(
    ("spec", "report"),
    [
        (
            "  profils: recipes\n",
            """\
error[R1C101]: unknown field profils in spec
 --> r1c.yaml:4:3
  |
4 |   profils: recipes
  |   ^^^^^^^
  = help: did you mean profiles?

1 error
""",
        ),
        (
            "  output: ../out\n  profiles: /srv/profiles\n",
            """\
error[R1C191]: output: ../out is not below the folder of r1c.yaml
 --> r1c.yaml:4:11
  |
4 |   output: ../out
  |           ^^^^^^
  = help: write a relative path without .., such as output: out

error[R1C191]: profiles: /srv/profiles is not below the folder of r1c.yaml
 --> r1c.yaml:5:13
  |
5 |   profiles: /srv/profiles
  |             ^^^^^^^^^^^^^
  = help: write a relative path without .., such as profiles: profiles

2 errors
""",
        ),
        (
            "  defaults: {spec: {nodes: two, storage: {buckit: b}}}\n",
            """\
error[R1C103]: spec.defaults.spec.nodes: expected an integer, got the string "two"
 --> r1c.yaml:4:28
  |
4 |   defaults: {spec: {nodes: two, storage: {buckit: b}}}
  |                            ^^^
  = help: write an integer in digits, such as 2

error[R1C101]: unknown field buckit in spec.defaults.spec.storage
 --> r1c.yaml:4:43
  |
4 |   defaults: {spec: {nodes: two, storage: {buckit: b}}}
  |                                           ^^^^^^
  = help: did you mean bucket?

2 errors
""",
        ),
        (
            '  allow:\n    platforms: [a3mega, a*]\n    vllmVersions: [">=v0.10", v0.11.*]\n',
            """\
error[R1C104]: spec.allow.platforms: unknown platform a3mega
 --> r1c.yaml:5:17
  |
5 |     platforms: [a3mega, a*]
  |                 ^^^^^^
  = help: did you mean a3-mega?

error[R1C104]: spec.allow.vllmVersions: >=v0.10 is not a version or the beginning of one
 --> r1c.yaml:6:20
  |
6 |     vllmVersions: [">=v0.10", v0.11.*]
  |                    ^^^^^^^^^
  = help: list the versions; * is any text, so v0.11.* is every v0.11 release

2 errors
""",
        ),
        (
            "  allow: {maxNodes: 0, regions: us-central1}\n",
            """\
error[R1C105]: spec.allow.maxNodes is 0; the minimum is 1
 --> r1c.yaml:4:21
  |
4 |   allow: {maxNodes: 0, regions: us-central1}
  |                     ^
  = help: write 1 or more

error[R1C103]: spec.allow.regions: expected a list of strings, got the string "us-central1"
 --> r1c.yaml:4:33
  |
4 |   allow: {maxNodes: 0, regions: us-central1}
  |                                 ^^^^^^^^^^^
  = help: write [us-central1]

2 errors
""",
        ),
    ],
)
def test_a_fault_is_reported_once_and_stops_every_command(spec: str, report: str, capsys: Captured) -> None:
    write("r1c.yaml", f"{HEAD}spec:\n{spec}")
    write("profiles/prod/base.yaml", BASE)
    for command in (
        ["check", "profiles"],
        ["compile", "profiles"],
        ["diff", "profiles"],
        ["plan", "profiles/dev/base.yaml"],
        ["compile", "profiles", "--show-profile"],
    ):
        assert main(command) == 1
        assert capsys.readouterr().err == report
    assert not Path("out").exists()


def test_a_file_of_another_kind_is_not_taken_for_a_repository(capsys: Captured) -> None:
    write("r1c.yaml", HEAD.replace("Repository", "Recipe"))
    assert main(["check", "profiles/dev/base.yaml", "--format", "json"]) == 1
    (found,) = json.loads(capsys.readouterr().out)["diagnostics"]
    assert (found["code"], found["file"], found["line"]) == ("R1C106", "r1c.yaml", 2)
    assert found["message"] == 'kind is the string "Recipe"; a repository file has kind: Repository'


def test_the_nearest_r1c_yaml_inside_the_git_repository_counts(here: Path) -> None:
    assert nearest("profiles/dev/base.yaml") is None
    write("r1c.yaml", HEAD)
    assert nearest("profiles/dev/base.yaml") == "r1c.yaml"
    assert nearest(str(here / "profiles/dev/base.yaml")) == str(here / "r1c.yaml")
    write("profiles/r1c.yaml", HEAD)
    assert nearest("profiles/dev/base.yaml") == "profiles/r1c.yaml"
    (here / "profiles" / "dev" / ".git").mkdir()
    assert nearest("profiles/dev/base.yaml") is None


@pytest.mark.parametrize(
    ("spec", "profile", "parent", "place"),
    [
        ("", "profiles/dev/base.yaml", None, "out/dev/base"),
        ("", "profiles/dev/eu/base.yaml", None, "out/dev/eu/base"),
        ("", "profiles/base.yaml", None, "out/base"),
        ("", "examples/dev/base.yaml", None, "out/base"),
        ("", "profiles-old/base.yaml", None, "out/base"),
        ("", "profiles/dev/base.yaml", "/srv/manifests", "/srv/manifests/dev/base"),
        ("spec: {output: clusters}\n", "profiles/dev/base.yaml", None, "clusters/dev/base"),
        (
            "spec: {profiles: ., output: deploy/out}\n",
            "profiles/dev/base.yaml",
            None,
            "deploy/out/profiles/dev/base",
        ),
        (None, "profiles/dev/base.yaml", None, "out/base"),
        (None, "profiles/dev/base.yaml", "manifests", "manifests/base"),
    ],
)
def test_where_an_output_is(spec: str | None, profile: str, parent: str | None, place: str) -> None:
    if spec is not None:
        write("r1c.yaml", HEAD + spec)
    assert output_of(inputs.repository(profile), profile, "base", parent) == place


def test_defaults_are_what_the_last_profile_of_the_chain_inherits(capsys: Captured) -> None:
    write(
        "r1c.yaml",
        f"{HEAD}spec:\n  defaults:\n    metadata:\n      namespace: serving\n"
        "      labels: {team: a, tier: b}\n"
        "    spec:\n      platform: a4\n      replicas: 3\n",
    )
    child = (
        "extends: base.yaml\nkind: Recipe\nmetadata:\n  name: child\n  labels: {tier: null}\n"
        "spec:\n  replicas: null\n"
    )
    write("profiles/dev/child.yaml", child)
    plan = inputs.analysed("profiles/dev/child.yaml").plan
    assert plan
    assert (plan.namespace, plan.labels, plan.platform.id, plan.group.replicas) == (
        "serving",
        {"team": "a"},
        "a3-mega",
        1,
    )
    assert main(["compile", "profiles/dev/child.yaml", "--show-profile"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "  namespace: serving  # r1c.yaml:6" in lines
    assert "  platform: a3-mega  # profiles/dev/base.yaml:6" in lines
    assert not any("replicas" in line for line in lines)


def test_a_default_that_one_profile_does_not_need_is_no_fault_of_it(capsys: Captured) -> None:
    # The pods of this one read a claim and get no token; another recipe of the repository downloads.
    write("r1c.yaml", f"{HEAD}spec:\n  defaults:\n    spec:\n      huggingface: {{source: existing}}\n")
    of_claim = BASE.replace(
        "    id: deepseek-ai/DeepSeek-R1\n",
        "    id: deepseek-ai/DeepSeek-R1\n    source: {type: pvc, claim: weights, path: r1}\n",
    )
    write("profiles/dev/base.yaml", of_claim)
    assert main(["check", "profiles/dev/base.yaml", "--strict"]) == 0
    write("profiles/dev/base.yaml", f"{of_claim}  huggingface: {{source: existing}}\n")
    assert main(["check", "profiles/dev/base.yaml", "--strict"]) == 1
    assert "warning[R1C729]" in capsys.readouterr().err


def test_a_profile_with_defaults_is_the_profile_that_has_them(capsys: Captured) -> None:
    assert main(["-q", "compile", "profiles/dev/base.yaml", "-o", "whole"]) == 0
    lines = BASE.splitlines(keepends=True)
    at = lines.index("  image:\n")
    write(
        "r1c.yaml", f"{HEAD}spec:\n  defaults:\n    spec:\n" + "".join(f"    {line}" for line in lines[at:])
    )
    write("profiles/base.yaml", "".join(lines[:at]))
    assert main(["compile", "profiles/base.yaml", "--check", "-o", "whole"]) == 0
    assert capsys.readouterr().out == "whole/base: up to date\n"


def test_a_token_in_the_defaults_is_not_repeated(capsys: Captured) -> None:
    token = "hf_" + "Ab3" * 12
    write("r1c.yaml", f"{HEAD}spec:\n  defaults:\n    spec:\n      vllm: {{env: {{TOKEN: {token}}}}}\n")
    assert main(["check", "profiles"]) == 1
    found = capsys.readouterr()
    assert token not in found.out + found.err
    assert "error[R1C701]" in found.err


def test_without_git_r1c_yaml_is_the_root_for_extends(capsys: Captured) -> None:
    write("profiles/dev/child.yaml", "extends: ../shared.yaml\nkind: Recipe\nmetadata: {name: child}\n")
    write("profiles/shared.yaml", BASE)
    assert main(["check", "profiles/dev/child.yaml"]) == 1
    assert capsys.readouterr().err.startswith(
        "error[R1C112]: ../shared.yaml is outside of the folder of the profile (profiles/dev), which is the "
        "root: neither .git nor r1c.yaml is in it or above it\n"
    )
    write("r1c.yaml", HEAD)
    assert main(["check", "profiles/dev/child.yaml"]) == 0
    write("profiles/dev/child.yaml", "extends: ../../../shared.yaml\nkind: Recipe\nmetadata: {name: child}\n")
    assert main(["check", "profiles/dev/child.yaml"]) == 1
    assert capsys.readouterr().err.startswith(
        "error[R1C112]: ../../../shared.yaml is outside of the folder of r1c.yaml, the root where there is "
        "no git repository\n"
    )


def test_a_directory_with_r1c_yaml_in_it_has_no_recipe_more(capsys: Captured) -> None:
    write("r1c.yaml", HEAD)
    assert main(["check", "."]) == 0
    assert capsys.readouterr().out == "1 profile checked, no faults found\n"


def test_names_in_one_folder_still_have_to_differ(capsys: Captured) -> None:
    write("r1c.yaml", HEAD)
    write("profiles/dev/other.yaml", BASE)
    write("profiles/prod/base.yaml", BASE.replace("my-cluster", "prod"))
    assert main(["compile", "profiles"]) == 1
    found = capsys.readouterr().err
    assert found.count("error[R1C902]") == 2
    assert "give each recipe its own metadata.name, or compile them one at a time" in found
    assert Path("out/prod/base/service.yaml").is_file()
    assert not Path("out/dev").exists()


def test_one_stream_has_no_room_for_two_of_a_name(capsys: Captured) -> None:
    write("r1c.yaml", HEAD)
    write("profiles/prod/base.yaml", BASE.replace("my-cluster", "prod"))
    assert main(["compile", "profiles", "-o", "-"]) == 1
    assert capsys.readouterr().err.count("error[R1C902]") == 2
    assert main(["compile", "profiles/prod", "-o", "-"]) == 0


def test_the_schema_is_that_of_the_declared_fields(capsys: Captured) -> None:
    assert main(["schema", "repository"]) == 0
    printed = capsys.readouterr().out
    assert (
        printed
        == repository_schema()
        == (REPO / "schemas" / "repository.schema.json").read_text(encoding="utf-8")
    )
    assert main(["schema"]) == 0
    assert capsys.readouterr().out == (REPO / "schemas" / "recipe.schema.json").read_text(encoding="utf-8")
    assert misfits("repository", {"apiVersion": "r1c.dev/v1alpha1", "kind": "Repository"}) == []


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\xff\xfe",
        b"a: [\n",
        b"- 1\n",
        b"apiVersion: 3\nkind: Repository\n",
        b"kind: Repository\n",
        HEAD.encode() + b"spec:\n",
        HEAD.encode() + b"spec: {allow: {models: [1]}}\n",
        HEAD.encode() + b"spec: {defaults: {spec: [x]}}\n",
        HEAD.encode() + b"spec: {output: ''}\n",
        HEAD.encode() + b"spec: {output: 'a\\b'}\n",
        HEAD.encode() + b"---\nspec: {}\n",
        HEAD.encode() + b"spec: &a {profiles: *a}\n",
        b"# x\n" * 40000,
    ],
)
def test_anything_that_is_no_repository_file_is_a_fault_with_its_place(raw: bytes, capsys: Captured) -> None:
    Path("r1c.yaml").write_bytes(raw)
    assert main(["check", "profiles", "--format", "json"]) in (1, 2)
    found = capsys.readouterr()
    if found.out:
        assert {item["file"] for item in json.loads(found.out)["diagnostics"]} == {"r1c.yaml"}
    else:
        assert found.err == "r1c: r1c.yaml: 160,000 bytes; the limit for such a file is 131,072\n"


def test_empty_parts_say_nothing() -> None:
    write("r1c.yaml", f"{HEAD}spec: {{defaults: {{}}, allow: {{platforms: null}}}}\n")
    assert inputs.analysed("profiles/dev/base.yaml").diagnostics == ()


def test_the_python_interface_takes_it_into_account() -> None:
    write("r1c.yaml", f"{HEAD}spec: {{allow: {{platforms: [a4]}}}}\n")
    assert [item.code for item in r1c.check("profiles/dev/base.yaml")] == ["R1C192"]
    assert r1c.check(BASE.encode()) == ()
    write("r1c.yaml", f"{HEAD}spec: {{alow: {{}}}}\n")
    with pytest.raises(r1c.ProfileError, match=r"error\[R1C101\]: unknown field alow in spec"):
        r1c.compile("profiles/dev/base.yaml")
