"""The script of a benchmark Job under a real shell, with a server on loopback and a fake benchmark tool."""

from __future__ import annotations

import http.server
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

from r1c import pipeline

BASE = (Path(__file__).parent / "base.yaml").read_text(encoding="utf-8").replace("v0.7.3", "v0.10.2")
HOSTILE = 'it\'s "a" $(touch marker) $(SERVICE) $$ ${HOME} `id` \\ é/sharegpt.json'
TOOL = f"""#!{sys.executable}
import json, os, sys, time
from pathlib import Path
with open(os.environ["RECORD"], "a") as file:
    file.write(json.dumps(sys.argv[1:]) + "\\n")
with open(os.environ["RECORD"] + ".started", "a") as file:
    file.write(os.path.basename(sys.argv[0]) + "\\n")
options = dict(text[2:].split("=", 1) for text in sys.argv[1:] if "=" in text)
warm_up = options["result-filename"] == "warm-up.json"
if os.environ.get("FAIL") == ("warm-up" if warm_up else "point"):
    print("out of memory on the client", file=sys.stderr)
    sys.exit(9)
if os.environ.get("HANG") and not warm_up:
    print("1 of 1100 requests", flush=True)
    Path(os.environ["RECORD"] + ".hangs").touch()
    time.sleep(60)
completed = int(os.environ.get("COMPLETED", options["num-prompts"]))
result = {{"completed": completed, "duration": 1.0, "total_input_tokens": 1, "request_throughput": 1.0,
    "total_token_throughput": 1.0}}
print("the printed block")
Path(options["result-dir"], options["result-filename"]).write_text(json.dumps(result))
"""
MODULE = f"""\
def add_cli_args(parser):
    parser.parse_args = list

def main(arguments):
    exec({TOOL!r}, {{}})
"""
METRICS = """\
# HELP vllm:prefix_cache_queries_total Prefix cache queries.
vllm:prefix_cache_queries_total{engine="0",model_name="m"} %d.0
vllm:prefix_cache_hits_total{engine="0",model_name="m"} %d.0
vllm:prefix_cache_hits_created{engine="0",model_name="m"} 1.7e+09
"""


class Server(http.server.BaseHTTPRequestHandler):
    """Answers as vLLM does; each look at the metrics finds more in the cache."""

    looks = 0

    def do_GET(self) -> None:
        body = ""
        if self.path == "/version":
            body = '{"version": "0.10.2"}'
        if self.path == "/metrics":
            Server.looks += 1
            body = METRICS % (1000 * Server.looks, 10 * Server.looks)
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, format: str, *args: Any) -> None:
        pass


def job(benchmark: str = "", base: str = BASE) -> dict[str, Any]:
    data = yaml.safe_load(base) | {}
    data["spec"]["benchmark"] = yaml.safe_load(benchmark) or {}
    checked = pipeline.analyse("profile.yaml", yaml.safe_dump(data, allow_unicode=True).encode())
    assert checked.plan, checked.diagnostics
    found: dict[str, Any] = yaml.safe_load(pipeline.build(checked.plan)["benchmark/job.yaml"])
    return found


def expand(text: str, environment: dict[str, str]) -> str:
    """Expand a text as the kubelet does: $(NAME) of a known variable, and $$ for $."""

    def replace(match: re.Match[str]) -> str:
        return "$" if match[0] == "$$" else environment.get(match[1], match[0])

    return re.sub(r"\$\$|\$\(([^)]*)\)", replace, text)


def start(made: dict[str, Any], place: Path, port: int, index: int = 0, **more: str) -> subprocess.Popen[str]:
    """Start the pod of one index in `place`, with a fake of each way to run the benchmark."""
    container = made["spec"]["template"]["spec"]["containers"][0]
    fakes = {
        "bin/vllm": TOOL,
        "benchmarks/benchmark_serving.py": TOOL,
        "vllm/__init__.py": "",
        "vllm/benchmarks/__init__.py": "",
        "vllm/benchmarks/serve.py": MODULE,
    }
    for name, text in fakes.items():
        path = place / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        path.chmod(0o755)
    environment = {"PATH": f"{place / 'bin'}:{os.environ['PATH']}", "RECORD": str(place / "record")}
    given = {entry["name"]: entry["value"] for entry in container["env"] if "value" in entry}
    environment |= {name: expand(value, given) for name, value in given.items()}
    environment |= {"SERVICE": "127.0.0.1", "PORT": str(port), "RESULTS": str(place / "results")}
    environment |= {"JOB_UID": "uid", "JOB_COMPLETION_INDEX": str(index), **more}
    argv = [expand(text, given) for text in [*container["command"], *container["args"]]]
    return subprocess.Popen(
        [text.replace("/vllm-workspace", str(place)) for text in argv],
        cwd=place,
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


def run(made: dict[str, Any], place: Path, port: int, index: int = 0, **more: str) -> tuple[int, str, str]:
    process = start(made, place, port, index, **more)
    out, err = process.communicate(timeout=60)
    return process.returncode, out, err


def calls(place: Path) -> list[list[str]]:
    return [json.loads(line) for line in (place / "record").read_text(encoding="utf-8").splitlines()]


def steady(call: list[str]) -> list[str]:
    """Return a call without what differs from run to run."""
    changing = ("--base-url=", "--seed=", "--result-dir=", "--result-filename=")
    return [text for text in call if not text.startswith(changing)]


def seeds(place: Path) -> list[int]:
    found = re.findall(r'"--seed=(\d+)"', (place / "record").read_text(encoding="utf-8"))
    return [int(seed) for seed in found]


def metadata(place: Path, index: int = 0) -> dict[str, Any]:
    (folder,) = (place / "results").glob(f"*-{index}")
    data: dict[str, Any] = json.loads((folder / "metadata.json").read_text(encoding="utf-8"))
    return data


SWEEP = """\
prompts: 640
goodput: {ttftMs: 500, tpotMs: 12.5}
points:
- {concurrency: 16, prompts: 80}
- {requestRate: 2.5, name: steady}
- {inputLen: 200, outputLen: 100, concurrency: 64}
"""
