"""The command line of r1c: every command with its options, arguments and help page."""

from __future__ import annotations

from r1c.cli import actions
from r1c.cli.declaration import Argument, Command, Group, Option

# Options of several commands

VERSION = Option("version", ("-V", "--version"), "Show the version and exit.", kind="version")
COMMON = (
    Option("quiet", ("-q", "--quiet"), "Print only results and diagnostics.", kind="setting"),
    Option("verbose", ("-v", "--verbose"), "Name each file; add details to faults.", kind="setting"),
    Option("plain", ("--no-color",), "No colours.", kind="setting"),
)
STRICT = Option("strict", ("--strict",), "Treat warnings as errors.", kind="flag")


def form(*words: str, help: str) -> Option:
    """Return the option --format; its first word is the default."""
    return Option("form", ("--format",), f"{help} [{words[0]}]", kind="choice", default=words[0], words=words)


TABLE = form("table", "json", "csv", help="table shows the main figures, json and csv all of them.")
SOURCE = (
    Option("name", ("--name",), "Name of the recipe, or of the Helm release.", "NAME"),
    Option(
        "platform",
        ("--platform",),
        "Machine platform of the nodes. [from the source]",
        "P",
        complete="platforms",
    ),
    Option("project", ("--project",), "Google Cloud project of the cluster.", "ID"),
    Option("cluster", ("--cluster",), "Name of the cluster.", "C"),
    Option("region", ("--region",), "Region of the cluster.", "R"),
)
"""Values that an imported source may lack."""

# Arguments of several commands

PROFILE = Argument("profile", "PROFILE", {"PROFILE": "A file, or - for standard input."}, complete="profiles")
PROFILES = Argument(
    "profiles",
    "PROFILE...",
    {"PROFILE": "A file, a directory (every Recipe in it and below it), or - for standard input."},
    many=True,
    complete="profiles",
)

# Profiles

COMPILE = Command(
    "compile",
    actions.compile,
    "Compile profiles into manifests under out/<name>/.",
    "Every profile is checked first; one with errors is reported and its output stays unchanged. An "
    "unchanged file keeps its modification time, a file that the recipe no longer has is deleted, and a "
    "file that someone edited by hand is only overwritten with --force.",
    examples=(
        "r1c compile profiles/a3mega.yaml",
        "r1c compile profiles --check",
        "r1c compile profiles/a3mega.yaml -o - | kubectl diff -f -",
    ),
    statuses={1: "a profile has errors, a file in the way was edited by hand, or --check found a difference"},
    options=(
        Option(
            "output",
            ("-o", "--output"),
            "Parent of the output directories; - for standard output. [out]",
            "DIR",
            default="out",
            complete="folders",
        ),
        Option("check", ("--check",), "Write nothing; exit 1 if the output on disk differs.", kind="flag"),
        Option("dry_run", ("--dry-run",), "Write nothing; list what would be written.", kind="flag"),
        Option("force", ("--force",), "Overwrite files that someone edited or added.", kind="flag"),
        Option(
            "show_profile",
            ("--show-profile",),
            "Print the profile merged with what it extends, and write nothing.",
            kind="flag",
        ),
        Option(
            "jobs",
            ("--jobs",),
            "Number of processes. [by the number of profiles]",
            "N",
            kind="number",
            least=1,
        ),
        STRICT,
        *COMMON,
    ),
    arguments=(PROFILES,),
)

CHECK = Command(
    "check",
    actions.check,
    "Check profiles and print their faults.",
    "One run reports all faults of a profile, in file order. A profile with errors is refused; warnings and "
    "hints do not refuse it. Nothing is written.",
    examples=(
        "r1c check profiles/a3mega.yaml",
        "r1c check profiles --strict --format json",
        "r1c check profiles --format sarif > r1c.diagnostics.sarif",
    ),
    statuses={1: "a profile has errors, or warnings under --strict"},
    options=(
        form(
            "text",
            "json",
            "sarif",
            "github",
            help="Format of the diagnostics: text for people, the others for tools, on standard output.",
        ),
        STRICT,
        *COMMON,
    ),
    arguments=(PROFILES,),
)

