"""The page of `r1c report`: what is on it, that no text of a profile becomes markup, and a real browser."""

from __future__ import annotations

import html
import json
import os
import re
import shutil
import subprocess
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

import pytest
import yaml

from r1c.commands.report import recipe
from r1c.origin.wording import described
from r1c.report.contents import Recipe
from r1c.report.page import MARK, clean, page, template

REPO = Path(__file__).resolve().parents[2]
ATTACK = (
    "\"'></code></pre></svg><script>alert(1)</script><img src=x onerror=alert(1)>{{ 7*7 }}{% raw %}<!-- &lt;"
)
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
AXE = os.environ.get("R1C_AXE")
POLICY = re.compile(r'<meta http-equiv="Content-Security-Policy"[^>]*>')

browser = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on the PATH")


@cache
def of(path: str) -> Recipe:
    return recipe(path)


@cache
def base() -> str:
    return page(template(), [of(str(REPO / "tests" / "base.yaml"))], None)


class Elements(HTMLParser):
    """Collects the names of elements, each with those of its attributes, and ids and links."""

    def __init__(self, written: str) -> None:
        super().__init__()
        self.found: set[str] = set()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.feed(written)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found |= {tag, *(f"{tag} {name}" for name, _ in attrs)}
        self.ids += [value or "" for name, value in attrs if name == "id"]
        self.links += [value or "" for name, value in attrs if name == "href"]


def test_every_line_of_every_file_has_its_origins() -> None:
    made = of(str(REPO / "tests" / "base.yaml")).made
    assert made
    written = base()
    assert {"leaderworkerset.yaml", "RUNBOOK.md", "benchmark/job.yaml"} <= made.files.keys()
    for place, lines in enumerate((made.files[path] for path in sorted(made.files)), start=1):
        for line in lines:
            start = written.index(f'<details id="r1-f{place}-{line.number}">')
            block = html.unescape(written[start : written.index("</details>", start)])
            assert f"<code>{clean(line.text)}</code>" in block
            for origin in line.made_of:
                assert f"<dd>{clean(described(origin))}</dd>" in block
            for origin in line.conditions:
                assert f"<dd>{clean(described(origin, cited=False))}</dd>" in block


def test_the_facts_of_memory_and_forecast_are_listed() -> None:
    made = of(str(REPO / "tests" / "base.yaml")).made
    assert made
    shown = html.unescape(base()[base().index('-facts">') :])
    places = {fact.file for fact in made.facts}
    assert {"facts/memory.yaml", "facts/forecast.yaml", "facts/forecast_fit.yaml"} <= places
    assert {"gpuMemoryGib", "checkpointBytes", "coefficients.bandwidth"} <= {fact.name for fact in made.facts}
    for fact in made.facts:
        assert f'{fact.name}: {fact.value}</code> <span class="muted">{fact.place}</span>' in shown or (
            not fact.value
        )
        assert fact.source in shown
    assert "silicon_sample.csv of aiconfigurator-core 0.12.0, vLLM rows; " in shown
    assert '<span class="muted">2026-11-28, ' in shown


def test_facts_have_their_source_and_date() -> None:
    made = of(str(REPO / "tests" / "base.yaml")).made
    assert made
    origins = {
        o for lines in made.files.values() for line in lines for o in (*line.made_of, *line.conditions)
    }
    facts = [origin for origin in origins if origin.kind == "fact"]
    assert len(facts) > 100
    shown = html.unescape(base()[base().index('-facts">') :])
    for fact in facts:
        assert f"<code>{fact.name}" in shown
        assert fact.date in shown
        assert (fact.source or fact.file) in shown


def test_a_page_needs_no_network_and_no_script() -> None:
    written = base()
    assert written.startswith(MARK)
    elements = Elements(written)
    assert not elements.found & {"script", "link", "img", "iframe", "object", "form", "base"}
    assert not {name for name in elements.found if " on" in name or name.endswith((" src", " srcset"))}
    assert "url(" not in written.partition("</style>")[0]
    assert all(link.startswith("#") for link in elements.links)
    assert POLICY.search(written)


def test_ids_are_unique_and_links_lead_somewhere() -> None:
    """Also where two profiles have the same name."""
    twice = of(str(REPO / "tests" / "base.yaml"))
    elements = Elements(page(template(), [twice, twice], None))
    assert len(elements.ids) == len(set(elements.ids))
    assert {link[1:] for link in elements.links} <= set(elements.ids)


