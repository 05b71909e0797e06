"""Templates as functions: made by tools/generate.py from the *.j2 files; edit those."""

# fmt: off
# ruff: noqa
from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from r1c.lower.templates.escape import json_text, literal, prose, shell
from r1c.lower.templates.lookup import get, script

def _Dockerfile(v: Mapping[str, Any]) -> str:
    out: list[str] = []
    if v["benchmarks"]:
        out += (
            '# The image of ', str(v["version"]), ' has no benchmarks folder, so it is copied from the source of the same tag; without it the build fails.\n',
            'FROM vllm/vllm-openai:', str(v["version"]), ' AS source\n',
            'ADD https://github.com/vllm-project/vllm/archive/refs/tags/', str(v["version"]), '.tar.gz /tmp/vllm.tar.gz\n',
            'RUN mkdir /tmp/vllm && tar -xzf /tmp/vllm.tar.gz -C /tmp/vllm --strip-components=1\n',
            '\n',
        )
    out += ('FROM vllm/vllm-openai:', str(v["version"]), '\n',)
    if ((v["packages"] or v["benchmarks"]) or v["ray"]):
        out += ('WORKDIR ', str(v["workdir"]), '\n',)
    if v["packages"]:
        out += ('RUN python3 -m pip install --no-cache-dir',)
        for loop_index0, l_package in enumerate(v["packages"]):
            out += (" '", str(l_package), "'",)
        out += ('\n',)
    if v["benchmarks"]:
        out += ('COPY --from=source /tmp/vllm/benchmarks ', str(v["workdir"]), '/benchmarks\n',)
    if v["ray"]:
        out += ('COPY ray_init.sh ', str(v["workdir"]), '/ray_init.sh\n',)
    return "".join(out)


def _RUNBOOK_md(v: Mapping[str, Any]) -> str:
    out: list[str] = []
    out += (
        '# ', str(get(v["plan"], "name")), ': from an empty cluster to a benchmark result\n',
        '\n',
        str(prose(get(get(v["plan"], "model"), "id"))), ' with vLLM ', str(get(get(v["plan"], "server"), "version")), ' on ', str(get(get(v["plan"], "platform"), "id")), ': ', str(v["count"](get(v["group"], "replicas"), 'group')), ' of ', str(v["count"](get(v["group"], "nodes"), 'node')), ' with ', str(v["count"](get(v["group"], "gpus_per_pod"), 'GPU')),
    )
    if (get(v["group"], "nodes") > 1):
        out += (' each',)
    out += (
        ',\n',
        'tensor parallel ', str(get(v["group"], "tensor")), ', pipeline parallel ', str(get(v["group"], "pipeline")), '. Run the commands in bash, in the directory of this file, from top to bottom. If the sentence\n',
        'before a block begins with "If", run the block only if the condition holds.\n',
        '\n',
        'You need:\n',
        '\n',
        '- `gcloud`, `kubectl` 1.27 or later, `curl` and `python3`, and permission to change the IAM policies of the project, its Artifact Registry\n',
        '  repository and the bucket.\n',
        '- A GKE cluster of ', str(get(get(v["plan"], "platform"), "minimum_gke")), ' or later with ', str(v["count"](get(v["plan"], "least_nodes"), 'free node')), ' of the type ', str(get(get(v["plan"], "platform"), "machine_type")), ', and a node without GPUs for the\n',
        "  benchmark. [The platform's guide](", str(get(get(v["plan"], "platform"), "guide")), ')\n',
        '  explains how to create the cluster; step 3 checks it.\n',
        '\n',
        '## 1. Project and cluster credentials\n',
        '\n',
        '```bash\n',
        'gcloud config set project ', str(shell(get(get(v["plan"], "cluster"), "project"))), '\n',
        'gcloud container clusters get-credentials ', str(shell(get(get(v["plan"], "cluster"), "name"))), ' --location ', str(shell(get(get(v["plan"], "cluster"), "found_at"))), ' --project ', str(shell(get(get(v["plan"], "cluster"), "project"))), '\n',
        'kubectl version\n',
        '```\n',
        '\n',
    )
    out.append(_runbook_image_md(v))
    out.append(_runbook_cluster_md(v))
    out.append(_runbook_token_md(v))
    out += (
        '## 5. Give the pods access to the bucket\n',
        '\n',
        '```bash\n',
        'gcloud storage buckets describe ', str(shell((str('gs://') + str(get(get(v["plan"], "storage"), "bucket"))))), " --format 'value(location, uniform_bucket_level_access)'\n",
        '```\n',
        '\n',
        "The bucket must be in the cluster's region, with uniform access (`True`). If it does not exist:\n",
        '\n',
        '```bash\n',
        'gcloud storage buckets create ', str(shell((str('gs://') + str(get(get(v["plan"], "storage"), "bucket"))))), ' --location ', str(shell(get(get(v["plan"], "cluster"), "region"))), ' --uniform-bucket-level-access --project ', str(shell(get(get(v["plan"], "cluster"), "project"))), '\n',
        '```\n',
        '\n',
        'The pods use their Kubernetes service account:\n',
        '\n',
        '```bash\n',
        'PROJECT_NUMBER=$(gcloud projects describe ', str(shell(get(get(v["plan"], "cluster"), "project"))), " --format 'value(projectNumber)')\n",
        'PRINCIPAL=', str(v["principal"]), '\n',
        'gcloud storage buckets add-iam-policy-binding ', str(shell((str('gs://') + str(get(get(v["plan"], "storage"), "bucket"))))), ' --member="$PRINCIPAL" --role=roles/storage.objectUser\n',
        '```\n',
        '\n',
    )
    if (not get(get(v["plan"], "weights"), "on_hub")):
        out.append(_runbook_weights_md(v))
    out += (
        '## 6. Apply\n',
        '\n',
        '```bash\n',
        'kubectl apply -k .\n',
        '```\n',
        '\n',
    )
    if (get(v["plan"], "credential_with") != 'serving'):
        pass
    elif (get(get(v["plan"], "token"), "source") == 'envFile'):
        out += (
            "If kubectl prints `evalsymlink failure on '.../", str(get(get(v["plan"], "token"), "env_file")), "'`, the file from step 4 is missing.\n",
            '\n',
        )
    elif (get(get(v["plan"], "token"), "source") == 'externalSecret'):
        out += (
            "The External Secrets operator creates the token's Secret from the store. Until it has, the pods wait with CreateContainerConfigError.\n",
            '\n',
            '```bash\n',
            'kubectl wait ', str(shell((str('externalsecret/') + str(get(get(v["plan"], "token"), "secret"))))), ' -n ', str(shell(get(v["plan"], "namespace"))), ' --for=condition=Ready --timeout=2m\n',
            '```\n',
            '\n',
        )
    out += (
        '## 7. Logs\n',
        '\n',
        "The first command ends when the leader's container has started; until then it prints every 15 seconds what the pod is waiting for.\n",
        'Ctrl-C ends the second command; the server keeps running.\n',
        '\n',
        '```bash\n',
        'until kubectl logs ', str(shell((str('service/') + str(get(get(v["plan"], "service"), "name"))))), ' -c vllm-leader -n ', str(shell(get(v["plan"], "namespace"))), ' --tail=1 --pod-running-timeout=30m; do sleep 15; done\n',
        'kubectl logs -f ', str(shell((str('service/') + str(get(get(v["plan"], "service"), "name"))))), ' -c vllm-leader -n ', str(shell(get(v["plan"], "namespace"))), '\n',
        '```\n',
        '\n',
        'If a pod stays Pending, its events show the reason:\n',
        '\n',
        '```bash\n',
        'kubectl get events -n ', str(shell(get(v["plan"], "namespace"))), ' --field-selector type=Warning --sort-by=.lastTimestamp\n',
        '```\n',
        '\n',
        '## 8. Verify\n',
        '\n',
        'The LeaderWorkerSet is Available when ', str(('every group' if (get(v["group"], "replicas") > 1) else 'its group')), ' has loaded the model and answers requests. The startup probe allows a group ', str(v["minutes"]), ' minutes.\n',
        '\n',
        '```bash\n',
        'kubectl get service ', str(shell(get(get(v["plan"], "service"), "name"))), ' -n ', str(shell(get(v["plan"], "namespace"))), '\n',
        'kubectl get pod -l ', str(shell((str('leaderworkerset.sigs.k8s.io/name=') + str(get(v["plan"], "name"))))), ' -n ', str(shell(get(v["plan"], "namespace"))), ' -o wide\n',
        'kubectl wait ', str(shell((str('leaderworkerset/') + str(get(v["plan"], "name"))))), ' -n ', str(shell(get(v["plan"], "namespace"))), ' --for=condition=Available --timeout=', str(v["minutes"]), 'm\n',
        '```\n',
        '\n',
    )
    if get(v["plan"], "gateway"):
        if (not get(get(v["plan"], "gateway"), "existing")):
            out += (
                'The Gateway is Programmed when its load balancer and address exist. That takes a few minutes:\n',
                '\n',
                '```bash\n',
                'kubectl wait ', str(shell((str('gateway/') + str(get(v["plan"], "name"))))), ' -n ', str(shell(get(v["plan"], "namespace"))), ' --for=condition=Programmed --timeout=15m\n',
                'kubectl get gateway ', str(shell(get(v["plan"], "name"))), ' -n ', str(shell(get(v["plan"], "namespace"))), '\n',
                '```\n',
                '\n',
            )
        out += (
            'The conditions Accepted and ResolvedRefs of the route must be True:\n',
            '\n',
            '```bash\n',
            'kubectl get httproute ', str(shell(get(v["plan"], "name"))), ' -n ', str(shell(get(v["plan"], "namespace"))), ' -o jsonpath=\'{range .status.parents[*].conditions[*]}{.type}={.status}: {.message}{"\\n"}{end}\'\n',
            '```\n',
            '\n',
        )
    out += (
        '## 9. Port-forward\n',
        '\n',
        'In a second terminal:\n',
        '\n',
        '```bash\n',
        'kubectl port-forward ', str(shell((str('svc/') + str(get(get(v["plan"], "service"), "name"))))), ' ', str(get(get(v["plan"], "service"), "port")), ':', str(get(get(v["plan"], "service"), "port")), ' -n ', str(shell(get(v["plan"], "namespace"))), '\n',
        '```\n',
        '\n',
        '## 10. Send a request\n',
        '\n',
    )
    if v["api_key"]:
        out += (
            'The server requires its API key, which this command reads from the Secret:\n',
            '\n',
            '```bash\n',
            'API_KEY=$(kubectl get secret ', str(shell(get(v["api_key"], "name"))), ' -n ', str(shell(get(v["plan"], "namespace"))), ' -o go-template=', str(shell(v["api_key_template"])), ')\n',
            '```\n',
            '\n',
        )
    out += (
        '```bash\n',
        'curl http://localhost:', str(get(get(v["plan"], "service"), "port")), '/v1/chat/completions \\\n',
        "  -H 'Content-Type: application/json' \\\n",
    )
    if v["api_key"]:
        out += ('  -H "Authorization: Bearer $API_KEY" \\\n',)
    out += (
        '  -d ', str(shell(json_text(v["question"]))), '\n',
        '```\n',
        '\n',
        '## 11. Stream an answer\n',
        '\n',
        'This prints the answer as it arrives, after the reasoning if the server returns it separately. On an error it prints the error to standard\n',
        'error and exits with status 1.\n',
        '\n',
        '```bash\n',
        'curl --no-buffer --silent --show-error http://localhost:', str(get(get(v["plan"], "service"), "port")), '/v1/chat/completions \\\n',
        "  -H 'Content-Type: application/json' \\\n",
    )
    if v["api_key"]:
        out += ('  -H "Authorization: Bearer $API_KEY" \\\n',)
    out += (
        '  -d ', str(shell(json_text(v["chat"]))), ' |\n',
        '  python3 -c ', str(shell(v["stream"])), '\n',
        '```\n',
        '\n',
    )
    out.append(_runbook_benchmark_md(v))
    out.append(_runbook_cleanup_md(v))
    return "".join(out)


