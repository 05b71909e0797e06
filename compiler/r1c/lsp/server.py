"""The language server over standard input and output: the protocol's requests -> r1c's answers."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterable
from typing import TypeVar

from lsprotocol import types
from pygls import uris
from pygls.lsp.server import LanguageServer

from r1c import __version__, source
from r1c.diagnostics import Diagnostic, Label, Replacement, Severity, Span
from r1c.lsp import buffers, cursor, known, outline

Answer = TypeVar("Answer")

_SEVERITY = {
    Severity.ERROR: types.DiagnosticSeverity.Error,
    Severity.WARNING: types.DiagnosticSeverity.Warning,
    Severity.HINT: types.DiagnosticSeverity.Information,
}
_FILES = (buffers.EXTENDS, ("spec", "model", "config"))
"""The fields that name a file."""

# The whole text with each change: r1c counts lines as the protocol does, which Python's splitlines does not.
SERVER = LanguageServer("r1c", __version__, text_document_sync_kind=types.TextDocumentSyncKind.Full)


_ENDING = threading.Event()
"""Whether the editor has said shutdown."""


def run() -> int:
    """Serve one editor until it says exit; return 1 if it did not say shutdown before."""
    # The server closes what it writes to: a copy, so that the program still has its own standard output.
    SERVER.start_io(stdout=os.fdopen(os.dup(sys.stdout.fileno()), "wb"))
    return 0 if _ENDING.is_set() else 1


@SERVER.feature(types.SHUTDOWN)
def shutdown(_: None = None) -> None:
    """Note that the editor ends the server as it should; the answer is the library's."""
    _ENDING.set()


def _path(uri: str) -> str:
    return uris.to_fs_path(uri) or uri


def _texts() -> dict[str, str]:
    return {_path(uri): document.source for uri, document in SERVER.workspace.text_documents.items()}


def _safely(work: Callable[[], Answer], otherwise: Answer) -> Answer:
    """Return what a piece of work returns; its fault is logged, and the server lives on."""
    try:
        return work()
    except Exception as error:  # noqa: BLE001,RUF100  # a fault of a rule must not end the editor's server
        log = types.LogMessageParams(types.MessageType.Error, f"r1c: {type(error).__name__}: {error}")
        SERVER.window_log_message(log)
        return otherwise


# Positions


def _position(line: str, number: int, column: int) -> types.Position:
    """Return a place in the units of the client, from a line and column counted from 0."""
    return types.Position(number, SERVER.workspace.position_codec.client_num_units(line[:column]))


def _column(text: str, position: types.Position) -> int | None:
    """Return the column of a client's position in characters, None beyond the text."""
    lines = cursor.lines(text)
    if position.line >= len(lines):
        return None
    line, units = lines[position.line], SERVER.workspace.position_codec.client_num_units
    return next((n for n in range(len(line)) if units(line[:n]) >= position.character), len(line))


def _range(text: str, span: Span | None) -> types.Range:
    if span is None:
        return types.Range(types.Position(0, 0), types.Position(0, 0))
    lines = cursor.lines(text)
    number = min(span.line, len(lines)) - 1
    line, start = lines[number], span.column - 1
    return types.Range(_position(line, number, start), _position(line, number, start + span.length))


# Diagnostics


@SERVER.feature(types.TEXT_DOCUMENT_DID_OPEN)
def opened(_: types.DidOpenTextDocumentParams) -> None:
    """Check every open file: one may extend the file that was opened."""
    _publish()


@SERVER.feature(types.TEXT_DOCUMENT_DID_CHANGE)
def changed(_: types.DidChangeTextDocumentParams) -> None:
    """Check every open file: one may extend the file that was changed."""
    _publish()


@SERVER.feature(types.TEXT_DOCUMENT_DID_SAVE)
def saved(_: types.DidSaveTextDocumentParams) -> None:
    """Check every open file, for what is on disk may have changed too."""
    _publish()


@SERVER.feature(types.TEXT_DOCUMENT_DID_CLOSE)
def closed(params: types.DidCloseTextDocumentParams) -> None:
    """Take the diagnostics of a closed file back."""
    SERVER.text_document_publish_diagnostics(types.PublishDiagnosticsParams(params.text_document.uri, []))
    _publish()


