"""Templates as functions: made by tools/generate.py from the *.j2 files; edit those."""

# fmt: off
# ruff: noqa
from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from r1c.lower.templates.escape import json_text, literal, prose, shell
from r1c.lower.templates.lookup import get

def _Dockerfile(v: Mapping[str, Any]) -> str:
    out: list[str] = []
    if v["benchmarks"]:
        out.append('# The image of ')
        out.append(str(v["version"]))
        out.append(
            ' has no benchmarks folder: it comes from the source of the same tag, or the build fails.\n'
            'FROM vllm/vllm-openai:'
        )
        out.append(str(v["version"]))
        out.append(
            ' AS source\n'
            'ADD https://github.com/vllm-project/vllm/archive/refs/tags/'
        )
        out.append(str(v["version"]))
        out.append(
            '.tar.gz /tmp/vllm.tar.gz\n'
            'RUN mkdir /tmp/vllm && tar -xzf /tmp/vllm.tar.gz -C /tmp/vllm --strip-components=1\n'
            '\n'
        )
    out.append('FROM vllm/vllm-openai:')
    out.append(str(v["version"]))
    out.append('\n')
    if ((v["packages"] or v["benchmarks"]) or v["ray"]):
        out.append('WORKDIR ')
        out.append(str(v["workdir"]))
        out.append('\n')
    if v["packages"]:
        out.append('RUN python3 -m pip install --no-cache-dir')
        for loop_index0, l_package in enumerate(v["packages"]):
            out.append(" '")
            out.append(str(l_package))
            out.append("'")
        out.append('\n')
    if v["benchmarks"]:
        out.append('COPY --from=source /tmp/vllm/benchmarks ')
        out.append(str(v["workdir"]))
        out.append('/benchmarks\n')
    if v["ray"]:
        out.append('COPY ray_init.sh ')
        out.append(str(v["workdir"]))
        out.append('/ray_init.sh\n')
    return "".join(out)


def _RUNBOOK_md(v: Mapping[str, Any]) -> str:
    out: list[str] = []
    out.append('# ')
    out.append(str(get(v["plan"], "name")))
    out.append(
        ': from an empty cluster to a benchmark result\n'
        '\n'
    )
    out.append(str(prose(get(get(v["plan"], "model"), "id"))))
    out.append(' with vLLM ')
    out.append(str(get(get(v["plan"], "server"), "version")))
    out.append(' on ')
    out.append(str(get(get(v["plan"], "platform"), "id")))
    out.append(': ')
    out.append(str(v["count"](get(v["group"], "replicas"), 'group')))
    out.append(' of ')
    out.append(str(v["count"](get(v["group"], "nodes"), 'node')))
    out.append(' with ')
    out.append(str(v["count"](get(v["group"], "gpus_per_pod"), 'GPU')))
    out.append(
        ' each,\n'
        'tensor parallel '
    )
    out.append(str(get(v["group"], "tensor")))
    out.append(', pipeline parallel ')
    out.append(str(get(v["group"], "pipeline")))
    out.append(
        '. Paste the commands into bash, in the directory of this file, in this order. A block that\n'
        'follows "If" is for that case only.\n'
        '\n'
        'Needed:\n'
        '\n'
        '- `gcloud`, `kubectl` 1.27 or later, `curl` and `python3`, and the right to change the IAM policies of the project, its Artifact Registry\n'
        '  repository and the bucket.\n'
        '- A GKE cluster of '
    )
    out.append(str(get(get(v["plan"], "platform"), "minimum_gke")))
    out.append(' or later with ')
    out.append(str(v["count"](get(v["plan"], "least_nodes"), 'free node')))
    out.append(' of the type ')
    out.append(str(get(get(v["plan"], "platform"), "machine_type")))
    out.append(
        ', and a node without GPUs for the\n'
        '  benchmark. [This page]('
    )
    out.append(str(get(get(v["plan"], "platform"), "guide")))
    out.append(
        ')\n'
        '  says how such a cluster is created; step 3 checks it.\n'
        '\n'
        '## 1. Project and cluster credentials\n'
        '\n'
        '```bash\n'
        'gcloud config set project '
    )
    out.append(str(shell(get(get(v["plan"], "cluster"), "project"))))
    out.append(
        '\n'
        'gcloud container clusters get-credentials '
    )
    out.append(str(shell(get(get(v["plan"], "cluster"), "name"))))
    out.append(' --location ')
    out.append(str(shell(get(get(v["plan"], "cluster"), "found_at"))))
    out.append(' --project ')
    out.append(str(shell(get(get(v["plan"], "cluster"), "project"))))
    out.append(
        '\n'
        'kubectl version\n'
        '```\n'
        '\n'
    )
    out.append(_runbook_image_md(v))
    out.append(_runbook_cluster_md(v))
    out.append(_runbook_token_md(v))
    out.append(
        '## 5. Open the bucket to the service account\n'
        '\n'
        '```bash\n'
        'gcloud storage buckets describe '
    )
    out.append(str(shell((str('gs://') + str(get(get(v["plan"], "storage"), "bucket"))))))
    out.append(
        " --format 'value(location, uniform_bucket_level_access)'\n"
        '```\n'
        '\n'
        "It must be in the cluster's region, with uniform access (`True`). If the bucket does not exist:\n"
        '\n'
        '```bash\n'
        'gcloud storage buckets create '
    )
    out.append(str(shell((str('gs://') + str(get(get(v["plan"], "storage"), "bucket"))))))
    out.append(' --location ')
    out.append(str(shell(get(get(v["plan"], "cluster"), "region"))))
    out.append(' --uniform-bucket-level-access --project ')
    out.append(str(shell(get(get(v["plan"], "cluster"), "project"))))
    out.append(
        '\n'
        '```\n'
        '\n'
        'The pods read and write it as their Kubernetes service account:\n'
        '\n'
        '```bash\n'
        'PROJECT_NUMBER=$(gcloud projects describe '
    )
    out.append(str(shell(get(get(v["plan"], "cluster"), "project"))))
    out.append(
        " --format 'value(projectNumber)')\n"
        'PRINCIPAL='
    )
    out.append(str(v["principal"]))
    out.append(
        '\n'
        'gcloud storage buckets add-iam-policy-binding '
    )
    out.append(str(shell((str('gs://') + str(get(get(v["plan"], "storage"), "bucket"))))))
    out.append(
        ' --member="$PRINCIPAL" --role=roles/storage.objectUser\n'
        '```\n'
        '\n'
        '## 6. Apply\n'
        '\n'
        '```bash\n'
        'kubectl apply -k .\n'
        '```\n'
        '\n'
    )
    if (get(get(v["plan"], "token"), "source") == 'envFile'):
        out.append("If kubectl answers `evalsymlink failure on '.../")
        out.append(str(get(get(v["plan"], "token"), "env_file")))
        out.append(
            "'`, the file of step 4 is missing.\n"
            '\n'
        )
    elif (get(get(v["plan"], "token"), "source") == 'externalSecret'):
        out.append(
            "The token's Secret follows from the store. Until it is there, the pods wait at CreateContainerConfigError.\n"
            '\n'
            '```bash\n'
            'kubectl wait '
        )
        out.append(str(shell((str('externalsecret/') + str(get(get(v["plan"], "token"), "secret"))))))
        out.append(' -n ')
        out.append(str(shell(get(v["plan"], "namespace"))))
        out.append(
            ' --for=condition=Ready --timeout=2m\n'
            '```\n'
            '\n'
        )
    out.append(
        '## 7. Logs\n'
        '\n'
        "The first command ends when the leader's container has started; until then it says every 15 seconds what the pod waits for.\n"
        'Ctrl-C ends the second one, and the server runs on.\n'
        '\n'
        '```bash\n'
        'until kubectl logs '
    )
    out.append(str(shell((str('service/') + str(get(get(v["plan"], "service"), "name"))))))
    out.append(' -c vllm-leader -n ')
    out.append(str(shell(get(v["plan"], "namespace"))))
    out.append(
        ' --tail=1 --pod-running-timeout=30m; do sleep 15; done\n'
        'kubectl logs -f '
    )
    out.append(str(shell((str('service/') + str(get(get(v["plan"], "service"), "name"))))))
    out.append(' -c vllm-leader -n ')
    out.append(str(shell(get(v["plan"], "namespace"))))
    out.append(
        '\n'
        '```\n'
        '\n'
        'If a pod stays Pending, its events say why:\n'
        '\n'
        '```bash\n'
        'kubectl get events -n '
    )
    out.append(str(shell(get(v["plan"], "namespace"))))
    out.append(
        ' --field-selector type=Warning --sort-by=.lastTimestamp\n'
        '```\n'
        '\n'
        '## 8. Verify\n'
        '\n'
        'The LeaderWorkerSet is Available when '
    )
    out.append(str(('every group' if (get(v["group"], "replicas") > 1) else 'its group')))
    out.append(' has loaded the model and answers. The startup probe gives a group ')
    out.append(str(v["minutes"]))
    out.append(
        ' minutes.\n'
        '\n'
        '```bash\n'
        'kubectl get service '
    )
    out.append(str(shell(get(get(v["plan"], "service"), "name"))))
    out.append(' -n ')
    out.append(str(shell(get(v["plan"], "namespace"))))
    out.append(
        '\n'
        'kubectl get pod -l '
    )
    out.append(str(shell((str('leaderworkerset.sigs.k8s.io/name=') + str(get(v["plan"], "name"))))))
    out.append(' -n ')
    out.append(str(shell(get(v["plan"], "namespace"))))
    out.append(
        ' -o wide\n'
        'kubectl wait '
    )
    out.append(str(shell((str('leaderworkerset/') + str(get(v["plan"], "name"))))))
    out.append(' -n ')
    out.append(str(shell(get(v["plan"], "namespace"))))
    out.append(' --for=condition=Available --timeout=')
    out.append(str(v["minutes"]))
    out.append(
        'm\n'
        '```\n'
        '\n'
        '## 9. Port-forward\n'
        '\n'
        'In a terminal of its own:\n'
        '\n'
        '```bash\n'
        'kubectl port-forward '
    )
    out.append(str(shell((str('svc/') + str(get(get(v["plan"], "service"), "name"))))))
    out.append(' ')
    out.append(str(get(get(v["plan"], "service"), "port")))
    out.append(':')
    out.append(str(get(get(v["plan"], "service"), "port")))
    out.append(' -n ')
    out.append(str(shell(get(v["plan"], "namespace"))))
    out.append(
        '\n'
        '```\n'
        '\n'
        '## 10. Ask\n'
        '\n'
    )
    if v["api_key"]:
        out.append(
            'The server asks for its key, which this shell takes from the Secret:\n'
            '\n'
            '```bash\n'
            'API_KEY=$(kubectl get secret '
        )
        out.append(str(shell(get(v["api_key"], "name"))))
        out.append(' -n ')
        out.append(str(shell(get(v["plan"], "namespace"))))
        out.append(' -o go-template=')
        out.append(str(shell(v["api_key_template"])))
        out.append(
            ')\n'
            '```\n'
            '\n'
        )
    out.append(
        '```bash\n'
        'curl http://localhost:'
    )
    out.append(str(get(get(v["plan"], "service"), "port")))
    out.append(
        '/v1/chat/completions \\\n'
        "  -H 'Content-Type: application/json' \\\n"
    )
    if v["api_key"]:
        out.append('  -H "Authorization: Bearer $API_KEY" \\\n')
    out.append('  -d ')
    out.append(str(shell(json_text(v["question"]))))
    out.append(
        '\n'
        '```\n'
        '\n'
        '## 11. Stream an answer\n'
        '\n'
        'Prints the reasoning, if the server separates it, and the answer as they arrive. An error goes to standard error, with exit status 1.\n'
        '\n'
        '```bash\n'
        'curl --no-buffer --silent --show-error http://localhost:'
    )
    out.append(str(get(get(v["plan"], "service"), "port")))
    out.append(
        '/v1/chat/completions \\\n'
        "  -H 'Content-Type: application/json' \\\n"
    )
    if v["api_key"]:
        out.append('  -H "Authorization: Bearer $API_KEY" \\\n')
    out.append('  -d ')
    out.append(str(shell(json_text(v["chat"]))))
    out.append(
        ' |\n'
        '  python3 -c '
    )
    out.append(str(shell(v["stream"])))
    out.append(
        '\n'
        '```\n'
        '\n'
    )
    out.append(_runbook_benchmark_md(v))
    out.append(_runbook_cleanup_md(v))
    return "".join(out)


