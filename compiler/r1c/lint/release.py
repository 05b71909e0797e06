"""An image, and what a script installs -> the vLLM releases that a server may have."""

from __future__ import annotations

import re
from collections.abc import Iterator

from r1c.adopt import images
from r1c.adopt.server import OFFICIAL
from r1c.facts import vllm
from r1c.shell.script import Container, Script

_RELEASE = re.compile(r"v?\d+\.\d+\.\d+(?:\.post\d+)?(?:-(?:cu\d+|x86_64|aarch64|ubuntu\d+)(?:-.*)?)?")
_LATEST = "latest"
_MOVING = ("", _LATEST, "nightly")
_SAID = re.compile(r"(?<![\d.])v?\d+\.\d+\.\d+")
"""A release anywhere in the tag of a build of vLLM, such as cu128-v0.10.2-nixl."""
_INSTALLERS = ("pip", "pip3", "uv", "python", "python3", "conda", "mamba", "micromamba", "poetry")
_INSTALL = ("install", "add", "sync")
_PINNED = re.compile(r"vllm(?:\[[^\]]*\])?==v?(\d+\.\d+\.\d+(?:\.post\d+)?)")
_FORKS = ("lmcache", "aibrix")
"""Registries whose vllm-openai has a version of its own."""


def of_image(reference: str) -> tuple[str, ...]:
    """Return the releases that an image may be, oldest first; none where r1c knows nothing about it.

    A tag counts only on vLLM's own image or a copy of it: other images have versions of their own, and may
    have flags of their own.
    """
    image = images.split(reference)
    if not is_own(reference):
        return ()
    if _RELEASE.fullmatch(image.tag):
        return of_version(str(images.release_of(image.tag)))
    moving = image.tag in _MOVING and not image.digest
    return vllm.versions() if moving and _is_of_the_project(image) else ()


def is_own(reference: str) -> bool:
    """Tell whether an image is vLLM's own, or a copy of it."""
    image = images.split(reference)
    return image.name == OFFICIAL and not any(part in _FORKS for part in image.registry.split("/"))


def is_said(reference: str) -> bool:
    """Tell whether an image's tag names a build, which what the user says for other images does not change.

    The release of a fork, or of a variable's default, says nothing about flags, but it is not another one.
    A tag of vLLM's own that is no release, such as gptoss or nightly, is a build between releases.
    """
    image = images.split(reference)
    between = _is_of_the_project(image) and image.tag != "" and not image.tag.startswith(_LATEST)
    return "vllm" in image.name and (between or bool(_SAID.search(image.tag)))


def _is_of_the_project(image: images.Reference) -> bool:
    return image.name == OFFICIAL and image.registry.rpartition("/")[2] == "vllm"


def installed(script: Script, container: Container | None) -> tuple[str, ...]:
    """Return what a script installs with Python's package managers where the server is, as it is written."""
    return tuple(_installed(script, container))


def _installed(script: Script, container: Container | None) -> Iterator[str]:
    for command in script.commands:
        words = [word.text for word in command.argv]
        verb = next((index for index, word in enumerate(words) if word in _INSTALL), None)
        if command.name in _INSTALLERS and verb is not None and command.container is container:
            yield from words[verb + 1 :]


def of_installed(packages: tuple[str, ...]) -> tuple[str, ...] | None:
    """Return the releases that packages bring; none for one that they do not name, None without vLLM."""
    own = [package for package in packages if "vllm" in package.lower()]
    if not own:
        return None
    pinned = _PINNED.fullmatch(own[-1])
    return of_version(pinned[1]) if pinned else ()


def of_version(version: str) -> tuple[str, ...]:
    """Return a release as a list; none if it is older or newer than those that r1c knows."""
    own, newest = vllm.key(version), vllm.key(vllm.versions()[-1])
    known = own is not None and newest is not None and own <= newest and vllm.sampled(version)
    return (f"v{version.removeprefix('v')}",) if known else ()
