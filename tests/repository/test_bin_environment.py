"""bin/environment on a machine made of a folder: its Python, the source of packages, and a failure."""

import hashlib
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "bin" / "environment"
# What the script runs besides Python.
TOOLS = (
    "basename",
    "cat",
    "cksum",
    "dirname",
    "grep",
    "head",
    "ln",
    "mktemp",
    "mv",
    "readlink",
    "rm",
    "tail",
    "tee",
)

# A build backend inside the checkout: an editable install needs one, and the wheels of a test have none.
BACKEND = """
import zipfile
def build_editable(directory, config_settings=None, metadata_directory=None):
    with zipfile.ZipFile(f"{directory}/sample-1-py3-none-any.whl", "w") as wheel:
        wheel.writestr("sample-1.dist-info/METADATA", "Metadata-Version: 2.1\\nName: sample\\nVersion: 1\\n")
        tags = "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n"
        wheel.writestr("sample-1.dist-info/WHEEL", tags)
        wheel.writestr("sample-1.dist-info/RECORD", "")
    return "sample-1-py3-none-any.whl"
"""
PROJECT = """
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
[project]
name = "sample"
version = "1"
"""


class Machine:
    """A checkout and a PATH, both in one folder."""

    def __init__(self, folder: Path) -> None:
        self.checkout = folder / "checkout"
        self.wheels = folder / "wheels"
        self.path = folder / "path"
        for directory in (self.checkout / "bin", self.checkout / "requirements", self.wheels, self.path):
            directory.mkdir(parents=True)
        shutil.copy(SCRIPT, self.checkout / "bin" / "environment")
        (self.checkout / "pyproject.toml").write_text(PROJECT)
        (self.checkout / "backend.py").write_text(BACKEND)
        for tool in TOOLS:
            found = shutil.which(tool)
            assert found is not None, tool
            (self.path / tool).symlink_to(found)

    def python(self, name: str) -> None:
        """Puts the Python of this test run on the PATH under a name."""
        self.script(name, f'exec {sys.executable} "$@"')

    def script(self, name: str, body: str) -> None:
        """Puts a shell script on the PATH under a name."""
        (self.path / name).write_text(f"#!/bin/sh\n{body}\n")
        (self.path / name).chmod(0o755)

    def wheel(self, version: str, *, name: str = "greeting", file: str = "run.txt") -> None:
        """Writes a package of that version into the wheel directory and makes it the file's requirement."""
        path = self.wheels / f"{name}-{version}-py3-none-any.whl"
        with zipfile.ZipFile(path, "w") as wheel:
            wheel.writestr(f"{name}.py", f"version = {version!r}\n")
            about = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
            wheel.writestr(f"{name}-{version}.dist-info/METADATA", about)
            tags = "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
            wheel.writestr(f"{name}-{version}.dist-info/WHEEL", tags)
            wheel.writestr(f"{name}-{version}.dist-info/RECORD", "")
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        (self.checkout / "requirements" / file).write_text(f"{name}=={version} --hash=sha256:{digest}\n")

    def run(
        self, asked: str = "run", package: str = "greeting", /, **variables: str
    ) -> subprocess.CompletedProcess[str]:
        """Sources the script, asks for an environment, prints the version of a package in it."""
        body = (
            f"set -euo pipefail; . bin/environment; environment {asked}; "
            f'"$environment_python" -c "import {package}; print({package}.version)"'
        )
        bash = shutil.which("bash")
        assert bash is not None
        return subprocess.run(
            [bash, "-c", body],
            check=False,
            cwd=self.checkout,
            env={
                "PATH": str(self.path),
                "TMPDIR": str(self.path.parent),
                "PIP_NO_CACHE_DIR": "1",
                **variables,
            },
            capture_output=True,
            text=True,
            timeout=300,
        )

    def environments(self) -> list[str]:
        """Names of everything that begins with .venv in the checkout."""
        return sorted(entry.name for entry in self.checkout.glob(".venv*"))


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_from_a_wheel_directory_with_a_newer_python_where_python3_is_too_old(machine: Machine) -> None:
    machine.script("python3", 'if [ "$1" = --version ]; then echo Python 3.9.6; else exit 1; fi')
    machine.script("python3.14", "echo not installed in this version manager >&2; exit 127")
    machine.python("python3.12")
    machine.wheel("1.0")
    machine.wheel("3.0", name="grammar", file="shell.txt")
    version = sys.version.split()[0]
    first = machine.run("run shell", "grammar", R1C_WHEELS=str(machine.wheels))
    assert (first.returncode, first.stdout) == (0, "3.0\n"), first.stderr
    assert first.stderr == (
        f"Creating .venv-run once: Python {version}, 2 packages from {machine.wheels}\n  installing\n"
    )
    second = machine.run("run shell")
    assert (second.returncode, second.stdout, second.stderr) == (0, "1.0\n", "")


# A Python whose environments hold itself, and whose pip knows one package: a creation with it takes no time.
QUICK = """
case "$*" in
  *ensurepip*) exit 0 ;;
  --version) echo Python 3.12.3 ;;
  "-m venv "*) mkdir -p "$3/bin" && cp "$0" "$3/bin/python" ;;
  *"install "*-r*)
    wanted=$(grep -o '==[0-9.]*' requirements/run.txt)
    echo "Collecting greeting"
    if [ -e "wheels-of-$wanted" ]; then echo "$wanted" >"${0%/bin/python}/greeting"; exit 0; fi
    echo "ERROR: No matching distribution found for greeting$wanted"
    exit 1 ;;
  *greeting*) cat "${0%/bin/python}/greeting" ;;
esac
"""


