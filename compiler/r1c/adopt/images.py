"""Image references -> the profile's fields: registry, name, tag and vLLM version; GPUDirect release."""

from __future__ import annotations

import re
from collections.abc import Sequence

from r1c import facts
from r1c.adopt.codes import NO_VERSION
from r1c.adopt.profile_draft import Draft, at, given, join
from r1c.diagnostics import Finding, Path
from r1c.facts import vllm
from r1c.record import record

_RELEASE = re.compile(r"v?(\d+\.\d+\.\d+(?:\.post\d+)?)(?![\d.])")


_DOCKER_HUB = ("docker.io", "index.docker.io", "registry-1.docker.io")


@record
class Reference:
    """The parts of an image reference: what comes before the last slash, and what follows it."""

    registry: str
    name: str
    tag: str
    digest: str


def split(reference: str) -> Reference:
    """Take a reference apart; parts that it does not have are empty."""
    rest, _, digest = reference.strip().partition("@")
    registry, _, last = rest.rpartition("/")
    name, _, tag = last.partition(":")
    return Reference(registry, name, tag, digest)


def release_of(tag: str) -> str | None:
    """Return the vLLM release that a tag begins with, as upstream writes it: 0.7.3-cuda is v0.7.3."""
    match = _RELEASE.match(tag)
    return f"v{match[1]}" if match else None


def server(reference: str, path: Path) -> Draft:
    """Return the fields of the server's image; `path` is where the source has its tag."""
    image = split(reference)
    version = release_of(image.tag)
    own = "." in image.registry and image.registry.split("/")[0] not in _DOCKER_HUB
    fields = given(
        {
            "spec.vllm.version": version,
            "spec.image.name": image.name or None,
            "spec.image.tag": image.tag or None,
            "spec.image.digest": image.digest or None,
            "spec.image.registry": image.registry if own else None,
        }
    )
    if image.registry and not own:
        # r1c builds the image from the official one and pushes it to the user's own registry.
        reason = "r1c builds your own image from vLLM's image, and pushes it to your registry"
        fields = join(fields, Draft(dropped=((f"the image's registry {image.registry}", reason),)))
    if version is None or not image.tag:
        if image.tag:
            message = f"the image's tag {image.tag} does not name a vLLM release"
            help_ = "write the release under vllm.version of the profile, which keeps the tag as image.tag"
            fields = join(fields, Draft(findings=((NO_VERSION, Finding(path, message, help_)),)))
        return fields
    if vllm.key(image.tag) is None:
        fields = join(fields, Draft(comments={at("spec.vllm.version"): f"from the tag {image.tag}"}))
    return fields


def gpudirect(stack: str, plugin: str | None, daemon: str | None) -> Draft:
    """Return the release that a plugin image and a receive daemon image belong to, and what differs from it.

    A stack without a daemon has none.
    """
    releases = facts.releases(stack)
    tags = [split(reference).tag for reference in (plugin, daemon) if reference]
    name = next((tag for tag in tags if tag in releases), None)
    if name is None and daemon:
        last = split(daemon).tag
        name = next((one for one in releases if last in facts.release(stack, one).rxdm_tags), None)
    if name is None:
        return given({"spec.gpudirect.ncclPluginImage": plugin, "spec.gpudirect.rxdmImage": daemon})
    release = facts.release(stack, name)
    return given(
        {
            "spec.gpudirect.release": name,
            "spec.gpudirect.ncclPluginImage": _unless(plugin, [release.plugin_image]),
            "spec.gpudirect.rxdmImage": _unless(daemon, [release.rxdm_image]),
        }
    )


def _unless(image: str | None, known: Sequence[str]) -> str | None:
    return None if image in known else image
