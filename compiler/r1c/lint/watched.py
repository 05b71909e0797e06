"""A Plan -> the same Plan, which notes what a rule reads of it that the source does not say.

A source says only a part of what a profile says; the rest of its plan is filled with placeholders. A rule's
finding is a function of what the rule read, so one that read only what the source says is true whatever the
placeholders are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import FunctionType, MethodType
from typing import Any, cast

from r1c.diagnostics import Path
from r1c.record import record, replace
from r1c.resolve.plan import Plan

PLATFORM, VERSION, MODEL = "spec.platform", "spec.vllm.version", "spec.model.id"
NAME = "the name of spec.vllm.version"
"""The need of a message that names the release and does not depend on it otherwise."""
ARGS, ENV = "spec.vllm.args", "spec.vllm.env"
NOT_SAID = "spec"
"""The need of what no source says: r1c's own defaults, and values that only a profile has."""

_TENSOR, _PIPELINE, _NODES = "spec.parallelism.tensor", "spec.parallelism.pipeline", "spec.nodes"
_FABRIC = ("spec.gpudirect.release", PLATFORM, _NODES)

NEEDS: Mapping[str, tuple[str, ...]] = {
    "platform": (PLATFORM,),
    "model.id": (MODEL,),
    "model.architecture": (MODEL,),
    "model.revision": ("spec.model.revision", ARGS),
    "model.served_name": ("spec.model.servedName", MODEL, ARGS),
    "server.version": (NAME,),
    "server.release": (VERSION,),
    "server.secrets": (ENV,),
    "server.executor": ("spec.vllm.executor", VERSION, _NODES, f"{ARGS}.data-parallel-size"),
    "server.executor_asked": ("spec.vllm.executor",),
    "group.tensor": (_TENSOR,),
    "group.pipeline": (_PIPELINE,),
    "group.nodes": (_NODES,),
    "group.replicas": ("spec.replicas",),
    "group.gpus_per_node": (PLATFORM,),
    "group.data": (f"{ARGS}.data-parallel-size",),
    "group.context": (f"{ARGS}.prefill-context-parallel-size",),
    "image.tag": ("spec.image.tag",),
    "image.digest": ("spec.image.tag",),
    "network.host": ("spec.network.mode",),
    "network.networks": ("spec.network.subnetworks",),
    "network.interfaces": ("spec.network.subnetworks", PLATFORM, _NODES),
    **{
        f"gpudirect.{name}": _FABRIC
        for name in ("stack", "release", "plugin_image", "rxdm_image", "environment", "library", "directory")
    },
    "gpudirect.build_type": ("spec.gpudirect.buildType", *_FABRIC),
    "gpudirect.use_host_plugin": _FABRIC,
    "gpudirect.script": _FABRIC,
    "storage.shared_memory": ("spec.storage.sharedMemory",),
    "scheduling.node_selector": ("spec.scheduling.nodeSelector", PLATFORM),
    "scheduling.tolerations": ("spec.scheduling.tolerations",),
    "scheduling.priority_class": ("spec.scheduling.priorityClass",),
    "scheduling.exclusive_topology": ("spec.scheduling.exclusiveTopology",),
    "scheduling.grace_seconds": ("spec.scheduling.terminationGracePeriodSeconds",),
    # What a source does not have at all: the blocks are absent, and a path is given or not.
    **dict.fromkeys(("given", "doubtful", "monitoring", "disruption", "rollout"), ()),
    **dict.fromkeys(("protection", "scaling", "gateway", "provisioning"), ()),
}
"""The fields of a profile that each value of the plan follows from; one that is not here is not said."""

_SECTIONS = frozenset(
    {
        "model",
        "server",
        "group",
        "cluster",
        "image",
        "network",
        "gpudirect",
        "storage",
        "token",
        "service",
        "benchmark",
        "build",
        "scheduling",
    }
)
_ARGUMENTS, _VARIABLES = "server.arguments", ("server.env", "network.overrides")


@record
class Said:
    """The fields that a source says.

    `flags` and `variables` are the names of those that are there with a value that the source does not show.
    Where ARGS or ENV is not in `fields`, there may be more than it shows.
    """

    fields: frozenset[str]
    flags: frozenset[str] = frozenset()
    variables: frozenset[str] = frozenset()


