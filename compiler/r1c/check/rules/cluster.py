"""R1C609 to R1C613, R1C624, R1C628, R1C631 to R1C633: what the cluster runs, and what the recipe needs."""

from __future__ import annotations

import re
from collections.abc import Iterator

from r1c import facts
from r1c.check.rule import Rule, rule
from r1c.check.rules.network import named_on_host
from r1c.diagnostics import Finding, Put, Related, Severity, safe
from r1c.diagnostics.suggest import listed
from r1c.profile.paths import CLUSTER
from r1c.record import record
from r1c.resolve.plan import Plan

_NUMBER = "([0-9]{1,9})"
_GKE = rf"{_NUMBER}\.{_NUMBER}\.{_NUMBER}-gke\.{_NUMBER}"
_PLAIN = rf"v{_NUMBER}\.{_NUMBER}\.{_NUMBER}"


def version(text: str | None) -> tuple[int, ...] | None:
    """Return a GKE (1.32.4-gke.1767000), LWS or Kueue (v0.9.0) version as numbers, None for anything else."""
    match = (re.fullmatch(_GKE, text) or re.fullmatch(_PLAIN, text)) if text else None
    return tuple(int(part) for part in match.groups()) if match else None


@record
class Need:
    """The oldest version that the recipe works with, the reason, and its source."""

    oldest: str
    why: str
    place: str

    @property
    def shown(self) -> str:
        """The oldest version as shown: only the minor where any patch will do."""
        return self.oldest.removesuffix(".0-gke.0")

    def unmet(self, running: str | None) -> bool:
        """Tell whether the cluster runs an older one."""
        have = version(running)
        return have is not None and have < (version(self.oldest) or ())


def bucket_on_host() -> Need:
    """Return the GKE version that GCS FUSE needs for pods on the host's network."""
    oldest = facts.limits().gke.host_network_bucket
    why = "mounts a bucket for a pod on the host's network (network.mode: host)"
    return Need(oldest, why, facts.cite("limits", "gke.hostNetworkBucket"))


def claims() -> Need:
    """Return the GKE version that offers the NICs of the GPUs to claims."""
    from r1c.facts import dranet

    why = "offers the NICs of the GPUs to claims (network.mode: dranet)"
    return Need(dranet.read().minimum_gke, why, facts.cite("dranet", "minimumGke"))


def gke_needs(plan: Plan) -> list[Need]:
    """Return the GKE versions that the recipe needs."""
    needs = []
    if plan.gpudirect.rxdm_flags:
        oldest = facts.limits().gke.oldest
        why = "runs the receive daemon as a native sidecar"
        needs.append(Need(oldest, why, facts.cite("limits", "gke.oldest")))
    running = version(plan.cluster.gke)
    stack, release = plan.gpudirect.stack, plan.gpudirect.release
    order = facts.releases(stack)
    for since, patches in facts.stack(stack).gke.items():
        minor = f"{running[0]}.{running[1]}" if running else ""
        if minor in patches and order.index(since) <= order.index(release):
            why = f"works with the GPUDirect plugin {release} among the {minor} versions"
            needs.append(Need(patches[minor], why, facts.cite(stack, f"gke.{since}")))
    if plan.network.host:
        needs.append(bucket_on_host())
    if plan.network.claim:
        needs.append(claims())
    if plan.weights.type == "gcs" and not plan.weights.streamed:
        oldest = facts.limits().cloud_storage.parallel_download
        why = "caches a bucket's files on the SSD by parallel downloads (model.source)"
        needs.append(Need(oldest, why, facts.cite("limits", "cloudStorage.parallelDownload")))
    return needs


_GKE_FIELDS = (
    "spec.cluster.gke",
    "spec.platform",
    "spec.gpudirect",
    "spec.network.mode",
    "spec.nodes",
    "spec.vllm",
    "spec.model.source",
)
"""What decides which GKE version a recipe needs."""


