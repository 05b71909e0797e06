"""Amounts as Kubernetes writes them (8, 207410m, 1462Gi, 2e3) -> exact numbers."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import lru_cache

_FORM = re.compile(r"([+-]?[0-9]{1,30}(?:\.[0-9]{0,30})?)(?:e([+-]?[0-9]{1,2})|([KMGTPE]i|[numkMGTPE]))?")
_FACTORS = {
    **{f"{letter}i": Decimal(2 ** (10 * power)) for power, letter in enumerate("KMGTPE", 1)},
    **{letter: Decimal(1000**power) for power, letter in enumerate("kMGTPE", 1)},
    **{letter: Decimal(1).scaleb(-3 * power) for power, letter in enumerate("mun", 1)},
}


@lru_cache(maxsize=4096)
def amount(text: str | int | float) -> Decimal | None:
    """Return the number that a quantity means, None for anything else."""
    match = _FORM.fullmatch(str(text))
    if match is None:
        return None
    return Decimal(match[1]).scaleb(int(match[2] or 0)) * _FACTORS.get(match[3] or "", Decimal(1))


def shown(number: Decimal, resource: str) -> str:
    """Write an amount of a resource: memory and disk in GiB, everything else as a number."""
    if resource.removeprefix("requests.").startswith(("memory", "ephemeral-storage")):
        return f"{float(number) / 2**30:,.1f} GiB"
    return f"{int(number)}" if number == int(number) else f"{float(number):.1f}"
