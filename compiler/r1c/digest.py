"""Bytes -> their sha256, by whichever of Python's two makers of it is sooner done."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hashlib import _Hash as Digest

FEW = 8
"""Recipes for which loading OpenSSL takes longer than doing without."""


def sha256(content: bytes = b"") -> Digest:
    """Return the running digest that hashlib.sha256 returns."""
    return _maker()(content)


def expect_many() -> None:
    """Load OpenSSL, which takes 3 ms and then hashes four times as fast as Python's own code."""
    import hashlib  # noqa: F401

    _maker.cache_clear()


@cache
def _maker() -> Callable[[bytes], Digest]:
    if "hashlib" not in sys.modules:
        for name in ("_sha2", "_sha256"):  # of Python 3.12 and later, of Python 3.11
            try:
                own: Callable[[bytes], Digest] = __import__(name).sha256
            except ImportError:
                continue
            return own
    import hashlib

    return hashlib.sha256
