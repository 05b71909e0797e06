"""A server's command line -> its flags and variables, each with its place in the text of the file."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from r1c.adopt.server import Server
from r1c.diagnostics import Path
from r1c.lint.server import CommandLine, Flag, Variables
from r1c.shell.script import Place, Script, Word
from r1c.source import Document, Entry, Source
from r1c.source.document import Stretch
from r1c.source.within import stretch_within

Locate = Callable[[Place], Entry | None]
"""Returns where a place of a string is in the text of the file."""

_READ = re.compile(r"\$[({]?(\w+)")
_PLACEHOLDER = re.compile(r"<[A-Za-z][\w .-]*>|\.{3}")
"""What a reader must replace, such as <port>."""
_CUT = re.compile(r"\\[ \t]+(?:#[^\n]*)?$", re.MULTILINE)
_QUOTED = re.compile(r"'[^']*'|\"(?:[^\"\\]|\\.)*\"", re.DOTALL)
_SHELL = re.compile(r"\$[\w({@*]")
"""What a shell would replace: in a value it means that the reader could not follow it."""
_ARGUMENT = re.compile(r"\$\{?[0-9@*]")
_EMPTY = re.compile(r"\$\{\w+:?-\}")
"""A variable that is empty unless who starts the script sets it."""
_LINE = re.compile(r"(?:[^\n\\]|\\.)*", re.DOTALL)
"""The rest of a line, with those that it continues on."""
_WHOLE = 10**9
"""An end behind that of every string."""
_OTHERS = (".", "source", "eval")
"""Commands that may set variables which the file does not show."""
_ENVIRONMENT = re.compile(r"\b(?:activate|conda|mamba|bashrc)\b")
"""What such a command has that only enters an environment of Python, or reads that of the shell."""
_LOADED = re.compile(r"\bexport\s+[\"']?\$\(")
"""Variables from a file, as in export $(cat .env)."""


def entry(source: Source, key: Stretch | None, value: Stretch) -> Entry:
    """Return the place of a value that the YAML reader does not know of."""
    return Entry(source, key, value, value, scalar=True)


def nearest(document: Document, path: Path) -> Entry:
    """Return the place of a path, or of the nearest map or list above it that has one."""
    while path not in document.places:
        path = path[:-1]
    return document.places[path]


def in_document(document: Document, inside: Path) -> Locate:
    """Return what locates strings of an object, which is at a path of the document."""

    def locate(place: Place) -> Entry | None:
        path = (*inside, *place.path)
        here = document.places.get(path)
        if here is None or not place.path:
            return None
        found = stretch_within(document, path, place.start, place.end) if here.scalar else here.value_at
        return entry(here.source, None, found) if found else None

    return locate


def located(server: Server, script: Script, locate: Locate, at: Entry) -> CommandLine:
    """Return the command line; what has no place of its own is at the command, `at`."""
    command, model = server.command, server.model
    at = locate(command.place) or (locate(command.argv[0].place) if command.argv else None) or at
    loads = _loads(script, _text(command.argv, locate))
    flags = list(_flags(server, locate, at, loads=loads))
    model_at = locate(model.place) if model else None
    words = (*server.extra, *([model] if model and not _is_model(server, model) else []))
    text, written = " ".join(word.text for word in command.argv), _text(command.argv, locate)
    return CommandLine(
        at,
        model.text if model and model.known and _settled(model_at, written, loads=loads) else None,
        model_at,
        tuple(flag for flag, known in flags if known),
        tuple(flag for flag, known in flags if not known),
        whole=all(word.known for word in words) and not _EMPTY.search(_rest(at)),
        reads=frozenset(_READ.findall(" ".join([text, written, *(word.text for word in script.idle)]))),
    )


def is_draft(server: Server, locate: Locate) -> bool:
    """Tell whether a command cannot run as it is written.

    It has a placeholder such as <port>, which a shell takes for a file, or a space behind the backslash at
    the end of a line, which ends the command there.
    """
    where = locate(server.command.place)
    if where is None:
        return False
    line = _rest(where)
    return bool(_PLACEHOLDER.search(_QUOTED.sub("", line)) or _CUT.search(line))


def _rest(at: Entry, *, behind: bool = False) -> str:
    """Return the line of a place, from its beginning or from behind it."""
    found = _LINE.match(at.source.text, at.value_at[behind])
    return found[0] if found else ""


def _is_model(server: Server, word: Word) -> bool:
    """Tell whether a word is the model and nothing else: a variable of another name may hold flags too."""
    return server.find("model") is not None or all("MODEL" in part.upper() for part in word.unknown)


def _loads(script: Script, text: str) -> bool:
    """Tell whether a script takes variables from a file, which then may have any value."""
    others = (command for command in script.commands if command.name in _OTHERS)
    texts = (" ".join(word.text for word in command.argv) for command in others)
    return bool(_LOADED.search(text)) or not all(_ENVIRONMENT.search(one) for one in texts)


def _flags(server: Server, locate: Locate, at: Entry, *, loads: bool) -> Iterator[tuple[Flag, bool]]:
    """Yield each flag, and whether its value is known; words of the command line show where it is."""
    words = list(server.command.argv)
    command_text = _text(words, locate)
    for flag in server.flags:
        index = next((i for i, word in enumerate(words) if _begins(word, flag.written)), None)
        place = at
        if index is not None:
            place = _place(words[index], words[index + 1 : index + 2], flag.written, locate) or at
            del words[: index + 1]
        shown = not flag.unknown and not any(one.search(str(flag.value)) for one in (_SHELL, _PLACEHOLDER))
        shown = shown and not _is_many_objects(flag.value)
        if flag.value is True and _EMPTY.match(_rest(place, behind=True).lstrip()):
            shown = False
        value = flag.value.strip() if isinstance(flag.value, str) else flag.value
        yield Flag(flag.name, value, place), shown and _settled(place, command_text, loads=loads)


def _is_many_objects(value: str | bool) -> bool:
    """Tell whether a value is several JSON objects, which nothing keeps apart any more."""
    return isinstance(value, str) and value.startswith("{") and "} {" in value


def _text(words: Sequence[Word], locate: Locate) -> str:
    """Return the string of the source that a command is in: a script, or a word alone."""
    found = locate(Place(words[0].place.path, 0, _WHOLE)) if words else None
    return found.source.text[slice(*found.value_at)] if found else ""


def _settled(place: Entry | None, script: str, *, loads: bool) -> bool:
    """Tell whether the variables that a value is written with have one value all through a script.

    One that is set twice, from an argument of a function, from a file that the script reads, or empty by
    default, may have another value when the server starts.
    """
    written = place.source.text[slice(*place.value_at)] if place else ""
    return not (loads and _READ.search(written)) and _steady(written, script, frozenset())


def _steady(written: str, script: str, seen: frozenset[str]) -> bool:
    if _ARGUMENT.search(written) or _EMPTY.search(written):
        return False
    for name in set(_READ.findall(written)) - seen:
        values = set(_assigned(name, script))
        if len(values) > 1 or not all(_steady(value, script, seen | {name}) for value in values):
            return False
    return True


def _assigned(name: str, script: str) -> list[str]:
    """Return what a script assigns to a variable or array, as it is written."""
    return re.findall(rf"(?<![\w$]){re.escape(name)}=(\([^)]*\)|[^\s;]*)", script)


def _begins(word: Word, written: str) -> bool:
    return word.text.startswith("-") and (written == word.text or written.startswith(f"{word.text} "))


def _place(word: Word, following: Sequence[Word], written: str, locate: Locate) -> Entry | None:
    """Return the place of a flag and of its value, behind an equals sign or the next word."""
    found = locate(word.place)
    if found is None:
        return None
    (start, end), source = found.value_at, found.source
    head, equals, _ = word.text.partition("=")
    sign = source.text.find("=", start, end)
    if equals and sign > start:
        return entry(source, (start, sign), (sign + 1, max(sign + 1, end)))
    value = locate(following[0].place) if following and written != head else None
    return entry(source, (start, end), value.value_at if value else (start, end))


def variables(
    server: Server, script: Script, places: Mapping[str, Entry], locate: Locate, *, whole: bool
) -> Variables:
    """Return the variables that the server sees; `places` has those of a container's own."""
    values: dict[str, str] = {}
    found: dict[str, Entry] = {}
    hidden: set[str] = set()
    script_text = _text(server.command.argv, locate)
    for name, word in server.command.environment.items():
        place = places.get(name)
        if name in server.command.assigned or place is None:
            place = locate(word.place) or place
        if place is None:
            continue
        found[name] = place
        own = _assigned(name, script_text) if name in server.command.assigned else []
        settled = len(set(own)) <= 1 and not any("$" in one for one in own)
        if word.known and settled and "{{" not in word.text:
            values[name] = word.text
        else:
            hidden.add(name)
    others = any(command.name in _OTHERS for command in script.commands)
    return Variables(values, found, frozenset(hidden), whole and not others)
