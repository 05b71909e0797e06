"""A KServe LLMInferenceService -> its server: the model of spec.model, the flags of VLLM_ADDITIONAL_ARGS."""

from __future__ import annotations

import shlex

from r1c.adopt.flags import takes
from r1c.adopt.manifest.container import section
from r1c.adopt.manifest.shell import server
from r1c.adopt.manifest.stream import Object
from r1c.diagnostics import Path
from r1c.lint.command_line import located
from r1c.lint.server import Command, Flag, Variables
from r1c.record import replace
from r1c.source import Document

_FLAGS = "VLLM_ADDITIONAL_ARGS"
_HUB = "hf://"
_SIZES = {
    "tensor": "tensor-parallel-size",
    "pipeline": "pipeline-parallel-size",
    "data": "data-parallel-size",
}
"""The fields of spec.parallelism that KServe's own configuration turns into flags."""


def command(item: Object, document: Document, at: Path, known: Variables) -> Command | None:
    """Return the command of a container that KServe gives one: it adds flags that the file does not show."""
    if item.kind != "LLMInferenceService" or (*at, "command") in document.places:
        return None
    uri = str(section(item.data, "spec", "model").get("uri", ""))
    model_at = document.places.get((*item.inside, "spec", "model", "uri"))
    sizes = section(item.data, *map(str, at[len(item.inside) : -3]), "parallelism")
    flags = tuple(
        Flag(flag, str(sizes[name]), document.places[(*at[:-3], "parallelism", name)])
        for name, flag in _SIZES.items()
        if type(sizes.get(name)) is int
    )
    written = _written(document, at, known)
    model = uri.removeprefix(_HUB).partition(":")[0] if uri.startswith(_HUB) else None
    return replace(
        written,
        model=model,
        model_at=model_at,
        flags=(*written.flags, *flags),
        whole=False,
        reads=frozenset({_FLAGS}),
    )


def _written(document: Document, at: Path, known: Variables) -> Command:
    place = document.places[at]
    try:
        words = shlex.split(known.values.get(_FLAGS, ""))
    except ValueError:
        words = []
    if not words:
        return Command(place)
    here = known.places[_FLAGS]
    found = server([], words, known.values, lambda name: takes(name, None), entrypoint=True)
    assert found is not None  # noqa: S101  # args of an entrypoint are a server
    return located(found, document.source, [here.value_at], here)
