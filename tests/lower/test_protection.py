"""Who the NetworkPolicies let in: judged as Kubernetes judges them."""

from __future__ import annotations

from typing import Any

import pytest

from plan_of import base
from r1c.lower import labels, protection
from r1c.resolve.plan import Plan

SET = "leaderworkerset.sigs.k8s.io/name"
INDEX = "leaderworkerset.sigs.k8s.io/worker-index"


def policies(made: Plan) -> list[Any]:
    assert made.protection
    manifest = protection.manifest(made, made.protection)
    return [item["spec"] for item in manifest.objects] if manifest else []


def admits(made: Plan, target: dict[str, str], port: int, namespace: str, pod: dict[str, str]) -> bool:
    """Tell whether a pod of a namespace reaches a port of a pod of the recipe."""
    chosen = [spec for spec in policies(made) if spec["podSelector"]["matchLabels"].items() <= target.items()]
    return not chosen or any(
        (port in [item["port"] for item in rule.get("ports", [{"port": port}])])
        and any(_fits(peer, namespace, pod) for peer in rule["from"])
        for spec in chosen
        for rule in spec["ingress"]
    )


def _fits(peer: Any, namespace: str, pod: dict[str, str]) -> bool:
    if "ipBlock" in peer:
        return False
    own = {"matchLabels": {protection.NAMESPACE: "default"}}
    wanted = peer.get("namespaceSelector", own)["matchLabels"][protection.NAMESPACE]
    labels_ = peer.get("podSelector", {}).get("matchLabels", {})
    return bool(namespace == wanted and labels_.items() <= pod.items())


LEADER, WORKER = {SET: "base", INDEX: "0"}, {SET: "base", INDEX: "1"}


def test_members_of_a_group_reach_each_other_on_every_port() -> None:
    made = base(protection={"clients": []})
    for source, target in ((LEADER, WORKER), (WORKER, LEADER)):
        assert admits(made, target, 34567, "default", source)
    assert not admits(made, WORKER, 34567, "other", LEADER)


@pytest.mark.parametrize(
    ("clients", "namespace", "pod", "let_in"),
    [
        (None, "default", {"app": "anything"}, True),
        (None, "chat", {"app": "chat"}, False),
        ([], "default", {"app": "anything"}, False),
        ([{"namespace": "chat"}], "chat", {"app": "other"}, True),
        ([{"namespace": "chat", "podLabels": {"app": "chat"}}], "chat", {"app": "chat"}, True),
        ([{"namespace": "chat", "podLabels": {"app": "chat"}}], "chat", {"app": "other"}, False),
        ([{"podLabels": {"app": "chat"}}], "default", {"app": "chat"}, True),
        ([{"podLabels": {"app": "chat"}}], "chat", {"app": "chat"}, False),
    ],
)
def test_clients_reach_the_port_of_the_leaders_only(
    clients: Any, namespace: str, pod: dict[str, str], let_in: bool
) -> None:
    made = base(protection={} if clients is None else {"clients": clients})
    assert admits(made, LEADER, 8000, namespace, pod) is let_in
    assert not admits(made, LEADER, 6379, namespace, pod)
    assert not admits(made, WORKER, 8000, namespace, pod)


def test_the_benchmark_and_the_collectors_are_let_in() -> None:
    made = base(protection={"clients": []}, monitoring={})
    assert admits(made, LEADER, 8000, "default", labels.labels(made, "benchmark"))
    assert admits(made, LEADER, 8000, "gmp-system", {})
    assert not admits(base(protection={"clients": []}), LEADER, 8000, "gmp-system", {})
    operated = {"system": "prometheusOperator", "namespace": "observability"}
    made = base(protection={"clients": []}, monitoring=operated)
    assert admits(made, LEADER, 8000, "observability", {})
    assert not admits(made, LEADER, 8000, "gmp-system", {})


def test_there_are_no_policies_on_the_hosts_network() -> None:
    assert policies(base(protection={}, network={"mode": "host"})) == []
