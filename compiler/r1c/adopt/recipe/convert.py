"""A recipe's YAML -> the draft: model, release, platform, shape, flags, variables, and what is left out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from r1c import facts, source
from r1c.adopt.codes import PLATFORM, unusable
from r1c.adopt.flags import Given, flags
from r1c.adopt.images import split
from r1c.adopt.manifest.account import at_path
from r1c.adopt.manifest.container import section, words
from r1c.adopt.profile_draft import Asked, Draft, at, given, join, recipe_name, took
from r1c.adopt.recipe import leftover
from r1c.adopt.recipe.layers import Layer, gpu, layers, machine
from r1c.adopt.recipe.shape import shape_of
from r1c.adopt.server import arguments
from r1c.adopt.variables import environment, variables
from r1c.diagnostics import Finding, Path, UserError
from r1c.diagnostics.suggest import listed
from r1c.facts import vllm
from r1c.shell.script import Command, Place, Word
from r1c.source import Document


def read_recipe(name: str, raw: bytes) -> Document:
    """Read a recipe; raises UserError if the file is none, or is for a server that is not vLLM."""
    if name.lower().endswith((".md", ".ipynb")):
        raise UserError(
            f"{name}: r1c reads the recipes in YAML, models/ORGANISATION/MODEL.yaml of vllm-project/recipes"
        )
    document = source.read(name, raw)
    if not document.usable:
        raise unusable(document)
    if not isinstance(section(document.data, "model").get("model_id"), str):
        raise UserError(
            f"{name}: not a recipe of vllm-project/recipes: it has no model.model_id; "
            "its recipes are the files models/ORGANISATION/MODEL.yaml"
        )
    if "omni" in words(section(document.data, "meta").get("tasks")) or "omni" in document.data:
        raise UserError(f"{name}: the recipe is for vLLM-Omni; r1c compiles recipes for vLLM")
    return document


def from_recipe(
    document: Document, asked: Asked, variant: str = "default", wanted: str | None = None
) -> Draft:
    """Return the draft; raises UserError if the recipe has no such variant, or not the wanted strategy."""
    data: Mapping[str, Any] = document.data
    variants = section(data, "variants")
    if variant not in (variants or ("default",)):
        raise UserError(
            f"the recipe has no variant {variant}; it has {listed(list(map(str, variants)), 'and')}"
        )
    platform = _platform(data, variant, asked.platform)
    on = machine(platform.fields.get(at("spec.platform")))
    identity = join(platform, _identity(data, variant))
    shape, strategy = shape_of(data, variant, on, identity.fields.get(at("spec.platform")), wanted)
    model = str(identity.fields[at("spec.model.id")])
    draft = join(identity, shape, _image(data))
    parts = tuple(layers(data, variant, strategy, on))
    version = draft.fields.get(at("spec.vllm.version"))
    # What the recipe says of the shape itself counts more than what the strategy leads to.
    draft = join(
        draft, _flags(data, parts, str(version) if version else None, model), _variables(data, parts, draft)
    )
    draft = join(
        draft,
        given(
            {
                "metadata.name": asked.name or recipe_name(model, str(on.gpu or "vllm")),
                **asked.of_cluster(),
            }
        ),
    )
    return join(draft, leftover.of(data, draft, variant, strategy, on))


def _platform(data: Mapping[str, Any], variant: str, asked: str | None) -> Draft:
    """Return the platform; it stays open unless the recipe was verified on the machines of one alone."""
    hardware = section(data, "meta", "hardware")
    verified = [name for name, state in hardware.items() if state == "verified"]
    only = words(section(data, "variants", variant).get("supported_hardware"))
    own = gpu(asked) if asked else None
    place: Path = ("meta", "hardware", own or "")
    if own and (hardware.get(own) == "unsupported" or (only and own not in only)):
        message = f"the recipe says that it does not run on {own.upper()}, the GPU of {asked}"
        help_ = f"use {listed(verified, 'or')}, or another recipe" if verified else "use another recipe"
        where: Path = place if own in hardware else ("variants", variant, "supported_hardware")
        return join(
            given({"spec.platform": asked}), Draft(findings=((PLATFORM, Finding(where, message, help_)),))
        )
    if asked:
        return given({"spec.platform": asked})
    preferred = section(data, "meta").get("default_hardware")
    names = [str(preferred)] if preferred else [str(name) for name in verified]
    fitting = [name for name in facts.platforms() if gpu(name) in names and (not only or gpu(name) in only)]
    if len(fitting) == 1:
        said = (
            "the recipe's default hardware" if preferred else "the only one that the recipe was verified on"
        )
        comments = {at("spec.platform"): f"{gpu(fitting[0]).upper()}, {said}"}
        return Draft({at("spec.platform"): fitting[0]}, comments)
    known = fitting or [
        name
        for name in facts.platforms()
        if hardware.get(gpu(name)) != "unsupported" and (not only or gpu(name) in only)
    ]
    if not known:
        return Draft()
    if fitting:
        message = f"the recipe was verified on the GPUs of {listed(fitting, 'and')}"
    else:
        message = "the recipe was not verified on the GPUs of a platform that r1c knows"
    help_ = f"add --platform {known[0]} or another, and r1c reads the flags for that hardware too"
    finding = Finding(("meta", "hardware") if hardware else ("meta",), message, help_, on_key=True)
    return Draft(findings=((PLATFORM, finding),))


def _identity(data: Mapping[str, Any], variant: str) -> Draft:
    """Return the model and the release, the variant's own where it has one."""
    taken: list[Path] = []
    values: dict[str, Any] = {}
    for key in ("model_id", "min_vllm_version"):
        own: Path = ("variants", variant, key)
        path: Path = own if at_path(data, own) is not None else ("model", key)
        taken.append(path)
        values[key] = str(at_path(data, path) or "")
    release = f"v{values['min_vllm_version'].removeprefix('v')}"
    known = vllm.key(release) is not None
    dropped = () if known else ((f"model.min_vllm_version ({values['min_vllm_version']})", _NO_RELEASE),)
    fields = {"spec.model.id": values["model_id"], "spec.vllm.version": release if known else None}
    comments = {at("spec.vllm.version"): "the oldest release that the recipe works with"} if known else {}
    return join(given(fields), Draft(comments=comments, dropped=dropped, taken=tuple(taken)))


