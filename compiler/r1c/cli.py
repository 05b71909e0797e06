"""The command line: arguments, streams and exit codes. What each command does is in commands/, imported when
it runs.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import click

from r1c import __version__, completion, manual
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


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, "-V", "--version", prog_name="r1c", message="%(prog)s %(version)s")
@common
def r1c() -> None:
    """Compile inference recipes to Kubernetes manifests.

    One short profile goes in; the manifests that serve and benchmark the model with vLLM on GKE come out.
    Results go to standard output, diagnostics and everything else that is for people to standard error.

    `r1c COMMAND --help` has a page on each command.

    \b
    Environment:
      HF_TOKEN  The Hugging Face token; read by `r1c secret` alone.
      NO_COLOR  No colours, as --no-color.

    \b
    Exit status:
      1  a profile has errors, or a comparison found a difference

    \b
    Example:
      r1c compile profiles/a3mega.yaml
      kubectl apply -k out/deepseek-r1-a3mega
    """


PROFILES = click.argument(
    "profiles", nargs=-1, required=True, metavar="PROFILE...", shell_complete=completion.profiles
)
STRICT = click.option("--strict", is_flag=True, help="Refuse a profile for a warning, too.")


@r1c.command()
@PROFILES
@click.option(
    "-o",
    "--output",
    default="out",
    metavar="DIR",
    help="Parent of the output directories; - for a stream. [out]",
    shell_complete=completion.folders,
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

    Every profile is checked first; one with errors is reported and keeps the output that it has. A file that
    did not change keeps its time, one that a recipe no longer has is removed, and one that someone edited by
    hand is never touched without --force.

    \b
    Arguments:
      PROFILE  A file, a directory (every Recipe in it and below it), or - for standard input.

    \b
    Exit status:
      1  a profile has errors, a file in the way was edited by hand, or --check found a difference

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
    type=Choice(["text", "json", "sarif", "github"]),
    default="text",
    help="How to print diagnostics: for people, or for tools on standard output. [text]",
)
@STRICT
@common
@click.pass_obj
def check(console: Console, profiles: Sequence[str], form: str, strict: bool) -> int:
    """Check profiles and print what is wrong with them.

    All faults of a profile are reported in one run, in file order. Errors refuse a profile; warnings and
    hints do not. Nothing is written.

    \b
    Arguments:
      PROFILE  A file, a directory (every Recipe in it and below it), or - for standard input.

    \b
    Exit status:
      1  a profile has errors, or warnings under --strict

    \b
    Examples:
      r1c check profiles/a3mega.yaml
      r1c check profiles --strict --format json
      r1c check profiles --format sarif > r1c.sarif
    """
    from r1c.commands import check as command

    return command.run(console, profiles, form, strict=strict)


@r1c.command()
@click.argument("profile", metavar="PROFILE", shell_complete=completion.profiles)
@click.option(
    "--format",
    "form",
    type=Choice(["text", "json"]),
    default="text",
    help="How to print the plan. [text]",
)
@common
@click.pass_obj
def plan(console: Console, profile: str, form: str) -> int:
    """Print what a recipe comes to: GPUs, ranks, layers, memory and cost drivers.

    Ranks to nodes, layers and weights of each stage, KV-cache tokens, sequences at full length, and what is
    downloaded and paid for. Computed from the profile and r1c's facts alone; nothing is asked of a cluster.

    \b
    Arguments:
      PROFILE  A file, or - for standard input.

    \b
    Exit status:
      1  the profile has errors

    \b
    Examples:
      r1c plan profiles/a3mega.yaml
      r1c plan profiles/a3mega.yaml --format json
    """
    from r1c.commands import plan as command

    return command.run(console, profile, form)


@r1c.command()
@click.argument("old", metavar="OLD", shell_complete=completion.profiles)
@click.argument("new", required=False, metavar="[NEW]", shell_complete=completion.profiles)
@click.option("--rev", metavar="REV", help="Compare with a git revision (origin/main, HEAD~1, a tag).")
@click.option(
    "-o",
    "--output",
    default="out",
    metavar="DIR",
    help="Parent of the output directories. [out]",
    shell_complete=completion.folders,
)
@click.option(
    "--format",
    "form",
    type=Choice(["text", "markdown", "json"]),
    default="text",
    help="How to print: for people, for a pull request, or for tools. [text]",
)
@common
@click.pass_obj
def diff(console: Console, /, **options: Any) -> int:
    """Show what changes on the cluster, object by object, with the impact of each change.

    With OLD and NEW, two profiles are compared; with OLD alone, the output on disk with the profile; with
    --rev, the output (or the profile) of a git revision with the profile. Nothing is written, checked out or
    asked of a cluster.

    \b
    Arguments:
      OLD  A profile, or a directory of profiles; - for standard input.
      NEW  What OLD is compared with: a profile, or a directory.

    \b
    Exit status:
      1  there is a difference, or a profile has errors

    \b
    Examples:
      r1c diff profiles/a3mega.yaml
      r1c diff profiles/a3mega.yaml profiles/a3mega-gpunet.yaml
      r1c diff profiles --rev origin/main --format markdown
    """
    from r1c.commands import diff as command

    return command.run(console, command.Options(**options))


@r1c.command()
@click.argument("topic", required=False, metavar="[CODE|FIELD]", shell_complete=completion.topics)
@common
@click.pass_obj
def explain(console: Console, topic: str | None) -> int:
    """Explain a code or a field of the profile; without either, list all codes.

    A code: why it is, an example that has the fault, and what to do. A field: its type, default and meaning,
    an example, and the codes about it.

    \b
    Arguments:
      CODE   Such as R1C201, or its name, such as tensor-divides-heads.
      FIELD  A path such as spec.network.mode; spec. may be left out.

    \b
    Examples:
      r1c explain R1C201
      r1c explain network.mode
    """
    from r1c.commands import explain as command

    return command.run(console, topic)


@r1c.command()
@common
@click.pass_obj
def schema(console: Console) -> int:
    """Print the JSON Schema of the profile, for editors.

    An editor with a YAML language server completes and explains every field of a profile whose first line is
    `# yaml-language-server: $schema=PATH`.

    \b
    Example:
      r1c schema > schemas/recipe.schema.json
    """
    from r1c.schema import recipe_schema

    console.result(recipe_schema())
    return 0


@r1c.command()
@click.argument("profile", metavar="PROFILE", shell_complete=completion.profiles)
@common
@click.pass_obj
def secret(console: Console, profile: str) -> int:
    """Print the Secret of a profile with the Hugging Face token in it.

    The token comes from the variable HF_TOKEN, or is asked for. It is written to standard output and nowhere
    else.

    \b
    Arguments:
      PROFILE  A file, or - for standard input.

    \b
    Environment:
      HF_TOKEN  The Hugging Face token; asked for on the terminal if it is not set.

    \b
    Exit status:
      1  the profile has errors

    \b
    Example:
      r1c secret profiles/a3mega.yaml | kubectl apply -f -
    """
    from r1c.commands import secret as command

    return command.run(console, profile)


@r1c.command()
@common
@click.pass_obj
def krm(console: Console) -> int:
    """Answer a ResourceList as a KRM function, for kustomize and kpt.

    Reads a config.kubernetes.io/v1 ResourceList from standard input, YAML or JSON. Each Recipe among its
    items, and one given as functionConfig, is compiled to its serving objects; all other items pass through
    as they are. An object that is already among the items is replaced. A Recipe leaves the list, unless it
    is annotated with config.kubernetes.io/local-config: "true". Diagnostics are in `results` too; when a
    recipe is refused, the items come back as they were.

    \b
    Exit status:
      1  a recipe has errors

    \b
    Examples:
      kpt fn eval package --exec "r1c krm"
      kpt fn source package | r1c krm
    """
    from r1c.commands import krm as command

    return command.run(console)


@r1c.command("completion")
@click.argument("shell", type=Choice(completion.SHELLS), metavar="SHELL")
@common
@click.pass_obj
def complete(console: Console, shell: str) -> int:
    """Print the script that completes r1c's command lines in a shell.

    Completed are commands, options and their values, profiles (*.yaml, *.yml and directories), codes and
    fields. `r1c` must be on PATH.

    \b
    Arguments:
      SHELL  bash (4.4 or newer), zsh or fish.

    \b
    Examples:
      r1c completion bash > ~/.local/share/bash-completion/completions/r1c
      r1c completion zsh > "${fpath[1]}/_r1c"
      r1c completion fish > ~/.config/fish/completions/r1c.fish
    """
    console.result(completion.script(r1c, shell))
    return 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit status.

    0 done; 1 the profile has errors, or a comparison found a difference; 2 wrong usage or I/O trouble; 3 a
    fault of r1c itself; 130 interrupted.
    """
    console = Console()
    try:
        status = r1c.main(
            list(arguments) if arguments is not None else None,
            prog_name="r1c",
            complete_var=completion.VARIABLE,
            obj=console,
            standalone_mode=False,
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
