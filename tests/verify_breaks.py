"""Ways to break the good bundle, what verify says then, and the words for where it is broken."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

from r1c.diagnostics import InternalError
from r1c.verify import verify
from verify_sample import NAME, bundle, good


def faults(files: dict[str, Any], external: frozenset[tuple[str, str]] = frozenset()) -> list[str]:
    try:
        verify(bundle(files), external)
    except InternalError as error:
        first, *lines = str(error).splitlines()
        assert first == "the output for profile.yaml has faults:"
        return lines
    return []


def faults_after(mutation: Callable[[dict[str, Any]], None]) -> list[str]:
    files = good()
    mutation(files)
    return sorted(faults(files))


def at(files: dict[str, Any], *place: str | int) -> Any:
    value: Any = files
    for key in place:
        value = value[key]
    return value


LWS = "leaderworkerset.yaml"
JOB_SPEC = ("benchmark/job.yaml", "spec", "template", "spec")
ROLES = ("leaderTemplate", "workerTemplate")
Mutation = Callable[[dict[str, Any]], None]


def put(*place: str | int, to: Any) -> Mutation:
    def mutate(files: dict[str, Any]) -> None:
        *above, last = place
        at(files, *above)[last] = to

    return mutate


def drop(*place: str | int) -> Mutation:
    def mutate(files: dict[str, Any]) -> None:
        *above, last = place
        del at(files, *above)[last]

    return mutate


def add(*place: str | int, new: Any) -> Mutation:
    return lambda files: at(files, *place).append(new)


def both(change: Callable[..., Mutation], *place: str | int, **value: Any) -> Mutation:
    """Make the same change in the leader and in the worker template."""

    def mutate(files: dict[str, Any]) -> None:
        for role in ROLES:
            change(LWS, "spec", "leaderWorkerTemplate", role, *place, **copy.deepcopy(value))(files)

    return mutate


def leader(change: Callable[..., Mutation], *place: str | int, **value: Any) -> Mutation:
    return change(LWS, "spec", "leaderWorkerTemplate", "leaderTemplate", *place, **value)


def in_both(path: str, what: str) -> list[str]:
    return [
        f"{LWS}: LeaderWorkerSet {NAME}: spec.leaderWorkerTemplate.{role}.{path}: {what}" for role in ROLES
    ]


def in_leader(path: str, what: str) -> list[str]:
    return in_both(path, what)[:1]


def in_lws(path: str, what: str) -> list[str]:
    return [f"{LWS}: LeaderWorkerSet {NAME}: {path}: {what}"]


def in_service(path: str, what: str) -> list[str]:
    return [f"service.yaml: Service {NAME}-svc: {path}: {what}"]


def in_job(path: str, what: str) -> list[str]:
    return [f"benchmark/job.yaml: Job {NAME}-benchmark: {path}: {what}"]


def in_kustomization(path: str, what: str) -> list[str]:
    return [f"kustomization.yaml: Kustomization: {path}: {what}"]


def in_cloudbuild(path: str, what: str) -> list[str]:
    return [f"image/cloudbuild.yaml: {path}: {what}"]


MAIN = ("spec", "containers", 0)
ENV = (*MAIN, "env")
CSI = {
    "driver": "gcsfuse.csi.storage.gke.io",
    "volumeAttributes": {"bucketName": "other", "readOnly": "true"},
}
INTERFACES = ("metadata", "annotations", "networking.gke.io/interfaces")
DEFAULT_INTERFACE = ("metadata", "annotations", "networking.gke.io/default-interface")
DEVICES = ("metadata", "annotations", "devices.gke.io/container.tcpxo-daemon")
GCSFUSE = ("metadata", "annotations", "gke-gcsfuse/volumes")
WRITTEN_INTERFACES = 'metadata.annotations["networking.gke.io/interfaces"]'
WRITTEN_DEFAULT = 'metadata.annotations["networking.gke.io/default-interface"]'
WRITTEN_DEVICES = 'metadata.annotations["devices.gke.io/container.tcpxo-daemon"]'


def interfaces(*pairs: tuple[str, str]) -> str:
    return json.dumps([{"interfaceName": name, "network": network} for name, network in pairs])