PLAN = Command(
    "plan",
    actions.plan,
    "Print the figures of a recipe: GPUs, ranks, layers, memory and cost drivers.",
    "The ranks of each node, layers and weights of each stage, KV-cache tokens, sequences at full length, "
    "and the size of the download. Computed from the profile and r1c's facts, without access to a cluster.",
    examples=("r1c plan profiles/a3mega.yaml", "r1c plan profiles/a3mega.yaml --format json"),
    statuses={1: "the profile has errors"},
    options=(form("text", "json", help="Format of the plan."), *COMMON),
    arguments=(PROFILE,),
)

DIFF = Command(
    "diff",
    actions.diff,
    "Show what changes on the cluster, object by object, and its impact.",
    "With OLD and NEW, r1c compares two profiles; with only OLD, the output on disk with the profile; with "
    "--rev, the output (or the profile) of a git revision with the profile. It writes nothing, checks "
    "nothing out and does not access a cluster.",
    examples=(
        "r1c diff profiles/a3mega.yaml",
        "r1c diff profiles/a3mega.yaml profiles/a3mega-gpunet.yaml",
        "r1c diff profiles --rev origin/main --format markdown",
    ),
    statuses={1: "there is a difference, or a profile has errors"},
    options=(
        Option("rev", ("--rev",), "Compare with a git revision (origin/main, HEAD~1, a tag).", "REV"),
        Option(
            "output",
            ("-o", "--output"),
            "Parent of the output directories. [out]",
            "DIR",
            default="out",
            complete="folders",
        ),
        form(
            "text",
            "markdown",
            "json",
            help="text is for people, markdown for a pull request, json for tools.",
        ),
        *COMMON,
    ),
    arguments=(
        Argument(
            "old",
            "OLD",
            {"OLD": "A profile, or a directory of profiles; - for standard input."},
            complete="profiles",
        ),
        Argument(
            "new",
            "[NEW]",
            {"NEW": "The profile or directory to compare OLD with."},
            required=False,
            complete="profiles",
        ),
    ),
)

SECRET = Command(
    "secret",
    actions.secret,
    "Print the Secret of a profile with the Hugging Face token in it.",
    "r1c reads the token from the variable HF_TOKEN, or asks for it, and writes it only to standard output.",
    examples=("r1c secret profiles/a3mega.yaml | kubectl apply -f -",),
    statuses={1: "the profile has errors"},
    environment={"HF_TOKEN": "The Hugging Face token; if it is not set, r1c asks for it on the terminal."},
    options=COMMON,
    arguments=(PROFILE,),
)

KRM = Command(
    "krm",
    actions.krm,
    "Answer a ResourceList as a KRM function, for kustomize and kpt.",
    "Reads a config.kubernetes.io/v1 ResourceList from standard input, YAML or JSON. Each Recipe among its "
    "items, and one given as functionConfig, is compiled to its serving objects; all other items are "
    "returned unchanged. An object that is already among the items is replaced. A Recipe is removed from "
    'the list, unless it has the annotation config.kubernetes.io/local-config: "true". `results` also has '
    "the diagnostics; if a recipe is refused, all items are returned unchanged.",
    examples=("r1c krm < resources.yaml", 'kpt fn eval package --exec "r1c krm"'),
    statuses={1: "a recipe has errors"},
    options=COMMON,
)

# Making a profile

INIT = Command(
    "init",
    actions.init,
    "Print a starter profile for a platform and a model.",
    "r1c chooses flags, parallelism and nodes: the smallest group that the model fits on, with the newest "
    "vLLM release that r1c knows. Fields that only you can fill in (project, cluster, registry, bucket) stay "
    "empty, and `r1c check` lists them. On a terminal and without arguments, init asks for each value and "
    "checks the answer.",
    examples=(
        "r1c init",
        "r1c init my-recipe --platform a3-ultra --model Qwen/Qwen3-32B -o profiles/my-recipe.yaml",
    ),
    options=(
        Option(
            "platform", ("--platform",), "Machine platform of the nodes. [a3-mega]", "P", complete="platforms"
        ),
        Option("model", ("--model",), "The model's Hugging Face ID.", "M", complete="models"),
        Option(
            "vllm",
            ("--vllm",),
            "The vLLM release. [the newest known release]",
            "V",
            complete="releases",
        ),
        Option(
            "output",
            ("-o", "--output"),
            "Write to a new file; an existing file is never overwritten.",
            "FILE",
        ),
        *COMMON,
    ),
    arguments=(
        Argument(
            "name",
            "[NAME]",
            {"NAME": "Name of the recipe. Default: from the model and the platform."},
            required=False,
        ),
    ),
)

