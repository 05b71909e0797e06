"""The profile as the user writes it: pydantic models that are also the one source of
schemas/recipe.schema.json.

A field that has an honest default has it here; a default that depends on another field is None here, is
named in the field's description, and is filled in by resolve.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag
from pydantic.alias_generators import to_camel

PositiveInt = Annotated[int, Field(ge=1)]
PositiveNumber = Annotated[float, Field(ge=0.001, allow_inf_nan=False)]


class Section(BaseModel):
    """The strict base: frozen, camelCase names, no field that is not declared."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid", alias_generator=to_camel)


class Metadata(Section):
    """Who the recipe is."""

    name: str = Field(
        description="Name of the recipe, and of the LeaderWorkerSet: lower-case letters, digits and hyphens, "
        "beginning with a letter, at most 50 characters (39 under Kueue up to v0.17).",
        examples=["deepseek-r1-a3mega"],
    )
    namespace: str = Field("default", description="Kubernetes namespace of every object.")
    labels: dict[str, str] = Field(
        default={}, description="Labels put on every object and pod.", examples=[{"team": "inference"}]
    )
    annotations: dict[str, str] = Field(
        default={},
        description="Notes to r1c itself. `r1c.dev/allow: 'R1C305: reason'` accepts a warning; several are "
        "separated by semicolons.",
        examples=[{"r1c.dev/allow": "R1C305: measured on 2026-01-10"}],
    )


class Model(Section):
    """What is served."""

    id: str = Field(
        description="Hugging Face repository of the model, or its path in the pod below storage.mountPath.",
        examples=["deepseek-ai/DeepSeek-R1"],
    )
    revision: str | None = Field(
        None,
        description="Branch, tag or commit to load, passed to vLLM. Default: the repository's main branch.",
        examples=["main"],
    )
    served_name: str | None = Field(
        None,
        description="Name under which clients ask for the model. Default: the model's id.",
        examples=["deepseek-r1"],
    )
    config: str | dict[str, Any] | None = Field(
        None,
        description="The model's config.json, as a path beside the profile or written out here: lets r1c "
        "check a model that it does not know.",
        examples=["config.json"],
    )


class SecretKey(Section):
    """A key of a Secret."""

    name: str = Field(
        description="Name of the Secret, in the recipe's namespace; r1c does not create it.",
        examples=["vllm-api"],
    )
    key: str = Field(description="Key in the Secret.", examples=["api-key"])


class SecretValue(Section):
    """The value of a variable that is kept in a Secret of the cluster."""

    secret_key_ref: SecretKey = Field(description="Where the value is.")


REFERENCE = "dict[reference]"
"""The tag by which pydantic tells a reference from a string; no name that a profile can have."""


def _kind_of_value(value: Any) -> str:
    """Name the member of a variable's value: a map is a reference, anything else must be a string."""
    return REFERENCE if isinstance(value, dict | SecretValue) else "str"


VariableValue = Annotated[
    Annotated[str, Tag("str")] | Annotated[SecretValue, Tag(REFERENCE)],
    Discriminator(_kind_of_value),
]


class Vllm(Section):
    """The server."""

    version: str = Field(description="Released version of vLLM, as its tag.", examples=["v0.7.3"])
    args: dict[str, Any] = Field(
        default={},
        description="Flags of `vllm serve` in that version, without the dashes: true or false for a switch, "
        "a map for a JSON flag. Flags that another field of the profile sets (tensor-parallel-size, port "
        "...) do not belong here.",
        examples=[{"max-model-len": 32768, "trust-remote-code": True}],
    )
    env: dict[str, VariableValue] = Field(
        default={},
        description="Environment variables of the server containers, leader and worker alike: a string, or a "
        "key of a Secret that is in the cluster (VLLM_API_KEY makes clients send a key).",
        examples=[
            {"VLLM_LOGGING_LEVEL": "INFO", "VLLM_API_KEY": {"secretKeyRef": {"name": "vllm", "key": "api"}}}
        ],
    )
    executor: Literal["auto", "ray", "native"] = Field(
        "auto",
        description="How the nodes of a group find each other. auto: Ray where the version's image has it "
        "(up to v0.17.0), vLLM's own multi-node mode after that. One node needs neither.",
    )


class Parallelism(Section):
    """How the model is cut."""

    tensor: PositiveInt = Field(description="Tensor parallel size: GPUs that share each layer.", examples=[8])
    pipeline: PositiveInt = Field(
        1, description="Pipeline parallel size: stages that the layers are cut into."
    )