def _benchmark_sh(v: Mapping[str, Any]) -> str:
    out: list[str] = []
    out += (
        'set -euo pipefail\n',
        'export URL="http://$SERVICE:$PORT"\n',
        'client() {\n',
        '  ', str(literal(' '.join(map(str, map(shell, v["client"]))))), ' "$@"\n',
        '}\n',
        '\n',
        '# Each point, in the order of the profile: how it is warmed up, and how it is measured.\n',
        'case "$JOB_COMPLETION_INDEX" in\n',
    )
    for loop_index0, l_point in enumerate(v["points"]):
        out += (str(loop_index0), ')\n',)
        if get(l_point, "warmup"):
            out += (
                '  warm_up() {\n',
                '    client "$@" ', str(literal(' \\\n      '.join(map(str, map(shell, get(l_point, "warmup")))))), '\n',
                '  }\n',
            )
        out += (
            '  measure() {\n',
            '    client "$@" ', str(literal(' \\\n      '.join(map(str, map(shell, get(l_point, "measured")))))), '\n',
            '  }\n',
            '  ;;\n',
        )
    out += (
        '*)\n',
        '  echo "this Job has no point $JOB_COMPLETION_INDEX: ', str((('its points are 0 to %d' % (len(v["points"]) - 1)) if (len(v["points"]) > 1) else 'its only point is 0')), '" >&2\n',
        '  exit 64\n',
        '  ;;\n',
        'esac\n',
        '\n',
        "# Writes metadata.json into the point's folder.\n",
        'record() {\n',
        '  python3 - "$@" <<\'END_OF_PYTHON\'\n',
    )
    out.append(script("benchmark_record.py"))
    out += (
        'END_OF_PYTHON\n',
        '}\n',
        '\n',
        'end() {\n',
        '  record failed "$2" || true\n',
        '  echo "point $JOB_COMPLETION_INDEX failed: $2" >&2\n',
        '  exit "$1"\n',
        '}\n',
        '# The first process of a container ignores SIGTERM unless it traps it. Kubernetes sends it when the deadline passes, when\n',
        '# the pod is deleted and when its node drains.\n',
        'trap \'end 143 "the pod ended before the point was done: its deadline passed, it was deleted, or its node was drained"\' TERM\n',
        '\n',
        '# Each attempt has its own folder, so no run overwrites another. The folder is created first: a bucket that cannot be\n',
        '# written to fails here, before anything is measured.\n',
        'seconds=$(date +%s)\n',
        'FOLDER="$RESULTS/$(date -u -d "@$seconds" +%Y%m%dT%H%M%SZ)-$JOB_COMPLETION_INDEX"\n',
        'export FOLDER\n',
        'if ! mkdir -p "$RESULTS" || ! mkdir "$FOLDER"; then\n',
        '  echo "cannot create the folder $FOLDER: this pod\'s service account must be able to write to the bucket" >&2\n',
        '  exit 73\n',
        'fi\n',
        'echo "point $JOB_COMPLETION_INDEX: results go to $FOLDER"\n',
        '\n',
        'echo "waiting up to $STARTUP_SECONDS seconds for $URL/health"\n',
        'deadline=$((SECONDS + STARTUP_SECONDS))\n',
        'until python3 -c \'import sys, urllib.request; urllib.request.urlopen(sys.argv[1], timeout=5)\' "$URL/health" 2>/dev/null; do\n',
        '  if [ "$SECONDS" -ge "$deadline" ]; then\n',
        '    end 69 "the server did not answer at $URL/health within $STARTUP_SECONDS seconds"\n',
        '  fi\n',
        '  sleep 5\n',
        'done\n',
        '\n',
        'cd ', str(v["workdir"]), '\n',
        'work=$(mktemp -d)\n',
        '# Each attempt at each point has its own seed, and its warm-up has another. Otherwise the server would answer prompts that\n',
        '# it has seen from its prefix cache, many times faster than in real use. The time in seconds is enough while points run\n',
        '# one by one; 100,000 s (more than a day) for each index keep the seeds apart in any case. A seed has 32 bits, and warm-ups\n',
        '# use the upper half of that range.\n',
        'seed=$(((seconds + 100000 * JOB_COMPLETION_INDEX) % 2147483648))\n',
    )
    if get(v["points"][0], "warmup"):
        out += (
            'echo "warming up"\n',
            'status=0\n',
            'warm_up "$@" --base-url="$URL" --seed="$((seed + 2147483648))" --result-dir="$work" --result-filename=warm-up.json >"$work/warm-up.txt" &\n',
            'wait "$!" || status=$?\n',
            'if [ "$status" -ne 0 ]; then\n',
            '  cat "$work/warm-up.txt"\n',
            '  end "$status" "the warm-up ended with status $status; the pod\'s log has its reason"\n',
            'fi\n',
        )
    out += (
        'record running "$seed"\n',
        'status=0\n',
        '{ measure "$@" --base-url="$URL" --seed="$seed" --result-dir="$work" --result-filename=result.json | tee "$FOLDER/output.txt"; } &\n',
        'wait "$!" || status=$?\n',
        'if [ "$status" -ne 0 ]; then\n',
        '  end "$status" "the benchmark ended with status $status; the pod\'s log has its reason"\n',
        'fi\n',
        '# The point is measured. A pod has 30 seconds to end, enough to save the result even if the deadline passes now.\n',
        "trap '' TERM\n",
        '# Copied last: a folder that has result.json is complete.\n',
        'cp "$work/result.json" "$FOLDER/result.json" || end 74 "the benchmark left no result, or it could not be copied"\n',
        'reason=$(record judge)\n',
        'if [ -n "$reason" ]; then\n',
        '  end 1 "$reason"\n',
        'fi\n',
        'record complete\n',
        'echo "point $JOB_COMPLETION_INDEX is done"\n',
    )
    return "".join(out)


def _install_plugin_sh(v: Mapping[str, Any]) -> str:
    out: list[str] = []
    out += (
        'set -euo pipefail\n',
        'chmod 755 /scripts/container_entry.sh\n',
        '/scripts/container_entry.sh install --install-nccl', str(((str(' --nccl-buildtype ') + str(shell(v["build_type"]))) if v["build_type"] else '')), '\n',
        'cp -r ', str(v["source"]), '/. ', str(v["directory"]), '/\n',
    )
    return "".join(out)


def _launch_data_leader_sh(v: Mapping[str, Any]) -> str:
    out: list[str] = []
    out += ('set -euo pipefail\n',)
    out.append(_launch_nccl_environment_sh(v))
    out.append(_launch_form_group_leader_sh(v))
    out += (
        'exec vllm serve "$@" --data-parallel-size-local=', str(v["local"]), ' --data-parallel-address="$LWS_LEADER_ADDRESS" \\\n',
        '  --data-parallel-rpc-port=', str(v["port"]), '\n',
    )
    return "".join(out)


def _launch_data_worker_sh(v: Mapping[str, Any]) -> str:
    out: list[str] = []
    out += ('set -euo pipefail\n',)
    out.append(_launch_nccl_environment_sh(v))
    out.append(_launch_form_group_worker_sh(v))
    out += (
        'exec vllm serve "$@" --data-parallel-size-local=', str(v["local"]), ' --data-parallel-address="$LWS_LEADER_ADDRESS" \\\n',
        '  --data-parallel-rpc-port=', str(v["port"]), ' --data-parallel-start-rank="$((LWS_WORKER_INDEX * ', str(v["local"]), '))" --headless\n',
    )
    return "".join(out)


