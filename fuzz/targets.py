"""Bytes -> the command that would read them, run in this process, and what must hold of how it ended."""

from __future__ import annotations

import contextlib
import io
import json
import random
import sys
import tempfile
import time
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import yaml
from mutate import Kind

from r1c import cli
from r1c.cli.declaration import Command, Group
from r1c.cli.table import R1C
from r1c.commands.console import Console
from r1c.diagnostics import UserError
from r1c.diagnostics.text import printable
from r1c.output.changes import inspect
from r1c.output.lock import LOCK, LockError, lock_bytes, read_lock
from r1c.output.write import exclusive, write
from r1c.source import credentials

REPO = Path(__file__).resolve().parent.parent
LONGEST = 10.0
"""Seconds of processor time that an input takes only if the work grows faster than its size."""
_BASE = (REPO / "tests" / "base.yaml").read_text(encoding="utf-8")
_ACTING = ("Cc", "Cf", "Cs", "Zl", "Zp")


class Broken(AssertionError):  # noqa: N818  # a promise
    """A promise that r1c did not keep for an input."""


def command(arguments: list[str], standard_input: bytes) -> tuple[int, str, str]:
    """Run r1c as its own main does, but let its faults through: status, standard output, standard error."""
    stdin = io.TextIOWrapper(io.BytesIO(standard_input), encoding="utf-8")
    out, err = _stream("surrogateescape"), _stream("backslashreplace")
    before, sys.stdin = sys.stdin, stdin
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            try:
                status = cli.run(arguments, Console())
            except UserError as error:
                err.write("\n".join(map(printable, f"{error}\n".split("\n"))))
                status = 2
    finally:
        sys.stdin = before
    return status, _written(out), _written(err)


def _stream(errors: str) -> io.TextIOWrapper:
    """Return a stream that encodes what it gets, as the process's own does."""
    return io.TextIOWrapper(io.BytesIO(), encoding="utf-8", errors=errors, newline="\n", write_through=True)


def _written(stream: io.TextIOWrapper) -> str:
    stream.seek(0)
    stream.reconfigure(errors="replace")
    return stream.read()


def _kept(status: int, out: str, err: str, *, shown: bool) -> None:
    """Check what holds for every input: a known exit status, a message, no terminal control characters."""
    if status not in (0, 1, 2):
        raise Broken(f"exit {status}")
    if status and not (err.strip() or out.strip()):
        raise Broken(f"exit {status} without a message")
    for text in (err, out) if shown else (err,):
        acting = next((c for c in text if unicodedata.category(c) in _ACTING and c not in "\n\t"), None)
        if acting:
            raise Broken(f"U+{ord(acting):04X} reaches the terminal")
    if next(credentials.find(err), None):
        raise Broken("a credential is repeated")


def profile(data: bytes) -> None:
    """Give a profile on standard input: checked as text and JSON, compiled where it may be, and planned."""
    status, out, err = command(["compile", "-", "-o", "-"], data)
    _kept(status, out, err, shown=True)
    if status == 0 and not all(isinstance(item, dict) for item in yaml.safe_load_all(out)):
        raise Broken("a document of the output is not an object")
    checked, out, err = command(["check", "-", "--format", "json"], data)
    _kept(checked, out, err, shown=False)
    json.loads(out)
    if checked != status:
        raise Broken(f"check ends with {checked}, compile with {status}")
    status, out, err = command(["plan", "-"], data)
    _kept(status, out, err, shown=True)


def model(data: bytes) -> None:
    """Give a model's config.json that a profile names by its path."""
    with tempfile.TemporaryDirectory() as place:
        (Path(place) / "config.json").write_bytes(data)
        text = _BASE.replace("deepseek-ai/DeepSeek-R1", "fuzz/model\n    config: config.json")
        (Path(place) / "profile.yaml").write_text(text, encoding="utf-8")
        for arguments in (["check"], ["plan", "--format", "json"]):
            _kept(*command([*arguments, str(Path(place) / "profile.yaml")], b""), shown=False)


def locks(data: bytes) -> None:
    """Give the lock of an output: it is used or refused, and nothing but r1c's own files is touched."""
    try:
        read = read_lock(data)
    except LockError as error:
        _kept(2, "", str(error), shown=False)
    else:
        if read_lock(lock_bytes(read)) != read:
            raise Broken("a lock does not read back")
    with tempfile.TemporaryDirectory() as name:
        target = Path(name) / "base"
        target.mkdir()
        (target / LOCK).write_bytes(data)
        (target / "mine.yaml").write_bytes(b"mine\n")
        with contextlib.suppress(UserError), exclusive(target):
            about = {"recipe": "base", "profile": "0" * 64, "r1c": "0"}
            changes = inspect(target, {"a.yaml": b"a\n"}, **about, cluster={})
            write(changes)
        if (target / "mine.yaml").read_bytes() != b"mine\n":
            raise Broken("a person's file is touched")


_OUTSIDE = "outside-of-the-repository"