class Cluster(Section):
    """Where it runs."""

    project: str = Field(description="Google Cloud project ID.", examples=["my-project"])
    name: str = Field(description="Name of the GKE cluster.", examples=["my-cluster"])
    region: str = Field(
        description="Region of the cluster, and of its bucket and build.", examples=["us-central1"]
    )
    location: str | None = Field(
        None,
        description="Zone of a zonal cluster. Default: cluster.region, for a regional cluster.",
        examples=["us-central1-a"],
    )
    gke: str | None = Field(
        None, description="GKE version that the cluster runs.", examples=["1.32.4-gke.1767000"]
    )
    lws: str | None = Field(
        None,
        description="LeaderWorkerSet version that the cluster runs. Default for the install step: v0.9.0.",
        examples=["v0.9.0"],
    )
    kueue: str | None = Field(None, description="Kueue version that the cluster runs.", examples=["v0.17.1"])


class Image(Section):
    """The container image that Cloud Build makes and the pods run."""

    registry: str = Field(
        description="Artifact Registry repository: LOCATION-docker.pkg.dev/PROJECT/REPOSITORY.",
        examples=["us-central1-docker.pkg.dev/my-project/my-repo"],
    )
    name: str = Field("vllm-openai", description="Name of the image in the registry.")
    tag: str | None = Field(
        None, description="Tag of the image. Default: the vLLM version.", examples=["v0.7.3"]
    )
    digest: str | None = Field(
        None,
        description="Digest that pins the image, sha256:...: the pods then run exactly that build.",
        examples=["sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"],
    )


class Network(Section):
    """How the pods reach the network and each other."""

    mode: Literal["pod", "host"] = Field(
        "pod",
        description="pod: one interface a NIC by GKE multi-networking annotations. host: the node's own "
        "network (hostNetwork), with privileged containers.",
    )
    naming: str | None = Field(
        None,
        description="Which of the platform's conventions names the GKE Network objects. Default: the "
        "platform's own (a3-mega: vpc for vpc1..vpc8; gpunet is <cluster>-gpunet-<i>-subnet).",
        examples=["vpc", "gpunet"],
    )
    subnetworks: list[str] | None = Field(
        None,
        description="Names of the GKE Network objects in interface order, the pod network first: instead of "
        "naming.",
        examples=[["default", "vpc1", "vpc2", "vpc3", "vpc4", "vpc5", "vpc6", "vpc7", "vpc8"]],
    )
    rdma_requests: Literal["gke", "zero"] = Field(
        "gke",
        description="Requests for the RDMA networks (a3-ultra, a4). gke: those that GKE adds. zero: 0 of "
        "each, for pods that stay Pending because the nodes advertise "
        "networking.gke.io.networks/rdma-0.IP and not rdma-0.",
    )
    nccl: dict[str, str] = Field(
        default={},
        description="NCCL (and other) variables that override the release's set by name, or add to it.",
        examples=[{"NCCL_DEBUG": "VERSION"}],
    )


class Gpudirect(Section):
    """The GPUDirect stack of the platform."""

    release: str | None = Field(
        None,
        description="Released pair of NCCL plugin and receive daemon, by the plugin's version. Default: the "
        "platform's.",
        examples=["v1.0.8-1", "v1.0.15"],
    )
    nccl_plugin_image: str | None = Field(
        None,
        description="NCCL plugin image. Default: the release's.",
        examples=["us-docker.pkg.dev/gce-ai-infra/gpudirect-tcpxo/nccl-plugin-gpudirecttcpx-dev:v1.0.8-1"],
    )
    rxdm_image: str | None = Field(
        None,
        description="Receive daemon image. Default: the release's.",
        examples=["us-docker.pkg.dev/gce-ai-infra/gpudirect-tcpxo/tcpgpudmarxd-dev:v1.0.14"],
    )
    build_type: str | int | None = Field(
        None,
        description="NCCL build that the installer is asked for (223). Default: the release's, if it takes "
        "one.",
        examples=[223],
    )
    use_host_plugin: bool = Field(
        False,
        description="Use the plugin that the cluster's installer DaemonSet puts on the node, instead of "
        "installing one in each pod. On a3-mega, release must then say which one that is.",
    )


class Storage(Section):
    """Where weights are cached and results are kept."""

    bucket: str = Field(
        description="Cloud Storage bucket for results, in the cluster's region, without gs://.",
        examples=["my-bucket"],
    )
    mount_path: str = Field("/gcs", description="Where the bucket is mounted.")
    ssd_mount_path: str = Field(
        "/ssd", description="Where the local SSD is mounted; the model is downloaded there."
    )
    shared_memory: str = Field("250Gi", description="Size limit of /dev/shm.")
    model_cache: Literal["hostPath", "emptyDir"] = Field(
        "hostPath",
        description="hostPath: the node's local SSD, so that a restarted pod finds the weights. emptyDir: "
        "the pod's own ephemeral storage, gone with the pod.",
    )


