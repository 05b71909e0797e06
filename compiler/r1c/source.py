"""A profile's bytes -> a Document: plain data, with the place of every key and value, and what is wrong with
the YAML.

The YAML library gives events; this module composes them itself, so that duplicate keys, aliases, tags and
values that YAML 1.1 and 1.2 read differently are all seen, each with its place, and none of them ends the
reading.
"""

from __future__ import annotations

import bisect
import codecs
import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from r1c import credentials, plain_yaml
from r1c.diagnostics import Code, Diagnostic, Finding, Label, Path, Severity, Span
from r1c.pattern import pattern
from r1c.record import record

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
    "two selects nothing (evidence.md, gke-gpudirect).",
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
    "(evidence.md, GIT012).",
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

CREDENTIAL = Code(
    "R1C701",
    "credential",
    Severity.ERROR,
    "The profile holds a credential",
    "A profile is committed and reviewed, and what it says goes into manifests that are committed too: "
    "whoever reads the repository has the token (vllm-project/production-stack#14, #149; evidence.md, "
    "SEC001).",
    "spec:\n  vllm:\n    env:\n      HF_TOKEN: hf_exampleexampleexampleexampleexamp\n",
    "Remove it, revoke it where it was issued, and keep the new one in a Secret.",
)

CODES = (SYNTAX, ENCODING, EMPTY, DOCUMENTS, DUPLICATE, ALIAS, RETYPED, AMBIGUOUS, TAG, CREDENTIAL)

_REMOVE = "remove it and revoke it where it was issued"
_CREDENTIAL_HELP = {
    credentials.HUGGING_FACE: f"{_REMOVE}; `r1c secret` makes the Secret from HF_TOKEN or a prompt, and the "
    "profile names only that Secret (huggingface.secretName)"
}
_OTHER_CREDENTIAL_HELP = f"{_REMOVE}; keep the new one in a Secret that an overlay refers to"

_LONGEST_LINE = 4000
_LONGEST_KEY = 1000
"""Characters with their escapes: a longer key cannot be written as YAML that all readers take."""

