"""What a profile cannot say -> a strategic merge patch over the output that the profile compiles to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from typing import Any

from r1c import lower
from r1c.adopt import profile_text
from r1c.adopt.manifest.account import at_path
from r1c.adopt.manifest.container import entries, section
from r1c.adopt.manifest.leftover import service_account
from r1c.adopt.manifest.no_credentials import without_credentials
from r1c.adopt.manifest.other_objects import Around, other_objects
from r1c.adopt.manifest.service import chosen
from r1c.adopt.manifest.service_ports import added, retargeted
from r1c.adopt.manifest.stream import Object, Stream
from r1c.adopt.manifest.workers import LISTS, of_workers
from r1c.adopt.manifest.workload import GROUP, Workload
from r1c.adopt.profile_draft import Draft, Part, given, join
from r1c.adopt.starter import newest, standing_in
from r1c.diagnostics import Path, UserError
from r1c.diagnostics.suggest import listed
from r1c.emit.yaml import to_yaml
from r1c.names import GROUP_SET
from r1c.pipeline import plan_data
from r1c.record import record, replace

TEMPLATES = ("leaderTemplate", "workerTemplate")
"""The pod templates of a LeaderWorkerSet: r1c writes both."""


@record
class Patch:
    """The text of the patch and of the other objects, what each contains, and why the rest is left out.

    `made` names what the output has without the patch.
    """

    text: str
    objects: str
    has: tuple[str, ...]
    made: tuple[str, ...]
    others: tuple[str, ...]
    left: Mapping[str, str]


NOTHING = Patch("", "", (), (), (), {})
_IN_OUTPUT = "the output already has it"


@record
class Target:
    """A pod template of the output, and the source's that it is patched from, under the output's names."""

    name: str
    source: Mapping[str, Any]
    made: Mapping[str, Any]
    tree: dict[str, Any]


@record
class _Work:
    """The source's workload and Service, what r1c makes of them by kind, and the pod templates."""

    one: Workload
    service: Object | None
    account: Object | None
    made: Mapping[str, Any]
    targets: tuple[Target, ...]


def patch(stream: Stream, one: Workload, draft: Draft, *, with_objects: bool = False) -> Patch:
    """Return the patch, and the stream's other objects if they are wanted.

    Raises UserError if the profile does not say enough to know its output.
    """
    output = lower.stream(plan_of(draft))
    made = {item["kind"]: item for item in reversed(output)}
    targets = tuple(_targets(one, made["LeaderWorkerSet"], draft))
    work = _Work(one, chosen(stream, one), service_account(stream, one), made, targets)
    trees = {kind: dict[str, Any]() for kind in ("LeaderWorkerSet", "Service", "ServiceAccount")}
    has, anyway = list[str](), list[str]()
    left: dict[str, str] = {}
    for what in dict.fromkeys(part.what for part in draft.overlay):
        parts = [part for part in draft.overlay if part.what == what]
        before = deepcopy((trees, [target.tree for target in targets]))
        reasons = [_add(work, trees, part) for part in parts]
        reason = next((reason for reason in reasons if reason not in ("", _IN_OUTPUT)), "")
        if not reason:
            (has if "" in reasons else anyway).append(what)
            continue
        # A volume without its mount would be of no use.
        left[what] = reason
        trees = before[0]
        for target, tree in zip(targets, before[1], strict=True):
            target.tree.clear()
            target.tree.update(tree)
    for target in targets:
        if target.tree:
            _servers_first(target)
            inside = trees["LeaderWorkerSet"].setdefault("spec", {}).setdefault("leaderWorkerTemplate", {})
            inside[target.name] = target.tree
    texts = []
    for kind, tree in trees.items():
        known = without_credentials(tree, (), left)
        if known:
            texts.append(to_yaml(document(made[kind], known)))
    pods = [_labels(target, made["LeaderWorkerSet"]) for target in targets]
    names = {(item["kind"], item["metadata"]["name"]) for item in output}
    # LWS makes a headless Service with the group's name.
    names |= {("Service", made["LeaderWorkerSet"]["metadata"]["name"])}
    sources = tuple(target.source for target in targets)
    around = Around(tuple(pods), sources, tuple(_config_maps(trees)), frozenset(names))
    others = other_objects(stream, draft, around, left) if with_objects else {}
    return Patch(
        "---\n".join(texts), "---\n".join(others.values()), tuple(has), tuple(anyway), tuple(others), left
    )


