"""`r1c import helm`: what it prints and says, case by case; the grammar of --set; any values."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from r1c import pipeline
from r1c.adopt import profile_text
from r1c.adopt.codes import CODES
from r1c.adopt.helm.convert import from_values
from r1c.adopt.helm.mapping import TABLE, Carried, entry_of
from r1c.adopt.helm.settings import parse
from r1c.adopt.helm.values import read_values
from r1c.adopt.profile_draft import Asked
from r1c.cli import main
from r1c.diagnostics import UserError
from upstream import MISSING, UPSTREAM

CASES = sorted((Path(__file__).parents[1] / "adopt" / "imports" / "helm").iterdir())
VALUES = UPSTREAM / "values"


def arguments(case: Path) -> list[str]:
    """Read set.txt: a --set argument a line, or another option as it is."""
    lines = (case / "set.txt").read_text(encoding="utf-8").splitlines() if (case / "set.txt").exists() else []
    return [
        word for line in lines for word in (line.split(" ", 1) if line.startswith("--") else ("--set", line))
    ]


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.name)
def test_case(case: Path, imported: Callable[..., None]) -> None:
    imported(case, "helm", "values.yaml", *arguments(case))


@pytest.mark.parametrize("name", ["a3-mega", "everything", "a3-ultra", "a4", "one-node", "faults"])
def test_what_is_printed_compiles(name: str) -> None:
    profile = Path(__file__).parents[1] / "adopt" / "imports" / "helm" / name / "profile.yaml"
    checked = pipeline.analyse("profile.yaml", profile.read_bytes())
    assert checked.plan, checked.diagnostics
    assert pipeline.build(checked.plan)


def test_every_code_of_importing_has_a_case() -> None:
    said = "".join(path.read_text(encoding="utf-8") for path in CASES[0].parent.parent.glob("*/*/stderr.txt"))
    assert [code.id for code in CODES if f"[{code.id}]" not in said] == []


@pytest.mark.parametrize("file", sorted(VALUES.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_upstream_value_has_a_place_or_a_reason(file: Path) -> None:
    values = read_values([(file.name, file.read_bytes())])
    assert [path for path, _ in values.leaves() if entry_of(path) is None] == []


def test_upstream_values_were_found() -> None:
    if not VALUES.exists():
        pytest.skip(MISSING)
    assert len(list(VALUES.glob("*.yaml"))) == 3


def test_every_carried_field_is_a_field_of_the_profile() -> None:
    from r1c.profile import fields

    every = {field.path for field in fields.every()}
    assert {entry.field for entry in TABLE.values() if isinstance(entry, Carried)} <= every
    assert set(profile_text.BLANKS) == {
        field.path
        for field in fields.every()
        if field.required and not field.section and fields.ANY_NAME not in field.path
        # A section that a profile may leave out is not carried.
        if not field.path.startswith(("spec.scaling.", "spec.provisioning."))
    } - {"apiVersion", "kind"}


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("a=b", {"a": "b"}),
        ("a.b.c=d", {"a": {"b": {"c": "d"}}}),
        ("a=1,b=x", {"a": 1, "b": "x"}),
        ("a=true,b=False,c=null,d=0", {"a": True, "b": False, "c": None, "d": 0}),
        ("a=0.85,b=007,c=1e3", {"a": "0.85", "b": "007", "c": "1e3"}),
        ("a=", {"a": ""}),
        ("a={1,x,true}", {"a": [1, "x", True]}),
        ("a={}", {"a": []}),
        ("a={x,y},b=z", {"a": ["x", "y"], "b": "z"}),
        ("a[0].b=c", {"a": [{"b": "c"}]}),
        ("a[2]=x", {"a": [None, None, "x"]}),
        ("a[0][1]=x", {"a": [[None, "x"]]}),
        (r"a=b\,c", {"a": "b,c"}),
        (r"a\.b=c", {"a.b": "c"}),
        (r"nodeSelector.cloud\.google\.com/x=y", {"nodeSelector": {"cloud.google.com/x": "y"}}),
        ("a=b=c", {"a": "b=c"}),
        ("a[0].b=1,a[0].c=2", {"a": [{"b": 1, "c": 2}]}),
    ],
)
def test_set_reads_as_helm_does(text: str, wanted: dict[str, Any]) -> None:
    assert read_values([], [text]).data == wanted


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a", "--set a: a has no value; write KEY=VALUE"),
        ("a,b=1", "--set a,b=1: a has no value; write KEY=VALUE"),
        ("=1", "--set =1: the argument has no value; write KEY=VALUE"),
        ("a[]=x", "--set a[]=x: [] is not an index of a list; write a number from 0, as in a[0]=x"),
        ("a[-1]=x", "--set a[-1]=x: [-1] is not an index of a list; write a number from 0, as in a[0]=x"),
        (
            "a[99999]=x",
            "--set a[99999]=x: [99999] is not an index of a list; write a number from 0, as in a[0]=x",
        ),
        ("a={b", "--set a={b: the list is not closed; close it with }"),
        ("a={b}c", "--set a={b}c: text follows the list; separate assignments with commas"),
    ],
)
def test_set_refuses_what_helm_refuses(text: str, message: str) -> None:
    with pytest.raises(UserError) as error:
        list(parse(text))
    assert str(error.value) == message


def test_files_are_merged_and_set_reaches_into_their_lists() -> None:
    first = b"a:\n  b: 1\n  c: [x]\nmounts:\n  - name:\n    path: /gcs\n"
    second = b"a:\n  c: [y, z]\n  d: yes\n"
    merged = read_values([("one", first), ("two", second)], ["mounts[0].name=bucket"]).data
    assert merged == {
        "a": {"b": 1, "c": ["y", "z"], "d": True},
        "mounts": [{"name": "bucket", "path": "/gcs"}],
    }


def test_set_needs_a_map_where_it_names_one() -> None:
    with pytest.raises(
        UserError, match=r"^--set a\.b=1: a\.b needs a map, but the values have another type there$"
    ):
        read_values([("values.yaml", b"a: text\n")], ["a.b=1"])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"a: [\n", "r1c: values.yaml:2:1: not valid YAML: "),
        (b"a: 1\n", "r1c: not the values of a gpu-recipes vLLM chart: "),
        (b"\xff\n", "r1c: values.yaml:1:1: byte 0xff at offset 0 is not UTF-8\n"),
        (b"- a\n", "r1c: values.yaml:1:1: the file holds a list, not a profile\n"),
        (
            b"apiVersion: v1\nkind: Service\n",
            "r1c: not the values of a gpu-recipes vLLM chart: they have no model, workload or "
            "gpuPlatformSettings; `r1c import manifest` reads Kubernetes objects\n",
        ),
        (
            b"kind: Service\n---\nkind: LeaderWorkerSet\n",
            "r1c: values.yaml: several YAML documents are not Helm values; `r1c import manifest` reads "
            "Kubernetes objects\n",
        ),
        (b"# nothing\n", "r1c: not the values of a gpu-recipes vLLM chart: "),
    ],
)
def test_what_are_no_values_exits_2(
    content: bytes,
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "values.yaml").write_bytes(content)
    assert main(["import", "helm", "values.yaml"]) == 2
    streams = capsys.readouterr()
    assert streams.out == ""
    assert streams.err.startswith(message)


def test_an_unknown_platform_gets_a_suggestion(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["import", "helm", "values.yaml", "--platform", "a3mega"]) == 2
    assert capsys.readouterr().err == "r1c: unknown platform a3mega; did you mean a3-mega?\n"


SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(-(10**20), 10**20), st.text(max_size=12), st.floats(allow_nan=False)
)
ANYTHING = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
    max_leaves=4,
)
PATHS = sorted(
    {key.removesuffix(".**").split(".*")[0] for key in TABLE} | {"vllm", "model", "job", "volumes"}
)


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(st.sampled_from(PATHS), ANYTHING, max_size=6))
def test_any_values_give_a_profile_that_can_be_read(drawn: dict[str, Any]) -> None:
    data: dict[str, Any] = {"model": {"name": "deepseek-ai/DeepSeek-R1"}}
    for path, value in drawn.items():
        here, *parts = data, *path.split(".")
        for part in parts[:-1]:
            here = here.setdefault(part, {}) if isinstance(here, dict) else {}
        if isinstance(here, dict):
            here[parts[-1]] = value
    raw = yaml.safe_dump(data, allow_unicode=False).encode()
    try:
        draft = from_values(read_values([("values.yaml", raw)]), Asked())
    except UserError:
        return
    text = profile_text.write(draft)
    checked = pipeline.analyse("profile.yaml", text.encode())
    assert not [item for item in checked.diagnostics if item.code.startswith("R1C00")], text
    assert yaml.safe_load(text)["kind"] == "Recipe"


def test_no_line_about_what_is_left_out_repeats_a_credential(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    token = "hf_" + "example" * 5
    values = tmp_path / "values.yaml"
    experiments = f"[{{isl: 128, {token}: 128, apiKey: swordfish}}]"
    text = (
        "workload:\n  model: {name: Qwen/Qwen3-8B}\n  gpus: 8\n  image: docker.io/vllm/vllm-openai:v0.10.0\n"
        f"  benchmarks: {{experiments: {experiments}}}\n"
    )
    values.write_text(text, encoding="utf-8")
    main(["import", "helm", str(values)])
    said = capsys.readouterr().err
    assert "not carried" in said
    assert token not in said
    assert "swordfish" not in said
