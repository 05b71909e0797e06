"""Fill a folder with the files of a Hugging Face repository, each checked against the hub's checksum.

It can be stopped at any time and run again: complete files stay, and a partial file continues where it
stopped. config.json is written last, so that no server starts with an incomplete model.
"""

from __future__ import annotations

import concurrent.futures
import contextlib
import hashlib
import http.client
import json
import os
import shutil
import signal
import ssl
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

MODEL, REVISION = os.environ["MODEL"], os.environ["REVISION"]
TARGET = Path(os.environ["TARGET"])
SKIPPED = tuple(os.environ["SKIPPED_SUFFIXES"].split())
HUB = (os.environ.get("HF_ENDPOINT") or "https://huggingface.co").rstrip("/")
TOKEN = os.environ.get("HF_TOKEN", "").strip()

# Files at the same time: Cloud Storage FUSE may keep each on the node's disk until it is complete.
PARALLEL = 4
CHUNK = 4 << 20
ATTEMPTS = 6
PAUSE = 2.0
TIMEOUT = 60
RECORD = TARGET / ".r1c-weights.json"
PARTS = TARGET / ".r1c-parts"
LAST = "config.json"

TROUBLE = (urllib.error.URLError, http.client.HTTPException, ConnectionError, TimeoutError, ssl.SSLError)


class FailureError(Exception):
    """A failure that another attempt cannot fix; its text is the message."""


class ToSameHost(urllib.request.HTTPRedirectHandler):
    """Follow redirects, but never send the token to another host."""

    def redirect_request(  # noqa: PLR0913, PLR0917  # the parent's arguments
        self, req: Any, fp: Any, code: Any, msg: Any, headers: Any, newurl: Any
    ) -> Any:
        """Return the request to follow with."""
        new = super().redirect_request(req, fp, code, msg, headers, newurl)
        if new and urllib.parse.urlsplit(newurl)[:2] != urllib.parse.urlsplit(req.full_url)[:2]:
            new.remove_header("Authorization")
        return new


opener = urllib.request.build_opener(ToSameHost)
lock = threading.Lock()


@dataclass
class Progress:
    """Bytes that have arrived, over all files."""

    received: int = 0

    def add(self, size: int) -> None:
        """Count a chunk."""
        with lock:
            self.received += size


progress = Progress()


@dataclass(frozen=True)
class File:
    """A file of the repository: its path, its size, and the checksum that the hub states."""

    path: str
    size: int
    method: str
    digest: str

    @property
    def place(self) -> Path:
        """Where the file is when it is complete."""
        return TARGET / self.path

    @property
    def part(self) -> Path:
        """Where the file is until then; two files can have the same content."""
        own = hashlib.sha256(self.path.encode()).hexdigest()[:8]
        return PARTS / f"{self.digest}-{own}.part"

    def hasher(self) -> Any:
        """Return the state of the checksum before the first byte."""
        # The hub states SHA-256 for large files, and Git's own checksum for those that Git stores.
        if self.method == "sha256":
            return hashlib.sha256()
        return hashlib.sha1(b"blob %d\0" % self.size, usedforsecurity=False)


def say(text: str) -> None:
    """Print a line of the log at once."""
    print(text, flush=True)


def ask(url: str, start: int = 0) -> Any:
    """Open a URL of the hub, starting at a byte."""
    headers = {"User-Agent": "r1c-prefetch", "Accept-Encoding": "identity"}
    request = urllib.request.Request(url, headers=headers)  # noqa: S310  # the hub's address
    if TOKEN:
        request.add_header("Authorization", f"Bearer {TOKEN}")
    if start:
        request.add_header("Range", f"bytes={start}-")
    try:
        return opener.open(request, timeout=TIMEOUT)
    except urllib.error.HTTPError as error:
        if error.code in (401, 403):
            what = "does not accept the token for" if TOKEN else "needs a token for"
            help_ = "accept the licence of the model, and check the token"
            raise FailureError(f"{HUB} {what} {MODEL} (HTTP {error.code}): {help_}") from None
        if error.code == 404:
            raise FailureError(f"{HUB} has no {MODEL} with the revision {REVISION} (HTTP 404)") from None
        raise


