"""A bounded, seeded share of the fuzzing of fuzz/, and each input that it found before. About 30 seconds."""

from __future__ import annotations

import subprocess
import sys
from itertools import islice
from pathlib import Path

import pytest

REPO = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPO / "fuzz"))

import mutate  # noqa: E402  # fuzz/ is no package: its folder is put on the path first
import targets  # noqa: E402  # fuzz/ is no package: its folder is put on the path first

FIXED = sorted((REPO / "fuzz" / "fixed").iterdir())
SHARE = {
    "profile": 150,
    "extends": 60,
    "lock": 300,
    "model": 60,
    "krm": 120,
    "helm": 120,
    "manifest": 30,
    "bench": 120,
}
"""Inputs for each target: what takes a few seconds."""
BOUND = 300 * 2**20


@pytest.mark.parametrize("path", FIXED, ids=lambda path: path.stem)
def test_what_was_found_before_stays_mended(path: Path) -> None:
    assert targets.fault(path.name.partition("-")[0], path.read_bytes()) is None


@pytest.mark.parametrize("name", SHARE)
def test_no_input_breaks_a_promise(name: str) -> None:
    if not targets.exists(name):
        pytest.skip(f"this r1c has no command for {name}")
    for data in islice(targets.inputs(name, seed=1), SHARE[name]):
        found = targets.fault(name, data)
        assert found is None, (found, data)


def test_every_target_has_its_share_and_its_seeds() -> None:
    assert list(SHARE) == list(targets.TARGETS)
    for name in SHARE:
        assert targets.seeds(name), name


def test_equal_seeds_give_equal_inputs() -> None:
    first, second = (list(islice(targets.inputs("krm", seed=7), 40)) for _ in range(2))
    assert first == second
    assert len(set(first)) > 30
    assert max(map(len, first)) <= mutate.LARGEST


HEAD = b"apiVersion: r1c.dev/v1alpha1\nkind: Recipe\nspec:\n  vllm:\n"
MEGABYTE = {
    "a list that nests": b"a: " + b"[" * 1_000_000,
    "keys without end": b"".join(b"k%d: v\n" % number for number in range(90_000)),
    "one long text": b"a: " + b"x" * 1_000_000,
    "one long number": b"a: " + b"9" * 1_000_000,
    "aliases of aliases": b"a0: &a0 [x, x]\n"
    + b"".join(b"a%d: &a%d [*a%d, *a%d]\n" % (n, n, n - 1, n - 1) for n in range(1, 40_000)),
    "dashes": b"- " * 500_000,
    "line ends": b"\n" * 1_000_000,
    "comments": b"# c\n" * 250_000,
    "quotes": b'"' * 1_000_000,
    "nothing but NUL": b"\0" * 1_000_000,
    "brackets in a value": b"apiVersion: r1c.dev/v1alpha1\nkind: Recipe\nspec: " + b"{a: " * 250_000,
    "names of credentials": b"HF_TOKEN: " * 100_000,
    "octal numbers on one line": HEAD + b"  x: [" + b"0777, " * 9_000 + b"]\n",
    "tokens on one line": HEAD + b"  x: [" + b"hf_exampleexampleexampleexampleexamp, " * 3_000 + b"]\n",
    "flags of no release": HEAD
    + b"    args:\n"
    + b"".join(b"      max-num-sequences-%d: 1\n" % number for number in range(4_000)),
    "fields of no section": b"apiVersion: r1c.dev/v1alpha1\nkind: Recipe\nspec:\n"
    + b"".join(b"  storrage%d: 1\n" % number for number in range(6_000)),
    "networks": b"apiVersion: r1c.dev/v1alpha1\nkind: Recipe\nspec:\n  network:\n    subnetworks: ["
    + b"".join(b"vpc%d, " % number for number in range(12_000))
    + b"]\n",
    "nothing to allow": b"apiVersion: r1c.dev/v1alpha1\nkind: Recipe\nmetadata:\n  annotations:\n"
    + b"    r1c.dev/allow: '"
    + b";" * 100_000
    + b"'\n",
    "variables named like tokens": HEAD
    + b"    env:\n"
    + b"".join(b"      A%d_TOKEN: value%d\n" % (number, number) for number in range(4_000)),
}
LARGEST_READ = 128 * 1024


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs /proc")
@pytest.mark.parametrize(
    ("name", "size"),
    [
        *((name, LARGEST_READ) for name in MEGABYTE),
        *((name, 1_000_000) for name in ("one long text", "aliases of aliases", "line ends")),
    ],
)
def test_a_huge_profile_is_refused_in_bounded_time_and_300_megabytes(name: str, size: int) -> None:
    """A process of its own, so that its memory and its processor time are its own.

    It takes one to three seconds. Work that grows with the square of the size would take far longer: the
    bound tells these apart on a slow machine too.
    """
    measured = (
        "import resource, sys; sys.argv = ['r1c', 'check', '-']; from r1c.cli import main; status = main(); "
        "used = resource.getrusage(resource.RUSAGE_SELF); "
        # ru_maxrss begins with the memory of the process that forked; VmHWM is this one's own.
        "lines = open('/proc/self/status').read().splitlines(); "
        "peak = next(int(line.split()[1]) for line in lines if line.startswith('VmHWM')); "
        "print(status, peak * 1024, used.ru_utime + used.ru_stime)"
    )
    done = subprocess.run(
        [sys.executable, "-c", measured],
        input=MEGABYTE[name][:size],
        capture_output=True,
        env={"PYTHONPATH": str(REPO / "compiler")},
        timeout=60,
        check=True,
    )
    status, memory, seconds = done.stdout.split()
    assert status == b"1"
    assert b"error[R1C" in done.stderr
    assert len(done.stderr) < 40 * len(MEGABYTE[name])
    assert int(memory) < BOUND
    assert float(seconds) < 10
