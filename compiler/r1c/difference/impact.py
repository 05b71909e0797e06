"""A change and what runs -> the impact: what applying it does to the cluster, and the fact behind that."""

from __future__ import annotations

from collections.abc import Callable

from r1c.difference import groups
from r1c.difference.compare import Change
from r1c.difference.documents import Document
from r1c.difference.effects import NOTHING, Effect, Impact, deletion, impact
from r1c.difference.outage import Outage
from r1c.difference.outline import Path

Judge = Callable[[Outage, Document, Change], Impact]


def of_change(outage: Outage, document: Document, change: Change) -> Impact:
    """Return the impact of one change in a document that stays what it is; `document` is the old one."""
    for kind, path, judge in RULES:
        if kind == (document.kind or document.name) and _matches(path, change.path):
            return judge(outage, document, change)
    return _in_place() if document.kind else of_no_object()


def _matches(pattern: Path, path: Path) -> bool:
    return path[: len(pattern)] == pattern


def _in_place(*_: object) -> Impact:
    return impact(Effect.IN_PLACE, "in place: no pod restarts", "metadata")


def _job(_: Outage, document: Document, __: Change) -> Impact:
    text = "delete the Job, also one that has ended, before benchmarking again; the server is not touched"
    return impact(Effect.JOB, text, "job", f"{deletion(document)} --ignore-not-found")


def _job_settings(*_: object) -> Impact:
    return impact(Effect.IN_PLACE, "in place, for this Job only", "jobSettings")


def _service_type(_: Outage, __: Document, change: Change) -> Impact:
    text = f"Service only, in place: from {change.old} to {change.new} it is reached in another way"
    return impact(Effect.IN_PLACE, text, "service")


def _service_ports(*_: object) -> Impact:
    return impact(Effect.IN_PLACE, "Service only, in place: clients must use the new port", "service")


def _service(*_: object) -> Impact:
    return impact(Effect.IN_PLACE, "Service only, in place: no pod restarts", "service")


def _external_secret(*_: object) -> Impact:
    text = (
        "in place: the operator writes the Secret again; running pods keep the token that they started with"
    )
    return impact(Effect.IN_PLACE, text, "externalSecret")


def _generated_secret(*_: object) -> Impact:
    text = "the apply makes or changes the Secret of the token; one of an old name stays until it is deleted"
    return impact(Effect.IN_PLACE, text, "secretGenerator")


def _listed(*_: object) -> Impact:
    return impact(Effect.NOTHING, f"{NOTHING} by itself: it lists what an apply takes", "notApplied")


def _secret_file(*_: object) -> Impact:
    return impact(
        Effect.NOTHING, f"{NOTHING}: make the Secret again in the way that you make it", "secretFile"
    )


def _overlays(*_: object) -> Impact:
    return impact(Effect.NOTHING, f"{NOTHING}: overlays read it", "notApplied")


def _image(outage: Outage, _: Document, __: Change) -> Impact:
    return image_files(outage)


def _build_settings(*_: object) -> Impact:
    return impact(Effect.NOTHING, f"{NOTHING}: the next build uses it", "notApplied")


def image_files(outage: Outage) -> Impact:
    """Return the impact of a change in what the image is built from, or in what it is called."""
    old, new = outage.old.image, outage.new.image
    if old.reference == new.reference and new.digest:
        text = (
            "the pods run the pinned digest and see no new build: set image.digest to that of the new image"
        )
        return impact(Effect.STALE, text, "image")
    if old.reference == new.reference:
        text = f"a new build of {new.tagged} is not picked up: set another image.tag, or pin image.digest"
        return impact(Effect.STALE, text, "image")
    return _to_build(outage)


def _to_build(outage: Outage) -> Impact:
    new = outage.new.image
    text = f"build and push {new.tagged} first (RUNBOOK.md, step 2)"
    more = "; image.digest must be that of this build" if new.digest else ", or the new pods wait for it"
    return impact(Effect.BUILD, text + more, "image")


