"""Text from profiles and manifests -> Markdown in which it has no special meaning."""

from __future__ import annotations

from r1c.diagnostics.text import printable


def code(text: str) -> str:
    """Write a code span that is safe in a table: a fence longer than any in the text, pipes escaped."""
    if not text:
        return ""
    flat = printable(" ".join(text.splitlines())).replace("|", "\\|")
    ticks = "`" * (longest_run(flat) + 1)
    edge = " " if flat.startswith("`") or flat.endswith("`") else ""
    return f"{ticks}{edge}{flat}{edge}{ticks}"


def escaped(text: str) -> str:
    """Write a string in which no character is Markdown."""
    return "".join(f"\\{char}" if char in "\\`*_[]<>|#&" else char for char in printable(text))


def cells(*texts: str) -> str:
    """Write a row of a table."""
    return f"| {' | '.join(texts)} |"


def longest_run(text: str) -> int:
    """Return the length of the longest run of backticks."""
    longest = run = 0
    for char in text:
        run = run + 1 if char == "`" else 0
        longest = max(longest, run)
    return longest
