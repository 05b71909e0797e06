"""The declaration of `r1c fit`."""

from __future__ import annotations

from r1c.cli import actions
from r1c.cli.declaration import Argument, Command, Option
from r1c.cli.shared_options import COMMON, STRICT, form

FIT = Command(
    "fit",
    actions.fit,
    "Find the configurations that serve a model under a load.",
    "r1c checks every way to divide the model over up to --nodes nodes, and forecasts the load for those "
    "that pass every rule (docs/fit.md). The configurations that meet the load and the targets are listed by "
    "number of GPUs, then by cost. The others are listed by the reason that excludes them.",
    examples=(
        "r1c fit deepseek-ai/DeepSeek-R1 --platform a3-mega",
        "r1c fit Qwen/Qwen3-32B --platform a3-mega --load 8192/1024/64 --ttft 3s --tpot 50ms -o new.yaml",
        "r1c fit my-org/my-model --config config.json --load 2000/500/4/s --price-per-gpu-hour 9.80",
    ),
    statuses={1: "no configuration meets the load and the targets"},
    options=(
        Option(
            "platforms",
            ("--platform",),
            "Machines of the nodes; can be repeated. [all]",
            "P",
            repeated=True,
            complete="platforms",
        ),
        Option("config", ("--config",), "The model's config.json, for any model.", "FILE", complete="files"),
        Option(
            "context",
            ("--context",),
            "max-model-len: tokens of prompt and answer. [32768, or what the load needs]",
            "N",
            kind="number",
            least=1,
        ),
        Option(
            "load",
            ("--load",),
            "Tokens of a prompt, tokens of an answer, requests in flight; or requests a second: "
            "8192/1024/2.5/s.",
            "INPUT/OUTPUT/REQUESTS",
        ),
        Option("ttft", ("--ttft",), "Maximum time to the first token, such as 2s.", "TIME"),
        Option("tpot", ("--tpot",), "Maximum time for each token after it, such as 50ms.", "TIME"),
        Option(
            "nodes",
            ("--nodes",),
            "Maximum number of nodes, all groups together. [4]",
            "N",
            kind="number",
            least=1,
        ),
        Option(
            "vllm",
            ("--vllm",),
            "vLLM release. [for each platform, the newest that fits]",
            "V",
            complete="releases",
        ),
        Option(
            "prices",
            ("--price-per-gpu-hour",),
            "Print the cost, in the currency of this price. PLATFORM=PRICE is for one platform; can be "
            "repeated.",
            "PRICE",
            repeated=True,
        ),
        Option(
            "output",
            ("-o", "--output"),
            "Write the profile of the first configuration to a new file; - for standard output.",
            "FILE",
        ),
        Option("pick", ("--pick",), "Write the profile of configuration N.", "N", kind="number", least=1),
        form("text", "json", help="How to print the configurations."),
        STRICT,
        *COMMON,
    ),
    arguments=(Argument("model", "MODEL", {"MODEL": "Hugging Face ID of the model."}, complete="models"),),
)
