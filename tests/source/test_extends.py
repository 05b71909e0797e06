"""Profiles that extend others: what is merged, where diagnostics point, and what is refused."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from r1c import pipeline
from r1c.cli import main
from r1c.commands import inputs

BASE = (Path(__file__).parents[1] / "base.yaml").read_text(encoding="utf-8").replace("kind: Recipe\n", "")
CHILD = """extends: base.yaml
kind: Recipe
metadata:
  name: derived
spec:
  vllm:
    args:
      max-model-len: 16384
      gpu-memory-utilization: null
"""


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "base.yaml").write_text(BASE, encoding="utf-8")
    (tmp_path / "derived.yaml").write_text(CHILD, encoding="utf-8")
    return tmp_path


def analyse(name: str) -> pipeline.Checked:
    return pipeline.analyse(name, inputs.read(name), inputs.beside(name))


def test_maps_are_merged_values_replaced_and_null_takes_away() -> None:
    plan = analyse("derived.yaml").plan
    assert plan
    assert plan.name == "derived"
    arguments = {item.name: item.value for item in plan.server.arguments}
    assert arguments == {"max-model-len": 16384, "max-num-seqs": 128, "trust-remote-code": True}


def test_lists_are_replaced_as_a_whole(here: Path) -> None:
    base = BASE + "  scheduling:\n    targetNodes: [a, b, c]\n"
    (here / "base.yaml").write_text(base, encoding="utf-8")
    (here / "derived.yaml").write_text(
        CHILD + "  scheduling:\n    targetNodes: [node-x, node-y]\n", encoding="utf-8"
    )
    plan = analyse("derived.yaml").plan
    assert plan
    assert plan.scheduling.target_nodes == ("node-x", "node-y")


def test_a_diagnostic_points_into_the_file_that_holds_the_value(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "base.yaml").write_text(BASE.replace("tensor: 8", "tensor: 6"), encoding="utf-8")
    (here / "derived.yaml").write_text(CHILD + "  modle: {}\n", encoding="utf-8")
    assert main(["check", "derived.yaml"]) == 1
    assert capsys.readouterr().err == (
        "error[R1C201]: tensor parallel size 6 does not divide the 128 attention heads of "
        "deepseek-ai/DeepSeek-R1\n"
        "  --> base.yaml:16:13\n"
        "   |\n"
        "16 |     tensor: 6\n"
        "   |             ^\n"
        "   = note: deepseek-ai/DeepSeek-R1 has 128 attention heads "
        "(facts/models/deepseek-ai/DeepSeek-R1.json)\n"
        "   = help: use 1, 2, 4, 8 or 16 (8 keeps tensor parallelism inside one a3-mega node)\n"
        "\n"
        "error[R1C101]: [*] unknown field modle in spec\n"
        "  --> derived.yaml:10:3\n"
        "   |\n"
        "10 |   modle: {}\n"
        "   |   ^^^^^\n"
        "   = help: did you mean model?\n"
        "\n"
        "2 errors\n"
        "[*] 1 can be fixed with `r1c check --fix`\n"
    )


def test_faults_of_the_parents_own_yaml_are_its_own(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "base.yaml").write_text(BASE + "  nodes: 4\n", encoding="utf-8")
    assert main(["check", "derived.yaml"]) == 1
    assert "error[R1C005]" in (message := capsys.readouterr().err)
    assert "--> base.yaml:" in message


def test_three_generations_across_folders(here: Path) -> None:
    (here / "team").mkdir()
    (here / "team" / "middle.yaml").write_text(
        "extends: ../base.yaml\nspec:\n  replicas: 3\n  vllm:\n    args:\n      max-num-seqs: 32\n",
        encoding="utf-8",
    )
    (here / "derived.yaml").write_text(CHILD.replace("base.yaml", "team/middle.yaml"), encoding="utf-8")
    plan = analyse("derived.yaml").plan
    assert plan
    assert plan.group.replicas == 3
    assert plan.server.value("max-num-seqs") == 32
    assert plan.server.value("max-model-len") == 16384


def test_cut_up_or_in_one_file_a_recipe_has_one_digest(here: Path) -> None:
    whole = BASE.replace("apiVersion: r1c.dev/v1alpha1\n", "apiVersion: r1c.dev/v1alpha1\nkind: Recipe\n")
    whole = whole.replace("name: base", "name: derived").replace("      gpu-memory-utilization: 0.85\n", "")
    (here / "whole.yaml").write_text(whole.replace("32768", "16384"), encoding="utf-8")
    one, other = analyse("whole.yaml").plan, analyse("derived.yaml").plan
    assert one
    assert other
    assert one.digest == other.digest
    assert pipeline.build(one) == pipeline.build(other)


OUTSIDE = (
    "is outside of the folder of the profile, which is the root: neither .git nor r1c.yaml is in it or "
    "above it"
)


@pytest.mark.parametrize(
    ("base", "message"),
    [
        ("extends: derived.yaml\n" + BASE, "derived.yaml extends this profile, directly or through others"),
        ("extends: ../outside.yaml\n" + BASE, f"../outside.yaml {OUTSIDE}"),
        ("extends: /etc/hostname\n" + BASE, f"/etc/hostname {OUTSIDE}"),
        ("extends: absent.yaml\n" + BASE, "absent.yaml: cannot be read: No such file or directory"),
    ],
)
def test_what_cannot_be_extended_is_one_error(
    base: str, message: str, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "base.yaml").write_text(base, encoding="utf-8")
    assert main(["check", "derived.yaml"]) == 1
    found = capsys.readouterr().err
    assert found.startswith(f"error[R1C112]: {message}")
    assert " --> base.yaml:1:10\n" in found
    assert found.endswith("\n1 error\n")


def test_in_a_repository_all_of_its_profiles_can_be_extended(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / ".git").mkdir()
    (here / "base.yaml").write_text("extends: ../outside.yaml\n" + BASE, encoding="utf-8")
    assert main(["check", "derived.yaml"]) == 1
    message = "error[R1C112]: ../outside.yaml is outside of the git repository\n"
    assert capsys.readouterr().err.startswith(message)


def test_without_git_the_help_says_how_to_have_a_root(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "dev").mkdir()
    child = CHILD.replace("base.yaml", "../base.yaml")
    (here / "dev" / "derived.yaml").write_text(child, encoding="utf-8")
    assert main(["check", "dev/derived.yaml"]) == 1
    advice = "run `git init` in a folder above both files, or put an r1c.yaml there"
    assert f" = help: {advice}\n" in capsys.readouterr().err
    (here / "r1c.yaml").write_text("apiVersion: r1c.dev/v1alpha1\nkind: Repository\n", encoding="utf-8")
    assert main(["check", "dev/derived.yaml"]) == 0


def test_a_long_chain_is_refused(here: Path) -> None:
    for number in range(12):
        text = f"extends: {number + 1}.yaml\n"
        (here / f"{number}.yaml").write_text(text, encoding="utf-8")
    (here / "derived.yaml").write_text(CHILD.replace("base.yaml", "0.yaml"), encoding="utf-8")
    (found,) = analyse("derived.yaml").diagnostics
    assert found.message == "more than 8 profiles extend each other"


def test_a_file_without_a_kind_is_there_to_be_extended(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "."]) == 0
    assert capsys.readouterr().out == "1 profile checked, no faults found\n"


def test_show_profile_names_the_origin_of_each_value(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compile", "derived.yaml", "--show-profile"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "  name: derived  # derived.yaml:4" in lines
    assert "      max-model-len: 16384  # derived.yaml:8" in lines
    assert "    tensor: 8  # base.yaml:16" in lines
    assert not any("gpu-memory-utilization" in line or line.startswith("extends") for line in lines)


def test_the_profile_of_the_documentation_extends_a_base(here: Path) -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "composition.md").read_text(encoding="utf-8")
    parent, child, *_ = re.findall(r"^```yaml\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
    (here / "base.yaml").write_text(parent, encoding="utf-8")
    (here / "long.yaml").write_text(child, encoding="utf-8")
    checked = analyse("long.yaml")
    assert checked.plan
    assert checked.plan.server.value("max-model-len") == 65536


LLAMA = """{"model_type": "llama", "num_hidden_layers": 32, "hidden_size": 4096, "intermediate_size": 14336,
"num_attention_heads": 32, "num_key_value_heads": 8, "vocab_size": 128256,
"max_position_embeddings": 65536}"""
OWN_MODEL = "id: my-org/my-model\n    config: models/my-model.json"
DEFAULTS = """apiVersion: r1c.dev/v1alpha1
kind: Repository
spec:
  defaults:
    spec:
      model:
        config: models/my-model.json
