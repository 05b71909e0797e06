"""Shapes that are excluded for the same reason -> one line for all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from r1c.codes import CODES
from r1c.fit.reason import Kind, missed
from r1c.fit.search import Found, Refused
from r1c.fit.shape import Shape

_ORDER: tuple[Kind, ...] = ("rule", "unknown", "sequences", "rate", "TTFT", "TPOT")
_PARTS: Mapping[str, Callable[[Shape], int]] = {
    "GPUs": lambda shape: shape.gpus,
    "TP": lambda shape: shape.tensor,
    "PP": lambda shape: shape.pipeline,
    "DP": lambda shape: shape.data,
}
_NAMED = 3
"""Shapes that are named one by one where nothing else describes them."""


def lines(found: Found) -> Iterator[tuple[str, str]]:
    """Yield which shapes are excluded and why, once for each reason.

    A line describes its shapes among those that no line before it has.
    """
    left = [*(item.shape for item in found.refused), *(item.shape for item in found.proposed)]
    groups: dict[tuple[int, str], list[Refused]] = {}
    for item in found.refused:
        reason = item.reason
        key = (_ORDER.index(reason.kind), reason.code or reason.message)
        groups.setdefault(key, []).append(item)
    for key in sorted(groups):
        items = groups[key]
        yield described([item.shape for item in items], left), why(items)
        left = [shape for shape in left if all(shape != item.shape for item in items)]


def why(items: Sequence[Refused]) -> str:
    """Say why shapes with the same reason are excluded: one with its own numbers, several with the ranges."""
    reason = items[0].reason
    if len(items) == 1 or reason.kind == "unknown":
        return str(reason)
    if reason.code:
        return f"{next(code.title for code in CODES if code.id == reason.code)} ({reason.code})"
    figures = [item.reason.figure for item in items]
    text = missed(reason.kind, (min(figures), max(figures)), reason.target)
    near = sum(item.reason.low_meets for item in items)
    if not near:
        return text
    of = "" if near == len(items) else f" (for {near} of them)"
    return f"{text}; only the better end of the range meets it{of}"


def described(shapes: Sequence[Shape], among: Sequence[Shape]) -> str:
    """Describe shapes by the sizes that only they have among others, and the rest one by one."""
    words: list[str] = []
    rest = list(shapes)
    while rest:
        best: tuple[int, str, list[int]] = (1, "", [])
        for name, part in _PARTS.items():
            whole = _whole(part, shapes, among)
            covered = sum(part(shape) in whole for shape in rest)
            if covered > best[0]:
                best = (covered, name, sorted({part(shape) for shape in rest if part(shape) in whole}))
        if not best[1]:
            break
        _, name, sizes = best
        known = sorted({_PARTS[name](shape) for shape in among})
        words.append(f"{_sizes(sizes, known)} GPUs" if name == "GPUs" else f"{name} {_sizes(sizes, known)}")
        rest = [shape for shape in rest if _PARTS[name](shape) not in sizes]
    words += [_alone(shape) for shape in rest[:_NAMED]]
    if len(rest) > _NAMED:
        words.append(f"{len(rest) - _NAMED} other{'s' if len(rest) > _NAMED + 1 else ''}")
    return "; ".join(words)


def _alone(shape: Shape) -> str:
    """Return the name of one shape: TP 8 means all of that size, TP 8 alone the one without others."""
    return f"{shape} alone" if shape.pipeline == shape.data == 1 and not shape.experts else str(shape)


def _whole(part: Callable[[Shape], int], shapes: Sequence[Shape], among: Sequence[Shape]) -> set[int]:
    """Return the sizes whose shapes are all in question."""
    others = {part(shape) for shape in among if shape not in shapes}
    return {part(shape) for shape in shapes} - others


def _sizes(sizes: Sequence[int], known: Sequence[int]) -> str:
    """Write sizes, those that follow each other among the known ones as a run: 1 to 8, 24."""
    runs: list[list[int]] = []
    for size in sizes:
        before = known.index(size) - 1
        if runs and before >= 0 and known[before] == runs[-1][-1]:
            runs[-1].append(size)
        else:
            runs.append([size])
    shortest = 3
    return ", ".join(
        f"{run[0]} to {run[-1]}" if len(run) >= shortest else ", ".join(map(str, run)) for run in runs
    )