def _publish() -> None:
    texts = _texts()
    for uri in list(SERVER.workspace.text_documents):
        found = _safely(lambda uri=uri: _shown(_path(uri), texts), None)  # type: ignore[misc]
        if found is not None:
            SERVER.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, found))


def _shown(path: str, texts: buffers.Open) -> list[types.Diagnostic]:
    return [_diagnostic(item, path, texts) for item in buffers.diagnostics(path, texts)]


def _diagnostic(item: Diagnostic, path: str, texts: buffers.Open) -> types.Diagnostic:
    """Return a diagnostic; one of another file is shown where this one names that file."""
    related = [_related(label, path, texts) for label in item.related]
    span, text = item.span, texts[path]
    if item.file != path:
        related = [_related(Label(item.message, item.file, span), path, texts)]
        extends = source.read(path, text.encode("utf-8", "replace")).places.get(buffers.EXTENDS)
        span = extends.value if extends else None
    return types.Diagnostic(
        _range(text, span),
        f"{item.message}\nhelp: {item.help}" if item.help else item.message,
        severity=_SEVERITY[item.severity],
        code=item.code,
        source="r1c",
        related_information=related or None,
    )


def _related(label: Label, path: str, texts: buffers.Open) -> types.DiagnosticRelatedInformation:
    """Return a second place; a fact has none in a file, and is shown at the top of this one."""
    if label.span is None:
        at, message = types.Location(uris.from_fs_path(path) or path, _range("", None)), label.message
        return types.DiagnosticRelatedInformation(at, f"{message} ({label.file})" if label.file else message)
    text = buffers.content(label.file, texts).decode("utf-8", "replace")
    at = types.Location(uris.from_fs_path(label.file) or label.file, _range(text, label.span))
    return types.DiagnosticRelatedInformation(at, label.message)


# Hover, completion, definition


@SERVER.feature(types.TEXT_DOCUMENT_HOVER)
def hover(params: types.HoverParams) -> types.Hover | None:
    """Explain the field, flag, variable or value at a position."""
    return _safely(lambda: _hover(params), None)


def _here(params: types.HoverParams | types.DefinitionParams) -> tuple[str, cursor.Cursor | None, str]:
    """Return the text of a recipe, the place of a position in it, and the scalar that is written there."""
    text = SERVER.workspace.get_text_document(params.text_document.uri).source
    column = _column(text, params.position)
    if column is None or not buffers.is_recipe(_path(params.text_document.uri), text):
        return text, None, ""
    place = cursor.at(text, params.position.line, column)
    entry = source.read("", text.encode("utf-8", "replace")).places.get(place.path) if place else None
    return text, place, entry.written.strip("\"'") if entry and entry.scalar else ""


def _release(params: types.HoverParams | types.CompletionParams) -> str:
    """Return the release of vLLM that flags and variables at a position are of."""
    return known.release(buffers.version(_path(params.text_document.uri), _texts()))


def _hover(params: types.HoverParams) -> types.Hover | None:
    _, place, written = _here(params)
    about = known.about(place, written, _release(params)) if place else ""
    return types.Hover(types.MarkupContent(types.MarkupKind.PlainText, about.rstrip())) if about else None


@SERVER.feature(types.TEXT_DOCUMENT_DEFINITION)
def definition(params: types.DefinitionParams) -> types.Location | None:
    """Return the file that `extends` or model.config names."""
    return _safely(lambda: _definition(params), None)


def _definition(params: types.DefinitionParams) -> types.Location | None:
    _, place, written = _here(params)
    there = None
    if place and place.path in _FILES:
        there = buffers.named(_path(params.text_document.uri), written)
    return types.Location(uris.from_fs_path(there) or there, _range("", None)) if there else None


@SERVER.feature(types.TEXT_DOCUMENT_COMPLETION, types.CompletionOptions(trigger_characters=[" ", ":"]))
def complete(params: types.CompletionParams) -> list[types.CompletionItem]:
    """Return what may be written at a position."""
    return _safely(lambda: _complete(params), [])


