"""The models that r1c knows: facts/models/ORGANISATION/NAME.json, one file for each."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from r1c.facts import model_config, vllm, vllm_models
from r1c.facts.entry import load
from r1c.facts.model import Architecture
from r1c.record import named_record, replace

NAMES = "model_names"
"""The table of facts/tables/ that leads from each name of a model to its id."""


@named_record
class KnownModel:
    """A model of the facts, for a list of them.

    `aliases` are other repositories of the same shape, `former_names` what Hugging Face still leads to it.
    `parameters` counts the language model and its encoders, `checkpoint_bytes` the files of the weights; None
    where that is not public. `first_release` is the first vLLM release that serves it, None where the
    registry does not tell. `unsized` is why its memory is not estimated. `source` and `date` say where its
    config.json is from.
    """

    id: str
    architecture: Architecture
    aliases: tuple[str, ...]
    former_names: tuple[str, ...]
    parameters: int | None
    checkpoint_bytes: int | None
    first_release: str | None
    source: str
    date: str

    @property
    def unsized(self) -> str | None:
        """Why the memory of the model is not estimated, or None."""
        return self.architecture.unsized


def names() -> Mapping[str, str]:
    """Return every name of a known model, with the id of its entry: ids, aliases and former names."""
    data: Mapping[str, str] = load("tables", f"{NAMES}.json")
    return data


def ids() -> tuple[str, ...]:
    """Return the ids of all entries, sorted."""
    return tuple(sorted(set(names().values())))


def place(id_: str) -> str:
    """Return where the facts have an entry."""
    return f"facts/models/{id_}.json"


def entry(id_: str) -> Mapping[str, Any]:
    """Return the entry of an id as JSON data; treat it as frozen. Raises OSError for an unknown id."""
    data: Mapping[str, Any] = load("models", *f"{id_}.json".split("/"))
    return data


@lru_cache(maxsize=256)
def architecture(name: str) -> Architecture | None:
    """Return what is known of a model by its Hugging Face id, or None."""
    id_ = names().get(name)
    return read(id_, entry(id_)) if id_ else None


def read(id_: str, data: Mapping[str, Any]) -> Architecture:
    """Return the architecture of an entry: its config.json, and what a config.json does not have."""
    made = model_config.architecture(id_, data["config"], place(id_))
    return replace(
        made,
        multimodal=made.multimodal or data.get("multimodal", False),
        vision_bytes=data.get("visionBytes", made.vision_bytes),
        checkpoint_weight_dtype=data.get("checkpointWeightDtype", made.checkpoint_weight_dtype),
        checkpoint_bytes=data.get("checkpointBytes"),
        gated=data.get("gated", False),
        unverified=tuple(data.get("unverified", ())),
        doubtful=tuple(data.get("doubtful", ())),
        unsized=data.get("unsized", made.unsized),
        missing=() if "unsized" in data else made.missing,
        remote_code=tuple(data.get("remoteCode", made.remote_code)),
    )


def since(name: str) -> str | None:
    """Return the oldest release known to serve a model, where that is later than its architecture's first."""
    id_ = names().get(name)
    return entry(id_).get("since") if id_ else None


def first_release(name: str) -> str | None:
    """Return the first release known to serve a model, None if the registry does not tell.

    That is the first whose registry has all its architectures, or the entry's own.
    """
    model = architecture(name)
    if model is None:
        return None
    spans = [vllm_models.spans("in", name) for name in model.architectures]
    served = [found[0].first for found in spans if found]
    if not served or len(served) < len(spans):
        return None
    own = since(name)
    return max([*served, own] if own else served, key=lambda version: vllm.key(version) or ())


def known(id_: str) -> KnownModel:
    """Return the model of an id; raises OSError for an unknown one."""
    data = entry(id_)
    model = read(id_, data)
    return KnownModel(
        id=id_,
        architecture=model,
        aliases=tuple(data.get("aliases", ())),
        former_names=tuple(data.get("formerNames", ())),
        parameters=data.get("totalParams") or parameters(model) or None,
        checkpoint_bytes=model.checkpoint_bytes,
        first_release=first_release(id_),
        source=data["source"],
        date=data["date"],
    )


def all_known() -> tuple[KnownModel, ...]:
    """Return all models of the facts, sorted by id."""
    return tuple(map(known, ids()))


def parameters(model: Architecture) -> int:
    """Return the number of parameters of a model as its config.json gives them, 0 for one without layers."""
    linears = (linear for layer in model.layers for linear in layer.linears)
    matrices = sum(item.count * item.outputs * (item.inputs + item.bias) for item in linears)
    whole = sum(layer.plain + layer.floats for layer in model.layers)
    if not matrices:
        return 0
    embeddings = (model.vocab_size or 0) * (model.hidden_size or 0) * (1 if model.tie_word_embeddings else 2)
    return matrices + whole + embeddings + model.vision_bytes // 2
