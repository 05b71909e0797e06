"""Weights and KV cache that a decode step must read -> the tokens a second that memory bandwidth allows."""

from __future__ import annotations

from r1c.capacity import weights
from r1c.record import record
from r1c.resolve.plan import Plan


@record
class DecodeLimit:
    """Output tokens per second of one group.

    `alone` is for one sequence, `together` for `sequences` at the same time with `context` tokens each.
    """

    alone: int
    sequences: int
    context: int
    together: int


def limit(plan: Plan, cut: weights.Cut, token_bytes: int, sequences: int) -> DecodeLimit:
    """Return an upper limit, not a forecast: computing, communication and idle time are left out.

    sequences x bandwidth of all GPUs / (active weights + KV cache read in one step), where a step of B
    sequences reads at most B x (experts a token) experts of each layer, and each sequence its KV cache of
    the benchmark's prompt and half of its output. One sequence alone is on one stage at a time, so only that
    stage's GPUs work for it. `token_bytes` is the KV cache of a token on one GPU, all stages together.
    """
    longest = plan.benchmark.longest
    bandwidth, moe = plan.platform.gpu_memory_bandwidth, cut.model.moe
    context = longest.input_len + longest.output_len // 2
    chosen = moe.num_experts_per_tok if moe else 0
    step = [weights.active(cut, batch * chosen) + batch * context * token_bytes for batch in (1, sequences)]
    return DecodeLimit(
        bandwidth // step[0], sequences, context, sequences * bandwidth * plan.group.pipeline // step[1]
    )
