"""What `vllm serve` does before an engine starts, one named stage after the other.

Runs in an environment with vLLM.
"""

from __future__ import annotations

import argparse
import importlib
import inspect
import logging
import re
import sys
import types
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NoReturn

from oracle import groups, node


class RefusedError(Exception):
    """The parser's word against a command line."""


def first(*places: str) -> Any:
    """Return the first of module:attribute that this release has; raises ImportError where it has none."""
    for place in places:
        module, _, attribute = place.partition(":")
        try:
            return getattr(importlib.import_module(module), attribute)
        except (ImportError, AttributeError):
            continue
    raise ImportError(", ".join(places))


class Release:
    """An imported vLLM release on a pretended node: its parser, and what the stages call."""

    def __init__(self, place: node.Node) -> None:
        """Import vLLM on a node; a process can do it once."""
        node.set_up(place)
        package: Any = importlib.import_module("vllm")
        pretended = node.nvml(place)
        importlib.import_module("vllm.third_party").pynvml = pretended  # type: ignore[attr-defined]
        sys.modules["vllm.third_party.pynvml"] = sys.modules["pynvml"] = pretended
        node.extensions()
        node.streams()
        if not importlib.import_module("vllm.platforms").current_platform.is_cuda():
            raise RuntimeError("vLLM does not take this node for one with NVIDIA GPUs")
        registry: Any = importlib.import_module("vllm.model_executor.models.registry")
        # A model's class is looked at in this process instead of one of its own, which would have no node.
        registry._run_in_subprocess = lambda function: function()
        parser = first(
            "vllm.utils.argparse_utils:FlexibleArgumentParser", "vllm.utils:FlexibleArgumentParser"
        )
        self.root = parser(description="vLLM CLI")
        self.serve = first("vllm.entrypoints.cli.serve:ServeSubcommand")()
        self.serve.subparser_init(self.root.add_subparsers(required=False, dest="subparser"))
        self.engine = first("vllm.engine.arg_utils:AsyncEngineArgs")
        self.context = first("vllm.usage.usage_lib:UsageContext").OPENAI_API_SERVER
        self.variables = _read_variables(Path(package.__file__).parent)
        argparse.ArgumentParser.error = _refuse  # type: ignore[method-assign,assignment]
        argparse.ArgumentParser.exit = _leave  # type: ignore[method-assign,assignment]


def _refuse(_: argparse.ArgumentParser, message: str) -> NoReturn:
    raise RefusedError(message)


def _leave(_: argparse.ArgumentParser, status: int = 0, message: str | None = None) -> NoReturn:
    raise RefusedError(message or f"exit status {status}")


def _read_variables(package: Path) -> frozenset[str]:
    """Return the variables that a file besides envs.py mentions: the others end nothing."""
    return frozenset(
        name
        for path in package.rglob("*.py")
        if path != package / "envs.py"
        for name in re.findall(r"VLLM_[A-Z0-9_]+", path.read_text(encoding="utf-8", errors="replace"))
    )


def run(release: Release, argv: list[str], env: Mapping[str, str]) -> Iterator[str]:
    """Yield each stage's name before it runs; what a stage raises is vLLM's refusal."""
    yield "parse"
    args = release.root.parse_args(["serve", *argv])
    yield "validate"
    release.serve.validate(args)
    if getattr(args, "model_tag", None) is not None:
        args.model = args.model_tag
    headless = bool(getattr(args, "headless", False))
    yield "server"
    _server(args, headless=headless)
    yield "config"
    engine = release.engine.from_cli_args(args)
    create = engine.create_engine_config
    named = {"headless": True} if headless and "headless" in inspect.signature(create).parameters else {}
    config = create(usage_context=release.context, **named)
    yield "executor"
    envs: Any = importlib.import_module("vllm.envs")
    if getattr(envs, "VLLM_USE_V1", True):
        first("vllm.v1.executor.abstract:Executor", "vllm.v1.executor:Executor").get_class(config)
    yield "environment"
    _environment(envs, env, release.variables)
    if headless:  # the layers of a worker are those of the leader, which has the same command line
        yield "done"
        return
    yield "attention"
    _attention(config)
    yield "model"
    groups.build(config, first("vllm.model_executor.model_loader.utils:initialize_model"))
    yield "done"


def _server(args: Any, *, headless: bool) -> None:
    """Check what the API server checks of its own arguments; a headless node has none."""
    if headless:
        if (getattr(args, "api_server_count", 1) or 0) > 1:
            raise ValueError("api_server_count can't be set in headless mode")
        return
    server = importlib.import_module("vllm.entrypoints.openai.api_server")
    check = getattr(server, "validate_api_server_args", None)
    if check:
        check(args)


def _environment(envs: Any, env: Mapping[str, str], read: frozenset[str]) -> None:
    if "VLLM_LOGGING_LEVEL" in env:  # vllm/logger.py hands it to logging.config.dictConfig
        logging._checkLevel(envs.VLLM_LOGGING_LEVEL)  # type: ignore[attr-defined]
    for name in env:
        if name in envs.environment_variables and name in read:
            getattr(envs, name)


def _attention(config: Any) -> None:
    """Ask for the attention backend, as each attention layer does when the model is built."""
    model, cache = config.model_config, config.cache_config
    if getattr(model, "is_attention_free", False):
        return
    choose = first("vllm.v1.attention.selector:get_attn_backend", "vllm.attention.selector:get_attn_backend")
    known = {
        "head_size": model.get_head_size(),
        "dtype": model.dtype,
        "kv_cache_dtype": cache.cache_dtype,
        "block_size": cache.block_size,
        "is_attention_free": False,
        "use_mla": model.use_mla,
        "is_blocksparse": False,
        "has_sink": "GptOss" in str(model.architectures),
        "use_sparse": hasattr(model.hf_config, "index_topk"),
    }
    taken = inspect.signature(choose).parameters
    with first("vllm.config:set_current_vllm_config")(config):
        choose(**{name: value for name, value in known.items() if name in taken})


def frames(fault: BaseException) -> list[str]:
    """Return where a refusal was raised: the last five places, below site-packages."""
    tb = fault.__traceback__
    places: list[str] = []
    while isinstance(tb, types.TracebackType):
        places.append(f"{tb.tb_frame.f_code.co_filename.split('site-packages/')[-1]}:{tb.tb_lineno}")
        tb = tb.tb_next
    return places[-5:]
