"""YAML events -> plain data, the place of every key and value, and the faults of the YAML.

The YAML library gives events; this module composes them itself, so that duplicate keys, aliases, tags and
values that YAML 1.1 and 1.2 read differently are all seen, each with its place, and none of them ends the
reading.
"""

from __future__ import annotations

import json
from typing import Any

from r1c import surrogates
from r1c.diagnostics import Code, Edit, Finding, Move, Path, Put, Remove, Span, safe
from r1c.source import credentials, scalar
from r1c.source.codes import (
    ALIAS,
    AMBIGUOUS,
    CREDENTIAL,
    DOCUMENTS,
    DUPLICATE,
    EMPTY,
    QUOTES,
    SYNTAX,
    TAG,
    UNICODE,
)
from r1c.source.document import NOTHING, Document, Entry, Source, Stretch, beside
from r1c.source.events import Unusable, events
from r1c.source.input_file import PROFILE, Bounds
from r1c.source.plain_yaml import Event

DEPTH_LIMIT = 40
ALIAS_LIMIT = 20_000
"""Values that aliases add: what keeps nested aliases from growing without bound."""

_REMOVE = "remove it and revoke it where it was issued"
_CREDENTIAL_HELP = {
    credentials.HUGGING_FACE: f"{_REMOVE}; `r1c secret` creates the Secret from HF_TOKEN or a prompt, and "
    "the profile names only that Secret (huggingface.secretName)"
}
_OTHER_CREDENTIAL_HELP = (
    f"{_REMOVE}; keep the new one in a Secret, and write NAME: {{secretKeyRef: {{name: SECRET, key: KEY}}}} "
    "in vllm.env"
)

_SHOWN = 60
"""Characters of a value that is repeated in a message."""
_OPENING, _CLOSING = "\u201c\u201d\u201e\u2018\u2019\u201a\u00ab", "\u201c\u201d\u2018\u2019\u00bb"
"""Quotes that chat programs and word processors write; YAML takes them for letters."""
_LONGEST_KEY = 1000
"""Characters with their escapes: a longer key cannot be written as YAML that all readers take."""


def _about(found: credentials.Credential) -> tuple[str, str]:
    """Return the message about a credential, and the help."""
    help_ = _CREDENTIAL_HELP.get(found.what, _OTHER_CREDENTIAL_HELP)
    return f"the profile holds {found.what}", help_


def _key_fault(event: Event, text: str) -> tuple[str, str] | None:
    """Say why a key is not allowed, and what to write instead; None if it is a string."""
    kind = event.kind
    if kind == "Alias":
        return "an alias cannot be used as a key", "write the key itself"
    if kind != "Scalar":
        if text[event.at[0] - 1 :].startswith("{{"):
            return "{{ }} is template syntax, and a profile is not a template", "write the value itself"
        return "a list or a map cannot be used as a key", "write a plain word as the key"
    if event.value == "<<":
        return "the merge key << is not allowed in profiles", "write the fields out"
    if event.tag:
        return f"the YAML tag {_shown_tag(event.tag)} is not allowed in profiles", "write the key without it"
    # An escape has twelve characters at most.
    if len(event.value) > _LONGEST_KEY // 12 and len(json.dumps(event.value)) > _LONGEST_KEY:
        return f"the key is too long ({len(event.value)} characters)", "write a shorter key"
    if event.style is not None:
        return None
    if event.value == "":
        return "a key is missing before the colon", "write the key"
    read = scalar.plain_key(event.value)
    quoted = f'write "{event.value}" in quotes, or another key'
    return (f"YAML reads the key {event.value} as {read}, not as a string", quoted) if read else None


def _about_half(text: str, half: str) -> tuple[str, str]:
    """Return the message about a string with half of a UTF-16 pair, and the help."""
    whole = surrogates.joined(text)
    if whole is not None and len(whole) <= _SHOWN and whole.isprintable():
        return f"{half} is half of a character that is written as two escapes", f'write "{whole}"'
    return f"{half} is half of a UTF-16 pair, not a character", "write the character, or remove it"


