"""`r1c explain`: every code and every field, found by each of its names."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from r1c.cli import main
from r1c.codes import CODES, FAMILIES
from r1c.commands import explain_repository, explain_text
from r1c.diagnostics import Code, UserError
from r1c.profile import fields
from r1c.profile.fields import Field

FIELDS = tuple(fields.every())
ERROR = """\
R1C201 tensor-divides-heads (error)
Tensor parallel size does not divide the attention heads

Why
  vLLM gives each tensor parallel rank the same number of attention heads, and refuses to start if
  that is not possible (vllm-project/vllm#596, #4232; evidence.md, PAR001). The tensor parallel size
  must also divide the groups of Mamba 2 layers.

Example
  spec:
    parallelism:
      tensor: 6

Fix
  Use a tensor parallel size that divides the number of heads.

Reads
  spec.parallelism.tensor, spec.model, spec.platform, spec.vllm.args
"""
HINT = """\
R1C111 unused-allowance (hint)
Unused entry in r1c.dev/allow

Why
  An entry that outlives its warning would hide the next fault of that kind.

Example
  metadata:
    annotations:
      r1c.dev/allow: 'R1C305: measured on 2026-01-10'

Fix
  Remove the entry. `r1c check --fix` does it if only one correction is possible.

Accept
  metadata:
    annotations:
      r1c.dev/allow: "R1C111: the reason"
"""
FIELD = """\
spec.build.diskSizeGb
integer; default: 1000

Meaning
  Disk of the build, in GB.

Example
  spec:
    build:
      diskSizeGb: 1000

Rules
  R1C810 error   Build disk larger than Cloud Build allows
  R1C821 warning Build disk smaller than the image takes
"""
SECTION = """\
spec.model
map; required

Meaning
  The model to serve.

Fields
  spec.model.id: Hugging Face repository of the model, or its path in the pod below
    storage.mountPath.
  spec.model.revision: Branch, tag or commit to load, passed to vLLM. Default: the repository's main
    branch.
  spec.model.servedName: Model name in the requests of clients. Default: the model's id.
"""


@pytest.mark.parametrize(
    ("name", "text"),
    [("R1C201", ERROR), ("R1C111", HINT), ("build.diskSizeGb", FIELD)],
    ids=lambda name: name[:9],
)
def test_exact_text(name: str, text: str) -> None:
    assert explain_text.text(name) == text


def test_a_section_shows_its_fields() -> None:
    assert explain_text.text("spec.model").startswith(SECTION)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("spec.platform", "a3-high, a3-mega, a3-ultra, a4. `r1c explain platforms` has a table of them."),
        ("spec.network.naming", "a3-mega: vpc, gpunet"),
        ("spec.network.mode", None),
    ],
)
def test_a_field_whose_values_are_facts_shows_them(name: str, values: str | None) -> None:
    _, found, rest = explain_text.text(name).partition("\nValues\n")
    assert (values in rest) if values else not found


def test_the_types_of_all_other_fields_name_their_values() -> None:
    assert "one of pod, host, dranet; default: pod" in explain_text.text("spec.network.mode")


@pytest.mark.parametrize("code", CODES, ids=lambda code: code.id)
def test_every_code(code: Code) -> None:
    assert code in explain_text.find(code.id.lower())
    assert code in explain_text.find(code.slug)
    text = explain_text.of_code(code)
    assert text.startswith(f"{code.id} {code.slug} ({code.severity})\n{code.title}\n\nWhy\n")
    assert ("\nExample\n" in text) == bool(code.example)
    assert max(map(len, text.splitlines())) <= max(
        100, *(len(line) + 2 for line in code.example.splitlines()), 0
    )


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: field.path)
def test_every_field(field: Field) -> None:
    assert field in explain_text.find(field.path)
    assert field in explain_text.find(field.path.removeprefix("spec."))
    text = explain_text.of_field(field)
    assert text.startswith(f"{field.path}\n{field.words}; ")
    assert "\n\nMeaning\n" in text
    either = ("\nFields\n" in text) != ("\nExample\n" in text)
    assert either or field.path == "spec.vllm.env"  # a map of names that also has values with fields


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: field.path)
def test_an_example_is_a_value_of_its_field(field: Field) -> None:
    value: Any = yaml.safe_load(explain_text.example(field)) if not field.section else None
    for part in field.path.split(".") if value else ():
        value = value[0][part] if isinstance(value, list) else value[part]
    kinds = {"integer": int, "boolean": bool, "string": str}
    if value is not None and field.words in kinds:
        assert type(value) is kinds[field.words]


def test_no_two_codes_share_an_id_or_a_slug() -> None:
    assert len({code.id for code in CODES}) == len({code.slug for code in CODES}) == len(CODES)


def test_every_code_belongs_to_a_family() -> None:
    catalogue = explain_text.catalogue()
    assert {code.id[:4] for code in CODES} == set(FAMILIES)
    assert [line.split()[0] for line in catalogue.splitlines() if line.startswith("  ")] == [
        code.id for code in CODES
    ]
    assert catalogue.startswith("R1C0xx Reading YAML\n  R1C001 error   Invalid YAML\n")


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("mode", "spec.network.mode"),
        ("tolerations.key", "spec.scheduling.tolerations.key"),
        ("spec.network.subnetworks[1]", "spec.network.subnetworks"),
        ("spec.scheduling.tolerations[0].key", "spec.scheduling.tolerations.key"),
        ("spec.vllm.args.max-model-len", "spec.vllm.args"),
        ("metadata.annotations.r1c.dev/allow", "metadata.annotations"),
    ],
)
def test_other_names_of_a_field(name: str, path: str) -> None:
    assert [item.path for item in explain_text.find(name) if isinstance(item, Field)] == [path]


def test_a_name_of_a_code_and_of_a_field_shows_both() -> None:
    code, field = explain_text.find("namespace")
    assert isinstance(code, Code)
    assert isinstance(field, Field)
    assert explain_text.text("namespace") == f"{explain_text.of_code(code)}\n{explain_text.of_field(field)}"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (
            "tensor-divide-heads",
            "unknown name tensor-divide-heads; did you mean tensor-divides-heads?",
        ),
        ("netwrok.mode", "unknown name netwrok.mode; did you mean network.mode?"),
        ("network.nmode", "unknown name network.nmode; did you mean network.mode?"),
        ("R1C199", "unknown name R1C199; `r1c explain --help` says which names there are"),
        ("NCLL_DEBUG", "unknown name NCLL_DEBUG; did you mean NCCL_DEBUG?"),
        ("NODE_SELECTOR", "unknown name NODE_SELECTOR; `r1c explain --help` says which names there are"),
        ("profiles/absent.yaml:4", "profiles/absent.yaml: there is no such file"),
        (
            "my-org/my-model-1.5B",
            "unknown model my-org/my-model-1.5B; a profile sizes it by its config.json "
            "(`r1c explain spec.model.config`), and `r1c fit` by --config",
        ),
        ("deepseek-r1", "unknown name deepseek-r1; did you mean deepseek-ai/DeepSeek-R1?"),
        ("zzz", "unknown name zzz; `r1c explain --help` says which names there are"),
        (
            "key",
            "several fields have the name key: spec.vllm.env.NAME.secretKeyRef.key, "
            "spec.huggingface.externalSecret.key and spec.scheduling.tolerations.key",
        ),
    ],
)
def test_a_name_that_is_none(name: str, message: str) -> None:
    with pytest.raises(UserError) as caught:
        explain_text.text(name)
    assert str(caught.value) == message


REPOSITORY = """\
repository.spec.allow.platforms
list of strings; optional

Meaning
  Values of spec.platform.

Example
  spec:
    allow:
      platforms:
      - a3-mega
      - a3-ultra

Rules
  R1C192 error   Platform not allowed in this repository
"""


@pytest.mark.parametrize("name", ["repository", "r1c.yaml"])
def test_r1c_yaml_as_a_whole(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Also where the file is there: it is no output."""
    (tmp_path / "r1c.yaml").touch()
    monkeypatch.chdir(tmp_path)
    assert main(["explain", name]) == 0
    assert capsys.readouterr().out == explain_text.text("repository.spec")


@pytest.mark.parametrize("name", ["repository.spec.allow.platforms", "repository.allow.platforms"])
def test_a_field_of_the_repository_file(name: str) -> None:
    assert explain_text.text(name) == REPOSITORY


@pytest.mark.parametrize("field", explain_repository.every(), ids=lambda field: field.path)
def test_every_field_of_the_repository_file(field: Field) -> None:
    assert explain_text.find(field.path) == (field,)
    text = explain_text.of_field(field)
    assert text.startswith(f"{field.path}\n{field.words}; ")
    section = [other for other in explain_repository.every() if other.path.startswith(f"{field.path}.")]
    assert ("\nFields\n" in text) == bool(section)


def test_every_field_that_allows_something_names_its_rule() -> None:
    allow = [field for field in explain_repository.every() if ".allow." in field.path]
    assert [len(explain_repository.codes(field)) for field in allow] == [1] * len(allow)


def test_an_inherited_field_is_the_field_of_the_profile() -> None:
    inherited = explain_text.find("repository.spec.defaults.spec.cluster.region")
    assert inherited == explain_text.find("spec.cluster.region")


def test_a_misspelt_field_of_the_repository_file() -> None:
    with pytest.raises(UserError) as caught:
        explain_text.text("repository.alow.platforms")
    said = "unknown name repository.alow.platforms; did you mean repository.spec.allow.platforms?"
    assert str(caught.value) == said


def test_what_preflight_warns_of_can_be_accepted() -> None:
    assert "\nAccept\n" in explain_text.text("R1CP09")
    assert "\nAccept\n" not in explain_text.text("R1CP07")


def test_only_what_stands_against_a_profile_can_be_accepted() -> None:
    assert "\nAccept\n" in explain_text.text("R1C305")
    assert "\nAccept\n" not in explain_text.text("R1C201")
    assert "\nAccept\n" not in explain_text.text("R1C125")


LINES = """apiVersion: r1c.dev/v1alpha1
kind: Recipe
spec:
  # where it runs
  parallelism:
    tensor: 8
  vllm:
    args:
      max-num-seqs: 64
    env:
      VLLM_PORT: "1"
  network:
    subnetworks:
    - default
  buckit: x
"""


@pytest.mark.parametrize(
    ("line", "same_as"),
    [
        (6, "spec.parallelism.tensor"),
        (7, "spec.vllm"),
        (9, "--max-num-seqs"),
        (11, "VLLM_PORT"),
        (14, "spec.network.subnetworks"),
    ],
)
def test_a_line_of_a_profile(
    line: int, same_as: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.yaml").write_text(LINES, encoding="utf-8")
    assert main(["explain", f"{tmp_path / 'a.yaml'}:{line}"]) == 0
    assert capsys.readouterr().out == explain_text.text(same_as)


def test_a_line_of_a_profile_without_a_field(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.yaml").write_text(LINES, encoding="utf-8")
    assert [main(["explain", f"a.yaml:{line}"]) for line in (4, 99)] == [2, 2]
    assert capsys.readouterr().err == (
        "r1c: a.yaml:4: no field is set in this line\nr1c: a.yaml:99: no field is set in this line\n"
    )
