"""A Markdown page -> its code blocks, each with its lines where the page has them."""

from __future__ import annotations

import re
from collections.abc import Iterator

ENDINGS = (".md", ".markdown")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})[ \t]*([\w.+-]*)[^`]*$")
_PROMPT = re.compile(r"^(\s*)[$>](?= )", re.MULTILINE)
_SCRIPTS = ("", "sh", "bash", "shell", "zsh", "console", "shell-session", "shellsession")
_MANIFESTS = ("yaml", "yml", "json")


def is_markdown(name: str, text: str) -> bool:
    """Tell whether a text is a page: by its name, or on standard input by a fence at the start of a line."""
    if name.endswith(ENDINGS):
        return True
    return "." not in name and "#!" not in text[:2] and bool(re.search(r"^(?:```|~~~)", text, re.MULTILINE))


def manifests(text: str) -> Iterator[str]:
    """Yield each block of YAML or JSON, with as many empty lines before it as the page has lines."""
    for language, first, lines in _blocks(text):
        if language in _MANIFESTS:
            yield "\n" * first + "".join(lines)


def script(text: str) -> str:
    """Return all blocks of commands as one script: every other line is empty, and prompts are spaces."""
    kept = [re.sub(r"[^\r\n]+", "", line) for line in text.splitlines(keepends=True)]
    for language, first, lines in _blocks(text):
        if language in _SCRIPTS:
            kept[first : first + len(lines)] = re.sub(_PROMPT, r"\1 ", "".join(lines)).splitlines(
                keepends=True
            )
    return "".join(kept)


def _blocks(text: str) -> Iterator[tuple[str, int, list[str]]]:
    """Yield the language, the number of lines before it, and the lines of each fenced block."""
    open_, language, first = "", "", 0
    lines = text.splitlines(keepends=True)
    for number, line in enumerate(lines):
        found = re.match(_FENCE, line.rstrip())
        if not open_ and found:
            open_, language, first = found[1], found[2].lower(), number + 1
        elif open_ and found and found[1].startswith(open_) and not found[2]:
            yield language, first, lines[first:number]
            open_ = ""
    if open_:
        yield language, first, lines[first:]
