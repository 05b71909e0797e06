"""A file of JSON documents from kubectl -> the objects of a cluster, and what kubectl was asked for.

Values of Secrets are refused, and nothing of the file is repeated.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar

from pydantic import ValidationError

from r1c.diagnostics import UserError
from r1c.names import GROUP_SET
from r1c.preflight.objects import TYPED, Model, Pod, Running
from r1c.preflight.requests import Request
from r1c.record import field, record

Kind = TypeVar("Kind", bound=Model)

APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
SECRETS = (
    "it contains values of Secrets: delete the file, and use the commands that this command "
    "prints without --snapshot, which read only the names of the keys"
)


@record
class Answer:
    """The result of a request: its objects, or why they could not be read."""

    objects: tuple[Any, ...] = ()
    refused: str | None = None


@record
class Snapshot:
    """A cluster: the answers by the names of their requests, and the objects that nobody asked for by name.

    `shown` names it in messages.
    """

    shown: str
    answers: Mapping[str, Answer]
    others: tuple[Any, ...] = field(default_factory=tuple)

    def answer(self, request: Request) -> Answer | None:
        """Return the answer to a request; None if the snapshot does not contain it."""
        found = self.answers.get(request.name)
        if found is not None:
            return found
        of_kind = [item for item in self.others if _kind(item) == request.kind]
        if not of_kind:
            return None
        return Answer(tuple(item for item in of_kind if _meant(item, request)))

    def model(self, item: Any, model: type[Kind]) -> Kind:
        """Return an object as its model; raises UserError for one of another shape."""
        return item if isinstance(item, model) else validated(item, model, self.shown)


class _Reader:
    """Reads one file: collects the objects behind each request's mark."""

    def __init__(self, shown: str) -> None:
        self.shown = shown
        self.answers: dict[str, Answer] = {}
        self.others: list[Any] = []
        self.current: list[Any] = self.others
        self.name = ""

    def take(self, document: Any) -> None:
        if not isinstance(document, dict):
            raise UserError(f"{self.shown}: not a snapshot: it contains JSON that is not a Kubernetes object")
        if set(document) == {"asked"}:
            self.name, self.current = str(document["asked"]), []
        elif set(document) == {"status"}:
            reason = None if document["status"] == 0 else "kubectl could not read it"
            self.answers[self.name] = Answer(() if reason else tuple(self.current), reason)
            self.current = self.others
        else:
            self.current.extend(typed(item, self.shown) for item in flat(document))


def read(text: str, shown: str) -> Snapshot:
    """Return the snapshot in a text; raises UserError, without a word of what is in it."""
    reader = _Reader(shown)
    for document in documents(text, shown):
        reader.take(document)
    if not reader.answers and not reader.others:
        raise UserError(f"{shown}: not a snapshot: it contains no Kubernetes object")
    return Snapshot(shown, reader.answers, tuple(reader.others))


def documents(text: str, shown: str) -> Iterator[Any]:
    """Yield the JSON documents of a text, one after the other."""
    decoder = json.JSONDecoder(object_hook=_without_images)
    at, end = 0, len(text)
    while at < end:
        if text[at].isspace() or text[at] == "\ufeff":
            at += 1
            continue
        try:
            document, at = decoder.raw_decode(text, at)
        except (ValueError, RecursionError) as error:
            place = text.count("\n", 0, getattr(error, "pos", at)) + 1
            raise UserError(
                f"{shown}: not JSON at line {place}: write the file with the commands that this command "
                "prints without --snapshot"
            ) from None
        yield document


def _without_images(found: dict[str, Any]) -> dict[str, Any]:
    """Leave out the images that a node has, most of what kubectl says about it."""
    if "nodeInfo" in found:
        found.pop("images", None)
    return found


def flat(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the objects of a document: those of a list, each with its kind, or itself."""
    kind, items = document.get("kind"), document.get("items")
    if not isinstance(kind, str) or not kind.endswith("List") or not isinstance(items, list):
        yield document
        return
    for item in items:
        if isinstance(item, dict):
            yield item if item.get("kind") else {**item, "kind": kind.removesuffix("List")}


def typed(item: dict[str, Any], shown: str) -> Any:
    """Return an object for the snapshot; raises UserError for a Secret with values."""
    kind = item.get("kind")
    if kind == "Secret" and _has_values(item):
        raise UserError(f"{shown}: {SECRETS}")
    model = TYPED.get(kind) if isinstance(kind, str) else None
    if model is None:
        return item
    found = validated(item, model, shown)
    if not isinstance(found, Pod):
        return found
    return Running(
        found.spec.node_name,
        found.metadata.namespace,
        found.metadata.labels.get(GROUP_SET, ""),
        found.spec.requests(),
    )


def _has_values(secret: Mapping[str, Any]) -> bool:
    metadata = secret.get("metadata")
    annotations = metadata.get("annotations") if isinstance(metadata, Mapping) else None
    applied = isinstance(annotations, Mapping) and APPLIED in annotations
    return bool(applied or secret.get("data") or secret.get("stringData"))


def validated(item: Any, model: type[Kind], shown: str) -> Kind:
    """Return an object as its model; raises UserError that names the field, not its value."""
    try:
        return model.model_validate(item)
    except ValidationError:
        pass
    try:
        return model.model_validate(_without_nulls(item))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise UserError(f"{shown}: {model.__name__} with an unusable {place}: {first['msg']}") from None


def _without_nulls(value: Any) -> Any:
    """Leave out nulls, which mean an absent field in Kubernetes."""
    if isinstance(value, dict):
        return {key: _without_nulls(item) for key, item in value.items() if item is not None}
    return [_without_nulls(item) for item in value] if isinstance(value, list) else value


def _kind(item: Any) -> str:
    if isinstance(item, Running):
        return "Pod"
    return str(item.get("kind")) if isinstance(item, Mapping) else str(item.kind)


def _meant(item: Any, request: Request) -> bool:
    """Tell whether a request is for this object, by its name and namespace."""
    if isinstance(item, Running):
        return True
    metadata = item.get("metadata") if isinstance(item, Mapping) else item.metadata.model_dump()
    if not isinstance(metadata, Mapping):
        metadata = {}
    if request.object and metadata.get("name") != request.object:
        return False
    return not request.namespace or metadata.get("namespace", "") in ("", request.namespace)


def of_answers(shown: str, answers: Mapping[str, tuple[str, str | None]]) -> Snapshot:
    """Return the snapshot that kubectl's answers make: the text of each by its request, or the reason."""
    found: dict[str, Answer] = {}
    for name, (text, refused) in answers.items():
        items: Sequence[Any] = (
            ()
            if refused
            else [typed(item, shown) for document in documents(text, shown) for item in flat(document)]
        )
        found[name] = Answer(tuple(items), refused)
    return Snapshot(shown, found)
