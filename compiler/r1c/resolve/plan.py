"""The plan of a recipe, with every default filled in and every number derived."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

from r1c.diagnostics import Path
from r1c.facts import Platform
from r1c.facts.model import Architecture
from r1c.profile.paths import MODEL_SOURCE
from r1c.record import record
from r1c.resolve.model_weights import Weights
from r1c.resolve.rendezvous import FORMING_SECONDS
from r1c.resolve.server import Server

if TYPE_CHECKING:
    from r1c.resolve.claim import Claim
    from r1c.resolve.disruption import Disruption, Rollout
    from r1c.resolve.gateway import Gateway
    from r1c.resolve.monitoring import Monitoring
    from r1c.resolve.protection import Protection
    from r1c.resolve.provisioning import Provisioning
    from r1c.resolve.scaling import Scaling


@record
class ServedModel:
    """The model, and what is known of its architecture."""

    id: str
    revision: str | None
    served_name: str
    architecture: Architecture | None


@record
class Group:
    """The shape of one LWS group and how many there are.

    `data` and `context` are the data and prefill context parallel sizes of vllm.args, 1 if not given.
    """

    tensor: int
    pipeline: int
    nodes: int
    replicas: int
    gpus_per_node: int
    data: int = 1
    context: int = 1

    @property
    def forming_seconds(self) -> int:
        """Seconds that its pods may wait for each other: none for a group of one node."""
        return FORMING_SECONDS if self.nodes > 1 else 0

    @property
    def ranks(self) -> int:
        """Ranks that vLLM starts, one a GPU."""
        return self.tensor * self.pipeline * self.data * self.context

    @property
    def gpus(self) -> int:
        """GPUs of one group."""
        return self.nodes * self.gpus_per_pod

    @property
    def gpus_per_pod(self) -> int:
        """GPUs of one pod: a node's, or fewer where the whole group needs less than one node."""
        return min(self.gpus_per_node, self.ranks) if self.nodes == 1 else self.gpus_per_node


@record
class Cluster:
    """The GKE cluster.

    The three versions are None if the profile does not name them, `location` where the cluster is
    regional.
    """

    project: str
    name: str
    region: str
    gke: str | None
    lws: str | None
    kueue: str | None
    location: str | None = None

    @property
    def found_at(self) -> str:
        """Where gcloud finds it: the zone of a zonal cluster, or the region."""
        return self.location or self.region

    @property
    def identity(self) -> Mapping[str, str]:
        """What tells this cluster from every other one."""
        zone = {} if self.found_at == self.region else {"location": self.found_at}
        return {"name": self.name, "project": self.project, "region": self.region, **zone}


@record
class Image:
    """The container image."""

    registry: str
    name: str
    tag: str
    digest: str | None

    @property
    def tagged(self) -> str:
        """What Cloud Build pushes."""
        return f"{self.registry}/{self.name}:{self.tag}"

    @property
    def reference(self) -> str:
        """What the pods run: the digest where one is pinned."""
        return f"{self.registry}/{self.name}@{self.digest}" if self.digest else self.tagged


@record
class Interface:
    """A pod network interface and the GKE Network object behind it."""

    name: str
    network: str


@record
class Network:
    """Pod networking: the interfaces in order, and the NCCL variables that the profile overrides.

    `networks` are all the Network objects asked for; the platform's interfaces may be fewer or more.
    `without_rdma_requests` says that the pods request 0 of each RDMA network, so that GKE adds no request.
    `by_claim` says that the NICs come by a claim, and `claim` which one: None for a group of one node.
    """

    host: bool
    networks: tuple[str, ...]
    interfaces: tuple[Interface, ...]
    overrides: Mapping[str, str]
    without_rdma_requests: bool = False
    by_claim: bool = False
    claim: Claim | None = None


@record
class Gpudirect:
    """The GPUDirect stack of the pods; `stack` is "none" where a group is one node.

    `directory` is where a plugin of the pod's own is put, `library` the plugin's lib64 as the server
    container mounts it, and `script` the file there that sets the rest of NCCL's environment, empty if there
    is none.
    """

    stack: str
    release: str
    plugin_image: str
    rxdm_image: str
    rxdm_flags: tuple[str, ...]
    build_type: str | None
    use_host_plugin: bool
    library: str
    directory: str
    environment: Mapping[str, str]
    script: str


@record
class Storage:
    """Where weights, results and shared memory go."""

    bucket: str
    mount_path: str
    ssd_mount_path: str
    shared_memory: str
    cache_on_node: bool

    @property
    def huggingface_home(self) -> str:
        """HF_HOME: on the local SSD, never in the container's layer."""
        return self.on_ssd("huggingface")

    def on_ssd(self, folder: str) -> str:
        """Return the path of a folder on the local SSD, as the server container mounts it."""
        return f"{self.ssd_mount_path.rstrip('/')}/{folder}"


@record
class Token:
    """The Hugging Face token's Secret: where it comes from, never what it is."""

    secret: str
    key: str
    source: Literal["envFile", "manifest", "externalSecret", "existing"]
    store: str
    store_kind: str
    store_key: str

    @property
    def env_file(self) -> str:
        """The file that only the user has."""
        return f"{self.secret}.env"


