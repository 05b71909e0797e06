"""The order of the stages: source -> parse -> resolve -> check -> lower -> verify -> emit, in one place."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from functools import cache
from typing import Any

from r1c import resolve, source
from r1c.check import allow, check, side_by_side
from r1c.check.rule import Rule
from r1c.check.rules import every
from r1c.diagnostics import Code, Diagnostic, Finding, Remove, Severity, UserError
from r1c.facts.model_config import QUANTIZATION, is_quantized
from r1c.profile import parse
from r1c.profile.model import Recipe
from r1c.record import record
from r1c.resolve.model_config import Fault, load
from r1c.resolve.plan import Plan
from r1c.source import Document, extends
from r1c.source.extends import Reader


@cache
def codes() -> tuple[Code, ...]:
    """Return every code that a diagnostic of a profile can have."""
    rules = (rule.code for rule in every())
    return (*source.CODES, *extends.CODES, *parse.CODES, *resolve.CODES, *allow.CODES, *rules)


@record
class Checked:
    """The result for one profile: its diagnostics in file order, its plan, and its Profile.

    `plan` is None if an error refuses the profile. `profile` is there if the form of the profile is right,
    also where a rule refuses it.
    """

    diagnostics: tuple[Diagnostic, ...]
    plan: Plan | None
    recipe: Recipe | None = None

    def refused(self, *, strict: bool = False) -> bool:
        """Tell whether the profile is refused: for an error, or for a warning if `strict` is set."""
        grave = {Severity.ERROR, Severity.WARNING} if strict else {Severity.ERROR}
        return any(item.severity in grave for item in self.diagnostics)


@record
class Context:
    """What a profile gets from outside: inherited values, and rules in addition to those of r1c."""

    defaults: Document | None = None
    rules: tuple[Rule, ...] = ()


ALONE = Context()


def analyse(name: str, raw: bytes, beside: Reader | None = None, context: Context = ALONE) -> Checked:
    """Take a profile's bytes through source, parse, resolve and check.

    A stage that finds errors hands on what it could read, so that all faults of a profile are reported in
    one run. `beside` reads the model's config.json where the profile gives it as a path.
    """
    document = source.read(name, raw)
    if not document.usable:
        diagnostics = source.ordered(document.diagnostic(*item) for item in document.findings)
        return Checked(diagnostics, None)
    composed = extends.compose(document, beside, context.defaults)
    if extends.misread(document) or any(item.code == extends.EXTENDS.id for item in composed.diagnostics):
        # Half a profile: what is missing from it says nothing.
        own = (document.diagnostic(code, finding) for code, finding in document.findings)
        return Checked(source.ordered((*composed.diagnostics, *own)), None)
    document = composed.document
    parsed = parse.parse(document)
    config = model_config(parsed.recipe, beside)
    return _judged(document, parsed, config, composed.diagnostics, context.rules)


def analyse_data(name: str, data: dict[str, Any], config: Mapping[str, Any] | Fault | None = None) -> Checked:
    """Take a profile's data through parse, resolve and check; its diagnostics have no lines.

    `config` is the content of the file that spec.model.config names, or why it cannot be had.
    """
    document = _document(name, data)
    return _judged(document, parse.parse(document), config)


def plan_data(name: str, data: dict[str, Any], config: Mapping[str, Any] | Fault | None = None) -> Plan:
    """Return the plan of a profile's data without checking any rule."""
    parsed = parse.parse(_document(name, data))
    return resolve.resolve(parsed.recipe, data, parsed.doubtful, config).plan


def _document(name: str, data: dict[str, Any]) -> source.Document:
    return source.Document(source.Source(name, ""), data, {}, (), usable=True)


def _judged(
    document: source.Document,
    parsed: parse.Parsed,
    config: Mapping[str, Any] | Fault | None,
    before: tuple[Diagnostic, ...] = (),
    more: tuple[Rule, ...] = (),
) -> Checked:
    """Resolve and check a parsed profile.

    `before` are the diagnostics of the files that it extends, `more` the rules beside those of r1c.
    """
    data = extends.without_key(document.data)
    resolved = resolve.resolve(parsed.recipe, data, parsed.doubtful, config)
    read = document.findings
    if read:
        from r1c.profile.ambiguous import decided

        read = tuple(decided(document))
    judged = (one for one in check(resolved.plan, more) if not _is_for_others(document, *one))
    findings = (*read, *parsed.findings, *resolved.findings, *judged)
    if allow.PLACE not in parsed.doubtful:
        annotation = parsed.recipe.metadata.annotations.get(allow.ALLOW)
        known = codes if not more else lambda: (*codes(), *(rule.code for rule in more))
        findings = allow.allow(annotation, findings, known, _elsewhere)
    own = (document.diagnostic(code, finding) for code, finding in findings)
    diagnostics = source.ordered((*before, *own))
    form = (*document.findings, *parsed.findings)
    sound = not before and all(code.severity is not Severity.ERROR for code, _ in form)
    recipe = parsed.recipe if sound else None
    result = Checked(diagnostics, resolved.plan, recipe)
    return Checked(diagnostics, None, recipe) if result.refused() else result


def _is_for_others(document: Document, code: Code, finding: Finding) -> bool:
    """Tell whether a warning is about a value of r1c.yaml that this profile does not need: others may.

    Its only remedy is to remove the value, which all profiles of the repository inherit.
    """
    removed = finding.edit is not None and all(isinstance(change, Remove) for change in finding.edit.changes)
    shared = document.defaults is not None and document.origin(finding.path) == document.defaults
    return shared and removed and code.severity is not Severity.ERROR


def _elsewhere() -> tuple[Code, ...]:
    """Return the codes of what a profile alone does not show: what others share with it, and its cluster."""
    from r1c.check import preflight_codes

    return (*side_by_side.CODES, *preflight_codes.CODES)


def model_config(recipe: Recipe, beside: Reader | None) -> Mapping[str, Any] | Fault | None:
    """Return the content of the file in spec.model.config, or why it cannot be read; None without one."""
    path = recipe.spec.model.config
    if not isinstance(path, str):
        return None
    if beside is None:
        return Fault(f"{path} cannot be read here", "write the content of config.json under model.config")
    return read_config(path, beside)


def read_config(path: str, beside: Reader) -> Mapping[str, Any] | Fault:
    """Return the content of a config.json, or why it cannot be read.

    ModelOpt's older checkpoints say how they are quantised in a file of its own beside config.json.
    """
    try:
        config = load(path, beside(path))
    except UserError as error:
        return Fault(str(error), error.help or "write the path from this file to the model's config.json")
    if isinstance(config, Fault) or is_quantized(config):
        return config
    own = posixpath.join(posixpath.dirname(path), f"{QUANTIZATION}.json")
    try:
        found = load(own, beside(own))
    except UserError:
        return config
    return found if isinstance(found, Fault) else {**config, QUANTIZATION: found}


def build(plan: Plan) -> dict[str, bytes]:
    """Take a checked plan through lower, verify and emit: the bytes of every file of its output but the lock.

    Raises InternalError if what r1c made is not what it must be.
    """
    from r1c.emit import emit
    from r1c.lower import lower
    from r1c.verify import verify

    external = {("Secret", at.name) for at in plan.server.secrets.values()}
    if plan.token.source == "existing":
        external.add(("Secret", plan.token.secret))
    return emit(verify(lower(plan), frozenset(external)))
