"""What r1c says of a profile, and the command lines that it makes of it, also where it refuses it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from r1c import pipeline, resolve, source
from r1c.capacity.settings import GIB
from r1c.diagnostics import Severity
from r1c.facts import Platform
from r1c.lower import flags
from r1c.profile import parse
from r1c.record import replace
from r1c.resolve.plan import Plan
from r1c.resolve.rendezvous import DATA_PARALLEL_PORT
from r1c.resolve.server import Argument
from r1c.source import extends

_ADDRESS = "127.0.0.1"


@dataclass(frozen=True)
class Case:
    """A command line for the oracle, with the node that runs it."""

    name: str
    argv: tuple[str, ...]
    env: Mapping[str, str]
    id: str
    config: Mapping[str, Any] | None


@dataclass(frozen=True)
class Answer:
    """r1c's word on a profile: its errors and warnings as [code, message], and the command lines."""

    name: str
    errors: tuple[tuple[str, str], ...]
    warnings: tuple[tuple[str, str], ...]
    node: Mapping[str, Any]
    cases: tuple[Case, ...]

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes of the errors, each once."""
        return tuple(dict.fromkeys(code for code, _ in self.errors))


def node(platform: Platform) -> dict[str, Any]:
    """Return what oracle.node pretends of a platform."""
    return {
        "name": f"NVIDIA {platform.gpu_model.removeprefix('NVIDIA ').split(' ')[0]}",
        "capability": [int(part) for part in platform.compute_capability.split(".")],
        "memory": int(platform.gpu_memory_gib * GIB),
        "host": platform.host_memory_gb * 10**9,
    }


def ask(name: str, raw: bytes) -> Answer:
    """Check a profile as `r1c check` does, and give the command lines of its first group."""
    checked = pipeline.analyse(f"{name}.yaml", raw)
    said = {
        severity: tuple(
            (item.code, item.message) for item in checked.diagnostics if item.severity is severity
        )
        for severity in (Severity.ERROR, Severity.WARNING)
    }
    plan = _plan(name, raw)
    return Answer(
        name,
        said[Severity.ERROR],
        said[Severity.WARNING],
        node(plan.platform),
        tuple(_cases(name, plan, raw)),
    )


def _plan(name: str, raw: bytes) -> Plan:
    document = extends.compose(source.read(name, raw), None).document
    parsed = parse.parse(document)
    return resolve.resolve(parsed.recipe, extends.without_key(document.data), parsed.doubtful, None).plan


def _cases(name: str, plan: Plan, raw: bytes) -> Iterator[Case]:
    given = source.read(name, raw).data["spec"]["model"].get("config")
    config = json.loads(json.dumps(given)) if isinstance(given, Mapping) else None
    env = {key: str(text) for key, text in plan.server.env.items() if key.startswith("VLLM_")}
    for role, own in _roles(plan):
        yield Case(f"{name}:{role}", (*_serve(plan), *own), env, plan.model.id, config)


def _roles(plan: Plan) -> Iterator[tuple[str, list[str]]]:
    """Yield what lower/templates/launch adds to the command line of a leader and of its first worker."""
    group = plan.group
    if plan.server.executor == "native":
        shared = [f"--nnodes={group.nodes}", "--master-addr=leader"]
        yield "leader", [*shared, "--node-rank=0"]
        yield "worker", [*shared, "--node-rank=1", "--headless"]
    elif plan.server.executor == "data":
        local = group.data // group.nodes
        shared = [
            f"--data-parallel-size-local={local}",
            f"--data-parallel-address={_ADDRESS}",
            f"--data-parallel-rpc-port={DATA_PARALLEL_PORT}",
        ]
        yield "leader", shared
        yield "worker", [*shared, f"--data-parallel-start-rank={local}", "--headless"]
    else:
        yield "leader", []


def _serve(plan: Plan) -> list[str]:
    """Return the command line; a flag that the release lacks, for which there is none, as it is written."""
    try:
        return flags.serve(plan)
    except ValueError:
        known = tuple(argument for argument in plan.server.arguments if argument.flag)
        strange = [argument for argument in plan.server.arguments if not argument.flag]
        whole = replace(plan, server=replace(plan.server, arguments=known))
        return [*flags.serve(whole), *(_as_written(argument) for argument in strange)]


def _as_written(argument: Argument) -> str:
    value = argument.value
    if value is True:
        return f"--{argument.name}"
    return f"--{argument.name}={json.dumps(value) if isinstance(value, dict | list) else value}"
