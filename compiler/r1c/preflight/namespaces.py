"""The namespace: there, open to these pods, and with room in its quotas; priority class and Secrets."""

from __future__ import annotations

import shlex
from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal

from r1c.check.preflight_codes import cluster_codes
from r1c.preflight import requests
from r1c.preflight.objects import Definition, LimitRange, Object, Quota, Secret, Store
from r1c.preflight.quantity import amount, shown
from r1c.preflight.view import Found, View, named

ENFORCE = "pod-security.kubernetes.io/enforce"


def namespace(view: View) -> Iterator[Found]:
    """Check that the namespace is there and takes pods that mount folders of the node."""
    name = view.plan.namespace
    item = view.item(requests.namespace(name), Object)
    if item is None:
        yield view.found(
            cluster_codes.NO_NAMESPACE,
            "metadata.namespace",
            f"the cluster has no namespace {name}",
            f"run: kubectl create namespace {name}",
            f"Namespace {name}",
        )
        return
    level = item.metadata.labels.get(ENFORCE, "privileged")
    if level != "privileged":
        yield view.found(
            cluster_codes.POD_SECURITY,
            "metadata.namespace",
            f"the namespace {name} enforces the Pod Security level {level}, which refuses pods with hostPath "
            "volumes; these pods mount the GPU driver from the node",
            f"run: kubectl label namespace {name} {ENFORCE}=privileged --overwrite, or use another namespace",
            f"Namespace {name}",
        )


def quotas(view: View) -> Iterator[Found]:
    """Check that each ResourceQuota has room for all groups, not counting what its own pods use now."""
    plan = view.plan
    items = view.items(requests.quotas(plan.namespace), Quota)
    if not items:
        return
    groups = plan.group.replicas
    needed = {f"requests.{name}": value * groups for name, value in view.group_requests().items()}
    for name in ("cpu", "memory"):
        needed[name] = needed.get(f"requests.{name}", Decimal(0))
    needed["pods"] = Decimal(plan.group.nodes * groups)
    own: dict[str, Decimal] = defaultdict(Decimal)
    for pod in view.running():
        if (pod.namespace, pod.group) == (plan.namespace, plan.name):
            own["pods"] += 1
            for resource, value in pod.requests.items():
                own[f"requests.{resource}"] += value
    for item in items:
        if item.spec.scopes or item.spec.scope_selector:
            continue
        for resource, text in item.status.hard.items():
            limit, used = amount(text), amount(item.status.used.get(resource, "0"))
            if limit is None or used is None or not needed.get(resource):
                continue
            key = f"requests.{resource}" if resource in ("cpu", "memory") else resource
            rest = limit - (used - min(used, own[key]))
            if rest < needed[resource]:
                yield view.found(
                    cluster_codes.QUOTA,
                    "spec.replicas" if plan.group.replicas > 1 else "spec.nodes",
                    f"the ResourceQuota {item.metadata.name} leaves {shown(rest, resource)} of {resource}, "
                    f"and the recipe needs {shown(needed[resource], resource)}",
                    "raise it: kubectl edit resourcequota "
                    f"{shlex.quote(item.metadata.name)} -n {plan.namespace}",
                    f"ResourceQuota {plan.namespace}/{item.metadata.name}",
                )


def limits(view: View) -> Iterator[Found]:
    """Check that no LimitRange refuses a container or pod of the recipe."""
    plan = view.plan
    for item in view.items(requests.limit_ranges(plan.namespace), LimitRange):
        for limit in item.spec.limits:
            wanted = _largest(view, limit.type)
            for resource, text in limit.max.items():
                most, needs = amount(text), wanted.get(resource, Decimal(0))
                if most is not None and needs > most:
                    yield view.found(
                        cluster_codes.LIMIT_RANGE,
                        "metadata.namespace",
                        f"the LimitRange {item.metadata.name} allows a {limit.type.lower()} "
                        f"{shown(most, resource)} of {resource}, but the recipe's requests "
                        f"{shown(needs, resource)}",
                        "raise it: kubectl edit limitrange "
                        f"{shlex.quote(item.metadata.name)} -n {plan.namespace}",
                        f"LimitRange {plan.namespace}/{item.metadata.name}",
                    )


def _largest(view: View, type_: str) -> dict[str, Decimal]:
    """Return the largest requests of a container, or of a pod."""
    most: dict[str, Decimal] = {}
    for spec in view.templates():
        parts = [spec.requests()] if type_ == "Pod" else []
        if type_ == "Container":
            parts = [
                {name: amount(text) or Decimal(0) for name, text in item.resources.requests.items()}
                for item in (*spec.init_containers, *spec.containers)
            ]
        for part in parts:
            most |= {name: max(value, most.get(name, Decimal(0))) for name, value in part.items()}
    return most


def priority(view: View) -> Iterator[Found]:
    """Check that the priority class exists."""
    name = view.plan.scheduling.priority_class
    if name and view.item(requests.priority_class(name), Object) is None:
        yield view.found(
            cluster_codes.NO_PRIORITY_CLASS,
            "spec.scheduling.priorityClass",
            f"the cluster has no PriorityClass {name}: the API server refuses the pods",
            "write one of the names that this prints: kubectl get priorityclasses",
            f"PriorityClass {name}",
        )


def secrets(view: View) -> Iterator[Found]:
    """Check that the Secrets that somebody else creates are there, with their keys."""
    plan = view.plan
    for at, by_hand in requests.secrets(plan).items():
        request = requests.secret(plan.namespace, at.name)
        if not view.held(request):
            continue
        item = view.item(request, Secret)
        token = at.name == plan.token.secret and at.key == plan.token.key
        path = "spec.huggingface.secretKey" if token else "spec.vllm.env"
        about = f"Secret {plan.namespace}/{at.name}"
        if item is None and by_hand:
            yield view.found(
                cluster_codes.NO_SECRET,
                "spec.huggingface.secretName" if token else path,
                f"the namespace {plan.namespace} has no Secret {at.name}, which the recipe does not create",
                "run: r1c secret PROFILE | kubectl apply -f -"
                if token
                else f"run: kubectl create secret generic {at.name} -n {plan.namespace} "
                f"--from-file={at.key}=FILE",
                about,
            )
        elif item is not None and by_hand and at.key not in item.keys:
            yield view.found(
                cluster_codes.NO_KEY,
                path,
                f"the Secret {at.name} has no key {at.key}; its keys are {named(item.keys) or '(none)'}",
                f"add the key {at.key} to the Secret, or write one of its keys in the profile",
                about,
            )


def store(view: View) -> Iterator[Found]:
    """Check the store that an ExternalSecret reads from."""
    plan = view.plan
    if plan.token.source != "externalSecret" or not plan.credential_with:
        return
    request = requests.store(plan)
    about = f"{plan.token.store_kind} {plan.token.store}"
    path = "spec.huggingface.externalSecret"
    if view.item(requests.definition(request.definition), Definition) is None:
        return
    item = view.item(request, Store)
    if item is None:
        yield view.found(
            cluster_codes.NO_STORE,
            path,
            f"the cluster has no {about}, from which the ExternalSecret takes the token",
            f"write one of the names that this prints: kubectl get {plan.token.store_kind.lower()}",
            about,
        )
        return
    ready = item.status.of("Ready")
    if ready and ready.status != "True":
        yield view.found(
            cluster_codes.STORE_NOT_READY,
            path,
            f"the {about} is not ready" + (f" ({ready.reason})" if ready.reason else ""),
            f"read the reason in: kubectl describe {plan.token.store_kind.lower()} {plan.token.store}",
            about,
        )
