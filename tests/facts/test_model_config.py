"""config.json -> each layer, what it caches and how its weights are stored.

Every file of tests/facts/configs/ shows one thing that a config.json may say; the text beside it is how r1c
reads it.
"""

from __future__ import annotations

import itertools
import json
import string
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from r1c import facts
from r1c.facts import model_table
from r1c.facts.model import Architecture, Layer, Linear
from r1c.facts.model_config import architecture, fields

CONFIGS = sorted((Path(__file__).parent / "configs").glob("*.json"))


def described(model: Architecture) -> str:
    """Write a model as its runs of layers that are alike."""
    lines = [
        f"{model.model_type}: {model.num_hidden_layers} layers, hidden size {model.hidden_size}, vocabulary "
        f"{model.vocab_size}, {model.max_position_embeddings} positions",
        f"tied embeddings: {model.tie_word_embeddings}; head {_stored(model.head)}; "
        f"encoders {model.vision_bytes} bytes; quantization {_method(model)}",
    ]
    if model.unsized:
        lines.append(f"not sized: {model.unsized}")
    numbered = enumerate(model.layers)
    for layer, run in itertools.groupby(numbered, key=lambda item: item[1]):
        numbers = [number for number, _ in run]
        shown = f"{numbers[0]}" if len(numbers) == 1 else f"{numbers[0]}-{numbers[-1]}"
        lines += [f"layer {shown}", *(f"  {line}" for line in _layer(layer))]
    return "\n".join(lines) + "\n"


def _layer(layer: Layer) -> list[str]:
    lines = [str(item) for item in (layer.mixer, layer.mlp) if item is not None]
    lines += [_linear(linear) for linear in layer.linears]
    return [*lines, f"plain {layer.plain}, float32 {layer.floats}"]


def _linear(linear: Linear) -> str:
    count = f"{linear.count} x " if linear.count > 1 else ""
    units = f" of {linear.units}" if linear.units else ""
    bias = ", bias" if linear.bias else ""
    return (
        f"{linear.name} ({linear.part}): {count}{linear.inputs} -> {linear.outputs}, {linear.split}{units}"
        f"{bias}, {_stored(linear.stored)}"
    )


def _stored(form: Any) -> str:
    if form is None:
        return "as the model"
    share = f"{form.rows or 'all'} x {form.group or 'all'}"
    return f"{form.method} {form.bits} bits" + (f", {form.scale} bits for {share}" if form.scale else "")


def _method(model: Architecture) -> str:
    own = model.quantization
    return f"{own.method} ({own.declared})" if own else "none"


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_config(path: Path, golden: Callable[[Path, str], None]) -> None:
    config = json.loads(path.read_text(encoding="utf-8"))
    golden(path.with_suffix(".out"), described(architecture("my-org/my-model", config)))


def test_a_model_of_the_facts_reads_as_its_config() -> None:
    known = facts.architecture("deepseek-ai/DeepSeek-R1")
    assert known is not None
    assert known.place == "facts/models/deepseek-ai/DeepSeek-R1.json"
    own = architecture(known.id, model_table.entry(known.id)["config"])
    assert own.layers == known.layers
    assert (known.checkpoint_bytes, own.checkpoint_bytes) == (688586727753, None)


def read(name: str, **changes: Any) -> Architecture:
    path = Path(__file__).parent / "configs" / f"{name}.json"
    return architecture("my-org/my-model", json.loads(path.read_text(encoding="utf-8")) | changes)


def test_yarn_makes_a_model_longer_and_llama3_does_not() -> None:
    yarn = {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 32768}
    llama3 = {"rope_type": "llama3", "factor": 8.0, "original_max_position_embeddings": 8192}
    assert read("dense", rope_scaling=llama3).max_position_embeddings == 4096
    assert read("dense", rope_scaling=yarn).max_position_embeddings == 131072


def test_null_is_not_the_default_of_the_type() -> None:
    assert (
        read("latent-without-compressed-queries").layers[0].mixer
        == read("latent", q_lora_rank=None).layers[0].mixer
    )


def test_layers_that_are_alike_are_one_object() -> None:
    layers = read("latent", num_hidden_layers=61).layers
    assert len({id(layer) for layer in layers}) == 2


def test_the_list_of_a_large_checkpoint_is_read_in_a_moment() -> None:
    """Names of modules are sorted by layer, so that 60 layers of 768 modules are not compared with each."""
    modules = [
        f"model.layers.{layer}.mlp.experts.{expert}.up_proj" for layer in range(60) for expert in range(256)
    ]
    own = {name: {"quant_algo": "NVFP4"} for name in modules}
    config = {"quant_method": "modelopt", "quant_algo": "MIXED_PRECISION", "quantized_layers": own}
    model = read("experts-on-every-second-layer", num_hidden_layers=60, quantization_config=config)
    stored = {linear.name: linear.stored for linear in model.layers[3].linears}
    assert stored["mlp.experts.0.up_proj"] is not None
    assert stored["mlp.experts.0.down_proj"] is None


JUNK: Any = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=3),
    st.lists(st.one_of(st.none(), st.integers(-2, 3), st.text(max_size=2)), max_size=5),
    st.dictionaries(st.text(max_size=4), st.integers(), max_size=2),
)
DATA = [json.loads(path.read_text(encoding="utf-8")) for path in CONFIGS]
KEYS = sorted({key for config in DATA for key in config} - {"architectures"})


@given(config=st.sampled_from(DATA), key=st.sampled_from(KEYS), value=JUNK)
def test_no_value_breaks_the_reading(config: dict[str, Any], key: str, value: Any) -> None:
    model = architecture("my-org/my-model", config | {key: value})
    assert bool(model.layers) or model.unsized


NESTED = [
    (name, key, inner)
    for name, config in zip([path.stem for path in CONFIGS], DATA, strict=True)
    for key, value in config.items()
    if isinstance(value, dict)
    for inner in value
]


@given(place=st.sampled_from(NESTED), value=JUNK)
def test_no_value_in_a_map_breaks_the_reading(place: tuple[str, str, str], value: Any) -> None:
    name, key, inner = place
    config = dict(zip([path.stem for path in CONFIGS], DATA, strict=True))[name]
    model = architecture("my-org/my-model", config | {key: config[key] | {inner: value}})
    assert bool(model.layers) or model.unsized


def test_the_fields_of_model_types_are_in_the_file_of_their_letter() -> None:
    folder = Path(fields.__file__).parent.parent / "config_fields"
    files = {path.stem: json.loads(path.read_text(encoding="utf-8"))["types"] for path in folder.iterdir()}
    assert sorted(files) == list(string.ascii_lowercase)
    assert all(kind[0].lower() == letter for letter, types in files.items() for kind in types)
    assert fields.text({"model_type": "llama"}).size("num_hidden_layers") == 32
    assert fields.text({"model_type": "\N{LATIN SMALL LIGATURE ST}"}).size("num_hidden_layers") is None
