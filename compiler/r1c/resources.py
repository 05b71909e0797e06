"""The name of a directory that ships with r1c -> its place, in an installed package or in a checkout."""

from __future__ import annotations

from pathlib import Path


def schemas_dir() -> Path:
    """Return the directory of the JSON Schemas: the package's own if it has one, else the checkout's.

    An installed package without schemas gives a directory that does not exist, so the first read fails.
    """
    package = Path(__file__).resolve().parent
    shipped = package / "schemas"
    return shipped if shipped.is_dir() else package.parent.parent / "schemas"