def _complete(params: types.CompletionParams) -> list[types.CompletionItem]:
    text = SERVER.workspace.get_text_document(params.text_document.uri).source
    column = _column(text, params.position)
    if column is None or not buffers.is_recipe(_path(params.text_document.uri), text):
        return []
    place = cursor.typed(text, params.position.line, column)
    kind = types.CompletionItemKind.Field if place.on_key else types.CompletionItemKind.Value
    return [
        types.CompletionItem(name, kind=kind, documentation=about or None, sort_text=f"{number:04}")
        for number, (name, about) in enumerate(known.choices(place, _release(params)).items())
    ]


# Outline


_SYMBOLS = {
    outline.Kind.MAP: types.SymbolKind.Object,
    outline.Kind.LIST: types.SymbolKind.Array,
    outline.Kind.VALUE: types.SymbolKind.Property,
}


@SERVER.feature(types.TEXT_DOCUMENT_DOCUMENT_SYMBOL)
def symbols(params: types.DocumentSymbolParams) -> list[types.DocumentSymbol]:
    """Return the fields of a recipe or an r1c.yaml as a tree."""
    return _safely(lambda: _symbols(params), [])


def _symbols(params: types.DocumentSymbolParams) -> list[types.DocumentSymbol]:
    path = _path(params.text_document.uri)
    text = _texts()[path]
    if not buffers.is_ours(path, text):
        return []
    return [_symbol(part, text) for part in outline.of(text)]


def _symbol(part: outline.Part, text: str) -> types.DocumentSymbol:
    own = _range(text, part.key)
    end = max([own.end, _range(text, part.last).end], key=lambda at: (at.line, at.character))
    inside = [_symbol(item, text) for item in part.inside]
    span = types.Range(own.start, end)
    return types.DocumentSymbol(
        part.name, _SYMBOLS[part.kind], span, own, detail=part.value or None, children=inside or None
    )


# Fixes


_ALL = types.CodeActionKind("source.fixAll")


@SERVER.feature(
    types.TEXT_DOCUMENT_CODE_ACTION,
    types.CodeActionOptions(code_action_kinds=[types.CodeActionKind.QuickFix, _ALL]),
)
def actions(params: types.CodeActionParams) -> list[types.CodeAction]:
    """Return the fixes of the diagnostics in a range, and all safe ones together."""
    return _safely(lambda: _actions(params), [])


def _actions(params: types.CodeActionParams) -> list[types.CodeAction]:
    path, texts, wanted = _path(params.text_document.uri), _texts(), params.context.only
    found: list[types.CodeAction] = []
    for item in buffers.diagnostics(path, texts) if not wanted or "quickfix" in wanted else ():
        shown = _diagnostic(item, path, texts)
        lines = range(shown.range.start.line, shown.range.end.line + 1)
        inside = params.range.start.line <= lines[-1] and lines[0] <= params.range.end.line
        if item.edit and item.replacements and inside:
            title = f"{item.code}: {item.help}" if item.edit.safe else f"{item.code} (unsafe): {item.help}"
            edit, safe = _edit(item.replacements, texts), item.edit.safe
            kind = types.CodeActionKind.QuickFix
            found.append(types.CodeAction(title, kind, [shown], is_preferred=safe, edit=edit))
    together = buffers.fixed(path, texts) if not wanted or "source.fixAll" in wanted else ()
    if together:
        edit = _edit(together, texts)
        found.append(types.CodeAction("Fix all that r1c can fix safely", _ALL, edit=edit))
    return found


def _edit(parts: Iterable[Replacement], texts: buffers.Open) -> types.WorkspaceEdit:
    changes: dict[str, list[types.TextEdit]] = {}
    for part in parts:
        lines = cursor.lines(buffers.content(part.file, texts).decode("utf-8", "replace"))
        end = types.Position(part.last, 0)
        if part.last >= len(lines):
            end = _position(lines[-1], len(lines) - 1, len(lines[-1]))
        where = types.Range(types.Position(part.first - 1, 0), end)
        changes.setdefault(uris.from_fs_path(part.file) or part.file, []).append(
            types.TextEdit(where, part.text)
        )
    return types.WorkspaceEdit(changes=changes)
