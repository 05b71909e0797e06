"""A shell script, or a single `vllm serve` line -> the servers that it starts, alone or in containers."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator

from r1c.adopt import images
from r1c.adopt.server import Server, arguments, is_own, server
from r1c.lint import release
from r1c.lint.command_line import Locate, entry, is_draft, located, variables
from r1c.lint.compose import quantity
from r1c.lint.pods import OTHERS_VARIABLES, nvidia
from r1c.lint.server import Found, Number
from r1c.shell.run import run_text
from r1c.shell.script import Command, Container, Place, Script, Text
from r1c.source import Document, Entry, Source

_OTHER_DEVICES = ("/dev/kfd", "/dev/davinci", "/dev/accel", "/dev/vfio", "/dev/neuron")
_OTHER_RUNTIMES = ("habana", "ascend", "enflame")
"""Devices and runtimes of accelerators that are not NVIDIA GPUs."""
_FOR_OTHERS = re.compile(
    r"(?<!/)\bvllm-tpu\b|\btpu-(?:inference|commons)\b|\bPJRT_DEVICE=['\"]?TPU|\bVLLM_XLA_\w+=|"
    r"\bVLLM_TARGET_DEVICE=['\"]?tpu|--device[= ]['\"]?tpu\b|--quantization[= ]ascend\b|"
    r"/usr/local/Ascend\b|\bROCM_AITER_\w+|"
    rf"(?<!\w)(?:{'|'.join(OTHERS_VARIABLES)})\w*="
)
"""What only a script for TPUs, NPUs or AMD GPUs has."""


def started(name: str, text: str) -> Iterator[Found]:
    """Yield the servers of a script; raises UserError where tree-sitter is missing."""
    if "vllm" not in text or _FOR_OTHERS.search(text):
        return
    source = Source(name, text)

    def locate(place: Place) -> Entry | None:
        return entry(source, None, (place.start, place.end)) if place.end else None

    script = run_text(Text(text), {})
    whole = entry(source, None, (0, len(text)))
    document = Document(source, {}, {(): whole}, (), usable=True)
    for command in script.commands:
        container = command.container
        one = _server(command)
        if one and (container is None or _on_gpus(container)) and not is_draft(one, locate):
            yield _found(one, script, document, locate)


def _server(command: Command) -> Server | None:
    """Return the server that a command is, or that its image starts with it as arguments."""
    container = command.container
    image = images.split(container.image.text if container else "")
    version = images.release_of(image.tag)
    found = server(command, version)
    if found or not container or container.entrypoint or "vllm" not in image.name:
        return found
    found = arguments(command, command.argv, version)
    return found if is_own(found, image) else None


def _on_gpus(container: Container) -> bool:
    """Tell whether a container may run on NVIDIA GPUs."""
    devices = [word.text for word in container.options.get("--device", ())]
    runtimes = [word.text for word in container.options.get("--runtime", ())]
    others = any(device.startswith(_OTHER_DEVICES) for device in devices)
    return nvidia(container.image.text, {}) and not others and not set(runtimes) & set(_OTHER_RUNTIMES)


def _found(one: Server, script: Script, document: Document, locate: Locate) -> Found:
    container = one.command.container
    command = located(one, script, locate, document.places[()])
    sizes = container.options.get("--shm-size", ()) if container else ()
    size = next((word for word in reversed(sizes) if word.known), None)
    size_at = locate(size.place) if size else None
    return Found(
        "command",
        document,
        command.at,
        command,
        image=container.image.text if container else "",
        image_at=locate(container.image.place) if container else None,
        variables=variables(one, script, {}, locate, whole=container is None or container.whole),
        # Without Ray or a flag that joins others, the server is alone on its node.
        nodes=None if script.runs("ray") else Number(1, command.at),
        shared_memory=(quantity(size.text), size_at) if size and size_at else None,
        gpus=_gpus(container, locate) if container else None,
        installs=release.installed(script, container),
    )


def _gpus(container: Container, locate: Locate) -> Number | None:
    """Return how many GPUs `docker run --gpus` gives, as a number or a list of devices; None for all."""
    word = next(iter(container.options.get("--gpus", ())[-1:]), None)
    place = locate(word.place) if word and word.known else None
    if word is None or place is None:
        return None
    counts = list[int]()
    for item in next(csv.reader([word.text]), []):
        key, given, value = item.partition("=")
        if key == "device":
            counts.append(len(value.split(",")))
        elif key == "count" or not given:
            # 0 is as good as nothing: the image's own variable then gives all GPUs.
            counts.append(int(value or key) if (value or key).isdecimal() else 0)
    return Number(counts[0], place) if len(counts) == 1 and counts[0] else None
