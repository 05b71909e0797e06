"""`r1c explain` of what r1c knows: lists, a model, a platform, a release, and a flag of vLLM, by name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from r1c import facts
from r1c.capacity import estimate
from r1c.cli import main
from r1c.commands import explain_flag, explain_lists, explain_model
from r1c.facts import model_table, vllm, vllm_releases
from r1c.facts.flag_words import value_of_flag
from r1c.facts.vllm_spans import Span, having

HERE = Path(__file__).parent / "explain"
Golden = Callable[[Path, str], None]
Capture = pytest.CaptureFixture[str]

NAMES = {
    "models": "models",
    "platforms": "platforms",
    "releases": "releases",
    "regions": "regions",
    "deepseek-r1": "deepseek-ai/DeepSeek-R1",
    "llama-4-scout": "meta-llama/Llama-4-Scout-17B-16E-Instruct",
    "a3-mega": "a3-mega",
    "a4": "a4",
    "v0.26.0": "v0.26.0",
    "max-num-seqs": "--max-num-seqs",
    "tensor-parallel-size": "-tp",
    "enable-reasoning": "enable_reasoning",
    "kv-cache-dtype": "kv-cache-dtype",
    "disable-log-requests": "--no-disable-log-requests",
    "speculative-config": "--speculative-config.method=ngram",
    "nccl-debug": "NCCL_DEBUG",
    "nccl-of-a-plugin": "NCCL_FASTRAK_NUM_FLOWS",
    "nccl-of-some-releases": "NCCL_ALLGATHERV_ENABLE",
    "vllm-use-v1": "VLLM_USE_V1",
    "vllm-port": "VLLM_PORT",
}


def explained(capsys: Capture, name: str) -> str:
    assert main(["explain", name]) == 0
    return capsys.readouterr().out


@pytest.mark.parametrize("name", NAMES)
def test_exact_text(name: str, capsys: Capture, golden: Golden) -> None:
    golden(HERE / f"{name}.out", explained(capsys, NAMES[name]))


@pytest.mark.parametrize(
    ("misspelt", "meant"),
    [
        ("deepseek-ai/deepseek-r1", "deepseek-ai/DeepSeek-R1"),
        ("deepseek-ai/DeepSek-R1", "deepseek-ai/DeepSeek-R1"),
        ("a3mega", "a3-mega"),
        ("platfroms", "platforms"),
        ("--max-num-sequences", "--max-num-seqs"),
        ("VLLM_LOGING_LEVEL", "VLLM_LOGGING_LEVEL"),
    ],
)
def test_a_misspelt_name_gets_a_suggestion(misspelt: str, meant: str, capsys: Capture) -> None:
    assert main(["explain", misspelt]) == 2
    assert capsys.readouterr().err == f"r1c: unknown name {misspelt}; did you mean {meant}?\n"


def test_a_release_with_another_digit_is_another_release(capsys: Capture) -> None:
    assert main(["explain", "v0.26.9"]) == 2
    assert "did you mean" not in capsys.readouterr().err


def test_every_name_of_a_model_leads_to_its_page() -> None:
    """Of every sixth model: docs/support.md has the groups of all."""
    for model in model_table.all_known()[::6]:
        page = explain_model.page(model)
        assert page.startswith(f"{model.id}\n")
        for name in (*model.aliases, *model.former_names):
            assert explain_lists.find(name) == page


def test_a_flag_with_the_name_of_a_field_is_explained_with_its_dashes(capsys: Capture) -> None:
    assert explained(capsys, "--port").startswith("--port\nFlag of `vllm serve`\n")
    assert explained(capsys, "port").startswith("spec.service.port\n")


def test_a_word_with_a_dash_is_a_flag_only_where_a_command_takes_flags(capsys: Capture) -> None:
    assert main(["plan", "--max-num-seqs"]) == 2
    assert "No such option" in capsys.readouterr().err


@pytest.mark.parametrize("release", [vllm.versions()[0], "v0.10.1", vllm.versions()[-1]])
def test_the_page_of_a_flag_agrees_with_the_facts_of_a_release(release: str) -> None:
    """What a span of the page says, the table of that release says too."""
    for name in vllm.names("serve", release)[::9]:
        flag = vllm.flag("serve", name, release)
        assert flag
        page = " ".join(explain_flag.find(f"--{name}").split())  # type: ignore[union-attr]
        assert value_of_flag(flag) in page
        assert all(choice in page for choice in flag.choices or ())
        assert not flag.negative or f"Turned off by {flag.negative}" in page


def test_spans_name_their_releases() -> None:
    versions = vllm.versions()
    assert Span(versions[0], versions[-1]).words == ""
    assert Span(versions[0], "v0.9.2").words == "up to v0.9.2"
    assert Span("v0.9.2", versions[-1]).words == "from v0.9.2"
    assert Span("v0.9.2", "v0.9.2").words == "in v0.9.2"
    assert [(span.first, span.last) for span in having(lambda version: version.startswith("v0.9."))] == [
        ("v0.9.0", "v0.9.2")
    ]


def test_every_name_has_an_answer() -> None:
    names = explain_lists.names()
    assert {*facts.platforms(), *facts.models(), *vllm_releases.published(), "models"} <= set(names)
    assert {"max-num-seqs", "VLLM_USE_V1"} <= set(names)
    shown = [explain_lists.find(name) for name in names if name not in facts.models()]
    assert all(text and text.endswith("\n") and "None" not in text for text in shown)


@pytest.mark.parametrize("platform", facts.platforms())
def test_the_smallest_group_is_that_of_init_and_its_cache_that_of_plan(
    platform: str, tmp_path: Path, capsys: Capture
) -> None:
    """The page, `r1c init` and `r1c plan` say the same of a model, by one estimate."""
    model = "zai-org/GLM-4.5"
    fit = next(fit for fit in explain_model.fits(model) if fit.platform == platform)
    assert main(["init", "group", "--platform", platform, "--model", model, "--quiet"]) == 0
    profile = yaml.safe_load(capsys.readouterr().out)
    written = profile["spec"]
    shape = written["parallelism"]["tensor"], written["parallelism"].get("pipeline", 1)
    assert (fit.plan.group.tensor, fit.plan.group.pipeline) == shape
    assert fit.plan.server.version == written["vllm"]["version"]
    written["cluster"] = {"project": "my-project", "name": "my-cluster", "region": "us-central1"}
    written["image"] = {"registry": "us-central1-docker.pkg.dev/my-project/my-repo"}
    written["storage"] = {"bucket": "my-bucket"}
    path = tmp_path / "group.yaml"
    path.write_text(yaml.safe_dump(profile), encoding="utf-8")
    assert main(["plan", str(path), "--quiet"]) == 0
    capacity = estimate(fit.plan)
    assert capacity is not None
    assert f"\nKV cache      {capacity.tokens} tokens\n" in capsys.readouterr().out
    assert f"{capacity.tokens} tokens\n" in explain_model.page(model_table.known(model))
