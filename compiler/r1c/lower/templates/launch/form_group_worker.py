"""Joins the leader and waits until it lets all pods of the group start vLLM at the same time.

Arguments: the leader's port, and the seconds to look for the leader. Once it is found, the leader's own time
limit applies.
"""

import os
import socket
import sys
import time

PAUSE_SECONDS = 2
PROGRESS_SECONDS = 30
SILENCE_SECONDS = 120  # the leader sends a line every 30 s


def say(text: str) -> None:
    """Print a line of progress."""
    print(f"form_group: {text}", flush=True)


def join(leader: str, port: int) -> tuple[str, str] | None:
    """Return None once the leader has said to start, otherwise the obstacle and what to check."""
    try:
        address = str(socket.getaddrinfo(leader, port, type=socket.SOCK_STREAM)[0][4][0])
    except OSError:
        obstacle = f"the leader's name {leader} does not resolve"
        return obstacle, "check that the leader pod and the headless Service exist"
    try:
        with socket.create_connection((address, port), timeout=5) as connection:
            connection.settimeout(SILENCE_SECONDS)
            connection.sendall(f"{os.environ['LWS_WORKER_INDEX']}\n".encode())
            with connection.makefile() as lines:
                for line in lines:
                    if line == "start\n":
                        return None
                    say(line.strip())
        obstacle = f"the leader {leader} ({address}) has closed the connection"
    except OSError:
        obstacle = f"the leader {leader} ({address}) does not answer on port {port}"
    return obstacle, "check the log of the leader pod"


def follow(port: int, timeout: int) -> None:
    """Try until the leader says to start; when the time is over, name the obstacle and exit."""
    deadline, printed, printed_at = time.monotonic() + timeout, "", 0.0
    while found := join(os.environ["LWS_LEADER_ADDRESS"], port):
        obstacle, hint = found
        now = time.monotonic()
        if now >= deadline:
            say(f"after {timeout} s {obstacle}; {hint}")
            sys.exit(1)
        if obstacle != printed or now >= printed_at + PROGRESS_SECONDS:
            say(f"waiting: {obstacle}")
            printed, printed_at = obstacle, now
        time.sleep(PAUSE_SECONDS)


follow(*map(int, sys.argv[1:]))
