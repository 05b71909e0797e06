"""`r1c plan --format svg`: well-formed, each text inside its box, and nothing of a profile is markup."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from picture_plans import PLANS, split, vllm
from plan_of import base
from r1c.capacity import estimate
from r1c.capacity.ranges import gib_range
from r1c.cli import main
from r1c.picture import measure, memory, svg
from r1c.picture.canvas import FONTS, WIDTH
from r1c.resolve.plan import Plan

HERE = Path(__file__).parent
A3MEGA = str(HERE.parents[1] / "profiles" / "a3mega.yaml")
SVG = "{http://www.w3.org/2000/svg}"
SIZES = {font.name: font for font in FONTS}
Golden = Callable[[Path, str], None]
Extent = tuple[float, float]


def read(text: str) -> Element:
    return ElementTree.fromstring(text)


def extent(text: Element) -> Extent:
    """Return where a text begins and ends, by the estimate of its width."""
    font, content = SIZES[text.attrib["class"]], text.text or ""
    width = measure.width(content, font.size, bold=font.bold)
    before = {"start": 0.0, "middle": width / 2, "end": width}[text.get("text-anchor", "start")]
    start = float(text.attrib["x"]) - before
    return start, start + width


def boxes(root: Element) -> Iterator[tuple[Extent, list[Extent]]]:
    """Yield the sides of each box that has a text in it, and those of the texts."""
    for group in root.iter(f"{SVG}g"):
        box = group.find(f"{SVG}rect")
        assert box is not None
        left = float(box.attrib["x"])
        yield (left, left + float(box.attrib["width"])), [extent(text) for text in group.iter(f"{SVG}text")]


def check(plan: Plan) -> Element:
    """Hold a picture against what must be true of each."""
    root = read(svg.page(plan))
    title, description = root[0], root[1]
    assert (title.tag, description.tag) == (f"{SVG}title", f"{SVG}desc")
    assert root.attrib["aria-labelledby"] == f"{title.attrib['id']} {description.attrib['id']}"
    height = float(root.attrib["height"])
    assert root.attrib["viewBox"] == f"0 0 {WIDTH} {root.attrib['height']}"
    texts = list(root.iter(f"{SVG}text"))
    lines: dict[float, list[Extent]] = {}
    for text in texts:
        start, end = extent(text)
        assert start >= 0, text.text
        assert end <= WIDTH, text.text
        assert float(text.attrib["y"]) < height
        lines.setdefault(float(text.attrib["y"]), []).append((start, end))
    for line in lines.values():
        line.sort()
        for (_, end), (start, _) in itertools.pairwise(line):
            assert end <= start + 0.2, "two texts of a line are over each other"
    for (left, right), inside in boxes(root):
        for start, end in inside:
            assert left - 0.2 <= start
            assert end <= right + 0.2
    return root


@pytest.mark.parametrize("name", PLANS)
def test_the_picture_of(name: str, golden: Golden) -> None:
    text = svg.page(PLANS[name])
    golden(HERE / "svg" / f"{name}.svg", text)
    check(PLANS[name])


def test_markup_of_a_profile_is_text() -> None:
    plan = PLANS["markup-in-a-name"]
    root = check(plan)
    assert root.find(f".//{SVG}script") is None
    assert plan.model.id in (root[1].text or "")


@given(st.text(max_size=80), st.text(max_size=80))
@settings(max_examples=30, deadline=None)
def test_any_text_of_a_profile_is_drawn_inside_the_picture(model: str, network: str) -> None:
    """Control characters and direction marks too, whole and half characters, and very long words."""
    names = ["default", *(f"{network}{number}" for number in range(8))]
    check(base(model={"id": model or "x"}, network={"subnetworks": names}))


@given(
    platform=st.sampled_from(["a3-high", "a3-mega", "a3-ultra", "a4"]),
    model=st.sampled_from(["deepseek-ai/DeepSeek-R1", "openai/gpt-oss-120b", "google/gemma-3-27b-it"]),
    tensor=st.sampled_from([1, 2, 4, 8]),
    pipeline=st.integers(1, 12),
    data=st.sampled_from([1, 2, 8]),
    version=st.sampled_from(["v0.7.3", "v0.11.0", "v0.26.0", "v0.33.0"]),
)
@settings(max_examples=30, deadline=None)
def test_any_shape_is_drawn_inside_the_picture(  # noqa: PLR0913, PLR0917
    platform: str, model: str, tensor: int, pipeline: int, data: int, version: str
) -> None:
    nodes = -(-tensor * pipeline * data // 8)
    server = vllm(data_parallel_size=data) | {"version": version}
    plan = base(platform=platform, model={"id": model}, vllm=server, **split(tensor, pipeline, nodes))
    check(plan)


@pytest.mark.parametrize("name", [name for name, plan in PLANS.items() if estimate(plan)])
def test_both_bars_are_the_whole_memory_of_a_gpu(name: str) -> None:
    capacity = estimate(PLANS[name])
    assert capacity is not None
    most, least = memory.bars(capacity)
    assert most.total == capacity.total
    assert least.total == capacity.total or dict(least.sizes)["free"] == 0
    assert dict(most.sizes)["cache"] == capacity.stage.pool.high
    assert dict(least.sizes)["cache"] == capacity.stage.pool.low
    inside = sum(size for kind, size in most.sizes if kind not in ("free", "graphs", "beside"))
    if memory.granted(capacity) and not capacity.settings.graphs_inside:
        assert inside == capacity.granted, "what vLLM is granted ends where the KV cache ends"


def test_a_bar_that_is_too_long_shows_it() -> None:
    """At worst the rest takes more than the GPU has: the bar goes past the dashed line, with no KV cache."""
    server = vllm(gpu_memory_utilization=0.89)
    plan = base(model={"id": "meta-llama/Llama-3.3-70B-Instruct"}, vllm=server, **split(2, 1, 1))
    capacity = estimate(plan)
    assert capacity is not None
    least = memory.bars(capacity)[1]
    assert capacity.stage.pool.low < 0
    assert dict(least.sizes)["cache"] == 0
    check(plan)


def test_the_description_says_what_the_picture_shows() -> None:
    description = read(svg.page(PLANS["two-nodes"]))[1].text
    capacity = estimate(PLANS["two-nodes"])
    assert capacity is not None
    parts = ", ".join(f"{part.name} {gib_range(part.size)}" for part in memory.parts(capacity))
    assert description == (
        "deepseek-ai/DeepSeek-R1 with vLLM v0.7.3 on 2 a3-mega nodes, 16 GPUs: tensor 8 x pipeline 2. "
        "Node 0: ranks 0-7, stage 0. Node 1: ranks 8-15, stage 1. "
        f"Memory of a GPU of stage 1, which limits the KV cache, 79.1 GiB: {parts}."
    )


def test_a_picture_needs_nothing_else() -> None:
    text = svg.page(PLANS["sixteen-nodes"])
    assert not re.search(r"href|url\(|@import|<image|<script", text)
    assert "@media screen and (prefers-color-scheme: dark)" in text


def test_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", A3MEGA, "--format", "svg"]) == 0
    assert capsys.readouterr().out == svg.page(PLANS["two-nodes"])


@pytest.mark.parametrize("option", ["--load=8192/1024/64", "--price-per-gpu-hour=9.80"])
def test_a_picture_has_no_forecast(option: str, capsys: pytest.CaptureFixture[str]) -> None:
    name = option.partition("=")[0]
    assert main(["plan", A3MEGA, "--format", "svg", option]) == 2
    assert capsys.readouterr().err == (
        f"r1c: --format svg has no forecast; leave out {name}, or use --format markdown\n"
    )


@pytest.mark.parametrize(
    ("text", "most", "shown"),
    [
        ("deepseek-ai/DeepSeek-R1", 400, "deepseek-ai/DeepSeek-R1"),
        ("deepseek-ai/DeepSeek-R1", 100, "deepseek\u2026-R1"),
        ("deepseek", 5, ""),
    ],
)
def test_a_text_is_shortened_in_its_middle(text: str, most: float, shown: str) -> None:
    assert measure.shortened(text, 12.5, most) == shown
