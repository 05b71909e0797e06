"""A plan, or the files of an output -> a side of a comparison: its documents, and the plan they show."""

from __future__ import annotations

from collections.abc import Mapping

from r1c import __version__
from r1c.difference import documents
from r1c.difference.documents import Document
from r1c.difference.plan_of_output import recover
from r1c.emit import emit
from r1c.lower import lower
from r1c.lower.bundle import Bundle
from r1c.output.lock import Lock
from r1c.record import record
from r1c.resolve.plan import Plan


@record
class Side:
    """One side of a comparison: a recipe in one place.

    `shown` names the place; `files` are the bytes by path, where the side has bytes; `plan` is None for an
    output without a readable LeaderWorkerSet, `cluster` for an output that does not name its cluster.
    """

    recipe: str
    shown: str
    documents: tuple[Document, ...]
    plan: Plan | None
    files: Mapping[str, bytes]
    cluster: Mapping[str, str] | None


def of_plan(plan: Plan, shown: str) -> Side:
    """Return what a checked plan compiles to."""
    bundle = lower(plan)
    found = documents.of_bundle(bundle, _lock(plan, bundle))
    return Side(plan.name, shown, found, plan, {}, plan.cluster.identity)


def of_profile(plan: Plan, shown: str) -> Side:
    """Return what a checked plan compiles to, with its bytes, to be compared with an output."""
    bundle = lower(plan)
    found = documents.of_bundle(bundle, _lock(plan, bundle))
    return Side(plan.name, shown, found, plan, emit(bundle), plan.cluster.identity)


def of_output(files: Mapping[str, bytes], shown: str, recipe: str, new: Side | None, like: Plan) -> Side:
    """Return the side that an output's files make.

    `new` is the side to compare with, if there is one: a file that is the same there is not read again.
    `like` has the values that no file has. Raises UserError for a file that cannot be read.
    """
    known = {path for path, content in files.items() if new and new.files.get(path) == content}
    rest = documents.of_files({path: files[path] for path in files if path not in known}, shown)
    found = (*(item for item in new.documents if item.file in known), *rest) if new else rest
    # An output of this very profile is for its cluster, also where the lock is too old to say so.
    cluster = documents.cluster(found) or (
        like.cluster.identity if documents.digest(found) == like.digest else None
    )
    return Side(recipe, shown, found, recover(found, like), files, cluster)


def _lock(plan: Plan, bundle: Bundle) -> Lock:
    """Return the lock that a compile would write, without the digests: they say no more than the files."""
    return Lock(bundle.recipe, plan.digest, __version__, {}, cluster=plan.cluster.identity)
