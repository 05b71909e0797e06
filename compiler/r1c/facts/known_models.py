"""The models of facts/models.yaml: their names, parameters and source, besides their config.json."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from r1c import facts
from r1c.facts.entry import fill
from r1c.record import named_record


@named_record
class KnownModel:
    """A model by its Hugging Face id.

    `aliases` are models of the same shape, `former_names` lead to it on Hugging Face; `total_params` is None
    if the source does not say; `source` and `date` say where the figures are from, and when they were read.
    """

    id: str
    aliases: tuple[str, ...] = ()
    former_names: tuple[str, ...] = ()
    total_params: int | None = None
    source: str
    date: str

    @property
    def other_names(self) -> tuple[str, ...]:
        """Every other name that a profile may use for it."""
        return (*self.aliases, *self.former_names)


@cache
def every() -> Mapping[str, KnownModel]:
    """Return all models by id, in the order of the facts."""
    return {id_: fill(KnownModel, entry, id=id_) for id_, entry in facts.table("models")["data"].items()}


@cache
def _by_name() -> Mapping[str, KnownModel]:
    return {name: model for model in every().values() for name in (model.id, *model.other_names)}


def find(name: str) -> KnownModel | None:
    """Return the model of an id, an alias or a former name; None for an unknown one."""
    return _by_name().get(name)
