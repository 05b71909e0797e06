"""R1C6xx, the environment: names that Kubernetes accepts, and variables that r1c or LWS sets."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from r1c import names
from r1c.check.rule import Rule, rule
from r1c.diagnostics import Finding, Move, Path, Related, Remove, Severity, either
from r1c.diagnostics.suggest import corrected, sure
from r1c.names import HUB_TOKENS
from r1c.profile.paths import ENV, NCCL
from r1c.record import record
from r1c.resolve.plan import Plan
from r1c.source import credentials


@record
class Variable:
    """A variable that the profile sets, and its path."""

    path: Path
    name: str
    value: str


def every_name(plan: Plan) -> Iterator[tuple[Path, str]]:
    """Yield the names of all variables, those whose values are in Secrets too, with their places."""
    yield from ((variable.path, variable.name) for variable in variables(plan))
    yield from (((*ENV, name), name) for name in plan.server.secrets)


def variables(plan: Plan) -> Iterator[Variable]:
    """Yield the variables of network.nccl, then the literal ones of vllm.env."""
    for section, values in ((NCCL, plan.network.overrides), (ENV, plan.server.env)):
        for name, value in values.items():
            yield Variable((*section, name), name, value)


RESERVED = {
    "VLLM_HOST_IP": "r1c sets it to each pod's own address; with one value all pods would be one node",
    "VLLM_PORT": "vLLM derives its internal ports from it; the server's port is service.port",
    "HF_HOME": "r1c sets it to {home}; change storage.ssdMountPath to move it",
    "LD_LIBRARY_PATH": "r1c sets it to {library} and the driver's libraries; without those vLLM finds no GPU",
    "CUDA_VISIBLE_DEVICES": "the server uses all {gpus} GPUs of its pod, one per rank",
}
"""Variables that no profile can set, with the reason as the end of a sentence."""


def _reserved(plan: Plan) -> dict[str, str]:
    """Map the variables that the output sets to the reason, as the end of a sentence."""
    library, own = plan.gpudirect.library, plan.gpudirect.environment
    figures = {"home": plan.storage.huggingface_home, "library": library, "gpus": plan.group.gpus_per_pod}
    reserved = {name: reason.format(**figures) for name, reason in RESERVED.items()}
    if "/usr/local/bin" not in plan.server.env.get("PATH", "/usr/local/bin").split(":"):
        reserved["PATH"] = "without /usr/local/bin the pod does not find vllm"
    if plan.shares_node:
        reserved["POD_NAME"] = "r1c sets it to each pod's name, for the folders of its compile caches"
    if plan.gpudirect.stack != "none":
        reserved["NCCL_LIB_DIR"] = f"r1c sets it to {library}, where the plugin is mounted"
    for name in ("NCCL_FASTRAK_LLCM_DEVICE_DIRECTORY", "RAY_TMPDIR"):
        if name in own:
            reserved[name] = f"r1c sets it to {own[name]}, to match the mounts of the pod"
    return reserved


@rule(
    code="R1C607",
    slug="variable-name",
    severity=Severity.ERROR,
    title="Invalid name of an environment variable",
    why="The API server refuses other characters, and shells drop names with dots and hyphens "
    "(evidence.md, gcp-build-and-storage).",
    example="spec:\n  vllm:\n    env:\n      VLLM-LOGGING-LEVEL: INFO\n",
    fix="Use letters, digits and underscores, and do not begin with a digit.",
    fields=("spec.vllm.env", "spec.network.nccl"),
    edits="safe",
)
def variable_name(plan: Plan) -> Iterator[Finding]:
    """Check the names of both maps."""
    for path, name in every_name(plan):
        if names.is_variable(name):
            continue
        near = "".join(char if names.is_variable(f"_{char}") else "_" for char in name)
        help_ = "use letters, digits and underscores, and do not begin with a digit"
        help_ = f"write {near}" if near.strip("_") and names.is_variable(near) else help_
        named = names.is_variable(near) and bool(near.strip("_"))
        edit = either(Move(path, (*path[:-1], near)), sure=sure(name, near)) if named else None
        yield Finding(path, f'"{name}" cannot name an environment variable', help_, on_key=True, edit=edit)


@rule(
    code="R1C608",
    slug="variable-reserved",
    severity=Severity.ERROR,
    title="Variable set by r1c or LWS",
    why="Your value would break the output or be ignored: LWS replaces LWS_* variables, a constant "
    "VLLM_HOST_IP gives all pods one address (vllm-project/vllm#43095), and LD_LIBRARY_PATH without the "
    "driver hides the GPUs (keras-team/kinetic#269; evidence.md, KUB009, RAY002, VLL008, NET008).",
    example="spec:\n  vllm:\n    env:\n      VLLM_HOST_IP: 10.0.0.1\n",
    fix="Remove the variable; use the field that sets the value if there is one.",
    fields=(
        "spec.vllm",
        "spec.network.nccl",
        "spec.platform",
        "spec.gpudirect",
        "spec.storage",
        "spec.nodes",
        "spec.parallelism",
    ),
    edits="safe or unsafe",
)
def variable_reserved(plan: Plan) -> Iterator[Finding]:
    """Check both maps against what the output sets."""
    reserved = _reserved(plan)
    for path, name in every_name(plan):
        reason = reserved.get(name)
        if name.startswith("LWS_"):
            reason = "LWS sets it on every pod and ignores another value"
        if name in plan.server.secrets and name in HUB_TOKENS:
            reason = f"r1c sets HF_TOKEN from the Secret {plan.token.secret} (huggingface.secretName)"
        if reason:
            edit = either(Remove(path), sure=name.startswith("LWS_"))
            message = f"{name} cannot be set here: {reason}"
            yield Finding(path, message, "remove the line", on_key=True, edit=edit)


@rule(
    code="R1C513",
    slug="variable-twice",
    severity=Severity.ERROR,
    title="Variable set in both network.nccl and vllm.env",
    why="Both set the environment of one container, and a reader cannot see which value counts "
    "(argoproj/argo-cd#20979; evidence.md, KUB010).",
    example="spec:\n  network:\n    nccl: {NCCL_DEBUG: WARN}\n  vllm:\n    env: {NCCL_DEBUG: VERSION}\n",
    fix="Keep one of the two.",
    fields=("spec.vllm.env", "spec.network.nccl"),
    edits="safe or unsafe",
)
def variable_twice(plan: Plan) -> Iterator[Finding]:
    """Check that a name is not in both maps."""
    for name in (*plan.server.env, *plan.server.secrets):
        if name in plan.network.overrides:
            same = plan.network.overrides[name] == plan.server.env.get(name)
            yield Finding(
                (*ENV, name),
                f"{name} is set here and in network.nccl",
                "remove this line, and keep the one in network.nccl",
                on_key=True,
                related=(Related("it is also set here", path=(*NCCL, name)),),
                edit=either(Remove((*ENV, name)), sure=same),
            )


@rule(
    code="R1C702",
    slug="credential-by-name",
    severity=Severity.ERROR,
    title="Credential in a variable or flag",
    why="The value would be in the profile and in the manifests, and both are committed "
    "(vllm-project/production-stack#14; evidence.md, SEC001, SEC006).",
    example="spec:\n  vllm:\n    env:\n      VLLM_API_KEY: example\n",
    fix="Keep the value in a Secret and refer to it: vllm.env: {NAME: {secretKeyRef: {name: SECRET, key: "
    "KEY}}}.",
    fields=("spec.vllm.env", "spec.vllm.args", "spec.network.nccl", "spec.huggingface"),
)
def credential_by_name(plan: Plan) -> Iterator[Finding]:
    """Check variables such as *_TOKEN and *_API_KEY, the server's api-key, and the keys inside JSON flags."""
    for variable in variables(plan):
        if credentials.names_one(variable.name) and not _names_file(variable):
            hub = "HF_" in variable.name or "HUGGING_FACE" in variable.name
            yield Finding(
                variable.path,
                f"{variable.name} is a credential, and its value would be in the manifests",
                f"remove the line: r1c sets HF_TOKEN from the Secret {plan.token.secret} "
                "(huggingface.secretName)"
                if hub
                else f"{_REVOKE} put the new one into a Secret, and write "
                f"{variable.name}: {{secretKeyRef: {{name: SECRET, key: KEY}}}} in vllm.env",
                on_key=True,
            )
    for argument in plan.server.arguments:
        if argument.name == "api-key":
            yield Finding(
                argument.path,
                "api-key is a credential, and its value would be in the manifests and the process list",
                f"remove the line; {_REVOKE} put the new one into a Secret, and write "
                "VLLM_API_KEY: {secretKeyRef: {name: SECRET, key: KEY}} in vllm.env",
                on_key=True,
            )
        else:
            for path, key in _inside(argument.value, argument.path):
                yield Finding(
                    path,
                    f"{key} in {argument.name} is a credential, and its value would be in the manifests "
                    "and the process list",
                    f"remove it; {_REVOKE} put the new one into a Secret, and give it to the server as a "
                    "variable that its library reads: NAME: {secretKeyRef: {name: SECRET, key: KEY}} in "
                    "vllm.env",
                    on_key=True,
                )


