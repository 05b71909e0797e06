"""The reports: Markdown that no value can break out of, JSON for tools, colours on terminals only."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from difference_cases import BASE, CASES, HERE, case, compared, laid_over, plan
from r1c import capacity
from r1c.difference import difference, plan_of_output, side
from r1c.difference.report_json import as_json
from r1c.difference.report_markdown import as_markdown
from r1c.difference.report_text import as_text
from r1c.record import replace

OLD = plan(BASE)
TENSOR = plan(
    laid_over(BASE, {"spec": {"cluster": {"lws": "v0.9.0"}, "parallelism": {"tensor": 16}, "nodes": 4}})
)


def test_markdown_for_a_pull_request(golden: Callable[[Path, str], None]) -> None:
    old, new = (
        plan(laid_over(BASE, {"spec": {"cluster": {"lws": "v0.6.2"}, **more}}))
        for more in (
            {},
            {"parallelism": {"tensor": 16, "pipeline": 2}, "nodes": 4, "vllm": {"version": "v0.8.5"}},
        )
    )
    golden(HERE / "difference" / "pull-request.md", as_markdown([compared(old, new)]))


def test_markdown_of_a_value_that_tries_to_break_out() -> None:
    new = plan(laid_over(BASE, {"spec": {"vllm": {"env": {"VLLM_X": "a|b `c` ``d`` <img> @team"}}}}))
    text = as_markdown([compared(OLD, new)])
    assert "| ```a\\|b `c` ``d`` <img> @team``` |" in text
    assert text.count("<") == text.count("<details>") + text.count("</details>") + text.count(
        "<summary>"
    ) + text.count("</summary>") + text.count("<img>")


def test_json_has_every_path_with_its_impact() -> None:
    (recipe,) = json.loads(as_json([compared(OLD, TENSOR)]))["recipes"]
    assert (recipe["name"], recipe["status"], recipe["effects"]) == (
        "base",
        "changed",
        ["groups-recreated", "nothing"],
    )
    group = recipe["objects"][0]
    assert (group["kind"], group["namespace"], group["name"], group["status"]) == (
        "LeaderWorkerSet",
        "default",
        "base",
        "changed",
    )
    size, tensor = group["changes"]
    assert (size["path"], size["old"], size["new"]) == ("spec.leaderWorkerTemplate.size", 2, 4)
    assert tensor["path"] == (
        "spec.leaderWorkerTemplate.leaderTemplate.spec.containers[vllm-leader].args[--tensor-parallel-size]"
    )
    assert tensor["impact"] == {
        "effect": "groups-recreated",
        "text": "recreates the group: 16 GPUs unavailable for about 45 minutes",
        "why": "LWS accepts a new size from v0.7.0 on and recreates the groups for it; the webhook of older "
        "releases refuses it",
        "command": None,
        "brief": "16 GPUs unavailable for about 45 minutes",
    }
    assert recipe["figures"][:2] == [
        {"what": "nodes", "old": 2, "new": 4},
        {"what": "GPUs", "old": 16, "new": 32},
    ]


def test_colours() -> None:
    found = [compared(OLD, plan(laid_over(BASE, {"spec": {"vllm": {"args": {"enforce-eager": True}}}})))]
    assert "\x1b[32m    + leader: args[--enforce-eager]\x1b[0m\n" in as_text(found, colour=True)
    assert "\x1b" not in as_text(found, colour=False)


def test_control_characters_of_an_output_reach_no_terminal() -> None:
    old = side.of_profile(OLD, "old.yaml")
    files = {path: content.replace(b"my-bucket", b'"\\e[2Jb"') for path, content in old.files.items()}
    edited = side.of_output(
        {"service.yaml": old.files["service.yaml"], **files}, "out/base", "base", old, OLD
    )
    text = as_text([difference(edited, old)], colour=False)
    assert '"\\u001b[2Jb" -> my-bucket' in text
    assert "\x1b" not in text


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_an_output_gives_the_figures_of_its_profile(path: Path) -> None:
    _, _, old, new = case(path)
    for one in (old, new):
        found_side = side.of_profile(one, "x")
        found = plan_of_output.recover(found_side.documents, replace(OLD, cluster=one.cluster))
        assert found
        assert found.group == one.group
        assert found.image.reference == one.image.reference
        assert (found.model.id, found.server.version) == (one.model.id, one.server.version)
        estimates = [capacity.estimate(item) for item in (found, one)]
        assert [item and (item.tokens, item.sequences) for item in estimates[:1]] == [
            item and (item.tokens, item.sequences) for item in estimates[1:]
        ]