def _last_key(path: Path) -> str:
    for part in reversed(path):
        if isinstance(part, str):
            return part
    return ""


def _shown_tag(tag: object) -> str:
    return str(tag).replace("tag:yaml.org,2002:", "!!")


class _Composer:
    """Builds data and places from events. One object, used once: the only mutable state of this module."""

    def __init__(self, source: Source, bounds: Bounds = PROFILE) -> None:
        self.source = source
        self.most = bounds.values
        self.events = events(source)
        self.places: dict[Path, Entry] = {}
        self.order: list[Path] = []
        self.findings: list[tuple[Code, Finding]] = []
        self.anchors: dict[str, tuple[Any, int, dict[Path, Entry]]] = {}
        self.nodes = 0
        self.repeated = 0
        self.reported: list[tuple[int, int]] = []
        self.hidden: list[tuple[Stretch, str]] = []

    def span(self, at: Stretch) -> Span:
        return self.source.span(*at)

    def put(self, path: Path, entry: Entry) -> None:
        self.places[path] = entry
        self.order.append(path)

    def say(  # noqa: PLR0913, PLR0917  # the parts of a finding
        self, code: Code, path: Path, at: Stretch, message: str, help_: str, edit: Edit | None = None
    ) -> None:
        """Record a finding; the place is noted under the path if the path has none yet."""
        self.places.setdefault(path, Entry(self.source, None, at, NOTHING, scalar=True))
        self.findings.append((code, Finding(path, message, help_, edit=edit)))

    def look(self, event: Event, path: Path, *, on_key: bool = False) -> None:
        """Report a credential in a scalar, where escapes and folding are resolved."""
        found = credentials.first(event.value)
        if found:
            self.reported.append(event.at)
            self.hidden.append((event.at, event.value[found.start : found.end]))
            message, help_ = _about(found)
            self.findings.append((CREDENTIAL, Finding(path, message, help_, on_key=on_key)))

    def hide(self, path: Path, at: Stretch, value: object) -> None:
        """Note a value that no report may show: its key, or one above it, is the name of a credential."""
        if credentials.is_secret(_last_key(path), value) or credentials.below_secret(path):
            self.mask(at, value)
        elif isinstance(value, str) and ("=" in value or ":" in value or "--" in value):
            self.hidden += ((at, secret) for secret in credentials.assigned(value))

    def mask(self, at: Stretch, value: object) -> None:
        # A report quotes one line at a time.
        self.hidden += ((at, line.strip()) for line in str(value).splitlines())

    def look_outside_values(self) -> None:
        """Report the credentials that no value or key has shown: in comments, and in what is not read."""
        text = self.source.text
        for found in credentials.find(text):
            if any(start <= found.start < end for start, end in self.reported):
                continue
            at = (found.start, found.end)
            self.say(CREDENTIAL, beside((), self.span(at)), at, *_about(found))

    def count(self, event: Event, depth: int, more: int = 1) -> None:
        self.nodes += more
        if self.nodes > self.most or self.repeated > ALIAS_LIMIT:
            most = min(self.most, ALIAS_LIMIT) if self.repeated > ALIAS_LIMIT else self.most
            raise Unusable(
                ALIAS,
                event.at,
                f"the file expands to more than {most:,} values",
                "a profile has a few hundred values; write them out instead of using aliases of aliases",
            )
        if depth > DEPTH_LIMIT:
            raise Unusable(
                ALIAS,
                event.at,
                f"values are nested more than {DEPTH_LIMIT} levels deep",
                "a profile has at most a dozen levels; correct the indentation or the brackets",
            )

    def node(self, event: Event, path: Path, key: Stretch | None, depth: int) -> Any:
        """Compose the node that begins with `event`."""
        kind = event.kind
        at = event.at
        if kind == "Alias":
            return self.alias(event, path, key, depth)
        self.count(event, depth)
        before = self.nodes
        start = len(self.order)
        single = kind == "Scalar"
        self.put(path, Entry(self.source, key, at, at if single else NOTHING, single))
        tag = event.tag
        if tag and str(tag) != "!":
            message = f"the YAML tag {_shown_tag(tag)} is not allowed in profiles"
            text = single and str(tag) == "tag:yaml.org,2002:str"
            edit = safe(Put(path, event.value)) if text else None
            self.say(TAG, path, at, message, "write the value without it", edit)
        value: Any
        if single:
            self.look(event, path)
            self.hide(path, at, event.value)
            plain = event.style is None and not tag
            value = self.scalar(event.value, path, at) if plain else self.whole(event.value, path, at)
        elif kind == "SequenceStart":
            value = self.sequence(path, depth)
        else:
            value = self.mapping(path, depth)
        if event.anchor:
            # What is noted since then is this node and all below it: the places are copied for each alias.
            below = {place[len(path) :]: self.places[place] for place in self.order[start:]}
            self.anchors[event.anchor] = (value, self.nodes - before + 1, below)
        return value

    def alias(self, event: Event, path: Path, key: Stretch | None, depth: int) -> Any:
        if event.anchor not in self.anchors:
            raise Unusable(
                SYNTAX,
                event.at,
                f"not valid YAML: the alias *{event.anchor} refers to nothing above it",
                f'write "*{event.anchor}" in quotes if you mean a string, or define &{event.anchor} above it',
            )
        value, size, below = self.anchors[event.anchor]
        self.repeated += size
        self.count(event, depth, size)
        for suffix, entry in below.items():
            own = Entry(self.source, key, event.at, entry.written_at, scalar=True)
            self.put((*path, *suffix), entry if suffix else own)
        if () in below:
            self.hide(path, below[()].written_at, value)
        return value

    def scalar(self, text: str, path: Path, at: Stretch) -> Any:
        """Read a plain scalar; where readers would not agree, say so and keep the text."""
        value, doubt = scalar.read(text)
        if doubt:
            self.say(AMBIGUOUS, path, at, *doubt)
        elif len(text) > 2 and text[0] in _OPENING and text[-1] in _CLOSING:
            message = f"the quotes {text[0]} and {text[-1]} are part of the value: YAML knows only \" and '"
            self.say(QUOTES, path, at, message, f"write {text[1:-1]}", safe(Put(path, text[1:-1])))
        return value

    def whole(self, text: str, path: Path, at: Stretch) -> str:
        """Return a quoted text without halves of UTF-16 pairs, with a finding if it has one."""
        half = surrogates.half(text)
        if half is None:
            return text
        message, help_ = _about_half(text, half)
        whole = surrogates.joined(text)
        self.say(UNICODE, path, at, message, help_, safe(Put(path, whole)) if whole is not None else None)
        return surrogates.replaced(text)

    def sequence(self, path: Path, depth: int) -> list[Any]:
        items: list[Any] = []
        for event in self.events:
            if event.kind == "SequenceEnd":
                break
            items.append(self.node(event, (*path, len(items)), None, depth + 1))
            if len(items) > 1 and credentials.awaits_one(items[-2]):
                self.mask(self.places[*path, len(items) - 1].value_at, items[-1])
        return items

    def mapping(self, path: Path, depth: int) -> dict[str, Any]:
        result: dict[str, Any] = {}
        first: dict[str, Stretch] = {}
        for event in self.events:
            if event.kind == "MappingEnd":
                break
            at = event.at
            name = self.key(event, path, at, depth)
            value_event = next(self.events)
            if name is None or name in result:
                value = self.skip(value_event, path, depth)
                if name is not None:
                    place = beside((*path, name), self.span(at))
                    message = f"duplicate key {name}; it is already on line {self.span(first[name]).line}"
                    same = repr(value) == repr(result[name])
                    edit = safe(Remove(place)) if same else None
                    self.say(DUPLICATE, place, at, message, "keep one of them", edit)
                continue
            first[name] = at
            result[name] = self.node(value_event, (*path, name), at, depth + 1)
        value_at = self.places.get((*path, "value"))
        if value_at and credentials.is_secret(str(result.get("name", "")), result.get("value")):
            # As Kubernetes writes a variable: {name: NAME, value: VALUE}.
            self.mask(value_at.value_at, result["value"])
        return result

    def key(self, event: Event, path: Path, at: Stretch, depth: int) -> str | None:
        """Return the key as text, or None with a finding if it is not a string."""
        kind = event.kind
        if kind == "Scalar":
            self.count(event, depth)
            half = surrogates.half(event.value)
            if half:
                message, help_ = _about_half(event.value, half)
                self.say(UNICODE, beside(path, self.span(at)), at, message, help_)
                return None
            self.look(event, (*path, event.value), on_key=True)
        fault = _key_fault(event, self.source.text)
        if fault is None:
            return str(event.value)
        place = beside(path, self.span(at))
        other = kind != "Scalar" or event.style or event.tag or event.value in ("", "<<")
        edit = None if other else safe(Move(place, (*path, event.value)))
        self.say(TAG, place, at, *fault, edit)
        if kind not in ("Scalar", "Alias"):
            self.skip(event, path, depth)
        return None

    def skip(self, event: Event, path: Path, depth: int) -> Any:
        """Read past a node whose value does not count, without recording its places or its faults."""
        kept = self.places, self.order, self.findings, self.reported
        self.places, self.order, self.findings, self.reported = {}, [], [], []
        value = self.node(event, path, None, depth + 1)
        self.places, self.order, self.findings, self.reported = kept
        return value