def _benchmark_sh(v: Mapping[str, Any]) -> str:
    out: list[str] = []
    out.append(
        'set -euo pipefail\n'
        'export URL="http://$SERVICE:$PORT"\n'
        'client() {\n'
        '  '
    )
    out.append(str(literal(' '.join(map(str, map(shell, v["client"]))))))
    out.append(
        ' "$@"\n'
        '}\n'
        '\n'
        '# Each point, in the order of the profile: how it is warmed up, and how it is measured.\n'
        'case "$JOB_COMPLETION_INDEX" in\n'
    )
    for loop_index0, l_point in enumerate(v["points"]):
        out.append(str(loop_index0))
        out.append(')\n')
        if get(l_point, "warmup"):
            out.append(
                '  warm_up() {\n'
                '    client "$@" '
            )
            out.append(str(literal(' \\\n      '.join(map(str, map(shell, get(l_point, "warmup")))))))
            out.append(
                '\n'
                '  }\n'
            )
        out.append(
            '  measure() {\n'
            '    client "$@" '
        )
        out.append(str(literal(' \\\n      '.join(map(str, map(shell, get(l_point, "measured")))))))
        out.append(
            '\n'
            '  }\n'
            '  ;;\n'
        )
    out.append(
        '*)\n'
        '  echo "this Job has no point $JOB_COMPLETION_INDEX: its last is '
    )
    out.append(str((len(v["points"]) - 1)))
    out.append(
        '" >&2\n'
        '  exit 64\n'
        '  ;;\n'
        'esac\n'
        '\n'
        "# Writes metadata.json into the point's folder.\n"
        'record() {\n'
        '  python3 - "$@" <<\'END_OF_PYTHON\'\n'
    )
    out.append(_benchmark_record_py(v))
    out.append(
        'END_OF_PYTHON\n'
        '}\n'
        '\n'
        'end() {\n'
        '  record failed "$2" || true\n'
        '  echo "point $JOB_COMPLETION_INDEX failed: $2" >&2\n'
        '  exit "$1"\n'
        '}\n'
        '# The first process of a container ignores SIGTERM unless it traps it. Kubernetes sends it when the deadline passes, when\n'
        '# the pod is deleted and when its node drains.\n'
        'trap \'end 143 "the pod was ended before the point was done: its deadline passed, it was deleted, or its node drained"\' TERM\n'
        '\n'
        '# A folder of its own for each try: no run overwrites another. It is made first: a bucket that cannot be written to\n'
        '# shows before anything is measured.\n'
        'seconds=$(date +%s)\n'
        'FOLDER="$RESULTS/$(date -u -d "@$seconds" +%Y%m%dT%H%M%SZ)-$JOB_COMPLETION_INDEX"\n'
        'export FOLDER\n'
        'if ! mkdir -p "$RESULTS" || ! mkdir "$FOLDER"; then\n'
        '  echo "cannot make the folder $FOLDER: results can only be kept in a bucket that this pod\'s service account may write to" >&2\n'
        '  exit 73\n'
        'fi\n'
        'echo "point $JOB_COMPLETION_INDEX: results go to $FOLDER"\n'
        '\n'
        'echo "waiting up to $STARTUP_SECONDS seconds for $URL/health"\n'
        'deadline=$((SECONDS + STARTUP_SECONDS))\n'
        'until python3 -c \'import sys, urllib.request; urllib.request.urlopen(sys.argv[1], timeout=5)\' "$URL/health" 2>/dev/null; do\n'
        '  if [ "$SECONDS" -ge "$deadline" ]; then\n'
        '    end 69 "the server did not answer at $URL/health within $STARTUP_SECONDS seconds"\n'
        '  fi\n'
        '  sleep 5\n'
        'done\n'
        '\n'
        'cd '
    )
    out.append(str(v["workdir"]))
    out.append(
        '\n'
        'work=$(mktemp -d)\n'
        '# A seed of its own for each try of each point, and another for its warm-up: random prompts that the server has seen\n'
        '# would come from its prefix cache, many times faster than in use. Seconds alone would do while points run one by one;\n'
        '# a day and more for each index keeps them apart in any case. Warm-ups have the upper half of the 32 bits that a seed has.\n'
        'seed=$(((seconds + 100000 * JOB_COMPLETION_INDEX) % 2147483648))\n'
    )
    if get(v["points"][0], "warmup"):
        out.append(
            'echo "warming up"\n'
            'status=0\n'
            'warm_up "$@" --base-url="$URL" --seed="$((seed + 2147483648))" --result-dir="$work" --result-filename=warm-up.json >"$work/warm-up.txt" &\n'
            'wait "$!" || status=$?\n'
            'if [ "$status" -ne 0 ]; then\n'
            '  cat "$work/warm-up.txt"\n'
            '  end "$status" "the warm-up ended with status $status; the pod\'s log has its reason"\n'
            'fi\n'
        )
    out.append(
        'record running "$seed"\n'
        'status=0\n'
        '{ measure "$@" --base-url="$URL" --seed="$seed" --result-dir="$work" --result-filename=result.json | tee "$FOLDER/output.txt"; } &\n'
        'wait "$!" || status=$?\n'
        'if [ "$status" -ne 0 ]; then\n'
        '  end "$status" "the benchmark ended with status $status; the pod\'s log has its reason"\n'
        'fi\n'
        '# Measured: a pod has 30 seconds to end in, enough to keep the result even when the deadline passes now.\n'
        "trap '' TERM\n"
        '# Last, and whole: a folder with a result has all of it.\n'
        'cp "$work/result.json" "$FOLDER/result.json" || end 74 "the benchmark left no result that could be kept"\n'
        'reason=$(record judge)\n'
        'if [ -n "$reason" ]; then\n'
        '  end 1 "$reason"\n'
        'fi\n'
        'record complete\n'
        'echo "point $JOB_COMPLETION_INDEX is done"\n'
    )
    return "".join(out)


def _benchmark_record_py(v: Mapping[str, Any]) -> str:
    out: list[str] = []
    out.append(
        '"""A benchmark point and its state -> metadata.json in its folder. The Job\'s script runs it."""\n'
        '\n'
        'from __future__ import annotations\n'
        '\n'
        'import json\n'
        'import os\n'
        'import re\n'
        'import sys\n'
        'import time\n'
        'import urllib.request\n'
        'from pathlib import Path\n'
        'from typing import Any\n'
        '\n'
        'COUNTER = re.compile(r"^vllm:(?:gpu_)?prefix_cache_(queries|hits)(?:_total)?(?:\\{.*\\})? (\\S+)$", re.MULTILINE)\n'
        '\n'
        '\n'
        'def ask(path: str) -> str:\n'
        '    """Return what the server answers, nothing if it does not."""\n'
        '    try:\n'
        '        with urllib.request.urlopen(os.environ["URL"] + path, timeout=5) as answer:\n'
        '            return str(answer.read().decode("utf-8", "replace"))\n'
        '    except (OSError, ValueError):\n'
        '        return ""\n'
        '\n'
        '\n'
        'def version() -> str | None:\n'
        '    """Return the version that the server itself reports."""\n'
        '    found = re.search(r\'"version":\\s*"([^"]*)"\', ask("/version"))\n'
        '    return found[1] if found else None\n'
        '\n'
        '\n'
        'def prefix_cache() -> dict[str, float] | None:\n'
        '    """Return how many prompt tokens the server has looked up in its prefix cache, and found there."""\n'
        '    counts: dict[str, float] = {}\n'
        '    for name, count in COUNTER.findall(ask("/metrics")):\n'
        '        counts[name] = counts.get(name, 0) + float(count)\n'
        '    return counts or None\n'
        '\n'
        '\n'
        'def since(before: dict[str, float], after: dict[str, float] | None) -> dict[str, float] | None:\n'
        '    """Return what the counters have counted meanwhile."""\n'
        '    return after and {name: after[name] - before.get(name, 0) for name in sorted(after)}\n'
        '\n'
        '\n'
        'def now() -> str:\n'
        '    """Return the time of day, UTC."""\n'
        '    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())\n'
        '\n'
        '\n'
        'def begun(index: int) -> dict[str, Any]:\n'
        '    """Return the metadata of a point that is not measured yet."""\n'
        '    recipe = json.loads(os.environ["METADATA"])\n'
        '    point = recipe.pop("points")[index]\n'
        '    recipe["clientArgs"] += point.pop("args")\n'
        '    return {**recipe, "job": os.environ.get("JOB_UID", ""), "index": index, "point": point}\n'
        '\n'
        '\n'
        'def verdict(result: Path, prompts: int) -> str:\n'
        '    """Return why a result does not count, nothing if it does."""\n'
        '    try:\n'
        '        completed = json.loads(result.read_text("utf-8"))["completed"]\n'
        '    except (OSError, ValueError, KeyError, TypeError):\n'
        '        return "the benchmark\'s result cannot be read"\n'
        '    return "" if completed == prompts else f"only {completed} of {prompts} requests succeeded"\n'
        '\n'
        '\n'
        'def main(action: str, *details: str) -> None:\n'
        '    """Take the metadata a step on; `judge` only prints why a result does not count."""\n'
        '    folder, index = Path(os.environ["FOLDER"]), int(os.environ["JOB_COMPLETION_INDEX"])\n'
        '    path = folder / "metadata.json"\n'
        '    data = json.loads(path.read_text("utf-8")) if path.exists() else begun(index)\n'
        '    if action == "judge":\n'
        '        print(verdict(folder / "result.json", data["point"]["prompts"]))\n'
        '        return\n'
        '    if action == "running":\n'
        '        data |= {"seed": int(details[0]), "serverVersion": version()}\n'
        '        # The Service may lead each question to another group, whose counters are its own.\n'
        '        data |= {"prefixCache": prefix_cache() if data["replicas"] == 1 else None, "started": now()}\n'
        '    else:\n'
        '        data |= {"ended": now(), "reason": details[0] if details else ""}\n'
        '        if data.get("prefixCache"):\n'
        '            data["prefixCache"] = since(data["prefixCache"], prefix_cache())\n'
        '    data["status"] = action\n'
        '    path.write_text(json.dumps(data, indent=2, sort_keys=True, ensure_ascii=False) + "\\n", "utf-8")\n'
        '\n'
        '\n'
        'main(*sys.argv[1:])\n'
    )
    return "".join(out)