IMPORT_HELM = Command(
    "helm",
    actions.import_helm,
    "Create a profile from the Helm values of gpu-recipes.",
    "Reads the values files and --set arguments of the vLLM charts for A3 Mega, A3 Ultra and A4. Every value "
    "becomes part of the profile, or is listed as not carried, with the reason.",
    examples=(
        "r1c import helm values.yaml --set job.image.tag=v0.7.3 --project my-project --region us-central1",
    ),
    statuses={1: "the values or the resulting profile have errors"},
    options=(
        Option("settings", ("--set",), "A value, as `helm install --set`.", "K=V", repeated=True),
        Option("file_settings", ("--set-file",), "As `helm install --set-file`.", "K=FILE", repeated=True),
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

IMPORT_MANIFEST = Command(
    "manifest",
    actions.import_manifest,
    "Create a profile from a LeaderWorkerSet that runs vLLM.",
    "Reads the flags from the command, networks, images and volumes from the pod template, and type and "
    "port from the Service, if the file has it. A Deployment for one node is read in the same way.",
    examples=("kubectl get leaderworkerset my-server -o yaml | r1c import manifest -",),
    statuses={1: "the manifest or the resulting profile has errors"},
    options=(*SOURCE, *COMMON),
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
    "Create a profile from what you run today.",
    "The profile is printed to standard output. Values that are not carried, fields left to fill in, and "
    "faults of the source are printed to standard error.",
    examples=("r1c import helm values.yaml --set clusterName=my-cluster > profiles/my-recipe.yaml",),
    commands=(IMPORT_HELM, IMPORT_MANIFEST),
    options=COMMON,
)

# Benchmark results

BENCH_PARSE = Command(
    "parse",
    actions.bench_parse,
    "Print benchmark results as a table.",
    "",
    examples=(
        "r1c bench parse results/ --format csv > results.csv",
        "kubectl logs job/deepseek-r1-a3mega-benchmark | r1c bench parse -",
    ),
    statuses={1: "a file holds no result"},
    options=(TABLE, *COMMON),
    arguments=(
        Argument(
            "results",
            "RESULTS...",
            {"RESULTS": "Result files, logs, folders with them, or - for standard input."},
            many=True,
            complete="files",
        ),
    ),
)

BENCH_COMPARE = Command(
    "compare",
    actions.bench_compare,
    "Compare two sets of benchmark results, point by point.",
    "Points with the same load are compared. For repeated runs of a point, the mean is compared, shown with "
    "the minimum and the maximum. A warning is printed if the two sides differ in more than one thing.",
    examples=(
        "r1c bench compare results/v0.10.1 results/v0.10.2",
        "r1c bench compare before after --fail-on 'p99_ttft_ms>+10%' --fail-on 'output_tokens_per_s<-5%'",
    ),
    statuses={1: "a limit is exceeded, a file has no result, or the sides have no point in common"},
    options=(
        Option(
            "fail_on",
            ("--fail-on",),
            "Exit 1 if a figure changed by more, such as p99_ttft_ms>+10% or output_tokens_per_s<-5%; can "
            "be repeated.",
            "LIMIT",
            repeated=True,
        ),
        TABLE,
        *COMMON,
    ),
    arguments=(
        Argument("first", "A", {"A": "The results to compare with: a file or a folder."}, complete="files"),
        Argument("second", "B", {"B": "The results to judge: a file or a folder."}, complete="files"),
    ),
)

BENCH_PLOT = Command(
    "plot",
    actions.bench_plot,
    "Plot throughput against latency over a sweep, one line for each argument.",
    "Needs matplotlib: pip install 'r1c[plot]'.",
    examples=("r1c bench plot results/v0.10.1 results/v0.10.2 -o sweep.svg --latency median_tpot_ms",),
    statuses={1: "a file holds no result"},
    options=(
        Option("output", ("-o", "--output"), "The file to write: *.svg or *.png.", "FILE", required=True),
        Option(
            "latency", ("--latency",), "The latency to plot. [p99_ttft_ms]", "FIGURE", default="p99_ttft_ms"
        ),
        *COMMON,
    ),
    arguments=(
        Argument(
            "results",
            "RESULTS...",
            {"RESULTS": "Result files or folders, one for each line of the plot."},
            many=True,
            complete="files",
        ),
    ),
)

BENCH = Group(
    "bench",
    "Read the results of vLLM's serving benchmark.",
    "A result is the JSON file that `vllm bench serve` or the older benchmark_serving.py writes, in any "
    "version that r1c knows, or the block that it prints, also inside a log. In a folder of a benchmark Job "
    "of r1c, each point counts once. Files without a result are reported and skipped.",
    examples=(
        "gcloud storage cp --recursive gs://my-bucket/r1c/deepseek-r1-a3mega .\n"
        "r1c bench parse deepseek-r1-a3mega",
    ),
    statuses={1: "a file has no result, or a limit is exceeded"},
    commands=(BENCH_PARSE, BENCH_COMPARE, BENCH_PLOT),
)

# r1c itself

EXPLAIN = Command(
    "explain",
    actions.explain,
    "Explain a code or a field of the profile; without an argument, list all codes.",
    "For a code: the reason, an example with the fault, and the fix. For a field: its type, default, "
    "meaning, an example, and the codes that check it.",
    examples=("r1c explain R1C201", "r1c explain network.mode"),
    options=COMMON,
    arguments=(
        Argument(
            "topic",
            "[CODE|FIELD]",
            {
                "CODE": "Such as R1C201, or its name, such as tensor-divides-heads.",
                "FIELD": "A path such as spec.network.mode; the leading spec. is optional.",
            },
            required=False,
            complete="topics",
        ),
    ),
)

SCHEMA = Command(
    "schema",
    actions.schema,
    "Print the JSON Schema of the profile, for editors.",
    "With the first line `# yaml-language-server: $schema=PATH` in a profile, an editor with a YAML language "
    "server completes and explains every field.",
    examples=("r1c schema > schemas/recipe.schema.json",),
    options=COMMON,
)

COMPLETE = Command(
    "completion",
    actions.complete,
    "Print the script that completes r1c's command lines in a shell.",
    "It completes commands, options and their values, profiles (*.yaml, *.yml and directories), codes and "
    "fields. `r1c` must be on PATH.",
    examples=(
        "r1c completion bash > ~/.local/share/bash-completion/completions/r1c",
        'r1c completion zsh > "${fpath[1]}/_r1c"',
        "r1c completion fish > ~/.config/fish/completions/r1c.fish",
    ),
    options=COMMON,
    arguments=(
        Argument(
            "shell",
            "SHELL",
            {"SHELL": "bash (4.4 or newer), zsh or fish."},
            words=("bash", "zsh", "fish"),
        ),
    ),
)

R1C = Group(
    "r1c",
    "Compile inference recipes to Kubernetes manifests.",
    "r1c turns one short profile into the manifests that serve and benchmark a model with vLLM on GKE. "
    "Results go to standard output, diagnostics and other messages for people to standard error."
    "\n\n"
    "`r1c COMMAND --help` explains a command.",
    examples=("r1c compile profiles/a3mega.yaml\nkubectl apply -k out/deepseek-r1-a3mega",),
    statuses={1: "a profile has errors, or a comparison found a difference"},
    environment={
        "HF_TOKEN": "The Hugging Face token; only `r1c secret` reads it.",
        "NO_COLOR": "No colours, like --no-color.",
    },
    commands=(COMPILE, CHECK, PLAN, DIFF, SECRET, KRM, EXPLAIN, SCHEMA, COMPLETE, INIT, IMPORT, BENCH),
    options=(VERSION, *COMMON),
)
