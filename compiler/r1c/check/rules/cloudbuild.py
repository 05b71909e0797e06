"""R1C808 to R1C813, R1C820 and R1C821: Cloud Build, the project and the cluster; places are in regions.py."""

from __future__ import annotations

import re
from collections.abc import Iterator

from r1c import facts, names
from r1c.check.rule import Rule, rule
from r1c.check.rules import regions
from r1c.diagnostics import Finding, Put, Related, Remove, Severity, safe, unsafe
from r1c.diagnostics.suggest import advice, closest, corrected
from r1c.profile.paths import BUILD, CLUSTER
from r1c.resolve.plan import Plan

_SECONDS = r"0*[1-9][0-9]{0,8}s"
_DURATION = r"(?P<number>[0-9]{1,9})\s*(?P<unit>s|m|h|sec|min|hours?|minutes?|seconds?)?"
_FACTOR = {"h": 3600, "m": 60, "s": 1}


@rule(
    code="R1C808",
    slug="build-timeout",
    severity=Severity.ERROR,
    title="Build timeout is not in seconds",
    why="A Cloud Build file needs seconds with an s, unlike the --timeout of the command. gcloud accepts 2h "
    "in the file, but the service does not (evidence.md, gcp-build-and-storage.1 and 1.4).",
    example="spec:\n  build:\n    timeout: 2h\n",
    fix="Write seconds with an s, such as 7200s.",
    fields=("spec.build.timeout",),
    edits="safe",
)
def build_timeout(plan: Plan) -> Iterator[Finding]:
    """Check the form of build.timeout."""
    text = plan.build.timeout
    if re.fullmatch(_SECONDS, text):
        return
    match = re.fullmatch(_DURATION, text.strip().lower())
    seconds = int(match["number"]) * _FACTOR[(match["unit"] or "s")[0]] if match else 0
    help_ = f"write {seconds}s" if seconds else "write an integer of seconds with an s, such as 7200s"
    message = f'"{text}" is not a timeout of Cloud Build: expected seconds with an s'
    edit = safe(Put((*BUILD, "timeout"), f"{seconds}s")) if seconds else None
    yield Finding((*BUILD, "timeout"), message, help_, edit=edit)


@rule(
    code="R1C809",
    slug="build-timeout-long",
    severity=Severity.WARNING,
    title="Build timeout of more than a day",
    why="Cloud Build's documented maximum is 24 hours; r1c has not seen this confirmed (evidence.md, "
    "gcp-build-and-storage.1).",
    example="spec:\n  build:\n    timeout: 100000s\n",
    fix="Use at most 86400s; two hours are enough for this image.",
    fields=("spec.build.timeout",),
    edits="unsafe",
)
def build_timeout_long(plan: Plan) -> Iterator[Finding]:
    """Check build.timeout against the maximum."""
    most = facts.limits().cloud_build.timeout_seconds
    if re.fullmatch(_SECONDS, plan.build.timeout) and int(plan.build.timeout[:-1]) > most:
        yield Finding(
            (*BUILD, "timeout"),
            f"timeout {plan.build.timeout} is more than the documented maximum of Cloud Build, {most}s",
            f"write {most}s or less",
            edit=unsafe(Put((*BUILD, "timeout"), f"{most}s")),
            related=(
                Related("the maximum, unverified", place=facts.cite("limits", "cloudBuild.timeoutSeconds")),
            ),
        )


@rule(
    code="R1C820",
    slug="build-timeout-short",
    severity=Severity.WARNING,
    title="Build timeout too short for the image",
    why="Cloud Build pulls vLLM's image of 8 to 20 GB, adds a layer and pushes the result, which takes more "
    "than ten minutes, and cancels a build that reaches its timeout (planning figure; facts/limits.yaml).",
    example="spec:\n  build:\n    timeout: 60s\n",
    fix="Remove the line to use two hours.",
    fields=("spec.build.timeout",),
    edits="unsafe",
)
def build_timeout_short(plan: Plan) -> Iterator[Finding]:
    """Check build.timeout against a planning figure."""
    least = facts.limits().cloud_build.least_timeout_seconds
    if re.fullmatch(_SECONDS, plan.build.timeout) and int(plan.build.timeout[:-1]) < least:
        yield Finding(
            (*BUILD, "timeout"),
            f"timeout {plan.build.timeout} is less than the {least}s that pulling and pushing the image "
            "takes",
            "remove the line to use 7200s",
            edit=unsafe(Remove((*BUILD, "timeout"))),
            related=(
                Related("the planning figure", place=facts.cite("limits", "cloudBuild.leastTimeoutSeconds")),
            ),
        )


