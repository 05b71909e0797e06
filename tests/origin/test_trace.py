"""Every line of every shipped recipe has origins, and they are the ones that change it."""

from __future__ import annotations

import copy
import difflib
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from r1c import pipeline
from r1c.commands import inputs
from r1c.origin.sections import section
from r1c.origin.trace import Line, Run, trace
from r1c.profile import parse
from r1c.record import replace
from r1c.source import Document

REPO = Path(__file__).resolve().parents[2]
PROFILES = sorted(path.stem for path in (REPO / "profiles").glob("*.yaml"))
Files = Mapping[str, tuple[Line, ...]]

CHANGES: tuple[tuple[str, Any], ...] = (
    ("metadata.name", "other-name"),
    ("metadata.namespace", "elsewhere"),
    ("spec.service.port", 8123),
    ("spec.service.type", "LoadBalancer"),
    ("spec.cluster.project", "other-project"),
    ("spec.cluster.name", "other-cluster"),
    ("spec.cluster.region", "europe-west4"),
    ("spec.cluster.location", "us-central1-c"),
    ("spec.image.registry", "us-docker.pkg.dev/other/images"),
    ("spec.image.tag", "t9"),
    ("spec.image.digest", f"sha256:{'a' * 64}"),
    ("spec.storage.bucket", "other-bucket"),
    ("spec.storage.mountPath", "/bucket-of-results"),
    ("spec.storage.ssdMountPath", "/fast"),
    ("spec.storage.sharedMemory", "99Gi"),
    ("spec.storage.modelCache", "emptyDir"),
    ("spec.network.mode", "host"),
    ("spec.vllm.version", "v0.10.1"),
    ("spec.vllm.executor", "native"),
    ("spec.replicas", 3),
    ("spec.nodes", 3),
    ("spec.scheduling.queue", "queue-1"),
    ("spec.scheduling.priorityClass", "urgent"),
    ("spec.scheduling.targetNodes", ["node-1"]),
    ("spec.huggingface.source", "existing"),
    ("spec.huggingface.secretName", "other-token"),
    ("spec.build.timeout", "99s"),
    ("spec.build.diskSizeGb", 777),
    ("spec.build.machineType", "e2-highcpu-8"),
    ("spec.serviceAccountName", "other-account"),
    ("spec.model.id", "example/unknown"),
    ("spec.model.revision", "abc123"),
    ("spec.model.servedName", "short"),
    ("spec.gpudirect.useHostPlugin", True),
    ("spec.parallelism.tensor", 4),
    ("spec.parallelism.pipeline", 4),
    ("spec.platform", "a3-ultra"),
    ("spec.vllm.args.max-model-len", 4321),
)
"""Fields that every profile has or can have, with a value that no shipped profile has."""


def document(profile: str) -> Document:
    path = f"profiles/{profile}.yaml"
    return inputs.composed(str(REPO / path), (REPO / path).read_bytes()).document


def traced(source: Document, data: dict[str, Any]) -> Files:
    """Trace a profile's data without asking a rule whether it may run."""
    changed = replace(source, data=data)
    parsed = parse.parse(changed)
    assert not parsed.findings
    return trace(parsed.recipe, changed, pipeline.plan_data(source.source.name, data))


@cache
def shipped(profile: str) -> Files:
    source = document(profile)
    return traced(source, source.data)


WORDS = re.compile(r"^(?!```).*[a-zA-Z0-9]")


def differing(before: Files, after: Files) -> Iterator[tuple[str, Line]]:
    """Yield the lines that only one side has; a bare bracket or fence may be that of a neighbour."""
    for path in sorted(set(before) | set(after)):
        old, new = before.get(path, ()), after.get(path, ())
        matcher = difflib.SequenceMatcher(
            None, [line.text for line in old], [line.text for line in new], autojunk=False
        )
        for kind, start, end, new_start, new_end in matcher.get_opcodes():
            if kind != "equal":
                lines = (*old[start:end], *new[new_start:new_end])
                yield from ((path, line) for line in lines if WORDS.search(line.text))


def names(line: Line, field: str) -> bool:
    """Tell whether a line names a field, a map that it is in, or the profile as a whole."""
    for item in (*line.made_of, *line.conditions):
        if item.kind == "profile" or item.name == field or item.name.startswith((f"{field}.", f"{field}[")):
            return True
        if item.kind == "default" and field.startswith(f"{item.name}."):
            return True
    return False


def of_figures(profile: str, **changes: Any) -> set[str]:
    """Return the names of the facts that the figures of a profile are computed from."""
    source = document(profile)
    data = copy.deepcopy(source.data)
    for name, value in changes.items():
        data["spec"][name] |= value
    changed = replace(source, data=data)
    recipe = parse.parse(changed).recipe
    run = Run(recipe, changed, pipeline.plan_data(source.source.name, data))
    return {fact.name for fact in run.facts_of_figures()}


def test_the_facts_of_memory_and_forecast() -> None:
    """The figures are compared with those of a plan without origins (origin/figures.py)."""
    first = of_figures("a3mega")
    assert {"gpuMemoryGib", "checkpointBytes", "firstEngine.cudaGraphsGib.0", "acrossNodes.seconds"} <= first
    assert "graphsGib.captured.1" not in first  # of the V1 engine
    later = of_figures("gpt-oss-120b-a3mega")
    assert {"graphsGib.captured.1", "coefficients.bandwidth"} <= later
    assert "firstEngine.cudaGraphsGib.0" not in later
    assert "checkpointBytes" not in of_figures("a3mega", model={"id": "example/unknown"})


