"""`r1c lint`: the rules for manifests, compose files and command lines that r1c did not create."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from shlex import quote

from r1c.commands import inputs
from r1c.commands.check import FORMATS
from r1c.commands.console import Console
from r1c.commands.known_values import known_platform
from r1c.diagnostics import Diagnostic, Severity, UserError
from r1c.diagnostics.suggest import counted, listed
from r1c.diagnostics.text import as_text
from r1c.lint import files
from r1c.lint.reading import Asked
from r1c.lint.release import of_version
from r1c.lint.report import Linted, lint
from r1c.lint.server import Found
from r1c.lint.watched import ARGS, ENV, NAME, NOT_SAID, PLATFORM, VERSION
from r1c.record import record
from r1c.source import MANIFEST
from r1c.source.input_file import too_large

_NEEDS = {
    PLATFORM: "a known platform (--platform)",
    VERSION: "a known vLLM release (--vllm)",
    NAME: "a known vLLM release (--vllm)",
    ARGS: "the whole command line",
    ENV: "all variables",
    NOT_SAID: "what only a profile says",
}
"""The needs of a finding in words; others are fields of a profile."""


@record
class Options:
    """The options of the command line."""

    files: Sequence[str]
    form: str
    strict: bool
    platform: str | None
    vllm: str | None


def run(console: Console, options: Options) -> int:
    """Lint files; return 1 if one has an error, or a warning where it counts as one."""
    asked = _asked(options)
    diagnostics: list[Diagnostic] = []
    read = servers = 0
    for path, named in _files(options.files):
        name = inputs.shown(path)
        found = _found(path, named=named)
        if isinstance(found, files.Unread):
            if named and not found.template:
                raise UserError(f"{name}: {found.reason}")
            if named or console.verbose:
                console.report(f"{name}: skipped: {found.reason}\n")
            continue
        if named and not found and not console.quiet:
            console.report(f"{name}: nothing in it starts vLLM in a way that r1c can read\n")
        read, servers = read + 1, servers + len(found)
        linted = lint(found, asked)
        diagnostics += linted.diagnostics
        if console.verbose:
            console.report(_withheld(name, linted))
    if options.form in FORMATS:
        console.result(FORMATS[options.form](diagnostics))
    else:
        console.report(as_text(diagnostics, colour=console.colour()))
    if not diagnostics and options.form not in FORMATS:
        where = counted(read, "file")
        console.note(
            f"{counted(servers, 'server')} in {where} checked, no faults found"
            if servers
            else f"no vLLM server found in {where}{_overlays(options.files)}"
        )
    grave = {Severity.ERROR, Severity.WARNING} if options.strict else {Severity.ERROR}
    return 1 if any(item.severity in grave for item in diagnostics) else 0


def _overlays(arguments: Sequence[str]) -> str:
    """Say how to lint an overlay: its folder has patches, and the servers are in what kustomize builds."""
    overlays = [name for name in arguments if os.path.isfile(os.path.join(name, "kustomization.yaml"))]
    return f"; `kubectl kustomize {quote(overlays[0])} | r1c lint -` checks the overlay" if overlays else ""


def _found(path: str, *, named: bool) -> tuple[Found, ...] | files.Unread:
    """Return the servers of a file; one below a directory may be too large."""
    content = (inputs.whole if named else inputs.read)(path, MANIFEST.size)
    if len(content) > MANIFEST.size:
        return files.Unread(too_large(path, MANIFEST.size))
    return files.servers(inputs.shown(path), content)


def _asked(options: Options) -> Asked:
    if options.platform:
        known_platform(options.platform)
    if options.vllm and not of_version(options.vllm):
        raise UserError(f"{options.vllm} is not a vLLM release that r1c knows")
    return Asked(options.platform, options.vllm)


def _files(arguments: Sequence[str]) -> Iterator[tuple[str, bool]]:
    """Yield each file once, and whether the user named it; hidden folders are left out."""
    seen: set[str] = set()
    for argument in arguments:
        alone = argument == inputs.STDIN or not os.path.isdir(argument)
        inside = [argument] if alone else filter(os.path.isfile, inputs.files_below(argument, files.SUFFIXES))
        for path in inside:
            if path not in seen:
                seen.add(path)
                yield path, path == argument


def _withheld(name: str, linted: Linted) -> str:
    """Say what was not judged, a line each."""
    return "".join(
        f"{name}: {item.code.id} is not reported: it needs {listed(_needs(item.needs), 'and')}\n"
        for item in linted.withheld
    )


def _needs(fields: Sequence[str]) -> Iterable[str]:
    return dict.fromkeys(_NEEDS.get(field, field) for field in fields)
