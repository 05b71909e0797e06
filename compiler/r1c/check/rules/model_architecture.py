"""R1C218, R1C441 to R1C444 and R1C447: the model's architecture against what the vLLM release serves."""

from __future__ import annotations

from collections.abc import Iterator

from r1c.check import named_settings
from r1c.check.rule import Rule, rule
from r1c.check.rules.vllm_version import VERSION_HERE
from r1c.diagnostics import Finding, Path, Related, Severity
from r1c.diagnostics.suggest import closest, listed
from r1c.facts import model_table, vllm, vllm_models, vllm_startup
from r1c.facts.vllm_models import Span
from r1c.profile.paths import ARGS, MODEL_ID, PIPELINE, VERSION
from r1c.record import record
from r1c.resolve.plan import Plan
from r1c.resolve.server import Server, mapping

_READS = ("spec.model", "spec.vllm.version", "spec.vllm.args")


@record
class _Asked:
    """The architectures that the profile asks vLLM for, their path in the profile, and the release read."""

    names: tuple[str, ...]
    path: Path
    release: str

    @property
    def what(self) -> str:
        return listed(self.names)


def _asked(plan: Plan) -> _Asked | None:
    """Return the architectures of the model or hf-overrides; None if unknown or the release was not read."""
    release, newest = vllm_models.read(plan.server.version), vllm.key(vllm.versions()[-1])
    asked = vllm.key(plan.server.version)
    if release is None or asked is None or newest is None or asked[:2] > newest[:2]:
        return None
    own = _overridden(plan.server)
    if own:
        return _Asked(own[0], own[1], release)
    known = plan.model.architecture
    names = known.architectures if known else ()
    given = ("spec", "model", "config")
    path = given if given in plan.given else MODEL_ID
    return _Asked(names, path, release) if names else None


def _overridden(server: Server) -> tuple[tuple[str, ...], Path] | None:
    argument = server.argument("hf-overrides")
    if argument is None or argument.flag is None:
        return None
    names = (mapping(argument.value) or {}).get("architectures")
    if not isinstance(names, list) or not names or not all(isinstance(name, str) for name in names):
        return None
    return tuple(names), argument.path


def _served(asked: _Asked) -> str | None:
    """Return the class that vLLM's own code serves the model with, or None."""
    found = (vllm_models.serving(name, asked.release) for name in asked.names)
    return next((name for name in found if name), None)


def _backend(plan: Plan, asked: _Asked) -> str | None:
    """Return the class of the Transformers backend that serves the model, or None."""
    if plan.server.value("model-impl") not in (None, "auto", "transformers"):
        return None
    known = plan.model.architecture
    experts = bool(known and known.moe)
    return vllm_models.backend(asked.names[0], experts=experts, release=asked.release)


def _class(plan: Plan, asked: _Asked) -> str | None:
    """Return the class that serves the model: vLLM's own, or the Transformers backend's."""
    if plan.server.value("model-impl") == "transformers":
        return _backend(plan, asked)
    return _served(asked) or _backend(plan, asked)


def _brings_code(plan: Plan, what: str) -> bool:
    """Tell whether the model's repository has its own code for something (AutoConfig ...)."""
    known = plan.model.architecture
    return known is not None and any(name.startswith(what) for name in known.remote_code)


def _later(spans: tuple[Span, ...], release: str) -> Span | None:
    """Return the first span that begins after a release."""
    here = vllm.key(release) or ()
    return next((span for span in spans if (vllm.key(span.first) or ()) > here), None)


def _earlier(spans: tuple[Span, ...], release: str) -> Span | None:
    """Return the last span that ends before a release."""
    here = vllm.key(release) or ()
    return next((s for s in reversed(spans) if s.last and (vllm.key(s.last) or ()) < here), None)


def _near(name: str, release: str) -> str | None:
    """Return the architecture whose name is nearest before the common ending."""
    ending = next((end for end in vllm_models.GENERATES if name.endswith(end)), "")
    # Of two that differ in case alone (LLaMAForCausalLM, LlamaForCausalLM), the second is the usual one.
    known = {other.lower(): other for other in vllm_models.names(release) if other.endswith(ending)}
    near = closest(name.removesuffix(ending), [other.removesuffix(ending) for other in known.values()])
    return near and near + ending


