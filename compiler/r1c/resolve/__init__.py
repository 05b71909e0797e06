"""A Recipe and the facts -> the Plan, with a finding for each name that the facts do not have."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from r1c.diagnostics import Code, Finding, Path
from r1c.record import record
from r1c.resolve.benchmark_points import benchmark_of
from r1c.resolve.codes import CODES, FIELDS, Findings
from r1c.resolve.fabric import gpudirect_of, interfaces_of, networks_of
from r1c.resolve.model_weights import Weights, from_hub
from r1c.resolve.plan import Build, Cluster, Image, Network, Plan, Service, Storage, Token
from r1c.resolve.scheduling import scheduling_of
from r1c.resolve.server import Server
from r1c.resolve.serving import group_of, model_of, platform_of, release_of, server_of, startup_seconds

if TYPE_CHECKING:
    from r1c.facts import Platform
    from r1c.profile.model import Recipe, Spec
    from r1c.resolve.claim import Claim
    from r1c.resolve.model_config import Fault

__all__ = ["CODES", "FIELDS", "Resolved", "digest", "resolve"]


@record
class Resolved:
    """The plan, and the names that were not found, each replaced by a placeholder."""

    plan: Plan
    findings: tuple[tuple[Code, Finding], ...]


def resolve(
    recipe: Recipe,
    data: Mapping[str, Any],
    doubtful: frozenset[Path],
    model_config: Mapping[str, Any] | Fault | None = None,
) -> Resolved:
    """Fill in every default.

    `data` is the profile as plain data, for its digest; `model_config` is the parsed file of
    spec.model.config.
    """
    spec, name = recipe.spec, recipe.metadata.name
    findings: Findings = []
    platform = platform_of(spec.platform, findings)
    release = release_of(spec.vllm.version, findings, doubtful)
    version = f"v{spec.vllm.version.removeprefix('v')}"
    model = model_of(spec, model_config, findings)
    group = group_of(spec, platform)
    networks = networks_of(spec, platform, findings)
    by_claim = spec.network.mode == "dranet"
    gpudirect = gpudirect_of(spec, platform, group, findings)
    server = server_of(spec, version, release, group)
    weights = _weights(spec, server)
    startup = startup_seconds(model.architecture, group, platform, weights.bytes_per_second)
    unknown = frozenset(finding.path for _, finding in findings)
    store = spec.huggingface.external_secret
    plan = Plan(
        name=name,
        namespace=recipe.metadata.namespace,
        labels=recipe.metadata.labels,
        annotations=recipe.metadata.annotations,
        platform=platform,
        model=model,
        weights=weights,
        server=server,
        group=group,
        cluster=Cluster(
            spec.cluster.project,
            spec.cluster.name,
            spec.cluster.region,
            spec.cluster.gke,
            spec.cluster.lws,
            spec.cluster.kueue,
            spec.cluster.location,
        ),
        image=Image(
            spec.image.registry.rstrip("/"),
            spec.image.name,
            spec.image.tag or version,
            spec.image.digest,
        ),
        network=Network(
            spec.network.mode == "host",
            networks,
            () if by_claim else interfaces_of(networks, platform, group),
            spec.network.nccl,
            spec.network.rdma_requests == "zero",
            by_claim,
            _claim(platform, group.nodes) if by_claim else None,
        ),
        gpudirect=gpudirect,
        storage=Storage(
            spec.storage.bucket,
            spec.storage.mount_path,
            spec.storage.ssd_mount_path,
            spec.storage.shared_memory,
            spec.storage.model_cache == "hostPath",
        ),
        service_account=spec.service_account_name or name,
        token=Token(
            spec.huggingface.secret_name,
            spec.huggingface.secret_key,
            spec.huggingface.source,
            store.store,
            store.store_kind,
            store.key or spec.huggingface.secret_name,
        ),
        service=Service(f"{name}-svc", spec.service.type, spec.service.port),
        benchmark=benchmark_of(spec.benchmark, startup + group.forming_seconds),
        build=Build(
            spec.build.region or spec.cluster.region,
            spec.build.machine_type,
            spec.build.disk_size_gb,
            spec.build.timeout,
        ),
        scheduling=scheduling_of(spec, platform),
        startup_seconds=startup,
        digest=digest({"profile": data, "config": model_config} if isinstance(model_config, dict) else data),
        doubtful=doubtful | unknown,
        given=frozenset(_paths(data, (), [])),
        **_blocks(spec, startup, group.data),
    )
    return Resolved(plan, tuple(finding for finding in findings if finding[1].path not in doubtful))


def _claim(platform: Platform, nodes: int) -> Claim | None:
    from r1c.resolve.claim import claim_of

    return claim_of(platform, nodes)


def _weights(spec: Spec, server: Server) -> Weights:
    if spec.model.source is None:
        return from_hub(spec.model.id)
    from r1c.resolve.model_source import weights_of

    arguments = {argument.meant: argument.value for argument in server.arguments}
    return weights_of(spec, spec.model.source, arguments)


def _blocks(spec: Spec, startup_seconds: int, engines: int) -> dict[str, Any]:
    """Return the optional blocks that the profile has, by their fields in the plan.

    `engines` is the number of data parallel ranks of a group: each is an engine with its own metrics.
    """
    blocks: dict[str, Any] = {}
    if spec.monitoring:
        from r1c.resolve.monitoring import monitoring_of

        blocks["monitoring"] = monitoring_of(spec)
    if spec.disruption or spec.rollout:
        from r1c.resolve.disruption import disruption_of, rollout_of

        blocks |= {"disruption": disruption_of(spec), "rollout": rollout_of(spec)}
    if spec.protection:
        from r1c.resolve.protection import protection_of

        blocks["protection"] = protection_of(spec)
    if spec.scaling:
        from r1c.resolve.scaling import scaling_of

        blocks["scaling"] = scaling_of(spec, startup_seconds, engines)
    if spec.gateway:
        from r1c.resolve.gateway import gateway_of

        blocks["gateway"] = gateway_of(spec)
    if spec.provisioning:
        from r1c.resolve.provisioning import provisioning_of

        blocks["provisioning"] = provisioning_of(spec)
    return blocks


def digest(data: Mapping[str, Any]) -> str:
    """Return the sha256 of a profile's data as hexadecimal digits.

    Comments, order and layout do not count.
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
