"""A change and what runs -> the impact: what applying it does to the cluster, and the fact behind that."""

from __future__ import annotations

import shlex
from collections.abc import Callable

from r1c.difference import group_impact
from r1c.difference.compare import Change
from r1c.difference.documents import Document
from r1c.difference.downtime import Downtime
from r1c.difference.effects import NOTHING, Effect, Impact, deletion, impact
from r1c.difference.tree import Path

Judge = Callable[[Downtime, Document, Change], Impact]


def of_change(downtime: Downtime, document: Document, change: Change) -> Impact:
    """Return the impact of one change in a document that stays what it is; `document` is the old one."""
    applied = document.kind not in ("", "Secret") or change.path[:1] == ("secretGenerator",)
    if downtime.clusters and applied:
        return _elsewhere(downtime.clusters, change)
    for kind, path, judge in RULES:
        if kind == (document.kind or document.name) and _matches(path, change.path):
            return judge(downtime, document, change)
    return _in_place() if document.kind else of_no_object()


def _matches(pattern: Path, path: Path) -> bool:
    return path[: len(pattern)] == pattern


def _in_place(*_: object) -> Impact:
    return impact(Effect.IN_PLACE, "updates it in place: no pod restarts", "metadata")


def _job(_: Downtime, document: Document, __: Change) -> Impact:
    if _prefetches(document):
        text = "delete the Job and run it again, before the new pods start"
        return impact(Effect.PREFETCH, text, "prefetch", f"{deletion(document)} --ignore-not-found")
    text = "delete the Job before the next benchmark; the server is not affected"
    return impact(Effect.JOB, text, "job", f"{deletion(document)} --ignore-not-found")


def benchmarks(document: Document) -> bool:
    """Tell whether a document is the benchmark's Job."""
    return document.kind == "Job" and not _prefetches(document)


def _prefetches(document: Document) -> bool:
    return document.file.startswith("prefetch/")


def of_record() -> Impact:
    """Return the impact of a Job in which only what is recorded with results changes."""
    text = "updates the profile digest recorded with results; delete the Job before the next benchmark"
    return impact(Effect.RECORDED, text, "job")


def of_unused_job() -> Impact:
    """Return the impact of a change in the Job of a recipe that keeps no benchmark."""
    text = f"{NOTHING}: the profile has no spec.benchmark; apply the Job by hand (RUNBOOK.md, Benchmark)"
    return impact(Effect.NOTHING, text, "job")


def _job_settings(*_: object) -> Impact:
    return impact(Effect.IN_PLACE, "updates this Job in place", "jobSettings")


def _service_type(_: Downtime, __: Document, change: Change) -> Impact:
    text = f"updates the Service in place: clients reach a {change.new} differently from a {change.old}"
    return impact(Effect.IN_PLACE, text, "service")


def _service_ports(*_: object) -> Impact:
    return impact(Effect.IN_PLACE, "updates the Service in place: clients must use the new port", "service")


def _service(*_: object) -> Impact:
    return impact(Effect.IN_PLACE, "updates the Service in place: no pod restarts", "service")


def _external_secret(*_: object) -> Impact:
    text = (
        "updates it in place: the operator writes the Secret again; running pods keep the token that they "
        "started with"
    )
    return impact(Effect.IN_PLACE, text, "externalSecret")


def _generated_secret(downtime: Downtime, _: Document, change: Change) -> Impact:
    """Return the impact of a change in what kustomize makes the token's Secret of."""
    if len(change.path) < 3 and change.kind == "added":
        name = change.path[-1].strip("[]")
        text = f"the apply creates the Secret {name}, or updates the one in the cluster"
        return impact(Effect.CREATED, text, "secretGenerator")
    if len(change.path) < 3 and change.kind == "removed":
        return _no_more_generated(downtime, change.path[-1].strip("[]"))
    if change.path[2:] == ("namespace",):
        text = f"creates the Secret in {change.new}; the one in {change.old} stays until you delete it"
        return impact(Effect.MOVED, text, "secretGenerator")
    return impact(Effect.IN_PLACE, "updates the Secret in place: no pod restarts", "secretGenerator")


