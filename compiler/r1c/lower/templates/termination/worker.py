"""Keeps a worker running while the leader serves, since both are deleted at the same time.

Arguments: the leader's port, and the maximum number of seconds to wait.
"""

import os
import socket
import sys
import time


def stay(port: int, seconds: int) -> None:
    """Return when the leader has not answered three times in a row, or the time is over."""
    deadline, missed = time.monotonic() + seconds, 0
    while missed < 3 and time.monotonic() < deadline:
        try:
            socket.create_connection((os.environ["LWS_LEADER_ADDRESS"], port), timeout=3).close()
            missed = 0
        except OSError:
            missed += 1
        time.sleep(1)


stay(*map(int, sys.argv[1:]))
