"""What `r1c preflight` can find in a cluster; a profile accepts its warnings and hints as those of rules."""

from __future__ import annotations

from r1c.check.preflight_codes import claim_codes, cluster_codes, node_codes
from r1c.diagnostics import Code

CODES: tuple[Code, ...] = (*node_codes.CODES, *cluster_codes.CODES, *claim_codes.CODES)
"""The codes in order."""
