"""What r1c reports: severities, codes, places, findings and diagnostics, as frozen data."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from typing import Literal

from r1c.record import record

Path = tuple[str | int, ...]
"""A symbolic place in a document: keys and list indices from the root, e.g. ("spec", "parallelism",
"tensor").
"""


class Severity(enum.StrEnum):
    """How grave a diagnostic is: an error refuses the profile, a warning and a hint do not."""

    ERROR = "error"
    WARNING = "warning"
    HINT = "hint"


Edits = Literal["", "safe", "unsafe", "safe or unsafe"]
"""The edits that the findings of a code carry: of one kind, or of either."""


@record
class Code:
    """One kind of diagnostic, declared once for the check, `r1c explain`, RULES.md and the tests.

    `why` names the evidence or fact behind the rule; `example` is a YAML fragment that triggers it when laid
    over the base profile, empty if no fragment can (a byte that is not UTF-8); `fix` is an imperative
    sentence. `edits` says whether findings can carry an edit, and of which kind.
    """

    id: str
    slug: str
    severity: Severity
    title: str
    why: str
    example: str
    fix: str
    edits: Edits = ""


@record
class Span:
    """A span within one line: 1-based line and column, and its length in characters.

    A longer span is cut at the end of its first line.
    """

    line: int
    column: int
    length: int


@record
class Label:
    """A located place with a short text: the file as the user named it, the span, and that line's text."""

    message: str
    file: str
    span: Span | None = None
    source_line: str = ""


@record
class Related:
    """A second place of a finding: a path in the profile, or a named place outside it (a fact).

    `label` is a place in another file, which is located already; the message is the one to show.
    """

    message: str
    path: Path | None = None
    place: str | None = None
    label: Label | None = None


Value = str | int | float | bool | tuple["Value", ...]
"""What an edit can write: a scalar, or a list of them."""


@record
class Put:
    """Write a value at a path: instead of the one there, or as a new field below the nearest map."""

    path: Path
    value: Value


@record
class Move:
    """Give an entry another key (`to` differs in its last part), or move it to another map."""

    path: Path
    to: Path


@record
class Remove:
    """Remove a map's entry or a list's item."""

    path: Path


Change = Put | Move | Remove


@record
class Edit:
    """What `--fix` does about a finding: its changes of the profile, each on the result of the one before.

    It is safe if it can only be what the user meant; one that may change what is served is not.
    """

    changes: tuple[Change, ...]
    safe: bool


def safe(*changes: Change) -> Edit:
    """Return an edit that `--fix` makes."""
    return Edit(changes, safe=True)


def unsafe(*changes: Change) -> Edit:
    """Return an edit that only `--unsafe-fixes` makes."""
    return Edit(changes, safe=False)


def either(change: Change, *more: Change, sure: bool) -> Edit:
    """Return an edit that is safe if it is sure."""
    return Edit((change, *more), sure)


@record
class Finding:
    """What a rule found: a path, a message with the numbers of both sides, and what to write instead.

    `on_key` points at the key of the path instead of its value; `edit` does what the help says.
    """

    path: Path
    message: str
    help: str
    on_key: bool = False
    related: tuple[Related, ...] = ()
    edit: Edit | None = None


@record
class Replacement:
    """Lines of a file, 1-based and both included, and the text to write instead of them.

    Where `last` is one less than `first`, the text goes before the line `first`.
    """

    file: str
    first: int
    last: int
    text: str


@record
class Diagnostic:
    """A finding with its code and its place in a file: what the formats print.

    `edited` is the file that `edit` changes: where the profile extends another, the one with the value.
    `replacements` are what it does there, for formats that show it.
    """

    code: str
    slug: str
    severity: Severity
    message: str
    help: str
    file: str
    span: Span | None
    source_line: str
    path: Path = ()
    related: tuple[Label, ...] = ()
    edit: Edit | None = None
    edited: str = ""
    replacements: tuple[Replacement, ...] = ()

    @property
    def place(self) -> str:
        """The file, with the line where the finding has one."""
        return f"{self.file}:{self.span.line}" if self.span else self.file


class Refused(Exception):  # noqa: N818  # not an error of the program
    """Files with errors, profiles or an r1c.yaml, that leave nothing to do (exit 1)."""

    def __init__(self, diagnostics: Sequence[Diagnostic]) -> None:
        """Keep the diagnostics of the refused files."""
        super().__init__(diagnostics)
        self.diagnostics = diagnostics


class UserError(Exception):
    """Wrong usage or an unreadable file: neither a bug in r1c nor a fault of a profile (exit 2).

    `help` says what to do where a profile names the file, if that is not to name another one.
    """

    def __init__(self, message: str, help: str = "") -> None:
        """Keep the help beside the message, which is what is printed elsewhere."""
        super().__init__(message)
        self.help = help


class InternalError(Exception):
    """A fault of r1c itself (exit 3)."""
