"""`r1c diff --live`: what runs in a cluster against what profiles compile to."""

from __future__ import annotations

import json
from collections.abc import Mapping

from r1c.commands.cluster import Cluster, snapshot
from r1c.commands.diff_inputs import in_folder, recipes
from r1c.diagnostics import UserError
from r1c.difference import Difference, difference
from r1c.difference.matching import RecipeFile
from r1c.lower import lower
from r1c.preflight.live import UnreadError, sides, wanted
from r1c.preflight.requests import Request
from r1c.preflight.script import FILE, script
from r1c.preflight.snapshot import Snapshot
from r1c.resolve.plan import Plan
from r1c.source import credentials


def commands(argument: str, parent: str | None) -> str:
    """Return the commands that write a snapshot of what runs; raises Refused."""
    found = recipes(argument, parent)
    return script(_wanted(found), ["r1c", "diff", argument, "--live", "--snapshot", FILE])


def with_cluster(argument: str, parent: str | None, cluster: Cluster) -> list[Difference]:
    """Return what applying the profiles would change in a cluster; raises Refused and UserError."""
    found = recipes(argument, parent)
    there = snapshot(cluster, _wanted(found))
    if cluster.file is not None:
        _refuse_credentials(there)
    try:
        compared = [(recipe, sides(plan, recipe.shown, there)) for recipe, plan in found.items()]
    except UnreadError as error:
        raise UserError(
            f"{there.shown} does not contain the running objects: {error}; run the commands that `r1c diff "
            f"{argument} --live` prints"
        ) from None
    return [in_folder(difference(*pair), (None, recipe)) for recipe, pair in compared]


def _wanted(found: Mapping[RecipeFile, Plan]) -> tuple[Request, ...]:
    every = {item.name: item for plan in found.values() for item in wanted(lower(plan))}
    return tuple(every.values())


def _refuse_credentials(there: Snapshot) -> None:
    """Refuse a file with a credential, such as a token that a manifest has as a plain value."""
    hide = credentials.hider("")
    for answer in there.answers.values():
        for item in answer.objects:
            if isinstance(item, Mapping):
                text = json.dumps(item)
                if hide(text) != text:
                    raise UserError(
                        f"{there.shown}: it contains a credential in a plain value of a running object: "
                        "delete the file, and use --kubectl, which writes no file"
                    )
