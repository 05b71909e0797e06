"""The functions generated from the templates give the same text as Jinja2, for every file of a recipe."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from r1c.lower import templates
from r1c.lower.templates import compiled
from r1c.lower.templates.escape import json_text, literal, prose, shell
from r1c.pipeline import analyse, build

REPO = Path(__file__).resolve().parents[2]
FOLDERS = (REPO / "compiler" / "r1c" / "lower" / "templates", REPO / "docker" / "context")
PROFILES = sorted(
    [
        *REPO.glob("profiles/*.yaml"),
        *REPO.glob("tests/cases/*/*.yaml"),
        *REPO.glob("tests/check/rules/*/ok-*.yaml"),
    ]
)

Context = tuple[str, Mapping[str, Any]]


@pytest.fixture(scope="module")
def jinja() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(FOLDERS),
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"shell": shell, "kubelet": literal, "json": json_text, "prose": prose}
    return environment


def noted(monkeypatch: pytest.MonkeyPatch) -> list[Context]:
    """Keep every template that is filled in from now on, with what it is filled in with."""
    seen: list[Context] = []

    def note(name: str, fill: Callable[[Mapping[str, Any]], str]) -> Callable[[Mapping[str, Any]], str]:
        def noting(values: Mapping[str, Any]) -> str:
            seen.append((name, values))
            return fill(values)

        return noting

    table = {name: note(name, fill) for name, fill in compiled.TEMPLATES.items()}
    monkeypatch.setattr(compiled, "TEMPLATES", table)
    return seen


def test_every_template_gives_what_jinja_gives(jinja: Environment, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = noted(monkeypatch)
    for path in PROFILES:
        plan = analyse(path.name, path.read_bytes()).plan
        if plan:
            build(plan)
    monkeypatch.undo()
    for name, values in seen:
        assert templates.render(name, **values) == jinja.get_template(name).render(**values), name
    included = {
        "launch/nccl_environment.sh.j2",
        "launch/form_group_leader.sh.j2",
        "launch/form_group_worker.sh.j2",
    }
    included |= {
        f"runbook/{part}.md.j2" for part in ("image", "cluster", "token", "weights", "benchmark", "cleanup")
    }
    assert {name for name, _ in seen} | included == set(compiled.TEMPLATES)


@pytest.mark.parametrize(
    "text", ["", "it's", "$(NAME)", "a b", "Fu\u00dfg\u00e4nger \U0001f600", "\n", "{{ x }}"]
)
def test_values_are_quoted_the_same(jinja: Environment, text: str) -> None:
    values = {"script": text, "overrides": {"NCCL_DEBUG": text, "OTHER": text}}
    name = "launch/nccl_environment.sh.j2"
    assert templates.render(name, **values) == jinja.get_template(name).render(**values)


def test_a_name_that_is_not_given_is_refused() -> None:
    with pytest.raises(KeyError):
        templates.render("launch/wait_for_leader.sh.j2")


def test_an_unknown_template_is_refused() -> None:
    with pytest.raises(KeyError):
        templates.render("nothing.j2")
