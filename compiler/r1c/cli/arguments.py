"""A plain and correct command line -> the call that click would make of it, without importing click.

Importing click takes longer than most commands run. All that is not plainly right (help, an unknown or
abbreviated option, joined short options, a wrong value or number of arguments, `--`, a shell that asks what a
word may become) is left to click, which has the words for it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

from r1c.cli.call import Argument, Call, Option
from r1c.cli.table import COMMANDS, COMPLETION, GROUPS
from r1c.console import Console

_DIGITS = 9
"""A number with more digits is left to click."""


def read(words: Sequence[str], console: Console) -> Call | None:
    """Return the call that a command line comes to, its settings made on the console; None where click has to
    read it.
    """
    if os.environ.get(COMPLETION):
        return None
    settings: list[str] = []
    path: tuple[str, ...] = ()
    at = 0
    while path in GROUPS:
        while at < len(words) and words[at] in GROUPS[path]:
            settings.append(GROUPS[path][words[at]])
            at += 1
        if at == len(words):
            return None
        path = (*path, words[at])
        at += 1
    if path not in COMMANDS:
        return None
    command = COMMANDS[path]()
    given = _given(words[at:], command.options, settings)
    if given is None:
        return None
    options, rest = given
    arguments = _placed(rest, command.arguments)
    if arguments is None:
        return None
    parameters = {**command.defaults, **options, **arguments}
    if any(option.name not in parameters for option in command.options if option.kind != "setting"):
        return None
    for setting in settings:
        setattr(console, setting, True)
    return Call(command.action, parameters)


def _given(
    words: Sequence[str], options: Sequence[Option], settings: list[str]
) -> tuple[dict[str, object], list[str]] | None:
    """Return the values of the options and the words that are arguments; add what is set on the console."""
    known = {spelling: option for option in options for spelling in option.spellings}
    values: dict[str, object] = {}
    rest: list[str] = []
    left = iter(words)
    for word in left:
        if not _dashed(word):
            rest.append(word)
            continue
        spelling, equals, text = word.partition("=")
        option = known.get(spelling)
        # Click takes -o=DIR for the value =DIR.
        if option is None or (equals and (option.kind in ("setting", "flag") or spelling[:2] != "--")):
            return None
        if option.kind == "setting":
            settings.append(option.name)
        elif option.kind == "flag":
            values[option.name] = True
        else:
            if not equals:
                text = next(left, "--")
                if _dashed(text):
                    return None
            value = _value(text, option)
            if value is None:
                return None
            _keep(values, option, value)
    return values, rest


def _dashed(word: str) -> bool:
    return word.startswith("-") and word != "-"


def _value(text: str, option: Option) -> str | int | None:
    """Return the value of an option, or None if it is none of its values, or may be."""
    if option.kind == "choice":
        return text if text in option.words else None
    if option.kind == "number":
        plain = text.isascii() and text.isdigit() and len(text) <= _DIGITS
        return int(text) if plain and int(text) >= option.least else None
    return text


def _keep(values: dict[str, object], option: Option, value: object) -> None:
    """Keep a value: of an option that is not to be repeated, the last one counts."""
    before = values.get(option.name, ())
    values[option.name] = (*before, value) if option.repeated and isinstance(before, tuple) else value


def _placed(words: list[str], arguments: Sequence[Argument]) -> Mapping[str, object] | None:
    """Give each argument its words. Return None if there are too few or too many, or one that is
    not among its words.
    """
    values: dict[str, object] = {}
    for argument in arguments:
        taken, words = (words, []) if argument.many else (words[:1], words[1:])
        if (argument.required and not taken) or (argument.words and not {*taken} <= {*argument.words}):
            return None
        if argument.many:
            values[argument.name] = tuple(taken)
        elif taken:
            values[argument.name] = taken[0]
    return None if words else values
