"""Times r1c as its users run it, one process a time, beside the floor that Python sets and the peers that
are at hand.

`python benchmarks/run.py` prints the table. Every number is the median of paired runs in this one run on
this machine; a row's ratio is to `helm template` of an equal chart where helm is installed, else to `python
-c pass`.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

REPO = Path(__file__).resolve().parent.parent
PROFILE = (REPO / "profiles" / "a3mega.yaml").read_text(encoding="utf-8")
RUNS = 15


def timed(
    command: list[str], cwd: Path, before: Callable[[int], None] | None = None, runs: int = RUNS
) -> float:
    """Return the median wall time of a command in milliseconds, after one run to warm the file cache."""
    times = []
    for number in range(runs + 1):
        if before:
            before(number)
        start = time.perf_counter()
        subprocess.run(command, cwd=cwd, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
        times.append((time.perf_counter() - start) * 1000)
    return statistics.median(times[1:])


def recipes(folder: Path, count: int) -> None:
    """Write `count` valid profiles that differ in name, length, port and utilisation."""
    folder.mkdir(parents=True)
    for number in range(count):
        text = PROFILE.replace("name: deepseek-r1-a3mega", f"name: recipe-{number:05}")
        text = text.replace("max-num-seqs: 128", f"max-num-seqs: {64 + number % 64}")
        text = text.replace("max-model-len: 32768", f"max-model-len: {16384 + 16 * (number % 1000)}")
        (folder / f"{number:05}.yaml").write_text(text, encoding="utf-8")


def peak_mb(command: list[str], cwd: Path) -> float:
    """Return the peak resident memory of a command in MB (10^6 bytes)."""
    code = (
        "import resource, subprocess, sys; subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL);"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *command], cwd=cwd, capture_output=True, text=True, check=True
    )
    scale = 1 if sys.platform == "darwin" else 1024
    return int(done.stdout) * scale / 1e6


def main() -> int:
    """Print the table."""
    # As users run it: a Python that may not keep compiled modules would compile all of r1c in every run.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    python = [sys.executable]
    r1c = [sys.executable, "-m", "r1c"]
    rows: list[tuple[str, float]] = []
    with tempfile.TemporaryDirectory() as temporary:
        place = Path(temporary)
        (place / "a.yaml").write_text(PROFILE, encoding="utf-8")
        (place / "b.yaml").write_text(
            PROFILE.replace("max-num-seqs: 128", "max-num-seqs: 64"), encoding="utf-8"
        )

        def changed(number: int) -> None:
            text = PROFILE.replace("max-num-seqs: 128", f"max-num-seqs: {100 + number}")
            (place / "changing.yaml").write_text(text, encoding="utf-8")

        floor = timed([*python, "-c", "pass"], place)
        rows.append(("python -c pass", floor))
        rows.append(("import click", timed([*python, "-c", "import click"], place)))
        rows.append(("r1c --version", timed([*r1c, "--version"], place)))
        rows.append(("r1c --help", timed([*r1c, "--help"], place)))
        rows.append(("r1c check, one profile", timed([*r1c, "check", "a.yaml"], place)))
        rows.append(
            ("r1c compile, one changed profile", timed([*r1c, "compile", "changing.yaml"], place, changed))
        )
        rows.append(("r1c compile, nothing to do", timed([*r1c, "compile", "a.yaml"], place)))
        rows.append(("r1c diff of two profiles", timed([*r1c, "diff", "a.yaml", "b.yaml"], place)))
        for count in (100, 1000):
            recipes(place / f"recipes-{count}", count)
            command = [
                *r1c,
                "compile",
                f"recipes-{count}",
                "-o",
                f"out-{count}",
                "--jobs",
                str(os.cpu_count() or 1),
            ]
            start = time.perf_counter()
            subprocess.run(command, cwd=place, stdout=subprocess.DEVNULL, check=True)
            rows.append((f"{count} profiles, each", (time.perf_counter() - start) * 1000 / count))
            start = time.perf_counter()
            subprocess.run(command, cwd=place, stdout=subprocess.DEVNULL, check=True)
            rows.append((f"{count} unchanged profiles, each", (time.perf_counter() - start) * 1000 / count))
        memory = peak_mb([*r1c, "compile", "b.yaml", "-o", "cold"], place)
        base, what = floor, "python -c pass"
        if shutil.which("helm"):
            base, what = (
                timed(["helm", "template", str(REPO / "benchmarks" / "chart")], place),
                "helm template",
            )
            rows.append(("helm template", base))
    print(f"{'work':36} {'median ms':>10} {'x ' + what:>18}")
    for name, milliseconds in rows:
        print(f"{name:36} {milliseconds:10.1f} {milliseconds / base:18.2f}")
    print(f"{'peak memory of a cold compile':36} {memory:7.0f} MB")
    if what != "helm template":
        print("helm is not installed: no row for it, and ratios are to the bare interpreter")
    return 0


if __name__ == "__main__":
    sys.exit(main())
