"""The command line: arguments, streams and exit codes. What each command does is in commands/, imported when
it runs.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, TypeVar

import click

from r1c import __version__, completion, manual
from r1c.console import Console, prepare
from r1c.diagnostics import UserError

REPORT = "https://github.com/r1c-dev/r1c/issues"
WIDEST = 100
"""Columns of a help page on a terminal that has as many or more."""

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
    "--show-profile", is_flag=True, help="Print the profile with what it extends, and write nothing."
)
@click.option(
    "--jobs", type=click.IntRange(min=1), metavar="N", help="Processes to use. [by the number of profiles]"
)
@STRICT
@common
@click.pass_obj
def compile(console: Console, /, show_profile: bool, **options: Any) -> int:
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
    if show_profile:
        from r1c.commands import show

        return show.run(console, options["profiles"])
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


@r1c.group(cls=Group)
def bench() -> None:
    """Read the results of vLLM's serving benchmark.

    A result is the JSON file that `vllm bench serve` or the older benchmark_serving.py writes, of any version
    that r1c knows, or the block that it prints, also in the middle of a log. In a folder that a benchmark Job
    of r1c wrote, each point counts once. What holds no result is named and passed over.

    \b
    Exit status:
      1  a file holds no result, or a limit is broken

    \b
    Example:
      gcloud storage cp --recursive gs://my-bucket/r1c/deepseek-r1-a3mega .
      r1c bench parse deepseek-r1-a3mega
    """


TABLE = click.option(
    "--format",
    "form",
    type=Choice(["table", "json", "csv"]),
    default="table",
    help="table shows the main figures, json and csv have all. [table]",
)
RESULTS = click.argument("results", nargs=-1, required=True, metavar="RESULTS...", type=click.Path())


@bench.command("parse")
@RESULTS
@TABLE
@common
@click.pass_obj
def bench_parse(console: Console, results: Sequence[str], form: str) -> int:
    """Print benchmark results as one table.

    \b
    Arguments:
      RESULTS  Result files, logs, folders with either, or - for standard input.

    \b
    Exit status:
      1  a file holds no result

    \b
    Examples:
      r1c bench parse results/ --format csv > results.csv
      kubectl logs job/deepseek-r1-a3mega-benchmark | r1c bench parse -
    """
    from r1c.commands import bench as command

    return command.parse(console, results, form)


@bench.command("compare")
@click.argument("first", metavar="A", type=click.Path())
@click.argument("second", metavar="B", type=click.Path())
@click.option(
    "--fail-on",
    multiple=True,
    metavar="LIMIT",
    help="Exit 1 when a figure changed by more: p99_ttft_ms>+10% or output_tokens_per_s<-5%; as often as "
    "wanted.",
)
@TABLE
@common
@click.pass_obj
def bench_compare(console: Console, first: str, second: str, fail_on: Sequence[str], form: str) -> int:
    """Compare two sets of benchmark results, point by point.

    Points are paired by their load. Repeated runs of a point come to their mean, with the least and the most.
    A warning says when the two sides differ in more than one thing.

    \b
    Arguments:
      A  The results to compare with: a file, or a folder.
      B  The results to judge: a file, or a folder.

    \b
    Exit status:
      1  a limit is broken, a file holds no result, or no point is on both sides

    \b
    Examples:
      r1c bench compare results/v0.10.1 results/v0.10.2
      r1c bench compare before after --fail-on 'p99_ttft_ms>+10%' --fail-on 'output_tokens_per_s<-5%'
    """
    from r1c.commands import bench as command

    return command.compare(console, command.Sides(first, second, fail_on), form)


@bench.command("plot")
@RESULTS
@click.option("-o", "--output", required=True, metavar="FILE", help="What to write: *.svg or *.png.")
@click.option("--latency", default="p99_ttft_ms", metavar="FIGURE", help="The latency to draw. [p99_ttft_ms]")
@common
@click.pass_obj
def bench_plot(console: Console, results: Sequence[str], output: str, latency: str) -> int:
    """Draw throughput against latency over a sweep, a line for each argument.

    Needs matplotlib: pip install 'r1c[plot]'.

    \b
    Arguments:
      RESULTS  Result files or folders, one for each line of the plot.

    \b
    Exit status:
      1  a file holds no result

    \b
    Example:
      r1c bench plot results/v0.10.1 results/v0.10.2 -o sweep.svg --latency median_tpot_ms
    """
    from r1c.commands import bench as command

    return command.draw(console, results, latency, output)


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
      r1c krm < resources.yaml
      kpt fn eval package --exec "r1c krm"
    """
    from r1c.commands import krm as command

    return command.run(console)


