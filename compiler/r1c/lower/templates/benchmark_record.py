"""A benchmark point and its state -> metadata.json in its folder. The Job's script runs it."""

from __future__ import annotations

import json
import os
import re
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

COUNTER = re.compile(r"^vllm:(?:gpu_)?prefix_cache_(queries|hits)(?:_total)?(?:\{.*\})? (\S+)$", re.MULTILINE)


def ask(path: str) -> str:
    """Return the answer of the server, an empty string if there is none."""
    try:
        with urllib.request.urlopen(os.environ["URL"] + path, timeout=5) as answer:
            return str(answer.read().decode("utf-8", "replace"))
    except (OSError, ValueError):
        return ""


def version() -> str | None:
    """Return the version that the server itself reports."""
    found = re.search(r'"version":\s*"([^"]*)"', ask("/version"))
    return found[1] if found else None


def prefix_cache() -> dict[str, float] | None:
    """Return how many prompt tokens the server has looked up in its prefix cache, and how many it found."""
    counts: dict[str, float] = {}
    for name, count in COUNTER.findall(ask("/metrics")):
        counts[name] = counts.get(name, 0) + float(count)
    return counts or None


def since(before: dict[str, float], after: dict[str, float] | None) -> dict[str, float] | None:
    """Return by how much the counters have grown."""
    return after and {name: after[name] - before.get(name, 0) for name in sorted(after)}


def now() -> str:
    """Return the time of day, UTC."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


def begun(index: int) -> dict[str, Any]:
    """Return the metadata of a point that is not measured yet."""
    recipe = json.loads(os.environ["METADATA"])
    point = recipe.pop("points")[index]
    recipe["clientArgs"] += point.pop("args")
    return {**recipe, "job": os.environ.get("JOB_UID", ""), "index": index, "point": point}


def verdict(result: Path, prompts: int) -> str:
    """Return why a result is not valid, an empty string if it is."""
    try:
        completed = json.loads(result.read_text("utf-8"))["completed"]
    except (OSError, ValueError, KeyError, TypeError):
        return "the benchmark's result cannot be read"
    return "" if completed == prompts else f"only {completed} of {prompts} requests succeeded"


def main(action: str, *details: str) -> None:
    """Write the new status into metadata.json; `judge` only prints why a result is not valid."""
    folder, index = Path(os.environ["FOLDER"]), int(os.environ["JOB_COMPLETION_INDEX"])
    path = folder / "metadata.json"
    data = json.loads(path.read_text("utf-8")) if path.exists() else begun(index)
    if action == "judge":
        print(verdict(folder / "result.json", data["point"]["prompts"]))
        return
    if action == "running":
        data |= {"seed": int(details[0]), "serverVersion": version()}
        # With several groups, the Service may send each request to another one, which has its own counters.
        data |= {"prefixCache": prefix_cache() if data["replicas"] == 1 else None, "started": now()}
    else:
        data |= {"ended": now(), "reason": details[0] if details else ""}
        if data.get("prefixCache"):
            data["prefixCache"] = since(data["prefixCache"], prefix_cache())
    data["status"] = action
    path.write_text(json.dumps(data, indent=2, sort_keys=True, ensure_ascii=False) + "\n", "utf-8")


main(*sys.argv[1:])
