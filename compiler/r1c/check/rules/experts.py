"""R1C2xx, expert, data and context parallelism in vllm.args."""

from __future__ import annotations

from collections.abc import Iterator

from r1c.check.rule import Rule, rule
from r1c.check.rules.tensor import divisors, fits
from r1c.check.rules.vllm_version import VERSION_HERE
from r1c.diagnostics import Finding, Related, Severity
from r1c.facts import vllm, vllm_history, vllm_startup
from r1c.resolve.plan import Plan
from r1c.resolve.server import mapping

EXPERTS = "enable-expert-parallel"
DATA = "data-parallel-size"


def redundant(plan: Plan) -> int:
    """Return the number of redundant experts, from their own flag or from eplb-config."""
    config = mapping(plan.server.value("eplb-config")) or {}
    for asked in (
        plan.server.value("num-redundant-experts"),
        plan.server.value("eplb-config.num_redundant_experts"),
        config.get("num_redundant_experts"),
    ):
        if isinstance(asked, int) and not isinstance(asked, bool):
            return asked
    return 0


@rule(
    code="R1C212",
    slug="experts-divide",
    severity=Severity.ERROR,
    title="Experts do not divide evenly among the expert parallel ranks",
    why="Expert parallelism gives each rank the same number of whole experts; otherwise an assertion fails "
    "at start (vllm-project/vllm#52435; evidence.md, PAR008).",
    example="spec:\n  model: {id: mistralai/Mixtral-8x7B-Instruct-v0.1}\n  vllm:\n    version: v0.12.0\n   "
    " args: {enable-expert-parallel: true, data-parallel-size: 2}\n  parallelism: {pipeline: 1}\n",
    fix="Use a product of tensor and data-parallel-size that divides the experts, or turn expert parallelism "
    "off.",
    fields=("spec.parallelism", "spec.model", "spec.vllm.args"),
)
def experts_divide(plan: Plan) -> Iterator[Finding]:
    """Check (experts + redundant experts) % (tensor x data x context)."""
    model, group = plan.model.architecture, plan.group
    experts = model.moe.n_routed_experts if model and model.moe else None
    if model is None or not experts or plan.server.value(EXPERTS) is not True or not fits(plan):
        return
    total, ranks = experts + redundant(plan), group.tensor * group.data * group.context
    if total % ranks == 0:
        return
    largest = max(size for size in divisors(total) if size <= ranks)
    help_ = f"make tensor x data equal {largest}, or remove {EXPERTS}"
    if plan.server.value("enable-eplb") is True:
        whole = -(-total // ranks) * ranks
        help_ = f"set {whole - experts} redundant experts, for {whole} in all"
    more = f" and {total - experts} redundant ones" if total > experts else ""
    yield Finding(
        plan.server.path(EXPERTS),
        f"the {experts} experts of {plan.model.id}{more} do not divide evenly among {ranks} expert parallel "
        f"ranks (tensor {group.tensor} x data {group.data})",
        help_,
        on_key=True,
        related=(Related(f"{plan.model.id} has {experts} routed experts", place=model.place),),
    )


@rule(
    code="R1C213",
    slug="expert-balancing",
    severity=Severity.ERROR,
    title="Incomplete expert load balancing",
    why="enable-eplb needs expert parallelism over more than one rank, and redundant experts need "
    "enable-eplb; vLLM refuses any other combination (evidence.md, PAR009).",
    example="spec:\n  vllm:\n    version: v0.10.0\n    args: {enable-eplb: true}\n",
    fix="Add enable-expert-parallel, or remove the balancing flags.",
    fields=("spec.parallelism", "spec.vllm.args", "spec.vllm.version"),
)
def expert_balancing(plan: Plan) -> Iterator[Finding]:
    """Check enable-eplb against enable-expert-parallel, the ranks and the redundant experts."""
    server, group = plan.server, plan.group
    balancing = server.argument("enable-eplb")
    ranks = group.tensor * group.data * group.context
    if balancing and balancing.value is True and balancing.flag:
        if server.value(EXPERTS) is not True:
            message, help_ = f"enable-eplb needs {EXPERTS}", f"add {EXPERTS}: true, or remove enable-eplb"
        elif ranks == 1:
            message = "enable-eplb needs more than one expert parallel rank, but tensor x data is 1"
            help_ = "remove enable-eplb"
        else:
            return
        yield Finding(balancing.path, message, help_, on_key=True)
    elif redundant(plan):
        asked = next(
            item for item in server.arguments if "redundant" in item.meant or "eplb-config" in item.meant
        )
        if asked.flag:
            yield Finding(
                asked.path,
                f"{redundant(plan)} redundant experts need enable-eplb",
                f"add enable-eplb: true (with {EXPERTS}: true), or remove the redundant experts",
                on_key=True,
            )


@rule(
    code="R1C214",
    slug="data-parallel-rank-across-nodes",
    severity=Severity.ERROR,
    title="Data parallel rank does not fit into a node",
    why="On several nodes r1c starts whole data parallel ranks in each pod with vLLM's own launcher, "
    "because data parallelism on a Ray cluster is known to hang (vllm-project/vllm#44878; evidence.md, "
    "VLL011, PAR010).",
    example="spec:\n  vllm:\n    version: v0.12.0\n    args: {data-parallel-size: 2}\n  nodes: 4\n",
    fix="Make tensor x pipeline a divisor of the GPUs per node, or use replicas instead of data parallel "
    "ranks.",
    fields=("spec.parallelism", "spec.nodes", "spec.platform", "spec.vllm"),
)
def data_parallel_rank_across_nodes(plan: Plan) -> Iterator[Finding]:
    """Check GPUs per node % (tensor x pipeline), for data parallel ranks on several nodes."""
    group, size = plan.group, plan.server.argument(DATA)
    one, each = group.tensor * group.pipeline, group.gpus_per_node
    several = group.data > 1 and group.nodes > 1 and group.ranks == group.gpus
    if not several or size is None or size.flag is None or each % one == 0:
        return
    yield Finding(
        size.path,
        f"each of the {group.data} data parallel ranks has tensor {group.tensor} x pipeline "
        f"{group.pipeline} = {one} GPUs, which does not divide the {each} GPUs of a node",
        f"make tensor x pipeline equal {max(item for item in divisors(each) if item <= one)}, or remove "
        f"{DATA} and write replicas: {group.data}",
        on_key=True,
        related=(
            Related(f"{plan.platform.id} has {each} GPUs per node", place=plan.platform.cite("gpusPerNode")),
        ),
    )


@rule(
    code="R1C215",
    slug="decode-context-parallel",
    severity=Severity.ERROR,
    title="Decode context parallel size does not fit the tensor parallel size",
    why="Decode context parallelism divides the copies of the key/value heads among the tensor parallel "
    "ranks. Its size must divide the tensor parallel size and be at most the number of copies (evidence.md, "
    "PAR010; vllm/config).",
    example="spec:\n  vllm:\n    version: v0.12.0\n    args: {decode-context-parallel-size: 3}\n",
    fix="Use a size that divides tensor and is at most the number of copies of each key/value head.",
    fields=("spec.parallelism.tensor", "spec.model", "spec.vllm"),
)
def decode_context_parallel(plan: Plan) -> Iterator[Finding]:
    """Check tensor % size, and size <= tensor / key/value heads where there are such heads."""
    model, tensor, asked = (
        plan.model.architecture,
        plan.group.tensor,
        plan.server.argument("decode-context-parallel-size"),
    )
    size = asked.value if asked and asked.flag else None
    if asked is None or not isinstance(size, int) or isinstance(size, bool) or size <= 1 or not fits(plan):
        return
    latent = model is None or model.mla is not None
    heads = max(model.kv_heads, default=1) if model and not latent else 1
    most, since = max(1, tensor // heads), vllm_startup.decode_context_without_latent()
    if model and not latent and not vllm.at_least(plan.server.release, since):
        yield Finding(
            asked.path,
            f"decode context parallel size {size} needs multi-head latent attention in vLLM "
            f"{plan.server.version}, and {plan.model.id} has key/value heads",
            f"remove the line, or use {since} or newer",
            related=(VERSION_HERE,),
        )
        return
    if size <= most and tensor % size == 0:
        return
    fitting = [item for item in divisors(tensor) if item <= most]
    if tensor % size:
        message = f"decode context parallel size {size} does not divide the tensor parallel size {tensor}"
    else:
        message = (
            f"decode context parallel size {size} is more than the {most} copies that tensor parallel size "
            f"{tensor} makes of each of the {heads} key/value heads"
        )
    help_ = f"use {fitting[-1]}" if fitting[-1] > 1 else "remove the line: the key/value heads are not copied"
    yield Finding(asked.path, message, help_)


@rule(
    code="R1C216",
    slug="data-parallel-too-early",
    severity=Severity.ERROR,
    title="Data parallel ranks on several nodes need a newer vLLM",
    why="The other nodes join with --headless and the leader's address, which vLLM added later than "
    "data-parallel-size (facts/vllm.json; evidence.md, VLL011).",
    example="spec:\n  vllm:\n    version: v0.8.5\n    args: {data-parallel-size: 2}\n  parallelism: "
    "{pipeline: 1}\n",
    fix="Use a newer vLLM, or replicas instead of data parallel ranks.",
    fields=("spec.nodes", "spec.parallelism", "spec.platform", "spec.vllm"),
)
def data_parallel_too_early(plan: Plan) -> Iterator[Finding]:
    """Check that the version has --headless where data > 1 over several nodes."""
    group, size, release = plan.group, plan.server.argument(DATA), plan.server.release
    if group.data == 1 or group.nodes == 1 or size is None or size.flag is None:
        return
    known = vllm_history.flag("headless", release)
    if vllm.has("serve", "headless", release) or known is None:
        return
    yield Finding(
        size.path,
        f"data parallel ranks on {group.nodes} nodes need vLLM {known.after} or newer; the profile uses "
        f"{plan.server.version}",
        f"use {known.after} or newer, or remove {DATA} and write replicas: {group.data} with nodes: "
        f"{max(1, group.nodes // group.data)}",
        on_key=True,
        related=(VERSION_HERE,),
    )


@rule(
    code="R1C217",
    slug="context-with-data-parallel",
    severity=Severity.ERROR,
    title="Prefill context parallelism together with data parallelism",
    why="Up to v0.25.1 vLLM cannot split its ranks both ways (evidence.md, PAR010; facts/startup.yaml).",
    example="spec:\n  model: {id: Qwen/Qwen3-8B}\n  vllm:\n    version: v0.12.0\n    args: "
    "{data-parallel-size: 2, prefill-context-parallel-size: 2}\n  parallelism: {tensor: 4, pipeline: 1}\n",
    fix="Keep one of the two.",
    fields=("spec.vllm.args",),
)
def context_with_data_parallel(plan: Plan) -> Iterator[Finding]:
    """Check that one of the two sizes is 1."""
    group, asked = plan.group, plan.server.argument("prefill-context-parallel-size")
    if group.context == 1 or group.data == 1 or asked is None or asked.flag is None:
        return
    since = vllm_startup.prefill_context_with_data()
    if vllm.at_least(plan.server.release, since):
        return
    yield Finding(
        asked.path,
        f"prefill-context-parallel-size {group.context} cannot be combined with {DATA} {group.data}",
        f"keep one of the two, or use {since} or newer",
        on_key=True,
    )


RULES: tuple[Rule, ...] = (
    experts_divide,
    expert_balancing,
    data_parallel_rank_across_nodes,
    decode_context_parallel,
    data_parallel_too_early,
    context_with_data_parallel,
)
