"""Keeps the server running until it has no requests left, or until the time is over.

Arguments: the server's port, the maximum number of seconds to wait, and how many of these Services and load
balancers need to stop sending requests to the pod.
"""

import http.client
import os
import re
import sys
import time

STALLED_SECONDS = 60  # without a new token or an answer: the server hangs
REQUESTS = re.compile(r"^vllm:num_requests_(?:running|waiting|swapped)(?:\{.*\})? (\S+)$", re.MULTILINE)


def metrics(port: int) -> str:
    """Return the lines of vLLM's own metrics; raise OSError or HTTPException if there is no answer."""
    connection = http.client.HTTPConnection(os.environ["VLLM_HOST_IP"], port, timeout=5)
    try:
        connection.request("GET", "/metrics")
        lines = connection.getresponse().read().decode("utf-8", "replace").splitlines()
    finally:
        connection.close()
    return "\n".join(line for line in lines if line.startswith("vllm:"))


def drain(port: int, seconds: int, endpoints: int) -> None:
    """Return when the server was idle in two checks in a row, has ended, hangs, or the time is over."""
    began = moved = now = time.monotonic()
    last, idle = "", 0
    while now < began + seconds:
        try:
            text = metrics(port)
        except ConnectionRefusedError:
            return
        except (OSError, http.client.HTTPException):
            pass  # too busy to answer, or hanging
        else:
            counts = [float(count) for count in REQUESTS.findall(text)]
            idle = idle + 1 if counts and not any(counts) else 0
            if text != last or not counts:  # without counts (--disable-log-stats) any request may be running
                last, moved = text, now
        if now >= began + endpoints and (idle > 1 or now >= moved + STALLED_SECONDS):
            return
        time.sleep(1)
        now = time.monotonic()


drain(*map(int, sys.argv[1:]))