def _use(span: Span) -> str:
    return f"use {span.first} or newer" if span.last is None else f"use {span.first} to {span.last}"


@rule(
    code="R1C441",
    slug="model-not-served",
    severity=Severity.ERROR,
    title="Model architecture not served by this vLLM release",
    why="The server looks up the architecture in its registry and exits with `Model architectures [...] are "
    "not supported for now`. By then the image is built and the nodes are running (vllm-project/vllm#22231, "
    "kserve/kserve#4657; facts/vllm_models.json).",
    example="spec:\n  model: {id: Qwen/Qwen3-32B}\n  vllm: {version: v0.7.3}\n",
    fix="Use a release that serves the model.",
    fields=_READS,
)
def model_not_served(plan: Plan) -> Iterator[Finding]:
    """Look the architecture up in the release's registry, and in what its Transformers backend can run."""
    asked = _asked(plan)
    if asked is None or not vllm_models.judged(asked.names[0]):
        return
    if _served(asked) or _backend(plan, asked):
        yield from _config_nested(plan, asked)
        yield from _config_unknown(plan, asked)
        yield from _experts_unknown(plan, asked)
        return
    version, name = plan.server.version, asked.names[0]
    spans = vllm_models.spans("in", name)
    later, earlier = _later(spans, asked.release), _earlier(spans, asked.release)
    what = asked.what
    if asked.path[:2] == ("spec", "model"):
        what += f", the architecture of {plan.model.id}"
    related = (Related("the model is set here", path=asked.path),)
    if later:
        message = f"vLLM {version} does not serve {what}; {later.first} is the first release that does"
        yield Finding(VERSION, message, _use(later), related=related)
    elif earlier:
        message = f"vLLM {version} no longer serves {what}; {earlier.last} was the last release that did"
        page = vllm_models.plugin(name)
        plugin = f", or add the plugin to the image: {page}" if page else ""
        yield Finding(VERSION, message, f"use {earlier.last} or older{plugin}", related=related)
    elif not (spans or (asked.path[:2] == ("spec", "model") and _brings_code(plan, "AutoModel"))):
        near = _near(name, asked.release)
        help_ = f"did you mean {near}?" if near else "write an architecture that vLLM serves"
        message = f"no vLLM release serves {asked.what}"
        yield Finding(asked.path, message, help_, related=(VERSION_HERE,))


def _config_nested(plan: Plan, asked: _Asked) -> Iterator[Finding]:
    """Yield a class of text models for a config.json that holds its language model in text_config."""
    inner = ("spec", "model", "config", "text_config")
    if not vllm_startup.known_as("flat", asked.names):
        return
    if inner in plan.given or named_settings.value(plan, "model.multimodal"):
        yield Finding(
            asked.path,
            f"{asked.what} reads the sizes of a text model, and the config.json of {plan.model.id} has them "
            "in text_config",
            "write the architecture of the checkpoint",
            related=(Related("the model is set here", path=MODEL_ID),),
        )


def _config_unknown(plan: Plan, asked: _Asked) -> Iterator[Finding]:
    """Yield a type of config that nothing in the release's image reads.

    For the profile's own config.json, and for models whose publishers are known to bring no code: the public
    copies behind the other facts may lack the model's code.
    """
    known, version = plan.model.architecture, plan.server.version
    own = ("spec", "model", "config") in plan.given
    if known is None or not (own or vllm_startup.known_as("codeless", known.architectures)):
        return
    if known.multimodal or _brings_code(plan, "AutoConfig"):
        return
    if plan.server.argument("hf-config-path") or plan.server.value("config-format") == "mistral":
        return
    type_ = known.model_type
    if vllm_models.needs_newer_transformers(type_, asked.release):
        since = vllm_models.reading(type_)
        yield Finding(
            VERSION,
            f"the transformers library of vLLM {version} does not know the config type {type_} of "
            f"{plan.model.id}, and its repository has no code that reads it",
            f"use {since} or newer" if since else "use a newer release",
            related=(Related("the model is set here", path=asked.path),),
        )
    elif own and type_ and type_ not in vllm_models.types():
        near = closest(type_, vllm_models.types())
        yield Finding(
            asked.path,
            f"vLLM and transformers do not know the config type {type_}, and config names no code for it",
            f"did you mean model_type {near}?"
            if near
            else "add auto_map with the AutoConfig of the repository",
            on_key=True,
        )


