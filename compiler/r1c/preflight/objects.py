"""The objects of a cluster as pydantic models: of each kind only what the checks read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from r1c.preflight.quantity import amount
from r1c.record import record

Amounts = Mapping[str, Decimal]


class Model(BaseModel):
    """A part of an object; what it does not name is ignored."""

    model_config = ConfigDict(alias_generator=to_camel, extra="ignore", frozen=True)


class ManagedFields(Model):
    """Who set fields of an object, as the API server keeps it."""

    manager: str = ""
    subresource: str = ""


class Metadata(Model):
    """The metadata of an object."""

    name: str = ""
    namespace: str = ""
    labels: dict[str, str] = {}
    annotations: dict[str, str] = {}
    managed_fields: tuple[ManagedFields, ...] = ()


class Object(Model):
    """Any object."""

    kind: str = ""
    metadata: Metadata = Metadata()


class Condition(Model):
    """A condition of a status."""

    type: str = ""
    status: str = ""
    reason: str = ""


class Taint(Model):
    """A taint of a node."""

    key: str = ""
    value: str = ""
    effect: str = ""

    @property
    def shown(self) -> str:
        """The taint as kubectl writes it."""
        return f"{self.key}={self.value}:{self.effect}" if self.value else f"{self.key}:{self.effect}"


class NodeSpec(Model):
    """What is set on a node."""

    taints: tuple[Taint, ...] = ()
    unschedulable: bool = False


class NodeStatus(Model):
    """What a node has, and its conditions."""

    allocatable: dict[str, str] = {}
    conditions: tuple[Condition, ...] = ()


class Node(Object):
    """A node."""

    spec: NodeSpec = NodeSpec()
    status: NodeStatus = NodeStatus()

    @property
    def ready(self) -> bool:
        """Tell whether the kubelet says that it is ready."""
        return any(item.type == "Ready" and item.status == "True" for item in self.status.conditions)

    def has(self, resource: str) -> Decimal:
        """Return how much of a resource pods can have."""
        return amount(self.status.allocatable.get(resource, "0")) or Decimal(0)


class Resources(Model):
    """What a container asks for."""

    requests: dict[str, str | int | float] = {}


class Container(Model):
    """A container of a pod."""

    image: str = ""
    resources: Resources = Resources()
    restart_policy: str = ""


class PodSpec(Model):
    """The containers of a pod, and where it runs."""

    node_name: str = ""
    containers: tuple[Container, ...] = ()
    init_containers: tuple[Container, ...] = ()

    def requests(self) -> Amounts:
        """Return what the scheduler counts: all containers and sidecars, or an init container with more."""
        return _total(tuple(map(_asked, self.containers)), tuple(map(_asked, self.init_containers)))


Asked = tuple[bool, tuple[tuple[str, str | int | float], ...]]
"""Whether a container runs beside the others from the start, and its requests."""


def _asked(container: Container) -> Asked:
    return container.restart_policy == "Always", tuple(container.resources.requests.items())


@lru_cache(maxsize=4096)
def _total(containers: tuple[Asked, ...], before: tuple[Asked, ...]) -> Amounts:
    """Add up the requests of a pod; pods of one template are alike."""
    total: dict[str, Decimal] = {}
    peak: dict[str, Decimal] = {}
    for stays, wanted in before:
        now = total if stays else dict(total)
        _add(now, wanted)
        peak |= {name: max(value, peak.get(name, value)) for name, value in now.items()}
    for _, wanted in containers:
        _add(total, wanted)
    return {name: max(total.get(name, Decimal(0)), peak.get(name, Decimal(0))) for name in {**total, **peak}}


def _add(total: dict[str, Decimal], wanted: Iterable[tuple[str, str | int | float]]) -> None:
    for name, text in wanted:
        total[name] = total.get(name, Decimal(0)) + (amount(text) or 0)


class Pod(Object):
    """A pod."""

    spec: PodSpec = PodSpec()


@record
class Running:
    """A pod that is on a node: its namespace, its group's LeaderWorkerSet, and what it asks for."""

    node: str
    namespace: str
    group: str
    requests: Amounts


class ParametersRef(Model):
    """The parameters that a Network points to."""

    name: str = ""


class NetworkSpec(Model):
    """The type of a Network, and its parameters."""

    type: str = ""
    parameters_ref: ParametersRef = ParametersRef()


class Conditions(Model):
    """The conditions of a status."""

    conditions: tuple[Condition, ...] = ()

    def of(self, type_: str) -> Condition | None:
        """Return the condition of a type."""
        return next((item for item in self.conditions if item.type == type_), None)


class Network(Object):
    """A network of GKE's multi-networking."""

    spec: NetworkSpec = NetworkSpec()
    status: Conditions = Conditions()


class ParamsSpec(Model):
    """The device mode of a network."""

    device_mode: str = ""


class NetworkParams(Object):
    """A GKENetworkParamSet."""

    spec: ParamsSpec = ParamsSpec()


