"""A text -> the events of its YAML.

The plainest YAML is read by r1c itself, everything else by the library, whose errors become faults with
a place.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from r1c.diagnostics import Code
from r1c.source import plain_yaml
from r1c.source.codes import SYNTAX
from r1c.source.document import Source, Stretch
from r1c.source.plain_yaml import Event


class Unusable(Exception):  # noqa: N818  # it is about the file
    """Reading cannot go on."""

    def __init__(self, code: Code, at: Stretch | None, message: str, help_: str) -> None:
        """Keep what a diagnostic says."""
        super().__init__(message)
        self.code, self.at, self.message, self.help = code, at, message, help_


def events(source: Source) -> Iterator[Event]:
    """Yield the events of a YAML text. Raises Unusable if it is not YAML."""
    plain = plain_yaml.events(source.text)
    if plain is not None:
        yield from plain
        return
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError, YAMLStreamError

    from r1c.source import syntax

    try:
        yield from map(of_library, YAML(typ="safe", pure=True).parse(source.text))
    except MarkedYAMLError as error:
        mark, begun = error.problem_mark or error.context_mark, error.context_mark
        problem = " ".join(str(error.problem or error.context or error).split())
        complaint = syntax.Complaint(
            source.text, problem, mark.index if mark else 0, begun.index if begun else None
        )
        fault = syntax.fault(complaint)
        at = (fault.index, fault.index + 1)
        raise Unusable(SYNTAX, at, f"not valid YAML: {fault.message}", fault.help) from None
    except (YAMLError, YAMLStreamError) as error:
        index = getattr(error, "position", None)
        start = index if isinstance(index, int) else 0
        character = getattr(error, "character", None)
        shown = f"character U+{character:04X}" if isinstance(character, int) else "a character"
        raise Unusable(
            SYNTAX,
            (start, start + 1),
            f"not valid YAML: {shown} is not allowed in a YAML file",
            "remove the character",
        ) from None
    except (ValueError, IndexError, RecursionError, AttributeError) as error:
        raise Unusable(SYNTAX, None, f"not valid YAML: {error}", "correct the YAML") from None


def of_library(event: Any) -> Event:
    """Return an event of the library as one of r1c's own."""
    kind = type(event).__name__.removesuffix("Event")
    at = (event.start_mark.index, event.end_mark.index)
    names = ("value", "style", "tag", "anchor", "flow_style")
    value, style, tag, anchor, flow = (getattr(event, name, None) for name in names)
    return Event(kind, at, value or "", style, tag, anchor, bool(flow))
