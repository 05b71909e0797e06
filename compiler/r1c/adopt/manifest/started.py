"""A container -> what it runs: the commands of its script, and the vLLM servers among them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from r1c.adopt import images
from r1c.adopt.manifest.container import items
from r1c.adopt.manifest.container_variables import Variable
from r1c.adopt.server import Server, arguments, is_own, servers
from r1c.diagnostics import Path
from r1c.record import record
from r1c.shell.kubelet import expanded
from r1c.shell.run import run
from r1c.shell.script import Command, Place, Script, Text, Word


@record
class Started:
    """What a container runs, and the servers that this starts; `version` is the release in its image."""

    script: Script
    servers: tuple[Server, ...]
    version: str | None


def started(container: Mapping[str, Any], path: Path, variables: tuple[Variable, ...]) -> Started:
    """Follow a container's command and args; `path` is the container's in its object.

    Raises UserError where the command is a shell script and tree-sitter is missing.
    """
    environment = {one.name: one.word for one in variables}
    image = images.split(str(container.get("image", "")))
    version = images.release_of(image.tag)
    command, args = (_texts(container.get(key), (*path, key), environment) for key in ("command", "args"))
    if command:
        script = run([*command, *args], environment)
        return Started(script, servers(script, version), version)
    if not args:
        return Started(Script(variables=environment), (), version)
    script = run(args, environment)
    found = servers(script, version)
    if found or "vllm" not in image.name:
        return Started(script, found, version)
    # The image's entrypoint is the server, and args are its arguments.
    words = tuple(Word(text.value, text.unknown, text.place(0, len(text.value))) for text in args)
    whole = Command(words, Place(), environment)
    server = arguments(whole, words, version)
    return Started(Script(variables=environment), (server,) if is_own(server, image) else (), version)


def _texts(value: Any, path: Path, environment: Mapping[str, Word]) -> list[Text]:
    if isinstance(value, str):
        # Kubernetes refuses it; templates that are not rendered yet have it.
        return [expanded(value, path, environment)]
    return [expanded(str(one), (*path, index), environment) for index, one in enumerate(items(value))]
