"""ray_init.sh, run by bash with the real ray package: each node has a loopback address of its own."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from r1c.resolve.rendezvous import FORMING_SECONDS

pytestmark = pytest.mark.ray

CONTEXT = Path(__file__).resolve().parents[2] / "docker" / "context"
BIN = Path(sys.executable).parent

# Stands before the real ray on PATH and adds what a small machine with several nodes on it needs.
RAY_ON_A_SMALL_MACHINE = f"""\
#!/bin/bash
shift
[[ $1 == --head && -n ${{TEST_HEAD_IS_UP-}} ]] && exit 0
exec {BIN}/ray start "$@" --num-cpus=1 --num-gpus="$TEST_GPUS" \\
  --object-store-memory=80000000 --temp-dir="$TEST_FOLDER"
"""


PRINT_NODES = """\
import sys, ray
ray.init(address=sys.argv[1], logging_level="ERROR", log_to_driver=False)
print(*sorted(node["NodeManagerAddress"] for node in ray.nodes() if node["Alive"]))
"""


@dataclass(frozen=True)
class Group:
    """The addresses of one group under test, and all processes that were started for it."""

    folder: Path
    port: int
    leader: str
    worker: str
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)


def session_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[3])


def members(session: int) -> Iterator[int]:
    """The processes of one session, also those that Ray left in the background."""
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if session_of(int(entry.name)) == session:
                yield int(entry.name)
        except (FileNotFoundError, ProcessLookupError):
            continue


def member(process: subprocess.Popen[bytes], name: str) -> int:
    [pid] = [pid for pid in members(process.pid) if Path(f"/proc/{pid}/comm").read_text().strip() == name]
    return pid


@pytest.fixture
def group() -> Iterator[Group]:
    with socket.socket() as listener, tempfile.TemporaryDirectory(prefix="ray", dir="/tmp") as folder:
        listener.bind(("", 0))
        port: int = listener.getsockname()[1]
        listener.close()
        low = f"{port // 256}.{port % 256}"  # not 127.0.0.1, which Ray replaces by another address
        made = Group(Path(folder), port, f"127.2.{low}", f"127.3.{low}")
        (made.folder / "ray").write_text(RAY_ON_A_SMALL_MACHINE)
        (made.folder / "ray").chmod(0o755)
        (made.folder / "ray_init.sh").write_text(rendered())
        try:
            yield made
        finally:
            for process in made.processes:
                for pid in members(process.pid):
                    os.kill(pid, signal.SIGKILL)
                process.wait(10)
            wait_for(lambda: not any(list(members(process.pid)) for process in made.processes))


def rendered() -> str:
    templates = Environment(
        loader=FileSystemLoader(CONTEXT), undefined=StrictUndefined, keep_trailing_newline=True
    )
    return templates.get_template("ray_init.sh.j2").render(timeout=FORMING_SECONDS)


def start(group: Group, *arguments: str, address: str, **variables: str) -> subprocess.Popen[bytes]:
    name = f"{len(group.processes)}"
    variables = {
        "PATH": f"{group.folder}:{BIN}:{os.environ['PATH']}",
        "HOME": str(group.folder),
        "VLLM_HOST_IP": address,
        "TEST_GPUS": "8",
        "TEST_FOLDER": str(group.folder / name),
    } | variables
    with (group.folder / f"{name}.out").open("wb") as out, (group.folder / f"{name}.err").open("wb") as err:
        process = subprocess.Popen(
            ["bash", str(group.folder / "ray_init.sh"), *arguments],
            env=variables,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            start_new_session=True,
        )
    group.processes.append(process)
    return process


def start_leader(group: Group, size: int, *options: str, **variables: str) -> subprocess.Popen[bytes]:
    options = (f"--ray_cluster_size={size}", f"--ray_port={group.port}", *options)
    return start(group, "leader", *options, address=group.leader, **variables)


def start_worker(group: Group, *options: str, **variables: str) -> subprocess.Popen[bytes]:
    options = (f"--ray_address={group.leader}", f"--ray_port={group.port}", *options)
    return start(group, "worker", *options, address=group.worker, **variables)


def lines(group: Group, process: subprocess.Popen[bytes], stream: str) -> list[str]:
    """What the script itself printed on the stream, without Ray's lines."""
    text = (group.folder / f"{group.processes.index(process)}.{stream}").read_text()
    return [
        line.removeprefix("ray_init.sh: ") for line in text.splitlines() if line.startswith("ray_init.sh: ")
    ]


