"""A checked Plan -> the Bundle: the files of a recipe, in order."""

from __future__ import annotations

from r1c.lower import access, benchmark, image, kustomization, leaderworkerset, runbook
from r1c.lower.bundle import Bundle, Manifest, Text
from r1c.lower.labels import SHARED_LABELS
from r1c.resolve.plan import Plan


def lower(plan: Plan) -> Bundle:
    """Return all files of a recipe but the lock. It cannot fail on a plan that the rules let pass."""
    objects = serving(plan)
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
        kustomization.serving([manifest.path for manifest in objects], plan.namespace, generated),
        *kustomization.constant_files(),
        *objects,
        *extra,
        kustomization.benchmark(["job.yaml"]),
        benchmark.manifest(plan),
        *_prefetch(plan),
        *image.files(plan),
        runbook.page(plan),
    ]
    return Bundle(plan.name, tuple(files))


def _prefetch(plan: Plan) -> list[Manifest | Text]:
    if plan.weights.prefetch is None:
        return []
    from r1c.lower import prefetch

    return prefetch.files(plan, plan.weights.prefetch)


def serving(plan: Plan) -> list[Manifest]:
    """Return the manifests that kustomization.yaml lists, in the order of kustomize's output.

    secret.yaml is not among them: applied, its placeholder would replace a live token.
    """
    result = [access.service_account(plan), access.service(plan), leaderworkerset.manifest(plan)]
    secret = access.secret(plan) if plan.credential_with == "serving" else None
    if secret and plan.token.source == "externalSecret":
        result.append(secret)
    return result
