"""The files of a run while they are edited: what each was when it was read, and what it is to become."""

from __future__ import annotations

import codecs
import os
import stat
from collections.abc import Callable, Iterator

from r1c.diagnostics import UserError
from r1c.output.disk import put
from r1c.source.extends import Reader
from r1c.source.input_file import STDIN, read, shown


class Texts:
    """The files by their real place, so that two names of a file are one; only `save` writes."""

    __slots__ = ("_before", "_names", "_now")

    def __init__(self) -> None:
        """Hold no file yet."""
        self._before: dict[str, bytes] = {}
        self._now: dict[str, bytes] = {}
        self._names: dict[str, str] = {}

    def content(self, name: str, reader: Callable[[], bytes]) -> bytes:
        """Return a file as it is now; `reader` reads it the first time."""
        place = _place(name)
        if place not in self._now:
            self._before[place] = self._now[place] = reader()
            self._names[place] = name if name == shown(STDIN) else os.path.normpath(name).replace(os.sep, "/")
        return self._now[place]

    def beside(self, folder: str, reader: Reader) -> Reader:
        """Return a reader of the files that a profile names, by their path from its folder."""

        def held(path: str) -> bytes:
            return self.content(os.path.join(folder, path), lambda: reader(path))

        return held

    def text(self, name: str) -> str:
        """Return the text of a file that was read, without a byte order mark."""
        return self._now[_place(name)].removeprefix(codecs.BOM_UTF8).decode("utf-8")

    def edit(self, name: str, text: str) -> None:
        """Give a file another text; a byte order mark stays."""
        place = _place(name)
        mark = codecs.BOM_UTF8 if self._before[place].startswith(codecs.BOM_UTF8) else b""
        self._now[place] = mark + text.encode("utf-8")

    def changed(self) -> Iterator[tuple[str, bytes, bytes]]:
        """Yield the name of each file that was edited, and its bytes before and now."""
        for place, before in self._before.items():
            if self._now[place] != before:
                yield self._names[place], before, self._now[place]

    def save(self) -> None:
        """Write the edited files, each atomically and with its mode.

        Raises UserError before anything is written if a file is not what it was when it was read.
        """
        changed = [item for item in self.changed() if item[0] != shown(STDIN)]
        for name, before, _ in changed:
            if read(_place(name), len(before)) != before:
                raise UserError(f"{name}: changed while r1c was checking it; no file was fixed")
        for name, _, now in changed:
            place = _place(name)
            try:
                put(place, now, lasting=True, mode=stat.S_IMODE(os.stat(place).st_mode))
            except OSError as error:
                raise UserError(f"{name}: cannot be written: {error.strerror}") from error


def _place(name: str) -> str:
    return name if name == shown(STDIN) else os.path.realpath(name)
