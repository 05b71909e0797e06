"""R1C4xx, the VLLM_* variables in vllm.env, against those that the version reads."""

from __future__ import annotations

from collections.abc import Iterator

from r1c.check.rule import Rule, rule
from r1c.check.rules.vllm_version import VERSION_HERE
from r1c.diagnostics import Finding, Move, Remove, Severity, either, safe, unsafe
from r1c.diagnostics.suggest import closest, sure
from r1c.facts import vllm, vllm_changes, vllm_history
from r1c.profile.paths import ENV
from r1c.resolve.plan import Plan

ENGINE = "VLLM_USE_V1"
_FIELDS = ("spec.vllm.env", "spec.vllm.version")


def _unread(plan: Plan) -> Iterator[str]:
    """Yield the VLLM_* variables that the release does not read; VLLM_USE_V1=1 asks for what there is."""
    for name in (*plan.server.env, *plan.server.secrets):
        idle = name == ENGINE and plan.server.env.get(name) != "0"
        if name.startswith("VLLM_") and not idle and not vllm_history.reads(name, plan.server.release):
            yield name


def _strangers(plan: Plan) -> Iterator[tuple[str, str | None]]:
    """Yield the variables that no release reads, each with the closest known name."""
    known = vllm_history.variables(plan.server.release)
    for name in _unread(plan):
        if vllm_history.variable(name, plan.server.release) is None:
            yield name, closest(name, known)
    for name in (*plan.server.env, *plan.server.secrets):
        if name.upper().startswith("VLLM_") and not name.startswith("VLLM_"):
            near = closest(name.upper(), known)
            if near:
                yield name, near


@rule(
    code="R1C414",
    slug="variable-misspelt",
    severity=Severity.ERROR,
    title="Misspelt VLLM_* variable",
    why="The server only logs a warning and runs without the setting. r1c refuses a name that is close to a "
    "variable that this version reads (vllm-project/vllm#50346; evidence.md, VLL004).",
    example="spec:\n  vllm:\n    env: {VLLM_LOGING_LEVEL: DEBUG}\n",
    fix="Correct the name of the variable.",
    fields=_FIELDS,
    edits="safe or unsafe",
)
def variable_misspelt(plan: Plan) -> Iterator[Finding]:
    """Refuse a variable that no release reads and whose name is close to one that this release reads."""
    for name, near in _strangers(plan):
        if near:
            message = f"vLLM {plan.server.version} does not read {name}"
            edit = either(Move((*ENV, name), (*ENV, near)), sure=sure(name, near))
            yield Finding((*ENV, name), message, f"did you mean {near}?", on_key=True, edit=edit)


@rule(
    code="R1C415",
    slug="variable-unknown",
    severity=Severity.WARNING,
    title="Unknown VLLM_* variable",
    why="The server only logs a warning and runs without the setting. It is not an error, because a plugin "
    "or a release that r1c does not know may read it (vllm-project/vllm#50346; evidence.md, VLL004).",
    example="spec:\n  vllm:\n    env: {VLLM_MY_PLUGIN_DEPTH: '3'}\n",
    fix="Remove the variable, or accept the warning with a reason.",
    fields=_FIELDS,
    edits="unsafe",
)
def variable_unknown(plan: Plan) -> Iterator[Finding]:
    """Report a variable that no release reads and whose name is not close to a known one."""
    for name, near in _strangers(plan):
        if near is None:
            message = f"unknown variable {name}: no known vLLM release reads it"
            help_, edit = "remove the line, unless a plugin reads it", unsafe(Remove((*ENV, name)))
            yield Finding((*ENV, name), message, help_, on_key=True, edit=edit)


@rule(
    code="R1C416",
    slug="variable-not-read",
    severity=Severity.WARNING,
    title="VLLM_* variable not read by this vLLM release",
    why="Nothing fails: the server runs without the setting. Whole benchmark runs used the wrong attention "
    "backend this way (vllm-project/vllm#50292, AMD-AGI/Hyperloom#462; evidence.md, VLL003).",
    example="spec:\n  vllm:\n    version: v0.16.0\n    env: {VLLM_ATTENTION_BACKEND: FLASHMLA}\n",
    fix="Use the flag that replaced it, or remove the variable.",
    fields=_FIELDS,
    edits="safe or unsafe",
)
def variable_not_read(plan: Plan) -> Iterator[Finding]:
    """Tell of variables that only other releases read: the server starts without the setting."""
    version, release = plan.server.version, plan.server.release
    for name in _unread(plan):
        elsewhere = vllm_history.variable(name, release)
        if elsewhere is None:
            continue
        place, gone = (*ENV, name), True
        flag = name.removeprefix("VLLM_").lower().replace("_", "-")
        if elsewhere.before:
            message = (
                f"vLLM {version} no longer reads {name}; {elsewhere.before} was the last release that did"
            )
            help_ = "remove the line, which has no effect"
            if vllm.has("serve", flag, release):
                help_, gone = f"remove the line, and set {flag} in vllm.args", False
        else:
            message = (
                f"vLLM {version} does not read {name} yet; {elsewhere.after} is the first release that does"
            )
            help_, gone = f"remove the line, or use {elsewhere.after} or newer", False
        edit = either(Remove(place), sure=gone)
        yield Finding(place, message, help_, on_key=True, related=(VERSION_HERE,), edit=edit)


