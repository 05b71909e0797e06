"""The vLLM server of a plan: its release, arguments, variables and executor."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Literal

from r1c.diagnostics import Path
from r1c.facts.vllm import Flag
from r1c.profile.paths import ARGS
from r1c.record import field, record

Executor = Literal["single", "ray", "native", "data"]
"""single: one node, no coordination. ray: a Ray cluster. native: vLLM's own multi-node mode. data: each node
runs whole data parallel ranks, which find each other by the leader's address.
"""

API_KEY = "VLLM_API_KEY"
"""The variable from which the server takes the key that clients send."""


@record
class Argument:
    """One entry of vllm.args: its name and value as written, and the flag of that release.

    `meant` is the flag's own name, also where the entry has another spelling (max_model_len,
    --max-model-len); `flag` is the flag of that name, None if the release has none.
    """

    name: str
    meant: str
    value: Any
    flag: Flag | None

    @property
    def path(self) -> Path:
        """Where it is in the profile."""
        return (*ARGS, self.name)


@record
class SecretKey:
    """A key of a Secret that is in the cluster."""

    name: str
    key: str


@record
class Server:
    """The vLLM server.

    `release` is the sampled version whose facts apply to `version`; `executor` is what `executor_asked`, the
    profile's word, means for this recipe; `secrets` are the variables whose values are in Secrets.
    """

    version: str
    release: str
    arguments: tuple[Argument, ...]
    env: Mapping[str, str]
    executor: Executor
    executor_asked: Literal["auto", "ray", "native"]
    secrets: Mapping[str, SecretKey] = field(default_factory=dict)

    @property
    def api_key(self) -> SecretKey | None:
        """Where the key is that clients send, None for a server without one."""
        return self.secrets.get(API_KEY)

    def argument(self, name: str) -> Argument | None:
        """Return an argument by its flag's own name, in whatever spelling the profile gives it."""
        for argument in self.arguments:
            if argument.meant == name:
                return argument
        return None

    def value(self, name: str) -> Any:
        """Return the value of an argument, or None if the profile does not give it."""
        found = self.argument(name)
        return found.value if found else None

    def path(self, name: str) -> Path:
        """Return where an argument is in the profile; vllm.args itself if the profile does not give it."""
        found = self.argument(name)
        return found.path if found else ARGS


def mapping(value: Any) -> Mapping[str, Any] | None:
    """Return the map that a JSON flag's value is, or holds as a string."""
    if isinstance(value, str) and value.lstrip().startswith("{"):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return None
    return value if isinstance(value, Mapping) else None
