"""R1C95x: the points of the benchmark, against what the server accepts and what can be measured.

A warm prefix cache (evidence.md, BEN001) needs no rule for random prompts: the Job uses a new seed for each
try of each point.
"""

from __future__ import annotations

from collections.abc import Iterator

from r1c import facts
from r1c.check.rule import Rule, rule
from r1c.check.rules import dataset
from r1c.diagnostics import Finding, Path, Put, Related, Severity, unsafe
from r1c.profile.paths import ARGS, BENCHMARK
from r1c.resolve.plan import Plan, Point


def _place(plan: Plan, point: Point, *fields: str) -> Path:
    """Return the path of the first field that the profile gives, in the point or in its section."""
    for field in fields:
        for section in (point.place, BENCHMARK):
            if (*section, field) in plan.given:
                return (*section, field)
    return point.place if point.place != BENCHMARK else (*BENCHMARK, fields[0])


def _named(plan: Plan, point: Point) -> str:
    """Return the prefix that names the point; empty if there is only one."""
    return f"point {point.name}: " if len(plan.benchmark.points) > 1 else ""


def _at_once(plan: Plan, copies: int) -> tuple[int, str] | None:
    """Return how many sequences so many copies of each group serve at once, and the fields that say so."""
    sequences = plan.server.value("max-num-seqs")
    if not isinstance(sequences, int) or isinstance(sequences, bool):
        return None
    replicas = max(1, plan.group.replicas)
    return sequences * copies * replicas, (
        f"max-num-seqs {sequences}"
        + (f" x {copies} data parallel copies" if copies > 1 else "")
        + (f" x {replicas} replicas" if replicas > 1 else "")
    )


@rule(
    code="R1C950",
    slug="benchmark-length",
    severity=Severity.ERROR,
    title="Benchmark requests longer than the server allows",
    why="The server refuses every such request, and the benchmark ends without a result "
    "(vllm-project/recipes#165; evidence.md, BEN007).",
    example="spec:\n  benchmark:\n    inputLen: 30000\n    outputLen: 4000\n",
    fix="Shorten the prompts or the answers, or raise max-model-len.",
    fields=("spec.benchmark", "spec.vllm.args", "spec.model"),
    edits="unsafe",
)
def benchmark_length(plan: Plan) -> Iterator[Finding]:
    """Check inputLen + outputLen against max-model-len, or the model's positions where that is not given."""
    asked = plan.server.value("max-model-len")
    model = plan.model.architecture
    related: tuple[Related, ...] = ()
    if isinstance(asked, int) and not isinstance(asked, bool):
        if asked < 1:  # -1 is auto, and R1C432 refuses the others
            return
        limit, what = asked, f"max-model-len {asked}"
        related = (Related("max-model-len", path=(*ARGS, "max-model-len")),)
    elif asked is None and model and model.max_position_embeddings:
        limit = model.max_position_embeddings
        what = f"the {limit:,} positions of {plan.model.id}"
        related = (Related(f"the positions of {plan.model.id}", place=model.place),)
    else:
        return
    seen = set()
    for point in plan.benchmark.points:
        longest = "inputLen" if point.input_len >= point.output_len else "outputLen"
        place = _place(plan, point, longest, "inputLen", "outputLen")
        if point.tokens <= limit or place in seen:
            continue
        seen.add(place)
        rest = limit - min(point.input_len, point.output_len)
        help_ = f"write {longest}: {rest} or less" if rest > 0 else f"make the sum of both {limit} or less"
        if asked is not None:
            help_ += f", or write max-model-len: {point.tokens} or more"
        yield Finding(
            place,
            f"inputLen {point.input_len} + outputLen {point.output_len} = {point.tokens:,} tokens, more than "
            f"{what}",
            help_,
            related=related,
            edit=unsafe(Put(place, rest)) if rest > 0 and place[-1] == longest else None,
        )


@rule(
    code="R1C951",
    slug="benchmark-prompts",
    severity=Severity.WARNING,
    title="Too few benchmark prompts for the concurrency",
    why="The benchmark then mostly measures how the server fills up and drains (vllm-project/recipes#165, "
    "sgl-project/sglang#30918; evidence.md, BEN002).",
    example="spec:\n  benchmark:\n    prompts: 100\n",
    fix="Use at least five prompts for each sequence that is served at once.",
    fields=("spec.benchmark", "spec.vllm.args", "spec.replicas"),
    edits="unsafe",
)
def benchmark_prompts(plan: Plan) -> Iterator[Finding]:
    """Check prompts >= 5 x the sequences at once: the point's concurrency, or what the server accepts.

    A point with a request rate is skipped: it measures how many are served at once.
    """
    # One copy: what is too few for it is too few for all of them.
    each, server = facts.limits().prompts_per_sequence, _at_once(plan, copies=1)
    for point in plan.benchmark.points:
        if point.request_rate or (point.concurrency is None and server is None):
            continue
        together, what = server or (0, "")
        if point.concurrency and (server is None or point.concurrency < together):
            together, what = point.concurrency, f"concurrency {point.concurrency}"
        if point.prompts >= each * together:
            continue
        place = _place(plan, point, "prompts")
        # The diagnostic of a field that the profile does not have is at the section above it.
        section = "" if place in plan.given else " under benchmark"
        yield Finding(
            place,
            f"{_named(plan, point)}{point.prompts} prompts are fewer than {each} for each of the {together} "
            f"sequences served at once ({what}): filling and draining the server distort the result",
            f"write prompts: {each * together} or more{section}",
            edit=unsafe(Put(place, each * together)),
            related=(Related("the rule of thumb", place=facts.cite("limits", "benchmark")),),
        )


