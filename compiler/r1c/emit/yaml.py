"""A value -> YAML that readers of YAML 1.1 and 1.2 read alike: one form for each value, no line folded."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from r1c.diagnostics import InternalError
from r1c.lower.bundle import Object

_SHORT = 200
"""Maximum number of characters of a string whose form is cached, to keep the cache small."""

LONGEST_KEY = 1024
"""Characters that a key may take, quotes included: the limit of YAML 1.1 and 1.2 for a key without `? `."""

# A word, path or image name that opens with a letter, `_`, `/`, `./` or `../`, or a Kubernetes quantity or
# duration. No number, date or indicator looks like that, so only RESOLVED_WORDS could read as another type.
_is_plain = re.compile(
    r"(?:[A-Za-z_/]|\.{1,2}/)[A-Za-z0-9_./@+-]*(?::[A-Za-z0-9/][A-Za-z0-9_./@+-]*)*"
    r"|[1-9][0-9]*(?:[KMGTP]i|[kmMGTPsh])"
)

RESOLVED_WORDS = frozenset({"null", "true", "false", "yes", "no", "on", "off", "y", "n"})
"""Words that YAML 1.1 or 1.2 reads as null or a boolean, in lower case; they are quoted in every case."""

# What a reader may refuse and a reviewer cannot see: controls, line ends other than LF, no-break space, soft
# hyphen, zero-width and direction marks, byte order mark, surrogates, tag characters. A fixed list, because
# str.isprintable() changes with the Unicode tables of each Python.
_INVISIBLE = (
    "\\x7f-\\xa0\\xad\\u061c\\u180e\\u200b-\\u200f\\u2028-\\u202e\\u2060-\\u206f"
    "\\ud800-\\udfff\\ufeff\\ufff0-\\ufffb\\ufffe\\uffff\\U000e0000-\\U000e0fff"
)
# Compiled only where a string has more than printable ASCII.
_UNQUOTABLE = f'["\\\\\\x00-\\x1f{_INVISIBLE}]'
_UNBLOCKABLE = f"[\\x00-\\x08\\x0b-\\x1f{_INVISIBLE}]"

_SHORT_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
"""The backslash first: the others bring some."""


def documents(objects: Iterable[Object]) -> str:
    """Return the objects as one YAML stream, `---` lines between them; raises InternalError as `to_yaml`."""
    return "---\n".join(map(to_yaml, objects))


def to_yaml(value: object) -> str:
    """Return one YAML document that 1.1 and 1.2 readers read back as the same value, ended by a newline.

    Takes dicts with string keys, lists, tuples (as lists), strings, integers, booleans, None and finite
    floats; raises InternalError for anything else, and for a key of more than LONGEST_KEY characters.
    """
    lines: list[str] = []
    if isinstance(value, (dict, list, tuple)) and value:
        _write(lines, value, "", "")
    else:
        lines.append(_scalar(value, "  "))
    lines.append("")
    return "\n".join(lines)


def _write(
    lines: list[str],
    value: dict[str, Any] | list[Any] | tuple[Any, ...],
    lead: str,
    indent: str,
) -> None:
    """Append the lines of a container that is not empty: `lead` opens its first line, `indent` the others."""
    deeper = indent + "  "
    if isinstance(value, dict):
        for key, item in value.items():
            if type(item) is str:
                pair = _pair(key, item) if len(item) <= _SHORT else ""
                lines.append(lead + (pair or f"{_key(key)}: {_string(item, deeper)}"))
                lead = indent
                continue
            opening = f"{lead}{_key(key)}:"
            lead = indent
            if isinstance(item, dict) and item:
                lines.append(opening)
                _write(lines, item, deeper, deeper)
            elif isinstance(item, (list, tuple)) and item:
                lines.append(opening)
                _write(lines, item, indent, indent)
            else:
                lines.append(f"{opening} {_scalar(item, deeper)}")
        return
    for item in value:
        if type(item) is str:
            text = _short(item) if len(item) <= _SHORT and "\n" not in item else _string(item, deeper)
            lines.append(f"{lead}- {text}")
        elif isinstance(item, (dict, list, tuple)) and item:
            _write(lines, item, f"{lead}- ", deeper)
        else:
            lines.append(f"{lead}- {_scalar(item, deeper)}")
        lead = indent


def _scalar(value: object, indent: str) -> str:
    """Return a value that goes after its key or dash: a scalar or an empty container."""
    if isinstance(value, str):
        return _string(value, indent)
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        if not math.isfinite(value):
            raise InternalError(f"cannot write the number {value} to a manifest: it is not finite")
        # YAML 1.1 takes 1e+16 for a string: its floats need a point.
        mantissa, exponent, power = repr(value).partition("e")
        return f"{mantissa}{exponent}{power}" if "." in mantissa else f"{mantissa}.0{exponent}{power}"
    if isinstance(value, dict):
        return "{}"
    if isinstance(value, (list, tuple)):
        return "[]"
    raise InternalError(f"cannot write a value of type {type(value).__name__} to a manifest")


@lru_cache(1024)
def _key(key: object) -> str:
    if not isinstance(key, str):
        raise InternalError(
            f"cannot write a key of type {type(key).__name__} to a manifest: keys are strings"
        )
    text = inline(key)
    if len(text) > LONGEST_KEY:
        raise InternalError(
            f"cannot write a key of {len(text)} characters to a manifest: the maximum is {LONGEST_KEY}"
        )
    return text


def _string(text: str, indent: str) -> str:
    """Return a string on one line, or as a literal block whose lines open with `indent`."""
    return _block(text, indent) if "\n" in text else inline(text)


def _is_plain_text(text: str) -> bool:
    """Tell quickly whether a string has only ASCII, line feeds and tabs; may say no for some that do."""
    return text.isascii() and text.replace("\n", "").replace("\t", "").isprintable()


@lru_cache(32)
def _block(text: str, indent: str) -> str:
    if not _is_plain_text(text) and re.search(_UNBLOCKABLE, text):
        return inline(text)
    body = text.rstrip("\n")
    # Readers agree on a block whose last line is all blanks, but no reviewer sees where it ends.
    if not body.rpartition("\n")[2].strip(" \t"):
        return inline(text)
    ends = len(text) - len(body)
    indicator = "2" if text.lstrip("\n")[:1] in (" ", "\t") else ""
    chomping = "-" if ends == 0 else "" if ends == 1 else "+"
    block = [f"|{indicator}{chomping}"]
    block += [indent + line if line else "" for line in body.split("\n")]
    block += [""] * (ends - 1)
    return "\n".join(block)


def inline(text: str) -> str:
    """Write a string on one line: plain if that is safe, else in double quotes."""
    if _is_plain.fullmatch(text) and text.lower() not in RESOLVED_WORDS:
        return text
    if text.isascii():
        escaped = text
        for character, escape in _SHORT_ESCAPES.items():
            escaped = escaped.replace(character, escape)
        if escaped.isprintable():
            return f'"{escaped}"'
    return f'"{re.sub(_UNQUOTABLE, _escape, text)}"'


_short = lru_cache(4096)(inline)
"""Cached: the same few hundred strings are in every recipe."""


@lru_cache(4096)
def _pair(key: object, text: str) -> str:
    """Return a key and a string on one line, or an empty string if it needs more lines."""
    return "" if "\n" in text else f"{_key(key)}: {_short(text)}"


def _escape(match: re.Match[str]) -> str:
    character = match[0]
    if character in _SHORT_ESCAPES:
        return _SHORT_ESCAPES[character]
    return f"\\u{ord(character):04x}" if character <= "\uffff" else f"\\U{ord(character):08x}"
