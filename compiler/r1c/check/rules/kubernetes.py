"""R1C6xx: names and labels (here), the environment, the cluster's versions, and scheduling."""

from __future__ import annotations

from collections.abc import Iterator

from r1c import facts, names
from r1c.check.allow import ALLOW, PLACE
from r1c.check.rule import Rule, rule
from r1c.check.rules import cluster, nodes, pod_environment, scheduling, termination
from r1c.check.rules.cluster import version
from r1c.diagnostics import Change, Finding, Move, Path, Put, Related, Remove, Severity, either, unsafe
from r1c.diagnostics.suggest import closest, corrected
from r1c.profile.paths import NAME
from r1c.resolve.plan import Plan

LABELS: Path = ("metadata", "labels")
ANNOTATIONS: Path = ("metadata", "annotations")

_OWN_LABELS = tuple(
    f"app.kubernetes.io/{name}" for name in ("name", "instance", "component", "part-of", "managed-by")
)
_RESERVED = {
    "leaderworkerset.sigs.k8s.io/": "LWS sets these labels on its pods and selects pods by them",
    "kueue.x-k8s.io/": "Kueue sets these labels, and never admits a pod that has one already",
}
_FIELDS = {
    names.QUEUE: "scheduling.queue",
    "kueue.x-k8s.io/priority-class": "scheduling.priorityClass",
    names.EXCLUSIVE_TOPOLOGY: "scheduling.exclusiveTopology",
}


def _write(name: str | None, otherwise: str) -> str:
    return f"write {name}" if name else otherwise


@rule(
    code="R1C601",
    slug="recipe-name",
    severity=Severity.ERROR,
    title="Invalid recipe name",
    why="The LeaderWorkerSet and its headless Service get this name, which must be a DNS-1035 label: the "
    "LWS webhook refuses a leading digit, dots and capitals (evidence.md, lws; evidence.md, KUB003).",
    example="metadata:\n  name: DeepSeek-R1\n",
    fix="Use lower-case letters, digits and hyphens, beginning with a letter.",
    fields=("metadata.name",),
    edits="safe or unsafe",
)
def recipe_name(plan: Plan) -> Iterator[Finding]:
    """Check the form of the name; R1C602 checks its length."""
    if names.is_dns_1035_label(plan.name[: names.LABEL_LENGTH]) or len(plan.name) > names.LABEL_LENGTH:
        return
    near = names.cleaned(plan.name, length=names.group_name_length(plan.most_groups))
    near = f"model-{near}" if near and not names.is_dns_1035_label(near) else near
    form = "lower-case letters, digits and hyphens, beginning with a letter"
    message = f'"{plan.name}" cannot name a LeaderWorkerSet; use {form}'
    edit = corrected(NAME, plan.name, near)
    yield Finding(NAME, message, _write(near, "write a name such as deepseek-r1"), edit=edit)


@rule(
    code="R1C602",
    slug="recipe-name-length",
    severity=Severity.ERROR,
    title="Recipe name too long",
    why="A worker's revision label is NAME-GROUP-HASH and has at most 63 characters. If it is longer, the "
    "LeaderWorkerSet is accepted but its workers never appear (kubernetes-sigs/lws#410). Kueue up to v0.17 "
    "adds more characters (kubernetes-sigs/kueue#10032; evidence.md, KUB002).",
    example="metadata:\n  name: deepseek-r1-671b-on-two-a3-mega-nodes-for-the-search-team\n",
    fix="Shorten the name.",
    fields=("metadata.name", "spec.replicas", "spec.cluster.kueue", "spec.scheduling.queue"),
    edits="unsafe",
)
def recipe_name_length(plan: Plan) -> Iterator[Finding]:
    """Check the length against the labels of LWS, and of Kueue if the profile gives its version."""
    limit = names.group_name_length(plan.most_groups)
    reason = f"with replicas: {plan.most_groups} a LeaderWorkerSet's name can have at most {limit}"
    related: tuple[Related, ...] = ()
    kueue = version(plan.cluster.kueue)
    if plan.scheduling.queue and kueue and kueue < (version(facts.limits().kueue.long_names) or ()):
        limit = names.KUEUE_NAME_LENGTH
        reason = f"under Kueue {plan.cluster.kueue} a LeaderWorkerSet's name can have at most {limit}"
        related = (Related("Kueue and long names", place=facts.cite("limits", "kueue.longNames")),)
    if len(plan.name) > limit:
        shorter = names.cleaned(plan.name, length=limit, letter_first=True)
        yield Finding(
            NAME,
            f"the name has {len(plan.name)} characters; {reason}",
            _write(shorter and f"{shorter}, or another name of at most {limit} characters", "shorten it"),
            related=related,
            edit=unsafe(Put(NAME, shorter)) if shorter else None,
        )


