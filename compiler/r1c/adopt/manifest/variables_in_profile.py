"""The server container's variables -> vllm.env, network.nccl and the token's Secret, or names and reasons."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from r1c.adopt.manifest.container import entries, is_credential, section
from r1c.adopt.manifest.container_variables import Variable
from r1c.adopt.manifest.workload import Workload
from r1c.adopt.profile_draft import Draft, Part, at, given, join, took
from r1c.adopt.variables import environment, variables
from r1c.diagnostics import Path
from r1c.names import HUB_TOKENS

_OVERLAY = "a profile has no field for it; add it in a kustomize overlay"
EXPECTED = (
    "VLLM_HOST_IP",
    "VLLM_NIXL_SIDE_CHANNEL_HOST",
    "POD_IP",
    "POD_NAME",
    "LWS_WORKER_INDEX",
    "LWS_LEADER_ADDRESS",
    "LWS_GROUP_SIZE",
)
"""Variables that r1c or LeaderWorkerSet sets in each pod."""


def of_container(one: Workload, draft: Draft) -> Draft:
    """Return the fields of env, envFrom and the script's exports; `draft` has what the release sets."""
    given_ = [variable for variable in one.variables if variable.given]
    token = next((v for v in reversed(given_) if v.secret and v.name in HUB_TOKENS), None)
    secrets = {v.name: v for v in given_ if _is_kept(v)}
    literal = {v.name: v.word.text for v in given_ if v.word.known and not v.source}
    command = one.server.command
    for name in command.assigned:
        if command.environment[name].known:
            literal[name] = command.environment[name].text
    references = {
        at("spec.vllm.env", name): {"secretKeyRef": {"name": v.secret[0], "key": v.secret[1]}}
        for name, v in secrets.items()
        if v.secret
    }
    others = [v for v in given_ if v is not token and v.name not in secrets]
    dropped = tuple(_named(one, others))
    named = Draft(dropped=dropped, overlay=tuple(_parts(one, others, dropped)))
    return join(
        variables(literal, environment(draft.fields), fabric=one.nodes > 1),
        Draft(fields=references),
        given({"spec.huggingface.secretName": token.secret[0], "spec.huggingface.secretKey": token.secret[1]})
        if token and token.secret
        else Draft(),
        named,
        _taken(one),
    )


def _is_kept(variable: Variable) -> bool:
    """Tell whether the profile has a variable's Secret."""
    secret = variable.secret is not None and variable.name not in HUB_TOKENS
    return secret and not variable.optional and is_credential(variable.name)


def _is_set_again(one: Workload, variable: Variable) -> bool:
    """Tell whether the script gives a variable a value that does not follow from the one that it has."""
    command, own = one.server.command, variable.word.text
    again = command.environment[variable.name] if variable.name in command.assigned else None
    return again is not None and again.known and (again.text == own or own not in again.text)


def _named(one: Workload, others: list[Variable]) -> Iterator[tuple[str, str]]:
    for variable in others:
        if variable.word.known and not variable.source:
            if _is_set_again(one, variable):
                yield f"variable {variable.name} ({variable.word.text})", "the script sets it again"
            continue
        if variable.name in EXPECTED:
            yield variable.name, "r1c sets it"
        elif variable.secret and variable.name in HUB_TOKENS:
            yield (
                f"variable {variable.name}",
                "the profile has one Secret for the token: huggingface.secretName",
            )
        elif variable.source:
            yield (
                f"variable {variable.name}",
                f"its value is in {variable.source}; add it in a kustomize overlay",
            )
        else:
            yield (
                f"variable {variable.name} ({variable.word.text})",
                "its value is known only inside the pod; add it in a kustomize overlay",
            )
    command = one.server.command
    for name in command.assigned:
        if not command.environment[name].known:
            yield f"{name}={command.environment[name].text}", "the script computes it in the pod"
    maps = {variable.config[0] for variable in one.variables if variable.config}
    for source in entries(one.container.get("envFrom")):
        if section(source, "configMapRef").get("name") not in maps:
            yield _source(source), f"r1c does not see its variables; {_OVERLAY}"


def _parts(one: Workload, others: list[Variable], dropped: tuple[tuple[str, str], ...]) -> Iterator[Part]:
    """Yield the variables that an overlay can add, and the sources of several."""
    places = {variable.name: variable.path for variable in others}
    sources = {_source(entry): index for index, entry in enumerate(entries(one.container.get("envFrom")))}
    for what, reason in dropped:
        if not reason.endswith("add it in a kustomize overlay"):
            continue
        if what in sources:
            yield Part(what, (*one.within, "envFrom", sources[what]))
        else:
            yield Part(what, places[what.split(" ")[1]])


def _source(entry: Mapping[str, Any]) -> str:
    kind = next((key for key in ("configMapRef", "secretRef") if key in entry), "source")
    return f"envFrom {kind} {section(entry, kind).get('name', '')}"


def _taken(one: Workload) -> Draft:
    """Return the places of env and envFrom: each variable is in the profile or has been named."""
    paths: list[Path] = []
    for index, entry in enumerate(entries(one.container.get("env"))):
        place: Path = (*one.within, "env", index)
        secret = section(entry, "valueFrom", "secretKeyRef")
        if "optional" in secret:
            reference: Path = (*place, "valueFrom", "secretKeyRef")
            paths += [(*place, "name"), (*reference, "name"), (*reference, "key")]
        else:
            paths.append(place)
    paths += [
        (*one.within, "envFrom", index) for index, _ in enumerate(entries(one.container.get("envFrom")))
    ]
    return took(*paths)
