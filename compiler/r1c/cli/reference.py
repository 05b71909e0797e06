"""Declares the commands that tell about r1c itself: explain, schema and completion."""

from __future__ import annotations

import click

from r1c import completion, manual
from r1c.cli.parts import Choice, action, common


@click.command("explain", cls=manual.Command)
@click.argument("topic", required=False, metavar="[CODE|FIELD]", shell_complete=completion.topics)
@common
@action
def explain() -> None:
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


@click.command("schema", cls=manual.Command)
@common
@action
def schema() -> None:
    """Print the JSON Schema of the profile, for editors.

    An editor with a YAML language server completes and explains every field of a profile whose first line is
    `# yaml-language-server: $schema=PATH`.

    \b
    Example:
      r1c schema > schemas/recipe.schema.json
    """


@click.command("completion", cls=manual.Command)
@click.argument("shell", type=Choice(completion.SHELLS), metavar="SHELL")
@common
@action
def complete() -> None:
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
