"""The commands as click has them -> the table by which plain command lines are read without click."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from r1c import completion
from r1c.cli.call import Argument, Command, Option
from r1c.cli.root import r1c

REPO = Path(__file__).resolve().parent.parent
TARGET = REPO / "compiler" / "r1c" / "cli" / "table.py"

HEADER = '''"""The options and arguments of every command: made by tools/generate.py from those of cli/."""

# fmt: off
# ruff: noqa
from __future__ import annotations

from collections.abc import Callable, Mapping

from r1c.cli.call import Argument, Command, Option

'''


def module() -> str:
    """Return the module as text."""
    groups = ["GROUPS: Mapping[tuple[str, ...], Mapping[str, str]] = {"]
    commands = ["COMMANDS: Mapping[tuple[str, ...], Callable[[], Command]] = {"]
    for path, command in _every((), r1c):
        if isinstance(command, click.Group):
            options = [*_options(command)]
            assert all(option.kind == "setting" for option in options), path
            settings = {spelling: option.name for option in options for spelling in option.spellings}
            groups.append(f"    {path!r}: {settings!r},")
        else:
            commands += [f"    {path!r}: lambda: Command(", *_command(command), "    ),"]
    return HEADER + "\n".join(
        [f"COMPLETION = {completion.VARIABLE!r}", "", *groups, "}", "", *commands, "}", ""]
    )


def _every(path: tuple[str, ...], command: click.Command) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    yield path, command
    if isinstance(command, click.Group):
        for name, inner in sorted(command.commands.items()):
            yield from _every((*path, name), inner)


def _command(command: click.Command) -> Iterator[str]:
    """Write a command, one option or argument a line."""
    found = _described(command)
    yield f"        {found.action!r},"
    for parts in (found.options, found.arguments):
        yield "        ("
        yield from (f"            {_written(part)}," for part in parts)
        yield "        ),"
    yield f"        {found.defaults!r},"


def _written(part: Option | Argument) -> str:
    """Write an option or argument without the fields that are as usual."""
    usual = {"words": (), "least": 0, "repeated": False}
    fields = [(name, getattr(part, name)) for name in type(part).__annotations__]
    kept = [f"{name}={value!r}" for name, value in fields if name not in usual or usual[name] != value]
    return f"{type(part).__name__}({', '.join(kept)})"


def _described(command: click.Command) -> Command:
    """Return a command as the table has it."""
    assert command.callback is not None
    arguments = [_argument(part) for part in command.params if isinstance(part, click.Argument)]
    assert not any(argument.many for argument in arguments[:-1]), "only the last argument may take many words"
    optional = [part for part in command.params if not part.required and part.expose_value]
    return Command(
        command.callback.__name__,
        tuple(_options(command)),
        tuple(arguments),
        {str(part.name): _default(part) for part in optional},
    )


def _argument(part: click.Argument) -> Argument:
    _check(part)
    assert part.nargs in (1, -1), part.name
    assert type(part.type) is type(click.STRING) or isinstance(part.type, click.Choice), part.name
    return Argument(str(part.name), part.required, part.nargs == -1, _words(part))


def _options(command: click.Command) -> Iterator[Option]:
    for part in command.params:
        # Of the options that only print something, --version, none is read here.
        if isinstance(part, click.Option) and not part.is_eager:
            yield _option(part)


def _option(part: click.Option) -> Option:
    _check(part)
    assert part.nargs == 1, part.name
    assert not part.count, part.name
    assert not part.prompt, part.name
    assert not part.secondary_opts, part.name
    least = 0
    if part.is_flag:
        assert part.is_bool_flag, part.name
        kind = "flag" if part.expose_value else "setting"
    elif isinstance(part.type, click.IntRange):
        assert part.type.min is not None, part.name
        assert part.type.max is None, part.name
        assert not part.type.min_open, part.name
        kind, least = "number", int(part.type.min)
    else:
        assert type(part.type) is type(click.STRING) or isinstance(part.type, click.Choice), part.name
        kind = "choice" if _words(part) else "text"
    return Option(tuple(part.opts), str(part.name), kind, _words(part), least, part.multiple)


def _words(part: click.Parameter) -> tuple[str, ...]:
    return tuple(part.type.choices) if isinstance(part.type, click.Choice) else ()


def _default(part: click.Parameter) -> object:
    """Return what a parameter is where nothing is given."""
    if getattr(part, "multiple", False) or part.nargs == -1:
        return ()
    if getattr(part, "is_flag", False):
        return False
    return part.default if isinstance(part.default, (str, int)) else None


def _check(part: click.Parameter) -> None:
    """Refuse what the reader of the table does not know."""
    assert part.envvar is None, part.name
    assert part.expose_value or part.callback, part.name
    assert part.callback is None or not part.expose_value, part.name