def _launch_form_group_leader_sh(v: Mapping[str, Any]) -> str:
    out: list[str] = []
    out += (
        '# vLLM waits only 5 or 10 minutes for the other pods, but their nodes and images may take longer. So all pods wait here and start vLLM together.\n',
        '# The first process of a container ignores SIGTERM unless it traps it. With the trap, a pod that is deleted while it waits ends at once.\n',
        "trap 'exit 143' TERM\n",
        'python3 - ', str(v["gate"]), ' ', str(v["timeout"]), " <<'END_OF_PYTHON' &\n",
    )
    out.append(script("launch/form_group_leader.py"))
    out += (
        'END_OF_PYTHON\n',
        'wait "$!"\n',
        'trap - TERM\n',
    )
    return "".join(out)


def _launch_form_group_worker_sh(v: Mapping[str, Any]) -> str:
    out: list[str] = []
    out += (
        '# vLLM waits only 5 or 10 minutes for the other pods, but their nodes and images may take longer. So all pods wait here and start vLLM together.\n',
        '# The first process of a container ignores SIGTERM unless it traps it. With the trap, a pod that is deleted while it waits ends at once.\n',
        "trap 'exit 143' TERM\n",
        'python3 - ', str(v["gate"]), ' ', str(v["timeout"]), " <<'END_OF_PYTHON' &\n",
    )
    out.append(script("launch/form_group_worker.py"))
    out += (
        'END_OF_PYTHON\n',
        'wait "$!"\n',
        'trap - TERM\n',
    )
    return "".join(out)


def _launch_native_leader_sh(v: Mapping[str, Any]) -> str:
    out: list[str] = []
    out += ('set -euo pipefail\n',)
    out.append(_launch_nccl_environment_sh(v))
    out.append(_launch_form_group_leader_sh(v))
    out += ('exec vllm serve "$@" --nnodes="$LWS_GROUP_SIZE" --node-rank=0 --master-addr="$LWS_LEADER_ADDRESS"\n',)
    return "".join(out)


def _launch_native_worker_sh(v: Mapping[str, Any]) -> str:
    out: list[str] = []
    out += ('set -euo pipefail\n',)
    out.append(_launch_nccl_environment_sh(v))
    out.append(_launch_form_group_worker_sh(v))
    out += (
        'exec vllm serve "$@" --nnodes="$LWS_GROUP_SIZE" --node-rank="$LWS_WORKER_INDEX" \\\n',
        '  --master-addr="$LWS_LEADER_ADDRESS" --headless\n',
    )
    return "".join(out)


def _launch_nccl_environment_sh(v: Mapping[str, Any]) -> str:
    out: list[str] = []
    if v["script"]:
        out += (
            "# The plugin's own settings for NCCL, then the profile's overrides. The script may read variables that are not set.\n",
            'set +u\n',
            '. ', str(v["script"]), '\n',
            'set -u\n',
        )
        for loop_index0, (l_name, l_value) in enumerate(get(v["overrides"], "items")()):
            out += ('export ', str(l_name), '=', str(literal(shell(l_value))), '\n',)
    return "".join(out)


def _launch_ray_leader_sh(v: Mapping[str, Any]) -> str:
    out: list[str] = []
    out += ('set -euo pipefail\n',)
    out.append(_launch_nccl_environment_sh(v))
    out += (
        '# The first process of a container ignores SIGTERM unless it traps it. With the trap, a pod that is deleted while it waits ends at once.\n',
        "trap 'exit 143' TERM\n",
        '# The server starts only when every node of the group has joined the Ray cluster.\n',
        'bash /vllm-workspace/ray_init.sh leader --ray_cluster_size="$LWS_GROUP_SIZE" &\n',
        'wait "$!"\n',
        'trap - TERM\n',
        '# exec: the server itself gets SIGTERM.\n',
        'exec vllm serve "$@"\n',
    )
    return "".join(out)


def _launch_ray_worker_sh(v: Mapping[str, Any]) -> str:
    out: list[str] = []
    out += ('set -euo pipefail\n',)
    out.append(_launch_nccl_environment_sh(v))
    out += ('exec bash /vllm-workspace/ray_init.sh worker --ray_address="$LWS_LEADER_ADDRESS"\n',)
    return "".join(out)


def _launch_single_worker_sh(v: Mapping[str, Any]) -> str:
    out: list[str] = []
    out += (
        'echo "a group of one node has no workers" >&2\n',
        'exit 1\n',
    )
    return "".join(out)


