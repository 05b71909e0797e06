"""R1C680 to R1C686: the autoscaler of the groups."""

from __future__ import annotations

from collections.abc import Iterator

from r1c.check.named_settings import statistics_off
from r1c.check.rule import Rule, rule
from r1c.diagnostics import Finding, Path, Severity
from r1c.facts import vllm_metrics
from r1c.resolve.plan import Plan
from r1c.resolve.scaling import MAX_NUM_SEQS, largest_cache_use

SECTION: Path = ("spec", "scaling")
REPLICAS: Path = ("spec", "replicas")


@rule(
    code="R1C680",
    slug="scaling-limits",
    severity=Severity.ERROR,
    title="Minimum of an autoscaler above its maximum, or zero",
    why="The API server refuses an autoscaler whose minimum is above its maximum. From zero groups the first "
    "request would wait for a whole start, and without a pod there is no metric that would add a group "
    "(Kubernetes API reference, HorizontalPodAutoscaler).",
    example="spec:\n  monitoring: {}\n  replicas: 4\n  benchmark: {prompts: 2560}\n"
    "  scaling: {adapter: customMetricsStackdriver, maxReplicas: 2}\n",
    fix="Write a minReplicas of at least 1, and a maxReplicas that is not lower.",
    fields=("spec.scaling.minReplicas", "spec.scaling.maxReplicas", "spec.replicas"),
)
def scaling_limits(plan: Plan) -> Iterator[Finding]:
    """Check the minimum, which spec.replicas gives where the section does not."""
    asked = plan.scaling
    if asked is None:
        return
    own = (*SECTION, "minReplicas") in plan.given
    field, place = ("minReplicas", (*SECTION, "minReplicas")) if own else ("replicas", REPLICAS)
    if asked.least > asked.most:
        yield Finding(
            (*SECTION, "maxReplicas"),
            f"maxReplicas is {asked.most}, but {field} is {asked.least}",
            f"write maxReplicas: {asked.least} or more, or a smaller minReplicas",
        )
    elif asked.least < 1:
        yield Finding(place, "an autoscaler needs at least 1 group", "write replicas: 1 or more")


@rule(
    code="R1C681",
    slug="scaling-target",
    severity=Severity.ERROR,
    title="Scaling target that is never reached",
    why="A group runs at most max-num-seqs requests and uses at most its whole KV cache, so the average "
    "never rises above these: no group would ever be added (vLLM, scheduler configuration).",
    example="spec:\n  monitoring: {}\n  scaling: {adapter: customMetricsStackdriver, maxReplicas: 2, metric: "
    "running, target: 200}\n",
    fix="Write a target below max-num-seqs for running requests, and below 1 for the KV cache.",
    fields=("spec.scaling.target", "spec.scaling.metric", "spec.vllm.args"),
)
def scaling_target(plan: Plan) -> Iterator[Finding]:
    """Check the target of each metric against the most that it can be."""
    asked, place = plan.scaling, (*SECTION, "target")
    if asked is None:
        return
    at_once = plan.server.value(MAX_NUM_SEQS)
    known = isinstance(at_once, int) and not isinstance(at_once, bool)
    most = at_once * plan.group.data if known else None
    full = largest_cache_use(asked.adapter, plan.group.data)
    if asked.target is None:
        yield Finding(
            SECTION,
            "metric: running needs a target, because vllm.args does not have max-num-seqs",
            "write target, or max-num-seqs in vllm.args",
        )
    elif asked.metric == "kvCache" and asked.target >= full:
        engines = f", the sum of the {full} data parallel ranks" if full > 1 else ""
        yield Finding(
            place,
            f"target is {asked.target:g}, but the use of the KV cache is from 0 to {full}{engines}",
            f"write {0.8 * full:g}, or another number below {full}",
        )
    elif asked.metric == "running" and most is not None and asked.target >= most:
        ranks = f" x {plan.group.data} data parallel ranks" if plan.group.data > 1 else ""
        yield Finding(
            place,
            f"target is {asked.target:g}, but a group runs at most {most} requests (max-num-seqs{ranks})",
            f"write less than {most}, such as {max(1, int(most * 0.8))}",
        )


@rule(
    code="R1C682",
    slug="scaling-replicas",
    severity=Severity.HINT,
    title="spec.replicas has no effect with an autoscaler",
    why="With spec.scaling the LeaderWorkerSet has no replicas, so that an apply does not undo what the "
    "autoscaler did. spec.replicas is used only where scaling.minReplicas is absent (evidence.md, lws).",
    example="spec:\n  monitoring: {}\n  replicas: 2\n  benchmark: {prompts: 2560}\n"
    "  scaling: {adapter: customMetricsStackdriver, minReplicas: 1, maxReplicas: 3}\n",
    fix="Remove spec.replicas, or scaling.minReplicas.",
    fields=("spec.scaling.minReplicas", "spec.replicas"),
)
def scaling_replicas(plan: Plan) -> Iterator[Finding]:
    """Check that only one of replicas and minReplicas is given."""
    if plan.scaling and REPLICAS in plan.given and (*SECTION, "minReplicas") in plan.given:
        yield Finding(
            REPLICAS,
            f"replicas has no effect with scaling.minReplicas: {plan.scaling.least}",
            "remove replicas, or remove scaling.minReplicas to use it as the minimum",
        )


