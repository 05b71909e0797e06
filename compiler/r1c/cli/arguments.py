"""A command line -> its call, read only with the table.

A command line that is right is read here. Everything else (help, an unknown, abbreviated or joined option, a
wrong value or number of arguments, `--`, a shell that completes a word) is left to click_commands.py.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence

from r1c.cli import actions
from r1c.cli.declaration import COMPLETION, Argument, Command, Group, Option
from r1c.cli.shared_options import VERSION
from r1c.cli.table import R1C
from r1c.commands.console import Console
from r1c.record import record

_DIGITS = 9
"""A number with more digits is left to click."""


@record
class Call:
    """The function of actions.py for a command line, its parameters by name, and the command's arguments."""

    run: Callable[..., int]
    parameters: Mapping[str, object]
    arguments: tuple[Argument, ...] = ()


def filled(call: Call) -> Mapping[str, object]:
    """Return the parameters, with the words that stand for none where an argument has none.

    Raises what looks for these words raises.
    """
    parameters = {**call.parameters}
    for argument in call.arguments:
        if argument.unset and not parameters[argument.name]:
            words = argument.unset()
            parameters[argument.name] = words if argument.many else words[0]
    return parameters


def read(words: Sequence[str], console: Console) -> Call | None:
    """Return the call of a command line, with its settings made on the console.

    None if click has to read the command line.
    """
    if os.environ.get(COMPLETION):
        return None
    if len(words) == 1 and words[0] in VERSION.spellings:
        return Call(actions.version, {})
    settings: list[str] = []
    left = [*words]
    command = _command(left, settings)
    given = _given(left, command.options, settings) if command else None
    arguments = _placed(left, command.arguments) if command else None
    if command is None or given is None or arguments is None:
        return None
    for setting in settings:
        setattr(console, setting, True)
    return Call(command.run, {**given, **arguments}, command.arguments)


def _command(left: list[str], settings: list[str]) -> Command | None:
    """Take the words up to the name of the command off `left`, and add what they set on the console."""
    inner: Command | Group | None = R1C
    while isinstance(inner, Group):
        known = {spelling: option for option in inner.options for spelling in option.spellings}
        while left and left[0] in known:
            if known[left[0]].kind != "setting":
                return None
            settings.append(known[left.pop(0)].name)
        name = left.pop(0) if left else None
        inner = next((command for command in inner.commands if command.name == name), None)
    return inner


def _given(left: list[str], options: Sequence[Option], settings: list[str]) -> dict[str, object] | None:
    """Return the parameters that the options set.

    Leaves the arguments in `left`, and adds the settings of the console to the ones given.
    """
    known = {spelling: option for option in options for spelling in option.spellings}
    values: dict[str, object] = {}
    words = iter([*left])
    left.clear()
    for word in words:
        if not _dashed(word):
            left.append(word)
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
            text = text if equals else next(words, "--")
            value = None if _dashed(text) and not equals else _value(text, option)
            if value is None:
                return None
            _keep(values, option, value)
    for option in options:
        if option.kind != "setting" and option.name not in values:
            if option.required:
                return None
            values[option.name] = option.unset()
    return values


def _dashed(word: str) -> bool:
    return word.startswith("-") and word != "-"


def _value(text: str, option: Option) -> str | int | None:
    """Return the value of an option; None if it is invalid, or if click has to decide."""
    if option.kind == "choice":
        return text if text in option.words else None
    if option.kind == "number":
        plain = text.isascii() and text.isdigit() and len(text) <= _DIGITS
        return int(text) if plain and int(text) >= option.least else None
    return text


def _keep(values: dict[str, object], option: Option, value: object) -> None:
    """Keep a value; the last one counts unless the option collects its values."""
    before = values.get(option.name, ())
    values[option.name] = (*before, value) if option.repeated and isinstance(before, tuple) else value


def _placed(words: list[str], arguments: Sequence[Argument]) -> Mapping[str, object] | None:
    """Give each argument its words; None if there are too few or too many, or one that is not allowed."""
    values: dict[str, object] = {}
    for argument in arguments:
        taken, words = (words, []) if argument.many else (words[:1], words[1:])
        if (argument.required and not taken) or (argument.words and not {*taken} <= {*argument.words}):
            return None
        values[argument.name] = tuple(taken) if argument.many else taken[0] if taken else None
    return None if words else values
