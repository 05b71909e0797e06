"""What an API server and controllers write into objects beside the manifest (facts/server_filled.yaml)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from r1c import facts
from r1c.facts.entry import fill
from r1c.record import named_record


@named_record
class ServerFilled:
    """The whole file.

    `fields` maps a kind to paths with their value, `pods` a key of a pod template to its value; None is any
    value. `templates` are beginnings of labels and annotations of pod templates.
    """

    fields: Mapping[str, Mapping[str, Any]]
    pods: Mapping[str, Any]
    templates: tuple[str, ...]

    def has(self, kind: str, path: str, value: Any) -> bool:
        """Tell whether the server fills in a value at a path without indices, such as spec.ports.nodePort."""
        own = self.fields.get(kind, {})
        if path in own:
            return own[path] is None or bool(own[path] == value)
        key, above = path.rpartition(".")[2], path.partition("spec.template.")[1]
        if kind in ("Job", "Deployment") and above and key in self.pods:
            return self.pods[key] is None or bool(self.pods[key] == value)
        return False


@cache
def read() -> ServerFilled:
    """Return the table."""
    return fill(ServerFilled, facts.data("server_filled"))
