"""The models of facts/models/: how they are written, what r1c knows of each, and how one is added."""

from __future__ import annotations

import datetime
import json
import math
import re
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import add_model
import model_entry
import pytest

from conftest import REPO
from r1c import facts
from r1c.facts import model_table
from r1c.facts.model import Architecture
from r1c.facts.model_config import architecture

HERE = Path(__file__).parent
FOLDER = REPO / "compiler" / "r1c" / "facts" / "models"
FILES = sorted(FOLDER.glob("*/*.json"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_an_entry_is_written_in_its_one_form(path: Path) -> None:
    entry = json.loads(path.read_text(encoding="utf-8"))
    assert path.read_text(encoding="utf-8") == model_entry.written(entry)
    assert entry["source"]
    assert datetime.date.fromisoformat(entry["date"])
    assert entry["config"]["architectures"] == list(model_table.known(_id(path)).architecture.architectures)


def _id(path: Path) -> str:
    return f"{path.parent.name}/{path.stem}"


def test_every_name_leads_to_its_entry() -> None:
    assert model_table.ids() == tuple(sorted(map(_id, FILES)))
    for known in model_table.all_known():
        for name in (known.id, *known.aliases, *known.former_names):
            assert facts.architecture(name) == known.architecture
    assert facts.architecture("my-org/my-model") is None


def gib(model: Architecture) -> str:
    """Return the weights of the layers, in GiB with one decimal."""
    linears = (linear for layer in model.layers for linear in layer.linears)
    size = sum(
        item.count
        * (item.stored.bytes(item.inputs, item.outputs) if item.stored else 2 * item.inputs * item.outputs)
        for item in linears
    )
    return f"{size / 2**30:,.1f} GiB"


def described(known: model_table.KnownModel) -> str:
    model = known.architecture
    number = f"{known.parameters / 1e9:,.1f} B" if known.parameters else "? B"
    size = f"not sized: {known.unsized}" if known.unsized else f"{len(model.layers)} layers of {gib(model)}"
    method = f", {model.quantization.method}" if model.quantization and not known.unsized else ""
    return f"{known.id}: {number}, {size}{method}, vLLM {known.first_release or '?'}"


def test_what_r1c_knows_of_each(golden: Callable[[Path, str], None]) -> None:
    golden(HERE / "models.txt", "".join(f"{described(known)}\n" for known in model_table.all_known()))


def test_a_model_that_is_not_sized_says_why_and_has_no_figure_in_its_place() -> None:
    for known in model_table.all_known():
        assert known.unsized or (known.architecture.layers and not known.architecture.missing), known.id
    seed = facts.architecture("ByteDance-Seed/Seed-OSS-36B-Instruct")
    assert seed
    assert (seed.unsized, seed.layers, seed.heads) == ("its config.json is not known to r1c", (), ())


@pytest.mark.parametrize("known", model_table.all_known(), ids=lambda known: known.id)
def test_the_stated_parameters_are_those_of_the_layers(known: model_table.KnownModel) -> None:
    """The number that a page states; it may leave out the encoders, and rounds."""
    stated, own = model_table.entry(known.id).get("totalParams"), model_table.parameters(known.architecture)
    encoders = known.architecture.vision_bytes // 2
    if stated and own:
        assert any(math.isclose(stated, number, rel_tol=0.001) for number in (own, own - encoders))


CONFIG: dict[str, Any] = {
    "architectures": ["DeepseekV3ForCausalLM"],
    "model_type": "deepseek_v3",
    "auto_map": {"AutoModel": "modeling.Model", "AutoConfig": "configuration.Config"},
    "bos_token_id": 0,
    "hidden_act": "silu",
    "rms_norm_eps": 1e-06,
    "initializer_range": 0.02,
    "transformers_version": "4.46.3",
    "use_cache": True,
    "hidden_size": 7168,
    "num_hidden_layers": 4,
    "num_attention_heads": 128,
    "q_lora_rank": None,
    "kv_lora_rank": 512,
    "vocab_size": 129280,
    "max_position_embeddings": 163840,
}
BESIDE = {
    "producer": {"name": "modelopt", "version": "0.29.0"},
    "quantization": {
        "quant_algo": "NVFP4",
        "group_size": 16,
        "kv_cache_quant_algo": "FP8",
        "exclude_modules": [
            "lm_head",
            "model.layers.3.mlp.experts.0.up_proj",
            "model.layers.3.mlp.experts.1.up_proj",
        ],
    },
}


def added(tmp_path: Path, *more: str, config: Any = CONFIG) -> str:
    (tmp_path / "config.json").write_text(json.dumps(config), encoding="utf-8")
    arguments = [
        "my-org/my-model",
        str(tmp_path / "config.json"),
        "--source",
        "a test",
        "--date",
        "2026-11-28",
    ]
    path = add_model.add(tmp_path / "models", add_model.parser().parse_args([*arguments, *more]))
    return path.read_text(encoding="utf-8")


def test_a_model_is_added_from_its_config(tmp_path: Path, golden: Callable[[Path, str], None]) -> None:
    for name, content in (
        ("hf_quant_config.json", BESIDE),
        ("tokenizer_config.json", {"auto_map": {"AutoTokenizer": ["tokenization.Tokenizer", None]}}),
        ("model.safetensors.index.json", {"metadata": {"total_size": 12345}, "weight_map": {}}),
    ):
        (tmp_path / name).write_text(json.dumps(content), encoding="utf-8")
    text = added(
        tmp_path,
        *("--quantization", str(tmp_path / "hf_quant_config.json")),
        *("--tokenizer", str(tmp_path / "tokenizer_config.json")),
        *("--index", str(tmp_path / "model.safetensors.index.json")),
        *("--alias", "my-org/the-same", "--since", "v0.12.0", "--gated"),
    )
    golden(HERE / "added.json", text)
    again = added(tmp_path)
    kept = ("aliases", "since", "checkpointBytes", "gated", "remoteCode")
    assert {key: json.loads(again)[key] for key in kept} == {key: json.loads(text)[key] for key in kept}


def test_what_is_said_of_an_added_model(tmp_path: Path) -> None:
    entry = json.loads(added(tmp_path, "--bytes", "700"))
    assert list(add_model.said("my-org/my-model", entry)) == [
        "my-org/my-model: 4 layers, 15.6 B parameters, bfloat16, 163,840 positions, 700 bytes of files",
        "DeepseekV3ForCausalLM: vLLM since v0.6.6",
        "code of its repository: AutoConfig, AutoModel",
    ]
    entry = json.loads(added(tmp_path, "--unsized", "it is a test"))
    assert next(add_model.said("my-org/my-model", entry)) == (
        "my-org/my-model: r1c does not estimate its memory, because it is a test"
    )


def test_trimming_changes_nothing_that_is_read() -> None:
    for path in sorted((HERE / "configs").glob("*.json")):
        config = json.loads(path.read_text(encoding="utf-8"))
        own = {key: value for key, value in config.items() if key != "hf_quant_config"}
        trimmed = model_entry.trimmed(own, config.get("hf_quant_config"))
        assert architecture("my-org/my-model", trimmed) == architecture("my-org/my-model", config), path.name


def test_the_page_names_every_option() -> None:
    page = (REPO / "docs" / "adding-a-model.md").read_text(encoding="utf-8")
    options = [option for action in add_model.parser()._actions for option in action.option_strings]
    assert [option for option in options if option not in page] == ["-h", "--help"]
    (command,) = re.findall(r"^python tools/add_model.py (.*)$", page, re.MULTILINE)
    given = add_model.parser().parse_args(shlex.split(command))
    assert (given.id, given.date.isoformat()) == ("deepseek-ai/DeepSeek-V3.2", "2026-11-28")


def test_an_id_that_is_not_a_repository_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["../models/x", "config.json", "--source", "a test", "--date", "2026-11-28"]
    assert add_model.main(asked) == 2
    assert (
        capsys.readouterr().err == "add_model.py: ../models/x is not a repository of Hugging Face, ORG/NAME\n"
    )
