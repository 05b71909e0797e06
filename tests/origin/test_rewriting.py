"""Rewritten code does what the code says, and its results know what they are made of and under."""

from __future__ import annotations

from typing import Any

import pytest

from r1c.origin.origins import UNMARKED, made_of, origin
from r1c.origin.rewriting import TRACING, Kind, rewritten
from r1c.origin.tracing import Tracing
from r1c.origin.values import mark_of, marked, plain


def run(body: str, **values: Any) -> tuple[Any, str, str]:
    """Run a body on marked arguments; return its result, and the names that it is made of and under."""
    tracing = Tracing(lambda function: TRACING in getattr(function, "__globals__", ()))
    source = f"def made({', '.join(values)}):\n" + "".join(f"    {line}\n" for line in body.splitlines())
    code = compile(rewritten(source, "made", Kind(), lambda *_: "_mark"), "made", "exec")
    module: dict[str, Any] = {TRACING: tracing, "_mark": UNMARKED}
    exec(code, module)  # what this test wrote
    given = {name: marked(value, made_of(origin("field", name, "f"))) for name, value in values.items()}
    result = module["made"](**given)
    if not isinstance(result, list | dict | tuple | str | int | float | type(None)):
        result = list(result)
    of, under = mark_of(result)
    plainly: dict[str, Any] = {}
    exec(compile(source, "plain", "exec"), plainly)
    expected = plainly["made"](**values)
    assert plain(result) == (list(expected) if hasattr(expected, "__next__") else expected)
    assert not tracing.conditions
    return plain(result), "".join(sorted(o.name for o in of)), "".join(sorted(o.name for o in under - of))


@pytest.mark.parametrize(
    ("body", "values", "of", "under"),
    [
        ("return f'{a}:{b:>3}'", {"a": "x", "b": 2}, "ab", ""),
        ("return a if b else 'no'", {"a": "x", "b": True}, "a", "b"),
        ("return a or b", {"a": "", "b": "y"}, "b", "a"),
        ("return a and b", {"a": 1, "b": "y"}, "b", "a"),
        ("if a == 1:\n    return 'one'\nreturn 'other'", {"a": 2}, "", "a"),
        ("if a:\n    b = 'set'\nreturn b", {"a": 1, "b": "x"}, "", "a"),
        ("if a:\n    b = 'set'\nreturn b", {"a": 0, "b": "x"}, "b", "a"),
        ("found = []\nif a is None:\n    found.append(b)\nreturn found", {"a": None, "b": "x"}, "b", "a"),
        ("return {'k': b, **({'more': 1} if a else {})}", {"a": True, "b": "x"}, "b", "a"),
        ("return [x for x in (a, b) if x > 1]", {"a": 1, "b": 2}, "b", ""),
        ("return ','.join(str(x) for x in (a, b))", {"a": 1, "b": 2}, "ab", ""),
        ("if a > 1:\n    yield b\nyield 'end'", {"a": 2, "b": "x"}, "b", "a"),
        ("return 1 < a < b", {"a": 2, "b": 3}, "ab", ""),
        ("return {'x': 1, 'y': 2}[a]", {"a": "y"}, "", "a"),
        ("return {'x': 1}.get(a, 5)", {"a": "y"}, "", "a"),
        ("for x in (1, 2):\n    if x == a:\n        return b\nreturn 'none'", {"a": 2, "b": "x"}, "b", "a"),
        ("n = 0\nwhile n < a:\n    n += 1\nreturn n", {"a": 3}, "", "a"),
        ("return 'a-b'.replace('-', a).partition(a)[0] + b", {"a": "+", "b": "x"}, "b", ""),
        ("return not a", {"a": 1}, "a", ""),
        ("return isinstance(a, bool), a is True, type(a) is bool", {"a": True}, "a", ""),
        ("return max(a, b) * 2", {"a": 1, "b": 3}, "b", "a"),
        ("return sorted([b, a])[0]", {"a": 1, "b": 3}, "a", ""),
        ("return len(a) + int(b)", {"a": "xyz", "b": "4"}, "ab", ""),
        ("return any(x == a for x in (1, 2))", {"a": 2}, "a", ""),
    ],
)
def test_a_result_knows_its_origins(body: str, values: dict[str, Any], of: str, under: str) -> None:
    assert run(body, **values)[1:] == (of, under)
