"""Asks vLLM in its own environment; verdicts are kept there until the oracle's code or the model changes."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from oracle.ask import Answer, Case
from oracle.compare import Verdict

_HERE = Path(__file__).parent
_JUDGING = ("folders.py", "groups.py", "judge.py", "node.py", "stages.py")

_ONE_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "RAYON_NUM_THREADS"), "1"
)
"""No pools of threads, which a fork would wait for."""

_NO_BUILDS = {"HUMMING_DISABLE_PARALLEL_BUILD": "1"}
"""Without it a package of v0.33.0 compiles a tool while it is imported, beside the cases."""


def _digest(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()


class VllmEnvironment:
    """An environment with one vLLM release, and the folder of models that it is asked about."""

    def __init__(self, folder: Path, models: Path) -> None:
        """Take the environment in a folder."""
        self.python, self.models, self.kept = folder / "bin" / "python", models, folder / "verdicts.jsonl"
        self.judging = _digest(b"".join((_HERE / name).read_bytes() for name in _JUDGING))
        self.configs = {
            str(folder.relative_to(models)): _digest(
                b"".join(path.read_bytes() for path in sorted(folder.glob("*config.json")))
            )
            for folder in sorted(models.glob("*/*"))
        }

    def verdicts(self, answers: Iterable[Answer]) -> dict[str, Verdict]:
        """Return the verdicts on the command lines of all answers, by their names."""
        known, names, wanted = self._known(), {}, {}
        for answer in answers:
            for case in answer.cases:
                key = names[case.name] = self._key(case, answer.node)
                if key not in known:
                    wanted[key] = (case, answer.node)
        known |= self._ask(wanted)
        return {name: known[key] for name, key in names.items()}

    def _key(self, case: Case, node: Mapping[str, Any]) -> str:
        """Name a command line with all that decides its verdict, so that another model leaves it known."""
        text = json.dumps([case.argv, case.env])
        named = [digest for name, digest in self.configs.items() if name in text]
        asked = [self.judging, named, case.argv, case.env, case.id, case.config, node]
        return _digest(json.dumps(asked, sort_keys=True).encode())

    def _known(self) -> dict[str, Verdict]:
        if not self.kept.exists():
            return {}
        lines = self.kept.read_text(encoding="utf-8").splitlines()
        return {verdict["name"]: verdict for verdict in map(json.loads, lines)}

    def _ask(self, wanted: Mapping[str, tuple[Case, Mapping[str, Any]]]) -> dict[str, Verdict]:
        nodes = {json.dumps(node): node for _, node in wanted.values()}
        found: dict[str, Verdict] = {}
        for node in nodes.values():
            cases = [
                {"name": key, "argv": case.argv, "env": case.env, "id": case.id, "config": case.config}
                for key, (case, place) in wanted.items()
                if place == node
            ]
            found |= {verdict["name"]: verdict for verdict in self._judged(node, cases)}
        silent = {"verdict": "broken", "type": "exit", "message": "no verdict"}
        return {key: found.get(key, silent) for key in wanted}

    def _judged(self, node: Mapping[str, Any], cases: Sequence[Mapping[str, Any]]) -> Iterator[Verdict]:
        """Yield verdicts as they come.

        Each is kept at once, so that an interrupted run continues from there.
        """
        command = [str(self.python), "-m", "oracle.judge", str(self.models)]
        own = {"PYTHONPATH": str(_HERE.parent), "PYTHONDONTWRITEBYTECODE": "1", **_ONE_THREAD, **_NO_BUILDS}
        env = os.environ | own
        with tempfile.TemporaryFile() as asked, self.kept.open("a", encoding="utf-8") as kept:
            asked.write("\n".join(json.dumps(item) for item in (node, *cases)).encode())
            asked.seek(0)
            with subprocess.Popen(
                command, stdin=asked, stdout=subprocess.PIPE, env=env, text=True
            ) as running:
                for line in running.stdout or ():
                    if line.startswith("{"):
                        verdict = json.loads(line)
                        if verdict["verdict"] != "broken":
                            kept.write(line)
                            kept.flush()
                        yield verdict
