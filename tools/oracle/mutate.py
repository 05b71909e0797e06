"""Profiles for the oracle, made from valid ones by a few changes that know the shape of a profile.

The same release, seed and bases give the same profiles. Flags, their kinds and choices, the classes behind
JSON flags and the kinds of variables are r1c's facts of the release; values beside limits are in values.yaml.
"""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from oracle.node import GPUS
from r1c import facts
from r1c.check.rules import flags as flag_rules
from r1c.facts import vllm, vllm_history, vllm_startup

Profile = dict[str, Any]

_NOT_MUTATED = frozenset((
    "chat-template", "config", "disable-frontend-multiprocessing", "download-dir", "generation-config",
    "hf-config-path", "help", "host", "io-processor-plugin", "log-config-file", "middleware", "model",
    "reasoning-parser-plugin", "scheduler-cls", "tokenizer", "tokenizer-revision", "code-revision",
    "tool-parser-plugin", "tool-server", "uds", "worker-cls", "worker-extension-cls",
    "logits-processors", "ssl-ca-certs", "ssl-cert-reqs", "ssl-certfile", "ssl-keyfile",
    "weight-transfer-config", "grpc",
))  # fmt: skip
"""Flags that name files, plugins and addresses, which an oracle without them cannot judge."""
_RANKS = ((1, 2, 3, 4, 6, 8, 12, 16), (1, 1, 1, 2, 3, 4, 5), (1, 1, 1, 2, 4, 8))
"""Sizes to draw from: tensor, pipeline, data."""
_KINDS: tuple[Any, ...] = (0, -1, 3, 1.5, "", "x", "7", True, False, [1], ["x"], {"a": 1})
"""Values of every kind that a profile can hold."""


@cache
def values() -> Any:
    """Return values.yaml."""
    return yaml.safe_load(Path(__file__).with_name("values.yaml").read_text(encoding="utf-8"))


