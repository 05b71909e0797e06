"""A server in a file -> the fields of a profile that the file says, and where it says each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from r1c import facts
from r1c.adopt import images, profile_draft
from r1c.adopt.flags import Given, flags, is_joining
from r1c.adopt.manifest import container
from r1c.adopt.manifest.container import entries, items, section
from r1c.diagnostics import Path
from r1c.facts import vllm, vllm_history
from r1c.lint import release
from r1c.lint.server import CommandLine, Flag, Found
from r1c.lint.watched import ARGS, ENV, MODEL, NAME, PLATFORM, VERSION, Said
from r1c.names import ACCELERATOR, EXCLUSIVE_TOPOLOGY, INTERFACES
from r1c.profile import paths
from r1c.record import record, replace
from r1c.source import Document, Entry

_SHM = "/dev/shm"  # noqa: S108  # the path that NCCL uses
_FLAG_FIELDS = {
    "spec.parallelism.tensor": "tensor-parallel-size",
    "spec.parallelism.pipeline": "pipeline-parallel-size",
    "spec.model.revision": "revision",
    "spec.model.servedName": "served-model-name",
    "spec.vllm.args.data-parallel-size": "data-parallel-size",
    "spec.vllm.args.prefill-context-parallel-size": "prefill-context-parallel-size",
}
"""The fields that say vLLM's own default where a whole command line does not have their flag."""

_SCHEDULING = ("nodeSelector", "tolerations", "priorityClass", "exclusiveTopology")
_KEYS = frozenset({"api-key", "hf-token"})
"""Flags that are credentials: a value from elsewhere is as it should be."""
_OPEN_MAPS = (paths.ARGS, paths.ENV)
_CONFIG = "config"
"""The flag that names a file with more flags."""

_OMNI = "omni"
"""The flag of vLLM-Omni, which starts several engines and has flags of its own."""
Build = Literal["own", "other", "unknown"]

_Field = tuple[Path, tuple[Any, Entry | None]]
"""A field, its value (None where only its place is of interest), and its place."""


@record
class Asked:
    """What the user says for all servers whose files do not."""

    platform: str | None = None
    version: str | None = None


@record
class Reading:
    """What a file says about a server.

    `places` has the place of each of `fields`, and of the sections that a finding may be about; `said` are
    the fields that are known, also by their absence. `platforms` and `versions` are those that it may run
    on: one where the file says it, none where r1c knows none that fits. `build` says whether it is that of
    vLLM's own image, another one, or one that the file does not say, which may have plugins.
    """

    fields: Mapping[Path, Any]
    places: Mapping[Path, Entry]
    said: Said
    platforms: tuple[str, ...]
    versions: tuple[str, ...]
    build: Build = "unknown"


def read(found: Found, asked: Asked) -> Reading:
    """Return what is known about a server."""
    versions = _versions(found, asked)
    found = _spelt_out(found, versions[-1] if versions else vllm.versions()[-1])
    taken = dict(_taken(found))
    platforms = _platforms(found, asked)
    fields = {path: value for path, (value, _) in taken.items() if value is not None}
    places = {path: place for path, (_, place) in taken.items() if place}
    hidden = frozenset(vllm.canonical(one.name) for one in found.command.hidden) - _KEYS
    said = {".".join(map(str, path)) for path in fields if path[:3] not in _OPEN_MAPS} | _without(
        found, hidden
    )
    said |= {PLATFORM} if len(platforms) == 1 else set()
    said |= {VERSION, NAME} if len(versions) == 1 else set()
    if _joined(found):
        said.discard("spec.nodes")
    known = Said(frozenset(said), hidden, found.variables.hidden)
    return Reading(fields, _around(found, places), known, platforms, versions, _build(found))


def _build(found: Found) -> Build:
    if _OMNI in _names(found):
        return "other"
    if not found.image:
        return "other" if found.part else "unknown"
    return "own" if release.is_own(found.image) and not found.installs else "other"


def _spelt_out(found: Found, version: str) -> Found:
    """Write out flags that are only the beginning of a name, as vLLM's parser does where one flag has it."""
    release = vllm.sampled(version)
    names = vllm.names("serve", release) if release else ()

    def whole(flag: Flag) -> Flag:
        own = vllm.canonical(flag.name)
        longer = [name for name in names if name.startswith(own)] if not vllm.is_known(own) else []
        return replace(flag, name=longer[0]) if len(longer) == 1 else flag

    command = found.command
    flags, hidden = tuple(map(whole, command.flags)), tuple(map(whole, command.hidden))
    return replace(found, command=replace(command, flags=flags, hidden=hidden))


