"""A Hugging Face hub on loopback: the list of a repository's files, and the files by range and redirect."""

from __future__ import annotations

import hashlib
import json
import threading
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

COMMIT = "5c2b" * 10


@dataclass
class Hub:
    """What the hub has, how it misbehaves, and what it was asked.

    `limit` ends each answer's connection after so many bytes, `stall` is waited on before each byte after
    that; `wrong` are files whose bytes do not have the stated checksum; `errors` are answered first.
    """

    files: dict[str, bytes]
    url: str = ""
    token: str | None = None
    limit: int | None = None
    ranges: bool = True
    wrong: set[str] = field(default_factory=set)
    errors: list[int] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    tokens_elsewhere: list[str] = field(default_factory=list)
    reached: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    go_on: threading.Event = field(default_factory=threading.Event)
    stall_at: int | None = None

    def siblings(self) -> list[dict[str, Any]]:
        """Return the files as the hub's API lists them with blobs=true."""
        found = []
        for name, content in self.files.items():
            git = hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()
            entry: dict[str, Any] = {"rfilename": name, "size": len(content), "blobId": git}
            if name.endswith((".safetensors", ".bin")):
                entry["blobId"] = "0" * 40
                entry["lfs"] = {
                    "sha256": hashlib.sha256(content).hexdigest(),
                    "size": len(content),
                    "pointerSize": 135,
                }
            found.append(entry)
        return found


@contextmanager
def serving(files: dict[str, bytes], **settings: Any) -> Iterator[Hub]:
    """Run a hub for a test; large files come from a second host, as the hub's do."""
    hub = Hub(files, **settings)
    front, store = (ThreadingHTTPServer(("127.0.0.1", 0), _handler(hub, name)) for name in ("hub", "store"))
    hub.url = f"http://127.0.0.1:{front.server_port}"
    hub.go_on.set()
    front.store_url = f"http://localhost:{store.server_port}"  # type: ignore[attr-defined]  # read by the handler
    threads = [threading.Thread(target=server.serve_forever, args=(0.05,)) for server in (front, store)]
    for thread in threads:
        thread.start()
    try:
        yield hub
    finally:
        hub.go_on.set()
        for server in (front, store):
            server.shutdown()
            server.server_close()
        for thread in threads:
            thread.join()


def _handler(hub: Hub, role: str) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            pass

        def do_GET(self) -> None:
            path = urllib.parse.unquote(urllib.parse.urlsplit(self.path).path)
            hub.asked.append(f"{role} {path} {self.headers.get('Range', '')}".rstrip())
            if role == "store":
                if self.headers.get("Authorization"):
                    hub.tokens_elsewhere.append(path)
                self.send_file(path.removeprefix("/"))
            elif hub.errors:
                self.answer(hub.errors.pop(0), b"trouble")
            elif hub.token and self.headers.get("Authorization") != f"Bearer {hub.token}":
                self.answer(401, b"who are you")
            elif path.startswith("/api/models/org/model/revision/"):
                self.answer(200, json.dumps({"sha": COMMIT, "siblings": hub.siblings()}).encode())
            elif path.startswith(f"/org/model/resolve/{COMMIT}/"):
                name = path.removeprefix(f"/org/model/resolve/{COMMIT}/")
                if name.endswith(".safetensors"):
                    self.answer(302, b"", Location=f"{self.server.store_url}/{urllib.parse.quote(name)}")  # type: ignore[attr-defined]  # set above
                else:
                    self.send_file(name)
            else:
                self.answer(404, b"not here")

        def send_file(self, name: str) -> None:
            content = hub.files[name]
            if name in hub.wrong:
                content = bytes(len(content))
            start = self.headers.get("Range", "bytes=0-").removeprefix("bytes=").removesuffix("-")
            first = int(start) if hub.ranges else 0
            rest = content[first:]
            self.send_response(206 if first else 200)
            self.send_header("Content-Length", str(len(rest)))
            if first:
                self.send_header("Content-Range", f"bytes {first}-{len(content) - 1}/{len(content)}")
            self.end_headers()
            sent = rest[: hub.limit]
            if hub.stall_at is not None and name.endswith(".safetensors"):
                self.wfile.write(sent[: hub.stall_at])
                self.wfile.flush()
                hub.reached.release()
                hub.go_on.wait(20)
                sent = sent[hub.stall_at :]
            with suppress(OSError):
                self.wfile.write(sent)
            if hub.limit is not None:
                self.close_connection = True

        def answer(self, status: int, body: bytes, **headers: str) -> None:
            self.send_response(status)
            for key, value in headers.items():
                self.send_header(key, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    return Handler
