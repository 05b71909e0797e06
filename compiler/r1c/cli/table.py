"""The command line of r1c: every command with its options, arguments and help page."""

from __future__ import annotations

from r1c.cli import actions
from r1c.cli.declaration import Argument, Command, Group, Option
from r1c.cli.shared_options import COMMON, PROFILE, PROFILES, SOURCE, STRICT, TABLE, VERSION, form

# Profiles

COMPILE = Command(
    "compile",
    actions.compile,
    "Compile profiles into manifests under out/<name>/.",
    "Every profile is checked first; one with errors is reported and keeps the output that it has. A file "
    "that did not change keeps its time, one that a recipe no longer has is removed, and one that someone "
    "edited by hand is never touched without --force.",
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
            "Parent of the output directories; - for a stream. [out]",
            "DIR",
            default="out",
            complete="folders",
        ),
        Option("check", ("--check",), "Write nothing; exit 1 when the output on disk differs.", kind="flag"),
        Option("dry_run", ("--dry-run",), "Write nothing; say what would be written.", kind="flag"),
        Option("force", ("--force",), "Overwrite files that someone edited or added.", kind="flag"),
        Option(
            "show_profile",
            ("--show-profile",),
            "Print the profile with what it extends, and write nothing.",
            kind="flag",
        ),
        Option(
            "jobs", ("--jobs",), "Processes to use. [by the number of profiles]", "N", kind="number", least=1
        ),
        STRICT,
        *COMMON,
    ),
    arguments=(PROFILES,),
)

CHECK = Command(
    "check",
    actions.check,
    "Check profiles and print what is wrong with them.",
    "All faults of a profile are reported in one run, in file order. Errors refuse a profile; warnings and "
    "hints do not. Nothing is written.",
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
            help="How to print diagnostics: for people, or for tools on standard output.",
        ),
        STRICT,
        *COMMON,
    ),
    arguments=(PROFILES,),
)

PLAN = Command(
    "plan",
    actions.plan,
    "Print the figures of a recipe: GPUs, ranks, layers, memory and totals.",
    "Ranks to nodes, layers and weights of each stage, KV-cache tokens, sequences at full length, and what "
    "is downloaded and paid for. Computed from the profile and r1c's facts alone; nothing is asked of a "
    "cluster.",
    examples=("r1c plan profiles/a3mega.yaml", "r1c plan profiles/a3mega.yaml --format json"),
    statuses={1: "the profile has errors"},
    options=(form("text", "json", help="How to print the plan."), *COMMON),
    arguments=(PROFILE,),
)

DIFF = Command(
    "diff",
    actions.diff,
    "Show what changes on the cluster, object by object, and its impact.",
    "With OLD and NEW, two profiles are compared; with OLD alone, the output on disk with the profile; with "
    "--rev, the output (or the profile) of a git revision with the profile. Nothing is written, checked out "
    "or asked of a cluster.",
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
        form("text", "markdown", "json", help="How to print: for people, for a pull request, or for tools."),
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
            {"NEW": "What OLD is compared with: a profile, or a directory."},
            required=False,
            complete="profiles",
        ),
    ),
)

SECRET = Command(
    "secret",
    actions.secret,
    "Print the Secret of a profile with the Hugging Face token in it.",
    "The token comes from the variable HF_TOKEN, or is asked for. It is written to standard output and "
    "nowhere else.",
    examples=("r1c secret profiles/a3mega.yaml | kubectl apply -f -",),
    statuses={1: "the profile has errors"},
    environment={"HF_TOKEN": "The Hugging Face token; asked for on the terminal if it is not set."},
    options=COMMON,
    arguments=(PROFILE,),
)

KRM = Command(
    "krm",
    actions.krm,
    "Answer a ResourceList as a KRM function, for kustomize and kpt.",
    "Reads a config.kubernetes.io/v1 ResourceList from standard input, YAML or JSON. Each Recipe among its "
    "items, and one given as functionConfig, is compiled to its serving objects; all other items pass "
    "through as they are. An object that is already among the items is replaced. A Recipe leaves the list, "
    'unless it is annotated with config.kubernetes.io/local-config: "true". Diagnostics are in `results` '
    "too; when a recipe is refused, the items come back as they were.",
    examples=("r1c krm < resources.yaml", 'kpt fn eval package --exec "r1c krm"'),
    statuses={1: "a recipe has errors"},
    options=COMMON,
)

# Making a profile

