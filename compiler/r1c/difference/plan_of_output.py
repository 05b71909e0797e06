"""An output's documents -> the plan that they show, to compare its figures with a profile."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from r1c import facts
from r1c.difference import weights_of_output
from r1c.difference.documents import Document, digest
from r1c.facts import vllm
from r1c.names import ACCELERATOR, QUEUE
from r1c.pipeline import analyse
from r1c.record import replace
from r1c.resolve.plan import Group, Image, Plan
from r1c.resolve.server import Argument

_FROM = re.compile(r"^FROM vllm/vllm-openai:(\S+)$", re.MULTILINE)
_IMAGE = re.compile(r"(?P<registry>.+)/(?P<name>[^/:@]+)(?::(?P<tag>[^@]+))?(?:@(?P<digest>.+))?")
_MODEL = re.compile(r"(?!serve$)[^\s$-]\S*")
_OWN_FLAGS = {"tensor-parallel-size": "tensor", "pipeline-parallel-size": "pipeline"}
_SIZES = {"data-parallel-size": "data", "prefill-context-parallel-size": "context"}


_ANY = b"""
apiVersion: r1c.dev/v1alpha1
kind: Recipe
metadata: {name: unknown}
spec:
  platform: a3-mega
  model: {id: unknown/unknown}
  vllm: {version: v0.11.0}
  parallelism: {tensor: 8}
  cluster: {project: unknown, name: unknown, region: us-central1}
  image: {registry: us-central1-docker.pkg.dev/unknown/unknown}
  storage: {bucket: unknown}
"""


@cache
def any_plan() -> Plan:
    """Return a plan to recover that of an output with, where no profile of it is left."""
    plan = analyse("profile", _ANY).plan
    assert plan is not None  # noqa: S101  # the profile above has no errors
    return plan


def recover(documents: Sequence[Document], like: Plan) -> Plan | None:
    """Return `like` with the values of the output, or None if it has no readable LeaderWorkerSet.

    Values that no file has (the versions of the cluster) stay as they are. A server that r1c did not write
    is readable only if its arguments begin with the model: a script or a flag in that place says nothing.
    """
    body = next((item.body for item in documents if item.kind == "LeaderWorkerSet"), None)
    leader = _at(body, "spec", "leaderWorkerTemplate", "leaderTemplate", "spec")
    container = next(iter(_list(_at(leader, "containers"))), None)
    arguments = [item for item in _list(_at(container, "args")) if isinstance(item, str)]
    if not isinstance(body, Mapping) or not arguments or not _MODEL.fullmatch(arguments[0]):
        return None
    version = _version(documents) or like.server.version
    release = vllm.sampled(version) or like.server.release
    given, sizes = _arguments(arguments[1:], release)
    selector = _at(leader, "nodeSelector")
    platform = _platform(selector) or like.platform
    weights = weights_of_output.recover(
        arguments[0], _list(_at(leader, "volumes")), _list(_at(container, "volumeMounts"))
    )
    served = next((item.value for item in given if item.meant == "served-model-name"), None)
    # A folder does not say which model is in it; the name for clients does, unless the profile gives another.
    id_ = (
        arguments[0] if weights.on_hub else str(like.model.id if served == like.model.served_name else served)
    )
    known = like.model.architecture if id_ == like.model.id else facts.architecture(id_)
    environment = {
        item["name"]: str(item["value"])
        for item in _list(_at(container, "env"))
        if isinstance(item, Mapping) and isinstance(item.get("name"), str) and "value" in item
    }
    labels = _at(body, "metadata", "labels")
    queue = labels.get(QUEUE) if isinstance(labels, Mapping) else None
    return replace(
        like,
        digest=digest(documents) or like.digest,
        name=str(_at(body, "metadata", "name")),
        namespace=str(_at(body, "metadata", "namespace") or "default"),
        platform=platform,
        model=replace(like.model, id=id_, architecture=known),
        weights=weights,
        server=replace(
            like.server,
            version=version,
            release=release,
            arguments=given,
            env={name: value for name, value in environment.items() if name.startswith("VLLM_")},
        ),
        group=Group(
            sizes.get("tensor", 1),
            sizes.get("pipeline", 1),
            _number(_at(body, "spec", "leaderWorkerTemplate", "size"), like.group.nodes),
            _number(_at(body, "spec", "replicas"), _least(documents)),
            platform.gpus_per_node,
            sizes.get("data", 1),
            sizes.get("context", 1),
        ),
        image=_image(_at(container, "image"), like.image),
        scheduling=replace(like.scheduling, queue=queue if isinstance(queue, str) else None),
    )


def _least(documents: Sequence[Document]) -> int:
    """Return the minimum of an autoscaler in the output, 1 without one."""
    fields = {"HorizontalPodAutoscaler": "minReplicas", "ScaledObject": "minReplicaCount"}
    found = [_at(item.body, "spec", fields[item.kind]) for item in documents if item.kind in fields]
    return _number(found[0], 1) if found else 1


def _version(documents: Sequence[Document]) -> str | None:
    text = next((item.body for item in documents if item.name == "image/Dockerfile"), None)
    found = _FROM.findall(text) if isinstance(text, str) else []
    return str(found[-1]) if found else None


def _arguments(words: Sequence[str], release: str) -> tuple[tuple[Argument, ...], dict[str, int]]:
    """Read --name=value, --name, and --name followed by values; sizes of the group are kept apart."""
    arguments: list[Argument] = []
    sizes: dict[str, int] = {}
    for word in words:
        if not word.startswith("--"):
            if arguments:
                arguments[-1] = _with_value(arguments[-1], word)
            continue
        name, equals, text = word.removeprefix("--").partition("=")
        value = _value(text) if equals else True
        meant = vllm.canonical(name)
        if meant in _OWN_FLAGS or meant in _SIZES:
            sizes[{**_OWN_FLAGS, **_SIZES}[meant]] = _number(value, 1)
        if meant in _OWN_FLAGS:
            continue
        if value is True and meant.startswith("no-") and vllm.flag("serve", meant, release) is None:
            meant, value = meant.removeprefix("no-"), False
        arguments.append(Argument(meant, meant, value, vllm.flag("serve", meant, release)))
    return tuple(arguments), sizes


def _with_value(argument: Argument, word: str) -> Argument:
    values = argument.value if isinstance(argument.value, list) else []
    return replace(argument, value=[*values, word])


def _value(text: str) -> Any:
    if text in ("true", "false"):
        return text == "true"
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def _platform(selector: Any) -> facts.Platform | None:
    label = selector.get(ACCELERATOR) if isinstance(selector, Mapping) else None
    known = (facts.platform(name) for name in facts.platforms())
    return next((item for item in known if item.accelerator_label == label), None)


def _image(reference: Any, like: Image) -> Image:
    match = _IMAGE.fullmatch(reference) if isinstance(reference, str) else None
    if match is None:
        return like
    return Image(match["registry"], match["name"], match["tag"] or like.tag, match["digest"])


def _at(value: Any, *path: str) -> Any:
    for key in path:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value


def _list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else []


def _number(value: Any, otherwise: int) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else otherwise
