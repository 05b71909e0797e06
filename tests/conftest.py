"""What the tests share: golden text that `pytest --update` rewrites, and the repository's places."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from output_folder import OLD, compile_to
from r1c.cli import main

REPO = Path(__file__).resolve().parent.parent

# yaml.safe_load of every test reads with libyaml's scanner, which takes a tenth of the time.
yaml.SafeLoader = yaml.CSafeLoader  # type: ignore[misc,assignment]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update", action="store_true", help="rewrite the golden files with what came out")


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[Path, str], None]:
    """Compare a text with a golden file, or rewrite the file under --update."""

    def compare(path: Path, text: str) -> None:
        if request.config.getoption("--update"):
            if text:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
            else:
                path.unlink(missing_ok=True)
        assert text == (path.read_text(encoding="utf-8") if path.exists() else "")

    return compare


@pytest.fixture
def imported(
    golden: Callable[[Path, str], None], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., None]:
    """Import the source of a case, and compare what is printed and the exit status."""

    def compare(case: Path, *arguments: str) -> None:
        monkeypatch.chdir(case)
        status = main(["import", *arguments])
        streams = capsys.readouterr()
        golden(case / "profile.yaml", streams.out)
        golden(case / "stderr.txt", f"{streams.err}exit {status}\n")

    return compare


@pytest.fixture
def target(tmp_path: Path) -> Path:
    """An output directory that a compile of OLD left."""
    place = tmp_path / "out" / "r"
    compile_to(place, OLD)
    return place
