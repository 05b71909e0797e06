"""A count -> that many valid profiles, no two of them alike."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

REPO = Path(__file__).resolve().parent.parent
SOURCE = REPO / "profiles" / "a3mega.yaml"


def changed(changes: Iterable[tuple[str, str]]) -> str:
    """Return the profile with some of its `key: value` pairs replaced.

    Raises ValueError for a pair that the profile does not have exactly once.
    """
    text = SOURCE.read_text(encoding="utf-8")
    for before, after in changes:
        if text.count(before) != 1:
            raise ValueError(f"{SOURCE} has {before!r} {text.count(before)} times, not once")
        text = text.replace(before, after)
    return text


def edited(number: int) -> str:
    """Return the profile as one more edit leaves it: the same recipe with another number of sequences."""
    return changed([("max-num-seqs: 128", f"max-num-seqs: {64 + number}")])


def recipes(folder: Path, count: int) -> None:
    """Write `count` profiles with their own name, bucket, cluster, batch, context length and memory share."""
    folder.mkdir(parents=True)
    for number in range(count):
        changes = [
            ("name: deepseek-r1-a3mega", f"name: recipe-{number:05}"),
            ("max-num-seqs: 128", f"max-num-seqs: {64 + number % 64}"),
            ("max-model-len: 32768", f"max-model-len: {16384 + 16 * (number % 1000)}"),
            ("gpu-memory-utilization: 0.85", f"gpu-memory-utilization: 0.8{number % 7}"),
            ("bucket: my-bucket", f"bucket: bucket-{number % 97}"),
            ("name: my-cluster", f"name: cluster-{number % 11}"),
        ]
        (folder / f"{number:05}.yaml").write_text(changed(changes), encoding="utf-8")
