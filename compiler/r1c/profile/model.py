"""The profile as the user writes it, declared once: recipe.schema.json is made of it, and `parse` returns it.

A field that has a sensible default has it here; a default that depends on another field is None here, is
named in the field's description, and is filled in by resolve.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal

from r1c.profile.benchmark import Benchmark
from r1c.profile.section import Later, info, section
from r1c.record import field

if TYPE_CHECKING:
    from r1c.profile.disruption import Disruption, Rollout
    from r1c.profile.gateway import Gateway
    from r1c.profile.model_source import ModelSource
    from r1c.profile.monitoring import Monitoring
    from r1c.profile.protection import Protection
    from r1c.profile.provisioning import Provisioning
    from r1c.profile.scaling import Scaling
else:
    # A section that is not in the profile is not imported.
    ModelSource = Later("model_source", "ModelSource")
    Monitoring = Later("monitoring", "Monitoring")
    Prefetch = Later("model_source", "Prefetch")
    Provisioning = Later("provisioning", "Provisioning")
    Gateway = Later("gateway", "Gateway")
    Scaling = Later("scaling", "Scaling")
    Protection = Later("protection", "Protection")
    Disruption, Rollout = Later("disruption", "Disruption"), Later("disruption", "Rollout")


@section
class Metadata:
    """The identity of the recipe."""

    name: Annotated[str, info(examples=["deepseek-r1-a3mega"])]
    """Name of the recipe, and of the LeaderWorkerSet: lower-case letters, digits and hyphens, beginning
    with a letter, at most 50 characters (39 under Kueue up to v0.17).
    """
    namespace: str = "default"
    """Kubernetes namespace of every object."""
    labels: Annotated[Mapping[str, str], info(examples=[{"team": "inference"}])] = field(default_factory=dict)
    """Labels of every object and pod."""
    annotations: Annotated[
        Mapping[str, str], info(examples=[{"r1c.dev/allow": "R1C305: measured on 2026-01-10"}])
    ] = field(default_factory=dict)
    """Instructions for r1c. `r1c.dev/allow: 'R1C305: reason'` accepts a warning; separate several with
    semicolons.
    """


@section
class Model:
    """The model to serve."""

    id: Annotated[str, info(examples=["deepseek-ai/DeepSeek-R1"])]
    """Hugging Face repository of the model, or its path in the pod below storage.mountPath."""
    revision: Annotated[str | None, info(examples=["main"])] = None
    """Branch, tag or commit to load, passed to vLLM. Default: the repository's main branch."""
    served_name: Annotated[str | None, info(examples=["deepseek-r1"])] = None
    """Model name in the requests of clients. Default: the model's id."""
    config: Annotated[str | Mapping[str, Any] | None, info(examples=["config.json"])] = None
    """The model's config.json, as a path relative to the file that names it or inline: lets r1c check a model
    that it does not know. An hf_quant_config.json in the same folder is read too.
    """
    source: ModelSource | None = None
    """Where each pod finds the weights. Default: each node downloads them from Hugging Face."""


@section
class SecretKey:
    """A key of a Secret."""

    name: Annotated[str, info(examples=["vllm-api"])]
    """Name of the Secret, in the recipe's namespace; r1c does not create it."""
    key: Annotated[str, info(examples=["api-key"])]
    """Key in the Secret."""


@section
class SecretValue:
    """A variable whose value is in a Secret of the cluster."""

    secret_key_ref: SecretKey
    """Where the value is."""


@section
class Vllm:
    """The server."""

    version: Annotated[str, info(examples=["v0.7.3"])]
    """Released version of vLLM, as its tag."""
    args: Annotated[
        Mapping[str, Any], info(examples=[{"max-model-len": 32768, "trust-remote-code": True}])
    ] = field(default_factory=dict)
    """Flags of `vllm serve` in that version, without the dashes: true or false for a switch, a map for a
    JSON flag. Do not use flags that another field of the profile sets (tensor-parallel-size, port ...)
    here. The JSON Schema does not list flags; `r1c lsp` completes those of the pinned release.
    """
    env: Annotated[
        Mapping[str, str | SecretValue],
        info(
            examples=[
                {
                    "VLLM_LOGGING_LEVEL": "INFO",
                    "VLLM_API_KEY": {"secretKeyRef": {"name": "vllm-api", "key": "api-key"}},
                }
            ]
        ),
    ] = field(default_factory=dict)
    """Environment variables of the server containers, leader and worker alike: a string, or a key of a Secret
    that is in the cluster (VLLM_API_KEY makes clients send a key).
    """
    executor: Literal["auto", "ray", "native"] = "auto"
    """How the nodes of a group find each other. auto: Ray where the version's image has it (up to
    v0.17.0), vLLM's own multi-node mode after that. One node needs neither.
    """


