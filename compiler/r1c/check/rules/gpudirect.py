"""R1C510, R1C514, R1C517, R1C521, R1C530: plugin and receive daemon, which belong together as one release."""

from __future__ import annotations

from collections.abc import Iterator

from r1c import facts
from r1c.check.rule import Rule, rule
from r1c.diagnostics import Finding, Path, Related, Remove, Severity, safe
from r1c.diagnostics.suggest import listed
from r1c.facts import nccl, vllm_releases
from r1c.facts.gpudirect import Release
from r1c.profile.paths import VERSION
from r1c.resolve.plan import Plan

SECTION: Path = ("spec", "gpudirect")
RELEASE: Path = (*SECTION, "release")
PLUGIN: Path = (*SECTION, "ncclPluginImage")
DAEMON: Path = (*SECTION, "rxdmImage")
BUILD_TYPE: Path = (*SECTION, "buildType")
HOST_PLUGIN: Path = (*SECTION, "useHostPlugin")


def _tag(image: str) -> str:
    """Return the tag of an image; empty for one without a tag or with a digest."""
    name = image.rsplit("/", 1)[-1]
    return name.rpartition(":")[2] if ":" in name and "@" not in name else ""


def _unknown(what: str, image: str) -> str:
    tag = _tag(image)
    return (
        f"the {what} {tag} is not in a known release"
        if tag
        else f"r1c cannot read the release of the {what} from an image without a tag"
    )


def _release(plan: Plan) -> Release:
    return facts.release(plan.gpudirect.stack, plan.gpudirect.release)


def _installs(plan: Plan) -> bool:
    """Tell whether the pods install their own plugin."""
    return not plan.gpudirect.use_host_plugin


def plugin_release(plan: Plan) -> Release | None:
    """Return the release of the plugin that the pods load, None for an unknown image.

    With useHostPlugin, gpudirect.release says which one is on the nodes.
    """
    if not _installs(plan):
        return _release(plan)
    tag = _tag(plan.gpudirect.plugin_image)
    known = facts.releases(plan.gpudirect.stack)
    return facts.release(plan.gpudirect.stack, tag) if tag in known else None


def without_effect(plan: Plan, path: Path) -> str | None:
    """Return why a setting of gpudirect has no effect in this recipe, None if it has one."""
    if plan.gpudirect.stack == "none":
        return "a group of one node does not use GPUDirect"
    if path in (PLUGIN, BUILD_TYPE) and not _installs(plan):
        return "the pods use the node's plugin, and gpudirect.release says which one it is"
    if path == DAEMON and not plan.gpudirect.rxdm_flags:
        return f"GPUDirect on {plan.platform.id} has no receive daemon"
    return None


def _alien_environment(plan: Plan) -> bool:
    """Tell whether the plugin's release needs another NCCL environment than the recipe's."""
    plugin = plugin_release(plan)
    return plugin is not None and plugin.family != _release(plan).family


def _place(plan: Plan, name: str) -> str:
    return facts.cite(plan.gpudirect.stack, f"releases.{name}")


