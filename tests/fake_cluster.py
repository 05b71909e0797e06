"""A cluster that takes a recipe, its edits, and the snapshots and answers that kubectl would make of it."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from conftest import REPO
from r1c import facts, pipeline
from r1c.lower import lower, resource_requests, runbook
from r1c.preflight import requests
from r1c.preflight.requests import Request
from r1c.resolve.plan import Plan

BASE: dict[str, Any] = yaml.safe_load(
    (REPO / "tests" / "preflight" / "base.yaml").read_text(encoding="utf-8")
)
NODES = 3
ADVERTISED = "networking.gke.io.networks/"
VERSION = {"major": "1", "minor": "35", "gitVersion": "v1.35.6-gke.1127000"}
APIS = {
    "kind": "APIGroupList",
    "apiVersion": "v1",
    "groups": [
        {"name": "resource.k8s.io", "versions": [{"groupVersion": "resource.k8s.io/v1", "version": "v1"}]}
    ],
}

Object = dict[str, Any]


def merged(base: Any, patch: Any) -> Any:
    """Apply a JSON merge patch: null removes a key."""
    if not isinstance(base, Mapping) or not isinstance(patch, Mapping):
        return patch
    found = {key: merged(base.get(key), value) for key, value in patch.items() if value is not None}
    return {key: value for key, value in base.items() if patch.get(key, value) is not None} | found


def profile(patch: Any) -> bytes:
    """Return the base profile with a patch."""
    base = yaml.safe_load((REPO / "tests" / "base.yaml").read_text(encoding="utf-8"))
    return yaml.safe_dump(merged(base, patch or {}), sort_keys=False).encode()


def plan_of(content: bytes) -> Plan:
    checked = pipeline.analyse("profile.yaml", content)
    assert checked.plan, [(item.code, item.message) for item in checked.diagnostics]
    return checked.plan


def cluster(plan: Plan, count: int = NODES) -> list[Object]:
    """Return the objects of a cluster that takes a plan."""
    names = runbook.networks(plan)
    rdma = bool(facts.stack(plan.platform.stack).rdma_prefix)
    gpus = {item.network for item in plan.network.interfaces if item.name in plan.platform.gpu_interfaces}
    modes = {name: "RDMA" if rdma and name in gpus else "NetDevice" for name in names}
    found = [node(plan, number, names) for number in range(count)]
    for name in names:
        found += [
            merged(BASE["network"], {"metadata": {"name": name}, "spec": {"parametersRef": {"name": name}}}),
            merged(BASE["parameters"], {"metadata": {"name": name}, "spec": {"deviceMode": modes[name]}}),
        ]
    if plan.network.claim:
        found += [*map(slice_of, range(count)), *copy.deepcopy(BASE["claims"])]
    return [*found, *copy.deepcopy(BASE["objects"])]


def slice_of(number: int) -> Object:
    name = f"gke-my-cluster-pool-{number}"
    change = {"metadata": {"name": f"{name}-mrdma"}, "spec": {"nodeName": name, "pool": {"name": name}}}
    found: Object = merged(BASE["slice"], change)
    return found


def node(plan: Plan, number: int, networks: list[str]) -> Object:
    name, platform = f"gke-my-cluster-pool-{number}", plan.platform
    labels = {
        "beta.kubernetes.io/instance-type": platform.machine_type,
        "node.kubernetes.io/instance-type": platform.machine_type,
        "cloud.google.com/gke-accelerator": platform.accelerator_label,
        "kubernetes.io/hostname": name,
        **plan.node_selector,
    }
    own = {f"{ADVERTISED}{item}{end}": "1" for item in networks for end in ("", ".IP")}
    size = {
        "cpu": f"{int(resource_requests.allocatable_cpus(platform) * 1000)}m",
        "memory": f"{int(resource_requests.allocatable_memory(platform) * 2**20)}Ki",
    }
    change = {"metadata": {"name": name, "labels": labels}, "status": {"allocatable": {**size, **own}}}
    found: Object = merged(BASE["node"], change)
    return found


def edited(objects: list[Object], edit: Mapping[str, Any]) -> list[Object]:
    """Apply edits: "Kind name" (or "Kind *") with a merge patch, null for none; and objects under "add"."""
    found = list(objects)
    for target, patch in edit.items():
        if target == "add":
            found += patch
            continue
        kind, name = target.split(" ")
        hits = [item for item in found if item["kind"] == kind and name in ("*", item["metadata"]["name"])]
        assert hits, target
        for item in hits:
            at = found.index(item)
            found[at : at + 1] = [] if patch is None else [merged(item, patch)]
    return found


def wanted(plan: Plan) -> tuple[Request, ...]:
    return requests.every(plan, lower(plan))


def snapshot(
    plan: Plan, objects: list[Object], drop: tuple[str, ...] = (), refuse: tuple[str, ...] = ()
) -> str:
    """Return the file that the printed commands would write; without the requests of `drop`."""
    lines = []
    for request in wanted(plan):
        if request.name in drop:
            continue
        lines.append(json.dumps({"asked": request.name}))
        missing = request.definition and not any(
            item["metadata"]["name"] == request.definition for item in objects
        )
        if not missing and request.name not in refuse:
            lines += [json.dumps(item) for item in answer(request, objects)]
        lines.append(json.dumps({"status": int(bool(missing) or request.name in refuse)}))
    return "\n".join(lines) + "\n"


def answer(request: Request, objects: list[Object]) -> list[Object]:
    """Return the documents that kubectl prints for a request."""
    if request.kind == "APIGroupList":
        return [next((item for item in objects if item["kind"] == "APIGroupList"), APIS)]
    if request.kind == "Version":
        return [next((item for item in objects if item["kind"] == "Version"), VERSION)]
    found = [item for item in objects if item["kind"] == request.kind and _meant(item, request)]
    if request.kind == "Secret":
        return [
            {
                "kind": "Secret",
                "apiVersion": "v1",
                "metadata": item["metadata"],
                "keys": list(item.get("data", {})),
            }
            for item in found
        ]
    single = request.object and not request.name.startswith("controller")
    return (
        found if single or request.kind == "Pod" else [{"kind": "List", "apiVersion": "v1", "items": found}]
    )


def _meant(item: Object, request: Request) -> bool:
    meta = item["metadata"]
    named = not request.object or meta["name"] == request.object
    return named and (not request.namespace or meta.get("namespace") == request.namespace)


def write(folder: Path, content: bytes, text: str) -> tuple[Path, Path]:
    """Write a profile and its snapshot."""
    paths = folder / "profile.yaml", folder / "snapshot.json"
    paths[0].write_bytes(content)
    paths[1].write_text(text, encoding="utf-8")
    return paths
