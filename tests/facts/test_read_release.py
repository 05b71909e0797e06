"""tools/read_release.py reads a small made-up vLLM into facts."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from conftest import REPO
from r1c.facts import vllm, vllm_releases

FACTS = REPO / "compiler" / "r1c" / "facts"

MODELS = "vllm/model_executor/models"
MADE_UP = {
    f"{MODELS}/interfaces.py": """
class SupportsPP: supports_pp = True
class SupportsLoRA: supports_lora = True
class SupportsMultiModal: supports_multimodal = True
""",
    f"{MODELS}/registry.py": """
from vllm.logger import init_logger
raise RuntimeError("nothing of vLLM is run")
_TEXT = {
    "OakForCausalLM": ("oak", "OakForCausalLM"),
    "BirchForCausalLM": ("birch", "BirchForCausalLM"),
    "AshForCausalLM": ("ash", "AshForCausalLM"),
}
_VLLM_MODELS = {
    **_TEXT,
    **{name: entry for name, entry in _TEXT.items() if name == "OakForCausalLM"},
    "PineForConditionalGeneration": ("vllm.models.pine", "PineForConditionalGeneration"),
}
_PREVIOUSLY_SUPPORTED_MODELS = {"ElmForCausalLM": "0.5.0"}
_OOT_SUPPORTED_MODELS = {"YewForCausalLM": "https://example.com/yew"}
""",
    f"{MODELS}/oak.py": """
from torch import nn
from .interfaces import SupportsLoRA, SupportsPP
class OakForCausalLM(nn.Module, SupportsLoRA, SupportsPP):
    def forward(self, input_ids, positions, intermediate_tensors=None): ...
""",
    f"{MODELS}/birch.py": """
from vllm.model_executor.models.oak import OakForCausalLM
class BirchForCausalLM(OakForCausalLM):
    supports_lora = False
""",
    f"{MODELS}/ash.py": """
from torch import nn
from .interfaces import SupportsPP
class AshForCausalLM(nn.Module, SupportsPP):
    def forward(self, input_ids, positions): ...
""",
    "vllm/models/pine/__init__.py": """
if cuda():
    from .cuda.model import PineForConditionalGeneration
else:
    from .other import PineForConditionalGeneration
""",
    "vllm/models/pine/cuda/model.py": """
from vllm.model_executor.models.interfaces import SupportsMultiModal
from vllm.model_executor.models.oak import OakForCausalLM
class PineForConditionalGeneration(OakForCausalLM, SupportsMultiModal): ...
""",
    "vllm/transformers_utils/config.py": """
_OVERRIDES = {"pine": PineConfig}
_CONFIG_REGISTRY: dict[str, type] = LazyConfigDict(oak="OakConfig", **_OVERRIDES)
""",
    "vllm/_version.py": "__version__ = '0.9.9'",
    "vllm/entrypoints/cli/serve.py": """
from vllm.entrypoints.openai.cli_args import make_arg_parser
class ServeSubcommand:
    def subparser_init(self, subparsers):
        return make_arg_parser(subparsers.add_parser("serve"))
""",
    "vllm/entrypoints/openai/cli_args.py": """
from vllm.engine.arg_utils import AsyncEngineArgs, get_kwargs
class FrontendArgs:
    port: int = 8000
    allowed_origins: list[str] = None
    enable_auto: bool = False
    @staticmethod
    def add_cli_args(parser):
        kwargs = get_kwargs(FrontendArgs)
        kwargs["allowed_origins"]["type"] = json.loads
        del kwargs["allowed_origins"]["nargs"]
        for key, value in kwargs.items():
            parser.add_argument(f"--{key.replace('_', '-')}", **value)
        return parser
def make_arg_parser(parser):
    parser.add_argument("model_tag", type=str, nargs="?")
    parser.add_argument("--headless", action="store_true")
    parser = FrontendArgs.add_cli_args(parser)
    return AsyncEngineArgs.add_cli_args(parser)
""",
    "vllm/engine/arg_utils.py": """
from vllm.config import LeafConfig, TreeConfig
class EngineArgs:
    leaf_config: LeafConfig = None
    @staticmethod
    def add_cli_args(parser):
        tree_kwargs = get_kwargs(TreeConfig)
        group = parser.add_argument_group(title="TreeConfig")
        group.add_argument("--wood", "-w", **tree_kwargs["wood"])
        group.add_argument("--rings", **{**tree_kwargs["rings"], "default": None})
        group.add_argument("--leaf-config", **get_kwargs(TreeConfig)["leaf_config"])
        for arg, type in [("--old", str)]:
            group.add_argument(arg, type=type, deprecated=True)
        return parser