"""


@pytest.fixture
def own_model(here: Path) -> Path:
    """A base whose model is sized by models/my-model.json, and a profile of it in another folder."""
    (here / "models").mkdir()
    (here / "models" / "my-model.json").write_text(LLAMA, encoding="utf-8")
    (here / "dev").mkdir()
    child = CHILD.replace("base.yaml", "../base.yaml")
    (here / "dev" / "derived.yaml").write_text(child, encoding="utf-8")
    base = BASE.replace("id: deepseek-ai/DeepSeek-R1", OWN_MODEL)
    (here / "base.yaml").write_text(base, encoding="utf-8")
    for step in (["init", "-q"], ["add", "."], [*AUTHOR, "commit", "-q", "-m", "first"]):
        subprocess.run(["git", *step], check=True)
    return here


AUTHOR = ["-c", "user.name=A", "-c", "user.email=a@example.com"]


@pytest.mark.parametrize("argument", ["dev/derived.yaml", "dev", "{here}/dev/derived.yaml"])
def test_an_inherited_config_is_named_from_the_file_that_has_it(
    argument: str, own_model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", argument.format(here=own_model)]) == 0
    assert capsys.readouterr() == ("1 profile checked, no faults found\n", "")


def test_also_from_another_directory_and_in_a_revision(
    own_model: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(own_model / "dev")
    assert main(["diff", "derived.yaml", "--rev", "HEAD"]) == 0, capsys.readouterr().err


def test_also_in_r1c_yaml(
    own_model: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    base = BASE.replace("deepseek-ai/DeepSeek-R1", "my-org/my-model")
    (own_model / "base.yaml").write_text(base, encoding="utf-8")
    (own_model / "r1c.yaml").write_text(DEFAULTS, encoding="utf-8")
    for step in (["add", "."], [*AUTHOR, "commit", "-q", "-m", "defaults"]):
        subprocess.run(["git", *step], check=True)
    monkeypatch.chdir(own_model / "dev")
    assert main(["check", "derived.yaml"]) == 0
    assert capsys.readouterr() == ("1 profile checked, no faults found\n", "")
    assert main(["diff", "derived.yaml", "--rev", "HEAD"]) == 0, capsys.readouterr().err


def test_an_inherited_config_that_is_absent_names_the_place_that_was_read(
    own_model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (own_model / "models" / "my-model.json").unlink()
    assert main(["check", "dev/derived.yaml"]) == 1
    found = capsys.readouterr().err
    assert "error[R1C314]: models/my-model.json: cannot be read: No such file or directory\n" in found
    assert " --> base.yaml:8:13\n" in found
    assert "help: write the path from this file to the model's config.json\n" in found
