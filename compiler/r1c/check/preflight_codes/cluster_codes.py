"""The codes of preflight about kinds, controllers, queues, the namespace, and existing objects."""

from __future__ import annotations

from r1c.diagnostics import Code, Severity

NO_DEFINITION = Code(
    "R1CP29",
    "definition-missing",
    Severity.ERROR,
    "Kind unknown to the cluster",
    "An apply ends with `no matches for kind`.",
    "",
    "Install what provides the kind.",
)
NO_VERSION = Code(
    "R1CP30",
    "definition-version",
    Severity.ERROR,
    "API version not served",
    "An apply ends with `no matches for kind`.",
    "",
    "Upgrade what provides the kind.",
)
REFUSED_BY_SCHEMA = Code(
    "R1CP31",
    "refused-by-schema",
    Severity.ERROR,
    "Object that the cluster's schema refuses",
    "The API server validates objects with the schema of its own CustomResourceDefinition, which may be"
    " older or newer than the one r1c was made with.",
    "",
    "Upgrade what provides the kind.",
)
DROPPED_BY_SCHEMA = Code(
    "R1CP32",
    "dropped-by-schema",
    Severity.WARNING,
    "Field that the cluster's schema does not have",
    "The API server drops unknown fields, so the object runs without them; a strict apply refuses them.",
    "",
    "Upgrade what provides the kind.",
)
NO_JSONSCHEMA = Code(
    "R1CP33",
    "schemas-not-checked",
    Severity.HINT,
    "Schemas not checked",
    "Checking objects with the schemas of the cluster needs jsonschema, which r1c does not install.",
    "",
    "Install jsonschema in the Python environment of r1c.",
)
NOT_GKE = Code(
    "R1CP34",
    "not-gke",
    Severity.WARNING,
    "API server is not GKE's",
    "The output uses what only GKE has: the annotations of multi-networking, Cloud Storage FUSE, node "
    "labels.",
    "",
    "Select the context of the profile's cluster.",
)
GKE_TOO_OLD = Code(
    "R1CP35",
    "cluster-gke-too-old",
    Severity.ERROR,
    "GKE too old for the platform",
    "Older versions lack the driver or the networks of the platform.",
    "",
    "Upgrade the cluster.",
)
OTHER_VERSION = Code(
    "R1CP36",
    "other-version",
    Severity.WARNING,
    "Cluster runs another version than the profile says",
    "The rules and `r1c diff` decide by the versions under spec.cluster.",
    "",
    "Write the version that runs.",
)
NO_CONTROLLER = Code(
    "R1CP37",
    "controller-missing",
    Severity.ERROR,
    "Controller not installed",
    "Without its controller an object is stored and nothing happens.",
    "",
    "Install it, as RUNBOOK.md says.",
)
CONTROLLER_NOT_READY = Code(
    "R1CP38",
    "controller-not-ready",
    Severity.ERROR,
    "Controller not ready",
    "Its webhook refuses changes while no pod of it is ready, and nothing creates the pods of a group.",
    "",
    "Read the reason in `kubectl describe deployment`.",
)
CONTROLLER_TOO_OLD = Code(
    "R1CP39",
    "controller-too-old",
    Severity.ERROR,
    "Controller too old for the recipe",
    "The output uses fields and variables that older versions do not have.",
    "",
    "Upgrade it.",
)
UNKNOWN_VERSION = Code(
    "R1CP40",
    "controller-version-unknown",
    Severity.HINT,
    "Version of a controller unknown",
    "An image by digest, or of a main branch, does not say its version.",
    "",
    "Write the installed version in the profile.",
)
NO_QUEUE = Code(
    "R1CP41",
    "queue-missing",
    Severity.ERROR,
    "LocalQueue missing",
    "Kueue holds a group whose queue does not exist in its namespace.",
    "",
    "Correct the name, or create the queue.",
)
QUEUE_CLOSED = Code(
    "R1CP42",
    "queue-closed",
    Severity.ERROR,
    "LocalQueue admits nothing",
    "A stopped queue, or one whose ClusterQueue is missing or inactive, admits no group.",
    "",
    "Read the reason in `kubectl describe localqueue`.",
)
NO_CLUSTER_QUEUE = Code(
    "R1CP43",
    "cluster-queue-missing",
    Severity.ERROR,
    "ClusterQueue missing",
    "A LocalQueue takes its quota from its ClusterQueue.",
    "",
    "Create the ClusterQueue, or use another queue.",
)
NOT_COVERED = Code(
    "R1CP44",
    "resource-not-covered",
    Severity.ERROR,
    "Resource that the queue does not cover",
    "Kueue never admits a group that requests a resource that no resource group of its ClusterQueue covers.",
    "",
    "Cover the resource in the ClusterQueue.",
)
QUOTA_TOO_SMALL = Code(
    "R1CP45",
    "queue-quota",
    Severity.ERROR,
    "Queue's quota smaller than a group",
    "Kueue admits a group only as a whole, so it never admits this one.",
    "",
    "Raise the quota, or use another queue.",
)
NO_NAMESPACE = Code(
    "R1CP46",
    "namespace-missing",
    Severity.ERROR,
    "Namespace missing",
    "An apply does not create it.",
    "",
    "Create the namespace.",
)
POD_SECURITY = Code(
    "R1CP47",
    "pod-security",
    Severity.ERROR,
    "Namespace refuses hostPath volumes",
    "The Pod Security levels baseline and restricted refuse hostPath volumes, and each pod mounts the "
    "GPU driver from its node.",
    "",
    "Use a namespace with the level privileged.",
)
QUOTA = Code(
    "R1CP48",
    "resource-quota",
    Severity.ERROR,
    "ResourceQuota too small",
    "The API server refuses pods above the quota.",
    "",
    "Raise the quota.",
)
LIMIT_RANGE = Code(
    "R1CP49",
    "limit-range",
    Severity.ERROR,
    "LimitRange too small",
    "The API server refuses containers and pods above the limit.",
    "",
    "Raise the limit.",
)
NO_PRIORITY_CLASS = Code(
    "R1CP50",
    "priority-class-missing",
    Severity.ERROR,
    "PriorityClass missing",
    "The API server refuses pods with an unknown priority class.",
    "",
    "Correct the name, or create the class.",
)
NO_SECRET = Code(
    "R1CP51",
    "secret-missing",
    Severity.ERROR,
    "Secret missing",
    "A pod that reads a missing Secret stays in CreateContainerConfigError.",
    "",
    "Create the Secret.",
)
NO_KEY = Code(
    "R1CP52",
    "secret-key-missing",
    Severity.ERROR,
    "Key not in the Secret",
    "A pod that reads a missing key stays in CreateContainerConfigError.",
    "",
    "Add the key, or write the one that is there.",
)
NO_STORE = Code(
    "R1CP53",
    "secret-store-missing",
    Severity.ERROR,
    "Store of the ExternalSecret missing",
    "Without its store an ExternalSecret creates no Secret.",
    "",
    "Create the store, or correct its name.",
)
STORE_NOT_READY = Code(
    "R1CP54",
    "secret-store-not-ready",
    Severity.ERROR,
    "Store of the ExternalSecret not ready",
    "A store that cannot reach its provider creates no Secret.",
    "",
    "Read the reason in `kubectl describe`.",
)
FOREIGN = Code(
    "R1CP55",
    "name-taken",
    Severity.WARNING,
    "Object of this name belongs to somebody else",
    "An apply takes the object over for this recipe, and stops what it ran before.",
    "",
    "Use another name or namespace.",
)
MANAGED = Code(
    "R1CP56",
    "managed-by-another",
    Severity.HINT,
    "Object managed by a GitOps tool",
    "Argo CD, Flux, Config Sync and Helm keep the fields that they manage.",
    "",
    "Commit the output and let the tool apply it.",
)
OTHER_IDENTITY = Code(
    "R1CP57",
    "other-identity",
    Severity.WARNING,
    "Service account acts as another identity",
    "With the annotation iam.gke.io/gcp-service-account pods act as that account; roles granted to the "
    "ServiceAccount itself do not apply.",
    "",
    "Grant that account the roles, or remove the annotation.",
)
NOT_CHECKED = Code(
    "R1CP58",
    "not-checked",
    Severity.HINT,
    "Part of the cluster not checked",
    "r1c cannot check what a snapshot does not contain.",
    "",
    "Write a complete snapshot, with the permissions to read everything in it.",
)

CODES: tuple[Code, ...] = tuple(item for item in list(vars().values()) if isinstance(item, Code))
"""The codes in order."""
