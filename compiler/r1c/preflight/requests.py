"""A plan -> what a snapshot of its cluster holds: one read-only `kubectl get` for each kind of object."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from r1c.facts import dranet
from r1c.lower import runbook
from r1c.lower.bundle import Bundle, Manifest, Object
from r1c.names import ACCELERATOR, GCS_FUSE, GROUP_SET
from r1c.record import record, replace
from r1c.resolve.plan import Plan
from r1c.resolve.server import SecretKey

MANAGED_BY, INSTANCE = "app.kubernetes.io/managed-by", "app.kubernetes.io/instance"
ACCOUNT = "iam.gke.io/gcp-service-account"
LWS, KUEUE = "lws-controller-manager", "kueue-controller-manager"

_JSON = ("-o", "json")
_QUIET = "--ignore-not-found"
_BUILT_IN = frozenset(
    (
        "",
        "apiextensions.k8s.io",
        "apps",
        "autoscaling",
        "batch",
        "networking.k8s.io",
        "policy",
        "rbac.authorization.k8s.io",
        "resource.k8s.io",
        "scheduling.k8s.io",
        "storage.k8s.io",
    )
)
"""The API groups of Kubernetes itself; every other one needs its custom resource definitions."""


@record
class Request:
    """A request to kubectl: a name for the snapshot, the words after `kubectl get`, and the kind.

    `namespace` and `object` say which object is meant, where it is a single one. `definition` is the custom
    resource definition of the kind, where it is not built into Kubernetes, and `api` the version of a
    built-in kind that older clusters do not serve.
    """

    name: str
    words: tuple[str, ...]
    kind: str
    namespace: str = ""
    object: str = ""
    definition: str = ""
    api: str = ""


_REQUESTS = (
    '{{define "requests"}}"resources":{"requests":{ {{$comma := ""}}{{with .resources}}'
    '{{range $key, $value := .requests}}{{$comma}}"{{$key}}":"{{$value}}"{{$comma = ","}}{{end}}{{end}} }}'
    '{{with .restartPolicy}},"restartPolicy":"{{.}}"{{end}}{{end}}'
)
_POD = (
    '{"kind":"Pod","apiVersion":"v1","metadata":{"namespace":"{{.metadata.namespace}}",'
    '"name":"{{.metadata.name}}","labels":{ {{with .metadata.labels}}{{with index . "' + GROUP_SET + '"}}'
    '"' + GROUP_SET + '":"{{.}}"{{end}}{{end}} }},"spec":{"nodeName":"{{with .spec.nodeName}}{{.}}{{end}}",'
    '"containers":[{{range $at, $item := .spec.containers}}{{if $at}},{{end}}{ {{template "requests" .}} }'
    '{{end}}],"initContainers":[{{range $at, $item := .spec.initContainers}}{{if $at}},{{end}}'
    '{ {{template "requests" .}} }{{end}}]}}{{"\\n"}}'
)
PODS = f"go-template={_REQUESTS}{{{{range .items}}}}{_POD}{{{{end}}}}"
"""Of each pod its node, its group and its requests: no variables, which may be credentials."""
KEYS = (
    'go-template={"kind":"Secret","apiVersion":"v1","metadata":{"namespace":"{{.metadata.namespace}}",'
    '"name":"{{.metadata.name}}"},"keys":[{{$comma := ""}}{{range $key, $value := .data}}{{$comma}}"{{$key}}"'
    '{{$comma = ","}}{{end}}]}{{"\\n"}}'
)
"""Of a Secret the names of its keys, never a value."""


_FEW = (
    '{ {{$comma := ""}}{{range $key, $value := .}}{{if or %s}}'
    '{{$comma}}"{{$key}}":{{printf "%%q" $value}}{{$comma = ","}}{{end}}{{end}} }'
)
_LABELS = _FEW % f'(eq $key "{MANAGED_BY}") (eq $key "{INSTANCE}")'
_ANNOTATIONS = _FEW % f'(eq $key "{ACCOUNT}")'
METADATA = (
    'go-template={"kind":"{{.kind}}","apiVersion":"{{.apiVersion}}","metadata":{"name":"{{.metadata.name}}",'
    '"namespace":"{{with .metadata.namespace}}{{.}}{{end}}",'
    '"labels":{{with .metadata.labels}}' + _LABELS + "{{else}}{}{{end}},"
    '"annotations":{{with .metadata.annotations}}' + _ANNOTATIONS + "{{else}}{}{{end}},"
    '"managedFields":[{{range $at, $item := .metadata.managedFields}}{{if $at}},{{end}}'
    '{"manager":{{printf "%q" .manager}},"subresource":"{{with .subresource}}{{.}}{{end}}"}{{end}}]}}'
    '{{"\\n"}}'
)
"""Of an object its labels, its managers, and nothing of what is in it."""
CONDITIONS = (
    'go-template={"kind":"{{.kind}}","apiVersion":"{{.apiVersion}}","metadata":{"name":"{{.metadata.name}}"},'
    '"status":{"conditions":[{{with .status}}{{range $at, $item := .conditions}}{{if $at}},{{end}}'
    '{"type":"{{.type}}","status":"{{.status}}","reason":"{{with .reason}}{{.}}{{end}}"}{{end}}{{end}}]}}'
    '{{"\\n"}}'
)
"""Of a store its conditions: some kinds of stores have values."""


def version() -> Request:
    """Return the request for the version of the API server."""
    return Request("version", ("--raw", "/version"), "Version")


def nodes() -> Request:
    """Return the request for every node with GPUs."""
    return Request("nodes", ("nodes", "-l", ACCELERATOR, *_JSON), "Node")


def pods() -> Request:
    """Return the request for what the pods on nodes ask for."""
    running = "spec.nodeName!=,status.phase!=Succeeded,status.phase!=Failed"
    return Request("pods", ("pods", "-A", "--field-selector", running, "-o", PODS), "Pod")


def networks() -> Request:
    """Return the request for the Network objects."""
    kind = "networks.networking.gke.io"
    return Request("networks", (kind, *_JSON), "Network", definition=kind)


def network_params() -> Request:
    """Return the request for the parameters of the networks."""
    kind = "gkenetworkparamsets.networking.gke.io"
    return Request("networkparams", (kind, *_JSON), "GKENetworkParamSet", definition=kind)


def apis() -> Request:
    """Return the request for the groups of kinds that the API server has."""
    return Request("apis", ("--raw", "/apis"), "APIGroupList")


def device_class(name: str) -> Request:
    """Return the request for a class of devices that pods claim."""
    return _one("deviceclasses.resource.k8s.io", "DeviceClass", name)


def resource_slices() -> Request:
    """Return the request for the devices that drivers offer."""
    words = ("resourceslices.resource.k8s.io", *_JSON)
    return Request("resourceslices", words, "ResourceSlice", api=dranet.read().api_version)


def network_driver() -> Request:
    """Return the request for the driver of the NICs that pods claim."""
    known = dranet.read()
    return _one("daemonsets.apps", "DaemonSet", known.driver_daemon_set, known.driver_namespace)


def daemon_set(name: str) -> Request:
    """Return the request for a DaemonSet of kube-system."""
    return _one("daemonsets.apps", "DaemonSet", name, "kube-system")


def bucket_driver() -> Request:
    """Return the request for the driver of Cloud Storage FUSE."""
    return _one("csidrivers.storage.k8s.io", "CSIDriver", GCS_FUSE)


def definition(name: str) -> Request:
    """Return the request for a custom resource definition."""
    found = _one("customresourcedefinitions.apiextensions.k8s.io", "CustomResourceDefinition", name)
    return replace(found, name=f"crd {name}")


def controller(name: str) -> Request:
    """Return the request for a controller's Deployment, in whatever namespace it is."""
    words = ("deployments.apps", "-A", "--field-selector", f"metadata.name={name}", *_JSON)
    return Request(f"controller {name}", words, "Deployment", object=name)