_NO_RELEASE = "it is not a release of vLLM; write one under vllm.version"


def _image(data: Mapping[str, Any]) -> Draft:
    """Return the image that the recipe asks for; the machines of r1c's platforms have NVIDIA GPUs."""
    path: Path = ("model", "docker_image")
    while isinstance(at_path(data, path), dict):
        children = at_path(data, path)
        key = next((name for name in ("nvidia", "cu130", "cu129", "cu128") if name in children), None)
        if key is None:
            return Draft()
        path = (*path, key)
    if not isinstance(at_path(data, path), str):
        return Draft()
    image = split(str(at_path(data, path)))
    official = f"{image.registry}/{image.name}" == "vllm/vllm-openai"
    if not official:
        return Draft()
    release = image.tag if vllm.key(image.tag) is not None else None
    fields = {"spec.vllm.version": release, "spec.image.tag": None if release else image.tag or None}
    comments = {} if release is None else {at("spec.vllm.version"): "the release of the recipe's image"}
    return join(given(fields), Draft(comments=comments, taken=(path,)))


def _flags(data: Mapping[str, Any], parts: tuple[Layer, ...], version: str | None, model: str) -> Draft:
    """Return the flags of the parts in order; one that a later part replaces is named."""
    last: dict[str, tuple[Given, str]] = {}
    dropped: list[tuple[str, str]] = []
    for part in parts:
        if part.variables:
            continue
        line = list(_words(at_path(data, part.path), part.path))
        server = arguments(Command((), Place()), line, version)
        for flag in server.flags:
            if flag.name == "model":
                continue
            index = flag.place.start
            before = last.pop(flag.name, None)
            if before and before[0].value != flag.value:
                dropped.append((before[1], f"{_dotted(part.path)} has another value"))
            last[flag.name] = Given(flag.name, flag.value, (*part.path, index)), flag.written
        for word in (*([server.model] if server.model else ()), *server.extra):
            dropped.append((f"{_dotted(part.path)} ({word.text})", "it is not a flag"))
    draft = flags([one for one, _ in last.values()], version, model)
    lists = [part.path for part in parts if not part.variables]
    return join(draft, Draft(dropped=tuple(dropped)), took(*lists))


def _words(items: Any, path: Path) -> Iterator[Word]:
    """Yield the words of a list; a flag may have its value behind a space."""
    for index, item in enumerate(items if isinstance(items, list) else []):
        text, space, value = str(item).partition(" ")
        pair = [text, value] if space and text.startswith("--") and "=" not in text else [str(item)]
        yield from (Word(one, (), Place(path, index, index + 1)) for one in pair)


def _variables(data: Mapping[str, Any], parts: tuple[Layer, ...], draft: Draft) -> Draft:
    values: dict[str, str] = {}
    dropped: list[tuple[str, str]] = []
    for part in parts:
        for name, value in at_path(data, part.path).items() if part.variables else ():
            text = str(value).lower() if isinstance(value, bool) else str(value)
            if values.get(name, text) != text:
                dropped.append((f"{name} {values[name]}", f"{_dotted(part.path)} has another value"))
            values[str(name)] = text
    several = draft.fields.get(at("spec.nodes"), 2) != 1
    draft = variables(values, environment(draft.fields), fabric=several)
    return join(draft, Draft(dropped=tuple(dropped)), took(*(part.path for part in parts if part.variables)))


def _dotted(path: Path) -> str:
    return ".".join(map(str, path))
