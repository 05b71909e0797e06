"""Models against releases: what ordinary mistakes of version, flags and machine are told, word for word."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from conftest import REPO
from r1c import facts, pipeline
from r1c.diagnostics import Severity
from r1c.facts import nccl, vllm, vllm_models, vllm_releases


def profile(
    model: str, version: str, platform: str = "a3-mega", pipeline_: int = 1, tensor: int = 8, **args: Any
) -> bytes:
    data = yaml.safe_load((REPO / "tests" / "base.yaml").read_text(encoding="utf-8"))
    spec = data["spec"]
    spec["platform"], spec["model"] = platform, {"id": model}
    flags = {name.replace("_", "-"): value for name, value in args.items()}
    spec["vllm"] = {"version": version, "args": {"max-model-len": 32768, **flags}}
    spec["parallelism"] = {"tensor": tensor, "pipeline": pipeline_}
    spec.pop("nodes", None)
    return yaml.safe_dump(data).encode()


def told(content: bytes, *severities: Severity) -> list[tuple[str, str, str]]:
    checked = pipeline.analyse("x.yaml", content)
    wanted = severities or (Severity.ERROR,)
    return [(item.code, item.message, item.help) for item in checked.diagnostics if item.severity in wanted]


@pytest.mark.parametrize(
    ("model", "version", "pipeline_", "architecture", "first"),
    [
        ("zai-org/GLM-4.5", "v0.9.2", 2, "Glm4MoeForCausalLM", "v0.10.0"),
        ("openai/gpt-oss-120b", "v0.9.2", 1, "GptOssForCausalLM", "v0.10.1"),
        ("openai/gpt-oss-20b", "v0.7.3", 1, "GptOssForCausalLM", "v0.10.1"),
        (
            "meta-llama/Llama-4-Scout-17B-16E-Instruct",
            "v0.7.3",
            1,
            "Llama4ForConditionalGeneration",
            "v0.8.3",
        ),
        ("google/gemma-3-27b-it", "v0.7.3", 1, "Gemma3ForConditionalGeneration", "v0.8.0"),
        ("Qwen/Qwen3-32B", "v0.7.3", 1, "Qwen3ForCausalLM", "v0.8.4"),
        ("Qwen/Qwen3-8B", "v0.6.6.post1", 1, "Qwen3ForCausalLM", "v0.8.4"),
        ("Qwen/Qwen3-235B-A22B", "v0.7.3", 1, "Qwen3MoeForCausalLM", "v0.8.4"),
        ("Qwen/Qwen3-235B-A22B", "v0.8.3", 2, "Qwen3MoeForCausalLM", "v0.8.4"),
    ],
)
def test_a_model_newer_than_the_release_is_refused(
    model: str, version: str, pipeline_: int, architecture: str, first: str
) -> None:
    errors = told(profile(model, version, pipeline_=pipeline_))
    assert (
        "R1C441",
        f"vLLM {version} does not serve {architecture}, the architecture of {model}; {first} is the first "
        "release that does",
        f"use {first} or newer",
    ) in errors


def test_an_architecture_of_no_release_is_refused_where_it_is_written() -> None:
    overrides = {"architectures": ["FooForCausalLM"]}
    errors = told(
        profile(
            "meta-llama/Llama-4-Maverick-17B-128E-Instruct-FP8", "v0.11.0", "a3-ultra", hf_overrides=overrides
        )
    )
    expected = ("R1C441", "no vLLM release serves FooForCausalLM", "write an architecture that vLLM serves")
    assert errors == [expected]


def test_lora_on_a_model_that_does_not_take_it_is_refused() -> None:
    errors = told(profile("openai/gpt-oss-120b", "v0.11.0", enable_lora=True))
    (error,) = [error for error in errors if error[0] == "R1C444"]
    assert error[1].startswith("GptOssForCausalLM does not support LoRA in vLLM v0.11.0; v0.")
    errors = told(profile("deepseek-ai/DeepSeek-R1", "v0.7.3", pipeline_=2, enable_lora=True))
    assert "R1C444" in [error[0] for error in errors]


@pytest.mark.parametrize(
    ("model", "version", "platform", "message", "help_"),
    [
        (
            "deepseek-ai/DeepSeek-R1",
            "v0.7.3",
            "a3-ultra",
            "vLLM v0.7.3 does not know its config type deepseek_v3",
            "add trust-remote-code: true to vllm.args, or use v0.8.3 or newer",
        ),
        (
            "deepseek-ai/DeepSeek-V2-Lite",
            "v0.9.2",
            "a3-ultra",
            "vLLM v0.9.2 does not know its config type deepseek_v2",
            "add trust-remote-code: true to vllm.args, or use v0.10.0 or newer",
        ),
        (
            "moonshotai/Kimi-K2-Instruct",
            "v0.11.0",
            "a4",
            "vLLM v0.11.0 does not know its config type kimi_k2; code in its repository reads its tokenizer",
            "add trust-remote-code: true to vllm.args",
        ),
        (
            "moonshotai/Kimi-K2-Instruct",
            "v0.33.0",
            "a4",
            "code in its repository reads its tokenizer",
            "add trust-remote-code: true to vllm.args",
        ),
    ],
)
def test_code_of_the_repository_needs_trust(
    model: str, version: str, platform: str, message: str, help_: str
) -> None:
    (error,) = [error for error in told(profile(model, version, platform)) if error[0] == "R1C443"]
    assert error == ("R1C443", f"{model} needs trust-remote-code: {message}", help_)
    assert not [
        error
        for error in told(profile(model, version, platform, trust_remote_code=True))
        if error[0] == "R1C443"
    ]


def test_b200_needs_the_first_release_for_cuda_12_8() -> None:
    errors = told(profile("deepseek-ai/DeepSeek-R1", "v0.8.5", "a4"))
    expected = (
        "R1C446",
        "vLLM v0.8.5 has no kernels for the NVIDIA B200 (SXM) of a4 (compute capability 10.0); v0.9.0 is the "
        "first release that has them",
        "use v0.9.0 or newer",
    )
    assert errors == [expected]


def test_kimi_k2_on_a_release_before_it_is_warned_of() -> None:
    content = profile("moonshotai/Kimi-K2-Instruct", "v0.7.3", "a3-ultra", 2, trust_remote_code=True)
    assert (
        "R1C447",
        "vLLM v0.7.3 is older than v0.10.0, the first release known to serve moonshotai/Kimi-K2-Instruct",
        "use v0.10.0 or newer",
    ) in told(content, Severity.WARNING)


@pytest.mark.parametrize("version", ["v0.9.0.1", "v0.10.1.1", "0.10.1.1", "v0.8.5.post1", "v0.28.0"])
def test_published_releases_are_taken(version: str) -> None:
    assert told(profile("deepseek-ai/DeepSeek-R1", version, "a3-ultra")) == []


@pytest.mark.parametrize(
    ("version", "nearest"),
    [
        ("v0.7.4", ("v0.7.3", "v0.8.0")),
        ("v0.7.3.post1", ("v0.7.3", "v0.8.0")),
        ("v0.8.9", ("v0.8.5.post1", "v0.9.0")),
        ("v0.9.3", ("v0.9.2", "v0.10.0")),
        ("v0.9.0.2", ("v0.9.0.1", "v0.9.1")),
        ("v0.10.3", ("v0.10.2", "v0.11.0")),
        ("v0.12.7", ("v0.12.0", "v0.13.0")),
    ],
)
def test_versions_that_never_were_are_refused(version: str, nearest: tuple[str, str]) -> None:
    errors = told(profile("deepseek-ai/DeepSeek-R1", version, "a3-ultra", trust_remote_code=True))
    help_ = f"use {nearest[0]} or {nearest[1]}, the nearest releases"
    assert errors == [("R1C445", f"vLLM {version} was never published", help_)]


def test_a_version_above_all_is_a_warning() -> None:
    newer = told(profile("deepseek-ai/DeepSeek-R1", "v0.34.0", "a3-ultra"), Severity.ERROR, Severity.WARNING)
    assert [item[0] for item in newer] == ["R1C413"]


def test_four_numbers_are_ordered_between_their_neighbours() -> None:
    order = ["v0.10.1", "v0.10.1.1", "v0.10.1.1.post1", "v0.10.2"]
    keys = [vllm.key(version) or () for version in order]
    assert keys == sorted(keys)
    assert vllm.sampled("v0.10.1.1") == "v0.10.1.1"
    assert vllm.sampled("v0.9.0.1") == "v0.9.0"
    assert vllm_models.read("v0.10.1.1") == "v0.10.1.1"


@pytest.mark.parametrize(
    ("version", "release"),
    [
        ("v0.7.3", "v1.0.8-1"),
        ("v0.8.5", "v1.0.8-1"),
        ("v0.9.2", "v1.0.12"),
        ("v0.10.1.1", "v1.0.12"),
        ("v0.10.2", "v1.0.15"),
        ("v0.11.0", "v1.0.15"),
        ("v0.19.1", "v1.0.15"),
        ("v0.22.0", "v1.0.17"),
        ("v0.33.0", "v1.0.17"),
    ],
)
def test_the_plugin_follows_the_nccl_of_the_release(version: str, release: str) -> None:
    mega = facts.platform("a3-mega")
    assert nccl.default_release(mega, version) == release
    assert nccl.default_release(facts.platform("a3-ultra"), version) == "v1.0.6"
    under = vllm_releases.stack(version)
    assert under is not None
    assert (release in nccl.fitting("tcpxo", under)) is (version != "v0.33.0")


def test_nccl_by_release() -> None:
    stacks = [
        vllm_releases.stack(version) for version in ("v0.7.3", "v0.9.2", "v0.10.2", "v0.22.1", "v0.33.0")
    ]
    assert [(under.torch, under.cuda, under.nccl) for under in stacks if under] == [
        ("2.5.1", "12.4", "2.21.5"),
        ("2.7.0", "12.6", "2.26.2"),
        ("2.8.0", "12.8", "2.27.3"),
        ("2.11.0", "13.0", "2.28.9"),
        ("2.14.0", "13.0", "2.31.2"),
    ]


def test_what_cannot_start_gets_no_plan() -> None:
    checked = pipeline.analyse("x.yaml", profile("openai/gpt-oss-120b", "v0.9.2"))
    assert checked.plan is None


def test_a_release_without_flags_of_its_own_is_held_against_the_first_one_with_experts() -> None:
    # v0.27.1 has the flags of v0.27.0, but classes of its own.
    assert told(profile("nvidia/NVIDIA-Nemotron-3-Nano-30B-A3B-FP8", "v0.27.1")) == []
    codes = [
        message for _, message, _ in told(profile("nvidia/NVIDIA-Nemotron-3-Nano-30B-A3B-FP8", "v0.11.0"))
    ]
    assert any("serves NemotronHForCausalLM without experts" in message for message in codes)
