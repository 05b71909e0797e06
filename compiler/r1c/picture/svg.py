"""A Plan -> a drawing of its nodes, ranks, stages and NICs, and of the memory of a GPU, as SVG.

It is one column, narrow enough to be read on a telephone, and follows the reader's light or dark theme.
"""

from __future__ import annotations

from r1c.capacity import Capacity, estimate, unsized
from r1c.capacity.ranges import gib, gib_range
from r1c.picture import measure, memory, placement
from r1c.picture.canvas import (
    FONTS,
    HEADING,
    INNER,
    INSIDE,
    MARGIN,
    PLAIN,
    RANK,
    SMALL,
    TITLE,
    UNDER,
    WIDTH,
    Canvas,
)
from r1c.picture.placement import Gpu, Node
from r1c.resolve.plan import Plan

_TINTS = 6
"""Colours of stages; a seventh stage has that of the first again, and its number in every box."""
_MOST_NODES = 16
"""A larger group is drawn without the nodes in its middle."""
_EACH_NODE = 4
"""Nodes up to which each one is drawn with its NICs."""
_GAP = 4
_CELL, _LINE, _NIC, _BAR = 24, 12, 17, 26

_LIGHT = ("#ddf4ff", "#dafbe1", "#fff1e5", "#fbefff", "#ffeff7", "#fff8c5")
_DARK = ("#0c2d6b", "#033a16", "#5a1e02", "#3c1e70", "#5e103e", "#4b2900")
_PARTS = {
    "weights": "#0969da",
    "other": "#8250df",
    "activations": "#9a6700",
    "graphs": "#bf3989",
    "beside": "#6e7781",
    "cache": "#1a7f37",
}


def page(plan: Plan, label: str = "") -> str:
    """Return the SVG; `label` names it where a page has several."""
    canvas, capacity = Canvas(), estimate(plan)
    canvas.lines(plan.name, TITLE, most_lines=2)
    canvas.y += 3
    canvas.lines(f"{plan.model.id} with vLLM {plan.server.version}", PLAIN)
    canvas.lines(placement.shape(plan), PLAIN)
    canvas.lines(f"{placement.groups(plan)}; {plan.platform.gpu_model}", SMALL)
    canvas.y += 14
    _group(canvas, plan)
    canvas.y += 14
    if capacity is None:
        canvas.lines(f"No memory figures: {unsized(plan)}.", PLAIN, most_lines=4)
    else:
        if len(capacity.stages) > 1:
            _stages(canvas, capacity)
            canvas.y += 14
        _memory(canvas, capacity)
        canvas.y += 14
        _served(canvas, plan, capacity)
    return canvas.document(label or plan.name, f"Plan of {plan.name}", _description(plan, capacity), _style())


def _description(plan: Plan, capacity: Capacity | None) -> str:
    text = f"{plan.model.id} with vLLM {plan.server.version} on {placement.shape(plan)}."
    for node in placement.nodes(plan)[:_MOST_NODES]:
        text += f" Node {node.number}: ranks {placement.runs(node.ranks)}{_stages_of(plan, node)}."
    if capacity is None:
        return text
    parts = ", ".join(f"{part.name} {gib_range(part.size)}" for part in memory.parts(capacity))
    return f"{text} {memory.heading(capacity)}, {gib(capacity.total)}: {parts}."


def _stages_of(plan: Plan, node: Node) -> str:
    if plan.group.pipeline == 1:
        return ""
    return f", stage{'s' if len(node.stages) > 1 else ''} {placement.runs(sorted(node.stages))}"


# The group


def _group(canvas: Canvas, plan: Plan) -> None:
    canvas.lines("One group" if plan.group.replicas > 1 else "Nodes and ranks", HEADING)
    canvas.lines(_legend(plan), SMALL)
    between = placement.between(plan)
    if between:
        canvas.lines(between, SMALL)
    canvas.y += 6
    nodes = placement.nodes(plan)
    shown = nodes if len(nodes) <= _MOST_NODES else (*nodes[: _MOST_NODES - 2], nodes[-1])
    every = len(nodes) <= _EACH_NODE
    for node in shown:
        if node is shown[-1] and len(shown) < len(nodes):
            left = nodes[len(shown) - 1 : -1]
            ranks = f"ranks {left[0].ranks[0]} to {left[-1].ranks[-1]}"
            canvas.lines(f"Nodes {left[0].number} to {left[-1].number}: {ranks}, alike", SMALL, x=MARGIN + 8)
            canvas.y += 8
        _node(canvas, plan, node, nics=every or node.number == 0)
    _networks(canvas, plan, alike=not every)