def bases(folder: Path) -> list[Profile]:
    """Return the profiles of a folder that stand alone, with the model that vLLM is to find by its name."""
    found = [yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.yaml"))]
    alone = [profile for profile in found if "extends" not in profile]
    for profile in alone:
        profile["spec"]["model"].pop("source", None)
    return alone


class Mutator:
    """The profiles of one release and seed; `configs` are the models that it can choose from."""

    def __init__(self, release: str, seed: int, found: Sequence[Profile], configs: Mapping[str, Any]) -> None:
        """Take the release, the seed, the profiles to begin with and the models to choose from."""
        self.release, self.bases, self.configs = release, found, configs
        self.random = random.Random(f"{release} {seed}")  # noqa: S311 # profiles for tests
        self.left_out = flag_rules.OWNED | _NOT_MUTATED
        self.flags = [name for name in vllm.names("serve", release) if name not in self.left_out]
        self.models = [name for name in configs if facts.architecture(name)]
        self.others = [name for name in configs if not facts.architecture(name)]

    def profiles(self, count: int) -> Iterator[tuple[str, Profile]]:
        """Yield profiles with their names."""
        for number in range(count):
            profile = self.profile()
            name = f"m{number:05}"
            profile["metadata"] = {"name": name}
            yield name, profile

    def profile(self) -> Profile:
        """Return one more profile."""
        draw = self.random
        profile = copy.deepcopy(draw.choice(self.bases))
        spec = profile["spec"]
        server = spec["vllm"]
        server["version"] = self.release
        server["args"] = {
            name: value
            for name, value in server.get("args", {}).items()
            if vllm.has("serve", name.partition(".")[0], self.release)
        }
        if draw.random() < 0.45:
            self._model(spec)
        if draw.random() < 0.3:
            self._shape(spec)
        if draw.random() < 0.3:
            spec["platform"] = draw.choice(values()["platforms"])
            for own in ("network", "gpudirect"):
                spec.pop(own, None)
        for _ in range(draw.choice((0, 1, 1, 1, 1, 2, 2, 3))):
            change = draw.choices(
                (
                    self._flag,
                    self._group,
                    self._json,
                    self._variable,
                    self._config,
                    self._stray,
                    self._other_kind,
                    self._override,
                    self._sizes,
                ),
                (20, 34, 22, 12, 5, 3, 4, 5, 3),
            )
            change[0](spec)
        return profile

    def _model(self, spec: Profile) -> None:
        draw = self.random
        name = draw.choice(self.models)
        spec["model"] = {"id": name}
        known = facts.architecture(name)
        longest = known.max_position_embeddings if known else 0
        if draw.random() < 0.85:
            fitting = [length for length in values()["lengths"] if length <= longest]
            spec["vllm"]["args"]["max-model-len"] = draw.choice(fitting)
        if known and known.remote_code and draw.random() < 0.85:
            spec["vllm"]["args"]["trust-remote-code"] = True

    def _shape(self, spec: Profile) -> None:
        draw = self.random
        tensor, pipeline, data, nodes = draw.choice(values()["shapes"])
        spec["parallelism"] = {"tensor": tensor, "pipeline": pipeline}
        spec["nodes"] = nodes
        args = spec["vllm"]["args"]
        args.pop("data-parallel-size", None)
        if data > 1:
            args["data-parallel-size"] = data
            if draw.random() < 0.5:
                args["enable-expert-parallel"] = True
        if nodes > 1 and data == 1 and draw.random() < 0.3 and vllm.has_native(self.release):
            spec["vllm"]["executor"] = draw.choice(("native", "ray"))

    def _config(self, spec: Profile) -> None:
        """Give a config.json in the profile: a published one, or one with a size changed."""
        draw = self.random
        if self.others and draw.random() < 0.4:
            name = draw.choice(self.others)
            spec["model"] = {"id": name, "config": copy.deepcopy(self.configs[name])}
            spec["vllm"]["args"] |= {"max-model-len": 8192, "trust-remote-code": draw.random() < 0.9}
            return
        name = draw.choice(self.models)
        config = copy.deepcopy(self.configs[name])
        text = config.get("text_config") or config
        key = draw.choice(
            (
                "num_attention_heads",
                "num_hidden_layers",
                "max_position_embeddings",
                "intermediate_size",
                "architectures",
                "quantization_config",
            )
        )
        if key == "architectures":
            config[key] = draw.choice((["LlamaForCausalLM"], ["FooForCausalLM"], ["Qwen3ForCausalLM"]))
        elif key == "quantization_config":
            config[key] = draw.choice(
                (
                    {
                        "quant_method": "awq",
                        "bits": 4,
                        "group_size": 128,
                        "version": "gemm",
                        "zero_point": True,
                    },
                    {"quant_method": "fp8", "activation_scheme": "dynamic"},
                    {"quant_method": "foo"},
                )
            )
        elif isinstance(text.get(key), int):
            text[key] = draw.choice((text[key] // 2, text[key] * 2, text[key] + 4))
        spec["model"] = {"id": f"acme/{name.rpartition('/')[2]}-tuned", "config": config}
        spec["vllm"]["args"]["max-model-len"] = 8192

    def _sizes(self, spec: Profile) -> None:
        """Give ranks at random, on the nodes that hold them."""
        draw = self.random
        tensor, pipeline, data = (draw.choice(sizes) for sizes in _RANKS)
        spec["parallelism"] = {"tensor": tensor, "pipeline": pipeline}
        spec["nodes"] = max(1, -(-tensor * pipeline * data // GPUS))
        args = spec["vllm"]["args"]
        args.pop("data-parallel-size", None)
        if data > 1:
            args |= {"data-parallel-size": data, "enable-expert-parallel": draw.random() < 0.7}

    def _override(self, spec: Profile) -> None:
        """Change a key of the model's config.json with hf-overrides."""
        draw = self.random
        config = self.configs.get(spec["model"]["id"], {})
        if draw.random() < 0.4:
            given = copy.deepcopy(draw.choice(values()["json"]["hf-overrides"]))
        else:
            text = config.get("text_config") or config
            key = draw.choice(sorted(text) or ["num_hidden_layers"])
            old = text.get(key)
            number = isinstance(old, int) and not isinstance(old, bool)
            given = {
                key: draw.choice(
                    (old // 2, old * 2, old + 1, 0, "x") if number else (None, "x", 1, True, old)
                )
            }
        spec["vllm"]["args"]["hf-overrides"] = given

    def _stray(self, spec: Profile) -> None:
        """Set a flag of any release, or one with a letter too few."""
        draw = self.random
        every = (name.removeprefix("--") for name in vllm.data()["serve"])
        name = draw.choice([name for name in every if name not in self.left_out])
        if draw.random() < 0.3:
            place = draw.randrange(len(name))
            name = name[:place] + name[place + 1 :]
        spec["vllm"]["args"][name] = self._value(name)

    def _other_kind(self, spec: Profile) -> None:
        """Give a flag a value of a kind that it rarely has."""
        draw = self.random
        name = draw.choice(self.flags)
        spec["vllm"]["args"][name] = copy.deepcopy(draw.choice(_KINDS))

    def _flag(self, spec: Profile) -> None:
        name = self.random.choice(self.flags)
        spec["vllm"]["args"][name] = self._value(name)

    def _value(self, name: str) -> Any:
        draw = self.random
        for table in (values()["json"], values()["flags"]):
            if name in table and draw.random() < 0.9:
                return copy.deepcopy(draw.choice(table[name]))
        flag = vllm.flag("serve", name, self.release)
        if flag is None or flag.kind in ("switch", "inverse", "bool", "bool-value"):
            return draw.random() < 0.85
        if flag.choices:
            chosen = draw.choice(flag.choices)
            return chosen[:-1] if draw.random() < 0.2 else int(chosen) if flag.type == "int" else chosen
        if flag.type == "int":
            return draw.choice((-1, 0, 1, 2, 8, 64, 1024, 65536, "abc", 0.5))
        if flag.type == "float":
            return draw.choice((0, 0.5, 1, 10, -1, "abc"))
        if flag.kind.startswith("json"):
            return self._inside(name) or {"a": 1}
        return draw.choice(("x", "auto"))

    def _group(self, spec: Profile) -> None:
        draw = self.random
        for name, choices in draw.choice(values()["groups"]).items():
            kind, _, own = name.rpartition(".")
            if kind == "env":
                self._set_variable(spec, own, draw.choice(choices))
            elif own in self.flags:
                drawn = draw.choice(choices or values()["json"][own])
                spec["vllm"]["args"][own] = copy.deepcopy(drawn)

    def _json(self, spec: Profile) -> None:
        draw = self.random
        args = spec["vllm"]["args"]
        known = draw.random() < 0.55
        behind = [name for name in self.flags if vllm_startup.flag_class(name, self.release)]
        if known or not behind:
            name = draw.choice([name for name in values()["json"] if name in self.flags])
            given = copy.deepcopy(draw.choice(values()["json"][name]))
        else:
            name = draw.choice(behind)
            given = self._inside(name) or {"a": 1}
        if isinstance(given, dict) and given:
            self._write(spec, name, self._beside(name, given) if draw.random() < 0.3 else given)
        else:
            args[name] = given

    def _beside(self, name: str, given: dict[str, Any]) -> dict[str, Any]:
        """Return a map with one of its values changed, or another key of its class beside them."""
        draw = self.random
        if draw.random() < 0.5:
            return given | (self._inside(name) or {})
        return given | {draw.choice(list(given)): copy.deepcopy(draw.choice(_KINDS))}

    def _write(self, spec: Profile, name: str, given: dict[str, Any]) -> None:
        """Set a JSON flag in one of its forms: a map, its text, or a dotted flag for each key."""
        draw, args = self.random, spec["vllm"]["args"]
        form = draw.random()
        if form < 0.8:
            args[name] = given
        elif form < 0.9:
            args[name] = json.dumps(given)
        else:
            args.update({f"{name}.{key}": value for key, value in given.items()})

    def _inside(self, flag: str) -> dict[str, Any] | None:
        """Return a map for a JSON flag: a key of its class, rarely misspelt, and a value that often fits."""
        owner = vllm_startup.flag_class(flag, self.release)
        if owner is None or not owner.fields:
            return None
        draw = self.random
        key = draw.choice(sorted(owner.fields))
        kinds = owner.fields[key].split(" ")[0].split("|")
        value = self._of_kind(
            draw.choice(kinds) if draw.random() < 0.75 else draw.choice(("int", "str", "list", "map", "bool"))
        )
        return {key[:-1] if draw.random() < 0.12 else key: value}

    def _of_kind(self, kind: str) -> Any:
        draw = self.random
        if kind.startswith(("=", "~")):
            return kind[1:]
        kind, _, held = kind.partition(":")
        if held and draw.random() < 0.7:
            item = self._of_kind(draw.choice(held.split(",")))
            return [item] if kind == "list" else {"a": item}
        if kind.startswith("#"):
            members = vllm_startup.members(kind[1:], self.release)
            return draw.choice(members)[0] if members else "x"
        plain: dict[str, Sequence[Any]] = {
            "int": (-1, 0, 1, 2, 8, 1000),
            "float": (-1, 0, 0.5, 1, 2.5),
            "bool": (True, False),
            "str": ("x", "auto"),
            "list": ([1, 2], ["a"], []),
            "null": (None,),
            "map": ({"a": 1}, {}),
        }
        return copy.deepcopy(draw.choice(plain.get(kind, ({"a": 1}, "x", 1))))

    def _variable(self, spec: Profile) -> None:
        draw = self.random
        if draw.random() < 0.6:
            name = draw.choice(list(values()["env"]))
            self._set_variable(spec, name, draw.choice(values()["env"][name]))
            return
        name = draw.choice(
            [name for name in vllm_history.variables(self.release) if name.startswith("VLLM_")]
        )
        kind = vllm_startup.variable(name, self.release) or ""
        texts = ["1", "0", "true", "x", "10"]
        if "=" in kind:
            texts = [*kind.partition("=")[2].split(","), "x"]
        self._set_variable(spec, name, draw.choice(texts))

    def _set_variable(self, spec: Profile, name: str, text: str) -> None:
        if not name.startswith("VLLM_API_KEY"):
            spec["vllm"]["env"] = (spec["vllm"].get("env") or {}) | {name: text}
