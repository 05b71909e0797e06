"""A pass over the model -> the amount of each term, before the measured coefficients."""

from __future__ import annotations

from r1c.forecast import all_reduce, arithmetic, bandwidth, routing
from r1c.forecast.serving import Serving
from r1c.record import record


@record
class Work:
    """The terms of one pass.

    Seconds at the GPU's peak (`read`, `arithmetic`, `attention`, `volume`), seconds between nodes (`across`),
    and numbers of layers, of layers with experts and of all-reduces.
    """

    read: float
    arithmetic: float
    attention: float
    layers: int
    routing: int
    all_reduces: int
    volume: float
    across: float


def of_step(serving: Serving, sequences: float, context: float) -> Work:
    """Return the work of a decode step: one token for each sequence, whose KV cache is read."""
    read = bandwidth.of_weights(serving, sequences) + bandwidth.of_cache(serving, sequences, context)
    return _work(serving, sequences, read, attention=0.0)


def of_prompt(serving: Serving, tokens: int) -> Work:
    """Return the work of the prefill of one prompt."""
    read = bandwidth.of_weights(serving, tokens)
    return _work(serving, tokens, read, attention=arithmetic.of_attention(serving, tokens))


def _work(serving: Serving, tokens: float, read: float, *, attention: float) -> Work:
    model = serving.cut.model
    return Work(
        read,
        arithmetic.of_weights(serving, tokens),
        attention,
        len(model.layers),
        routing.layers(model),
        all_reduce.count(serving),
        all_reduce.volume(serving, tokens),
        all_reduce.across(serving, tokens),
    )
