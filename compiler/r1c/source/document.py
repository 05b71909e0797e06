"""A profile's text and data with the place of each value -> located diagnostics without credentials."""

from __future__ import annotations

import bisect
import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from r1c.diagnostics import Change, Code, Diagnostic, Edit, Finding, Label, Path, Put, Span
from r1c.record import field, record, replace
from r1c.source import credentials
from r1c.source.codes import CREDENTIAL

Stretch = tuple[int, int]
"""The first character of a part of the text, by its index, and the one after its last."""
NOTHING: Stretch = (0, 0)

_LONGEST_LINE = 4000
_LONGEST_QUOTED = 200
_SOURCES = 16
"""Number of cached files: a profile, and those that it extends."""
_LINE_END = re.compile(r"\r\n|\r|\n")


@record
class Source:
    """A file as the user named it and its text; for a part of it, the number of lines `above`."""

    name: str
    text: str
    above: int = 0

    def position(self, index: int) -> tuple[int, int]:
        """Return the 1-based line and column of a character index."""
        starts = _starts(self.text)
        line = bisect.bisect_right(starts, index)
        return self.above + line, index - starts[line - 1] + 1

    def line(self, number: int, hidden: frozenset[Stretch] = frozenset()) -> str:
        """Return a line's text without its end, with its credentials and `hidden` masked.

        Empty beyond the last line, and for a line that is too long to be shown.
        """
        starts, number = _starts(self.text), number - self.above
        if not 1 <= number <= len(starts):
            return ""
        start, end = starts[number - 1], starts[number] if number < len(starts) else None
        if (len(self.text) if end is None else end) - start > _LONGEST_LINE:
            return ""
        return _starred(self.text, hidden)[start:end].rstrip("\r\n")

    def span(self, start: int, end: int) -> Span:
        """Return the place of a stretch of the text; what is below its first line does not count."""
        start = min(start, len(self.text))
        line, column = self.position(start)
        stretch = self.text[start:end]
        if "\n" in stretch or "\r" in stretch:
            stretch = _LINE_END.split(stretch, maxsplit=1)[0]
        return Span(line, column, len(stretch) or 1)


@lru_cache(maxsize=_SOURCES)
def _starts(text: str) -> list[int]:
    return [0, *(end.end() for end in _LINE_END.finditer(text))]


@lru_cache(maxsize=_SOURCES)
def _starred(text: str, hidden: frozenset[Stretch]) -> str:
    return credentials.starred(text, hidden)


@lru_cache(maxsize=_SOURCES)
def _hider(text: str, values: frozenset[str]) -> Callable[[str], str]:
    return credentials.hider(text, values)


class Entry(NamedTuple):
    """The place of a path in a text: its key, its value, and the value as written there.

    The key is None for list items and the root; the value as written is empty if it must not be quoted.
    Lines and columns are computed when asked for. A profile has so many of these that a record would take
    too long to make.
    """

    source: Source
    key_at: Stretch | None
    value_at: Stretch
    written_at: Stretch
    scalar: bool

    @property
    def key(self) -> Span | None:
        """The place of the key."""
        return self.source.span(*self.key_at) if self.key_at else None

    @property
    def value(self) -> Span:
        """The place of the value."""
        return self.source.span(*self.value_at)

    @property
    def written(self) -> str:
        """The value's text, or the beginning of it."""
        start, end = self.written_at
        return self.source.text[start : min(end, start + _LONGEST_QUOTED)]


SourceMap = Mapping[Path, Entry]