def _install_plugin_sh(v: Mapping[str, Any]) -> str:
    out: list[str] = []
    out.append(
        'set -euo pipefail\n'
        'chmod 755 /scripts/container_entry.sh\n'
        '/scripts/container_entry.sh install --install-nccl'
    )
    out.append(str(((str(' --nccl-buildtype ') + str(shell(v["build_type"]))) if v["build_type"] else '')))
    out.append(
        '\n'
        'cp -r '
    )
    out.append(str(v["source"]))
    out.append('/. ')
    out.append(str(v["directory"]))
    out.append('/\n')
    return "".join(out)


def _launch_data_leader_sh(v: Mapping[str, Any]) -> str:
    out: list[str] = []
    out.append('set -euo pipefail\n')
    out.append(_launch_nccl_environment_sh(v))
    out.append(_launch_form_group_leader_sh(v))
    out.append('exec vllm serve "$@" --data-parallel-size-local=')
    out.append(str(v["local"]))
    out.append(
        ' --data-parallel-address="$LWS_LEADER_ADDRESS" \\\n'
        '  --data-parallel-rpc-port='
    )
    out.append(str(v["port"]))
    out.append('\n')
    return "".join(out)


def _launch_data_worker_sh(v: Mapping[str, Any]) -> str:
    out: list[str] = []
    out.append('set -euo pipefail\n')
    out.append(_launch_nccl_environment_sh(v))
    out.append(_launch_form_group_worker_sh(v))
    out.append('exec vllm serve "$@" --data-parallel-size-local=')
    out.append(str(v["local"]))
    out.append(
        ' --data-parallel-address="$LWS_LEADER_ADDRESS" \\\n'
        '  --data-parallel-rpc-port='
    )
    out.append(str(v["port"]))
    out.append(' --data-parallel-start-rank="$((LWS_WORKER_INDEX * ')
    out.append(str(v["local"]))
    out.append('))" --headless\n')
    return "".join(out)


def _launch_form_group_leader_py(v: Mapping[str, Any]) -> str:
    out: list[str] = []
    out.append(
        '"""Waits until the container of every worker runs, then lets all of them start vLLM at the same moment.\n'
        '\n'
        'Arguments: the port that the workers connect to, and the seconds to wait for them.\n'
        '"""\n'
        '\n'
        'import os\n'
        'import select\n'
        'import socket\n'
        'import sys\n'
        'import time\n'
        '\n'
        'PROGRESS_SECONDS = 30\n'
        '\n'
        '\n'
        'def say(text: str) -> None:\n'
        '    """Print a line of progress."""\n'
        '    print(f"form_group: {text}", flush=True)\n'
        '\n'
        '\n'
        'def admit(listener: socket.socket, workers: dict[int, socket.socket], size: int) -> None:\n'
        '    """Take a worker in by the index that it sends; one that connects again replaces its old connection."""\n'
        '    connection, _ = listener.accept()\n'
        '    connection.settimeout(2)\n'
        '    try:\n'
        '        index = int(connection.makefile("rb").readline(16))\n'
        '    except (OSError, ValueError):\n'
        '        index = 0\n'
        '    if 0 < index < size:\n'
        '        workers[index] = connection\n'
        '    else:\n'
        '        connection.close()\n'
        '\n'
        '\n'
        'def tell(workers: dict[int, socket.socket], text: str) -> None:\n'
        '    """Send a line to every worker; one that has just gone is noticed by the next look at its connection."""\n'
        '    for connection in workers.values():\n'
        '        try:\n'
        '            connection.sendall(f"{text}\\n".encode())\n'
        '        except OSError:\n'
        '            continue\n'
        '\n'
        '\n'
        'def form(port: int, timeout: int) -> None:\n'
        '    """Return once all workers are here; exit with their names when the time is over."""\n'
        '    size, pod = int(os.environ["LWS_GROUP_SIZE"]), os.environ["LWS_LEADER_ADDRESS"].partition(".")[0]\n'
        '    family = socket.AF_INET6 if ":" in os.environ["VLLM_HOST_IP"] else socket.AF_INET\n'
        '    listener = socket.create_server((os.environ["VLLM_HOST_IP"], port), family=family, backlog=size)\n'
        '    workers: dict[int, socket.socket] = {}\n'
        '    deadline, printed, printed_at = time.monotonic() + timeout, "", 0.0\n'
        '    while True:\n'
        '        missing = [f"{pod}-{index}" for index in range(1, size) if index not in workers]\n'
        '        state = f"{len(workers)} of {size - 1} workers have started"\n'
        '        if missing:\n'
        '            state += f"; waiting for {\', \'.join(missing)}"\n'
        '        now = time.monotonic()\n'
        '        if state != printed or now >= printed_at + PROGRESS_SECONDS:\n'
        '            say(state)\n'
        '            tell(workers, state)\n'
        '            printed, printed_at = state, now\n'
        '        if not missing:\n'
        '            break\n'
        '        if now >= deadline:\n'
        '            say(\n'
        '                f"after {timeout} s only {len(workers)} of {size - 1} workers have started; see whether "\n'
        '                f"these pods are running, and look at their logs: {\', \'.join(missing)}"\n'
        '            )\n'
        '            sys.exit(1)\n'
        '        ready, _, _ = select.select([listener, *workers.values()], [], [], 1)\n'
        '        for index, connection in list(workers.items()):\n'
        '            if connection in ready:  # a worker sends nothing after its index: it has gone\n'
        '                workers.pop(index).close()\n'
        '        if listener in ready:\n'
        '            admit(listener, workers, size)\n'
        '    tell(workers, "start")\n'
        '\n'
        '\n'
        'form(*map(int, sys.argv[1:]))\n'
    )
    return "".join(out)


def _launch_form_group_leader_sh(v: Mapping[str, Any]) -> str:
    out: list[str] = []
    out.append(
        '# A gate: vLLM gives the other pods 5 or 10 minutes, but their nodes and images may take longer. All start together.\n'
        '# The first process of a container ignores SIGTERM unless it traps it: a pod deleted while it waits must end at once.\n'
        "trap 'exit 143' TERM\n"
        'python3 - '
    )
    out.append(str(v["gate"]))
    out.append(' ')
    out.append(str(v["timeout"]))
    out.append(" <<'END_OF_PYTHON' &\n")
    out.append(_launch_form_group_leader_py(v))
    out.append(
        'END_OF_PYTHON\n'
        'wait "$!"\n'
        'trap - TERM\n'
    )
    return "".join(out)


def _launch_form_group_worker_py(v: Mapping[str, Any]) -> str:
    out: list[str] = []
    out.append(
        '"""Joins the leader and waits until it lets all pods of the group start vLLM at the same moment.\n'
        '\n'
        "Arguments: the leader's port, and the seconds to look for the leader. Once it is found, the leader's own limit\n"
        'counts.\n'
        '"""\n'
        '\n'
        'import os\n'
        'import socket\n'
        'import sys\n'
        'import time\n'
        '\n'
        'PAUSE_SECONDS = 2\n'
        'PROGRESS_SECONDS = 30\n'
        'SILENCE_SECONDS = 120  # the leader sends a line every 30 s\n'
        '\n'
        '\n'
        'def say(text: str) -> None:\n'
        '    """Print a line of progress."""\n'
        '    print(f"form_group: {text}", flush=True)\n'
        '\n'
        '\n'
        'def join(leader: str, port: int) -> tuple[str, str] | None:\n'
        '    """Return None once the leader has said to start, else what is in the way and where to look."""\n'
        '    try:\n'
        '        address = str(socket.getaddrinfo(leader, port, type=socket.SOCK_STREAM)[0][4][0])\n'
        '    except OSError:\n'
        '        obstacle = f"the leader\'s name {leader} does not resolve"\n'
        '        return obstacle, "see whether the leader pod and the headless Service exist"\n'
        '    try:\n'
        '        with socket.create_connection((address, port), timeout=5) as connection:\n'
        '            connection.settimeout(SILENCE_SECONDS)\n'
        '            connection.sendall(f"{os.environ[\'LWS_WORKER_INDEX\']}\\n".encode())\n'
        '            with connection.makefile() as lines:\n'
        '                for line in lines:\n'
        '                    if line == "start\\n":\n'
        '                        return None\n'
        '                    say(line.strip())\n'
        '        obstacle = f"the leader {leader} ({address}) has closed the connection"\n'
        '    except OSError:\n'
        '        obstacle = f"the leader {leader} ({address}) does not answer on port {port}"\n'
        '    return obstacle, "look at the log of the leader pod"\n'
        '\n'
        '\n'
        'def follow(port: int, timeout: int) -> None:\n'
        '    """Try until the leader says to start; exit with what is in the way when the time is over."""\n'
        '    deadline, printed, printed_at = time.monotonic() + timeout, "", 0.0\n'
        '    while found := join(os.environ["LWS_LEADER_ADDRESS"], port):\n'
        '        obstacle, hint = found\n'
        '        now = time.monotonic()\n'
        '        if now >= deadline:\n'
        '            say(f"after {timeout} s {obstacle}; {hint}")\n'
        '            sys.exit(1)\n'
        '        if obstacle != printed or now >= printed_at + PROGRESS_SECONDS:\n'
        '            say(f"waiting: {obstacle}")\n'
        '            printed, printed_at = obstacle, now\n'
        '        time.sleep(PAUSE_SECONDS)\n'
        '\n'
        '\n'
        'follow(*map(int, sys.argv[1:]))\n'
    )
    return "".join(out)


def _launch_form_group_worker_sh(v: Mapping[str, Any]) -> str:
    out: list[str] = []
    out.append(
        '# A gate: vLLM gives the other pods 5 or 10 minutes, but their nodes and images may take longer. All start together.\n'
        '# The first process of a container ignores SIGTERM unless it traps it: a pod deleted while it waits must end at once.\n'
        "trap 'exit 143' TERM\n"
        'python3 - '
    )
    out.append(str(v["gate"]))
    out.append(' ')
    out.append(str(v["timeout"]))
    out.append(" <<'END_OF_PYTHON' &\n")
    out.append(_launch_form_group_worker_py(v))
    out.append(
        'END_OF_PYTHON\n'
        'wait "$!"\n'
        'trap - TERM\n'
    )
    return "".join(out)


def _launch_native_leader_sh(v: Mapping[str, Any]) -> str:
    out: list[str] = []
    out.append('set -euo pipefail\n')
    out.append(_launch_nccl_environment_sh(v))
    out.append(_launch_form_group_leader_sh(v))
    out.append('exec vllm serve "$@" --nnodes="$LWS_GROUP_SIZE" --node-rank=0 --master-addr="$LWS_LEADER_ADDRESS"\n')
    return "".join(out)


