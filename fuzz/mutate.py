"""An input and a random generator -> a mutated input, changed as a tree or as bytes."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from random import Random
from typing import Any, Literal

import yaml

Kind = Literal["yaml", "json"]
LARGEST = 200_000
"""Bytes that an input grows to at most."""
_MOST_PLACES = 5000

HOSTILE = (
    "",
    " ",
    "~",
    "a\nb",
    "a\r\nb",
    "\x00",
    "\x1b[2J\x1b]0;x\x07",
    "\u202eabc\u2066",
    "\ufeff",
    "\u2028",
    "\ud7ff\ue000\ufffd",
    "\ud800",
    "\ud83d\ude00",
    "\U0001f4a9\u0301",
    "'; touch marker; '",
    '"$(touch marker)`touch marker`"',
    "${HF_TOKEN} $$(HF_TOKEN) $(HF_TOKEN)",
    "{{ 7*7 }}{% raw %}",
    "```\n# heading\n",
    "--port=1",
    "../../etc/passwd",
    "/" + "a" * 300,
    "A" * 5000,
    "1" * 5000,
    "-1",
    "0",
    "1e400",
    "٣",
    "nan",
    "[" * 3000,
    "*a",
    "&a",
    "!!python/object/apply:os.system [id]",
    "hf_" + "example" * 5,
    "<<",
    "true",
    "null",
    "2026-01-10",
    "v0.99.99",
    "v" + "9" * 4400 + ".0.0",
    "sha256:" + "0" * 64,
    "9" * 4400 + "Gi",
    "9" * 4400 + "s",
    "," * 2000,
)
NUMBERS = (
    0,
    1,
    -1,
    2,
    3,
    7,
    8,
    16,
    61,
    128,
    65535,
    65536,
    10**6,
    2**31,
    2**63 - 1,
    2**63,
    10**25,
    0.5,
    -0.0,
    1e18,
    1.5,
)
KEYS = (
    "name",
    "spec",
    "metadata",
    "config",
    "args",
    "env",
    "version",
    "tensor",
    "pipeline",
    "data",
    "nodes",
    "labels",
    "annotations",
    "extends",
    "points",
    "subnetworks",
    "naming",
    "nccl",
    "quantization",
    "kv-cache-dtype",
    "dtype",
    "max-model-len",
    "max-num-seqs",
    "speculative-config",
    "hf-overrides",
    "VLLM_PP_LAYER_PARTITION",
    "NCCL_SOCKET_IFNAME",
    "tolerations",
    "nodeSelector",
    "quantization_config",
    "rope_scaling",
    "text_config",
    "layer_types",
    "items",
    "functionConfig",
    "api-key",
    "served-model-name",
    "kv-transfer-config",
    "compilation-config",
    "files",
    "pending",
    "format",
)
SPLICES = (
    b"\x00",
    b"\xff",
    b"\xef\xbb\xbf",
    b"\r\n",
    b"\t",
    b"---\n",
    b"...\n",
    b"%YAML 1.1\n",
    b"&a ",
    b"*a",
    b"<<: *a\n",
    b"!!x ",
    b"? ",
    b"{",
    b"}",
    b"[",
    b"]",
    b": ",
    b"- ",
    b"|\n",
    b">-\n",
    b"'",
    b'"',
    b"\\",
    b"#",
    b"@",
    b"`",
    b"\xc2\x85",
    b"\xe2\x80\xa8",
    b"\xe2\x80\xae",
    b"\xed\xa0\x80",
    b"\xf4\x90\x80\x80",
    b"\\x",
    b"\\ud800",
    b'"\\ud800"',
    b"1e999",
    b"NaN",
    b"Infinity",
    b"-",
    b"0x",
    b"0b1_",
)


def mutated(data: bytes, corpus: list[bytes], kind: Kind, chance: Random) -> bytes:
    """Return the input after one to a few mutations of its tree, its bytes, or both."""
    if chance.random() < 0.7:
        data = _as_tree(data, corpus, kind, chance) or data
    if chance.random() < 0.4:
        for _ in range(chance.choice((1, 1, 2, 4))):
            data = chance.choice(_BYTES)(data, corpus, chance)
    return data[:LARGEST]


def _as_tree(data: bytes, corpus: list[bytes], kind: Kind, chance: Random) -> bytes | None:
    tree, other = _read(data), _read(chance.choice(corpus))
    if not isinstance(tree, dict | list):
        return None
    for _ in range(chance.choice((1, 1, 1, 2, 3, 6))):
        _change(tree, other, chance)
    try:
        if kind == "json":
            return json.dumps(tree, ensure_ascii=chance.random() < 0.5).encode("utf-8", "surrogatepass")
        plain = chance.random() < 0.5
        text: str = yaml.safe_dump(
            tree, sort_keys=False, allow_unicode=True, default_flow_style=None if plain else False
        )
        return text.encode("utf-8", "surrogatepass")
    except (yaml.YAMLError, ValueError, RecursionError, TypeError):
        return None


def _read(data: bytes) -> Any:
    try:
        return yaml.safe_load(data)
    except Exception:  # of any kind: an input that is not a tree is mutated as bytes
        return None


def _places(tree: Any) -> list[tuple[Any, Any]]:
    """Return the containers of a tree with each of their keys or indices; aliases can make one endless."""
    found: list[tuple[Any, Any]] = []
    waiting = [tree]
    while waiting and len(found) < _MOST_PLACES:
        here = waiting.pop()
        keys = list(here) if isinstance(here, dict) else range(len(here)) if isinstance(here, list) else ()
        found += [(here, key) for key in keys]
        waiting += [here[key] for key in keys]
    return found


def _change(tree: Any, other: Any, chance: Random) -> None:
    places = _places(tree)
    if not places:
        return
    parent, key = chance.choice(places)
    what = chance.randrange(9)
    if what == 0:
        del parent[key]
    elif what == 1 and isinstance(parent, dict):
        parent[chance.choice((*KEYS, *HOSTILE))] = parent.pop(key)
    elif what == 2 and isinstance(parent, dict):
        parent[chance.choice((*KEYS, *HOSTILE))] = _value(chance)
    elif what == 3:
        theirs = _places(other)
        if theirs:
            there, name = chance.choice(theirs)
            parent[key] = copy.deepcopy(there[name])
    elif what == 4 and isinstance(parent[key], int | float) and not isinstance(parent[key], bool):
        parent[key] = chance.choice(
            (
                parent[key] * 2,
                parent[key] - 1,
                parent[key] + 1,
                -parent[key],
                str(parent[key]),
                parent[key] // 2,
            )
        )
    elif what == 5:
        parent[key] = [parent[key]] * chance.choice((1, 2, 60))
    elif what == 6 and isinstance(parent[key], str) and parent[key]:
        at = chance.randrange(len(parent[key]) + 1)
        parent[key] = parent[key][:at] + chance.choice(HOSTILE) + parent[key][at:]
    else:
        parent[key] = _value(chance)


def _value(chance: Random, depth: int = 0) -> Any:
    what = chance.randrange(8)
    if what < 3:
        return chance.choice(HOSTILE)
    if what < 5:
        return chance.choice(NUMBERS)
    if what == 5 or depth > 3:
        return chance.choice((True, False, None))
    if what == 6:
        return [_value(chance, depth + 1) for _ in range(chance.randrange(4))]
    return {chance.choice((*KEYS, *HOSTILE)): _value(chance, depth + 1) for _ in range(chance.randrange(4))}


def _splice(data: bytes, _: list[bytes], chance: Random) -> bytes:
    at = chance.randrange(len(data) + 1)
    return data[:at] + chance.choice(SPLICES) + data[at:]


def _drop(data: bytes, _: list[bytes], chance: Random) -> bytes:
    at = chance.randrange(len(data) + 1)
    return data[:at] + data[at + chance.choice((1, 2, 8, 64)) :]


def _flip(data: bytes, _: list[bytes], chance: Random) -> bytes:
    at = chance.randrange(len(data) + 1)
    return data[:at] + bytes((chance.randrange(256),)) + data[at + 1 :]


def _cut(data: bytes, _: list[bytes], chance: Random) -> bytes:
    return data[: chance.randrange(len(data) + 1)]


def _cross(data: bytes, corpus: list[bytes], chance: Random) -> bytes:
    other = chance.choice(corpus)
    return data[: chance.randrange(len(data) + 1)] + other[chance.randrange(len(other) + 1) :]


def _repeat(data: bytes, _: list[bytes], chance: Random) -> bytes:
    at = chance.randrange(len(data) + 1)
    piece = data[at : at + chance.choice((1, 4, 40))]
    return data[:at] + piece * chance.choice((2, 50, 3000)) + data[at:]


def _swap_ends(data: bytes, _: list[bytes], chance: Random) -> bytes:
    return data.replace(b"\n", chance.choice((b"\r\n", b"\r", b"\xc2\x85", b"\xe2\x80\xa8")))


_BYTES: tuple[Callable[[bytes, list[bytes], Random], bytes], ...] = (
    _splice, _splice, _splice, _drop, _flip, _cut, _cross, _repeat, _swap_ends,
)  # fmt: skip