def patiently(what: str, work: Any) -> Any:
    """Repeat the work after network errors, with growing pauses while nothing arrives."""
    attempt = 0
    while True:
        before = progress.received
        try:
            return work()
        except TROUBLE as error:
            attempt = 1 if progress.received > before else attempt + 1
            if attempt == ATTEMPTS:
                raise FailureError(f"{what}: failed {ATTEMPTS} times; the last error: {error}") from None
            say(f"{what}: {error}; trying again")
            time.sleep(PAUSE * min(2**attempt, 16))


def listed() -> tuple[str, list[File]]:
    """Return the commit and the files of the revision that the server needs."""
    address = f"{HUB}/api/models/{MODEL}/revision/{urllib.parse.quote(REVISION, safe='')}?blobs=true"

    def read() -> Any:
        with ask(address) as answer:
            return json.load(answer)

    known = patiently("the list of files", read)
    files = []
    for entry in known["siblings"]:
        path, large = entry["rfilename"], entry.get("lfs")
        if path.startswith("/") or not {"", ".", ".."}.isdisjoint(path.split("/")):
            raise FailureError(f"the repository has a file with the path {path!r}")
        if large:
            files.append(File(path, large["size"], "sha256", large["sha256"]))
        else:
            files.append(File(path, entry["size"], "git", entry["blobId"]))
    if any(file.path.endswith(".safetensors") for file in files):
        # The other files have the same weights in formats that the server does not read.
        files = [file for file in files if not file.path.endswith(SKIPPED)]
    if not files:
        raise FailureError(f"{MODEL} has no files")
    return known["sha"], sorted(files, key=lambda file: (file.path == LAST, -file.size, file.path))


