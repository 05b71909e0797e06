"""The tools at hand -> the commands to time, once the objects that they make are equal to r1c's."""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from measure import Failed, environment
from recipes import REPO, SOURCE
from ruamel.yaml import YAML

HERE = REPO / "benchmarks"
RECIPE = "deepseek-r1-a3mega"
COMPILE = [sys.executable, "-m", "r1c", "compile", str(SOURCE), "-o", "-"]


@dataclass(frozen=True, slots=True)
class Peer:
    """A tool, and the command with which it writes the serving objects of profiles/a3mega.yaml."""

    name: str
    command: tuple[str, ...]

    @property
    def installed(self) -> bool:
        """Tell whether the tool is on PATH."""
        return shutil.which(self.command[0]) is not None


HELM = Peer("helm template", ("helm", "template", RECIPE, str(HERE / "chart")))
KUSTOMIZE = Peer("kubectl kustomize", ("kubectl", "kustomize", str(HERE / "overlay" / "deepseek-r1")))
PEERS = (HELM, KUSTOMIZE)
KUSTOMIZE_TO_HELM = 1.5
"""How many times as long the overlay takes as the chart: 132.2 ms to 87.0 ms with Helm 4.1.4 (README.md)."""


@dataclass(frozen=True, slots=True)
class Reference:
    """What r1c is measured by: its name, the peer to time, and what to multiply the peer's times with."""

    name: str
    peer: Peer
    factor: float


def reference() -> Reference | None:
    """Return `helm template`, or an estimate of it where only kubectl is installed, or None."""
    if HELM.installed:
        return Reference(HELM.name, HELM, 1.0)
    if KUSTOMIZE.installed:
        return Reference(f"{HELM.name} (estimate)", KUSTOMIZE, 1 / KUSTOMIZE_TO_HELM)
    return None


def notes() -> list[str]:
    """Return a sentence on each peer that is not installed, and on its substitute."""
    found = [f"{peer.name}: not installed" for peer in PEERS if not peer.installed]
    if not HELM.installed:
        estimate = f"{HELM.name} (estimate) is {KUSTOMIZE.name} divided by {KUSTOMIZE_TO_HELM}"
        found.append(estimate if KUSTOMIZE.installed else f"so there are no ratios to {HELM.name}")
    return found


def compare(peer: Peer) -> None:
    """Compare a peer's objects with those of `r1c compile -o -`; raises Failed with the first difference."""
    found = difference(_objects(COMPILE), _objects(peer.command))
    if found:
        raise Failed(f"{peer.name} does not make the objects that r1c makes, so it is not timed: {found}")


def difference(ours: Any, theirs: Any, place: str = "") -> str:
    """Return where two parsed values first differ, and with what; nothing if they are equal."""
    if type(ours) is not type(theirs):
        return f"{place or '/'} is {ours!r} of r1c and {theirs!r} of the peer"
    if isinstance(ours, dict):
        for key in dict.fromkeys([*ours, *theirs]):
            if key not in ours or key not in theirs:
                return f"{place}/{key} is only {'of r1c' if key in ours else 'of the peer'}"
            if found := difference(ours[key], theirs[key], f"{place}/{key}"):
                return found
        return ""
    if isinstance(ours, list):
        for index, (one, other) in enumerate(zip(ours, theirs, strict=False)):
            if found := difference(one, other, f"{place}/{index}"):
                return found
        same = len(ours) == len(theirs)
        return "" if same else f"{place} has {len(ours)} items of r1c and {len(theirs)} of the peer"
    return "" if ours == theirs else f"{place or '/'} is {ours!r} of r1c and {theirs!r} of the peer"


def _objects(command: tuple[str, ...] | list[str]) -> dict[str, Any]:
    """Return what a command writes as parsed objects, each under its kind and name."""
    done = subprocess.run(command, env=environment(), capture_output=True, cwd=Path("/"), check=False)
    if done.returncode:
        raise Failed(f"{' '.join(command)}\nended with status {done.returncode}:\n{done.stderr.decode()}")
    documents = YAML(typ="safe", pure=True).load_all(done.stdout)
    found: dict[str, Any] = {}
    for item in documents:
        if item is not None:
            found[f"{item['kind']} {item['metadata']['name']}"] = item
    return found
