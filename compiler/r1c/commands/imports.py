"""`r1c import`: what people run today -> a profile on standard output, and messages about it."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from r1c.adopt import profile_text
from r1c.adopt.codes import in_a_file
from r1c.adopt.helm import buckets
from r1c.adopt.helm.convert import from_values
from r1c.adopt.helm.values import read_values
from r1c.adopt.manifest import overlay_patch
from r1c.adopt.manifest.convert import from_workload
from r1c.adopt.manifest.stream import read_stream
from r1c.adopt.manifest.workload import find_workload
from r1c.adopt.profile_draft import Asked, Draft, at, without_long_names
from r1c.adopt.recipe.convert import from_recipe, read_recipe
from r1c.commands import inputs
from r1c.commands.console import Console
from r1c.commands.known_values import known_platform
from r1c.commands.new_profile import refuse_existing, write_new
from r1c.diagnostics import Code, Diagnostic, Finding, Severity, UserError, text
from r1c.diagnostics.text import as_text
from r1c.pipeline import analyse
from r1c.profile.codes import MISSING
from r1c.record import record
from r1c.source import CREDENTIAL, DUPLICATE, MANIFEST, UNICODE, credentials, ordered

__all__ = ("Asked", "HelmInput", "run_helm", "run_manifest", "run_recipe")

PRINTED = "the profile"
"""How diagnostics name the profile that was printed."""


@record
class HelmInput:
    """Values files, --set arguments and --set-file arguments, each in their order."""

    files: Sequence[str]
    settings: Sequence[str] = ()
    file_settings: Sequence[str] = ()


def run_helm(console: Console, given: HelmInput, asked: Asked, patch: str | None = None) -> int:
    """Print the profile of Helm values, and write a patch with the rest; return 1 if an error remains."""
    _check_platform(asked)
    refuse_existing(patch)
    values = read_values(
        [(inputs.shown(path), inputs.whole(path)) for path in given.files],
        given.settings,
        _files(given.file_settings),
    )
    draft = from_values(values, asked)
    names = ", ".join(Path(inputs.shown(path)).name for path in given.files)
    heading = f"From the Helm values {names}"
    heading += " and --set." if given.settings or given.file_settings else "."
    rest = buckets.patch(values, draft) if patch and draft.fields else overlay_patch.NOTHING
    shown = overlay_patch.without(draft, rest)
    status = _print(console, shown, heading, values.findings, values.diagnostic)
    if patch:
        _write_patch(console, patch, None, rest, draft)
    return status


def _check_platform(asked: Asked) -> None:
    if asked.platform:
        known_platform(asked.platform)


def _files(settings: Sequence[str]) -> list[tuple[str, str, bytes]]:
    """Return key, file and content of each --set-file argument."""
    result = []
    for setting in settings:
        key, found, path = setting.partition("=")
        if not (key and found and path):
            raise UserError(f"--set-file {setting}: write KEY=FILE")
        result.append((key, inputs.shown(path), inputs.whole(path)))
    return result


def _print(
    console: Console,
    draft: Draft,
    heading: str,
    found: Sequence[Diagnostic],
    locate: Callable[[Code, Finding], Diagnostic],
) -> int:
    if not draft.fields:
        # The source is for a server or machines that r1c does not compile: a profile would be a guess.
        console.report(as_text([locate(code, one) for code, one in draft.findings], colour=console.colour()))
        return 1
    draft = without_long_names(draft)
    text = profile_text.write(draft, [heading])
    console.result(text)
    blanks = profile_text.blanks(draft)
    if not console.quiet:
        console.report(notes(draft.dropped, blanks))
    source = ordered([*found, *(locate(code, finding) for code, finding in draft.findings)])
    checked = analyse(PRINTED, text.encode())
    left = [item for item in checked.diagnostics if not (item.code == MISSING.id and item.path in blanks)]
    diagnostics = [*source, *left]
    console.report(as_text(diagnostics, colour=console.colour()))
    return 1 if any(item.severity is Severity.ERROR for item in diagnostics) else 0


def notes(dropped: Sequence[tuple[str, str]], blanks: Sequence[Any]) -> str:
    """Say what was left out and what is still to fill in, a line each."""
    lines = [f"not carried: {_safe(what)}: {reason}" for what, reason in dict.fromkeys(dropped)]
    if blanks:
        lines.append(f"to fill in: {', '.join('.'.join(map(str, path)) for path in blanks)}")
    return "".join(f"{line}\n" for line in lines)


def _safe(what: str) -> str:
    """Return what was left out, such as `--flag value` or `path.to.key (value)`, without credentials."""
    name, space, value = what.partition(" ")
    # The name of an object of the kind Secret is none.
    if space and name != "Secret" and credentials.names_one(re.split(r"[.\]\[]", name.strip("-"))[-1]):
        what = f"{name} {'*' * min(len(value), 8)}"
    return text.printable(credentials.starred(what))


def run_manifest(
    console: Console, path: str, asked: Asked, patch: str | None = None, objects: str | None = None
) -> int:
    """Print a manifest's profile, and write a patch with the rest; return 1 if an error remains."""
    _check_platform(asked)
    if objects and not patch:
        raise UserError("--objects goes with --patch: add --patch FILE")
    for file in (patch, objects):
        refuse_existing(file)
    name = inputs.shown(path)
    stream = read_stream(name, inputs.whole(path, MANIFEST.size))
    one = find_workload(stream, name)
    draft = from_workload(stream, one, asked)
    rest = (
        overlay_patch.patch(stream, one, draft, with_objects=bool(objects))
        if patch
        else overlay_patch.NOTHING
    )
    heading = f"From the {one.item.kind} {one.item.name} in {Path(name).name}."
    status = _print(
        console, overlay_patch.without(draft, rest), heading, stream.findings, one.item.diagnostic
    )
    if patch:
        _write_patch(console, patch, objects, rest, draft)
    return status


