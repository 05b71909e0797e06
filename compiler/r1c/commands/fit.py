"""`r1c fit`: a model, platforms, a load and targets -> the configurations that meet them, and a profile."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from r1c import facts
from r1c.adopt import profile_text, starter
from r1c.commands import fit_data, fit_report, inputs
from r1c.commands.console import Console
from r1c.commands.fit_data import Report
from r1c.commands.known_values import known_platform
from r1c.commands.new_profile import give, known_release, refuse_existing
from r1c.diagnostics import UserError
from r1c.diagnostics.suggest import advice, closest, copy_of
from r1c.diagnostics.text import printable
from r1c.facts.model import Architecture
from r1c.facts.model_config import architecture
from r1c.fit.candidate import draft
from r1c.fit.question import Model, Question, Targets, seconds
from r1c.fit.search import Proposed, order, search
from r1c.forecast import cost
from r1c.forecast.load import Load, read
from r1c.pipeline import read_config
from r1c.record import record
from r1c.resolve.model_config import Fault
from r1c.source.input_file import JSON_LIMIT

NODES = 4
"""The most nodes where none are asked for."""
STDOUT = "-"


@record
class Options:
    """The options of the command, as written; None for one that is not given."""

    model: str
    config: str | None
    platforms: Sequence[str]
    context: int | None
    load: str | None
    ttft: str | None
    tpot: str | None
    nodes: int | None
    vllm: str | None
    prices: Sequence[str]
    pick: int | None
    output: str | None
    form: str
    strict: bool


def run(console: Console, options: Options) -> int:
    """Print the configurations that meet the targets, and write the profile of one; return 1 if none does."""
    if options.pick and options.output is None:
        raise UserError("--pick chooses the profile that -o FILE writes: add -o FILE")
    if options.output != STDOUT:
        refuse_existing(options.output)
    model, load = _model(options), None if options.load is None else read(options.load)
    questions = [_question(options, platform, model, load) for platform in _platforms(options)]
    prices = _prices(options.prices, [question.platform for question in questions])
    found = list(map(search, questions))
    proposed = sorted(
        (item for one in found for item in one.proposed),
        key=lambda item: (item.gpus, _price(item, prices), *order(item)),
    )
    report = Report(tuple(found), tuple(proposed), prices)
    if options.pick and options.pick > len(proposed) > 0:
        raise UserError(f"--pick {options.pick}: there are {len(proposed)} configurations")
    text = fit_data.as_json(report) if options.form == "json" else fit_report.as_text(report, console.verbose)
    show = console.report if options.output == STDOUT else console.result
    show("\n".join(map(printable, text.split("\n"))))
    if not proposed:
        return 1
    if options.output is not None:
        chosen = proposed[(options.pick or 1) - 1]
        give(console, _profile(chosen), None if options.output == STDOUT else options.output)
    return 0


def _platforms(options: Options) -> tuple[str, ...]:
    return tuple(dict.fromkeys(map(known_platform, options.platforms))) or facts.platforms()


def _question(options: Options, platform: str, model: Model, load: Load | None) -> Question:
    limits = {
        name: None if text is None else seconds(f"--{name}", text)
        for name, text in (("ttft", options.ttft), ("tpot", options.tpot))
    }
    if load is None and any(limits.values()):
        raise UserError("--ttft and --tpot are times under a load: add --load, such as --load 8192/1024/64")
    own = model.architecture if model.config is not None else None
    release = (
        known_release(options.vllm)
        if options.vllm
        else starter.serving(platform, model.id, starter.start(platform), own)
    )
    context, nodes = _context(options, model, load), options.nodes or NODES
    return Question(model, platform, release, context, nodes, load, Targets(**limits), options.strict)


def _context(options: Options, model: Model, load: Load | None) -> int:
    """Return the max-model-len: as asked for, or that of a new profile, or what the load needs."""
    needed = load.input_len + load.output_len if load else 0
    if options.context is None:
        return max(needed, starter.context(model.architecture))
    if options.context < needed:
        raise UserError(
            f"--context {options.context}: the requests of --load {options.load} have {needed:,} tokens"
        )
    return options.context


def _model(options: Options) -> Model:
    """Return the model that is asked for; raises UserError if r1c does not know it and has no config.json."""
    if options.config is not None:
        return _of_config(options, options.config)
    known = facts.architecture(options.model)
    if known is None:
        near = copy_of(options.model, facts.models()) or closest(options.model, facts.models())
        rest = f"did you mean {near}? Or give" if near else "give"
        raise UserError(f"unknown model {options.model}; {rest} its config.json: --config config.json")
    return Model(options.model, _sized(options.model, known))


def _of_config(options: Options, path: str) -> Model:
    config = read_config(path, lambda file: inputs.whole(file, JSON_LIMIT))
    if isinstance(config, Fault):
        raise UserError(f"--config: {config.message}")
    own, place = architecture(options.model, config), path
    if options.output is not None and options.output != STDOUT:
        place = Path(os.path.relpath(path, Path(options.output).parent)).as_posix()
    return Model(options.model, _sized(options.model, own), config, place)


def _sized(model: str, known: Architecture) -> Architecture:
    if known.unsized:
        raise UserError(f"r1c cannot size {model}: {known.unsized}")
    return known


def _prices(texts: Sequence[str], platforms: Sequence[str]) -> Mapping[str, float]:
    """Return the price of a GPU hour by platform: PLATFORM=PRICE is for one, PRICE for all others."""
    prices: dict[str, float] = {}
    for text in texts:
        name, equals, price = text.rpartition("=")
        if equals and name not in platforms:
            raise UserError(f"--price-per-gpu-hour {text}: {advice(name, platforms, 'platforms')}")
        for platform in [name] if equals else platforms:
            if equals or platform not in prices:
                prices[platform] = cost.price(price)
    return prices


def _price(item: Proposed, prices: Mapping[str, float]) -> float:
    price = prices.get(item.question.platform)
    return float("inf") if price is None else cost.by_hour(item.plan, price)


def _profile(item: Proposed) -> str:
    """Return the text of a configuration's profile, with blanks for what only the user knows."""
    chosen = draft(item.question, item.shape, item.groups)
    return profile_text.write(chosen, [starter.heading(known=True)])
