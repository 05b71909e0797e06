"""Fuzzes what r1c reads, guided by the lines of r1c that an input reaches for the first time.

`python fuzz/run.py --seconds N [--target T]`: N seconds in all, shared by the targets. With the atheris
package installed, libFuzzer drives; without it a loop of our own does. Inputs that break a promise are kept
in fuzz/found/, one for each line of r1c at fault, and the exit status is then 1.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import FrameType
from typing import Any

REPO = Path(__file__).resolve().parent.parent
FOUND = REPO / "fuzz" / "found"
sys.path[:0] = [str(REPO / "compiler"), str(REPO / "fuzz")]

OWN, LIBFUZZER = "our own loop", "libFuzzer"
INSIDE = os.sep + "r1c" + os.sep


def main() -> int:
    """Share the time among the targets, each in its own process, and report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, required=True, help="how long to look, over all targets")
    parser.add_argument("--target", help="one target alone")
    parser.add_argument("--seed", type=int, default=1, help="where chance begins [1]")
    asked = parser.parse_args()
    from targets import TARGETS, exists

    if asked.target is not None and asked.target not in TARGETS:
        parser.error(f"no target {asked.target}; there are {', '.join(TARGETS)}")
    names = [asked.target] if asked.target else list(TARGETS)
    missing = [name for name in names if not exists(name)]
    for name in missing:
        print(f"{name}: this r1c has no such command")
    names = [name for name in names if name not in missing]
    statuses = []
    for name in names:
        share = asked.seconds / len(names)
        worker = [sys.executable, __file__, "--worker", name, str(share), str(asked.seed)]
        statuses.append(subprocess.run(worker, check=False).returncode)
    return 1 if any(statuses) else 0


class Session:
    """What a target has been given so far: the number of inputs, and a fault for each place."""

    def __init__(self, name: str) -> None:
        """Begin with a target that was given nothing."""
        self.name, self.inputs, self.faults = name, 0, dict[str, str]()

    def try_(self, data: bytes) -> None:
        """Give the target one input, and keep it if it breaks something new."""
        from targets import fault

        self.inputs += 1
        found = fault(self.name, data)
        if found and found[0] == "time":
            sys.settrace(None)  # to note the lines takes several times as long as to run them
            found = fault(self.name, data)
        if found and found[0] not in self.faults:
            self.faults[found[0]] = found[1]
            FOUND.mkdir(exist_ok=True)
            place = FOUND / f"{self.name}-{hashlib.sha256(data).hexdigest()[:12]}"
            place.write_bytes(data)
            print(f"{self.name}: {found[0]}: {found[1]!r}, with {place.relative_to(REPO)}", flush=True)

    def end(self, engine: str) -> int:
        """Print the counts and return the exit status."""
        print(f"{self.name}: {self.inputs} inputs by {engine}, {len(self.faults)} faults", flush=True)
        return 1 if self.faults else 0


def own_loop(session: Session, seconds: float, seed: int) -> int:
    """Mutate seeds, and keep as a new seed each input that reaches a line which none before it has."""
    from mutate import mutated
    from targets import TARGETS, seeds

    chance = random.Random(f"{session.name} {seed}")  # noqa: S311  # repeatable, not secret
    reached: set[tuple[str, int]] = set()
    corpus = seeds(session.name)

    def lines(frame: FrameType, event: str, _: Any) -> Any:
        if INSIDE not in frame.f_code.co_filename:
            return None
        if event == "line":
            reached.add((frame.f_code.co_filename, frame.f_lineno))
        return lines

    end = time.monotonic() + seconds
    waiting = list(corpus)
    while time.monotonic() < end:
        data = (
            waiting.pop()
            if waiting
            else mutated(chance.choice(corpus), corpus, TARGETS[session.name][1], chance)
        )
        before = len(reached)
        sys.settrace(lines)
        try:
            session.try_(data)
        finally:
            sys.settrace(None)
        if len(reached) > before and len(data) < 20_000:
            corpus.append(data)
    return session.end(OWN)


def libfuzzer(session: Session, seconds: float, seed: int) -> int:
    """Let libFuzzer choose what to mutate, by our mutations of trees and its own of bytes."""
    import atheris  # type: ignore[import-not-found, import-untyped, unused-ignore]

    with atheris.instrument_imports(include=["r1c"]):
        from targets import TARGETS, seeds

        import r1c.cli
        import r1c.pipeline  # noqa: F401  # imported late by the commands, and to be instrumented
    from mutate import LARGEST, mutated

    corpus = seeds(session.name)
    end = time.monotonic() + seconds

    def mutator(data: bytes, most: int, chance: int) -> bytes:
        random_ = random.Random(chance)  # noqa: S311  # repeatable, not secret
        if random_.random() < 0.5:
            changed: bytes = atheris.Mutate(data, most)
            return changed
        return mutated(data, corpus, TARGETS[session.name][1], random_)[:most]

    def one(data: bytes) -> None:
        if time.monotonic() > end:
            os._exit(session.end(LIBFUZZER))  # libFuzzer itself would end with a status of its own
        session.try_(data)

    with tempfile.TemporaryDirectory() as folder:
        for number, data in enumerate(corpus):
            (Path(folder) / str(number)).write_bytes(data)
        options = [
            f"-max_len={LARGEST}",
            f"-seed={seed}",
            "-rss_limit_mb=1000",
            "-close_fd_mask=0",
            "-verbosity=0",
        ]
        atheris.Setup([sys.argv[0], *options, folder], one, custom_mutator=mutator)
        atheris.Fuzz()
    return session.end(LIBFUZZER)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--worker"]:
        engine = libfuzzer if importlib.util.find_spec("atheris") else own_loop
        sys.exit(engine(Session(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4])))
    sys.exit(main())