def _ray_init_sh(v: Mapping[str, Any]) -> str:
    out: list[str] = []
    out += (
        '# shellcheck shell=bash\n',
        '# Forms the Ray cluster of one LeaderWorkerSet group, with one Ray node in each pod.\n',
        '#\n',
        '#   bash ray_init.sh leader --ray_cluster_size=N [--ray_port=6379] [--ray_init_timeout=', str(v["timeout"]), ']\n',
        '#       starts Ray in the background and returns 0 once all N nodes have joined: run `vllm serve` next.\n',
        '#   bash ray_init.sh worker --ray_address=NAME [--ray_port=6379] [--ray_init_timeout=', str(v["timeout"]), ']\n',
        "#       joins the leader's cluster and runs as long as the pod: run it with `exec`, so that it gets the signal\n",
        '#       when the pod is deleted.\n',
        '#\n',
        '# VLLM_HOST_IP must hold the address of this pod (status.podIP).\n',
        '# Exit status: 2 if the command line is wrong, 143 after SIGTERM, 1 for every other failure.\n',
        'set -euo pipefail\n',
        '\n',
        'readonly pause_seconds=2\n',
        'readonly progress_seconds=30\n',
        'readonly raylet_seconds=300 # Ray itself gives up earlier if it cannot start one\n',
        '\n',
        'say() {\n',
        '  printf \'ray_init.sh: %s\\n\' "$1"\n',
        '}\n',
        '\n',
        'fail() { # fail STATUS MESSAGE\n',
        '  printf \'ray_init.sh: %s\\n\' "$2" >&2\n',
        '  exit "$1"\n',
        '}\n',
        '\n',
        '# Bash runs a trap only between commands, but a signal interrupts `wait`: a plain `sleep` would delay SIGTERM.\n',
        'pause() {\n',
        '  sleep "$1" &\n',
        '  wait "$!"\n',
        '}\n',
        '\n',
        '# --- the command line --------------------------------------------------------------------------------------\n',
        '\n',
        'role=${1-}\n',
        'case $role in\n',
        '  leader | worker) shift ;;\n',
        "  '') fail 2 'no role given: write leader or worker as the first argument' ;;\n",
        '  *) fail 2 "unknown role \'$role\': write leader or worker" ;;\n',
        'esac\n',
        '\n',
        'ray_cluster_size=\n',
        'ray_address=\n',
        'ray_port=6379\n',
        '# The pods of a group can start many minutes apart: a node with the image in its cache is ready in seconds,\n',
        '# but a new node has to boot and to pull an image of 10 GB or more. With a shorter limit the group would\n',
        '# restart again and again, because LeaderWorkerSet recreates the whole group when one pod restarts.\n',
        'ray_init_timeout=', str(v["timeout"]), '\n',
        '\n',
        'while (($# > 0)); do\n',
        '  option=${1%%=*}\n',
        '  if [[ $1 == *=* ]]; then\n',
        '    value=${1#*=}\n',
        '    shift\n',
        '  else\n',
        '    value=${2-}\n',
        '    [[ $value != --* ]] || fail 2 "$option needs a value, got the option \'$value\'"\n',
        '    shift "$(($# > 1 ? 2 : 1))"\n',
        '  fi\n',
        '  case $role:$option in\n',
        '    leader:--ray_cluster_size) ray_cluster_size=$value ;;\n',
        '    worker:--ray_address) ray_address=$value ;;\n',
        '    *:--ray_port) ray_port=$value ;;\n',
        '    *:--ray_init_timeout) ray_init_timeout=$value ;;\n',
        '    *) fail 2 "unknown option \'$option\' for the role $role" ;;\n',
        '  esac\n',
        'done\n',
        '\n',
        'if ! [[ $ray_port =~ ^[1-9][0-9]{0,4}$ ]] || ((ray_port > 65535)); then\n',
        '  fail 2 "--ray_port must be an integer from 1 to 65535, got \'$ray_port\'"\n',
        'fi\n',
        '[[ $ray_init_timeout =~ ^[1-9][0-9]{0,8}$ ]] ||\n',
        '  fail 2 "--ray_init_timeout must be a number of seconds above 0, got \'$ray_init_timeout\'"\n',
        'if [[ $role == leader ]]; then\n',
        '  [[ $ray_cluster_size =~ ^[1-9][0-9]{0,8}$ ]] ||\n',
        '    fail 2 "--ray_cluster_size must be an integer above 0, got \'$ray_cluster_size\'; is LWS_GROUP_SIZE set?"\n',
        'else\n',
        "  [[ -n $ray_address ]] || fail 2 '--ray_address is empty; is LWS_LEADER_ADDRESS set?'\n",
        'fi\n',
        '\n',
        '# On a node with several NICs, Ray would otherwise choose an address itself, and not always the one that vLLM\n',
        '# chooses.\n',
        '[[ -n ${VLLM_HOST_IP-} ]] ||\n',
        "  fail 1 'VLLM_HOST_IP is not set: set it from the field status.podIP in the pod template'\n",
        'command -v ray >/dev/null ||\n',
        "  fail 1 'the image has no ray command: install the Python package ray in the image'\n",
        '\n',
        'readonly role ray_cluster_size ray_address ray_port ray_init_timeout\n',
        'readonly deadline=$((SECONDS + ray_init_timeout))\n',
        "# By default, Ray's worker ports start at 10002. On the host network, that range includes ports of the node's\n",
        "# own services, such as the kubelet's 10250.\n",
        'readonly node_options=("--node-ip-address=$VLLM_HOST_IP" --min-worker-port=20000 --max-worker-port=29999)\n',
        '\n',
        "# How many seconds Ray on a worker keeps running after it loses the leader; 60 is Ray's own default.\n",
        '# LeaderWorkerSet deletes the workers when the leader pod ends, so this matters only if the leader hangs or its\n',
        '# container restarts. With a shorter time, a brief network failure would lose the loaded model.\n',
        'export RAY_gcs_rpc_server_reconnect_timeout_s="${RAY_gcs_rpc_server_reconnect_timeout_s:-60}"\n',
        '# After SIGTERM, newer Ray releases wait up to 30 s for running work, but that work is lost anyway.\n',
        'export RAY_GRACEFUL_SHUTDOWN_DRAIN_TIMEOUT_S=0\n',
        '\n',
        '# --- the leader --------------------------------------------------------------------------------------------\n',
        '\n',
        '# Connects to the new cluster as a driver, as `vllm serve` will, and waits until the group is complete.\n',
        '# Exits with 3 if it has printed the reason itself.\n',
        'wait_for_nodes() { # wait_for_nodes SECONDS_LEFT GPU_DEVICES\n',
        '  python3 - "$VLLM_HOST_IP" "$ray_port" "$ray_cluster_size" "$1" "$2" \\\n',
        '    "$ray_init_timeout" "$progress_seconds" <<\'PYTHON\'\n',
        'import sys\n',
        'import time\n',
        '\n',
        'import ray\n',
        '\n',
        'SETTLING_SECONDS = 30  # about as long as Ray needs to notice that a node has died\n',
        '\n',
        'host, port = sys.argv[1:3]\n',
        'size, seconds_left, gpu_devices, timeout, progress_seconds = (int(argument) for argument in sys.argv[3:])\n',
        '\n',
        '\n',
        'def fail(message):\n',
        '    print(f"ray_init.sh: {message}", file=sys.stderr, flush=True)\n',
        '    sys.exit(3)\n',
        '\n',
        '\n',
        'def surplus(addresses):\n',
        '    if len(addresses) > size or len(set(addresses)) < len(addresses):\n',
        '        return (\n',
        '            f"{len(addresses)} nodes are in the Ray cluster, expected {size}, each with its own address: "\n',
        '            f"{\', \'.join(addresses)}; delete the pods that are left over from an earlier start of this group"\n',
        '        )\n',
        '    return None\n',
        '\n',
        '\n',
        'def missing_gpus(gpus):\n',
        '    most = max(gpus.values())\n',
        '    if most == 0 and gpu_devices > 0:\n',
        '        return (\n',
        '            f"GPU devices on this node: {gpu_devices}, but Ray found no GPU on any node; "\n',
        '            "LD_LIBRARY_PATH must name the folder of the NVIDIA driver\'s libraries"\n',
        '        )\n',
        '    if min(gpus.values()) < most:\n',
        '        counts = ", ".join(f"{address} has {count}" for address, count in gpus.items())\n',
        '        return (\n',
        '            f"the nodes differ in the number of GPUs that Ray found: {counts}; "\n',
        '            "check the GPU request and the driver of the pods that have fewer"\n',
        '        )\n',
        '    return None\n',
        '\n',
        '\n',
        'ray.init(address=f"{host}:{port}", logging_level="ERROR", log_to_driver=False)\n',
        'deadline = time.monotonic() + seconds_left\n',
        'wrong_since = None\n',
        'printed, printed_at = None, 0.0\n',
        'while True:\n',
        '    alive = sorted(\n',
        '        (node["NodeManagerAddress"], int(node["Resources"].get("GPU", 0)))\n',
        '        for node in ray.nodes()\n',
        '        if node["Alive"]\n',
        '    )\n',
        '    addresses = [address for address, _ in alive]\n',
        '    joined = f"{len(alive)} of {size} nodes have joined: {\', \'.join(addresses)}"\n',
        '    now = time.monotonic()\n',
        '\n',
        '    if joined != printed or now >= printed_at + progress_seconds:\n',
        '        print(f"ray_init.sh: {joined}", flush=True)\n',
        '        printed, printed_at = joined, now\n',
        '\n',
        '    # Missing nodes may still join, but waiting neither removes a surplus node nor adds GPUs to a joined one.\n',
        '    wrong = surplus(addresses)\n',
        '    if wrong is None and len(alive) == size:\n',
        '        wrong = missing_gpus(dict(alive))\n',
        '        if wrong is None:\n',
        '            break\n',
        '    wrong_since = None if wrong is None else wrong_since or now\n',
        '    if wrong is not None and (now >= deadline or now >= wrong_since + SETTLING_SECONDS):\n',
        '        fail(wrong)\n',
        '    if now >= deadline:\n',
        '        fail(\n',
        '            f"after {timeout} s only {joined}; find the worker pods with other addresses, "\n',
        '            "and check their status and logs"\n',
        '        )\n',
        '    time.sleep(1)\n',
        'PYTHON\n',
        '}\n',
        '\n',
        'lead() {\n',
        '  local status=0 gpu_devices\n',
        '  # The dashboard would open another port on the host network, and nothing here uses it.\n',
        '  ray start --head "${node_options[@]}" "--port=$ray_port" --include-dashboard=false --disable-usage-stats ||\n',
        '    fail 1 "Ray did not start on the leader $VLLM_HOST_IP, port $ray_port; see Ray\'s own message above"\n',
        "  gpu_devices=$(compgen -G '/dev/nvidia[0-9]*' | wc -l) || true\n",
        '  wait_for_nodes "$((deadline > SECONDS ? deadline - SECONDS : 0))" "$gpu_devices" || status=$?\n',
        '  case $status in\n',
        '    0) ;;\n',
        '    3) exit 1 ;;\n',
        '    *) fail 1 "the list of Ray nodes could not be read on the leader (status $status); see the reason above" ;;\n',
        '  esac\n',
        '}\n',
        '\n',
        '# --- a worker ----------------------------------------------------------------------------------------------\n',
        '\n',
        'ray_pid=\n',
        'raylet_pid=\n',
        '\n',
        'leader_answers() { # leader_answers IP\n',
        '  # shellcheck disable=SC2016 # the inner shell expands the arguments\n',
        '  timeout 3 bash -c \'exec 3<>"/dev/tcp/$0/$1"\' "$1" "$ray_port" 2>/dev/null\n',
        '}\n',
        '\n',
        "# Prints the process ID of the raylet, Ray's process for this node, which is a child of `ray start`.\n",
        'find_raylet() { # find_raylet PARENT\n',
        '  local stat pid name parent\n',
        '  for stat in /proc/[0-9]*/stat; do\n',
        '    { read -r pid name _ parent _ <"$stat"; } 2>/dev/null || continue # the process has just ended\n',
        '    if [[ $name == \'(raylet)\' && $parent == "$1" ]]; then\n',
        '      printf \'%s\\n\' "$pid"\n',
        '      return 0\n',
        '    fi\n',
        '  done\n',
        '  return 1\n',
        '}\n',
        '\n',
        '# Ray starts the raylet only after the leader has answered; a start that ends before that can be tried again. The\n',
        '# time limit is for a start whose raylet got SIGTERM before it was seen here: it would run on without a raylet.\n',
        'start_raylet() { # start_raylet LEADER_IP\n',
        '  local given_up=$((SECONDS + raylet_seconds))\n',
        '  ray start "--address=$1:$ray_port" "${node_options[@]}" --block &\n',
        '  ray_pid=$!\n',
        '  until raylet_pid=$(find_raylet "$ray_pid"); do\n',
        '    kill -0 "$ray_pid" 2>/dev/null || return 1\n',
        '    if ((SECONDS >= given_up)); then\n',
        '      end_ray\n',
        '      return 1\n',
        '    fi\n',
        '    pause 1\n',
        '  done\n',
        '}\n',
        '\n',
        'end_ray() {\n',
        '  [[ -n $ray_pid ]] || return 0\n',
        '  kill -TERM "$ray_pid" 2>/dev/null || return 0\n',
        '  for _ in {1..20}; do\n',
        '    sleep 0.25\n',
        '    kill -0 "$ray_pid" 2>/dev/null || return 0\n',
        '  done\n',
        "  say 'Ray did not end within 5 s of SIGTERM; killing it'\n",
        '  kill -KILL "$ray_pid" 2>/dev/null || true # the raylet ends with its parent\n',
        '}\n',
        '\n',
        'stop() {\n',
        "  trap '' TERM\n",
        "  say 'SIGTERM received; stopping Ray on this node'\n",
        '  end_ray\n',
        '  exit 143\n',
        '}\n',
        '\n',
        'follow() {\n',
        "  local leader_ip obstacle hint printed='' printed_at=0\n",
        '  trap stop TERM\n',
        '  while true; do\n',
        '    # One lookup for each attempt: Ray gets the address that was tested, and a leader that was recreated with\n',
        '    # another address is found.\n',
        '    read -r leader_ip _ <<<"$(timeout 5 getent ahostsv4 "$ray_address" || true)"\n',
        '    if [[ -z $leader_ip ]]; then\n',
        '      obstacle="the leader\'s name $ray_address does not resolve"\n',
        "      hint='check that the leader pod and the headless Service exist'\n",
        '    elif ! leader_answers "$leader_ip"; then\n',
        '      obstacle="the leader $ray_address ($leader_ip) does not answer on port $ray_port"\n',
        "      hint='check the log of the leader pod'\n",
        '    elif start_raylet "$leader_ip"; then\n',
        '      break\n',
        '    else\n',
        '      obstacle="Ray did not start on this node, although the leader $ray_address ($leader_ip) answers"\n',
        '      hint="see Ray\'s own message above"\n',
        '    fi\n',
        '    ((SECONDS < deadline)) || fail 1 "after $ray_init_timeout s $obstacle; $hint"\n',
        '    if [[ $obstacle != "$printed" ]] || ((SECONDS >= printed_at + progress_seconds)); then\n',
        '      say "waiting: $obstacle"\n',
        '      printed=$obstacle\n',
        '      printed_at=$SECONDS\n',
        '    fi\n',
        '    pause "$pause_seconds"\n',
        '  done\n',
        '\n',
        '  say "Ray has started on this node; its leader is $ray_address ($leader_ip)"\n',
        '\n',
        '  # `ray start --block` ends when the raylet fails, but not when the raylet ends by SIGTERM or with status 0.\n',
        '  while kill -0 "$ray_pid" 2>/dev/null && kill -0 "$raylet_pid" 2>/dev/null; do\n',
        '    pause "$pause_seconds"\n',
        '  done\n',
        '  pause "$pause_seconds" # for Ray\'s own report\n',
        '  end_ray\n',
        '  if leader_answers "$leader_ip"; then\n',
        '    fail 1 "Ray on this node has ended, although the leader $ray_address ($leader_ip) answers; see the lines above"\n',
        '  fi\n',
        '  fail 1 "the leader $ray_address ($leader_ip) no longer answers on port $ray_port; Ray on this node has ended too"\n',
        '}\n',
        '\n',
        'case $role in\n',
        '  leader) lead ;;\n',
        '  worker) follow ;;\n',
        'esac\n',
    )
    return "".join(out)


