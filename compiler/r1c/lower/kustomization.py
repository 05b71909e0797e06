"""The files of a recipe -> the two kustomizations, and the configuration of kustomize's transformers.

The configuration has the places of the LeaderWorkerSet that transformers must know, and the lists that
strategic merge patches merge.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from r1c import resources
from r1c.lower.bundle import Manifest
from r1c.record import record

KUSTOMIZATION = "kustomization.yaml"
CONFIGURATION = "kustomizeconfig.yaml"
SCHEMA = "kustomizeschema.yaml"

_LWS_GROUP = "leaderworkerset.x-k8s.io"
_LWS = {"group": _LWS_GROUP, "kind": "LeaderWorkerSet"}
_JOB = {"group": "batch", "kind": "Job"}
_SERVICE = {"version": "v1", "kind": "Service"}
_TEMPLATES = (
    "spec/leaderWorkerTemplate/leaderTemplate",
    "spec/leaderWorkerTemplate/workerTemplate",
)

_CONTAINERS = ("containers", "initContainers")
_SECRET_KEYS = tuple(f"spec/{containers}/env/valueFrom/secretKeyRef/name" for containers in _CONTAINERS)
_SECRETS = (
    *_SECRET_KEYS,
    *(f"spec/{containers}/envFrom/secretRef/name" for containers in _CONTAINERS),
    "spec/imagePullSecrets/name",
    "spec/volumes/secret/secretName",
    "spec/volumes/projected/sources/secret/name",
    "spec/volumes/csi/nodePublishSecretRef/name",
)
_CONFIG_MAPS = (
    *(f"spec/{containers}/env/valueFrom/configMapKeyRef/name" for containers in _CONTAINERS),
    *(f"spec/{containers}/envFrom/configMapRef/name" for containers in _CONTAINERS),
    "spec/volumes/configMap/name",
    "spec/volumes/projected/sources/configMap/name",
)


@record
class EnvSecret:
    """A Secret that kustomize makes of a file that only the user has, with lines KEY=VALUE."""

    name: str
    env_file: str
    labels: Mapping[str, str]


def serving(resources: Sequence[str], namespace: str, secret: EnvSecret | None) -> Manifest:
    """Return the kustomization of the serving objects; the generated Secret goes to `namespace`.

    The objects carry their namespace themselves, so there is no `namespace:` for all of them.
    """
    kustomization = _kustomization(resources) | {
        "configurations": [CONFIGURATION],
        "openapi": {"path": SCHEMA},
    }
    if secret:
        kustomization["secretGenerator"] = [
            {
                "name": secret.name,
                "namespace": namespace,
                "envs": [secret.env_file],
                "type": "Opaque",
                # The runbook, `r1c secret` and the benchmark on its own call the Secret by its plain name.
                "options": {"disableNameSuffixHash": True, "labels": dict(secret.labels)},
            }
        ]
    return Manifest(KUSTOMIZATION, (kustomization,))


def benchmark(resources: Sequence[str]) -> Manifest:
    """Return the kustomization of the benchmark.

    It needs no configuration of its own: in one overlay with the serving base it shares that one's, whichever
    comes first, and alone it has no object whose new name it would have to follow.
    """
    return Manifest(f"benchmark/{KUSTOMIZATION}", (_kustomization(resources),))


@cache
def configuration() -> Manifest:
    """Return the places of a LeaderWorkerSet that kustomize's name, replica and label transformers must know.

    An overlay inherits them from its bases. Annotations are left out: a `commonAnnotations` that changes with
    each commit would restart every pod of a group if it reached the templates.
    """
    # A slash inside a key is escaped.
    lws_name = "leaderworkerset.sigs.k8s.io\\/name"
    names = [
        _references({"version": "v1", "kind": "Secret"}, _in_templates(*_SECRETS)),
        _references(
            {"group": "external-secrets.io", "kind": "ExternalSecret"},
            [
                {"path": "spec/target/name", "group": "external-secrets.io", "kind": "ExternalSecret"},
                *_in_templates(*_SECRET_KEYS),
                *({"path": f"spec/template/{path}", **_JOB} for path in _SECRET_KEYS),
            ],
        ),
        _references({"version": "v1", "kind": "ConfigMap"}, _in_templates(*_CONFIG_MAPS)),
        _references({"version": "v1", "kind": "ServiceAccount"}, _in_templates("spec/serviceAccountName")),
        _references(
            {"version": "v1", "kind": "PersistentVolumeClaim"},
            _in_templates("spec/volumes/persistentVolumeClaim/claimName"),
        ),
        _references(
            {"group": "scheduling.k8s.io", "version": "v1", "kind": "PriorityClass"},
            _in_templates("spec/priorityClassName"),
        ),
        _references(
            _LWS,
            [
                {"path": f"spec/selector/{lws_name}", **_SERVICE},
                {"path": "spec/scaleTargetRef/name", "kind": "HorizontalPodAutoscaler"},
            ],
        ),
        # The benchmark finds the server by its variable SERVICE. A field spec cannot name one variable of a
        # list, but kustomize rewrites a value only where it is the whole name of a Service in the overlay.
        _references(_SERVICE, [{"path": "spec/template/spec/containers/env/value", **_JOB}]),
    ]
    # Added to labels that are there, not created: the leader template is optional, and one made of labels
    # alone would have no containers. r1c labels both templates.
    labels = _in_templates("metadata/labels")
    return Manifest(
        CONFIGURATION,
        (
            {
                "nameReference": names,
                "replicas": [{"path": "spec/replicas", "create": True, **_LWS}],
                "commonLabels": labels,
                "templateLabels": labels,
            },
        ),
    )


@cache
def schema() -> Manifest:
    """Return the lists that a strategic merge patch merges, of LeaderWorkerSet and of every built-in kind.

    Kustomize takes this schema in place of its own, so a list that is missing here would be replaced as a
    whole. The built-in kinds come from kustomize_schema.json, which tools/kustomize_schema.py makes of
    Kubernetes' own schemas.
    """
    table = json.loads(resources.read("kustomize_schema.json"))
    template = {"$ref": "#/definitions/io.k8s.api.core.v1.PodTemplateSpec"}
    leaderworkerset = {
        "x-kubernetes-group-version-kind": [{**_LWS, "version": "v1"}],
        "properties": {
            "metadata": {"$ref": "#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"},
            "spec": {
                "properties": {
                    "leaderWorkerTemplate": {
                        "properties": {"leaderTemplate": template, "workerTemplate": template},
                    },
                },
            },
        },
    }
    definitions = {"io.x-k8s.leaderworkerset.v1.LeaderWorkerSet": leaderworkerset, **table["definitions"]}
    return Manifest(SCHEMA, ({"definitions": definitions},))


def _kustomization(resources: Sequence[str]) -> dict[str, Any]:
    return {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "resources": list(resources),
    }


def _references(kind: Mapping[str, str], places: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {**kind, "fieldSpecs": list(places)}


def _in_templates(*paths: str) -> list[dict[str, Any]]:
    return [{"path": f"{template}/{path}", **_LWS} for path in paths for template in _TEMPLATES]
