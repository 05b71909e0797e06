"""The InferencePool of the leaders, and its endpoint picker: Deployment, Service, configuration and role."""

from __future__ import annotations

import json
from typing import Any

from r1c.facts import inference_gateway
from r1c.lower.alerts import metric
from r1c.lower.bundle import Object
from r1c.lower.labels import labels, leaders
from r1c.resolve.plan import Plan

COMPONENT = "endpoint-picker"
POOLS = "inference.networking.k8s.io"
PORT, HEALTH, METRICS = 9002, 9003, 9090
CONFIGURATION = "picker.json"
GRACE_SECONDS = 130
"""As the chart of the Inference Extension has it: streams go on without the picker."""


def objects(plan: Plan, failure_mode: str) -> list[Object]:
    """Return all objects of the picker."""
    return [
        _pool(plan, failure_mode),
        _object(plan, "v1", "ServiceAccount", {}),
        *_role(plan),
        _object(plan, "v1", "ConfigMap", {"data": {CONFIGURATION: _configuration(plan)}}),
        _object(plan, "v1", "Service", {"spec": _service(plan)}),
        _object(plan, "apps/v1", "Deployment", {"spec": _deployment(plan)}),
    ]


def name(plan: Plan) -> str:
    """Return the name of the picker's own objects."""
    return f"{plan.name}-epp"


def selector(plan: Plan) -> dict[str, str]:
    """Return the labels by which the picker's pods are found."""
    return {"app.kubernetes.io/instance": plan.name, "app.kubernetes.io/component": COMPONENT}


def _pool(plan: Plan, failure_mode: str) -> Object:
    picker = {"group": "", "kind": "Service", "name": name(plan), "port": {"number": PORT}}
    spec = {
        "selector": {"matchLabels": leaders(plan)},
        "targetPorts": [{"number": plan.service.port}],
        "endpointPickerRef": {**picker, "failureMode": failure_mode},
    }
    return {
        "apiVersion": f"{POOLS}/v1",
        "kind": "InferencePool",
        "metadata": {"name": plan.name, "namespace": plan.namespace, "labels": labels(plan, "gateway")},
        "spec": spec,
    }


def _role(plan: Plan) -> list[Object]:
    """Return what the picker may read: the pods and the pool of its namespace."""
    read = ["get", "list", "watch"]
    experimental = "inference.networking.x-k8s.io"
    rules = [
        {"apiGroups": [""], "resources": ["pods"], "verbs": read},
        {"apiGroups": [POOLS], "resources": ["inferencepools"], "verbs": read},
        {
            "apiGroups": [experimental],
            "resources": ["inferenceobjectives", "inferencemodelrewrites"],
            "verbs": read,
        },
    ]
    group = "rbac.authorization.k8s.io"
    binding = {
        "subjects": [{"kind": "ServiceAccount", "name": name(plan), "namespace": plan.namespace}],
        "roleRef": {"apiGroup": group, "kind": "Role", "name": name(plan)},
    }
    return [
        _object(plan, f"{group}/v1", "Role", {"rules": rules}),
        _object(plan, f"{group}/v1", "RoleBinding", binding),
    ]


def _configuration(plan: Plan) -> str:
    """Return the chart's default plugins, with the names of metrics that this vLLM release has, as JSON."""
    weights = {"queue-scorer": 2, "kv-cache-utilization-scorer": 2, "prefix-cache-scorer": 3}
    source = {"scheme": "http", "path": "/metrics", "insecureSkipVerify": True}
    extractor: dict[str, Any] = {"type": "core-metrics-extractor"}
    cache = metric(plan, "kvCache")
    if cache != inference_gateway.picker().kv_cache:
        engine = {
            "name": "vllm",
            "queuedRequestsSpec": metric(plan, "waiting"),
            "runningRequestsSpec": metric(plan, "running"),
            "kvUsageSpec": cache,
            "loraSpec": "vllm:lora_requests_info",
            "cacheInfoSpec": "vllm:cache_config_info",
        }
        extractor["parameters"] = {"engineConfigs": [engine]}
    configuration = {
        "apiVersion": "inference.networking.x-k8s.io/v1alpha1",
        "kind": "EndpointPickerConfig",
        "plugins": [
            *({"type": scorer} for scorer in weights),
            {"type": "metrics-data-source", "parameters": source},
            extractor,
        ],
        "schedulingProfiles": [
            {
                "name": "default",
                "plugins": [{"pluginRef": scorer, "weight": weight} for scorer, weight in weights.items()],
            }
        ],
    }
    return json.dumps(configuration, indent=2) + "\n"


def _service(plan: Plan) -> Object:
    ports = (("grpc-ext-proc", PORT, "grpc"), ("http-metrics", METRICS, "metrics"))
    return {
        "type": "ClusterIP",
        "selector": selector(plan),
        "ports": [
            {"name": port, "port": number, "protocol": "TCP", "targetPort": target}
            for port, number, target in ports
        ],
    }


def _deployment(plan: Plan) -> Object:
    picker = inference_gateway.picker()
    health = {"grpc": {"port": HEALTH, "service": "inference-extension"}}
    container = {
        "name": "epp",
        "image": picker.image,
        "args": [
            # A variable, because kustomize can rename a variable's value but no part of an argument.
            "--pool-name=$(POOL_NAME)",
            f"--pool-group={POOLS}",
            "--zap-encoder=json",
            f"--config-file=/config/{CONFIGURATION}",
            "--tracing=false",
        ],
        "ports": [
            {"name": "grpc", "containerPort": PORT, "protocol": "TCP"},
            {"name": "grpc-health", "containerPort": HEALTH, "protocol": "TCP"},
            {"name": "metrics", "containerPort": METRICS, "protocol": "TCP"},
        ],
        "env": [
            {"name": "POOL_NAME", "value": plan.name},
            {
                "name": "NAMESPACE",
                "valueFrom": {"fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.namespace"}},
            },
            {
                "name": "POD_NAME",
                "valueFrom": {"fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.name"}},
            },
        ],
        "resources": {
            "requests": {"cpu": picker.cpu, "memory": picker.memory},
            "limits": {"memory": picker.memory_limit},
        },
        "livenessProbe": {**health, "initialDelaySeconds": 5, "periodSeconds": 10},
        "readinessProbe": {**health, "periodSeconds": 2},
        "volumeMounts": [{"name": "config", "mountPath": "/config"}],
    }
    spec = {
        "serviceAccountName": name(plan),
        "terminationGracePeriodSeconds": GRACE_SECONDS,
        "containers": [container],
        "volumes": [{"name": "config", "configMap": {"name": name(plan)}}],
    }
    return {
        # One replica: it remembers which group has which prefix.
        "replicas": 1,
        "strategy": {"type": "Recreate"},
        "selector": {"matchLabels": selector(plan)},
        "template": {"metadata": {"labels": labels(plan, COMPONENT)}, "spec": spec},
    }


def _object(plan: Plan, version: str, kind: str, body: Object) -> Object:
    meta = {"name": name(plan), "namespace": plan.namespace, "labels": labels(plan, COMPONENT)}
    return {"apiVersion": version, "kind": kind, "metadata": meta, **body}
