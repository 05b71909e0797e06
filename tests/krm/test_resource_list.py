"""ResourceLists are read with what names each item, and written back byte for byte."""

from __future__ import annotations

import json
import textwrap

import pytest
import yaml

from r1c.diagnostics import UserError
from r1c.krm import resource_list

LIST = """\
apiVersion: config.kubernetes.io/v1
kind: ResourceList
items:
- # what kpt's setters read
  apiVersion: v1
  kind: ConfigMap
  metadata:
    name: a # kpt-set: ${name}
    annotations:
      config.kubernetes.io/path: 'a.yaml'
  data:
    mode: 0644
    on: "no"
    script: |+
      one

        two

- apiVersion: apps/v1
  kind: Deployment
  metadata: {name: b, namespace: c}
"""

HEAD = LIST[: LIST.index("items")]


def round_trip(text: str) -> str:
    source = resource_list.read(text.encode())
    return resource_list.write(source, source.items, [])


def test_items_are_known_by_their_names() -> None:
    first, second = resource_list.read(LIST.encode()).items
    assert first.identity == ("", "ConfigMap", "default", "a")
    assert first.annotations == {"config.kubernetes.io/path": "a.yaml"}
    assert second.identity == ("apps", "Deployment", "c", "b")


def test_a_list_comes_back_byte_for_byte() -> None:
    assert round_trip(LIST) == LIST
    assert round_trip(LIST + "functionConfig:\n  kind: X\n") == LIST


@pytest.mark.parametrize("indent", ["  ", "      "])
def test_items_may_be_indented(indent: str) -> None:
    head, items = LIST.split("items:\n")
    assert round_trip(f"{head}items:\n{textwrap.indent(items, indent)}") == LIST


def test_an_item_may_be_in_braces() -> None:
    text = LIST.replace(
        "- apiVersion: apps/v1\n", "- {apiVersion: v1,\n   kind: X}\n# between\n- apiVersion: apps/v1\n"
    )
    assert yaml.safe_load(round_trip(text)) == yaml.safe_load(text)
    assert [item.kind for item in resource_list.read(text.encode()).items] == ["ConfigMap", "X", "Deployment"]


def test_the_last_line_may_have_no_end() -> None:
    assert round_trip(LIST.rstrip("\n")) == LIST


@pytest.mark.parametrize("items", ["", "items: []\n", "items:\n"])
def test_no_items(items: str) -> None:
    head = "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\n"
    assert round_trip(head + items) == f"{head}items: []\n"


def test_json_is_answered_with_json() -> None:
    in_words = LIST.replace("    on:", "    off-hours:")
    data = {
        **yaml.safe_load(in_words),
        "functionConfig": {"apiVersion": "r1c.dev/v1alpha1", "kind": "Recipe"},
    }
    source = resource_list.read(json.dumps(data).encode())
    assert source.config is not None
    assert source.config.kind == "Recipe"
    answer = json.loads(resource_list.write(source, source.items, [{"message": "m"}]))
    assert answer["items"] == data["items"]
    assert answer["results"] == [{"message": "m"}]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("apiVersion: v1\nkind: List\n", "standard input is v1 List, not the config.kubernetes.io/v1 Re"),
        ("", "standard input is something else, not the config.kubernetes.io/v1 ResourceList"),
        ("a: [", "standard input is not valid YAML: "),
        ("{", "standard input is not valid JSON: "),
        ("[1]", "standard input is something else"),
        (
            f"{HEAD}items: [{{kind: X}}]\n",
            "the items of the ResourceList must be a block list",
        ),
        (f"{HEAD}items:\n- text\n", "the items of the ResourceList must be a block list"),
        ('{"apiVersion": "config.kubernetes.io/v1", "kind": "ResourceList", "items": [1]}', "an item of the"),
    ],
)
def test_anything_else_is_wrong_usage(text: str, message: str) -> None:
    with pytest.raises(UserError) as error:
        resource_list.read(text.encode())
    assert str(error.value).startswith(message)
