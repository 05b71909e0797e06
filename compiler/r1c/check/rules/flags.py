"""R1C4xx, the names in vllm.args: each must be a flag of the version that r1c does not set.

`fault` puts every name into one class, and each class has one rule (here or in flag_releases.py). So a name
that is not a flag of the release is refused exactly once, which lowering relies on.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from r1c.check.rule import Rule, rule
from r1c.diagnostics import Edit, Finding, Move, Put, Related, Remove, Severity, either, safe
from r1c.diagnostics.suggest import closest, sure
from r1c.facts import vllm, vllm_history
from r1c.facts.vllm import Flag
from r1c.profile.owned_flags import FIELD_OF
from r1c.profile.paths import ARGS
from r1c.resolve.plan import Plan
from r1c.resolve.server import Argument

FIELDS = ("spec.vllm.args", "spec.vllm.version")

Fault = Literal["owned", "twice", "misspelt", "removed", "future", "unknown"]

JOINING = (
    "nnodes",
    "node-rank",
    "master-addr",
    "master-port",
    "headless",
    "data-parallel-address",
    "data-parallel-rpc-port",
    "data-parallel-rank",
    "data-parallel-start-rank",
    "data-parallel-size-local",
)
"""Flags that join the pods of a group."""
_JOINING = "r1c sets it for each pod from the pod's index in the group"
_TLS = (
    "the probes, the benchmark and RUNBOOK.md use plain HTTP, so the pod would never be ready; terminate TLS "
    "in front of the Service, at a Gateway or an Ingress"
)
BALANCING = ("data-parallel-external-lb", "data-parallel-hybrid-lb", "data-parallel-multi-port-external-lb")
"""Flags that open an endpoint on several nodes of a group."""
ONE_SERVER = "the leader serves for the whole group, so the Service has one endpoint per group"
SET_BY_R1C = {
    "host": "the server listens on all addresses of its pod",
    "uds": "clients reach the server through the Service and its port",
    "api-key": "the key would be in the manifests; write VLLM_API_KEY: {secretKeyRef: {name: SECRET, key: "
    "KEY}} in vllm.env",
    "config": "r1c cannot check the flags in that file; write them under vllm.args",
    "ssl-certfile": _TLS,
    "ssl-keyfile": _TLS,
    "ssl-ca-certs": _TLS,
    "ssl-cert-reqs": _TLS,
    "ssl-ciphers": _TLS,
    "enable-ssl-refresh": _TLS,
    **dict.fromkeys(JOINING, _JOINING),
    "data-parallel-backend": "each pod starts the ranks of its own GPUs, as the default mp does; ray would "
    "need a Ray cluster for the whole group",
    **dict.fromkeys(BALANCING, ONE_SERVER),
}
"""Flags that r1c sets, or that would break what it writes, with the reason."""

_ENVIRONMENT = "an option of docker run: environment variables belong in spec.vllm.env"
_MEMORY = "an option of docker run: remove the line; spec.storage.sharedMemory is the size of /dev/shm"
_GPUS = "an option of docker run: remove the line; each pod gets all GPUs of its node"
_VOLUME = (
    "an option of docker run: remove the line; spec.storage and spec.model.source mount what the pods need"
)
_OF_DOCKER = {
    "env": _ENVIRONMENT,
    "e": _ENVIRONMENT,
    "ipc": _MEMORY,
    "shm-size": _MEMORY,
    "gpus": _GPUS,
    "runtime": _GPUS,
    "volume": _VOLUME,
    "v": _VOLUME,
    "mount": _VOLUME,
    "publish": "an option of docker run: remove the line, and set spec.service.port",
    **dict.fromkeys(
        ("network", "privileged", "ulimit", "rm", "it"), "an option of docker run: remove the line"
    ),
}
"""Options of docker run that are copied with the flags behind the image."""

OWNED = frozenset((*FIELD_OF, *SET_BY_R1C))
"""Flags that vllm.args cannot have."""


def head(argument: Argument) -> str:
    """Return the name of the flag, without an option after a dot."""
    return argument.meant.split(".")[0]


def _positive(argument: Argument, release: str) -> str | None:
    """Return the flag that a name such as no-FLAG turns off, None for other names."""
    name = argument.meant.removeprefix("no-")
    return name if name != argument.meant and vllm.has("serve", name, release) else None


def faults(plan: Plan) -> Iterator[tuple[Argument, Fault | None]]:
    """Yield each argument with the fault of its name; None for a flag of the release in its own spelling."""
    kept: dict[str, Argument] = {}
    for argument in plan.server.arguments:
        if argument.name == argument.meant or argument.meant not in kept:
            kept[argument.meant] = argument
    release = plan.server.release
    return ((argument, _fault(argument, kept[argument.meant], release)) for argument in plan.server.arguments)


def _fault(argument: Argument, kept: Argument, release: str) -> Fault | None:
    """Return the fault of an argument's name; `kept` is the argument that counts of all for the same flag."""
    own = argument.meant == "api-key" == argument.name
    if (head(argument) in FIELD_OF or head(argument) in SET_BY_R1C) and not own:
        return "owned"
    if argument is not kept:
        return "twice"
    if argument.flag is not None:
        return None if argument.name == argument.meant else "misspelt"
    if _positive(argument, release):
        return "misspelt"
    known = vllm_history.flag(head(argument), release)
    if vllm.has("serve", head(argument), release):
        # Only the dotted form of an existing flag can be missing.
        return "future" if _takes_dots_later(argument) else "unknown"
    if known is None:
        return "unknown"
    return "removed" if known.before else "future"