def _launch_native_worker_sh(v: Mapping[str, Any]) -> str:
    out: list[str] = []
    out.append('set -euo pipefail\n')
    out.append(_launch_nccl_environment_sh(v))
    out.append(_launch_form_group_worker_sh(v))
    out.append(
        'exec vllm serve "$@" --nnodes="$LWS_GROUP_SIZE" --node-rank="$LWS_WORKER_INDEX" \\\n'
        '  --master-addr="$LWS_LEADER_ADDRESS" --headless\n'
    )
    return "".join(out)


def _launch_nccl_environment_sh(v: Mapping[str, Any]) -> str:
    out: list[str] = []
    if v["script"]:
        out.append(
            "# The plugin's own settings for NCCL, and then what the profile sets instead. The script may read what is not set.\n"
            'set +u\n'
            '. '
        )
        out.append(str(v["script"]))
        out.append(
            '\n'
            'set -u\n'
        )
        for loop_index0, (l_name, l_value) in enumerate(get(v["overrides"], "items")()):
            out.append('export ')
            out.append(str(l_name))
            out.append('=')
            out.append(str(literal(shell(l_value))))
            out.append('\n')
    return "".join(out)


def _launch_ray_leader_sh(v: Mapping[str, Any]) -> str:
    out: list[str] = []
    out.append('set -euo pipefail\n')
    out.append(_launch_nccl_environment_sh(v))
    out.append(
        '# The first process of a container ignores SIGTERM unless it traps it: a pod deleted while it waits must end at once.\n'
        "trap 'exit 143' TERM\n"
        '# A gate: the server starts only on a Ray cluster that has every node of the group.\n'
        'bash /vllm-workspace/ray_init.sh leader --ray_cluster_size="$LWS_GROUP_SIZE" &\n'
        'wait "$!"\n'
        'trap - TERM\n'
        '# exec, so that the server itself gets SIGTERM.\n'
        'exec vllm serve "$@"\n'
    )
    return "".join(out)


def _launch_ray_worker_sh(v: Mapping[str, Any]) -> str:
    out: list[str] = []
    out.append('set -euo pipefail\n')
    out.append(_launch_nccl_environment_sh(v))
    out.append('exec bash /vllm-workspace/ray_init.sh worker --ray_address="$LWS_LEADER_ADDRESS"\n')
    return "".join(out)


def _launch_single_worker_sh(v: Mapping[str, Any]) -> str:
    out: list[str] = []
    out.append(
        'echo "a group of one node has no workers" >&2\n'
        'exit 1\n'
    )
    return "".join(out)


def _ray_init_sh(v: Mapping[str, Any]) -> str:
    out: list[str] = []
    out.append(
        '# shellcheck shell=bash\n'
        '# Forms the Ray cluster of one LeaderWorkerSet group, one node in each pod.\n'
        '#\n'
        '#   bash ray_init.sh leader --ray_cluster_size=N [--ray_port=6379] [--ray_init_timeout='
    )
    out.append(str(v["timeout"]))
    out.append(
        ']\n'
        '#       starts Ray in the background and returns 0 once all N nodes have joined: run `vllm serve` next.\n'
        '#   bash ray_init.sh worker --ray_address=NAME [--ray_port=6379] [--ray_init_timeout='
    )
    out.append(str(v["timeout"]))
    out.append(
        ']\n'
        "#       joins the leader's cluster and stays for the life of the pod: run it with `exec`, so that it gets the\n"
        '#       signal when the pod is deleted.\n'
        '#\n'
        '# VLLM_HOST_IP must hold the address of this pod (status.podIP).\n'
        '# Exit status: 2 if the command line is wrong, 143 after SIGTERM, 1 for every other failure.\n'
        'set -euo pipefail\n'
        '\n'
        'readonly pause_seconds=2\n'
        'readonly progress_seconds=30\n'
        '\n'
        'say() {\n'
        '  printf \'ray_init.sh: %s\\n\' "$1"\n'
        '}\n'
        '\n'
        'fail() { # fail STATUS MESSAGE\n'
        '  printf \'ray_init.sh: %s\\n\' "$2" >&2\n'
        '  exit "$1"\n'
        '}\n'
        '\n'
        '# Bash runs a trap only between commands, but interrupts `wait` for it: a plain `sleep` would delay SIGTERM.\n'
        'pause() {\n'
        '  sleep "$1" &\n'
        '  wait "$!"\n'
        '}\n'
        '\n'
        '# --- the command line --------------------------------------------------------------------------------------\n'
        '\n'
        'role=${1-}\n'
        'case $role in\n'
        '  leader | worker) shift ;;\n'
        "  '') fail 2 'no role given: write leader or worker as the first argument' ;;\n"
        '  *) fail 2 "unknown role \'$role\': write leader or worker" ;;\n'
        'esac\n'
        '\n'
        'ray_cluster_size=\n'
        'ray_address=\n'
        'ray_port=6379\n'
        '# Pods of one group start far apart: a node with the image in its cache is ready in seconds, while a new node\n'
        '# may need many minutes to boot and to pull an image of 10 GB or more. A shorter limit turns that into a\n'
        '# restart loop, because a restarted pod makes LeaderWorkerSet recreate the whole group.\n'
        'ray_init_timeout='
    )
    out.append(str(v["timeout"]))
    out.append(
        '\n'
        '\n'
        'while (($# > 0)); do\n'
        '  option=${1%%=*}\n'
        '  if [[ $1 == *=* ]]; then\n'
        '    value=${1#*=}\n'
        '    shift\n'
        '  else\n'
        '    value=${2-}\n'
        '    [[ $value != --* ]] || fail 2 "$option needs a value, found the option \'$value\' in its place"\n'
        '    shift "$(($# > 1 ? 2 : 1))"\n'
        '  fi\n'
        '  case $role:$option in\n'
        '    leader:--ray_cluster_size) ray_cluster_size=$value ;;\n'
        '    worker:--ray_address) ray_address=$value ;;\n'
        '    *:--ray_port) ray_port=$value ;;\n'
        '    *:--ray_init_timeout) ray_init_timeout=$value ;;\n'
        '    *) fail 2 "unknown option \'$option\' for the role $role" ;;\n'
        '  esac\n'
        'done\n'
        '\n'
        'if ! [[ $ray_port =~ ^[1-9][0-9]{0,4}$ ]] || ((ray_port > 65535)); then\n'
        '  fail 2 "--ray_port must be a whole number from 1 to 65535, found \'$ray_port\'"\n'
        'fi\n'
        '[[ $ray_init_timeout =~ ^[1-9][0-9]{0,8}$ ]] ||\n'
        '  fail 2 "--ray_init_timeout must be a whole number of seconds above 0, found \'$ray_init_timeout\'"\n'
        'if [[ $role == leader ]]; then\n'
        '  [[ $ray_cluster_size =~ ^[1-9][0-9]{0,8}$ ]] ||\n'
        '    fail 2 "--ray_cluster_size must be a number above 0, found \'$ray_cluster_size\'; is LWS_GROUP_SIZE set?"\n'
        'else\n'
        "  [[ -n $ray_address ]] || fail 2 '--ray_address is empty; is LWS_LEADER_ADDRESS set?'\n"
        'fi\n'
        '\n'
        '# A node with several network cards would otherwise choose one by itself, and not always the one vLLM chooses.\n'
        '[[ -n ${VLLM_HOST_IP-} ]] ||\n'
        "  fail 1 'VLLM_HOST_IP is not set: set it from the field status.podIP in the pod template'\n"
        'command -v ray >/dev/null ||\n'
        "  fail 1 'the image has no ray command: install the Python package ray in the image'\n"
        '\n'
        'readonly role ray_cluster_size ray_address ray_port ray_init_timeout\n'
        'readonly deadline=$((SECONDS + ray_init_timeout))\n'
        "# Ray would take worker ports from 10002 on. On the host network that range holds the ports of the node's own\n"
        "# services, such as the kubelet's 10250.\n"
        'readonly node_options=("--node-ip-address=$VLLM_HOST_IP" --min-worker-port=20000 --max-worker-port=29999)\n'
        '\n'
        "# How many seconds a worker's Ray lives on without its leader; 60 is Ray's own default. LeaderWorkerSet\n"
        '# removes the workers when the leader pod ends, so this only matters if the leader hangs or restarts in place,\n'
        '# and a shorter time would lose the loaded model to a short network fault.\n'
        'export RAY_gcs_rpc_server_reconnect_timeout_s="${RAY_gcs_rpc_server_reconnect_timeout_s:-60}"\n'
        '# Newer Ray waits up to 30 s for running work before it obeys SIGTERM, but that work is lost in any case.\n'
        'export RAY_GRACEFUL_SHUTDOWN_DRAIN_TIMEOUT_S=0\n'
        '\n'
        '# --- the leader --------------------------------------------------------------------------------------------\n'
        '\n'
        '# Attaches a driver to the new cluster, as `vllm serve` will do, and waits until the group is complete.\n'
        '# Exits 3 after a message of its own.\n'
        'wait_for_nodes() { # wait_for_nodes SECONDS_LEFT GPU_DEVICES\n'
        '  python3 - "$VLLM_HOST_IP" "$ray_port" "$ray_cluster_size" "$1" "$2" \\\n'
        '    "$ray_init_timeout" "$progress_seconds" <<\'PYTHON\'\n'
        'import sys\n'
        'import time\n'
        '\n'
        'import ray\n'
        '\n'
        'SETTLING_SECONDS = 30  # Ray needs about this long to notice that a node has died\n'
        '\n'
        'host, port = sys.argv[1:3]\n'
        'size, seconds_left, gpu_devices, timeout, progress_seconds = (int(argument) for argument in sys.argv[3:])\n'
        '\n'
        '\n'
        'def fail(message):\n'
        '    print(f"ray_init.sh: {message}", file=sys.stderr, flush=True)\n'
        '    sys.exit(3)\n'
        '\n'
        '\n'
        'def surplus(addresses):\n'
        '    if len(addresses) > size or len(set(addresses)) < len(addresses):\n'
        '        return (\n'
        '            f"{len(addresses)} nodes are in the Ray cluster, expected {size} with an address each: "\n'
        '            f"{\', \'.join(addresses)}; delete the pods that are left over from an earlier start of this group"\n'
        '        )\n'
        '    return None\n'
        '\n'
        '\n'
        'def missing_gpus(gpus):\n'
        '    most = max(gpus.values())\n'
        '    if most == 0 and gpu_devices > 0:\n'
        '        return (\n'
        '            f"GPU devices on this node: {gpu_devices}, but Ray found no GPU on any node; "\n'
        '            "LD_LIBRARY_PATH must name the folder of the NVIDIA driver\'s libraries"\n'
        '        )\n'
        '    if min(gpus.values()) < most:\n'
        '        counts = ", ".join(f"{address} has {count}" for address, count in gpus.items())\n'
        '        return (\n'
        '            f"the nodes differ in the number of GPUs that Ray found: {counts}; "\n'
        '            "look at the GPU request and the driver of the pods that have fewer"\n'
        '        )\n'
        '    return None\n'
        '\n'
        '\n'
        'ray.init(address=f"{host}:{port}", logging_level="ERROR", log_to_driver=False)\n'
        'deadline = time.monotonic() + seconds_left\n'
        'wrong_since = None\n'
        'printed, printed_at = None, 0.0\n'
        'while True:\n'
        '    alive = sorted(\n'
        '        (node["NodeManagerAddress"], int(node["Resources"].get("GPU", 0)))\n'
        '        for node in ray.nodes()\n'
        '        if node["Alive"]\n'
        '    )\n'
        '    addresses = [address for address, _ in alive]\n'
        '    joined = f"{len(alive)} of {size} nodes have joined: {\', \'.join(addresses)}"\n'
        '    now = time.monotonic()\n'
        '\n'
        '    if joined != printed or now >= printed_at + progress_seconds:\n'
        '        print(f"ray_init.sh: {joined}", flush=True)\n'
        '        printed, printed_at = joined, now\n'
        '\n'
        '    # More time brings missing nodes, but neither removes a surplus node nor adds GPUs to one that has joined.\n'
        '    wrong = surplus(addresses)\n'
        '    if wrong is None and len(alive) == size:\n'
        '        wrong = missing_gpus(dict(alive))\n'
        '        if wrong is None:\n'
        '            break\n'
        '    wrong_since = None if wrong is None else wrong_since or now\n'
        '    if wrong is not None and (now >= deadline or now >= wrong_since + SETTLING_SECONDS):\n'
        '        fail(wrong)\n'
        '    if now >= deadline:\n'
        '        fail(\n'
        '            f"after {timeout} s only {joined}; find the worker pods with other addresses, "\n'
        '            "see whether they are running, and look at their logs"\n'
        '        )\n'
        '    time.sleep(1)\n'
        'PYTHON\n'
        '}\n'
        '\n'
        'lead() {\n'
        '  local status=0 gpu_devices\n'
        '  # The dashboard would be one more port on the host network, and nothing here reads it.\n'
        '  ray start --head "${node_options[@]}" "--port=$ray_port" --include-dashboard=false --disable-usage-stats ||\n'
        '    fail 1 "Ray did not start on the leader $VLLM_HOST_IP, port $ray_port; its own message is above"\n'
        "  gpu_devices=$(compgen -G '/dev/nvidia[0-9]*' | wc -l) || true\n"
        '  wait_for_nodes "$((deadline > SECONDS ? deadline - SECONDS : 0))" "$gpu_devices" || status=$?\n'
        '  case $status in\n'
        '    0) ;;\n'
        '    3) exit 1 ;;\n'
        '    *) fail 1 "the list of Ray nodes could not be read on the leader (status $status); the reason is above" ;;\n'
        '  esac\n'
        '}\n'
        '\n'
        '# --- a worker ----------------------------------------------------------------------------------------------\n'
        '\n'
        'ray_pid=\n'
        'raylet_pid=\n'
        '\n'
        'leader_answers() { # leader_answers IP\n'
        '  # shellcheck disable=SC2016 # the inner shell expands the arguments\n'
        '  timeout 3 bash -c \'exec 3<>"/dev/tcp/$0/$1"\' "$1" "$ray_port" 2>/dev/null\n'
        '}\n'
        '\n'
        "# Prints the process id of the raylet, Ray's process for this node, that `ray start` has as a child.\n"
        'find_raylet() { # find_raylet PARENT\n'
        '  local stat pid name parent\n'
        '  for stat in /proc/[0-9]*/stat; do\n'
        '    { read -r pid name _ parent _ <"$stat"; } 2>/dev/null || continue # the process has just ended\n'
        '    if [[ $name == \'(raylet)\' && $parent == "$1" ]]; then\n'
        '      printf \'%s\\n\' "$pid"\n'
        '      return 0\n'
        '    fi\n'
        '  done\n'
        '  return 1\n'
        '}\n'
        '\n'
        '# Ray starts the raylet only after the leader has answered; a start that ends before may be tried again.\n'
        'start_raylet() { # start_raylet LEADER_IP\n'
        '  ray start "--address=$1:$ray_port" "${node_options[@]}" --block &\n'
        '  ray_pid=$!\n'
        '  until raylet_pid=$(find_raylet "$ray_pid"); do\n'
        '    kill -0 "$ray_pid" 2>/dev/null || return 1\n'
        '    pause 1\n'
        '  done\n'
        '}\n'
        '\n'
        'end_ray() {\n'
        '  [[ -n $ray_pid ]] || return 0\n'
        '  kill -TERM "$ray_pid" 2>/dev/null || return 0\n'
        '  for _ in {1..20}; do\n'
        '    sleep 0.25\n'
        '    kill -0 "$ray_pid" 2>/dev/null || return 0\n'
        '  done\n'
        "  say 'Ray did not end within 5 s of SIGTERM; it is killed'\n"
        '  kill -KILL "$ray_pid" 2>/dev/null || true # the raylet ends with its parent\n'
        '}\n'
        '\n'
        'stop() {\n'
        "  trap '' TERM\n"
        "  say 'SIGTERM received; Ray ends on this node'\n"
        '  end_ray\n'
        '  exit 143\n'
        '}\n'
        '\n'
        'follow() {\n'
        "  local leader_ip obstacle hint printed='' printed_at=0\n"
        '  trap stop TERM\n'
        '  while true; do\n'
        '    # One look-up for each attempt: the address that is tested is the one that is used, and a leader that was\n'
        '    # recreated with another address is found.\n'
        '    read -r leader_ip _ <<<"$(timeout 5 getent ahostsv4 "$ray_address" || true)"\n'
        '    if [[ -z $leader_ip ]]; then\n'
        '      obstacle="the leader\'s name $ray_address does not resolve"\n'
        "      hint='see whether the leader pod and the headless Service exist'\n"
        '    elif ! leader_answers "$leader_ip"; then\n'
        '      obstacle="the leader $ray_address ($leader_ip) does not answer on port $ray_port"\n'
        "      hint='look at the log of the leader pod'\n"
        '    elif start_raylet "$leader_ip"; then\n'
        '      break\n'
        '    else\n'
        '      obstacle="Ray did not start on this node, though the leader $ray_address ($leader_ip) answers"\n'
        '      hint="Ray\'s own message is above"\n'
        '    fi\n'
        '    ((SECONDS < deadline)) || fail 1 "after $ray_init_timeout s $obstacle; $hint"\n'
        '    if [[ $obstacle != "$printed" ]] || ((SECONDS >= printed_at + progress_seconds)); then\n'
        '      say "waiting: $obstacle"\n'
        '      printed=$obstacle\n'
        '      printed_at=$SECONDS\n'
        '    fi\n'
        '    pause "$pause_seconds"\n'
        '  done\n'
        '\n'
        '  # `ray start --block` ends when the raylet fails, but not when the raylet ends by SIGTERM or with status 0.\n'
        '  while kill -0 "$ray_pid" 2>/dev/null && kill -0 "$raylet_pid" 2>/dev/null; do\n'
        '    pause "$pause_seconds"\n'
        '  done\n'
        '  pause "$pause_seconds" # for Ray\'s own report\n'
        '  end_ray\n'
        '  if leader_answers "$leader_ip"; then\n'
        '    fail 1 "Ray ended here, though the leader $ray_address ($leader_ip) answers; look at the lines above"\n'
        '  fi\n'
        '  fail 1 "the leader $ray_address ($leader_ip) no longer answers on port $ray_port; Ray ended here too"\n'
        '}\n'
        '\n'
        'case $role in\n'
        '  leader) lead ;;\n'
        '  worker) follow ;;\n'
        'esac\n'
    )
    return "".join(out)


