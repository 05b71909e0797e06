"""The result of lowering a plan: the files of one output directory, as data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from r1c.record import record

Object = Mapping[str, Any]
"""One Kubernetes object (or another YAML document) as plain data: dicts, lists, strings, integers,
booleans.
"""


@record
class Manifest:
    """A YAML file: its path inside the output directory, with forward slashes, and its documents in order."""

    path: str
    objects: tuple[Object, ...]


@record
class Text:
    """A text file: a script, a Dockerfile, a page. `comment` is the comment style of its first line."""

    path: str
    content: str
    comment: Literal["#", "<!--"] = "#"


@record
class Bundle:
    """All files of one recipe but the lock, in the order in which a reader meets them."""

    recipe: str
    files: tuple[Manifest | Text, ...]

    def manifest(self, path: str) -> Manifest:
        """Return the YAML file at `path`; raises KeyError if the bundle has none there."""
        for file in self.files:
            if isinstance(file, Manifest) and file.path == path:
                return file
        raise KeyError(path)
