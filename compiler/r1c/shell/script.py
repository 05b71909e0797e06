"""What a script runs, as data: commands, with the value and place of each word, and what is not followed."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

from r1c.diagnostics import Path
from r1c.record import field, record


@record
class Place:
    """A stretch of a string of the source: the string's path, its first character, the one after its last."""

    path: Path = ()
    start: int = 0
    end: int = 0


@record
class Text:
    """A string of the source, with what the kubelet replaced in it.

    `offsets` has the place in the source's string of each character, and one for the end; empty where they
    are equal.
    """

    value: str
    path: Path = ()
    offsets: tuple[int, ...] = ()
    unknown: tuple[str, ...] = ()

    def place(self, start: int, end: int) -> Place:
        """Return the place of a part of the value."""
        if not self.offsets:
            return Place(self.path, start, end)
        return Place(self.path, self.offsets[start], self.offsets[end])


@record
class Word:
    """A word as the command gets it.

    `unknown` has the parts, as they are written in `text`, whose value the source does not show.
    """

    text: str
    unknown: tuple[str, ...] = ()
    place: Place = field(default_factory=Place)

    @property
    def known(self) -> bool:
        """Whether the source shows the whole value."""
        return not self.unknown


@record
class Container:
    """A container that a command starts, as `docker run` does, or runs in, as `docker exec` does.

    `image` is empty where the command does not name it. `options` has the words of each option by its name,
    without those that set variables. `passed` are the variables that have the value of the shell, and `whole`
    says that there are no others.
    """

    image: Word
    options: Mapping[str, tuple[Word, ...]]
    variables: Mapping[str, Word]
    passed: frozenset[str] = frozenset()
    entrypoint: tuple[Word, ...] = ()
    whole: bool = True


@record
class Command:
    """A command that a script runs.

    `environment` has every variable that the command sees and the source sets, `assigned` those of them that
    the script sets, and `conditions` the text of what decides whether it runs, where the source does not.
    `container` is the one that the script starts for it.
    """

    argv: tuple[Word, ...]
    place: Place
    environment: Mapping[str, Word] = field(default_factory=dict)
    assigned: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()
    prefix: tuple[Word, ...] = ()
    container: Container | None = None

    @property
    def name(self) -> str:
        """The program's name without its folder."""
        return self.argv[0].text.rpartition("/")[2] if self.argv else ""


@record
class File:
    """A file that the script writes."""

    path: Word
    content: Word


@record
class Script:
    """What a container runs.

    `unread` has the parts that are not followed, `idle` the commands that are written but do not run.
    """

    commands: tuple[Command, ...] = ()
    files: tuple[File, ...] = ()
    unread: tuple[Word, ...] = ()
    idle: tuple[Word, ...] = ()
    variables: Mapping[str, Word] = field(default_factory=dict)

    def runs(self, name: str) -> bool:
        """Tell whether a program of this name is among the commands."""
        return any(command.name == name for command in self.commands)


def joined(*words: Word, by: str = "") -> Word:
    """Return words as one."""
    places = [word.place for word in words if word.place != Place()]
    same = len({place.path for place in places}) == 1
    whole = Place(places[0].path, places[0].start, max(one.end for one in places)) if same else Place()
    unknown = tuple(part for word in words for part in word.unknown)
    return Word(by.join(word.text for word in words), unknown, whole)


def characters(text: str) -> list[int]:
    """Return the index of the character at each byte of the text as UTF-8, and that of the end."""
    starts = [0]
    for character in text:
        starts.append(starts[-1] + len(character.encode("utf-8", "surrogatepass")))
    result = [0] * (starts[-1] + 1)
    for index, (start, end) in enumerate(pairwise(starts)):
        result[start:end] = [index] * (end - start)
    result[-1] = len(text)
    return result