@section
class Parallelism:
    """How the model is divided over GPUs."""

    tensor: Annotated[int, info(ge=1, examples=[8])]
    """Tensor parallel size: GPUs that share each layer."""
    pipeline: Annotated[int, info(ge=1)] = 1
    """Pipeline parallel size: stages that the layers are divided into."""


@section
class Cluster:
    """The GKE cluster."""

    project: Annotated[str, info(examples=["my-project"])]
    """Google Cloud project ID."""
    name: Annotated[str, info(examples=["my-cluster"])]
    """Name of the GKE cluster."""
    region: Annotated[str, info(examples=["us-central1"])]
    """Region of the cluster, and of its bucket and build."""
    location: Annotated[str | None, info(examples=["us-central1-a"])] = None
    """Zone of a zonal cluster. Default: cluster.region, for a regional cluster."""
    gke: Annotated[str | None, info(examples=["1.32.4-gke.1767000"])] = None
    """GKE version that the cluster runs."""
    lws: Annotated[str | None, info(examples=["v0.9.0"])] = None
    """LeaderWorkerSet version that the cluster runs. Default for the install step: v0.9.0."""
    kueue: Annotated[str | None, info(examples=["v0.17.1"])] = None
    """Kueue version that the cluster runs."""


@section
class Image:
    """The container image that Cloud Build builds and the pods run."""

    registry: Annotated[str, info(examples=["us-central1-docker.pkg.dev/my-project/my-repo"])]
    """Artifact Registry repository: LOCATION-docker.pkg.dev/PROJECT/REPOSITORY."""
    name: str = "vllm-openai"
    """Name of the image in the registry."""
    tag: Annotated[str | None, info(examples=["v0.7.3"])] = None
    """Tag of the image. Default: the vLLM version."""
    digest: Annotated[
        str | None, info(examples=["sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"])
    ] = None
    """Digest that pins the image, sha256:...; the pods then run exactly that build."""


@section
class Network:
    """Pod networking and NCCL."""

    mode: Literal["pod", "host", "dranet"] = "pod"
    """pod: one interface for each NIC, by GKE multi-networking annotations. host: the node's own network
    (hostNetwork), with privileged containers. dranet: the NICs by a resource claim (a3-ultra, a4), on nodes
    with GKE's managed DRANET.
    """
    naming: Annotated[str | None, info(examples=["vpc", "gpunet"])] = None
    """Which of the platform's conventions names the GKE Network objects. Default: the platform's own
    (a3-mega: vpc for vpc1..vpc8; gpunet is <cluster>-gpunet-<i>-subnet).
    """
    subnetworks: Annotated[
        tuple[str, ...] | None,
        info(examples=[["default", "vpc1", "vpc2", "vpc3", "vpc4", "vpc5", "vpc6", "vpc7", "vpc8"]]),
    ] = None
    """Names of the GKE Network objects in interface order, the pod network first; replaces naming."""
    rdma_requests: Literal["gke", "zero"] = "gke"
    """Requests for the RDMA networks (a3-ultra, a4). gke: those that GKE adds. zero: 0 of each, for pods that
    stay Pending because the nodes advertise networking.gke.io.networks/rdma-0.IP and not rdma-0.
    """
    nccl: Annotated[Mapping[str, str], info(examples=[{"NCCL_DEBUG": "VERSION"}])] = field(
        default_factory=dict
    )
    """NCCL (and other) variables that override the release's set by name, or add to it."""


