"""The records of the command line's table: groups, commands, options and arguments with their help."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal

from r1c.record import field, record

COMPLETION = "_R1C_COMPLETE"
"""The variable with which a completion script asks r1c for completions."""

Kind = Literal["setting", "flag", "text", "choice", "number", "version"]
"""What an option does: a setting changes the console, version prints r1c's version, all others set a
parameter.
"""


@record
class Option:
    """An option and the parameter that it sets.

    A choice accepts one of `words`, a number is an integer of at least `least`, and a repeated option has all
    its values. `complete` names the function of completion.py that lists values for a shell.
    """

    name: str
    spellings: tuple[str, ...]
    help: str
    metavar: str | None = None
    kind: Kind = "text"
    default: str | None = None
    words: tuple[str, ...] = ()
    least: int = 0
    repeated: bool = False
    required: bool = False
    complete: str = ""

    def unset(self) -> object:
        """Return the value of the parameter where the option is not given."""
        if self.repeated:
            return ()
        return False if self.kind == "flag" else self.default


@record
class Argument:
    """An argument and the parameter that it sets; the last one of a command may take `many` words.

    `metavar` is how the usage line shows the argument, and `help` has an entry for each name in it. `unset`
    returns the words that stand for none, `dashed` tells that a word may begin with a dash.
    """

    name: str
    metavar: str
    help: Mapping[str, str]
    many: bool = False
    required: bool = True
    words: tuple[str, ...] = ()
    complete: str = ""
    unset: Callable[[], tuple[str, ...]] | None = None
    dashed: bool = False


@record
class Command:
    """A command: the function of actions.py that carries it out, what it takes, and its help page.

    The page has the summary, paragraphs of text, and sections: `examples`, `statuses` with the exit statuses
    that not every command has, and `environment` with the variables that are read.
    """

    name: str
    run: Callable[..., int]
    summary: str
    text: str
    options: tuple[Option, ...]
    arguments: tuple[Argument, ...] = ()
    examples: tuple[str, ...] = ()
    statuses: Mapping[int, str] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)


@record
class Group:
    """A group of commands with a help page; its options come before the command."""

    name: str
    summary: str
    text: str
    commands: tuple[Command | Group, ...]
    options: tuple[Option, ...] = ()
    examples: tuple[str, ...] = ()
    statuses: Mapping[int, str] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
