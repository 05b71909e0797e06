"""The facts that a file states about a server -> the findings that hold whatever it leaves open."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from r1c import pipeline
from r1c.check import applicable, in_doubt
from r1c.check.rule import Rule
from r1c.diagnostics import Code, Finding, Path
from r1c.facts import vllm
from r1c.lint.applies import APPLIES, NEAR, UNKNOWN_FLAG, is_of_the_build
from r1c.lint.reading import Reading
from r1c.lint.watched import NAME, PLATFORM, VERSION, Log, watched
from r1c.profile import paths
from r1c.record import record, replace
from r1c.resolve.plan import Plan
from r1c.resolve.server import Argument

PLACEHOLDERS: Mapping[Path, Any] = {
    paths.NAME: "lint",
    paths.MODEL_ID: "unknown/unknown",
    ("spec", "cluster", "project"): "my-project",
    ("spec", "cluster", "name"): "my-cluster",
    ("spec", "cluster", "region"): "us-central1",
    ("spec", "image", "registry"): "us-central1-docker.pkg.dev/my-project/my-repository",
    ("spec", "image", "name"): "vllm-openai",
    ("spec", "storage", "bucket"): "my-bucket",
}
"""What a profile must have and a manifest does not say: no finding that reads one of them is reported."""

BUILD = "vLLM's own image"
"""The need of a finding about what another build of vLLM may have."""

_OPEN = frozenset({PLATFORM, VERSION, NAME})
"""The needs that have few possible values, so that a rule can be asked about each."""

_INSIDE = re.compile(r" \(\d+ keeps tensor parallelism inside one [\w-]+ node\)")


@record
class Withheld:
    """A finding that needs what the file does not say: the fields that it read."""

    code: Code
    needs: tuple[str, ...]


@record
class Judged:
    """The findings, by paths in a profile, and those that are withheld."""

    findings: tuple[tuple[Code, Finding], ...]
    withheld: tuple[Withheld, ...]


def judge(reading: Reading) -> Judged:
    """Ask every rule that applies."""
    worlds = _Worlds(reading)
    findings: list[tuple[Code, Finding]] = []
    withheld: dict[Withheld, None] = {}
    plan = worlds.plan(worlds.platforms[0], worlds.versions[-1])
    for rule in applicable(plan):
        if rule.code.id not in APPLIES:
            continue
        for finding, needs in _asked(rule, plan, reading):
            if finding.path[-1] in (reading.said.flags | reading.said.variables) and needs:
                # About a value that the file does not show.
                continue
            if is_of_the_build(rule.code.id, finding, reading.build):
                withheld[Withheld(rule.code, (BUILD,))] = None
                continue
            everywhere = worlds.everywhere(rule, finding, needs)
            if everywhere:
                findings.append((rule.code, everywhere))
            else:
                withheld[Withheld(rule.code, tuple(sorted(needs)))] = None
    return Judged(tuple(findings), tuple(withheld))


def _asked(rule: Rule, plan: Plan, reading: Reading) -> Iterator[tuple[Finding, frozenset[str]]]:
    """Yield each finding of a rule with what was read for it and the file does not say.

    Its edit is of a profile, which there is none of.
    """
    log = Log(reading.said)
    for finding in rule.check(watched(plan, log)):
        if not in_doubt(finding, plan):
            yield replace(finding, edit=None), frozenset(log.read)


class _Worlds:
    """The plans of a server on each machine and release that it may run on."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.platforms = reading.platforms or ("a3-mega",)
        self.versions = reading.versions or (vllm.versions()[-1],)
        self._plans: dict[tuple[str, str], Plan] = {}
        self._found: dict[tuple[str, str, str], Mapping[tuple[Path, str], Finding]] = {}

    def plan(self, platform: str, version: str) -> Plan:
        """Return the plan of one of them."""
        if (platform, version) not in self._plans:
            self._plans[platform, version] = _plan(self.reading, platform, version)
        return self._plans[platform, version]

    def everywhere(self, rule: Rule, finding: Finding, needs: frozenset[str]) -> Finding | None:
        """Return the finding if it is the same on all machines and releases that the file leaves open."""
        if not needs <= _OPEN:
            return None
        if (PLATFORM in needs and not self.reading.platforms) or (
            VERSION in needs and not self.reading.versions
        ):
            return None
        if VERSION in needs and rule.code.id == UNKNOWN_FLAG and not finding.help.startswith(NEAR):
            return None
        platforms = self.platforms if PLATFORM in needs else self.platforms[:1]
        versions = self.versions if VERSION in needs else self.versions[-1:]
        if VERSION not in needs and NAME in needs:
            versions = (vllm.versions()[0], *versions)
        key = finding.path, _plain(finding.message, self.versions[-1])
        helps, found = set[str](), finding
        for platform in platforms:
            for version in versions:
                same = self._findings(rule, platform, version).get(key)
                if same is None:
                    return None
                found = same
                helps.add(_plain(same.help, version))
        if not needs:
            return finding
        help_ = next(iter(helps)) if len(helps) == 1 else rule.code.fix
        open_ = bool(needs & {VERSION, NAME})
        return replace(found, message=key[1] if open_ else found.message, help=help_)

    def _findings(self, rule: Rule, platform: str, version: str) -> Mapping[tuple[Path, str], Finding]:
        key = rule.code.id, platform, version
        if key not in self._found:
            plan = self.plan(platform, version)
            self._found[key] = {
                (finding.path, _plain(finding.message, version)): finding
                for finding, needs in _asked(rule, plan, self.reading)
                if needs <= _OPEN
            }
        return self._found[key]


def _plain(text: str, version: str) -> str:
    """Leave the release and the machine out of a message that is the same for all."""
    return _INSIDE.sub("", text.replace(f"vLLM {version}", "vLLM"))


def _plan(reading: Reading, platform: str, version: str) -> Plan:
    fields = {
        **PLACEHOLDERS,
        **reading.fields,
        ("spec", "platform"): platform,
        paths.VERSION: version,
    }
    data: dict[str, Any] = {"apiVersion": "r1c.dev/v1alpha1", "kind": "Recipe"}
    for path, value in fields.items():
        inside = data
        *parents, last = map(str, path)
        for part in parents:
            inside = inside.setdefault(part, {})
        inside[last] = value
    plan = pipeline.plan_data("lint", data)
    server = plan.server
    hidden = tuple(
        Argument(name, name, None, vllm.flag("serve", name, server.release))
        for name in sorted(reading.said.flags)
    )
    given = frozenset(
        path for path in plan.given if any(field[: len(path)] == path for field in reading.fields)
    )
    return replace(plan, given=given, server=replace(server, arguments=(*server.arguments, *hidden)))
