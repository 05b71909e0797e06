"""The parts of the oracle (tools/oracle, bin/test-oracle) that need no vLLM."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import zipfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import yaml
from oracle.ask import Answer, Case, ask
from oracle.asking import VllmEnvironment
from oracle.folders import write_model

from oracle import compare, judge, models, mutate, shrink
from r1c import pipeline
from r1c.facts import vllm
from r1c.lower import launch

REPO = Path(__file__).parents[2]
CONFIGS = models.configs(None)


def made(seed: int, count: int = 20, release: str = "v0.11.0") -> list[tuple[str, mutate.Profile]]:
    bases = mutate.bases(REPO / "profiles")
    return list(mutate.Mutator(release, seed, bases, CONFIGS).profiles(count))


def text(profile: mutate.Profile) -> bytes:
    return yaml.safe_dump(profile, sort_keys=False, allow_unicode=True).encode()


def test_same_seed_makes_the_same_profiles() -> None:
    assert made(7) == made(7)
    assert made(7) != made(8)


def test_profiles_are_read_and_have_a_command_line() -> None:
    for release in ("v0.9.2", "v0.33.0"):
        for name, profile in made(3, 15, release):
            answer = ask(name, text(profile))
            assert profile["spec"]["vllm"]["version"] == release
            assert answer.cases, answer.errors
            assert answer.cases[0].argv[0] == profile["spec"]["model"]["id"]


def test_profiles_hold_what_users_slip_in() -> None:
    """Flags that the release lacks, values of every kind, all forms of a JSON flag, configs."""
    release = "v0.11.0"
    profiles = [profile["spec"] for _, profile in made(11, 400, release)]
    args = [(name, value) for spec in profiles for name, value in spec["vllm"]["args"].items()]
    strays = {name for name, _ in args if not vllm.has("serve", name.partition(".")[0], release)}
    assert {vllm.is_known(name) for name in strays} == {True, False}
    assert {type(value) for _, value in args} >= {bool, dict, float, int, list, str}
    assert any("." in name for name, _ in args)
    assert any(isinstance(value, str) and value.startswith("{") for _, value in args)
    assert any("config" in spec["model"] for spec in profiles)
    assert any(name == "hf-overrides" for name, _ in args)


def test_command_lines_are_those_of_the_pods() -> None:
    raw = (REPO / "tests" / "base.yaml").read_bytes()
    checked = pipeline.analyse("base.yaml", raw)
    assert checked.plan
    (case,) = ask("base", raw).cases
    assert [*case.argv] == launch.leader(checked.plan).args


def test_workers_of_the_native_executor_are_asked_as_well() -> None:
    profile = yaml.safe_load((REPO / "tests" / "base.yaml").read_text(encoding="utf-8"))
    profile["spec"]["vllm"] |= {"version": "v0.12.0", "executor": "native"}
    leader, worker = ask("base", text(profile)).cases
    assert leader.argv[-3:] == ("--nnodes=2", "--master-addr=leader", "--node-rank=0")
    assert worker.argv[-2:] == ("--node-rank=1", "--headless")


def answered(*codes: str) -> Answer:
    return Answer("m", tuple((code, "") for code in codes), (), {}, (case("m:leader"),))


def case(name: str) -> Any:
    return type("Case", (), {"name": name})()


STARTS = {"verdict": "starts", "stage": "done"}
REFUSED = {
    "verdict": "refused",
    "stage": "config",
    "type": "ValueError",
    "message": "max_loras (0) must be >= 1.",
}


def outcome(verdict: dict[str, Any], *codes: str) -> str:
    (row,) = compare.rows([answered(*codes)], {"m:leader": verdict})
    return row.outcome


def test_outcomes() -> None:
    assert outcome(STARTS) == "both accept"
    assert outcome(REFUSED, "R1C432") == "both refuse"
    assert outcome(REFUSED) == "wrong accept"
    assert outcome(STARTS, "R1C432") == "wrong refusal"
    assert outcome(STARTS, "R1C301") == "policy"
    assert outcome(STARTS, "R1C301", "R1C432") == "wrong refusal"
    assert outcome(STARTS, "R1C434") == "policy"
    assert outcome(STARTS, "R1C212") == "policy"
    assert outcome(REFUSED, "R1C303") == "both refuse"
    assert outcome({"verdict": "broken", "message": ""}) == "not judged"
    assert outcome(REFUSED | {"message": "Please install bitsandbytes>=0.46.1"}) == "not judged"
    assert (
        outcome(REFUSED | {"stage": "model", "message": "'NoneType' object is not callable"}) == "both accept"
    )


def test_table_counts_refusals_by_their_cause() -> None:
    answers = [answered("R1C432"), answered("R1C301"), answered(), answered()]
    rows = [row for answer in answers for row in compare.rows([answer], {"m:leader": REFUSED})]
    counts = compare.table(rows)
    assert (counts["both refuse"], counts["wrong accept"], counts["refused with a cause"]) == (2, 2, 1)
    assert compare.recall(counts) == 0.25
    assert compare.recall(compare.table([])) == 1.0


def test_disagreements_are_of_one_kind_whatever_their_numbers() -> None:
    rows = [
        *compare.rows([answered()], {"m:leader": REFUSED}),
        *compare.rows([answered()], {"m:leader": REFUSED | {"message": "max_loras (-3) must be >= 1."}}),
        *compare.rows([answered("R1C432")], {"m:leader": STARTS}),
    ]
    found = compare.disagreements(rows)
    assert [(name, len(items)) for name, items in found.items()] == [
        ("accepted; config, ValueError: max_loras (N) must be >= N", 2),
        ("refused; R1C432", 1),
    ]


def test_what_a_case_starts_ends_with_it() -> None:
    """A module of vLLM that compiles kernels in a process of its own would go on after the case."""
    pid = judge.forked(lambda: subprocess.Popen(["sleep", "600"]).pid)
    with suppress(ProcessLookupError):
        running = os.pidfd_open(pid)
        assert select.select([running], [], [], 60)[0]
        os.close(running)


def test_smaller_profiles_come_first() -> None:
    profile = made(5, 1)[0][1]
    profile["spec"]["vllm"] |= {"args": {"seed": 1, "max-num-seqs": 2}, "env": {"VLLM_USE_V1": "1"}}
    sizes = [
        len(part["spec"]["vllm"].get("args", {})) + len(part["spec"]["vllm"].get("env", {}))
        for part in shrink.candidates(profile)
    ]
    assert sizes == [0, 1, 1, 1, 2, 2, 2, 3]


def test_models_have_the_sizes_of_the_facts() -> None:
    config = CONFIGS["zai-org/GLM-4.5"]
    assert (config["num_hidden_layers"], config["n_routed_experts"]) == (92, 160)
    assert CONFIGS["google/gemma-3-27b-it"]["text_config"]["model_type"] == "gemma3_text"
    assert CONFIGS["deepseek-ai/DeepSeek-V3"]["quantization_config"]["weight_block_size"] == [128, 128]


def test_a_class_is_named_for_the_code_of_a_repository() -> None:
    """Published copies have emptied the name, with which transformers could not find a class."""
    config = {"model_type": "x", "auto_map": {"AutoConfig": "", "AutoModelForCausalLM": ""}}
    named = models._with_code(config)
    assert named["auto_map"] == {"AutoConfig": "configuration.Config"}
    assert models._with_code(CONFIGS["zai-org/GLM-4.5"]) is CONFIGS["zai-org/GLM-4.5"]


_JUDGE = """#!{python}
import json, sys
_, *cases = map(json.loads, sys.stdin)
with open({count!r}, "a") as count:
    count.write(f"{{len(cases)}} ")