SAMPLE = ("a3mega", "deepseek-r1-production")
"""One that is plain and one with every block; bin/test-origins has all."""

RECIPES = [
    pytest.param(number, name, marks=() if name in SAMPLE else pytest.mark.origins, id=name)
    for number, name in enumerate(PROFILES)
]


@pytest.mark.parametrize(("number", "profile"), RECIPES)
def test_each_line_has_origins_and_a_changed_field_changes_only_lines_that_name_it(
    number: int, profile: str
) -> None:
    source, before = document(profile), shipped(profile)
    text = {path: "".join(f"{line.text}\n" for line in lines) for path, lines in before.items()}
    plan = pipeline.plan_data(source.source.name, source.data)
    assert text == {path: content.decode() for path, content in pipeline.build(plan).items()}
    assert [(path, line) for path, lines in before.items() for line in lines if not line.made_of] == []
    # Each profile has some of the changes, so that together they have all.
    for field, value in CHANGES[number :: len(PROFILES)]:
        data = copy.deepcopy(source.data)
        *sections, last = field.split(".")
        at = data
        for name in sections:
            at = at.setdefault(name, {})
        at[last] = value
        changed = list(differing(before, traced(source, data)))
        assert changed, field
        assert [(field, path, line) for path, line in changed if not names(line, field)] == []


def test_the_name_of_a_field_is_no_value_of_it() -> None:
    lines = [line for found in shipped("a3mega").values() for line in found]
    fields = {item for line in lines for item in line.made_of if item.kind == "field"}
    assert "spec.vllm.args.max-num-seqs" in {item.name for item in fields}
    assert [item.name for item in fields if item.value and item.name.endswith(f".{item.value}")] == []


def test_a_field_is_not_named_everywhere() -> None:
    """What names everything says nothing."""
    lines = [line for found in shipped("a3mega").values() for line in found]
    for field, most in (("spec.service.port", 12), ("spec.storage.bucket", 12), ("spec.build.timeout", 1)):
        own = [
            line for line in lines if any(item.name == field for item in (*line.made_of, *line.conditions))
        ]
        assert 1 <= len(own) <= most, field


def line_of(profile: str, path: str, text: str) -> Line:
    return next(line for line in shipped(profile)[path] if line.text.strip() == text)


def made_of(line: Line) -> list[tuple[str, str, str]]:
    return [(item.kind, item.name, item.value) for item in line.made_of if item.kind != "rule"]


def test_a_given_field_has_its_line() -> None:
    line = line_of("a3mega", "leaderworkerset.yaml", "size: 2")
    assert made_of(line) == [("field", "spec.nodes", "2")]
    text = (REPO / "profiles/a3mega.yaml").read_text(encoding="utf-8").splitlines()
    assert text[(line.made_of[0].line or 0) - 1].strip().startswith("nodes: 2")


def test_a_default_is_one_and_what_it_depends_on_is_not_given() -> None:
    line = line_of("a3mega", "leaderworkerset.yaml", "replicas: 1")
    assert made_of(line) == [("default", "spec.replicas", "1")]
    assert [(item.kind, item.name) for item in line.conditions] == [("default", "spec.scaling")]


def test_a_fact_has_its_file_line_source_and_date() -> None:
    line = line_of("a3mega", "leaderworkerset.yaml", "path: /mnt/stateful_partition/kube-ephemeral-ssd")
    fact = line.made_of[0]
    assert (fact.kind, fact.name, fact.file) == ("fact", "localSsdPath", "facts/platforms/a3-mega.yaml")
    kept = (REPO / "compiler/r1c" / fact.file).read_text(encoding="utf-8").splitlines()
    assert kept[(fact.line or 0) - 1].startswith("localSsdPath:")
    assert fact.source.startswith("gpu-recipes")
    assert fact.date == "2026-11-23"
    assert "spec.platform" in {item.name for item in line.conditions}


def test_a_line_of_a_script_or_page_has_the_fields_that_are_in_it() -> None:
    page = shipped("a3mega")["RUNBOOK.md"]
    line = next(line for line in page if line.text.startswith("gcloud container clusters get-credentials"))
    assert [name for _, name, _ in made_of(line)] == [
        "spec.cluster.project",
        "spec.cluster.name",
        "spec.cluster.region",
    ]
    assert [item.name for item in line.made_of if item.kind == "rule"] == ["RUNBOOK.md.j2"]


def test_each_line_of_an_embedded_script_is_on_its_own() -> None:
    lines = shipped("a3mega")["leaderworkerset.yaml"]
    line = next(line for line in lines if line.text.strip().startswith("- path: /dev/nvidia3"))
    assert made_of(line) == [("fact", "devices.3", "/dev/nvidia3")]


def test_a_trace_does_not_depend_on_those_before_it() -> None:
    alone = traced(document("gpt-oss-120b-a3mega"), document("gpt-oss-120b-a3mega").data)
    shipped("deepseek-r1-production")
    again = traced(document("gpt-oss-120b-a3mega"), document("gpt-oss-120b-a3mega").data)
    assert alone == again


def test_every_rule_leads_to_a_section_that_exists() -> None:
    files = {
        item.file
        for profile in ("a3mega", "deepseek-r1-production")
        for lines in shipped(profile).values()
        for line in lines
        for item in line.made_of
        if item.kind == "rule"
    }
    for page in {section(file) for file in files}:
        path, _, anchor = page.partition("#")
        headings = re.findall(r"(?m)^## (.+)$", (REPO / path).read_text(encoding="utf-8"))
        anchors = {re.sub(r"[^a-z0-9 -]", "", heading.lower()).replace(" ", "-") for heading in headings}
        assert not anchor or anchor in anchors, page
