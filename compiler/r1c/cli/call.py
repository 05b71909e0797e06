"""What a command line may hold -> the call that one comes to: the types that both readers share."""

from __future__ import annotations

from collections.abc import Mapping

from r1c.record import record


class WrongUsage(Exception):
    """A command line that is not taken; its text is what the user is told, with the usage."""


@record
class Call:
    """The function of actions.py that a command line asks for, and its parameters by name."""

    action: str
    parameters: Mapping[str, object]


@record
class Option:
    """An option of a command: its spellings, and the parameter that it sets.

    `kind` is setting (of the console), flag, text, choice or number; a choice has its words, a number its
    least value. An option that may be repeated collects its values.
    """

    spellings: tuple[str, ...]
    name: str
    kind: str
    words: tuple[str, ...] = ()
    least: int = 0
    repeated: bool = False


@record
class Argument:
    """An argument of a command: one that is `many` takes all words that are left; a choice has its words."""

    name: str
    required: bool
    many: bool
    words: tuple[str, ...] = ()


@record
class Command:
    """A command: its action, what it takes, and the parameters that need not be given."""

    action: str
    options: tuple[Option, ...]
    arguments: tuple[Argument, ...]
    defaults: Mapping[str, object]
