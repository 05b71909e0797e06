"""Hostile text in every text field of a profile at once: what compiles carries it as data, and runs none.

About 30 seconds.
"""

from __future__ import annotations

import copy
import json
import os
import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import ruamel.yaml
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from container import start
from r1c import pipeline

REPO = Path(__file__).resolve().parent.parent
HOSTILE = (
    "'; touch marker; '",
    '"; touch marker; "',
    "$(touch marker)`touch marker`",
    "${HF_TOKEN} $(HF_TOKEN) $$(HF_TOKEN) $HF_TOKEN",
    "two\nlines\ntouch marker\n```\n\n```bash\ntouch marker\n```\n",
    "{{ 7*7 }}{% raw %}{# #}",
    "EOF\nEND_OF_PYTHON\ntouch marker\n",
    "-x --port=1 é ☃ \t \\ \\n [a] {b: c} *d &e !f |g >h %i @j #k",
    " : - ? ~ null yes 0777 1e3 <<",
    "\x1b[2J\u202e\u2028\x85\ufeff\x7f",
)
Place = tuple[str | int, ...]
BASES: dict[str, dict[str, Any]] = {
    "ray": {},
    "external secret": {
        "huggingface": {"source": "externalSecret", "externalSecret": {"store": "store", "key": "key"}}
    },
    "manifest": {"huggingface": {"source": "manifest", "secretName": "hf", "secretKey": "key"}},
    "existing": {"huggingface": {"source": "existing", "secretName": "hf", "secretKey": "key"}},
    "points": {
        "benchmark": {
            "points": [
                {"name": "a", "dataset": "sharegpt", "datasetPath": "/bucket/a.json"},
                {"concurrency": 3},
            ]
        }
    },
    "names": {"network": {"subnetworks": ["default", "a", "b", "c", "d", "e", "f", "g", "h"]}},
    "images": {
        "gpudirect": {"ncclPluginImage": "a.example/b:c", "rxdmImage": "a.example/d:e", "buildType": "223"}
    },
}
"""What is laid over the case that has nearly every field, so that each text field is in some profile."""


@cache
def base(name: str) -> Any:
    data = yaml.safe_load((REPO / "tests/cases/everything/profile.yaml").read_text(encoding="utf-8"))
    if name == "names":
        del data["spec"]["network"]
    if name == "images":
        del data["spec"]["gpudirect"]
    for key, value in BASES[name].items():
        data["spec"][key] = value
    return data