def local_queue(plan: Plan) -> Request:
    """Return the request for the recipe's queue; without a queue it must not be asked for."""
    assert plan.scheduling.queue  # noqa: S101  # the caller has looked
    return _one("localqueues.kueue.x-k8s.io", "LocalQueue", plan.scheduling.queue, plan.namespace)


def cluster_queues() -> Request:
    """Return the request for the queues that have the quotas."""
    kind = "clusterqueues.kueue.x-k8s.io"
    return Request("clusterqueues", (kind, *_JSON), "ClusterQueue", definition=kind)


def namespace(name: str) -> Request:
    """Return the request for a namespace."""
    return _one("namespaces", "Namespace", name)


def quotas(place: str) -> Request:
    """Return the request for the quotas of a namespace."""
    return Request(f"resourcequotas {place}", ("resourcequotas", "-n", place, *_JSON), "ResourceQuota", place)


def limit_ranges(place: str) -> Request:
    """Return the request for the limits of a namespace."""
    return Request(f"limitranges {place}", ("limitranges", "-n", place, *_JSON), "LimitRange", place)


def priority_class(name: str) -> Request:
    """Return the request for a priority class."""
    return _one("priorityclasses.scheduling.k8s.io", "PriorityClass", name)


def secret(place: str, name: str) -> Request:
    """Return the request for the names of a Secret's keys."""
    words = ("secret", name, "-n", place, _QUIET, "-o", KEYS)
    return Request(f"secret {place}/{name}", words, "Secret", place, name)


