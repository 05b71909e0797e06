"""R1C523 to R1C527: variables that name another network for NCCL, turn it off, or are unknown to it."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from r1c import facts
from r1c.check.rule import Rule, rule
from r1c.check.rules.gpudirect import plugin_release
from r1c.check.rules.pod_environment import variables
from r1c.check.rules.vllm_version import VERSION_HERE
from r1c.diagnostics import Finding, Move, Related, Remove, Severity, safe, unsafe
from r1c.diagnostics.suggest import listed, slip
from r1c.facts import nccl_variables, vllm_releases
from r1c.resolve.plan import Plan

_FIELDS = (
    "spec.network.nccl",
    "spec.vllm.env",
    "spec.platform",
    "spec.nodes",
    "spec.parallelism",
    "spec.vllm.args",
    "spec.gpudirect",
)
NET = "NCCL_NET"
TUNER = "NCCL_TUNER_CONFIG_PATH"
_OTHER_LIBRARIES = ("CCL_", "RCCL_", "VLLM_")
"""What begins like this is of another library, also one letter from a variable of NCCL."""


@rule(
    code="R1C523",
    slug="nccl-network-foreign",
    severity=Severity.ERROR,
    title="Unknown network in NCCL_NET",
    why="NCCL exits with `Failed to initialize any NET plugin` if no plugin has a network of this name "
    "(NCCL user guide, NCCL_NET; evidence.md, NET009).",
    example="spec:\n  network:\n    nccl: {NCCL_NET: gIB}\n",
    fix="Remove the variable: NCCL finds the platform's plugin without it.",
    fields=_FIELDS,
    edits="unsafe",
)
def nccl_network_foreign(plan: Plan) -> Iterator[Finding]:
    """Check NCCL_NET against the plugins of other stacks, and InfiniBand on platforms without it."""
    stack, networks = plan.gpudirect.stack, nccl_variables.read().networks
    for variable in variables(plan):
        if variable.name != NET:
            continue
        of = [
            other
            for other, names in networks.items()
            if variable.value.casefold() in map(str.casefold, names)
        ]
        foreign = bool(of) and stack not in of
        infiniband = variable.value == "IB" and stack in ("tcpx", "tcpxo")
        if foreign or infiniband:
            there = (
                f"the GPUDirect stack of {plan.platform.id} is {stack}"
                if stack != "none"
                else "a group of one node uses no GPUDirect stack"
            )
            yield Finding(
                variable.path,
                f"NCCL does not find the network {variable.value} in these pods: {there}",
                "remove the line",
                edit=unsafe(Remove(variable.path)),
                related=(
                    Related("the networks of each GPUDirect stack", place=facts.cite("nccl", "networks")),
                ),
            )


@rule(
    code="R1C524",
    slug="fabric-off",
    severity=Severity.WARNING,
    title="Variable turns GPUDirect or NVLink off",
    why="Nothing fails: collectives run over plain TCP or through the host's memory, at a fraction of the "
    "speed (NCCL user guide; evidence.md, NET001).",
    example="spec:\n  network:\n    nccl: {NCCL_P2P_DISABLE: '1'}\n",
    fix="Remove the variable, or accept the warning while you look for a fault.",
    fields=_FIELDS,
    edits="unsafe",
)
def fabric_off(plan: Plan) -> Iterator[Finding]:
    """Check for values that turn GPUDirect or NVLink off, if there is more than one GPU."""
    if plan.group.ranks == 1:
        return
    off = nccl_variables.read().off
    plugin = plugin_release(plan)
    checked = plugin.checked if plugin else None
    refused = checked.required if checked else ()
    for variable in variables(plan):
        known = None if variable.name in refused else off.get(variable.name)
        if (
            known
            and variable.value.casefold() == known.value.casefold()
            and plan.gpudirect.stack in known.stacks
        ):
            yield Finding(
                variable.path,
                f"{variable.name}={variable.value} turns off {known.what}",
                "remove the line",
                edit=unsafe(Remove(variable.path)),
                related=(
                    Related(
                        "the variables that turn it off", place=facts.cite("nccl", f"off.{variable.name}")
                    ),
                ),
            )


@rule(
    code="R1C525",
    slug="nccl-variable-misspelt",
    severity=Severity.WARNING,
    title="Misspelt NCCL variable",
    why="NCCL silently ignores unknown variables, so the setting has no effect. It is not an error, because "
    "a plugin may read variables of its own.",
    example="spec:\n  network:\n    nccl: {NCCL_SOKET_IFNAME: eth0}\n",
    fix="Correct the name of the variable, or accept the warning if a plugin reads it.",
    fields=_FIELDS,
    edits="safe",
)
def nccl_variable_misspelt(plan: Plan) -> Iterator[Finding]:
    """Report an unknown variable whose name is one letter from a variable of NCCL: also NCLL_DEBUG."""
    known = {*nccl_variables.every(), *plan.gpudirect.environment}
    for variable in variables(plan):
        if variable.name in known or variable.name.startswith(_OTHER_LIBRARIES):
            continue
        near = slip(variable.name, known)
        if near:
            message = f"NCCL does not read {variable.name}"
            edit = safe(Move(variable.path, (*variable.path[:-1], near)))
            yield Finding(variable.path, message, f"did you mean {near}?", on_key=True, edit=edit)


@rule(
    code="R1C526",
    slug="tuner-of-another-machine",
    severity=Severity.WARNING,
    title="NCCL tuner configuration of another machine type",
    why="The file says which algorithm NCCL's tuner uses for each size on the topology of one machine type. "
    "The file of another machine type makes collectives slower, and nothing fails (evidence.md, NET010).",
    example="spec:\n  platform: a4\n  vllm: {version: v0.11.0}\n  network:\n"
    "    nccl: {NCCL_TUNER_CONFIG_PATH: /usr/local/gib/configs/tuner_config_a3u.txtpb}\n",
    fix="Remove the variable: the plugin finds the file of the machine type.",
    fields=_FIELDS,
    edits="unsafe",
)
def tuner_of_another_machine(plan: Plan) -> Iterator[Finding]:
    """Check the name of the tuner's file against those of the other platforms."""
    files = nccl_variables.read().tuners
    for variable in variables(plan):
        name = posixpath.basename(variable.value)
        of = [platform for platform, file in files.items() if file == name]
        if variable.name == TUNER and of and plan.platform.id not in of:
            own = files.get(plan.platform.id)
            yield Finding(
                variable.path,
                f"{name} is the tuner configuration of {listed(of)}, but the platform is {plan.platform.id}",
                f"remove the line, or write {own}" if own else "remove the line",
                edit=unsafe(Remove(variable.path)),
                related=(Related("the file of each platform", place=facts.cite("nccl", "tuners")),),
            )


