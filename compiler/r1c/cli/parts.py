"""What commands are declared with for click: groups, choices, callbacks and the options of many commands."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

import click

from r1c import completion, manual
from r1c.cli.call import Call
from r1c.console import Console

Decorated = TypeVar("Decorated", bound=Callable[..., Any])


class Group(manual.Group):
    """The group of commands, which says what a misspelt command was meant to be."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find a command, or fail with a suggestion."""
        name = args[0]
        if self.get_command(ctx, name) is None and not name.startswith("-") and not ctx.resilient_parsing:
            from r1c.suggest import advice

            raise click.UsageError(
                f"no command {name}; {advice(name, self.list_commands(ctx), 'commands')}", ctx
            )
        return super().resolve_command(ctx, args)


class Choice(click.Choice):  # type: ignore[type-arg]  # generic from click 8.2 on
    """A few fixed words, which says what a misspelt one was meant to be."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the word, or fail with a suggestion."""
        if value not in self.choices:
            from r1c.suggest import closest, listed

            near = closest(str(value), self.choices)
            rest = f"; did you mean {near}?" if near else f": {listed(self.choices, 'and')}"
            self.fail(f"{value} is none of its values{rest}", param, ctx)
        return super().convert(value, param, ctx)


def action(page: Callable[[], None]) -> Callable[..., Call]:
    """Make a command's callback of a function that is its page alone: its name is that of the action, its
    docstring the help.
    """

    @wraps(page)
    def call(**parameters: object) -> Call:
        return Call(page.__name__, parameters)

    return call


def _set(context: click.Context, option: click.Parameter, given: bool) -> None:
    if given:
        setattr(context.ensure_object(Console), str(option.name), True)


def _setting(*spellings: str, help: str) -> Callable[[Decorated], Decorated]:
    return click.option(*spellings, is_flag=True, expose_value=False, callback=_set, help=help)


def common(command: Decorated) -> Decorated:
    """Give a command the options that every command has; they set fields of the console."""
    for option in (
        _setting("--no-color", "plain", help="No colours."),
        _setting("-v", "--verbose", help="Name each file; say more about faults."),
        _setting("-q", "--quiet", help="Print only what is asked for."),
    ):
        command = option(command)
    return command


PROFILE = click.argument("profile", metavar="PROFILE", shell_complete=completion.profiles)
PROFILES = click.argument(
    "profiles", nargs=-1, required=True, metavar="PROFILE...", shell_complete=completion.profiles
)
STRICT = click.option("--strict", is_flag=True, help="Refuse a profile for a warning, too.")
