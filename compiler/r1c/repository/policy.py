"""What r1c.yaml allows -> rules for its profiles: each names the line of r1c.yaml that it comes from."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from r1c.check.rule import Rule
from r1c.diagnostics import Code, Finding, Label, Path, Related, Severity
from r1c.diagnostics.suggest import closest, listed
from r1c.pipeline import Context
from r1c.profile.paths import MODEL_ID, VERSION
from r1c.record import camel_case, record, replace
from r1c.repository.model import Allow
from r1c.repository.read import ALLOW, Repository, fits
from r1c.resolve.plan import Plan

Check = Callable[[Plan, Allow], Iterator[Finding]]

_WHY = (
    "r1c.yaml lists what the recipes of this repository may use. To allow more, change the list in a review."
)
_FIX = "Use a value that r1c.yaml allows, or add yours to the list there."


@record
class Policy:
    """One field of spec.allow: the code of what it refuses, the fields that it reads, and the check."""

    field: str
    code: Code
    fields: tuple[Path, ...]
    check: Check


def policy(  # noqa: PLR0913  # a rule's page, each part by its name
    *,
    field: str,
    code: str,
    slug: str,
    title: str,
    example: str,
    fields: tuple[str, ...],
    why: str = _WHY,
    fix: str = _FIX,
) -> Callable[[Check], Policy]:
    """Declare what a field of spec.allow refuses; the decorated generator yields a Finding for each fault.

    `example` is a line of spec.allow that refuses tests/base.yaml.
    """

    def declare(check: Check) -> Policy:
        shown = f"# r1c.yaml\nspec:\n  allow:\n    {example}\n"
        found = Code(code, slug, Severity.ERROR, title, why, shown, fix)
        return Policy(field, found, tuple(tuple(path.split(".")) for path in fields), check)

    return declare


@policy(
    field="platforms",
    code="R1C192",
    slug="platform-not-allowed",
    title="Platform not allowed in this repository",
    example="platforms: [a4]",
    fields=("spec.platform",),
)
def platforms(plan: Plan, allow: Allow) -> Iterator[Finding]:
    """Refuse other platforms."""
    yield from _outside(("spec", "platform"), "platform", plan.platform.id, allow.platforms)


@policy(
    field="models",
    code="R1C290",
    slug="model-not-allowed",
    title="Model not allowed in this repository",
    example="models: [Qwen/*]",
    fields=("spec.model.id",),
)
def models(plan: Plan, allow: Allow) -> Iterator[Finding]:
    """Refuse other models."""
    yield from _outside(MODEL_ID, "model", plan.model.id, allow.models)


@policy(
    field="vllm_versions",
    code="R1C490",
    slug="vllm-version-not-allowed",
    title="vLLM version not allowed in this repository",
    example="vllmVersions: [v0.11.*]",
    fields=("spec.vllm.version",),
)
def vllm_versions(plan: Plan, allow: Allow) -> Iterator[Finding]:
    """Refuse other vLLM versions."""
    path = VERSION
    yield from _outside(path, "vLLM version", plan.server.version, allow.vllm_versions)


@policy(
    field="max_nodes",
    code="R1C690",
    slug="more-nodes-than-allowed",
    title="More nodes than this repository allows",
    example="maxNodes: 1",
    fields=("spec.nodes", "spec.replicas", "spec.parallelism", "spec.platform"),
    why="r1c.yaml limits how many GPU nodes one recipe may take.",
    fix="Use fewer nodes or groups, or raise spec.allow.maxNodes in r1c.yaml.",
)
def max_nodes(plan: Plan, allow: Allow) -> Iterator[Finding]:
    """Refuse a recipe that needs more nodes."""
    most, group, needed = allow.max_nodes, plan.group, plan.least_nodes
    if most is None or needed <= most:
        return
    field, fewer = ("nodes", most)
    if group.replicas > 1:
        groups = next(
            (number for number in range(group.replicas, 0, -1) if _nodes(plan, number) <= most), None
        )
        field, fewer = ("replicas", groups) if groups else ("nodes", most)
    path: Path = ("spec", field)
    groups_said = f" ({group.replicas} groups)" if group.replicas > 1 else ""
    message = (
        f"the recipe needs {needed} nodes{groups_said}, more than the {most} that this repository allows"
    )
    yield Finding(path, message, f"write {field}: {fewer} or fewer, or raise maxNodes in r1c.yaml")


@policy(
    field="registries",
    code="R1C890",
    slug="registry-not-allowed",
    title="Image registry not allowed in this repository",
    example="registries: [us-central1-docker.pkg.dev/acme/*]",
    fields=("spec.image.registry", "spec.gpudirect"),
)
def registries(plan: Plan, allow: Allow) -> Iterator[Finding]:
    """Refuse images of other registries; those of Google's GPUDirect are judged if the profile names them."""
    yield from _outside(("spec", "image", "registry"), "registry", plan.image.registry, allow.registries)
    images = {"ncclPluginImage": plan.gpudirect.plugin_image, "rxdmImage": plan.gpudirect.rxdm_image}
    for name, image in images.items():
        path: Path = ("spec", "gpudirect", name)
        if path in plan.given:
            yield from _outside(path, "registry", image.rpartition("/")[0], allow.registries)


