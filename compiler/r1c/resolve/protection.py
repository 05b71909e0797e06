"""The protection section of a profile -> who may send requests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from r1c.record import record

if TYPE_CHECKING:
    from r1c.profile.model import Spec


@record
class Client:
    """Pods that may send requests; a namespace of None is the recipe's own."""

    namespace: str | None
    labels: Mapping[str, str]


@record
class Protection:
    """The pods and the address ranges that may send requests."""

    clients: tuple[Client, ...]
    ranges: tuple[str, ...]


def protection_of(spec: Spec) -> Protection | None:
    """Let in all pods of the recipe's namespace where the section does not name clients."""
    asked = spec.protection
    if asked is None:
        return None
    clients: tuple[Client, ...] = (Client(None, {}),)
    if asked.clients is not None:
        clients = tuple(Client(item.namespace, item.pod_labels) for item in asked.clients)
    return Protection(clients, tuple(asked.client_ranges))