def _receive_daemon_sh(v: Mapping[str, Any]) -> str:
    out: list[str] = []
    out.append(
        'set -euo pipefail\n'
        '# The first process of a container ignores SIGTERM unless it traps it; the daemon must end with the pod.\n'
        'trap \'kill -TERM "$daemon"; wait "$daemon" || true; exit 0\' TERM\n'
        'chmod 755 /fts/entrypoint_rxdm_container.sh\n'
        '/fts/entrypoint_rxdm_container.sh'
    )
    for loop_index0, l_flag in enumerate(v["flags"]):
        out.append(' ')
        out.append(str(l_flag))
    out.append(
        ' &\n'
        'daemon=$!\n'
        'wait "$daemon"\n'
    )
    return "".join(out)


def _runbook_benchmark_md(v: Mapping[str, Any]) -> str:
    out: list[str] = []
    out.append(
        '## 12. Benchmark\n'
        '\n'
    )
    for loop_index0, l_point in enumerate(get(get(v["plan"], "benchmark"), "points")):
        out.append(str(('- ' if (len(get(get(v["plan"], "benchmark"), "points")) > 1) else '')))
        out.append(str(get(l_point, "prompts")))
        out.append(' prompts ')
        out.append(str(((str('of the file ') + str(prose(get(l_point, "dataset_path")))) if (get(l_point, "dataset") == 'sharegpt') else (str('of ') + str(get(l_point, "input_len")) + str(' tokens in and ') + str(get(l_point, "output_len")) + str(' out')))))
        out.append(str(((str(', ') + str(get(l_point, "concurrency")) + str(' at once')) if get(l_point, "concurrency") else '')))
        out.append(str(((', %g a second' % get(l_point, "request_rate")) if get(l_point, "request_rate") else '')))
        out.append('.\n')
    out.append(
        '\n'
        'A Job cannot be changed, so an earlier one is deleted first.\n'
        '\n'
        '```bash\n'
        'kubectl delete job '
    )
    out.append(str(shell(v["job"])))
    out.append(' -n ')
    out.append(str(shell(get(v["plan"], "namespace"))))
    out.append(
        ' --ignore-not-found\n'
        'kubectl apply -k benchmark\n'
        'until kubectl logs '
    )
    out.append(str(shell((str('job/') + str(v["job"])))))
    out.append(' -c benchmark -n ')
    out.append(str(shell(get(v["plan"], "namespace"))))
    out.append(
        ' --tail=1 --pod-running-timeout=5m; do sleep 15; done\n'
        'kubectl logs -f '
    )
    out.append(str(shell((str('job/') + str(v["job"])))))
    out.append(' -c benchmark -n ')
    out.append(str(shell(get(v["plan"], "namespace"))))
    out.append(
        '\n'
        '```\n'
        '\n'
    )
    if (len(get(get(v["plan"], "benchmark"), "points")) > 1):
        out.append(
            'The points run one after another, each in a pod of its own, and this is the log of the first one; the last command, given again, shows\n'
            'the next one. Wait for the Job to end, and list the results:\n'
        )
    else:
        out.append('The log ends with the run. Wait for the Job to end, and list the results:\n')
    out.append(
        '\n'
        '```bash\n'
        'until kubectl get job '
    )
    out.append(str(shell(v["job"])))
    out.append(' -n ')
    out.append(str(shell(get(v["plan"], "namespace"))))
    out.append(
        " -o jsonpath='{.status.conditions[*].type}' | grep -Eq 'Complete|Failed'; do sleep 15; done\n"
        'kubectl get pod -l '
    )
    out.append(str(shell((str('batch.kubernetes.io/job-name=') + str(v["job"])))))
    out.append(' -n ')
    out.append(str(shell(get(v["plan"], "namespace"))))
    out.append(
        '\n'
        'gcloud storage ls --recursive '
    )
    out.append(str(shell((str('gs://') + str(get(get(v["plan"], "storage"), "bucket")) + str(v["results"])))))
    out.append(
        '\n'
        'kubectl get job '
    )
    out.append(str(shell(v["job"])))
    out.append(' -n ')
    out.append(str(shell(get(v["plan"], "namespace"))))
    out.append(
        " -o jsonpath='{.status.conditions[*].type}' | grep -w Complete\n"
        '```\n'
        '\n'
        'The last command prints `Complete`, with exit status 0, only if every point succeeded. `kubectl describe job '
    )
    out.append(str(v["job"]))
    out.append(' -n ')
    out.append(str(get(v["plan"], "namespace")))
    out.append(
        '` says what failed.\n'
        '`r1c bench parse` reads the results as a table once `gcloud storage cp --recursive` has copied them.\n'
        '\n'
    )
    return "".join(out)