def _experts_unknown(plan: Plan, asked: _Asked) -> Iterator[Finding]:
    """Yield a class that the release serves, but not yet with experts."""
    known, name, version = plan.model.architecture, asked.names[0], plan.server.version
    since = vllm_startup.experts_since(name)
    if since is None or known is None or not known.moe or vllm.at_least(plan.server.release, since):
        return
    yield Finding(
        VERSION,
        f"vLLM {version} serves {name} without experts, and {plan.model.id} has "
        f"{known.moe.n_routed_experts}; {since} is the first release that does",
        f"use {since} or newer",
        related=(Related("the model is set here", path=asked.path),),
    )


@rule(
    code="R1C442",
    slug="model-by-transformers",
    severity=Severity.HINT,
    title="Model runs through vLLM's Transformers backend",
    why="A release without its own implementation of the model uses the one of the transformers library, "
    "which is slower and does not support every feature (vLLM documentation, supported models).",
    example="spec:\n  model: {id: Qwen/Qwen3-8B}\n  vllm: {version: v0.8.3}\n",
    fix="Use a release with its own implementation of the model, if there is one.",
    fields=_READS,
)
def model_by_transformers(plan: Plan) -> Iterator[Finding]:
    """Report an architecture that only the Transformers backend of the release can run."""
    asked = _asked(plan)
    if asked is None or _served(asked) or not _backend(plan, asked):
        return
    later = _later(vllm_models.spans("in", asked.names[0]), asked.release)
    yield Finding(
        VERSION,
        f"vLLM {plan.server.version} does not implement {asked.what}; it uses the transformers library",
        f"{_use(later)}, which has its own" if later else "measure its speed before you serve users",
        related=(Related("the model is set here", path=asked.path),),
    )


@rule(
    code="R1C443",
    slug="remote-code-not-trusted",
    severity=Severity.ERROR,
    title="Model needs trust-remote-code",
    why="If neither vLLM nor its transformers library knows the type of the model's config or tokenizer, "
    "code in the model's repository must read it. Without trust-remote-code the server exits with `contains "
    "custom code which must be executed` or `consider setting trust_remote_code=True` "
    "(vllm-project/vllm#13055).",
    example="spec:\n  platform: a3-ultra\n  model: {id: moonshotai/Kimi-K2-Instruct}\n  vllm:\n    version: "
    "v0.11.0\n    args: {trust-remote-code: false}\n",
    fix="Read the code in the repository, add trust-remote-code: true, and pin model.revision.",
    fields=_READS,
)
def remote_code_not_trusted(plan: Plan) -> Iterator[Finding]:
    """Check the type of the config and the tokenizer, unless flags replace them."""
    server, known = plan.server, plan.model.architecture
    release = vllm_models.read(server.version)
    trust = server.argument("trust-remote-code")
    if known is None or release is None or (trust and trust.value is not False):
        return
    type_ = known.model_type
    elsewhere = server.argument("hf-config-path") or server.value("config-format") == "mistral"
    reasons = []
    if _brings_code(plan, "AutoConfig") and not elsewhere and not vllm_models.reads_config(type_, release):
        reasons.append(f"vLLM {server.version} does not know its config type {type_}")
    own_tokenizer = server.argument("tokenizer") or server.value("skip-tokenizer-init") is True
    if _brings_code(plan, "AutoTokenizer") and not own_tokenizer and not server.argument("tokenizer-mode"):
        reasons.append("code in its repository reads its tokenizer")
    if not reasons:
        return
    since = vllm_models.reading(type_)
    newer = f", or use {since} or newer" if since and len(reasons) == 1 and "config" in reasons[0] else ""
    verb = f"write {trust.name}: true" if trust else "add trust-remote-code: true to vllm.args"
    yield Finding(
        trust.path if trust else ARGS,
        f"{plan.model.id} needs trust-remote-code: {'; '.join(reasons)}",
        f"{verb}{newer}",
        on_key=trust is None,
        related=(Related("the model is set here", path=MODEL_ID), VERSION_HERE),
    )


