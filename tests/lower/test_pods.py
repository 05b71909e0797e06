"""What the serving pods carry: the environment, host paths, requests and the API token."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from r1c import facts, pipeline
from r1c.check.rules.storage import quantity
from r1c.lower.resource_requests import allocatable_cpus, allocatable_memory
from r1c.record import replace

REPO = Path(__file__).resolve().parents[2]
BASE = (REPO / "tests" / "base.yaml").read_text(encoding="utf-8")
GROUPS = sorted(
    [*REPO.glob("out/*/leaderworkerset.yaml"), *REPO.glob("tests/cases/*/out/leaderworkerset.yaml")]
)
JOBS = sorted(REPO.glob("out/*/benchmark/job.yaml"))
SERVED_ON_ONE_NODE = BASE.replace("deepseek-ai/DeepSeek-R1", "openai/gpt-oss-120b").replace(
    "v0.7.3", "v0.11.0"
)
NO_PLUGINS = {"NCCL_NET_PLUGIN": "none", "NCCL_TUNER_PLUGIN": "none"}

Pod = dict[str, Any]


def of_one_node(gpus: int, platform: str = "a3-mega", more: str = "") -> str:
    """Return the profile of a group that uses so many GPUs of one node."""
    text = SERVED_ON_ONE_NODE.replace("pipeline: 2", "pipeline: 1").replace("nodes: 2", "nodes: 1")
    return text.replace("tensor: 8", f"tensor: {gpus}").replace("a3-mega", platform) + more


def files(profile: str) -> dict[str, str]:
    checked = pipeline.analyse("profile.yaml", profile.encode())
    assert checked.plan, [item.message for item in checked.diagnostics]
    return {path: content.decode() for path, content in pipeline.build(checked.plan).items()}


def pods(group: Any) -> Iterator[Pod]:
    template = group["spec"]["leaderWorkerTemplate"]
    yield from (template[role]["spec"] for role in ("leaderTemplate", "workerTemplate"))


def leader(profile: str) -> Pod:
    return next(pods(yaml.safe_load(files(profile)["leaderworkerset.yaml"])))


def environment(pod: Pod) -> dict[str, str]:
    (server,) = pod["containers"]
    return {entry["name"]: entry["value"] for entry in server["env"] if "value" in entry}


def name(path: Path) -> str:
    return path.parent.parent.name if path.parent.name == "out" else path.parent.name


# The plugins in the driver's folder of the node


def test_committed_recipes_of_one_node_load_no_plugin_of_the_node() -> None:
    found = {
        path.parent.name: yaml.safe_load(path.read_text()) for path in REPO.glob("out/*/leaderworkerset.yaml")
    }
    of_one = [key for key, group in found.items() if group["spec"]["leaderWorkerTemplate"]["size"] == 1]
    assert sorted(key for key in of_one if key.endswith("a3mega")) == [
        "gpt-oss-120b-a3mega",
        "llama-3-3-70b-a3mega",
        "llama-4-maverick-a3mega",
        "llama-4-scout-a3mega",
        "minimax-m2-a3mega",
        "qwen3-235b-2507-a3mega",
        "qwen3-235b-a3mega",
    ]
    for key in of_one:
        for pod in pods(found[key]):
            assert NO_PLUGINS.items() <= environment(pod).items()


@pytest.mark.parametrize("platform", facts.platforms())
@pytest.mark.parametrize("gpus", [4, 8])
def test_a_group_of_one_node_loads_no_plugin_on_any_platform(platform: str, gpus: int) -> None:
    assert NO_PLUGINS.items() <= environment(leader(of_one_node(gpus, platform))).items()


def test_a_platform_that_has_its_plugins_elsewhere_sets_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    elsewhere = replace(facts.stack("tcpxo"), without_driver_plugins={})
    stacks = {"tcpxo": elsewhere, "none": facts.stack("none")}
    monkeypatch.setattr(facts, "stack", stacks.__getitem__)
    assert not NO_PLUGINS.keys() & environment(leader(of_one_node(8))).keys()


@pytest.mark.parametrize(
    "more", ["  network: {nccl: {NCCL_NET_PLUGIN: mine}}\n", "    env: {NCCL_NET_PLUGIN: mine}\n"]
)
def test_the_users_own_plugin_wins(more: str) -> None:
    profile = of_one_node(8)
    profile = (
        profile + more if "network" in more else profile.replace("  parallelism:", f"{more}  parallelism:")
    )
    found = environment(leader(profile))
    assert (found["NCCL_NET_PLUGIN"], found["NCCL_TUNER_PLUGIN"]) == ("mine", "none")


def test_several_nodes_load_the_plugin_of_the_release() -> None:
    found = environment(leader(BASE))
    assert found["NCCL_TUNER_PLUGIN"] == "libnccl-tuner.so"
    assert "NCCL_NET_PLUGIN" not in found


# Downloads and caches


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ("v0.7.3", {"HF_HUB_ENABLE_HF_TRANSFER": "1"}),
        ("v0.8.2", {"HF_HUB_ENABLE_HF_TRANSFER": "1"}),
        ("v0.8.3", {"HF_XET_HIGH_PERFORMANCE": "1"}),
        ("v0.11.0", {"HF_XET_HIGH_PERFORMANCE": "1"}),
        ("v0.33.0", {"HF_XET_HIGH_PERFORMANCE": "1"}),
    ],
)
def test_each_release_downloads_by_what_its_image_has(version: str, expected: dict[str, str]) -> None:
    made = files(of_one_node(8).replace("v0.11.0", version).replace("openai/gpt-oss-120b", "Qwen/Qwen3-30B"))
    found = environment(next(pods(yaml.safe_load(made["leaderworkerset.yaml"]))))
    assert {key: value for key, value in found.items() if key.startswith(("HF_HUB", "HF_XET"))} == expected
    assert ("'hf_transfer==0.1.9'" in made["image/Dockerfile"]) == ("HF_HUB_ENABLE_HF_TRANSFER" in expected)


def test_an_image_that_lacks_nothing_is_built_unchanged() -> None:
    header, *lines = files(of_one_node(8))["image/Dockerfile"].splitlines()
    assert header.startswith("# Generated by r1c")
    assert lines == ["FROM vllm/vllm-openai:v0.11.0"]


@pytest.mark.parametrize("cache", ["hostPath", "emptyDir"])
def test_compiled_code_is_kept_on_the_ssd(cache: str) -> None:
    storage = f"    ssdMountPath: /scratch\n    modelCache: {cache}\n    bucket:"
    pod = leader(BASE.replace("    bucket:", storage))
    found = environment(pod)
    assert found["VLLM_CACHE_ROOT"] == "/scratch/vllm"
    assert found["TRITON_CACHE_DIR"] == "/scratch/triton/cache"
    assert "TORCHINDUCTOR_CACHE_DIR" not in found
    (mount,) = (one for one in pod["containers"][0]["volumeMounts"] if one["mountPath"] == "/scratch")
    (volume,) = (one for one in pod["volumes"] if one["name"] == mount["name"])
    assert cache in volume


def test_the_users_own_cache_wins() -> None:
    profile = of_one_node(4).replace(
        "  parallelism:", "    env: {VLLM_CACHE_ROOT: /gcs/cache}\n  parallelism:"
    )
    found = environment(leader(profile))
    assert found["VLLM_CACHE_ROOT"] == "/gcs/cache"
    assert found["TRITON_CACHE_DIR"] == "/ssd/triton/cache/$(POD_NAME)"


@pytest.mark.parametrize(
    ("gpus", "cache", "own"), [(4, "hostPath", True), (4, "emptyDir", False), (8, "hostPath", False)]
)
def test_servers_that_share_a_node_have_caches_of_their_own(gpus: int, cache: str, own: bool) -> None:
    pod = leader(of_one_node(gpus).replace("    bucket:", f"    modelCache: {cache}\n    bucket:"))
    names = [entry["name"] for entry in pod["containers"][0]["env"]]
    root = environment(pod)["VLLM_CACHE_ROOT"]
    assert root == ("/ssd/vllm/$(POD_NAME)" if own else "/ssd/vllm")
    # The kubelet fills in only what is above in the list.
    assert ("POD_NAME" in names[: names.index("VLLM_CACHE_ROOT")]) == own


NIXL = "VLLM_NIXL_SIDE_CHANNEL_HOST"


@pytest.mark.parametrize(
    "connector",
    [
        "{kv_connector: NixlConnector, kv_role: kv_both}",
        """'{"kv_connector": "NixlConnector", "kv_role": "kv_both"}'""",
        "{kv_connector: MultiConnector, kv_role: kv_both, kv_connector_extra_config: {connectors: "
        "[{kv_connector: NixlConnector, kv_role: kv_both}]}}",
    ],
)
def test_a_server_with_nixl_is_found_at_its_pod(connector: str) -> None:
    profile = of_one_node(8).replace("    args:\n", f"    args:\n      kv-transfer-config: {connector}\n")
    (server,) = leader(profile)["containers"]
    (found,) = (entry for entry in server["env"] if entry["name"] == NIXL)
    assert found["valueFrom"]["fieldRef"]["fieldPath"] == "status.podIP"


def test_the_users_own_nixl_address_wins() -> None:
    profile = of_one_node(8).replace(
        "    args:\n",
        f"    env: {{{NIXL}: 10.0.0.1}}\n"
        "    args:\n      kv-transfer-config: {kv_connector: NixlConnector, kv_role: kv_both}\n",
    )
    assert environment(leader(profile))[NIXL] == "10.0.0.1"


def test_a_server_that_keeps_its_cache_has_no_nixl_address() -> None:
    (server,) = leader(of_one_node(8))["containers"]
    assert NIXL not in {entry["name"] for entry in server["env"]}


def test_no_setting_for_training_is_written() -> None:
    for path in GROUPS:
        for pod in pods(yaml.safe_load(path.read_text())):
            assert not [key for key in environment(pod) if key.startswith(("NVTE_", "TORCH_DISTRIBUTED_"))]


# Host paths, the API token


@pytest.mark.parametrize("path", GROUPS, ids=name)
def test_every_folder_of_the_node_has_a_type(path: Path) -> None:
    made = {"tcpx-socket": "DirectoryOrCreate"}
    for pod in pods(yaml.safe_load(path.read_text())):
        volumes = [volume for volume in pod["volumes"] if "hostPath" in volume]
        assert volumes
        for volume in volumes:
            assert volume["hostPath"]["type"] == made.get(volume["name"], "Directory")


@pytest.mark.parametrize("path", [*GROUPS, *JOBS], ids=lambda path: f"{name(path)}-{path.stem}")
def test_no_pod_gets_a_token_of_the_kubernetes_api(path: Path) -> None:
    item = yaml.safe_load(path.read_text())
    for pod in [item["spec"]["template"]["spec"]] if item["kind"] == "Job" else pods(item):
        assert pod["automountServiceAccountToken"] is False


# Requests


def amounts(pod: Pod) -> dict[str, float]:
    """Return the cores and bytes that the scheduler counts for a pod.

    They are those of its containers, the sidecars among the init containers and the bucket's sidecar, or
    of an init container that requests more.
    """
    total = {"cpu": 0.25, "memory": 256 * 2.0**20, "ephemeral-storage": 5 * 2.0**30}
    for container in [*pod.get("initContainers", []), *pod["containers"]]:
        asked = container["resources"]["requests"]
        if container in pod["containers"] or container.get("restartPolicy") == "Always":
            for key in total:
                total[key] += number(asked.get(key, 0))
        else:
            assert number(asked["cpu"]) < 1
    return total


def number(value: int | str) -> float:
    text = str(value)
    return float(text[:-1]) / 1000 if text.endswith("m") else quantity(text) or 0.0


@pytest.mark.parametrize(
    ("platform", "cpus", "memory"),
    [
        ("a3-mega", 207.41, 1827.7),
        ("a3-high", 207.41, 1827.7),
        ("a3-ultra", 223.37, 2886.1),
        ("a4", 223.37, 3881.78),
    ],
)
def test_what_gke_leaves_of_a_node(platform: str, cpus: float, memory: float) -> None:
    assert allocatable_cpus(facts.platform(platform)) == pytest.approx(cpus)
    assert allocatable_memory(facts.platform(platform)) == pytest.approx(memory)


def fits(pod: Pod, platform: facts.Platform) -> None:
    """Check that the pods which fill a node's GPUs leave room for GKE's own, by GB and by GiB."""
    gpus = pod["containers"][0]["resources"]["limits"]["nvidia.com/gpu"]
    pods_of_a_node = platform.gpus_per_node // gpus
    total = {key: value * pods_of_a_node for key, value in amounts(pod).items()}
    assert total["cpu"] <= allocatable_cpus(platform) - 16
    assert total["memory"] <= allocatable_memory(platform) * 1e9 - 64 * 2**30
    figures = facts.limits().node_reservation
    disk = platform.local_ssd_gib * (1 - figures.ephemeral_eviction) - figures.ephemeral_gib
    assert total["ephemeral-storage"] <= disk * 2**30
    assert total["cpu"] >= platform.vcpus / 2


@pytest.mark.parametrize("platform", facts.platforms())
@pytest.mark.parametrize("gpus", [2, 4, 8])
def test_groups_that_fill_a_node_fit_on_it(platform: str, gpus: int) -> None:
    fits(leader(of_one_node(gpus, platform)), facts.platform(platform))


@pytest.mark.parametrize("platform", facts.platforms())
def test_pods_of_several_nodes_fit_with_daemon_and_installer(platform: str) -> None:
    text = BASE.replace("a3-mega", platform).replace("v0.7.3", "v0.11.0")
    pod = leader(text.replace("deepseek-ai/DeepSeek-R1", "meta-llama/Llama-3.1-405B-Instruct-FP8"))
    fits(pod, facts.platform(platform))


@pytest.mark.parametrize("path", sorted(REPO.glob("out/*/leaderworkerset.yaml")), ids=name)
def test_committed_recipes_fit_on_their_nodes(path: Path) -> None:
    labels = {facts.platform(key).accelerator_label: facts.platform(key) for key in facts.platforms()}
    for pod in pods(yaml.safe_load(path.read_text())):
        fits(pod, labels[pod["nodeSelector"]["cloud.google.com/gke-accelerator"]])


def test_the_model_counts_on_the_disk_wherever_it_is_kept() -> None:
    for cache in ("hostPath", "emptyDir"):
        pod = leader(BASE.replace("    bucket:", f"    modelCache: {cache}\n    bucket:"))
        assert pod["containers"][0]["resources"]["requests"]["ephemeral-storage"] == "726Gi"


def test_a_group_in_a_queue_asks_for_gpus_alone() -> None:
    pod = leader(BASE + "  scheduling: {queue: a3-mega}\n")
    assert pod["containers"][0]["resources"]["requests"] == {"nvidia.com/gpu": 8}
    assert not [container for container in pod["initContainers"] if "resources" in container]


# RDMA networks


def test_rdma_requests_of_zero_are_for_each_rdma_network_and_no_other() -> None:
    profile = (REPO / "tests" / "cases" / "rdma-requests-zero" / "profile.yaml").read_text()
    zero = {f"networking.gke.io.networks/rdma-{number}": "0" for number in range(8)}
    resources = leader(profile)["containers"][0]["resources"]
    assert resources["limits"] == {"nvidia.com/gpu": 8, **zero}
    assert zero.items() <= resources["requests"].items()
    plain = leader(profile.replace("zero", "gke"))["containers"][0]["resources"]
    assert plain["limits"] == {"nvidia.com/gpu": 8}
