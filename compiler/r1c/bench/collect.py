"""Paths -> the benchmark results in them, each measurement once, and the files without one.

In a folder that a Job of r1c wrote (metadata.json), the result is tied to the metadata, the printed block
beside it is skipped, and of several attempts at one index only the last counts.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from r1c.bench import load, parse
from r1c.bench.result import Fault, Result, Value
from r1c.diagnostics import UserError
from r1c.record import record, replace
from r1c.source.input_file import STDIN, read

LARGEST = 64 << 20
"""Bytes of one result file or log."""
METADATA = "metadata.json"
_ENDINGS = (".json", ".txt", ".log")
_BESIDE = (".pytorch.json",)
"""Files that vLLM writes with a result, for other tools."""


@record
class Collected:
    """Results and faults, in the order of the paths; the results of one path by their load."""

    results: tuple[Result, ...]
    faults: tuple[Fault, ...]


def collect(paths: Sequence[str]) -> Collected:
    """Read files, folders with everything below them, and - for standard input.

    Raises UserError for a path that does not exist.
    """
    found: list[Result | Fault] = []
    failed: dict[tuple[str, int], Fault] = {}
    for path in dict.fromkeys(os.path.normpath(path) for path in paths):
        if path == STDIN:
            inside = list(_parsed("<stdin>", read(STDIN, LARGEST)))
        elif Path(path).is_dir():
            inside = list(_folder(Path(path), failed))
            if not inside and not failed:
                raise UserError(f"{path}: this directory has no *.json, *.txt or *.log file")
        else:
            inside = list(_file(Path(path), failed))
        ordered: list[Result] = sorted(
            (item for item in inside if isinstance(item, Result)),
            key=load.order,
        )
        found += ordered
        found += [item for item in inside if isinstance(item, Fault)]
    results = _last_tries([item for item in found if isinstance(item, Result)])
    done = {item.attempt for item in results}
    faults = [item for item in found if isinstance(item, Fault)]
    faults += [fault for attempt, fault in failed.items() if attempt not in done]
    return Collected(tuple(results), tuple(faults))


def _folder(folder: Path, failed: dict[tuple[str, int], Fault]) -> Iterator[Result | Fault]:
    for here, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        if METADATA in names:
            yield from _file(Path(here, METADATA), failed)
            continue
        for name in sorted(names):
            path = Path(here, name)
            ends = path.is_file() or not path.exists()  # a pipe may never end
            if ends and name.endswith(_ENDINGS) and not name.endswith(_BESIDE) and not name.startswith("."):
                yield from _file(path, failed)


def _parsed(source: str, content: bytes) -> Iterator[Result | Fault]:
    if len(content) > LARGEST:
        reason = f"larger than {LARGEST:,} bytes, the limit for one file; keep only the results"
        yield Fault(source, reason)
    else:
        yield from parse.parse(source, content.decode("utf-8", "replace"))


def _file(path: Path, failed: dict[tuple[str, int], Fault]) -> Iterator[Result | Fault]:
    beside = path.parent / METADATA
    if path.name in (METADATA, "result.json", "output.txt") and beside.exists():
        yield from _point(path.parent, failed)
    else:
        yield from _parsed(str(path), read(str(path), LARGEST))


def _point(folder: Path, failed: dict[tuple[str, int], Fault]) -> Iterator[Result | Fault]:
    """Yield the result of a point that a Job ran; note one that failed, in case a later try did not."""
    path = folder / METADATA
    try:
        data = json.loads(read(str(path)))
        attempt = (str(data["job"]) or str(folder), int(data["index"]))
        status = data["status"]
        point = data["point"]["name"]
    except (ValueError, KeyError, TypeError, RecursionError):
        yield Fault(str(path), "the metadata is cut off, or is not from a benchmark Job of r1c")
        return
    if status != "complete":
        reason = data.get("reason") or "it did not finish, or is still running"
        failed[attempt] = Fault(str(folder), f"point {point} has no result: {reason}")
        return
    place = str(folder / "result.json")
    for found in _parsed(place, read(place, LARGEST)):
        yield tied(found, data, attempt) if isinstance(found, Result) else found


def tied(found: Result, data: Mapping[str, Any], attempt: tuple[str, int]) -> Result:
    """Add what the metadata says to a result."""
    point = data["point"]
    names = {"dataset": "dataset", "inputLen": "input_len", "outputLen": "output_len"}
    settings: dict[str, Value] = {ours: point[name] for name, ours in names.items() if name in point}
    cache, figures = data.get("prefixCache"), dict(found.figures)
    if cache and cache.get("queries", 0) > 0:
        figures["prefix_cache_hit_percent"] = 100 * cache.get("hits", 0) / cache["queries"]
    model, *flags = data.get("serverArgs", ["", ""])
    config = {
        "image": data.get("image", ""),
        "served model": model,
        "replicas": str(data.get("replicas", "")),
    }
    for number, flag in enumerate(flags):
        name, _, value = flag.partition("=")
        config[name if flag.startswith("--") else f"{flags[number - 1]} {flag}"] = value or "set"
    return replace(
        found,
        point=point["name"],
        vllm=data.get("serverVersion") or found.vllm,
        settings={**found.settings, **settings},
        figures=figures,
        config=config,
        attempt=attempt,
        started=data.get("started", ""),
    )


def _last_tries(results: list[Result]) -> list[Result]:
    """Keep one result for each index of each Job.

    Kubernetes runs a pod again if its node is lost after the measurement.
    """
    last: dict[object, Result] = {}
    for number, result in enumerate(results):
        key = result.attempt or number
        if key not in last or last[key].started <= result.started:
            last[key] = result
    return list(last.values())
