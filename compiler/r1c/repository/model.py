"""r1c.yaml as a team writes it, declared once: repository.schema.json is made of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from r1c.profile.model import Metadata, Spec
from r1c.profile.section import info, section
from r1c.record import field


@section
class Allow:
    """What profiles may use: a list that is left out allows everything; `*` in an entry is any text."""

    platforms: Annotated[tuple[str, ...] | None, info(examples=[["a3-mega", "a3-ultra"]])] = None
    """Values of spec.platform."""
    models: Annotated[tuple[str, ...] | None, info(examples=[["deepseek-ai/*"]])] = None
    """Values of spec.model.id."""
    vllm_versions: Annotated[tuple[str, ...] | None, info(examples=[["v0.11.*"]])] = None
    """Values of spec.vllm.version."""
    regions: Annotated[tuple[str, ...] | None, info(examples=[["us-central1"]])] = None
    """Values of spec.cluster.region and spec.build.region."""
    registries: Annotated[
        tuple[str, ...] | None, info(examples=[["us-central1-docker.pkg.dev/my-project/*"]])
    ] = None
    """Values of spec.image.registry, and the registries of images in spec.gpudirect."""
    max_nodes: Annotated[int | None, info(ge=1, examples=[8])] = None
    """Maximum number of nodes of one recipe, all its groups together."""


@section
class Defaults:
    """Fields that every profile inherits, as if the last of those that it extends extended this map."""

    metadata: Metadata | None = None
    """Fields of metadata, such as namespace and labels."""
    spec: Spec | None = None
    """Fields of spec."""


@section
class Settings:
    """Settings for all profiles of the repository."""

    profiles: Annotated[str, info(examples=["profiles"])] = "profiles"
    """Folder of the profiles, relative to this file."""
    output: Annotated[str, info(examples=["out"])] = "out"
    """Parent of the output directories, relative to this file: the output of profiles/dev is in out/dev."""
    defaults: Defaults | None = None
    """Fields that every profile inherits."""
    allow: Allow | None = None
    """Values that profiles may use."""


@section
class Repository:
    """The file r1c.yaml at the root of a repository."""

    api_version: Annotated[Literal["r1c.dev/v1alpha1"], info(examples=["r1c.dev/v1alpha1"])]
    """Version of this format."""
    kind: Annotated[Literal["Repository"], info(examples=["Repository"])]
    """Always Repository."""
    metadata: Annotated[Mapping[str, Any], info(examples=[{"name": "recipes"}])] = field(default_factory=dict)
    """Names for other tools, such as kpt; r1c does not read them."""
    spec: Settings = field(default_factory=Settings)
    """Settings for all profiles of the repository."""