def _no_more_generated(downtime: Downtime, name: str) -> Impact:
    token = downtime.new.token
    if token.secret != name:
        text = f"the Secret {name} stays in the cluster: delete it if nothing else in the namespace uses it"
        return impact(Effect.LEFT, text, "secretGenerator")
    until = " until the operator writes it" if token.source == "externalSecret" else ""
    text = f"{NOTHING}: the apply no longer creates the Secret {name}; the one in the cluster stays{until}"
    return impact(Effect.NOTHING, text, "secretGenerator")


def _scraped(*_: object) -> Impact:
    text = "updates it in place: takes effect with the next scrape; no pod restarts"
    return impact(Effect.IN_PLACE, text, "monitoring")


def _alert_rules(*_: object) -> Impact:
    text = "updates it in place: alerts that are pending or firing start over, and no pod restarts"
    return impact(Effect.IN_PLACE, text, "monitoring")


def _config_map(_: Downtime, document: Document, __: Change) -> Impact:
    """Return the impact on the dashboard, or on the endpoint picker, which reads its file when it starts."""
    if document.name.endswith("-epp"):
        words = ["kubectl", "rollout", "restart", f"deployment/{document.name}", "-n", document.namespace]
        text = "updates it in place: restart the endpoint picker, which reads it only at start"
        return impact(Effect.IN_PLACE, text, "picker", shlex.join(words))
    return impact(Effect.IN_PLACE, "updates it in place: Grafana shows the new dashboard", "monitoring")


def _budget(*_: object) -> Impact:
    text = "updates it in place: takes effect with the next drain; no pod restarts"
    return impact(Effect.IN_PLACE, text, "disruption")


def _policy(*_: object) -> Impact:
    text = "updates it in place: takes effect for new connections; no pod restarts"
    return impact(Effect.IN_PLACE, text, "protection")


def _autoscaler(*_: object) -> Impact:
    text = "updates it in place: takes effect with the next scaling decision; no pod restarts now"
    return impact(Effect.IN_PLACE, text, "scaling")


def _claim(_: Downtime, document: Document, __: Change) -> Impact:
    """Return the impact on a template that cannot be changed: an apply with another one is refused."""
    text = "the API server refuses it: delete the template first; running pods keep their NICs"
    return impact(Effect.REPLACED, text, "claim", deletion(document))


def _picker(downtime: Downtime, _: Document, __: Change) -> Impact:
    asked = downtime.new.gateway
    closed = asked is not None and asked.failure_mode == "FailClose"
    meanwhile = "are refused" if closed else "go to any group"
    text = f"restarts the endpoint picker: requests {meanwhile} for some seconds; the groups are not affected"
    return impact(Effect.IN_PLACE, text, "picker")


def _listed(*_: object) -> Impact:
    return impact(Effect.NOTHING, f"{NOTHING}: it only lists the files of an apply", "notApplied")


def _secret_file(*_: object) -> Impact:
    text = f"{NOTHING}: create the Secret again as you created it before"
    return impact(Effect.NOTHING, text, "secretFile")


def _overlays(*_: object) -> Impact:
    return impact(Effect.NOTHING, f"{NOTHING}: only overlays read it", "notApplied")


def _image(downtime: Downtime, _: Document, __: Change) -> Impact:
    return image_files(downtime)


def _build_settings(*_: object) -> Impact:
    return impact(Effect.NOTHING, f"{NOTHING}: the next build uses it", "notApplied")


