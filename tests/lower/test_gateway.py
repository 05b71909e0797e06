"""gateway.yaml: where requests go, what GKE checks, and what the endpoint picker reads."""

from __future__ import annotations

import json
from typing import Any

import pytest

from plan_of import base
from r1c.facts import inference_gateway, vllm, vllm_metrics
from r1c.lower import endpoint_picker, gateway
from r1c.resolve.plan import Plan


def objects(made: Plan) -> dict[str, Any]:
    assert made.gateway
    return {item["kind"]: item for item in gateway.manifest(made, made.gateway).objects}


def test_without_a_picker_requests_go_to_the_service() -> None:
    made = objects(base(gateway={}))
    assert set(made) == {"Gateway", "HTTPRoute", "HealthCheckPolicy", "GCPBackendPolicy"}
    (rule,) = made["HTTPRoute"]["spec"]["rules"]
    assert rule["backendRefs"] == [{"group": "", "kind": "Service", "name": "base-svc", "port": 8000}]
    target = {"group": "", "kind": "Service", "name": "base-svc"}
    assert made["HealthCheckPolicy"]["spec"]["targetRef"] == target
    assert made["GCPBackendPolicy"]["spec"]["targetRef"] == target


def test_an_existing_gateway_is_joined_and_none_is_written() -> None:
    made = objects(base(gateway={"name": "shared", "namespace": "gateways"}))
    assert "Gateway" not in made
    (parent,) = made["HTTPRoute"]["spec"]["parentRefs"]
    assert (parent["name"], parent["namespace"]) == ("shared", "gateways")


def test_a_route_by_model_asks_for_the_header() -> None:
    made = base(gateway={"byModel": True}, model={"id": "deepseek-ai/DeepSeek-R1", "servedName": "r1"})
    (rule,) = objects(made)["HTTPRoute"]["spec"]["rules"]
    (match,) = rule["matches"]
    assert match["headers"] == [{"type": "Exact", "name": "X-Gateway-Model-Name", "value": "r1"}]


def test_a_certificate_makes_the_listener_https() -> None:
    (plain,) = objects(base(gateway={}))["Gateway"]["spec"]["listeners"]
    assert (plain["protocol"], plain["port"]) == ("HTTP", 80)
    (secure,) = objects(base(gateway={"tlsSecretName": "chat"}))["Gateway"]["spec"]["listeners"]
    assert (secure["protocol"], secure["port"]) == ("HTTPS", 443)
    assert secure["tls"]["certificateRefs"] == [{"group": "", "kind": "Secret", "name": "chat"}]


@pytest.mark.parametrize(
    ("grace", "asked", "timeout", "draining"),
    [(600, None, 600, 600), (7200, None, 7200, 3600), (600, 90, 90, 600)],
)
def test_requests_have_the_time_that_pods_have(
    grace: int, asked: int | None, timeout: int, draining: int
) -> None:
    section = {} if asked is None else {"timeoutSeconds": asked}
    made = objects(base(gateway=section, scheduling={"terminationGracePeriodSeconds": grace}))
    assert made["GCPBackendPolicy"]["spec"]["default"] == {
        "timeoutSec": timeout,
        "connectionDraining": {"drainingTimeoutSec": draining},
    }


@pytest.mark.parametrize("version", vllm.versions())
def test_the_picker_reads_metrics_that_the_release_has(version: str) -> None:
    server = {"version": version, "args": {"max-model-len": 32768}}
    made = base(vllm=server, replicas=2, gateway={"endpointPicker": {}})
    configuration = json.loads(objects(made)["ConfigMap"]["data"][endpoint_picker.CONFIGURATION])
    (extractor,) = [item for item in configuration["plugins"] if item["type"] == "core-metrics-extractor"]
    read = [inference_gateway.picker().kv_cache]
    for engine in extractor.get("parameters", {}).get("engineConfigs", ()):
        read = [engine[key] for key in ("queuedRequestsSpec", "runningRequestsSpec", "kvUsageSpec")]
    engines = vllm_metrics.engines_of(version, made.server.env)
    assert [name for name in read if not vllm_metrics.has(name, version, engines)] == []
