"""R1C511, R1C512, R1C515 and R1C516: NCCL's variables, against the plugin's release."""

from __future__ import annotations

from collections.abc import Iterator

from r1c import facts
from r1c.check.rule import Rule, rule
from r1c.check.rules.gpudirect import PLUGIN, plugin_release
from r1c.check.rules.pod_environment import variable_twice, variables
from r1c.diagnostics import Finding, Put, Related, Remove, Severity, safe, unsafe
from r1c.diagnostics.suggest import listed
from r1c.facts.gpudirect import Release
from r1c.resolve.plan import Plan

CHECKER = "NCCL_SHIMNET_GUEST_CONFIG_CHECKER_CONFIG_FILE"
TUNER = "NCCL_TUNER_CONFIG_PATH"
CARDS = "NCCL_FASTRAK_IFNAME"


def _checked(plan: Plan, plugin: Release) -> str:
    return facts.cite(plan.gpudirect.stack, f"checked.{plugin.family}")


@rule(
    code="R1C511",
    slug="nccl-environment-refused",
    severity=Severity.ERROR,
    title="NCCL environment that the plugin refuses",
    why="The plugin's guest config check ends the job when a variable does not have the value of its "
    "release. The environment of one release does not work with another (NVIDIA/aicr#422; "
    "container-engine-accelerators release notes of May and August 2025; evidence.md, NET006).",
    example="spec:\n  vllm: {version: v0.11.0}\n  gpudirect:\n    release: v1.0.15\n  network:\n"
    "    nccl:\n      NCCL_PROTO: Simple\n",
    fix="Set gpudirect.release instead of single images, and keep its NCCL variables.",
    fields=("spec.gpudirect", "spec.network.nccl", "spec.vllm.env", "spec.platform"),
    edits="safe",
)
def nccl_environment_refused(plan: Plan) -> Iterator[Finding]:
    """Check the variables that the plugin's family requires, unless the user sets another check file."""
    plugin = plugin_release(plan)
    own = {variable.name: variable for variable in variables(plan)}
    checked = plugin.checked if plugin else None
    if plugin is None or checked is None or CHECKER in own:
        return
    required = checked.required
    related = (Related(f"what a plugin of release {plugin.name} requires", place=_checked(plan, plugin)),)
    for name, value in required.items():
        if name in own and own[name].value != value:
            yield Finding(
                own[name].path,
                f"{name} is {own[name].value}, but plugin {plugin.name} ends the job unless it is {value}",
                f"remove the line: release {plugin.name} sets {name} to {value}",
                related=related,
                edit=safe(Remove(own[name].path)),
            )
    have = plan.gpudirect.environment
    wrong = [name for name, value in required.items() if name not in own and have.get(name) != value]
    if wrong:
        name = plan.gpudirect.release
        values = [f"{key} {have.get(key, 'unset')} instead of {required[key]}" for key in wrong]
        yield Finding(
            PLUGIN,
            f"plugin {plugin.name} ends the job with the NCCL environment of release {name}: "
            f"{listed(values, 'and')}",
            f"write gpudirect.release: {plugin.name} instead of the image; it selects the environment and "
            f"the receive daemon {plugin.rxdm_tags[0]}",
            related=related,
        )


