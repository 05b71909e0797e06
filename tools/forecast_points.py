"""The measured points of tests/forecast/points.csv: reads them, or takes them anew from aiconfigurator-core.

`python tools/forecast_points.py silicon_sample.csv` writes points.csv from the file of that name in the wheel
of aiconfigurator-core: the vLLM rows of the GPUs of r1c's platforms, each row once.
"""

from __future__ import annotations

import csv
import re
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from r1c.capacity import weights
from r1c.facts import model_config, model_table, performance
from r1c.facts.model import Architecture, Attention, LatentAttention, Layer
from r1c.forecast.serving import Cached, Serving
from r1c.record import named_record

FOLDER = Path(__file__).resolve().parent.parent / "tests" / "forecast"
POINTS, MODELS = FOLDER / "points.csv", FOLDER / "models.yaml"
_GPUS = {"h100_sxm": "H100", "h200_sxm": "H200", "b200_sxm": "B200"}
_NEWEST = "v0.19.0"
_ELEMENT = 2
_NUMBERS = ("tensor", "data", "width", "experts", "input_len", "output_len", "concurrency")


@named_record
class Point:
    """One measured point; TTFT and TPOT in seconds, lengths in tokens.

    `tensor` to `experts` are parallel sizes: of attention, of attention's copies, of the experts' width and
    of the experts.
    """

    model: str
    gpu: str
    precision: str
    vllm: str
    tensor: int
    data: int
    width: int
    experts: int
    input_len: int
    output_len: int
    concurrency: int
    ttft: float
    tpot: float
    source: str

    @property
    def configuration(self) -> str:
        """What repeated measurements of the same thing have in common, whatever the release."""
        layout = (self.tensor, self.data, self.width, self.experts)
        load = (self.input_len, self.output_len, self.concurrency)
        return " ".join(map(str, (self.model, self.gpu, self.precision, *layout, *load)))


def taken(path: Path) -> tuple[list[dict[str, str]], dict[str, int]]:
    """Return the rows of points.csv from the wheel's file, and how many rows there were and were dropped."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["backend"] == "vllm" and row["system"] in _GPUS]
    counts = {"rows": len(rows), "disaggregated": sum(row["mode"] != "agg" for row in rows)}
    kept: dict[tuple[str, ...], dict[str, str]] = {}
    for row in rows:
        if row["mode"] == "agg":
            point = _row(row)
            key = tuple(value for name, value in point.items() if name not in ("vllm", "source"))
            kept.setdefault(key, point)
    counts["repeated"] = counts["rows"] - counts["disaggregated"] - len(kept)
    return sorted(kept.values(), key=lambda row: tuple(row.values())), counts


def _row(row: Mapping[str, str]) -> dict[str, str]:
    data = int(row["attention_dp_size"] or 1)
    release = row["backend_version"]
    source = row["silicon_data_source"].split(";")[0]
    source = source.removeprefix("source_file=").split("/")[-1] if "source_file=" in source else source
    return {
        "model": row["model_path"],
        "gpu": _GPUS[row["system"]],
        "precision": row["precision"] or "bf16",
        "vllm": f"v{release}" if re.match(r"\d", release) else release or "not given",
        "tensor": row["tp_size"],
        "data": str(data),
        "width": row["moe_tp_size"],
        "experts": row["moe_ep_size"],
        "input_len": row["isl"],
        "output_len": row["osl"],
        "concurrency": str(int(row["batch_size"]) * data),
        "ttft_ms": f"{float(row['silicon_ttft_ms']):.2f}",
        "tpot_ms": f"{float(row['silicon_tpot_ms']):.3f}",
        "source": source,
    }


@cache
def counts() -> Mapping[str, int]:
    """Return how many rows the wheel's file has, and how many of them points.csv does not have, and why."""
    found: Mapping[str, int] = _models()["rows"]
    return found


@cache
def points() -> tuple[Point, ...]:
    """Return every point of points.csv, in its order."""
    with POINTS.open(encoding="utf-8", newline="") as file:
        return tuple(map(_point, csv.DictReader(file)))


def _point(row: dict[str, str]) -> Point:
    values: dict[str, Any] = {
        name: int(value) if name in _NUMBERS else value
        for name, value in row.items()
        if not name.endswith("_ms")
    }
    return Point(**values, ttft=float(row["ttft_ms"]) / 1000, tpot=float(row["tpot_ms"]) / 1000)


def left_out(point: Point) -> str | None:
    """Say why a point is neither fitted nor judged, or None."""
    if point.data > 1:
        return "attention is data parallel, and the number of GPUs is not clear"
    if architecture(point).moe and point.width * point.experts != point.tensor:
        return "experts and attention are on different numbers of GPUs"
    if point.ttft > point.output_len * point.tpot:
        return "requests waited longer than they ran: how many ran at once is not known"
    return None


@cache
def _models() -> Any:
    return YAML(typ="safe").load(MODELS.read_text(encoding="utf-8"))


def shape(point: Point) -> str:
    """Return the id by which r1c knows the model's shape: that of a sibling, or its own."""
    like: str = _models()["models"][point.model].get("like", point.model)
    return like


@cache
def architecture(point: Point) -> Architecture:
    """Return the layers of a point's model, with the weights as that point has them."""
    entry = _models()["models"][point.model]
    config = entry.get("config") or model_table.entry(entry["like"])["config"]
    config = {key: value for key, value in config.items() if key != "quantization_config"}
    stored = entry["weights"][point.precision]
    if stored != "unquantized":
        config["quantization_config"] = stored
    return model_config.architecture(shape(point), config, MODELS.name)


@cache
def serving(point: Point) -> Serving:
    """Return what the passes of a point depend on; its KV cache is taken to be bf16."""
    model = architecture(point)
    format_ = weights.stored(model, None, _ELEMENT)
    if format_ is None or model.unsized:
        raise ValueError(f"{point.model}: r1c does not know the size of {model.quantization} weights")
    whole = point.experts > 1
    cut = weights.Cut(model, format_, point.tensor, 1, whole, _NEWEST, latent_cache=True)
    return Serving(
        cut, performance.gpu(point.gpu), tuple(_cached(layer, point.tensor) for layer in model.layers)
    )


def _cached(layer: Layer, tensor: int) -> Cached:
    mixer = layer.mixer
    if isinstance(mixer, LatentAttention):
        return Cached((mixer.kv_lora_rank + mixer.qk_rope_head_dim) * _ELEMENT)
    if not isinstance(mixer, Attention):
        raise TypeError(f"the points have no such layers: {mixer}")
    heads = max(1, mixer.kv_heads // tensor)
    return Cached(heads * (mixer.head_dim + mixer.value_dim) * _ELEMENT, mixer.window)


def main() -> int:
    """Write points.csv and print the counts that models.yaml has."""
    rows, found = taken(Path(sys.argv[1]))
    with POINTS.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    print(found)
    return 0


if __name__ == "__main__":
    sys.exit(main())