@rule(
    code="R1C603",
    slug="namespace",
    severity=Severity.ERROR,
    title="Invalid namespace",
    why="The API server accepts only a DNS label (evidence.md, gcp-build-and-storage).",
    example="metadata:\n  namespace: ML_Serving\n",
    fix="Use at most 63 lower-case letters, digits and hyphens.",
    fields=("metadata.namespace",),
    edits="safe",
)
def namespace(plan: Plan) -> Iterator[Finding]:
    """Check the namespace's form."""
    if not names.is_dns_label(plan.namespace):
        near, place = names.cleaned(plan.namespace), ("metadata", "namespace")
        form = "at most 63 lower-case letters, digits and hyphens"
        message = f'"{plan.namespace}" cannot name a namespace; use {form}'
        edit = corrected(place, plan.namespace, near)
        yield Finding(place, message, _write(near, "write a name such as default"), edit=edit)


@rule(
    code="R1C604",
    slug="label",
    severity=Severity.ERROR,
    title="Invalid label",
    why="The API server refuses every object with this label (evidence.md, gcp-build-and-storage).",
    example="metadata:\n  labels:\n    team: search & ads\n",
    fix="Use at most 63 letters, digits, hyphens, dots and underscores, with a letter or digit at both ends.",
    fields=("metadata.labels",),
)
def label(plan: Plan) -> Iterator[Finding]:
    """Check the keys and values of metadata.labels."""
    form = "at most 63 letters, digits, hyphens, dots and underscores, with a letter or digit at both ends"
    for key, value in plan.labels.items():
        if not names.is_label_key(key):
            message = f'"{key}" cannot be the key of a label'
            help_ = f"use {form}; a prefix before a slash must be a DNS name"
            yield Finding((*LABELS, key), message, help_, on_key=True)
        elif not names.is_label_value(value):
            yield Finding((*LABELS, key), f'"{value}" cannot be the value of a label', f"use {form}")


@rule(
    code="R1C605",
    slug="label-reserved",
    severity=Severity.ERROR,
    title="Reserved label",
    why="r1c's labels identify the objects of a recipe, and LWS and Kueue act on theirs: a queue label on "
    "the pods keeps them gated (kubernetes-sigs/kueue#10965; evidence.md, SCH002).",
    example="metadata:\n  labels:\n    kueue.x-k8s.io/queue-name: a3-mega\n",
    fix="Remove the label; use the profile's field if there is one.",
    fields=("metadata.labels",),
    edits="safe or unsafe",
)
def label_reserved(plan: Plan) -> Iterator[Finding]:
    """Check the keys of metadata.labels."""
    for key in plan.labels:
        reason = next((why for prefix, why in _RESERVED.items() if key.startswith(prefix)), None)
        if key in _OWN_LABELS:
            reason = "r1c sets it on every object"
        if reason:
            field = _FIELDS.get(key)
            help_ = f"remove it and write {field}" if field else "remove it"
            message, place = f"the label {key} cannot be set here: {reason}", (*LABELS, key)
            moved = Move(place, ("spec", *field.split("."))) if field else Remove(place)
            yield Finding(place, message, help_, on_key=True, edit=either(moved, sure=not field))


_FUNCTION_NOTES = ("config.kubernetes.io/", "internal.config.kubernetes.io/")
"""The annotations that kustomize and kpt add to a recipe for `r1c krm`."""


@rule(
    code="R1C606",
    slug="annotation-no-effect",
    severity=Severity.WARNING,
    title="Annotation has no effect",
    why="Annotations of a profile are notes to r1c and are not written to the manifests (evidence.md, "
    "GIT018).",
    example="metadata:\n  annotations:\n    team: search\n",
    fix="Use metadata.labels, the profile's field, or an overlay's commonAnnotations.",
    fields=("metadata.annotations",),
    edits="unsafe",
)
def annotation_no_effect(plan: Plan) -> Iterator[Finding]:
    """Check the keys of metadata.annotations."""
    for key in plan.annotations:
        if key == ALLOW or key.startswith(_FUNCTION_NOTES):
            continue
        field = _FIELDS.get(key)
        help_ = (
            f"remove it and write {field}"
            if field
            else "remove it; metadata.labels go on every object and pod"
        )
        place = (*ANNOTATIONS, key)
        change: Change = Move(place, ("spec", *field.split("."))) if field else Remove(place)
        if closest(key, [ALLOW]):
            help_, change = f"did you mean {ALLOW}?", Move(place, PLACE)
        message = (
            f"the annotation {key} has no effect: r1c does not write a profile's annotations to the manifests"
        )
        yield Finding(place, message, help_, on_key=True, edit=unsafe(change))


RULES: tuple[Rule, ...] = (
    recipe_name,
    recipe_name_length,
    namespace,
    label,
    label_reserved,
    annotation_no_effect,
    *pod_environment.RULES,
    *cluster.RULES,
    *scheduling.RULES,
    *termination.RULES,
    *nodes.RULES,
)
