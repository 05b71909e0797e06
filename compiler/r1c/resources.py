"""The name of a file or directory that ships with r1c -> its content or place.

Works in an installed package and in a checkout.
"""

from __future__ import annotations

import os.path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_PACKAGE = os.path.dirname(os.path.abspath(__file__))


def read(*path: str) -> bytes:
    """Return the bytes of a file of the package, by its path from there."""
    with open(os.path.join(_PACKAGE, *path), "rb") as file:
        return file.read()


def schema(name: str) -> bytes:
    """Return what a file of the JSON Schemas holds, by its name."""
    with open(os.path.join(_schemas(), name), "rb") as file:
        return file.read()


def schemas_dir() -> Path:
    """Return the directory of the JSON Schemas: the package's own if it has one, else the checkout's.

    An installed package without schemas gives a directory that does not exist, so the first read fails.
    """
    from pathlib import Path

    return Path(_schemas())


def _schemas() -> str:
    shipped = os.path.join(_PACKAGE, "schemas")
    return (
        shipped if os.path.isdir(shipped) else os.path.join(os.path.dirname(_PACKAGE), os.pardir, "schemas")
    )