class Template(Model):
    """A pod template."""

    spec: PodSpec = PodSpec()


class WorkloadSpec(Model):
    """The template of a Deployment or DaemonSet."""

    template: Template = Template()


class WorkloadStatus(Model):
    """How many pods there are to be, and how many are ready."""

    desired_number_scheduled: int = 0
    number_ready: int = 0
    ready_replicas: int = 0


class Workload(Object):
    """A Deployment or DaemonSet."""

    spec: WorkloadSpec = WorkloadSpec()
    status: WorkloadStatus = WorkloadStatus()

    @property
    def images(self) -> tuple[str, ...]:
        """The images of all containers."""
        spec = self.spec.template.spec
        return tuple(item.image for item in (*spec.init_containers, *spec.containers))


class DefinitionSchema(Model):
    """The schema of a version."""

    open_api: dict[str, Any] = Field(default_factory=dict, alias="openAPIV3Schema")


class DefinitionVersion(Model):
    """A version of a custom resource definition."""

    name: str = ""
    served: bool = False
    schema_: DefinitionSchema = Field(default=DefinitionSchema(), alias="schema")


class DefinitionSpec(Model):
    """The versions of a custom resource definition."""

    versions: tuple[DefinitionVersion, ...] = ()


class Definition(Object):
    """A custom resource definition."""

    spec: DefinitionSpec = DefinitionSpec()


class LocalQueueSpec(Model):
    """The ClusterQueue of a queue, and whether it is stopped."""

    cluster_queue: str = ""
    stop_policy: str = ""


class LocalQueue(Object):
    """A queue of Kueue in a namespace."""

    spec: LocalQueueSpec = LocalQueueSpec()
    status: Conditions = Conditions()


class QueueResource(Model):
    """The quota of one resource."""

    name: str = ""
    nominal_quota: str | int | float = "0"
    borrowing_limit: str | int | float | None = None


class Flavor(Model):
    """The quotas of one flavour."""

    resources: tuple[QueueResource, ...] = ()


class ResourceGroup(Model):
    """The resources that flavours cover together."""

    covered_resources: tuple[str, ...] = ()
    flavors: tuple[Flavor, ...] = ()


class ClusterQueueSpec(Model):
    """The quotas of a ClusterQueue, and the cohort that it borrows from."""

    resource_groups: tuple[ResourceGroup, ...] = ()
    cohort: str = ""
    cohort_name: str = ""


class ClusterQueue(Object):
    """A queue of Kueue with its quotas."""

    spec: ClusterQueueSpec = ClusterQueueSpec()


class QuotaSpec(Model):
    """The scopes of a quota."""

    scopes: tuple[str, ...] = ()
    scope_selector: dict[str, Any] = {}


class QuotaStatus(Model):
    """The limits of a quota, and what is used of them."""

    hard: dict[str, str | int | float] = {}
    used: dict[str, str | int | float] = {}


class Quota(Object):
    """A ResourceQuota."""

    spec: QuotaSpec = QuotaSpec()
    status: QuotaStatus = QuotaStatus()


class Limit(Model):
    """A limit for each container, pod or claim."""

    type: str = ""
    max: dict[str, str | int | float] = {}


class LimitSpec(Model):
    """The limits."""

    limits: tuple[Limit, ...] = ()


class LimitRange(Object):
    """A LimitRange."""

    spec: LimitSpec = LimitSpec()


class Secret(Object):
    """A Secret by the names of its keys."""

    keys: tuple[str, ...] = ()


class Store(Object):
    """A SecretStore or ClusterSecretStore."""

    status: Conditions = Conditions()


class Version(Model):
    """The version of the API server."""

    git_version: str = ""


class Cel(Model):
    """An expression that chooses devices."""

    expression: str = ""


class DeviceSelector(Model):
    """What a device must be like."""

    cel: Cel = Cel()


class DeviceClassSpec(Model):
    """What the devices of a class are like."""

    selectors: tuple[DeviceSelector, ...] = ()


class DeviceClass(Object):
    """A class of devices that pods can claim."""

    spec: DeviceClassSpec = DeviceClassSpec()


class Device(Model):
    """A device; `node_name` is empty where the slice says which node has it."""

    node_name: str = ""


class SliceSpec(Model):
    """The devices that a driver offers."""

    driver: str = ""
    node_name: str = ""
    devices: tuple[Device, ...] = ()


class ResourceSlice(Object):
    """Devices of a node that pods can claim."""

    spec: SliceSpec = SliceSpec()


class GroupVersion(Model):
    """A version of a group of kinds."""

    group_version: str = ""


class ApiGroup(Model):
    """A group of kinds."""

    versions: tuple[GroupVersion, ...] = ()


class ApiGroups(Model):
    """The groups that an API server serves."""

    groups: tuple[ApiGroup, ...] = ()


TYPED: Mapping[str, type[Model]] = {"Node": Node, "Pod": Pod, "ResourceSlice": ResourceSlice}
"""The kinds of which there are many, which are read into their models at once."""
