"""A message of the YAML library -> the place, the fault and the fix, in plain words.

The library speaks of tokens and blocks, and often points at the line after the fault. The readings here were
tried against the mistakes that tests/check/rules/R1C001 holds; any other message is passed on unchanged.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from r1c.diagnostics.suggest import listed
from r1c.record import record
from r1c.source import text_lines

_SHOWN = 40
_PAIRS = {"[": "]", "{": "}"}
_NOT_SPACES = {
    "\u00a0": "a no-break space",
    "\u2007": "a figure space",
    "\u202f": "a narrow no-break space",
    "\u3000": "an ideographic space",
}


@record
class Complaint:
    """The message of the library and its two places, as character indices.

    They are the place of the fault, and the beginning of what the library was reading.
    """

    text: str
    problem: str
    index: int
    begin: int | None


@record
class Fault:
    """A character index, what is wrong there, and what to write instead."""

    index: int
    message: str
    help: str


def fault(complaint: Complaint) -> Fault:
    """Return the fault behind a complaint."""
    for pattern, read in _READINGS:
        found = re.search(pattern, complaint.problem) and read(complaint)
        if found:
            return found
    return Fault(complaint.index, complaint.problem, "correct the YAML here or just before this place")


def _spaces(count: int) -> str:
    return f"{count} space" if count == 1 else f"{count} spaces"


def _bare(line: str) -> str:
    """Return a line without its comment, shortened, because a message quotes it."""
    said = re.split(r"\s#", line.strip(), maxsplit=1)[0].strip()
    return said if len(said) <= _SHOWN else said[: _SHOWN - 3] + "..."


def _character(complaint: Complaint) -> Fault:
    text, index = complaint.text, complaint.index
    begin, line = text_lines.line_at(text, index)
    character = text[index : index + 1]
    if character == "\t":
        if text[begin:index].strip():
            return Fault(index, "a value cannot begin with a tab", "write a space instead of the tab")
        return Fault(index, "tab in the indentation", "indent with spaces; YAML does not allow tabs there")
    value = _bare(line[index - begin :])
    return Fault(
        index, f"a value cannot begin with {character} without quotes", f"write {_quoted(value)} in quotes"
    )


def _quoted(value: str) -> str:
    return f'"{value}"' if '"' not in value and "\\" not in value else f"'{value}'"


def _name(complaint: Complaint) -> Fault:
    begin, line = text_lines.line_at(complaint.text, complaint.begin or 0)
    value = _bare(line[(complaint.begin or 0) - begin :])
    return Fault(
        complaint.begin or 0,
        f"a value cannot begin with {value[:1]} without quotes",
        f"write {_quoted(value)} in quotes",
    )


def _second_value(complaint: Complaint) -> Fault:
    """Explain a colon where none can be: a second one in the line, or the line above is at fault."""
    text = complaint.text
    begin, line = text_lines.line_at(text, complaint.index)
    before = text[begin : complaint.index]
    wide = _not_a_space(text, begin, before)
    if wide:
        return wide
    if ": " in before.strip("'\" "):
        value = _bare(line[before.index(": ") + 2 :])
        return Fault(
            complaint.index,
            "a value without quotes cannot hold a colon and a space",
            f"write {_quoted(value)} in quotes, or put the second key on a line of its own",
        )
    above = text_lines.above(text, begin)
    if above is None:
        return Fault(complaint.index, "a colon is not allowed here", "write one `key: value` in each line")
    start, upper = above
    wide = _not_a_space(text, start, upper)
    if wide:
        return wide
    if not re.search(r":(\s|$)", _bare(upper)):
        return _no_colon(start + text_lines.indent(upper), upper)
    here, there = text_lines.indent(line), text_lines.indent(upper)
    return Fault(
        begin + here,
        f"this line is indented by {_spaces(here)}, but line {text_lines.number(text, start)}, "
        f"indented by {there}, already has a value",
        f"indent it by {_spaces(there)}, like the line above it",
    )


def _not_a_space(text: str, begin: int, line: str) -> Fault | None:
    place = next((at for at, character in enumerate(line) if character in _NOT_SPACES), None)
    if place is None:
        return None
    character = text[begin + place]
    return Fault(
        begin + place,
        f"U+{ord(character):04X}, {_NOT_SPACES[character]}, is not a space in YAML",
        "write a normal space instead",
    )


def _no_colon(index: int, line: str) -> Fault:
    said = _bare(line)
    if said.startswith("<<<<<<<"):
        return Fault(
            index, "a merge conflict is left in the file", "keep one side and remove the three markers"
        )
    if said.startswith("{{"):
        return Fault(
            index, "{{ }} is template syntax, and a profile is not a template", "write the line itself"
        )
    key, colon, value = said.partition(":")
    if colon:
        return Fault(index, f"a space is missing after the colon of {said}", f"write {key}: {value.strip()}")
    key, _, value = said.partition(" ")
    mended = f"{key}: {value.strip()}" if value else f"{key}:"
    return Fault(index, f"{said} has no colon after its key", f"write {mended}")


def _simple_key(complaint: Complaint) -> Fault | None:
    if complaint.begin is None:
        return None
    _, line = text_lines.line_at(complaint.text, complaint.begin)
    wide = _not_a_space(complaint.text, *text_lines.line_at(complaint.text, complaint.begin))
    return wide or _no_colon(complaint.begin, line)


def _quote(complaint: Complaint) -> Fault | None:
    if complaint.begin is None:
        return None
    mark = complaint.text[complaint.begin]
    return Fault(
        complaint.begin,
        f"the quote {mark} that opens here is not closed",
        f"write {mark} where the string ends",
    )


def _bracket(complaint: Complaint) -> Fault | None:
    if complaint.begin is None:
        return None
    text, mark = complaint.text, complaint.text[complaint.begin]
    close = _PAIRS.get(mark)
    here, there = text_lines.number(text, complaint.begin), text_lines.number(text, complaint.index)
    if close is None:
        return None
    if here != there or complaint.index >= len(text):
        return Fault(
            complaint.begin,
            f"the {mark} that opens here is not closed" + (f" before line {there}" if here != there else ""),
            f"write {close} where it ends, or a comma between its items",
        )
    return Fault(
        complaint.index,
        f"{_token(complaint)} is not allowed inside the {mark} that opens at column "
        f"{complaint.begin - text_lines.line_at(text, complaint.begin)[0] + 1}",
        f"write a comma between its items, and {close} where it ends",
    )


def _token(complaint: Complaint) -> str:
    """Name what is at the place: the character itself if it has a meaning in YAML."""
    character = complaint.text[complaint.index : complaint.index + 1]
    return character if character and character in "[]{},:?-&*!|>%\"'" else "this"


def _block(complaint: Complaint) -> Fault:
    """Explain a line that does not belong to the map above it: its indentation, or a second value."""
    text = complaint.text
    begin, line = text_lines.line_at(text, complaint.index)
    before = text[begin : complaint.index]
    if before.strip() and before.rstrip()[-1:] in ("'", '"'):
        return Fault(
            complaint.index,
            "text follows the closing quote",
            "put the whole value into one pair of double quotes",
        )
    if before.strip():
        return Fault(
            complaint.index, f"{_token(complaint)} is not allowed here", "remove it, or put it in quotes"
        )
    open_levels: list[int] = []
    above = text_lines.above(text, begin)
    while above:
        start, upper = above
        if not open_levels or text_lines.indent(upper) < open_levels[-1]:
            open_levels.append(text_lines.indent(upper))
        above = text_lines.above(text, start)
    here = text_lines.indent(line)
    if line[here:].startswith("- "):
        return Fault(
            complaint.index,
            "a list item (-) among the keys of a map",
            "remove the dash, or put the item below the key of its list",
        )
    if here in open_levels or not open_levels:
        return Fault(
            complaint.index,
            f"{_token(complaint)} is not allowed here, after the lines above",
            "write a `key: value` line, or correct the indentation of the lines above",
        )
    levels = listed(str(level) for level in sorted(open_levels))
    return Fault(
        complaint.index,
        f"this line is indented by {_spaces(here)}, but the lines above it by {levels}",
        f"indent it by {levels} spaces, or correct the indentation of the lines above",
    )


def _nothing(complaint: Complaint) -> Fault:
    return Fault(
        complaint.index,
        f"expected a value, got {_token(complaint)}",
        "write the value, or put it in quotes",
    )


def _escape(complaint: Complaint) -> Fault:
    shown = complaint.text[complaint.index : complaint.index + 1]
    return Fault(
        complaint.index,
        f"\\{shown} is not a valid escape in double quotes"
        if "unknown" in complaint.problem
        else "incomplete escape in double quotes",
        "write \\\\ for a backslash, or put the string in single quotes",
    )


def _outside(complaint: Complaint) -> Fault:
    above = text_lines.above(complaint.text, text_lines.line_at(complaint.text, complaint.index)[0])
    if above and above[1].startswith("%"):
        return Fault(above[0], "a profile cannot have a line that begins with %", "remove the line")
    return Fault(
        complaint.index,
        "the profile ends above this line",
        "remove what follows, or correct the brackets above",
    )


def _directive(complaint: Complaint) -> Fault:
    return Fault(complaint.index, "a profile cannot have a line that begins with %", "remove the line")


def _block_text(complaint: Complaint) -> Fault:
    return Fault(
        complaint.index,
        "the text after | or > must begin on the next line",
        "put quotes around the value if | or > is part of it",
    )


def _item(complaint: Complaint) -> Fault:
    return Fault(
        complaint.index,
        "a list item is not allowed here",
        "put it on a line of its own below the key of the list",
    )


_READINGS: tuple[tuple[str, Callable[[Complaint], Fault | None]], ...] = (
    ("cannot start any token", _character),
    ("expected alphabetic or numeric character", _name),
    ("mapping values are not allowed", _second_value),
    ("sequence entries are not allowed", _item),
    ("could not find expected ':'", _simple_key),
    ("unexpected (end of stream|document separator)", _quote),
    (r"expected ',' or", _bracket),
    ("expected the node content", _nothing),
    ("expected <block end>", _block),
    ("document start|document end", _outside),
    ("directive|incompatible YAML|tag handle", _directive),
    ("chomping|indentation indicator|comment or a line break", _block_text),
    ("escape character|escape sequence", _escape),
)
