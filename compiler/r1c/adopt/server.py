"""A command of a script -> the vLLM server that it starts: model and flags, each with its place."""

from __future__ import annotations

import re
from collections.abc import Sequence

from r1c.adopt import images
from r1c.adopt.flags import takes
from r1c.facts import vllm
from r1c.record import record
from r1c.shell.script import Command, Place, Script, Word, joined

OFFICIAL = "vllm-openai"
"""The name of vLLM's own image, whose command is the server."""
_MODULES = ("vllm.entrypoints.openai.api_server",)
_FILE = "vllm/entrypoints/openai/api_server.py"
_CLI = "vllm.entrypoints.cli.main"
_LAUNCHER = re.compile(r"python[0-9.]*|pypy[0-9.]*|torchrun|accelerate|coverage")
_BOOLEANS = ("true", "false")
_LEVEL = re.compile(r"-O(?:=|\.)?([0-9]+)")


@record
class Flag:
    """A flag under its full name, with its value; True where none follows.

    `unknown` has the parts of the value that the source does not show, `written` is how it is written.
    """

    name: str
    value: str | bool
    place: Place
    written: str
    unknown: tuple[str, ...] = ()


@record
class Server:
    """The command line of a server. `extra` has the words that are neither the model nor of a flag."""

    model: Word | None
    flags: tuple[Flag, ...]
    command: Command
    extra: tuple[Word, ...] = ()

    def find(self, name: str) -> Flag | None:
        """Return a flag by its full name; of one given twice the last counts, as for vLLM."""
        return next((flag for flag in reversed(self.flags) if flag.name == name), None)


def servers(script: Script, version: str | None) -> tuple[Server, ...]:
    """Return the servers that a script starts, in order; `version` is the vLLM release, if it is known."""
    found = (server(command, version) for command in script.commands)
    return tuple(one for one in found if one is not None)


def server(command: Command, version: str | None) -> Server | None:
    """Return the server that a command starts, None if it starts something else."""
    texts = [word.text for word in command.argv]
    if not texts:
        return None
    if command.name == "vllm" and texts[1:2] == ["serve"]:
        return arguments(command, command.argv[2:], version)
    if not _LAUNCHER.fullmatch(command.name):
        return None
    for index, text in enumerate(texts[1:], 1):
        if (texts[index - 1] == "-m" and text in _MODULES) or text.endswith(_FILE):
            return arguments(command, command.argv[index + 1 :], version)
        if texts[index - 1] == "-m" and text in (_CLI, "vllm") and texts[index + 1 : index + 2] == ["serve"]:
            return arguments(command, command.argv[index + 2 :], version)
        if texts[index - 1] == "-m":
            return None
    return None


def is_own(server: Server, image: images.Reference) -> bool:
    """Tell whether an image's own command is the server that its arguments are for.

    Images around vLLM, such as a client's or a router's, have its name too; most of their flags are others.
    """
    foreign = [flag for flag in server.flags if not vllm.is_known(flag.name)]
    return image.name == OFFICIAL or 2 * len(foreign) <= len(server.flags)


def arguments(command: Command, words: Sequence[Word], version: str | None) -> Server:
    """Read a server's arguments: flags in all forms, and the model, the first word that is not of a flag."""
    rest, positional, flags = list(words), list[Word](), list[Flag]()
    while rest:
        word = rest.pop(0)
        if not _is_flag(word):
            positional.append(word)
            continue
        level = _LEVEL.fullmatch(word.text)
        if level:
            flags.append(_level(level[1], word, version))
            continue
        head, equals, value = word.text.partition("=")
        name = vllm.canonical(head)
        values = [Word(value, word.unknown, word.place)] if equals else []
        wanted = {"none": 0, "one": 1, "many": len(rest)}[takes(name, version)] if not equals else 0
        if not wanted and not equals and rest and rest[0].text.lower() in _BOOLEANS:
            # Releases before 0.10 took the value of a switch as a word of its own.
            wanted = 1
        while rest and len(values) < wanted and not _is_flag(rest[0]):
            values.append(rest.pop(0))
        text = " ".join(one.text for one in values)
        place = joined(word, *values).place if not equals else word.place
        written = " ".join([word.text, *(one.text for one in values if not equals)])
        unknown = tuple(part for one in values for part in one.unknown)
        flags.append(Flag(name, text if values else True, place, written, unknown))
    named = next((one for one in flags if one.name == "model" and isinstance(one.value, str)), None)
    if positional or named is None:
        # A model in front counts, and not --model.
        others = [Word(named.written, named.unknown, named.place)] if named else []
        return Server(next(iter(positional), None), tuple(flags), command, (*positional[1:], *others))
    return Server(Word(str(named.value), named.unknown, named.place), tuple(flags), command)


def _is_flag(word: Word) -> bool:
    return word.text.startswith("-") and not re.fullmatch(r"-[0-9.]+", word.text)


def _level(number: str, word: Word, version: str | None) -> Flag:
    """Return -O3 as vLLM reads it: a level of its own, before 0.12.0 one of the compilation's."""
    release = vllm.sampled(version) if version else vllm.versions()[-1]
    if release is None or vllm.has("serve", "optimization-level", release):
        return Flag("optimization-level", number, word.place, word.text)
    return Flag("compilation-config", f'{{"level": {number}}}', word.place, word.text)
