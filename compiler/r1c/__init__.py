"""r1c compiles inference recipes to Kubernetes manifests.

The names of the Python API (api.py, docs/python.md) are loaded when they are first asked for.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from r1c.api import (
        Diagnostic,
        InternalError,
        Label,
        ProfileError,
        Recipe,
        Severity,
        Span,
        UserError,
        check,
        compile,
        read,
        replace,
    )

__version__ = "0.1.0"

__all__ = [
    "Diagnostic",
    "InternalError",
    "Label",
    "ProfileError",
    "Recipe",
    "Severity",
    "Span",
    "UserError",
    "check",
    "compile",
    "read",
    "replace",
]


if not TYPE_CHECKING:  # or any misspelt name would have a type

    def __getattr__(name: str) -> Any:
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from r1c import api

        return getattr(api, name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


class _Package(ModuleType):
    """Keeps `r1c.check` the function: importing the subpackage of that name would replace it."""

    def __setattr__(self, name: str, value: Any) -> None:
        if name != "check" or not isinstance(value, ModuleType):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package
