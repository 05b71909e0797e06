"""A small client of the language server: JSON-RPC over the pipes of a real process."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Any


class Client:
    """Starts `r1c lsp`, and ends it as the protocol says; `before` is code to run first."""

    def __init__(self, before: str = "") -> None:
        code = f"{before}\nimport sys\nfrom r1c.__main__ import main\nsys.exit(main())"
        self.process = subprocess.Popen(
            [sys.executable, "-c", code, "lsp"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=Path(__file__).resolve().parents[1] / "compiler",
        )
        self.number = 0
        self.published: dict[str, list[dict[str, Any]]] = {}
        self.logged: list[str] = []

    def __enter__(self) -> Client:
        self.capabilities = self.ask("initialize", {"processId": None, "rootUri": None, "capabilities": {}})
        self.tell("initialized", {})
        return self

    def __exit__(self, kind: type[BaseException] | None, _: object, __: TracebackType | None) -> None:
        if kind:
            self.process.kill()
            self.process.wait()
            return
        assert self.ask("shutdown", None) is None
        assert self.exit() == 0

    def exit(self) -> int:
        """Say exit; return the exit status of the server."""
        self.tell("exit", None)
        return self.process.wait(20)

    def _send(self, message: dict[str, Any]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        assert self.process.stdin
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
        self.process.stdin.flush()

    def _receive(self) -> dict[str, Any]:
        assert self.process.stdout
        length = 0
        while line := self.process.stdout.readline().strip():
            name, _, value = line.partition(b":")
            length = int(value) if name.lower() == b"content-length" else length
        message: dict[str, Any] = json.loads(self.process.stdout.read(length))
        if message.get("method") == "textDocument/publishDiagnostics":
            self.published[message["params"]["uri"]] = message["params"]["diagnostics"]
        if message.get("method") == "window/logMessage":
            self.logged.append(message["params"]["message"])
        return message

    def tell(self, method: str, params: Any) -> None:
        self._send({"method": method, "params": params})

    def ask(self, method: str, params: Any) -> Any:
        self.number += 1
        self._send({"id": self.number, "method": method, "params": params})
        while (message := self._receive()).get("id") != self.number:
            pass
        assert "error" not in message, message
        return message["result"]

    def open(self, path: Path, text: str) -> str:
        uri = path.as_uri()
        item = {"uri": uri, "languageId": "yaml", "version": 1, "text": text}
        self.tell("textDocument/didOpen", {"textDocument": item})
        return uri

    def change(self, uri: str, text: str) -> None:
        item = {"uri": uri, "version": 2}
        self.tell("textDocument/didChange", {"textDocument": item, "contentChanges": [{"text": text}]})

    def at(self, method: str, uri: str, line: int, character: int) -> Any:
        position = {"line": line, "character": character}
        return self.ask(f"textDocument/{method}", {"textDocument": {"uri": uri}, "position": position})

    def diagnostics(self, uri: str) -> list[dict[str, Any]]:
        """Return what was published before the answer to a question that was asked now."""
        self.at("hover", uri, 0, 0)
        return self.published[uri]

    def actions(self, uri: str, line: int, only: list[str]) -> Any:
        at = {"line": line, "character": 0}
        context = {"diagnostics": [], "only": only}
        asked = {"textDocument": {"uri": uri}, "range": {"start": at, "end": at}, "context": context}
        return self.ask("textDocument/codeAction", asked)


def applied(text: str, edits: list[dict[str, Any]]) -> str:
    """Return a text with edits of whole lines."""
    lines = text.splitlines(keepends=True)
    for edit in reversed(edits):
        start, end = edit["range"]["start"]["line"], edit["range"]["end"]
        lines[start : end["line"] + (1 if end["character"] else 0)] = [edit["newText"]]
    return "".join(lines)
