"""Differences -> Markdown fit for a comment on a pull request: summary lines, a table, details folded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from r1c.diagnostics.markdown import cells, code, escaped, longest_run
from r1c.diagnostics.suggest import counted
from r1c.diagnostics.text import printable
from r1c.difference import Difference, Entry
from r1c.difference.effects import NOTHING, Impact
from r1c.difference.entries import Row, grouped, rows
from r1c.difference.summary import (
    WORDS,
    costly_first,
    folded,
    headline,
    moved,
    name,
    named,
    not_compared,
    shown,
    title,
    total,
    unchanged,
)

CELL = 120
"""Characters of a value in the table; the details have it whole."""


def as_markdown(differences: Sequence[Difference], left_out: Sequence[str] = ()) -> str:
    """Write differences; `left_out` are profiles with errors.

    The costly recipes are first, and those without a difference are counted. What comes from a profile or a
    manifest is in code spans and fences, where Markdown gives it no meaning.
    """
    differences = costly_first(differences)
    lines = ["### What changes on the cluster", ""]
    whole, same = total(differences), unchanged(differences)
    lines += [f"{whole}.", ""] if whole else []
    lines += [
        f"- {code(item.label)}: {headline(item).partition(': ')[2]}"
        for item in differences
        if item.entries or not same
    ]
    lines += [f"- {same}"] if same else []
    lines += [f"- {not_compared(code(profile))}" for profile in left_out]
    changed = [item for item in differences if item.entries]
    for item in changed:
        heading = ["", f"#### {code(item.label)}"] if len(changed) > 1 else []
        lines += [*heading, "", *_table(item), *_details(item)]
    return "\n".join(lines) + "\n"


def _table(item: Difference) -> Iterator[str]:
    yield "| Object | Field | Before | After | Impact |"
    yield "| --- | --- | --- | --- | --- |"
    if item.move:
        yield cells(code(f"> {moved(item.move)}"), "", "", "", WORDS[item.move.impact.effect])
    for entry in item.entries:
        if folded(entry):
            continue
        first = code(title(entry))
        if not rows(entry):
            impact = next(entry.impacts())
            yield cells(first, "", "", "", WORDS[impact.effect])
        for _, found in grouped(entry):
            for row in found:
                effect = WORDS[row.impact.effect]
                yield cells(first, f"{row.sign} {code(row.place or 'lines')}", *_values(row), effect)
                first = ""
    quiet = [code(named(entry)) for entry in item.entries if folded(entry)]
    if quiet:
        yield cells(", ".join(quiet), "", "", "", NOTHING)
    if item.figures:
        yield ""
        yield "| What it means | Before | After |"
        yield "| --- | --- | --- |"
        for figure in item.figures:
            before, arrow, after = shown(figure).partition(" -> ")
            if not arrow:
                before, after = ("", before) if figure.old is None else (before, "")
            yield cells(figure.what, code(before), code(after))


def _values(row: Row) -> tuple[str, str]:
    if row.lines:
        removed, added = (sum(sign == each for each, _ in row.lines) for sign in "-+")
        return counted(removed, "line") if removed else "", counted(added, "line") if added else ""
    return code(_cut(row.old or "")), code(_cut(row.new or ""))


def _details(item: Difference) -> Iterator[str]:
    yield ""
    yield "<details><summary>Impact and changed lines</summary>"
    if item.move:
        yield ""
        yield f"**{code(moved(item.move))}**"
        yield from _impact(item.move.impact)
    for entry in item.entries:
        if not folded(entry):
            yield ""
            yield f"**{code(name(entry))}**"
            yield from _impacts(entry)
    yield ""
    yield "</details>"


def _impacts(entry: Entry) -> Iterator[str]:
    for impact, found in grouped(entry):
        yield from _impact(impact)
        for row in found:
            if row.lines:
                head = [f"  {row.place}"] if row.place else []
                yield from _fence("diff", [*head, *(f"{sign} {line}" for sign, line in row.lines)])


def _impact(impact: Impact) -> Iterator[str]:
    yield ""
    yield f"{_sentence(impact.text)} {_sentence(impact.fact)}"
    if impact.command:
        yield from _fence("sh", [impact.command])


def _sentence(text: str) -> str:
    plain = escaped(text)
    return f"{plain[:1].upper()}{plain[1:]}."


def _cut(text: str) -> str:
    return text if len(text) <= CELL else f"{text[:CELL]}..."


def _fence(language: str, lines: Sequence[str]) -> Iterator[str]:
    ticks = "`" * max(3, longest_run("\n".join(lines)) + 1)
    yield ""
    yield f"{ticks}{language}"
    yield from (printable(line).rstrip() for line in lines)
    yield ticks