class AsyncEngineArgs(EngineArgs):
    @staticmethod
    def add_cli_args(parser):
        return EngineArgs.add_cli_args(parser)
""",
    "vllm/config.py": """
if TYPE_CHECKING:
    from somewhere import Wood
    Colour = object
Wood = Literal["oak", "pine", None]
@config
@dataclass
class LeafConfig:
    size: int = Field(default=1, ge=1)
@config
class TreeConfig:
    wood: Wood = "oak"
    rings: int | None = None
    leaf_config: LeafConfig | None = None
""",
    "vllm/model_executor/layers/quantization/__init__.py": """
def get_quantization_config(quantization):
    method_to_config: dict[str, type] = {}
""",
    "vllm/envs.py": """
environment_variables: dict = {
    "VLLM_SAP": lambda: int(os.getenv("VLLM_SAP", "1")),
    "VLLM_BARK": lambda: os.getenv("VLLM_BARK"),
}
""",
    "vllm/worker.py": "use(envs.VLLM_SAP)",
    "vllm/reasoning/__init__.py": """
_REASONING_PARSERS_TO_REGISTER = {"owl": ("owl_parser", "Owl")}
""",
    "vllm/entrypoints/openai/tool_parsers/__init__.py": "from .saw import SawParser",
    "vllm/entrypoints/openai/tool_parsers/saw.py": """
