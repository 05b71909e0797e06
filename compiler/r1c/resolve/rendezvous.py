"""How the pods of a group find each other: ports of r1c's choice, and the time that they wait."""

from __future__ import annotations

RAY_PORT = 6379
"""The port that ray_init.sh starts Ray's head on."""

DATA_PARALLEL_PORT = 13345
"""Where the data parallel ranks find their coordinator; free of vLLM's, Ray's and NCCL's own ports."""

FORMING_PORT = 13346
"""Where the leader of a group without Ray counts its workers before any of them starts vLLM."""

FORMING_SECONDS = 1800
"""How long the pods of a group wait for each other: a new node may have to boot and to pull 10 GB or more."""
