"""The sources of vLLM's releases for tests, where R1C_SOURCES names them.

They are a folder with one source per release (0.7.3/vllm/...), or a Git repository with vLLM's tags, bare or
not.
"""

from __future__ import annotations

import atexit
import os
from contextlib import ExitStack
from functools import cache
from pathlib import Path

import pytest
import vllm_models_source

PLACE = os.environ.get("R1C_SOURCES")
needed = pytest.mark.skipif(PLACE is None, reason="no sources of vLLM in R1C_SOURCES")

_UNPACKED = ExitStack()
atexit.register(_UNPACKED.close)


@cache
def source(release: str) -> vllm_models_source.Source:
    """Return the source of a release; skips the test, by the release's name, where it is not at hand."""
    try:
        return vllm_models_source.Source(
            _UNPACKED.enter_context(vllm_models_source.tree(Path(str(PLACE)), release))
        )
    except vllm_models_source.SourceError:
        pytest.skip(f"no source of vLLM {release} in R1C_SOURCES")