def _runbook_cleanup_md(v: Mapping[str, Any]) -> str:
    out: list[str] = []
    out.append(
        '## 13. Clean up\n'
        '\n'
        '```bash\n'
        'kubectl delete -k benchmark --ignore-not-found\n'
        'kubectl delete'
    )
    for loop_index0, l_item in enumerate(v["own"]):
        out.append(' ')
        out.append(str(shell(l_item)))
    out.append(' -n ')
    out.append(str(shell(get(v["plan"], "namespace"))))
    out.append(
        ' --ignore-not-found\n'
        'kubectl get pod -l '
    )
    out.append(str(shell((str('leaderworkerset.sigs.k8s.io/name=') + str(get(v["plan"], "name"))))))
    out.append(' -n ')
    out.append(str(shell(get(v["plan"], "namespace"))))
    out.append(
        '\n'
        '```\n'
        '\n'
        'The nodes are free when the last command finds no pods. What follows stays, because other recipes may use it: remove what is not needed any more.\n'
        '\n'
        '### The token\n'
        '\n'
        'All recipes of the namespace may read the Secret '
    )
    out.append(str(get(get(v["plan"], "token"), "secret")))
    out.append(
        '. This prints each LeaderWorkerSet and Job of the\n'
        'namespace with the Secrets that it reads:\n'
        '\n'
        '```bash\n'
        'kubectl get leaderworkerset,job -n '
    )
    out.append(str(shell(get(v["plan"], "namespace"))))
    out.append(
        ' -o jsonpath=\'{range .items[*]}{.kind}/{.metadata.name}: {..secretKeyRef.name}{"\\n"}{end}\'\n'
        '```\n'
        '\n'
        'If no line names '
    )
    out.append(str(get(get(v["plan"], "token"), "secret")))
    out.append(str((' (the Secret goes with its ExternalSecret)' if (get(get(v["plan"], "token"), "source") == 'externalSecret') else '')))
    out.append(
        ':\n'
        '\n'
        '```bash\n'
        'kubectl delete '
    )
    out.append(str(shell((str(('externalsecret/' if (get(get(v["plan"], "token"), "source") == 'externalSecret') else 'secret/')) + str(get(get(v["plan"], "token"), "secret"))))))
    out.append(' -n ')
    out.append(str(shell(get(v["plan"], "namespace"))))
    out.append(' --ignore-not-found\n')
    if (get(get(v["plan"], "token"), "source") == 'envFile'):
        out.append('rm -f ')
        out.append(str(shell(get(get(v["plan"], "token"), "env_file"))))
        out.append('\n')
    out.append(
        '```\n'
        '\n'
        '### The results\n'
        '\n'
        '```bash\n'
        'gcloud storage rm --recursive '
    )
    out.append(str(shell((str('gs://') + str(get(get(v["plan"], "storage"), "bucket")) + str(v["results"])))))
    out.append(
        '\n'
        '```\n'
        '\n'
        '### The access to the bucket\n'
        '\n'
    )
    if (get(v["plan"], "service_account") != get(v["plan"], "name")):
        out.append('The profile names the service account ')
        out.append(str(get(v["plan"], "service_account")))
        out.append(
            ', which other recipes may name too. If none does:\n'
            '\n'
        )
    out.append(
        '```bash\n'
        'PROJECT_NUMBER=$(gcloud projects describe '
    )
    out.append(str(shell(get(get(v["plan"], "cluster"), "project"))))
    out.append(
        " --format 'value(projectNumber)')\n"
        'PRINCIPAL='
    )
    out.append(str(v["principal"]))
    out.append(
        '\n'
        'gcloud storage buckets remove-iam-policy-binding '
    )
    out.append(str(shell((str('gs://') + str(get(get(v["plan"], "storage"), "bucket"))))))
    out.append(' --member="$PRINCIPAL" --role=roles/storage.objectUser\n')
    if (get(v["plan"], "service_account") != get(v["plan"], "name")):
        out.append('kubectl delete ')
        out.append(str(shell((str('serviceaccount/') + str(get(v["plan"], "service_account"))))))
        out.append(' -n ')
        out.append(str(shell(get(v["plan"], "namespace"))))
        out.append(' --ignore-not-found\n')
    out.append(
        '```\n'
        '\n'
    )
    if v["kept"]:
        out.append(
            '### The checkpoint and compiled code on the nodes\n'
            '\n'
            'Both stay on the local SSD of every node that ran the server, until the node is deleted, and recipes on these nodes share them. This removes\n'
            'them from all of the nodes:\n'
            '\n'
            '```bash\n'
            'for NODE in $(kubectl get node '
        )
        out.append(str(v["nodes"]))
        out.append(
            ' -o name); do\n'
            '  kubectl debug "$NODE" -n '
        )
        out.append(str(shell(get(v["plan"], "namespace"))))
        out.append(' --image=')
        out.append(str(shell(get(get(v["plan"], "image"), "reference"))))
        out.append(' -- rm -rf ')
        out.append(str(v["kept"]))
        out.append(
            '\n'
            'done\n'
            'kubectl get pod -n '
        )
        out.append(str(shell(get(v["plan"], "namespace"))))
        out.append(
            '\n'
            '```\n'
            '\n'
            'When the pods node-debugger-... are Completed:\n'
            '\n'
            '```bash\n'
            'kubectl get pod -n '
        )
        out.append(str(shell(get(v["plan"], "namespace"))))
        out.append(' -o name | grep pod/node-debugger- | xargs kubectl delete -n ')
        out.append(str(shell(get(v["plan"], "namespace"))))
        out.append(
            '\n'
            '```\n'
            '\n'
        )
    out.append(
        '### The image\n'
        '\n'
        'Every recipe with this image name and tag runs it.\n'
        '\n'
        '```bash\n'
        'gcloud artifacts docker images delete '
    )
    out.append(str(shell(get(get(v["plan"], "image"), "tagged"))))
    out.append(
        ' --delete-tags --quiet\n'
        '```\n'
        '\n'
        "### The cluster's software\n"
        '\n'
        'The DaemonSets and roles of steps 2 and 3 stay, and so does LeaderWorkerSet: deleting it deletes every LeaderWorkerSet of the cluster. If\n'
        '`kubectl get leaderworkerset -A` finds none:\n'
        '\n'
        '```bash\n'
        'kubectl delete -f https://github.com/kubernetes-sigs/lws/releases/download/'
    )
    out.append(str(v["lws"]))
    out.append(
        '/manifests.yaml\n'
        '```\n'
    )
    return "".join(out)