def _takes_dots_later(argument: Argument) -> bool:
    return vllm.flag("serve", argument.meant, vllm.versions()[-1]) is not None


def faulty(plan: Plan, wanted: Fault) -> Iterator[Argument]:
    """Yield the arguments with one fault."""
    return (argument for argument, fault in faults(plan) if fault == wanted)


def flagged(plan: Plan) -> Iterator[tuple[Argument, Flag]]:
    """Yield the arguments that set a flag of the release, with the flag.

    Misspelt names are included, so that one run reports the value too.
    """
    for argument, fault in faults(plan):
        if argument.flag and fault in (None, "misspelt"):
            yield argument, argument.flag


def finding(
    argument: Argument, message: str, help_: str, *related: Related, edit: Edit | None = None
) -> Finding:
    """Return a finding about the name of an argument."""
    return Finding(argument.path, message, help_, on_key=True, related=related, edit=edit)


@rule(
    code="R1C402",
    slug="unknown-flag",
    severity=Severity.ERROR,
    title="Unknown vLLM flag",
    why="The server exits immediately with `unrecognized arguments`, and Kubernetes recreates the group "
    "again and again (evidence.md, VLL001; facts/vllm.json has the flags of each release).",
    example="spec:\n  vllm:\n    args: {max-num-sequences: 64}\n",
    fix="Use the name that `vllm serve --help` prints, without the dashes.",
    fields=FIELDS,
    edits="safe or unsafe",
)
def unknown_flag(plan: Plan) -> Iterator[Finding]:
    """Refuse names that are not a flag of any sampled release."""
    for argument in faulty(plan, "unknown"):
        near = closest(argument.meant, vllm.names("serve", plan.server.release))
        help_ = "remove the line, or see `vllm serve --help` of this version"
        help_ = _OF_DOCKER.get(argument.meant, f"did you mean {near}?" if near else help_)
        near = None if argument.meant in _OF_DOCKER else near
        free = near and plan.server.argument(near) is None
        named = Move(argument.path, (*ARGS, near)) if free and near else None
        edit = either(named, sure=sure(argument.name, str(near))) if named else None
        yield finding(argument, f"vLLM {plan.server.version} has no flag {argument.name}", help_, edit=edit)