def _add(work: _Work, trees: Mapping[str, dict[str, Any]], part: Part) -> str:
    """Add a part to the patch of its object; return why it cannot be there, or nothing."""
    one, made = work.one, work.made
    if part.kind == "Service":
        return _to_service(work, trees["Service"], part.path)
    if part.kind:
        account = work.account.data if work.account else {}
        return _new(trees[part.kind], account, made[part.kind], part.path)
    if part.path[: len(one.path)] == one.path:
        return _to_pods(one, work.targets, part)
    if one.workers and part.path[: len(one.workers)] == one.workers:
        workers = work.targets[1]
        path = part.path[len(one.workers) :]
        if _same_place(workers.source, workers.made, path) is not None:
            return _IN_OUTPUT
        reason = _put(workers.tree, workers.source, workers.made, path)
        _volumes_of(workers)
        return reason
    if one.item.kind != "LeaderWorkerSet" and part.path[0] != "metadata":
        return f"it is a field of a {one.item.kind}, and r1c writes a LeaderWorkerSet"
    return _new(trees["LeaderWorkerSet"], one.item.data, made["LeaderWorkerSet"], part.path)


def _servers_first(target: Target) -> None:
    """Put the server's container in front: kustomize keeps the order of the patch."""
    spec = section(target.tree, "spec")
    if "containers" in spec:
        ours = [one["name"] for one in entries(section(target.made, "spec").get("containers"))]
        spec["containers"].sort(key=lambda one: one["name"] not in ours)


def _labels(target: Target, group: Mapping[str, Any]) -> dict[str, Any]:
    """Return the labels of the pods that are built, those that LWS sets on them too."""
    own = {GROUP_SET: group["metadata"]["name"]}
    if target.name == "leaderTemplate":
        own["leaderworkerset.sigs.k8s.io/worker-index"] = "0"
    return {**own, **section(target.made, "metadata", "labels"), **section(target.tree, "metadata", "labels")}


def _config_maps(node: Any) -> Iterator[str]:
    """Yield the names of the ConfigMaps that a patch refers to."""
    for key, child in node.items() if isinstance(node, dict) else enumerate(node):
        if isinstance(child, dict) and key in ("configMap", "configMapRef", "configMapKeyRef"):
            yield str(child.get("name"))
        if isinstance(child, dict | list):
            yield from _config_maps(child)


def _to_service(work: _Work, tree: dict[str, Any], path: Path) -> str:
    """Put a part of the Service into its patch; return why it cannot be there, or nothing."""
    source, made = work.service.data if work.service else {}, work.made["Service"]
    if path[:2] != ("spec", "ports"):
        return _new(tree, source, made, path)
    entry, ports = section(at_path(source, path[:3])), tree.setdefault("spec", {}).setdefault("ports", [])
    if len(path) > 3:
        own = _item(ports, "port", entry)
        if own is None:
            # kustomize merges ports by number and protocol.
            own = {"port": entry.get("port"), "protocol": made["spec"]["ports"][0]["protocol"]}
            ports.append(own)
        own[str(path[3])] = at_path(source, path[:4])
        return ""
    node_port = section(source, "spec").get("type") == "NodePort"
    port = retargeted(entry, [target.source for target in work.targets])
    port = added(port, made["spec"]["ports"], node_port=node_port) if isinstance(port, dict) else port
    if isinstance(port, str):
        return port
    ports.append(port)
    return ""


def plan_of(draft: Draft) -> Any:
    """Return the plan of a draft, as if its blanks were filled in.

    Raises UserError if the profile does not say enough to know its output.
    """
    usual = given({"spec.vllm.version": newest(), "spec.parallelism.tensor": 8})
    missing = [".".join(map(str, path)) for path in profile_text.blanks(draft)]
    if "spec.platform" in missing or "spec.model.id" in missing:
        names = [name for name in ("spec.platform", "spec.model.id") if name in missing]
        raise UserError(
            f"--patch needs {listed(names, 'and')}, which the source does not give"
            + ("; add --platform" if "spec.platform" in missing else "")
        )
    return plan_data("profile", profile_text.data(join(usual, standing_in(draft))))


def document(made: Mapping[str, Any], tree: Mapping[str, Any]) -> dict[str, Any]:
    """Return the patch of an object of the output."""
    metadata = {key: made["metadata"][key] for key in ("name", "namespace") if key in made["metadata"]}
    return {
        "apiVersion": made["apiVersion"],
        "kind": made["kind"],
        "metadata": metadata | dict(tree.get("metadata", {})),
        **{key: value for key, value in tree.items() if key != "metadata"},
    }


