"""A RayService's serveConfigV2 -> the servers of Ray Serve LLM: YAML inside a string, with vLLM's flags."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from r1c import source
from r1c.adopt.manifest.container import items, section
from r1c.adopt.manifest.stream import Object
from r1c.diagnostics import Path
from r1c.lint.command_line import nearest
from r1c.lint.server import CommandLine, Flag, Found
from r1c.source import Document

_CONFIG: Path = ("spec", "serveConfigV2")


def servers(item: Object) -> Iterator[Found]:
    """Yield a server for each model of the applications; nodes and image are not in their configuration."""
    entry = item.document.places.get((*item.inside, *_CONFIG))
    if item.kind != "RayService" or not entry or not entry.scalar:
        return
    document = _inner(item.document, *entry.value_at)
    if document is None:
        return
    for number, application in enumerate(items(document.data.get("applications"))):
        for index, model in enumerate(items(section(application, "args").get("llm_configs"))):
            at: Path = ("applications", number, "args", "llm_configs", index)
            if isinstance(model, dict):
                yield _server(f"RayService {item.name}", document, at, model)


def _inner(outer: Document, start: int, end: int) -> Document | None:
    """Read the block of a string as a document at the same lines and columns; None for another string."""
    first, _, rest = outer.source.text[start:end].partition("\n")
    if not first.startswith(("|", ">")) or not rest:
        return None
    above = outer.source.position(start)[0]
    document = source.read(outer.source.name, rest.encode(), above=above)
    return document if document.usable else None


def _server(title: str, document: Document, at: Path, model: Mapping[str, Any]) -> Found:
    names = section(model, "model_loading_config")
    key = "model_source" if isinstance(names.get("model_source"), str) else "model_id"
    flags = tuple(
        Flag(name, value, nearest(document, (*at, "engine_kwargs", name)))
        for name, value in section(model, "engine_kwargs").items()
        if value is not None
    )
    command = CommandLine(
        nearest(document, at),
        names.get(key) if isinstance(names.get(key), str) else None,
        document.places.get((*at, "model_loading_config", key)),
        flags,
        whole=False,
    )
    return Found(title, document, nearest(document, at), command)