def extends(data: bytes) -> None:
    """Give a folder of profiles that extend one another.

    The input maps their names to their content, or to `{link: TARGET}`. r1c must read nothing outside the
    repository, and the merged profile must be the same recipe.
    """
    with tempfile.TemporaryDirectory() as place:
        root = Path(place) / "repository"
        (root / ".git").mkdir(parents=True)
        (Path(place) / "outside.yaml").write_text(f"metadata: {{name: {_OUTSIDE}}}\n", encoding="utf-8")
        for name, content in _files(data).items():
            _put(root, name, content)
        first = str(root / "profile.yaml")
        status, out, err = command(["compile", first, "-o", "-"], b"")
        _kept(status, out, err, shown=True)
        if _OUTSIDE in out:
            raise Broken("a file outside of the repository is read")
        checked, said, err = command(["check", first, "--format", "json"], b"")
        _kept(checked, said, err, shown=False)
        if checked != status:
            raise Broken(f"check ends with {checked}, compile with {status}")
        shown, merged, err = command(["compile", "--show-profile", first], b"")
        _kept(shown, merged, err, shown=True)
        if status == 0:
            (root / "merged.yaml").write_text(merged, encoding="utf-8")
            again, same, err = command(["compile", str(root / "merged.yaml"), "-o", "-"], b"")
            if (again, same) != (status, out):
                raise Broken("the merged profile is another recipe")


def _files(data: bytes) -> dict[str, object]:
    """Return the files that an input names; one that names none is a base itself."""
    try:
        tree = yaml.safe_load(data)
    except Exception:  # of any kind: an input that is not a tree is the bytes of the base
        tree = None
    if isinstance(tree, dict) and "profile.yaml" in tree:
        return {str(name): content for name, content in tree.items()}
    return {"profile.yaml": {"extends": "base.yaml"}, "base.yaml": data}


def _put(root: Path, name: str, content: object) -> None:
    """Write a file, or a link, below a folder; a name that cannot be there is left out."""
    if ".." in name or name.startswith("/"):
        return
    with contextlib.suppress(OSError, ValueError, RecursionError, yaml.YAMLError):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, dict) and isinstance(content.get("link"), str):
            (root / name).symlink_to(content["link"])
            return
        text = content if isinstance(content, str) else yaml.safe_dump(content, allow_unicode=True)
        (root / name).write_bytes(content if isinstance(content, bytes) else text.encode("utf-8", "replace"))


def _on_standard_input(*arguments: str) -> Callable[[bytes], None]:
    def target(data: bytes) -> None:
        status, out, err = command([*arguments], data)
        _kept(status, out, err, shown=False)

    return target


TARGETS: Mapping[str, tuple[Callable[[bytes], None], Kind, tuple[str, ...]]] = {
    "profile": (
        profile,
        "yaml",
        ("profiles/*.yaml", "tests/base.yaml", "tests/cases/*/profile.yaml", "tests/check/rules/*/*.yaml"),
    ),
    "extends": (extends, "yaml", ("fuzz/seeds/extends/*",)),
    "lock": (locks, "json", ("out/*/.r1c.lock.json",)),
    "model": (model, "json", ("fuzz/seeds/model/*", "tests/**/config.json")),
    "krm": (_on_standard_input("krm"), "yaml", ("fuzz/seeds/krm/*",)),
    "helm": (_on_standard_input("import", "helm", "-"), "yaml", ("fuzz/seeds/helm/*",)),
    "manifest": (
        _on_standard_input("import", "manifest", "-"),
        "yaml",
        ("fuzz/seeds/manifest/*", "out/*/leaderworkerset.yaml"),
    ),
    "bench": (_on_standard_input("bench", "parse", "-"), "json", ("fuzz/seeds/bench/*",)),
}
"""By name: what reads the input, the notation of its inputs, and the files that they are made from."""


def exists(name: str) -> bool:
    """Tell whether this r1c has the command that a target runs."""
    words = {"helm": ["import", "helm"], "manifest": ["import", "manifest"], "bench": ["bench", "parse"]}
    here: Command | Group | None = R1C
    for word in words.get(name, []):
        inner = here.commands if isinstance(here, Group) else ()
        here = next((command for command in inner if command.name == word), None)
    return here is not None


def seeds(name: str) -> list[bytes]:
    """Return the inputs that a target's mutations start from, the same in the same order each time."""
    places = sorted({place for pattern in TARGETS[name][2] for place in REPO.glob(pattern)})
    return [place.read_bytes() for place in places if place.is_file()]


def fault(name: str, data: bytes) -> tuple[str, str] | None:
    """Give an input to a target; return where r1c broke and how, or None."""
    start = time.process_time()
    try:
        TARGETS[name][0](data)
    except Exception as error:
        return _place(error), f"{type(error).__name__}: {error}"[:300]
    spent = time.process_time() - start
    return ("time", f"{spent:.1f} seconds for {len(data)} bytes") if spent > LONGEST else None


def _place(error: BaseException) -> str:
    """Return the innermost line of r1c in a traceback: two faults at one line are one."""
    place, trace = str(error)[:60], error.__traceback__
    while trace:
        file = Path(trace.tb_frame.f_code.co_filename)
        if "r1c" in file.parts:
            place = f"{file.name}:{trace.tb_lineno} {type(error).__name__}"
        trace = trace.tb_next
    return place


def inputs(name: str, seed: int) -> Iterator[bytes]:
    """Yield inputs without end: each a seed after some mutations; equal seeds give equal inputs."""
    from mutate import mutated

    chance = random.Random(f"{name} {seed}")  # noqa: S311  # repeatable, not secret
    corpus = seeds(name)
    while True:
        yield mutated(chance.choice(corpus), corpus, TARGETS[name][1], chance)