@rule(
    code="R1C512",
    slug="nccl-environment-unexpected",
    severity=Severity.WARNING,
    title="NCCL variable differs from the qualified value",
    why="The plugin's guest config check reports the variable but does not end the job; collectives may be "
    "slower (container-engine-accelerators release notes of August 2025; evidence.md, NET006).",
    example="spec:\n  vllm: {version: v0.11.0}\n  gpudirect:\n    release: v1.0.15\n  network:\n"
    "    nccl:\n      NCCL_ALGO: 'Ring,Tree'\n",
    fix="Remove the variable; the release sets the qualified value.",
    fields=("spec.gpudirect", "spec.network.nccl", "spec.vllm.env", "spec.platform"),
    edits="unsafe",
)
def nccl_environment_unexpected(plan: Plan) -> Iterator[Finding]:
    """Check the user's variables against those that the plugin's family expects or leaves unset."""
    plugin = plugin_release(plan)
    own = {variable.name: variable for variable in variables(plan)}
    checked = plugin.checked if plugin else None
    if plugin is None or checked is None or CHECKER in own:
        return
    for name, variable in own.items():
        expected = checked.expected.get(name)
        if name == CARDS and _fewer(variable.value, plan.gpudirect.environment.get(name, "")):
            expected = plan.gpudirect.environment[name]
        if name in checked.unexpected:
            message = f"{name} is {variable.value}, but release {plugin.name} leaves it to NCCL"
        elif expected is not None and variable.value != expected:
            message = f"{name} is {variable.value}, but release {plugin.name} was qualified with {expected}"
        else:
            continue
        related = (Related(f"what release {plugin.name} expects", place=_checked(plan, plugin)),)
        edit = unsafe(Remove(variable.path))
        yield Finding(variable.path, message, "remove the line", related=related, edit=edit)


def _fewer(asked: str, all_: str) -> bool:
    """Tell whether a list of network interfaces is a part of another; R1C509 is about unknown ones."""
    return set(asked.split(",")) < set(all_.split(","))


@rule(
    code="R1C515",
    slug="nccl-config-path",
    severity=Severity.WARNING,
    title="NCCL configuration file outside the mounted directories",
    why="The job ends if a tuner configuration does not exist. The plugin's own files are in its library "
    "directory (evidence.md, gke-gpudirect).",
    example="spec:\n  network:\n    nccl:\n      NCCL_TUNER_CONFIG_PATH: "
    "/usr/local/nvidia/lib64/a3plus_tuner_config.textproto\n",
    fix="Remove the variable, or name a file below the plugin's library directory.",
    fields=("spec.network.nccl", "spec.vllm.env", "spec.gpudirect", "spec.storage", "spec.platform"),
    edits="unsafe",
)
def nccl_config_path(plan: Plan) -> Iterator[Finding]:
    """Check the two paths against the library directory and the profile's own mounts."""
    library = plan.gpudirect.library
    own = (
        plan.gpudirect.directory,
        plan.storage.mount_path.rstrip("/"),
        plan.storage.ssd_mount_path.rstrip("/"),
    )
    mounts = (library, *(path for path in own if path))
    for variable in variables(plan):
        if variable.name not in (TUNER, CHECKER) or plan.gpudirect.stack == "none":
            continue
        if not variable.value.startswith(tuple(f"{mount}/" for mount in mounts)):
            yield Finding(
                variable.path,
                f"{variable.name} is {variable.value}, but the plugin's files are in {library}",
                "remove the line, or add this file to the image",
                edit=unsafe(Remove(variable.path)),
            )


@rule(
    code="R1C516",
    slug="nccl-debug-noise",
    severity=Severity.HINT,
    title="NCCL logs every operation",
    why="INFO and TRACE write thousands of lines at each start; the release notes use WARN (evidence.md, "
    "NET016).",
    example="spec:\n  network:\n    nccl:\n      NCCL_DEBUG: INFO\n",
    fix="Use WARN or VERSION once the network works.",
    fields=("spec.network.nccl", "spec.vllm.env"),
    edits="unsafe",
)
def nccl_debug_noise(plan: Plan) -> Iterator[Finding]:
    """Check NCCL_DEBUG."""
    for variable in variables(plan):
        if variable.name == "NCCL_DEBUG" and variable.value.upper() in ("INFO", "TRACE"):
            yield Finding(
                variable.path,
                f"with NCCL_DEBUG {variable.value} every rank logs every operation",
                "write WARN, which logs only faults, once the network works",
                edit=unsafe(Put(variable.path, "WARN")),
            )


RULES: tuple[Rule, ...] = (
    nccl_environment_refused,
    nccl_environment_unexpected,
    variable_twice,
    nccl_config_path,
    nccl_debug_noise,
)
