"""Declares the commands that read profiles: compile, check, plan, diff, secret and krm."""

from __future__ import annotations

import click

from r1c import completion, manual
from r1c.cli.parts import PROFILE, PROFILES, STRICT, Choice, action, common


@click.command("compile", cls=manual.Command)
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
    "--show-profile", is_flag=True, help="Print the profile with what it extends, and write nothing."
)
@click.option(
    "--jobs", type=click.IntRange(min=1), metavar="N", help="Processes to use. [by the number of profiles]"
)
@STRICT
@common
@action
def compile() -> None:
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


@click.command("check", cls=manual.Command)
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
@action
def check() -> None:
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


@click.command("plan", cls=manual.Command)
@PROFILE
@click.option(
    "--format",
    "form",
    type=Choice(["text", "json"]),
    default="text",
    help="How to print the plan. [text]",
)
@common
@action
def plan() -> None:
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


@click.command("diff", cls=manual.Command)
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
@action
def diff() -> None:
    """Show what changes on the cluster, object by object, and its impact.

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


@click.command("secret", cls=manual.Command)
@PROFILE
@common
@action
def secret() -> None:
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


@click.command("krm", cls=manual.Command)
@common
@action
def krm() -> None:
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
      r1c krm < resources.yaml
      kpt fn eval package --exec "r1c krm"
    """