@record
class Service:
    """The Service in front of the leaders."""

    name: str
    type: str
    port: int


@record
class Point:
    """One benchmark point. `place` is where the profile has it; a load of None is no limit.

    The lengths of a sharegpt point are those of its warm-up: its own prompts have the file's.
    """

    name: str
    input_len: int
    output_len: int
    prompts: int
    concurrency: int | None
    request_rate: float | None
    dataset: Literal["random", "sharegpt"]
    dataset_path: str | None
    place: Path

    @property
    def tokens(self) -> int:
        """Tokens of one request, prompt and answer together."""
        return self.input_len + self.output_len


@record
class Benchmark:
    """The benchmark: its points, at least one, the warm-up prompts of each, and the goodput targets.

    The targets are milliseconds by vLLM's name of the metric. `deadline_seconds` is the time for all points
    together before Kubernetes ends the Job, counted from its creation; `point_deadline_seconds` is the time
    for the pod of each point. Both include the server's start.
    """

    points: tuple[Point, ...]
    warmup: int
    goodput: Mapping[str, float]
    deadline_seconds: int
    point_deadline_seconds: int

    @property
    def longest(self) -> Point:
        """The point whose requests have the most tokens."""
        return max(self.points, key=lambda point: point.tokens)


@record
class Build:
    """Cloud Build; the timeout is in seconds as Cloud Build writes it (7200s)."""

    region: str
    machine_type: str
    disk_size_gb: int
    timeout: str


@record
class Scheduling:
    """Where the pods land, and how many seconds they have to end."""

    target_nodes: tuple[str, ...]
    queue: str | None
    priority_class: str | None
    node_selector: Mapping[str, str]
    tolerations: tuple[Mapping[str, Any], ...]
    exclusive_topology: str | None
    grace_seconds: int
    max_nodes: int | None = None


@record
class Plan:
    """A complete recipe.

    `doubtful` lists the paths with placeholders for values that could not be read, `given` the paths in the
    profile; all other values are defaults. `digest` is the sha256 of the profile's data, without comments and
    layout. `startup_seconds` is the time that Kubernetes allows for a start. The optional blocks, from
    `monitoring` on, are None where the profile does not have them.
    """

    name: str
    namespace: str
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    platform: Platform
    model: ServedModel
    weights: Weights
    server: Server
    group: Group
    cluster: Cluster
    image: Image
    network: Network
    gpudirect: Gpudirect
    storage: Storage
    service_account: str
    token: Token
    service: Service
    benchmark: Benchmark
    build: Build
    scheduling: Scheduling
    startup_seconds: int
    digest: str
    doubtful: frozenset[Path]
    given: frozenset[Path]
    monitoring: Monitoring | None = None
    disruption: Disruption | None = None
    rollout: Rollout | None = None
    protection: Protection | None = None
    scaling: Scaling | None = None
    gateway: Gateway | None = None
    provisioning: Provisioning | None = None

    @property
    def ready_seconds(self) -> int:
        """Seconds until a group must be ready: its pods may wait for each other, and then start."""
        return self.startup_seconds + self.group.forming_seconds

    @property
    def model_source(self) -> Weights | None:
        """The weights, where the profile says where they are; as a block that has rules of its own."""
        return self.weights if MODEL_SOURCE in self.given else None

    @property
    def credential_with(self) -> Literal["serving", "prefetch", ""]:
        """Which apply brings the token: the prefetch Job's, which comes first; "" if nothing reads it."""
        if self.weights.prefetch:
            return "prefetch"
        return "serving" if self.weights.with_token else ""

    @property
    def node_selector(self) -> Mapping[str, str]:
        """The labels of the nodes: of scheduling, of those with NICs to claim, and of provisioning."""
        own, claim = self.scheduling.node_selector, self.network.claim
        claimed = {**own, **claim.node_labels} if claim else own
        return {**claimed, **self.provisioning.selector} if self.provisioning else claimed

    @property
    def most_groups(self) -> int:
        """The maximum number of groups that run, with those that a rollout adds for its time."""
        return (self.scaling.most if self.scaling else self.group.replicas) + self.surge

    @property
    def surge(self) -> int:
        """The groups that a rollout adds for its time; LWS adds no more than there are."""
        groups = self.scaling.most if self.scaling else self.group.replicas
        return min(self.rollout.max_surge, groups) if self.rollout else 0

    @property
    def least_nodes(self) -> int:
        """The minimum number of nodes for all groups."""
        return self.nodes_of(self.group.replicas)

    def nodes_of(self, groups: int) -> int:
        """Return the minimum number of nodes for a number of groups.

        Groups smaller than a node share one where nothing keeps them apart.
        """
        group = self.group
        apart = self.network.host or self.scheduling.exclusive_topology is not None
        sharing = 1 if apart else group.gpus_per_node // group.gpus_per_pod
        return -(-group.nodes * groups // sharing)

    @property
    def shares_node(self) -> bool:
        """Tell whether other groups may write to the same folder of the node's SSD at the same time."""
        return self.storage.cache_on_node and self.group.gpus_per_pod < self.group.gpus_per_node
