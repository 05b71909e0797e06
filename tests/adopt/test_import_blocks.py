"""`r1c import manifest` of r1c's own stream: the blocks come back, and make the same stream again."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from plan_of import base
from r1c import pipeline
from r1c.cli import main
from r1c.emit.yaml import documents
from r1c.lower import stream
from r1c.resolve.plan import Plan

REPO = Path(__file__).parents[2]
CLUSTER = ["--project", "my-project", "--cluster", "my-cluster", "--region", "us-central1"]
CASES = {
    "production": REPO / "profiles" / "deepseek-r1-production.yaml",
    **{
        name: REPO / "tests" / "cases" / name / "profile.yaml"
        for name in ("other-blocks", "dranet", "rdma-requests-zero")
    },
}
FOUR = {
    "replicas": 4,
    "vllm": {"version": "v0.11.0", "args": {"max-num-seqs": 64, "trust-remote-code": True}},
}
BLOCKS: dict[str, dict[str, Any]] = {
    "two-may-go": {"disruption": {"maxUnavailable": 2, "safeToEvict": True}},
    "one-group": {"replicas": 1, "disruption": {}},
    "partition": {"rollout": {"maxUnavailable": 2, "maxSurge": 1, "partition": 1}},
    "operator": {
        "monitoring": {
            "system": "prometheusOperator",
            "interval": "1m",
            "labels": {"release": "kube"},
            "namespace": "prometheus",
            "ttftMs": 1500.5,
        },
        "protection": {"clients": [{"namespace": "chat"}, {"podLabels": {"app": "own"}}]},
    },
    "everyone-in-the-namespace": {"protection": {}},
    "nobody-but-ranges": {"protection": {"clients": [], "clientRanges": ["10.0.0.0/8"]}},
    "keda": {
        "monitoring": {},
        "scaling": {"adapter": "keda", "maxReplicas": 6, "metric": "kvCache", "target": 0.7},
    },
    "prometheus-adapter": {
        "monitoring": {"system": "prometheusOperator"},
        "scaling": {"adapter": "prometheusAdapter", "maxReplicas": 6, "metric": "running", "upSeconds": 600},
    },
    "shared-gateway": {
        "gateway": {"name": "shared", "namespace": "gateways", "byModel": True, "timeoutSeconds": 300}
    },
    "picker-that-closes": {"gateway": {"endpointPicker": {"failureMode": "FailClose"}}},
    "queued": {
        "scheduling": {"queue": "a3"},
        "provisioning": {
            "model": "queued",
            "maxRunSeconds": 86400,
            "topology": {"level": "cloud.google.com/gce-topology-block", "required": True},
        },
    },
    "spot": {"provisioning": {"model": "spot"}},
    "shared-reservation": {
        "provisioning": {"model": "reservation", "reservation": {"name": "a", "project": "p", "block": "b"}}
    },
}


def imported(plan: Plan, folder: Path, capsys: pytest.CaptureFixture[str]) -> tuple[dict[str, Any], str]:
    """Return the profile that the stream of a plan gives, and what was said."""
    place = folder / "stream.yaml"
    place.write_text(documents(stream(plan)), encoding="utf-8")
    main(["import", "manifest", str(place), *CLUSTER])
    said = capsys.readouterr()
    data: dict[str, Any] = yaml.safe_load(said.out)
    return data, said.err


def same_again(data: dict[str, Any], plan: Plan) -> None:
    checked = pipeline.analyse("profile.yaml", yaml.safe_dump(data, sort_keys=False).encode())
    assert checked.plan, [item.message for item in checked.diagnostics]
    assert documents(stream(checked.plan)) == documents(stream(plan))


@pytest.mark.parametrize("name", CASES)
def test_a_recipe_comes_back(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    own = yaml.safe_load(CASES[name].read_text(encoding="utf-8"))
    checked = pipeline.analyse("profile.yaml", CASES[name].read_bytes())
    assert checked.plan
    data, _ = imported(checked.plan, tmp_path, capsys)
    # The path of weights does not say which model they are, and a stream not how its Secret comes to be.
    data["spec"]["model"] = own["spec"]["model"]
    data["spec"]["huggingface"] = own["spec"].get("huggingface", {})
    same_again(data, checked.plan)


@pytest.mark.parametrize("name", BLOCKS)
def test_a_block_comes_back_as_it_was(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    blocks = BLOCKS[name]
    plan = base(**{**FOUR, **blocks})
    data, said = imported(plan, tmp_path, capsys)
    kept = {key: data["spec"].get(key) for key in blocks if key not in ("replicas", "scheduling")}
    assert kept == {key: value for key, value in blocks.items() if key in kept}
    carried = (
        "PodDisruptionBudget",
        "NetworkPolicy",
        "Route",
        "PodMonitor",
        "Rule",
        "Scal",
        "Pool",
        "Strategy max",
    )
    left = [line for line in said.splitlines() if line.startswith("not carried")]
    assert not [line for line in left if any(word in line for word in carried)]
    same_again(data, plan)


def test_an_object_with_other_values_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plan = base(**FOUR, monitoring={})
    text = documents(stream(plan)).replace("severity: critical", "severity: page")
    place = tmp_path / "stream.yaml"
    place.write_text(text, encoding="utf-8")
    main(["import", "manifest", str(place), *CLUSTER])
    said = capsys.readouterr()
    assert yaml.safe_load(said.out)["spec"]["monitoring"] == {}
    assert (
        "not carried: Rules base: spec.monitoring makes it, but not with the same values: compare them\n"
        in said.err
    )


def test_a_budget_that_counts_other_pods_is_not_carried(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = documents(stream(base(**FOUR, disruption={}))).replace("minAvailable: 6", "minAvailable: 5")
    place = tmp_path / "stream.yaml"
    place.write_text(text, encoding="utf-8")
    main(["import", "manifest", str(place), *CLUSTER])
    said = capsys.readouterr()
    assert "disruption" not in yaml.safe_load(said.out)["spec"]
    assert "not carried: PodDisruptionBudget base: spec.disruption makes one; write that block\n" in said.err


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, below in items:
        yield from leaves(below, (*path, key))
    yield path


@pytest.mark.parametrize("at_place", range(4))
@pytest.mark.parametrize("odd", [None, -1, "x", [], {}, [1], {"a": 1}, 10**12, True, 1.5], ids=repr)
def test_an_odd_value_in_an_object_is_no_fault_of_r1c(
    odd: Any, at_place: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    checked = pipeline.analyse("profile.yaml", CASES["production"].read_bytes())
    assert checked.plan
    items = [copy.deepcopy(dict(item)) for item in stream(checked.plan)]
    place = tmp_path / "stream.yaml"
    for index, item in enumerate(items):
        if item["kind"] in ("LeaderWorkerSet", "ConfigMap"):
            continue
        paths = [path for path in leaves(item) if len(path) > 1]
        # One value of each object, another one for each odd value.
        *above, last = paths[(len(repr(odd)) * 7 + at_place * 13) % len(paths)]
        inside: Any = item
        for key in above:
            inside = inside[key]
        inside[last] = odd
        items[index] = item
    place.write_text(yaml.safe_dump_all(items), encoding="utf-8")
    assert main(["import", "manifest", str(place)]) in (0, 1)
    assert "this is a bug in r1c" not in capsys.readouterr().err
