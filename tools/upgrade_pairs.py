"""Upgrades every shipped profile between every pair of vLLM releases: `bin/test-upgrade`.

A profile is first brought to the one release and then to the other, and must end in a profile that checks
clean or in a named obstacle. Texts that are the same but for the version are checked once for each release.
With --write, the table of docs/upgrade.md is written.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from r1c.commands import inputs
from r1c.commands.upgrade import reached
from r1c.diagnostics import Severity
from r1c.facts import vllm
from r1c.upgrade.reach import Versions
from r1c.upgrade.step import step

REPO = Path(__file__).resolve().parent.parent
PAGE = REPO / "docs" / "upgrade.md"
START, END = "<!-- pairs -->", "<!-- /pairs -->"
_VERSION = re.compile(rb"(?m)^(\s*version: )\S+")


@dataclass(frozen=True)
class Outcome:
    """Where a step ends: the profile's bytes, and the codes that are in the way; none if it checks clean."""

    content: bytes
    codes: tuple[str, ...]


@dataclass
class Profile:
    """A shipped profile, and its known outcomes by its text without the version, and by the release."""

    path: str
    known: dict[tuple[bytes, str], Outcome] = field(default_factory=dict)

    def at(self, content: bytes, release: str) -> Outcome:
        """Bring bytes of the profile to a release."""
        key = (_VERSION.sub(rb"\1", content), release)
        if key not in self.known:
            self.known[key] = self._brought(content, release)
        return self.known[key]

    def _brought(self, content: bytes, release: str) -> Outcome:
        before = inputs.analysed(self.path, content)
        result, texts = reached(self.path, Versions(vllm=release), content)
        after = texts.content(inputs.shown(self.path), lambda: content)
        codes = tuple(sorted({item.code for item in result.obstacles}))
        if result.plan and before.plan:
            step(before.plan, result.plan)
        if not codes:
            left = [
                item
                for item in inputs.analysed(self.path, after).diagnostics
                if item.severity is not Severity.HINT
            ]
            if left or f"version: {release}".encode() not in after:
                raise AssertionError(f"{self.path} at {release}: {left}")
        return Outcome(after, codes)


def pairs(profile: Profile, releases: tuple[str, ...]) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Yield each pair of releases with the codes in its way, of the first release or of the second."""
    content = (REPO / profile.path).read_bytes()
    for first in releases:
        start = profile.at(content, first)
        for second in releases:
            if first != second:
                yield first, second, start.codes or profile.at(start.content, second).codes


def main() -> int:
    """Try every pair of every profile, and print or write how they end."""
    releases, ends = vllm.versions(), dict[str, Counter[tuple[str, ...]]]()
    for path in sorted(REPO.glob("profiles/*.yaml")):
        profile = Profile(str(path.relative_to(REPO)))
        ends[path.stem] = Counter(codes for _, _, codes in pairs(profile, releases))
        print(
            f"{path.stem}: {ends[path.stem][()]} of {ends[path.stem].total()} pairs end clean",
            file=sys.stderr,
        )
    text = "\n".join(table(ends, releases))
    if "--write" not in sys.argv:
        print(text)
        return 0
    page = PAGE.read_text(encoding="utf-8")
    head, tail = page.split(START)[0], page.split(END)[1]
    PAGE.write_text(f"{head}{START}\n{text}\n{END}{tail}", encoding="utf-8")
    return 0


def table(ends: dict[str, Counter[tuple[str, ...]]], releases: tuple[str, ...]) -> Iterator[str]:
    """Write how the pairs of each profile end, as Markdown."""
    clean = sum(counts[()] for counts in ends.values())
    every = sum(counts.total() for counts in ends.values())
    yield (
        f"{len(releases)} releases, {len(ends)} profiles, {every:,} pairs: {clean:,} end in a profile that "
        f"checks clean, {every - clean:,} in a named obstacle."
    )
    yield ""
    yield "| profile | pairs that end clean | obstacles of the others |"
    yield "|---|---|---|"
    for name, counts in ends.items():
        codes = Counter[str]()
        for found, count in counts.items():
            for code in found:
                codes[code] += count
        words = ", ".join(f"{code} ({count:,})" for code, count in codes.most_common())
        yield f"| {name} | {counts[()]:,} of {counts.total():,} | {words} |"


if __name__ == "__main__":
    sys.exit(main())