@rule(
    code="R1C417",
    slug="old-engine",
    severity=Severity.ERROR,
    title="V0 engine removed in this vLLM release",
    why="vLLM has no V0 engine from v0.11.0 on. v0.11.0 reads the variable and exits; later releases do not "
    "read it (facts/vllm.json; evidence.md, VLL003).",
    example="spec:\n  vllm:\n    version: v0.11.0\n    env: {VLLM_USE_V1: '0'}\n",
    fix="Remove the variable, or use a version before v0.11.0.",
    fields=_FIELDS,
    edits="unsafe",
)
def old_engine(plan: Plan) -> Iterator[Finding]:
    """Refuse VLLM_USE_V1=0 for releases that have only V1."""
    only = vllm.engine("v1Only")
    release = plan.server.release
    reads = vllm_history.reads(ENGINE, release)
    if plan.server.env.get(ENGINE) == "0" and vllm.at_least(release, only) and reads:
        yield Finding(
            (*ENV, ENGINE),
            f"{ENGINE}=0 selects the V0 engine, which vLLM {only} removed; the profile uses "
            f"{plan.server.version}",
            f"remove the line, or use a version before {only}",
            related=(VERSION_HERE,),
            edit=unsafe(Remove((*ENV, ENGINE))),
        )


@rule(
    code="R1C418",
    slug="engine-variable-without-effect",
    severity=Severity.HINT,
    title="VLLM_USE_V1 has no effect in this vLLM release",
    why="V1 is the only engine, and vLLM no longer reads the variable (facts/vllm.json; evidence.md, "
    "VLL003).",
    example="spec:\n  vllm:\n    version: v0.12.0\n    env: {VLLM_USE_V1: '1'}\n",
    fix="Remove the variable.",
    fields=_FIELDS,
    edits="safe",
)
def engine_variable_without_effect(plan: Plan) -> Iterator[Finding]:
    """Report the variable if the release does not read it; R1C416 reports the value 0."""
    asked, release = plan.server.env.get(ENGINE), plan.server.release
    if asked is not None and asked != "0" and not vllm_history.reads(ENGINE, release):
        yield Finding(
            (*ENV, ENGINE),
            f"{ENGINE} has no effect in vLLM {plan.server.version}, which has only the V1 engine",
            "remove the line",
            on_key=True,
            edit=safe(Remove((*ENV, ENGINE))),
        )


@rule(
    code="R1C423",
    slug="variable-deprecated",
    severity=Severity.HINT,
    title="VLLM_* variable that a flag replaces",
    why="Later releases do not read the variable, and the server then runs without the setting and without "
    "an error (vllm-project/vllm#50292, AMD-AGI/Hyperloom#462; facts/vllm_changes.yaml; evidence.md, "
    "VLL003).",
    example="spec:\n  vllm:\n    version: v0.14.0\n    env: {VLLM_ATTENTION_BACKEND: FLASHMLA}\n",
    fix="Set the flag that replaces it.",
    fields=_FIELDS,
)
def variable_deprecated(plan: Plan) -> Iterator[Finding]:
    """Report a variable that this release reads, if a flag has replaced it and a later release drops it."""
    release, order = plan.server.release, vllm.versions()
    for name, rename in vllm_changes.read().renamed_variables.items():
        if name not in plan.server.env or not rename.to or not vllm.at_least(release, rename.from_):
            continue
        later = order[order.index(release) :]
        without = next((other for other in later if not vllm_history.reads(name, other)), None)
        if without is not None and without != release:
            yield Finding(
                (*ENV, name),
                f"{rename.to} has replaced {name} since vLLM {rename.from_}; {without} and newer do not read "
                "the variable",
                f"remove the line, and set {rename.to} in vllm.args",
                on_key=True,
                related=(VERSION_HERE,),
            )


RULES: tuple[Rule, ...] = (
    variable_misspelt,
    variable_unknown,
    variable_not_read,
    old_engine,
    engine_variable_without_effect,
    variable_deprecated,
)
