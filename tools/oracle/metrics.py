"""The metrics that an installed vLLM registers, against facts/vllm_metrics.json.

`python -m oracle.metrics RELEASE PYTHON` runs registered.py with the Python of that installation, and exits 1
if the facts say that the release has a metric which it does not register. It may register more: the facts
have those of the files that tools/vllm_metrics_source.py reads.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from r1c.facts import vllm_metrics

PROGRAM = Path(__file__).parent / "registered.py"


def missing(release: str, registered: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """Yield what the facts say that a release has and it does not register, by engine."""
    for engine, names in registered.items():
        known = {name for name in vllm_metrics.metrics() if vllm_metrics.has(name, f"v{release}", (engine,))}
        for name in sorted(known - set(names)):
            yield f"vLLM {release}, engine {engine}: does not register {name}"


def main(release: str, python: str) -> int:
    """Compare one release; return the exit status."""
    done = subprocess.run([python, str(PROGRAM)], capture_output=True, text=True, check=False)
    if done.returncode:
        print(done.stderr, file=sys.stderr)
        return 1
    registered = json.loads(done.stdout.splitlines()[-1])
    found = list(missing(release, registered))
    counted = ", ".join(f"{len(names)} of engine {engine}" for engine, names in registered.items())
    print("\n".join(found) or f"vLLM {release}: it registers every metric of the facts ({counted})")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
