"""R1C4xx: the vLLM version, its flags, its environment variables and its executor."""

from __future__ import annotations

from collections.abc import Iterator

from r1c.check import named_settings
from r1c.check.rule import Rule, rule
from r1c.check.rules import (
    flag_releases,
    flag_values,
    flags,
    json_flags,
    model_architecture,
    registry_values,
    startup_checks,
    vllm_variable_values,
    vllm_variables,
    vllm_version,
)
from r1c.check.rules.vllm_version import VERSION_HERE
from r1c.diagnostics import Finding, Path, Put, Remove, Severity, either, safe, unsafe
from r1c.diagnostics.suggest import advice, closest, sure
from r1c.facts import vllm, vllm_history
from r1c.profile.paths import PIPELINE, TENSOR, VERSION
from r1c.resolve.plan import Plan

_PARSERS: tuple[tuple[vllm_history.ParserKind, str, str], ...] = (
    ("tool", "tool-call-parser", "tool-parser-plugin"),
    ("reasoning", "reasoning-parser", "reasoning-parser-plugin"),
    ("reasoning", "structured-outputs-config.reasoning_parser", "reasoning-parser-plugin"),
    ("reasoning", "reasoning-config.reasoning_parser", "reasoning-parser-plugin"),
)
_EXECUTOR: Path = ("spec", "vllm", "executor")


@rule(
    code="R1C411",
    slug="tool-choice-without-parser",
    severity=Severity.ERROR,
    title="Automatic tool choice without a parser",
    why="vLLM exits with `--enable-auto-tool-choice requires --tool-call-parser` (evidence.md, VLL010).",
    example="spec:\n  vllm:\n    args: {enable-auto-tool-choice: true}\n",
    fix="Add tool-call-parser with the parser of the model's family.",
    fields=("spec.vllm.args", "spec.vllm.version"),
)
def tool_choice_without_parser(plan: Plan) -> Iterator[Finding]:
    """Check that enable-auto-tool-choice comes with tool-call-parser."""
    asked = plan.server.argument("enable-auto-tool-choice")
    if asked and asked.flag and asked.value is True and plan.server.argument("tool-call-parser") is None:
        names = ", ".join(vllm_history.parsers("tool", plan.server.release))
        yield Finding(
            asked.path,
            f"{asked.name} needs tool-call-parser",
            f"add tool-call-parser with one of: {names}",
            on_key=True,
        )


@rule(
    code="R1C412",
    slug="unknown-parser",
    severity=Severity.ERROR,
    title="Unknown parser in this vLLM release",
    why="The server looks up the parser when it starts, and exits if there is none with that name "
    "(facts/vllm.json, parsers; evidence.md, VLL010).",
    example="spec:\n  vllm:\n    args: {enable-auto-tool-choice: true, tool-call-parser: deepseek_v3}\n",
    fix="Use a parser of this version, or set the plugin that adds it.",
    fields=("spec.vllm.args", "spec.vllm.version"),
    edits="safe or unsafe",
)
def unknown_parser(plan: Plan) -> Iterator[Finding]:
    """Check the names of the tool and reasoning parsers; a plugin may add others."""
    server = plan.server
    for kind, flag, plugin in _PARSERS:
        asked, base = named_settings.value(plan, flag), flag.partition(".")[0]
        head = next((item for item in server.arguments if item.meant.partition(".")[0] == base), None)
        if not isinstance(asked, str) or head is None or head.flag is None or server.argument(plugin):
            continue
        if kind == "tool" and server.value("enable-auto-tool-choice") is not True:
            continue
        known = vllm_history.parsers(kind, server.release)
        if asked in known or head.flag.choices is not None:
            continue
        elsewhere = vllm_history.parser(kind, asked, server.release)
        help_ = f"use one of: {', '.join(known)}"
        if elsewhere is None:
            help_ = advice(asked, known, f"{kind} parsers of this version")
        near, place = None if elsewhere else closest(asked, known), named_settings.place(plan, flag)
        yield Finding(
            place,
            f"vLLM {server.version} has no {kind} parser {asked}"
            + (f"; {elsewhere.words}" if elsewhere else ""),
            help_,
            related=(VERSION_HERE,) if elsewhere else (),
            edit=either(Put(place, near), sure=sure(asked, near)) if near and "." not in flag else None,
        )


@rule(
    code="R1C413",
    slug="version-unchecked",
    severity=Severity.WARNING,
    title="vLLM release newer than the known ones",
    why="Flags come and go with each release (evidence.md, VLL001). r1c checks the profile against the "
    "newest release that it knows.",
    example="spec:\n  platform: a3-ultra\n  vllm:\n    version: v0.99.0\n",
    fix="Use a known release, or read the release notes and accept the warning.",
    fields=("spec.vllm.version",),
)
def version_unchecked(plan: Plan) -> Iterator[Finding]:
    """Report a version above the newest sampled one; one between two of them is checked as the lower."""
    newest, asked = vllm.versions()[-1], vllm.key(plan.server.version)
    if asked is not None and asked > (vllm.key(newest) or ()):
        yield Finding(
            VERSION,
            f"vLLM {plan.server.version} is newer than {newest}, the newest release that r1c knows",
            f"r1c checks flags, variables and memory as for {newest}; see the release notes for changes",
        )


