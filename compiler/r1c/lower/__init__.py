"""A checked Plan -> the Bundle: the files of a recipe, in order."""

from __future__ import annotations

from collections.abc import Iterator

from r1c.lower import access, benchmark, image, kustomization, leaderworkerset, runbook
from r1c.lower.bundle import Bundle, Manifest, Object, Text
from r1c.lower.labels import SHARED_LABELS
from r1c.resolve.plan import Plan

FIRST = ("ServiceAccount", "Role", "RoleBinding", "ConfigMap", "Service", "Deployment", "PodDisruptionBudget")
"""The kinds that kustomize puts before all others, in its order (kustomize, legacy sort order)."""


def lower(plan: Plan) -> Bundle:
    """Return all files of a recipe but the lock. It cannot fail on a plan that the rules let pass."""
    objects, own = serving(plan), list(blocks(plan))
    claims = [kustomization.CLAIMS] if plan.network.claim else []
    configurations = [*([kustomization.BLOCKS] if len(own) > len(claims) else []), *claims]
    generated: kustomization.EnvSecret | None = None
    extra: list[Manifest | Text] = []
    served = plan.credential_with == "serving"
    secret = access.secret(plan) if served else None
    if served and plan.token.source == "envFile":
        generated = kustomization.EnvSecret(plan.token.secret, plan.token.env_file, SHARED_LABELS)
        extra.append(Text(".gitignore", f"/{plan.token.env_file}\n"))
    elif secret and secret not in objects:
        extra.append(secret)
    files: list[Manifest | Text] = [
        kustomization.serving(
            [manifest.path for manifest in objects], plan.namespace, generated, configurations
        ),
        *kustomization.constant_files(),
        *map(kustomization.configuration, configurations),
        *objects,
        *extra,
        kustomization.benchmark(["job.yaml"]),
        benchmark.manifest(plan),
        *_prefetch(plan),
        *image.files(plan),
        runbook.page(plan, [item for manifest in own for item in manifest.objects]),
    ]
    return Bundle(plan.name, tuple(files))


def _prefetch(plan: Plan) -> list[Manifest | Text]:
    if plan.weights.prefetch is None:
        return []
    from r1c.lower import prefetch

    return prefetch.files(plan, plan.weights.prefetch)


def serving(plan: Plan) -> list[Manifest]:
    """Return the manifests that kustomization.yaml lists.

    secret.yaml is not among them: applied, its placeholder would replace a live token.
    """
    result = [access.service_account(plan), access.service(plan), leaderworkerset.manifest(plan)]
    secret = access.secret(plan) if plan.credential_with == "serving" else None
    if secret and plan.token.source == "externalSecret":
        result.append(secret)
    return [*result, *blocks(plan)]


def stream(plan: Plan) -> list[Object]:
    """Return the serving objects in the order of kustomize's output."""
    return sorted((item for manifest in serving(plan) for item in manifest.objects), key=_place)


def _place(item: Object) -> tuple[int, str, str]:
    group, _, version = item["apiVersion"].rpartition("/")
    known = FIRST.index(item["kind"]) if item["kind"] in FIRST else len(FIRST)
    return known, f"{group or '~G'}_{version}_{item['kind']}", item["metadata"]["name"]


def blocks(plan: Plan) -> Iterator[Manifest]:
    """Yield the file of each optional block that the profile has; the others are not even imported."""
    if plan.network.claim:
        from r1c.lower import claim

        yield claim.manifest(plan, plan.network.claim)
    if plan.monitoring:
        from r1c.lower import monitoring

        yield monitoring.manifest(plan, plan.monitoring)
    if plan.disruption:
        from r1c.lower import disruption

        budget = disruption.manifest(plan, plan.disruption)
        if budget:
            yield budget
    if plan.protection:
        from r1c.lower import protection

        policies = protection.manifest(plan, plan.protection)
        if policies:
            yield policies
    if plan.scaling:
        from r1c.lower import scaling

        yield scaling.manifest(plan, plan.scaling)
    if plan.gateway:
        from r1c.lower import gateway

        yield gateway.manifest(plan, plan.gateway)