class ExternalSecretStore(Section):
    """Where external-secrets.io finds the token."""

    store: str = Field("gcp-secret-manager", description="Name of the secret store.")
    store_kind: Literal["ClusterSecretStore", "SecretStore"] = Field(
        "ClusterSecretStore", description="Kind of the secret store."
    )
    key: str | None = Field(
        None,
        description="Name of the secret in the store. Default: huggingface.secretName.",
        examples=["hf-secret"],
    )


class Huggingface(Section):
    """The Hugging Face token: where it comes from, never what it is."""

    secret_name: str = Field("hf-secret", description="Name of the Kubernetes Secret.")
    secret_key: str = Field("hf_api_token", description="Key of the token in the Secret.")
    source: Literal["envFile", "manifest", "externalSecret", "existing"] = Field(
        "envFile",
        description="envFile: kustomize makes the Secret from a file that only the user has. manifest: "
        "secret.yaml with a placeholder, to encrypt. externalSecret: an external-secrets.io ExternalSecret. "
        "existing: nothing is written; the Secret is in the cluster.",
    )
    external_secret: ExternalSecretStore = Field(
        default=ExternalSecretStore(), description="The store of source externalSecret."
    )


class Service(Section):
    """How clients reach the server."""

    type: Literal["ClusterIP", "NodePort", "LoadBalancer"] = Field(
        "ClusterIP", description="Type of the Service."
    )
    port: Annotated[int, Field(ge=1, le=65535)] = Field(
        8000, description="Port of the Service and of the server in the pod."
    )


class Point(Section):
    """One point of a sweep: what it does not say, it takes from spec.benchmark."""

    name: str | None = Field(
        None,
        description="Name of the point in results and comparisons. Default: its lengths and load.",
        examples=["busy"],
    )
    input_len: PositiveInt | None = Field(
        None, description="Tokens in each prompt. Default: benchmark.inputLen.", examples=[1000]
    )
    output_len: PositiveInt | None = Field(
        None, description="Tokens generated for each prompt. Default: benchmark.outputLen.", examples=[1000]
    )
    prompts: PositiveInt | None = Field(
        None, description="Number of prompts. Default: benchmark.prompts.", examples=[1100]
    )
    concurrency: PositiveInt | None = Field(
        None,
        description="Most requests in flight at once. Default: benchmark.concurrency, unless the point has a "
        "requestRate.",
        examples=[32],
    )
    request_rate: PositiveNumber | None = Field(
        None,
        description="Requests sent in a second. Default: benchmark.requestRate, unless the point has a "
        "concurrency.",
        examples=[4.0],
    )
    dataset: Literal["random", "sharegpt"] | None = Field(
        None, description="What the prompts are. Default: benchmark.dataset.", examples=["random"]
    )
    dataset_path: str | None = Field(
        None,
        description="File of the sharegpt prompts, as the pod sees it. Default: benchmark.datasetPath.",
        examples=["/gcs/datasets/sharegpt.json"],
    )


class Goodput(Section):
    """What a request must keep to for goodput to count it, in milliseconds."""

    ttft_ms: PositiveNumber | None = Field(
        None, description="Longest time to the first token.", examples=[500.0]
    )
    tpot_ms: PositiveNumber | None = Field(
        None, description="Longest time for each token after the first.", examples=[50.0]
    )
    e2el_ms: PositiveNumber | None = Field(
        None, alias="e2elMs", description="Longest time from end to end.", examples=[30000.0]
    )


class Benchmark(Section):
    """The serving benchmark: one point, or a sweep over several that run one after another."""

    input_len: PositiveInt = Field(1000, description="Tokens in each prompt.")
    output_len: PositiveInt = Field(1000, description="Tokens generated for each prompt.")
    prompts: PositiveInt = Field(1100, description="Number of prompts.")
    concurrency: PositiveInt | None = Field(
        None, description="Most requests in flight at once. Default: no limit.", examples=[32]
    )
    request_rate: PositiveNumber | None = Field(
        None, description="Requests sent in a second. Default: all at once.", examples=[4.0]
    )
    dataset: Literal["random", "sharegpt"] = Field(
        "random",
        description="random: tokens drawn anew for each run, of the lengths asked for. sharegpt: prompts and "
        "lengths of a file.",
    )
    dataset_path: str | None = Field(
        None,
        description="File of the sharegpt prompts, as the pod sees it: below storage.mountPath.",
        examples=["/gcs/datasets/sharegpt.json"],
    )
    warmup_prompts: Annotated[int, Field(ge=0)] = Field(
        8, description="Random prompts of the same lengths sent before each point is measured; 0 for none."
    )
    goodput: Goodput = Field(
        default=Goodput(), description="Targets: the requests that meet all of them are the goodput."
    )
    points: list[Point] = Field(
        default=[],
        description="Points of a sweep, run one after another. Default: one point, of the values beside it.",
        examples=[[{"concurrency": 16, "prompts": 80}, {"concurrency": 64, "prompts": 320}]],
    )