def _receive_daemon_sh(v: Mapping[str, Any]) -> str:
    out: list[str] = []
    out += (
        'set -euo pipefail\n',
        '# The first process of a container ignores SIGTERM unless it traps it. With the trap, the daemon ends with the pod.\n',
        'trap \'kill -TERM "$daemon"; wait "$daemon" || true; exit 0\' TERM\n',
        'chmod 755 /fts/entrypoint_rxdm_container.sh\n',
        '/fts/entrypoint_rxdm_container.sh',
    )
    for loop_index0, l_flag in enumerate(v["flags"]):
        out += (' ', str(l_flag),)
    out += (
        ' &\n',
        'daemon=$!\n',
        'wait "$daemon"\n',
    )
    return "".join(out)


def _runbook_benchmark_md(v: Mapping[str, Any]) -> str:
    out: list[str] = []
    out += (
        '## 12. Benchmark\n',
        '\n',
    )
    for loop_index0, l_point in enumerate(get(get(v["plan"], "benchmark"), "points")):
        out += (str(('- ' if (len(get(get(v["plan"], "benchmark"), "points")) > 1) else '')), str(v["count"](get(l_point, "prompts"), 'prompt')), ' ', str(((str('of the file ') + str(prose(get(l_point, "dataset_path")))) if (get(l_point, "dataset") == 'sharegpt') else (str('of ') + str(v["count"](get(l_point, "input_len"), 'input token')) + str(' and ') + str(v["count"](get(l_point, "output_len"), 'output token'))))), str(((str(', concurrency ') + str(get(l_point, "concurrency"))) if get(l_point, "concurrency") else '')), str(((', %g requests per second' % get(l_point, "request_rate")) if get(l_point, "request_rate") else '')), '.\n',)
    out += (
        '\n',
        'A Job cannot be changed, so delete an earlier one first.\n',
        '\n',
        '```bash\n',
        'kubectl delete job ', str(shell(v["job"])), ' -n ', str(shell(get(v["plan"], "namespace"))), ' --ignore-not-found\n',
        'kubectl apply -k benchmark\n',
        'until kubectl logs ', str(shell((str('job/') + str(v["job"])))), ' -c benchmark -n ', str(shell(get(v["plan"], "namespace"))), ' --tail=1 --pod-running-timeout=5m; do sleep 15; done\n',
        'kubectl logs -f ', str(shell((str('job/') + str(v["job"])))), ' -c benchmark -n ', str(shell(get(v["plan"], "namespace"))), '\n',
        '```\n',
        '\n',
    )
    if (len(get(get(v["plan"], "benchmark"), "points")) > 1):
        out += (
            'The points run one after another, each in its own pod. This is the log of the first point; run the last command again for the next\n',
            'one. Wait for the Job to end, and list the results:\n',
        )
    else:
        out += ('The log ends when the run ends. Wait for the Job to end, and list the results:\n',)
    out += (
        '\n',
        '```bash\n',
        'until kubectl get job ', str(shell(v["job"])), ' -n ', str(shell(get(v["plan"], "namespace"))), " -o jsonpath='{.status.conditions[*].type}' | grep -Eq 'Complete|Failed'; do sleep 15; done\n",
        'kubectl get pod -l ', str(shell((str('batch.kubernetes.io/job-name=') + str(v["job"])))), ' -n ', str(shell(get(v["plan"], "namespace"))), '\n',
        'gcloud storage ls --recursive ', str(shell((str('gs://') + str(get(get(v["plan"], "storage"), "bucket")) + str(v["results"])))), '\n',
        'kubectl get job ', str(shell(v["job"])), ' -n ', str(shell(get(v["plan"], "namespace"))), " -o jsonpath='{.status.conditions[*].type}' | grep -w Complete\n",
        '```\n',
        '\n',
        'The last command prints `Complete`, with exit status 0, only if every point succeeded. `kubectl describe job ', str(v["job"]), ' -n ', str(get(v["plan"], "namespace")), '` shows what failed.\n',
        'Copy the results with `gcloud storage cp --recursive`; `r1c bench parse` prints them as a table.\n',
        '\n',
    )
    return "".join(out)


def _runbook_cleanup_md(v: Mapping[str, Any]) -> str:
    out: list[str] = []
    out += (
        '## 13. Clean up\n',
        '\n',
        '```bash\n',
        'kubectl delete -k benchmark --ignore-not-found\n',
    )
    if get(get(v["plan"], "weights"), "prefetch"):
        out += ('kubectl delete ', str(shell((str('job/') + str(v["prefetch"])))), ' ', str(shell((str('serviceaccount/') + str(v["prefetch"])))), ' -n ', str(shell(get(v["plan"], "namespace"))), ' --ignore-not-found\n',)
    out += ('kubectl delete',)
    for loop_index0, l_item in enumerate(v["own"]):
        out += (' ', str(shell(l_item)),)
    out += (
        ' -n ', str(shell(get(v["plan"], "namespace"))), ' --ignore-not-found\n',
        'kubectl get pod -l ', str(shell((str('leaderworkerset.sigs.k8s.io/name=') + str(get(v["plan"], "name"))))), ' -n ', str(shell(get(v["plan"], "namespace"))), '\n',
        '```\n',
        '\n',
        'The nodes are free when the last command finds no pods. Other recipes may use what follows: delete only what is no longer used.\n',
        '\n',
    )
    if get(v["plan"], "credential_with"):
        out += (
            '### Token\n',
            '\n',
            'All recipes in the namespace may read the Secret ', str(get(get(v["plan"], "token"), "secret")), '. This prints each LeaderWorkerSet and Job in the\n',
            'namespace with the Secrets that it reads:\n',
            '\n',
            '```bash\n',
            'kubectl get leaderworkerset,job -n ', str(shell(get(v["plan"], "namespace"))), ' -o jsonpath=\'{range .items[*]}{.kind}/{.metadata.name}: {..secretKeyRef.name}{"\\n"}{end}\'\n',
            '```\n',
            '\n',
            'If no line names ', str(get(get(v["plan"], "token"), "secret")), str((' (deleting the ExternalSecret deletes its Secret)' if (get(get(v["plan"], "token"), "source") == 'externalSecret') else '')), ':\n',
            '\n',
            '```bash\n',
            'kubectl delete ', str(shell((str(('externalsecret/' if (get(get(v["plan"], "token"), "source") == 'externalSecret') else 'secret/')) + str(get(get(v["plan"], "token"), "secret"))))), ' -n ', str(shell(get(v["plan"], "namespace"))), ' --ignore-not-found\n',
        )
        if (get(get(v["plan"], "token"), "source") == 'envFile'):
            out += ('rm -f ', str(shell((str(v["folder"]) + str(('/' if v["folder"] else '')) + str(get(get(v["plan"], "token"), "env_file"))))), '\n',)
        out += (
            '```\n',
            '\n',
        )
    out += (
        '### Results\n',
        '\n',
        '```bash\n',
        'gcloud storage rm --recursive ', str(shell((str('gs://') + str(get(get(v["plan"], "storage"), "bucket")) + str(v["results"])))), '\n',
        '```\n',
        '\n',
        '### Access to the bucket\n',
        '\n',
    )
    if (get(v["plan"], "service_account") != get(v["plan"], "name")):
        out += (
            'The profile names the service account ', str(get(v["plan"], "service_account")), ', which other recipes may use too. If no other recipe uses it:\n',
            '\n',
        )
    out += (
        '```bash\n',
        'PROJECT_NUMBER=$(gcloud projects describe ', str(shell(get(get(v["plan"], "cluster"), "project"))), " --format 'value(projectNumber)')\n",
        'PRINCIPAL=', str(v["principal"]), '\n',
        'gcloud storage buckets remove-iam-policy-binding ', str(shell((str('gs://') + str(get(get(v["plan"], "storage"), "bucket"))))), ' --member="$PRINCIPAL" --role=roles/storage.objectUser\n',
    )
    if (get(v["plan"], "service_account") != get(v["plan"], "name")):
        out += ('kubectl delete ', str(shell((str('serviceaccount/') + str(get(v["plan"], "service_account"))))), ' -n ', str(shell(get(v["plan"], "namespace"))), ' --ignore-not-found\n',)
    out += (
        '```\n',
        '\n',
    )
    if ((get(get(v["plan"], "weights"), "type") == 'gcs') and get(get(v["plan"], "weights"), "own_volume")):
        out += (
            '```bash\n',
            'gcloud storage buckets remove-iam-policy-binding ', str(shell((str('gs://') + str(get(get(v["plan"], "weights"), "bucket"))))), ' --member="$PRINCIPAL" --role=roles/storage.objectViewer\n',
            '```\n',
            '\n',
        )
    if (get(get(v["plan"], "weights"), "prefetch") and (get(get(v["plan"], "weights"), "type") == 'gcs')):
        out += (
            '```bash\n',
            'JOB_PRINCIPAL=', str(v["job_principal"]), '\n',
            'gcloud storage buckets remove-iam-policy-binding ', str(shell((str('gs://') + str(get(get(v["plan"], "weights"), "bucket"))))), ' --member="$JOB_PRINCIPAL" --role=roles/storage.objectUser\n',
            '```\n',
            '\n',
            '### Weights\n',
            '\n',
            'Other recipes may read the weights. This deletes all files of the folder:\n',
            '\n',
            '```bash\n',
            'gcloud storage rm --recursive ', str(shell(get(get(v["plan"], "weights"), "address"))), '\n',
            '```\n',
            '\n',
        )
    if v["kept"]:
        if get(get(v["plan"], "weights"), "on_hub"):
            out += (
                '### Checkpoint and compiled code on the nodes\n',
                '\n',
                'Both stay on the local SSD of every node that ran the server until the node is deleted, and all recipes on these nodes share them. This deletes\n',
                'them on all nodes:\n',
            )
        else:
            out += (
                '### Compiled code on the nodes\n',
                '\n',
                'It stays on the local SSD of every node that ran the server until the node is deleted, and all recipes on these nodes share it. This deletes it\n',
                'on all nodes:\n',
            )
        out += (
            '\n',
            '```bash\n',
            'for NODE in $(kubectl get node ', str(v["nodes"]), ' -o name); do\n',
            '  kubectl debug "$NODE" -n ', str(shell(get(v["plan"], "namespace"))), ' --image=', str(shell(get(get(v["plan"], "image"), "reference"))), ' -- rm -rf ', str(v["kept"]), '\n',
            'done\n',
            'kubectl get pod -n ', str(shell(get(v["plan"], "namespace"))), '\n',
            '```\n',
            '\n',
            'When the pods node-debugger-... are Completed:\n',
            '\n',
            '```bash\n',
            'kubectl get pod -n ', str(shell(get(v["plan"], "namespace"))), ' -o name | grep pod/node-debugger- | xargs kubectl delete -n ', str(shell(get(v["plan"], "namespace"))), '\n',
            '```\n',
            '\n',
        )
    out += (
        '### Image\n',
        '\n',
        'Every recipe with this image name and tag uses this image.\n',
        '\n',
        '```bash\n',
        'gcloud artifacts docker images delete ', str(shell(get(get(v["plan"], "image"), "tagged"))), ' --delete-tags --quiet\n',
        '```\n',
        '\n',
        '### Software of the cluster\n',
        '\n',
        'Keep the DaemonSets and roles of steps 2 and 3 while other recipes use them. Uninstalling LeaderWorkerSet deletes every LeaderWorkerSet of the\n',
        'cluster. If `kubectl get leaderworkerset -A` finds none:\n',
        '\n',
        '```bash\n',
        'kubectl delete -f https://github.com/kubernetes-sigs/lws/releases/download/', str(v["lws"]), '/manifests.yaml\n',
        '```\n',
    )
    return "".join(out)