def _without(found: Found, hidden: frozenset[str]) -> set[str]:
    """Return the fields that a file says by not having them, and those that its flags say."""
    names = _names(found)
    said = {field for field, flag in _FLAG_FIELDS.items() if flag in names - hidden}
    if found.command.whole and _CONFIG not in names:
        said |= {ARGS, *(field for field, flag in _FLAG_FIELDS.items() if flag not in hidden)}
    if found.variables.whole:
        said.add(ENV)
    if found.pod and not found.part:
        said |= {"spec.network.mode", *(f"spec.scheduling.{name}" for name in _SCHEDULING)}
    return said


def _names(found: Found) -> set[str]:
    return {vllm.canonical(one.name) for one in (*found.command.flags, *found.command.hidden)}


def _joined(found: Found) -> bool:
    """Tell whether a server is one of several, of which the file of one says too little."""
    joins = any(is_joining(name) or name == "distributed-executor-backend" for name in _names(found))
    return found.nodes is None or (joins and found.nodes.value == 1)


def _versions(found: Found, asked: Asked) -> tuple[str, ...]:
    installed = release.of_installed(found.installs)
    if installed is not None:
        return installed
    known = release.of_image(found.image) if found.image or found.pod else vllm.versions()
    if asked.version and len(known) != 1 and not release.is_said(found.image):
        return release.of_version(asked.version)
    return known


def _around(found: Found, places: Mapping[Path, Entry]) -> Mapping[Path, Entry]:
    """Add the places of what the file does not have: the command for flags and sizes, the image."""
    command, image = found.command.at, found.image_at or found.at
    hidden = {profile_draft.at(ARGS, vllm.canonical(one.name)): one.at for one in found.command.hidden}
    sections = {
        (): found.at,
        profile_draft.at(ARGS): command,
        profile_draft.at("spec.parallelism"): command,
        profile_draft.at(MODEL): command,
        profile_draft.at(VERSION): image,
        profile_draft.at("spec.image"): image,
        **({profile_draft.at("spec.nodes"): found.nodes.at} if found.nodes else {}),
    }
    return {**sections, **hidden, **places}


def _taken(found: Found) -> Iterator[_Field]:
    """Yield the fields with their values and places."""
    command = found.command
    if command.model is not None:
        yield profile_draft.at(MODEL), (_as_known(command.model), command.model_at)
    for flag in command.flags:
        name = vllm.canonical(flag.name)
        if name in _KEYS and "$" not in flag.at.source.text[slice(*flag.at.value_at)]:
            yield profile_draft.at(ARGS, name), (flag.value, flag.at)
        if name in _KEYS or name == "model":
            continue
        for path, value in flags([Given(flag.name, flag.value, ())], None, command.model).fields.items():
            yield path, (value, flag.at)
    for name, value in found.variables.values.items():
        if not _for_the_script(name, command):
            yield _variable(name), (value, found.variables.places[name])
    for name in sorted(found.variables.hidden):
        if not _for_the_script(name, command):
            yield _variable(name), ("", found.variables.places[name])
    image = images.split(found.image)
    # An image without a registry or an account is one that was built on the machine.
    built = found.built or "/" not in found.image
    yield from (
        (profile_draft.at(path), value)
        for path, value in (
            ("spec.nodes", (found.nodes.value, found.nodes.at) if found.nodes else None),
            ("spec.replicas", (found.replicas.value, found.replicas.at) if found.replicas else None),
            ("spec.storage.sharedMemory", found.shared_memory),
            ("spec.image.tag", (image.tag, found.image_at) if image.tag and not built else None),
            ("spec.image.digest", (image.digest, found.image_at) if image.digest else None),
        )
        if value
    )
    if found.pod:
        yield from _of_pod(found)


def _as_known(model: str) -> str:
    """Write a model as its repository is named: Hugging Face finds it in any case."""
    return next((known for known in facts.models() if known.casefold() == model.casefold()), model)


def _for_the_script(name: str, command: CommandLine) -> bool:
    """Tell whether the command itself reads a variable that no release of vLLM reads."""
    return name in command.reads and not any(vllm_history.reads(name, one) for one in vllm.versions())


def _variable(name: str) -> Path:
    return profile_draft.at("spec.network.nccl" if name.startswith("NCCL_") else ENV, name)