@rule(
    code="R1C444",
    slug="lora-not-supported",
    severity=Severity.ERROR,
    title="Model does not support LoRA in this vLLM release",
    why="Each model class says whether it supports adapters. If not, the server loads the weights and then "
    "exits with `does not support LoRA yet` (vllm/v1/worker/lora_model_runner_mixin.py; "
    "facts/vllm_models.json).",
    example="spec:\n  model: {id: openai/gpt-oss-120b}\n  vllm:\n    version: v0.11.0\n    args: "
    "{enable-lora: true}\n",
    fix="Use a release in which the model supports LoRA, or remove enable-lora.",
    fields=_READS,
)
def lora_not_supported(plan: Plan) -> Iterator[Finding]:
    """Check enable-lora against the class that serves the model."""
    argument, asked = plan.server.argument("enable-lora"), _asked(plan)
    if argument is None or argument.flag is None or argument.value is not True or asked is None:
        return
    served = _class(plan, asked)
    if served is None or vllm_models.has("lora", served, asked.release):
        return
    later = _later(vllm_models.spans("lora", served), asked.release)
    first = f"; {later.first} is the first release in which it does" if later else ""
    yield Finding(
        argument.path,
        f"{served} does not support LoRA in vLLM {plan.server.version}{first}",
        f"remove {argument.name}" + (f", or {_use(later)}" if later else ""),
        related=(VERSION_HERE,),
    )


@rule(
    code="R1C447",
    slug="model-before-its-release",
    severity=Severity.WARNING,
    title="vLLM release older than the first known to serve the model",
    why="A model can share its architecture with an older one and still need later changes: expert counts, "
    "tokenizers, tool formats (`since` in facts/models).",
    example="spec:\n  platform: a3-ultra\n  model: {id: moonshotai/Kimi-K2-Instruct}\n"
    "  vllm: {version: v0.7.3}\n",
    fix="Use the release that the message names, or start the model once and accept the warning.",
    fields=("spec.model.id", "spec.vllm.version"),
)
def model_before_its_release(plan: Plan) -> Iterator[Finding]:
    """Compare the version with the first one known to serve this model."""
    since = model_table.since(plan.model.id)
    asked = vllm.key(plan.server.version)
    if since is None or asked is None or asked >= (vllm.key(since) or ()):
        return
    yield Finding(
        VERSION,
        f"vLLM {plan.server.version} is older than {since}, the first release known to serve {plan.model.id}",
        f"use {since} or newer",
        related=(Related("the first release", place=model_table.place(plan.model.id)),),
    )


@rule(
    code="R1C218",
    slug="pipeline-not-supported",
    severity=Severity.ERROR,
    title="Model does not support pipeline stages in this vLLM release",
    why="Each model class says whether its layers can be split into stages. If not, the server exits with "
    "`Pipeline parallelism is not supported for this model` (facts/vllm_models.json; evidence.md, PAR006). A "
    "few releases declare it, but exit with an AssertionError (brokenStages in facts/startup.yaml).",
    example="spec:\n  model: {id: openai/gpt-oss-120b}\n  vllm: {version: v0.10.1}\n  parallelism: "
    "{pipeline: 2}\n",
    fix="Use pipeline: 1, or a release in which the model supports stages.",
    fields=(*_READS, "spec.parallelism.pipeline"),
)
def pipeline_not_supported(plan: Plan) -> Iterator[Finding]:
    """Check a pipeline of more than one stage against the class that serves the model."""
    asked, pipeline = _asked(plan), plan.group.pipeline
    served = _class(plan, asked) if asked and pipeline > 1 else None
    if asked is None or served is None:
        return
    fixed = vllm_startup.stages_fixed(served, plan.server.release)
    if fixed:
        yield Finding(
            PIPELINE,
            f"vLLM {plan.server.version} exits while it builds {served} with {pipeline} pipeline stages",
            f"use {fixed} or newer, or write pipeline: 1",
            related=(VERSION_HERE,),
        )
    if fixed or vllm_models.has("pp", served, asked.release):
        return
    later = _later(vllm_models.spans("pp", served), asked.release)
    first = f"; {later.first} is the first release in which it can" if later else ""
    yield Finding(
        PIPELINE,
        f"vLLM {plan.server.version} cannot split {served} into {pipeline} pipeline stages{first}",
        "write pipeline: 1" + (f", or {_use(later)}" if later else ""),
        related=(VERSION_HERE,),
    )


RULES: tuple[Rule, ...] = (
    model_not_served,
    model_by_transformers,
    remote_code_not_trusted,
    lora_not_supported,
    model_before_its_release,
)