def _legend(plan: Plan) -> str:
    text = "A box is a GPU with its rank"
    if plan.group.pipeline > 1:
        text += "; PP is its pipeline stage"
    if plan.group.data > 1:
        text += "; DP is its data parallel copy"
    return f"{text}."


def _node(canvas: Canvas, plan: Plan, node: Node, *, nics: bool) -> None:
    lines = (plan.group.pipeline > 1) + (plan.group.data > 1)
    cell = _CELL + _LINE * lines
    interfaces = placement.nics(plan) if nics else ()
    height = 22 + cell + 8 + (_NIC + _GAP if interfaces else 0)
    canvas.box(MARGIN, canvas.y, INNER, height, "node", round_=5)
    canvas.text(MARGIN + 8, canvas.y + 15, f"Node {node.number}", SMALL, INNER - 16)
    places = max(len(node.gpus), plan.group.gpus_per_node)
    step = (INNER - 16 + _GAP) / places
    for gpu in node.gpus:
        _gpu(canvas, plan, node, gpu, (MARGIN + 8 + gpu.number * step, canvas.y + 22, step - _GAP, cell))
    if interfaces:
        wide, top = (INNER - 16 + _GAP) / len(interfaces), canvas.y + 22 + cell + _GAP
        for place, interface in enumerate(interfaces):
            left = MARGIN + 8 + place * wide
            canvas.open(f"{interface.name}: {'' if plan.network.claim else 'network '}{interface.of}")
            canvas.box(
                left, top, wide - _GAP, _NIC, "nic" if interface.for_gpus else "nic other-nic", round_=3
            )
            middle = left + (wide - _GAP) / 2
            canvas.text(middle, top + 12.5, interface.name, SMALL, wide - _GAP, anchor="middle")
            canvas.close()
    canvas.y += height + 8


def _gpu(canvas: Canvas, plan: Plan, node: Node, gpu: Gpu, place: tuple[float, float, float, float]) -> None:
    group, (x, y, width, height) = plan.group, place
    if gpu.rank is None:
        canvas.box(x, y, width, height, "node", round_=4)
        return
    about = [f"GPU {gpu.number} of node {node.number}: rank {gpu.rank}"]
    under = []
    if group.pipeline > 1:
        about.append(f"pipeline stage {gpu.stage}")
        under.append(f"PP {gpu.stage}")
    if group.data > 1:
        about.append(f"data parallel copy {gpu.copy}")
        under.append(f"DP {gpu.copy}")
    tint = (gpu.stage if group.pipeline > 1 else gpu.copy) % _TINTS
    canvas.open(", ".join(about))
    canvas.box(x, y, width, height, f"gpu t{tint}", round_=4)
    canvas.text(x + width / 2, y + 17, str(gpu.rank), RANK, width - 2, anchor="middle")
    for line, text in enumerate(under):
        canvas.text(x + width / 2, y + 29 + _LINE * line, text, UNDER, width - 2, anchor="middle")
    canvas.close()


