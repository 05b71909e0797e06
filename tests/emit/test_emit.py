"""What r1c writes: exact text for the usual, and the same value back through 1.1, 1.2 and kubectl."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
import ruamel.yaml
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from r1c.diagnostics import InternalError
from r1c.emit import emit
from r1c.emit.yaml import LONGEST_KEY, documents, inline, to_yaml
from r1c.lower.bundle import Bundle, Manifest, Text

PROPERTY = settings(derandomize=True, max_examples=300, deadline=None, database=None)

WORDS = """
null Null NULL ~ true True TRUE false False FALSE yes Yes YES no No NO on On ON off Off OFF y Y n N tRuE
0 1 -1 +1 00 0777 0o17 0O17 0x1F 0X1f 0b11 1_000 1__0 _1 1_ 12:30:45 1:2 -1:2 190:20:30 12:30:45.6 1:60
0. 1. .5 +.5 -.5 1.5 1e3 1E3 1e+3 1.0e3 1.0e+3 1234567e8 0e0 12e03 6.8523015e+5 1_0.5 0.1.2 ._ ._1 .1_
.inf .Inf .INF +.inf -.inf .nan .NaN .NAN inf nan NaN Infinity 10Gi 1Ei 500m 1e 7200s 0.5Gi 1k 0m 24h
2026-01-10 2026-1-1 2026-01-10T12:00:00Z 2001-12-14t21:59:43.10-05:00 = << < > == ... --- -- - ? : , . ..
/ _ #x a: :a a:b a::b a#b [a] [] {} ' " '' "" 'a' "a" it's \\ a\\nb @a `a %a !a &a *a | |- >- $(A) ${A}
é 日本語 🙂
"""

# fmt: off
AWKWARD = [
    *WORDS.split(),
    "", " ", "  ", " a", "a ", "\t", "a\tb", "\ta", "a\t", "- a", "? a", "a: b", "a :b", "a: ", "a #b",
    "a, b", "{a: b}", "!!str a", "{{ a }}", "2001-12-14 21:59:43.10 -5", "a" * 2000, "a b " * 500, "Ω: ω",
    "\n", "\n\n", " \n", "\n ", "\t\n", "a\n", "a\n\n", "a\n\n\n", "\na", "\n\na\n", "a\nb", "a\n\nb\n",
    "a\n ", "a\n \n", "a\n\t", "a \nb \n", " a\nb", "  a\n b\n", "\n a\nb", " \na\n", "\ta\nb", "a\n\tb",
    "a\n \nb", "\n\ta\n", "#a\nb", "a\n#b\n", "---\na", "a\n---\nb\n", "a\n...\n", "%a\nb", "a: b\nc: d\n",
    "- a\n- b", "a\n  # b\n\n", "é\n日本\n", "a\rb", "a\r\nb\r\n", "\r", "\x00", "\x07", "\x1b[0m", "\x7f",
    "\u0080", "\u0085", "a\u0085b", "a\nb\u0085c", "\u00a0", "\u00ad", "\u2028", "a\u2029b", "a\n\u2028",
    "\u200b", "\u202e", "\ufeff", "\ufeffa\nb", "\ufffe", "\uffff", "\U0001fffe", "\U0010ffff", "\U000e0041",
    "\u3000", "e\u0301",
]
# fmt: on


def read_1_1(text: str) -> Any:
    return yaml.safe_load(text)


def read_1_2(text: str) -> Any:
    reader = ruamel.yaml.YAML(typ="safe", pure=True)
    reader.version = (1, 2)
    return reader.load(text)


def typed(value: Any) -> Any:
    """The value with the type of each scalar, so that True is not 1 and 0.0 is not -0.0."""
    if isinstance(value, dict):
        return [(key, typed(item)) for key, item in value.items()]
    if isinstance(value, list):
        return [typed(item) for item in value]
    return type(value), repr(value)


def assert_reads_back(value: Any) -> None:
    text = to_yaml(value)
    assert typed(read_1_1(text)) == typed(value), text
    assert typed(read_1_2(text)) == typed(value), text


def test_an_object() -> None:
    deployment = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {
            "name": "vllm",
            "labels": {"app.kubernetes.io/name": "vllm", "version": "1.10"},
            "annotations": {},
        },
        "spec": {
            "replicas": 2,
            "paused": False,
            "template": {
                "spec": {
                    "containers": [
                        {
                            "name": "vllm",
                            "image": "us-docker.pkg.dev/p/r/vllm:v0.7.3@sha256:12ab",
                            "command": ["bash", "-c", "set -eu\nexec vllm serve \\\n  --port 8000\n"],
                            "env": [
                                {"name": "NCCL_DEBUG", "value": "VERSION"},
                                {"name": "NODES", "value": "2"},
                                {"name": "POD_IP", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}},
                            ],
                            "ports": [{"containerPort": 8000}],
                            "resources": {"limits": {"nvidia.com/gpu": 8, "memory": "250Gi", "cpu": "0.5"}},
                            "volumeMounts": [],
                        }
                    ],
                    "volumes": [{"name": "shm", "emptyDir": {}}],
                    "priorityClassName": None,
                }
            },
        },
    }
    assert (
        to_yaml(deployment)
        == """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: vllm
  labels:
    app.kubernetes.io/name: vllm
    version: "1.10"
  annotations: {}
