"""A profile's bytes -> a Document: plain data, with the place of every key and value, and what is wrong with
the YAML.

The YAML library gives events; this module composes them itself, so that duplicate keys, aliases, tags and
values that YAML 1.1 and 1.2 read differently are all seen, each with its place, and none of them ends the
reading.
"""

from __future__ import annotations

import bisect
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from r1c.diagnostics import Code, Diagnostic, Finding, Label, Path, Severity, Span

SIZE_LIMIT = 128 * 1024
"""Bytes. A recipe profile has about two thousand; a larger file is not one, and is not worth the time to
parse.
"""
DEPTH_LIMIT = 40
NODE_LIMIT = 20_000
"""Nodes after aliases are followed: what keeps nested aliases from growing without bound."""

SYNTAX = Code(
    "R1C001",
    "yaml-syntax",
    Severity.ERROR,
    "The file is not valid YAML",
    "A profile that cannot be read cannot be checked; nothing after the fault is looked at.",
    "spec: [a, b\n",
    "Mend the YAML at the place shown; the fault is there or just before it.",
)
ENCODING = Code(
    "R1C002",
    "not-utf8",
    Severity.ERROR,
    "The file is not UTF-8 text",
    "YAML is Unicode text. Editors and Git treat other encodings differently on every machine.",
    "",
    "Save the file as UTF-8.",
)
EMPTY = Code(
    "R1C003",
    "not-a-profile",
    Severity.ERROR,
    "The file holds no profile",
    "A profile is one YAML mapping with apiVersion, kind, metadata and spec. An empty file, or a list, is a "
    "slip.",
    "",
    "Write a profile, or start one with `r1c init`.",
)
DOCUMENTS = Code(
    "R1C004",
    "several-documents",
    Severity.ERROR,
    "The file holds several YAML documents",
    "One file is one recipe: the output directory and the lock belong to exactly one profile.",
    "",
    "Put each profile into a file of its own and give r1c the directory.",
)
DUPLICATE = Code(
    "R1C005",
    "duplicate-key",
    Severity.ERROR,
    "A key is given twice",
    "YAML readers disagree on which one counts; the gpu-recipes Service template has `selector` twice and "
    "one of the "
    "two selects nothing (gke-gpudirect D1).",
    "spec:\n  nodes: 2\n  nodes: 4\n",
    "Keep one of the two.",
)
ALIAS = Code(
    "R1C006",
    "alias-limit",
    Severity.ERROR,
    "Aliases or nesting grow beyond what a profile can be",
    "Aliases that refer to aliases can describe billions of values in a few lines.",
    "",
    "Write the values out.",
)
RETYPED = Code(
    "R1C007",
    "retyped-value",
    Severity.ERROR,
    "YAML turned a text into a number, a date or a truth value",
    "Unquoted, `0.10` is the number 0.1 and `1e3` is 1000: the text that was typed is lost before any tool "
    "sees it.",
    "spec:\n  vllm:\n    version: 0.10\n",
    "Put the value in quotes.",
)
AMBIGUOUS = Code(
    "R1C008",
    "ambiguous-value",
    Severity.ERROR,
    "YAML 1.1 and YAML 1.2 readers disagree on the value",
    "Kubernetes' own tools read YAML 1.1, where `no` is false, 0777 is 511 and 2026-01-10 is a date; "
    "editors read 1.2 "
    "(failures.md, GIT012).",
    "metadata:\n  labels:\n    released: 2026-01-10\n",
    "Write true or false where a truth value is meant, the plain decimal number, or quotes around a text.",
)
TAG = Code(
    "R1C009",
    "yaml-tag",
    Severity.ERROR,
    "The value has a YAML tag, a merge key or a key that is no text",
    "Tags, merge keys and keys that are lists or numbers mean different things to different YAML readers.",
    "spec:\n  nodes: !!int '2'\n",
    "Write the value plainly.",
)

CODES = (SYNTAX, ENCODING, EMPTY, DOCUMENTS, DUPLICATE, ALIAS, RETYPED, AMBIGUOUS, TAG)

_INTEGER = re.compile(r"[-+]?[0-9]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_SPECIAL_FLOAT = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_AMBIGUOUS = (
    (re.compile(r"(?i:yes|no|on|off|y|n)"), "a truth value"),
    (re.compile(r"[-+]?0[0-9_]+"), "an octal number"),
    (re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+|[-+]?0b[01_]+"), "a number in another base"),
    (re.compile(r"[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?"), "a number in base 60"),
    (re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt ].*)?"), "a date"),
    (re.compile(r"[-+]?[0-9][0-9_]*_[0-9_]*(\.[0-9_]*)?"), "a number with underscores"),
)


