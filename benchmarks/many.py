"""Counts of profiles -> what each profile takes in one run over all of them, and how much memory the run."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from measure import Job, Sample, median, ratio, rounds, scaled
from peers import Reference
from recipes import recipes
from rows import Row

SHARE = 0.08
"""What a profile of many may take of one `helm template`."""
UNCHANGED = 1.0
"""What an unchanged profile of many may take of a changed one: its files are read and hashed, not written."""
FLAT = 1.25
"""What ten times the profiles may take, each, of what fewer take, and how much more memory."""


def many_rows(place: Path, counts: Sequence[int], runs: int, reference: Reference | None) -> Iterator[Row]:
    """Yield the rows of runs on two workers; the first count is what the others are compared with.

    Times are for each profile of a run. A run of more than the second count is done once.
    """
    few, many, *larger = counts
    for count, turns in ((many, runs), *((count, 1) for count in larger)):
        jobs = _jobs(place, few) | _jobs(place, count)
        if reference:
            jobs["peer"] = Job(reference.peer.command)
        found = rounds(jobs, place, turns, warm=False)
        base = scaled(found[f"{few} different"], 1 / few)
        different = scaled(found[f"{count} different"], 1 / count)
        unchanged = scaled(found[f"{count} unchanged"], 1 / count)
        if count == many:
            yield _row(f"{few} different, each", base)
            helm = scaled(found["peer"], reference.factor) if reference else None
            name = reference.name if reference else "helm template"
            yield _row(f"{count} different, each", different, helm, name, SHARE)
            yield _row(f"{count} unchanged, each", unchanged, different, f"{count} different", UNCHANGED)
            yield Row(f"r1c, {few} different, peak memory", median(base).peak, "MB")
        yield _row(f"{count} different, linear", different, base, f"{few} different", FLAT)
        memory, growth = median(different).peak, ratio(different, base)
        name = f"r1c, {count} different, peak memory"
        yield Row(name, memory, "MB", None, growth, f"{few} different", FLAT)
        shutil.rmtree(_output(place, count))


def _row(
    work: str,
    samples: Sequence[Sample],
    others: Sequence[Sample] | None = None,
    reference: str = "",
    limit: float | None = None,
) -> Row:
    spent = median(samples)
    compared = ratio(samples, others) if others else None
    return Row(f"r1c, {work}", spent.wall, "ms", spent.cpu, compared, reference, limit)


def _jobs(place: Path, count: int) -> dict[str, Job]:
    """Return the run that writes everything and the run that finds everything as it is."""
    folder, output = place / f"many-{count}", _output(place, count)
    if not folder.exists():
        recipes(folder, count)
    work = ["compile", str(folder), "-o", str(output), "--jobs", "2", "--quiet"]
    command = [sys.executable, "-m", "r1c", *work]
    remove = Job(command, lambda _: shutil.rmtree(output, ignore_errors=True))
    return {f"{count} different": remove, f"{count} unchanged": Job(command)}


def _output(place: Path, count: int) -> Path:
    return place / f"out-{count}"