@rule(
    code="R1C510",
    slug="gpudirect-pair",
    severity=Severity.WARNING,
    title="GPUDirect plugin and receive daemon were not released together",
    why="The daemon must have the version that was released with the plugin (container-engine-accelerators, "
    "gpudirect-tcpxo release notes; evidence.md, NET005).",
    example="spec:\n  gpudirect:\n    rxdmImage: "
    "us-docker.pkg.dev/gce-ai-infra/gpudirect-tcpxo/tcpgpudmarxd-dev:v1.0.13\n",
    fix="Set gpudirect.release instead: it selects plugin, daemon and NCCL environment together.",
    fields=("spec.gpudirect", "spec.platform"),
)
def gpudirect_pair(plan: Plan) -> Iterator[Finding]:
    """Check the pair if the profile overrides an image; a plugin on the nodes is not one of its images."""
    given = [path for path in (PLUGIN, DAEMON) if path in plan.given and not without_effect(plan, path)]
    plugin, daemon = plugin_release(plan), _tag(plan.gpudirect.rxdm_image)
    if not given or _alien_environment(plan) or (plugin and daemon in (plugin.rxdm_tags or ("",))):
        return
    stack = plan.gpudirect.stack
    releases = [facts.release(stack, name) for name in facts.releases(stack)]
    daemons = {tag: release.name for release in releases for tag in release.rxdm_tags}
    if plugin is None:
        image = plan.gpudirect.plugin_image
        path, message = PLUGIN, _unknown("plugin", image)
        match = daemons.get(daemon)
    elif daemon not in daemons:
        path, match = DAEMON, plugin.name
        message = _unknown("receive daemon", plan.gpudirect.rxdm_image)
    else:
        path, match = given[0], daemons[daemon] if DAEMON in given else plugin.name
        message = (
            f"plugin {plugin.name} and receive daemon {daemon} were not released together; {plugin.name} "
            f"was released with {listed(plugin.rxdm_tags)}"
        )
    usual = nccl.default_release(plan.platform, plan.server.version)
    advice = f"write gpudirect.release: {match or usual} instead of single images"
    related = (Related(f"release {plugin.name}", place=_place(plan, plugin.name)),) if plugin else ()
    yield Finding(path, message, advice, related=related)


@rule(
    code="R1C514",
    slug="build-type-ignored",
    severity=Severity.WARNING,
    title="Build type has no effect with this plugin",
    why="The installer of v1.0.12 and later does not know --nccl-buildtype: it prints a line and uses the "
    "NCCL of its image (evidence.md, gke-gpudirect).",
    example="spec:\n  vllm: {version: v0.11.0}\n  gpudirect:\n    release: v1.0.15\n    buildType: '223'\n",
    fix="Remove buildType; the release includes its NCCL.",
    fields=("spec.gpudirect", "spec.platform"),
    edits="safe",
)
def build_type_ignored(plan: Plan) -> Iterator[Finding]:
    """Check a given build type against the plugin's release."""
    plugin = plugin_release(plan)
    if (
        BUILD_TYPE not in plan.given
        or without_effect(plan, BUILD_TYPE)
        or plugin is None
        or plugin.build_type
    ):
        return
    yield Finding(
        BUILD_TYPE,
        f"buildType {plan.gpudirect.build_type} has no effect: the installer of plugin {plugin.name} "
        "does not use it",
        "remove buildType",
        edit=safe(Remove(BUILD_TYPE)),
        related=(Related(f"release {plugin.name}", place=_place(plan, plugin.name)),),
    )


@rule(
    code="R1C517",
    slug="gpudirect-no-effect",
    severity=Severity.WARNING,
    title="GPUDirect setting has no effect",
    why="With the node's plugin the pod installs none, gIB has no daemon, and a group of one node uses no "
    "GPUDirect stack (evidence.md, gke-gpudirect).",
    example="spec:\n  gpudirect:\n    release: v1.0.8-1\n    useHostPlugin: true\n    buildType: '223'\n",
    fix="Remove the setting.",
    fields=("spec.gpudirect", "spec.platform", "spec.nodes", "spec.parallelism", "spec.vllm.args"),
    edits="safe",
)
def gpudirect_no_effect(plan: Plan) -> Iterator[Finding]:
    """Check that something uses each given setting."""
    for path in (RELEASE, PLUGIN, DAEMON, BUILD_TYPE):
        reason = without_effect(plan, path)
        if path in plan.given and reason:
            message, edit = f"gpudirect.{path[-1]} has no effect: {reason}", safe(Remove(path))
            yield Finding(path, message, f"remove {path[-1]}", edit=edit)


