"""What to change to change a line, by what the line is made of."""

from __future__ import annotations

import pytest

from r1c.origin.origins import Origin, origin
from r1c.origin.trace import Line
from r1c.origin.wording import advice

FIELD = origin("field", "spec.monitoring", "profiles/p.yaml", 53)
DEFAULT = origin("default", "spec.monitoring.system", "profiles/p.yaml", value="managedPrometheus")
FACT = origin("fact", "rxdmImage", "facts/tcpxo.yaml", 5)
RULE = origin("rule", "r1c.lower.labels.labels", "lower/labels.py", 9)


@pytest.mark.parametrize(
    ("made_of", "conditions", "said"),
    [
        ((FIELD, RULE), (DEFAULT,), ("change spec.monitoring at profiles/p.yaml:53",)),
        (
            (RULE,),
            (FIELD, DEFAULT),
            (
                "r1c writes this text itself: patch it in an overlay (docs/kustomize.md), "
                "or change what it depends on:",
                "write spec.monitoring.system into profiles/p.yaml",
                "change spec.monitoring at profiles/p.yaml:53",
            ),
        ),
        (
            (FACT, RULE),
            (FIELD,),
            (
                "change spec.monitoring at profiles/p.yaml:53",
                "the value is a fact of r1c: a newer r1c may have another, or patch it (docs/kustomize.md)",
            ),
        ),
        (
            (RULE,),
            (FACT,),
            ("no field changes it: r1c always writes it so; patch it in an overlay (docs/kustomize.md)",),
        ),
    ],
)
def test_advice(made_of: tuple[Origin, ...], conditions: tuple[Origin, ...], said: tuple[str, ...]) -> None:
    assert advice(Line(1, "", made_of, conditions), "profiles/p.yaml") == said