@record
class Document:
    """A parsed file: data, places, and the faults found while reading.

    Some faults leave the data usable. No report shows `secrets`, the values under names of credentials;
    `hidden` has their places, quotes included, for each of the document's files. `defaults` is the r1c.yaml
    that it inherits from, which no edit changes.
    """

    source: Source
    data: dict[str, Any]
    places: SourceMap
    findings: tuple[tuple[Code, Finding], ...]
    usable: bool
    origins: Mapping[Path, Source] = field(default_factory=dict)
    secrets: frozenset[str] = frozenset()
    hidden: Mapping[Source, frozenset[Stretch]] = field(default_factory=dict)
    defaults: Source | None = None

    def origin(self, path: Path) -> Source:
        """Return the file that holds a path or its nearest parent: another where the profile extends it."""
        while path and path not in self.places:
            path = path[:-1]
        return self.origins.get(path, self.source)

    @property
    def hide(self) -> Callable[[str], str]:
        """What stars the credentials of all its files out of a message."""
        hiders = [_hider(source.text, self.secrets) for source in {self.source: None, **self.hidden}]

        def hide(shown: str) -> str:
            for hider in hiders:
                shown = hider(shown)
            return shown

        return hide

    def line(self, source: Source, number: int) -> str:
        """Return a line of one of its files, as Source.line does, without what is a credential elsewhere."""
        return self.hide(source.line(number, self.hidden.get(source, frozenset())))

    def diagnostic(self, code: Code, finding: Finding) -> Diagnostic:
        """Locate a finding; an absent path is located at the key of its nearest parent.

        No credential of the file passes here: every text that is shown has them starred out.
        """
        source = self.origin(finding.path)
        hide = self.hide
        span = self.span(finding.path, on_key=finding.on_key)
        related = tuple(
            Label(hide(item.message), there.name, place, self.line(there, place.line))
            if item.path is not None
            and (place := self.span(item.path, on_key=False))
            and (there := self.origin(item.path))
            else replace(item.label, message=hide(item.message))
            if item.label
            else Label(hide(item.message), item.place or "")
            for item in finding.related
        )
        edited = self._edited(finding.edit)
        line = self.line(source, span.line) if span else ""
        if span and code is CREDENTIAL:
            # A credential that is written with escapes is masked by its span.
            line = line[: span.column - 1] + "*" * span.length + line[span.column - 1 + span.length :]
        return Diagnostic(
            code.id,
            code.slug,
            code.severity,
            hide(finding.message),
            hide(finding.help),
            source.name,
            span,
            line,
            tuple(hide(part) if isinstance(part, str) else part for part in named(finding.path)),
            related,
            finding.edit if edited else None,
            edited,
        )

    def _edited(self, edit: Edit | None) -> str:
        """Return the file that an edit changes.

        Empty if it is more than one, has the defaults of profiles, or if the edit would show a credential.
        Data without a text has no file.
        """
        if edit is None or not self.places or self.hide(repr(edit)) != repr(edit):
            return ""
        files = {self._holder(change) for change in edit.changes}
        one = files.pop() if len(files) == 1 else None
        return one.name if one and one is not self.defaults else ""

    def _holder(self, change: Change) -> Source:
        """Return the file for a change: the one with the value, or for a new one that with the map."""
        path = change.path
        if path in self.places or not isinstance(change, Put):
            return self.origin(path)
        while path and (path not in self.places or self.origin(path) is self.defaults):
            path = path[:-1]
        return self.origin(path)

    def span(self, path: Path, *, on_key: bool) -> Span | None:
        """Return the place of a path, or that of the nearest parent which the file has."""
        absent = False
        while path not in self.places:
            if not path:
                return None
            path, absent = path[:-1], True
        entry = self.places[path]
        if entry.key and (on_key or absent or not entry.scalar or not entry.written):
            return entry.key
        return entry.value


def beside(path: Path, span: Span) -> Path:
    """Return a path for a place without one, such as the second of two equal keys.

    Its numbers are below zero, which no index is.
    """
    return (*path, -span.line, -span.column)


def named(path: Path) -> Path:
    """Return the part of a path that leads through the profile."""
    return path[:-2] if path and isinstance(path[-1], int) and path[-1] < 0 else path


def ordered(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Sort by place, then code and message, and drop duplicates."""
    unique = dict.fromkeys(diagnostics)
    return tuple(
        sorted(
            unique,
            key=lambda d: (
                d.file,
                (d.span.line, d.span.column) if d.span else (0, 0),
                d.code,
                d.message,
            ),
        )
    )