@rule(
    code="R1C683",
    slug="scaling-without-scrape",
    severity=Severity.ERROR,
    title="Autoscaler whose metric nobody collects",
    why="An adapter serves what its Prometheus has scraped. Google's adapter reads Cloud Monitoring, which "
    "has the metrics of Managed Prometheus only; prometheus-adapter reads a Prometheus of the cluster; and "
    "KEDA's query selects by a label that the scrape of spec.monitoring adds (evidence.md, production).",
    example="spec:\n  scaling: {adapter: customMetricsStackdriver, maxReplicas: 2}\n",
    fix="Add spec.monitoring with the system that the adapter reads.",
    fields=("spec.scaling.adapter", "spec.monitoring"),
)
def scaling_without_scrape(plan: Plan) -> Iterator[Finding]:
    """Check that monitoring scrapes into what the adapter reads."""
    if plan.scaling is None:
        return
    adapter = plan.scaling.adapter
    wanted = {"customMetricsStackdriver": "managedPrometheus", "prometheusAdapter": "prometheusOperator"}.get(
        adapter
    )
    system = plan.monitoring.system if plan.monitoring else None
    if system is None:
        add = f"monitoring: {{system: {wanted}}}" if wanted else "monitoring: {}"
        yield Finding(
            (*SECTION, "adapter"), "nothing collects the metric: spec.monitoring is missing", f"add {add}"
        )
    elif wanted and system != wanted:
        yield Finding(
            (*SECTION, "adapter"),
            f"{adapter} does not read the metrics of monitoring.system: {system}",
            f"write monitoring.system: {wanted}, or another adapter",
        )


@rule(
    code="R1C684",
    slug="scaling-down-fast",
    severity=Severity.WARNING,
    title="Groups removed faster than they start",
    why="A group that is removed in a short pause of the load takes its whole start to come back: download, "
    "load and compile (facts/defaults.yaml, startup).",
    example="spec:\n  monitoring: {}\n"
    "  scaling: {adapter: customMetricsStackdriver, maxReplicas: 2, downSeconds: 300}\n",
    fix="Write at least the time of a start, or remove downSeconds.",
    fields=("spec.scaling.downSeconds", "spec.model", "spec.parallelism", "spec.platform"),
)
def scaling_down_fast(plan: Plan) -> Iterator[Finding]:
    """Check downSeconds against the time of a start, as far as the API accepts it."""
    asked = plan.scaling
    if asked and asked.down_seconds < min(asked.start_seconds, 3600):
        yield Finding(
            (*SECTION, "downSeconds"),
            f"a group is removed after {asked.down_seconds} s of less load, and takes about "
            f"{asked.start_seconds // 60} minutes to come back",
            f"write {min(asked.start_seconds, 3600)} or more, or remove downSeconds",
        )


@rule(
    code="R1C685",
    slug="scaling-without-statistics",
    severity=Severity.ERROR,
    title="Autoscaler of a server without metrics",
    why="With disable-log-stats vLLM does not create the metric that the autoscaler reads, so the number of "
    "groups never changes (vllm/engine/llm_engine.py and vllm/v1/engine/async_llm.py, log_stats).",
    example="metadata:\n  annotations: {r1c.dev/allow: 'R1C643: short requests; R1C653: only for scaling'}\n"
    "spec:\n  monitoring: {}\n  scaling: {adapter: customMetricsStackdriver, maxReplicas: 2}\n"
    "  vllm:\n    args: {disable-log-stats: true}\n",
    fix="Remove disable-log-stats.",
    fields=("spec.scaling", "spec.vllm.args"),
)
def scaling_without_statistics(plan: Plan) -> Iterator[Finding]:
    """Check that the server keeps statistics."""
    off = statistics_off(plan)
    if plan.scaling and off:
        yield Finding(
            off,
            "with disable-log-stats vLLM does not have the metric of spec.scaling",
            "remove disable-log-stats, or remove spec.scaling",
        )


@rule(
    code="R1C686",
    slug="scaling-without-metric",
    severity=Severity.ERROR,
    title="Autoscaler metric not in this vLLM release",
    why="The first releases with the V1 engine show no metrics with it, and an autoscaler without its metric "
    "does nothing (facts/vllm_metrics.json).",
    example="spec:\n  monitoring: {}\n  scaling: {adapter: customMetricsStackdriver, maxReplicas: 2}\n"
    "  model: {id: meta-llama/Llama-3.3-70B-Instruct}\n  parallelism: {tensor: 8, pipeline: 1}\n  nodes: 1\n"
    "  vllm:\n    version: v0.7.0\n    env: {VLLM_USE_V1: '1'}\n",
    fix="Use a newer release, or remove VLLM_USE_V1.",
    fields=("spec.scaling.metric", "spec.vllm"),
)
def scaling_without_metric(plan: Plan) -> Iterator[Finding]:
    """Check that the release has the metric, whichever of its engines runs."""
    asked, server = plan.scaling, plan.server
    if asked and vllm_metrics.name(asked.metric, server.version, server.env) is None:
        yield Finding(
            SECTION,
            f"vLLM {server.version} has no metric for scaling.metric: {asked.metric} with these variables",
            "remove VLLM_USE_V1 from vllm.env, or use a newer release",
        )


RULES: tuple[Rule, ...] = (
    scaling_limits,
    scaling_target,
    scaling_replicas,
    scaling_without_scrape,
    scaling_down_fast,
    scaling_without_statistics,
    scaling_without_metric,
)