@rule(
    code="R1C419",
    slug="native-too-early",
    severity=Severity.ERROR,
    title="executor: native needs a newer vLLM",
    why="vLLM added its own multi-node mode (--nnodes) in a later release (facts/vllm.json, native).",
    example="spec:\n  vllm:\n    executor: native\n",
    fix="Write executor: ray, or remove the line.",
    fields=("spec.vllm.executor", "spec.vllm.version", "spec.nodes", "spec.parallelism", "spec.platform"),
    edits="unsafe",
)
def native_too_early(plan: Plan) -> Iterator[Finding]:
    """Check that the release has --nnodes if the group needs it."""
    server = plan.server
    if server.executor == "native" and not vllm.has_native(server.release):
        yield Finding(
            _EXECUTOR,
            f"executor: native needs vLLM {vllm.native_since()} or newer; the profile uses {server.version}",
            "write executor: ray, or remove the line",
            edit=unsafe(Put(_EXECUTOR, "ray")),
            related=(VERSION_HERE,),
        )


@rule(
    code="R1C420",
    slug="executor-without-effect",
    severity=Severity.HINT,
    title="Executor has no effect on this group",
    why="A group of one node needs no executor, and data parallel ranks on several nodes find each other by "
    "the leader's address.",
    example="spec:\n  model: {id: Qwen/Qwen3-8B}\n  vllm: {executor: ray, version: v0.9.1}\n  nodes: 1\n  "
    "parallelism: {pipeline: 1}\n",
    fix="Remove the line.",
    fields=("spec.vllm", "spec.nodes", "spec.parallelism", "spec.platform"),
    edits="safe",
)
def executor_without_effect(plan: Plan) -> Iterator[Finding]:
    """Report a given executor that the group does not use."""
    server = plan.server
    if server.executor_asked == "auto" or server.executor in ("ray", "native"):
        return
    group = "a group of one node" if server.executor == "single" else "data parallel ranks on several nodes"
    message = f"executor: {server.executor_asked} has no effect on {group}"
    yield Finding(_EXECUTOR, message, "remove the line", edit=safe(Remove(_EXECUTOR)))


@rule(
    code="R1C421",
    slug="api-servers-on-workers",
    severity=Severity.ERROR,
    title="api-server-count stops the workers of this group",
    why="All pods of a group get the same arguments. Without Ray the workers run `vllm serve --headless`, "
    "which refuses api-server-count (vllm/entrypoints/cli/serve.py; evidence.md, PAR012).",
    example="spec:\n  vllm:\n    version: v0.12.0\n    executor: native\n    args: {api-server-count: 2}\n",
    fix="Remove the line.",
    fields=("spec.vllm", "spec.nodes", "spec.parallelism", "spec.platform"),
    edits="safe",
)
def api_servers_on_workers(plan: Plan) -> Iterator[Finding]:
    """Refuse api-server-count where workers are headless."""
    asked = plan.server.argument("api-server-count")
    if asked and asked.flag and asked.value and plan.server.executor in ("native", "data"):
        yield Finding(
            asked.path,
            f"{asked.name} {asked.value} stops the workers, which do not serve an API",
            "remove the line",
            on_key=True,
            edit=safe(Remove(asked.path)),
        )


@rule(
    code="R1C422",
    slug="stages-on-old-engine",
    severity=Severity.WARNING,
    title="Pipeline stages inside one node run on the V0 engine",
    why="The first V1 releases support pipeline stages only with Ray. Without it they fall back to V0, or "
    "exit if VLLM_USE_V1=1 is set (vllm-project/vllm#14219, #16057, #18915).",
    example="spec:\n  model: {id: Qwen/Qwen3-8B}\n  vllm: {version: v0.8.5}\n  nodes: 1\n  parallelism: "
    "{tensor: 4, pipeline: 2}\n",
    fix="Use a newer vLLM, or tensor parallelism alone.",
    fields=("spec.vllm", "spec.nodes", "spec.parallelism", "spec.platform"),
    edits="unsafe",
)
def stages_on_old_engine(plan: Plan) -> Iterator[Finding]:
    """Report pipeline > 1 on one node for the V1 releases that do not support it."""
    server, group = plan.server, plan.group
    since = vllm.engine("v1StagesInNode")
    early = vllm.at_least(server.release, vllm.engine("v1Since")) and not vllm.at_least(server.release, since)
    if (
        server.executor != "single"
        or group.pipeline == 1
        or not early
        or server.env.get(vllm_variables.ENGINE) == "0"
    ):
        return
    yield Finding(
        PIPELINE,
        f"vLLM {server.version} runs {group.pipeline} pipeline stages inside one node on its old V0 engine",
        f"use {since} or newer, or write pipeline: 1 and tensor: {group.tensor * group.pipeline}",
        edit=unsafe(
            Put(PIPELINE, 1),
            Put(TENSOR, group.tensor * group.pipeline),
        ),
        related=(VERSION_HERE,),
    )


RULES: tuple[Rule, ...] = tuple(
    sorted(
        (
            *flags.RULES,
            *flag_releases.RULES,
            *model_architecture.RULES,
            *vllm_version.RULES,
            *flag_values.RULES,
            tool_choice_without_parser,
            unknown_parser,
            version_unchecked,
            *vllm_variables.RULES,
            *startup_checks.SETTINGS,
            *registry_values.RULES,
            *json_flags.RULES,
            *vllm_variable_values.RULES,
            native_too_early,
            executor_without_effect,
            api_servers_on_workers,
            stages_on_old_engine,
        ),
        key=lambda item: item.code.id,
    )
)