def leaves(value: Any, path: Place = ()) -> Iterator[Place]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from leaves(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from leaves(item, (*path, index))
    elif isinstance(value, str):
        yield path


def put(data: Any, path: Place, value: str) -> None:
    for part in path[:-1]:
        data = data[part]
    data[path[-1]] = value


def text(data: Any) -> str:
    return yaml.safe_dump(data, allow_unicode=True, sort_keys=False)


def compiles(data: Any) -> dict[str, bytes] | None:
    plan = pipeline.analyse("profile.yaml", text(data).encode()).plan
    return pipeline.build(plan) if plan else None


@cache
def open_fields(name: str) -> tuple[Place, ...]:
    """Return the text fields that take any text at all: the rules bind the others to a form of their own."""
    found = []
    for path in leaves(base(name)):
        data = copy.deepcopy(base(name))
        put(data, path, HOSTILE[0])
        if pipeline.analyse("profile.yaml", text(data).encode()).plan:
            found.append(path)
    return tuple(found)


def everywhere(name: str, values: tuple[str, ...]) -> Any:
    """Return the profile with a value in every field that takes any text, and in maps of free names."""
    data = copy.deepcopy(base(name))
    for number, path in enumerate(open_fields(name)):
        put(data, path, values[number % len(values)])
    data["spec"]["vllm"]["env"] |= {f"TEXT_{number}": value for number, value in enumerate(values)}
    data["spec"]["vllm"]["args"]["hf-overrides"] = {"texts": list(values), **dict.fromkeys(values, 1)}
    return data


def strings(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for item in value.values():
            yield from strings(item)
    elif isinstance(value, list):
        for item in value:
            yield from strings(item)
    elif isinstance(value, str):
        yield value


def scripts(files: dict[str, bytes]) -> dict[str, str]:
    """Return everything in the files that bash is to run, by its place."""
    found = {}
    for path, content in files.items():
        if path.endswith(".sh"):
            found[path] = content.decode()
        if path.endswith(".md"):
            blocks = re.findall(r"^```bash\n(.*?)^```$", content.decode(), re.MULTILINE | re.DOTALL)
            assert blocks
            found |= {f"{path} {number}": block for number, block in enumerate(blocks)}
        if path.endswith(".yaml"):
            for item in yaml.safe_load_all(content):
                for number, word in enumerate(strings(item)):
                    if word.startswith("set -") and "\n" in word:
                        found[f"{path} {number}"] = word
    return found


def bash(script: str, place: Path) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(["bash", "-c", script], cwd=place, capture_output=True, timeout=20, check=False)


def assert_parses(files: dict[str, bytes]) -> None:
    """All scripts in one bash -n would hide an open quote in the next: each is a function of its own."""
    for place, script in scripts(files).items():
        done = subprocess.run(["bash", "-n"], input=script.encode(), capture_output=True, check=False)
        assert (done.returncode, done.stderr) == (0, b""), place


def assert_reads_back(files: dict[str, bytes]) -> None:
    for path, content in files.items():
        if path.endswith(".yaml"):
            one = list(yaml.safe_load_all(content))
            reader = ruamel.yaml.YAML(typ="safe", pure=True)
            assert list(reader.load_all(content)) == one, path


def test_the_fields_that_take_any_text() -> None:
    """A new field shows here: text that ends in a shell, a name or a path should have a rule for its form."""
    found = {
        ".".join(part for part in path if isinstance(part, str))
        for name in BASES
        for path in open_fields(name)
    }
    assert sorted(found) == OPEN


OPEN = [
    "spec.benchmark.points.datasetPath",
    "spec.benchmark.points.name",
    "spec.gpudirect.buildType",
    "spec.huggingface.externalSecret.key",
    "spec.model.servedName",
    "spec.network.nccl.NCCL_DEBUG",
    "spec.network.nccl.NCCL_IGNORE_CPU_AFFINITY",
    "spec.vllm.args.allowed-origins",
]


Case = tuple[str, tuple[str, ...]]
TURNS: list[Case] = [(name, HOSTILE[turn:] + HOSTILE[:turn]) for turn, name in enumerate(BASES)]
WHOLE: list[Case] = [(name, ("".join(HOSTILE),)) for name in ("ray", "external secret", "points")]


@pytest.mark.parametrize(
    ("name", "values"), TURNS + WHOLE, ids=[*BASES, "ray whole", "external secret whole", "points whole"]
)
def test_hostile_text_everywhere_is_data(name: str, values: tuple[str, ...], tmp_path: Path) -> None:
    files = compiles(everywhere(name, values))
    assert files, name
    assert_reads_back(files)
    assert_parses(files)
    run_all(files, tmp_path)


FAKES = """
gcloud() { :; }; kubectl() { cat >/dev/null </dev/null; echo Complete; }; curl() { :; }
python3() { :; }; docker() { :; }; xargs() { cat >/dev/null; }; read() { HF_TOKEN=hf_secret; }
BUILD_ID=1; HF_TOKEN=hf_secret
"""


def run_all(files: dict[str, bytes], place: Path) -> None:
    """Run leader, worker and benchmark as the kubelet would, and the runbook's steps, all with fake tools."""
    lws = yaml.safe_load(files["leaderworkerset.yaml"])["spec"]["leaderWorkerTemplate"]
    job = yaml.safe_load(files["benchmark/job.yaml"])["spec"]["template"]
    for template in (lws["leaderTemplate"], lws["workerTemplate"], job):
        item = template["spec"]["containers"][0]
        process = start(item, place, RESULTS=str(place / "results"), JOB_COMPLETION_INDEX="0")
        process.communicate(timeout=60)
    for step, script in scripts(files).items():
        if step.startswith("RUNBOOK.md"):
            bash(FAKES + script, place)
    for found in place.rglob("*"):
        assert "marker" not in found.name


anything = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30)
shellish = st.text("'\"`$(){};&|<>\\\n\t #!*?[]~-=a1", max_size=20)


@settings(derandomize=True, max_examples=12, deadline=None, database=None)
@given(st.lists(anything | shellish | st.sampled_from(HOSTILE), min_size=4, max_size=8))
def test_any_text_everywhere_is_data(values: list[str]) -> None:
    files = compiles(everywhere("points", tuple(values)))
    if files is not None:
        assert_reads_back(files)
        checked = "\n".join(
            f"f{number}() {{\n{script}\n}}" for number, script in enumerate(scripts(files).values())
        )
        done = subprocess.run(["bash", "-n"], input=checked.encode(), capture_output=True, check=False)
        assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.kubectl
@pytest.mark.parametrize("name", ["ray", "manifest", "external secret"])
def test_kustomize_builds_it_and_reads_the_same_text(name: str, tmp_path: Path) -> None:
    data = everywhere(name, tuple(value for value in HOSTILE if value.isprintable()))
    files = compiles(data)
    assert files
    for path, content in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(content)
    (tmp_path / "hf-secret.env").write_text("hf_api_token=x\n", encoding="utf-8")
    for folder in (".", "benchmark"):
        done = subprocess.run(
            ["kubectl", "kustomize", folder],
            cwd=tmp_path,
            capture_output=True,
            env={"PATH": os.environ["PATH"]},
            check=False,
        )
        assert done.returncode == 0, done.stderr
        built = {item["kind"]: item for item in yaml.safe_load_all(done.stdout)}
        if "LeaderWorkerSet" in built:
            own = yaml.safe_load(files["leaderworkerset.yaml"])
            ours, theirs = (
                item["spec"]["leaderWorkerTemplate"]["leaderTemplate"]["spec"]["containers"][0]
                for item in (own, built["LeaderWorkerSet"])
            )
            assert theirs["args"] == ours["args"]
            assert theirs["env"] == ours["env"]
            assert json.dumps(theirs["command"]) == json.dumps(ours["command"])
