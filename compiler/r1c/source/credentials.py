"""A text -> the stretches of it that are credentials, and the text with them starred out."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from r1c.record import record

HUGGING_FACE = "a Hugging Face token"

_KINDS = tuple(
    (what, marks, re.compile(form, re.DOTALL))
    for what, marks, form in (
        (HUGGING_FACE, ("hf_", "api_org_"), r"(?<![A-Za-z0-9])(?:hf_|api_org_)[A-Za-z0-9]{30,}"),
        (
            "a private key",
            ("PRIVATE KEY-----",),
            r"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY-----.*?(?:-----END (?:[A-Z0-9]+ )*PRIVATE KEY-----|\Z)",
        ),
        ("a Google API key", ("AIza",), r"(?<![A-Za-z0-9])AIza[A-Za-z0-9_-]{35}"),
        ("a Google access token", ("ya29.",), r"(?<![A-Za-z0-9])ya29\.[A-Za-z0-9_-]{20,}"),
        (
            "a GitHub token",
            ("gho_", "ghp_", "ghs_", "ghu_", "ghr_", "github_pat_"),
            r"(?<![A-Za-z0-9])(?:gh[opsur]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{22,})",
        ),
        ("an AWS access key", ("AKIA", "ASIA"), r"(?<![A-Za-z0-9])(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Za-z0-9])"),
    )
)
"""What it is, its marks (each such credential has one, and they are quicker to look for), and its form."""

_NAME = re.compile(
    r"(?:.*_)?(?:TOKEN|PASSWORD|PASSWD|SECRET|CREDENTIALS?|(?:API|ACCESS|PRIVATE|SECRET)_?KEY)"
)
_ASSIGNED = re.compile(
    r"""(?<![\w-])["']?(?P<name>-{0,2}[A-Za-z][\w-]*)(?:["'][ \t]*:[ \t]*|[ \t]*:[ \t]+)"""
    r"""(?P<value>"[^"\n]*"|'[^'\n]*'|[^\s#,}\]][^\n#,}]*)"""
)
_SHORTEST = 20
"""Characters of the shortest credential that is known by its form."""
_SHORT = 4
"""Shorter values (a number, a truth value) are starred in the source line, but not looked for in messages."""


@record
class Credential:
    """A stretch of a text, by character index, and what it is."""

    start: int
    end: int
    what: str


def find(text: str) -> Iterator[Credential]:
    """Yield the credentials in a text, those of one kind after the other."""
    if len(text) < _SHORTEST:
        return
    for what, marks, form in _KINDS:
        if any(mark in text for mark in marks):
            for match in form.finditer(text):
                yield Credential(match.start(), match.end(), what)


def names_one(name: str) -> bool:
    """Tell whether a variable or flag of this name holds a credential: HF_TOKEN, VLLM_API_KEY, api-key."""
    return _NAME.fullmatch(name.replace("-", "_").upper()) is not None


def hider(text: str) -> Callable[[str], str]:
    """Return what stars the credentials of `text` out of any other: those known by their form, and the
    values that it gives to variables named like one.
    """
    values = {match["value"].strip().strip("\"'") for match in _assigned(text)}
    by_length: dict[int, set[str]] = {}
    for value in values:
        if len(value) > _SHORT:
            by_length.setdefault(len(value), set()).add(value)
    known = sorted(by_length.items(), reverse=True)

    def hide(shown: str) -> str:
        for length, same in known:
            shown = _hidden(shown, length, same)
        return _star(shown, [(item.start, item.end) for item in find(shown)])

    return hide


def _hidden(shown: str, length: int, values: set[str]) -> str:
    """Star out what has one of the values, all of one length: in a time that does not grow with their
    number.
    """
    start = 0
    while start + length <= len(shown):
        if shown[start : start + length] in values:
            shown = shown[:start] + "*" * length + shown[start + length :]
            start += length
        else:
            start += 1
    return shown


def starred(text: str) -> str:
    """Return the text with its credentials starred out, a star a character: lines and columns stay."""
    spans = [match.span("value") for match in _assigned(text)]
    return _star(text, [*spans, *((item.start, item.end) for item in find(text))])


def _assigned(text: str) -> Iterator[re.Match[str]]:
    return (match for match in _ASSIGNED.finditer(text) if _holds_one(match["name"]))


def _holds_one(name: str) -> bool:
    """Environment variables and vLLM's flags, however they are spelt; the profile's own secretKey holds a
    name.
    """
    return name != "secretKey" and names_one(name.lstrip("-"))


def _star(text: str, spans: list[tuple[int, int]]) -> str:
    for start, end in spans:
        text = text[:start] + re.sub(r"[^\r\n]", "*", text[start:end]) + text[end:]
    return text