@dataclass
class Record:
    """The files that the folder has: the checksum of each file that was compared.

    `about` names the repository, the commit and the checksum of the list of files.
    """

    about: dict[str, str]
    known: dict[str, str] = field(default_factory=dict)
    complete: bool = False
    written: float = 0.0

    def note(self, file: File) -> None:
        """Remember a file whose checksum is right."""
        with lock:
            self.known[file.path] = file.digest
            # Cloud Storage accepts one change per second to the same object.
            if time.monotonic() - self.written > 5:
                self.write(complete=False)

    def write(self, *, complete: bool) -> None:
        """Replace the record in the folder."""
        self.complete = complete
        body = {**self.about, "complete": complete, "files": dict(sorted(self.known.items()))}
        new = RECORD.with_name(f"{RECORD.name}.new")
        with new.open("w", encoding="utf-8") as file:
            json.dump(body, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        new.replace(RECORD)
        self.written = time.monotonic()


def recorded(commit: str, files: list[File]) -> Record:
    """Return what an earlier run recorded in the folder."""
    lines = sorted(f"{file.path}\t{file.size}\t{file.digest}\n" for file in files)
    list_ = hashlib.sha256("".join(lines).encode()).hexdigest()
    record = Record({"repository": MODEL, "commit": commit, "listSha256": list_})
    with contextlib.suppress(OSError, ValueError):
        found = json.loads(RECORD.read_bytes())
        if isinstance(found, dict) and isinstance(found.get("files"), dict):
            record.known = found["files"]
            same = all(found.get(key) == value for key, value in record.about.items())
            record.complete = same and found.get("complete") is True
    return record


def checksum(source: IO[bytes], state: Any) -> int:
    """Add the rest of a file to a checksum, and return how many bytes that is."""
    size = 0
    while chunk := source.read(CHUNK):
        state.update(chunk)
        size += len(chunk)
    return size


def present(file: File, record: Record) -> bool:
    """Tell whether the folder has the file; a file that is not in the record is read and compared."""
    try:
        if file.place.stat().st_size != file.size:
            return False
        if record.known.get(file.path) == file.digest:
            return True
        state = file.hasher()
        with file.place.open("rb") as source:
            checksum(source, state)
    except FileNotFoundError:
        return False
    if state.hexdigest() != file.digest:
        say(f"{file.path}: the file in the folder has another checksum, and is downloaded again")
        return False
    record.note(file)
    return True


def download(file: File, commit: str, record: Record) -> None:
    """Download a file, compare its checksum and put it in its place."""
    address = f"{HUB}/{MODEL}/resolve/{commit}/{urllib.parse.quote(file.path)}"
    for _ in range(2):
        state = patiently(file.path, lambda: receive(file, address))
        if state.hexdigest() == file.digest:
            file.place.parent.mkdir(parents=True, exist_ok=True)
            file.part.replace(file.place)
            record.note(file)
            return
        say(f"{file.path}: wrong checksum {state.hexdigest()}, expected {file.digest}")
        file.part.unlink()
    raise FailureError(f"{file.path}: the downloaded bytes do not match the hub's checksum, in two attempts")


def receive(file: File, address: str) -> Any:
    """Write the rest of the file to its part, and return the checksum of the whole."""
    state = file.hasher()
    with file.part.open("r+b" if file.part.exists() else "w+b") as part:
        have = checksum(part, state)
        if have < file.size:
            with ask(address, have) as answer:
                if have and answer.status != 206:
                    part.seek(0)
                    part.truncate()
                    have, state = 0, file.hasher()
                while have < file.size and (chunk := answer.read(min(CHUNK, file.size - have))):
                    part.write(chunk)
                    state.update(chunk)
                    have += len(chunk)
                    progress.add(len(chunk))
            if have < file.size:
                raise ConnectionError(f"the connection ended after {have} of {file.size} bytes")
        part.flush()
        os.fsync(part.fileno())
    return state


def fill() -> None:
    """Make the folder complete."""
    commit, files = listed()
    PARTS.mkdir(parents=True, exist_ok=True)
    record = recorded(commit, files)
    wanted = {file.path for file in files}
    own = {item.name for item in TARGET.glob("*.safetensors")}
    if foreign := sorted(own - wanted - set(record.known)):
        raise FailureError(
            f"{TARGET} has {foreign[0]}, which {MODEL} at {commit} does not have: use an empty folder"
        )
    total = sum(file.size for file in files)
    say(f"{MODEL} at {commit}: {len(files)} files, {total / 10**9:,.1f} GB")
    with concurrent.futures.ThreadPoolExecutor(PARALLEL) as pool:
        there = list(pool.map(lambda file: present(file, record), files))
    missing = [file for file, found in zip(files, there, strict=True) if not found]
    needed = sum(file.size - (file.part.stat().st_size if file.part.exists() else 0) for file in missing)
    if (free := shutil.disk_usage(TARGET).free) < needed:
        raise FailureError(
            f"{needed / 10**9:,.1f} GB are missing, and {TARGET} has {free / 10**9:,.1f} GB free"
        )
    if missing:
        record.write(complete=False)
        if files[-1].path == LAST and files[-1] not in missing:
            files[-1].place.unlink()
            missing.append(files[-1])
    last = [file for file in missing if file.path == LAST]
    follow([file for file in missing if file.path != LAST], commit, record, needed)
    for path in set(record.known) - wanted:
        (TARGET / path).unlink(missing_ok=True)
        del record.known[path]
    follow(last, commit, record, needed)
    if missing or not record.complete:
        record.write(complete=True)
    shutil.rmtree(PARTS, ignore_errors=True)
    say(f"complete: {len(files)} files, {len(missing)} downloaded, list {record.about['listSha256']}")


def follow(missing: list[File], commit: str, record: Record, needed: int) -> None:
    """Download files, and print the progress every 30 seconds."""
    pool = concurrent.futures.ThreadPoolExecutor(PARALLEL)
    waiting = {pool.submit(download, file, commit, record) for file in missing}
    start, before = time.monotonic(), progress.received
    while waiting:
        done, waiting = concurrent.futures.wait(waiting, 30, concurrent.futures.FIRST_COMPLETED)
        for future in done:
            future.result()
        rate = (progress.received - before) / max(time.monotonic() - start, 1)
        if time.monotonic() - start > 30:
            say(f"{progress.received / 10**9:,.1f} of {needed / 10**9:,.1f} GB, {rate / 10**6:,.0f} MB/s")
    pool.shutdown()


def stop(*_: object) -> None:
    """End at once: the next run continues with what is written."""
    os._exit(143)


if __name__ == "__main__":
    # The first process of a container ignores SIGTERM unless it handles it.
    signal.signal(signal.SIGTERM, stop)
    try:
        fill()
    except (FailureError, OSError) as error:
        say(f"failed: {error}")
        # Other downloads may still run, and Python would wait for them.
        os._exit(1)