class Build(Section):
    """Cloud Build."""

    region: str | None = Field(
        None,
        description="Region that Cloud Build runs in. Default: cluster.region.",
        examples=["us-central1"],
    )
    machine_type: str = Field("e2-highcpu-32", description="Machine type of the build.")
    disk_size_gb: PositiveInt = Field(1000, description="Disk of the build, in GB.")
    timeout: str = Field("7200s", description="Time limit of the build, in seconds: 7200s.")


class Toleration(Section):
    """A Kubernetes toleration."""

    key: str | None = Field(None, description="Taint key; every key if absent.", examples=["nvidia.com/gpu"])
    operator: Literal["Exists", "Equal"] = Field("Equal", description="How value is compared.")
    value: str | None = Field(None, description="Taint value.", examples=["present"])
    effect: Literal["NoSchedule", "PreferNoSchedule", "NoExecute"] | None = Field(
        None, description="Taint effect; every effect if absent.", examples=["NoSchedule"]
    )
    toleration_seconds: int | None = Field(
        None, description="Seconds that a NoExecute taint is tolerated.", examples=[300]
    )


class Scheduling(Section):
    """Where the pods land."""

    target_nodes: list[str] = Field(
        default=[],
        description="Host names of the nodes to use; every fitting node if empty.",
        examples=[["gke-my-cluster-a3-0", "gke-my-cluster-a3-1"]],
    )
    queue: str | None = Field(
        None, description="Kueue LocalQueue that admits the groups.", examples=["inference"]
    )
    priority_class: str | None = Field(
        None,
        description="PriorityClass of the pods; it must exist in the cluster.",
        examples=["high-priority"],
    )
    node_selector: dict[str, str] | None = Field(
        None,
        description="Node labels to require. Default: the platform's accelerator label.",
        examples=[{"cloud.google.com/gke-accelerator": "nvidia-h100-mega-80gb"}],
    )
    tolerations: list[Toleration] | None = Field(
        None, description="Tolerations. Default: the platform's (the nvidia.com/gpu taint)."
    )
    exclusive_topology: str | None = Field(
        None,
        description="Node label whose every value holds at most one group (LWS exclusive topology).",
        examples=["cloud.google.com/gke-nodepool"],
    )


class Spec(Section):
    """The recipe."""

    platform: str = Field(description="Machine platform of the nodes.", examples=["a3-mega"])
    model: Model = Field(description="What is served.")
    vllm: Vllm = Field(description="The server: vLLM's version, flags and environment.")
    parallelism: Parallelism = Field(description="How the model is cut over the GPUs of a group.")
    nodes: PositiveInt | None = Field(
        None,
        description="Nodes in one group; tensor x pipeline = nodes x GPUs a node. Default: as many as that "
        "takes.",
        examples=[2],
    )
    replicas: Annotated[int, Field(ge=0, le=1_000_000)] = Field(1, description="Groups, each a whole server.")
    cluster: Cluster = Field(description="The GKE cluster, and the versions that it runs.")
    image: Image = Field(description="The container image.")
    network: Network = Field(default=Network(), description="Pod networking and NCCL.")
    gpudirect: Gpudirect = Field(default=Gpudirect(), description="The GPUDirect stack.")
    storage: Storage = Field(description="Bucket, local SSD and shared memory.")
    service_account_name: str | None = Field(
        None,
        description="Kubernetes service account that may read and write the bucket. Default: metadata.name.",
        examples=["deepseek-r1"],
    )
    huggingface: Huggingface = Field(default=Huggingface(), description="The Hugging Face token's Secret.")
    service: Service = Field(default=Service(), description="The Service in front of the leaders.")
    benchmark: Benchmark = Field(default=Benchmark(), description="The benchmark Job.")
    build: Build = Field(default=Build(), description="Cloud Build settings for the image.")
    scheduling: Scheduling = Field(
        default=Scheduling(), description="Nodes, queue, priority and tolerations."
    )


class Profile(Section):
    """An inference recipe: one model on one GKE platform, served and benchmarked with vLLM."""

    api_version: Literal["r1c.dev/v1alpha1"] = Field(
        description="Version of this format.", examples=["r1c.dev/v1alpha1"]
    )
    kind: Literal["Recipe"] = Field(description="Always Recipe.", examples=["Recipe"])
    extends: str | None = Field(
        None,
        description="Path of a profile that this one completes, from this file: maps are merged, lists and "
        "values replaced, null takes an inherited value away.",
        examples=["base.yaml"],
    )
    metadata: Metadata = Field(description="Name, namespace and labels.")
    spec: Spec = Field(description="The recipe itself.")