@section
class Gpudirect:
    """The GPUDirect stack of the platform."""

    release: Annotated[str | None, info(examples=["v1.0.8-1", "v1.0.15"])] = None
    """Released pair of NCCL plugin and receive daemon, by the plugin's version. Default: the platform's."""
    nccl_plugin_image: Annotated[
        str | None,
        info(
            examples=["us-docker.pkg.dev/gce-ai-infra/gpudirect-tcpxo/nccl-plugin-gpudirecttcpx-dev:v1.0.8-1"]
        ),
    ] = None
    """NCCL plugin image. Default: the release's."""
    rxdm_image: Annotated[
        str | None, info(examples=["us-docker.pkg.dev/gce-ai-infra/gpudirect-tcpxo/tcpgpudmarxd-dev:v1.0.14"])
    ] = None
    """Receive daemon image. Default: the release's."""
    build_type: Annotated[str | int | None, info(examples=[223])] = None
    """NCCL build that the installer installs (223). Default: the release's, if it has one."""
    use_host_plugin: bool = False
    """Use the plugin that the cluster's installer DaemonSet puts on the node, instead of installing one
    in each pod. On a3-mega, release must then name it.
    """


@section
class Storage:
    """Where weights are cached and results are stored."""

    bucket: Annotated[str, info(examples=["my-bucket"])]
    """Cloud Storage bucket for results, in the cluster's region, without gs://."""
    mount_path: str = "/gcs"
    """Mount path of the bucket."""
    ssd_mount_path: str = "/ssd"
    """Mount path of the local SSD; the model is downloaded there."""
    shared_memory: str = "250Gi"
    """Size limit of /dev/shm."""
    model_cache: Literal["hostPath", "emptyDir"] = "hostPath"
    """hostPath: the node's local SSD, so that a restarted pod finds the weights. emptyDir: the pod's own
    ephemeral storage, lost with the pod.
    """


@section
class ExternalSecretStore:
    """The external-secrets.io store of the token."""

    store: str = "gcp-secret-manager"
    """Name of the secret store."""
    store_kind: Literal["ClusterSecretStore", "SecretStore"] = "ClusterSecretStore"
    """Kind of the secret store."""
    key: Annotated[str | None, info(examples=["hf-secret"])] = None
    """Name of the secret in the store. Default: huggingface.secretName."""


@section
class Huggingface:
    """The source of the Hugging Face token, never the token itself."""

    secret_name: str = "hf-secret"  # noqa: S105  # the name of a Secret
    """Name of the Kubernetes Secret."""
    secret_key: str = "hf_api_token"  # noqa: S105  # the name of a key
    """Key of the token in the Secret."""
    source: Literal["envFile", "manifest", "externalSecret", "existing"] = "envFile"
    """envFile: kustomize creates the Secret from a file that only you have. manifest: secret.yaml with a
    placeholder, to encrypt. externalSecret: an external-secrets.io ExternalSecret. existing: r1c writes
    nothing; the Secret is in the cluster.
    """
    external_secret: ExternalSecretStore = ExternalSecretStore()
    """The store for source externalSecret."""


@section
class Service:
    """How clients reach the server."""

    type: Literal["ClusterIP", "NodePort", "LoadBalancer"] = "ClusterIP"
    """Type of the Service."""
    port: Annotated[int, info(ge=1, le=65535)] = 8000
    """Port of the Service and of the server in the pod."""


@section
class Build:
    """Cloud Build."""

    region: Annotated[str | None, info(examples=["us-central1"])] = None
    """Region that Cloud Build runs in. Default: cluster.region."""
    machine_type: str = "e2-highcpu-32"
    """Machine type of the build."""
    disk_size_gb: Annotated[int, info(ge=1)] = 1000
    """Disk of the build, in GB."""
    timeout: str = "7200s"
    """Time limit of the build, in seconds: 7200s."""


@section
class Toleration:
    """A Kubernetes toleration."""

    key: Annotated[str | None, info(examples=["nvidia.com/gpu"])] = None
    """Taint key; any key if absent."""
    operator: Literal["Exists", "Equal"] = "Equal"
    """How value is compared."""
    value: Annotated[str | None, info(examples=["present"])] = None
    """Taint value."""
    effect: Annotated[
        Literal["NoSchedule", "PreferNoSchedule", "NoExecute"] | None, info(examples=["NoSchedule"])
    ] = None
    """Taint effect; any effect if absent."""
    toleration_seconds: Annotated[int | None, info(examples=[300])] = None
    """Seconds for which a NoExecute taint is tolerated."""