for case in cases:
    print(json.dumps({{"name": case["name"], "verdict": "starts"}}), flush=True)
"""


def test_a_verdict_is_kept_until_its_own_model_changes(tmp_path: Path) -> None:
    for name, layers in (("acme/one", 2), ("acme/two", 3)):
        write_model(tmp_path / "models" / name, {"num_hidden_layers": layers})
    python, count = tmp_path / "environment" / "bin" / "python", tmp_path / "count"
    python.parent.mkdir(parents=True)
    python.write_text(_JUDGE.format(python=sys.executable, count=str(count)), encoding="utf-8")
    python.chmod(0o755)
    case = Case("m0:leader", ("acme/one", "--tensor-parallel-size=8"), {}, "acme/one", None)
    answer = Answer("m0", (), (), {"name": "NVIDIA H100"}, (case,))

    def asked() -> str:
        judged = VllmEnvironment(python.parents[1], tmp_path / "models").verdicts([answer])
        assert judged["m0:leader"]["verdict"] == "starts"
        return count.read_text(encoding="utf-8")

    assert asked() == asked() == "1 "
    write_model(tmp_path / "models" / "acme/two", {"num_hidden_layers": 4})
    assert asked() == "1 "
    (tmp_path / "models" / "acme/one" / "hf_quant_config.json").write_text("{}", encoding="utf-8")
    assert asked() == "1 1 "


def test_models_have_what_lies_beside_their_config(tmp_path: Path) -> None:
    wheel = tmp_path / "configs.whl"
    place = "aiconfigurator_core/model_configs/nvidia--DeepSeek-V3.1-NVFP4_"
    config = {"architectures": ["DeepseekV3ForCausalLM"], "model_type": "deepseek_v3"}
    quantized = {"quantization": {"quant_algo": "NVFP4"}}
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr(f"{place}config.json", json.dumps(config))
        archive.writestr(f"{place}hf_quant_config.json", json.dumps(quantized))
    assert models.write(tmp_path / "models", wheel)["nvidia/DeepSeek-V3.1-NVFP4"] == config
    beside = tmp_path / "models" / "nvidia" / "DeepSeek-V3.1-NVFP4" / "hf_quant_config.json"
    assert json.loads(beside.read_text(encoding="utf-8")) == quantized
    assert not list((tmp_path / "models" / "Qwen").rglob("hf_quant_config.json"))


def test_faults_of_the_copies_are_no_refusals() -> None:
    """Step-3.5 computes its gates in float32, Qwen2.5-VL's vision tower is padded for eight GPUs."""
    assert CONFIGS["stepfun-ai/Step-3.5-Flash"]["need_fp32_gate"] is True
    assert CONFIGS["Qwen/Qwen2.5-VL-72B-Instruct"]["vision_config"]["intermediate_size"] % 8 == 0
    kept = CONFIGS["Qwen/Qwen3-Next-80B-A3B-Instruct-FP8"]["quantization_config"]["modules_to_not_convert"]
    assert kept[0] == "model.layers.0.linear_attn.in_proj_ba"
