"""A folder with one profile and one with many -> how long each stage of the pipeline took for them.

`python benchmarks/stages.py ONE MANY FIGURES` compiles the two folders in this process, one profile first,
and writes the figures as JSON. benchmarks/run.py --profile starts it and prints them.
"""

from __future__ import annotations

import functools
import json
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

STAGES: Mapping[str, Sequence[str]] = {
    "source": ("r1c.source.read",),
    "parse": ("r1c.profile.parse.parse",),
    "resolve": ("r1c.resolve.resolve",),
    "check": ("r1c.check.check",),
    "lower": ("r1c.lower.lower",),
    "verify": ("r1c.verify.verify",),
    "emit": ("r1c.emit.emit",),
    "write": ("r1c.output.changes.inspect", "r1c.output.write.write"),
}
"""The functions whose time is that of a stage, without what they call of another stage."""
COMPILE = "r1c.commands.compile"

Clock = tuple[float, float]


def now() -> Clock:
    """Return the wall and the processor's clock in milliseconds."""
    return time.perf_counter() * 1000, time.process_time() * 1000


class Watch:
    """Adds up what the watched functions take, each without the watched functions that it calls."""

    def __init__(self) -> None:
        """Start the clock."""
        self.spent: defaultdict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
        self.running: list[str] = []
        self.last = now()

    def lap(self) -> None:
        """Give the time since the last change to the function that runs."""
        moment = now()
        if self.running:
            spent = self.spent[self.running[-1]]
            spent[0] += moment[0] - self.last[0]
            spent[1] += moment[1] - self.last[1]
        self.last = moment

    def watched(self, stage: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return the function, watched."""

        @functools.wraps(function)
        def call(*arguments: Any, **named: Any) -> Any:
            self.lap()
            self.running.append(stage)
            try:
                return function(*arguments, **named)
            finally:
                self.lap()
                self.running.pop()

        return call


def compile_folder(folder: str, watch: Watch) -> dict[str, list[float]]:
    """Compile a folder in this process and return wall and CPU ms of each stage, of the rest, and of all."""
    from r1c.__main__ import main

    watch.spent.clear()
    sys.argv = ["r1c", "compile", folder, "-o", f"{folder}-out", "--jobs", "1", "--quiet"]
    start = now()
    if main():
        raise SystemExit(f"r1c compile {folder} found a fault")
    end = now()
    whole = [end[0] - start[0], end[1] - start[1]]
    missed = [stage for stage in STAGES if stage not in watch.spent]
    if missed:
        raise SystemExit(f"r1c compile {folder} called no function of {', '.join(missed)}")
    found = {stage: watch.spent[stage] for stage in STAGES}
    found["everything else"] = [whole[i] - sum(spent[i] for spent in found.values()) for i in (0, 1)]
    return found | {"all": whole}


def main() -> None:
    """Compile one profile and then many, and write what each stage took."""
    one, many, figures = sys.argv[1:]
    start = now()
    import_module(COMPILE)
    watch = Watch()
    for stage, names in STAGES.items():
        for name in names:
            module, _, attribute = name.rpartition(".")
            function = getattr(import_module(module), attribute)
            watched = watch.watched(stage, function)
            for other in [item for key, item in sys.modules.items() if key.partition(".")[0] == "r1c"]:
                for key in [key for key, value in vars(other).items() if value is function]:
                    setattr(other, key, watched)
    end = now()
    found = {
        "imports": [end[0] - start[0], end[1] - start[1]],
        "cold": compile_folder(one, watch),
        "warm": compile_folder(many, watch),
        "profiles": len(list(Path(many).iterdir())),
    }
    Path(figures).write_text(json.dumps(found), encoding="utf-8")


if __name__ == "__main__":
    main()