spec:
  replicas: 2
  paused: false
  template:
    spec:
      containers:
      - name: vllm
        image: us-docker.pkg.dev/p/r/vllm:v0.7.3@sha256:12ab
        command:
        - bash
        - "-c"
        - |
          set -eu
          exec vllm serve \\
            --port 8000
        env:
        - name: NCCL_DEBUG
          value: VERSION
        - name: NODES
          value: "2"
        - name: POD_IP
          valueFrom:
            fieldRef:
              fieldPath: status.podIP
        ports:
        - containerPort: 8000
        resources:
          limits:
            nvidia.com/gpu: 8
            memory: 250Gi
            cpu: "0.5"
        volumeMounts: []
      volumes:
      - name: shm
        emptyDir: {}
      priorityClassName: null
"""
    )
    assert_reads_back(deployment)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({}, "{}\n"),
        ([], "[]\n"),
        ((), "[]\n"),
        ("word", "word\n"),
        (None, "null\n"),
        ({"a": [[1, [2]], [], [{}], {"b": [3]}]}, "a:\n- - 1\n  - - 2\n- []\n- - {}\n- b:\n  - 3\n"),
        ({"a": ("b", "c")}, "a:\n- b\n- c\n"),
        ({"b": 1, "a": 2}, "b: 1\na: 2\n"),
        ({"no": 1, "8000": 2, "a b": 3, "": 4}, '"no": 1\n"8000": 2\n"a b": 3\n"": 4\n'),
    ],
)
def test_containers(value: Any, expected: str) -> None:
    assert to_yaml(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0, "0"),
        (-7, "-7"),
        (2**80, "1208925819614629174706176"),
        (1048576, "1048576"),
        (True, "true"),
        (False, "false"),
        (0.85, "0.85"),
        (1.0, "1.0"),
        (-0.0, "-0.0"),
        (1e16, "1.0e+16"),
        (1.5e-7, "1.5e-07"),
    ],
)
def test_numbers_and_booleans(value: float, expected: str) -> None:
    assert to_yaml({"a": value}) == f"a: {expected}\n"


@pytest.mark.parametrize(
    "plain",
    [
        "word",
        "deepseek-ai/DeepSeek-R1",
        "VLLM_LOGGING_LEVEL",
        "v0.7.3",
        "leaderworkerset.x-k8s.io/v1",
        "/dev/shm",
        "./ray_init.sh",
        "../base",
        "localhost:8000",
        "http://a.b:80/c",
        "250Gi",
        "500m",
        "7200s",
    ],
)
def test_words_paths_and_image_names_are_plain(plain: str) -> None:
    assert to_yaml([plain, {plain: plain}]) == f"- {plain}\n- {plain}: {plain}\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("no", '"no"'),
        ("12:30:45", '"12:30:45"'),
        ("1234567e8", '"1234567e8"'),
        ("a: b", '"a: b"'),
        ("--port=8000", '"--port=8000"'),
        ("$(POD_IP)", '"$(POD_IP)"'),
        ('[{"interfaceName":"eth0"}]', r'"[{\"interfaceName\":\"eth0\"}]"'),
        ("C:\\x", r'"C:\\x"'),
        ("a\tb", r'"a\tb"'),
        ("\x00\x85\u2028\ufeff", r'"\u0000\u0085\u2028\ufeff"'),
        ("\U000e0041", r'"\U000e0041"'),
        ("\ud800", r'"\ud800"'),
        ("café 日本語 🙂", '"café 日本語 🙂"'),
        ("a\r\nb", r'"a\r\nb"'),
    ],
)
def test_other_strings_are_double_quoted(text: str, expected: str) -> None:
    assert to_yaml({"a": text}) == f"a: {expected}\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\nb\n", "|\n    a\n    b\n"),
        ("a\nb", "|-\n    a\n    b\n"),
        ("a\nb\n\n\n", "|+\n    a\n    b\n\n\n"),
        ("a\n", "|\n    a\n"),
        ("\n\na\n\nb\n", "|\n\n\n    a\n\n    b\n"),
        ("  a\nb\n", "|2\n      a\n    b\n"),
        (" a\nb", "|2-\n     a\n    b\n"),
        ("\n\ta\n\n", "|2+\n\n    \ta\n\n"),
        ("# a: b\n\tc  \n", "|\n    # a: b\n    \tc  \n"),
    ],
)
def test_lines_are_a_literal_block(text: str, expected: str) -> None:
    assert to_yaml({"x": {"a": text, "b": 1}}) == f"x:\n  a: {expected}  b: 1\n"
    assert to_yaml({"x": [text, 1]}) == f"x:\n- {expected}- 1\n".replace("    ", "  ")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("\n", r'"\n"'),
        (" \n\n", r'" \n\n"'),
        ("a\n  ", r'"a\n  "'),
        ("a\n\t\n", r'"a\n\t\n"'),
        ("a\nb\x00", r'"a\nb\u0000"'),
        ("a\nzero\u200bwidth\n", r'"a\nzero\u200bwidth\n"'),
    ],
)
def test_lines_that_a_block_cannot_hold_or_would_hide_are_quoted(text: str, expected: str) -> None:
    assert to_yaml({"a": text}) == f"a: {expected}\n"


def test_long_text_is_never_folded() -> None:
    assert to_yaml({"a": "b c " * 300}) == f'a: "{"b c " * 300}"\n'


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"a": {1, 2}}, "cannot write a value of type set to a manifest"),
        ([b"a"], "cannot write a value of type bytes to a manifest"),
        ([float("nan")], "cannot write the number nan to a manifest: it is not finite"),
        ([float("-inf")], "cannot write the number -inf to a manifest: it is not finite"),
        ({1: "a"}, "cannot write a key of type int to a manifest: keys are strings"),
        ({"a" * 1025: 1}, "cannot write a key of 1025 characters to a manifest: the most is 1024"),
        ({"\n" * 512: 1}, "cannot write a key of 1026 characters to a manifest: the most is 1024"),
    ],
)
def test_what_cannot_be_written_is_a_fault_of_ours(value: Any, message: str) -> None:
    with pytest.raises(InternalError) as caught:
        to_yaml(value)
    assert str(caught.value) == message


@pytest.mark.parametrize("key", ["a" * LONGEST_KEY, "\n" * (LONGEST_KEY // 2 - 1), "é" * (LONGEST_KEY - 2)])
def test_the_longest_keys_read_back(key: str) -> None:
    assert_reads_back({key: 1})
    assert_reads_back({"a": [{key: {key: [key]}}]})


def test_what_is_remembered_is_written_the_same_again() -> None:
    value = {"words": AWKWARD, "pairs": [{text: text} for text in AWKWARD if len(text) < 100]}
    first = to_yaml(value)
    assert to_yaml(value) == first
    assert_reads_back(value)


@pytest.mark.parametrize("length", [198, 199, 200, 201, 202])
@pytest.mark.parametrize("end", ["", "\n", '"', "é", "\x07", ": "])
def test_short_and_long_texts_are_written_alike(length: int, end: str) -> None:
    text = "a" * (length - len(end)) + end
    assert to_yaml([text]) == to_yaml([text[0] * 300 + end]).replace("a" * 300, text[: length - len(end)])
    assert_reads_back({text: [text, {"a": text}]})


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ('a "b"', '"a \\"b\\""'),
        ("a \\n", '"a \\\\n"'),
        ('\\"', '"\\\\\\""'),
        ("\r\n\t \\", '"\\r\\n\\t \\\\"'),
        ('\x07 "\\', '"\\u0007 \\"\\\\"'),
        ('é "\\', '"é \\"\\\\"'),
        ("\u200b\\", '"\\u200b\\\\"'),
    ],
)
def test_escapes(text: str, written: str) -> None:
    assert inline(text) == written


def test_documents_are_separated() -> None:
    assert documents([{"a": 1}, {"b": "x\n"}, {}]) == "a: 1\n---\nb: |\n  x\n---\n{}\n"
    assert documents([]) == ""


def test_each_file_opens_with_its_header() -> None:
    bundle = Bundle(
        recipe="deepseek-r1",
        files=(
            Manifest("service.yaml", ({"kind": "Service"},)),
            Manifest("benchmark/job.yaml", ({"kind": "ConfigMap"}, {"kind": "Job"})),
            Text("image/ray_init.sh", "set -eu\n\necho hi\n\n\n"),
            Text("image/Dockerfile", "FROM scratch"),
            Text("RUNBOOK.md", "# Café\n", comment="<!--"),
            Text("empty.txt", ""),
        ),
    )
    notice = "Generated by r1c from the recipe deepseek-r1: edit the profile, not this file."
    files = {path: content.decode() for path, content in emit(bundle).items()}
    assert files == {
        "service.yaml": f"# {notice}\nkind: Service\n",
        "benchmark/job.yaml": f"# {notice}\nkind: ConfigMap\n---\nkind: Job\n",
        "image/ray_init.sh": f"# {notice}\nset -eu\n\necho hi\n",
        "image/Dockerfile": f"# {notice}\nFROM scratch\n",
        "RUNBOOK.md": f"<!-- {notice} -->\n# Café\n",
        "empty.txt": f"# {notice}\n",
    }
    assert list(files) == [file.path for file in bundle.files]


def test_two_files_at_one_path_are_a_fault_of_ours() -> None:
    with pytest.raises(InternalError, match=r"^the bundle has two files at a\.yaml$"):
        emit(Bundle("r", (Manifest("a.yaml", ()), Text("a.yaml", ""))))


def test_there_are_enough_awkward_strings() -> None:
    assert len(set(AWKWARD)) == len(AWKWARD) >= 80


@pytest.mark.parametrize("text", AWKWARD, ids=lambda text: ascii(text[:20]))
def test_awkward_strings_read_back(text: str) -> None:
    assert_reads_back(text)
    assert_reads_back({"a": text, "b": [text, [text, {"c": text}], text], "d": {"e": {"f": text}}})
    if len(text) < LONGEST_KEY:
        assert_reads_back({text: {text: [{text: text}]}})


@pytest.mark.kubectl
def test_kubectl_reads_the_awkward_strings_too(tmp_path: Path) -> None:
    data = {f"k{index}": text for index, text in enumerate(AWKWARD)}
    manifest = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "awkward"}, "data": data}
    file = tmp_path / "configmap.yaml"
    file.write_bytes(emit(Bundle("r", (Manifest("configmap.yaml", (manifest,)),)))["configmap.yaml"])
    shown = subprocess.run(
        ["kubectl", "label", "--local", "-f", str(file), "read=back", "-o", "json"],
        check=True,
        capture_output=True,
    )
    assert json.loads(shown.stdout)["data"] == data


def test_an_object_that_is_used_twice_is_written_as_two_equal_ones() -> None:
    shared = [{"name": "a", "args": ["x", {"y": [1]}]}, "b"]
    used = {
        "here": shared,
        "there": shared,
        "deeper": {"again": shared},
        "dashed": [shared, {"last": shared}],
    }
    assert to_yaml(used) == to_yaml(json.loads(json.dumps(used)))


any_text = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
markup = st.text("ab01 \t\n\r:#-?.,_+=<>~!&*|%@`'\"\\[]{}eExX\x85\u2028\ufeffé", max_size=20)
lines = st.lists(st.sampled_from(["", " ", "\t", "a", " a", "a ", "\ta", "# a", "- a", "---", "a: b"])).map(
    "\n".join
)
digits = st.from_regex(r"[-+]?[0-9._:exobTZ-]{1,12}", fullmatch=True)
texts = any_text | markup | lines | digits | st.sampled_from(AWKWARD)
keys = (any_text | markup | lines | digits).filter(lambda text: len(to_yaml(text)) < LONGEST_KEY)
scalars = texts | st.integers() | st.booleans() | st.none() | st.floats(allow_nan=False, allow_infinity=False)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(keys, inner, max_size=5),
    max_leaves=20,
)


@PROPERTY
@given(values)
def test_any_value_reads_back(value: Any) -> None:
    assert_reads_back(value)


@PROPERTY
@given(texts, texts)
def test_any_text_reads_back_beside_another(first: str, second: str) -> None:
    assert_reads_back({"a": first, "b": [second, first, [first, second]], "c": {"d": first, "e": second}})


@PROPERTY
@given(st.lists(st.dictionaries(keys, scalars, max_size=4), min_size=1, max_size=4))
def test_any_documents_read_back(objects: list[dict[str, Any]]) -> None:
    assert typed(list(yaml.safe_load_all(documents(objects)))) == typed(objects)


@PROPERTY
@given(texts)
def test_text_is_whole_lines_of_utf_8(text: str) -> None:
    written = to_yaml({"a": text})
    assert written.endswith("\n")
    assert written.encode().decode() == written
    assert written.splitlines() == written.split("\n")[:-1]