@dataclass(frozen=True)
class Source:
    """A file as the user named it and its text."""

    name: str
    text: str

    @cached_property
    def _starts(self) -> list[int]:
        return [0, *(index + 1 for index, char in enumerate(self.text) if char == "\n")]

    def position(self, index: int) -> tuple[int, int]:
        """Return the 1-based line and column of a character index."""
        line = bisect.bisect_right(self._starts, index)
        return line, index - self._starts[line - 1] + 1

    def line(self, number: int) -> str:
        """Return a line's text without its end; empty beyond the last line."""
        if not 1 <= number <= len(self._starts):
            return ""
        end = self._starts[number] if number < len(self._starts) else len(self.text) + 1
        return self.text[self._starts[number - 1] : end - 1].rstrip("\r")


@dataclass(frozen=True, slots=True)
class Entry:
    """Where a path stands: its key (None for list items and the root), its value, and the value's text as
    written.
    """

    key: Span | None
    value: Span
    written: str
    scalar: bool


SourceMap = Mapping[Path, Entry]


@dataclass(frozen=True)
class Document:
    """A parsed file: data, places, and the faults found while reading, of which some leave the data
    usable.
    """

    source: Source
    data: dict[str, Any]
    places: SourceMap
    findings: tuple[tuple[Code, Finding], ...]
    usable: bool

    def diagnostic(self, code: Code, finding: Finding) -> Diagnostic:
        """Locate a finding: an absent path has no place, so its nearest parent's key stands for it."""
        span = self.span(finding.path, on_key=finding.on_key)
        related = tuple(
            Label(item.message, self.source.name, place, self.source.line(place.line))
            if item.path is not None and (place := self.span(item.path, on_key=False))
            else Label(item.message, item.place or "")
            for item in finding.related
        )
        line = self.source.line(span.line) if span else ""
        return Diagnostic(
            code.id,
            code.slug,
            code.severity,
            finding.message,
            finding.help,
            self.source.name,
            span,
            line,
            finding.path,
            related,
        )

    def span(self, path: Path, *, on_key: bool) -> Span | None:
        """Return the place of a path, or that of the nearest parent which the file has."""
        absent = False
        while path not in self.places:
            if not path:
                return None
            path, absent = path[:-1], True
        entry = self.places[path]
        if entry.key and (on_key or absent or not entry.scalar):
            return entry.key
        return entry.value


class _Unusable(Exception):
    """Reading cannot go on."""

    def __init__(self, code: Code, span: Span | None, message: str, help_: str) -> None:
        super().__init__(message)
        self.code, self.span, self.message, self.help = code, span, message, help_


def read(name: str, raw: bytes) -> Document:
    """Turn a file's bytes into a Document; never raises for anything that is in the file."""
    try:
        text = _decode(raw)
    except _Unusable as fault:
        return _failed(Source(name, raw.decode("utf-8", "replace")), fault)
    source = Source(name, text)
    try:
        return _compose(source)
    except _Unusable as fault:
        return _failed(source, fault)


def _failed(source: Source, fault: _Unusable) -> Document:
    places: SourceMap = {(): Entry(None, fault.span, "", scalar=True)} if fault.span else {}
    finding = Finding((), fault.message, fault.help)
    return Document(source, {}, places, ((fault.code, finding),), usable=False)


def _decode(raw: bytes) -> str:
    if len(raw) > SIZE_LIMIT:
        raise _Unusable(
            ALIAS,
            None,
            f"the file has {len(raw)} bytes; a profile has at most {SIZE_LIMIT}",
            "give r1c a recipe profile",
        )
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = raw[: error.start].decode("utf-8", "replace")
        line = before.count("\n") + 1
        column = len(before) - (before.rfind("\n") + 1) + 1
        raise _Unusable(
            ENCODING,
            Span(line, column, 1),
            f"byte 0x{raw[error.start]:02x} at offset {error.start} is not UTF-8",
            "save the file as UTF-8",
        ) from None


