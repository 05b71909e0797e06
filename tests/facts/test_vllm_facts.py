"""Exact look-ups in the vLLM facts: flags, values, variables and parsers over the versions."""

from __future__ import annotations

import pytest
import yaml

from conftest import REPO
from r1c import pipeline
from r1c.facts import vllm, vllm_history
from r1c.facts.vllm_history import Elsewhere


def flag(name: str, version: str) -> vllm.Flag:
    found = vllm.flag("serve", name, version)
    assert found is not None, f"{version} has no {name}"
    return found


def absent(name: str, *versions: str) -> bool:
    return all(vllm.flag("serve", name, version) is None for version in versions)


@pytest.mark.parametrize(
    ("version", "counts_as"),
    [
        ("v0.6.6.post1", "v0.6.6.post1"),
        ("v0.7.3", "v0.7.3"),
        ("0.7.3", "v0.7.3"),
        ("v0.8.5.post1", "v0.8.5"),
        ("v0.14.1", "v0.14.0"),
        ("v0.33.0", "v0.33.0"),
        ("v0.33.2", "v0.33.0"),
        ("v1.0.0", "v0.33.0"),
        ("v0.6.6", None),
        ("v0.5.4", None),
        ("v0.9.0rc1", None),
        ("latest", None),
        ("main", None),
        ("", None),
    ],
)
def test_a_version_counts_as_the_sampled_one_at_or_below_it(version: str, counts_as: str | None) -> None:
    assert vllm.sampled(version) == counts_as


def test_disable_log_requests_is_a_switch_then_deprecated_then_gone_then_back() -> None:
    assert flag("disable-log-requests", "v0.7.3").kind == "switch"
    assert flag("disable-log-requests", "v0.10.0").deprecated is False
    deprecated = flag("disable-log-requests", "v0.10.1")
    assert (deprecated.kind, deprecated.negative) == ("bool", "--no-disable-log-requests")
    assert (deprecated.deprecated, deprecated.leaving) == (True, "removed in v0.17.0")
    assert flag("disable-log-requests", "v0.16.0").deprecated is True
    assert absent("disable-log-requests", "v0.17.0", "v0.25.0", "v0.32.0")
    assert vllm_history.flag("disable-log-requests", "v0.17.0") == Elsewhere("v0.16.0", "v0.33.0")
    assert vllm_history.removed_in("disable-log-requests", "v0.20.0") == "v0.17.0"
    back = flag("disable-log-requests", "v0.33.0")
    assert (back.deprecated, back.leaving, back.negative) == (False, None, None)


def test_enable_chunked_prefill_can_be_turned_off_from_v0_8_5() -> None:
    assert flag("enable-chunked-prefill", "v0.8.4").negative is None
    assert flag("enable-chunked-prefill", "v0.8.5").kind == "bool"
    assert flag("enable-chunked-prefill", "v0.8.5").negative == "--no-enable-chunked-prefill"


def test_trust_remote_code_is_a_switch_up_to_v0_8_5() -> None:
    assert flag("trust-remote-code", "v0.8.5").kind == "switch"
    assert flag("trust-remote-code", "v0.8.5").negative is None
    assert flag("trust-remote-code", "v0.9.0").kind == "bool"
    assert flag("trust-remote-code", "v0.9.0").negative == "--no-trust-remote-code"


def test_speculative_config_is_text_then_json() -> None:
    assert absent("speculative-config", "v0.7.3", "v0.8.1")
    assert flag("speculative-config", "v0.8.2").kind == "value"
    assert flag("speculative-config", "v0.8.3").kind == "json"
    assert absent("speculative-model", "v0.8.3")
    assert vllm_history.instead("speculative-model") == ("--speculative-config '{...}' (JSON)", None)


def test_rope_scaling_went_in_v0_11_1() -> None:
    assert flag("rope-scaling", "v0.11.0").kind == "json"
    assert absent("rope-scaling", "v0.11.1", "v0.33.0")
    assert vllm_history.flag("rope-scaling", "v0.11.1") == Elsewhere("v0.11.0", None)


def test_device_went_and_was_then_read_as_another_flag() -> None:
    assert flag("device", "v0.8.1").choices == (
        *("auto", "cuda", "neuron", "cpu", "tpu", "xpu", "hpu"),
        "openvino",
    )
    assert "openvino" not in (flag("device", "v0.8.2").choices or ())
    assert absent("device", "v0.10.0", "v0.24.0")
    assert [
        vllm_history.trap("device", version) for version in ("v0.23.0", "v0.24.0", "v0.30.0", "v0.31.0")
    ] == [
        None,
        "device-ids",
        "device-ids",
        None,
    ]