_REVOKE = "revoke the value if it was real,"


def _names_file(variable: Variable) -> bool:
    """Tell whether the variable names a file, as GOOGLE_APPLICATION_CREDENTIALS does."""
    return variable.name.endswith("CREDENTIALS") and variable.value.startswith("/")


def _inside(value: Any, path: Path) -> Iterator[tuple[Path, str]]:
    """Yield the keys of credentials in a JSON flag, given as a map or as JSON text, with their places."""
    if isinstance(value, str) and value.lstrip().startswith(("{", "[")):
        try:
            found = list(_inside(json.loads(value), ()))
        except (ValueError, RecursionError):
            return
        yield from ((path, key) for _, key in found)
    elif isinstance(value, dict):
        for key, item in value.items():
            if isinstance(item, str) and credentials.is_secret(str(key), item):
                yield (*path, key), str(key)
            else:
                yield from _inside(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _inside(item, (*path, index))


@rule(
    code="R1C714",
    slug="secret-reference",
    severity=Severity.ERROR,
    title="Invalid reference to a Secret",
    why="The API server refuses the pods, or they stay at CreateContainerConfigError (evidence.md, "
    "gcp-build-and-storage; evidence.md, KUB015).",
    example="spec:\n  vllm:\n    env: {VLLM_API_KEY: {secretKeyRef: {name: My_Secret, key: api-key}}}\n",
    fix="Write the Secret's name and key as `kubectl get secret NAME -o yaml` shows them.",
    fields=("spec.vllm.env",),
    edits="safe",
)
def secret_reference(plan: Plan) -> Iterator[Finding]:
    """Check the names and keys of the Secrets in vllm.env."""
    for name, at in plan.server.secrets.items():
        place: Path = (*ENV, name, "secretKeyRef")
        if not names.is_dns_subdomain(at.name):
            near = names.cleaned(at.name)
            form = "lower-case letters, digits, hyphens and dots"
            help_ = f"write {near}" if near else f"use {form}"
            edit = corrected((*place, "name"), at.name, near)
            yield Finding((*place, "name"), f'"{at.name}" cannot name a Secret: {form}', help_, edit=edit)
        if not names.is_secret_key(at.key):
            form = "letters, digits, hyphens, dots and underscores"
            yield Finding((*place, "key"), f'"{at.key}" cannot be a key of a Secret: {form}', f"use {form}")


@rule(
    code="R1C715",
    slug="secret-is-no-secret",
    severity=Severity.ERROR,
    title="Setting kept in a Secret",
    why="r1c cannot read the value, so it cannot check the server.",
    example="spec:\n  vllm:\n    env: {VLLM_USE_V1: {secretKeyRef: {name: settings, key: engine}}}\n",
    fix="Write the value; only credentials belong in a Secret.",
    fields=("spec.vllm.env",),
)
def secret_is_no_secret(plan: Plan) -> Iterator[Finding]:
    """Refuse references for settings: NCCL's variables, and vLLM's own but for its keys."""
    for name in plan.server.secrets:
        setting = name.startswith(("VLLM_", "NCCL_", "RAY_")) and not credentials.names_one(name)
        if setting:
            yield Finding(
                (*ENV, name),
                f"{name} is a setting, not a credential, and r1c cannot check a value in a Secret",
                f'write {name}: "VALUE"',
                on_key=True,
            )


RULES: tuple[Rule, ...] = (variable_name, variable_reserved)
