"""The runbook's streaming step: curl and python3 against a server on loopback."""

from __future__ import annotations

import http.server
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from runbook import blocks

REPO = Path(__file__).resolve().parents[2]

WORDS = (
    'data: {"choices":[{"delta":{"role":"assistant","content":""}}]}\n\n'
    'data: {"choices":[{"delta":{"reasoning_content":"Nine "}}]}\n\n'
    'data: {"choices":[{"delta":{"reasoning":"comes first. "}}]}\n\n'
    'data: {"choices":[{"delta":{"content":"9.9\\u00e9"}}]}\n\n'
    'data: {"choices":[],"usage":{"total_tokens":9}}\n\n'
)


@contextmanager
def answering(status: int, body: str) -> Iterator[int]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
@pytest.mark.parametrize(
    ("status", "body", "printed", "error", "code"),
    [
        (200, WORDS + "data: [DONE]\n\n", "Nine comes first. 9.9é\n", "", 0),
        (200, WORDS, "Nine comes first. 9.9é\n", "the answer is incomplete: the connection ended", 1),
        (404, '{"object":"error","message":"no model"}', "", '{"object":"error","message":"no model"}', 1),
        (200, 'data: {"error":{"message":"out of memory"}}\n\n', "", "out of memory", 1),
        (500, "Internal\nServer Error\n", "", "Internal", 1),
    ],
    ids=["an answer", "cut off", "an error", "an error in the stream", "an error in prose"],
)
def test_the_streaming_step(status: int, body: str, printed: str, error: str, code: int) -> None:
    found = blocks(REPO / "out" / "deepseek-r1-a3mega" / "RUNBOOK.md")
    step = next(block for block in found if "--no-buffer" in block)
    with answering(status, body) as port:
        done = subprocess.run(
            ["bash", "-c", step.replace("localhost:8000", f"127.0.0.1:{port}")],
            capture_output=True,
            text=True,
            env={"PATH": os.environ["PATH"], "PYTHONIOENCODING": "utf-8"},
            check=False,
        )
    assert (done.stdout, done.returncode) == (printed, code)
    assert error in done.stderr if error else not done.stderr