def wait_for(condition: Callable[[], bool], seconds: float = 40) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"not so within {seconds} s"
        time.sleep(0.1)


def alive_nodes(group: Group) -> list[str]:
    driver = subprocess.run(
        [sys.executable, "-c", PRINT_NODES, f"{group.leader}:{group.port}"],
        stdout=subprocess.PIPE,
        text=True,
        timeout=60,
        check=True,
    )
    return driver.stdout.split()


def wait_until_joined(group: Group, worker: subprocess.Popen[bytes]) -> None:
    """A raylet that gets a signal before it has joined may take 30 seconds to obey it."""
    started = f"Ray has started on this node; its leader is {group.leader} ({group.leader})"
    wait_for(lambda: started in lines(group, worker, "out"))
    wait_for(lambda: alive_nodes(group) == [group.leader, group.worker])


def test_the_text_is_sound_bash() -> None:
    text = rendered()
    assert text.startswith("# shellcheck shell=bash\n")
    subprocess.run(["bash", "-n"], input=text, text=True, check=True)
    subprocess.run([BIN / "shellcheck", "-"], input=text, text=True, check=True)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "no role given: write leader or worker as the first argument"),
        (["head"], "unknown role 'head': write leader or worker"),
        (["leader", "--size=2"], "unknown option '--size' for the role leader"),
        (["leader", "--ray_address=a"], "unknown option '--ray_address' for the role leader"),
        (["worker", "--ray_cluster_size=2"], "unknown option '--ray_cluster_size' for the role worker"),
        (["worker", "extra"], "unknown option 'extra' for the role worker"),
        (["worker", "--ray_address"], "--ray_address is empty; is LWS_LEADER_ADDRESS set?"),
        (["worker", "--ray_address="], "--ray_address is empty; is LWS_LEADER_ADDRESS set?"),
        (["worker"], "--ray_address is empty; is LWS_LEADER_ADDRESS set?"),
        (
            ["worker", "--ray_address", "--ray_port=1"],
            "--ray_address needs a value, got the option '--ray_port=1'",
        ),
        (
            ["leader", "--ray_cluster_size="],
            "--ray_cluster_size must be an integer above 0, got ''; is LWS_GROUP_SIZE set?",
        ),
        (
            ["leader", "--ray_cluster_size", "0"],
            "--ray_cluster_size must be an integer above 0, got '0'; is LWS_GROUP_SIZE set?",
        ),
        (
            ["worker", "--ray_address=a", "--ray_port", "65536"],
            "--ray_port must be an integer from 1 to 65535, got '65536'",
        ),
        (
            ["worker", "--ray_address=a", "--ray_init_timeout=5m"],
            "--ray_init_timeout must be a number of seconds above 0, got '5m'",
        ),
    ],
)
def test_a_wrong_command_line_ends_with_2(group: Group, arguments: list[str], message: str) -> None:
    script = start(group, *arguments, address=group.worker)
    assert script.wait(10) == 2
    assert lines(group, script, "err") == [message]


def test_the_address_of_the_pod_must_be_known(group: Group) -> None:
    leader = start_leader(group, 1, VLLM_HOST_IP="")
    assert leader.wait(10) == 1
    assert lines(group, leader, "err") == [
        "VLLM_HOST_IP is not set: set it from the field status.podIP in the pod template"
    ]


def test_an_image_without_ray_is_named(group: Group) -> None:
    leader = start_leader(group, 1, PATH="/usr/bin:/bin")
    assert leader.wait(10) == 1
    assert lines(group, leader, "err") == [
        "the image has no ray command: install the Python package ray in the image"
    ]


def test_a_name_that_does_not_resolve(group: Group) -> None:
    worker = start_worker(group, "--ray_address=no-such-leader.invalid", "--ray_init_timeout=4")
    assert worker.wait(60) == 1
    assert lines(group, worker, "out") == [
        "waiting: the leader's name no-such-leader.invalid does not resolve"
    ]
    assert lines(group, worker, "err") == [
        "after 4 s the leader's name no-such-leader.invalid does not resolve; "
        "check that the leader pod and the headless Service exist"
    ]


def test_a_leader_that_never_starts(group: Group) -> None:
    worker = start_worker(group, "--ray_init_timeout=3")
    assert worker.wait(60) == 1
    silent = f"the leader {group.leader} ({group.leader}) does not answer on port {group.port}"
    assert lines(group, worker, "out") == [f"waiting: {silent}"]
    assert lines(group, worker, "err") == [f"after 3 s {silent}; check the log of the leader pod"]


