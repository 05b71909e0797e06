"""The files of a recipe -> the two kustomizations, and the configuration of kustomize's transformers.

The configuration has the places of the LeaderWorkerSet that transformers must know, and the lists that
strategic merge patches merge.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from r1c import resources
from r1c.lower.bundle import Manifest, Text
from r1c.record import record

KUSTOMIZATION = "kustomization.yaml"
CONFIGURATION = "kustomizeconfig.yaml"
SCHEMA = "kustomizeschema.yaml"
BLOCKS = "kustomizeconfig-blocks.yaml"
CLAIMS = "kustomizeconfig-claims.yaml"
CONSTANT_FILES = (CONFIGURATION, SCHEMA, BLOCKS, CLAIMS)
"""What is the same in every recipe that has it: the last two are for those with optional blocks, and with
claims of devices.
"""


@record
class EnvSecret:
    """A Secret that kustomize makes of a file that only the user has, with lines KEY=VALUE."""

    name: str
    env_file: str
    labels: Mapping[str, str]


def serving(
    paths: Sequence[str], namespace: str, secret: EnvSecret | None, own: Sequence[str] = ()
) -> Manifest:
    """Return the kustomization of the serving objects; the generated Secret goes to `namespace`.

    `own` are the configurations that it reads beside the one for every recipe.

    The objects carry their namespace themselves, so there is no `namespace:` for all of them.
    """
    kustomization = _kustomization(paths) | {
        "configurations": [CONFIGURATION, *own],
        "openapi": {"path": SCHEMA},
    }
    return Manifest(KUSTOMIZATION, (kustomization | _generator(namespace, secret),))


def _generator(namespace: str, secret: EnvSecret | None) -> dict[str, Any]:
    if secret is None:
        return {}
    entry = {
        "name": secret.name,
        "namespace": namespace,
        "envs": [secret.env_file],
        "type": "Opaque",
        # The runbook, `r1c secret` and the benchmark on its own call the Secret by its plain name.
        "options": {"disableNameSuffixHash": True, "labels": dict(secret.labels)},
    }
    return {"secretGenerator": [entry]}


def prefetch(paths: Sequence[str], namespace: str, secret: EnvSecret | None) -> Manifest:
    """Return the kustomization of the prefetch Job; like the benchmark, it needs no configuration."""
    kustomization = _kustomization(paths) | _generator(namespace, secret)
    return Manifest(f"prefetch/{KUSTOMIZATION}", (kustomization,))


def benchmark(paths: Sequence[str]) -> Manifest:
    """Return the kustomization of the benchmark.

    It needs no configuration of its own: in one overlay with the serving base it shares that one's, whichever
    comes first, and alone it has no object whose new name it would have to follow.
    """
    return Manifest(f"benchmark/{KUSTOMIZATION}", (_kustomization(paths),))


@cache
def constant_files() -> tuple[Text, Text]:
    """Return the files that are the same in every recipe; tools/kustomize_files.py writes them.

    They are the fields of a LeaderWorkerSet for kustomize's transformers, and the lists that patches merge.
    """
    return configuration(CONFIGURATION), configuration(SCHEMA)


def configuration(name: str) -> Text:
    """Return a file that is the same in every recipe that has it, by its name."""
    return Text(name, resources.read("lower", "kustomize", name).decode())


def _kustomization(paths: Sequence[str]) -> dict[str, Any]:
    return {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "resources": list(paths),
    }
