"""What `r1c fit` is asked: a model on a platform, a load, and targets."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from r1c.diagnostics import UserError
from r1c.facts.model import Architecture
from r1c.forecast.load import MS, Load
from r1c.record import record

_DURATION = re.compile(r"(\d{1,9}(?:\.\d{1,9})?)(ms|s)", re.ASCII)


@record
class Targets:
    """The most seconds to the first token and for each token after it, None for no limit."""

    ttft: float | None = None
    tpot: float | None = None


@record
class Model:
    """A model to serve, and its architecture.

    `config` is the content of the config.json that the user gave, and `path` its path from the new profile.
    """

    id: str
    architecture: Architecture
    config: Mapping[str, Any] | None = None
    path: str | None = None


@record
class Question:
    """The question for one platform.

    `context` is the max-model-len in tokens, and `nodes` the most nodes of all groups together. With
    `strict`, a configuration with a warning is excluded, with `sized` one whose memory is not known.
    """

    model: Model
    platform: str
    release: str
    context: int
    nodes: int
    load: Load | None = None
    targets: Targets = Targets()
    strict: bool = False
    sized: bool = True


def seconds(option: str, text: str) -> float:
    """Read a duration such as 50ms or 2s; raises UserError for anything else."""
    match = _DURATION.fullmatch(text.strip())
    if match is None or float(match[1]) == 0:
        raise UserError(f"{option} {text}: expected a duration in s or ms, such as 2s or 50ms")
    return float(match[1]) / (MS if match[2] == "ms" else 1)
