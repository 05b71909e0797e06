"""The kinds of objects that r1c writes: one list for verify, diff and import."""

from __future__ import annotations

from r1c.record import record


@record
class Kind:
    """A kind, its apiVersion, and the block of the profile that makes it, empty where no single one does.

    `shared` says that other recipes may use the object, too, so that it is not deleted with its recipe.
    """

    api_version: str
    name: str
    block: str = ""
    shared: bool = False


KINDS: tuple[Kind, ...] = (
    Kind("autoscaling/v2", "HorizontalPodAutoscaler", "spec.scaling"),
    Kind("keda.sh/v1alpha1", "ScaledObject", "spec.scaling"),
    Kind("keda.sh/v1alpha1", "TriggerAuthentication", "spec.scaling"),
    Kind("leaderworkerset.x-k8s.io/v1", "LeaderWorkerSet"),
    Kind("v1", "Service"),
    Kind("v1", "ServiceAccount"),
    Kind("batch/v1", "Job"),
    Kind("monitoring.googleapis.com/v1", "PodMonitoring", "spec.monitoring"),
    Kind("monitoring.coreos.com/v1", "PodMonitor", "spec.monitoring"),
    Kind("monitoring.googleapis.com/v1", "Rules", "spec.monitoring"),
    Kind("monitoring.coreos.com/v1", "PrometheusRule", "spec.monitoring"),
    Kind("v1", "ConfigMap"),
    Kind("policy/v1", "PodDisruptionBudget", "spec.disruption"),
    Kind("networking.k8s.io/v1", "NetworkPolicy", "spec.protection"),
    Kind("gateway.networking.k8s.io/v1", "Gateway", "spec.gateway"),
    Kind("gateway.networking.k8s.io/v1", "HTTPRoute", "spec.gateway"),
    Kind("networking.gke.io/v1", "HealthCheckPolicy", "spec.gateway"),
    Kind("networking.gke.io/v1", "GCPBackendPolicy", "spec.gateway"),
    Kind("inference.networking.k8s.io/v1", "InferencePool", "spec.gateway"),
    Kind("rbac.authorization.k8s.io/v1", "Role"),
    Kind("rbac.authorization.k8s.io/v1", "RoleBinding"),
    Kind("apps/v1", "Deployment"),
    Kind("resource.k8s.io/v1", "ResourceClaimTemplate"),
    Kind("v1", "Secret", shared=True),
    Kind("external-secrets.io/v1", "ExternalSecret", shared=True),
)
"""In the order in which they are deleted: an autoscaler before what it scales."""
