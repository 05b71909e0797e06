"""The commands of `r1c import`, as data: a profile from Helm values, a manifest or a vLLM recipe."""

from __future__ import annotations

from r1c.cli import actions
from r1c.cli.declaration import Argument, Command, Group, Option
from r1c.cli.shared_options import COMMON, SOURCE

IMPORT_HELM = Command(
    "helm",
    actions.import_helm,
    "Create a profile from the Helm values of gpu-recipes.",
    "Reads values files and --set arguments for the vLLM charts for A3 Mega, A3 Ultra and A4. Every value is "
    "in the profile, or named with the reason why it is not.",
    examples=(
        "r1c import helm values.yaml --set job.image.tag=v0.7.3 --project my-project --region us-central1",
    ),
    statuses={1: "the values or the resulting profile have errors"},
    options=(
        Option("settings", ("--set",), "A value, as `helm install --set`.", "K=V", repeated=True),
        Option("file_settings", ("--set-file",), "As `helm install --set-file`.", "K=FILE", repeated=True),
        Option(
            "patch",
            ("--patch",),
            "Also write a kustomize patch with the buckets after the first one, as a new file.",
            "FILE",
        ),
        *SOURCE,
        *COMMON,
    ),
    arguments=(
        Argument(
            "files",
            "VALUES...",
            {"VALUES": "Values files in the order of `helm install -f`; - for standard input."},
            many=True,
            complete="profiles",
        ),
    ),
)

IMPORT_RECIPE = Command(
    "recipe",
    actions.import_recipe,
    "Create a profile from a recipe of vllm-project/recipes.",
    "Reads models/ORGANISATION/MODEL.yaml: the model, the oldest release, flags and variables of the default "
    "features, and the hardware. With --platform it also reads what the recipe has for that hardware, and "
    "chooses the nodes and the parallelism by the recipe's strategies. Everything else is named with the "
    "reason.",
    examples=("r1c import recipe models/openai/gpt-oss-120b.yaml --platform a3-ultra",),
    statuses={1: "the recipe or the resulting profile has errors"},
    options=(
        Option("variant", ("--variant",), "Checkpoint of the recipe, such as fp8. [default]", "V"),
        Option(
            "strategy",
            ("--strategy",),
            "How the recipe divides the model, such as single_node_tep or multi_node_dep. Default: the "
            "recipe's own for one node, or for as many nodes as it needs.",
            "S",
        ),
        *SOURCE,
        *COMMON,
    ),
    arguments=(
        Argument(
            "file", "FILE", {"FILE": "The recipe's YAML, or - for standard input."}, complete="profiles"
        ),
    ),
)

IMPORT_MANIFEST = Command(
    "manifest",
    actions.import_manifest,
    "Create a profile from a LeaderWorkerSet that runs vLLM.",
    "Reads the flags from the command, networks, images and volumes from the pod template, and type and "
    "port from the Service, if the file has it. A Deployment of one node works too.\n\n"
    "Shell scripts need tree-sitter and tree-sitter-bash, the extra `shell`; without them, r1c "
    "prints the command that installs them.",
    examples=("kubectl get leaderworkerset my-server -o yaml | r1c import manifest -",),
    statuses={1: "the manifest or the resulting profile has errors"},
    options=(
        Option(
            "patch",
            ("--patch",),
            "Also write a kustomize patch with what a profile cannot express, as a new file.",
            "FILE",
        ),
        Option(
            "objects",
            ("--objects",),
            "With --patch: also write the objects that are not part of a recipe, as a new file.",
            "FILE",
        ),
        *SOURCE,
        *COMMON,
    ),
    arguments=(
        Argument(
            "file",
            "FILE",
            {"FILE": "YAML or JSON with the objects, or - for standard input."},
            complete="profiles",
        ),
    ),
)

IMPORT = Group(
    "import",
    "Create a profile from Helm values, a manifest or a recipe.",
    "The profile goes to standard output. Values that it does not have, fields to fill in, and faults of the "
    "source go to standard error.",
    examples=("r1c import helm values.yaml --set clusterName=my-cluster > profiles/my-recipe.yaml",),
    commands=(IMPORT_HELM, IMPORT_MANIFEST, IMPORT_RECIPE),
    options=COMMON,
)
