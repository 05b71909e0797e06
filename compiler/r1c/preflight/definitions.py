"""The custom resource definitions: are they there, in the right version, and what do they refuse."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from r1c import facts
from r1c.check.preflight_codes import cluster_codes
from r1c.diagnostics import install
from r1c.lower.bundle import Object
from r1c.preflight import requests
from r1c.preflight.objects import Definition
from r1c.preflight.view import Found, View

_INSTALL = "kubectl apply --server-side -f https://github.com/kubernetes-sigs/lws/releases/download/{version}/manifests.yaml"
_FIELDS = {
    "leaderworkerset.x-k8s.io": "spec.cluster.lws",
    "external-secrets.io": "spec.huggingface.source",
    "monitoring.googleapis.com": "spec.monitoring",
    "monitoring.coreos.com": "spec.monitoring",
    "keda.sh": "spec.scaling",
}
_LINKS = {
    "external-secrets.io": "install External Secrets Operator (https://external-secrets.io), or change "
    "huggingface.source",
    "keda.sh": "install KEDA (https://keda.sh), or change scaling",
}
LONGEST = 3
"""Faults of one object that are reported one by one."""


def definitions(view: View) -> Iterator[Found]:
    """Check that the cluster knows the kinds and versions of the objects."""
    seen = set()
    for item in requests.objects(view.bundle):
        if not requests.is_custom(item) or (item["kind"], item["apiVersion"]) in seen:
            continue
        seen.add((item["kind"], item["apiVersion"]))
        name, version = requests.definition_of(item), item["apiVersion"].rpartition("/")[2]
        if not view.held(requests.definition(name)):
            continue
        known = view.item(requests.definition(name), Definition)
        about = f"CustomResourceDefinition {name}"
        path = _FIELDS.get(_group(item), "spec")
        if known is None:
            yield view.found(
                cluster_codes.NO_DEFINITION,
                path,
                f"the cluster does not know {item['kind']}: it has no CustomResourceDefinition {name}",
                _install(view, item),
                about,
            )
            continue
        served = [each.name for each in known.spec.versions if each.served]
        if version not in served:
            yield view.found(
                cluster_codes.NO_VERSION,
                path,
                f"the cluster does not serve {item['apiVersion']} {item['kind']}; it serves "
                f"{', '.join(served)}",
                _install(view, item),
                about,
            )


def _group(item: Object) -> str:
    return str(item["apiVersion"]).rpartition("/")[0]


def _install(view: View, item: Object) -> str:
    group = _group(item)
    if group == "leaderworkerset.x-k8s.io":
        version = view.plan.cluster.lws or facts.defaults().lws
        return f"run: {_INSTALL.format(version=version)}"
    return _LINKS.get(
        group, f"install what provides {group}, or remove the block of the profile that needs it"
    )


def schemas(view: View) -> Iterator[Found]:
    """Check the objects against the cluster's own schemas; what they do not know, the API server drops."""
    custom = [item for item in requests.objects(view.bundle) if requests.is_custom(item)]
    held = [(item, _schema(view, item)) for item in custom]
    if not any(schema for _, schema in held):
        return
    try:
        from jsonschema import Draft202012Validator, SchemaError
    except ImportError:
        yield view.found(
            cluster_codes.NO_JSONSCHEMA,
            "spec",
            "not checked: the objects against the schemas of the cluster's definitions, which needs "
            "jsonschema",
            f"run: {install.command('jsonschema')}",
            "CustomResourceDefinitions",
        )
        return
    for item, schema in held:
        if not schema:
            continue
        try:
            Draft202012Validator.check_schema(schema)
        except SchemaError:
            yield _unusable(view, item)
            continue
        faults = sorted(
            (_place(error.absolute_path), _short(error.message))
            for error in Draft202012Validator(schema).iter_errors(item)
        )
        for place, message in faults[:LONGEST]:
            yield _refused(view, item, place, message)
        body = {key: value for key, value in item.items() if key not in ("apiVersion", "kind", "metadata")}
        dropped = list(_dropped(body, schema, ""))
        for place in dropped[:LONGEST]:
            yield _unknown(view, item, place, len(dropped))


def _schema(view: View, item: Object) -> dict[str, Any]:
    request = requests.definition(requests.definition_of(item))
    known = view.item(request, Definition) if view.held(request) else None
    version = item["apiVersion"].rpartition("/")[2]
    versions = known.spec.versions if known else ()
    return next((each.schema_.open_api for each in versions if each.name == version), {})


def _unusable(view: View, item: Object) -> Found:
    return view.found(
        cluster_codes.NOT_CHECKED,
        _FIELDS.get(_group(item), "spec"),
        f"not checked: {item['kind']}: the schema of its definition is not valid",
        _install(view, item),
        f"CustomResourceDefinition {requests.definition_of(item)}",
    )


def _refused(view: View, item: Object, place: str, message: str) -> Found:
    name = item["metadata"]["name"]
    return view.found(
        cluster_codes.REFUSED_BY_SCHEMA,
        _FIELDS.get(_group(item), "spec"),
        f"the cluster's definition of {item['kind']} refuses {place} of {name}: {message}",
        _install(view, item),
        f"CustomResourceDefinition {requests.definition_of(item)}",
    )


def _unknown(view: View, item: Object, place: str, count: int) -> Found:
    more = f" (and {count - 1} more)" if count > 1 else ""
    return view.found(
        cluster_codes.DROPPED_BY_SCHEMA,
        _FIELDS.get(_group(item), "spec"),
        f"the cluster's definition of {item['kind']} does not have {place}{more}: the API server drops it",
        _install(view, item),
        f"CustomResourceDefinition {requests.definition_of(item)}",
    )


def _place(path: Any) -> str:
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return text.removeprefix(".") or "the object"


def _short(message: str) -> str:
    return re.sub(r"\s+", " ", message)[:160]


def _dropped(value: Any, schema: Mapping[str, Any], path: str) -> Iterator[str]:
    """Yield the fields that a structural schema does not have."""
    if schema.get("x-kubernetes-preserve-unknown-fields") or schema.get("x-kubernetes-embedded-resource"):
        return
    if isinstance(value, Mapping):
        fields, rest = schema.get("properties", {}), schema.get("additionalProperties")
        for key, below in value.items():
            place = f"{path}.{key}".removeprefix(".")
            if key in fields:
                yield from _dropped(below, fields[key], place)
            elif isinstance(rest, Mapping):
                yield from _dropped(below, rest, place)
            elif not rest:
                yield place
    elif isinstance(value, list | tuple):
        for index, below in enumerate(value):
            yield from _dropped(below, schema.get("items", {}), f"{path}[{index}]")
