"""A profile's bytes -> a Document: plain data, the place of every key and value, and YAML faults."""

from __future__ import annotations

import codecs

from r1c.source.codes import (
    ALIAS,
    AMBIGUOUS,
    CREDENTIAL,
    DOCUMENTS,
    DUPLICATE,
    EMPTY,
    ENCODING,
    QUOTES,
    RETYPED,
    SYNTAX,
    TAG,
    UNICODE,
)
from r1c.source.composer import compose, failed
from r1c.source.document import Document, Entry, Source, named, ordered
from r1c.source.events import Unusable
from r1c.source.input_file import MANIFEST, PROFILE, SIZE_LIMIT, Bounds

__all__ = [
    "ALIAS",
    "AMBIGUOUS",
    "CODES",
    "CREDENTIAL",
    "DOCUMENTS",
    "DUPLICATE",
    "EMPTY",
    "ENCODING",
    "MANIFEST",
    "QUOTES",
    "RETYPED",
    "SIZE_LIMIT",
    "SYNTAX",
    "TAG",
    "UNICODE",
    "Document",
    "Entry",
    "Source",
    "named",
    "ordered",
    "read",
]

CODES = (
    SYNTAX,
    ENCODING,
    EMPTY,
    DOCUMENTS,
    DUPLICATE,
    ALIAS,
    RETYPED,
    AMBIGUOUS,
    TAG,
    UNICODE,
    QUOTES,
    CREDENTIAL,
)


def read(name: str, raw: bytes, bounds: Bounds = PROFILE, above: int = 0) -> Document:
    """Turn a file's bytes into a Document; never raises for anything that is in the file.

    `above` is the number of lines of the file that precede them.
    """
    try:
        text = _decode(raw, bounds)
    except Unusable as fault:
        return failed(Source(name, raw.removeprefix(codecs.BOM_UTF8).decode("utf-8", "replace")), fault)
    source = Source(name, text, above)
    try:
        return compose(source, bounds)
    except Unusable as fault:
        return failed(source, fault)


def _decode(raw: bytes, bounds: Bounds) -> str:
    if len(raw) > bounds.size:
        raise Unusable(
            ALIAS,
            None,
            f"the file is larger than {bounds.size:,} bytes, the limit for {bounds.what}",
            "give r1c a recipe profile",
        )
    wide = raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or b"\0" in raw[:2]
    if wide:
        raise Unusable(
            ENCODING, None, "the file is UTF-16 or UTF-32 text, not UTF-8", "save the file as UTF-8"
        )
    body = raw.removeprefix(codecs.BOM_UTF8)
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        before = body[: error.start].decode("utf-8")
        offset = len(raw) - len(body) + error.start
        raise Unusable(
            ENCODING,
            (len(before), len(before) + 1),
            f"byte 0x{body[error.start]:02x} at offset {offset} is not UTF-8",
            "save the file as UTF-8",
        ) from None