@section
class Scheduling:
    """Where the pods run, and how long they have to end."""

    target_nodes: Annotated[
        tuple[str, ...], info(examples=[["gke-my-cluster-a3-0", "gke-my-cluster-a3-1"]])
    ] = ()
    """Host names of the nodes to use; any matching node if empty."""
    queue: Annotated[str | None, info(examples=["inference"])] = None
    """Kueue LocalQueue that admits the groups."""
    priority_class: Annotated[str | None, info(examples=["high-priority"])] = None
    """PriorityClass of the pods; it must exist in the cluster."""
    node_selector: Annotated[
        Mapping[str, str] | None,
        info(examples=[{"cloud.google.com/gke-accelerator": "nvidia-h100-mega-80gb"}]),
    ] = None
    """Node labels to require. Default: the platform's accelerator label."""
    tolerations: tuple[Toleration, ...] | None = None
    """Tolerations. Default: the platform's (the nvidia.com/gpu taint)."""
    exclusive_topology: Annotated[str | None, info(examples=["cloud.google.com/gke-nodepool"])] = None
    """Node label; each of its values has at most one group (LWS exclusive topology)."""
    max_nodes: Annotated[int | None, info(ge=1, examples=[8])] = None
    """Nodes of the platform that the cluster can have: its quota, reservation or pool. Default: no limit."""
    termination_grace_period_seconds: Annotated[int, info(ge=1)] = 600
    """Seconds that a deleted pod has to finish its requests and exit. An idle pod exits much earlier."""


@section
class Spec:
    """The recipe."""

    platform: Annotated[str, info(examples=["a3-mega"])]
    """Machine platform of the nodes."""
    model: Model
    """The model to serve."""
    vllm: Vllm
    """The server: vLLM's version, flags and environment."""
    parallelism: Parallelism
    """How the model is divided over the GPUs of a group."""
    nodes: Annotated[int | None, info(ge=1, examples=[2])] = None
    """Nodes in one group; tensor x pipeline = nodes x GPUs per node. Default: computed from that."""
    replicas: Annotated[int, info(ge=0, le=1_000_000)] = 1
    """Number of groups; each is a complete server."""
    cluster: Cluster
    """The GKE cluster, and the versions that it runs."""
    image: Image
    """The container image."""
    network: Network = Network()
    """Pod networking and NCCL."""
    gpudirect: Gpudirect = Gpudirect()
    """The GPUDirect stack."""
    storage: Storage
    """Bucket, local SSD and shared memory."""
    service_account_name: Annotated[str | None, info(examples=["deepseek-r1"])] = None
    """Kubernetes service account with access to the bucket. Default: metadata.name."""
    huggingface: Huggingface = Huggingface()
    """The Hugging Face token's Secret."""
    service: Service = Service()
    """The Service in front of the leaders."""
    benchmark: Benchmark = Benchmark()
    """The benchmark Job."""
    build: Build = Build()
    """Cloud Build settings for the image."""
    scheduling: Scheduling = Scheduling()
    """Nodes, queue, priority, tolerations and grace period."""
    monitoring: Monitoring | None = None
    """Metrics of the server, alerts and a dashboard. Default: no such objects."""
    disruption: Disruption | None = None
    """Protection of running groups from drains and the autoscaler. Default: none."""
    rollout: Rollout | None = None
    """How a change of the pods reaches the groups. Default: one after the other, without spare nodes."""
    protection: Protection | None = None
    """Who may reach the pods, as NetworkPolicies. Default: everyone in the cluster."""
    scaling: Scaling | None = None
    """An autoscaler for the number of groups. Default: spec.replicas groups."""
    gateway: Gateway | None = None
    """A route through a GKE Gateway. Default: clients use the Service."""
    provisioning: Provisioning | None = None
    """Where the nodes come from: a reservation, Spot or flex-start. Default: nodes that the cluster has."""


@section
class Recipe:
    """An inference recipe: one model on one GKE platform, served and benchmarked with vLLM."""

    api_version: Annotated[Literal["r1c.dev/v1alpha1"], info(examples=["r1c.dev/v1alpha1"])]
    """Version of this format."""
    kind: Annotated[Literal["Recipe"], info(examples=["Recipe"])]
    """Always Recipe."""
    extends: Annotated[str | None, info(examples=["base.yaml"])] = None
    """Path of the profile that this one extends, relative to this file: maps are merged, lists and other
    values replaced, null removes an inherited value.
    """
    metadata: Metadata
    """Name, namespace and labels."""
    spec: Spec
    """The recipe itself."""
