"""The values of the gpu-recipes vLLM charts, each with its place in the profile, or why it has none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from r1c.adopt.codes import UNKNOWN_VALUE, UNREAD_KEY, WRONG_TYPE
from r1c.adopt.helm.values import Values
from r1c.adopt.profile_draft import Draft, at
from r1c.diagnostics import Finding, Path
from r1c.diagnostics.suggest import closest
from r1c.profile.fields import dotted
from r1c.record import record


@record
class Carried:
    """The value goes into this field unchanged, if it has this type."""

    field: str
    type: type = str


@record
class Read:
    """The value is read together with others, in convert.py, if it has one of these types."""

    types: tuple[type, ...]


@record
class Dropped:
    """The profile does not have the value, for this reason."""

    reason: str


_TEXT = Read((str,))
_SCALAR = Read((str, int, float, bool))
_MOUNTED = "r1c always mounts the bucket, with all its folders (implicit-dirs)"
_FLAGS = "the flags are under vllm.args of the profile"

TABLE: Mapping[str, Carried | Read | Dropped] = {
    "targetPlatform": Dropped("r1c compiles only for GKE"),
    "clusterName": Carried("spec.cluster.name"),
    "queue": Carried("spec.scheduling.queue"),
    "dwsSettings.maxRunDurationSeconds": Dropped(
        "the profile has no field for the run time of a Dynamic Workload Scheduler request"
    ),
    "targetNodes.*": _TEXT,
    "huggingface.secretName": Carried("spec.huggingface.secretName"),
    "huggingface.secretData.token": Carried("spec.huggingface.secretKey"),
    "model.name": Carried("spec.model.id"),
    "model.tp_size": Carried("spec.parallelism.tensor", int),
    "model.pp_size": Carried("spec.parallelism.pipeline", int),
    "job.image.repository": _TEXT,
    "job.image.tag": Read((str, int, float)),
    "job.gpus": Read((int,)),
    "volumes.ssdMountPath": Carried("spec.storage.ssdMountPath"),
    "volumes.gcsVolumes": Dropped(_MOUNTED),
    "volumes.gcsMounts.*.bucketName": _TEXT,
    "volumes.gcsMounts.*.mountPath": _TEXT,
    "volumes.gcsMounts.*.mountOptions": Dropped(_MOUNTED),
    "gpuPlatformSettings.useHostPlugin": Read((bool,)),
    "gpuPlatformSettings.ncclPluginImage": _TEXT,
    "gpuPlatformSettings.rxdmImage": _TEXT,
    "gpuPlatformSettings.ncclBuildType": Read((int, str)),
    "network.gibVersion": _TEXT,
    "network.hostNetwork": Read((bool,)),
    "network.subnetworks.*": _TEXT,
    "network.ncclSettings.*.name": _TEXT,
    "network.ncclSettings.*.value": _SCALAR,
    "vllm.replicaCount": Carried("spec.replicas", int),
    "vllm.service.type": Carried("spec.service.type"),
    "vllm.service.ports.http": Carried("spec.service.port", int),
    "vllm.serverArgs.**": _SCALAR,
    "service.type": Carried("spec.service.type"),
    "service.ports.http": Carried("spec.service.port", int),
    "workload.model.name": Carried("spec.model.id"),
    "workload.gpus": Read((int,)),
    "workload.image": _TEXT,
    "workload.framework": _TEXT,
    "workload.configFile": Dropped(_FLAGS),
    "workload.configPath": Dropped(_FLAGS),
    "workload.envs.*.name": _TEXT,
    "workload.envs.*.value": _SCALAR,
    "workload.gcsSidecarImage": Dropped("GKE adds its own sidecar image for the bucket"),
    "workload.benchmarks.**": Dropped("the chart runs them only for TensorRT-LLM"),
    "serving_config.**": _SCALAR,
    "workload_launcher": Dropped("r1c writes the launch command"),
}
"""A * is a list index, ** at the end is everything below."""


def carry(values: Values) -> Draft:
    """Return the fields that values go into as they are, what is dropped, and what is not known."""
    fields: dict[Path, Any] = {}
    dropped: list[tuple[str, str]] = []
    findings = [(UNREAD_KEY, _unread(path)) for path in _bracketed(values.data, ())]
    for path, value in values.leaves():
        entry = entry_of(path)
        if isinstance(entry, Dropped):
            dropped.append((f"{dotted(path)} ({_shown(value)})", entry.reason))
        elif isinstance(entry, Carried) and _fits(value, entry.type):
            fields[at(entry.field)] = value
        elif isinstance(entry, Carried):
            findings.append((WRONG_TYPE, wrong(path, value, entry.type)))
        elif (
            isinstance(entry, Read) and not any(_fits(value, type_) for type_ in entry.types) and value != ""
        ):
            findings.append((WRONG_TYPE, wrong(path, value, entry.types[0])))
        elif entry is None and (below := _below(path)):
            findings.append((WRONG_TYPE, wrong(path, value, below)))
        elif entry is None and not any("[]" in str(part) for part in path):
            findings.append((UNKNOWN_VALUE, _unknown(path, value)))
    return Draft(fields=fields, dropped=tuple(dropped), findings=tuple(findings))


def entry_of(path: Path) -> Carried | Read | Dropped | None:
    """Return what the table says of a path, None if it does not have it."""
    parts = ["*" if isinstance(part, int) else str(part) for part in path]
    for length in range(1, len(parts) + 1):
        below = TABLE.get(".".join([*parts[:length], "**"]))
        if below is not None:
            return below
    return TABLE.get(".".join(parts))


def _below(path: Path) -> type | None:
    """Return the type of what the table has below a path, None if it has nothing there."""
    start = ["*" if isinstance(part, int) else str(part) for part in path]
    longer = [key.split(".") for key in TABLE]
    found = next((key for key in longer if len(key) > len(start) and key[: len(start)] == start), None)
    return None if found is None else list if found[len(start)] == "*" else dict


def wrong(path: Path, value: Any, wanted: type) -> Finding:
    """Say that a value has the wrong type; the field stays a blank."""
    words = {int: "an integer", bool: "true or false", list: "a list", dict: "a map"}
    word = words.get(wanted, "a string")
    found = f"the string {_shown(value)}" if isinstance(value, str) else _shown(value)
    message = f"{dotted(path)}: expected {word}, got {found}"
    return Finding(path, message, f"write {word}; the field is left out of the profile")


def _fits(value: Any, wanted: type) -> bool:
    return isinstance(value, wanted) and (wanted is bool or not isinstance(value, bool)) and value != ""


def _completed(path: Path) -> str | None:
    """Return the one known path that ends with a key's own, where the section above the key is missing."""
    ends = [".".join("*" if isinstance(part, int) else str(part) for part in path)]
    ends += [f"{path[0]}.**"] if len(path) > 1 else []
    above = [known.removesuffix(end) for end in ends for known in TABLE if known.endswith(f".{end}")]
    return f"{above[0]}{dotted(path)}" if len(above) == 1 else None


def _unknown(path: Path, value: Any) -> Finding:
    near = _completed(path) or closest(dotted(path), [known for known in TABLE if "*" not in known])
    help_ = f"did you mean {near}?" if near else "remove it, or check whether your own chart reads it"
    return Finding(
        path, f"no vLLM chart of gpu-recipes reads {dotted(path)} ({_shown(value)})", help_, on_key=True
    )


def _bracketed(value: Any, path: Path) -> Iterator[Path]:
    if isinstance(value, dict):
        for key, item in value.items():
            if str(key).endswith("[]"):
                yield (*path, key)
            yield from _bracketed(item, (*path, key))


def _unread(path: Path) -> Finding:
    key = str(path[-1])
    message = f"the key is {key}, with the brackets, and no chart reads it"
    help_ = f"write {key.removesuffix('[]')}: [...] here, or --set {dotted(path).removesuffix('[]')}[0]=..."
    return Finding(path, message, help_, on_key=True)


def _shown(value: Any) -> str:
    text = str(value).lower() if isinstance(value, bool) else str(value)
    if "\n" in text:
        return f"{len(text.splitlines())} lines"
    return text if len(text) <= 60 else text[:57] + "..."