@rule(
    code="R1C810",
    slug="build-disk",
    severity=Severity.ERROR,
    title="Build disk larger than Cloud Build allows",
    why="The service refuses the build; gcloud does not check the number in a file "
    "(evidence.md, gcp-build-and-storage.3 and 1.4).",
    example="spec:\n  build:\n    diskSizeGb: 5000\n",
    fix="Use at most 4000.",
    fields=("spec.build.diskSizeGb",),
    edits="unsafe",
)
def build_disk(plan: Plan) -> Iterator[Finding]:
    """Check build.diskSizeGb against the maximum."""
    most = facts.limits().cloud_build.disk_size_gb
    if plan.build.disk_size_gb > most:
        yield Finding(
            (*BUILD, "diskSizeGb"),
            f"a disk of {plan.build.disk_size_gb} GB is larger than the {most} GB that Cloud Build allows",
            f"write {most} or less; 1000 is enough for this image",
            edit=unsafe(Put((*BUILD, "diskSizeGb"), most)),
            related=(Related("the maximum", place=facts.cite("limits", "cloudBuild.diskSizeGb")),),
        )


@rule(
    code="R1C821",
    slug="build-disk-small",
    severity=Severity.WARNING,
    title="Build disk smaller than the image takes",
    why="The build pulls vLLM's image, unpacks it and packs the result again; on a full disk it ends with "
    "`no space left on device`. It is not an error, because Cloud Build may give it a larger disk than "
    "asked for (Google Cloud SDK 528, cloudbuild_v1_messages.py).",
    example="spec:\n  build:\n    diskSizeGb: 10\n",
    fix="Remove the line.",
    fields=("spec.build.diskSizeGb",),
    edits="unsafe",
)
def build_disk_small(plan: Plan) -> Iterator[Finding]:
    """Check build.diskSizeGb against what the image takes."""
    least = facts.limits().cloud_build.least_disk_size_gb
    if plan.build.disk_size_gb < least:
        yield Finding(
            (*BUILD, "diskSizeGb"),
            f"a disk of {plan.build.disk_size_gb} GB is smaller than the {least} GB that the image takes "
            "while it is built",
            "remove the line to use 1000",
            edit=unsafe(Remove((*BUILD, "diskSizeGb"))),
            related=(
                Related("the planning figure", place=facts.cite("limits", "cloudBuild.leastDiskSizeGb")),
            ),
        )


@rule(
    code="R1C811",
    slug="build-machine",
    severity=Severity.ERROR,
    title="Unknown Cloud Build machine type",
    why="Cloud Build has a few machine types of its own and does not accept those of Compute Engine "
    "(evidence.md, gcp-build-and-storage.3).",
    example="spec:\n  build:\n    machineType: e2-standard-32\n",
    fix="Use one of the machine types listed.",
    fields=("spec.build.machineType",),
    edits="safe or unsafe",
)
def build_machine(plan: Plan) -> Iterator[Finding]:
    """Check build.machineType; E2_HIGHCPU_32, as the file spells it, means e2-highcpu-32."""
    text, known = plan.build.machine_type, facts.limits().cloud_build.machine_types
    if text.lower().replace("_", "-") not in known:
        yield Finding(
            (*BUILD, "machineType"),
            f"unknown Cloud Build machine type {text}",
            advice(text, known, "machine types"),
            edit=corrected((*BUILD, "machineType"), text, closest(text, known)),
            related=(
                Related("Cloud Build's machine types", place=facts.cite("limits", "cloudBuild.machineTypes")),
            ),
        )


@rule(
    code="R1C812",
    slug="project",
    severity=Severity.ERROR,
    title="Invalid Google Cloud project ID",
    why="Commands and addresses need the project's ID, not its number or display name (evidence.md, "
    "gcp-build-and-storage).",
    example="spec:\n  cluster:\n    project: My Project\n",
    fix="Write the ID that `gcloud config get project` prints.",
    fields=("spec.cluster.project",),
)
def project(plan: Plan) -> Iterator[Finding]:
    """Check the form of cluster.project."""
    text = plan.cluster.project
    if not names.is_project(text):
        form = "use 6 to 30 lower-case letters, digits and hyphens"
        what = "this is a project number" if text.isdigit() else form
        yield Finding(
            (*CLUSTER, "project"),
            f'"{text}" is not a project ID; {what}',
            "write the ID as `gcloud config get project` prints it",
        )


@rule(
    code="R1C813",
    slug="cluster-name",
    severity=Severity.ERROR,
    title="Invalid cluster name",
    why="A GKE cluster name has at most 40 lower-case letters, digits and hyphens, and begins with a letter "
    "(evidence.md, gcp-build-and-storage).",
    example="spec:\n  cluster:\n    name: My_Cluster\n",
    fix="Write the name that `gcloud container clusters list` prints.",
    fields=("spec.cluster.name",),
)
def cluster_name(plan: Plan) -> Iterator[Finding]:
    """Check the form of cluster.name."""
    if not names.is_cluster(plan.cluster.name):
        yield Finding(
            (*CLUSTER, "name"),
            f'"{plan.cluster.name}" cannot name a GKE cluster; use at most {names.CLUSTER_LENGTH} '
            "lower-case letters, digits and hyphens, beginning with a letter",
            "write the name as `gcloud container clusters list` prints it",
        )


RULES: tuple[Rule, ...] = (
    build_timeout,
    build_timeout_long,
    build_timeout_short,
    build_disk,
    build_disk_small,
    build_machine,
    project,
    cluster_name,
    *regions.RULES,
)