INIT = Command(
    "init",
    actions.init,
    "Print a starter profile for a platform and a model.",
    "Flags, parallelism and nodes come from what r1c knows: the smallest group that the model fits on, with "
    "the newest vLLM release. What only you know (project, cluster, registry, bucket) is left open, and "
    "`r1c check` asks for it by name. On a terminal and without arguments, it asks, and checks each answer.",
    examples=(
        "r1c init",
        "r1c init my-recipe --platform a3-ultra --model Qwen/Qwen3-32B -o profiles/my-recipe.yaml",
    ),
    options=(
        Option("platform", ("--platform",), "Machines of the nodes. [a3-mega]", "P", complete="platforms"),
        Option("model", ("--model",), "The model, by its Hugging Face id.", "M", complete="models"),
        Option(
            "vllm",
            ("--vllm",),
            "The vLLM release. [the newest that r1c knows]",
            "V",
            complete="releases",
        ),
        Option("output", ("-o", "--output"), "Write a new file; one that is there is kept.", "FILE"),
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
    "Make a profile from the Helm values of gpu-recipes.",
    "Takes the values files and --set arguments of the vLLM charts for A3 Mega, A3 Ultra and A4. Every "
    "value is carried into the profile, or named with the reason why not.",
    examples=(
        "r1c import helm values.yaml --set job.image.tag=v0.7.3 --project my-project --region us-central1",
    ),
    statuses={1: "the values or the profile that they come to have errors"},
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
    "Make a profile from a LeaderWorkerSet with vLLM in it.",
    "Reads the flags from the command, networks, images and volumes from the pod template, and type and "
    "port from its Service, if it is in the file too. A Deployment of one node is read the same way.",
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
    "Make a profile from what you run today.",
    "The profile goes to standard output. What is not carried, what is left to fill in, and what is wrong "
    "with the source go to standard error.",
    examples=("r1c import helm values.yaml --set clusterName=my-cluster > profiles/my-recipe.yaml",),
    commands=(IMPORT_HELM, IMPORT_MANIFEST),
    options=COMMON,
)

# Benchmark results

BENCH_PARSE = Command(
    "parse",
    actions.bench_parse,
    "Print benchmark results as one table.",
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
            {"RESULTS": "Result files, logs, folders with either, or - for standard input."},
            many=True,
            complete="files",
        ),
    ),
)

BENCH_COMPARE = Command(
    "compare",
    actions.bench_compare,
    "Compare two sets of benchmark results, point by point.",
    "Points are paired by their load. Repeated runs of a point come to their mean, with the least and the "
    "most. A warning says when the two sides differ in more than one thing.",
    examples=(
        "r1c bench compare results/v0.10.1 results/v0.10.2",
        "r1c bench compare before after --fail-on 'p99_ttft_ms>+10%' --fail-on 'output_tokens_per_s<-5%'",
    ),
    statuses={1: "a limit is broken, a file holds no result, or no point is on both sides"},
    options=(
        Option(
            "fail_on",
            ("--fail-on",),
            "Exit 1 when a figure changed by more: p99_ttft_ms>+10% or output_tokens_per_s<-5%; as often as "
            "wanted.",
            "LIMIT",
            repeated=True,
        ),
        TABLE,
        *COMMON,
    ),
    arguments=(
        Argument("first", "A", {"A": "The results to compare with: a file, or a folder."}, complete="files"),
        Argument("second", "B", {"B": "The results to judge: a file, or a folder."}, complete="files"),
    ),
)

BENCH_PLOT = Command(
    "plot",
    actions.bench_plot,
    "Draw throughput against latency over a sweep, a line for each argument.",
    "Needs matplotlib: pip install 'r1c[plot]'.",
    examples=("r1c bench plot results/v0.10.1 results/v0.10.2 -o sweep.svg --latency median_tpot_ms",),
    statuses={1: "a file holds no result"},
    options=(
        Option("output", ("-o", "--output"), "What to write: *.svg or *.png.", "FILE", required=True),
        Option(
            "latency", ("--latency",), "The latency to draw. [p99_ttft_ms]", "FIGURE", default="p99_ttft_ms"
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
    "A result is the JSON file that `vllm bench serve` or the older benchmark_serving.py writes, of any "
    "version that r1c knows, or the block that it prints, also in the middle of a log. In a folder that a "
    "benchmark Job of r1c wrote, each point counts once. What holds no result is named and passed over.",
    examples=(
        "gcloud storage cp --recursive gs://my-bucket/r1c/deepseek-r1-a3mega .\n"
        "r1c bench parse deepseek-r1-a3mega",
    ),
    statuses={1: "a file holds no result, or a limit is broken"},
    commands=(BENCH_PARSE, BENCH_COMPARE, BENCH_PLOT),
)

# r1c itself

EXPLAIN = Command(
    "explain",
    actions.explain,
    "Explain a code or a field of the profile; without either, list all codes.",
    "A code: why it is, an example that has the fault, and what to do. A field: its type, default and "
    "meaning, an example, and the codes about it.",
    examples=("r1c explain R1C201", "r1c explain network.mode"),
    options=COMMON,
    arguments=(
        Argument(
            "topic",
            "[CODE|FIELD]",
            {
                "CODE": "Such as R1C201, or its name, such as tensor-divides-heads.",
                "FIELD": "A path such as spec.network.mode; spec. may be left out.",
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
    "An editor with a YAML language server completes and explains every field of a profile whose first line "
    "is `# yaml-language-server: $schema=PATH`.",
    examples=("r1c schema > schemas/recipe.schema.json",),
    options=COMMON,
)

COMPLETE = Command(
    "completion",
    actions.complete,
    "Print the script that completes r1c's command lines in a shell.",
    "Completed are commands, options and their values, profiles (*.yaml, *.yml and directories), codes and "
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
    "One short profile goes in; the manifests that serve and benchmark the model with vLLM on GKE come out. "
    "Results go to standard output, diagnostics and everything else that is for people to standard error."
    "\n\n"
    "`r1c COMMAND --help` has a page on each command.",
    examples=("r1c compile profiles/a3mega.yaml\nkubectl apply -k out/deepseek-r1-a3mega",),
    statuses={1: "a profile has errors, or a comparison found a difference"},
    environment={
        "HF_TOKEN": "The Hugging Face token; read by `r1c secret` alone.",
        "NO_COLOR": "No colours, as --no-color.",
    },
    commands=(COMPILE, CHECK, PLAN, DIFF, SECRET, KRM, EXPLAIN, SCHEMA, COMPLETE, INIT, IMPORT, BENCH),
    options=(VERSION, *COMMON),
)