@rule(
    code="R1C405",
    slug="misspelt-flag",
    severity=Severity.ERROR,
    title="Flag not written by its long name",
    why="vllm.args uses the long names of `vllm serve`, without dashes: a name means the same in every "
    "profile, and a search finds it.",
    example="spec:\n  vllm:\n    args: {enforce_eager: true}\n",
    fix="Write the long name with hyphens, without the leading dashes.",
    fields=FIELDS,
    edits="safe",
)
def misspelt_flag(plan: Plan) -> Iterator[Finding]:
    """Refuse underscores, leading dashes, short names and no-forms of flags that the release has."""
    for argument in faulty(plan, "misspelt"):
        positive = _positive(argument, plan.server.release)
        wanted = f"{positive}: false" if positive else argument.meant
        named = Move(argument.path, (*ARGS, positive or argument.meant))
        turned = (Put((*ARGS, positive), value=argument.value is False),) if positive else ()
        edit = safe(named, *turned) if not positive or isinstance(argument.value, bool) else None
        dashes = argument.name == f"--{argument.meant}"
        fault = "is written with dashes" if dashes else "is not the long name of the flag"
        message = f"{argument.name} {fault}"
        yield finding(argument, message, f"write {wanted}", edit=edit)


@rule(
    code="R1C406",
    slug="flag-twice",
    severity=Severity.ERROR,
    title="Flag given twice in two spellings",
    why="The command line would have the flag twice, and the last one silently wins.",
    example="spec:\n  vllm:\n    args: {max_model_len: 16384}\n",
    fix="Keep one of the two.",
    fields=FIELDS,
    edits="safe or unsafe",
)
def flag_twice(plan: Plan) -> Iterator[Finding]:
    """Refuse a second name for the same flag."""
    same: dict[str, list[Argument]] = {}
    for argument in plan.server.arguments:
        same.setdefault(argument.meant, []).append(argument)
    for argument in faulty(plan, "twice"):
        other = next(item for item in same[argument.meant] if item is not argument)
        yield finding(
            argument,
            f"{argument.name} is the same flag as {other.name}, which is also given",
            f"keep {argument.meant}, and remove the other line",
            Related("it is also given here", path=other.path),
            edit=either(Remove(argument.path), sure=_same(argument.value, other.value)),
        )


@rule(
    code="R1C407",
    slug="flag-owned",
    severity=Severity.ERROR,
    title="Flag set by another field or by r1c",
    why="Nodes, GPUs, the Service and the launch scripts follow from those fields. A second, different "
    "number hangs the group (vllm-project/vllm#13909, #44718; evidence.md, PAR004, RAY012).",
    example="spec:\n  vllm:\n    args: {tensor-parallel-size: 8}\n",
    fix="Remove the line, and set the field that the message names.",
    fields=FIELDS,
    edits="safe or unsafe",
)
def flag_owned(plan: Plan) -> Iterator[Finding]:
    """Refuse flags that lowering writes from other fields, or that would break what it writes."""
    for argument in faulty(plan, "owned"):
        field = FIELD_OF.get(head(argument))
        if field:
            message, help_ = f"{argument.name} is set by {field}", f"remove the line, and set {field}"
        else:
            message = f"{argument.name} cannot be set here: {SET_BY_R1C[head(argument)]}"
            help_ = "remove the line"
        same = field is not None and _same(argument.value, _set_there(plan, field))
        yield finding(argument, message, help_, edit=either(Remove(argument.path), sure=same))


def _same(one: object, other: object) -> bool:
    return type(one) is type(other) and one == other


def _set_there(plan: Plan, field: str) -> object:
    """Return what a field sets that a flag repeats."""
    return {
        "spec.model.id": plan.model.id,
        "spec.model.revision": plan.model.revision,
        "spec.parallelism.tensor": plan.group.tensor,
        "spec.parallelism.pipeline": plan.group.pipeline,
        "spec.service.port": plan.service.port,
    }.get(field)


RULES: tuple[Rule, ...] = (
    unknown_flag,
    misspelt_flag,
    flag_twice,
    flag_owned,
)
