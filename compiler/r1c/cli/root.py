"""A command line -> the call of an action, by click: with its help, its errors and its completion."""

from __future__ import annotations

import io
from collections.abc import Sequence

import click

from r1c import __version__, completion
from r1c.cli import bench, recipes, reference, starting
from r1c.cli.call import Call, WrongUsage
from r1c.cli.parts import Group, common
from r1c.console import Console

WIDEST = 100
"""Columns of a help page on a terminal that has as many or more."""


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": WIDEST})
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


for command in (
    recipes.compile,
    recipes.check,
    recipes.plan,
    recipes.diff,
    recipes.secret,
    recipes.krm,
    reference.explain,
    reference.schema,
    reference.complete,
    starting.init,
    starting.import_,
    bench.bench,
):
    r1c.add_command(command)


def read(words: Sequence[str], console: Console) -> Call | int:
    """Return the call that a command line comes to, its settings made on the console, or the exit status
    where nothing is left to do.

    Raises WrongUsage, and SystemExit after it has told a shell how a word may go on.
    """
    try:
        answer: Call | int = r1c.main(
            list(words),
            prog_name="r1c",
            complete_var=completion.VARIABLE,
            obj=console,
            standalone_mode=False,
        )
    except click.ClickException as error:
        shown = io.StringIO()
        error.show(shown)
        raise WrongUsage(shown.getvalue()) from error
    except click.Abort:
        return 130
    return answer
