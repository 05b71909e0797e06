"""The prefetch Job's own script against a hub on loopback: complete, killed, run again, and refused."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import fake_hub
from r1c import resources

SCRIPT = resources.read("lower", "templates", "prefetch.py").decode()
# The pauses between attempts, and the pieces in which a file is written. Like the script's own pieces, these
# are larger than the buffer of the file, which by default has 8 KiB, and 128 KiB since Python 3.14.
QUICK = (
    SCRIPT.replace("PAUSE = 2.0", "PAUSE = 0.01")
    .replace("CHUNK = 4 << 20", "CHUNK = 1 << 14")
    .replace('else "w+b")', 'else "w+b", buffering=1 << 13)')
)
CHUNK = 1 << 14
SIZES = (400_000, 300_000, 300_000, 90_000, 0)


def repository() -> dict[str, bytes]:
    """Return a repository with five files of weights, one of them empty, and what comes with them."""
    chance = random.Random(7)
    weights = {
        f"model-0000{n}-of-00005.safetensors": chance.randbytes(size) for n, size in enumerate(SIZES, 1)
    }
    index = json.dumps({"weight_map": {f"layer.{n}": name for n, name in enumerate(weights)}}).encode()
    return {
        "config.json": b'{"architectures": ["DeepseekV3ForCausalLM"]}',
        "model.safetensors.index.json": index,
        "a folder/tokenizer.json": b"{}",
        "pytorch_model.bin": b"the same weights again",
        **weights,
    }


def start(hub: fake_hub.Hub, target: Path, **env: str) -> subprocess.Popen[str]:
    own = {
        "MODEL": "org/model",
        "REVISION": "main",
        "TARGET": str(target),
        "SKIPPED_SUFFIXES": ".bin .gguf",
        "HF_ENDPOINT": hub.url,
        "NO_PROXY": "*",
        "PATH": os.environ["PATH"],
    }
    command = [sys.executable, "-c", QUICK]
    return subprocess.Popen(
        command, env=own | env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def run(hub: fake_hub.Hub, target: Path, **env: str) -> tuple[int, list[str]]:
    process = start(hub, target, **env)
    output = process.communicate(timeout=60)[0]
    return process.returncode, output.splitlines()


def wanted() -> dict[str, bytes]:
    return {name: content for name, content in repository().items() if not name.endswith(".bin")}


def folder(target: Path) -> dict[str, bytes]:
    return {
        path.relative_to(target).as_posix(): path.read_bytes()
        for path in sorted(target.rglob("*"))
        if path.is_file() and path.name != ".r1c-weights.json"
    }


def parts(target: Path) -> list[int]:
    found = []
    for path in (target / ".r1c-parts").iterdir():
        # A part can become the file while it is looked at.
        with contextlib.suppress(FileNotFoundError):
            found.append(path.stat().st_size)
    return sorted(found)


def stalled(hub: fake_hub.Hub, target: Path, at: int) -> subprocess.Popen[str]:
    """Start a run, and wait until three files have arrived up to a byte that the hub does not go beyond."""
    hub.go_on.clear()
    process = start(hub, target)
    for _ in range(3):
        assert hub.reached.acquire(timeout=20)
    end = time.monotonic() + 20
    while parts(target)[-3:] != [at // CHUNK * CHUNK] * 3:
        assert time.monotonic() < end, parts(target)
        time.sleep(0.01)
    return process


def record(target: Path) -> dict[str, object]:
    found: dict[str, object] = json.loads((target / ".r1c-weights.json").read_text())
    return found


def list_checksum(hub: fake_hub.Hub) -> str:
    lines = sorted(
        f"{item['rfilename']}\t{item['size']}\t{item.get('lfs', {}).get('sha256', item['blobId'])}\n"
        for item in hub.siblings()
        if not item["rfilename"].endswith(".bin")
    )
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def test_a_folder_is_filled_and_recorded(tmp_path: Path) -> None:
    target = tmp_path / "models" / "new"
    with fake_hub.serving(repository(), token="hf_secret") as hub:
        status, said = run(hub, target, HF_TOKEN="hf_secret")
        assert said == [
            f"org/model at {fake_hub.COMMIT}: 8 files, 0.0 GB",
            f"complete: 8 files, 8 downloaded, list {list_checksum(hub)}",
        ]
        assert status == 0
        # The second host is not the hub: it never sees the token.
        assert any(line.startswith("store ") for line in hub.asked)
        assert hub.tokens_elsewhere == []
        assert hub.asked[-1] == f"hub /org/model/resolve/{fake_hub.COMMIT}/config.json"
    assert folder(target) == wanted()
    assert record(target) == {
        "repository": "org/model",
        "commit": fake_hub.COMMIT,
        "listSha256": list_checksum(hub),
        "complete": True,
        "files": {
            item["rfilename"]: item.get("lfs", {}).get("sha256", item["blobId"])
            for item in hub.siblings()
            if not item["rfilename"].endswith(".bin")
        },
    }


def test_a_second_run_downloads_nothing(tmp_path: Path) -> None:
    with fake_hub.serving(repository()) as hub:
        run(hub, tmp_path)
        hub.asked.clear()
        before = (tmp_path / ".r1c-weights.json").stat().st_mtime_ns
        status, said = run(hub, tmp_path)
        assert (status, said[-1]) == (0, f"complete: 8 files, 0 downloaded, list {list_checksum(hub)}")
        assert hub.asked == ["hub /api/models/org/model/revision/main"]
        assert (tmp_path / ".r1c-weights.json").stat().st_mtime_ns == before


@pytest.mark.parametrize("stop", [signal.SIGKILL, signal.SIGTERM])
@pytest.mark.parametrize("at", [0, 1, CHUNK, 100_000, 299_999])
def test_a_killed_run_goes_on_where_it_ended(tmp_path: Path, at: int, stop: signal.Signals) -> None:
    with fake_hub.serving(repository(), stall_at=at) as hub:
        process = stalled(hub, tmp_path, at)
        process.send_signal(stop)
        assert process.wait(20) == (-9 if stop is signal.SIGKILL else 143)
        hub.go_on.set()
        hub.stall_at = None
        hub.asked.clear()
        assert "config.json" not in folder(tmp_path)
        there = parts(tmp_path)
        status, said = run(hub, tmp_path)
        assert (status, said[-1].partition(",")[0]) == (0, "complete: 8 files")
        assert folder(tmp_path) == wanted()
        # What arrived was not asked for again.
        resumed = {
            line.rpartition("bytes=")[2]
            for line in hub.asked
            if line.startswith("store ") and "bytes=" in line
        }
        assert resumed == {f"{size}-" for size in there if size >= CHUNK and size not in SIZES}


@pytest.mark.parametrize("seed", range(4))
def test_killed_again_and_again_it_ends_right(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    with fake_hub.serving(repository(), limit=150_000) as hub:
        for _ in range(6):
            process = start(hub, tmp_path)
            time.sleep(chance.uniform(0.05, 0.35))
            process.kill()
            process.wait(20)
            # A folder with config.json is complete.
            assert "config.json" not in folder(tmp_path) or {**wanted()}.items() <= folder(tmp_path).items()
        assert run(hub, tmp_path)[0] == 0
    assert folder(tmp_path) == wanted()
    assert record(tmp_path)["complete"] is True


def test_a_connection_that_breaks_is_taken_up_again(tmp_path: Path) -> None:
    with fake_hub.serving(repository(), limit=90_000, errors=[503, 429]) as hub:
        status, said = run(hub, tmp_path)
    assert status == 0
    assert folder(tmp_path) == wanted()
    assert said[0] == "the list of files: HTTP Error 503: Service Unavailable; trying again"
    assert any("ended after" in line and line.endswith("trying again") for line in said)


def test_a_store_without_ranges_begins_again(tmp_path: Path) -> None:
    with fake_hub.serving(repository(), stall_at=70_000) as hub:
        process = stalled(hub, tmp_path, 70_000)
        process.kill()
        process.wait(20)
        hub.go_on.set()
        hub.stall_at, hub.ranges = None, False
        assert run(hub, tmp_path)[0] == 0
    assert folder(tmp_path) == wanted()


def test_wrong_bytes_are_refused(tmp_path: Path) -> None:
    name = "model-00004-of-00005.safetensors"
    with fake_hub.serving(repository(), wrong={name}) as hub:
        status, said = run(hub, tmp_path)
        right = hashlib.sha256(repository()[name]).hexdigest()
        found = hashlib.sha256(bytes(90_000)).hexdigest()
        assert status == 1
        assert said.count(f"{name}: wrong checksum {found}, expected {right}") == 2
        assert (
            said[-1]
            == f"failed: {name}: the downloaded bytes do not match the hub's checksum, in two attempts"
        )
        assert name not in folder(tmp_path)
        assert "config.json" not in folder(tmp_path)
        hub.wrong.clear()
        assert run(hub, tmp_path)[0] == 0
    assert folder(tmp_path) == wanted()


def test_a_part_that_was_damaged_is_found(tmp_path: Path) -> None:
    with fake_hub.serving(repository(), stall_at=70_000) as hub:
        process = stalled(hub, tmp_path, 70_000)
        process.kill()
        process.wait(20)
        hub.go_on.set()
        hub.stall_at = None
        for part in (tmp_path / ".r1c-parts").iterdir():
            part.write_bytes(bytes(len(part.read_bytes())))
        assert run(hub, tmp_path)[0] == 0
    assert folder(tmp_path) == wanted()


def test_without_the_record_every_file_is_read(tmp_path: Path) -> None:
    damaged = "model-00002-of-00005.safetensors"
    with fake_hub.serving(repository()) as hub:
        run(hub, tmp_path)
        (tmp_path / damaged).write_bytes(bytes(300_000))
        (tmp_path / ".r1c-weights.json").unlink()
        hub.asked.clear()
        status, said = run(hub, tmp_path)
        assert status == 0
        assert f"{damaged}: the file in the folder has another checksum, and is downloaded again" in said
        # The damaged file, and config.json after it: a server that starts in between finds no model.
        assert [line.rpartition("/")[2] for line in hub.asked[1:] if line.startswith("hub ")] == [
            damaged,
            "config.json",
        ]
    assert folder(tmp_path) == wanted()


def test_another_revision_replaces_what_the_first_one_had(tmp_path: Path) -> None:
    new = {name: content for name, content in repository().items() if "00005-of" not in name}
    with fake_hub.serving(repository()) as hub:
        run(hub, tmp_path)
        hub.files = {**new, "model-00001-of-00005.safetensors": b"new weights"}
        assert run(hub, tmp_path, REVISION="v2")[0] == 0
        assert hub.asked.count("hub /api/models/org/model/revision/v2") == 1
    expected = {name: content for name, content in hub.files.items() if not name.endswith(".bin")}
    assert folder(tmp_path) == expected


def test_weights_of_another_origin_stay(tmp_path: Path) -> None:
    (tmp_path / "mine.safetensors").write_bytes(b"mine")
    with fake_hub.serving(repository()) as hub:
        status, said = run(hub, tmp_path)
    what = f"{tmp_path} has mine.safetensors, which org/model at {fake_hub.COMMIT} does not have"
    assert (status, said) == (1, [f"failed: {what}: use an empty folder"])
    assert (tmp_path / "mine.safetensors").read_bytes() == b"mine"


@pytest.mark.parametrize(
    ("env", "message"),
    [
        ({}, "needs a token for org/model (HTTP 401): accept the licence of the model, and check the token"),
        (
            {"HF_TOKEN": "hf_other"},
            "does not accept the token for org/model (HTTP 401): accept the licence of the model, and check "
            "the token",
        ),
        ({"HF_TOKEN": "hf_secret", "MODEL": "org/typo"}, "has no org/typo with the revision main (HTTP 404)"),
    ],
)
def test_what_the_hub_refuses_is_not_tried_again(tmp_path: Path, env: dict[str, str], message: str) -> None:
    with fake_hub.serving(repository(), token="hf_secret") as hub:
        status, said = run(hub, tmp_path, **env)
        assert (status, said) == (1, [f"failed: {hub.url} {message}"])
        assert len(hub.asked) == 1


def test_a_path_that_leaves_the_folder_is_refused(tmp_path: Path) -> None:
    with fake_hub.serving({"../outside.json": b"{}"}) as hub:
        status, said = run(hub, tmp_path / "in")
    assert (status, said) == (1, ["failed: the repository has a file with the path '../outside.json'"])
    assert not (tmp_path / "outside.json").exists()


def test_a_hub_that_stays_away_ends_the_run(tmp_path: Path) -> None:
    with fake_hub.serving(repository(), errors=[503] * 6) as hub:
        status, said = run(hub, tmp_path)
    assert status == 1
    assert (
        said[-1]
        == "failed: the list of files: failed 6 times; the last error: HTTP Error 503: Service Unavailable"
    )
