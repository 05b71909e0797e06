"""A KServe LLMInferenceService -> its server: the model of spec.model, the flags of VLLM_ADDITIONAL_ARGS."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from r1c.adopt.manifest.container import section
from r1c.adopt.manifest.container_variables import Variable
from r1c.adopt.manifest.stream import Object
from r1c.adopt.server import arguments
from r1c.diagnostics import Path
from r1c.lint.command_line import in_document, located, nearest, variables
from r1c.lint.server import CommandLine, Flag, Variables
from r1c.record import replace
from r1c.shell.run import run_text
from r1c.shell.script import Command, Place, Script, Text
from r1c.source import Entry

KIND = "LLMInferenceService"
_FLAGS = "VLLM_ADDITIONAL_ARGS"
_HUB = "hf://"
_SIZES = {
    "tensor": "tensor-parallel-size",
    "pipeline": "pipeline-parallel-size",
    "data": "data-parallel-size",
}
"""The fields of spec.parallelism that KServe's own configuration turns into flags."""


def command(
    item: Object, at: Path, own: Sequence[Variable], places: Mapping[str, Entry]
) -> Iterator[tuple[CommandLine, Variables]]:
    """Yield the command of a container that KServe gives one: it adds flags that the file does not show."""
    document = item.document
    if item.kind != KIND or (*at, "command") in document.places:
        return
    given = next((one for one in own if one.name == _FLAGS and one.word.known), None)
    script, locate = Script(), in_document(document, item.inside)
    environment = {one.name: one.word for one in own}
    line = Command((), Place(), environment)
    if given:
        script = run_text(Text(given.word.text, (*given.path, "value")), environment)
        line = script.commands[0] if script.commands else line
    line = replace(line, environment=environment)
    server = arguments(line, line.argv, None)
    place = places.get(_FLAGS, nearest(document, at))
    found = located(server, script, locate, nearest(document, at))
    sizes: Any = item.data
    for part in at[len(item.inside) : -3]:
        sizes = sizes[part]
    sizes = section(sizes, "parallelism")
    flags = tuple(
        Flag(flag, str(sizes[name]), nearest(document, (*at[:-3], "parallelism", name)))
        for name, flag in _SIZES.items()
        if type(sizes.get(name)) is int
    )
    uri = str(section(item.data, "spec", "model").get("uri", ""))
    yield (
        replace(
            found,
            at=place,
            model=uri.removeprefix(_HUB).partition(":")[0] if uri.startswith(_HUB) else None,
            model_at=document.places.get((*item.inside, "spec", "model", "uri")),
            flags=(*found.flags, *flags),
            whole=False,
            reads=frozenset({_FLAGS}),
        ),
        variables(server, script, places, locate, whole=False),
    )