def test_the_environment_in_use_stays_until_the_new_one_is_whole(machine: Machine) -> None:
    for tool in ("mkdir", "cp"):
        (machine.path / tool).symlink_to(str(shutil.which(tool)))
    machine.script("python3", QUICK)
    machine.wheel("1.0")
    (machine.checkout / "wheels-of-==1.0").touch()
    first = machine.run()
    assert (first.returncode, first.stdout) == (0, "==1.0\n"), first.stderr
    one = (machine.checkout / ".venv-run").readlink()
    assert machine.environments() == sorted([".venv-run", str(one)])

    machine.wheel("2.0")
    broken = machine.run()
    assert broken.returncode == 1
    assert broken.stderr.splitlines() == [
        "Creating .venv-run once: Python 3.12.3, 1 packages from a package index",
        "The packages of .venv-run could not be installed:",
        "ERROR: No matching distribution found for greeting==2.0",
        "The previous environment is unchanged.",
        "The first run needs a package index. Without a network, run this on a machine that has one:",
        "  python3 -m pip download --require-hashes -r requirements/run.txt -d wheels",
        "Copy the directory wheels here, and set R1C_WHEELS to its path.",
        "With a mirror of the index, set PIP_INDEX_URL instead.",
    ]
    assert (machine.checkout / ".venv-run").readlink() == one
    assert machine.environments() == sorted([".venv-run", str(one)])

    (machine.checkout / "wheels-of-==2.0").touch()
    renewed = machine.run()
    assert (renewed.returncode, renewed.stdout) == (0, "==2.0\n"), renewed.stderr
    assert (machine.checkout / ".venv-run").readlink() != one
    assert len(machine.environments()) == 2


def test_a_folder_of_an_earlier_version_is_replaced(machine: Machine) -> None:
    for tool in ("mkdir", "cp"):
        (machine.path / tool).symlink_to(str(shutil.which(tool)))
    machine.script("python3", QUICK)
    machine.wheel("1.0")
    (machine.checkout / "wheels-of-==1.0").touch()
    (machine.checkout / ".venv-run" / "bin").mkdir(parents=True)
    assert machine.run().stdout == "==1.0\n"
    assert machine.environments() == sorted([".venv-run", str((machine.checkout / ".venv-run").readlink())])


def test_a_link_on_the_path_runs_the_checkout(machine: Machine) -> None:
    """As after `ln -s /srv/r1c/bin/r1c ~/bin/r1c`."""
    for tool in ("mkdir", "cp"):
        (machine.path / tool).symlink_to(str(shutil.which(tool)))
    machine.script("python3", 'case "$*" in "-m r1c "*) echo "ran $*"; exit 0 ;; esac' + QUICK)
    for name in ("run", "shell", "report"):
        machine.wheel("1.0", file=f"{name}.txt")
    (machine.checkout / "wheels-of-==1.0").touch()
    shutil.copy(SCRIPT.parent / "r1c", machine.checkout / "bin" / "r1c")
    (machine.path / "to-r1c").symlink_to(machine.checkout / "bin" / "r1c")
    (machine.path / "r1c").symlink_to("to-r1c")
    bash = shutil.which("bash")
    assert bash is not None
    done = subprocess.run(
        [bash, machine.path / "r1c", "check", "a profile.yaml"],
        check=False,
        cwd=machine.checkout,
        env={"PATH": str(machine.path), "TMPDIR": str(machine.path.parent)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stdout) == (0, "ran -m r1c check a profile.yaml\n"), done.stderr


@pytest.mark.parametrize("script", ["vllm-environment", "test-oracle", "test-bench-client"])
def test_every_other_environment_is_made_the_same_way(script: str) -> None:
    text = (SCRIPT.parent / script).read_text(encoding="utf-8")
    assert "environment_keep " in text
    assert "-m venv" not in text
    assert "pip install" not in text


INSTALL = """\
Install it, for example:
  Debian, Ubuntu   apt install python3-venv      (python3.11-venv if python3 is another version)
  Fedora, RHEL     dnf install python3.12
  macOS            brew install python@3.13
or set PYTHON to the path of a suitable Python.
"""


def test_says_which_python_is_missing_before_it_creates_anything(machine: Machine) -> None:
    machine.wheel("1.0")
    machine.script("python3", 'if [ "$1" = --version ]; then echo Python 3.10.13; else exit 1; fi')
    run = machine.run()
    assert run.returncode == 1
    assert run.stderr == (
        "r1c needs Python 3.11 or newer with its venv module.\n"
        f"Found:\n  Python 3.10.13 ({machine.path}/python3)\n{INSTALL}"
    )
    assert machine.environments() == []


def test_says_that_the_venv_module_is_missing(machine: Machine) -> None:
    machine.wheel("1.0")
    machine.script(
        "python3",
        'case "$2" in *ensurepip*) exit 2;; esac; if [ "$1" = --version ]; then echo Python 3.12.3; fi',
    )
    run = machine.run()
    assert run.returncode == 1
    assert run.stderr.splitlines()[2] == (
        f"  Python 3.12.3 ({machine.path}/python3): the modules venv and ensurepip are missing"
    )
    assert machine.environments() == []


def test_says_that_there_is_no_python(machine: Machine) -> None:
    machine.wheel("1.0")
    run = machine.run(PYTHON="/opt/none/bin/python3")
    assert run.returncode == 1
    assert run.stderr.splitlines()[1] == "Found: none of /opt/none/bin/python3"


def test_says_that_the_wheel_directory_is_missing(machine: Machine) -> None:
    machine.wheel("1.0")
    machine.python("python3")
    run = machine.run(R1C_WHEELS="/no/such/wheels")
    assert (run.returncode, run.stderr) == (1, "R1C_WHEELS: the directory /no/such/wheels does not exist\n")
