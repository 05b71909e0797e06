"""A server's command line and the parts of the text that it is in -> its flags, each with its place."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from r1c.adopt.manifest.shell import Server
from r1c.diagnostics import Path
from r1c.lint.server import Command, Flag
from r1c.record import replace
from r1c.source import Document, Entry, Source
from r1c.source.document import Stretch

_GAP = 120
"""Characters that may lie between a flag and its value: quotes, a continued line, a list's next item."""

_READ = re.compile(r"\$[({]?(\w+)")


def entry(source: Source, key: Stretch | None, value: Stretch) -> Entry:
    """Return the place of a value that the YAML reader does not know of."""
    return Entry(source, key, value, value, scalar=True)


def stretches(document: Document, path: Path) -> Iterator[Stretch]:
    """Yield where the words of a list, or a single string, are in the text."""
    here = document.places.get(path)
    if here and here.scalar:
        yield here.value_at
    index = 0
    while (*path, index) in document.places:
        yield document.places[(*path, index)].value_at
        index += 1


def located(server: Server, source: Source, parts: Sequence[Stretch], at: Entry) -> Command:
    """Return the command with the place of each flag; one that is not found is at the command."""
    cursor = _Cursor(source, parts)
    model_at = cursor.word(server.model) if server.model and not _by_flag(server) else None
    flags = tuple(Flag(name, value, cursor.flag(name, value) or at) for name, value in server.flags)
    hidden = tuple(
        Flag(name, value, _Cursor(source, parts).flag(name, value) or at) for name, value in server.unknown
    )
    variables = {
        name: (value, _Cursor(source, parts).variable(name) or at) for name, value in server.variables.items()
    }
    texts = [source.text[begin:end] for begin, end in parts]
    reads = frozenset(name for text in texts for name in _READ.findall(text))
    command = Command(at, server.model, model_at, flags, hidden, variables, reads=reads)
    named = next((flag.at for flag in flags if flag.name == "model"), None)
    return replace(command, model_at=named) if named else command


def _by_flag(server: Server) -> bool:
    return any(name == "model" and value == server.model for name, value in server.flags)


class _Cursor:
    """Looks for words of a command line in its order, past what was found before."""

    def __init__(self, source: Source, parts: Sequence[Stretch]) -> None:
        self.source, self.parts, self.start = source, parts, 0

    def flag(self, name: str, value: str | bool) -> Entry | None:
        found = self._find(rf"(?<![\w-])--?{re.escape(name)}(?![\w.-])")
        if found is None:
            return None
        self.start = found[1]
        word = str(value).split(" ", 1)[0] if value is not True else ""
        near = self.source.text[found[1] : found[1] + _GAP + len(word)]
        offset = near.find(word) if word else -1
        between = near[:offset] if offset >= 0 else ""
        if offset < 0 or re.search(r"\w|--", between):
            return entry(self.source, found, found)
        begin = found[1] + offset
        return entry(self.source, found, (begin, begin + len(word)))

    def word(self, word: str) -> Entry | None:
        found = self._find(rf"(?<![\w/-]){re.escape(word)}(?![\w/-])")
        return entry(self.source, None, found) if found else None

    def variable(self, name: str) -> Entry | None:
        found = self._find(rf"(?<!\w){re.escape(name)}(?==)")
        return entry(self.source, found, found) if found else None

    def _find(self, pattern: str) -> Stretch | None:
        for begin, end in self.parts:
            for match in re.finditer(pattern, self.source.text[max(begin, self.start) : end]):
                at = max(begin, self.start) + match.start()
                line = self.source.text.rfind("\n", 0, at) + 1
                if not self.source.text[line:at].lstrip().startswith("#"):
                    return at, at + len(match[0])
        return None
