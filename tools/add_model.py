"""Adds a model to the facts: `python tools/add_model.py ORG/NAME config.json --source TEXT --date DATE`.

It writes facts/models/ORG/NAME.json with what r1c needs of the config.json, regenerates what is made from the
facts, and prints what r1c now says of the model. A model that is there already keeps what a config.json does
not have. docs/adding-a-model.md has an example.
"""

from __future__ import annotations

import argparse
import datetime
import json
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import model_entry

from r1c import facts
from r1c.adopt import starter
from r1c.commands import init
from r1c.facts import model_table, vllm_models
from r1c.facts.model import Architecture

REPO = Path(__file__).resolve().parent.parent
MODELS = REPO / "compiler" / "r1c" / "facts" / "models"
_ID = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*", re.ASCII)
_KEPT = ("visionBytes", "multimodal", "checkpointWeightDtype", "unverified", "doubtful")
"""What an entry has that neither a config.json nor an option gives."""


def entry(old: Mapping[str, Any], config: Mapping[str, Any], options: argparse.Namespace) -> dict[str, Any]:
    """Return the entry of a model; options that are not given leave what the old one has."""
    index = _read(options.index).get("metadata", {})
    beside = _read(options.quantization) or None
    tokenizer = _read(options.tokenizer).get("auto_map") or {}
    given = {
        "aliases": options.alias,
        "formerNames": options.former_name,
        "since": options.since,
        "unsized": options.unsized,
        "remoteCode": sorted({*config.get("auto_map", ()), *tokenizer}) if tokenizer else None,
        "totalParams": options.parameters or index.get("total_parameters"),
        "checkpointBytes": options.bytes or index.get("total_size"),
        "gated": options.gated or None,
    }
    kept = {key: old[key] for key in (*_KEPT, *given) if key in old and key != "unsized"}
    made = kept | {key: value for key, value in given.items() if value}
    return made | {
        "config": model_entry.trimmed(config, beside),
        "source": options.source,
        "date": options.date.isoformat(),
    }


def _read(path: Path | None) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path else {}
    return data


def add(folder: Path, options: argparse.Namespace) -> Path:
    """Write the entry of a model into a folder of entries; return its file."""
    path: Path = folder / f"{options.id}.json"
    old = _read(path) if path.exists() else {}
    text = model_entry.written(entry(old, _read(options.config), options))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def said(id_: str, data: Mapping[str, Any]) -> Iterator[str]:
    """Say what r1c reads from an entry: its size, its weights, and which vLLM serves it."""
    model = model_table.read(id_, data)
    if model.unsized:
        yield f"{id_}: r1c does not estimate its memory, because {model.unsized}"
    else:
        yield f"{id_}: {_size(model, data)}"
    for name in model.architectures:
        spans = vllm_models.spans("in", name)
        served = (
            f"vLLM since {spans[0].first}"
            if spans
            else "not in the registry of any release that r1c has read"
        )
        yield f"{name}: {served}"
    if model.remote_code:
        yield f"code of its repository: {', '.join(model.remote_code)}"


def _size(model: Architecture, data: Mapping[str, Any]) -> str:
    number = data.get("totalParams") or model_table.parameters(model)
    method = model.quantization.method if model.quantization else model.checkpoint_weight_dtype
    files = (
        f"{model.checkpoint_bytes:,} bytes of files" if model.checkpoint_bytes else "bytes of files not known"
    )
    positions = (
        f"{model.max_position_embeddings:,} positions" if model.max_position_embeddings else "no positions"
    )
    return f"{len(model.layers)} layers, {number / 1e9:,.1f} B parameters, {method}, {positions}, {files}"


def groups(id_: str) -> Iterator[str]:
    """Say on how many nodes of each platform a model of the facts fits."""
    for platform in facts.platforms():
        release = starter.serving(platform, id_, starter.start(platform))
        yield f"{platform}, vLLM {release}: {init.fit(init.choose(platform, id_, release), id_)}"


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    made = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    made.add_argument("id", help="the repository on Hugging Face, ORG/NAME")
    made.add_argument("config", type=Path, help="its config.json")
    made.add_argument(
        "--source", required=True, help="where the config.json is from, with revision or release"
    )
    made.add_argument("--date", required=True, type=datetime.date.fromisoformat, help="the day it was read")
    made.add_argument("--quantization", type=Path, help="hf_quant_config.json beside it")
    made.add_argument("--tokenizer", type=Path, help="tokenizer_config.json beside it")
    made.add_argument("--index", type=Path, help="model.safetensors.index.json, for the bytes of the weights")
    made.add_argument("--bytes", type=int, help="the bytes of the weights, where there is no index")
    made.add_argument("--parameters", type=int, help="the number of parameters that its page states")
    made.add_argument(
        "--alias", action="append", help="another repository of the same shape; may be repeated"
    )
    made.add_argument("--former-name", action="append", help="a name that Hugging Face leads to it")
    made.add_argument(
        "--since", help="the first vLLM release that serves it, if later than its architecture's"
    )
    made.add_argument("--unsized", metavar="WHY", help="why its memory cannot be estimated from this file")
    made.add_argument("--gated", action="store_true", help="its licence must be accepted on its page")
    return made


def main(arguments: list[str] | None = None) -> int:
    """Add a model, regenerate, and print what r1c says of it."""
    options = parser().parse_args(arguments)
    if not _ID.fullmatch(options.id):
        print(f"add_model.py: {options.id} is not a repository of Hugging Face, ORG/NAME", file=sys.stderr)
        return 2
    path = add(MODELS, options)
    print("written:", path.relative_to(REPO))
    data = _read(path)
    print(*said(options.id, data), sep="\n")
    if subprocess.run([sys.executable, "tools/generate.py"], cwd=REPO, check=False).returncode:
        return 1
    if model_table.read(options.id, data).unsized is None:
        print(*groups(options.id), sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
