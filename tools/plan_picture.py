"""profiles/a3mega.yaml -> docs/plan.svg, the picture on docs/plan.md."""

from __future__ import annotations

from pathlib import Path

from r1c.picture import svg
from r1c.pipeline import analyse

REPO = Path(__file__).resolve().parent.parent
PROFILE = REPO / "profiles" / "a3mega.yaml"
TARGET = REPO / "docs" / "plan.svg"


def page() -> str:
    """Return the picture of the first profile."""
    plan = analyse(PROFILE.name, PROFILE.read_bytes()).plan
    assert plan is not None  # noqa: S101  # the profiles of the repository are sound
    return svg.page(plan)
