"""Waits until the container of every worker runs, then lets all of them start vLLM at the same time.

Arguments: the port that the workers connect to, and the seconds to wait for them.
"""

import os
import select
import socket
import sys
import time

PROGRESS_SECONDS = 30


def say(text: str) -> None:
    """Print a line of progress."""
    print(f"form_group: {text}", flush=True)


def admit(listener: socket.socket, workers: dict[int, socket.socket], size: int) -> None:
    """Accept a worker by the index that it sends; a second connection of a worker replaces the first."""
    connection, _ = listener.accept()
    connection.settimeout(2)
    try:
        index = int(connection.makefile("rb").readline(16))
    except (OSError, ValueError):
        index = 0
    if 0 < index < size:
        workers[index] = connection
    else:
        connection.close()


def tell(workers: dict[int, socket.socket], text: str) -> None:
    """Send a line to every worker; a worker that has just gone is noticed at the next read."""
    for connection in workers.values():
        try:
            connection.sendall(f"{text}\n".encode())
        except OSError:
            continue


def form(port: int, timeout: int) -> None:
    """Return once all workers are here; when the time is over, name the missing ones and exit."""
    size, pod = int(os.environ["LWS_GROUP_SIZE"]), os.environ["LWS_LEADER_ADDRESS"].partition(".")[0]
    family = socket.AF_INET6 if ":" in os.environ["VLLM_HOST_IP"] else socket.AF_INET
    listener = socket.create_server((os.environ["VLLM_HOST_IP"], port), family=family, backlog=size)
    workers: dict[int, socket.socket] = {}
    deadline, printed, printed_at = time.monotonic() + timeout, "", 0.0
    while True:
        missing = [f"{pod}-{index}" for index in range(1, size) if index not in workers]
        state = f"{len(workers)} of {size - 1} workers have started"
        if missing:
            state += f"; waiting for {', '.join(missing)}"
        now = time.monotonic()
        if state != printed or now >= printed_at + PROGRESS_SECONDS:
            say(state)
            tell(workers, state)
            printed, printed_at = state, now
        if not missing:
            break
        if now >= deadline:
            say(
                f"after {timeout} s only {len(workers)} of {size - 1} workers have started; check the status "
                f"and logs of these pods: {', '.join(missing)}"
            )
            sys.exit(1)
        ready, _, _ = select.select([listener, *workers.values()], [], [], 1)
        for index, connection in list(workers.items()):
            if connection in ready:  # a worker sends only its index: the connection is closed
                workers.pop(index).close()
        if listener in ready:
            admit(listener, workers, size)
    tell(workers, "start")


form(*map(int, sys.argv[1:]))
