"""The smallest profile of a disagreement: what is left of one when settings that do not matter are gone."""

from __future__ import annotations

import copy
import itertools
from collections.abc import Iterator
from typing import Any

Profile = dict[str, Any]


def candidates(profile: Profile) -> Iterator[Profile]:
    """Yield parts of a profile, the smallest first: none, one or two of its settings; last, all of them."""
    server = profile["spec"]["vllm"]
    settings = [(part, name) for part in ("args", "env") for name in server.get(part) or {}]
    for size in range(3):
        for kept in itertools.combinations(settings, size):
            smaller = copy.deepcopy(profile)
            own = smaller["spec"]["vllm"]
            for part in ("args", "env"):
                mine = {name: value for name, value in (own.get(part) or {}).items() if (part, name) in kept}
                own.pop(part, None)
                if mine:
                    own[part] = mine
            yield smaller
    yield profile
