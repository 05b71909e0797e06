"""The image of r1c: hadolint accepts its Dockerfile, and its build stage, run in a folder, gives an r1c."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

REPO = Path(__file__).resolve().parents[2]
DOCKERFILE = REPO / "docker" / "r1c" / "Dockerfile"
IMAGES = [DOCKERFILE, *sorted((REPO / "out").glob("*/image/Dockerfile"))]


def instructions(text: str) -> list[tuple[str, str]]:
    """Return the instructions of a Dockerfile, comments left out and continued lines joined."""
    joined = re.sub(r"\\\n", "", re.sub(r"^#.*\n", "", text, flags=re.MULTILINE))
    pairs = [line.split(maxsplit=1) for line in joined.splitlines() if line.strip()]
    return [(name, rest) for name, rest in pairs]


def stages() -> list[list[tuple[str, str]]]:
    found: list[list[tuple[str, str]]] = []
    for name, rest in instructions(DOCKERFILE.read_text(encoding="utf-8")):
        if name == "FROM":
            found.append([])
        found[-1].append((name, rest))
    return found


@pytest.mark.parametrize("path", IMAGES, ids=lambda path: str(path.relative_to(REPO)))
def test_hadolint_is_silent(path: Path) -> None:
    hadolint = shutil.which("hadolint", path=f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    assert hadolint, "hadolint comes with requirements/dev.txt"
    done = subprocess.run([hadolint, str(path)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def test_the_build_stage_gives_an_r1c_that_compiles(tmp_path: Path) -> None:
    build, final = stages()
    source, installed = tmp_path / "source", tmp_path / "opt" / "r1c"
    source.mkdir()
    for name, rest in build[1:]:
        if name == "COPY":
            *copied, target = shlex.split(rest)
            for item in copied:
                to = source / item if target == "./" else source / target
                to.parent.mkdir(parents=True, exist_ok=True)
                ignored = shutil.ignore_patterns("__pycache__")
                if (REPO / item).is_dir():
                    shutil.copytree(REPO / item, to, ignore=ignored)
                else:
                    shutil.copy(REPO / item, to)
        elif name == "RUN":
            command = rest.replace("/opt/r1c", shlex.quote(str(installed)))
            command = re.sub(r"^python ", f"{shlex.quote(sys.executable)} ", command)
            subprocess.run(["/bin/sh", "-c", command], cwd=source, check=True, capture_output=True, text=True)
        else:
            assert (name, rest) == ("WORKDIR", "/source")
    assert ("COPY", "--from=build /opt/r1c /opt/r1c") in final
    assert ("ENTRYPOINT", '["r1c"]') in final
    assert ("USER", "65532:65532") in final
    r1c = [str(installed / "bin" / "r1c")]
    environment = {"PATH": "/usr/bin:/bin"}
    check = subprocess.run([*r1c, "compile", "profiles", "--check"], cwd=REPO, env=environment, check=False)
    assert check.returncode == 0
    empty = "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems: []\n"
    assert ("CMD", '["krm"]') in final
    function = subprocess.run(
        [*r1c, "krm"], input=empty, env=environment, capture_output=True, text=True, check=True
    )
    assert function.stdout == empty
