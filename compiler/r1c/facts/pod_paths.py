"""The flags and variables that name paths in the pod, and the image's own folders (facts/paths.yaml)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from r1c import facts
from r1c.facts.entry import fill, fill_each
from r1c.record import named_record


@named_record
class PathFlag:
    """What a flag's value names; `words` name no file, and with `inline` it may be the file's text itself."""

    kind: str
    words: tuple[str, ...] = ()
    inline: bool = False


@named_record
class ImageFolders:
    """Folders of vLLM's image.

    A volume at or below one of `below` hides its files, for `itself` only a volume at the folder; `files` are
    the folders with files, `relative` the one below the working directory.
    """

    below: tuple[str, ...]
    itself: tuple[str, ...]
    relative: str
    files: tuple[str, ...]


@named_record
class PodPaths:
    """The whole file; `keys` are those of JSON flags, by flag, and `variables` map a name to the kind."""

    flags: Mapping[str, PathFlag]
    keys: Mapping[str, Mapping[str, str]]
    variables: Mapping[str, str]
    image: ImageFolders


@cache
def read() -> PodPaths:
    """Return the table."""
    data = facts.data("paths")
    flags, image = fill_each(PathFlag, data["flags"]), fill(ImageFolders, data["image"])
    return fill(PodPaths, data, flags=flags, image=image)
