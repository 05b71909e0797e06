"""Commands, run in rounds -> how long each took, how much of a processor, and how much memory."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

LAUNCH = """
import json, os, sys, time
quiet = [(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
start = time.perf_counter()
child = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ, file_actions=quiet)
_, status, usage = os.wait4(child, 0)
wall = time.perf_counter() - start
print(json.dumps([os.waitstatus_to_exitcode(status), wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss]))
"""
"""Started in a bare interpreter for every command: a child's peak memory counts from its parent's size."""
RSS_UNIT = 1 if sys.platform == "darwin" else 1024


class Failed(Exception):  # noqa: N818  # it is about a command
    """A command that is to be timed does not do its work."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One run: wall and CPU time in milliseconds, and the peak memory of its largest process in MB (10^6)."""

    wall: float
    cpu: float
    peak: float


@dataclass(frozen=True, slots=True)
class Job:
    """A command to time, what has to be done before each run, and the exit statuses that are well."""

    command: Sequence[str]
    before: Callable[[int], None] | None = None
    well: tuple[int, ...] = (0,)


def environment() -> dict[str, str]:
    """Return the environment of a user, where Python keeps the modules that it has compiled."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def run(job: Job, cwd: Path, number: int = 0) -> Sample:
    """Run a command once; raises Failed if it ends with another status than it should."""
    if job.before:
        job.before(number)
    launcher = [sys.executable, "-I", "-S", "-c", LAUNCH, *job.command]
    done = subprocess.run(launcher, cwd=cwd, env=environment(), capture_output=True, text=True, check=False)
    if done.returncode:
        raise Failed(f"{' '.join(job.command)}\ncannot be started:\n{done.stderr}")
    status, wall, cpu, peak = json.loads(done.stdout)
    if status not in job.well:
        raise Failed(f"{' '.join(job.command)}\nended with status {status}:\n{done.stderr}")
    return Sample(wall * 1000, cpu * 1000, peak * RSS_UNIT / 1e6)


def rounds(jobs: Mapping[str, Job], cwd: Path, runs: int, *, warm: bool = True) -> dict[str, list[Sample]]:
    """Run every command in turn, `runs` times over, after a round that only warms the caches."""
    samples: dict[str, list[Sample]] = {name: [] for name in jobs}
    for number in range(runs + warm):
        for name, job in jobs.items():
            sample = run(job, cwd, number)
            if number >= warm:
                samples[name].append(sample)
    return samples


def median(samples: Sequence[Sample]) -> Sample:
    """Return the median of each quantity."""
    return Sample(*(statistics.median(getattr(one, name) for one in samples) for name in Sample.__slots__))


def ratio(samples: Sequence[Sample], reference: Sequence[Sample]) -> Sample:
    """Return the medians of the ratios within each round."""
    pairs = list(zip(samples, reference, strict=True))
    return median([Sample(a.wall / b.wall, a.cpu / b.cpu, a.peak / b.peak) for a, b in pairs])


def scaled(samples: Sequence[Sample], factor: float) -> list[Sample]:
    """Return the samples with their times multiplied; memory is not a thing to multiply."""
    return [Sample(one.wall * factor, one.cpu * factor, one.peak) for one in samples]