def _runbook_cluster_md(v: Mapping[str, Any]) -> str:
    out: list[str] = []
    out += (
        '## 3. Prepare the cluster\n',
        '\n',
    )
    if (get(v["plan"], "namespace") != 'default'):
        out += (
            'Create the namespace, if it does not exist:\n',
            '\n',
            '```bash\n',
            'kubectl create namespace ', str(shell(get(v["plan"], "namespace"))), ' --dry-run=client -o yaml | kubectl apply -f -\n',
            '```\n',
            '\n',
        )
    if get(v["plan"], "protection"):
        out += (
            "If the namespace enforces Pod Security Standards, it must allow the level privileged: the pods mount the node's GPU driver folder, which the\n",
            'levels baseline and restricted forbid.\n',
            '\n',
            '```bash\n',
            'kubectl label namespace ', str(shell(get(v["plan"], "namespace"))), ' pod-security.kubernetes.io/enforce=privileged --overwrite\n',
            '```\n',
            '\n',
        )
        if (not get(get(v["plan"], "network"), "host")):
            out += (
                'Network policies have an effect only if this prints ADVANCED_DATAPATH (GKE Dataplane V2) or a network policy provider:\n',
                '\n',
                '```bash\n',
                'gcloud container clusters describe ', str(shell(get(get(v["plan"], "cluster"), "name"))), ' --location ', str(shell(get(get(v["plan"], "cluster"), "found_at"))), ' --project ', str(shell(get(get(v["plan"], "cluster"), "project"))), " --format 'value(networkConfig.datapathProvider, networkPolicy.provider)'\n",
                '```\n',
                '\n',
            )
    out += (
        '### Nodes\n',
        '\n',
        '```bash\n',
        'kubectl get node ', str(v["nodes"]), ' -L cloud.google.com/gke-nodepool,cloud.google.com/gke-ephemeral-storage-local-ssd,iam.gke.io/gke-metadata-server-enabled\n',
        'kubectl describe node ', str(v["nodes"]), " | grep -E '^Name:|^ +nvidia.com/gpu +[0-9]'\n",
        '```\n',
        '\n',
        str(v["count"](get(v["plan"], "least_nodes"), 'node')), ' must be Ready, with `true` in the column for the local SSD and with ', str(v["count"](get(v["group"], "gpus_per_pod"), 'free GPU')), ': the second command prints how many\n',
        "of a node's ", str(get(v["group"], "gpus_per_node")), " GPUs its pods request. Otherwise add nodes as [the platform's guide](", str(get(get(v["plan"], "platform"), "guide")), ') says.\n',
        '\n',
    )
    if v["networks"]:
        out += (
            '### Networks\n',
            '\n',
            '```bash\n',
            'kubectl get networks.networking.gke.io',
        )
        for loop_index0, l_name in enumerate(v["networks"]):
            out += (' ', str(shell(l_name)),)
        out += (
            '\n',
            '```\n',
            '\n',
            'If one is NotFound, `kubectl get networks.networking.gke.io` prints the names in the cluster: write them under `network.subnetworks` in\n',
            'the profile, and compile again. If it prints none, the cluster was created without the GPU networks: create the cluster and its node pool again, as\n',
            "[the platform's guide](", str(get(get(v["plan"], "platform"), "guide")), ') says.\n',
            '\n',
        )
    if v["dranet"]:
        out += (
            '### NICs of the GPUs\n',
            '\n',
            'Each pod claims the ', str(get(v["claim"], "count")), " RDMA NICs of its node, which GKE's managed DRANET offers as devices of the class ", str(get(v["claim"], "device_class")), '. The cluster needs GKE\n',
            str(get(v["dranet"], "minimum_gke")), ' or later and GKE Dataplane V2, which can only be chosen when the cluster is created, and no Network objects of the type Device.\n',
            '\n',
            '```bash\n',
            'kubectl get deviceclass ', str(shell(get(v["claim"], "device_class"))), '\n',
            "kubectl get resourceslices.resource.k8s.io -o 'custom-columns=NODE:.spec.nodeName,DRIVER:.spec.driver,DEVICES:.spec.devices[*].name'\n",
            '```\n',
            '\n',
            'The second command must list ', str(get(v["claim"], "count")), ' RDMA devices for each node of the server. If it lists none, create the node pool as\n',
            "[the platform's guide](", str(get(get(v["plan"], "platform"), "guide")), ') says, in one zone, but with `', str(get(v["dranet"], "pool_flags")[0]), '` and\n',
            '`', str(get(v["dranet"], "pool_flags")[1]), '` instead of `--additional-node-network`: GKE then creates the networks itself.\n',
            '\n',
        )
    if v["installer"]:
        out += (
            '### NCCL plugin\n',
            '\n',
            '```bash\n',
            'kubectl rollout status ', str(shell((str('daemonset/') + str(get(v["installer"], "name"))))), ' -n kube-system --timeout=5m\n',
            'kubectl get daemonset ', str(shell(get(v["installer"], "name"))), ' -n kube-system -o jsonpath=\'{..initContainers[*].image}{"\\n"}\'\n',
            '```\n',
            '\n',
            'If the DaemonSet is NotFound:\n',
            '\n',
            '```bash\n',
            'kubectl apply -f ', str(shell(get(v["installer"], "manifest"))), '\n',
            'kubectl rollout status ', str(shell((str('daemonset/') + str(get(v["installer"], "name"))))), ' -n kube-system --timeout=10m\n',
            '```\n',
            '\n',
        )
        if get(get(v["plan"], "gpudirect"), "use_host_plugin"):
            out += (
                'The pods use the plugin that this DaemonSet installs on the node. The tag of its image must be ', str(get(get(v["plan"], "gpudirect"), "release")), ", because this recipe sets NCCL's environment\n",
                'for that release. If the tag is another one, write it as `gpudirect.release` in the profile and compile again. Do not change the DaemonSet: other\n',
                'pods of the cluster use the same plugin.\n',
            )
        else:
            out += ("The DaemonSet prepares the nodes' devices. Its image may have another tag: the pods install release ", str(get(get(v["plan"], "gpudirect"), "release")), ' of the plugin themselves.\n',)
        out += ('\n',)
    if v["injector"]:
        out += (
            '### Device injector\n',
            '\n',
            "The device injector gives the receive daemon the GPUs that the pod's annotation lists.\n",
            '\n',
            '```bash\n',
            'kubectl rollout status ', str(shell((str('daemonset/') + str(get(v["injector"], "name"))))), ' -n kube-system --timeout=5m\n',
            '```\n',
            '\n',
            'If the DaemonSet is NotFound:\n',
            '\n',
            '```bash\n',
            'kubectl apply -f ', str(shell(get(v["injector"], "manifest"))), '\n',
            'kubectl rollout status ', str(shell((str('daemonset/') + str(get(v["injector"], "name"))))), ' -n kube-system --timeout=10m\n',
            '```\n',
            '\n',
        )
    out += (
        '### Cloud Storage FUSE and Workload Identity\n',
        '\n',
        '```bash\n',
        'kubectl get csidriver gcsfuse.csi.storage.gke.io\n',
        'gcloud container clusters describe ', str(shell(get(get(v["plan"], "cluster"), "name"))), ' --location ', str(shell(get(get(v["plan"], "cluster"), "found_at"))), ' --project ', str(shell(get(get(v["plan"], "cluster"), "project"))), " --format 'value(workloadIdentityConfig.workloadPool)'\n",
        'kubectl get node -L cloud.google.com/gke-nodepool,iam.gke.io/gke-metadata-server-enabled\n',
        '```\n',
        '\n',
        'If the driver is NotFound:\n',
        '\n',
        '```bash\n',
        'gcloud container clusters update ', str(shell(get(get(v["plan"], "cluster"), "name"))), ' --update-addons GcsFuseCsiDriver=ENABLED --location ', str(shell(get(get(v["plan"], "cluster"), "found_at"))), ' --project ', str(shell(get(get(v["plan"], "cluster"), "project"))), '\n',
        '```\n',
        '\n',
        'If the second command does not print `', str(prose(get(get(v["plan"], "cluster"), "project"))), '.svc.id.goog`:\n',
        '\n',
        '```bash\n',
        'gcloud container clusters update ', str(shell(get(get(v["plan"], "cluster"), "name"))), ' --workload-pool ', str(shell((str(get(get(v["plan"], "cluster"), "project")) + str('.svc.id.goog')))), ' --location ', str(shell(get(get(v["plan"], "cluster"), "found_at"))), ' --project ', str(shell(get(get(v["plan"], "cluster"), "project"))), '\n',
        '```\n',
        '\n',
        'If a node for the server or the benchmark has no `true` in the last column, update its node pool, which recreates its nodes:\n',
        '\n',
        '```bash\n',
        "NODE_POOL='replace with the name of the node pool'\n",
        'gcloud container node-pools update "$NODE_POOL" --workload-metadata GKE_METADATA --cluster ', str(shell(get(get(v["plan"], "cluster"), "name"))), ' --location ', str(shell(get(get(v["plan"], "cluster"), "found_at"))), ' --project ', str(shell(get(get(v["plan"], "cluster"), "project"))), '\n',
        '```\n',
        '\n',
        '### LeaderWorkerSet\n',
        '\n',
        '```bash\n',
        'kubectl get deployment lws-controller-manager -n lws-system -o jsonpath=\'{..containers[*].image}{"\\n"}\'\n',
        '```\n',
        '\n',
        'The tag must be ', str(v["oldest_lws"]), ' or later. If the Deployment is NotFound or its tag is older, install ', str(v["lws"]), ':\n',
        '\n',
        '```bash\n',
        'kubectl apply --server-side -f https://github.com/kubernetes-sigs/lws/releases/download/', str(v["lws"]), '/manifests.yaml\n',
        '```\n',
        '\n',
        'Then:\n',
        '\n',
        '```bash\n',
        'kubectl wait deploy/lws-controller-manager -n lws-system --for=condition=available --timeout=5m\n',
        'kubectl get pod -n lws-system\n',
        '```\n',
        '\n',
    )
    if get(get(v["plan"], "scheduling"), "queue"):
        out += (
            '### Kueue\n',
            '\n',
            '```bash\n',
            'kubectl wait ', str(shell((str('localqueue/') + str(get(get(v["plan"], "scheduling"), "queue"))))), ' -n ', str(shell(get(v["plan"], "namespace"))), ' --for=condition=Active --timeout=30s\n',
            '```\n',
            '\n',
            'If it is NotFound, create it for one of the ClusterQueues that `kubectl get clusterqueue` lists:\n',
            '\n',
            '```bash\n',
            "CLUSTER_QUEUE='replace with the name of the ClusterQueue'\n",
            'kubectl create -f - <<EOF\n',
            'apiVersion: kueue.x-k8s.io/v1beta1\n',
            'kind: LocalQueue\n',
            'metadata:\n',
            '  name: ', str(get(get(v["plan"], "scheduling"), "queue")), '\n',
            '  namespace: ', str(get(v["plan"], "namespace")), '\n',
            'spec:\n',
            '  clusterQueue: $CLUSTER_QUEUE\n',
            'EOF\n',
            '```\n',
            '\n',
        )
    return "".join(out)


