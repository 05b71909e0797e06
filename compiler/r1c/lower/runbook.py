"""RUNBOOK.md: every step from an empty cluster to a benchmark result, filled in for one recipe."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from r1c import facts
from r1c.diagnostics.suggest import counted
from r1c.facts.gpudirect import DaemonSet
from r1c.lower import benchmark
from r1c.lower.bundle import Object, Text
from r1c.lower.templates import render
from r1c.lower.templates.escape import inside_quotes, shell
from r1c.record import record
from r1c.resolve.plan import Plan

if TYPE_CHECKING:
    from r1c.facts.dranet import Dranet

STREAM = """\
import json, sys
ended = False
for line in map(str.strip, sys.stdin):
    if line == "data: [DONE]":
        ended = True
    elif line.startswith("data: "):
        chunk = json.loads(line[6:])
        if "choices" not in chunk:
            sys.exit(line)
        for choice in chunk["choices"]:
            delta = choice["delta"]
            words = delta.get("reasoning_content") or delta.get("reasoning") or delta.get("content")
            print(words or "", end="", flush=True)
    elif line:
        sys.exit(line + sys.stdin.read())
print()
if not ended:
    sys.exit("the answer is incomplete: the connection ended before [DONE]")"""
"""Prints the words of a streamed answer as they arrive; releases of vLLM name the reasoning differently."""


@record
class Repository:
    """A repository of Artifact Registry."""

    location: str
    project: str
    name: str


@record
class Reference:
    """A variable whose value is a key of a Secret."""

    variable: str
    secret: str
    key: str


def page(plan: Plan, blocks: Sequence[Object] = ()) -> Text:
    """Return the runbook; its commands are run in its directory.

    `blocks` are the objects of optional blocks, which the clean-up deletes too.
    """
    question = {
        "model": plan.model.served_name,
        "messages": [
            {"role": "system", "content": "You are a helpful AI assistant"},
            {"role": "user", "content": "How many r are there in strawberry ?"},
        ],
        "temperature": 0.6,
        "top_p": 0.95,
        "max_tokens": 2048,
    }
    chat = {
        "model": plan.model.served_name,
        "messages": [{"role": "user", "content": "Which is bigger, 9.9 or 9.11 ?"}],
        "stream": True,
    }
    api_key = plan.server.api_key
    references = [Reference(name, at.name, at.key) for name, at in plan.server.secrets.items()]
    content = render(
        "RUNBOOK.md.j2",
        plan=plan,
        group=plan.group,
        count=counted,
        minutes=plan.ready_seconds // 60,
        repository=repository(plan.image.registry),
        nodes=nodes(plan),
        networks=networks(plan),
        claim=plan.network.claim,
        dranet=_dranet(plan),
        lws=plan.cluster.lws or facts.defaults().lws,
        oldest_lws=facts.limits().lws.oldest_native if _indexed(plan) else facts.limits().lws.oldest,
        gated=_gated(plan),
        check=_check(plan),
        store=f"{plan.token.store_kind.lower()}/{plan.token.store}",
        principal=principal(plan, plan.service_account),
        job_principal=principal(plan, f"{plan.name}-prefetch"),
        prefetch=f"{plan.name}-prefetch",
        folder="prefetch" if plan.weights.prefetch else "",
        size=_download(plan),
        question=question,
        chat=chat,
        stream=STREAM,
        job=benchmark.job_name(plan),
        results=benchmark.results(plan).removeprefix(plan.storage.mount_path.rstrip("/")),
        own=[*own_objects(plan), *map(_resource, blocks)],
        kept=" ".join(shell(f"/host{path}") for path in kept_on_nodes(plan)),
        references=references,
        secrets=sorted({reference.secret for reference in references}),
        api_key=api_key,
        # Keys of Secrets have neither quotes nor backslashes.
        api_key_template=f'{{{{index .data "{api_key.key}" | base64decode}}}}' if api_key else "",
        **daemon_sets(plan),
    )
    return Text("RUNBOOK.md", content.rstrip("\n") + "\n", comment="<!--")


def repository(registry: str) -> Repository | None:
    """Return the parts of LOCATION-docker.pkg.dev/PROJECT/REPOSITORY, None for another registry.

    A project of a domain is two parts of the path (example.com/my-project) and one ID with a colon.
    """
    host, *path = registry.split("/")
    location = host.removesuffix("-docker.pkg.dev")
    if location == host:
        return None
    return Repository(location, ":".join(path[:-1]), path[-1])


def nodes(plan: Plan) -> str:
    """Return the arguments by which kubectl finds the nodes that the server's pods may run on."""
    if plan.scheduling.target_nodes:
        return " ".join(shell(name) for name in plan.scheduling.target_nodes)
    accelerator = {"cloud.google.com/gke-accelerator": plan.platform.accelerator_label}
    selector = plan.node_selector or accelerator
    return "-l " + shell(",".join(f"{key}={value}" for key, value in selector.items()))


