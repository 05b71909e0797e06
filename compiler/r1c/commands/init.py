"""`r1c init`: platform, model and release -> a starter profile, printed or in a file."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Iterator

import click

from r1c import capacity, facts
from r1c.adopt import profile_text, starter
from r1c.adopt.profile_draft import Draft, at, given, join, recipe_name
from r1c.capacity.settings import GIB
from r1c.commands.console import Console
from r1c.commands.init_questions import answered, prompt
from r1c.commands.known_values import known_platform
from r1c.commands.new_profile import give, known_release, no_release, refuse_existing
from r1c.diagnostics.suggest import advice, closest, copy_of
from r1c.facts import vllm
from r1c.fit.candidate import draft
from r1c.fit.question import Model, Question
from r1c.fit.search import smallest
from r1c.fit.shape import Shape
from r1c.record import record, replace
from r1c.resolve.plan import Plan

PLATFORM = "a3-mega"
MODEL = "deepseek-ai/DeepSeek-R1"


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
    refuse_existing(options.output)
    if not (options.name or options.platform or options.model or options.vllm) and sys.stdin.isatty():
        choice, model = _asked()
    else:
        platform, model = known_platform(options.platform or PLATFORM), options.model or MODEL
        release = known_release(options.vllm) if options.vllm else starter.start(platform)
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
    heading = starter.heading(facts.architecture(model) is not None)
    give(console, profile_text.write(choice.draft, [heading]), options.output)
    return 0


def choose(platform: str, model: str, release: str) -> Choice:
    """Return the smallest group that passes with the fewest warnings and no error, else one GPU.

    A release that is too old for the model is checked as the first that serves it, so that a size is found.
    """
    architecture = facts.architecture(model)
    if architecture is None:
        return Choice(starter.base(platform, model, release), None)
    served = starter.serving(platform, model, release)
    asked = Question(
        Model(model, architecture),
        platform,
        served,
        starter.context(architecture),
        starter.LARGEST,
        sized=False,
    )
    found = smallest(asked)
    shape = found.shape if found else Shape(1)
    return Choice(draft(replace(asked, release=release), shape, 1), found.plan if found else None)


def fit(choice: Choice, model: str) -> str:
    """Say whether the model fits, and what is left for the KV cache."""
    plan = choice.plan
    if plan is None:
        fields = choice.draft.fields
        release = str(fields.get(at("spec.vllm.version")))
        if starter.too_old(str(fields.get(at("spec.platform"))), model, release):
            return f"{model}: no group serves it with vLLM {release}"
        known = facts.architecture(model) is not None
        if known:
            return f"{model}: does not fit on {starter.LARGEST} nodes"
        sized = f"`r1c fit {model} --config config.json -o FILE` writes a profile that is sized"
        near = copy_of(model, facts.models())
        meant = f"did you mean {near}? Otherwise " if near else ""
        return f"{model}: r1c does not know its size; {meant}with its config.json, {sized}"
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
        f"{size.tokens.low:,} to {size.tokens.high:,} tokens of KV cache (an estimate; see `r1c plan`)"
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
    for line in _models():
        click.echo(line, err=True)
    model = _prompt_model(platform)
    release = _prompt_release(platform, model)
    choice = choose(platform, model, release)
    click.echo(fit(choice, model), err=True)
    return Choice(answered(choice.draft, recipe_name(model, platform)), choice.plan), model


def _models() -> Iterator[str]:
    """Yield the names of the known models, those of an organisation together."""
    found: dict[str, list[str]] = {}
    for known in sorted(facts.models()):
        organisation, _, name = known.partition("/")
        found.setdefault(organisation, []).append(name)
    for organisation, names in found.items():
        text = f"{organisation}/ {', '.join(names)}"
        yield from textwrap.wrap(
            text, 100, initial_indent="  ", subsequent_indent="    ", break_on_hyphens=False
        )


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
            click.echo(no_release(answer), err=True)
            continue
        release = known_release(answer)
        old = starter.too_old(platform, model, release)
        if old is None or click.confirm(f"{release} is {old}; use it anyway?", err=True):
            return release


def _prompt_platform() -> str:
    while True:
        answer: str = click.prompt("platform", default=PLATFORM, err=True).strip()
        if answer in facts.platforms():
            return answer
        click.echo(advice(answer, facts.platforms(), "platforms"), err=True)
