"""`r1c import manifest` leaves no value of a manifest unsaid: each is changed once, and the output shows it.

Either the output changes with the value, or the value stands below something that standard error names.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from r1c.adopt import profile_text
from r1c.adopt.manifest.account import at_path, leaves, left
from r1c.adopt.manifest.convert import from_workload
from r1c.adopt.manifest.stream import Object, Stream, read_stream
from r1c.adopt.manifest.workload import find_workload
from r1c.adopt.profile_draft import Asked
from r1c.commands.imports import notes
from r1c.diagnostics import UserError

CASES = sorted((Path(__file__).parent / "imports" / "manifest").glob("*/manifest.yaml"))
STRUCTURE = {
    *("metadata", "spec", "template", "leaderWorkerTemplate", "leaderTemplate", "workerTemplate", "labels"),
    *("annotations", "containers", "initContainers", "volumes", "volumeMounts", "env", "value", "valueFrom"),
    *("resources", "limits", "requests", "name", "data", "ports", "port", "key", "args", "command", "image"),
}
"""Words of the format, whose presence in a message names nothing."""
IDENTITY = ("apiVersion", "kind")


def imported(stream: Stream) -> str:
    """Return everything that an import says: the profile, what is not carried, and the findings."""
    draft = from_workload(stream, find_workload(stream, "manifest.yaml"), Asked())
    found = "".join(f"{finding.message}\n" for _, finding in draft.findings)
    return profile_text.write(draft) + notes(draft.dropped, ()) + found


def changed(value: Any) -> Any:
    return not value if isinstance(value, bool) else value + 1 if isinstance(value, int) else f"{value}zz9"


def replaced(data: Any, path: tuple[str | int, ...], value: Any) -> Any:
    if not path:
        return value
    first, rest = path[0], path[1:]
    if isinstance(data, dict):
        return {key: replaced(one, rest, value) if key == first else one for key, one in data.items()}
    return [replaced(one, rest, value) if index == first else one for index, one in enumerate(data)]


def names(item: Object, path: tuple[str | int, ...]) -> Iterator[str]:
    """Yield what names a value: its keys, the named items of lists around it, and its object."""
    yield f"{item.kind} {item.name}:"
    for length in range(1, len(path) + 1):
        part, node = path[length - 1], at_path(item.data, path[:length])
        if isinstance(part, str) and part not in STRUCTURE:
            yield part
        if isinstance(part, int) and part > 0 and path[length - 2] in ("command", "args"):
            # The value of a flag that is a credential is not shown, but its name is.
            before = at_path(item.data, (*path[: length - 1], part - 1))
            yield from [before] if str(before).startswith("--") else []
        if isinstance(node, dict) and "name" in node and isinstance(part, int):
            yield str(node["name"])
    if path[-1] == "name" and "containers" in path:
        yield "the container's name"
    if "workerTemplate" in path and path[-2] in ("command", "args"):
        yield "command and args"
    if "ports" in path:
        yield "ports.name" if path[-1] == "name" else "ports"


def silent(stream: Stream) -> Iterator[str]:
    said = imported(stream)
    lines = "\n".join(line for line in said.splitlines() if line.startswith("not carried: "))
    for number, item in enumerate(stream.objects):
        for path, value in leaves(item.data):
            if path[-1] in IDENTITY and len(path) == 1:
                continue
            one = Object(replaced(item.data, path, changed(value)), item.document, item.inside)
            objects = (*stream.objects[:number], one, *stream.objects[number + 1 :])
            try:
                other = imported(Stream(objects, stream.findings))
            except UserError:
                continue  # the value decides whether the manifest can be read at all
            named = any(re.search(rf"(?<!\w){re.escape(word)}(?!\w)", lines) for word in names(item, path))
            if other == said and not named:
                yield f"{item.kind} {item.name}: {'.'.join(map(str, path))}: {value!r}"


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.parent.name)
def test_every_value_is_in_the_profile_or_named(case: Path) -> None:
    assert list(silent(read_stream("manifest.yaml", case.read_bytes()))) == []


def test_a_value_that_no_reader_knows_is_named() -> None:
    case = next(case for case in CASES if case.parent.name == "one-template-branches")
    text = case.read_text(encoding="utf-8")
    unknown = "metadata:\n  fromTheFuture: {deep: [1, 2]}\n"
    stream = read_stream("manifest.yaml", text.replace("metadata:\n", unknown, 1).encode())
    message = "not carried: fromTheFuture: a profile has no field for it; add it in a kustomize overlay"
    assert message in imported(stream)


def test_what_is_left_is_yielded_at_its_highest() -> None:
    data = {"a": {"b": 1, "c": {"d": 2, "e": 3}}, "f": [{"g": 4}, {"h": 5}], "i": {}, "j": None}
    assert list(left(data, [("a", "c", "d"), ("f", 0)], lambda _: False)) == [
        ("a", "b"),
        ("a", "c", "e"),
        ("f", 1),
    ]
    assert list(left(data, [], lambda path: path in ((), ("a",)))) == [("a", "b"), ("a", "c"), ("f",)]
