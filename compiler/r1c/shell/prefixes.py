"""A command behind programs that start it, such as exec, env, nohup and numactl -> the command itself."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise

from r1c.record import field, record
from r1c.shell import containers
from r1c.shell.script import Container, Word

_ASSIGNED = re.compile(r"[A-Za-z_][A-Za-z0-9_]*=")
_STARTERS: Mapping[str, tuple[str, ...]] = {
    "exec": ("-a",),
    "command": (),
    "builtin": (),
    "env": ("-u", "--unset", "-C", "--chdir", "-S"),
    "nohup": (),
    "setsid": (),
    "time": ("-f", "-o"),
    "nice": ("-n", "--adjustment"),
    "ionice": ("-c", "-n"),
    "chrt": (),
    "stdbuf": ("-i", "-o", "-e"),
    "unbuffer": (),
    "numactl": ("-N", "-m", "-C", "-i", "-p", "-l"),
    "taskset": (),
    "timeout": ("-s", "-k", "--signal", "--kill-after"),
    "sudo": ("-u", "-g"),
    "gosu": (),
    "su-exec": (),
    "tini": ("-p",),
    "dumb-init": (),
    "catatonit": (),
    "uv": ("--python", "-p", "--with", "--extra", "--project", "--directory", "--env-file", "--index-url"),
    "uvx": ("--python", "-p", "--with", "--from"),
    "poetry": (),
    "pipenv": (),
    "conda": ("-n", "-p", "--name", "--prefix"),
    "micromamba": ("-n", "-p"),
    "ddtrace-run": (),
    "opentelemetry-instrument": ("--traces_exporter", "--metrics_exporter", "--service_name"),
    "nsys": ("-o", "-t", "-s", "-c", "-w", "-f"),
    "catchsegv": (),
    "mpirun": ("-np", "-n", "-H", "--host", "--hostfile", "-x", "--mca", "--map-by", "--bind-to"),
    "ray": ("--address", "--min-nodes"),
}
"""Programs that start the command behind their options, with the options that a value follows."""
_VERBS: Mapping[str, tuple[str, ...]] = {
    "uv": ("run",),
    "poetry": ("run",),
    "pipenv": ("run",),
    "conda": ("run",),
    "micromamba": ("run",),
    "nsys": ("profile", "launch"),
    "ray": ("symmetric-run",),
}
"""The word that follows the program; with another one it starts nothing."""
_OPERANDS: Mapping[str, int] = {"taskset": 1, "timeout": 1, "chrt": 1, "gosu": 1, "su-exec": 1}
"""Words that a program takes in front of the command."""


@record
class Unwrapped:
    """A command, the words in front of it, and the variables that they set and remove.

    Where one of them starts a `container`, the command runs in it, and may be only the arguments of what its
    image starts.
    """

    argv: tuple[Word, ...]
    prefix: tuple[Word, ...] = ()
    variables: Mapping[str, Word] = field(default_factory=dict)
    removed: tuple[str, ...] = ()
    replaces: bool = False
    container: Container | None = None


def unwrapped(argv: Sequence[Word]) -> Unwrapped:
    """Return the command that the others start, as far as they are known; `replaces` says that exec does."""
    rest, prefix = list(argv), list[Word]()
    variables: dict[str, Word] = {}
    removed, replaces = list[str](), False
    container: Container | None = None
    while rest:
        name = rest[0].text.rpartition("/")[2]
        inside = containers.started(rest)
        if inside:
            container, taken = inside
            variables = dict(container.variables)
            prefix += rest[:taken]
            rest = [*container.entrypoint, *rest[taken:]]
            continue
        verbs = _VERBS.get(name)
        if name not in _STARTERS or (verbs and (len(rest) < 2 or rest[1].text not in verbs)):
            break
        taken = 1 + _options(name, rest[2 if verbs else 1 :]) + (1 if verbs else 0)
        while name in ("env", "sudo") and taken < len(rest) and _ASSIGNED.match(rest[taken].text):
            key, _, text = rest[taken].text.partition("=")
            variables[key] = Word(text, rest[taken].unknown, rest[taken].place)
            taken += 1
        taken += _OPERANDS.get(name, 0)
        if taken >= len(rest):
            break
        replaces = replaces or name == "exec"
        texts = [word.text for word in rest[:taken]]
        if name == "env":
            removed += [after for one, after in pairwise(texts) if one in ("-u", "--unset")]
        if name != "exec":
            prefix += rest[:taken]
        rest = rest[taken:]
    return Unwrapped(tuple(rest), tuple(prefix), variables, tuple(removed), replaces, container)


def _options(name: str, rest: Sequence[Word]) -> int:
    """Return how many words at the beginning are options and their values."""
    count = 0
    while count < len(rest) and rest[count].text.startswith("-"):
        text = rest[count].text
        count += 1
        if text == "--":
            break
        if text in _STARTERS[name]:
            count += 1
    return min(count, len(rest))