def _events(source: Source) -> Iterator[Any]:
    """Yield the YAML library's events; its errors become faults with a place."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError, YAMLStreamError

    try:
        yield from YAML(typ="safe", pure=True).parse(source.text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = source.position(min(mark.index, len(source.text))) if mark else (1, 1)
        problem = " ".join(str(error.problem or error.context or error).split())
        raise _Unusable(
            SYNTAX, Span(line, column, 1), f"not valid YAML: {problem}", _syntax_help(problem)
        ) from None
    except (YAMLError, YAMLStreamError) as error:
        index = getattr(error, "position", None)
        line, column = source.position(index) if isinstance(index, int) else (1, 1)
        character = getattr(error, "character", None)
        shown = f"character U+{character:04X}" if isinstance(character, int) else "a character"
        raise _Unusable(
            SYNTAX,
            Span(line, column, 1),
            f"not valid YAML: {shown} is not allowed in a YAML file",
            "remove the character",
        ) from None
    except (ValueError, IndexError, RecursionError, AttributeError) as error:
        raise _Unusable(SYNTAX, None, f"not valid YAML: {error}", "mend the YAML") from None


def _syntax_help(problem: str) -> str:
    if "\\t" in problem or "tab" in problem:
        return "indent with spaces; YAML does not allow tabs there"
    if "mapping values are not allowed" in problem:
        return "put quotes around a value that has a colon and a space, or mend the indentation"
    if "could not find expected ':'" in problem:
        return "write `key: value`, with a colon and a space after the key"
    return "mend the YAML here or just before this place"


class _Composer:
    """Builds data and places from events. One object, used once: the only mutable state of this module."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.events = _events(source)
        self.places: dict[Path, Entry] = {}
        self.findings: list[tuple[Code, Finding]] = []
        self.anchors: dict[str, tuple[Any, int, dict[Path, Entry]]] = {}
        self.nodes = 0

    def span(self, event: Any) -> Span:
        start, end = event.start_mark.index, event.end_mark.index
        line, column = self.source.position(min(start, len(self.source.text)))
        stop = self.source.text.find("\n", start)
        last = min(end, stop if stop != -1 else len(self.source.text))
        return Span(line, column, max(1, last - start))

    def say(self, code: Code, path: Path, span: Span, message: str, help_: str) -> None:
        """Record a finding; the place is noted under the path if the path has none yet."""
        self.places.setdefault(path, Entry(None, span, "", scalar=True))
        self.findings.append((code, Finding(path, message, help_)))

    def count(self, event: Any, depth: int, more: int = 1) -> None:
        self.nodes += more
        if self.nodes > NODE_LIMIT:
            raise _Unusable(
                ALIAS,
                self.span(event),
                f"with its aliases followed, the file has more than {NODE_LIMIT} values",
                "write the values out, without aliases of aliases",
            )
        if depth > DEPTH_LIMIT:
            raise _Unusable(
                ALIAS,
                self.span(event),
                f"values are nested more than {DEPTH_LIMIT} deep",
                "a profile is nested at most a dozen deep; mend the indentation or the brackets",
            )

    def node(self, event: Any, path: Path, key: Span | None, depth: int) -> Any:
        """Compose the node that begins with `event`."""
        kind = type(event).__name__
        span = self.span(event)
        if kind == "AliasEvent":
            return self.alias(event, path, key, depth)
        self.count(event, depth)
        before = self.nodes
        # The children of an anchored node are found again below it: their places are copied for each alias.
        self.places[path] = Entry(key, span, self._written(event), scalar=kind == "ScalarEvent")
        tag = getattr(event, "tag", None)
        if tag and str(tag) != "!":
            shown = str(tag).replace("tag:yaml.org,2002:", "!!")
            self.say(
                TAG, path, span, f"the YAML tag {shown} is not used in profiles", "write the value without it"
            )
        value: Any
        if kind == "ScalarEvent":
            plain = event.style is None and not tag
            value = self.scalar(event.value, path, span) if plain else event.value
        elif kind == "SequenceStartEvent":
            value = self.sequence(path, depth)
        else:
            value = self.mapping(path, depth)
        if event.anchor:
            below = {
                place[len(path) :]: entry
                for place, entry in self.places.items()
                if place[: len(path)] == path
            }
            self.anchors[event.anchor] = (value, self.nodes - before + 1, below)
        return value

    def _written(self, event: Any) -> str:
        start, end = event.start_mark.index, event.end_mark.index
        return (
            self.source.text[start : min(end, start + 200)] if type(event).__name__ == "ScalarEvent" else ""
        )

    def alias(self, event: Any, path: Path, key: Span | None, depth: int) -> Any:
        if event.anchor not in self.anchors:
            raise _Unusable(
                SYNTAX,
                self.span(event),
                f"not valid YAML: the alias *{event.anchor} refers to nothing above it",
                f"define &{event.anchor} before this line, or write the value out",
            )
        value, size, below = self.anchors[event.anchor]
        self.count(event, depth, size)
        span = self.span(event)
        for suffix, entry in below.items():
            self.places[(*path, *suffix)] = entry if suffix else Entry(key, span, entry.written, scalar=True)
        return value

    def scalar(self, text: str, path: Path, span: Span) -> Any:
        """Read a plain scalar as the YAML 1.2 core schema does; where 1.1 differs, say so and keep the
        text.
        """
        if text in ("", "~", "null", "Null", "NULL"):
            return None
        if text in ("true", "True", "TRUE"):
            return True
        if text in ("false", "False", "FALSE"):
            return False
        for pattern, meaning in _AMBIGUOUS:
            if text != "0" and pattern.fullmatch(text):
                advice = {
                    "a truth value": f'write true or false, or "{text}" in quotes if the text is meant'
                }.get(meaning, f'write "{text}" in quotes, or the plain decimal number if a number is meant')
                self.say(
                    AMBIGUOUS,
                    path,
                    span,
                    f"some YAML readers take {text} for {meaning}, others for text",
                    advice,
                )
                return text
        if _INTEGER.fullmatch(text):
            return int(text) if len(text) < 400 else text
        if _FLOAT.fullmatch(text):
            return float(text)
        if _SPECIAL_FLOAT.fullmatch(text):
            self.say(
                AMBIGUOUS,
                path,
                span,
                f"{text} is no number that a profile can use",
                f'write "{text}" in quotes',
            )
            return text
        return text

    def sequence(self, path: Path, depth: int) -> list[Any]:
        items: list[Any] = []
        for event in self.events:
            if type(event).__name__ == "SequenceEndEvent":
                break
            items.append(self.node(event, (*path, len(items)), None, depth + 1))
        return items

    def mapping(self, path: Path, depth: int) -> dict[str, Any]:
        result: dict[str, Any] = {}
        first: dict[str, Span] = {}
        for event in self.events:
            if type(event).__name__ == "MappingEndEvent":
                break
            span = self.span(event)
            name = self.key(event, path, span, depth)
            value_event = next(self.events)
            if name is None or name in result:
                if name is not None:
                    place = (*path, name, "(again)", span.line)
                    self.say(
                        DUPLICATE,
                        place,
                        span,
                        f"the key {name} is given twice; the first is on line {first[name].line}",
                        "keep one of the two",
                    )
                self.skip(value_event, path, depth)
                continue
            first[name] = span
            result[name] = self.node(value_event, (*path, name), span, depth + 1)
        return result

    def key(self, event: Any, path: Path, span: Span, depth: int) -> str | None:
        """Return the key as text, or None with a finding if it is none."""
        if type(event).__name__ == "ScalarEvent" and event.value != "<<":
            self.count(event, depth)
            return str(event.value)
        shown = "<<" if type(event).__name__ == "ScalarEvent" else "this key"
        help_ = "write the fields out" if shown == "<<" else "a key is a plain word"
        self.say(
            TAG, (*path, "(key)", span.line, span.column), span, f"{shown} is no key of a profile", help_
        )
        if type(event).__name__ not in ("ScalarEvent", "AliasEvent"):
            self.skip(event, path, depth)
        return None

    def skip(self, event: Any, path: Path, depth: int) -> None:
        """Read past a node whose value is not used, without recording its places or its faults."""
        places, findings = self.places, self.findings
        self.places, self.findings = {}, []
        self.node(event, path, None, depth + 1)
        self.places, self.findings = places, findings


def _compose(source: Source) -> Document:
    composer = _Composer(source)
    data: Any = None
    documents = 0
    for event in composer.events:
        kind = type(event).__name__
        if kind == "DocumentStartEvent":
            documents += 1
            if documents == 2:
                line, column = source.position(event.start_mark.index)
                raise _Unusable(
                    DOCUMENTS,
                    Span(line, column, 3),
                    "a second YAML document starts here",
                    "put each profile into a file of its own and give r1c the directory",
                )
        elif kind in ("ScalarEvent", "SequenceStartEvent", "MappingStartEvent", "AliasEvent"):
            data = composer.node(event, (), None, 0)
    if data is None:
        raise _Unusable(EMPTY, None, "the file is empty", "write a profile, or start one with `r1c init`")
    if not isinstance(data, dict):
        found = "a list" if isinstance(data, list) else "a single value"
        raise _Unusable(
            EMPTY,
            composer.places[()].value,
            f"the file holds {found}, not a profile",
            "a profile is a mapping that begins with apiVersion: r1c.dev/v1alpha1",
        )
    return Document(source, data, composer.places, tuple(composer.findings), usable=True)


def ordered(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Sort by place, then code and message, and drop what is said twice."""
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