def _of_pod(found: Found) -> Iterator[_Field]:
    pod, document = found.pod, found.document
    assert pod is not None  # noqa: S101  # the one who asks has looked
    places, at = document.places, pod.path
    selector = section(pod.spec, "nodeSelector")
    for name, value in selector.items():
        yield (
            ("spec", "scheduling", "nodeSelector", name),
            (str(value), places.get((*at, "nodeSelector", name))),
        )
    tolerations = [dict(one) for one in entries(pod.spec.get("tolerations"))]
    if tolerations:
        yield profile_draft.at("spec.scheduling.tolerations"), (tolerations, places.get((*at, "tolerations")))
    for index, _ in enumerate(tolerations):
        for path in ((index,), *((index, key) for key in ("key", "operator", "value", "effect"))):
            if (*at, "tolerations", *path) in places:
                yield (
                    ("spec", "scheduling", "tolerations", *path),
                    (None, places[(*at, "tolerations", *path)]),
                )
    topology = pod.group_annotations.get(EXCLUSIVE_TOPOLOGY)
    if isinstance(topology, str):
        yield profile_draft.at("spec.scheduling.exclusiveTopology"), (topology, None)
    priority = pod.spec.get("priorityClassName")
    if isinstance(priority, str):
        yield (
            profile_draft.at("spec.scheduling.priorityClass"),
            (priority, places.get((*at, "priorityClassName"))),
        )
    seconds = pod.spec.get("terminationGracePeriodSeconds")
    if type(seconds) is int:
        place = places.get((*at, "terminationGracePeriodSeconds"))
        yield profile_draft.at("spec.scheduling.terminationGracePeriodSeconds"), (seconds, place)
    if pod.spec.get("hostNetwork") is True:
        yield profile_draft.at("spec.network.mode"), ("host", places.get((*at, "hostNetwork")))
    yield from _memory(document, pod.spec, at)
    networks = container.networks(pod.annotations)
    if networks and found.nodes and found.nodes.value > 1:
        place = places.get((*pod.annotations_path, INTERFACES))
        yield profile_draft.at("spec.network.subnetworks"), (networks, place)
    yield from _gpudirect(found)


def _memory(document: Document, spec: Mapping[str, Any], at: Path) -> Iterator[_Field]:
    """Yield the size of /dev/shm, if it is a volume in memory with a limit."""
    mounted = {
        str(mount.get("name"))
        for one in entries(spec.get("containers"))
        for mount in entries(one.get("volumeMounts"))
        if str(mount.get("mountPath", "")).rstrip("/") == _SHM
    }
    for index, volume in enumerate(items(spec.get("volumes"))):
        size = section(volume, "emptyDir").get("sizeLimit")
        if isinstance(volume, dict) and volume.get("name") in mounted and size is not None:
            place = document.places.get((*at, "volumes", index, "emptyDir", "sizeLimit"))
            yield profile_draft.at("spec.storage.sharedMemory"), (str(size), place)


def _gpudirect(found: Found) -> Iterator[_Field]:
    """Yield the release of the GPUDirect images and what differs from it."""
    pod, document = found.pod, found.document
    assert pod is not None  # noqa: S101  # the one who asks has looked
    stack = container.stack({"spec": pod.spec})
    if stack.name is None or not found.nodes or found.nodes.value == 1 or not stack.plugin:
        return
    wanted = {stack.plugin: "plugin", stack.daemon: "daemon"}
    places = {
        wanted[one["image"]]: document.places.get((*pod.path, key, index, "image"))
        for key in ("initContainers", "containers")
        for index, one in enumerate(items(pod.spec.get(key)))
        if isinstance(one, dict) and isinstance(one.get("image"), str) and one["image"] in wanted
    }
    for path, value in images.gpudirect(stack.name, stack.plugin, stack.daemon).fields.items():
        yield path, (value, places.get("daemon" if path[-1] == "rxdmImage" else "plugin"))


def _platforms(found: Found, asked: Asked) -> tuple[str, ...]:
    """Return the machines that a pod may run on: by its GPUs' label, by its GPUDirect stack, or as asked."""
    machines = [facts.platform(name) for name in facts.platforms()]
    pod = found.pod
    if pod:
        label = _accelerator(pod.spec)
        if label is not None:
            return tuple(machine.id for machine in machines if machine.accelerator_label == label)
        stack = container.stack({"spec": pod.spec}).name
        fitting = tuple(machine.id for machine in machines if machine.stack == stack)
        if asked.platform and (asked.platform in fitting or not fitting):
            return (asked.platform,)
        if fitting:
            return fitting
    return (asked.platform,) if asked.platform else tuple(facts.platforms())


def _accelerator(spec: Mapping[str, Any]) -> str | None:
    label = section(spec, "nodeSelector").get(ACCELERATOR)
    if label is not None:
        return str(label)
    required = section(spec, "affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution")
    for term in entries(required.get("nodeSelectorTerms")):
        for expression in entries(term.get("matchExpressions")):
            values = expression.get("values")
            if expression.get("key") == ACCELERATOR and isinstance(values, list):
                return str(values[0]) if len(values) == 1 else ""
    return None