class Log:
    """The fields that were read although the source does not say them."""

    __slots__ = ("arguments", "read", "said")

    def __init__(self, said: Said) -> None:
        """Begin with nothing read."""
        self.said = said
        self.read: set[str] = set()
        self.arguments: dict[int, _Argument] = {}

    def needs(self, *fields: str) -> None:
        """Note those of the fields that are not said."""
        self.read.update(field for field in fields if field not in self.said.fields)


def watched(plan: Plan, log: Log) -> Plan:
    """Return the plan, whose reads are noted in `log`."""
    return cast("Plan", _Watched(plan, "", log))


class _Watched:
    """A record of the plan; its properties and methods read through it as well."""

    __slots__ = ("_at", "_log", "_record")

    def __init__(self, record: Any, at: str, log: Log) -> None:
        self._record, self._at, self._log = record, at, log

    def __getattr__(self, name: str) -> Any:
        cls = type(self._record)
        if name in cls.__match_args__:
            return self._value(f"{self._at}{name}", getattr(self._record, name))
        member = cls.__dict__[name] if name in cls.__dict__ else getattr(cls, name)
        if isinstance(member, property):
            assert member.fget is not None  # noqa: S101  # a property without one cannot be read
            return member.fget(self)
        return MethodType(member, self) if isinstance(member, FunctionType) else member

    def __replace__(self, **changes: Any) -> _Watched:
        """Make the changes; what is not changed is not read."""
        return _Watched(replace(self._record, **changes), self._at, self._log)

    def _value(self, at: str, value: Any) -> Any:
        if isinstance(value, _Watched | _Variables):
            return value
        if at in _SECTIONS:
            return _Watched(value, f"{at}.", self._log)
        if at == _ARGUMENTS:
            return _Arguments(value, self._log)
        if at in _VARIABLES:
            return _Variables(value, self._log)
        self._log.needs(*NEEDS.get(at, (NOT_SAID,)))
        return value


class _Arguments(tuple[Any, ...]):
    """The arguments of the server; who looks at all of them reads that there are no more."""

    _log: Log

    def __new__(cls, arguments: tuple[Any, ...], log: Log) -> _Arguments:
        made = super().__new__(cls, (_argument(one, log) for one in arguments))
        made._log = log
        return made

    def __iter__(self) -> Iterator[Any]:
        yield from super().__iter__()
        self._log.needs(ARGS)

    def __len__(self) -> int:
        self._log.needs(ARGS)
        return super().__len__()


def _argument(argument: Any, log: Log) -> Any:
    """Return an argument that notes its reads; the same one each time, for rules tell them apart."""
    if isinstance(argument, _Argument):
        return argument
    return log.arguments.setdefault(id(argument), _Argument(argument, log))


class _Argument:
    """One argument: its name is said, its flag follows from the version, its value may be hidden."""

    __slots__ = ("_argument", "_log", "meant", "name")

    def __init__(self, argument: Any, log: Log) -> None:
        self._argument, self._log = argument, log
        self.name, self.meant = argument.name, argument.meant

    @property
    def path(self) -> Path:
        return cast("Path", self._argument.path)

    @property
    def value(self) -> Any:
        if self.meant in self._log.said.flags:
            self._log.needs(f"{ARGS}.{self.meant}")
        return self._argument.value

    @property
    def flag(self) -> Any:
        self._log.needs(VERSION)
        return self._argument.flag


class _Variables(Mapping[str, str]):
    """Variables of the server; a name that is not there may be where the source does not show all."""

    __slots__ = ("_log", "_values")

    def __init__(self, values: Mapping[str, str], log: Log) -> None:
        self._values, self._log = values, log

    def __getitem__(self, name: str) -> str:
        if name in self._log.said.variables:
            self._log.needs(f"{ENV}.{name}")
        elif name not in self._values:
            self._log.needs(ENV)
        return self._values[name]

    def __contains__(self, name: object) -> bool:
        if name not in self._values:
            self._log.needs(ENV)
        return name in self._values

    def __iter__(self) -> Iterator[str]:
        yield from self._values
        self._log.needs(ENV)

    def __len__(self) -> int:
        self._log.needs(ENV)
        return len(self._values)
