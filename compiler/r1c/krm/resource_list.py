"""The bytes of a KRM function's ResourceList -> its items, each with its text and names; and back to bytes.

Items that are not Recipes are only parsed for their names. Their text is returned unchanged, with its
comments, quotes and numbers such as 0644, which YAML readers disagree on.
"""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from r1c import surrogates
from r1c.diagnostics import UserError
from r1c.emit.yaml import to_yaml
from r1c.record import record
from r1c.source import credentials

GROUP = "config.kubernetes.io/"
KIND = "ResourceList"
_LONGEST = 80
"""Characters of an unknown input that a message quotes."""


@record
class Item:
    """One object of the list: its document as text, YAML or JSON as the list is, and what names it."""

    text: str
    api_version: str
    kind: str
    name: str
    namespace: str
    annotations: Mapping[str, str]

    @property
    def identity(self) -> tuple[str, str, str, str]:
        """The identity of an object in a cluster, without its API version."""
        group = self.api_version.rpartition("/")[0]
        return group, self.kind, self.namespace or "default", self.name


@record
class ResourceList:
    """What an orchestrator sends: the items in order, and the configuration of this call if it has one."""

    api_version: str
    items: tuple[Item, ...]
    config: Item | None
    as_json: bool


def read(raw: bytes) -> ResourceList:
    """Read a ResourceList, YAML or JSON; raises UserError for anything else."""
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UserError("standard input is not UTF-8 text") from None
    return _from_json(text) if text.lstrip().startswith("{") else _from_yaml(text)


def item(data: Any, *, as_json: bool) -> Item:
    """Return an object as an item, written by our own rules; raises UserError for anything else."""
    if not isinstance(data, Mapping):
        raise UserError(f"an item of the {KIND} is not an object")
    metadata = _section(data, "metadata")
    return Item(
        json.dumps(data, ensure_ascii=False) if as_json else to_yaml(data),
        str(data.get("apiVersion", "")),
        str(data.get("kind", "")),
        str(metadata.get("name", "")),
        str(metadata.get("namespace", "")),
        {str(key): str(value) for key, value in _section(metadata, "annotations").items()},
    )


def write(source: ResourceList, items: Sequence[Item], results: Sequence[Mapping[str, Any]]) -> str:
    """Return the answer in the format of the input: the items, and the results if there are any."""
    head: dict[str, Any] = {"apiVersion": source.api_version, "kind": KIND}
    tail: dict[str, Any] = {"results": list(results)} if results else {}
    if source.as_json:
        return (
            json.dumps({**head, "items": [json.loads(entry.text) for entry in items], **tail}, indent=2)
            + "\n"
        )
    body = "items:\n" + "".join(_entry(entry.text) for entry in items) if items else "items: []\n"
    return to_yaml(head) + body + (to_yaml(tail) if tail else "")


def _section(data: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = data.get(key)
    return value if isinstance(value, Mapping) else {}


def _checked(api_version: Any, kind: Any) -> str:
    if kind != KIND or not str(api_version).startswith(GROUP):
        said = credentials.starred(f"{api_version} {kind}")
        found = (
            textwrap.shorten(said, _LONGEST, placeholder="...") if api_version or kind else "something else"
        )
        raise UserError(f"standard input is {found}, not the {GROUP}v1 {KIND} that kustomize and kpt send")
    return str(api_version)


def _from_json(text: str) -> ResourceList:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UserError(f"standard input is not valid JSON: {error}") from None
    half = surrogates.half_in(data)
    if half:
        raise UserError(f"standard input has {half}, half of a UTF-16 pair")
    version = _checked(data.get("apiVersion", ""), data.get("kind", ""))
    items = tuple(item(entry, as_json=True) for entry in data.get("items") or ())
    config = data.get("functionConfig")
    return ResourceList(version, items, item(config, as_json=True) if config else None, as_json=True)


def _from_yaml(text: str) -> ResourceList:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    text = text if text.endswith("\n") else text + "\n"
    try:
        root = YAML(typ="safe", pure=True).compose(text)
    except (YAMLError, ValueError, RecursionError) as error:
        problem = " ".join(str(getattr(error, "problem", None) or error).split())
        raise UserError(f"standard input is not valid YAML: {problem}") from None
    version = _checked(_scalar(root, "apiVersion"), _scalar(root, "kind"))
    config = _child(root, "functionConfig")
    return ResourceList(
        version,
        tuple(_items(text, _child(root, "items"))),
        _named(text[config.start_mark.index : config.end_mark.index], config)
        if _is_mapping(config)
        else None,
        as_json=False,
    )


def _items(text: str, sequence: Any) -> Iterator[Item]:
    """Cut the list's text into its items, each with the comments before its first key."""
    if not getattr(sequence, "value", None):
        return
    if sequence.id != "sequence" or sequence.flow_style or not all(map(_is_mapping, sequence.value)):
        raise UserError(
            f"the items of the {KIND} must be a block list of objects, or the whole {KIND} must be JSON"
        )
    indent = sequence.start_mark.column
    next_entry = re.compile(f"^ {{{indent}}}-(?=\\s)", re.MULTILINE)
    start = sequence.start_mark.index
    for node, following in pairwise((*sequence.value, None)):
        stop = sequence.end_mark.index
        if following is not None:
            # The entry ends where the next dash is, and that of a block mapping is where the node ends.
            found = next_entry.search(text, node.end_mark.index - indent)
            if found is None:
                raise UserError(f"the lines of the {KIND} must end with a line feed")
            stop = found.end() - 1
        entry = text[start + 1 : stop]
        if not entry.strip(" "):
            raise UserError(f"the lines of the {KIND} must end with a line feed")
        yield _named(entry, node)
        start = stop


def _named(text: str, node: Any) -> Item:
    """Return the item that a node is; `text` begins where its entry does, and ends with it."""
    first, *rest = _lines(text.rstrip(" "))
    margin = re.compile(f"^ {{0,{node.start_mark.column}}}")
    moved = first.lstrip(" ") + "".join(margin.sub("", line) for line in rest)
    metadata = _child(node, "metadata")
    annotations = _child(metadata, "annotations")
    pairs = annotations.value if _is_mapping(annotations) else ()
    return Item(
        moved if moved.endswith("\n") else f"{moved}\n",
        _scalar(node, "apiVersion"),
        _scalar(node, "kind"),
        _scalar(metadata, "name"),
        _scalar(metadata, "namespace"),
        {str(key.value): surrogates.replaced(str(value.value)) for key, value in pairs},
    )


def _entry(text: str) -> str:
    """Return a document as an entry of a block list."""
    first, *rest = _lines(text)
    return f"- {first}" + "".join(line if line == "\n" else f"  {line}" for line in rest)


def _lines(text: str) -> list[str]:
    """Split at line feeds only: YAML readers disagree on the other line ends."""
    return re.findall(r"[^\n]*\n|[^\n]+$", text)


def _is_mapping(node: Any) -> bool:
    return getattr(node, "id", None) == "mapping"


def _child(node: Any, key: str) -> Any:
    """Return the node of a key's value, or None."""
    return (
        next((value for name, value in node.value if name.value == key), None) if _is_mapping(node) else None
    )


def _scalar(node: Any, key: str) -> str:
    value = _child(node, key)
    return surrogates.replaced(str(value.value)) if getattr(value, "id", None) == "scalar" else ""