@rule(
    code="R1C952",
    slug="benchmark-two-loads",
    severity=Severity.ERROR,
    title="Benchmark point with both concurrency and request rate",
    why="concurrency keeps a number of requests in flight, and requestRate sends them at a rate. With both, "
    "the result depends on whichever limits the client (vllm-project/vllm#26943; evidence.md, BEN004).",
    example="spec:\n  benchmark:\n    concurrency: 128\n    requestRate: 2\n",
    fix="Keep one of them; measure the other in a separate point.",
    fields=("spec.benchmark",),
)
def benchmark_two_loads(plan: Plan) -> Iterator[Finding]:
    """Check the section and each point; the load of a point replaces that of the section."""
    places = [BENCHMARK, *(point.place for point in plan.benchmark.points if point.place != BENCHMARK)]
    for place in places:
        if {(*place, "concurrency"), (*place, "requestRate")} <= plan.given:
            yield Finding(
                (*place, "requestRate"),
                "both concurrency and requestRate are given, but only one can set the load",
                "remove one of them",
                related=(Related("the other", path=(*place, "concurrency")),),
            )


@rule(
    code="R1C953",
    slug="benchmark-point-twice",
    severity=Severity.ERROR,
    title="Duplicate name of a benchmark point",
    why="`r1c bench compare` treats results with one name as repeated runs of one point and averages them.",
    example="spec:\n  benchmark:\n    points:\n      - {name: busy, inputLen: 500}\n"
    "      - {name: busy, inputLen: 2000}\n",
    fix="Give each point its own name, or none.",
    fields=("spec.benchmark.points",),
)
def benchmark_point_twice(plan: Plan) -> Iterator[Finding]:
    """Check the names that the profile gives; equal points may share a name that r1c generates."""
    first: dict[str, Path] = {}
    for point in plan.benchmark.points:
        path = (*point.place, "name")
        if path not in plan.given:
            continue
        if point.name in first:
            yield Finding(
                path,
                f"two points have the name {point.name}",
                "give this one another name",
                related=(Related("the other", path=first[point.name]),),
            )
        first.setdefault(point.name, path)


@rule(
    code="R1C954",
    slug="benchmark-concurrency",
    severity=Severity.WARNING,
    title="Benchmark concurrency higher than the server accepts",
    why="The other requests wait in the server's queue, and that wait counts as time to first token "
    "(vllm-project/recipes#165; evidence.md, BEN007).",
    example="spec:\n  benchmark:\n    concurrency: 200\n",
    fix="Lower the concurrency, or raise max-num-seqs.",
    fields=("spec.benchmark", "spec.vllm.args", "spec.replicas"),
    edits="unsafe",
)
def benchmark_concurrency(plan: Plan) -> Iterator[Finding]:
    """Check concurrency <= max-num-seqs x copies x replicas, where max-num-seqs is given."""
    # Each data parallel copy has a scheduler of its own, whose limit is max-num-seqs.
    server = _at_once(plan, copies=plan.group.data)
    if server is None:
        return
    seen = set()
    for point in plan.benchmark.points:
        place = _place(plan, point, "concurrency")
        if point.concurrency is None or point.concurrency <= server[0] or place in seen:
            continue
        seen.add(place)
        yield Finding(
            place,
            f"concurrency {point.concurrency} is more than the {server[0]} sequences served at once "
            f"({server[1]}): the others wait, and the benchmark counts that time",
            f"write concurrency: {server[0]} or less",
            edit=unsafe(Put(place, server[0])),
        )


@rule(
    code="R1C957",
    slug="benchmark-points",
    severity=Severity.ERROR,
    title="Too many benchmark points",
    why="Each pod of the Job has all points in its script and in a variable, and Linux does not start a "
    'process with an argument or variable of more than 128 KiB: the pods would exit with "argument list too '
    'long" (execve(2), MAX_ARG_STRLEN).',
    example=f"spec:\n  benchmark:\n    points: [{', '.join(['{}'] * 101)}]\n",
    fix="Split the sweep into two profiles.",
    fields=("spec.benchmark.points",),
)
def benchmark_points(plan: Plan) -> Iterator[Finding]:
    """Check the number of points."""
    most, points = facts.limits().sweep.points, len(plan.benchmark.points)
    if points > most:
        yield Finding(
            (*BENCHMARK, "points"),
            f"{points} points are more than the {most} that one Job can hold",
            f"keep at most {most} points, and write the others into a second profile",
            related=(Related("the limit", place=facts.cite("limits", "sweep")),),
        )


RULES: tuple[Rule, ...] = (
    benchmark_length,
    benchmark_prompts,
    benchmark_two_loads,
    benchmark_point_twice,
    benchmark_concurrency,
    benchmark_points,
    *dataset.RULES,
)
