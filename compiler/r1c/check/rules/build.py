"""R1C8xx: the image (here) and Cloud Build's settings and places (cloudbuild.py)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from r1c import names
from r1c.check.rule import Rule, rule
from r1c.check.rules import cloudbuild
from r1c.diagnostics import Finding, Path, Put, Remove, Severity, either, safe, unsafe
from r1c.diagnostics.suggest import listed
from r1c.facts import vllm
from r1c.profile.paths import VERSION
from r1c.resolve.plan import Plan

IMAGE: Path = ("spec", "image")
FORM = "LOCATION-docker.pkg.dev/PROJECT/REPOSITORY"

_HOST = r"(?P<location>[A-Za-z0-9-]+)-docker\.pkg\.dev"
_GCR = r"([a-z]+\.)?gcr\.io"
_PLAIN_HOST = r"([A-Za-z0-9-]+\.)+[A-Za-z]{2,}(:[0-9]{1,5})?|[A-Za-z0-9.-]+:[0-9]{1,5}"
_NEEDS_PROJECT = rf"{_GCR}|.*\bpkg\.[a-z]+"
_MUTABLE = ("latest", "main", "master", "nightly", "dev", "stable", "edge")
_VERSION = r"v?([0-9]{1,9}\.[0-9]{1,9}\.[0-9]{1,9}(?:\.[0-9]{1,9})?(?:\.post[0-9]{1,9})?)(?![0-9.])"


def _project_parts(parts: list[str]) -> int:
    """Return how many parts of a registry's path name the project: two for example.com/my-project."""
    return 2 if parts and "." in parts[0] else 1


def _container_registry(registry: str) -> bool:
    host, *path = registry.split("/")
    return re.fullmatch(_GCR, host) is not None and len(path) >= 1 and ":" not in registry


@rule(
    code="R1C801",
    slug="registry",
    severity=Severity.ERROR,
    title="Invalid Artifact Registry repository",
    why="Cloud Build pushes to registry/name:tag, and the pods pull from there. A scheme, a tag or an image "
    "name in the registry makes a reference that cannot be parsed (evidence.md, gcp-build-and-storage).",
    example="spec:\n  image:\n    registry: https://us-central1-docker.pkg.dev/my-project/my-repo\n",
    fix=f"Write {FORM}.",
    fields=("spec.image.registry", "spec.image.name"),
    edits="safe or unsafe",
)
def registry(plan: Plan) -> Iterator[Finding]:
    """Check the form, a host and a path; for Artifact Registry also each part."""
    text, place = plan.image.registry, (*IMAGE, "registry")
    if _other_host(text) and names.is_image_reference(text):
        return
    bare = re.sub(r"^[a-z]+://", "", text).strip("/")
    host, *path = bare.split("/")
    match = re.fullmatch(_HOST, host)
    if match:
        finding = _artifact_registry(text, bare, match["location"], path)
        if finding:
            message, help_, near = finding
            edit = either(Put(place, near), sure=text.endswith(f"://{near}")) if near else None
            yield Finding(place, message, help_, edit=edit)
        return
    message, near = f'"{text}" is not a registry; expected {FORM}', None
    if "://" in text and names.is_image_reference(bare) and _other_host(bare):
        message, near = f'"{text}" has a scheme; write the registry without it', bare
    elif _other_host(bare.partition("@")[0].rpartition(":")[0]) or ("@" in bare and _other_host(bare)):
        message = f'"{text}" has a tag or a digest; write these under image.name, image.tag and image.digest'
    public = "; r1c builds an image from vLLM's own and pushes it there" if text.startswith("vllm/") else ""
    yield Finding(place, message, f"write {near or FORM}{public}")


def _other_host(text: str) -> bool:
    """Tell whether it is a registry without tag or digest, and not Artifact Registry's.

    A host alone is one too, if no project has to follow it.
    """
    host, *path = text.split("/")
    if re.fullmatch(_HOST, host):
        return False
    if not path:
        return re.fullmatch(_PLAIN_HOST, host) is not None and not re.fullmatch(_NEEDS_PROJECT, host)
    domain = "." in host or ":" in host or host == "localhost"
    return domain and all(path) and not re.search(r"[:@]", "/".join(path))


_Misfit = tuple[str, str, str | None]
"""What is wrong, what to write, and the right value where it is known."""


