"""The recipes of one run -> what two of them must not share: objects, results, weights, GPUs of a node."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from r1c.check import ownership
from r1c.check.ownership import SHARED, Clash, Owner, and_more
from r1c.diagnostics import Code, Path, Severity
from r1c.profile.paths import MODEL_SOURCE, NAME

RESULTS = Code(
    "R1C907",
    "shared-results",
    Severity.WARNING,
    "Results of two recipes in one folder",
    "Results are stored under the recipe's name. `r1c bench` would compare two servers as one, and the "
    "clean-up of one recipe deletes the results of the other.",
    "",
    "Give each recipe its own name or bucket.",
)
WEIGHTS = Code(
    "R1C905",
    "shared-weights",
    Severity.WARNING,
    "One folder of weights for two models",
    "A folder holds one model. A prefetch Job replaces the files that it wrote for the other one, under "
    "servers that read them, and a server then answers with a model other than the one it names.",
    "",
    "Give each model and each commit its own folder, such as models/NAME/COMMIT.",
)
NODES = Code(
    "R1C906",
    "target-nodes-oversubscribed",
    Severity.WARNING,
    "More GPUs requested than the target nodes have",
    "Each recipe fits its nodes, but not together: the pods of the last one stay Pending, and a group that "
    "starts only some of its pods keeps its GPUs idle.",
    "",
    "Give the recipes different nodes, or fewer replicas.",
)
CODES = (SHARED, RESULTS, WEIGHTS, NODES)
"""The codes that need more than one profile."""

_NODES: Path = ("spec", "scheduling", "targetNodes")


def clashes(owners: Sequence[Owner]) -> Iterator[Clash]:
    """Yield what each profile shares with another, but for what it accepts."""
    if len(owners) < 2:
        return
    found = (*ownership.clashes(owners), *_results(owners), *_weights(owners), *_target_nodes(owners))
    yield from (clash for clash in found if not clash.profile.accepts(clash.code))


def _results(owners: Sequence[Owner]) -> Iterator[Clash]:
    """Yield recipes with one name and bucket; those in one namespace share more than results (R1C903)."""
    folders: dict[tuple[str, str], list[Owner]] = {}
    for one in owners:
        folders.setdefault((one.bucket, one.name), []).append(one)
    for (bucket, name), found in folders.items():
        for one in found:
            others = [other for other in found if other.place != one.place]
            if others:
                message = (
                    f"the results of this recipe and of {others[0].file}{and_more(len(others) - 1)} are in "
                    f"gs://{bucket}/r1c/{name}"
                )
                help_ = "give one of the two another metadata.name or storage.bucket"
                yield Clash(RESULTS, one, NAME, message, help_, others[0], NAME)


def _weights(owners: Sequence[Owner]) -> Iterator[Clash]:
    """Yield recipes that find, or put, different models in one folder."""
    folders: dict[tuple[str, ...], list[Owner]] = {}
    for one in owners:
        at = one.weights
        if at.type == "gcs":
            folders.setdefault((at.bucket, at.path), []).append(one)
        elif at.type == "pvc":
            # A Job may write to another claim than the one that servers mount.
            for claim in dict.fromkeys((at.claim, at.prefetch.claim if at.prefetch else at.claim)):
                folders.setdefault((*one.place, claim, at.path), []).append(one)
    for found in folders.values():
        for one in found:
            others = [other for other in found if other is not one and _other_content(one, other)]
            if others:
                other = others[0]
                message = (
                    f"{one.weights.address} has {_content(one)} here, and {_content(other)} in "
                    f"{other.file}{and_more(len(others) - 1)}"
                )
                help_ = "write another source.path for one of the two"
                yield Clash(WEIGHTS, one, MODEL_SOURCE, message, help_, other, MODEL_SOURCE)


def _other_content(one: Owner, other: Owner) -> bool:
    """Tell whether two recipes mean different files. A revision counts where Jobs download both."""
    if one.model != other.model:
        return True
    both = one.weights.prefetch and other.weights.prefetch
    return bool(both) and one.revision != other.revision


def _content(one: Owner) -> str:
    if not one.weights.prefetch:
        return one.model
    return f"{one.model} at {one.revision or 'the main branch'}, which a Job downloads,"


def _target_nodes(owners: Sequence[Owner]) -> Iterator[Clash]:
    """Yield recipes whose nodes have fewer GPUs than the recipes bound to those nodes ask for."""
    bound = [one for one in owners if one.target_nodes and one.group.replicas]
    for one in bound:
        nodes = frozenset(one.target_nodes)
        rivals = [
            other
            for other in bound
            if other is not one
            and other.place[:-1] == one.place[:-1]
            and nodes.issuperset(other.target_nodes)
        ]
        asked = sum(item.group.gpus * item.group.replicas for item in (one, *rivals))
        there = len(nodes) * one.group.gpus_per_node
        if rivals and asked > there:
            message = (
                f"this recipe and {rivals[0].file}{and_more(len(rivals) - 1)} ask for {asked} GPUs on "
                f"{len(nodes)} target node{'' if len(nodes) == 1 else 's'} with {there}"
            )
            help_ = "give the recipes different nodes in scheduling.targetNodes, or fewer replicas"
            yield Clash(NODES, one, _NODES, message, help_, rivals[0], _NODES)