@rule(
    code="R1C527",
    slug="nccl-variable-not-read",
    severity=Severity.WARNING,
    title="NCCL variable not read by the NCCL of this vLLM release",
    why="torch or the vLLM image brings the NCCL that runs, whatever release the plugin installs. NCCL "
    "ignores a variable that it does not read (facts/nccl_variables.json, from NCCL's sources).",
    example="spec:\n  network:\n    nccl: {NCCL_IB_DATA_DIRECT: '1'}\n",
    fix="Remove the variable, or use a vLLM release with an NCCL that reads it.",
    fields=(*_FIELDS, "spec.vllm.version"),
    edits="safe",
)
def nccl_variable_not_read(plan: Plan) -> Iterator[Finding]:
    """Look each NCCL_* variable up in the sources of NCCL's releases; a plugin may read InfiniBand's too."""
    under = vllm_releases.stack(plan.server.version)
    if under is None or not under.nccl:
        return
    for variable in variables(plan):
        spans = nccl_variables.own().get(variable.name)
        plugins = variable.name in plan.gpudirect.environment or (
            variable.name.startswith("NCCL_IB_") and plan.gpudirect.stack == "gib"
        )
        if spans is None or plugins or nccl_variables.reads(variable.name, under.nccl):
            continue
        first, last = spans[-1]
        when = (
            f"{first} is the first version that does, of those that r1c knows"
            if last is None
            else f"{last} was the last version that did"
        )
        yield Finding(
            variable.path,
            f"NCCL {under.nccl}, which vLLM {plan.server.version} loads, does not read {variable.name}; "
            f"{when}",
            "remove the line",
            on_key=True,
            related=(VERSION_HERE,),
            edit=safe(Remove(variable.path)),
        )


RULES: tuple[Rule, ...] = (
    nccl_network_foreign,
    fabric_off,
    nccl_variable_misspelt,
    tuner_of_another_machine,
    nccl_variable_not_read,
)