@rule(
    code="R1C609",
    slug="cluster-version-form",
    severity=Severity.ERROR,
    title="Unreadable version of GKE, LeaderWorkerSet or Kueue",
    why="The rules and r1c diff compare these versions, and would silently skip one that they cannot read "
    "(evidence.md, lws; evidence.md, scheduling).",
    example="spec:\n  cluster:\n    gke: '1.32'\n",
    fix="Write the complete version as the tool prints it.",
    fields=("spec.cluster",),
    edits="safe",
)
def cluster_version_form(plan: Plan) -> Iterator[Finding]:
    """Check the forms of cluster.gke, cluster.lws and cluster.kueue."""
    forms = (
        ("gke", plan.cluster.gke, _GKE, "1.32.4-gke.1767000"),
        ("lws", plan.cluster.lws, _PLAIN, "v0.9.0"),
        ("kueue", plan.cluster.kueue, _PLAIN, "v0.17.1"),
    )
    for field, text, form, example in forms:
        if text is None or re.fullmatch(form, text):
            continue
        near = text.removeprefix("v") if field == "gke" else f"v{text}"
        right = re.fullmatch(form, near) is not None
        help_ = f"write {near}" if right else f"write the complete version, such as {example}"
        edit = safe(Put((*CLUSTER, field), near)) if right else None
        yield Finding((*CLUSTER, field), f'"{text}" is not a version such as {example}', help_, edit=edit)


@rule(
    code="R1C610",
    slug="lws-too-old",
    severity=Severity.ERROR,
    title="LeaderWorkerSet too old for the recipe",
    why="Older controllers do not know networkConfig and do not set LWS_GROUP_SIZE; up to v0.5 they do not "
    "set LWS_WORKER_INDEX. The pods then wait for each other with empty values (evidence.md, lws; "
    "evidence.md, KUB018).",
    example="spec:\n  cluster:\n    lws: v0.3.0\n",
    fix="Upgrade LeaderWorkerSet.",
    fields=("spec.cluster.lws", "spec.vllm", "spec.nodes", "spec.parallelism", "spec.platform"),
)
def lws_too_old(plan: Plan) -> Iterator[Finding]:
    """Check the fields and variables that the output uses."""
    limits, installed = facts.limits().lws, facts.defaults().lws
    indexed = plan.server.executor in ("native", "data")
    key = "oldestNative" if indexed else "oldest"
    what = (
        "the workers read LWS_WORKER_INDEX" if indexed else "the recipe uses networkConfig and LWS_GROUP_SIZE"
    )
    oldest = limits.oldest_native if indexed else limits.oldest
    need = Need(oldest, f"{what}, which LWS supports from {oldest} on", facts.cite("limits", f"lws.{key}"))
    if need.unmet(plan.cluster.lws):
        yield Finding(
            (*CLUSTER, "lws"),
            f"LeaderWorkerSet {plan.cluster.lws} is too old: {need.why}",
            f"upgrade it to {need.oldest} or later (RUNBOOK.md installs {installed}), and write that version",
            related=(Related("the oldest LeaderWorkerSet", place=need.place),),
        )


@rule(
    code="R1C611",
    slug="gke-too-old",
    severity=Severity.ERROR,
    title="GKE version too old for the recipe",
    why="Native sidecars, the GPUDirect stack, NIC claims and buckets on the host's network need certain "
    "versions. On older ones the pods are refused, or silently fall back (evidence.md, gke-gpudirect; "
    "GoogleCloudPlatform/gcs-fuse-csi-driver#428; evidence.md, STO002).",
    example="spec:\n  cluster:\n    gke: 1.28.15-gke.3163000\n",
    fix="Upgrade the cluster, or remove what needs the newer version.",
    fields=_GKE_FIELDS,
)
def gke_too_old(plan: Plan) -> Iterator[Finding]:
    """Check the newest version that is needed."""
    unmet = [need for need in gke_needs(plan) if need.unmet(plan.cluster.gke)]
    if unmet:
        need = max(unmet, key=lambda item: version(item.oldest) or ())
        by_mode = need == bucket_on_host() or (plan.network.claim and need == claims())
        way_out = ", or write network.mode: pod" if by_mode else ""
        yield Finding(
            (*CLUSTER, "gke"),
            f"GKE {plan.cluster.gke} is too old: {need.shown} is the first that {need.why}",
            f"upgrade the cluster to {need.shown} or later{way_out}",
            related=(Related("the first GKE version", place=need.place),),
        )