def _artifact_registry(text: str, bare: str, place: str, path: list[str]) -> _Misfit | None:
    """Return what is wrong with an Artifact Registry repository, by its part."""
    count = _project_parts(path) + 1
    if len(path) < count or not all(path[:count]):
        lacking = "project and repository" if not any(path) else "repository"
        return f'"{text}" has no {lacking}; expected {FORM}', f"write {FORM}", None
    location, project = place.lower(), ":".join(path[: count - 1])
    region = names.region_of_zone(location)
    repository = path[count - 1].partition(":")[0].partition("@")[0]
    near = "/".join([f"{region or location}-docker.pkg.dev", *path[: count - 1], repository])
    if not names.is_location(region or location):
        return (
            f'{place} in "{text}" is not a location of Artifact Registry',
            "write a region such as us-central1, or us",
            None,
        )
    if not names.is_project(project):
        form = "6 to 30 lower-case letters, digits and hyphens, beginning with a letter"
        return (
            f'"{project}" in "{text}" is not a project ID; use {form}',
            f"write {near.replace(f'/{path[0]}/', '/PROJECT/', 1)} with the ID that `gcloud config get "
            "project` prints",
            None,
        )
    if not names.is_repository(repository):
        form = "lower-case letters, digits and hyphens, beginning with a letter"
        return f'"{repository}" in "{text}" cannot name a repository; use {form}', f"write {FORM}", None
    if near == text:
        return None
    if len(path) > count or ":" in bare or "@" in bare:
        message = f'"{text}" has more than the repository; write image and tag under image.name and image.tag'
    elif region:
        message = f"{place} in the registry is a zone, but a repository is in a region"
    elif "://" in text:
        message = f'"{text}" has a scheme; write the registry without it'
    else:
        message = f'"{text}" is not a registry; expected {FORM}'
    return message, f"write {near}", near


@rule(
    code="R1C819",
    slug="registry-other",
    severity=Severity.WARNING,
    title="Registry outside Artifact Registry",
    why="Cloud Build and GKE's nodes have credentials only for Artifact Registry: another registry refuses "
    "the push of the runbook's build, and nodes pull from it without credentials (evidence.md, "
    "gcp-build-and-storage, section 3).",
    example="spec:\n  image:\n    registry: ghcr.io/my-org\n",
    fix=f"Use an Artifact Registry repository: {FORM}, or accept the warning if you build and push the "
    "image yourself.",
    fields=("spec.image.registry", "spec.cluster.region", "spec.cluster.project"),
)
def registry_other(plan: Plan) -> Iterator[Finding]:
    """Check the host."""
    text = plan.image.registry
    if _other_host(text) and names.is_image_reference(text) and not _container_registry(text):
        host = text.partition("/")[0]
        yield Finding(
            (*IMAGE, "registry"),
            f"Cloud Build cannot push to {host}, and nodes can pull only public images from it",
            f"write {plan.cluster.region}-docker.pkg.dev/{plan.cluster.project}/REPOSITORY, or push the "
            "image yourself and accept the warning",
        )


@rule(
    code="R1C802",
    slug="registry-gcr",
    severity=Severity.WARNING,
    title="Registry on gcr.io",
    why="Artifact Registry has replaced Container Registry. Its repositories are at "
    "LOCATION-docker.pkg.dev; gcr.io works only where it has been redirected (evidence.md, "
    "gcp-build-and-storage, section 3).",
    example="spec:\n  image:\n    registry: gcr.io/my-project\n",
    fix=f"Use an Artifact Registry repository: {FORM}.",
    fields=("spec.image.registry", "spec.cluster.region", "spec.cluster.project"),
)
def registry_gcr(plan: Plan) -> Iterator[Finding]:
    """Check the host."""
    if _container_registry(plan.image.registry):
        project = plan.image.registry.split("/")[1]
        yield Finding(
            (*IMAGE, "registry"),
            f"{plan.image.registry} is in Container Registry, which Artifact Registry has replaced",
            "write a repository of Artifact Registry, such as "
            f"{plan.cluster.region}-docker.pkg.dev/{project}/REPOSITORY",
        )


@rule(
    code="R1C803",
    slug="image-name",
    severity=Severity.ERROR,
    title="Invalid image name",
    why="Image names are lower-case, and the tag has its own field (OCI distribution spec 1.1; evidence.md, "
    "gcp-build-and-storage).",
    example="spec:\n  image:\n    name: vllm-openai:v0.7.3\n",
    fix="Write only the name, in lower case.",
    fields=("spec.image.name", "spec.gpudirect"),
    edits="safe or unsafe",
)
def image_name(plan: Plan) -> Iterator[Finding]:
    """Check the form of the name, and of the images that replace GPUDirect's."""
    gpudirect = {"ncclPluginImage": plan.gpudirect.plugin_image, "rxdmImage": plan.gpudirect.rxdm_image}
    for field, image in gpudirect.items():
        path: Path = ("spec", "gpudirect", field)
        if path in plan.given and not names.is_image_reference(image):
            help_ = "write HOST/PATH:TAG, or HOST/PATH@sha256:DIGEST"
            yield Finding(path, f'"{image}" cannot name an image', help_)
    text = plan.image.name
    if names.is_image(text):
        return
    bare, colon, tag = text.partition(":")
    if colon and names.is_image(bare):
        help_ = f"write name: {bare}, and tag: {tag} if you need it"
        yield Finding(
            (*IMAGE, "name"), f'"{text}" has a tag', help_, edit=unsafe(Put((*IMAGE, "name"), bare))
        )
        return
    form = "lower-case letters and digits, with hyphens, underscores or dots between them"
    near = text.lower()
    help_ = f"write {near}" if names.is_image(near) else f"use {form}"
    edit = safe(Put((*IMAGE, "name"), near)) if names.is_image(near) else None
    yield Finding((*IMAGE, "name"), f'"{text}" cannot name an image; use {form}', help_, edit=edit)