@r1c.command()
@click.argument("name", required=False, metavar="[NAME]")
@click.option(
    "--platform", metavar="P", help="Machines of the nodes. [a3-mega]", shell_complete=completion.platforms
)
@click.option(
    "--model", metavar="M", help="The model, by its Hugging Face id.", shell_complete=completion.models
)
@click.option("-o", "--output", metavar="FILE", help="Write a new file; one that is there is kept.")
@common
@click.pass_obj
def init(console: Console, /, **options: Any) -> int:
    """Print a starter profile for a platform and a model.

    Release, flags, parallelism and nodes come from what r1c knows: the smallest group that the model fits on.
    What only you know (project, cluster, registry, bucket) is left open, and `r1c check` asks for it by name.
    On a terminal and without arguments, it asks.

    \b
    Arguments:
      NAME  Name of the recipe. Default: from the model and the platform.

    \b
    Examples:
      r1c init
      r1c init my-recipe --platform a3-ultra --model Qwen/Qwen3-32B -o profiles/my-recipe.yaml
    """
    from r1c.commands import init as command

    return command.run(console, command.Options(**options))


@r1c.group("import", cls=Group)
@common
def import_() -> None:
    """Make a profile from what you run today.

    The profile goes to standard output. What is not carried, what is left to fill in, and what is wrong with
    the source go to standard error.

    \b
    Example:
      r1c import helm values.yaml --set clusterName=my-cluster > profiles/my-recipe.yaml
    """


def asked(command: Decorated) -> Decorated:
    """Give a command the options for what its source does not say."""
    options = (
        click.option("--region", metavar="R", help="Region of the cluster."),
        click.option("--cluster", metavar="C", help="Name of the cluster."),
        click.option("--project", metavar="ID", help="Google Cloud project of the cluster."),
        click.option(
            "--platform",
            metavar="P",
            help="Machines of the nodes. [as the source says]",
            shell_complete=completion.platforms,
        ),
        click.option("--name", metavar="NAME", help="Name of the recipe; that of the Helm release."),
    )
    for option in options:
        command = option(command)
    return command


@import_.command("helm")
@click.argument("files", nargs=-1, required=True, metavar="VALUES...", shell_complete=completion.profiles)
@click.option("--set", "settings", multiple=True, metavar="K=V", help="A value, as `helm install --set`.")
@click.option(
    "--set-file", "file_settings", multiple=True, metavar="K=FILE", help="As `helm install --set-file`."
)
@asked
@common
@click.pass_obj
def import_helm(
    console: Console,
    /,
    files: Sequence[str],
    settings: Sequence[str],
    file_settings: Sequence[str],
    **options: Any,
) -> int:
    """Make a profile from the Helm values of gpu-recipes.

    Takes the values files and --set arguments of the vLLM charts for A3 Mega, A3 Ultra and A4. Every value is
    carried into the profile, or named with the reason why not.

    \b
    Arguments:
      VALUES  Values files in the order of `helm install -f`; - for standard input.

    \b
    Exit status:
      1  the values or the profile that they come to have errors

    \b
    Example:
      r1c import helm values.yaml --set job.image.tag=v0.7.3 --project my-project --region us-central1
    """
    from r1c.commands import imports

    return imports.run_helm(console, files, settings, file_settings, imports.Asked(**options))


@import_.command("manifest")
@click.argument("file", metavar="FILE", shell_complete=completion.profiles)
@asked
@common
@click.pass_obj
def import_manifest(console: Console, /, file: str, **options: Any) -> int:
    """Make a profile from a LeaderWorkerSet with vLLM in it.

    Reads the flags from the command, networks, images and volumes from the pod template, and type and port
    from its Service, if it is in the file too. A Deployment of one node is read the same way.

    \b
    Arguments:
      FILE  YAML or JSON with the objects, or - for standard input.

    \b
    Exit status:
      1  the manifest or the profile that it comes to has errors

    \b
    Example:
      kubectl get leaderworkerset my-server -o yaml | r1c import manifest -
    """
    from r1c.commands import imports

    return imports.run_manifest(console, file, imports.Asked(**options))


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
        prepare()
        status = r1c.main(
            list(arguments) if arguments is not None else None,
            prog_name="r1c",
            complete_var=completion.VARIABLE,
            obj=console,
            standalone_mode=False,
        )
        if sys.stdout is not None:
            sys.stdout.flush()
        return int(status or 0)
    except click.exceptions.Exit as leaving:
        return leaving.exit_code
    except click.ClickException as error:
        shown = io.StringIO()
        error.show(shown)
        _say(shown.getvalue())
        return 2
    except UserError as error:
        _say(f"r1c: {error}\n")
        return 2
    except (KeyboardInterrupt, click.Abort):
        return 130
    except BrokenPipeError:
        # The reader has gone: nothing to say, and nobody to say it to.
        _give_up_output()
        return 141
    except OSError as error:
        _say(f"r1c: {error.filename or 'standard output'}: {error.strerror or error}\n")
        _give_up_output()
        return 2
    except Exception as error:
        _say(f"r1c: this is a fault of r1c, not of your profile: {error}\n")
        sys.stderr.write(
            f"Please report it at {REPORT}, with the profile if you can; -v prints the details.\n"
        )
        if console.verbose:
            import traceback

            traceback.print_exc()
        return 3


def _say(text: str) -> None:
    """Write to standard error what may quote a file or an argument, with nothing in it that a terminal acts
    on.
    """
    from r1c.render import printable

    sys.stderr.write("\n".join(map(printable, text.split("\n"))))


def _give_up_output() -> None:
    """Let what is not yet written go nowhere: Python would try again at exit, and complain."""
    if sys.stdout is not None:
        with suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
