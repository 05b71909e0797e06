"""A file that ships with r1c -> its text or data, each part with its place in the file as origin."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from r1c.origin.origins import Mark, Origins, made_of, origin
from r1c.origin.values import FixedList, FixedMap, Str, carried, concatenated, marked, whole


class Content(bytes):
    """The bytes of a file of the package; `file` is its path there, `asked` what decided that it is read."""

    file: str
    asked: Origins

    def decode(self, *_: Any) -> Str:
        """Return the text, each line with its place as its origin."""
        lines = bytes.decode(self).splitlines(keepends=True)
        name = self.file.rpartition("/")[2]
        marks = [made_of(origin("rule", name, self.file, number)) for number in range(1, len(lines) + 1)]
        made: Str = carried(
            concatenated(whole(line, mark) for line, mark in zip(lines, marks, strict=True)), self.asked
        )
        return made

    def data(self) -> Any:
        """Return the JSON data, each value with the entry that it is in as its origin."""
        return carried(_facts(self.file, bytes(self)), self.asked)


@cache
def _facts(file: str, content: bytes) -> Any:
    return fact(json.loads(content), (), Place(file))


class Place:
    """Where entries of the facts are: the file, the lines of its entries, and their source and date."""

    __slots__ = ("date", "file", "lines", "source", "start")

    def __init__(self, file: str) -> None:
        """Begin with a whole file."""
        self.file, self.start = file, 0
        self.lines: Mapping[str, int] = {}
        self.source = self.date = ""

    def inside(self, data: Mapping[str, Any], path: tuple[Any, ...]) -> Place:
        """Return the place of the entries of a map."""
        made = Place(self.file)
        made.lines, made.start, made.source, made.date = self.lines, self.start, self.source, self.date
        if isinstance(data.get("file"), str) and isinstance(data.get("lines"), dict):
            made.file, made.lines = f"facts/{data['file']}", data["lines"]
            made.start = len(path) + ("data" in data)
            if isinstance(data.get("data"), dict):
                data = data["data"]
        if isinstance(data.get("source"), str):
            made.source = data["source"]
        if isinstance(data.get("date"), str):
            made.date = data["date"]
        return made


def fact(data: Any, path: tuple[Any, ...], place: Place) -> Any:
    """Return JSON data of the facts as fixed values with their origins; `path` leads to it in its file."""
    if path == ("config",) and place.file.startswith("facts/models/"):
        return whole_file(data, "config", place)
    if isinstance(data, dict):
        inner = place.inside(data, path)
        return FixedMap((key, fact(item, (*path, key), inner)) for key, item in data.items())
    if isinstance(data, list):
        return FixedList(fact(item, (*path, number), place) for number, item in enumerate(data))
    keys = path[place.start :]
    name = ".".join(map(str, keys))
    known = _upwards(keys) if place.lines else ()
    line = next((place.lines[key] for key in known if key in place.lines), None)
    shown = str(data).lower() if isinstance(data, bool) else "null" if data is None else str(data)
    about = {"value": shown, "source": place.source, "date": place.date}
    return marked(data, made_of(origin("fact", name, place.file, line, **about)))


def whole_file(data: Any, name: str, place: Place) -> Any:
    """Return a model's config.json with one origin: what is read of it depends on most of its keys."""
    mark = made_of(origin("fact", name, place.file, source=place.source, date=place.date))
    return _alike(data, mark)


def _alike(data: Any, mark: Mark) -> Any:
    if isinstance(data, dict):
        return FixedMap((key, _alike(item, mark)) for key, item in data.items())
    if isinstance(data, list):
        return FixedList(_alike(item, mark) for item in data)
    return marked(data, mark)


def _upwards(keys: tuple[Any, ...]) -> Iterator[str]:
    for length in range(len(keys), 0, -1):
        yield ".".join(map(str, keys[:length]))