def _runbook_image_md(v: Mapping[str, Any]) -> str:
    out: list[str] = []
    out += (
        '## 2. Build and push the image\n',
        '\n',
    )
    if v["repository"]:
        out += (
            "Do this once per project: create the repository, let Cloud Build's service account push to it, and let the nodes' service accounts pull from it.\n",
            '\n',
            '```bash\n',
            'gcloud artifacts repositories describe ', str(shell(get(v["repository"], "name"))), ' --location ', str(shell(get(v["repository"], "location"))), ' --project ', str(shell(get(v["repository"], "project"))), " --format 'value(name)'\n",
            '```\n',
            '\n',
            'If it does not exist:\n',
            '\n',
            '```bash\n',
            'gcloud artifacts repositories create ', str(shell(get(v["repository"], "name"))), ' --repository-format docker --location ', str(shell(get(v["repository"], "location"))), ' --project ', str(shell(get(v["repository"], "project"))), '\n',
            '```\n',
            '\n',
            'Grant the roles:\n',
            '\n',
        )
    else:
        out += (
            "Do this once per project: let Cloud Build's service account build and push. The nodes' service accounts must be able to pull from ", str(prose(get(get(v["plan"], "image"), "registry"))), '.\n',
            '\n',
        )
    out += (
        '```bash\n',
        'PROJECT_NUMBER=$(gcloud projects describe ', str(shell(get(get(v["plan"], "cluster"), "project"))), " --format 'value(projectNumber)')\n",
        'BUILD_ACCOUNT=$(gcloud builds get-default-service-account --region ', str(shell(get(get(v["plan"], "build"), "region"))), ' --project ', str(shell(get(get(v["plan"], "cluster"), "project"))), " --format 'value(serviceAccountEmail)')\n",
        'BUILD_ACCOUNT=${BUILD_ACCOUNT##*/}\n',
        'BUILD_ACCOUNT=${BUILD_ACCOUNT:-$PROJECT_NUMBER-compute@developer.gserviceaccount.com}\n',
        'gcloud projects add-iam-policy-binding ', str(shell(get(get(v["plan"], "cluster"), "project"))), ' --member="serviceAccount:$BUILD_ACCOUNT" --role=roles/cloudbuild.builds.builder --condition=None\n',
    )
    if (v["repository"] and (get(v["repository"], "project") != get(get(v["plan"], "cluster"), "project"))):
        out += ('gcloud artifacts repositories add-iam-policy-binding ', str(shell(get(v["repository"], "name"))), ' --location ', str(shell(get(v["repository"], "location"))), ' --project ', str(shell(get(v["repository"], "project"))), ' --member="serviceAccount:$BUILD_ACCOUNT" --role=roles/artifactregistry.writer\n',)
    if v["repository"]:
        out += (
            'for ACCOUNT in $(gcloud container node-pools list --cluster ', str(shell(get(get(v["plan"], "cluster"), "name"))), ' --location ', str(shell(get(get(v["plan"], "cluster"), "found_at"))), ' --project ', str(shell(get(get(v["plan"], "cluster"), "project"))), " --format 'value(config.serviceAccount)' | sort -u); do\n",
            '  [ "$ACCOUNT" != default ] || ACCOUNT="$PROJECT_NUMBER-compute@developer.gserviceaccount.com"\n',
            '  gcloud artifacts repositories add-iam-policy-binding ', str(shell(get(v["repository"], "name"))), ' --location ', str(shell(get(v["repository"], "location"))), ' --project ', str(shell(get(v["repository"], "project"))), ' --member="serviceAccount:$ACCOUNT" --role=roles/artifactregistry.reader\n',
            'done\n',
        )
    out += (
        '```\n',
        '\n',
        'Start the build and follow its log:\n',
        '\n',
        '```bash\n',
        'BUILD_ID=$(gcloud builds submit image --config image/cloudbuild.yaml --project ', str(shell(get(get(v["plan"], "cluster"), "project"))), ' --region ', str(shell(get(get(v["plan"], "build"), "region"))), " --async --quiet --format 'value(id)')\n",
        'gcloud builds log "$BUILD_ID" --stream --project ', str(shell(get(get(v["plan"], "cluster"), "project"))), ' --region ', str(shell(get(get(v["plan"], "build"), "region"))), '\n',
        '```\n',
        '\n',
        "The build succeeded if the first command prints `SUCCESS`. The second command prints the image's digest; to pin it, write it as `image.digest` in the profile.\n",
        '\n',
        '```bash\n',
        'gcloud builds describe "$BUILD_ID" --project ', str(shell(get(get(v["plan"], "cluster"), "project"))), ' --region ', str(shell(get(get(v["plan"], "build"), "region"))), " --format 'value(status)'\n",
        'gcloud artifacts docker images describe ', str(shell(get(get(v["plan"], "image"), "tagged"))), " --format 'value(image_summary.digest)'\n",
        '```\n',
        '\n',
    )
    return "".join(out)


