"""One cold compile and many warm ones -> where their time goes: by stage, and by module imported."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from measure import Failed, Job, environment, median, rounds
from recipes import REPO, recipes
from rows import table

PYTHON = sys.executable
PACKAGES = ("r1c", "click", "ruamel", "pydantic", "jinja2", "jsonschema")
STAGES = REPO / "benchmarks" / "stages.py"
SHOWN = 12
"""The modules that are listed, those that take longest."""


def where(place: Path, runs: int, many: int) -> str:
    """Return the tables of the stages and of the imports; raises Failed if a command fails."""
    return f"{_stages(place, runs, many)}\n{_imports(place)}"


def _stages(place: Path, runs: int, many: int) -> str:
    floor = median(rounds({"floor": Job([PYTHON, "-c", "pass"])}, place, runs)["floor"])
    figures = []
    for number in range(runs):
        one, folder = place / f"one-{number}", place / f"many-{number}"
        recipes(one, 1)
        recipes(folder, many)
        _run([PYTHON, str(STAGES), str(one), str(folder), str(place / "figures.json")])
        figures.append(json.loads((place / "figures.json").read_text(encoding="utf-8")))
    # One whole run, the one of median time, so that the parts add up.
    found = sorted(figures, key=lambda one: one["cold"]["all"][1])[len(figures) // 2]
    lines = [
        ["the interpreter", f"{floor.wall:.1f}", f"{floor.cpu:.1f}", "-", "-"],
        ["imports", *(f"{value:.1f}" for value in found["imports"]), "-", "-"],
    ]
    for stage, cold in found["cold"].items():
        warm = [value / many for value in found["warm"][stage]]
        lines.append([stage, *(f"{value:.1f}" for value in cold), *(f"{value:.2f}" for value in warm)])
    head = ("Stage", "One cold, ms", "CPU ms", f"Each of {many} warm, ms", "CPU ms")
    return table(head, lines)


def _imports(place: Path) -> str:
    """Return what a cold compile imports: the sums by package, and the modules that take longest."""
    recipes(place / "imported", 1)
    compile_ = ["-m", "r1c", "compile", str(place / "imported"), "-o", str(place / "imported-out")]
    command = [PYTHON, "-X", "importtime", *compile_]
    own: dict[str, float] = {}
    for line in _run(command).splitlines():
        cells = [cell.strip() for cell in line.removeprefix("import time:").split("|")]
        if len(cells) == 3 and cells[0].isdigit():
            own[cells[2]] = int(cells[0]) / 1000
    sums: dict[str, list[float]] = {}
    for name, spent in own.items():
        package = name.partition(".")[0]
        sums.setdefault(package if package in PACKAGES else "Python's own", []).append(spent)
    largest = sorted(own.items(), key=lambda item: (-item[1], item[0]))[:SHOWN]
    totals = [[f"{name} ({len(times)} modules)", f"{sum(times):.1f}"] for name, times in sums.items()]
    modules = [[name, f"{spent:.1f}"] for name, spent in largest]
    return table(("Imports", "ms"), sorted(totals)) + "\n" + table(("Module alone", "ms"), modules)


def _run(command: list[str]) -> str:
    done = subprocess.run(command, env=environment(), capture_output=True, text=True, check=False)
    if done.returncode:
        raise Failed(f"{' '.join(command)}\nended with status {done.returncode}:\n{done.stderr}")
    return done.stderr
