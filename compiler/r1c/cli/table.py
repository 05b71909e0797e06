"""The command line of r1c: every command with its options, arguments and help page."""

from __future__ import annotations

from r1c.cli import actions, shared_options
from r1c.cli.declaration import Argument, Command, Group, Option
from r1c.cli.fit_command import FIT
from r1c.cli.import_commands import IMPORT
from r1c.cli.lint_command import LINT
from r1c.cli.preflight_command import CLUSTER, PREFLIGHT
from r1c.cli.reference import COMPLETE, EXPLAIN, LSP, SCHEMA
from r1c.cli.report_command import REPORT
from r1c.cli.shared_options import COMMON, DIAGNOSTICS, PROFILE, PROFILES, STRICT, TABLE, VERSION, form
from r1c.cli.upgrade_command import UPGRADE

# Profiles

COMPILE = Command(
    "compile",
    actions.compile,
    "Compile profiles into manifests under out/<name>/.",
    "r1c checks every profile first, and keeps the existing output of a profile with errors. An unchanged "
    "file keeps its modification time, and a file that the recipe no longer has is removed. Without --force "
    "r1c never touches a file that someone edited.",
    examples=(
        "r1c compile profiles/a3mega.yaml",
        "r1c compile profiles --check",
        "r1c compile profiles/a3mega.yaml -o - | kubectl diff -f -",
    ),
    statuses={1: "a profile has errors, someone edited an output file, or --check found a difference"},
    options=(
        shared_options.output("Parent of the output directories; - for standard output."),
        Option("check", ("--check",), "Write nothing; exit 1 if the output on disk differs.", kind="flag"),
        Option("dry_run", ("--dry-run",), "Write nothing; say what would be written.", kind="flag"),
        Option("force", ("--force",), "Overwrite files that someone edited or added.", kind="flag"),
        shared_options.PRUNE,
        Option(
            "show_profile",
            ("--show-profile",),
            "Print the profile merged with those it extends, and write nothing.",
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
    "One run reports all faults of a profile, in file order. Only errors refuse a profile; warnings and "
    "hints do not. Only --fix writes: it edits the profile, or one that it extends where that has the value, "
    "and keeps comments, order, quotes and all other lines (docs/fixing.md). The faults that remain decide "
    "the exit status. A profile from standard input is printed, fixed, on standard output.",
    examples=(
        "r1c check profiles/a3mega.yaml",
        "r1c check profiles --fix",
        "r1c check profiles --unsafe-fixes --diff",
        "r1c check profiles --strict --format json",
        "r1c check profiles --format sarif > r1c.diagnostics.sarif",
    ),
    statuses={1: "a profile has errors, or warnings under --strict; or --diff printed a difference"},
    options=(
        Option("fix", ("--fix",), "Fix faults with only one possible correction.", kind="flag"),
        Option(
            "unsafe",
            ("--unsafe-fixes",),
            "Also fix faults if that may change what is served. Implies --fix.",
            kind="flag",
        ),
        Option("patch", ("--diff",), "Print what --fix would change as a patch; write nothing.", kind="flag"),
        DIAGNOSTICS,
        STRICT,
        *COMMON,
    ),
    arguments=(PROFILES,),
)

PLAN = Command(
    "plan",
    actions.plan,
    "Print the figures of a recipe: GPUs, memory and forecast.",
    "The ranks on each node, the layers and weights of each stage, KV-cache tokens, sequences at full "
    "length, the size of downloads, and a forecast for each point of spec.benchmark: TTFT, TPOT and tokens "
    "per second, each with a range (docs/forecast.md). r1c computes them from the profile and its facts, "
    "without access to a cluster. svg is a picture of the nodes, ranks and NICs and of the memory of a GPU; "
    "it has no forecast.",
    examples=(
        "r1c plan profiles/a3mega.yaml",
        "r1c plan profiles/a3mega.yaml --load 8192/1024/64 --price-per-gpu-hour 9.80",
        "r1c plan profiles/a3mega.yaml --format svg > plan.svg",
    ),
    statuses={1: "the profile has errors"},
    options=(
        Option(
            "load",
            ("--load",),
            "Forecast this load instead of spec.benchmark: tokens of a prompt, tokens of an answer, requests "
            "in flight; or requests a second: 8192/1024/2.5/s.",
            "INPUT/OUTPUT/REQUESTS",
        ),
        Option(
            "price",
            ("--price-per-gpu-hour",),
            "Print the cost, in the currency of this price.",
            "PRICE",
        ),
        form("text", "json", "markdown", "svg", help="How to print the plan."),
        *COMMON,
    ),
    arguments=(PROFILE,),
)

DIFF = Command(
    "diff",
    actions.diff,
    "Show what a change does to the cluster, object by object.",
    "With OLD and NEW, compares two profiles; with OLD alone, the output on disk with the profile; with "
    "--rev, the output (or the profile) of a git revision with the profile. r1c does not write or check out "
    "anything. Only --live needs a cluster: it compares the running objects with the profile, without the "
    "fields that the API server fills in. Without --snapshot or --kubectl, --live prints the commands that "
    "write a snapshot of the objects.",
    examples=(
        "r1c diff profiles/a3mega.yaml",
        "r1c diff profiles/a3mega.yaml profiles/a3mega-gpunet.yaml",
        "r1c diff profiles team/recipes --rev origin/main --format markdown",
        "r1c diff profiles/a3mega.yaml --live --kubectl",
    ),
    statuses={1: "there is a difference, or a profile has errors"},
    options=(
        Option("rev", ("--rev",), "Compare with a git revision (origin/main, HEAD~1, a tag).", "REV"),
        Option("live", ("--live",), "Compare what runs in a cluster with the profile.", kind="flag"),
        *CLUSTER,
        shared_options.output("Parent of the output directories."),
        form("text", "markdown", "json", help="How to print: for people, for a pull request, or for tools."),
        *COMMON,
    ),
    arguments=(
        Argument(
            "old",
            "[OLD]",
            {
                "OLD": "A profile, or a directory of profiles; - for standard input. Default: all profiles "
                "of the repository, where it has an r1c.yaml."
            },
            required=False,
            complete="profiles",
            unset=actions.profiles_of_repository,
        ),
        Argument(
            "new",
            "[NEW...]",
            {
                "NEW": "What OLD is compared with: a profile, or a directory. With --rev, other profiles "
                "or directories."
            },
            many=True,
            required=False,
            complete="profiles",
        ),
    ),
)

SECRET = Command(
    "secret",
    actions.secret,
    "Print the Secret with the Hugging Face token.",
    "r1c reads the token from the variable HF_TOKEN, or prompts for it, and writes it only to standard "
    "output.",
    examples=("r1c secret profiles/a3mega.yaml | kubectl apply -f -",),
    statuses={1: "the profile has errors"},
    environment={"HF_TOKEN": "The Hugging Face token; without it r1c prompts on the terminal."},
    options=COMMON,
    arguments=(PROFILE,),
)

KRM = Command(
    "krm",
    actions.krm,
    "Run as a KRM function, for kustomize and kpt.",
    "Reads a config.kubernetes.io/v1 ResourceList from standard input, as YAML or JSON. Compiles each Recipe "
    "in items and functionConfig to its serving objects, and replaces objects that the items already have. "
    "All other items stay unchanged. A Repository (r1c.yaml) among the items applies to every Recipe. Both "
    "are removed from the list, unless they have the annotation "
    'config.kubernetes.io/local-config: "true". Diagnostics are also in `results`; if a recipe has errors, '
    "the items stay unchanged.",
    examples=("r1c krm < resources.yaml", 'kpt fn eval package --exec "r1c krm"'),
    statuses={1: "a recipe has errors"},
    options=COMMON,
)

# Creating a profile

INIT = Command(
    "init",
    actions.init,
    "Print a starter profile for a platform and a model.",
    "The profile has the flags that the model needs, and the smallest group that it fits on. Project, "
    "cluster, registry and bucket stay empty, and `r1c check` names them. On a terminal and without "
    "arguments, r1c prompts for them and checks each answer.",
    examples=(
        "r1c init",
        "r1c init my-recipe --platform a3-ultra --model Qwen/Qwen3-32B -o profiles/my-recipe.yaml",
    ),
    options=(
        Option("platform", ("--platform",), "Machines of the nodes. [a3-mega]", "P", complete="platforms"),
        Option("model", ("--model",), "Hugging Face ID of the model.", "M", complete="models"),
        Option(
            "vllm",
            ("--vllm",),
            "vLLM release. [the newest that fits]",
            "V",
            complete="releases",
        ),
        Option("output", ("-o", "--output"), "Write a new file; an existing file is kept.", "FILE"),
        *COMMON,
    ),
    arguments=(
        Argument(
            "name",
            "[NAME]",
            {"NAME": "Name of the recipe. Default: made from the model and the platform."},
            required=False,
        ),
    ),
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
    statuses={1: "a file has no result"},
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
    "Compare results with others, or with a profile's forecast.",
    "Points with the same load are compared. Repeated runs of a point are averaged, with their minimum and "
    "maximum. r1c warns if the two sides differ in more than one setting. If A is a profile (*.yaml), each "
    "result of B is compared with the forecast for its load; a limit is then on the change from the likely "
    "value.",
    examples=(
        "r1c bench compare profiles/a3mega.yaml results/",
        "r1c bench compare results/v0.10.1 results/v0.10.2",
        "r1c bench compare before after --fail-on 'p99_ttft_ms>+10%' --fail-on 'output_tokens_per_s<-5%'",
    ),
    statuses={1: "a limit is exceeded, a file has no result, or no point is on both sides"},
    options=(
        Option(
            "fail_on",
            ("--fail-on",),
            "Exit 1 if a figure changes by more than a limit, such as p99_ttft_ms>+10% or "
            "output_tokens_per_s<-5%; can be repeated.",
            "LIMIT",
            repeated=True,
        ),
        TABLE,
        *COMMON,
    ),
    arguments=(
        Argument(
            "first",
            "A",
            {"A": "The results to compare with: a file, or a folder; or a profile."},
            complete="files",
        ),
        Argument("second", "B", {"B": "The new results: a file, or a folder."}, complete="files"),
    ),
)

BENCH_PLOT = Command(
    "plot",
    actions.bench_plot,
    "Draw throughput against latency, one line for each sweep.",
    "Each argument is a sweep. Needs matplotlib, the extra `plot` of the package; without it, r1c prints the "
    "command that installs it.",
    examples=("r1c bench plot results/v0.10.1 results/v0.10.2 -o sweep.svg --latency median_tpot_ms",),
    statuses={1: "a file has no result"},
    options=(
        Option("output", ("-o", "--output"), "File to write: *.svg or *.png.", "FILE", required=True),
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
    "A result is the JSON file that `vllm bench serve` or the older benchmark_serving.py writes, or the "
    "block that it prints, also inside a log. In a folder from a benchmark Job of r1c, each point counts "
    "once. r1c names and skips files without a result.",
    examples=(
        "gcloud storage cp --recursive gs://my-bucket/r1c/deepseek-r1-a3mega .\n"
        "r1c bench parse deepseek-r1-a3mega",
    ),
    statuses={1: "a file has no result, or a limit is exceeded"},
    commands=(BENCH_PARSE, BENCH_COMPARE, BENCH_PLOT),
)

# All of them

R1C = Group(
    "r1c",
    "Compile inference recipes to Kubernetes manifests.",
    "r1c compiles one short profile into the manifests that serve and benchmark a model with vLLM on GKE. "
    "Results go to standard output, diagnostics and messages to standard error."
    "\n\n"
    "`r1c COMMAND --help` describes a command.",
    examples=("r1c compile profiles/a3mega.yaml\nkubectl apply -k out/deepseek-r1-a3mega",),
    statuses={1: "a profile has errors, or a comparison found a difference"},
    environment={
        "HF_TOKEN": "The Hugging Face token; only `r1c secret` reads it.",
        "NO_COLOR": "Do not use colours, like --no-color.",
    },
    commands=(
        COMPILE,
        CHECK,
        LINT,
        PLAN,
        DIFF,
        REPORT,
        UPGRADE,
        PREFLIGHT,
        SECRET,
        KRM,
        EXPLAIN,
        SCHEMA,
        LSP,
        COMPLETE,
        INIT,
        FIT,
        IMPORT,
        BENCH,
    ),
    options=(VERSION, *COMMON),
)