def _runbook_cluster_md(v: Mapping[str, Any]) -> str:
    out: list[str] = []
    out.append(
        '## 3. Prepare the cluster\n'
        '\n'
    )
    if (get(v["plan"], "namespace") != 'default'):
        out.append(
            'The namespace, if it is not there yet:\n'
            '\n'
            '```bash\n'
            'kubectl create namespace '
        )
        out.append(str(shell(get(v["plan"], "namespace"))))
        out.append(
            ' --dry-run=client -o yaml | kubectl apply -f -\n'
            '```\n'
            '\n'
        )
    out.append(
        '### Nodes\n'
        '\n'
        '```bash\n'
        'kubectl get node '
    )
    out.append(str(v["nodes"]))
    out.append(
        ' -L cloud.google.com/gke-nodepool,cloud.google.com/gke-ephemeral-storage-local-ssd,iam.gke.io/gke-metadata-server-enabled\n'
        'kubectl describe node '
    )
    out.append(str(v["nodes"]))
    out.append(
        " | grep -E '^Name:|^ +nvidia.com/gpu +[0-9]'\n"
        '```\n'
        '\n'
    )
    out.append(str(v["count"](get(v["plan"], "least_nodes"), 'node')))
    out.append(' must be Ready, with `true` for the local SSD, and with ')
    out.append(str(v["count"](get(v["group"], "gpus_per_pod"), 'free GPU')))
    out.append(': the second command prints how many of the\n')
    out.append(str(get(v["group"], "gpus_per_node")))
    out.append(' GPUs the pods of a node ask for. Otherwise add nodes as [this page](')
    out.append(str(get(get(v["plan"], "platform"), "guide")))
    out.append(
        ') says.\n'
        '\n'
    )
    if v["networks"]:
        out.append(
            '### Networks\n'
            '\n'
            '```bash\n'
            'kubectl get networks.networking.gke.io'
        )
        for loop_index0, l_name in enumerate(v["networks"]):
            out.append(' ')
            out.append(str(shell(l_name)))
        out.append(
            '\n'
            '```\n'
            '\n'
            'If one is NotFound, `kubectl get networks.networking.gke.io` prints the names that the cluster has: write them under `network.subnetworks` in\n'
            'the profile, and compile again. If the cluster has none, it was created without the networks of the GPUs: create it, and its node pool, as\n'
            '[this page]('
        )
        out.append(str(get(get(v["plan"], "platform"), "guide")))
        out.append(
            ') says.\n'
            '\n'
        )
    if v["installer"]:
        out.append(
            '### NCCL plugin\n'
            '\n'
            '```bash\n'
            'kubectl rollout status '
        )
        out.append(str(shell((str('daemonset/') + str(get(v["installer"], "name"))))))
        out.append(
            ' -n kube-system --timeout=5m\n'
            'kubectl get daemonset '
        )
        out.append(str(shell(get(v["installer"], "name"))))
        out.append(
            ' -n kube-system -o jsonpath=\'{..initContainers[*].image}{"\\n"}\'\n'
            '```\n'
            '\n'
            'If the DaemonSet is NotFound:\n'
            '\n'
            '```bash\n'
            'kubectl apply -f '
        )
        out.append(str(shell(get(v["installer"], "manifest"))))
        out.append(
            '\n'
            'kubectl rollout status '
        )
        out.append(str(shell((str('daemonset/') + str(get(v["installer"], "name"))))))
        out.append(
            ' -n kube-system --timeout=10m\n'
            '```\n'
            '\n'
        )
        if get(get(v["plan"], "gpudirect"), "use_host_plugin"):
            out.append('The pods use this plugin of the node. The tag of the image must be ')
            out.append(str(get(get(v["plan"], "gpudirect"), "release")))
            out.append(
                ", for which this recipe sets NCCL's environment. If it is another\n"
                'one, write that tag as `gpudirect.release` in the profile and compile again: other pods of the cluster use the same plugin.\n'
            )
        else:
            out.append("It prepares the nodes' devices. The tag of its image may differ: the pods install release ")
            out.append(str(get(get(v["plan"], "gpudirect"), "release")))
            out.append(' of the plugin for themselves.\n')
        out.append('\n')
    if v["injector"]:
        out.append(
            '### Device injector\n'
            '\n'
            'It gives the receive daemon the GPUs, by the annotation of the pods.\n'
            '\n'
            '```bash\n'
            'kubectl rollout status '
        )
        out.append(str(shell((str('daemonset/') + str(get(v["injector"], "name"))))))
        out.append(
            ' -n kube-system --timeout=5m\n'
            '```\n'
            '\n'
            'If the DaemonSet is NotFound:\n'
            '\n'
            '```bash\n'
            'kubectl apply -f '
        )
        out.append(str(shell(get(v["injector"], "manifest"))))
        out.append(
            '\n'
            'kubectl rollout status '
        )
        out.append(str(shell((str('daemonset/') + str(get(v["injector"], "name"))))))
        out.append(
            ' -n kube-system --timeout=10m\n'
            '```\n'
            '\n'
        )
    out.append(
        '### Cloud Storage FUSE and Workload Identity\n'
        '\n'
        '```bash\n'
        'kubectl get csidriver gcsfuse.csi.storage.gke.io\n'
        'gcloud container clusters describe '
    )
    out.append(str(shell(get(get(v["plan"], "cluster"), "name"))))
    out.append(' --location ')
    out.append(str(shell(get(get(v["plan"], "cluster"), "found_at"))))
    out.append(' --project ')
    out.append(str(shell(get(get(v["plan"], "cluster"), "project"))))
    out.append(
        " --format 'value(workloadIdentityConfig.workloadPool)'\n"
        'kubectl get node -L cloud.google.com/gke-nodepool,iam.gke.io/gke-metadata-server-enabled\n'
        '```\n'
        '\n'
        'If the driver is NotFound:\n'
        '\n'
        '```bash\n'
        'gcloud container clusters update '
    )
    out.append(str(shell(get(get(v["plan"], "cluster"), "name"))))
    out.append(' --update-addons GcsFuseCsiDriver=ENABLED --location ')
    out.append(str(shell(get(get(v["plan"], "cluster"), "found_at"))))
    out.append(' --project ')
    out.append(str(shell(get(get(v["plan"], "cluster"), "project"))))
    out.append(
        '\n'
        '```\n'
        '\n'
        'If the second command does not print `'
    )
    out.append(str(prose(get(get(v["plan"], "cluster"), "project"))))
    out.append(
        '.svc.id.goog`:\n'
        '\n'
        '```bash\n'
        'gcloud container clusters update '
    )
    out.append(str(shell(get(get(v["plan"], "cluster"), "name"))))
    out.append(' --workload-pool ')
    out.append(str(shell((str(get(get(v["plan"], "cluster"), "project")) + str('.svc.id.goog')))))
    out.append(' --location ')
    out.append(str(shell(get(get(v["plan"], "cluster"), "found_at"))))
    out.append(' --project ')
    out.append(str(shell(get(get(v["plan"], "cluster"), "project"))))
    out.append(
        '\n'
        '```\n'
        '\n'
        'If a node that is to run the server or the benchmark has no `true` in the last column, update its node pool, which recreates its nodes:\n'
        '\n'
        '```bash\n'
        "NODE_POOL='replace with the name of the node pool'\n"
        'gcloud container node-pools update "$NODE_POOL" --workload-metadata GKE_METADATA --cluster '
    )
    out.append(str(shell(get(get(v["plan"], "cluster"), "name"))))
    out.append(' --location ')
    out.append(str(shell(get(get(v["plan"], "cluster"), "found_at"))))
    out.append(' --project ')
    out.append(str(shell(get(get(v["plan"], "cluster"), "project"))))
    out.append(
        '\n'
        '```\n'
        '\n'
        '### LeaderWorkerSet\n'
        '\n'
        '```bash\n'
        'kubectl get deployment lws-controller-manager -n lws-system -o jsonpath=\'{..containers[*].image}{"\\n"}\'\n'
        '```\n'
        '\n'
    )
    out.append(str(v["oldest_lws"]))
    out.append(' or later may stay as it is. If the Deployment is NotFound or older, install ')
    out.append(str(v["lws"]))
    out.append(
        ':\n'
        '\n'
        '```bash\n'
        'kubectl apply --server-side -f https://github.com/kubernetes-sigs/lws/releases/download/'
    )
    out.append(str(v["lws"]))
    out.append(
        '/manifests.yaml\n'
        '```\n'
        '\n'
        'Then:\n'
        '\n'
        '```bash\n'
        'kubectl wait deploy/lws-controller-manager -n lws-system --for=condition=available --timeout=5m\n'
        'kubectl get pod -n lws-system\n'
        '```\n'
        '\n'
    )
    if get(get(v["plan"], "scheduling"), "queue"):
        out.append(
            '### Kueue\n'
            '\n'
            '```bash\n'
            'kubectl wait '
        )
        out.append(str(shell((str('localqueue/') + str(get(get(v["plan"], "scheduling"), "queue"))))))
        out.append(' -n ')
        out.append(str(shell(get(v["plan"], "namespace"))))
        out.append(
            ' --for=condition=Active --timeout=30s\n'
            '```\n'
            '\n'
            'If it is NotFound, create it for one of the ClusterQueues of `kubectl get clusterqueue`:\n'
            '\n'
            '```bash\n'
            "CLUSTER_QUEUE='replace with the name of the ClusterQueue'\n"
            'kubectl create -f - <<EOF\n'
            'apiVersion: kueue.x-k8s.io/v1beta1\n'
            'kind: LocalQueue\n'
            'metadata:\n'
            '  name: '
        )
        out.append(str(get(get(v["plan"], "scheduling"), "queue")))
        out.append(
            '\n'
            '  namespace: '
        )
        out.append(str(get(v["plan"], "namespace")))
        out.append(
            '\n'
            'spec:\n'
            '  clusterQueue: $CLUSTER_QUEUE\n'
            'EOF\n'
            '```\n'
            '\n'
        )
    return "".join(out)


def _runbook_image_md(v: Mapping[str, Any]) -> str:
    out: list[str] = []
    out.append(
        '## 2. Build and push the image\n'
        '\n'
    )
    if v["repository"]:
        out.append(
            "Once for each project: the repository, Cloud Build's account, which builds and pushes, and the nodes' accounts, which pull.\n"
            '\n'
            '```bash\n'
            'gcloud artifacts repositories describe '
        )
        out.append(str(shell(get(v["repository"], "name"))))
        out.append(' --location ')
        out.append(str(shell(get(v["repository"], "location"))))
        out.append(' --project ')
        out.append(str(shell(get(v["repository"], "project"))))
        out.append(
            " --format 'value(name)'\n"
            '```\n'
            '\n'
            'If it does not exist:\n'
            '\n'
            '```bash\n'
            'gcloud artifacts repositories create '
        )
        out.append(str(shell(get(v["repository"], "name"))))
        out.append(' --repository-format docker --location ')
        out.append(str(shell(get(v["repository"], "location"))))
        out.append(' --project ')
        out.append(str(shell(get(v["repository"], "project"))))
        out.append(
            '\n'
            '```\n'
            '\n'
            'The roles:\n'
            '\n'
        )
    else:
        out.append("Once for each project: Cloud Build's account builds and pushes. The nodes' accounts need the right to pull from ")
        out.append(str(prose(get(get(v["plan"], "image"), "registry"))))
        out.append(
            '.\n'
            '\n'
        )
    out.append(
        '```bash\n'
        'PROJECT_NUMBER=$(gcloud projects describe '
    )
    out.append(str(shell(get(get(v["plan"], "cluster"), "project"))))
    out.append(
        " --format 'value(projectNumber)')\n"
        'BUILD_ACCOUNT=$(gcloud builds get-default-service-account --region '
    )
    out.append(str(shell(get(get(v["plan"], "build"), "region"))))
    out.append(' --project ')
    out.append(str(shell(get(get(v["plan"], "cluster"), "project"))))
    out.append(
        " --format 'value(serviceAccountEmail)')\n"
        'BUILD_ACCOUNT=${BUILD_ACCOUNT##*/}\n'
        'BUILD_ACCOUNT=${BUILD_ACCOUNT:-$PROJECT_NUMBER-compute@developer.gserviceaccount.com}\n'
        'gcloud projects add-iam-policy-binding '
    )
    out.append(str(shell(get(get(v["plan"], "cluster"), "project"))))
    out.append(' --member="serviceAccount:$BUILD_ACCOUNT" --role=roles/cloudbuild.builds.builder --condition=None\n')
    if (v["repository"] and (get(v["repository"], "project") != get(get(v["plan"], "cluster"), "project"))):
        out.append('gcloud artifacts repositories add-iam-policy-binding ')
        out.append(str(shell(get(v["repository"], "name"))))
        out.append(' --location ')
        out.append(str(shell(get(v["repository"], "location"))))
        out.append(' --project ')
        out.append(str(shell(get(v["repository"], "project"))))
        out.append(' --member="serviceAccount:$BUILD_ACCOUNT" --role=roles/artifactregistry.writer\n')
    if v["repository"]:
        out.append('for ACCOUNT in $(gcloud container node-pools list --cluster ')
        out.append(str(shell(get(get(v["plan"], "cluster"), "name"))))
        out.append(' --location ')
        out.append(str(shell(get(get(v["plan"], "cluster"), "found_at"))))
        out.append(' --project ')
        out.append(str(shell(get(get(v["plan"], "cluster"), "project"))))
        out.append(
            " --format 'value(config.serviceAccount)' | sort -u); do\n"
            '  [ "$ACCOUNT" != default ] || ACCOUNT="$PROJECT_NUMBER-compute@developer.gserviceaccount.com"\n'
            '  gcloud artifacts repositories add-iam-policy-binding '
        )
        out.append(str(shell(get(v["repository"], "name"))))
        out.append(' --location ')
        out.append(str(shell(get(v["repository"], "location"))))
        out.append(' --project ')
        out.append(str(shell(get(v["repository"], "project"))))
        out.append(
            ' --member="serviceAccount:$ACCOUNT" --role=roles/artifactregistry.reader\n'
            'done\n'
        )
    out.append(
        '```\n'
        '\n'
        'Start the build, and follow it:\n'
        '\n'
        '```bash\n'
        'BUILD_ID=$(gcloud builds submit image --config image/cloudbuild.yaml --project '
    )
    out.append(str(shell(get(get(v["plan"], "cluster"), "project"))))
    out.append(' --region ')
    out.append(str(shell(get(get(v["plan"], "build"), "region"))))
    out.append(
        " --async --quiet --format 'value(id)')\n"
        'gcloud builds log "$BUILD_ID" --stream --project '
    )
    out.append(str(shell(get(get(v["plan"], "cluster"), "project"))))
    out.append(' --region ')
    out.append(str(shell(get(get(v["plan"], "build"), "region"))))
    out.append(
        '\n'
        '```\n'
        '\n'
        "It has succeeded when the first command prints `SUCCESS`. The second prints the image's digest; `image.digest` in the profile pins it.\n"
        '\n'
        '```bash\n'
        'gcloud builds describe "$BUILD_ID" --project '
    )
    out.append(str(shell(get(get(v["plan"], "cluster"), "project"))))
    out.append(' --region ')
    out.append(str(shell(get(get(v["plan"], "build"), "region"))))
    out.append(
        " --format 'value(status)'\n"
        'gcloud artifacts docker images describe '
    )
    out.append(str(shell(get(get(v["plan"], "image"), "tagged"))))
    out.append(
        " --format 'value(image_summary.digest)'\n"
        '```\n'
        '\n'
    )
    return "".join(out)