@rule(
    code="R1C804",
    slug="image-tag",
    severity=Severity.ERROR,
    title="Invalid image tag",
    why="A tag has at most 128 letters, digits, underscores, dots and hyphens, and must not begin with a "
    "dot or a hyphen (OCI distribution spec 1.1).",
    example="spec:\n  image:\n    tag: v0.7.3+cu124\n",
    fix="Use letters, digits, underscores, dots and hyphens.",
    fields=("spec.image.tag",),
    edits="unsafe",
)
def image_tag(plan: Plan) -> Iterator[Finding]:
    """Check a tag that is given."""
    tag = plan.image.tag
    if (*IMAGE, "tag") in plan.given and not names.is_tag(tag):
        near = re.sub(r"[^A-Za-z0-9_.-]+", "-", tag).strip("-.")[: names.TAG_LENGTH]
        form = "at most 128 letters, digits, underscores, dots and hyphens"
        yield Finding(
            (*IMAGE, "tag"),
            f'"{tag}" cannot be a tag; use {form}',
            f"write {near}" if near else f"use {form}",
            edit=unsafe(Put((*IMAGE, "tag"), near)) if near else None,
        )


@rule(
    code="R1C805",
    slug="mutable-tag",
    severity=Severity.WARNING,
    title="Image tag that moves from build to build",
    why="Pods of one group can pull different builds under this tag, and the repository does not show what "
    "runs (vllm-project/vllm#21979; evidence.md, IMG001).",
    example="spec:\n  image:\n    tag: latest\n",
    fix="Remove the tag to use the vLLM version, or pin image.digest.",
    fields=("spec.image.tag", "spec.image.digest"),
    edits="unsafe",
)
def mutable_tag(plan: Plan) -> Iterator[Finding]:
    """Check for tags that do not name one build; with a digest the build is pinned anyway."""
    tag = plan.image.tag
    if tag.lower() in _MUTABLE and not plan.image.digest and (*IMAGE, "tag") in plan.given:
        known = VERSION in plan.given
        release = plan.server.version if known else "the release of vllm.version"
        yield Finding(
            (*IMAGE, "tag"),
            f"the tag {tag} names another image after the next build",
            f"remove tag to use {release}, or pin the build with image.digest",
            edit=unsafe(Remove((*IMAGE, "tag"))),
        )


@rule(
    code="R1C806",
    slug="tag-other-version",
    severity=Severity.ERROR,
    title="Image tag names another vLLM version",
    why="r1c builds the image from vllm.version and checks the flags against it. The tag of another version "
    "misleads readers about what the image contains (evidence.md, IMG001, VLL001).",
    example="spec:\n  image:\n    tag: v0.8.5\n",
    fix="Remove the tag, or change vllm.version.",
    fields=("spec.image.tag", "spec.vllm.version"),
    edits="unsafe",
)
def tag_other_version(plan: Plan) -> Iterator[Finding]:
    """Check a tag that begins with a vLLM version."""
    match = re.match(_VERSION, plan.image.tag) if (*IMAGE, "tag") in plan.given else None
    if not match or not names.is_tag(plan.image.tag):
        return
    named = f"v{match[1]}"
    # A version above all of vLLM's is a version of the image itself.
    newest = vllm.key(vllm.versions()[-1]) or ()
    key = vllm.key(named) or ()
    if vllm.sampled(named) and key <= newest and key != vllm.key(plan.server.version):
        ways = (f"remove tag to use {plan.server.version}", f"write vllm.version: {named}")
        message = f"the tag {plan.image.tag} names vLLM {named}, but vllm.version is {plan.server.version}"
        edit = unsafe(Remove((*IMAGE, "tag")))
        yield Finding((*IMAGE, "tag"), message, listed(ways), edit=edit)


@rule(
    code="R1C807",
    slug="image-digest",
    severity=Severity.ERROR,
    title="Invalid image digest",
    why="An image reference needs sha256: and 64 hexadecimal digits; the API server or the node refuses "
    "anything else (OCI distribution spec 1.1).",
    example="spec:\n  image:\n    digest: sha256:abc\n",
    fix="Copy the digest that the build prints.",
    fields=("spec.image.digest",),
    edits="safe",
)
def image_digest(plan: Plan) -> Iterator[Finding]:
    """Check the digest's form."""
    digest = plan.image.digest
    if digest is None or names.is_digest(digest):
        return
    near = f"sha256:{digest.rpartition(':')[2].rpartition('@')[2].lower()}"
    help_ = f"write {near}" if names.is_digest(near) else "copy it from `gcloud artifacts docker images list`"
    message = f'"{digest}" is not a digest: expected sha256: and 64 hexadecimal digits'
    edit = safe(Put((*IMAGE, "digest"), near)) if names.is_digest(near) else None
    yield Finding((*IMAGE, "digest"), message, help_, edit=edit)


RULES: tuple[Rule, ...] = (
    registry,
    registry_gcr,
    image_name,
    image_tag,
    mutable_tag,
    tag_other_version,
    image_digest,
    *cloudbuild.RULES,
    registry_other,
)