def image_files(downtime: Downtime) -> Impact:
    """Return the impact of a change in the sources or the name of the image."""
    old, new = downtime.old.image, downtime.new.image
    if old.reference == new.reference and new.digest:
        text = (
            "the pods run the pinned digest and see no new build: set image.digest to that of the new image"
        )
        return impact(Effect.STALE, text, "image")
    if old.reference == new.reference and not downtime.clusters:
        text = f"a new build of {new.tagged} is not picked up: set another image.tag, or pin image.digest"
        return impact(Effect.STALE, text, "image")
    return _to_build(downtime)


def _to_build(downtime: Downtime) -> Impact:
    new = downtime.new.image
    text = f"build and push {new.tagged} first (RUNBOOK.md, step 2)"
    more = "; image.digest must be that of this build" if new.digest else ", or the new pods wait for it"
    return impact(Effect.BUILD, text + more, "image")


def of_no_object() -> Impact:
    """Return the impact of a change that reaches no object, such as another layout of a file."""
    return impact(Effect.NOTHING, NOTHING, "notApplied")


def of_new(downtime: Downtime, document: Document) -> Impact:
    """Return the impact of an object or file that the old side lacks."""
    if not document.kind:
        return of_change(downtime, document, Change((), "added", None, document.body))
    return _created(downtime, document)


def of_whole(downtime: Downtime, document: Document, *, added: bool) -> Impact:
    """Return the impact of an object or file of a recipe that one side lacks altogether."""
    if document.kind:
        return _created(downtime, document) if added else of_gone(downtime, document)
    if added and document.name == "image/Dockerfile":
        return _to_build(downtime)
    return of_no_object()


def _created(downtime: Downtime, document: Document) -> Impact:
    if document.kind == "Secret":
        text = f"{NOTHING}: encrypt a copy that has the token, and list it in an overlay"
        return impact(Effect.NOTHING, text, "applied")
    if downtime.clusters:
        return _elsewhere(downtime.clusters, Change((), "added", None, document.body))
    if document.kind == "Job" and _prefetches(document):
        text = "run it first, with a separate apply (prefetch/): the new pods need the weights"
        return impact(Effect.PREFETCH, text, "prefetch")
    text = {
        "LeaderWorkerSet": f"creates it: {downtime.starting()}",
        "Job": "created and run with a separate apply (benchmark/)",
    }.get(document.kind, "creates it")
    return impact(Effect.CREATED, text, "applied")


def _elsewhere(clusters: tuple[str, str], change: Change) -> Impact:
    """Return the impact of what reaches the new cluster only, or no cluster any more."""
    old, new = clusters
    text = f"applies in {new}; {old} is not changed"
    if change.kind == "removed" and len(change.path) < 3:
        text = f"not created in {new}; the one in {old} stays until you delete it there"
    return impact(Effect.ELSEWHERE, text, "cluster")


def of_gone(downtime: Downtime, document: Document) -> Impact:
    """Return the impact of an object or file that the new side lacks."""
    if not document.kind:
        return of_change(downtime, document, Change((), "removed", document.body, None))
    if downtime.clusters:
        return _elsewhere(downtime.clusters, Change((), "removed", document.body, None))
    if document.kind == "ExternalSecret":
        return _external_secret_gone(document)
    text = "stays in the cluster until you delete it"
    if document.kind in ("HorizontalPodAutoscaler", "ScaledObject"):
        text = "stays in the cluster, and keeps setting the number of groups, until you delete it"
    if document.kind == "LeaderWorkerSet":
        text = f"stays in the cluster and holds its {downtime.held()} until you delete it"
    return impact(Effect.LEFT, text, "applied", deletion(document))


def _external_secret_gone(document: Document) -> Impact:
    text = (
        "stays in the cluster, and the operator keeps writing its Secret, until you delete it; "
        "--cascade=orphan keeps the Secret, which the operator owns"
    )
    return impact(Effect.LEFT, text, "externalSecretOwner", f"{deletion(document)} --cascade=orphan")


