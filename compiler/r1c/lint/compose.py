"""A docker-compose file -> the vLLM servers among its services."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from r1c.adopt import images
from r1c.adopt.manifest.container import items, section
from r1c.adopt.server import Server, arguments, is_own, servers
from r1c.diagnostics import Path
from r1c.lint import release
from r1c.lint.command_line import entry, in_document, located, nearest, variables
from r1c.lint.pods import number, nvidia
from r1c.lint.server import Found, Number
from r1c.shell.run import run, run_text
from r1c.shell.script import Command, Place, Script, Text, Word
from r1c.source import Document, Entry

_SHELL = re.compile(r"\s*(?:/\S*/)?(?:ba|da)?sh\s+-\w*c\s")
"""The beginning of a command in one string that is a shell with its script."""
_ELSEWHERE = ("env_file", "extends", "<<")
"""Keys of a service that take variables from elsewhere."""
_REFERENCE = re.compile(r"\$\$|\$(?:\{(\w+)[^}]*\}|(\w+))")


def is_compose(document: Document) -> bool:
    """Tell whether a document is a compose file."""
    return isinstance(document.data.get("services"), dict) and "kind" not in document.data


def services(document: Document) -> Iterator[Found]:
    """Yield each server, in the order of the file."""
    for name, service in document.data["services"].items():
        if isinstance(service, dict) and nvidia(str(service.get("image", "")), {}):
            yield from _servers(document, service, ("services", name))


def _servers(document: Document, service: Mapping[str, Any], at: Path) -> Iterator[Found]:
    image = str(service.get("image", ""))
    places = dict(_places(document, service, at))
    environment = {name: word for name, (word, _) in places.items()}
    script, found = _started(service, at, environment, images.split(image))
    locate = in_document(document, ())
    size = service.get("shm_size")
    part = not image and "build" not in service
    elsewhere = part or any(key in service for key in _ELSEWHERE)
    for server in found:
        place = nearest(document, (*at, "command"))
        yield Found(
            f"service {at[-1]}",
            document,
            nearest(document, at),
            located(server, script, locate, place),
            at,
            image,
            document.places.get((*at, "image")),
            variables(
                server,
                script,
                {name: place for name, (_, place) in places.items()},
                locate,
                whole=not elsewhere,
            ),
            # Other services may join the cluster of Ray.
            nodes=None if script.runs("ray") else Number(1, nearest(document, at)),
            gpus=_gpus(document, service, at),
            shared_memory=(quantity(str(size)), nearest(document, (*at, "shm_size"))) if size else None,
            part=part,
            built="build" in service,
            installs=release.installed(script, None),
        )


def _started(
    service: Mapping[str, Any], at: Path, environment: Mapping[str, Word], image: images.Reference
) -> tuple[Script, tuple[Server, ...]]:
    entrypoint, command = (_texts(service.get(key), (*at, key)) for key in ("entrypoint", "command"))
    version = images.release_of(image.tag)
    key = "entrypoint" if service.get("entrypoint") else "command"
    line = service.get(key)
    if isinstance(line, str) and _SHELL.match(line):
        script = run_text(_text(line, (*at, key)), {**environment, **_outside(line)})
        return script, servers(script, version)
    script = run([*entrypoint, *command], environment) if entrypoint or command else Script()
    found = servers(script, version)
    if found or entrypoint or not command or "vllm" not in image.name:
        return script, found
    words = tuple(Word(text.value, text.unknown, text.place(0, len(text.value))) for text in command)
    server = arguments(Command(words, Place(), environment), words, version)
    return script, (server,) if is_own(server, image) else ()


def _texts(value: Any, path: Path) -> list[Text]:
    """Return the words of a command; ${NAME} is a value from outside the file."""
    if isinstance(value, str):
        # A line's end is a space there, as between the more indented lines of a folded string.
        lines = run_text(Text(value.replace("\n", " "), path), _outside(value)).commands
        return [
            Text(
                word.text,
                path,
                tuple(range(word.place.start, word.place.start + len(word.text) + 1)),
                word.unknown,
            )
            for line in lines[:1]
            for word in (*line.prefix, *line.argv)
        ]
    return [_text(str(word), (*path, index)) for index, word in enumerate(items(value))]


def _outside(line: str) -> dict[str, Word]:
    """Return the variables that compose replaces in a string, with values from outside the file."""
    names = (match[1] or match[2] for match in _REFERENCE.finditer(line))
    return {name: Word(f"${name}", (f"${name}",)) for name in names if name}


def _text(word: str, path: Path) -> Text:
    unknown = tuple(match[0] for match in _REFERENCE.finditer(word) if match[0] != "$$")
    offsets = [
        index for index, _ in enumerate(word) if not (word[index] == "$" and word[:index].endswith("$"))
    ]
    return Text(word.replace("$$", "$"), path, (*offsets, len(word)), unknown)


def _places(
    document: Document, service: Mapping[str, Any], at: Path
) -> Iterator[tuple[str, tuple[Word, Entry]]]:
    """Yield the variables of environment, a map or a list of NAME=VALUE, with their places."""
    written, source = service.get("environment"), document.source
    if isinstance(written, dict):
        for name, value in written.items():
            yield name, (_word(name, value), nearest(document, (*at, "environment", name)))
    elif isinstance(written, list):
        for index, item in enumerate(written):
            name, given, value = str(item).partition("=")
            place = nearest(document, (*at, "environment", index)).value_at
            yield name, (_word(name, value if given else None), entry(source, None, place))


def _word(name: str, value: Any) -> Word:
    text = str(value).lower() if isinstance(value, bool) else str(value)
    outside = value is None or _REFERENCE.search(text.replace("$$", ""))
    return Word(text, (f"${name}",) if outside else ())


def _gpus(document: Document, service: Mapping[str, Any], at: Path) -> Number | None:
    path: Path = ("deploy", "resources", "reservations", "devices")
    devices = section(service, *map(str, path[:-1])).get("devices")
    for index, device in enumerate(items(devices)):
        if not isinstance(device, dict):
            continue
        listed, kinds = device.get("device_ids"), device.get("capabilities")
        if isinstance(kinds, list) and "gpu" in kinds:
            if isinstance(listed, list) and any("$" in str(one) for one in listed):
                return None
            key = "device_ids" if isinstance(listed, list) else "count"
            count = len(listed) if isinstance(listed, list) else device.get("count")
            return number(document, count, (*at, *path, index, key))
    return None


def quantity(size: str) -> str:
    """Write a size of compose as Kubernetes does: 16gb is 16Gi."""
    match = re.fullmatch(r"([0-9.]+)\s*([kmg])b?", size.strip().lower())
    return f"{match[1]}{match[2].upper()}i" if match else size
