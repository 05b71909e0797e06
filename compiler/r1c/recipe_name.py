"""A profile's bytes -> the name of its recipe, where a look is enough to know it.

Many profiles are told apart, and a recipe is found to be up to date, before anything is parsed.
"""

from __future__ import annotations

_SPECIAL = b"\"'|>&*!{}?"
_PLAIN = bytes(set(range(0x20, 0x7F)) - set(_SPECIAL))
_NAME = b"abcdefghijklmnopqrstuvwxyz0123456789-"
_NO_TEXT = (b"null", b"true", b"false")


def recipe_name(raw: bytes) -> str | None:
    """Return the name in a profile that says it in the plainest way; None where a look is not enough.

    Whatever may go on over several lines (a text in quotes, a block, a list in braces, an anchor) could hold
    a line that only looks like the name: with one of those anywhere, the profile has to be parsed.
    """
    lines = []
    for line in raw.replace(b"\r\n", b"\n").split(b"\n"):
        body = line.partition(b"#")[0].rstrip(b" ")
        if b"\r" in line or (body.translate(None, _PLAIN) and not _ends_in_its_line(body)):
            return None
        lines.append(body)
    if sum(line.startswith(b"metadata") for line in lines) != 1 or b"metadata:" not in lines:
        return None
    return _in_section(lines[lines.index(b"metadata:") + 1 :])


def _ends_in_its_line(body: bytes) -> bool:
    """Tell whether a line is a value that its own quotes or braces enclose, with or without a plain key."""
    dash = body.lstrip(b" ")[:2] == b"- "
    key, colon, value = body.partition(b": ")
    if dash and not colon:
        key, _, value = body.partition(b"- ")
    value = value.strip(b" ")
    ends = {b'"': b'"', b"'": b"'", b"{": b"}"}.get(value[:1])
    inside = value[1:-1].replace(b"\\", b"?")
    return len(value) > 1 and value[-1:] == ends and not (key + inside).translate(None, _PLAIN)


def _in_section(lines: list[bytes]) -> str | None:
    found: list[bytes] = []
    indent = None
    after_name = False
    for line in lines:
        if not line:
            continue
        depth = len(line) - len(line.lstrip(b" "))
        if after_name and indent is not None and depth > indent:
            return None  # the name goes on in the next line
        after_name = False
        if not depth:
            break
        indent = depth if indent is None else indent
        if depth == indent and line[depth:].startswith(b"name:"):
            found.append(line[depth + 5 :])
            after_name = True
    if len(found) != 1 or not found[0].startswith(b" "):
        return None
    name = found[0].strip(b" ")
    plain = name[:1].isalpha() and not name.translate(None, _NAME) and name not in _NO_TEXT
    return name.decode() if plain else None