@pytest.mark.parametrize("name", ["base", "refused"])
def test_no_text_of_a_profile_becomes_markup(tmp_path: Path, name: str) -> None:
    data = yaml.safe_load((REPO / "tests" / "base.yaml").read_text(encoding="utf-8"))
    data["spec"]["model"]["servedName"] = data["spec"]["vllm"]["args"]["chat-template"] = ATTACK
    data["spec"]["vllm"]["env"] = {"NOTE": ATTACK}
    if name == "refused":
        data["spec"]["platform"] = ATTACK
        data[ATTACK] = {ATTACK: [ATTACK]}
    (tmp_path / "profile.yaml").write_bytes(yaml.safe_dump(data).encode())
    hostile = recipe(str(tmp_path / "profile.yaml"))
    assert (hostile.made is None) == (name == "refused")
    written = page(template(), [hostile], None)
    assert "alert(1)" in written
    ours = Elements(base()).found | {"div class", "strong", "mark", "pre"}
    assert Elements(written).found <= ours
    assert written.count("<!--") == 1


def test_control_and_direction_characters_are_escaped() -> None:
    assert clean("a\x1b[2J\u202eb\nc\ud800\uffff\t") == "a\\x1b[2J\\u202eb\nc\\ud800\ufffd\t"


def dom(written: str, folder: Path, *options: str) -> str:
    """Return the document that Chromium makes of a page."""
    (folder / "page.html").write_text(written, encoding="utf-8")
    assert CHROMIUM
    settings = ["--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder / 'chromium'}"]
    command = [CHROMIUM, *settings, "--virtual-time-budget=20000", *options, "--dump-dom"]
    address = (folder / "page.html").as_uri()
    done = subprocess.run([*command, address], capture_output=True, text=True, check=True, timeout=240)
    return done.stdout


def scripted(script: str) -> str:
    """Return the page of the base profile with a script in place of its policy, which would forbid it."""
    allowed = POLICY.sub("", base())
    return allowed.replace("</body>", f"<script>{script}</script></body>")


@browser
def test_a_browser_runs_no_script_and_keeps_the_whole_page(tmp_path: Path) -> None:
    changed = base().replace("</body>", "<script>document.body.textContent = 'changed'</script></body>")
    found = dom(changed, tmp_path)
    assert "<h1>base</h1>" in found
    assert found.count("<details") == base().count("<details")


@browser
@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="no pdftotext on the PATH")
def test_the_printed_page_keeps_the_picture_whole_and_shows_origins(tmp_path: Path) -> None:
    """A page of paper has no pointer: the origins are beside the lines. The dark theme is not printed."""
    opened = re.sub(r'<details class="box file"', '<details open class="box file"', base())
    printed = tmp_path / "page.pdf"
    dark = "--blink-settings=preferredColorScheme=0"
    dom(opened, tmp_path, f"--print-to-pdf={printed}", "--no-pdf-header-footer", dark)
    text = subprocess.run(
        ["pdftotext", "-layout", printed, "-"], capture_output=True, text=True, check=True
    ).stdout
    (plan,) = [page for page in text.split("\f") if "Nodes and ranks" in page]
    assert plan.lstrip().startswith("Plan\n")
    assert "A range is the minimum and the maximum to expect" in " ".join(plan.split())
    assert re.search(r"port: 8000 +spec\.service\.port \(default\)", text)


@browser
@pytest.mark.parametrize("width", [360, 1200])
def test_no_part_is_wider_than_the_screen(tmp_path: Path, width: int) -> None:
    """A window has a least width, so the page is in a frame of its own; every tenth line is open."""
    measure = (
        "document.querySelectorAll('.box').forEach(box => box.open = true);"
        "document.querySelectorAll('.lines details').forEach((line, at) => line.open = at % 10 == 0);"
        "const all = document.documentElement;"
        "const found = `${all.scrollWidth - all.clientWidth} too wide at ${innerWidth}`;"
    )
    inner = html.escape(scripted(f"{measure}parent.postMessage(found, '*')"))
    outer = (
        f'<iframe style="width:{width}px;height:900px;border:0" srcdoc="{inner}"></iframe>'
        "<script>onmessage = event => document.body.textContent = event.data</script>"
    )
    assert f">0 too wide at {width}<" in dom(f"<!doctype html><body>{outer}", tmp_path)


@browser
@pytest.mark.skipif(AXE is None, reason="R1C_AXE does not name a file of axe-core, such as axe.min.js")
@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_axe_finds_no_violation(tmp_path: Path, scheme: str) -> None:
    report = (
        "document.querySelectorAll('.facts, .file:nth-of-type(-n+3)').forEach(box => box.open = true);"
        "axe.run().then(found => document.body.textContent = "
        "JSON.stringify(found.violations.map(one => [one.id, one.nodes.length, one.nodes[0].html])))"
    )
    script = Path(str(AXE)).read_text(encoding="utf-8") + ";" + report
    setting = f"--blink-settings=preferredColorScheme={['dark', 'light'].index(scheme)}"
    found = re.search(r"<body>(.*)</body>", dom(scripted(script), tmp_path, setting), re.DOTALL)
    assert found
    assert json.loads(html.unescape(found[1])) == []
