"""A profile -> its Recipe with origins: each value has the field that gave it, or whose default it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from r1c.diagnostics import Path
from r1c.origin.origins import NO_ORIGINS, Mark, Origins, asked, made_of, origin
from r1c.origin.package_file import Place, whole_file
from r1c.origin.values import FixedList, FixedMap, FixedTuple, fixed, marked, whole
from r1c.profile import fields
from r1c.record import camel_case
from r1c.source import Document

WHOLE = "the profile"
"""The name of the origin that is all of a profile: its digest."""


Sections = dict[int, tuple[Any, Origins]]
"""The sections of a Recipe by their identity, with the origins by which they are there."""


def recipe(made: Any, document: Document, sections: Sections) -> Any:
    """Return a Recipe whose values have origins, and add its sections to `sections`.

    `document` is the profile, merged with what it inherits.
    """
    return _value(made, (), document, sections)


def config(content: Mapping[str, Any], file: str) -> Any:
    """Return the content of the config.json that a profile names."""
    return whole_file(dict(content), "config", Place(file))


def digest(value: str, document: Document) -> Any:
    """Return the digest of the profile: it comes from every field."""
    return whole(value, made_of(origin("profile", WHOLE, document.source.name)))


def _value(value: Any, path: Path, document: Document, sections: Sections) -> Any:
    if hasattr(type(value), "__match_args__"):
        names = type(value).__match_args__
        made = {
            name: _value(getattr(value, name), (*path, camel_case(name)), document, sections)
            for name in names
        }
        section = type(value)(**made)
        sections[id(section)] = section, asked(mark(value, path, document)) if path else NO_ORIGINS
        return section
    if isinstance(value, Mapping):
        pairs = [
            (whole(key, mark(item, (*path, key), document)), _value(item, (*path, key), document, sections))
            for key, item in value.items()
        ]
        return fixed(FixedMap, pairs, mark(value, path, document))
    if isinstance(value, tuple | list):
        items = [_value(item, (*path, number), document, sections) for number, item in enumerate(value)]
        kind = FixedTuple if isinstance(value, tuple) else FixedList
        return fixed(kind, items, mark(value, path, document))
    return marked(value, mark(value, path, document))


def mark(value: Any, path: Path, document: Document) -> Mark:
    """Return the mark of a value at a path: the line that gives it, or the default."""
    name = fields.dotted(path)
    if path not in document.places:
        return made_of(origin("default", name, document.source.name, value=_shown(value)))
    file, place = document.origin(path), document.places[path]
    return made_of(origin("field", name, file.name, (place.key or place.value).line, value=_shown(value)))


def _shown(value: Any) -> str:
    """Return a value as YAML has it on one line; nothing for null, nor a section, whose fields are shown."""
    if value is None or hasattr(type(value), "__match_args__") or isinstance(value, Mapping | list | tuple):
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)