def _write_patch(
    console: Console, file: str, objects: str | None, rest: overlay_patch.Patch, draft: Draft
) -> None:
    """Write the patch and the other objects; say what they have, and how a kustomization uses them.

    All of this goes to standard error: standard output is the profile.
    """
    lines = []
    for place, content in ((file, rest.text), (objects, rest.objects)):
        if place and content:
            write_new(place, content)
            lines.append(f"created: {place}\n")
        elif place:
            lines.append(f"not written: {place}: there is nothing for it\n")
    if console.quiet:
        return
    console.report("".join(lines))
    console.report("".join(f"in the output without a patch: {_safe(what)}\n" for what in rest.made))
    if not rest.text:
        return
    recipe = str(draft.fields.get(at("metadata.name"), "NAME"))
    beside = os.path.relpath(objects, Path(file).parent) if objects and rest.objects else None
    kustomization = overlay_patch.kustomization(recipe, Path(file).name, beside)
    console.report("".join(f"in the patch: {_safe(what)}\n" for what in rest.has))
    console.report("".join(f"in the objects file: {_safe(what)}\n" for what in rest.others))
    console.report(f"to use it, write this kustomization.yaml beside it:\n{kustomization}")


def run_recipe(
    console: Console, path: str, variant: str | None, asked: Asked, strategy: str | None = None
) -> int:
    """Print the profile of a recipe of vllm-project/recipes; return 1 if an error remains."""
    _check_platform(asked)
    name = inputs.shown(path)
    document = read_recipe(name, inputs.whole(path))
    draft = from_recipe(document, asked, variant or "default", strategy)
    own = f", variant {variant}" if variant else ""
    heading = f"From the vLLM recipe {Path(name).name}{own}."
    found = [
        document.diagnostic(code, in_a_file(finding))
        for code, finding in document.findings
        if code in (DUPLICATE, UNICODE, CREDENTIAL)
    ]
    return _print(console, draft, heading, found, document.diagnostic)
