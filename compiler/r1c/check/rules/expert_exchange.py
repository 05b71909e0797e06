"""R1C535 and R1C536: experts on several nodes, whose all-to-all writes into other nodes' GPUs by RDMA."""

from __future__ import annotations

from collections.abc import Iterator

from r1c import facts
from r1c.check import named_settings
from r1c.check.rule import Rule, rule
from r1c.diagnostics import Finding, Related, Severity
from r1c.diagnostics.suggest import listed
from r1c.facts import vllm_startup
from r1c.resolve.plan import Plan

_FIELDS = (
    "spec.platform",
    "spec.network.mode",
    "spec.parallelism",
    "spec.nodes",
    "spec.vllm.args",
    "spec.vllm.env",
)

_BACKENDS = Related("the backends that use RDMA", place="facts/startup.yaml, expertExchange")


def _has_rdma(stack: str) -> bool:
    """Tell whether the nodes of a GPUDirect stack have RDMA network cards."""
    return bool(facts.stack(stack).rdma_prefix)


def _backend(plan: Plan) -> str | None:
    """Return the backend by RDMA that exchanges tokens between the nodes of a group, None without one."""
    group = plan.group
    across = group.tensor * group.data > group.gpus_per_node
    if group.data == 1 or not across or plan.server.value("enable-expert-parallel") is not True:
        return None
    backend = named_settings.value(plan, "all2all")
    if not isinstance(backend, str):
        return None
    server = plan.server
    return backend if vllm_startup.exchanges_by_rdma(backend, server.release, server.env) else None


@rule(
    code="R1C535",
    slug="expert-exchange-without-rdma",
    severity=Severity.ERROR,
    title="All-to-all backend needs RDMA between the nodes",
    why="The kernels of DeepEP and pplx write into the memory of other nodes' GPUs through NVSHMEM, which "
    "needs RDMA network cards. Platforms with GPUDirect-TCPX or TCPXO have none, and NCCL's plugin does not "
    "help: the server exits while it creates the buffers (deepseek-ai/DeepEP README, requirements; "
    "deepseek-ai/DeepEP#759).",
    example="spec:\n  platform: a3-mega\n  model: {id: Qwen/Qwen3-30B-A3B}\n  vllm:\n    version: v0.13.0\n"
    "    args: {max-model-len: 8192, data-parallel-size: 16, enable-expert-parallel: true,\n"
    "      all2all-backend: deepep_low_latency}\n  parallelism: {tensor: 1, pipeline: 1}\n  nodes: 2\n",
    fix="Use a backend that works through NCCL, such as allgather_reducescatter.",
    fields=_FIELDS,
)
def expert_exchange_without_rdma(plan: Plan) -> Iterator[Finding]:
    """Check the backend between nodes against the platform's stack."""
    backend, stack = _backend(plan), plan.gpudirect.stack
    if backend is None or _has_rdma(stack):
        return
    others = [id_ for id_ in facts.platforms() if _has_rdma(facts.platform(id_).stack)]
    yield Finding(
        named_settings.place(plan, "all2all"),
        f"{backend} exchanges tokens between {plan.group.nodes} nodes by RDMA, but {plan.platform.id} has no "
        f"RDMA network cards (its GPUDirect stack is {stack})",
        f"remove the line, which lets vLLM use NCCL, or use platform {listed(others)}",
        related=(_BACKENDS,),
    )


@rule(
    code="R1C536",
    slug="expert-exchange-unprivileged",
    severity=Severity.WARNING,
    title="All-to-all backend needs a privileged container",
    why="With DeepEP and pplx the GPUs themselves drive the RDMA network cards. GKE allows that only in "
    "privileged containers, and r1c makes the server privileged only on the host's network "
    "(llm-d/llm-d guides/wide-ep-lws, GKE overlay; vLLM's documentation, expert parallel "
    "deployment, troubleshooting).",
    example="spec:\n  platform: a3-ultra\n  model: {id: Qwen/Qwen3-30B-A3B}\n  vllm:\n    version: v0.13.0\n"
    "    args: {max-model-len: 8192, data-parallel-size: 16, enable-expert-parallel: true,\n"
    "      all2all-backend: deepep_low_latency}\n  parallelism: {tensor: 1, pipeline: 1}\n  nodes: 2\n",
    fix="Write network.mode: host, use a backend that works through NCCL, or make the server privileged in "
    "an overlay and accept the warning.",
    fields=_FIELDS,
)
def expert_exchange_unprivileged(plan: Plan) -> Iterator[Finding]:
    """Check the backend between nodes against the privileges of the server."""
    backend = _backend(plan)
    if backend is None or not _has_rdma(plan.gpudirect.stack) or plan.network.host:
        return
    yield Finding(
        named_settings.place(plan, "all2all"),
        f"{backend} lets the GPUs of {plan.group.nodes} nodes drive the RDMA network cards, but the server "
        "is not privileged",
        "write network.mode: host, or remove the line, which lets vLLM use NCCL, or make the server "
        "privileged in an overlay and accept this in r1c.dev/allow",
        related=(_BACKENDS,),
    )


RULES: tuple[Rule, ...] = (expert_exchange_without_rdma, expert_exchange_unprivileged)