def store(plan: Plan) -> Request:
    """Return the request for the store of an ExternalSecret."""
    kind = f"{plan.token.store_kind.lower()}s.external-secrets.io"
    place = "" if plan.token.store_kind == "ClusterSecretStore" else plan.namespace
    found = _one(kind, plan.token.store_kind, plan.token.store, place)
    return replace(found, words=(*found.words[: -len(_JSON)], "-o", CONDITIONS))


def own(item: Object) -> Request:
    """Return the request for what labels an object of the recipe has, and who manages its fields.

    What is in the object is not asked for: its variables may have credentials.
    """
    found = live(item)
    words = (*found.words[: -len(_JSON)], "-o", METADATA)
    return replace(found, name=f"metadata {found.name}", words=words)


def live(item: Object) -> Request:
    """Return the request for an object that the recipe makes, as it is in the cluster."""
    group = item["apiVersion"].rpartition("/")[0]
    resource = f"{plural(item['kind'])}.{group}" if group else plural(item["kind"])
    meta = item["metadata"]
    return _one(resource, item["kind"], meta["name"], meta.get("namespace", ""))


def _one(resource: str, kind: str, name: str, place: str = "") -> Request:
    """Return the request for one object, which may be missing."""
    where = ("-n", place) if place else ()
    custom = resource if resource.partition(".")[2] not in _BUILT_IN else ""
    label = f"{resource} {place}/{name}" if place else f"{resource} {name}"
    claims = resource.partition(".")[2] == "resource.k8s.io"
    api = dranet.read().api_version if claims else ""
    return Request(label, (resource, name, *where, _QUIET, *_JSON), kind, place, name, custom, api)


def plural(kind: str) -> str:
    """Return the name of a kind in the paths of the API."""
    word = kind.lower()
    if word.endswith("y") and word[-2] not in "aeiou":
        return f"{word[:-1]}ies"
    return word if word.endswith("s") else f"{word}s"


def is_custom(item: Object) -> bool:
    """Tell whether an object's kind comes from a custom resource definition."""
    return item["apiVersion"].rpartition("/")[0] not in _BUILT_IN


def definition_of(item: Object) -> str:
    """Return the name of the custom resource definition of an object's kind."""
    return f"{plural(item['kind'])}.{item['apiVersion'].rpartition('/')[0]}"


def objects(bundle: Bundle) -> tuple[Object, ...]:
    """Return the Kubernetes objects of a bundle, without Secrets, whose values nobody reads."""
    return tuple(
        item
        for file in bundle.files
        if isinstance(file, Manifest)
        for item in file.objects
        if isinstance(item.get("metadata"), Mapping) and "name" in item["metadata"]
        if item.get("apiVersion") and item.get("kind") not in ("Kustomization", "Secret", None)
    )


def secrets(plan: Plan) -> dict[SecretKey, bool]:
    """Return the keys of Secrets that the pods read, and whether somebody else has to create each."""
    found = dict.fromkeys(plan.server.secrets.values(), True)
    if plan.credential_with:
        found[SecretKey(plan.token.secret, plan.token.key)] = plan.token.source in ("existing", "manifest")
    return found


def every(plan: Plan, bundle: Bundle) -> tuple[Request, ...]:
    """Return everything that the checks of a recipe read, each once."""
    return tuple({item.name: item for item in _every(plan, bundle)}.values())


def _every(plan: Plan, bundle: Bundle) -> Iterator[Request]:
    made = objects(bundle)
    yield version()
    yield nodes()
    yield pods()
    yield from map(definition, dict.fromkeys(definition_of(item) for item in made if is_custom(item)))
    if runbook.networks(plan):
        for request in (networks(), network_params()):
            yield definition(request.definition)
            yield request
    if plan.network.claim:
        yield from (apis(), device_class(plan.network.claim.device_class), resource_slices())
        yield from (network_driver(), definition(networks().definition), networks())
    yield from (daemon_set(item.name) for item in runbook.daemon_sets(plan).values() if item)
    yield bucket_driver()
    yield controller(LWS)
    if plan.scheduling.queue:
        yield controller(KUEUE)
        for request in (local_queue(plan), cluster_queues()):
            yield definition(request.definition)
            yield request
    yield namespace(plan.namespace)
    yield quotas(plan.namespace)
    yield limit_ranges(plan.namespace)
    if plan.scheduling.priority_class:
        yield priority_class(plan.scheduling.priority_class)
    yield from (secret(plan.namespace, at.name) for at in secrets(plan))
    if plan.token.source == "externalSecret" and plan.credential_with:
        yield definition(store(plan).definition)
        yield store(plan)
    yield from map(own, made)
