"""The table of the command line -> click's commands: for help, errors, completion and unusual spellings."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import click

from r1c.cli import actions, completion
from r1c.cli.arguments import Call
from r1c.cli.declaration import COMPLETION, Argument, Command, Group, Option
from r1c.cli.table import R1C
from r1c.commands.console import Console
from r1c.diagnostics.suggest import advice, closest, listed
from r1c.diagnostics.text import printable

WIDEST = 100
"""Columns of a help page on a terminal that has as many or more."""

HELP = ("-h", "--help")

STATUSES: Mapping[int, str] = {
    0: "success",
    2: "wrong usage, or a file that cannot be read or written",
    3: "an internal error of r1c",
    130: "interrupted",
}
"""Exit statuses of every command; a page adds 1 where the command has it."""


def read(words: Sequence[str], console: Console) -> Call | int:
    """Return the call of a command line, with its settings made on the console.

    Returns the exit status if nothing is called: help or an error was printed. Raises SystemExit
    after it has answered a shell's request for completion.
    """
    try:
        answer: Call | int = ClickGroup(R1C).main(
            list(words), prog_name=R1C.name, complete_var=COMPLETION, obj=console, standalone_mode=False
        )
    except click.ClickException as error:
        shown = io.StringIO()
        error.show(shown)
        console.report("\n".join(map(printable, shown.getvalue().split("\n"))))
        return 2
    except click.Abort:
        return 130
    return answer


class ClickCommand(click.Command):
    """A command of the table, whose help is its page."""

    def __init__(self, declared: Command | Group, **rest: Any) -> None:
        """Make the command; `rest` is for click."""
        text = f"{declared.summary}\n\n{declared.text}"
        super().__init__(
            declared.name,
            help=text,
            context_settings={"help_option_names": [*HELP], "max_content_width": WIDEST},
            **rest,
        )
        self.declared = declared

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the page."""
        page = self.declared
        self.format_usage(ctx, formatter)
        self.format_help_text(ctx, formatter)
        if isinstance(page, Command):
            described = [entry for argument in page.arguments for entry in argument.help.items()]
            _section(formatter, "Arguments", described)
        self.format_options(ctx, formatter)
        _section(formatter, "Environment", [*page.environment.items()])
        statuses = {**STATUSES, **page.statuses}
        _section(formatter, "Exit status", [(str(number), statuses[number]) for number in sorted(statuses)])
        if page.examples:
            with formatter.section("Examples" if len(page.examples) > 1 else "Example"):
                for line in "\n".join(page.examples).split("\n"):
                    formatter.write(f"{'':{formatter.current_indent}}{line}\n")


class ClickGroup(ClickCommand, click.Group):
    """A group of the table; the error for an unknown command suggests the nearest one."""

    def __init__(self, declared: Group) -> None:
        """Make the group with all that is in it."""
        commands = [
            ClickGroup(inner) if isinstance(inner, Group) else _command(inner) for inner in declared.commands
        ]
        super().__init__(declared, commands=commands, params=[_option(option) for option in declared.options])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find a command, or fail with a suggestion."""
        name = args[0]
        if self.get_command(ctx, name) is None and not name.startswith("-") and not ctx.resilient_parsing:
            message = f"unknown command {name}; {advice(name, self.list_commands(ctx), 'commands')}"
            raise click.UsageError(message, ctx)
        return super().resolve_command(ctx, args)


class Choice(click.Choice):  # type: ignore[type-arg]  # generic from click 8.2 on
    """A choice of fixed words; an error suggests the nearest one."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the word, or fail with a suggestion."""
        if value not in self.choices:
            near = closest(str(value), self.choices)
            rest = f"; did you mean {near}?" if near else f"; use {listed(self.choices)}"
            self.fail(f"invalid value {value}{rest}", param, ctx)
        return super().convert(value, param, ctx)


def _command(declared: Command) -> ClickCommand:
    params = [*map(_argument, declared.arguments), *map(_option, declared.options)]
    made = ClickCommand(declared, params=params, callback=partial(_call, declared))
    # To click, a word with a dash that is no option is a fault, unless it may be an argument.
    made.ignore_unknown_options = any(argument.dashed for argument in declared.arguments)
    return made


def _call(declared: Command, /, **parameters: object) -> Call:
    return Call(declared.run, parameters, declared.arguments)


def _argument(declared: Argument) -> click.Argument:
    return click.Argument(
        [declared.name],
        type=Choice(declared.words) if declared.words else str,
        metavar=declared.metavar,
        nargs=-1 if declared.many else 1,
        required=declared.required,
        shell_complete=_completer(declared),
    )


def _option(declared: Option) -> click.Option:
    names, help_ = [*declared.spellings, declared.name], declared.help
    if declared.kind == "version":
        return click.Option(
            names, is_flag=True, is_eager=True, expose_value=False, help=help_, callback=_version
        )
    if declared.kind == "setting":
        return click.Option(names, is_flag=True, expose_value=False, help=help_, callback=_set)
    if declared.kind == "flag":
        return click.Option(names, is_flag=True, help=help_)
    types: Mapping[str, Any] = {
        "number": click.IntRange(min=declared.least),
        "choice": Choice(declared.words),
    }
    # To click, a default of None is a value that is given: a required option would not be asked for.
    default: dict[str, Any] = {} if declared.default is None else {"default": declared.default}
    return click.Option(
        names,
        type=types.get(declared.kind, str),
        metavar=declared.metavar,
        multiple=declared.repeated,
        required=declared.required,
        help=help_,
        shell_complete=_completer(declared),
        **default,
    )


def _completer(declared: Argument | Option) -> Any:
    return getattr(completion, declared.complete) if declared.complete else None


def _set(context: click.Context, option: click.Parameter, given: bool) -> None:
    if given:
        setattr(context.ensure_object(Console), str(option.name), True)


def _version(context: click.Context, _: click.Parameter, given: bool) -> None:
    if given and not context.resilient_parsing:
        context.exit(actions.version(context.ensure_object(Console)))


def _section(formatter: click.HelpFormatter, heading: str, rows: Sequence[tuple[str, str]]) -> None:
    if rows:
        with formatter.section(heading):
            formatter.write_dl(rows)