def of_renamed(downtime: Downtime, old: Document, new: Document) -> Impact:
    """Return the impact of another name or namespace of an object."""
    if downtime.clusters:
        return _elsewhere(downtime.clusters, Change((), "changed", old.body, new.body))
    held = f"holds its {downtime.held()}" if new.kind == "LeaderWorkerSet" else "stays"
    needed = {
        "LeaderWorkerSet": f": {downtime.starting()}",
        "Service": ": clients must use the new address",
        "ServiceAccount": ": give it access to the bucket first (RUNBOOK.md, step 5)",
    }.get(new.kind, "")
    text = f"creates a new one{needed}; the old one {held} until you delete it"
    maybe = " --ignore-not-found" if new.kind == "Job" else ""
    return impact(Effect.MOVED, text, "name", deletion(old) + maybe)


_GROUP = ("spec", "leaderWorkerTemplate")
_LWS, _JOB, _SERVICE = "LeaderWorkerSet", "Job", "Service"

RULES: tuple[tuple[str, Path, Judge], ...] = (
    (_LWS, ("spec", "replicas"), group_impact.replicas),
    (_LWS, (*_GROUP, "size"), group_impact.size),
    (_LWS, (*_GROUP, "subGroupPolicy"), group_impact.sub_groups),
    (_LWS, ("spec", "rolloutStrategy"), group_impact.rollout),
    (_LWS, ("spec", "startupPolicy"), group_impact.rollout),
    (_LWS, ("spec",), group_impact.revision),
    (_LWS, ("metadata", "labels", "[kueue.x-k8s.io/queue-name]"), group_impact.queue),
    (
        _LWS,
        ("metadata", "annotations", "[leaderworkerset.sigs.k8s.io/exclusive-topology]"),
        group_impact.topology,
    ),
    (_JOB, ("spec", "backoffLimit"), _job_settings),
    (_JOB, ("spec", "ttlSecondsAfterFinished"), _job_settings),
    (_JOB, ("spec",), _job),
    (_SERVICE, ("spec", "type"), _service_type),
    (_SERVICE, ("spec", "ports"), _service_ports),
    (_SERVICE, (), _service),
    ("ExternalSecret", ("spec",), _external_secret),
    ("PodDisruptionBudget", ("spec",), _budget),
    ("NetworkPolicy", ("spec",), _policy),
    ("HorizontalPodAutoscaler", ("spec",), _autoscaler),
    ("ScaledObject", ("spec",), _autoscaler),
    ("PodMonitoring", ("spec",), _scraped),
    ("PodMonitor", ("spec",), _scraped),
    ("Rules", ("spec",), _alert_rules),
    ("PrometheusRule", ("spec",), _alert_rules),
    ("ConfigMap", ("data",), _config_map),
    ("ResourceClaimTemplate", ("spec",), _claim),
    ("Deployment", ("spec",), _picker),
    ("Secret", (), _secret_file),
    ("kustomization.yaml", ("secretGenerator",), _generated_secret),
    ("kustomization.yaml", (), _listed),
    ("benchmark/kustomization.yaml", (), _listed),
    ("prefetch/kustomization.yaml", ("secretGenerator",), _generated_secret),
    ("prefetch/kustomization.yaml", (), _listed),
    ("kustomizeconfig.yaml", (), _overlays),
    ("kustomizeconfig-blocks.yaml", (), _overlays),
    ("kustomizeconfig-claims.yaml", (), _overlays),
    ("kustomizeschema.yaml", (), _overlays),
    ("image/Dockerfile", (), _image),
    ("image/ray_init.sh", (), _image),
    ("image/cloudbuild.yaml", ("steps",), _image),
    ("image/cloudbuild.yaml", ("images",), _image),
    ("image/cloudbuild.yaml", (), _build_settings),
)
"""Which judge decides, by the kind of an object or the name of a file and the start of the path; the first
that fits.

Whatever else is in an object is changed in place, and whatever else is a file reaches no cluster.
"""