def of_no_object() -> Impact:
    """Return the impact of a change that reaches no object, such as another layout of a file."""
    return impact(Effect.NOTHING, NOTHING, "notApplied")


def of_new(outage: Outage, document: Document) -> Impact:
    """Return the impact of an object or file that the old side lacks."""
    if not document.kind:
        return of_change(outage, document, Change((), "added", None, document.body))
    return _created(outage, document)


def of_whole(outage: Outage, document: Document, *, added: bool) -> Impact:
    """Return the impact of an object or file of a recipe that one side lacks altogether."""
    if document.kind:
        return _created(outage, document) if added else of_gone(outage, document)
    if added and document.name == "image/Dockerfile":
        return _to_build(outage)
    return of_no_object()


def _created(outage: Outage, document: Document) -> Impact:
    text = {
        "LeaderWorkerSet": outage.starting(),
        "Job": "created and run by its own apply (benchmark/)",
        "Secret": f"{NOTHING}: encrypt a copy that has the token, and list it in an overlay",
    }.get(document.kind, "created")
    return impact(Effect.NOTHING if document.kind == "Secret" else Effect.CREATED, text, "applied")


def of_gone(outage: Outage, document: Document) -> Impact:
    """Return the impact of an object or file that the new side lacks."""
    if not document.kind:
        return of_change(outage, document, Change((), "removed", document.body, None))
    text = "the apply leaves it: it stays until it is deleted"
    if document.kind == "LeaderWorkerSet":
        text = f"the apply leaves it, with its {outage.held()}, until it is deleted"
    return impact(Effect.LEFT, text, "applied", deletion(document))


def of_renamed(outage: Outage, old: Document, new: Document) -> Impact:
    """Return the impact of another name or namespace of an object."""
    text = {
        "LeaderWorkerSet": f"made anew: {outage.starting()}; the old one keeps its {outage.held()} until "
        "it is deleted",
        "Service": "made anew: clients must use the new address; the old one stays until it is deleted",
        "ServiceAccount": "made anew: open the bucket to it first (RUNBOOK.md, step 5); the old one stays "
        "until it is deleted",
        "Job": "a Job of its own; the old one stays until it is deleted",
    }.get(new.kind, "made anew; the old one stays until it is deleted")
    return impact(Effect.MOVED, text, "name", deletion(old))


_GROUP = ("spec", "leaderWorkerTemplate")
_LWS, _JOB, _SERVICE = "LeaderWorkerSet", "Job", "Service"

RULES: tuple[tuple[str, Path, Judge], ...] = (
    (_LWS, ("spec", "replicas"), groups.replicas),
    (_LWS, (*_GROUP, "size"), groups.size),
    (_LWS, (*_GROUP, "subGroupPolicy"), groups.sub_groups),
    (_LWS, ("spec", "rolloutStrategy"), groups.rollout),
    (_LWS, ("spec", "startupPolicy"), groups.rollout),
    (_LWS, ("spec",), groups.revision),
    (_LWS, ("metadata", "labels", "[kueue.x-k8s.io/queue-name]"), groups.queue),
    (_LWS, ("metadata", "annotations", "[leaderworkerset.sigs.k8s.io/exclusive-topology]"), groups.topology),
    (_JOB, ("spec", "backoffLimit"), _job_settings),
    (_JOB, ("spec", "ttlSecondsAfterFinished"), _job_settings),
    (_JOB, ("spec",), _job),
    (_SERVICE, ("spec", "type"), _service_type),
    (_SERVICE, ("spec", "ports"), _service_ports),
    (_SERVICE, (), _service),
    ("ExternalSecret", ("spec",), _external_secret),
    ("Secret", (), _secret_file),
    ("kustomization.yaml", ("secretGenerator",), _generated_secret),
    ("kustomization.yaml", (), _listed),
    ("benchmark/kustomization.yaml", (), _listed),
    ("kustomizeconfig.yaml", (), _overlays),
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