@rule(
    code="R1C624",
    slug="gke-below-guide",
    severity=Severity.WARNING,
    title="GKE version older than in the setup guide",
    why="The guide of gpu-recipes names the oldest version that it was written for. An older one may work, "
    "but this is not confirmed (evidence.md, gke-gpudirect).",
    example="spec:\n  cluster:\n    gke: 1.31.14-gke.1243000\n",
    fix="Upgrade the cluster, or accept the warning with a reason.",
    fields=_GKE_FIELDS,
)
def gke_below_guide(plan: Plan) -> Iterator[Finding]:
    """Check the platform's minimumGke if the version has everything that the recipe needs."""
    platform = plan.platform
    need = Need(platform.minimum_gke, "the setup guide needs it", platform.cite("minimumGke"))
    if need.unmet(plan.cluster.gke) and not any(item.unmet(plan.cluster.gke) for item in gke_needs(plan)):
        yield Finding(
            (*CLUSTER, "gke"),
            f"GKE {plan.cluster.gke} is older than {need.oldest}, the version in the setup guide for "
            f"{platform.id}",
            f"upgrade the cluster to {need.oldest} or later",
            related=(Related("the guide's version", place=need.place),),
        )


@rule(
    code="R1C612",
    slug="kueue-too-old",
    severity=Severity.ERROR,
    title="Kueue too old for LeaderWorkerSets",
    why="Before v0.11.0 Kueue does not support LeaderWorkerSets: the queue label has no effect, and the "
    "pods start at once (evidence.md, scheduling).",
    example="spec:\n  cluster:\n    kueue: v0.10.0\n  scheduling:\n    queue: a3-mega\n",
    fix="Upgrade Kueue, or remove scheduling.queue.",
    fields=("spec.cluster.kueue", "spec.scheduling.queue"),
)
def kueue_too_old(plan: Plan) -> Iterator[Finding]:
    """Check the version where a queue is used."""
    oldest = facts.limits().kueue.oldest
    need = Need(oldest, "queues LeaderWorkerSets", facts.cite("limits", "kueue.oldest"))
    if plan.scheduling.queue and need.unmet(plan.cluster.kueue):
        yield Finding(
            (*CLUSTER, "kueue"),
            f"Kueue {plan.cluster.kueue} is too old for scheduling.queue: {oldest} is the first that "
            f"{need.why}",
            f"upgrade Kueue to {oldest} or later, or remove scheduling.queue",
            related=(Related("the first Kueue version", place=need.place),),
        )


@rule(
    code="R1C613",
    slug="host-network",
    severity=Severity.WARNING,
    title="Pods on the host's network",
    why="Pods on the host's network run privileged, share the node's ports, bypass network policies, and "
    "access Google Cloud as the node (evidence.md, gke-gpudirect; NVIDIA/aicr#427; evidence.md, STO002, "
    "SEC002).",
    example="spec:\n  network:\n    mode: host\n",
    fix="Use network.mode: pod, or accept the warning with a reason.",
    fields=("spec.network", "spec.cluster.gke", "spec.platform", "spec.service", "spec.gpudirect"),
)
def host_network(plan: Plan) -> Iterator[Finding]:
    """Report it once, unless the profile contradicts itself or the cluster is too old for it."""
    need = bucket_on_host()
    if not plan.network.host or named_on_host(plan) or need.unmet(plan.cluster.gke):
        return
    bucket = (
        "" if plan.cluster.gke else f"; the bucket needs GKE {need.oldest} or later, on a Standard cluster"
    )
    ports = (
        f"uses port {plan.service.port} and Ray's ports"
        if plan.server.executor == "ray"
        else "uses its ports"
    )
    yield Finding(
        ("spec", "network", "mode"),
        f"with mode host the server runs privileged and {ports} on the node, and network policies do not "
        f"apply{bucket}",
        "write mode: pod, which has GPUDirect too, or accept this with an annotation: "
        "r1c.dev/allow: 'R1C613: REASON'",
        related=(Related("buckets on the host's network", place=need.place),),
    )


