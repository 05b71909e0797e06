"""Amounts as Kubernetes writes them (8, 207410m, 1462Gi, 2e3) -> exact numbers."""

from __future__ import annotations

import re
from fractions import Fraction
from functools import lru_cache

_FORM = re.compile(r"([+-]?[0-9]{1,30}(?:\.[0-9]{0,30})?)(?:e([+-]?[0-9]{1,2})|([KMGTPE]i|[numkMGTPE]))?")
_BINARY = {f"{letter}i": 2 ** (10 * power) for power, letter in enumerate("KMGTPE", 1)}
_DECIMAL = {letter: 1000**power for power, letter in enumerate("kMGTPE", 1)}
_SMALL = {letter: Fraction(1, 1000**power) for power, letter in enumerate("mun", 1)}
_FACTORS: dict[str, Fraction] = {
    **{name: Fraction(value) for name, value in {**_BINARY, **_DECIMAL}.items()},
    **_SMALL,
}


@lru_cache(maxsize=4096)
def amount(text: str | int | float) -> Fraction | None:
    """Return the number that a quantity means, None for anything else."""
    match = _FORM.fullmatch(str(text))
    if match is None:
        return None
    power = Fraction(10) ** int(match[2]) if match[2] else 1
    return Fraction(match[1]) * power * _FACTORS.get(match[3] or "", Fraction(1))


def shown(number: Fraction, resource: str) -> str:
    """Write an amount of a resource: memory and disk in GiB, everything else as a number."""
    if resource.removeprefix("requests.").startswith(("memory", "ephemeral-storage")):
        return f"{float(number / 2**30):,.1f} GiB"
    return f"{number.numerator}" if number.denominator == 1 else f"{float(number):.1f}"
