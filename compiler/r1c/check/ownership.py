"""The recipes of one run -> the Kubernetes objects that more than one of them owns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from r1c.check import allow
from r1c.diagnostics import Code, Path, Severity
from r1c.record import record
from r1c.resolve.plan import Plan, Token

SHARED = Code(
    "R1C903",
    "shared-object",
    Severity.WARNING,
    "Kubernetes object owned by two recipes",
    "Each apply overwrites what the other recipe wrote, and deleting one recipe deletes an object that the "
    "other one needs.",
    "",
    "Give each recipe its own names.",
)

_NAME: Path = ("metadata", "name")
_ACCOUNT: Path = ("spec", "serviceAccountName")
_SECRET: Path = ("spec", "huggingface", "secretName")


@record
class Owner:
    """A profile of the run, with its path, the file name to show, and what its recipe owns.

    `place` is the cluster and the namespace; `accepts` is True if the profile accepts shared objects.
    """

    path: str
    file: str
    place: tuple[str, ...]
    name: str
    service: str
    account: str
    account_path: Path
    token: Token
    accepts: bool


@record
class Clash:
    """An object that two profiles own, as a finding about one of them."""

    profile: Owner
    path: Path
    message: str
    help: str
    other: Owner
    other_path: Path


def owner(path: str, file: str, plan: Plan) -> Owner:
    """Return what a recipe owns."""
    return Owner(
        path,
        file,
        (*plan.cluster.identity.values(), plan.namespace),
        plan.name,
        plan.service.name,
        plan.service_account,
        _ACCOUNT if _ACCOUNT in plan.given else _NAME,
        plan.token,
        allow.accepts(plan.annotations.get(allow.ALLOW), SHARED.id),
    )


def clashes(owners: Sequence[Owner]) -> Iterator[Clash]:
    """Yield what each profile shares with another: at most one finding per field."""
    members: dict[tuple[str, ...], list[tuple[Owner, Path]]] = {}
    for one in owners:
        for kind, name, path in _objects(one):
            members.setdefault((*one.place, kind, name), []).append((one, path))
    yield from (clash for clash in (*_same_objects(members), *_secrets(owners)) if not clash.profile.accepts)


def _same_objects(members: Mapping[tuple[str, ...], Sequence[tuple[Owner, Path]]]) -> Iterator[Clash]:
    said: set[tuple[str, Path]] = set()
    for (*_, namespace, kind, name), found in members.items():
        for position, (one, path) in enumerate(found):
            if len(found) > 1 and (one.path, path) not in said:
                said.add((one.path, path))
                other, other_path = found[0 if position else 1]
                message = f"{kind} {name} in namespace {namespace} is also owned by {other.file}"
                yield Clash(one, path, message + and_more(len(found) - 2), _help(path), other, other_path)


def _objects(one: Owner) -> Iterator[tuple[str, str, Path]]:
    yield "LeaderWorkerSet", one.name, _NAME
    # The headless Service, which LWS creates only if there is none with that name.
    yield "Service", one.name, _NAME
    yield "Service", one.service, _NAME
    yield "ServiceAccount", one.account, one.account_path


def _help(path: Path) -> str:
    if path == _ACCOUNT:
        return "give each recipe its own serviceAccountName, or remove it: the default is metadata.name"
    return "give one of the two another metadata.name or metadata.namespace"


def _secrets(owners: Sequence[Owner]) -> Iterator[Clash]:
    """Yield the Secrets that two recipes expect with another key, or create from another source."""
    users: dict[tuple[str, ...], dict[tuple[str, str], list[Owner]]] = {}
    for one in owners:
        kinds = users.setdefault((*one.place, one.token.secret), {})
        kinds.setdefault((one.token.key, _source(one.token)), []).append(one)
    for (*_, namespace, secret), kinds in users.items():
        for (key, source), found in kinds.items():
            others = [item for kind, items in kinds.items() if _differ((key, source), kind) for item in items]
            for one in found if others else ():
                message = (
                    f"Secret {secret} in namespace {namespace} has {_described(one.token)} here, and "
                    f"{_described(others[0].token)} in {others[0].file}{and_more(len(others) - 1)}"
                )
                advice = "use the same huggingface.source and secretKey in both, or another secretName in one"
                yield Clash(one, _SECRET, message, advice, others[0], _SECRET)


def _differ(one: tuple[str, str], other: tuple[str, str]) -> bool:
    """Tell whether two recipes cannot share a Secret. An existing one may come from the other recipe."""
    return one[0] != other[0] or (one[1] != other[1] and "existing" not in (one[1], other[1]))


def _source(token: Token) -> str:
    if token.source != "externalSecret":
        return token.source
    return f"externalSecret ({token.store_key} in {token.store_kind} {token.store})"


def _described(token: Token) -> str:
    return f"key {token.key} and source {_source(token)}"


def and_more(count: int) -> str:
    """Count the profiles that are not named."""
    return f" and {count} more profile{'' if count == 1 else 's'}" if count > 0 else ""
