"""Pod templates that contradict themselves or each other, in the exact words."""

from __future__ import annotations

from typing import Any

import pytest

from verify_breaks import (
    DEFAULT_INTERFACE,
    DEVICES,
    ENV,
    GCSFUSE,
    INTERFACES,
    LWS,
    MAIN,
    ROLES,
    WRITTEN_DEFAULT,
    WRITTEN_DEVICES,
    WRITTEN_INTERFACES,
    Mutation,
    add,
    both,
    drop,
    faults_after,
    in_both,
    in_leader,
    in_service,
    interfaces,
    leader,
    put,
)
from verify_sample import IMAGE, REPOSITORY, mount

CASES: dict[str, tuple[Mutation, list[str]]] = {
    "mount of an undeclared volume": (
        both(add, *MAIN, "volumeMounts", new=mount("ssd", "/ssd")),
        in_both("spec.containers[0].volumeMounts[3].name", "the pod has no volume named ssd"),
    ),
    "volume that nothing mounts": (
        both(add, "spec", "volumes", new={"name": "ssd", "emptyDir": {}}),
        in_both("spec.volumes[4].name", "no container mounts the volume ssd"),
    ),
    "volume twice": (
        both(add, "spec", "volumes", new={"name": "shm", "emptyDir": {}}),
        in_both("spec.volumes[4].name", "another volume of this pod is named shm too"),
    ),
    "mount path twice": (
        both(add, *MAIN, "volumeMounts", new=mount("sys", "/dev/shm/")),
        in_both(
            "spec.containers[0].volumeMounts[3].mountPath",
            "another volume of this container is mounted at /dev/shm too",
        ),
    ),
    "container name twice": (
        both(put, "spec", "initContainers", 0, "name", to="tcpxo-daemon"),
        in_both("spec.initContainers[1].name", "another container of this pod is named tcpxo-daemon too"),
    ),
    "environment variable twice": (
        both(add, *ENV, new={"name": "NCCL_DEBUG", "value": "INFO"}),
        in_both("spec.containers[0].env[4].name", "the variable NCCL_DEBUG is set earlier in this container"),
    ),
    "port twice": (
        leader(add, *MAIN, "ports", new={"name": "metrics", "containerPort": 8000}),
        in_leader(
            "spec.containers[0].ports[1].containerPort",
            "the port 8000/TCP is declared earlier in this container",
        ),
    ),
    "port name twice": (
        leader(add, *MAIN, "ports", new={"name": "http", "containerPort": 8001}),
        in_leader("spec.containers[0].ports[1].name", "another port of this container is named http too"),
    ),
    "probe of a missing port": (
        leader(put, *MAIN, "startupProbe", "httpGet", "port", to=8001),
        # The readiness probe is made of the same mapping in this sample.
        in_leader("spec.containers[0].readinessProbe.httpGet.port", "the container has no port 8001")
        + in_leader("spec.containers[0].startupProbe.httpGet.port", "the container has no port 8001"),
    ),
    "GPU request that is not the limit": (
        both(put, *MAIN, "resources", "requests", to={"nvidia.com/gpu": 4}),
        in_both(
            'spec.containers[0].resources.requests["nvidia.com/gpu"]',
            "the request for GPUs is 4, the limit 8",
        ),
    ),
    "literal variable of the controller": (
        both(put, *ENV, 2, to={"name": "LWS_WORKER_INDEX", "value": "0"}),
        in_both(
            "spec.containers[0].env[2]",
            "LWS_WORKER_INDEX is set by the LeaderWorkerSet controller, never as a literal",
        ),
    ),
    "literal address": (
        both(put, *ENV, 1, to={"name": "VLLM_HOST_IP", "value": "10.0.0.1"}),
        in_both(
            "spec.containers[0].env[1]", "VLLM_HOST_IP differs from pod to pod, so it is never a literal"
        ),
    ),
    "host network with the cluster's DNS": (
        both(put, "spec", "hostNetwork", to=True),
        in_both("spec.dnsPolicy", "a pod on the host network needs ClusterFirstWithHostNet"),
    ),
    "devices of a missing container": (
        both(put, "spec", "initContainers", 1, "name", to="rxdm"),
        in_both(WRITTEN_DEVICES, "the pod has no container named tcpxo-daemon"),
    ),
    "devices that are no list": (
        both(put, *DEVICES, to="/dev/nvidia0\n"),
        in_both(WRITTEN_DEVICES, "the value is not a YAML list of `- path: /dev/...` lines"),
    ),
    "device twice": (
        both(put, *DEVICES, to="- path: /dev/nvidia0\n- path: /dev/nvidia0\n"),
        in_both(WRITTEN_DEVICES, "the list names a device twice"),
    ),
    "interfaces that are no JSON": (
        both(put, *INTERFACES, to='[{"interfaceName":"eth0","network":"default"},]'),
        in_both(WRITTEN_INTERFACES, "the value is not JSON"),
    ),
    "interfaces that are no list": (
        both(put, *INTERFACES, to='{"eth0": "default"}'),
        in_both(WRITTEN_INTERFACES, "the value is not a JSON list of {interfaceName, network}"),
    ),
    "network twice": (
        both(put, *INTERFACES, to=interfaces(("eth0", "default"), ("eth1", "vpc1"), ("eth2", "vpc1"))),
        in_both(WRITTEN_INTERFACES, "the network vpc1 is listed twice"),
    ),
    "interface twice": (
        both(put, *INTERFACES, to=interfaces(("eth0", "default"), ("eth1", "vpc1"), ("eth1", "vpc2"))),
        in_both(WRITTEN_INTERFACES, "the interfaceName eth1 is listed twice"),
    ),
    "default interface that is not listed": (
        both(put, *DEFAULT_INTERFACE, to="eth9"),
        in_both(WRITTEN_DEFAULT, '"eth9" is not one of the interfaces listed'),
    ),
    "default interface without interfaces": (
        both(drop, *INTERFACES),
        in_both(WRITTEN_DEFAULT, "there is no networking.gke.io/interfaces to choose from"),
    ),
    "Cloud Storage annotation without a volume": (
        both(put, "spec", "volumes", 3, to={"name": "bucket", "emptyDir": {}}),
        in_both('metadata.annotations["gke-gcsfuse/volumes"]', "the pod has no Cloud Storage volume"),
    ),
    "Cloud Storage volume without the annotation": (
        both(drop, *GCSFUSE),
        in_both(
            'metadata.annotations["gke-gcsfuse/volumes"]',
            'a Cloud Storage volume needs this annotation, with the value "true"',
        ),
    ),
    "other image on the worker": (
        put(LWS, "spec", "leaderWorkerTemplate", "workerTemplate", *MAIN, "image", to=f"{REPOSITORY}:v0.8.0"),
        in_leader("spec.containers[0].image", "leader and worker differ")
        + in_both(
            "spec.containers[0].image",
            f"{REPOSITORY}:v0.8.0 is not the image that image/cloudbuild.yaml builds, {IMAGE}",
        )[1:],
    ),
    "fewer GPUs on the worker": (
        put(
            *(LWS, "spec", "leaderWorkerTemplate", "workerTemplate", *MAIN, "resources"),
            to={"limits": {"nvidia.com/gpu": 4}, "requests": {"nvidia.com/gpu": 4}},
        ),
        in_leader('spec.containers[0].resources.limits["nvidia.com/gpu"]', "leader and worker differ")
        + in_leader('spec.containers[0].resources.requests["nvidia.com/gpu"]', "leader and worker differ"),
    ),
    "variable on the leader only": (
        leader(add, *ENV, new={"name": "GLOO_SOCKET_IFNAME", "value": "eth0"}),
        in_leader("spec.containers[0].env", "the leader has 5 entries, the worker 4"),
    ),
    "annotation on the worker only": (
        leader(drop, *GCSFUSE),
        in_leader(
            'metadata.annotations["gke-gcsfuse/volumes"]',
            'a Cloud Storage volume needs this annotation, with the value "true"',
        )
        + in_leader(
            'metadata.annotations["gke-gcsfuse/volumes"]', "the worker has this field, the leader does not"
        ),
    ),
    "no GPUs at all": (
        both(drop, *MAIN, "resources"),
        in_leader("spec.containers", "no container requests nvidia.com/gpu"),
    ),
    "label of the controller": (
        both(put, "metadata", "labels", "leaderworkerset.sigs.k8s.io/worker-index", to="0"),
        in_both(
            'metadata.labels["leaderworkerset.sigs.k8s.io/worker-index"]',
            "the LWS controller sets this label",
        )
        + in_service("spec.selector", "workers have these labels too, but they do not serve requests"),
    ),
}


@pytest.mark.parametrize(("mutation", "expected"), CASES.values(), ids=CASES)
def test_a_contradiction_in_pods_is_named(mutation: Mutation, expected: list[str]) -> None:
    assert faults_after(mutation) == sorted(expected)


def test_a_fault_in_what_leader_and_worker_share_is_one_of_each() -> None:
    variables = [{"name": "NCCL_DEBUG", "value": "INFO"}] * 2

    def shared(files: dict[str, Any]) -> None:
        for role in ROLES:
            put(LWS, "spec", "leaderWorkerTemplate", role, *ENV, to=variables)(files)

    what = "the variable NCCL_DEBUG is set earlier in this container"
    assert faults_after(shared) == in_both("spec.containers[0].env[1].name", what)
