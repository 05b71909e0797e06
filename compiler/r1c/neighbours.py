"""Several plans -> the Kubernetes objects that more than one of them would own.

Few of many profiles share anything: what a recipe owns is kept as a few numbers, and only those that have one
in common are looked at again.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from r1c.diagnostics import Code, Path, Severity
from r1c.digest import sha256
from r1c.record import record

if TYPE_CHECKING:
    from r1c.plan import Plan, Token

SHARED = Code(
    "R1C903",
    "shared-object",
    Severity.WARNING,
    "Two recipes own the same Kubernetes object",
    "Each apply overwrites what the other recipe wrote, and deleting one recipe deletes an object that the "
    "other one needs.",
    "",
    "Give each recipe names of its own.",
)

_NAME: Path = ("metadata", "name")
_ACCOUNT: Path = ("spec", "serviceAccountName")
_SECRET: Path = ("spec", "huggingface", "secretName")

MARKS = 6
"""Numbers of a recipe: for its name, Service, service account, Secret, and the Secret's key and source."""


@record
class Clash:
    """What two profiles own, as a finding about one of them; the numbers are their places in the run."""

    profile: int
    path: Path
    message: str
    help: str
    other: int
    other_path: Path


def marks(plan: Plan) -> tuple[int, ...]:
    """Return the numbers of 64 bits by which recipes that share an object are found."""
    token = plan.token
    return (
        _number(plan, "Service", plan.name),
        _number(plan, "Service", plan.service.name),
        _number(plan, "ServiceAccount", plan.service_account),
        _number(plan, "Secret", token.secret),
        _number(plan, "key", token.key),
        _number(plan, _source(token)) if token.source != "existing" else 0,
    )


def _number(plan: Plan, *words: str) -> int:
    text = "\0".join((*_place(plan), *words))
    return int.from_bytes(sha256(text.encode("utf-8", "surrogateescape")).digest()[:8], "big")


def _place(plan: Plan) -> tuple[str, ...]:
    return (*plan.cluster.identity.values(), plan.namespace)


def suspects(numbers: array[int]) -> list[int]:
    """Return the places of the profiles that may share an object; `numbers` has the marks of all."""
    names, services, accounts, secrets, keys, sources = (numbers[start::MARKS] for start in range(MARKS))
    taken, shared = _repeated(names + services), _repeated(accounts)
    first: dict[int, tuple[int, int]] = {}
    unlike: set[int] = set()
    for secret, key, source in zip(secrets, keys, sources, strict=True):
        known_key, known_source = first.get(secret, (key, source))
        first[secret] = (key, known_source or source)
        if key != known_key or (source and known_source and source != known_source):
            unlike.add(secret)
    every = zip(names, services, accounts, secrets, strict=True)
    return [
        index
        for index, (name, service, account, secret) in enumerate(every)
        if name and (name in taken or service in taken or account in shared or secret in unlike)
    ]


def _repeated(numbers: array[int]) -> set[int]:
    """Return the numbers that are there twice; counting each would take several times the memory."""
    return {one for one, other in pairwise(sorted(numbers)) if one == other}


def clashes(plans: Sequence[tuple[int, str, Plan]]) -> Iterator[Clash]:
    """Yield what each profile shares with another: one finding for a field, however many others there are.

    A profile is its place in the run, its file as people call it, and its plan.
    """
    owners: dict[tuple[str, ...], list[tuple[int, str, Path]]] = {}
    for profile, file, plan in plans:
        for kind, name, path in _objects(plan):
            owners.setdefault((*_place(plan), kind, name), []).append((profile, file, path))
    said: set[tuple[int, Path]] = set()
    for (*_, namespace, kind, name), members in owners.items():
        for position, (profile, _, path) in enumerate(members):
            if len(members) > 1 and (profile, path) not in said:
                said.add((profile, path))
                other, other_file, other_path = members[0 if position else 1]
                message = f"{kind} {name} in namespace {namespace} is also owned by {other_file}"
                more = and_more(len(members) - 2)
                yield Clash(profile, path, message + more, _help(path), other, other_path)
    yield from _secrets(plans)


def _objects(plan: Plan) -> Iterator[tuple[str, str, Path]]:
    yield "LeaderWorkerSet", plan.name, _NAME
    # The headless Service, which LWS makes only where there is none of that name.
    yield "Service", plan.name, _NAME
    yield "Service", plan.service.name, _NAME
    yield "ServiceAccount", plan.service_account, _ACCOUNT if _ACCOUNT in plan.given else _NAME


def _help(path: Path) -> str:
    if path == _ACCOUNT:
        return (
            "give each recipe a serviceAccountName of its own, or leave it out: the default is metadata.name"
        )
    return "give one of the two another metadata.name or metadata.namespace"


def _secrets(plans: Sequence[tuple[int, str, Plan]]) -> Iterator[Clash]:
    """Yield the Secrets that two recipes expect with another key, or create from another source."""
    tokens: dict[tuple[str, ...], list[tuple[int, str, Token]]] = {}
    for profile, file, plan in plans:
        tokens.setdefault((*_place(plan), plan.token.secret), []).append((profile, file, plan.token))
    for (*_, namespace, secret), members in tokens.items():
        for profile, _, token in members:
            others = [item for item in members if _differ(token, item[2])]
            if others:
                other, file, theirs = others[0]
                message = (
                    f"Secret {secret} in namespace {namespace} has {_described(token)} here, and "
                    f"{_described(theirs)} in {file}{and_more(len(others) - 1)}"
                )
                advice = "use the same huggingface.source and secretKey in both, or another secretName in one"
                yield Clash(profile, _SECRET, message, advice, other, _SECRET)


def _differ(one: Token, other: Token) -> bool:
    """Tell whether two recipes cannot have one Secret. One that is there already may come from the other."""
    created = "existing" not in (one.source, other.source)
    return one.key != other.key or (created and _source(one) != _source(other))


def _source(token: Token) -> str:
    if token.source != "externalSecret":
        return token.source
    return f"externalSecret ({token.store_key} in {token.store_kind} {token.store})"


def _described(token: Token) -> str:
    return f"key {token.key} and source {_source(token)}"


def and_more(count: int) -> str:
    """Count the profiles that are not named."""
    return f" and {count} more profile{'' if count == 1 else 's'}" if count > 0 else ""