@ToolParserManager.register_module(["saw", "axe"])
class SawParser(ToolParser): ...
""",
    "docker/Dockerfile": "ARG NCCL_VERSION=2.28.3\n",
    "requirements/common.txt": "transformers >= 4.51.1, < 5  # tested\nhuggingface_hub\n",
    "requirements/cuda.txt": "-r common.txt\nray[cgraph]>=2.48.0\ntorch == 2.8.0\nflashinfer-python==0.3.0\n",
    "pyproject.toml": '[project]\nrequires-python = ">=3.9, <3.14"\n',
}
RELEASED = 1757894400  # 2025-09-15
SHARED = {
    "vllm_releases.json": {
        "releases": {"v0.9.8": {"date": "2025-09-01", "torch": "2.8.0"}},
        "torch": {"2.8.0": {"cuda": "12.8", "nccl": "2.27.3"}},
    },
    "vllm_models.json": {
        "releases": ["v0.9.8"],
        "architectures": {
            "ElmForCausalLM": {"in": [["v0.9.8", None]], "pp": [["v0.9.8", None]]},
            "OakForCausalLM": {"in": [["v0.9.8", None]]},
        },
        "configTypes": {"elm": [["v0.9.8", None]]},
        "gone": {},
    },
    "vllm.json": {
        "versions": ["v0.9.8"],
        "serve": {
            "--gone": {"kind": "switch", "since": "v0.9.8", "until": None},
            "--headless": {"kind": "switch", "since": "v0.9.8", "until": None},
            "--old": {"kind": "switch", "since": "v0.9.8", "until": None, "use": "--new"},
            "--wood": {
                "kind": "value",
                "type": "str",
                "since": "v0.9.8",
                "until": None,
                "aliases": ["-w"],
                "choices": ["oak", "elm"],
            },
        },
        "benchServe": {},
        "env": {"VLLM_LEAF": ["v0.9.8", None], "VLLM_SAP": ["v0.9.8", None]},
        "parsers": {"reasoning": {}, "tool": {"saw": ["v0.9.8", None]}},
    },
    "vllm_startup.json": {},
    "vllm_defaults.json": {
        "flags": {
            "--headless": [["v0.9.8", False]],
            "--old": [["v0.9.8", "?"]],
            "--port": [["v0.9.8", 8100]],
            "--wood": [["v0.9.8", "elm"]],
        },
        "variables": {"VLLM_SAP": [["v0.9.8", "1"]]},
    },
    "transformers.json": {
        "releases": {"4.55": "2025-08-05", "4.56": "2025-08-29", "4.57": "2025-10-14", "5.0": "2025-01-01"},
        "modelTypes": {},
        "architectures": {},
    },
}


def script(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(REPO / "tools" / "read_release.py"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture
def made_up(tmp_path: Path) -> Path:
    """Write the made-up source, and facts that know one release before it."""
    for name, content in MADE_UP.items():
        path = tmp_path / "source" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    os.utime(tmp_path / "source" / "vllm" / "_version.py", (RELEASED, RELEASED))
    for name, facts in SHARED.items():
        (tmp_path / name).write_text(json.dumps(facts), encoding="utf-8")
    return tmp_path


def test_a_release_is_read_from_its_source(made_up: Path) -> None:
    ran = script("0.9.9", "--source", str(made_up / "source"), "--facts", str(made_up))
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "read vLLM v0.9.9\n", "")
    models = json.loads((made_up / "vllm_models.json").read_text(encoding="utf-8"))
    before, here = ["v0.9.8", "v0.9.8"], ["v0.9.9", None]
    assert models["releases"] == ["v0.9.8", "v0.9.9"]
    assert models["architectures"] == {
        "AshForCausalLM": {"in": [here]},
        "BirchForCausalLM": {"in": [here], "pp": [here]},
        "ElmForCausalLM": {"in": [before], "pp": [before]},
        "OakForCausalLM": {"in": [["v0.9.8", None]], "pp": [here], "lora": [here]},
        "PineForConditionalGeneration": {"in": [here], "pp": [here], "lora": [here], "multimodal": [here]},
    }
    assert models["configTypes"] == {"elm": [before], "oak": [here], "pine": [here]}
    assert models["gone"] == {"ElmForCausalLM": "0.5.0", "YewForCausalLM": "https://example.com/yew"}
    releases = json.loads((made_up / "vllm_releases.json").read_text(encoding="utf-8"))["releases"]
    assert releases["v0.9.9"] == {
        "date": "2025-09-15",
        "torch": "2.8.0",
        "transformers": "<5,>=4.51.1",
        "ray": ">=2.48.0",
        "flashinfer-python": "==0.3.0",
        "huggingface-hub": "",
        "python": "<3.14,>=3.9",
        "transformersInImage": "4.56",
        "ncclInImage": "2.28.3",
    }


def test_its_flags_variables_and_parsers_are_added(made_up: Path) -> None:
    assert script("0.9.9", "--source", str(made_up / "source"), "--facts", str(made_up)).returncode == 0
    table = json.loads((made_up / "vllm.json").read_text(encoding="utf-8"))
    here = {"since": "v0.9.9", "until": None}
    both = {"since": "v0.9.8", "until": None}
    assert table["versions"] == ["v0.9.8", "v0.9.9"]
    assert table["serve"] == {
        "--allowed-origins": {"kind": "json", **here},
        "--enable-auto": {
            "kind": "bool",
            **here,
            "no_form": {"flag": "--no-enable-auto", **here},
        },
        "--gone": {"kind": "switch", "since": "v0.9.8", "until": "v0.9.8", "gone_in": "v0.9.9"},
        "--headless": {"kind": "switch", **both},
        "--leaf-config": {"kind": "json", **here},
        "--old": {
            "kind": "value",
            **both,
            "use": "--new",
            "kinds": [["v0.9.8", "switch"], ["v0.9.9", "value"]],
        },
        "--port": {"kind": "value", "type": "int", **here},
        "--rings": {"kind": "value", "type": "int", **here},
        "--wood": {
            "kind": "value",
            "type": "str",
            **both,
            "aliases": ["-w"],
            "choices": ["oak", "pine"],
            "choices_added": {"pine": "v0.9.9"},
            "choices_removed_after": {"elm": "v0.9.8"},
        },
    }
    assert table["env"] == {
        "VLLM_BARK": ["v0.9.9", None],
        "VLLM_LEAF": ["v0.9.8", "v0.9.8"],
        "VLLM_SAP": ["v0.9.8", None],
    }
    assert table["parsers"] == {
        "reasoning": {"owl": ["v0.9.9", None]},
        "tool": {"axe": ["v0.9.9", None], "saw": ["v0.9.8", None]},
    }


def test_its_defaults_are_added(made_up: Path) -> None:
    assert script("0.9.9", "--source", str(made_up / "source"), "--facts", str(made_up)).returncode == 0
    defaults = json.loads((made_up / "vllm_defaults.json").read_text(encoding="utf-8"))
    assert defaults["flags"] == {
        "--allowed-origins": [["v0.9.9", None]],
        "--enable-auto": [["v0.9.9", False]],
        "--headless": [["v0.9.8", False]],
        "--leaf-config": [["v0.9.9", None]],
        "--old": [["v0.9.8", "?"], ["v0.9.9", None]],
        "--port": [["v0.9.8", 8100], ["v0.9.9", 8000]],
        "--rings": [["v0.9.9", None]],
        "--wood": [["v0.9.8", "elm"], ["v0.9.9", "oak"]],
    }
    assert defaults["variables"] == {"VLLM_BARK": [["v0.9.9", None]], "VLLM_SAP": [["v0.9.8", "1"]]}


def test_its_start_up_checks_are_added(made_up: Path) -> None:
    assert script("0.9.9", "--source", str(made_up / "source"), "--facts", str(made_up)).returncode == 0
    checks = json.loads((made_up / "vllm_startup.json").read_text(encoding="utf-8"))
    assert checks["flags"] == {"leaf-config": [["v0.9.9", "LeafConfig"]]}
    assert checks["classes"]["LeafConfig"]["fields"] == {"size": [["v0.9.9", "int >=1"]]}
    assert checks["variables"] == {"VLLM_SAP": [["v0.9.9", "int"]]}


def test_a_release_that_is_read_again_changes_nothing(made_up: Path) -> None:
    arguments = ("v0.9.9", "--source", str(made_up / "source"), "--facts", str(made_up))
    assert script(*arguments).returncode == 0
    first = {name: (made_up / name).read_bytes() for name in SHARED}
    assert script(*arguments).returncode == 0
    assert {name: (made_up / name).read_bytes() for name in SHARED} == first


def test_a_tag_of_a_repository_is_read_as_a_folder_is(made_up: Path) -> None:
    source = made_up / "source"
    git = ["git", "-C", str(source), "-c", "user.name=t", "-c", "user.email=t@example.com"]
    environment = {**os.environ, "GIT_COMMITTER_DATE": f"{RELEASED} +0000"}
    for command in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "x"], ["tag", "v0.9.9"]):
        subprocess.run([*git, *command], check=True, env=environment)
    ran = script("v0.9.9", "--source", str(source), "--facts", str(made_up))
    assert (ran.returncode, ran.stderr) == (0, "")
    models = json.loads((made_up / "vllm_models.json").read_text(encoding="utf-8"))
    assert models["architectures"]["BirchForCausalLM"] == {"in": [["v0.9.9", None]], "pp": [["v0.9.9", None]]}
    releases = json.loads((made_up / "vllm_releases.json").read_text(encoding="utf-8"))["releases"]
    assert releases["v0.9.9"]["date"] == "2025-09-15"


def test_a_source_that_is_not_there_is_named(made_up: Path) -> None:
    place = made_up / "nothing"
    place.mkdir()
    ran = script("v0.9.9", "--source", str(place), "--facts", str(made_up))
    expected = f"read_release: {place}: no source of vLLM v0.9.9: neither a folder of it nor a tag v0.9.9\n"
    assert (ran.returncode, ran.stderr) == (1, expected)


def test_a_folder_of_transformers_gives_types_and_architectures(made_up: Path) -> None:
    place = made_up / "transformers-4.58.0"
    auto = place / "transformers" / "models" / "auto"
    auto.mkdir(parents=True)
    (auto / "configuration_auto.py").write_text(
        'CONFIG_MAPPING_NAMES = OrderedDict([("oak", "OakConfig")])\n', encoding="utf-8"
    )
    (auto / "modeling_auto.py").write_text(
        'MODEL_FOR_CAUSAL_LM_MAPPING_NAMES = OrderedDict([("oak", "OakForCausalLM")])\n'
        'MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING_NAMES = {"pine": ("PineForConditionalGeneration",)}\n',
        encoding="utf-8",
    )
    init = place / "transformers" / "__init__.py"
    init.write_text("", encoding="utf-8")
    os.utime(init, (RELEASED, RELEASED))
    assert script("--transformers", str(place), "--facts", str(made_up)).returncode == 0
    facts = json.loads((made_up / "transformers.json").read_text(encoding="utf-8"))
    assert facts["releases"]["4.58"] == "2025-09-15"
    assert facts["modelTypes"] == {"oak": "4.58"}
    assert facts["architectures"] == {"OakForCausalLM": "4.58", "PineForConditionalGeneration": "4.58"}


def test_the_files_that_ship_are_written_as_the_script_writes_them() -> None:
    sys.path.insert(0, str(REPO / "tools"))
    import read_nccl
    import read_release
    import release_facts

    own = (*read_release.FILES, read_release.TABLE, read_release.STARTUP, read_release.DEFAULTS)
    for name in (*own, read_nccl.TARGET.name):
        written = (FACTS / name).read_text(encoding="utf-8")
        assert release_facts.text(json.loads(written)) == written


def test_the_three_tables_know_the_same_releases() -> None:
    models = json.loads((FACTS / "vllm_models.json").read_text(encoding="utf-8"))
    assert models["releases"] == list(vllm_releases.published())
    assert set(vllm.versions()) <= set(vllm_releases.published())
    assert vllm.versions()[-1] == models["releases"][-1]
    torch = json.loads((FACTS / "vllm_releases.json").read_text(encoding="utf-8"))["torch"]
    for release in vllm_releases.published():
        under = vllm_releases.stack(release)
        assert under is not None
        assert under.torch in torch
        assert under.nccl
        assert under.cuda
        assert under.transformers
