"""One vLLM server in a file, of whatever kind: what it is started with, and where the file says so."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from r1c.diagnostics import Code, Finding, Path
from r1c.record import field, record
from r1c.source import Document, Entry


@record
class Flag:
    """A flag as it is written, its value (a string of a command line, or data), and its place."""

    name: str
    value: Any
    at: Entry


@record
class CommandLine:
    """What a server is started with.

    `hidden` are flags whose values the file does not show; `whole` says that there are no others than those.
    `at` is where the command is, `reads` are the variables that its text mentions.
    """

    at: Entry
    model: str | None = None
    model_at: Entry | None = None
    flags: tuple[Flag, ...] = ()
    hidden: tuple[Flag, ...] = ()
    whole: bool = True
    reads: frozenset[str] = frozenset()


@record
class Variables:
    """The variables of a container: values and places by name.

    `hidden` are names whose values the file does not show; `whole` says that there are no others.
    """

    values: Mapping[str, str] = field(default_factory=dict)
    places: Mapping[str, Entry] = field(default_factory=dict)
    hidden: frozenset[str] = frozenset()
    whole: bool = True


@record
class Pod:
    """The pod that a container is in: its spec, its annotations, where they are, and those of its group."""

    spec: Mapping[str, Any]
    annotations: Mapping[str, Any]
    path: Path
    annotations_path: Path
    group_annotations: Mapping[str, Any]


@record
class Number:
    """A number of the file and its place."""

    value: int
    at: Entry


@record
class Found:
    """A server, with the document that it is in; what is None the file does not say.

    `at` is its container, or what takes its place; `gpus` are those of a pod. `scope` is the path of the
    object or service, whose form and credentials matter too. `part` says that the file has only a part of the
    container, such as a kustomize patch: what it does not have is elsewhere. `built` says that the image is
    the result of a build beside it, which its tag only names. `installs` are the packages that its script
    installs first. `faults` are those of its pod template, at paths of the document.
    """

    title: str
    document: Document
    at: Entry
    command: CommandLine
    scope: Path = ()
    image: str = ""
    image_at: Entry | None = None
    variables: Variables = Variables()  # frozen
    pod: Pod | None = None
    nodes: Number | None = None
    gpus: Number | None = None
    replicas: Number | None = None
    shared_memory: tuple[str, Entry] | None = None
    part: bool = False
    built: bool = False
    installs: tuple[str, ...] = ()
    faults: tuple[tuple[Code, Finding], ...] = ()
