"""A profile to a plan: every default filled in, every number derived, and the digest of what counts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from r1c import pipeline, resolve, source
from r1c.profile import parse
from r1c.resolve.plan import Plan

BASE = (Path(__file__).parents[1] / "base.yaml").read_text(encoding="utf-8")


def resolved(text: str) -> resolve.Resolved:
    document = source.read("profile.yaml", text.encode())
    parsed = parse.parse(document)
    assert parsed.findings == ()
    return resolve.resolve(parsed.recipe, document.data, parsed.doubtful)


def plan(text: str = BASE, **spec: Any) -> Plan:
    """Resolve a profile whose spec has some sections laid over."""
    if spec:
        data = yaml.safe_load(text)
        for name, value in spec.items():
            data["spec"][name] = {**data["spec"].get(name, {}), **value} if isinstance(value, dict) else value
        text = yaml.safe_dump(data)
    result = resolved(text)
    assert result.findings == ()
    return result.plan


def test_defaults() -> None:
    base = plan()
    assert (base.name, base.namespace, base.labels, base.annotations) == ("base", "default", {}, {})
    assert base.service_account == "base"
    assert (base.service.name, base.service.type, base.service.port) == ("base-svc", "ClusterIP", 8000)
    assert (base.model.id, base.model.revision, base.model.served_name) == (
        "deepseek-ai/DeepSeek-R1",
        None,
        "deepseek-ai/DeepSeek-R1",
    )
    assert (base.group.nodes, base.group.replicas, base.group.gpus, base.group.ranks) == (2, 1, 16, 16)
    assert (base.image.registry, base.image.name, base.image.tag, base.image.digest) == (
        "us-central1-docker.pkg.dev/my-project/my-repo",
        "vllm-openai",
        "v0.7.3",
        None,
    )
    assert (base.cluster.gke, base.cluster.lws, base.cluster.kueue) == (None, None, None)
    assert (base.server.version, base.server.executor, base.server.env) == ("v0.7.3", "ray", {})
    assert base.doubtful == frozenset()


def test_default_network_is_the_platforms() -> None:
    network = plan().network
    assert network.networks == ("default", "vpc1", "vpc2", "vpc3", "vpc4", "vpc5", "vpc6", "vpc7", "vpc8")
    assert [(item.name, item.network) for item in network.interfaces][:2] == [
        ("eth0", "default"),
        ("eth1", "vpc1"),
    ]
    assert (network.host, network.overrides) == (False, {})


def test_default_gpudirect_is_the_seeds_release() -> None:
    gpudirect = plan().gpudirect
    assert (gpudirect.stack, gpudirect.release, gpudirect.use_host_plugin) == ("tcpxo", "v1.0.8-1", False)
    assert gpudirect.plugin_image.endswith("/nccl-plugin-gpudirecttcpx-dev:v1.0.8-1")
    assert "{lib}" not in "".join(gpudirect.environment.values())


def test_default_storage_and_secret() -> None:
    base = plan()
    storage, token = base.storage, base.token
    assert (storage.bucket, storage.mount_path, storage.ssd_mount_path) == ("my-bucket", "/gcs", "/ssd")
    assert storage.shared_memory == "250Gi"
    assert (token.secret, token.key, token.source) == ("hf-secret", "hf_api_token", "envFile")
    assert (token.store, token.store_kind, token.store_key) == (
        "gcp-secret-manager",
        "ClusterSecretStore",
        "hf-secret",
    )


def test_default_build_and_benchmark() -> None:
    base = plan()
    build, (point,) = base.build, base.benchmark.points
    assert (build.region, build.machine_type, build.disk_size_gb, build.timeout) == (
        "us-central1",
        "e2-highcpu-32",
        1000,
        "7200s",
    )
    assert (point.input_len, point.output_len, point.prompts) == (1000, 1000, 1100)


def test_goodput_targets_have_vllms_names() -> None:
    targets = plan(benchmark={"goodput": {"ttftMs": 500, "tpotMs": 12.5, "e2elMs": 30000}})
    assert targets.benchmark.goodput == {"ttft": 500, "tpot": 12.5, "e2el": 30000}


def test_default_scheduling_is_the_platforms() -> None:
    scheduling = plan().scheduling
    assert scheduling.node_selector == {"cloud.google.com/gke-accelerator": "nvidia-h100-mega-80gb"}
    assert [item["key"] for item in scheduling.tolerations] == ["nvidia.com/gpu"]
    assert (
        scheduling.target_nodes,
        scheduling.queue,
        scheduling.priority_class,
        scheduling.exclusive_topology,
        scheduling.grace_seconds,
    ) == (
        (),
        None,
        None,
        None,
        600,
    )


def test_what_is_given_wins() -> None:
    own = plan(
        model={"servedName": "r1", "revision": "abc"},
        cluster={"region": "us-east4"},
        image={"tag": "mine", "registry": "us-docker.pkg.dev/p/r/"},
        build={"region": "us-west1"},
        huggingface={"secretName": "s", "externalSecret": {"key": "k"}},
        scheduling={"nodeSelector": {}, "tolerations": [], "terminationGracePeriodSeconds": 300},
        serviceAccountName="sa",
    )
    assert (own.model.served_name, own.model.revision) == ("r1", "abc")
    assert (own.cluster.region, own.build.region) == ("us-east4", "us-west1")
    assert (own.image.tag, own.image.registry) == ("mine", "us-docker.pkg.dev/p/r")
    assert (own.token.secret, own.token.store_key) == ("s", "k")
    assert (own.scheduling.node_selector, own.scheduling.tolerations) == ({}, ())
    assert own.scheduling.grace_seconds == 300
    assert own.service_account == "sa"


def test_one_field_follows_another() -> None:
    assert plan(cluster={"region": "us-east4"}).build.region == "us-east4"
    assert plan(vllm={"version": "v0.8.5"}).image.tag == "v0.8.5"
    assert plan(huggingface={"secretName": "mine"}).token.store_key == "mine"


@pytest.mark.parametrize(
    ("tensor", "pipeline", "nodes"),
    [(8, 1, 1), (8, 2, 2), (16, 1, 2), (4, 2, 1), (4, 3, 2), (1, 1, 1), (8, 4, 4)],
)
def test_nodes_are_as_many_as_the_cut_takes(tensor: int, pipeline: int, nodes: int) -> None:
    text = BASE.replace("  nodes: 2\n", "")
    assert plan(text, parallelism={"tensor": tensor, "pipeline": pipeline}).group.nodes == nodes


def test_data_parallel_copies_take_nodes_too() -> None:
    text = BASE.replace("  nodes: 2\n", "")
    assert plan(text, vllm={"args": {"data-parallel-size": 2}}).group.nodes == 4


@pytest.mark.parametrize(
    ("version", "asked", "nodes", "executor"),
    [
        ("v0.7.3", "auto", 2, "ray"),
        ("v0.17.0", "auto", 2, "ray"),
        ("v0.18.0", "auto", 2, "native"),
        ("v0.18.0", "ray", 2, "ray"),
        ("v0.7.3", "auto", 1, "single"),
        ("v0.18.0", "ray", 1, "single"),
    ],
)
def test_executor(version: str, asked: str, nodes: int, executor: str) -> None:
    cut = {"tensor": 8, "pipeline": nodes}
    assert (
        plan(vllm={"version": version, "executor": asked}, parallelism=cut, nodes=nodes).server.executor
        == executor
    )


def test_a_version_between_two_samples_counts_as_the_lower() -> None:
    server = plan(vllm={"version": "v0.7.4"}).server
    assert (server.version, server.release) == ("v0.7.4", "v0.7.3")


@pytest.mark.parametrize(
    ("naming", "second"),
    [(None, "vpc1"), ("vpc", "vpc1"), ("gpunet", "my-cluster-gpunet-0-subnet")],
)
def test_naming(naming: str | None, second: str) -> None:
    assert plan(network={"naming": naming}).network.networks[1] == second


def test_subnetworks_are_taken_as_they_are() -> None:
    network = plan(network={"subnetworks": list("abcdefghi")}).network
    assert network.networks == tuple("abcdefghi")
    assert [(item.name, item.network) for item in network.interfaces][::8] == [("eth0", "a"), ("eth8", "i")]


@pytest.mark.parametrize(
    ("model", "tensor", "pipeline", "seconds"),
    [
        ("deepseek-ai/DeepSeek-R1", 8, 2, 5400),
        ("nobody/unknown", 8, 2, 9000),
        ("nobody/unknown", 8, 1, 5400),
    ],
)
def test_startup_seconds(model: str, tensor: int, pipeline: int, seconds: int) -> None:
    """Twice the download and what follows it, in steps of ten minutes; an unknown model fills its GPUs."""
    own = plan(model={"id": model}, parallelism={"tensor": tensor, "pipeline": pipeline}, nodes=pipeline)
    assert own.startup_seconds == seconds


@pytest.mark.parametrize(
    "changed",
    [
        "# a comment\n" + BASE,
        BASE.replace("tensor: 8", "tensor: 8   # cut"),
        BASE.replace("\n", "\r\n"),
        "\ufeff" + BASE,
        "---\n" + BASE + "...\n",
        BASE.replace("    tensor: 8\n    pipeline: 2\n", "    pipeline: 2\n    tensor: 8\n"),
        BASE.replace(
            "  parallelism:\n    tensor: 8\n    pipeline: 2\n", "  parallelism: {tensor: 8, pipeline: 2}\n"
        ),
        BASE.replace("name: base", "'name': \"base\""),
        yaml.safe_dump(yaml.safe_load(BASE)),
    ],
    ids=["comment", "end-of-line", "crlf", "mark", "document", "order", "flow", "quotes", "rewritten"],
)
def test_digest_ignores_comments_order_and_layout(changed: str) -> None:
    assert changed != BASE
    assert plan(changed).digest == plan().digest


@pytest.mark.parametrize(
    "changed",
    [
        BASE.replace("max-num-seqs: 128", "max-num-seqs: 129"),
        BASE.replace("max-num-seqs: 128", 'max-num-seqs: "128"'),
        BASE.replace("  nodes: 2\n", ""),
        BASE.replace("name: base", "name: other"),
        BASE + "  replicas: 1\n",
    ],
    ids=["number", "text", "absent", "name", "default-written"],
)
def test_digest_sees_what_is_written(changed: str) -> None:
    assert plan(changed).digest != plan().digest


def test_digest_is_pinned() -> None:
    assert resolve.digest({"b": [1, True, None, 0.5], "a": "é\ud800"}) == (
        "ae1e6d56da77f2742c8c4355841d7dbe01f870ff797bdb631ee5dec6182e9390"
    )


@pytest.mark.parametrize(
    ("old", "new", "code", "message"),
    [
        ("a3-mega", "a3-maga", "R1C107", "unknown platform a3-maga"),
        ("version: v0.7.3", "version: latest", "R1C401", "latest is not a known vLLM release"),
        (
            "version: v0.7.3",
            "version: v0.1.0",
            "R1C401",
            "vLLM v0.1.0 is older than v0.6.6.post1, the oldest release that r1c knows",
        ),
        (
            "  nodes: 2",
            "  gpudirect: {release: v9}\n  nodes: 2",
            "R1C501",
            "unknown GPUDirect release v9 for a3-mega",
        ),
        (
            "  nodes: 2",
            "  network: {naming: vpcs}\n  nodes: 2",
            "R1C502",
            "unknown network naming vpcs for a3-mega",
        ),
    ],
)
def test_names_that_the_facts_do_not_have(old: str, new: str, code: str, message: str) -> None:
    result = resolved(BASE.replace(old, new, 1))
    ((found, finding),) = result.findings
    assert (found.id, finding.message) == (code, message)
    assert finding.path in result.plan.doubtful


def test_given_tells_what_the_profile_has() -> None:
    given = plan().given
    assert ("spec", "nodes") in given
    assert ("spec", "vllm", "args", "max-model-len") in given
    assert ("spec", "replicas") not in given
    assert ("spec", "nodes") not in plan(nodes=None).given


def test_a_version_without_v_names_the_same_tag() -> None:
    text = (Path(__file__).parents[1] / "base.yaml").read_text(encoding="utf-8").replace("v0.7.3", '"0.7.3"')
    plan = pipeline.analyse("profile.yaml", text.encode()).plan
    assert plan
    assert plan.server.version == "v0.7.3"
    assert plan.image.tagged.endswith(":v0.7.3")
