"""LeaderWorkerSet, built-in kinds, optional blocks and claims -> the four files that kustomize reads.

The files in compiler/r1c/lower/kustomize are the same in every recipe; they change with the package
kubernetes-validate.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import kustomize_schema

from r1c.emit.yaml import to_yaml
from r1c.json_schema import misfits
from r1c.lower.kustomization import BLOCKS, CLAIMS, CONFIGURATION, SCHEMA
from r1c.verify.schema import BY_FILE

FOLDER = Path(__file__).resolve().parent.parent / "compiler" / "r1c" / "lower" / "kustomize"
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


def configuration() -> dict[str, Any]:
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
    return {
        "nameReference": names,
        "replicas": [{"path": "spec/replicas", "create": True, **_LWS}],
        "commonLabels": labels,
        "templateLabels": labels,
    }


def blocks() -> dict[str, Any]:
    """Return where the objects of optional blocks name a LeaderWorkerSet or another object of the recipe."""
    lws_name = "leaderworkerset.sigs.k8s.io\\/name"
    selectors = ("PodMonitoring", "PodMonitor", "PodDisruptionBudget", "InferencePool")
    backends = ("spec/rules/backendRefs/name", "HTTPRoute")
    targets = [
        {"path": "spec/targetRef/name", "kind": kind} for kind in ("HealthCheckPolicy", "GCPBackendPolicy")
    ]
    return {
        "nameReference": [
            _references(
                _LWS,
                [
                    *({"path": f"spec/selector/matchLabels/{lws_name}", "kind": kind} for kind in selectors),
                    {"path": "spec/scaleTargetRef/name", "kind": "ScaledObject"},
                    {"path": f"spec/podSelector/matchLabels/{lws_name}", "kind": "NetworkPolicy"},
                    {
                        "path": f"spec/ingress/from/podSelector/matchLabels/{lws_name}",
                        "kind": "NetworkPolicy",
                    },
                ],
            ),
            _references(
                {"group": "keda.sh", "kind": "TriggerAuthentication"},
                [{"path": "spec/triggers/authenticationRef/name", "kind": "ScaledObject"}],
            ),
            _references(
                _SERVICE,
                [
                    {"path": backends[0], "kind": backends[1]},
                    {"path": "spec/endpointPickerRef/name", "kind": "InferencePool"},
                    *targets,
                ],
            ),
            _references(
                {"group": "inference.networking.k8s.io", "kind": "InferencePool"},
                [
                    {"path": backends[0], "kind": backends[1]},
                    # As for the benchmark: only a value that is the whole name of a pool is rewritten.
                    {"path": "spec/template/spec/containers/env/value", "kind": "Deployment"},
                    *targets,
                ],
            ),
            _references(
                {"group": "gateway.networking.k8s.io", "kind": "Gateway"},
                [{"path": "spec/parentRefs/name", "kind": "HTTPRoute"}],
            ),
        ]
    }


def claims() -> dict[str, Any]:
    """Return where the pods of a LeaderWorkerSet name the template of a claim."""
    kind = {"group": "resource.k8s.io", "kind": "ResourceClaimTemplate"}
    paths = _in_templates("spec/resourceClaims/resourceClaimTemplateName")
    return {"nameReference": [_references(kind, paths)]}


def schema() -> dict[str, Any]:
    """Return the lists that a strategic merge patch merges, of LeaderWorkerSet and of every built-in kind.

    Kustomize takes this schema in place of its own, so a list that is missing here would be replaced as a
    whole. The built-in kinds come from Kubernetes' own schemas (kustomize_schema.py).
    """
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
    definitions = {
        "io.x-k8s.leaderworkerset.v1.LeaderWorkerSet": leaderworkerset,
        **kustomize_schema.definitions(),
    }
    return {"definitions": definitions}


def _references(kind: Mapping[str, str], places: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {**kind, "fieldSpecs": list(places)}


def _in_templates(*paths: str) -> list[dict[str, Any]]:
    return [{"path": f"{template}/{path}", **_LWS} for path in paths for template in _TEMPLATES]


def texts() -> dict[str, str]:
    """Return the files by name; raises ValueError for one that does not fit its schema."""
    made = {CONFIGURATION: configuration(), SCHEMA: schema(), BLOCKS: blocks(), CLAIMS: claims()}
    for name, data in made.items():
        if misfits(BY_FILE[name], data):
            raise ValueError(f"{name} does not fit its schema")
    return {name: to_yaml(data) for name, data in made.items()}