_SEVERAL = (
    "remove this line and what follows, or put each profile into its own file and give r1c the directory"
)
_MANIFESTS = "a profile is one document of kind Recipe; `r1c import manifest` and `r1c lint` read manifests"


def _is_manifest(data: Any) -> bool:
    """Tell whether a document is a Kubernetes object and not a profile, as the first of a stream may be."""
    return isinstance(data, dict) and "apiVersion" in data and data.get("kind") not in (None, "Recipe")


def compose(source: Source, bounds: Bounds = PROFILE) -> Document:
    """Return the Document of YAML text. Raises Unusable."""
    composer = _Composer(source, bounds)
    data: Any = None
    documents = 0
    for event in composer.events:
        kind = event.kind
        if kind == "DocumentStart":
            documents += 1
            if documents == 2:
                start = event.at[0]
                raise Unusable(
                    DOCUMENTS,
                    (start, start + 3),
                    "a second YAML document starts here",
                    _MANIFESTS if _is_manifest(data) else _SEVERAL,
                )
        elif kind in ("Scalar", "SequenceStart", "MappingStart", "Alias"):
            data = composer.node(event, (), None, 0)
    composer.look_outside_values()
    if data is None:
        raise Unusable(EMPTY, None, "the file is empty", "write a profile, or start one with `r1c init`")
    if not isinstance(data, dict):
        found = "a list" if isinstance(data, list) else "a single value"
        raise Unusable(
            EMPTY,
            composer.places[()].value_at,
            f"the file holds {found}, not a profile",
            "a profile is a map that begins with apiVersion: r1c.dev/v1alpha1",
        )
    return Document(
        source,
        data,
        composer.places,
        tuple(composer.findings),
        usable=True,
        secrets=frozenset(value for _, value in composer.hidden),
        hidden={source: frozenset(at for at, _ in composer.hidden)},
    )


def failed(source: Source, fault: Unusable) -> Document:
    """Return the Document of a file whose reading ended at a fault."""
    places: dict[Path, Entry] = {}
    if fault.at:
        places[()] = Entry(source, None, fault.at, NOTHING, scalar=True)
    composer = _Composer(source)
    composer.findings.append((fault.code, Finding((), fault.message, fault.help)))
    composer.look_outside_values()
    return Document(source, {}, places | composer.places, tuple(composer.findings), usable=False)
