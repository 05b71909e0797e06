"""A container of an emitted manifest, started as the kubelet starts it, with stand-ins for what it runs."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

from r1c import pipeline

RECORD = f"""#!{sys.executable}
import json, os, sys
with open(os.environ["RECORD"], "a") as file:
    file.write(json.dumps(sys.argv) + "\\n")
"""


def expand(text: str, environment: dict[str, str]) -> str:
    """Expand a text as the kubelet does: $(NAME) of a known variable, and $$ for $."""

    def replace(match: re.Match[str]) -> str:
        if match[0] == "$$":
            return "$"
        return environment.get(match[1], match[0])

    return re.sub(r"\$\$|\$\(([^)]*)\)", replace, text)


def container(profile: str, path: str, role: str = "leaderTemplate") -> dict[str, Any]:
    checked = pipeline.analyse("profile.yaml", profile.encode())
    assert checked.plan, checked.diagnostics
    found = yaml.safe_load(pipeline.build(checked.plan)[path])
    result: dict[str, Any] = found["spec"]["leaderWorkerTemplate"][role]["spec"]["containers"][0]
    return result


def start(
    item: dict[str, Any], place: Path, stand_ins: tuple[str, ...] = ("python3",), **more: str
) -> subprocess.Popen[str]:
    """Start a container's command in `place`; vllm, ray_init.sh and `stand_ins` only record their calls."""
    (place / "bin").mkdir(exist_ok=True)
    for name in ("vllm", *stand_ins):
        tool = place / "bin" / name
        tool.write_text(RECORD, encoding="utf-8")
        tool.chmod(0o755)
    if not (place / "ray_init.sh").exists():
        (place / "ray_init.sh").write_text('echo "ray_init $*" >>"$RECORD.ray"\n', encoding="utf-8")
    environment = {
        "PATH": f"{place / 'bin'}:{os.environ['PATH']}",
        "RECORD": str(place / "record"),
        "HF_TOKEN": "hf_secret",
        "LWS_GROUP_SIZE": "2",
        "LWS_LEADER_ADDRESS": "localhost",
        "LWS_WORKER_INDEX": "1",
        **more,
    }
    for entry in item["env"]:
        if "value" in entry and entry["name"] != "LD_LIBRARY_PATH":
            environment[entry["name"]] = expand(entry["value"], environment)
    environment |= more
    argv = [expand(text, environment) for text in [*item["command"], *item.get("args", [])]]
    argv = [text.replace("/vllm-workspace", str(place)) for text in argv]
    return subprocess.Popen(
        argv,
        cwd=place,
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
