"""R1C814 to R1C818: regions, zones and machine types, against a dated list of Google Cloud's locations."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from r1c import facts, names
from r1c.check.rule import Rule, rule
from r1c.diagnostics import Finding, Path, Put, Related, Severity, unsafe
from r1c.diagnostics.suggest import closest, corrected, listed, slip
from r1c.facts import google_cloud
from r1c.profile.paths import BUILD, CLUSTER
from r1c.resolve.plan import Plan

REGION: Path = (*CLUSTER, "region")
LOCATION: Path = (*CLUSTER, "location")
REGISTRY: Path = ("spec", "image", "registry")
GLOBAL = "global"


def _list(key: str) -> Related:
    known = google_cloud.read()
    date = known.machines_date if key == "machines" else known.date
    return Related(f"the list of {date}", place=facts.cite("places", key))


def misspelt(region: str) -> str | None:
    """Return the known region that was probably meant, if a word of the name is in no region's name."""
    known = google_cloud.read().regions
    if region in known or _words([region]) <= _words(known):
        return None
    return slip(region, known)


def _words(regions: Sequence[str]) -> set[str]:
    return {_word(part) for region in regions for part in region.split("-")}


def _word(part: str) -> str:
    return part.rstrip("0123456789")


def is_zone(name: str) -> bool:
    """Tell whether a zone is on the list; zones of unknown regions may exist too."""
    region = names.region_of_zone(name)
    return region in google_cloud.read().regions and name[-1] in google_cloud.read().zones_of(region)


def continent(location: str) -> str | None:
    """Return the continent of a region or multi-region, None for an unknown location."""
    first = location.split("-", maxsplit=1)[0]
    return next((name for name, firsts in google_cloud.read().continents.items() if first in firsts), None)


def registry_location(plan: Plan) -> str | None:
    """Return the location of an Artifact Registry host, None for another registry."""
    location, dash, _ = plan.image.registry.split("/", maxsplit=1)[0].partition("-docker.pkg.dev")
    return location if dash and names.is_location(location) else None


def _regions(plan: Plan) -> Iterator[tuple[Path, str]]:
    """Yield the regions that the profile writes, with their places; a build can be global."""
    yield REGION, plan.cluster.region
    if (*BUILD, "region") in plan.given and plan.build.region != GLOBAL:
        yield (*BUILD, "region"), plan.build.region


@rule(
    code="R1C814",
    slug="region",
    severity=Severity.ERROR,
    title="Unknown region",
    why="gcloud does not find a zone or a misspelt region when you run the first command of the runbook "
    "(evidence.md, gcp-build-and-storage).",
    example="spec:\n  cluster:\n    region: us-cental1\n",
    fix="Write the region, such as us-central1; the zone of a zonal cluster is cluster.location.",
    fields=("spec.cluster.region", "spec.build.region", "spec.cluster.location"),
    edits="safe or unsafe",
)
def region(plan: Plan) -> Iterator[Finding]:
    """Check the form of cluster.region and build.region, and slips of known regions."""
    for path, text in _regions(plan):
        lower = text.lower()
        of_zone = names.region_of_zone(lower)
        near = of_zone or (lower if names.is_region(lower) else None)
        if of_zone:
            also = f", and location: {lower} for a zonal cluster" if path == REGION else ""
            zonal = (Put(LOCATION, lower),) if path == REGION and LOCATION not in plan.given else ()
            message, help_ = f"{text} is a zone of the region {of_zone}", f"write region: {of_zone}{also}"
            yield Finding(path, message, help_, edit=unsafe(Put(path, of_zone), *zonal))
        elif not names.is_region(text):
            help_ = f"write {near}" if near else "write a region such as us-central1"
            edit = corrected(path, text, near)
            yield Finding(path, f'"{text}" is not the name of a region', help_, edit=edit)
        elif meant := misspelt(text):
            yield Finding(
                path,
                f"unknown region {text}",
                f"did you mean {meant}?",
                edit=corrected(path, text, meant),
                related=(_list("regions"),),
            )


@rule(
    code="R1C815",
    slug="place-unknown",
    severity=Severity.WARNING,
    title="Region or zone not in r1c's list",
    why="gcloud does not find a region, zone or registry that does not exist. It is not an error, because "
    "the list may not have a new one yet.",
    example="spec:\n  cluster:\n    region: us-central3\n",
    fix="Write the name as `gcloud compute regions list` prints it, or accept the warning.",
    fields=("spec.cluster.region", "spec.cluster.location", "spec.build.region", "spec.image.registry"),
    edits="unsafe",
)
def place_unknown(plan: Plan) -> Iterator[Finding]:
    """Check regions, the zone of a zonal cluster, and the location of the registry."""
    known = google_cloud.read().regions
    for path, text in _regions(plan):
        if names.is_region(text) and text not in known and misspelt(text) is None:
            yield _unknown(path, f"{text} is not one of the {len(known)} known regions", text)
    location = plan.cluster.location
    if location and names.region_of_zone(location) in known and not is_zone(location):
        of = str(names.region_of_zone(location))
        letters = [f"{of}-{letter}" for letter in google_cloud.read().zones_of(of)]
        message = f"{location} is not a known zone of {of}"
        yield Finding(
            LOCATION, message, f"zones of {of}: {listed(letters, 'and')}", related=(_list("zones"),)
        )
    place = registry_location(plan)
    if place and place not in known and place not in google_cloud.read().continents:
        message = f"{place}, the location of the registry, is not a known region"
        yield _unknown(REGISTRY, message, place)


