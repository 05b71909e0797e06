"""Changes by path: lists by what names their entries, texts inside values, values that are never shown."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from r1c.difference.compare import Change, compare
from r1c.difference.tree import written

TOKEN = "hf_" + "x" * 34


def told(old: Any, new: Any) -> list[tuple[str, str, Any, Any]]:
    return [(written(change.path), change.kind, change.old, change.new) for change in compare(old, new)]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ({"a": 1}, {"a": 1}, []),
        ({"a": 1}, {"a": True}, [("a", "changed", 1, True)]),
        ({"a": 1}, {"a": "1"}, [("a", "changed", 1, "1")]),
        ({"a": {}}, {"a": []}, [("a", "changed", {}, [])]),
        ({"a": {}}, {}, [("a", "removed", {}, None)]),
        ({"a.b/c": "x"}, {"a.b/c": "y"}, [("[a.b/c]", "changed", "x", "y")]),
        ({"args": ["m", "--a=1"]}, {"args": ["m", "--a=2"]}, [("args[--a]", "changed", "1", "2")]),
        ({"args": ["--a"]}, {"args": ["--a", "x", "y"]}, [("args[--a]", "changed", True, ["x", "y"])]),
        ({"args": ["--a=1"]}, {"args": ["--a", "1"]}, [("args[--a]", "changed", "1", ["1"])]),
        (
            {"args": ["--a=1", "--b=2"]},
            {"args": ["--b=2", "--a=1"]},
            [("args", "order", ["--a", "--b"], ["--b", "--a"])],
        ),
        (
            {"args": ["--a=1", "--a=2"]},
            {"args": ["--a=1", "--a=3"]},
            [("args[--a=3]", "added", None, "--a=3"), ("args[--a=2]", "removed", "--a=2", None)],
        ),
        (
            {"env": [{"name": "A", "value": "1"}]},
            {"env": [{"name": "B", "value": "1"}, {"name": "A", "value": "2"}]},
            [("env[B]", "added", None, {"name": "B", "value": "1"}), ("env[A].value", "changed", "1", "2")],
        ),
        (
            {"env": [{"name": "A", "value": "1"}, {"name": "A", "value": "2"}]},
            {"env": [{"name": "A", "value": "1"}, {"name": "A", "value": "3"}]},
            [("env[1].value", "changed", "2", "3")],
        ),
        (
            {"volumeMounts": [{"name": "a", "mountPath": "/x"}]},
            {"volumeMounts": [{"name": "b", "mountPath": "/x"}]},
            [("volumeMounts[/x].name", "changed", "a", "b")],
        ),
        ({"values": ["a", "b"]}, {"values": ["b"]}, [("values[a]", "removed", "a", None)]),
        (
            {"command": ["a", "b"]},
            {"command": ["b"]},
            [("command[0]", "changed", "a", "b"), ("command[1]", "removed", "b", None)],
        ),
        ({}, {"labels": {"a": "1"}}, [("labels.a", "added", None, "1")]),
        ({"annotations": {"a": "1"}}, {}, [("annotations.a", "removed", "1", None)]),
    ],
)
def test_changes(old: Any, new: Any, expected: list[tuple[str, str, Any, Any]]) -> None:
    assert told(old, new) == expected


def test_interfaces_are_compared_by_their_names() -> None:
    old = {"networking.gke.io/interfaces": '[{"interfaceName":"eth0","network":"default"}]'}
    new = {"networking.gke.io/interfaces": '[{"interfaceName":"eth0","network":"other"}]'}
    path = "[networking.gke.io/interfaces][eth0].network"
    assert told(old, new) == [(path, "changed", "default", "other")]


def test_the_same_interfaces_in_another_layout_are_a_change_of_the_text() -> None:
    old = {"networking.gke.io/interfaces": '[{"interfaceName":"eth0"}]'}
    new = {"networking.gke.io/interfaces": '[ {"interfaceName": "eth0"} ]'}
    assert [change[:2] for change in told(old, new)] == [("[networking.gke.io/interfaces]", "changed")]


def test_devices_are_compared_as_a_list() -> None:
    key = "devices.gke.io/container.tcpxo-daemon"
    old, new = ({key: "".join(f"- path: /dev/{name}\n" for name in names)} for names in ("ab", "ac"))
    assert [change[:2] for change in told(old, new)] == [
        (f"[{key}][/dev/c]", "added"),
        (f"[{key}][/dev/b]", "removed"),
    ]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({"stringData": {"hf_api_token": "secret-one"}}, {"stringData": {"hf_api_token": "secret-two"}}),
        (
            {"env": [{"name": "HF_TOKEN", "value": "secret-one"}]},
            {"env": [{"name": "HF_TOKEN", "value": "secret-two"}]},
        ),
        ({"env": []}, {"env": [{"name": "MY_PASSWORD", "value": "secret-one"}]}),
        ({"args": ["--api-key=secret-one"]}, {"args": ["--api-key=secret-two"]}),
        ({"containers": []}, {"containers": [{"name": "a", "args": ["--api-key=secret-one"]}]}),
        ({}, {"x": {"args": ["--api-key", "secret-one"]}}),
        ({"text": "a"}, {"text": f"line\nexport X={TOKEN}\n"}),
        ({"annotations": {"note": TOKEN}}, {"annotations": {}}),
    ],
)
def test_credentials_are_hidden(old: Any, new: Any) -> None:
    changes = compare(old, new)
    assert changes
    assert "secret-" not in str(changes)
    assert TOKEN not in str(changes)


def test_the_reference_to_a_secret_is_no_credential() -> None:
    old, new = (
        {"env": [{"name": "HF_TOKEN", "valueFrom": {"secretKeyRef": {"name": "hf-secret", "key": key}}}]}
        for key in ("a", "b")
    )
    assert told(old, new) == [("env[HF_TOKEN].valueFrom.secretKeyRef.key", "changed", "a", "b")]


scalars = (
    st.none() | st.booleans() | st.integers(0, 2) | st.sampled_from(["", "a", "b", "--a", "--a=1", "--b"])
)
keys = st.sampled_from(["args", "env", "command", "labels", "name", "value", "ports", "a", "b.c"])
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
    max_leaves=8,
)
documents = st.dictionaries(keys, values, max_size=4)


@given(documents, documents)
def test_there_is_a_change_exactly_where_documents_differ(old: Any, new: Any) -> None:
    changes: tuple[Change, ...] = compare(old, new)
    assert bool(changes) == (typed(old) != typed(new))
    assert len({(change.path, change.kind) for change in changes}) == len(changes)


def typed(value: Any) -> Any:
    """Return a value in which 1, 1.0 and true differ."""
    if isinstance(value, dict):
        return {key: typed(item) for key, item in value.items()}
    return [typed(item) for item in value] if isinstance(value, list) else (type(value).__name__, value)
