"""Which connectors carry a server's KV cache to other servers."""

from __future__ import annotations

from r1c.resolve.server import Server


def by_nixl(server: Server) -> bool:
    """Tell whether NIXL carries the KV cache to other servers, alone or as one of several connectors."""
    return any(
        "NixlConnector" in str(argument.value)
        for argument in server.arguments
        if argument.meant.partition(".")[0] == "kv-transfer-config"
    )