def test_kv_cache_dtype_takes_more_with_time_and_anything_at_last() -> None:
    assert flag("kv-cache-dtype", "v0.7.3").choices == ("auto", "fp8", "fp8_e4m3", "fp8_e5m2")
    assert flag("kv-cache-dtype", "v0.11.0").choices == (
        "auto",
        "bfloat16",
        "fp8",
        "fp8_e4m3",
        "fp8_e5m2",
        "fp8_inc",
    )
    assert flag("kv-cache-dtype", "v0.33.0").choices is None
    assert vllm_history.value("kv-cache-dtype", "fp8_ds_mla", "v0.7.3") == Elsewhere(None, "v0.11.1")
    assert vllm_history.value("kv-cache-dtype", "fp3", "v0.7.3") is None


def test_a_dotted_flag_is_a_value_inside_a_json_flag() -> None:
    assert absent("compilation-config.level", "v0.8.5")
    assert flag("compilation-config.level", "v0.9.0").kind == "value"
    assert absent("max-num-seqs.level", "v0.9.0")
    assert absent("speculative-config.method", "v0.8.0")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("max-model-len", "max-model-len"),
        ("max_model_len", "max-model-len"),
        ("--max-model-len", "max-model-len"),
        ("Max-Model-Len", "max-model-len"),
        ("tp", "tensor-parallel-size"),
        ("-tp", "tensor-parallel-size"),
        ("-O", "compilation-config"),
        ("speculative_config.num_speculative_tokens", "speculative-config.num_speculative_tokens"),
        ("--no_such_flag", "no-such-flag"),
        ("", ""),
    ],
)
def test_a_name_means_a_flag(written: str, meant: str) -> None:
    assert vllm.canonical(written) == meant


def test_max_model_len_takes_more_forms_with_time() -> None:
    assert [vllm.takes_form("max-model-len", "suffix", version) for version in ("v0.8.3", "v0.8.4")] == [
        False,
        True,
    ]
    assert [vllm.takes_form("max-model-len", "auto", version) for version in ("v0.13.0", "v0.14.0")] == [
        False,
        True,
    ]
    assert vllm.form_since("max-num-seqs", "suffix") is None


def test_variables_come_and_go() -> None:
    assert vllm_history.reads("VLLM_ATTENTION_BACKEND", "v0.14.0")
    assert not vllm_history.reads("VLLM_ATTENTION_BACKEND", "v0.15.0")
    assert vllm_history.variable("VLLM_ATTENTION_BACKEND", "v0.15.0") == Elsewhere("v0.14.0", None)
    assert vllm_history.reads("VLLM_USE_V1", "v0.11.0")
    assert not vllm_history.reads("VLLM_USE_V1", "v0.11.1")
    assert vllm_history.variable("VLLM_NOTHING", "v0.15.0") is None
    assert "VLLM_LOGGING_LEVEL" in vllm_history.variables("v0.7.3")


def test_parsers_come_and_go() -> None:
    assert "deepseek_v3" not in vllm_history.parsers("tool", "v0.8.5")
    assert "deepseek_v3" in vllm_history.parsers("tool", "v0.9.0")
    assert vllm_history.parser("reasoning", "glm4_moe", "v0.10.1") == Elsewhere("v0.10.0", None)
    assert vllm_history.parsers("reasoning", "v0.7.0") == ()


def test_where_a_name_is_known_is_said_in_words() -> None:
    assert Elsewhere(None, "v0.9.0").words == "it is available from v0.9.0"
    assert Elsewhere("v0.9.0", None).words == "it was available up to v0.9.0"
    assert Elsewhere("v0.9.0", "v0.33.0").words == "it was available up to v0.9.0, and again from v0.33.0"


def test_engines_and_executors() -> None:
    assert [vllm.has_native(version) for version in ("v0.11.0", "v0.11.1")] == [False, True]
    assert [vllm.ray_in_image(version) for version in ("v0.17.0", "v0.18.0")] == [True, False]
    assert (vllm.engine("v1Since"), vllm.engine("v1Only")) == ("v0.8.0", "v0.11.0")


@pytest.mark.parametrize(
    "version", ["v0.6.6.post1", "v0.7.3", "v0.8.5", "v0.10.1", "v0.17.0", "v0.25.0", "v0.33.0"]
)
def test_a_name_that_is_no_flag_is_refused_by_exactly_one_rule(version: str) -> None:
    """Lowering relies on it: whatever it gets, it can write."""
    ever = [name[2:] for name in vllm.data()["serve"]]
    odd = ["", "x", "no-enable-prefix-caching", "tp", "-q", "--enforce_eager", "max-num-seqs.x", "api_key"]
    names = [name for name in (*ever, *odd, "compilation-config.level") if absent(name, version)]
    base = yaml.safe_load((REPO / "tests" / "base.yaml").read_text(encoding="utf-8"))
    base["spec"]["vllm"] = {"version": version, "args": dict.fromkeys(names, True)}
    checked = pipeline.analyse("base.yaml", yaml.safe_dump(base).encode())
    codes = {f"R1C{number}" for number in range(402, 408)}
    refused = [item.path for item in checked.diagnostics if item.code in codes]
    assert sorted(refused) == sorted(("spec", "vllm", "args", name) for name in names)
