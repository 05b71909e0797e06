"""`r1c init`: platform, model and release -> a starter profile, printed or in a file."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from shlex import quote

import click

from r1c import capacity, facts
from r1c.adopt import profile_text, starter
from r1c.adopt.profile_draft import Draft, at, given, join, recipe_name
from r1c.capacity.settings import GIB
from r1c.commands.console import Console
from r1c.commands.init_questions import answered, prompt
from r1c.diagnostics import Severity, UserError
from r1c.diagnostics.suggest import advice, closest
from r1c.diagnostics.text import printable
from r1c.facts import vllm
from r1c.pipeline import analyse
from r1c.record import record
from r1c.resolve.plan import Plan

PLATFORM = "a3-mega"
MODEL = "deepseek-ai/DeepSeek-R1"
SCHEMA = "schemas/recipe.schema.json"
MODELINE = "# yaml-language-server: $schema="

_NO_RELEASE = f"{{}} is not a vLLM release; write its tag, such as {starter.newest()}"


@record
class Options:
    """The options of the command, None for one that is not given."""

    name: str | None
    platform: str | None
    model: str | None
    vllm: str | None
    output: str | None


@record
class Choice:
    """The chosen draft, and its plan with placeholders for its blanks, if it fits."""

    draft: Draft
    plan: Plan | None


def run(console: Console, options: Options) -> int:
    """Print or write a starter profile; on a terminal without any argument, ask first."""
    if options.output is not None and os.path.lexists(options.output):
        raise _exists(options.output)
    if not (options.name or options.platform or options.model or options.vllm) and sys.stdin.isatty():
        choice, model = _asked()
    else:
        platform, model = _known(options.platform or PLATFORM), options.model or MODEL
        release = _release(options.vllm) if options.vllm else starter.start(platform)
        choice = choose(platform, model, release)
        name = given({"metadata.name": options.name or recipe_name(model, platform)})
        choice = Choice(join(choice.draft, name), choice.plan)
        near = closest(model, facts.models())
        if facts.architecture(model) is None and near and not console.quiet:
            console.report(f"r1c does not know {model}; did you mean {near}?\n")
        old = starter.too_old(platform, model, release)
        if old and not console.quiet:
            console.report(f"vLLM {release} is {old}\n")
        if not console.quiet:
            console.report(f"{fit(choice, model)}\n")
    line, advice_ = schema_line(options.output)
    text = line + profile_text.write(choice.draft, [starter.heading(facts.architecture(model) is not None)])
    if options.output is None:
        console.result(text)
    else:
        _write(options.output, text)
        console.note(f"created: {options.output}")
    if advice_ and not console.quiet:
        console.report(f"{advice_}\n")
    return 0


def schema_line(output: str | None) -> tuple[str, str | None]:
    """Return the line that tells an editor where the profile's schema is, and how to create the schema.

    The schema is looked for in the folders above the profile.
    """
    if output is None:
        return f"{MODELINE}../{SCHEMA}\n", None
    folder, here = Path(output).absolute().parent, Path.cwd()
    found = next((above / SCHEMA for above in (folder, *folder.parents) if (above / SCHEMA).is_file()), None)
    inside = folder.is_relative_to(here)
    schema = found or (here if inside else folder) / SCHEMA
    line = f"{MODELINE}{printable(Path(os.path.relpath(schema, folder)).as_posix())}\n"
    if found:
        return line, None
    wanted = Path(SCHEMA) if inside else Path(output).parent / SCHEMA
    return line, (
        f"for completion and help in an editor, run: mkdir -p {quote(wanted.parent.as_posix())} && r1c "
        f"schema > {quote(wanted.as_posix())}"
    )


def choose(platform: str, model: str, release: str) -> Choice:
    """Return the smallest group that passes with the fewest warnings and no error, else the first.

    A release that is too old for the model is checked as the first that serves it, so that a size is found.
    """
    drafts = list(starter.starters(platform, model, release))
    served = given({"spec.vllm.version": starter.serving(platform, model, release)})
    best, fewest = Choice(drafts[0], None), 0
    for draft in drafts:
        text = profile_text.write(starter.standing_in(join(draft, served)))
        checked = analyse("starter.yaml", text.encode())
        grave = sum(item.severity is not Severity.HINT for item in checked.diagnostics)
        if checked.plan and (best.plan is None or grave < fewest):
            best, fewest = Choice(draft, checked.plan), grave
            if not grave:
                break
    return best


def fit(choice: Choice, model: str) -> str:
    """Say whether the model fits, and what is left for the KV cache."""
    plan = choice.plan
    if plan is None:
        fields = choice.draft.fields
        release = str(fields.get(at("spec.vllm.version")))
        if starter.too_old(str(fields.get(at("spec.platform"))), model, release):
            return f"{model}: no group serves it with vLLM {release}"
        known = facts.architecture(model) is not None
        nodes = f"does not fit on {starter.LARGEST} nodes" if known else "r1c does not know its size"
        return f"{model}: {nodes}"
    size = capacity.estimate(plan)
    group = plan.group
    pods = f"{group.nodes} {plan.platform.id} node{'s' if group.nodes > 1 else ''}"
    gpus = f"{group.gpus} GPUs" if group.gpus > 1 else "1 GPU"
    if size is None:
        return f"{model}: {pods}, {gpus}; {capacity.unsized(plan)}"
    weights = max(stage.weights.high for stage in size.stages) / GIB
    each = " each" if group.gpus > 1 else ""
    return (
        f"{model} fits on {pods}: {gpus} with {weights:.1f} GiB of weights{each}, and room for "
        f"{size.tokens.low} to {size.tokens.high} tokens of KV cache (an estimate; see `r1c plan`)"
    )


def _asked() -> tuple[Choice, str]:
    """Ask for platform, model and release, say whether it fits, and ask for the other fields."""
    click.echo(
        "A new profile. Press Enter for the value in brackets, or to fill in the field later.", err=True
    )
    for id_ in facts.platforms():
        machine = facts.platform(id_)
        click.echo(f"  {id_}: {machine.gpus_per_node} x {machine.gpu_model} per node", err=True)
    platform = _prompt_platform()
    click.echo("known models (you can enter another one):", err=True)
    for known in facts.models():
        click.echo(f"  {known}", err=True)
    model = _prompt_model(platform)
    release = _prompt_release(platform, model)
    choice = choose(platform, model, release)
    click.echo(fit(choice, model), err=True)
    return Choice(answered(choice.draft, recipe_name(model, platform)), choice.plan), model


def _prompt_model(platform: str) -> str:
    """Ask for the model until its name is valid; ask back if it is near the name of a known model."""
    given_: str = prompt("model", given({"spec.platform": platform}), "spec.model.id", MODEL)
    near = closest(given_, facts.models())
    unknown = facts.architecture(given_) is None
    if unknown and near and click.confirm(f"did you mean {near}?", default=True, err=True):
        return near
    return given_


def _prompt_release(platform: str, model: str) -> str:
    """Ask for the vLLM release until it is one; ask back if it is too old for the model."""
    while True:
        answer: str = click.prompt("vLLM release", default=starter.start(platform), err=True).strip()
        if vllm.sampled(answer) is None:
            click.echo(_NO_RELEASE.format(answer), err=True)
            continue
        release = _release(answer)
        old = starter.too_old(platform, model, release)
        if old is None or click.confirm(f"{release} is {old}; use it anyway?", err=True):
            return release


def _prompt_platform() -> str:
    while True:
        answer: str = click.prompt("platform", default=PLATFORM, err=True).strip()
        if answer in facts.platforms():
            return answer
        click.echo(advice(answer, facts.platforms(), "platforms"), err=True)


def _known(platform: str) -> str:
    """Return the platform; raises UserError with the nearest name for an unknown one."""
    if platform not in facts.platforms():
        raise UserError(f"unknown platform {platform}; {advice(platform, facts.platforms(), 'platforms')}")
    return platform


def _release(version: str) -> str:
    """Return a release as its tag; raises UserError for an invalid one."""
    if vllm.sampled(version) is None:
        raise UserError(_NO_RELEASE.format(version))
    return f"v{version.removeprefix('v')}"


def _exists(path: str) -> UserError:
    return UserError(f"{path}: already exists, and init does not overwrite files; use another name")


def _write(path: str, text: str) -> None:
    """Write a file that is not there yet; raises UserError if it is, or cannot be written."""
    try:
        with Path(path).open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except FileExistsError:
        raise _exists(path) from None
    except OSError as error:
        raise UserError(f"{path}: cannot be written: {error.strerror}") from error
