"""A container's env and envFrom -> its variables: the known values, and where the others come from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from r1c.adopt.manifest.container import entries, section
from r1c.adopt.manifest.stream import Object
from r1c.diagnostics import Path
from r1c.record import record
from r1c.shell.kubelet import variable
from r1c.shell.script import Place, Word

_LABEL = "metadata.labels['leaderworkerset.sigs.k8s.io/worker-index']"
_SIZE = "metadata.annotations['leaderworkerset.sigs.k8s.io/size']"


@record
class Member:
    """A pod of a LeaderWorkerSet's group: its index, 0 for the leader, and the group's size."""

    index: int
    size: int


@record
class Variable:
    """A variable of a container: its value, its entry's place in the object, and the Secret that has it.

    `config` is the ConfigMap of the stream that has the value, and the key. `given` says that the manifest
    sets it: the controller of LeaderWorkerSets sets its own.
    """

    name: str
    word: Word
    path: Path = ()
    secret: tuple[str, str] | None = None
    optional: bool = False
    config: tuple[str, str] | None = None
    source: str = ""
    given: bool = True


def container_variables(
    objects: Sequence[Object], container: Mapping[str, Any], path: Path, member: Member | None
) -> tuple[Variable, ...]:
    """Return the variables in order; of a name given twice the last counts, as in Kubernetes.

    `path` is the container's in its object; `member` is None for a pod without a group.
    """
    own = {"LWS_WORKER_INDEX": member.index, "LWS_GROUP_SIZE": member.size} if member else {}
    found = {name: Variable(name, Word(str(value)), given=False) for name, value in own.items()}
    maps = {item.name: section(item.data, "data") for item in objects if item.kind == "ConfigMap"}
    for at, reference in enumerate(entries(container.get("envFrom"))):
        name = str(section(reference, "configMapRef").get("name", ""))
        prefix = str(reference.get("prefix", ""))
        for key, value in maps.get(name, {}).items():
            place = (*path, "envFrom", at)
            word = Word(str(value), (), Place(place))
            found[f"{prefix}{key}"] = Variable(f"{prefix}{key}", word, place, config=(name, str(key)))
    listed = container.get("env")
    for at, entry in enumerate(listed if isinstance(listed, list) else []):
        if isinstance(entry, dict) and entry.get("name") is not None:
            known = {name: one.word for name, one in found.items()}
            one = _variable(entry, (*path, "env", at), known, maps, member)
            found.pop(one.name, None)
            found[one.name] = one
    return tuple(found.values())


def _variable(
    entry: Mapping[str, Any],
    path: Path,
    known: Mapping[str, Word],
    maps: Mapping[str, Mapping[str, Any]],
    member: Member | None,
) -> Variable:
    name, value = str(entry["name"]), entry.get("value")
    unknown = Word(f"${name}", (f"${name}",), Place(path))
    source = entry.get("valueFrom")
    if not isinstance(source, dict):
        # The value of a variable is a string, even if a template left out the quotes.
        text = str(value).lower() if isinstance(value, bool) else "" if value is None else str(value)
        return Variable(name, variable(text, (*path, "value"), known), path)
    secret, config = section(source, "secretKeyRef"), section(source, "configMapKeyRef")
    if secret:
        reference = (str(secret.get("name", "")), str(secret.get("key", "")))
        return Variable(name, unknown, path, reference, bool(secret.get("optional")), source="a Secret")
    if config:
        own, key = str(config.get("name", "")), str(config.get("key", ""))
        if key in maps.get(own, {}):
            word = Word(str(maps[own][key]), (), Place(path))
            return Variable(name, word, path, config=(own, key))
        return Variable(name, unknown, path, source=f"the ConfigMap {own}, which is not in the file")
    field = section(source, "fieldRef").get("fieldPath")
    if member and field in (_LABEL, _SIZE):
        number = member.index if field == _LABEL else member.size
        return Variable(name, Word(str(number), (), Place(path)), path, source="the pod")
    return Variable(name, unknown, path, source="the pod")
