"""The command line of `r1c preflight`, and the options of every command that reads a cluster."""

from __future__ import annotations

from r1c.cli import actions
from r1c.cli.declaration import Command, Option
from r1c.cli.shared_options import COMMON, PROFILES, STRICT, form

CLUSTER = (
    Option(
        "snapshot",
        ("--snapshot",),
        "Read the cluster from a file that the printed commands wrote; - for standard input.",
        "FILE",
        complete="files",
    ),
    Option("kubectl", ("--kubectl",), "Read the cluster with kubectl (read-only).", kind="flag"),
    Option("context", ("--context",), "Context of kubectl, with --kubectl. [the current one]", "C"),
)
"""Where the cluster is to be read."""

PREFLIGHT = Command(
    "preflight",
    actions.preflight,
    "Check whether a cluster has what recipes need.",
    "Without --snapshot or --kubectl, r1c prints the `kubectl get` commands that write a snapshot of the "
    "cluster. Of Secrets, the commands read only the names of the keys. With either, it checks nodes, "
    "networks, DaemonSets, definitions, controllers, queue, namespace, Secrets, and objects that have the "
    "recipe's names (docs/preflight.md). What a snapshot does not contain is listed as not checked.",
    examples=(
        "r1c preflight profiles/a3mega.yaml > snapshot.sh && sh snapshot.sh\n"
        "r1c preflight profiles/a3mega.yaml --snapshot snapshot.json",
        "r1c preflight profiles/a3mega.yaml --kubectl --context my-cluster",
    ),
    statuses={1: "the cluster lacks something, or a profile has errors; under --strict also for warnings"},
    options=(
        *CLUSTER,
        form(
            "text",
            "json",
            help="How to print diagnostics: for people, or for tools on standard output.",
        ),
        STRICT,
        *COMMON,
    ),
    arguments=(PROFILES,),
)