def _targets(one: Workload, server: Mapping[str, Any], draft: Draft) -> Iterator[Target]:
    """Yield the templates of the output; the source's parts under the names that r1c gives to them."""
    view = of_workers(one) or one
    kept = frozenset(
        str(section(at_path(one.item.data, part.path)).get("name"))
        for part in draft.overlay
        if not part.kind and part.path[:-1] in [(*each.path, "spec", "volumes") for each in (one, view)]
    )
    for name, each in zip(TEMPLATES, (one, view), strict=True):
        made = section(server, *map(str, GROUP), name)
        yield Target(name, _renamed(each.template, each.index, made, kept), made, {})


def _renamed(
    template: Mapping[str, Any], index: int, made: Mapping[str, Any], kept: frozenset[str]
) -> dict[str, Any]:
    """Return a template whose server and volumes have the names of the output's; `kept` keep their own."""
    spec = dict(section(template, "spec"))
    containers = entries(spec.get("containers"))
    index = index if index < len(containers) else 0
    server = containers[index] if containers else {}
    ours = entries(section(made, "spec").get("containers"))[0]
    where = {str(mount.get("mountPath")): mount.get("name") for mount in entries(ours.get("volumeMounts"))}
    names = {
        str(mount.get("name")): where[str(mount.get("mountPath"))]
        for mount in entries(server.get("volumeMounts"))
        if str(mount.get("mountPath")) in where and str(mount.get("name")) not in kept
    }

    taken = {str(volume.get("name")) for volume in entries(section(made, "spec").get("volumes"))}
    names |= {name: f"{name}-own" for name in kept if name in taken}

    def mounted(container: Mapping[str, Any]) -> dict[str, Any]:
        mounts = [
            {**mount, "name": names.get(str(mount.get("name")), mount.get("name"))}
            for mount in entries(container.get("volumeMounts"))
        ]
        return {**container, **({"volumeMounts": mounts} if mounts else {})}

    for key in ("containers", "initContainers"):
        if key in spec:
            spec[key] = [mounted(container) for container in entries(spec[key])]
    if containers:
        spec["containers"][index]["name"] = ours["name"]
    if "volumes" in spec:
        spec["volumes"] = [
            {**volume, "name": names.get(str(volume.get("name")), volume.get("name"))}
            for volume in entries(spec["volumes"])
        ]
    return {**template, "spec": spec}


def _to_pods(one: Workload, targets: Sequence[Target], part: Part) -> str:
    """Put a part of the leader's template into both templates; return why it cannot be there, or nothing.

    Workers with a template of their own get what that has too.
    """
    leader, workers = targets
    path = part.path[len(one.path) :]
    place = _same_place(leader.source, workers.source, path)
    made = _same_place(leader.source, leader.made, path) is not None
    if made and (place is None or _same_place(workers.source, workers.made, place) is not None):
        return _IN_OUTPUT
    reason = _put(leader.tree, leader.source, leader.made, path)
    if reason:
        return reason
    if place is not None:
        _put(workers.tree, workers.source, workers.made, place)
    for target in (leader, workers) if place is not None else (leader,):
        _volumes_of(target)
    return ""


def _same_place(leader: Any, workers: Any, path: Path) -> Path | None:
    """Return where the workers' template has the same part as the leader's; None if it has not."""
    place: list[str | int] = []
    for number, key in enumerate(path):
        if isinstance(key, int) and isinstance(leader, list) and isinstance(workers, list):
            name = LISTS.get(str(path[number - 1]))
            mine = leader[key]
            if name and isinstance(mine, dict) and path[number - 1] != "containers":
                found = [at for at, other in enumerate(workers) if _value(other, name) == _value(mine, name)]
            elif name:
                names = (str(_value(mine, name)), str(_value(mine, name)).replace("leader", "worker"))
                found = [at for at, other in enumerate(workers) if _value(other, name) in names]
            else:
                found = [key] if key < len(workers) else []
            if not found:
                return None
            place.append(found[0])
            leader, workers = mine, workers[found[0]]
        elif isinstance(leader, dict) and isinstance(workers, dict) and key in leader and key in workers:
            place.append(key)
            leader, workers = leader[str(key)], workers[str(key)]
        else:
            return None
    return tuple(place) if leader == workers else None


