"""Times r1c as its users run it, one process a time, beside other tools that make the same objects.

`python benchmarks/run.py` prints the table, `--profile` where the time goes; README.md explains the rows.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import peers
from many import many_rows
from measure import Failed, Job, Sample, median, ratio, rounds, scaled
from recipes import SOURCE, changed, edited
from rows import HEAD, Row, table
from where import where

PYTHON = sys.executable
R1C = (PYTHON, "-m", "r1c")
DEPENDENCIES = ("click", "pydantic", "ruamel.yaml")
BARE = "python -c pass"
VERSION, HELP, UNCHANGED = "r1c --version", "r1c --help", "r1c, unchanged"
COLD, CHECK, FAULT, DIFF = "r1c, cold compile", "r1c check", "r1c check, one fault", "r1c diff"

Samples = Mapping[str, Sequence[Sample]]


def options() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description="Time r1c beside the tools that make the same objects.")
    parser.add_argument("--runs", type=int, default=15, help="number of rounds; the medians are shown [15]")
    parser.add_argument(
        "--counts",
        type=int,
        nargs=2,
        default=(100, 1000),
        metavar=("FEW", "MANY"),
        help="profiles in the runs of many [100 1000]",
    )
    parser.add_argument("--large", action="store_true", help="also measure ten times MANY (takes minutes)")
    parser.add_argument("--profile", action="store_true", help="show where the time goes instead")
    return parser.parse_args()


def main() -> int:
    """Print the tables; return 1 if a command fails or a peer makes other objects."""
    chosen = options()
    try:
        with tempfile.TemporaryDirectory() as temporary:
            if chosen.profile:
                sys.stdout.write(where(Path(temporary), max(1, chosen.runs // 3), chosen.counts[0]))
            else:
                report(Path(temporary), chosen)
    except Failed as fault:
        sys.stderr.write(f"{fault}\n")
        return 1
    return 0


def report(place: Path, chosen: argparse.Namespace) -> None:
    """Measure and print: the table of targets, then the floor and what remains above it."""
    at_hand = [peer for peer in peers.PEERS if peer.installed]
    for peer in at_hand:
        peers.compare(peer)
    few, many = chosen.counts
    counts = (few, many, many * 10) if chosen.large else (few, many)
    reference = peers.reference()
    singles = rounds(commands(place, at_hand), place, chosen.runs)
    rows = [
        *peer_rows(singles, at_hand),
        *single_rows(singles, reference),
        *many_rows(place, counts, max(1, chosen.runs // 5), reference),
    ]
    print(f"Python {platform.python_version()}, {os.cpu_count()} processors, {chosen.runs} rounds\n")
    print(table(HEAD, [row.cells() for row in rows]))
    for note in peers.notes():
        print(note)
    print(floor(singles))


def commands(place: Path, at_hand: Sequence[peers.Peer]) -> dict[str, Job]:
    """Return the commands that are run in turn, and write the profiles that they read."""
    (place / "same.yaml").write_text(SOURCE.read_text(encoding="utf-8"), encoding="utf-8")
    (place / "other.yaml").write_text(edited(0), encoding="utf-8")
    (place / "fault.yaml").write_text(changed([("  parallelism:", "  paralelism:")]), encoding="utf-8")

    def edit(number: int) -> None:
        (place / "edited.yaml").write_text(edited(number + 1), encoding="utf-8")

    return {
        BARE: Job([PYTHON, "-c", "pass"]),
        **{peer.name: Job(peer.command) for peer in at_hand},
        VERSION: Job([*R1C, "--version"]),
        HELP: Job([*R1C, "--help"]),
        UNCHANGED: Job([*R1C, "compile", "same.yaml", "-o", "unchanged"]),
        COLD: Job([*R1C, "compile", "edited.yaml", "-o", "changed"], edit),
        CHECK: Job([*R1C, "check", "edited.yaml"]),
        FAULT: Job([*R1C, "check", "fault.yaml"], well=(1,)),
        DIFF: Job([*R1C, "diff", "same.yaml", "other.yaml"], well=(0, 1)),
        **{f"import {name}": Job([PYTHON, "-c", f"import {name}"]) for name in DEPENDENCIES},
        "import all three": Job([PYTHON, "-c", f"import {', '.join(DEPENDENCIES)}"]),
    }


def peer_rows(samples: Samples, at_hand: Sequence[peers.Peer]) -> Iterator[Row]:
    """Yield what the peers take, beside the bare interpreter."""
    bare = median(samples[BARE])
    yield Row(BARE, bare.wall, "ms", bare.cpu)
    for peer in at_hand:
        spent = median(samples[peer.name])
        yield Row(peer.name, spent.wall, "ms", spent.cpu, ratio(samples[peer.name], samples[BARE]), BARE)


def single_rows(samples: Samples, reference: peers.Reference | None) -> Iterator[Row]:
    """Yield the rows of one profile in one process."""
    helm = scaled(samples[reference.peer.name], reference.factor) if reference else None
    name = reference.name if reference else peers.HELM.name
    for work, others, other, limit in (
        (VERSION, samples[BARE], BARE, 3.0),
        (HELP, samples[BARE], BARE, 6.0),
        (COLD, helm, name, 2.2),
        (UNCHANGED, samples[COLD], COLD, 1.0),
        (CHECK, samples[COLD], COLD, 1.0),
        (FAULT, samples[CHECK], CHECK, 1.4),
        (DIFF, samples[COLD], COLD, 1.5),
    ):
        spent = median(samples[work])
        compared = ratio(samples[work], others) if others else None
        yield Row(work, spent.wall, "ms", spent.cpu, compared, other, limit)
    yield Row(f"{COLD}, peak memory", median(samples[COLD]).peak, "MB", limit=60)


def floor(samples: Samples) -> str:
    """Return the table of what Python takes, and of what each command takes above the bare interpreter."""
    bare = median(samples[BARE])
    imports = [name for name in samples if name.startswith("import ")]
    lines = []
    for name in (BARE, *imports, VERSION, HELP, COLD, UNCHANGED, CHECK, FAULT, DIFF):
        spent = median(samples[name])
        above = (
            ("-", "-") if name == BARE else (f"{spent.wall - bare.wall:.1f}", f"{spent.cpu - bare.cpu:.1f}")
        )
        lines.append([name, f"{spent.wall:.1f}", f"{spent.cpu:.1f}", *above])
    return table(("Floor, and what is above it", "ms", "CPU ms", "Above it, ms", "CPU ms"), lines)


if __name__ == "__main__":
    sys.exit(main())
