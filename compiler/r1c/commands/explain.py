"""`r1c explain`: a code, a field or another name; a line of an output or of a profile; all codes."""

from __future__ import annotations

from r1c.commands import explain_repository, explain_text, inputs
from r1c.commands.console import Console
from r1c.commands.output_place import is_in_output, split
from r1c.diagnostics import UserError
from r1c.record import record


@record
class Options:
    """What the command line says: the name, and for a line of an output the profile, format and extent."""

    topic: str | None
    profile: str | None
    form: str
    all: bool


def run(console: Console, options: Options) -> int:
    """Print what a name means, where a line comes from, or all codes with their titles."""
    name = options.topic
    if name in explain_repository.WHOLE:
        name = f"{explain_repository.PREFIX}spec"
    found = split(name) if name is not None else None
    if found and found[1].isdecimal() and found[0].endswith(inputs.SUFFIXES) and not is_in_output(found[0]):
        from r1c.commands import explain_profile

        console.result(explain_profile.explain(found[0], int(found[1])))
        return 0
    if name is not None and found:
        from r1c.commands import explain_output

        console.result(explain_output.explain(name, options.profile, options.form, whole=options.all))
        return 0
    if options.all or options.profile or options.form != "text":
        raise UserError(
            "--all, --profile and --format are for a file of an output: name it as out/NAME/FILE:LINE"
        )
    if name is not None and is_in_output(name):
        raise UserError(f"{name}: the output has no such file")
    console.result(explain_text.catalogue() if name is None else explain_text.text(name))
    return 0
