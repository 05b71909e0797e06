"""A Profile and the facts -> the Plan, with a finding for each name that the facts do not have."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from r1c import facts
from r1c import plan as ir
from r1c.diagnostics import Code, Finding, Path, Severity
from r1c.facts import vllm
from r1c.model_config import Fault, architecture
from r1c.record import record
from r1c.suggest import advice, listed

if TYPE_CHECKING:
    from r1c.profile import Benchmark, Point, Profile, Spec, Toleration

PLATFORM = Code(
    "R1C107",
    "unknown-platform",
    Severity.ERROR,
    "The platform is none that r1c knows",
    "GPUs, NICs, networks and the GPUDirect stack all follow from the platform (facts/platforms/).",
    "spec:\n  platform: a3-maga\n",
    "Use one of the platforms listed.",
)
VERSION = Code(
    "R1C401",
    "version-not-a-release",
    Severity.ERROR,
    "The vLLM version is no release that r1c has facts for",
    "`latest` and branches change under the same name, so the pods of one group can run different builds, "
    "and no flag "
    "can be checked (evidence.md, IMG001).",
    "spec:\n  vllm:\n    version: latest\n",
    "Write a released version as its tag, such as v0.7.3.",
)
RELEASE = Code(
    "R1C501",
    "unknown-gpudirect-release",
    Severity.ERROR,
    "The GPUDirect release is none that was published",
    "Plugin, daemon and NCCL environment belong together (facts/tcpxo.yaml; evidence.md, NET005).",
    "spec:\n  gpudirect:\n    release: v1.0.10\n",
    "Use one of the releases listed.",
)
NAMING = Code(
    "R1C502",
    "unknown-naming",
    Severity.ERROR,
    "The network naming is none of the platform's",
    "Each way of creating a cluster names its Network objects differently (facts/platforms/).",
    "spec:\n  network:\n    naming: vpcs\n",
    "Use one of the namings listed, or list the names under subnetworks.",
)

CONFIG = Code(
    "R1C314",
    "model-config-incomplete",
    Severity.ERROR,
    "The model's config.json lacks what the checks need",
    "Weights, KV cache and the cut over GPUs follow from the sizes in config.json; with some missing, every "
    "figure would be a guess (facts/models.yaml has the same fields).",
    "spec:\n  model:\n    config: {num_hidden_layers: 61}\n",
    "Give the whole config.json of the model's repository.",
)

CODES = (PLATFORM, VERSION, RELEASE, NAMING, CONFIG)

_STARTUP_STEP = 600


@record
class Resolved:
    """The plan, and the names that were not found; a stand-in was used for each."""

    plan: ir.Plan
    findings: tuple[tuple[Code, Finding], ...]


def resolve(
    profile: Profile,
    data: Mapping[str, Any],
    doubtful: frozenset[Path],
    model_config: Mapping[str, Any] | Fault | None = None,
) -> Resolved:
    """Fill in every default. `data` is the profile as plain data, for its digest; `model_config` is the file
    that spec.model.config names, read.
    """
    spec, name = profile.spec, profile.metadata.name
    findings: list[tuple[Code, Finding]] = []
    platform = _platform(spec.platform, findings)
    release = _release(spec.vllm.version, findings, doubtful)
    version = f"v{spec.vllm.version.removeprefix('v')}"
    model = _model(spec, model_config, findings)
    group = _group(spec, platform)
    networks = _networks(spec, platform, findings)
    gpudirect = _gpudirect(spec, platform, group, findings)
    unknown = frozenset(finding.path for _, finding in findings)
    store = spec.huggingface.external_secret
    plan = ir.Plan(
        name=name,
        namespace=profile.metadata.namespace,
        labels=profile.metadata.labels,
        annotations=profile.metadata.annotations,
        platform=platform,
        model=model,
        server=_server(spec, version, release, group),
        group=group,
        cluster=ir.Cluster(
            spec.cluster.project,
            spec.cluster.name,
            spec.cluster.region,
            spec.cluster.gke,
            spec.cluster.lws,
            spec.cluster.kueue,
        ),
        image=ir.Image(
            spec.image.registry.rstrip("/"),
            spec.image.name,
            spec.image.tag or version,
            spec.image.digest,
        ),
        network=ir.Network(
            spec.network.mode == "host", networks, _interfaces(networks, platform, group), spec.network.nccl
        ),
        gpudirect=gpudirect,
        storage=ir.Storage(
            spec.storage.bucket,
            spec.storage.mount_path,
            spec.storage.ssd_mount_path,
            spec.storage.shared_memory,
            spec.storage.model_cache == "hostPath",
        ),
        service_account=spec.service_account_name or name,
        token=ir.Token(
            spec.huggingface.secret_name,
            spec.huggingface.secret_key,
            spec.huggingface.source,
            store.store,
            store.store_kind,
            store.key or spec.huggingface.secret_name,
        ),
        service=ir.Service(f"{name}-svc", spec.service.type, spec.service.port),
        benchmark=_benchmark(spec.benchmark),
        build=ir.Build(
            spec.build.region or spec.cluster.region,
            spec.build.machine_type,
            spec.build.disk_size_gb,
            spec.build.timeout,
        ),
        scheduling=_scheduling(spec, platform),
        startup_seconds=_startup_seconds(model.architecture, group, platform),
        digest=digest({"profile": data, "config": model_config} if isinstance(model_config, dict) else data),
        doubtful=doubtful | unknown,
        given=frozenset(_paths(data, (), [])),
    )
    return Resolved(plan, tuple(finding for finding in findings if finding[1].path not in doubtful))


def digest(data: Mapping[str, Any]) -> str:
    """Return the sha256 of a profile's data as hexadecimal digits; comments, order and layout do not
    count.
    """
    text = json.dumps(data, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _paths(value: Any, path: Path, found: list[Path]) -> list[Path]:
    """Return the path of everything that has a value, behind those found before."""
    if value is not None:
        found.append(path)
    if isinstance(value, dict):
        for key, item in value.items():
            _paths(item, (*path, key), found)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            _paths(item, (*path, index), found)
    return found


def _platform(name: str, findings: list[tuple[Code, Finding]]) -> facts.Platform:
    if name in facts.platforms():
        return facts.platform(name)
    help_ = advice(name, facts.platforms(), "platforms")
    findings.append((PLATFORM, Finding(("spec", "platform"), f"r1c knows no platform {name}", help_)))
    return facts.platform(facts.platforms()[0])


def _release(version: str, findings: list[tuple[Code, Finding]], doubtful: frozenset[Path]) -> str:
    path: Path = ("spec", "vllm", "version")
    known = vllm.sampled(version)
    if known:
        return known
    newest, oldest = vllm.versions()[-1], vllm.versions()[0]
    if path not in doubtful:
        if vllm.key(version) is None:
            message, help_ = (
                f"{version} is no vLLM release",
                f"write the tag of a release, from {oldest} to {newest}",
            )
        else:
            message = f"vLLM {version} is older than {oldest}, the oldest release that r1c has facts for"
            help_ = f"use {oldest} or newer"
        findings.append((VERSION, Finding(path, message, help_)))
    return newest


def _model(
    spec: Spec, read: Mapping[str, Any] | Fault | None, findings: list[tuple[Code, Finding]]
) -> ir.ServedModel:
    """Take the model as its config.json describes it, else as the facts know it."""
    asked = spec.model
    config = asked.config if isinstance(asked.config, dict) else read
    known = facts.architecture(asked.id)
    if config is not None:
        described = config if isinstance(config, Fault) else architecture(asked.id, config)
        if isinstance(described, Fault):
            findings.append((CONFIG, Finding(("spec", "model", "config"), described.message, described.help)))
        else:
            known = described
    return ir.ServedModel(asked.id, asked.revision, asked.served_name or asked.id, known)


def _group(spec: Spec, platform: facts.Platform) -> ir.Group:
    cut = spec.parallelism
    data = _size(spec, "data-parallel-size")
    context = _size(spec, "prefill-context-parallel-size")
    ranks = cut.tensor * cut.pipeline * data * context
    nodes = spec.nodes or math.ceil(ranks / platform.gpus_per_node)
    return ir.Group(cut.tensor, cut.pipeline, nodes, spec.replicas, platform.gpus_per_node, data, context)


def _size(spec: Spec, flag: str) -> int:
    """Read a parallel size of vllm.args; 1 where it is absent or no size."""
    given = [value for name, value in spec.vllm.args.items() if vllm.canonical(name) == flag]
    sizes = [value for value in given if isinstance(value, int) and not isinstance(value, bool)]
    return max(1, *sizes) if sizes else 1


def _server(spec: Spec, version: str, release: str, group: ir.Group) -> ir.Server:
    executor: ir.Executor
    if group.nodes == 1:
        executor = "single"
    elif group.data > 1:
        executor = "data"
    elif spec.vllm.executor == "auto":
        executor = "ray" if vllm.ray_in_image(release) else "native"
    else:
        executor = spec.vllm.executor
    arguments = tuple(
        ir.Argument(name, vllm.canonical(name), value, vllm.flag("serve", name, release))
        for name, value in spec.vllm.args.items()
    )
    return ir.Server(version, release, arguments, spec.vllm.env, executor, spec.vllm.executor)


def _networks(spec: Spec, platform: facts.Platform, findings: list[tuple[Code, Finding]]) -> tuple[str, ...]:
    if spec.network.subnetworks is not None:
        return tuple(spec.network.subnetworks)
    naming = spec.network.naming or platform.default_naming
    if naming not in platform.namings:
        message = f"{platform.id} has no network naming {naming}"
        help_ = f"write {listed(platform.namings)}, or list the names under network.subnetworks"
        findings.append((NAMING, Finding(("spec", "network", "naming"), message, help_)))
        naming = platform.default_naming
    return tuple(name.replace("{cluster}", spec.cluster.name) for name in platform.namings[naming])


def _interfaces(
    networks: tuple[str, ...], platform: facts.Platform, group: ir.Group
) -> tuple[ir.Interface, ...]:
    """Pair the networks with the platform's interface set of their number; one node has the pod network
    alone.
    """
    if group.nodes == 1:
        return ()
    fitting = (names for names in platform.interface_sets if len(names) == len(networks))
    pairs = zip(next(fitting, platform.interfaces), networks, strict=False)
    return tuple(ir.Interface(name, network) for name, network in pairs)


def _gpudirect(
    spec: Spec, platform: facts.Platform, group: ir.Group, findings: list[tuple[Code, Finding]]
) -> ir.Gpudirect:
    asked, known = spec.gpudirect, facts.releases(platform.stack)
    name = asked.release or platform.default_release
    if name not in known:
        message = f"no GPUDirect release of {platform.id} is called {name}"
        findings.append((RELEASE, Finding(("spec", "gpudirect", "release"), message, f"use {listed(known)}")))
        name = platform.default_release
    if group.nodes == 1:
        none = facts.release("none", "none")
        library = facts.table("none")["data"]["hostLibrary"]
        return ir.Gpudirect(
            "none", "none", none.plugin_image, none.rxdm_image, (), None, True, library, "", {}, ""
        )
    release, stack = facts.release(platform.stack, name), facts.table(platform.stack)["data"]
    on_host = asked.use_host_plugin or stack.get("onlyHostPlugin", False)
    library = stack["hostLibrary"] if on_host else stack["library"]
    return ir.Gpudirect(
        platform.stack,
        name,
        asked.nccl_plugin_image or release.plugin_image,
        asked.rxdm_image or release.rxdm_image,
        release.rxdm_flags,
        str(asked.build_type) if asked.build_type is not None else release.build_type,
        on_host,
        library,
        stack.get("pluginDirectory", ""),
        {name: value.replace("{lib}", library) for name, value in release.environment.items()},
        release.script,
    )


def _benchmark(asked: Benchmark) -> ir.Benchmark:
    place: Path = ("spec", "benchmark")
    points = tuple(
        _point(asked, point, (*place, "points", index)) for index, point in enumerate(asked.points)
    )
    goodput = {
        "ttft": asked.goodput.ttft_ms,
        "tpot": asked.goodput.tpot_ms,
        "e2el": asked.goodput.e2el_ms,
    }
    return ir.Benchmark(
        points or (_point(asked, None, place),),
        asked.warmup_prompts,
        {name: target for name, target in goodput.items() if target is not None},
    )


def _point(section: Benchmark, own: Point | None, place: Path) -> ir.Point:
    """Fill in a point from its section; a point that has a load of its own takes none from there."""
    point: Benchmark | Point = own or section
    loaded = point if point.concurrency or point.request_rate else section
    dataset = point.dataset or section.dataset
    path = point.dataset_path or section.dataset_path if dataset == "sharegpt" else None
    lengths = (point.input_len or section.input_len, point.output_len or section.output_len)
    name = f"{lengths[0]}-in-{lengths[1]}-out"
    if dataset == "sharegpt":
        figures = facts.default("sharegpt")
        name, lengths = dataset, (int(figures["inputLen"]), int(figures["outputLen"]))
    if loaded.concurrency:
        name += f"-{loaded.concurrency}-at-once"
    if loaded.request_rate:
        name += f"-{loaded.request_rate:g}-a-second"
    return ir.Point(
        (own and own.name) or name,
        *lengths,
        point.prompts or section.prompts,
        loaded.concurrency,
        loaded.request_rate,
        dataset,
        path,
        place,
    )


def _scheduling(spec: Spec, platform: facts.Platform) -> ir.Scheduling:
    asked = spec.scheduling
    tolerations: tuple[Mapping[str, Any], ...] = platform.tolerations
    if asked.tolerations is not None:
        tolerations = tuple(_toleration(item) for item in asked.tolerations)
    selector = asked.node_selector
    return ir.Scheduling(
        tuple(asked.target_nodes),
        asked.queue,
        asked.priority_class,
        {"cloud.google.com/gke-accelerator": platform.accelerator_label} if selector is None else selector,
        tolerations,
        asked.exclusive_topology,
    )


def _toleration(asked: Toleration) -> Mapping[str, Any]:
    """Return a toleration as Kubernetes has it."""
    given = {
        "key": asked.key,
        "operator": asked.operator,
        "value": asked.value,
        "effect": asked.effect,
        "tolerationSeconds": asked.toleration_seconds,
    }
    return {name: value for name, value in given.items() if value is not None}


def _startup_seconds(model: facts.Architecture | None, group: ir.Group, platform: facts.Platform) -> int:
    """Twice the time to download and load; an unknown model counts as one that fills the GPUs
    (facts/defaults.yaml).
    """
    figures = facts.default("startup")
    size = model.checkpoint_bytes if model else None
    if size is None:
        size = int(group.gpus * platform.gpu_memory_gib * 2**30)
    estimate = size / int(figures["downloadBytesPerSecond"]) + int(figures["overheadSeconds"])
    return _STARTUP_STEP * math.ceil(int(figures["factor"]) * estimate / _STARTUP_STEP)
