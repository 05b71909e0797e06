"""What a container runs beside its server -> names and reasons: other commands, prefixes, unread parts."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from r1c.adopt.flags import is_joining
from r1c.adopt.manifest.workload import Workload
from r1c.shell.run import SHELLS
from r1c.shell.script import Command, Script, Word

_NAME = re.compile(r"\$[({]?(\w+)[)}]?")
_LENGTH = 70
_OWN_SCRIPT = "r1c writes its own script"
_UNKNOWN = "r1c cannot follow this part of the script"
SAME = "in a profile, leader and workers are the same: r1c uses the leader's"
"""Why something of the workers, or of the leader alone, is left out."""


def of(one: Workload) -> Iterator[tuple[str, str]]:
    """Yield what the scripts of the leader and of the workers contain besides the server's arguments."""
    command = one.server.command
    for others in one.runs.servers[1:]:
        yield f"a second server, {shown(others.command.argv)}", "a recipe has one server"
    if command.prefix:
        yield f"{shown(command.prefix)} in front of the server", "r1c starts the server directly"
    yield from (
        (f"{shown([word])}", "vLLM takes one model and no other argument") for word in one.server.extra
    )
    for condition in command.conditions:
        yield f"the condition {_cut(condition)}", "r1c always starts the server"
    yield from _commands(one)
    yield from _unread(one)
    yield from _workers(one)


def _commands(one: Workload) -> Iterator[tuple[str, str]]:
    servers = [server.command for server in one.runs.servers]
    joins = [server.command for server in one.worker.servers] if one.worker else []
    scripts = [one.runs.script, *([one.worker.script] if one.worker else [])]
    counts: Counter[str] = Counter()
    for script in scripts:
        own: Counter[str] = Counter(
            _program(command)
            for command in script.commands
            # What eval runs is named as a part that is not followed.
            if command not in (*servers, *joins) and command.name != "eval"
        )
        counts |= own
    if counts:
        names = ", ".join(f"{name} ({count})" if count > 1 else name for name, count in counts.items())
        yield f"the script's other commands, {names}", _OWN_SCRIPT
    files = dict.fromkeys(file.path.text for script in scripts for file in script.files)
    yield from ((f"the file {path} that the script writes", _OWN_SCRIPT) for path in files)


def _unread(one: Workload) -> Iterator[tuple[str, str]]:
    scripts = [one.runs.script, *([one.worker.script] if one.worker else [])]
    words = dict.fromkeys(word for script in scripts for word in script.unread)
    yield from ((f"the script's part {shown([word])}", _UNKNOWN) for word in words)
    idle = set(scripts[0].idle).intersection(*(script.idle for script in scripts))
    never = [word for word in scripts[0].idle if word in idle and not _inside(word, scripts[0].idle)]
    yield from ((f"the script's part {shown([word])}", "it never runs") for word in never)


def _inside(word: Word, others: Sequence[Word]) -> bool:
    return any(
        other.place.path == word.place.path
        and other.place.start <= word.place.start
        and word.place.end <= other.place.end
        and other.place != word.place
        for other in others
    )


def _workers(one: Workload) -> Iterator[tuple[str, str]]:
    """Name the flags that the workers' server has otherwise than the leader's."""
    if one.worker is None or not one.worker.servers:
        return
    leader = {(flag.name, flag.value) for flag in one.server.flags}
    for flag in one.worker.servers[0].flags:
        if (flag.name, flag.value) not in leader and not is_joining(flag.name) and flag.name != "model":
            yield f"{_cut(flag.written)} of the workers", SAME


def _program(command: Command) -> str:
    """Return a command's name; a shell's is that of the script which it runs."""
    scripts = [word.text for word in command.argv[1:] if not word.text.startswith("-")]
    name = scripts[0].rpartition("/")[2] if command.name in SHELLS and scripts else command.name
    return name or "a command"


def programs(script: Script, besides: Sequence[Command] = ()) -> str:
    """Return the names of a script's commands."""
    return ", ".join(dict.fromkeys(_program(one) for one in script.commands if one not in besides))


def shown(words: Sequence[Word]) -> str:
    """Return words in one short line."""
    return _cut(" ".join(word.text for word in words))


def _cut(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LENGTH else f"{line[: _LENGTH - 3]}..."


def why(one: Workload, unknown: Sequence[str]) -> str:
    """Say why a value is not known: what the manifest does not show."""
    sources = {variable.name: variable.source for variable in one.variables if variable.source}
    for part in unknown:
        name = _NAME.fullmatch(part)
        if name is None:
            return f"{_cut(part)} is known only inside the pod"
        source = sources.get(name[1])
        if source:
            return (
                f"the value of {name[1]} is in {source}" if source != "the pod" else f"{name[1]} is the pod's"
            )
        if name[1] in one.server.command.assigned or name[1] in one.runs.script.variables:
            return f"the script computes {name[1]} in the pod"
    return "its value is a variable that is not set in the manifest"
