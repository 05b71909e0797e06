"""A container's command, args and env -> the command line and variables that the kubelet starts it with."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from r1c.diagnostics import Path
from r1c.shell.expansion import LONGEST
from r1c.shell.script import Place, Text, Word

_REFERENCE = re.compile(r"\$\$|\$\(([\w.-]+)\)")


def expanded(value: str, path: Path, environment: Mapping[str, Word]) -> Text:
    """Expand $(NAME) as the kubelet does: $$ is $, and a name that is not in env is left as it is written."""
    pieces, offsets, at = list[str](), list[int](), 0
    unknown: list[str] = []

    def put(text: str, starts: Sequence[int]) -> None:
        pieces.append(text)
        offsets.extend(starts)

    size = 0
    for match in _REFERENCE.finditer(value):
        put(value[at : match.start()], range(at, match.start()))
        found = environment.get(match[1]) if match[1] else None
        if match[1] is None:
            put("$", [match.start()])
        elif found is not None and found.known and size + len(found.text) <= LONGEST:
            size += len(found.text)
            put(found.text, [match.start()] * len(found.text))
        else:
            unknown.append(match[0])
            put(match[0], range(match.start(), match.end()))
        at = match.end()
    put(value[at:], range(at, len(value)))
    return Text("".join(pieces), path, (*offsets, len(value)), tuple(unknown))


def variable(value: str, path: Path, environment: Mapping[str, Word]) -> Word:
    """Return the value of a variable, with those before it in env expanded."""
    text = expanded(value, path, environment)
    return Word(text.value, text.unknown, Place(path, 0, len(value)))