def test_sigterm_ends_a_worker_that_waits(group: Group) -> None:
    worker = start_worker(group)
    wait_for(lambda: lines(group, worker, "out") != [])
    worker.terminate()
    assert worker.wait(4) == 143


def test_a_group_of_one_a_missing_worker_and_one_whose_gpus_ray_does_not_find(group: Group) -> None:
    leader = start_leader(group, 1)
    assert leader.wait(60) == 0
    assert lines(group, leader, "out") == [f"1 of 1 nodes have joined: {group.leader}"]

    leader = start_leader(group, 3, "--ray_init_timeout=2", TEST_HEAD_IS_UP="yes")
    assert leader.wait(60) == 1
    assert lines(group, leader, "out") == [f"1 of 3 nodes have joined: {group.leader}"]
    assert lines(group, leader, "err") == [
        f"after 2 s only 1 of 3 nodes have joined: {group.leader}; find the worker pods with other "
        "addresses, and check their status and logs"
    ]

    wait_until_joined(group, start_worker(group, TEST_GPUS="7"))
    leader = start_leader(group, 2, "--ray_init_timeout=1", TEST_HEAD_IS_UP="yes")
    assert leader.wait(60) == 1
    assert lines(group, leader, "err") == [
        "the nodes differ in the number of GPUs that Ray found: "
        f"{group.leader} has 8, {group.worker} has 7; "
        "check the GPU request and the driver of the pods that have fewer"
    ]


def test_a_worker_that_is_early_joins_and_ends_with_sigterm_its_raylet_or_its_leader(group: Group) -> None:
    early = start_worker(group)
    wait_for(lambda: lines(group, early, "out") != [])
    leader = start_leader(group, 2)
    assert leader.wait(60) == 0
    assert lines(group, leader, "out")[-1] == f"2 of 2 nodes have joined: {group.leader}, {group.worker}"
    assert lines(group, leader, "err") == []
    wait_until_joined(group, early)
    one_too_many = start_leader(group, 1, "--ray_init_timeout=1", TEST_HEAD_IS_UP="yes")
    assert one_too_many.wait(60) == 1
    assert lines(group, one_too_many, "err") == [
        f"2 nodes are in the Ray cluster, expected 1, each with its own address: {group.leader}, "
        f"{group.worker}; delete the pods that are left over from an earlier start of this group"
    ]
    assert early.poll() is None
    early.terminate()
    assert early.wait(8) == 143  # Kubernetes would wait for 30 s
    assert lines(group, early, "out")[-1] == "SIGTERM received; stopping Ray on this node"
    assert lines(group, early, "err") == []
    wait_for(lambda: list(members(early.pid)) == [])

    wait_for(lambda: alive_nodes(group) == [group.leader])
    second = start_worker(group)
    wait_until_joined(group, second)
    os.kill(member(second, "raylet"), signal.SIGTERM)  # `ray start --block` would not end for this one
    assert second.wait(60) == 1
    assert lines(group, second, "err") == [
        f"Ray on this node has ended, although the leader {group.leader} ({group.leader}) answers; "
        "see the lines above"
    ]

    wait_for(lambda: alive_nodes(group) == [group.leader])
    third = start_worker(group, RAY_gcs_rpc_server_reconnect_timeout_s="3")
    wait_until_joined(group, third)
    os.kill(member(leader, "gcs_server"), signal.SIGKILL)
    assert third.wait(60) == 1
    assert lines(group, third, "err") == [
        f"the leader {group.leader} ({group.leader}) no longer answers on port {group.port}; "
        "Ray on this node has ended too"
    ]


def test_a_worker_whose_ray_brings_no_raylet(group: Group) -> None:
    """As when SIGTERM ends the raylet before the script has seen it: `ray start --block` goes on."""
    (group.folder / "ray").write_text("#!/bin/bash\nexec sleep 300\n")
    script = (group.folder / "ray_init.sh").read_text()
    assert script.count("raylet_seconds=300") == 1
    (group.folder / "ray_init.sh").write_text(script.replace("raylet_seconds=300", "raylet_seconds=1"))
    with socket.create_server((group.leader, group.port)):
        worker = start_worker(group, "--ray_init_timeout=1")
        assert worker.wait(60) == 1
    assert lines(group, worker, "err") == [
        f"after 1 s Ray did not start on this node, although the leader {group.leader} ({group.leader}) "
        "answers; see Ray's own message above"
    ]