def networks(plan: Plan) -> list[str]:
    """Return the Network objects that the pods attach to beside the pod network, which every cluster has."""
    if plan.network.host:
        return []
    used = [item.network for item in plan.network.interfaces]
    return [name for name in dict.fromkeys(used) if name != plan.platform.primary_network]


def _dranet(plan: Plan) -> Dranet | None:
    """Return the facts of DRANET for a recipe that claims its NICs."""
    if plan.network.claim is None:
        return None
    from r1c.facts import dranet

    return dranet.read()


def daemon_sets(plan: Plan) -> dict[str, DaemonSet | None]:
    """Return the DaemonSets that the recipe needs in the cluster: name and manifest, or None.

    TCPXO needs its installer for the devices that it prepares on the node, even where the pods bring the
    plugin themselves; gIB needs it for the plugin alone. A privileged daemon has the GPUs without the
    injector.
    """
    stack = facts.stack(plan.gpudirect.stack)
    prepares = stack.injector is not None
    return {
        "installer": stack.installer if prepares or plan.gpudirect.use_host_plugin else None,
        "injector": None if plan.network.host else stack.injector,
    }


def principal(plan: Plan, account: str) -> str:
    """Return the IAM principal of a service account, quoted for a shell with PROJECT_NUMBER."""
    pool = f"{plan.cluster.project}.svc.id.goog"
    subject = f"ns/{plan.namespace}/sa/{account}"
    path = inside_quotes(f"locations/global/workloadIdentityPools/{pool}/subject/{subject}")
    return f'"principal://iam.googleapis.com/projects/$PROJECT_NUMBER/{path}"'


def own_objects(plan: Plan) -> list[str]:
    """Return what a clean-up deletes. A service account that the profile names may be shared."""
    names = [f"leaderworkerset/{plan.name}", f"service/{plan.service.name}"]
    return [*names, f"serviceaccount/{plan.name}"] if plan.service_account == plan.name else names


def _resource(item: Object) -> str:
    """Return an object as kubectl finds it, its kind with the API group where that is a domain."""
    group = item["apiVersion"].rpartition("/")[0]
    kind = item["kind"].lower()
    return (
        f"{kind}.{group}/{item['metadata']['name']}" if "." in group else f"{kind}/{item['metadata']['name']}"
    )


def kept_on_nodes(plan: Plan) -> tuple[str, ...]:
    """Return what stays on a node: the model and the compiled code; nothing where both go with the pod."""
    if not plan.storage.cache_on_node:
        return ()
    checkpoint = f"huggingface/hub/models--{plan.model.id.replace('/', '--')}"
    kept = (*([checkpoint] if plan.weights.on_hub else []), "vllm", "triton")
    return tuple(f"{plan.platform.local_ssd_path}/{name}" for name in kept)


def _download(plan: Plan) -> str:
    """Return what the prefetch Job downloads, and about how long that takes."""
    size = plan.model.architecture.checkpoint_bytes if plan.model.architecture else None
    if size is None:
        return "its size is not known"
    rate = facts.defaults().startup.download_bytes_per_second
    minutes = counted(math.ceil(size / rate / 60), "minute")
    return f"{size / 10**9:,.1f} GB, about {minutes} at {rate // 10**6} MB/s"


def _indexed(plan: Plan) -> bool:
    return plan.server.executor in ("native", "data")


def _gated(plan: Plan) -> bool:
    return plan.model.architecture is not None and plan.model.architecture.gated


def _check(plan: Plan) -> str:
    """Return the command that asks Hugging Face whether the token may read a gated model.

    An earlier step has read the token.
    """
    if not _gated(plan) or plan.token.source not in ("envFile", "manifest"):
        return ""
    url = shell(f"https://huggingface.co/api/models/{plan.model.id}/auth-check")
    header = """-H @<(printf 'Authorization: Bearer %s' "$HF_TOKEN")"""
    return f"curl --fail --silent --show-error {header} {url} >/dev/null && echo 'access granted'\n"