def _unknown(path: Path, message: str, text: str) -> Finding:
    near = misspelt(text) or closest(text, google_cloud.read().regions)
    help_ = f"did you mean {near}?" if near else "write it as `gcloud compute regions list` prints it"
    edit = None if path == REGISTRY else corrected(path, text, near)
    return Finding(path, message, help_, related=(_list("regions"),), edit=edit)


@rule(
    code="R1C816",
    slug="cluster-location",
    severity=Severity.ERROR,
    title="Cluster location outside the region",
    why="gcloud finds a cluster by its location: the zone of a zonal cluster, the region of a regional "
    "cluster. The bucket and the build use the region.",
    example="spec:\n  cluster:\n    region: us-central1\n    location: us-east4-a\n",
    fix="Write a zone of cluster.region, or remove cluster.location for a regional cluster.",
    fields=("spec.cluster.location", "spec.cluster.region"),
)
def cluster_location(plan: Plan) -> Iterator[Finding]:
    """Check cluster.location against cluster.region."""
    location, region = plan.cluster.location, plan.cluster.region
    if location in (None, region) or not names.is_region(region):
        return
    of_zone = names.region_of_zone(str(location))
    if of_zone is None:
        help_ = f"write a zone such as {region}-a, or remove the line for a regional cluster"
        yield Finding(
            LOCATION, f'"{location}" is neither a zone nor {region}, the region of the cluster', help_
        )
    elif of_zone != region:
        yield Finding(
            LOCATION,
            f"{location} is a zone of {of_zone}, but cluster.region is {region}",
            f"write region: {of_zone}, or a zone of {region}",
            related=(Related("the region is set here", path=REGION),),
        )


@rule(
    code="R1C817",
    slug="machine-not-there",
    severity=Severity.WARNING,
    title="Machine type not known in the region",
    why="You cannot create a node pool if the region does not have the machine type, and the pods stay "
    "Pending. It is not an error, because the list is from a third party and may be out of date.",
    example="spec:\n  platform: a4\n  vllm: {version: v0.11.0}\n  cluster:\n    region: southamerica-east1\n",
    fix="Use a region that has the machine type, or accept the warning if yours has it.",
    fields=("spec.platform", "spec.cluster.region", "spec.cluster.location"),
)
def machine_not_there(plan: Plan) -> Iterator[Finding]:
    """Check the cluster's region against the zones that have sold the platform's machine type."""
    zones, region = google_cloud.read().machines.get(plan.platform.machine_type), plan.cluster.region
    if (
        zones is None
        or region not in google_cloud.read().regions
        or any(zone.startswith(f"{region}-") for zone in zones)
    ):
        return
    near = [zone for zone in zones if continent(zone) == continent(region)] or zones
    regions = dict.fromkeys(str(names.region_of_zone(zone)) for zone in near)
    yield Finding(
        REGION,
        f"{plan.platform.machine_type} ({plan.platform.id}) is not known to be available in {region}",
        f"use a region that has it: {listed(regions)}; or accept the warning if yours has it",
        related=(_list("machines"),),
    )


@rule(
    code="R1C818",
    slug="registry-far",
    severity=Severity.WARNING,
    title="Registry on another continent than the cluster",
    why="Every node pulls the image of 10 to 20 GB from another continent: each start takes minutes "
    "longer, and you pay for the traffic (cloud.google.com/artifact-registry/pricing).",
    example="spec:\n  image:\n    registry: asia-northeast1-docker.pkg.dev/my-project/my-repo\n",
    fix="Use a repository in the cluster's region.",
    fields=("spec.image.registry", "spec.cluster.region"),
)
def registry_far(plan: Plan) -> Iterator[Finding]:
    """Check the continents of both."""
    place = registry_location(plan)
    there, here = continent(place) if place else None, continent(plan.cluster.region)
    if place and there and here and there != here:
        rest = plan.image.registry.partition("/")[2]
        yield Finding(
            REGISTRY,
            f"the registry is in {place}, but the cluster is in {plan.cluster.region}, on another continent",
            "write a repository in the cluster's region, such as "
            f"{plan.cluster.region}-docker.pkg.dev/{rest}",
            related=(Related("the region is set here", path=REGION),),
        )


RULES: tuple[Rule, ...] = (region, place_unknown, cluster_location, machine_not_there, registry_far)