@rule(
    code="R1C628",
    slug="kueue-zero-requests",
    severity=Severity.ERROR,
    title="Kueue too old for requests of 0",
    why="Before v0.16.0 Kueue does not admit a group that requests a resource that its queue does not "
    "cover, even 0 of it. Queues do not cover the RDMA networks, so the pods stay gated "
    "(kubernetes-sigs/kueue#8079, #8241).",
    example="spec:\n  platform: a3-ultra\n  cluster:\n    kueue: v0.15.0\n  network:\n"
    "    rdmaRequests: zero\n  scheduling:\n    queue: a3-ultra\n",
    fix="Upgrade Kueue, or remove network.rdmaRequests.",
    fields=(
        "spec.cluster.kueue",
        "spec.scheduling.queue",
        "spec.network",
        "spec.platform",
        "spec.nodes",
        "spec.parallelism",
        "spec.vllm.args",
    ),
)
def kueue_zero_requests(plan: Plan) -> Iterator[Finding]:
    """Check the version where a queue admits pods that request 0 of each RDMA network."""
    oldest = facts.limits().kueue.zero_requests
    need = Need(oldest, "admits requests for 0", facts.cite("limits", "kueue.zeroRequests"))
    known = Need(facts.limits().kueue.oldest, "", "")
    stack, network, running = plan.gpudirect.stack, plan.network, plan.cluster.kueue
    attached = not network.host and not network.by_claim
    asks = network.without_rdma_requests and attached and facts.stack(stack).rdma_prefix
    if asks and plan.scheduling.queue and need.unmet(running) and not known.unmet(running):
        yield Finding(
            (*CLUSTER, "kueue"),
            f"Kueue {running} is too old for network.rdmaRequests: zero in a queue: {oldest} is the first "
            f"that {need.why} of a resource that the queue does not cover",
            f"upgrade Kueue to {oldest} or later, or remove network.rdmaRequests",
            related=(Related("the first Kueue version", place=need.place),),
        )


@rule(
    code="R1C631",
    slug="lws-needs-newer-kubernetes",
    severity=Severity.ERROR,
    title="Kubernetes version too old for LeaderWorkerSet",
    why="Newer controllers use fields and feature gates of newer Kubernetes: v0.11.0 and later need 1.34 "
    "(LWS installation page of v0.11.1).",
    example="spec:\n  cluster:\n    gke: 1.33.4-gke.1000000\n    lws: v1.0.0\n",
    fix="Upgrade the cluster, or use an older LeaderWorkerSet.",
    fields=("spec.cluster.lws", "spec.cluster.gke"),
)
def lws_needs_newer_kubernetes(plan: Plan) -> Iterator[Finding]:
    """Check the two versions that the cluster runs against each other."""
    lws, gke = version(plan.cluster.lws), version(plan.cluster.gke)
    if lws is None or gke is None:
        return
    minima = facts.limits().lws.kubernetes
    since = next((name for name in reversed([*minima]) if (version(name) or ()) <= lws), None)
    if since is None or gke[:2] >= _minor(minima[since]):
        return
    installed = facts.defaults().lws
    yield Finding(
        (*CLUSTER, "lws"),
        f"LeaderWorkerSet {plan.cluster.lws} needs Kubernetes {minima[since]} or later, but the cluster "
        f"runs GKE {plan.cluster.gke}",
        f"upgrade the cluster to {minima[since]} or later, or install LeaderWorkerSet {installed}",
        related=(
            Related("the Kubernetes version for each release", place=facts.cite("limits", "lws.kubernetes")),
            Related("the GKE version is set here", path=(*CLUSTER, "gke")),
        ),
    )