@rule(
    code="R1C521",
    slug="host-plugin-release",
    severity=Severity.ERROR,
    title="Release of the node's plugin is missing",
    why="With useHostPlugin the pods load the plugin that the cluster's installer DaemonSet put on the "
    "nodes. The NCCL environment and the receive daemon must have the same release, or the plugin ends the "
    "job (NVIDIA/aicr#422; container-engine-accelerators release notes; evidence.md, NET005, NET006). "
    "Google changes the installer's release, so no default fits every cluster.",
    example="spec:\n  gpudirect:\n    useHostPlugin: true\n",
    fix="Write the tag of the installer's image as gpudirect.release.",
    fields=("spec.gpudirect", "spec.platform", "spec.nodes", "spec.parallelism", "spec.vllm.args"),
)
def host_plugin_release(plan: Plan) -> Iterator[Finding]:
    """Require the release where it also selects the NCCL environment and the daemon."""
    stack = plan.gpudirect.stack
    releases = facts.releases(stack)
    follows_node = bool(plan.gpudirect.script) or len(releases) == 1
    if follows_node or HOST_PLUGIN not in plan.given or _installs(plan) or RELEASE in plan.given:
        return
    installer = facts.stack(stack).installer
    if installer is None:
        return
    command = (
        f"kubectl get ds {installer.name} -n kube-system -o "
        "jsonpath='{.spec.template.spec.initContainers[*].image}'"
    )
    yield Finding(
        HOST_PLUGIN,
        "useHostPlugin needs gpudirect.release: the release of the plugin on the nodes",
        f"write gpudirect.release: TAG, one of {releases[0]} to {releases[-1]}; `{command}` prints the "
        "installed image with its tag",
        related=(Related(f"the releases of {plan.platform.id}", place=facts.cite(stack, "releases")),),
    )


@rule(
    code="R1C530",
    slug="nccl-not-qualified",
    severity=Severity.WARNING,
    title="GPUDirect plugin not qualified for the NCCL of this vLLM release",
    why="torch includes NCCL and finds it by DT_RPATH, before LD_LIBRARY_PATH, so vLLM never loads the "
    "plugin's copy. A plugin that was not qualified with this NCCL can end the job or fall back to another "
    "path, and NCCL does not load a plugin that needs libcudart of another CUDA version "
    '(container-engine-accelerators release notes, "qualified and supported"; facts/tcpxo.yaml, '
    "facts/vllm_releases.json).",
    example="spec:\n  vllm: {version: v0.11.0}\n  gpudirect: {release: v1.0.8-1}\n",
    fix="Use a GPUDirect release that fits, or measure this combination and accept the warning.",
    fields=("spec.gpudirect", "spec.vllm.version", "spec.platform", "spec.nodes", "spec.parallelism"),
)
def nccl_not_qualified(plan: Plan) -> Iterator[Finding]:
    """Check the plugin that the pods load against the NCCL and CUDA of the vLLM release."""
    stack, under = plan.gpudirect.stack, vllm_releases.stack(plan.server.version)
    plugin = plugin_release(plan) if stack != "none" else None
    if plugin is None or under is None:
        return
    reason = nccl.unfit(stack, plugin.name, under)
    if reason is None:
        return
    fit = nccl.fitting(stack, under)
    best = nccl.default_release(plan.platform, plan.server.version)
    if fit:
        help_ = f"write gpudirect.release: {best if best in fit else fit[-1]}"
    else:
        newest = [entry.release for entry in _stacks() if nccl.fitting(stack, entry)][-1]
        help_ = (
            f"use vLLM {newest} or older: {plan.platform.id} has no GPUDirect release qualified for NCCL "
            f"{under.nccl}"
        )
        if best != plugin.name:
            help_ += f"; the closest is gpudirect.release: {best}"
    path = PLUGIN if PLUGIN in plan.given else RELEASE if RELEASE in plan.given else VERSION
    yield Finding(
        path,
        f"GPUDirect plugin {plugin.name} {reason}",
        help_,
        related=(Related(f"release {plugin.name}", place=_place(plan, plugin.name)),),
    )


def _stacks() -> list[vllm_releases.Stack]:
    return [found for name in vllm_releases.published() if (found := vllm_releases.stack(name))]


RULES: tuple[Rule, ...] = (
    gpudirect_pair,
    build_type_ignored,
    gpudirect_no_effect,
    host_plugin_release,
    nccl_not_qualified,
)