_NOTHING = ("", "~", "null", "Null", "NULL")
_TRUE, _FALSE = ("true", "True", "TRUE"), ("false", "False", "FALSE")
_LINE_END = pattern(r"\r\n|\r|\n")
_INTEGER = pattern(r"[-+]?[0-9]+")
_FLOAT = pattern(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_SPECIAL_FLOAT = pattern(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_NUMBER_MEANT = "the plain decimal number if a number is meant"
_AMBIGUOUS = (
    (pattern(r"(?i:yes|on|y)"), "a truth value", "text", "true"),
    (pattern(r"(?i:no|off|n)"), "a truth value", "text", "false"),
    (pattern(r"[-+]?0[0-9]*[89][0-9]*"), "a decimal number", "text", _NUMBER_MEANT),
    (pattern(r"[-+]?0[0-9]+"), "an octal number", "a decimal one", _NUMBER_MEANT),
    (
        pattern(r"0o[0-7]+|0x[0-9a-fA-F]+|[-+]?0b[01_]+"),
        "a number in another base",
        "text",
        _NUMBER_MEANT,
    ),
    (
        pattern(r"[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?"),
        "a number in base 60",
        "text",
        _NUMBER_MEANT,
    ),
    (pattern(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt ].*)?"), "a date", "text", None),
    (
        pattern(r"[-+]?[0-9][0-9_]*_[0-9_]*(\.[0-9_]*)?"),
        "a number with underscores",
        "text",
        "the number without underscores",
    ),
)
"""How some readers take a plain scalar, how others do, and what else to write where no text is meant."""
LONGEST_TRUTH = 5
"""Letters of the words (false, null ...) that readers take for something else; a longer one is text."""
_LARGEST = 2**63 - 1
"""What the readers of manifests keep exactly; r1c's own sums stay small enough too."""


@dataclass(frozen=True)
class Source:
    """A file as the user named it and its text."""

    name: str
    text: str

    @cached_property
    def _starts(self) -> list[int]:
        return [0, *(end.end() for end in _LINE_END.finditer(self.text))]

    def position(self, index: int) -> tuple[int, int]:
        """Return the 1-based line and column of a character index."""
        line = bisect.bisect_right(self._starts, index)
        return line, index - self._starts[line - 1] + 1

    @cached_property
    def _starred(self) -> str:
        return credentials.starred(self.text)

    @cached_property
    def hide(self) -> Callable[[str], str]:
        """What stars the file's credentials out of a message."""
        return credentials.hider(self.text)

    def line(self, number: int) -> str:
        """Return a line's text without its end, its credentials starred out; empty beyond the last line,
        and for a line that is too long to be shown for each of its faults.
        """
        if not 1 <= number <= len(self._starts):
            return ""
        start, end = self._starts[number - 1], self._starts[number] if number < len(self._starts) else None
        if (len(self.text) if end is None else end) - start > _LONGEST_LINE:
            return ""
        return self._starred[start:end].rstrip("\r\n")

    def span(self, start: int, end: int) -> Span:
        """Return the place of a stretch of the text; what is below its first line does not count."""
        start = min(start, len(self.text))
        line, column = self.position(start)
        below = _LINE_END.search(self.text, start, max(start, end))
        last = min(below.start() if below else end, len(self.text))
        return Span(line, column, max(1, last - start))


@record
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
    origins: Mapping[Path, Source] = field(default_factory=dict)

    def origin(self, path: Path) -> Source:
        """Return the file that holds a path or its nearest parent: another where the profile extends it."""
        while path and path not in self.places:
            path = path[:-1]
        return self.origins.get(path, self.source)

    def diagnostic(self, code: Code, finding: Finding) -> Diagnostic:
        """Locate a finding: an absent path has no place, so its nearest parent's key stands for it.

        No credential of the file passes here: every text that is shown has them starred out.
        """
        source = self.origin(finding.path)
        hide = source.hide
        span = self.span(finding.path, on_key=finding.on_key)
        related = tuple(
            Label(hide(item.message), there.name, place, there.line(place.line))
            if item.path is not None
            and (place := self.span(item.path, on_key=False))
            and (there := self.origin(item.path))
            else Label(hide(item.message), item.place or "")
            for item in finding.related
        )
        line = source.line(span.line) if span else ""
        if span and code is CREDENTIAL:
            # Written with escapes, it is none to look at.
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
        )

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


def _beside(path: Path, span: Span) -> Path:
    """Return a path for a place that no path leads to, such as a second key of one name: numbers below zero
    are no indices.
    """
    return (*path, -span.line, -span.column)


def named(path: Path) -> Path:
    """Return the part of a path that leads through the profile."""
    return path[:-2] if path and isinstance(path[-1], int) and path[-1] < 0 else path


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
        return _failed(Source(name, raw.removeprefix(codecs.BOM_UTF8).decode("utf-8", "replace")), fault)
    source = Source(name, text)
    try:
        return _compose(source)
    except _Unusable as fault:
        return _failed(source, fault)


def _failed(source: Source, fault: _Unusable) -> Document:
    places: dict[Path, Entry] = {(): Entry(None, fault.span, "", scalar=True)} if fault.span else {}
    composer = _Composer(source)
    composer.findings.append((fault.code, Finding((), fault.message, fault.help)))
    composer.look_outside_values()
    return Document(source, {}, places | composer.places, tuple(composer.findings), usable=False)


def _decode(raw: bytes) -> str:
    if len(raw) > SIZE_LIMIT:
        raise _Unusable(
            ALIAS,
            None,
            f"the file has {len(raw)} bytes; a profile has at most {SIZE_LIMIT}",
            "give r1c a recipe profile",
        )
    wide = raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or b"\0" in raw[:2]
    if wide:
        raise _Unusable(
            ENCODING, None, "the file is UTF-16 or UTF-32 text, not UTF-8", "save the file as UTF-8"
        )
    body = raw.removeprefix(codecs.BOM_UTF8)
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        before = body[: error.start].decode("utf-8")
        line, column = Source("", before).position(len(before))
        offset = len(raw) - len(body) + error.start
        raise _Unusable(
            ENCODING,
            Span(line, column, 1),
            f"byte 0x{body[error.start]:02x} at offset {offset} is not UTF-8",
            "save the file as UTF-8",
        ) from None


def _events(source: Source) -> Iterator[Any]:
    """Yield the YAML library's events; its errors become faults with a place."""
    plain = plain_yaml.events(source.text)
    if plain is not None:
        yield from plain
        return
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError, YAMLStreamError

    from r1c import syntax

    try:
        yield from YAML(typ="safe", pure=True).parse(source.text)
    except MarkedYAMLError as error:
        mark, begun = error.problem_mark or error.context_mark, error.context_mark
        problem = " ".join(str(error.problem or error.context or error).split())
        complaint = syntax.Complaint(
            source.text, problem, mark.index if mark else 0, begun.index if begun else None
        )
        fault = syntax.fault(complaint)
        line, column = source.position(min(fault.index, len(source.text)))
        raise _Unusable(
            SYNTAX, Span(line, column, 1), f"not valid YAML: {fault.message}", fault.help
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


def _about(found: credentials.Credential) -> tuple[str, str]:
    """Return what is said of a credential, and what to do."""
    help_ = _CREDENTIAL_HELP.get(found.what, _OTHER_CREDENTIAL_HELP)
    return f"the profile holds {found.what}", help_


def _number(text: str) -> int | float | None:
    """Return the number that a plain scalar is in the YAML 1.2 core schema."""
    if _INTEGER.fullmatch(text):
        return int(text) if len(text) < 400 else math.inf
    if _FLOAT.fullmatch(text):
        return float(text)
    return math.nan if _SPECIAL_FLOAT.fullmatch(text) else None


def _key_fault(event: Any, text: str) -> tuple[str, str] | None:
    """Say why a key is none of a profile, and what to write instead; None if it is a text."""
    kind = type(event).__name__
    if kind == "AliasEvent":
        return "an alias is no key of a profile", "write the key itself"
    if kind != "ScalarEvent":
        if text[event.start_mark.index - 1 :].startswith("{{"):
            return "{{ }} belongs to a template, and a profile is none", "write the value itself"
        return "a list or a map is no key of a profile", "write a plain word as the key"
    if event.value == "<<":
        return "the merge key << is not used in profiles", "write the fields out"
    if event.tag:
        return f"the YAML tag {_shown_tag(event.tag)} is not used in profiles", "write the key without it"
    if len(json.dumps(event.value)) > _LONGEST_KEY:
        return f"a key of {len(event.value)} characters is none of a profile", "write a shorter key"
    if event.style is not None:
        return None
    if event.value == "":
        return "a key is missing before the colon", "write the key"
    read = _plain_key(event.value)
    quoted = f'write "{event.value}" in quotes, or another key'
    return (f"YAML reads the key {event.value} as {read}, not as text", quoted) if read else None


def _plain_key(text: str) -> str | None:
    """Say what a plain key is to a YAML reader, None if it is text to all of them."""
    if text[:1].isalpha() and text.isascii() and len(text) > LONGEST_TRUTH:
        return None
    if text in _NOTHING:
        return "nothing"
    if text in _TRUE or text in _FALSE:
        return "a truth value"
    doubt = next((some for form, some, _, _ in _AMBIGUOUS if form.fullmatch(text)), None)
    return doubt or (None if _number(text) is None else "a number")


def _shown_tag(tag: object) -> str:
    return str(tag).replace("tag:yaml.org,2002:", "!!")


class _Composer:
    """Builds data and places from events. One object, used once: the only mutable state of this module."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.events = _events(source)
        self.places: dict[Path, Entry] = {}
        self.order: list[Path] = []
        self.findings: list[tuple[Code, Finding]] = []
        self.anchors: dict[str, tuple[Any, int, dict[Path, Entry]]] = {}
        self.nodes = 0
        self.reported: list[tuple[int, int]] = []

    def span(self, event: Any) -> Span:
        return self.source.span(event.start_mark.index, event.end_mark.index)

    def put(self, path: Path, entry: Entry) -> None:
        self.places[path] = entry
        self.order.append(path)

    def say(self, code: Code, path: Path, span: Span, message: str, help_: str) -> None:
        """Record a finding; the place is noted under the path if the path has none yet."""
        self.places.setdefault(path, Entry(None, span, "", scalar=True))
        self.findings.append((code, Finding(path, message, help_)))

    def look(self, event: Any, path: Path, *, on_key: bool = False) -> None:
        """Report a credential in a scalar, where escapes and folding are resolved."""
        found = next(credentials.find(event.value), None)
        if found:
            self.reported.append((event.start_mark.index, event.end_mark.index))
            message, help_ = _about(found)
            self.findings.append((CREDENTIAL, Finding(path, message, help_, on_key=on_key)))

    def look_outside_values(self) -> None:
        """Report the credentials that no value or key has shown: in comments, and in what is not read."""
        text = self.source.text
        for found in credentials.find(text):
            if any(start <= found.start < end for start, end in self.reported):
                continue
            span = self.source.span(found.start, found.end)
            self.say(CREDENTIAL, _beside((), span), span, *_about(found))

    def count(self, event: Any, depth: int, more: int = 1) -> None:
        self.nodes += more
        if self.nodes > NODE_LIMIT:
            raise _Unusable(
                ALIAS,
                self.span(event),
                f"the file comes to more than {NODE_LIMIT} values",
                "a profile has a few hundred; write values out instead of aliases of aliases",
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
        start = len(self.order)
        self.put(path, Entry(key, span, self._written(event), scalar=kind == "ScalarEvent"))
        tag = getattr(event, "tag", None)
        if tag and str(tag) != "!":
            message = f"the YAML tag {_shown_tag(tag)} is not used in profiles"
            self.say(TAG, path, span, message, "write the value without it")
        value: Any
        if kind == "ScalarEvent":
            self.look(event, path)
            plain = event.style is None and not tag
            value = self.scalar(event.value, path, span) if plain else event.value
        elif kind == "SequenceStartEvent":
            value = self.sequence(path, depth)
        else:
            value = self.mapping(path, depth)
        if event.anchor:
            # What is noted since then is this node and all below it: the places are copied for each alias.
            below = {place[len(path) :]: self.places[place] for place in self.order[start:]}
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
                f'write "*{event.anchor}" in quotes if a text is meant, or define &{event.anchor} above it',
            )
        value, size, below = self.anchors[event.anchor]
        self.count(event, depth, size)
        span = self.span(event)
        for suffix, entry in below.items():
            self.put((*path, *suffix), entry if suffix else Entry(key, span, entry.written, scalar=True))
        return value

    def scalar(self, text: str, path: Path, span: Span) -> Any:
        """Read a plain scalar as the YAML 1.2 core schema does; where 1.1 differs, say so and keep the
        text.
        """
        if text in _NOTHING:
            return None
        if text in _TRUE or text in _FALSE:
            return text in _TRUE
        if text.isdecimal() and text.isascii() and len(text) < 19 and (text[0] != "0" or text == "0"):
            # What nearly all numbers of a profile look like; no reader takes them for anything else.
            return int(text)
        if text[0].isalpha() and text.isascii() and len(text) > LONGEST_TRUTH:
            return text
        for form, some, others, instead in _AMBIGUOUS:
            if form.fullmatch(text):
                quoted = f'"{text}" in quotes'
                help_ = f"write {instead}, or {quoted} if a text is meant" if instead else f"write {quoted}"
                message = f"some YAML readers take {text} for {some}, others for {others}"
                self.say(AMBIGUOUS, path, span, message, help_)
                return text
        number = _number(text)
        if number is None:
            return text
        if not abs(number) <= _LARGEST:
            shown = text if len(text) <= 30 else f"{text[:27]}..."
            message = f"{shown} is larger than any number that a profile can hold ({_LARGEST})"
            if _SPECIAL_FLOAT.fullmatch(text):
                message = f"{text} is no number that a profile can hold"
            help_ = "write a plain decimal number, or put the value in quotes if a text is meant"
            self.say(AMBIGUOUS, path, span, message, help_)
            return text
        return number

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
                    self.say(
                        DUPLICATE,
                        _beside((*path, name), span),
                        span,
                        f"the key {name} is given again; it is on line {first[name].line} already",
                        "keep one of them",
                    )
                self.skip(value_event, path, depth)
                continue
            first[name] = span
            result[name] = self.node(value_event, (*path, name), span, depth + 1)
        return result

    def key(self, event: Any, path: Path, span: Span, depth: int) -> str | None:
        """Return the key as text, or None with a finding if it is none."""
        kind = type(event).__name__
        if kind == "ScalarEvent":
            self.count(event, depth)
            self.look(event, (*path, event.value), on_key=True)
        fault = _key_fault(event, self.source.text)
        if fault is None:
            return str(event.value)
        self.say(TAG, _beside(path, span), span, *fault)
        if kind not in ("ScalarEvent", "AliasEvent"):
            self.skip(event, path, depth)
        return None

    def skip(self, event: Any, path: Path, depth: int) -> None:
        """Read past a node whose value is not used, without recording its places or its faults."""
        kept = self.places, self.order, self.findings, self.reported
        self.places, self.order, self.findings, self.reported = {}, [], [], []
        self.node(event, path, None, depth + 1)
        self.places, self.order, self.findings, self.reported = kept


def _compose(source: Source) -> Document:
    composer = _Composer(source)
    data: Any = None
    documents = 0
    for event in composer.events:
        kind = type(event).__name__
        if kind == "DocumentStartEvent":
            documents += 1
            if documents == 2:
                start = event.start_mark.index
                raise _Unusable(
                    DOCUMENTS,
                    source.span(start, start + 3),
                    "a second YAML document starts here",
                    "remove what follows, or put each profile into a file of its own and name the directory",
                )
        elif kind in ("ScalarEvent", "SequenceStartEvent", "MappingStartEvent", "AliasEvent"):
            data = composer.node(event, (), None, 0)
    composer.look_outside_values()
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