@policy(
    field="regions",
    code="R1C891",
    slug="region-not-allowed",
    title="Region not allowed in this repository",
    example="regions: [europe-west4]",
    fields=("spec.cluster.region", "spec.build.region"),
)
def regions(plan: Plan, allow: Allow) -> Iterator[Finding]:
    """Refuse clusters and builds in other regions; a build without its own region is in the cluster's."""
    yield from _outside(("spec", "cluster", "region"), "region", plan.cluster.region, allow.regions)
    build: Path = ("spec", "build", "region")
    if build in plan.given:
        yield from _outside(build, "region", plan.build.region, allow.regions)


POLICIES: tuple[Policy, ...] = (platforms, models, vllm_versions, max_nodes, registries, regions)
CODES: tuple[Code, ...] = tuple(item.code for item in POLICIES)


def context(repository: Repository) -> Context:
    """Return what a repository gives to its profiles."""
    allow = repository.allow
    rules = tuple(
        Rule(item.code, item.fields, _bound(item, repository))
        for item in POLICIES
        if getattr(allow, item.field) is not None
    )
    return Context(repository.defaults, rules)


def _bound(item: Policy, repository: Repository) -> Callable[[Plan], Iterator[Finding]]:
    """Return the check for one repository, whose findings name the line of r1c.yaml."""
    document, path = repository.document, (*ALLOW, camel_case(item.field))
    span = document.span(path, on_key=True)
    line = document.line(document.source, span.line) if span else ""
    said = f"spec.allow.{path[-1]} of this repository"
    related = Related(said, label=Label(said, document.source.name, span, line))

    def check(plan: Plan) -> Iterator[Finding]:
        for finding in item.check(plan, repository.allow):
            yield replace(finding, related=(*finding.related, related))

    return check


def _outside(path: Path, what: str, value: str, allowed: Sequence[str] | None) -> Iterator[Finding]:
    """Yield a finding for a value that a list does not allow."""
    if allowed is None or any(fits(value, entry) for entry in allowed):
        return
    plain = [entry for entry in allowed if "*" not in entry]
    near = closest(value, plain)
    if near:
        advice = f"did you mean {near}?"
    elif not allowed:
        advice = "r1c.yaml allows nothing here: add it to the list, or remove the list"
    elif len(plain) == len(allowed):
        advice = f"use {listed(allowed)}, or add {value} to the list in r1c.yaml"
    else:
        advice = f"use one that matches {listed(allowed)}, or add {value} to the list in r1c.yaml"
    yield Finding(path, f"{what} {value} is not allowed in this repository", advice)


def _nodes(plan: Plan, replicas: int) -> int:
    return replace(plan, group=replace(plan.group, replicas=replicas)).least_nodes