def _new(tree: dict[str, Any], source: Any, made: Any, path: Path) -> str:
    """Add a part of the source to a patch, unless r1c makes the same; return why it is not there."""
    return _IN_OUTPUT if _same_place(source, made, path) is not None else _put(tree, source, made, path)


def _put(tree: dict[str, Any], source: Any, made: Any, path: Path) -> str:
    """Add a part of the source to a patch of what r1c makes; return why it cannot, or nothing."""
    here: Any = tree
    for number, key in enumerate(path):
        last = number == len(path) - 1
        child = at_path(source, (key,))
        if child is None or (isinstance(key, int) and not isinstance(child, dict)):
            return "the manifest is not valid there"
        if isinstance(key, int):
            item = _merged(here, child, made, str(path[number - 1]), last)
            if isinstance(item, str):
                return item
            here, made = item, _item(made, LISTS[str(path[number - 1])], child)
        elif isinstance(child, list) and not last:
            merged = key in LISTS and all(LISTS[key] in one for one in child if isinstance(one, dict))
            if not merged or not all(isinstance(one, dict) for one in child):
                if key == "envFrom":
                    here.setdefault(key, []).append(child[int(path[number + 1])])
                else:
                    # Without a key to merge by, a patch replaces the list.
                    here[key] = child
                return ""
            here = here.setdefault(key, [])
            made = made.get(key) if isinstance(made, dict) else None
        elif last:
            other = {"value": "valueFrom", "valueFrom": "value"}.get(str(key))
            if other and isinstance(made, dict) and other in made:
                here[other] = None
            here[key] = child
            if key == "tolerations":
                # A patch replaces the list, and r1c's own taints stay.
                here[key] = [*child, *(taint for taint in section(made).get(key, []) if taint not in child)]
        else:
            here = here.setdefault(key, {})
            made = made.get(key) if isinstance(made, dict) else None
        source = child
    return ""


def _merged(here: list[Any], child: Mapping[str, Any], made: Any, key: str, whole: bool) -> Any:
    """Return the item of a list that a part goes into, added where it is new; or why it cannot be there."""
    name = LISTS[key]
    found, item = _item(made, name, child), _item(here, name, child)
    if whole and found is not None:
        return f"r1c writes {_called(key)} {child.get(name)} itself"
    if not whole and found is None and item is None:
        return f"r1c writes no {_called(key).removeprefix('the ')} {child.get(name)}"
    if item is None:
        item = {name: child.get(name)}
        here.append(item)
    if whole:
        item |= child
    return item


def _called(key: object) -> str:
    return {
        "containers": "the container",
        "initContainers": "the init container",
        "volumes": "the volume",
        "volumeMounts": "the mount at",
        "env": "the variable",
    }.get(str(key), "the entry")


def _item(items: Any, name: str, wanted: Any) -> Any:
    return next((one for one in entries(items) if one.get(name) == _value(wanted, name)), None)


def _value(item: Any, name: str) -> Any:
    return item.get(name) if isinstance(item, dict) else None


def _volumes_of(target: Target) -> None:
    """Add the source's volumes that the patch's containers mount and nobody else has."""
    spec = section(target.tree, "spec")
    known = [
        str(volume.get("name"))
        for tree in (target.made, target.tree)
        for volume in entries(section(tree, "spec").get("volumes"))
    ]
    for key in ("containers", "initContainers"):
        for container in entries(spec.get(key)):
            for mount in entries(container.get("volumeMounts")):
                name = str(mount.get("name"))
                own = _item(section(target.source, "spec").get("volumes"), "name", mount)
                if name not in known and own is not None:
                    target.tree["spec"].setdefault("volumes", []).append(dict(own))
                    known.append(name)


def without(draft: Draft, rest: Patch) -> Draft:
    """Return a draft that no longer names what the patch contains, and says why the rest is left out."""
    dropped = [
        (what, f"{reason}; not in the patch: {rest.left[what]}" if what in rest.left else reason)
        for what, reason in draft.dropped
        if what not in (*rest.has, *rest.made, *rest.others)
    ]
    named = {what for what, _ in dropped}
    own = [(what, reason) for what, reason in rest.left.items() if what not in named]
    return replace(draft, dropped=(*dropped, *own))


def kustomization(name: str, file: str, objects: str | None = None) -> str:
    """Return the lines of a kustomization.yaml that use the patch and the file of other objects."""
    others = f"- {objects}\n" if objects else ""
    return f"resources:\n- ../../out/{name}\n{others}patches:\n- path: {file}\n"
