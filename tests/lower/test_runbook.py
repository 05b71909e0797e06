"""The commands of RUNBOOK.md in a real shell, with every available kubectl and a server that answers."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import pytest
import yaml

from kubernetes_server import Cluster, path_of, serve
from r1c import pipeline
from r1c.lower.access import secret_object
from runbook import blocks, kubectl_commands

REPO = Path(__file__).resolve().parents[2]
CASES = REPO / "tests" / "cases"
RUNBOOKS = sorted([*REPO.glob("out/*/RUNBOOK.md"), *CASES.glob("*/out/RUNBOOK.md")])
BASE = (REPO / "tests" / "base.yaml").read_text(encoding="utf-8")
SEED = (
    "gcloud config set project",
    "get-credentials",
    "gcloud builds submit",
    "gcloud builds log",
    "releases/download/v",
    "kubectl get pod -n lws-system",
    "kubectl apply -k .",
    "kubectl logs -f service/",
    "kubectl get service",
    "kubectl port-forward svc/",
    "How many r are there in strawberry ?",
    "Which is bigger, 9.9 or 9.11 ?",
    "kubectl apply -k benchmark",
    "kubectl delete leaderworkerset/",
    "kubectl delete secret/",
)
"""What the steps of the gpu-recipes page do, in its order."""


def kubectls() -> list[str]:
    """Return every kubectl of this machine: the one in use, and those of other versions beside it."""
    found = shutil.which("kubectl")
    if found is None:
        return []
    beside = [str(path) for path in Path(os.path.realpath(found)).parent.glob("kubectl.1.[0-9]*")]
    cloud = [str(path) for path in Path("/usr/lib/google-cloud-sdk/bin").glob("kubectl.1.[0-9]*")]
    return sorted({*beside, *cloud}, key=lambda name: int(name.rpartition(".")[2])) or [found]


KUBECTLS = kubectls()
Test = TypeVar("Test", bound=Callable[..., None])


def needs_kubectl(test: Test) -> Test:
    """Mark a test that runs kubectl; it is skipped where there is none."""
    marked: Test = pytest.mark.kubectl(
        pytest.mark.skipif(not KUBECTLS, reason="kubectl is not installed")(test)
    )
    return marked


def runbook(change: str = "") -> str:
    """Return the runbook of the base profile with another spec."""
    data = yaml.safe_load(BASE)
    for key, value in (yaml.safe_load(change) or {}).items():
        data["spec"][key] = {**data["spec"].get(key, {}), **value} if isinstance(value, dict) else value
    checked = pipeline.analyse("profile.yaml", yaml.safe_dump(data).encode())
    assert checked.plan, checked.diagnostics
    return pipeline.build(checked.plan)["RUNBOOK.md"].decode("utf-8")


def headings(text: str) -> list[str]:
    return re.findall(r"^##+ (.*)", re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE), re.M)


def label(path: Path) -> str:
    return path.parent.parent.name if path.parent.name == "out" else path.parent.name


# What it says


def test_every_step_of_the_recipe_page_has_its_place() -> None:
    text = (REPO / "out" / "deepseek-r1-a3mega" / "RUNBOOK.md").read_text(encoding="utf-8")
    places = [text.find(step) for step in SEED]
    assert -1 not in places
    assert places == sorted(places)


def test_checks_of_the_cluster_come_where_the_recipe_needs_them() -> None:
    common = ["Cloud Storage FUSE and Workload Identity", "LeaderWorkerSet"]

    def checked(case: str) -> list[str]:
        found = headings((CASES / case / "out" / "RUNBOOK.md").read_text(encoding="utf-8"))
        first, last = found.index("3. Prepare the cluster"), found.index("4. Hugging Face token")
        return found[first + 1 : last]

    assert checked("one-node") == ["Nodes", *common]
    assert checked("host-network") == ["Nodes", "NCCL plugin", *common]
    assert checked("host-plugin") == ["Nodes", "Networks", "NCCL plugin", "Device injector", *common]
    assert checked("a3-high") == ["Nodes", "Networks", "NCCL plugin", "Device injector", *common]
    assert checked("a3-ultra") == ["Nodes", "Networks", *common]
    assert checked("everything") == [
        "Nodes",
        "Networks",
        "NCCL plugin",
        "Device injector",
        *common,
        "Kueue",
    ]


def test_the_networks_are_those_of_the_pods() -> None:
    text = (CASES / "a4-ten-interfaces" / "out" / "RUNBOOK.md").read_text(encoding="utf-8")
    names = "gvnic-1 rdma-0 rdma-1 rdma-2 rdma-3 rdma-4 rdma-5 rdma-6 rdma-7"
    assert f"kubectl get networks.networking.gke.io {names}\n" in text


def test_a_plugin_of_the_node_must_be_of_the_release_of_the_recipe() -> None:
    on_node = runbook("gpudirect: {useHostPlugin: true, release: v1.0.15}")
    assert "The tag of its image must be v1.0.15, because this recipe sets NCCL's environment" in on_node
    assert "Its image may have another tag: the pods install release v1.0.8-1 of the plugin" in runbook()
    ultra = "platform: a3-ultra\ngpudirect: {useHostPlugin: true}"
    assert "kubectl rollout status daemonset/nccl-rdma-installer -n kube-system" in runbook(ultra)


def test_the_title_counts_the_gpus_of_a_pod() -> None:
    text = (CASES / "four-gpus" / "out" / "RUNBOOK.md").read_text(encoding="utf-8")
    assert "1 group of 1 node with 4 GPUs," in text


def test_a_gated_model_asks_for_its_licence_first() -> None:
    change = "{platform: a3-ultra, nodes: 1, vllm: {version: v0.11.0, args: {}}, parallelism: {pipeline: 1}"
    text = runbook(change + ", model: {id: meta-llama/Llama-3.3-70B-Instruct}}")
    assert (
        "meta-llama/Llama-3.3-70B-Instruct is gated: sign in to Hugging Face with the account of the "
        "token, and accept the licence on\nhttps://huggingface.co/meta-llama/Llama-3.3-70B-Instruct first."
    ) in text
    assert "https://huggingface.co/api/models/meta-llama/Llama-3.3-70B-Instruct/auth-check" in text
    assert "gated" not in runbook()


def test_a_missing_token_file_is_known_by_its_message() -> None:
    text = runbook()
    assert "`evalsymlink failure on '.../hf-secret.env'`, the file from step 4 is missing" in text


@needs_kubectl
def test_kubectl_says_so(tmp_path: Path) -> None:
    place = shutil.copytree(REPO / "out" / "deepseek-r1-a3mega", tmp_path / "out")
    done = subprocess.run([KUBECTLS[0], "kustomize", str(place)], capture_output=True, text=True, check=False)
    assert f"evalsymlink failure on '{place}/hf-secret.env'" in done.stderr


def test_the_clean_up_leaves_what_a_neighbour_may_use() -> None:
    """The Secret, and a service account that the profile names, are deleted only by steps of their own."""
    text = (CASES / "everything" / "out" / "RUNBOOK.md").read_text(encoding="utf-8")
    first = text.partition("## 13. Clean up")[2].partition("###")[0]
    assert "kubectl delete leaderworkerset/everything service/everything-svc -n inference" in first
    assert "delete -k ." not in text
    assert "kubectl delete serviceaccount/bucket-writer -n inference" in text
    assert "kubectl delete secret/hf-secret -n inference" in text
    assert "### Checkpoint and compiled code on the nodes" not in text, "with emptyDir it goes with the pod"


def test_other_registries_have_no_repository_to_create() -> None:
    text = runbook("image: {registry: gcr.io/my-project}")
    assert "gcloud artifacts repositories" not in text
    assert "The nodes' service accounts must be able to pull from gcr.io/my-project." in text
    other = runbook("image: {registry: us-docker.pkg.dev/example.com/other-project/images}")
    assert (
        "gcloud artifacts repositories describe images --location us --project example.com:other-project"
        in other
    )
    assert "--role=roles/artifactregistry.writer" in other


# What the commands do


@cache
def flags_of(kubectl: str, verbs: tuple[str, ...]) -> frozenset[str]:
    """Return the flags that a kubectl has for a command, from its own help."""
    found = ""
    for arguments in ([*verbs, "--help"], ["options"]):
        found += subprocess.run([kubectl, *arguments], capture_output=True, text=True, check=True).stdout
    listed = re.findall(r"^ +(?:(-\w), )?(--[a-z-]+)=", found, re.MULTILINE)
    return frozenset(name for pair in listed for name in pair if name)


def verbs_of(command: list[str]) -> tuple[str, ...]:
    words = [word for word in command if not word.startswith("-")]
    depth = {"rollout": 2, "create": {"secret": 3, "namespace": 2}.get(words[1] if words[1:] else "", 1)}
    return tuple(words[: depth.get(words[0], 1)])


@needs_kubectl
@pytest.mark.parametrize("kubectl", [KUBECTLS[0], KUBECTLS[-1]] if KUBECTLS else [""], ids=os.path.basename)
def test_every_kubectl_flag_exists(kubectl: str) -> None:
    seen = set()
    for path in RUNBOOKS:
        for command in kubectl_commands("".join(blocks(path))):
            words = command[: command.index("--")] if "--" in command else command
            verbs = verbs_of(words)
            used = {word.partition("=")[0] for word in words if re.match("--?[a-z]", word)}
            assert used <= flags_of(kubectl, verbs), (label(path), command)
            seen.add(verbs[0])
    assert seen >= {"apply", "create", "debug", "delete", "describe", "get", "logs", "rollout", "wait"}


@pytest.mark.parametrize("path", RUNBOOKS, ids=label)
def test_no_command_needs_a_newer_kubectl_than_it_says(path: Path) -> None:
    """--for=create came with kubectl 1.31, as did --for=jsonpath without a value."""
    text = path.read_text(encoding="utf-8")
    assert "`kubectl` 1.27 or later" in text
    waits = re.findall(r"kubectl wait .*--for=(\S+)", text)
    assert waits
    assert {wait.partition("=")[0] for wait in waits} == {"condition"}


STUBS = """
set -euo pipefail
gcloud() { :; }; curl() { :; }; python3() { :; }; sleep() { :; }; xargs() { cat; }
read() { HF_TOKEN=hf_not_a_token; }
kubectl() {
  case $1 in
    apply | create) command kubectl get --raw /restore >/dev/null ;;
    port-forward | debug) : ;;
    delete) [[ $* == *https://* ]] || command kubectl "$@" ;;
    *) command kubectl "$@" ;;
  esac
}
"""
"""The cloud and the steps that change the cluster are left out; each apply puts the objects there."""


def condition(type_: str) -> dict[str, Any]:
    return {"conditions": [{"type": type_, "status": "True", "observedGeneration": 1}]}


def secret_of(output: Path) -> str:
    """Return the token's Secret: the server's, or that of the Job that downloads the weights."""
    lws = yaml.safe_load((output / "leaderworkerset.yaml").read_text(encoding="utf-8"))
    templates = [lws["spec"]["leaderWorkerTemplate"]["leaderTemplate"]]
    if (output / "prefetch").is_dir():
        templates = [yaml.safe_load((output / "prefetch" / "job.yaml").read_text())["spec"]["template"]]
    (container,) = templates[0]["spec"]["containers"]
    entry = next(entry for entry in container["env"] if entry["name"] == "HF_TOKEN")
    return str(entry["valueFrom"]["secretKeyRef"]["name"])


def cluster_of(output: Path) -> Cluster:
    """Return a cluster in which the recipe runs and its benchmark has ended."""
    found: list[dict[str, Any]] = []
    for path in [*output.glob("*.yaml"), *output.glob("benchmark/*.yaml"), *output.glob("prefetch/*.yaml")]:
        for item in yaml.safe_load_all(path.read_text(encoding="utf-8")):
            if "metadata" in item and item["kind"] != "Kustomization":
                found.append(item)
    by_kind = {item["kind"]: item for item in found}
    lws, jobs = by_kind["LeaderWorkerSet"], [item for item in found if item["kind"] == "Job"]
    namespace, name = lws["metadata"]["namespace"], lws["metadata"]["name"]
    lws["status"] = condition("Available")
    for job in jobs:
        job["status"] = condition("Complete")
        job["spec"]["selector"] = {"matchLabels": {"job": job["metadata"]["name"]}}
    by_kind.get("ExternalSecret", {})["status"] = condition("Ready")
    text = (output / "RUNBOOK.md").read_text(encoding="utf-8")
    secret = secret_of(output)

    def add(api: str, kind: str, called: str, where: str = "", **rest: Any) -> None:
        meta = {"name": called, "generation": 1, **({"namespace": where} if where else {})}
        meta |= rest.pop("metadata", {})
        found.append({"apiVersion": api, "kind": kind, "metadata": meta, **rest})

    pool = lws["spec"]["leaderWorkerTemplate"]["workerTemplate"]["spec"]["nodeSelector"]
    for node in ("node-a", "node-b", "node-c", "node-d"):
        add("v1", "Node", node, metadata={"labels": pool}, spec={}, status={"conditions": []})
    for names in re.findall(r"kubectl get networks\.networking\.gke\.io (\S.*)\n", text):
        for network in names.split():
            if "`" not in names:
                add("networking.gke.io/v1", "Network", network)
    ready = {
        "desiredNumberScheduled": 2,
        "updatedNumberScheduled": 2,
        "numberAvailable": 2,
        "observedGeneration": 1,
    }
    rolling = {"updateStrategy": {"type": "RollingUpdate"}}
    for daemon in set(re.findall(r"daemonset/(\S+)", text)):
        pods = {"template": {"spec": {"initContainers": [{"name": "a", "image": "plugin:v1"}]}}}
        add("apps/v1", "DaemonSet", daemon, "kube-system", spec=rolling | pods, status=ready)
    add("storage.k8s.io/v1", "CSIDriver", "gcsfuse.csi.storage.gke.io")
    for claim in set(re.findall(r"kubectl get persistentvolumeclaim (\S+)", text)):
        add("v1", "PersistentVolumeClaim", claim, namespace, status={"phase": "Bound"})
    manager = {"containers": [{"name": "manager", "image": "registry.k8s.io/lws/lws:v0.9.0"}]}
    add(
        "apps/v1",
        "Deployment",
        "lws-controller-manager",
        "lws-system",
        spec={"template": {"spec": manager}},
        status=condition("Available"),
    )
    add("kueue.x-k8s.io/v1beta1", "LocalQueue", "a3-mega", namespace, status=condition("Active"))
    for cluster, store in re.findall(r"kubectl wait (cluster)?secretstore/(\S+)", text):
        kind, where = ("ClusterSecretStore", "") if cluster else ("SecretStore", namespace)
        add("external-secrets.io/v1", kind, store, where, status=condition("Ready"))
    found[:] = [item for item in found if item["kind"] != "Secret"]
    add("v1", "Secret", secret, namespace, data={"hf_api_token": "aGY="})
    running = {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]}
    for pod, labels in (
        (
            f"{name}-0",
            {"leaderworkerset.sigs.k8s.io/name": name, "leaderworkerset.sigs.k8s.io/worker-index": "0"},
        ),
        (
            f"{name}-benchmark-0-x",
            {"batch.kubernetes.io/job-name": f"{name}-benchmark", "job": f"{name}-benchmark"},
        ),
        (f"{name}-prefetch-x", {"job": f"{name}-prefetch"}),
        ("node-debugger-node-a-x", {}),
    ):
        containers = [{"name": "vllm-leader"}, {"name": "benchmark"}, {"name": "prefetch"}]
        spec = {"containers": containers, "nodeName": "node-a"}
        add("v1", "Pod", pod, namespace, metadata={"labels": labels}, spec=spec, status=running)
    return Cluster({path_of(item): item for item in found})


@needs_kubectl
@pytest.mark.parametrize(
    ("name", "newest"),
    [
        ("deepseek-r1-a3mega", False),
        ("everything", True),
        ("secret-external", False),
        ("host-network", True),
        ("weights-prefetched", False),
        ("weights-claim", True),
    ],
)
def test_the_whole_runbook_runs(name: str, newest: bool, tmp_path: Path) -> None:
    """With the oldest kubectl of this machine, and the newest."""
    committed = REPO / "out" / name
    output = committed if committed.is_dir() else CASES / name / "out"
    shutil.copytree(output, tmp_path / "out")
    cluster = cluster_of(output)
    with serve(cluster) as address:
        kubectl = f"{KUBECTLS[-1 if newest else 0]} --server={address}"
        script = STUBS.replace("command kubectl", kubectl) + "".join(blocks(output / "RUNBOOK.md"))
        done = subprocess.run(
            ["bash", "-c", script],
            cwd=tmp_path / "out",
            env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "KUBECONFIG": "/dev/null"},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "is waiting to start: PodInitializing" in done.stderr
    item = yaml.safe_load((output / "leaderworkerset.yaml").read_text(encoding="utf-8"))
    recipe = item["metadata"]["name"]
    filled = [f"{recipe}-prefetch-x"] * 2 if (output / "prefetch").is_dir() else []
    assert cluster.logs == [*filled, *[f"{recipe}-0"] * 2, *[f"{recipe}-benchmark-0-x"] * 2]
    assert f"leaderworkerset.leaderworkerset.x-k8s.io/{recipe} condition met" in done.stdout
    assert (
        f"Secret/{secret_of(output)}" in cluster.deleted
        or (output / "external-secret.yaml").exists()
        or (output / "prefetch" / "external-secret.yaml").exists()
    )


@needs_kubectl
def test_who_reads_the_secret_is_printed() -> None:
    output = REPO / "out" / "deepseek-r1-a3mega"
    (step,) = [block for block in blocks(output / "RUNBOOK.md") if "secretKeyRef" in block]
    with serve(cluster_of(output)) as address:
        script = f'kubectl() {{ {KUBECTLS[-1]} --server={address} "$@"; }}\n{step}'
        done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == (
        "LeaderWorkerSet/deepseek-r1-a3mega: hf-secret hf-secret\n"
        "Job/deepseek-r1-a3mega-benchmark: hf-secret\n"
    )


@needs_kubectl
def test_a_clean_up_deletes_the_recipe_and_not_the_secret(tmp_path: Path) -> None:
    output = REPO / "out" / "deepseek-r1-a3mega"
    text = (output / "RUNBOOK.md").read_text(encoding="utf-8")
    part = text[text.index("## 13. Clean up") : text.index("### Token")]
    (tmp_path / "RUNBOOK.md").write_text(part, encoding="utf-8")
    cluster = cluster_of(output)
    with serve(cluster) as address:
        script = f'set -e; kubectl() {{ {KUBECTLS[-1]} --server={address} "$@"; }}\n'
        script += "".join(blocks(tmp_path / "RUNBOOK.md"))
        subprocess.run(["bash", "-c", script], cwd=output, capture_output=True, check=True, timeout=60)
    assert cluster.deleted == [
        "Job/deepseek-r1-a3mega-benchmark",
        "LeaderWorkerSet/deepseek-r1-a3mega",
        "Service/deepseek-r1-a3mega-svc",
        "ServiceAccount/deepseek-r1-a3mega",
    ]


# The Secret that neighbours share


@needs_kubectl
def test_two_recipes_of_a_namespace_apply_the_same_secret(tmp_path: Path) -> None:
    """Whichever is applied last: kubectl diff of the other has nothing to say."""
    built = []
    for recipe in ("deepseek-r1-a3mega", "gpt-oss-120b-a3mega"):
        place = shutil.copytree(REPO / "out" / recipe, tmp_path / recipe)
        (place / "hf-secret.env").write_text("hf_api_token=hf_not_a_token\n", encoding="utf-8")
        done = subprocess.run([KUBECTLS[-1], "kustomize", str(place)], capture_output=True, check=True)
        built += [item for item in yaml.safe_load_all(done.stdout) if item["kind"] == "Secret"]
    assert built[0] == built[1]
    assert built[0]["metadata"] == {
        "name": "hf-secret",
        "namespace": "default",
        "labels": {"app.kubernetes.io/managed-by": "r1c", "app.kubernetes.io/name": "vllm"},
    }


@pytest.mark.parametrize("source", ["envFile", "manifest", "externalSecret"])
def test_a_secret_has_no_label_of_one_recipe(source: str) -> None:
    """Neither the recipe's name nor the profile's own labels, which a neighbour need not have."""
    data = yaml.safe_load(BASE)
    data["metadata"]["labels"] = {"team": "inference"}
    store = {"externalSecret": {"store": "vault", "key": "hf"}} if source == "externalSecret" else {}
    data["spec"]["huggingface"] = {"source": source, **store}
    plan = pipeline.analyse("profile.yaml", yaml.safe_dump(data).encode()).plan
    assert plan
    files = pipeline.build(plan)
    kustomization = yaml.safe_load(files["kustomization.yaml"])
    shared = {"app.kubernetes.io/name": "vllm", "app.kubernetes.io/managed-by": "r1c"}
    if source == "envFile":
        assert kustomization["secretGenerator"][0]["options"]["labels"] == shared
    else:
        file = "secret.yaml" if source == "manifest" else "external-secret.yaml"
        assert yaml.safe_load(files[file])["metadata"]["labels"] == shared
    printed: Any = secret_object(plan, "hf_not_a_token")
    assert printed["metadata"]["labels"] == shared