@rule(
    code="R1C633",
    slug="lws-untested-on-kubernetes",
    severity=Severity.HINT,
    title="LeaderWorkerSet not tested on the cluster's Kubernetes",
    why="Each release is tested up to the Kubernetes version of its time. It usually works on a newer one, "
    "but nobody has tested it there (kubernetes-sigs/lws, Makefile of each tag and installation page of "
    "v0.11.1).",
    example="spec:\n  cluster:\n    gke: 1.36.0-gke.3302004\n    lws: v0.6.2\n",
    fix="Upgrade LeaderWorkerSet.",
    fields=("spec.cluster.lws", "spec.cluster.gke"),
)
def lws_untested_on_kubernetes(plan: Plan) -> Iterator[Finding]:
    """Compare the cluster's minor version with the newest that its LeaderWorkerSet was tested on."""
    lws, gke = version(plan.cluster.lws), version(plan.cluster.gke)
    tested = facts.limits().lws.tested
    since = next((name for name in reversed([*tested]) if lws and (version(name) or ()) <= lws), None)
    if gke is None or since is None or gke[:2] <= _minor(tested[since]):
        return
    fit = next((name for name in tested if _minor(tested[name]) >= gke[:2]), None)
    installed = facts.defaults().lws
    newer = installed if fit and (version(installed) or ()) >= (version(fit) or ()) else fit
    yield Finding(
        (*CLUSTER, "lws"),
        f"LeaderWorkerSet {plan.cluster.lws} was tested on Kubernetes up to {tested[since]}; the cluster "
        f"runs GKE {plan.cluster.gke}",
        f"upgrade LeaderWorkerSet to {newer} or later"
        if newer
        else "test an update of the recipe on this cluster first",
        related=(
            Related("what each release was tested on", place=facts.cite("limits", "lws.tested")),
            Related("GKE's version is set here", path=(*CLUSTER, "gke")),
        ),
    )


def _minor(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split("."))


@rule(
    code="R1C632",
    slug="gke-out-of-support",
    severity=Severity.HINT,
    title="GKE version out of standard support",
    why="GKE upgrades clusters with such a version automatically, except on the Extended channel, and fixes "
    "drivers and networking only in newer versions (Google Kubernetes Engine release schedule; the dates "
    "are a third party's copy).",
    example="spec:\n  cluster:\n    gke: 1.32.4-gke.1767000\n",
    fix="Upgrade the cluster, or stay on the Extended channel.",
    fields=(*_GKE_FIELDS, "spec.cluster.lws"),
)
def gke_out_of_support(plan: Plan) -> Iterator[Finding]:
    """Report a minor version that had left standard support on the date of the facts."""
    running = version(plan.cluster.gke)
    needs = [*gke_needs(plan), Need(plan.platform.minimum_gke, "", "")]
    newer = any(need.unmet(plan.cluster.gke) for need in needs) or any(lws_needs_newer_kubernetes.check(plan))
    if running is None or newer:
        return  # another rule asks for a newer version already
    support = facts.limits().gke_support
    minor = f"{running[0]}.{running[1]}"
    oldest = min(support.ended, key=lambda name: [int(part) for part in name.split(".")])
    if minor in support.ended:
        message = f"GKE {minor} left standard support on {support.ended[minor]}"
    elif running[:2] < tuple(int(part) for part in oldest.split(".")):
        message = (
            f"GKE {minor} is older than {oldest}, which left standard support on {support.ended[oldest]}"
        )
    else:
        return
    yield Finding(
        (*CLUSTER, "gke"),
        message,
        f"upgrade the cluster to {listed(support.next)} or later",
        related=(Related(f"support as of {support.date}", place=facts.cite("limits", "gkeSupport")),),
    )


RULES: tuple[Rule, ...] = (
    cluster_version_form,
    lws_too_old,
    gke_too_old,
    kueue_too_old,
    host_network,
    gke_below_guide,
    kueue_zero_requests,
    lws_needs_newer_kubernetes,
    gke_out_of_support,
    lws_untested_on_kubernetes,
)
