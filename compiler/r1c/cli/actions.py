"""The parameters of a command line -> what its command does; a command is imported when it runs.

A function takes the console and the parameters that the table declares, and returns the exit status.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from r1c import __version__
from r1c.cli.declaration import COMPLETION
from r1c.commands.console import Console
from r1c.diagnostics import UserError


def version(console: Console, /) -> int:
    """Print the version."""
    console.result(f"r1c {__version__}\n")
    return 0


def profiles_of_repository() -> tuple[str, ...]:
    """Return the profiles of a command line that names none: the folder that r1c.yaml has them in."""
    from r1c.commands.inputs import of_repository

    return (of_repository(),)


def compile(console: Console, /, *, show_profile: bool, **options: Any) -> int:
    """Write the output of profiles, or show the profiles themselves."""
    if show_profile:
        from r1c.commands.show_profile import show

        return show(console, options["profiles"])
    from r1c.commands.compile import Options, run

    return run(console, Options(**options))


def check(  # noqa: PLR0913  # the options of the command
    console: Console,
    /,
    *,
    profiles: Sequence[str],
    form: str,
    strict: bool,
    fix: bool,
    unsafe: bool,
    patch: bool,
) -> int:
    """Report the faults of profiles, and fix those that can be."""
    if fix or patch or unsafe:
        from r1c.commands.check_fix import Fixing, run_fixing

        return run_fixing(console, profiles, form, Fixing(unsafe, patch), strict=strict)
    from r1c.commands.check import run

    return run(console, profiles, form, strict=strict)


def lint(console: Console, /, **options: Any) -> int:
    """Report the faults of what r1c did not make."""
    from r1c.commands.lint import Options, run

    return run(console, Options(**options))


def plan(console: Console, /, *, profile: str, form: str, **asked: Any) -> int:
    """Print the figures of a recipe."""
    from r1c.commands.plan import Asked, run

    return run(console, profile, form, Asked(**asked))


def diff(console: Console, /, **options: Any) -> int:
    """Show what changes on the cluster."""
    from r1c.commands.diff import Options, run

    return run(console, Options(**options))


def report(console: Console, /, **options: Any) -> int:
    """Write a page about recipes."""
    from r1c.commands.report import Options, run

    return run(console, Options(**options))


def preflight(console: Console, /, **options: Any) -> int:
    """Check whether a cluster takes recipes."""
    from r1c.commands.preflight import Options, run

    return run(console, Options(**options))


def secret(console: Console, /, *, profile: str) -> int:
    """Print the Secret of a profile."""
    from r1c.commands.secret import run

    return run(console, profile)


def krm(console: Console, /) -> int:
    """Answer a ResourceList."""
    from r1c.commands.krm import run

    return run(console)


def explain(console: Console, /, **options: Any) -> int:
    """Explain a name or a line of an output, or list all codes."""
    from r1c.commands.explain import Options, run

    return run(console, Options(**options))


def schema(console: Console, /, *, kind: str | None) -> int:
    """Print the JSON Schema of the profile, or of r1c.yaml."""
    from r1c.resources import schemas_dir

    name = f"{kind or 'recipe'}.schema.json"
    console.result((schemas_dir() / name).read_text(encoding="utf-8"))
    return 0


def complete(console: Console, /, *, shell: str) -> int:
    """Print the script that completes command lines in a shell."""
    from r1c.cli.completion import script

    console.result(script(shell, COMPLETION))
    return 0


def init(console: Console, /, **options: Any) -> int:
    """Print or write a starter profile."""
    # The questions use click, which has its own exception for a user who gives up.
    from click import Abort

    from r1c.commands.init import Options, run

    try:
        return run(console, Options(**options))
    except Abort:
        return 130


def fit(console: Console, /, **options: Any) -> int:
    """Print the configurations that meet targets."""
    from r1c.commands.fit import Options, run

    return run(console, Options(**options))


def upgrade(console: Console, /, **options: Any) -> int:
    """Print what other versions change for a profile, and edit it."""
    from r1c.commands.upgrade import Options, run

    return run(console, Options(**options))


def import_helm(
    console: Console,
    /,
    *,
    files: Sequence[str],
    settings: Sequence[str],
    file_settings: Sequence[str],
    patch: str | None,
    **options: Any,
) -> int:
    """Make a profile from Helm values."""
    from r1c.commands import imports

    return imports.run_helm(
        console, imports.HelmInput(files, settings, file_settings), imports.Asked(**options), patch
    )


def import_manifest(
    console: Console, /, *, file: str, patch: str | None, objects: str | None, **options: Any
) -> int:
    """Make a profile from a manifest."""
    from r1c.commands import imports

    return imports.run_manifest(console, file, imports.Asked(**options), patch, objects)


def import_recipe(
    console: Console, /, *, file: str, variant: str | None, strategy: str | None, **options: Any
) -> int:
    """Make a profile from a recipe of vllm-project/recipes."""
    from r1c.commands import imports

    return imports.run_recipe(console, file, variant, imports.Asked(**options), strategy)


def bench_parse(console: Console, /, *, results: Sequence[str], form: str) -> int:
    """Print benchmark results."""
    from r1c.commands.bench import parse

    return parse(console, results, form)


def bench_compare(console: Console, /, *, first: str, second: str, fail_on: Sequence[str], form: str) -> int:
    """Compare two sets of benchmark results."""
    from r1c.commands.bench import Sides, compare

    return compare(console, Sides(first, second, fail_on), form)


def bench_plot(console: Console, /, *, results: Sequence[str], output: str, latency: str) -> int:
    """Draw benchmark results."""
    from r1c.commands.bench import draw

    return draw(console, results, latency, output)


def lsp(_: Console, /) -> int:
    """Serve an editor."""
    try:
        from r1c.lsp.server import run
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in {"pygls", "lsprotocol"}:
            raise
        from r1c.diagnostics import install

        raise UserError(install.missing("the language server", "lsp", "pygls", "lsprotocol")) from None
    return run()
