"""Declares the commands about benchmark results: bench parse, compare and plot."""

from __future__ import annotations

import click

from r1c import completion
from r1c.cli.parts import Choice, Group, action, common


@click.group(cls=Group)
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
RESULTS = click.argument(
    "results", nargs=-1, required=True, metavar="RESULTS...", shell_complete=completion.files
)


@bench.command("parse")
@RESULTS
@TABLE
@common
@action
def bench_parse() -> None:
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


@bench.command("compare")
@click.argument("first", metavar="A", shell_complete=completion.files)
@click.argument("second", metavar="B", shell_complete=completion.files)
@click.option(
    "--fail-on",
    multiple=True,
    metavar="LIMIT",
    help="Exit 1 when a figure changed by more: p99_ttft_ms>+10% or output_tokens_per_s<-5%; as often as "
    "wanted.",
)
@TABLE
@common
@action
def bench_compare() -> None:
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


@bench.command("plot")
@RESULTS
@click.option("-o", "--output", required=True, metavar="FILE", help="What to write: *.svg or *.png.")
@click.option("--latency", default="p99_ttft_ms", metavar="FIGURE", help="The latency to draw. [p99_ttft_ms]")
@common
@action
def bench_plot() -> None:
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
