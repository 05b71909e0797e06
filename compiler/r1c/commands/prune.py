"""`r1c compile --prune`: an output that no profile creates -> its removal, and the lines about it."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator

from r1c.commands.compile_job import Options
from r1c.diagnostics.suggest import counted
from r1c.difference.cluster_move import written
from r1c.output.existing import hidden
from r1c.output.lock import LOCK
from r1c.output.orphan import Content, Orphan, content, prune


def pruned(orphan: Orphan, parents: Collection[str], options: Options, *, verbose: bool) -> Iterator[str]:
    """Remove an orphan, or only say what would be removed; `parents` are directories that stay."""
    there = content(orphan) if options.dry_run else prune(orphan, parents)
    target = orphan.target.replace(os.sep, "/")
    if options.dry_run or verbose:
        word = "would be removed" if options.dry_run else "removed"
        yield from (f"{word}: {target}/{path}" for path in (*there.own, LOCK))
    yield from _kept(target, there)
    if not options.dry_run:
        number = len((*there.own, LOCK))
        cluster = f" in {written(orphan.lock.cluster)}" if orphan.lock.cluster else ""
        files = f"{counted(number, 'file')} removed"
        yield f"{target}: {files}; what it created{cluster} stays until you delete it there"


def _kept(target: str, there: Content) -> Iterator[str]:
    yield from (f"kept: {target}/{path} was edited by hand" for path in there.edited)
    yield from (f"kept: {target}/{path} is not from r1c" for path in there.added)
    for path in there.hiding:
        yield f"kept: {target}/{path} keeps {hidden(target, path)} out of git; remove that first"
