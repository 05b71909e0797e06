"""The recipes of one run -> the Kubernetes objects that more than one of them owns.

side_by_side.py has what they share beside objects, and puts both together.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from r1c.check import allow
from r1c.diagnostics import Code, Path, Severity
from r1c.profile.paths import NAME
from r1c.record import record
from r1c.resolve.model_weights import Weights
from r1c.resolve.plan import Group, Plan, Token

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

_ACCOUNT: Path = ("spec", "serviceAccountName")
_SECRET: Path = ("spec", "huggingface", "secretName")


@record
class Owner:
    """A profile of the run, with its path, the file name to show, and what its recipe owns.

    `place` is the cluster and the namespace, the last of them; `token` is None if no pod reads one;
    `revision` is what a prefetch Job downloads; `accepted` are the codes that the profile accepts.
    """

    path: str
    file: str
    place: tuple[str, ...]
    name: str
    service: str
    account: str
    account_path: Path
    token: Token | None
    model: str
    revision: str | None
    weights: Weights
    bucket: str
    group: Group
    target_nodes: tuple[str, ...]
    annotation: str | None

    def accepts(self, code: Code) -> bool:
        """Tell whether the profile accepts a warning."""
        return allow.accepts(self.annotation, code.id)


@record
class Clash:
    """What two profiles must not share, as a finding about one of them."""

    code: Code
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
        _ACCOUNT if _ACCOUNT in plan.given else NAME,
        plan.token if plan.credential_with else None,
        plan.model.id,
        plan.model.revision,
        plan.weights,
        plan.storage.bucket,
        plan.group,
        plan.scheduling.target_nodes,
        plan.annotations.get(allow.ALLOW),
    )


def clashes(owners: Sequence[Owner]) -> Iterator[Clash]:
    """Yield the objects that each profile shares with another: at most one finding per field."""
    members: dict[tuple[str, ...], list[tuple[Owner, Path]]] = {}
    for one in owners:
        for kind, name, path in _objects(one):
            members.setdefault((*one.place, kind, name), []).append((one, path))
    yield from _same_objects(members)
    yield from _secrets(owners)
    yield from _stateful_sets(owners)


def _same_objects(members: Mapping[tuple[str, ...], Sequence[tuple[Owner, Path]]]) -> Iterator[Clash]:
    said: set[tuple[str, Path]] = set()
    for (*_, namespace, kind, name), found in members.items():
        for position, (one, path) in enumerate(found):
            if len(found) > 1 and (one.path, path) not in said:
                said.add((one.path, path))
                other, other_path = found[0 if position else 1]
                message = f"{kind} {name} in namespace {namespace} is also owned by {other.file}"
                more = and_more(len(found) - 2)
                yield Clash(SHARED, one, path, message + more, _help(path), other, other_path)


def _objects(one: Owner) -> Iterator[tuple[str, str, Path]]:
    yield "LeaderWorkerSet", one.name, NAME
    # The headless Service, which LWS creates only if there is none with that name.
    yield "Service", one.name, NAME
    yield "Service", one.service, NAME
    yield "ServiceAccount", one.account, one.account_path
    if one.weights.prefetch:
        yield "ServiceAccount", f"{one.name}-prefetch", NAME


def _stateful_sets(owners: Sequence[Owner]) -> Iterator[Clash]:
    """Yield recipes that are named as LWS names the workers of another one's group: NAME-0, NAME-1 ..."""
    named: dict[tuple[str, ...], Owner] = {(*one.place, one.name): one for one in owners}
    for one in owners:
        base, _, number = one.name.rpartition("-")
        other = named.get((*one.place, base))
        if other is None or not number.isdigit() or str(int(number)) != number:
            continue
        if other.group.nodes > 1 and int(number) < other.group.replicas:
            what = f"StatefulSet {one.name} in namespace {one.place[-1]} is also that of the workers of group"
            message = f"{what} {number} of {other.file}"
            yield Clash(SHARED, one, NAME, message, _help(NAME), other, NAME)


def _help(path: Path) -> str:
    if path == _ACCOUNT:
        return "give each recipe its own serviceAccountName, or remove it: the default is metadata.name"
    return "give one of the two another metadata.name or metadata.namespace"


def _secrets(owners: Sequence[Owner]) -> Iterator[Clash]:
    """Yield the Secrets that two recipes expect with another key, or create from another source."""
    users: dict[tuple[str, ...], dict[tuple[str, str], list[Owner]]] = {}
    for one in owners:
        if one.token:
            kinds = users.setdefault((*one.place, one.token.secret), {})
            kinds.setdefault((one.token.key, _source(one.token)), []).append(one)
    for (*_, namespace, secret), kinds in users.items():
        for kind, found in kinds.items():
            others = [(item, owner) for item in kinds if _differ(kind, item) for owner in kinds[item]]
            for one in found if others else ():
                theirs, other = others[0]
                message = (
                    f"Secret {secret} in namespace {namespace} has {_described(kind)} here, and "
                    f"{_described(theirs)} in {other.file}{and_more(len(others) - 1)}"
                )
                advice = "use the same huggingface.source and secretKey in both, or another secretName in one"
                yield Clash(SHARED, one, _SECRET, message, advice, other, _SECRET)


def _differ(one: tuple[str, str], other: tuple[str, str]) -> bool:
    """Tell whether two recipes cannot share a Secret. An existing one may come from the other recipe."""
    return one[0] != other[0] or (one[1] != other[1] and "existing" not in (one[1], other[1]))


def _source(token: Token) -> str:
    if token.source != "externalSecret":
        return token.source
    return f"externalSecret ({token.store_key} in {token.store_kind} {token.store})"


def _described(kind: tuple[str, str]) -> str:
    return f"key {kind[0]} and source {kind[1]}"


def and_more(count: int) -> str:
    """Count the profiles that are not named."""
    return f" and {count} more profile{'' if count == 1 else 's'}" if count > 0 else ""
