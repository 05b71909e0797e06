"""Measures `r1c preflight` with a snapshot of many nodes, each with twenty pods: seconds, and peak memory.

`python benchmarks/cluster.py --nodes 10000`; the limits are 10 s and 1 GB.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

REPO = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(REPO / "tests"), str(REPO / "compiler")]
PODS = 20
IMAGES = [{"names": [f"gke.gcr.io/image-{at}@sha256:{at:064x}"], "sizeBytes": at} for at in range(50)]
"""The kubelet names fifty images, most of what a node's JSON is."""


def write(path: Path, profile: Path, nodes: int) -> None:
    """Write the snapshot of a cluster in which only two nodes are free."""
    from fake_cluster import cluster, plan_of, snapshot

    plan = plan_of(profile.read_bytes())
    objects = cluster(plan, nodes)
    for item in objects[:nodes]:
        item["status"]["images"] = IMAGES
    for node in range(nodes):
        for pod in range(PODS):
            wanted = {"nvidia.com/gpu": "8"} if pod == 0 and node >= 2 else {"cpu": "100m", "memory": "100Mi"}
            spec = {
                "nodeName": f"gke-my-cluster-pool-{node}",
                "containers": [{"resources": {"requests": wanted}}],
            }
            meta = {"namespace": "other", "name": f"pod-{node}-{pod}", "labels": {}}
            objects.append({"kind": "Pod", "apiVersion": "v1", "metadata": meta, "spec": spec})
    path.write_text(snapshot(plan, objects), encoding="utf-8")


def main() -> int:
    """Write the snapshot, run the command, and print what it took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--nodes", type=int, default=10_000)
    nodes = parser.parse_args().nodes
    profile = REPO / "profiles" / "a3mega.yaml"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "snapshot.json"
        write(path, profile, nodes)
        size = path.stat().st_size
        command = [sys.executable, "-m", "r1c", "preflight", str(profile), "--snapshot", str(path)]
        start = time.perf_counter()
        done = subprocess.run(
            [*command, "--format", "json"],
            env={"PYTHONPATH": str(REPO / "compiler")},
            capture_output=True,
            check=False,
        )
        seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    found = json.loads(done.stdout)["diagnostics"]
    print(
        f"{nodes:,} nodes, {nodes * PODS:,} pods, {size / 2**20:.0f} MiB: {seconds:.1f} s, {peak:.0f} MiB, "
        f"{len(found)} findings"
    )
    return 0 if seconds < 10 and peak < 1000 else 1


if __name__ == "__main__":
    sys.exit(main())
