"""The command line: arguments, streams and exit codes. What each command does is in commands/, imported when
it runs.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import click

from r1c import __version__
from r1c.console import Console
from r1c.diagnostics import UserError

REPORT = "https://github.com/r1c-dev/r1c/issues"

Decorated = TypeVar("Decorated", bound=Callable[..., Any])


def _set(name: str) -> Callable[[click.Context, click.Parameter, bool], None]:
    def callback(context: click.Context, _: click.Parameter, given: bool) -> None:
        if given:
            setattr(context.ensure_object(Console), name, True)

    return callback


def common(command: Decorated) -> Decorated:
    """Give a command the options that every command has."""
    options = (
        click.option(
            "--no-color", is_flag=True, expose_value=False, callback=_set("plain"), help="No colours."
        ),
        click.option(
            "-v",
            "--verbose",
            is_flag=True,
            expose_value=False,
            callback=_set("verbose"),
            help="Say more about faults.",
        ),
        click.option(
            "-q",
            "--quiet",
            is_flag=True,
            expose_value=False,
            callback=_set("quiet"),
            help="Print only what is asked for.",
        ),
    )
    for option in options:
        command = option(command)
    return command


class Group(click.Group):
    """The group of commands, which says what a misspelt command was meant to be."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find a command, or fail with a suggestion."""
        name = args[0]
        if self.get_command(ctx, name) is None and not name.startswith("-"):
            from r1c.suggest import advice

            raise click.UsageError(
                f"no command {name}; {advice(name, self.list_commands(ctx), 'commands')}", ctx
            )
        return super().resolve_command(ctx, args)


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, "-V", "--version", prog_name="r1c", message="%(prog)s %(version)s")
@common
def r1c() -> None:
    """Compile inference recipes to Kubernetes manifests.

    One short profile goes in; the manifests that serve and benchmark the model with vLLM on GKE come out.

    \b
    Example:
      r1c compile profiles/a3mega.yaml
      kubectl apply -k out/deepseek-r1-a3mega
    """


PROFILES = click.argument("profiles", nargs=-1, required=True, metavar="PROFILE...")
STRICT = click.option("--strict", is_flag=True, help="Refuse a profile for a warning, too.")


@r1c.command()
@PROFILES
@click.option(
    "-o",
    "--output",
    default="out",
    metavar="DIR",
    help="Parent of the output directories; - for a stream. [out]",
)
@click.option("--check", is_flag=True, help="Write nothing; exit 1 when the output on disk differs.")
@click.option("--dry-run", is_flag=True, help="Write nothing; say what would be written.")
@click.option("--force", is_flag=True, help="Overwrite files that someone edited or added.")
@click.option(
    "--jobs", type=click.IntRange(min=1), metavar="N", help="Processes to use. [by the number of profiles]"
)
@STRICT
@common
@click.pass_obj
def compile(console: Console, /, **options: Any) -> int:
    """Compile profiles into manifests under out/<name>/.

    PROFILE is a file, a directory (every Recipe in it), or - for standard input.

    \b
    Examples:
      r1c compile profiles/a3mega.yaml
      r1c compile profiles --check
      r1c compile profiles/a3mega.yaml -o - | kubectl diff -f -
    """
    from r1c.commands import compile as command

    return command.run(console, command.Options(**options))


@r1c.command()
@PROFILES
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    help="How to print diagnostics. [text]",
)
@STRICT
@common
@click.pass_obj
def check(console: Console, profiles: Sequence[str], form: str, strict: bool) -> int:
    """Check profiles and print what is wrong with them.

    \b
    Examples:
      r1c check profiles/a3mega.yaml
      r1c check profiles --strict --format json
    """
    from r1c.commands import check as command

    return command.run(console, profiles, form, strict=strict)


@r1c.command()
@common
@click.pass_obj
def schema(console: Console) -> int:
    """Print the JSON Schema of the profile, for editors.

    \b
    Example:
      r1c schema > schemas/recipe.schema.json
    """
    from r1c.schema import recipe_schema

    console.result(recipe_schema())
    return 0


@r1c.command()
@click.argument("profile")
@common
@click.pass_obj
def secret(console: Console, profile: str) -> int:
    """Print the Secret of a profile with the Hugging Face token in it.

    The token comes from the variable HF_TOKEN, or is asked for. It is written to standard output and nowhere
    else.

    \b
    Example:
      r1c secret profiles/a3mega.yaml | kubectl apply -f -
    """
    from r1c.commands import secret as command

    return command.run(console, profile)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit status.

    0 done; 1 the profile has errors, or a comparison found a difference; 2 wrong usage or I/O trouble; 3 a
    fault of r1c itself; 130 interrupted.
    """
    console = Console()
    try:
        status = r1c.main(
            list(arguments) if arguments is not None else None, obj=console, standalone_mode=False
        )
        sys.stdout.flush()
        return int(status or 0)
    except click.exceptions.Exit as leaving:
        return leaving.exit_code
    except click.ClickException as error:
        error.show()
        return 2
    except UserError as error:
        sys.stderr.write(f"r1c: {error}\n")
        return 2
    except (KeyboardInterrupt, click.Abort):
        sys.stderr.write("\n")
        return 130
    except BrokenPipeError:
        # The reader has gone: nothing to say, and nobody to say it to. Python must not try again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except Exception as error:
        sys.stderr.write(f"r1c: this is a fault of r1c, not of your profile: {error}\n")
        sys.stderr.write(
            f"Please report it at {REPORT}, with the profile if you can; -v prints the details.\n"
        )
        if console.verbose:
            import traceback

            traceback.print_exc()
        return 3
