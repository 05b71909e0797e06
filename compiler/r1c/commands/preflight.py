"""`r1c preflight`: whether a cluster can run the recipes, or the commands that write a snapshot of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from r1c.check import allow
from r1c.commands import inputs
from r1c.commands.check import FORMATS
from r1c.commands.cluster import Cluster, snapshot
from r1c.commands.console import Console
from r1c.diagnostics import Diagnostic, Refused, Severity
from r1c.diagnostics.text import as_text
from r1c.lower import lower
from r1c.preflight import requests
from r1c.preflight.checks import preflight
from r1c.preflight.requests import Request
from r1c.preflight.script import FILE, script
from r1c.record import record
from r1c.resolve.plan import Plan
from r1c.source import Document


@record
class Options:
    """The options of the command."""

    profiles: Sequence[str]
    snapshot: str | None
    kubectl: bool
    context: str | None
    form: str
    strict: bool


@record
class _Profile:
    """A profile that compiles: its plan, and its text with the place of each field."""

    path: str
    plan: Plan
    document: Document


def run(console: Console, options: Options) -> int:
    """Report what keeps a cluster from taking the recipes; return 1 for an error.

    Without a cluster to read, print the commands that write a snapshot of it. Raises Refused if a profile has
    errors, UserError for a snapshot that cannot be read.
    """
    profiles = list(_profiles(options.profiles))
    cluster = Cluster(options.snapshot, options.context if options.kubectl else None, options.kubectl)
    cluster.refuse_both(options.context)
    wanted = every([item.plan for item in profiles])
    if not cluster.given:
        after = ["r1c", "preflight", *options.profiles, "--snapshot", FILE]
        console.result(script(wanted, after))
        return 0
    there = snapshot(cluster, wanted)
    found: list[Diagnostic] = []
    for item in profiles:
        annotation = item.plan.annotations.get(allow.ALLOW)
        standing = (
            each
            for each in preflight(item.plan, there)
            if each[0].severity is Severity.ERROR or not allow.accepts(annotation, each[0].id)
        )
        diagnostics = (item.document.diagnostic(*each) for each in standing)
        found += sorted(dict.fromkeys(diagnostics), key=_rank)
    if options.form in FORMATS:
        console.result(FORMATS[options.form](found))
    else:
        console.report(as_text(found, colour=console.colour()))
        if not found:
            count = f"{len(profiles)} profile{'s' if len(profiles) > 1 else ''}"
            console.note(f"{count} checked with {there.shown}, no faults found")
    grave = {Severity.ERROR, Severity.WARNING} if options.strict else {Severity.ERROR}
    return 1 if any(item.severity in grave for item in found) else 0


def _rank(diagnostic: Diagnostic) -> tuple[int, str]:
    """Order the findings of a profile: by severity, then by code, from the nodes up."""
    return list(Severity).index(diagnostic.severity), diagnostic.code


def every(plans: Sequence[Plan]) -> tuple[Request, ...]:
    """Return what the checks of several recipes read, each once."""
    found = {item.name: item for plan in plans for item in requests.every(plan, lower(plan))}
    return tuple(found.values())


def _profiles(arguments: Sequence[str]) -> Iterator[_Profile]:
    """Yield the profiles; raises Refused with the diagnostics of all that have errors."""
    refused: list[Diagnostic] = []
    found: list[_Profile] = []
    for path in inputs.profiles(arguments):
        content = inputs.read(path)
        checked = inputs.analysed(path, content)
        if checked.plan is None:
            refused += checked.diagnostics
        else:
            found.append(_Profile(path, checked.plan, inputs.composed(path, content).document))
    if refused:
        raise Refused(refused)
    yield from found
