"""`r1c import recipe`: what it prints and says, case by case; no value of a recipe is left unsaid."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from r1c import pipeline
from r1c.adopt import profile_text
from r1c.adopt.manifest.account import leaves
from r1c.adopt.profile_draft import Asked
from r1c.adopt.recipe.convert import from_recipe, read_recipe
from r1c.commands.imports import notes
from r1c.diagnostics import UserError
from r1c.emit.yaml import to_yaml

CASES = sorted((Path(__file__).parent / "imports" / "recipe").iterdir())
MINIMAL = "model: {model_id: a/b, min_vllm_version: 0.10.0}\n"


def options(case: Path) -> list[str]:
    """Read options.txt: an option and its value a line."""
    file = case / "options.txt"
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    return [word for line in lines for word in line.split(" ", 1)]


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.name)
def test_case(case: Path, imported: Callable[..., None]) -> None:
    imported(case, "recipe", "recipe.yaml", *options(case))


BLANKS = {
    "project": "my-project",
    "name": "my-cluster",
    "region": "us-central1",
    "registry": "us-central1-docker.pkg.dev/my-project/my-repo",
    "bucket": "my-bucket",
}


@pytest.mark.parametrize("name", ["moe", "several-nodes", "experts", "data-experts", "data-nodes"])
def test_a_profile_compiles_once_its_blanks_are_filled_in(name: str) -> None:
    case = next(case for case in CASES if case.name == name)
    text = (case / "profile.yaml").read_text(encoding="utf-8")
    for key, value in BLANKS.items():
        text = text.replace(f"    {key}: #", f"    {key}: {value} #")
    checked = pipeline.analyse("profile.yaml", text.encode())
    assert checked.plan, checked.diagnostics
    assert checked.plan.group.ranks == (4 if name == "moe" else checked.plan.group.gpus)
    assert pipeline.build(checked.plan)


@pytest.mark.parametrize(
    ("case", "platform", "strategy", "message"),
    [
        (
            "experts", "a3-ultra", "pd_cluster",
            "--strategy pd_cluster: it needs separate groups for prefill and decode, and a profile has one "
            "kind of group; the recipe also has single_node_tp, single_node_tep, single_node_dep and "
            "multi_node_dep",
        ),
        (
            "data-nodes", "a3-mega", "multi_node_tp_pp",
            "the recipe has no strategy multi_node_tp_pp for this hardware; it has multi_node_dep and "
            "multi_node_tep",
        ),
        (
            "open", None, "single_node_tp",
            "--strategy needs a platform: the parallel sizes depend on it; add --platform",
        ),
        (
            "several-nodes", "a3-mega", "single_node_tp",
            "single_node_tp is for one node, but the model needs 2 nodes of a3-mega",
        ),
    ],
)  # fmt: skip
def test_a_strategy_that_does_not_fit_is_refused(
    case: str, platform: str | None, strategy: str, message: str
) -> None:
    path = next(one for one in CASES if one.name == case) / "recipe.yaml"
    document = read_recipe("recipe.yaml", path.read_bytes())
    asked = Asked(platform=platform)
    with pytest.raises(UserError) as raised:
        from_recipe(document, asked, wanted=strategy)
    assert str(raised.value) == message


def test_a_strategy_for_several_nodes_takes_two_where_one_holds_the_model() -> None:
    path = next(one for one in CASES if one.name == "experts") / "recipe.yaml"
    document = read_recipe("recipe.yaml", path.read_bytes())
    fields = from_recipe(document, Asked(platform="a3-ultra"), wanted="multi_node_dep").fields
    args = ("spec", "vllm", "args")
    assert fields["spec", "nodes"] == 2
    assert fields["spec", "parallelism", "tensor"] == 1
    assert fields[*args, "data-parallel-size"] == 16
    assert fields[*args, "enable-expert-parallel"] is True


def said(data: Any, asked: Asked, variant: str) -> str:
    """Return everything that an import of changed data says."""
    document = read_recipe("recipe.yaml", to_yaml(data).encode())
    draft = from_recipe(document, asked, variant)
    found = "".join(f"{finding.message}\n{finding.help}\n" for _, finding in draft.findings)
    return profile_text.write(draft) + notes(draft.dropped, ()) + found


def changes() -> Iterator[Any]:
    for case in CASES:
        data = read_recipe("recipe.yaml", (case / "recipe.yaml").read_bytes()).data
        for path, value in leaves(data):
            shown = "-".join(map(str, path))
            yield pytest.param(data, path, value, id=f"{case.name}-{shown}")


def replaced(data: Any, path: tuple[str | int, ...], value: Any) -> Any:
    if not path:
        return value
    keys = data.items() if isinstance(data, dict) else enumerate(data)
    pairs = [(key, replaced(one, path[1:], value) if key == path[0] else one) for key, one in keys]
    return dict(pairs) if isinstance(data, dict) else [one for _, one in pairs]


@pytest.mark.parametrize(("data", "path", "value"), list(changes()))
@pytest.mark.parametrize("platform", [None, "a3-ultra", "a4"])
def test_every_value_changes_what_is_said_or_is_named(
    data: Any, path: tuple[str | int, ...], value: Any, platform: str | None
) -> None:
    asked = Asked(platform=platform)
    before = said(data, asked, "default")
    other = value + 1 if type(value) is int else f"{value}zz9"
    dotted = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)[1:]
    if dotted in before or (dotted.rpartition("[")[0] in before.replace("not carried", "") and "[" in dotted):
        return
    try:
        assert said(replaced(data, path, other), asked, "default") != before, dotted
    except UserError:
        return


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        (
            "DeepSeek-V3.md",
            "# DeepSeek\n",
            "DeepSeek-V3.md: r1c reads the recipes in YAML, models/ORGANISATION/MODEL.yaml of "
            "vllm-project/recipes",
        ),
        (
            "Llama3.3_Hopper.yaml",
            "kv-cache-dtype: fp8\n",
            "Llama3.3_Hopper.yaml: not a recipe of vllm-project/recipes: it has no model.model_id; its "
            "recipes are the files models/ORGANISATION/MODEL.yaml",
        ),
        (
            "wan.yaml",
            f"meta: {{tasks: [omni]}}\n{MINIMAL}",
            "wan.yaml: the recipe is for vLLM-Omni; r1c compiles recipes for vLLM",
        ),
        ("bad.yaml", "model: [\n", "bad.yaml:2:1: not valid YAML: expected a value, got this"),
    ],
)
def test_what_is_no_recipe_ends_with_one_sentence(name: str, text: str, message: str) -> None:
    with pytest.raises(UserError) as raised:
        read_recipe(name, text.encode())
    assert str(raised.value) == message


def test_an_unknown_variant_is_named_with_those_there_are() -> None:
    document = read_recipe("recipe.yaml", (CASES[-1] / "recipe.yaml").read_bytes())
    with pytest.raises(UserError, match="the recipe has no variant fp4; it has default and nvfp4"):
        from_recipe(document, Asked(), "fp4")


@pytest.mark.parametrize(
    "part",
    [
        "variants: 1", "variants: {default: 2}", "features: {a: 1, b: {modes: 3}, c: {modes: {d: 4}}}",
        "hardware_overrides: [1]", "meta: 5", "strategy_overrides: {single_node_tp: 1}",
        "compatible_strategies: {a: 1}", "dependencies: [[1], {a: [{}]}]", "opt_in_features: x",
    ],
)  # fmt: skip
@pytest.mark.parametrize("platform", [None, "a4"])
def test_a_part_of_another_type_is_no_crash(part: str, platform: str | None) -> None:
    document = read_recipe("recipe.yaml", f"{MINIMAL}{part}\n".encode())
    draft = from_recipe(document, Asked(platform=platform))
    assert part.partition(":")[0] in notes(draft.dropped, ()) or draft.fields