def _runbook_token_md(v: Mapping[str, Any]) -> str:
    out: list[str] = []
    out.append(
        '## 4. Hugging Face token\n'
        '\n'
    )
    if v["gated"]:
        out.append(str(prose(get(get(v["plan"], "model"), "id"))))
        out.append(
            ' is gated: sign in to Hugging Face with the account of the token, and accept the licence on\n'
            'https://huggingface.co/'
        )
        out.append(str(prose(get(get(v["plan"], "model"), "id"))))
        out.append(
            ' first. Without it the server\n'
            'cannot download the model.'
        )
        out.append(str((' The curl command below fails with 403 until the licence is accepted, and with 401 if the token is wrong.' if v["check"] else '')))
        out.append(
            '\n'
            '\n'
        )
    if (get(get(v["plan"], "token"), "source") == 'envFile'):
        out.append('`kubectl apply -k .` creates the Secret ')
        out.append(str(get(get(v["plan"], "token"), "secret")))
        out.append(' from `')
        out.append(str(get(get(v["plan"], "token"), "env_file")))
        out.append(
            '`, a file that stays on this machine (`.gitignore` names it).\n'
            '\n'
            '```bash\n'
            "read -rsp 'Hugging Face token: ' HF_TOKEN\n"
            '```\n'
            '\n'
            '```bash\n'
        )
        out.append(str(v["check"]))
        out.append("(umask 077 && printf '%s=%s\\n' ")
        out.append(str(shell(get(get(v["plan"], "token"), "key"))))
        out.append(' "$HF_TOKEN" >')
        out.append(str(shell(get(get(v["plan"], "token"), "env_file"))))
        out.append(
            ')\n'
            'unset HF_TOKEN\n'
            '```\n'
            '\n'
        )
    elif (get(get(v["plan"], "token"), "source") == 'manifest'):
        out.append(
            '`secret.yaml` has a placeholder and is not listed in `kustomization.yaml`. Encrypt a copy that has the token (SOPS, Sealed Secrets) and\n'
            'list the result in an overlay, or create the Secret by hand:\n'
            '\n'
            '```bash\n'
            "read -rsp 'Hugging Face token: ' HF_TOKEN\n"
            '```\n'
            '\n'
            '```bash\n'
        )
        out.append(str(v["check"]))
        out.append('kubectl create secret generic ')
        out.append(str(shell(get(get(v["plan"], "token"), "secret"))))
        out.append(' -n ')
        out.append(str(shell(get(v["plan"], "namespace"))))
        out.append(' --from-file=')
        out.append(str(shell(get(get(v["plan"], "token"), "key"))))
        out.append(
            '=<(printf %s "$HF_TOKEN") --dry-run=client -o yaml | kubectl apply -f -\n'
            'unset HF_TOKEN\n'
            '```\n'
            '\n'
        )
    elif (get(get(v["plan"], "token"), "source") == 'externalSecret'):
        out.append('`external-secret.yaml` takes the token from `')
        out.append(str(prose(get(get(v["plan"], "token"), "store_key"))))
        out.append('` in the ')
        out.append(str(get(get(v["plan"], "token"), "store_kind")))
        out.append(' ')
        out.append(str(prose(get(get(v["plan"], "token"), "store"))))
        out.append(
            ', which must be Ready:\n'
            '\n'
            '```bash\n'
            'kubectl wait '
        )
        out.append(str(shell(v["store"])))
        out.append(' -n ')
        out.append(str(shell(get(v["plan"], "namespace"))))
        out.append(
            ' --for=condition=Ready --timeout=30s\n'
            '```\n'
            '\n'
        )
    else:
        out.append('The Secret is expected in the cluster, with the token under `')
        out.append(str(get(get(v["plan"], "token"), "key")))
        out.append(
            '`. This prints its keys without their values:\n'
            '\n'
            '```bash\n'
            'kubectl describe secret '
        )
        out.append(str(shell(get(get(v["plan"], "token"), "secret"))))
        out.append(' -n ')
        out.append(str(shell(get(v["plan"], "namespace"))))
        out.append(
            '\n'
            '```\n'
            '\n'
            'If it is NotFound, `r1c secret PROFILE | kubectl apply -f -` creates it, with PROFILE for the path of the profile.\n'
            '\n'
        )
    if v["references"]:
        out.append(
            'These variables are read from Secrets, which must be in the namespace before the pods start:\n'
            '\n'
        )
        for loop_index0, l_reference in enumerate(v["references"]):
            out.append('- `')
            out.append(str(get(l_reference, "variable")))
            out.append('`: the key `')
            out.append(str(get(l_reference, "key")))
            out.append('` of the Secret `')
            out.append(str(get(l_reference, "secret")))
            out.append('`\n')
        out.append(
            '\n'
            '```bash\n'
        )
        for loop_index0, l_secret in enumerate(v["secrets"]):
            out.append('kubectl get secret ')
            out.append(str(shell(l_secret)))
            out.append(' -n ')
            out.append(str(shell(get(v["plan"], "namespace"))))
            out.append('\n')
        out.append(
            '```\n'
            '\n'
        )
    return "".join(out)


def _termination_leader(v: Mapping[str, Any]) -> str:
    out: list[str] = []
    out.append(_termination_leader_py(v))
    return "".join(out)


def _termination_leader_py(v: Mapping[str, Any]) -> str:
    out: list[str] = []
    out.append(
        '"""Lets the server serve until it has no request left, or until the time for that is over.\n'
        '\n'
        "Arguments: the server's port, the seconds to serve at most, and of these the seconds that Services and load\n"
        'balancers take to forget the pod.\n'
        '"""\n'
        '\n'
        'import http.client\n'
        'import os\n'
        'import re\n'
        'import sys\n'
        'import time\n'
        '\n'
        'STALLED_SECONDS = 60  # without one new token, or one answer: the requests are those of a server that hangs\n'
        'REQUESTS = re.compile(r"^vllm:num_requests_(?:running|waiting|swapped)(?:\\{.*\\})? (\\S+)$", re.MULTILINE)\n'
        '\n'
        '\n'
        'def metrics(port: int) -> str:\n'
        '    """Return the lines of vLLM\'s own metrics; raises OSError or HTTPException where there is no answer."""\n'
        '    connection = http.client.HTTPConnection(os.environ["VLLM_HOST_IP"], port, timeout=5)\n'
        '    try:\n'
        '        connection.request("GET", "/metrics")\n'
        '        lines = connection.getresponse().read().decode("utf-8", "replace").splitlines()\n'
        '    finally:\n'
        '        connection.close()\n'
        '    return "\\n".join(line for line in lines if line.startswith("vllm:"))\n'
        '\n'
        '\n'
        'def drain(port: int, seconds: int, endpoints: int) -> None:\n'
        '    """Return when the server has been idle at two looks, has ended, hangs, or the time is over."""\n'
        '    began = moved = now = time.monotonic()\n'
        '    last, idle = "", 0\n'
        '    while now < began + seconds:\n'
        '        try:\n'
        '            text = metrics(port)\n'
        '        except ConnectionRefusedError:\n'
        '            return\n'
        '        except (OSError, http.client.HTTPException):\n'
        '            pass  # too busy to answer, or hanging\n'
        '        else:\n'
        '            counts = [float(count) for count in REQUESTS.findall(text)]\n'
        '            idle = idle + 1 if counts and not any(counts) else 0\n'
        '            if text != last or not counts:  # without counts (--disable-log-stats) any request may be running\n'
        '                last, moved = text, now\n'
        '        if now >= began + endpoints and (idle > 1 or now >= moved + STALLED_SECONDS):\n'
        '            return\n'
        '        time.sleep(1)\n'
        '        now = time.monotonic()\n'
        '\n'
        '\n'
        'drain(*map(int, sys.argv[1:]))\n'
    )
    return "".join(out)


def _termination_worker(v: Mapping[str, Any]) -> str:
    out: list[str] = []
    out.append(_termination_worker_py(v))
    return "".join(out)


def _termination_worker_py(v: Mapping[str, Any]) -> str:
    out: list[str] = []
    out.append(
        '"""Keeps a worker for as long as the leader serves, since both are deleted at the same moment.\n'
        '\n'
        "Arguments: the leader's port, and the seconds to stay at most.\n"
        '"""\n'
        '\n'
        'import os\n'
        'import socket\n'
        'import sys\n'
        'import time\n'
        '\n'
        '\n'
        'def stay(port: int, seconds: int) -> None:\n'
        '    """Return when the leader has not answered three times in a row, or the time is over."""\n'
        '    deadline, missed = time.monotonic() + seconds, 0\n'
        '    while missed < 3 and time.monotonic() < deadline:\n'
        '        try:\n'
        '            socket.create_connection((os.environ["LWS_LEADER_ADDRESS"], port), timeout=3).close()\n'
        '            missed = 0\n'
        '        except OSError:\n'
        '            missed += 1\n'
        '        time.sleep(1)\n'
        '\n'
        '\n'
        'stay(*map(int, sys.argv[1:]))\n'
    )
    return "".join(out)


TEMPLATES: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "Dockerfile.j2": _Dockerfile,
    "RUNBOOK.md.j2": _RUNBOOK_md,
    "benchmark.sh.j2": _benchmark_sh,
    "install_plugin.sh.j2": _install_plugin_sh,
    "launch/data_leader.sh.j2": _launch_data_leader_sh,
    "launch/data_worker.sh.j2": _launch_data_worker_sh,
    "launch/form_group_leader.sh.j2": _launch_form_group_leader_sh,
    "launch/form_group_worker.sh.j2": _launch_form_group_worker_sh,
    "launch/native_leader.sh.j2": _launch_native_leader_sh,
    "launch/native_worker.sh.j2": _launch_native_worker_sh,
    "launch/nccl_environment.sh.j2": _launch_nccl_environment_sh,
    "launch/ray_leader.sh.j2": _launch_ray_leader_sh,
    "launch/ray_worker.sh.j2": _launch_ray_worker_sh,
    "launch/single_worker.sh.j2": _launch_single_worker_sh,
    "ray_init.sh.j2": _ray_init_sh,
    "receive_daemon.sh.j2": _receive_daemon_sh,
    "runbook/benchmark.md.j2": _runbook_benchmark_md,
    "runbook/cleanup.md.j2": _runbook_cleanup_md,
    "runbook/cluster.md.j2": _runbook_cluster_md,
    "runbook/image.md.j2": _runbook_image_md,
    "runbook/token.md.j2": _runbook_token_md,
    "termination/leader.j2": _termination_leader,
    "termination/worker.j2": _termination_worker,
}
