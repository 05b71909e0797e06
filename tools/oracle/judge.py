"""Cases on standard input, verdicts on standard output, as JSON lines.

Run it with the Python of an environment that has a vLLM release: `python -m oracle.judge MODELS`.

The first line is the node (see oracle.node.Node); each other one is a case: {"name", "argv", "env", "id",
"config"}, with the model's config.json where MODELS has no folder for it. A verdict: {"name", "verdict":
"starts" | "refused" | "broken", "stage", "type", "message", "where"}; broken is a fault of the oracle's own.
vLLM is imported once, then each case runs in a fork, so that nothing leaks from one to the next.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from oracle import stages
from oracle.folders import write_model
from oracle.node import Node

SECONDS = 120
PROCESSES = 2
_OUT_OF_SIGHT = (
    "NVIDIA driver", "CUDA driver", "No CUDA", "CUDA error", "cudaGetDevice", "libcuda.so",
    "register_meta", "meta tensor", "Meta tensor", "flashinfer", "device type meta", "device: meta",
    "meta device", "aten::", "types.SimpleNamespace",
)  # fmt: skip
"""Words of a fault that only the lack of a GPU or of memory causes: what comes after it is not seen."""


def judge(release: stages.Release, models: Path, case: Mapping[str, Any]) -> dict[str, Any]:
    """Return the verdict on one case; the process must do nothing else afterwards."""
    os.environ.update(case.get("env") or {})
    with tempfile.TemporaryDirectory(prefix="oracle-") as scratch:
        if case.get("config"):
            models = Path(scratch)
            write_model(models / case["id"], case["config"])
        os.chdir(models)
        stage = "start"
        try:
            for name in stages.run(release, case["argv"], case.get("env") or {}):
                stage = name
        except BaseException as fault:
            words = str(fault)
            unseen = stage in ("attention", "model") and any(word in words for word in _OUT_OF_SIGHT)
            return {
                "verdict": "starts" if unseen else "refused",
                "stage": stage,
                "type": type(fault).__name__,
                "message": words[:1500],
                "where": stages.frames(fault),
            }
        finally:
            os.chdir("/")
        return {"verdict": "starts", "stage": stage}


def forked(work: Callable[[], Any]) -> Any:
    """Return what a piece of work returns, done in its own process; None if that ends without a result."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.setsid()  # what the case starts itself (kernels that a module compiles) ends with it
        os.close(reading)
        quiet = os.open(os.devnull, os.O_WRONLY)
        os.dup2(quiet, 1)
        os.dup2(quiet, 2)
        signal.alarm(SECONDS)
        try:
            answer = work()
        except BaseException as fault:
            answer = {"verdict": "broken", "type": type(fault).__name__, "message": str(fault)[:500]}
        with os.fdopen(writing, "w", encoding="utf-8") as pipe:
            json.dump(answer, pipe)
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, encoding="utf-8") as pipe:
        text = pipe.read()
    with suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    return json.loads(text) if text else None


def warm(release: stages.Release, models: Path) -> None:
    """Import what a plain start of each kind of model imports.

    A fork of a process with threads cannot import it (0.33.0 then waits forever), and need not do so again.
    """
    kinds: dict[str, str] = {}
    for path in sorted(models.glob("*/*/config.json")):
        config = json.loads(path.read_text(encoding="utf-8"))
        method = (config.get("quantization_config") or {}).get("quant_method")
        kinds[f"{method} {'text_config' in config}"] = str(path.parent.relative_to(models))
    for name in kinds.values():
        plain = {
            "argv": [name, "--tensor-parallel-size=8", "--max-model-len=4096", "--trust-remote-code"],
            "id": name,
        }
        for module in forked(partial(_imported, release, models, plain)) or ():
            try:
                importlib.import_module(module)
            except Exception as fault:
                print(f"not imported: {module}: {fault}"[:200], file=sys.stderr)


def _imported(release: stages.Release, models: Path, case: Mapping[str, Any]) -> list[str]:
    before = set(sys.modules)
    judge(release, models, case)
    return [
        name
        for name in sys.modules
        if name not in before and not name.startswith(("__", "transformers_modules"))
    ]


def serve(release: stages.Release, models: Path, cases: Sequence[Mapping[str, Any]]) -> None:
    """Write the verdict on each case to standard output."""
    children = []
    for part in range(PROCESSES):
        pid = os.fork()
        if pid == 0:
            for case in cases[part::PROCESSES]:
                verdict = forked(partial(judge, release, models, case))
                silent = {"verdict": "broken", "type": "exit", "message": "the process ended without a word"}
                os.write(1, (json.dumps({"name": case["name"], **(verdict or silent)}) + "\n").encode())
            os._exit(0)
        children.append(pid)
    for pid in children:
        os.waitpid(pid, 0)


def main(folder: str) -> None:
    """Judge the cases of standard input on the node of its first line."""
    place, *cases = (json.loads(line) for line in sys.stdin if line.strip())
    start = time.monotonic()
    release = stages.Release(Node(place))
    # The rest of the repository's tools are not for vLLM's imports to find.
    sys.path[:] = [entry for entry in sys.path if not entry.endswith("/tools")]
    models = Path(folder).resolve()
    warm(release, models)
    gc.collect()
    gc.freeze()
    print(f"{place['name']}: vLLM imported after {time.monotonic() - start:.0f} s", file=sys.stderr)
    serve(release, models, cases)
    print(
        f"{place['name']}: {len(cases)} command lines after {time.monotonic() - start:.0f} s", file=sys.stderr
    )


if __name__ == "__main__":
    main(sys.argv[1])
