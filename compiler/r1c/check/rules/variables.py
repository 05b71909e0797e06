"""R1C6xx, the environment: names that Kubernetes accepts, and variables that r1c or LWS sets."""

from __future__ import annotations

from collections.abc import Iterator

from r1c import names
from r1c.check.rule import Rule, rule
from r1c.diagnostics import Finding, Path, Related, Severity
from r1c.record import record
from r1c.resolve.plan import Plan
from r1c.source import credentials

NCCL: Path = ("spec", "network", "nccl")
ENV: Path = ("spec", "vllm", "env")


@record
class Variable:
    """A variable that the profile sets, and its path."""

    path: Path
    name: str
    value: str


def variables(plan: Plan) -> Iterator[Variable]:
    """Yield the variables of network.nccl, then those of vllm.env."""
    for section, values in ((NCCL, plan.network.overrides), (ENV, plan.server.env)):
        for name, value in values.items():
            yield Variable((*section, name), name, value)


def _reserved(plan: Plan) -> dict[str, str]:
    """Map the variables that the output sets to the reason, as the end of a sentence."""
    library, own = plan.gpudirect.library, plan.gpudirect.environment
    reserved = {
        "VLLM_HOST_IP": "r1c sets it to each pod's own address; with one value all pods would be one node",
        "VLLM_PORT": "vLLM derives its internal ports from it; the server's port is service.port",
        "HF_HOME": f"r1c sets it to {plan.storage.huggingface_home}; change storage.ssdMountPath to move it",
        "LD_LIBRARY_PATH": f"r1c sets it to {library} and the driver's libraries; without those vLLM "
        f"finds no GPU",
        "CUDA_VISIBLE_DEVICES": f"the server uses all {plan.group.gpus_per_pod} GPUs of its pod, one per "
        "rank",
    }
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
)
def variable_name(plan: Plan) -> Iterator[Finding]:
    """Check the names of both maps."""
    for variable in variables(plan):
        if names.is_variable(variable.name):
            continue
        near = "".join(char if names.is_variable(f"_{char}") else "_" for char in variable.name)
        help_ = "use letters, digits and underscores, and do not begin with a digit"
        help_ = f"write {near}" if near.strip("_") and names.is_variable(near) else help_
        yield Finding(
            variable.path, f'"{variable.name}" cannot name an environment variable', help_, on_key=True
        )


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
)
def variable_reserved(plan: Plan) -> Iterator[Finding]:
    """Check both maps against what the output sets."""
    reserved = _reserved(plan)
    for variable in variables(plan):
        reason = reserved.get(variable.name)
        if variable.name.startswith("LWS_"):
            reason = "LWS sets it on every pod and ignores another value"
        if reason:
            yield Finding(
                variable.path, f"{variable.name} cannot be set here: {reason}", "remove the line", on_key=True
            )


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
)
def variable_twice(plan: Plan) -> Iterator[Finding]:
    """Check that a name is not in both maps."""
    for name in plan.server.env:
        if name in plan.network.overrides:
            yield Finding(
                (*ENV, name),
                f"{name} is set here and in network.nccl",
                "remove this line, and keep the one in network.nccl",
                on_key=True,
                related=(Related("it is also set here", path=(*NCCL, name)),),
            )


@rule(
    code="R1C702",
    slug="credential-by-name",
    severity=Severity.ERROR,
    title="Credential in a variable or flag",
    why="The value would be in the profile and in the manifests, and both are committed "
    "(vllm-project/production-stack#14; evidence.md, SEC001, SEC006).",
    example="spec:\n  vllm:\n    env:\n      VLLM_API_KEY: example\n",
    fix="Keep the value in a Secret and refer to it from an overlay.",
    fields=("spec.vllm.env", "spec.vllm.args", "spec.network.nccl", "spec.huggingface"),
)
def credential_by_name(plan: Plan) -> Iterator[Finding]:
    """Check variables named *_TOKEN, *_API_KEY and the like, and the server's api-key."""
    for variable in variables(plan):
        if credentials.names_one(variable.name):
            hub = "HF_" in variable.name or "HUGGING_FACE" in variable.name
            yield Finding(
                variable.path,
                f"{variable.name} is a credential, and its value would be in the manifests",
                f"remove the line: r1c sets HF_TOKEN from the Secret {plan.token.secret} "
                "(huggingface.secretName)"
                if hub
                else "remove the line, revoke the value if it was real, and set the variable in an overlay, "
                "with valueFrom.secretKeyRef",
                on_key=True,
            )
    for argument in plan.server.arguments:
        if argument.name == "api-key":
            yield Finding(
                ("spec", "vllm", "args", argument.name),
                "api-key is a credential, and its value would be in the manifests and the process list",
                "remove the line, revoke the value if it was real, and set VLLM_API_KEY in an overlay, "
                "with valueFrom.secretKeyRef",
                on_key=True,
            )


RULES: tuple[Rule, ...] = (variable_name, variable_reserved)
