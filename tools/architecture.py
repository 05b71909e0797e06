"""The folders and real imports of the package -> docs/architecture.svg, and the table in architecture.md.

ORDER is also what tests/test_layers.py holds: a folder imports only what comes before it.
"""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from xml.sax.saxutils import escape

REPO = Path(__file__).resolve().parent.parent
PACKAGE = REPO / "compiler" / "r1c"
TARGET = REPO / "docs" / "architecture.svg"
PAGE = REPO / "docs" / "architecture.md"

PURPOSES = {
    "record": "frozen records",
    "names": "which names Kubernetes, Google Cloud and registries accept",
    "surrogates": "halves of UTF-16 pairs, which UTF-8 cannot hold",
    "resources": "the files that ship with r1c",
    "facts": "platforms, models, vLLM versions: data with source and date",
    "diagnostics": "codes, findings, and reports as text, JSON, SARIF",
    "json_schema": "a value and a schema -> what does not fit, and where",
    "source": "bytes -> Document: data with the place of each value",
    "profile": "Document -> Recipe: the fields, typed, and their faults",
    "resolve": "Recipe and facts -> Plan: every default filled in",
    "capacity": "Plan -> weights, KV cache and memory of each stage",
    "forecast": "Plan and load -> latency, throughput and cost, with ranges",
    "picture": "Plan -> its nodes, ranks and memory as SVG and Markdown",
    "check": "Plan -> findings: one function for each rule",
    "lower": "Plan -> Bundle: objects and texts, one module for each kind",
    "verify": "Bundle -> the same Bundle, if schemas and references hold",
    "emit": "Bundle -> the bytes of each file",
    "output": "bytes -> the output directory, compared or written",
    "pipeline": "the order of the stages",
    "origin": "a profile -> each line of its output with what it comes from",
    "repository": "r1c.yaml: output folders, inherited fields, what is allowed",
    "fix": "edits of findings -> the profile's text with them",
    "difference": "two sides of a recipe -> what changes on the cluster",
    "report": "recipes -> an HTML page: picture, findings and files",
    "upgrade": "a profile and other versions -> what changes, and its edits",
    "preflight": "a recipe and a snapshot of its cluster -> what is missing",
    "shell": "a command and its variables -> what a script runs",
    "bench": "benchmark results -> tables, comparisons and plots",
    "adopt": "Helm values, a manifest or answers -> a profile",
    "lint": "other manifests -> findings at their own lines",
    "krm": "r1c as a function of kustomize and kpt",
    "codes": "every code, with its family and the fields it concerns",
    "fit": "a model, a load and targets -> what meets them",
    "commands": "what each command does, one module for each",
    "lsp": "an editor's requests -> diagnostics, completions, fixes",
    "api": "the Python API: read, check, compile",
    "cli": "the command line: options, help, completion, exit status",
    "__main__": "the start of the program",
}
"""The folders and root modules of the package, lowest first, with what each is for."""

ORDER = tuple(PURPOSES)

STAGES = ("source", "profile", "resolve", "check", "lower", "verify", "emit", "output")
"""The stages, in the order in which a profile passes through them."""

LEFT, TOP, NAME, TEXT, ROW, CELL, RIGHT = 34, 176, 134, 412, 28, 17, 64
_STYLE = """
  text { font: 12px system-ui, sans-serif; fill: #1f2328 }
  .title { font-size: 17px; font-weight: 600 } .name { font-size: 13px; font-weight: 600 }
  .small { fill: #59636e } rect { fill: none } .stage { fill: #ddf4ff }
  line { stroke: #d1d9e0 } .own { fill: #d1d9e0 } circle { fill: #59636e } .next { fill: #0969da }
  .flow { fill: none; stroke: #0969da; stroke-width: 2 } .tip { fill: #0969da }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc } .small { fill: #9198a1 } .stage { fill: #121d2f }
    line { stroke: #3d444d } .own { fill: #3d444d } circle { fill: #9198a1 } .next { fill: #4493f8 }
    .flow { stroke: #4493f8 } .tip { fill: #4493f8 }
  }
"""


def page() -> str:
    """Return docs/architecture.svg as text."""
    return "\n".join(_page()) + "\n"