def _runbook_token_md(v: Mapping[str, Any]) -> str:
    out: list[str] = []
    out += (
        '## 4. Hugging Face token\n',
        '\n',
    )
    if (not get(v["plan"], "credential_with")):
        out += (
            'This recipe needs no token: its pods read ', str(prose(get(get(v["plan"], "weights"), "address"))), '.\n',
            '\n',
        )
    else:
        if v["gated"]:
            out += (
                str(prose(get(get(v["plan"], "model"), "id"))), ' is gated: sign in to Hugging Face with the account of the token, and accept the licence on\n',
                'https://huggingface.co/', str(prose(get(get(v["plan"], "model"), "id"))), ' first. Otherwise ', str(('the Job' if get(get(v["plan"], "weights"), "prefetch") else 'the server')), '\n',
                'cannot download the model.', str((' The curl command below fails with 403 until the licence is accepted, and with 401 if the token is wrong.' if v["check"] else '')), '\n',
                '\n',
            )
        if (get(get(v["plan"], "token"), "source") == 'envFile'):
            out += (
                '`kubectl apply -k ', str((v["folder"] or '.')), '` creates the Secret ', str(get(get(v["plan"], "token"), "secret")), ' from `', str(v["folder"]), str(('/' if v["folder"] else '')), str(get(get(v["plan"], "token"), "env_file")), '`, a file that stays on this machine: `.gitignore` lists it.\n',
                '\n',
                '```bash\n',
                "read -rsp 'Hugging Face token: ' HF_TOKEN\n",
                '```\n',
                '\n',
                '```bash\n',
                str(v["check"]), "(umask 077 && printf '%s=%s\\n' ", str(shell(get(get(v["plan"], "token"), "key"))), ' "$HF_TOKEN" >', str(shell((str(v["folder"]) + str(('/' if v["folder"] else '')) + str(get(get(v["plan"], "token"), "env_file"))))), ')\n',
                'unset HF_TOKEN\n',
                '```\n',
                '\n',
            )
        elif (get(get(v["plan"], "token"), "source") == 'manifest'):
            out += (
                '`', str(v["folder"]), str(('/' if v["folder"] else '')), 'secret.yaml` has a placeholder and is not listed in `kustomization.yaml`. Write the token into a copy, encrypt the copy (SOPS, Sealed\n',
                'Secrets) and list it in an overlay, or create the Secret yourself:\n',
                '\n',
                '```bash\n',
                "read -rsp 'Hugging Face token: ' HF_TOKEN\n",
                '```\n',
                '\n',
                '```bash\n',
                str(v["check"]), 'kubectl create secret generic ', str(shell(get(get(v["plan"], "token"), "secret"))), ' -n ', str(shell(get(v["plan"], "namespace"))), ' --from-file=', str(shell(get(get(v["plan"], "token"), "key"))), '=<(printf %s "$HF_TOKEN") --dry-run=client -o yaml | kubectl apply -f -\n',
                'unset HF_TOKEN\n',
                '```\n',
                '\n',
            )
        elif (get(get(v["plan"], "token"), "source") == 'externalSecret'):
            out += (
                '`', str(v["folder"]), str(('/' if v["folder"] else '')), 'external-secret.yaml` takes the token from `', str(prose(get(get(v["plan"], "token"), "store_key"))), '` in the ', str(get(get(v["plan"], "token"), "store_kind")), ' ', str(prose(get(get(v["plan"], "token"), "store"))), ', which must be Ready:\n',
                '\n',
                '```bash\n',
                'kubectl wait ', str(shell(v["store"])), ' -n ', str(shell(get(v["plan"], "namespace"))), ' --for=condition=Ready --timeout=30s\n',
                '```\n',
                '\n',
            )
        else:
            out += (
                'The Secret ', str(get(get(v["plan"], "token"), "secret")), ' must exist, with the token under the key `', str(get(get(v["plan"], "token"), "key")), '`. This prints its keys without their values:\n',
                '\n',
                '```bash\n',
                'kubectl describe secret ', str(shell(get(get(v["plan"], "token"), "secret"))), ' -n ', str(shell(get(v["plan"], "namespace"))), '\n',
                '```\n',
                '\n',
                'If it is NotFound, create it with `r1c secret PROFILE | kubectl apply -f -`, where PROFILE is the path of the profile.\n',
                '\n',
            )
    if v["references"]:
        out += (
            'The server reads these variables from Secrets, which must exist in the namespace before the pods start:\n',
            '\n',
        )
        for loop_index0, l_reference in enumerate(v["references"]):
            out += ('- `', str(get(l_reference, "variable")), '`: the key `', str(get(l_reference, "key")), '` of the Secret `', str(get(l_reference, "secret")), '`\n',)
        out += (
            '\n',
            '```bash\n',
        )
        for loop_index0, l_secret in enumerate(v["secrets"]):
            out += ('kubectl get secret ', str(shell(l_secret)), ' -n ', str(shell(get(v["plan"], "namespace"))), '\n',)
        out += (
            '```\n',
            '\n',
        )
    return "".join(out)


def _runbook_weights_md(v: Mapping[str, Any]) -> str:
    out: list[str] = []
    out += (
        '### Weights\n',
        '\n',
        'The pods read the model from ', str(prose(get(get(v["plan"], "weights"), "address"))), str(((str(' (mounted at ') + str(prose(get(get(v["plan"], "weights"), "folder"))) + str(')')) if (not get(get(v["plan"], "weights"), "streamed")) else '')), '.\n',
        '\n',
    )
    if ((get(get(v["plan"], "weights"), "type") == 'gcs') and get(get(v["plan"], "weights"), "own_volume")):
        out += (
            'Let the pods read that bucket:\n',
            '\n',
            '```bash\n',
            'gcloud storage buckets add-iam-policy-binding ', str(shell((str('gs://') + str(get(get(v["plan"], "weights"), "bucket"))))), ' --member="$PRINCIPAL" --role=roles/storage.objectViewer\n',
            '```\n',
            '\n',
        )
    if (not get(get(v["plan"], "weights"), "prefetch")):
        if (get(get(v["plan"], "weights"), "type") == 'gcs'):
            out += (
                'The folder must contain config.json, the tokenizer and the weights', str((' as safetensors' if get(get(v["plan"], "weights"), "streamed") else '')), ' before the server starts:\n',
                '\n',
                '```bash\n',
                'gcloud storage ls --long ', str(shell((str(get(get(v["plan"], "weights"), "address")) + str('/')))), '\n',
                '```\n',
                '\n',
                'If it is empty, copy the model from where it was saved:\n',
                '\n',
                '```bash\n',
                "CHECKPOINT='replace with the folder of the checkpoint'\n",
                'gcloud storage cp --recursive "$CHECKPOINT/*" ', str(shell((str(get(get(v["plan"], "weights"), "address")) + str('/')))), '\n',
                '```\n',
                '\n',
            )
        else:
            out += (
                'The volume must contain config.json, the tokenizer and the weights ', str(((str('in ') + str(prose(get(get(v["plan"], "weights"), "path")))) if get(get(v["plan"], "weights"), "path") else 'at its root')), ' before the server starts. `prefetch: {}` under\n',
                '`model.source` adds a Job that downloads them from Hugging Face.\n',
                '\n',
            )
    else:
        out += (
            'A Job downloads ', str(prose(get(get(v["plan"], "model"), "id"))), ' there once: ', str(v["size"]), '. It compares every file with the checksum\n',
            'from Hugging Face and writes config.json last, so that no server starts with an incomplete model. Run it before the next step.\n',
            '\n',
        )
        if (get(get(v["plan"], "weights"), "type") == 'gcs'):
            out += (
                '```bash\n',
                'JOB_PRINCIPAL=', str(v["job_principal"]), '\n',
                'gcloud storage buckets add-iam-policy-binding ', str(shell((str('gs://') + str(get(get(v["plan"], "weights"), "bucket"))))), ' --member="$JOB_PRINCIPAL" --role=roles/storage.objectUser\n',
                '```\n',
                '\n',
            )
        else:
            out += (
                'The Job writes to the claim ', str(get(get(get(v["plan"], "weights"), "prefetch"), "claim")), ', which must be writable', str(((str('; the servers mount ') + str(get(get(v["plan"], "weights"), "claim")) + str(', for example a disk created from a snapshot of the first')) if (get(get(get(v["plan"], "weights"), "prefetch"), "claim") != get(get(v["plan"], "weights"), "claim")) else '')), '.\n',
                '\n',
                '```bash\n',
                'kubectl get persistentvolumeclaim ', str(shell(get(get(get(v["plan"], "weights"), "prefetch"), "claim"))), ' -n ', str(shell(get(v["plan"], "namespace"))), '\n',
                '```\n',
                '\n',
            )
        out += (
            'A Job cannot be changed, so delete an earlier one first. The files that it has downloaded stay and are not downloaded again.\n',
            '\n',
            '```bash\n',
            'kubectl delete job ', str(shell(v["prefetch"])), ' -n ', str(shell(get(v["plan"], "namespace"))), ' --ignore-not-found\n',
            'kubectl apply -k prefetch\n',
            'until kubectl logs ', str(shell((str('job/') + str(v["prefetch"])))), ' -c prefetch -n ', str(shell(get(v["plan"], "namespace"))), ' --tail=1 --pod-running-timeout=30m; do sleep 15; done\n',
            'kubectl logs -f ', str(shell((str('job/') + str(v["prefetch"])))), ' -c prefetch -n ', str(shell(get(v["plan"], "namespace"))), '\n',
            'kubectl wait ', str(shell((str('job/') + str(v["prefetch"])))), ' -n ', str(shell(get(v["plan"], "namespace"))), ' --for=condition=Complete --timeout=30s\n',
            '```\n',
            '\n',
            'The last line of the log is `complete: N files, N downloaded, list CHECKSUM`, and the last command prints `condition met`. Otherwise the log\n',
            'says what failed: run the block again, and the download continues where it stopped. `.r1c-weights.json` in the folder records the commit, the\n',
            'checksum of each file, and the checksum of the list. To compare every file again, delete `.r1c-weights.json` and run the block again.\n',
            '\n',
        )
    if (get(get(v["plan"], "weights"), "type") == 'pvc'):
        out += (
            'Before the next step, the claim ', str(get(get(v["plan"], "weights"), "claim")), ' must be Bound, with the access mode ReadOnlyMany (Hyperdisk ML) or ReadWriteMany (Managed Lustre), in the zone of\n',
            'the nodes. The benchmark mounts it too, for the tokenizer: its node must have a machine type that can attach the disk.\n',
            '\n',
            '```bash\n',
            'kubectl get persistentvolumeclaim ', str(shell(get(get(v["plan"], "weights"), "claim"))), ' -n ', str(shell(get(v["plan"], "namespace"))), '\n',
            '```\n',
            '\n',
        )
    return "".join(out)


def _termination_leader(v: Mapping[str, Any]) -> str:
    out: list[str] = []
    out.append(script("termination/leader.py"))
    return "".join(out)


def _termination_worker(v: Mapping[str, Any]) -> str:
    out: list[str] = []
    out.append(script("termination/worker.py"))
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
    "runbook/weights.md.j2": _runbook_weights_md,
    "termination/leader.j2": _termination_leader,
    "termination/worker.j2": _termination_worker,
}
