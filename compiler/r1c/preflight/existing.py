"""The objects that already have the names of the recipe: who owns them, and what manages their fields."""

from __future__ import annotations

from collections.abc import Iterator

from r1c.check.preflight_codes import cluster_codes
from r1c.preflight import requests
from r1c.preflight.objects import Object
from r1c.preflight.requests import ACCOUNT, INSTANCE, MANAGED_BY
from r1c.preflight.view import Found, View, named

GITOPS = {
    "argocd": "Argo CD",
    "kustomize-controller": "Flux",
    "helm": "Helm",
    "config-sync": "Config Sync",
    "configsync": "Config Sync",
}


def own(view: View) -> Iterator[Found]:
    """Check every object of the recipe that is there already."""
    plan = view.plan
    for item in requests.objects(view.bundle):
        request = requests.own(item)
        there = view.item(request, Object) if view.held(request) else None
        if there is None:
            continue
        kind, name = item["kind"], item["metadata"]["name"]
        about = f"{kind} {request.namespace}/{name}" if request.namespace else f"{kind} {name}"
        labels = there.metadata.labels
        made = item["metadata"].get("labels", {})
        if labels.get(MANAGED_BY) != "r1c" or (
            INSTANCE in made and labels.get(INSTANCE) not in (None, made[INSTANCE])
        ):
            if kind == "ServiceAccount" and plan.service_account != plan.name:
                continue
            whose = (
                f"belongs to {labels[INSTANCE]}"
                if labels.get(MANAGED_BY) == "r1c"
                else f"was not created by r1c ({MANAGED_BY}: {labels.get(MANAGED_BY, 'not set')})"
            )
            yield view.found(
                cluster_codes.FOREIGN,
                "metadata.name",
                f"the {kind} {name} of the namespace {request.namespace} {whose}: an apply takes it over",
                "use another metadata.name or namespace, or run "
                f"`kubectl get {requests.plural(kind)} {name} -n {request.namespace} -o yaml | r1c import "
                "manifest -`"
                if kind == "LeaderWorkerSet"
                else "use another metadata.name or namespace",
                about,
            )
        managers = {
            GITOPS[start]
            for field in there.metadata.managed_fields
            for start in GITOPS
            if field.manager.startswith(start) and field.subresource != "status"
        }
        if managers:
            yield view.found(
                cluster_codes.MANAGED,
                "metadata.name",
                f"{named(managers)} manages the fields of the {kind} {name}: it may undo an apply by hand",
                "commit the output and let the tool apply the change",
                about,
            )


def account(view: View) -> Iterator[Found]:
    """Check which identity an existing service account has in Google Cloud."""
    plan = view.plan
    item = next(
        (
            each
            for each in requests.objects(view.bundle)
            if each["kind"] == "ServiceAccount" and each["metadata"]["name"] == plan.service_account
        ),
        None,
    )
    there = view.item(requests.own(item), Object) if item else None
    email = there.metadata.annotations.get(ACCOUNT) if there else None
    if email:
        yield view.found(
            cluster_codes.OTHER_IDENTITY,
            "spec.serviceAccountName",
            f"the ServiceAccount {plan.service_account} acts as {email} ({ACCOUNT}): the roles that "
            "RUNBOOK.md grants to the ServiceAccount itself have no effect",
            f"grant {email} the roles on gs://{plan.storage.bucket}, or remove the annotation",
            f"ServiceAccount {plan.namespace}/{plan.service_account}",
        )