def filled(text: str) -> str:
    """Return docs/architecture.md with its table of the folders."""
    rows = [f"| `{_label(name)}` | {_cell(name)} |" for name in ORDER]
    table = "\n".join(["| in `compiler/r1c` | purpose |", "|---|---|", *rows])
    return re.sub(r"\| in `compiler/r1c` \| purpose \|\n(\|.*\n)*", lambda _: f"{table}\n", text)


@cache
def modules() -> dict[str, Path]:
    """Return every module of the package by its dotted name below r1c; the package itself is left out."""
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    del found[""]
    return found


def imports(path: Path) -> set[str]:
    """Return the modules of ours that a module imports, at its top or inside a function, by dotted name."""
    known, found = modules(), set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "r1c":
            base = node.module.removeprefix("r1c").removeprefix(".")
            for alias in node.names:
                whole = f"{base}.{alias.name}".removeprefix(".")
                found.add(whole if whole in known else base)
    return found - {""}


def part(module: str) -> str:
    """Return the folder or root module that a dotted name belongs to."""
    return module.split(".", maxsplit=1)[0]


def arrows() -> dict[str, set[str]]:
    """Return which parts each part imports from, itself left out."""
    found: dict[str, set[str]] = {name: set() for name in ORDER}
    for module, path in modules().items():
        found[part(module)] |= {part(other) for other in imports(path)} - {part(module)}
    return found


def _cell(name: str) -> str:
    return f"{PURPOSES[name]}{' (a stage)' if name in STAGES else ''}"


def _label(name: str) -> str:
    return f"{name}/" if (PACKAGE / name).is_dir() else f"{name}.py"


def _page() -> Iterator[str]:
    matrix = LEFT + NAME + TEXT
    end, bottom = matrix + CELL * len(ORDER), TOP + ROW * len(ORDER)
    yield "<!-- Generated by tools/architecture.py from the imports of compiler/r1c: do not edit. -->"
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {end + RIGHT} {bottom + 16}" role="img" '
        f'aria-label="The folders of r1c, lowest first, and which of the others each imports">'
    )
    yield f"<style>{_STYLE}</style>"
    yield f'<text class="title" x="{LEFT}" y="32">The folders of r1c, lowest first</text>'
    for height, line in (
        (60, "Blue rows are the stages; the arrows show the way of a profile."),
        (80, "A dot: the folder of the row imports the folder of the column."),
        (100, "All dots are left of the diagonal, so imports point one way only."),
        (120, "A blue dot: both are stages."),
    ):
        yield f'<text class="small" x="{LEFT}" y="{height}">{line}</text>'
    x = {name: matrix + CELL * column + CELL / 2 for column, name in enumerate(ORDER)}
    y = {name: TOP + ROW * row + ROW / 2 for row, name in enumerate(ORDER)}
    for name in STAGES:
        yield (
            f'<rect class="stage" x="{LEFT}" y="{y[name] - ROW / 2:g}" width="{end - LEFT}" height="{ROW}"/>'
        )
    found = arrows()
    for name in ORDER:
        turned = f"translate({x[name] + 4:g} {TOP - 8}) rotate(-60)"
        yield f'<text transform="{turned}">{_label(name)}</text>'
        yield f'<line x1="{x[name]:g}" y1="{TOP}" x2="{x[name]:g}" y2="{y[name]:g}" stroke-dasharray="1 3"/>'
        yield f'<line x1="{LEFT}" y1="{y[name] + ROW / 2:g}" x2="{end}" y2="{y[name] + ROW / 2:g}"/>'
        yield f'<text class="name" x="{LEFT + 10}" y="{y[name] + 4:g}">{_label(name)}</text>'
        yield f'<text class="small" x="{LEFT + NAME}" y="{y[name] + 4:g}">{escape(PURPOSES[name])}</text>'
        yield f'<rect class="own" x="{x[name] - 5:g}" y="{y[name] - 5:g}" width="10" height="10" rx="2"/>'
        for other in sorted(found[name], key=ORDER.index):
            mark = ' class="next"' if {name, other} <= set(STAGES) else ""
            yield f'<circle{mark} cx="{x[other]:g}" cy="{y[name]:g}" r="4"/>'
    for before, after in itertools.pairwise(STAGES):
        above, below, way = y[before] + 4, y[after] - 4, LEFT - 14
        yield f'<path class="flow" d="M{LEFT} {above:g} H{way} V{below:g} H{LEFT - 4}"/>'
        yield f'<path class="tip" d="M{LEFT} {below:g} l-7 -4 v8 z"/>'
    yield "</svg>"
