"""`r1c report`: the file it writes, what it replaces, and what it says without Jinja2."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from r1c.cli import main

REPO = Path(__file__).resolve().parents[2]
BASE = (REPO / "tests" / "base.yaml").read_text(encoding="utf-8")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory with one profile."""
    (tmp_path / "base.yaml").write_text(BASE, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def report(*words: str) -> int:
    """Run the command; return its exit status."""
    return main(["report", *words])


def test_the_page_is_the_same_each_time_and_replaces_itself(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert report("base.yaml", "-o", "pages/report.html") == 0
    first = (folder / "pages" / "report.html").read_bytes()
    assert capsys.readouterr().out == "created: pages/report.html\n"
    assert report("base.yaml", "-o", "pages/report.html") == 0
    assert (folder / "pages" / "report.html").read_bytes() == first
    assert [path.name for path in (folder / "pages").iterdir()] == ["report.html"]
    capsys.readouterr()
    assert report("base.yaml", "-o", "-") == 0
    assert capsys.readouterr().out == first.decode()


@pytest.mark.parametrize("other", ["file", "folder", "link"])
def test_nothing_but_a_report_is_replaced(
    folder: Path, capsys: pytest.CaptureFixture[str], other: str
) -> None:
    place = folder / "page.html"
    if other == "folder":
        place.mkdir()
    elif other == "link":
        place.symlink_to(folder / "base.yaml")
    else:
        place.write_text("<!doctype html>\nMine", encoding="utf-8")
    assert report("base.yaml", "-o", "page.html") == 2
    assert capsys.readouterr().err.startswith("r1c: page.html: ")
    assert (folder / "base.yaml").read_text(encoding="utf-8") == BASE
    assert other != "file" or place.read_text(encoding="utf-8") == "<!doctype html>\nMine"


def test_a_profile_with_errors_is_on_the_page(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    broken = BASE.replace("name: base", "name: broken").replace("tensor: 8", "tensor: 6")
    (folder / "broken.yaml").write_text(broken, encoding="utf-8")
    assert report("base.yaml", "broken.yaml", "-o", "page.html") == 1
    assert "R1C201" in capsys.readouterr().err
    page = (folder / "page.html").read_text(encoding="utf-8")
    assert "<h1>2 recipes</h1>" in page
    assert '<a href="#r1">base</a>' in page
    assert '<a href="#r2">broken</a>\n<span>refused;\n1 error</span>' in page
    assert "<pre>tensor: <mark>6</mark></pre>" in page


def test_the_page_does_not_repeat_a_credential_in_the_name(folder: Path) -> None:
    token = "hf_exampleexampleexampleexampleexamp"
    (folder / "broken.yaml").write_text(BASE.replace("name: base", f"name: {token}"), encoding="utf-8")
    assert report("broken.yaml", "-o", "page.html") == 1
    assert token not in (folder / "page.html").read_text(encoding="utf-8")


@pytest.mark.origins
def test_changes_since_a_revision(folder: Path) -> None:
    git = ["git", "-c", "user.name=Test", "-c", "user.email=test@example.com"]
    for words in (["init", "-q"], ["add", "base.yaml"], ["commit", "-qm", "A recipe"]):
        subprocess.run([*git, *words], cwd=folder, check=True)
    changed = BASE.replace("max-num-seqs: 128", "max-num-seqs: 64")
    (folder / "base.yaml").write_text(changed, encoding="utf-8")
    assert report("base.yaml", "--rev", "HEAD", "-o", "page.html") == 0
    page = (folder / "page.html").read_text(encoding="utf-8")
    (folder / "broken.yaml").write_text(
        BASE.replace("kind: Recipe", "kind: Recipe\nnodes: 2"), encoding="utf-8"
    )
    assert report(".", "--rev", "HEAD", "-o", "page.html") == 1
    assert '<p class="note">broken.yaml has errors, so it is not compared.</p>' in (
        (folder / "page.html").read_text(encoding="utf-8")
    )
    assert '<h2 id="changes-title">Changes since HEAD</h2>' in page
    assert "args[--max-num-seqs]: </code><del>128</del> → <ins>64</ins>" in page
    assert '<p class="impact">recreates the group: 16 GPUs unavailable for about 45 minutes</p>' in page
    assert report("base.yaml", "-o", "page.html") == 0
    assert "Changes since" not in (folder / "page.html").read_text(encoding="utf-8")


def test_without_jinja2_it_says_what_to_install(folder: Path) -> None:
    script = "import sys; sys.modules['jinja2'] = None; from r1c.cli import main; sys.exit(main())"
    command = [sys.executable, "-c", script, "report", "base.yaml", "-o", "page.html"]
    environment = {"PYTHONPATH": str(REPO / "compiler"), "PATH": ""}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (
        2,
        "r1c: a report needs jinja2, the extra `report` of r1c; "
        f"run `{sys.executable} -m pip install jinja2`\n",
    )
    assert not (folder / "page.html").exists()