def _networks(canvas: Canvas, plan: Plan, *, alike: bool) -> None:
    """List the network behind each NIC, in two columns where the names are short enough."""
    interfaces = placement.nics(plan)
    if not interfaces:
        canvas.lines(placement.interfaces(plan), SMALL)
        return
    canvas.lines(f"Networks of the NICs{', the same on every node' if alike else ''}", PLAIN)
    canvas.lines("A dashed NIC is not for the GPUs.", SMALL)
    canvas.y += 2
    entries = [f"{item.name}: {item.of}" for item in interfaces]
    widest = max(measure.width(entry, SMALL.size) for entry in entries)
    columns = next((number for number in (3, 2) if widest + 10 <= INNER / number), 1)
    rows = -(-len(entries) // columns)
    for place, entry in enumerate(entries):
        column, row = divmod(place, rows)
        x, y = MARGIN + column * INNER / columns, canvas.y + SMALL.size + row * SMALL.size * 1.4
        canvas.text(x, y, entry, SMALL, INNER / columns - 2)
    canvas.y += rows * SMALL.size * 1.4


def _stages(canvas: Canvas, capacity: Capacity) -> None:
    canvas.lines("Pipeline stages", HEADING)
    canvas.y += 4
    for stage in capacity.stages:
        canvas.box(MARGIN, canvas.y + 2, 12, 12, f"gpu t{stage.number % _TINTS}", round_=3)
        layers = f"layers {stage.layers[0]} to {stage.layers[-1]}"
        canvas.lines(
            f"Stage {stage.number}: {layers}, ranks {placement.runs(stage.ranks)}", PLAIN, x=MARGIN + 20
        )
        left = f"{gib_range(stage.weights)} of weights, {gib_range(stage.pool)} left for KV cache"
        canvas.lines(left, SMALL, x=MARGIN + 20)
        canvas.y += 4


# The memory


def _memory(canvas: Canvas, capacity: Capacity) -> None:
    both = memory.bars(capacity)
    whole = max(capacity.total, *(bar.total for bar in both))
    limit = MARGIN + capacity.granted / whole * INNER
    canvas.lines(memory.heading(capacity), HEADING)
    setting = memory.granted(capacity)
    share = f", {gib(capacity.granted)} of it for vLLM, up to the dashed line ({setting})" if setting else ""
    canvas.lines(f"{gib(capacity.total)} as CUDA reports it{share}", SMALL)
    canvas.y += 6
    for bar in both:
        end = (
            "Most KV cache: the least of all else"
            if not bar.cautious
            else "Least KV cache: the most of all else"
        )
        canvas.lines(end, SMALL)
        x = float(MARGIN)
        for kind, size in bar.sizes:
            width = size / whole * INNER
            _part(canvas, kind, size, (x, canvas.y, width))
            x += width
        if setting:
            canvas.line((limit, canvas.y - 3), (limit, canvas.y + _BAR + 3), "limit")
        canvas.y += _BAR + 7
    canvas.y += 2
    for part in memory.parts(capacity):
        shown = gib_range(part.size)
        room = measure.width(shown, PLAIN.size)
        canvas.box(MARGIN, canvas.y + 3, 12, 12, f"part {part.kind}", round_=2)
        canvas.text(MARGIN + 20, canvas.y + 13, part.name, PLAIN, INNER - 28 - room)
        canvas.text(WIDTH - MARGIN, canvas.y + 13, shown, PLAIN, room, anchor="end")
        canvas.y += 19


def _part(canvas: Canvas, kind: memory.Kind, size: int, place: tuple[float, float, float]) -> None:
    x, y, width = place
    if not size:
        return
    label = {"weights": "weights", "cache": "KV cache", "free": "free"}.get(kind, "")
    canvas.open(f"{label or kind}: {gib(size)}")
    canvas.box(x, y, width, _BAR, f"part {kind}")
    if label and measure.width(label, INSIDE.size) <= width - 6:
        style = SMALL if kind == "free" else INSIDE
        canvas.text(x + width / 2, y + 17, label, style, width - 4, anchor="middle")
    canvas.close()


def _served(canvas: Canvas, plan: Plan, capacity: Capacity) -> None:
    for line in memory.served(plan, capacity):
        canvas.lines(line, PLAIN)
    for remark in memory.remarks(capacity):
        canvas.lines(remark, SMALL, most_lines=6)


def _style() -> str:
    fonts = " ".join(
        f".{font.name} {{ font-size: {font.size:g}px{'; font-weight: 600' if font.bold else ''} }}"
        for font in FONTS
    )
    parts = " ".join(f".{kind} {{ fill: {colour} }}" for kind, colour in _PARTS.items())
    return f"""
text {{ font-family: system-ui, sans-serif; fill: #1f2328 }}
{fonts}
.small {{ fill: #59636e }} text.inside {{ fill: #fff }}
.back {{ fill: #fff }} .node {{ fill: none; stroke: #d1d9e0 }} .gpu {{ stroke: #818b98 }}
.nic {{ fill: none; stroke: #0969da }} .other-nic {{ stroke: #818b98; stroke-dasharray: 3 2 }}
.part {{ stroke: #fff }} {parts} .free {{ fill: none; stroke: #818b98 }}
.limit {{ stroke: #1f2328; stroke-width: 1.5; stroke-dasharray: 4 2 }}
{_tints(_LIGHT)}
@media screen and (prefers-color-scheme: dark) {{
text {{ fill: #f0f6fc }} .small {{ fill: #9198a1 }} .back {{ fill: #0d1117 }} .node {{ stroke: #3d444d }}
.nic {{ stroke: #4493f8 }} .other-nic {{ stroke: #656c76 }} .part {{ stroke: #0d1117 }}
.free {{ stroke: #656c76 }} .limit {{ stroke: #f0f6fc }}
{_tints(_DARK)}
}}
"""


def _tints(colours: tuple[str, ...]) -> str:
    return " ".join(f".t{place} {{ fill: {colour} }}" for place, colour in enumerate(colours))
