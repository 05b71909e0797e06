"""`python -m oracle RELEASE`: asks r1c and vLLM about mutated profiles and prints where they disagree.

bin/test-oracle makes the environments and runs it.
"""

from __future__ import annotations

import argparse
import json
import secrets
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from oracle import compare, models, mutate, shrink
from oracle.ask import Answer, ask
from oracle.asking import VllmEnvironment

REPO = Path(__file__).resolve().parents[2]
_EXAMPLES = 3


def main() -> int:
    """Run the comparison; exit status 1 where r1c falls short of the goal."""
    options = _options()
    seed = secrets.randbelow(10**6) if options.seed is None else options.seed
    print(f"vLLM {options.release}, seed {seed}, {options.count} profiles")
    folder = REPO / f".venv-oracle-{options.release}"
    found = models.write(folder / "models", options.wheel)
    environment = VllmEnvironment(folder, folder / "models")
    profiles = _profiles(options, seed, found)
    answers = [ask(name, _text(profile)) for name, profile in profiles.items()]
    rows = compare.rows(answers, environment.verdicts(answers))
    _report(rows)
    if options.smallest:
        _write_smallest(options.smallest, profiles, rows, environment)
    counts = compare.table(rows)
    return 0 if compare.recall(counts) >= options.goal and counts["wrong refusal"] == 0 else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="bin/test-oracle", description="Hold r1c against vLLM's own start-up validation."
    )
    parser.add_argument("release", help="a vLLM release with an environment, such as 0.11.0")
    parser.add_argument("--seed", type=int, help="of the profiles; another one each run if left out")
    parser.add_argument("--count", type=int, default=2000, help="profiles to make")
    parser.add_argument(
        "--goal", type=float, default=0.95, help="share of vLLM's refusals that r1c must name"
    )
    parser.add_argument("--profiles", type=Path, help="a folder of profiles to judge instead of made ones")
    parser.add_argument(
        "--smallest", type=Path, help="folder for the smallest profile of each kind of disagreement"
    )
    parser.add_argument(
        "--wheel", type=Path, help="aiconfigurator-core's wheel, for published config.json files"
    )
    return parser.parse_args()


def _profiles(options: argparse.Namespace, seed: int, found: dict[str, Any]) -> dict[str, mutate.Profile]:
    if options.profiles:
        paths = sorted(options.profiles.glob("*.yaml"))
        return {path.stem: yaml.safe_load(path.read_text(encoding="utf-8")) for path in paths}
    made = mutate.Mutator(f"v{options.release}", seed, mutate.bases(REPO / "profiles"), found)
    return dict(made.profiles(options.count))


def _text(profile: mutate.Profile) -> bytes:
    return yaml.safe_dump(profile, sort_keys=False, allow_unicode=True).encode()


def _report(rows: Sequence[compare.Row]) -> None:
    counts = compare.table(rows)
    for name, count in counts.items():
        print(f"{count:6} {name}")
    print(f"r1c names a cause for {compare.recall(counts):.1%} of what vLLM refuses")
    for name, items in compare.disagreements(rows).items():
        print(f"{len(items):4} {name}")
        for row in items[:_EXAMPLES]:
            said = (
                row.verdict.get("message", "") if not name.startswith("refused") else row.answer.errors[0][1]
            )
            print(f"       {row.answer.name} {','.join(row.answer.codes)}: {' '.join(said.split())[:200]}")


def _write_smallest(
    folder: Path,
    profiles: dict[str, mutate.Profile],
    rows: Sequence[compare.Row],
    environment: VllmEnvironment,
) -> None:
    """Write the smallest profile of each kind of disagreement that still has it."""
    folder.mkdir(parents=True, exist_ok=True)
    parts: dict[str, tuple[str, mutate.Profile]] = {}
    for number, (kind, items) in enumerate(compare.disagreements(rows).items()):
        for part, smaller in enumerate(shrink.candidates(profiles[items[0].answer.name])):
            parts[f"k{number:03}-{part:03}"] = (kind, smaller)
    answers: list[Answer] = [ask(name, _text(profile)) for name, (_, profile) in parts.items()]
    done: set[str] = set()
    for row in compare.rows(answers, environment.verdicts(answers)):
        kind, profile = parts[row.answer.name]
        if kind not in done and kind in compare.disagreements([row]):
            done.add(kind)
            said = " ".join(str(row.verdict.get("message", "")).split())
            head = f"# {kind}\n# vLLM: {json.dumps(said[:300])}\n"
            (folder / f"{row.answer.name}.yaml").write_bytes(head.encode() + _text(profile))


if __name__ == "__main__":
    sys.exit(main())
