"""What `r1c check` and `r1c compile` do not load: the parts that only another command uses."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

REPO = Path(__file__).resolve().parents[2]
OTHERS = ("lsp", "report", "upgrade", "origin")
LIBRARIES = ("pygls", "lsprotocol", "jinja2", "ruamel", "pydantic", "jsonschema")


def test_check_and_compile_load_nothing_of_other_commands(tmp_path: Path) -> None:
    code = (
        "import sys\n"
        "from r1c.cli import main\n"
        "assert main(['check', sys.argv[1]]) == main(['compile', sys.argv[1], '-o', sys.argv[2]]) == 0\n"
        "print(*sys.modules)\n"
    )
    command = [sys.executable, "-c", code, str(REPO / "profiles" / "a3mega.yaml"), str(tmp_path / "out")]
    done = subprocess.run(
        command, cwd=REPO / "compiler", capture_output=True, text=True, check=True, timeout=120
    )
    loaded = done.stdout.splitlines()[-1].split()
    assert "r1c.lower" in loaded
    parts = {f"r1c.{name}" for name in OTHERS} | set(LIBRARIES)
    assert [name for name in loaded if any(f"{name}.".startswith(f"{part}.") for part in parts)] == []
