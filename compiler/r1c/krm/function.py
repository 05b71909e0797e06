"""A ResourceList -> the answer: each Recipe compiled, all other items unchanged."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from r1c.diagnostics import Diagnostic, Refused, Severity, UserError
from r1c.krm import resource_list
from r1c.krm.resource_list import Item, ResourceList
from r1c.lower import serving
from r1c.pipeline import ALONE, Checked, Context, analyse, build
from r1c.profile.fields import dotted
from r1c.record import record, replace
from r1c.repository import policy
from r1c.repository.find import parsed
from r1c.source import credentials

GROUP = "r1c.dev/"
LOCAL = "config.kubernetes.io/local-config"

_PATHS = ("internal.config.kubernetes.io/path", "config.kubernetes.io/path")
_INDICES = ("internal.config.kubernetes.io/index", "config.kubernetes.io/index")
_ORCHESTRATORS = frozenset(
    {
        "config.kubernetes.io",
        "internal.config.kubernetes.io",
        "config.k8s.io",
        "kustomize.config.k8s.io",
    }
)
"""The prefixes of the annotations by which kustomize and kpt know an object again."""
_SEVERITIES = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.HINT: "info"}


@record
class Answer:
    """The ResourceList to send back, what to say on standard error, and whether a recipe was refused."""

    text: str
    diagnostics: tuple[Diagnostic, ...]
    refused: bool


def answer(source: ResourceList) -> Answer:
    """Compile the recipes among the items and in functionConfig; where one is refused, nothing is changed.

    A Repository among the items, the content of an r1c.yaml, holds for all recipes. Raises UserError if two
    recipes make one object, or if there are two Repositories, InternalError as `pipeline.build`.
    """
    repository = _repository(source)
    try:
        context = (
            policy.context(parsed(_place(repository), repository.text.encode(), "")) if repository else ALONE
        )
    except Refused as faulty:
        assert repository  # noqa: S101  # it is what was refused
        faults = [_result(repository, item) for item in faulty.diagnostics]
        located = tuple(_located(repository, item) for item in faulty.diagnostics)
        return Answer(resource_list.write(source, source.items, faults), located, refused=True)
    found = [(recipe, _checked(recipe, context)) for recipe in _recipes(source)]
    results = [_result(recipe, item) for recipe, checked in found for item in checked.diagnostics]
    diagnostics = tuple(_located(recipe, item) for recipe, checked in found for item in checked.diagnostics)
    refused = any(checked.refused() for _, checked in found)
    items = source.items if refused else _compiled(source, found)
    return Answer(resource_list.write(source, items, results), diagnostics, refused)


def _repository(source: ResourceList) -> Item | None:
    found = [item for item in source.items if _is_ours(item, "Repository")]
    if len(found) > 1:
        names = " and ".join(_place(item) for item in found)
        raise UserError(f"{names} are two Repositories; one applies to all recipes of a call")
    return found[0] if found else None


def _checked(recipe: Item, context: Context) -> Checked:
    checked = analyse(_place(recipe), recipe.text.encode(), context=context)
    # The annotations of kustomize and kpt are not part of the recipe.
    own = tuple(
        item
        for item in checked.diagnostics
        if not (item.path[:2] == ("metadata", "annotations") and _is_foreign(str(item.path[-1])))
    )
    shown = replace(checked, diagnostics=own)
    # If nothing else refuses the recipe, report that their annotations are wrong.
    return shown if checked.plan or shown.refused() else checked


def _is_foreign(annotation: str) -> bool:
    return annotation.partition("/")[0] in _ORCHESTRATORS


def _is_recipe(item: Item) -> bool:
    return _is_ours(item, "Recipe")


def _is_ours(item: Item, kind: str) -> bool:
    return item.kind == kind and item.api_version.startswith(GROUP)


def _recipes(source: ResourceList) -> list[Item]:
    """Return each recipe once: kustomize sends that of a generator as an item and as functionConfig."""
    recipes = [item for item in source.items if _is_recipe(item)]
    config = source.config
    if config and _is_recipe(config) and config.identity not in {item.identity for item in recipes}:
        recipes.append(config)
    return recipes


def _compiled(source: ResourceList, found: list[tuple[Item, Checked]]) -> tuple[Item, ...]:
    """Return the items with the objects in them: in place of those they replace, or at the end."""
    # kustomize drops what is marked as local by itself, and kpt would delete the file of a dropped item.
    kept = [
        item
        for item in source.items
        if not (_is_recipe(item) or _is_ours(item, "Repository")) or item.annotations.get(LOCAL) == "true"
    ]
    items = list(kept)
    places = {item.identity: number for number, item in reversed(list(enumerate(kept)))}
    makers: dict[tuple[str, str, str, str], str] = {}
    for recipe, checked in found:
        for data in _objects(checked):
            made = resource_list.item(data, as_json=source.as_json)
            maker = makers.setdefault(made.identity, recipe.name)
            if maker != recipe.name:
                raise UserError(
                    f"the recipes {maker} and {recipe.name} both create the {made.kind} {made.name}; "
                    "rename it in one of them, or use another namespace"
                )
            place = places.get(made.identity)
            if place is None:
                items.append(made)
            else:
                items[place] = resource_list.item(_known_again(data, items[place]), as_json=source.as_json)
    return tuple(items)


def _objects(checked: Checked) -> Iterator[Mapping[str, Any]]:
    assert checked.plan is not None  # noqa: S101  # a recipe without errors has a plan
    build(checked.plan)
    for manifest in serving(checked.plan):
        yield from manifest.objects


def _known_again(data: Mapping[str, Any], before: Item) -> dict[str, Any]:
    """Give an object the annotations by which an orchestrator knows the one that it replaces."""
    theirs = {key: value for key, value in before.annotations.items() if _is_foreign(key)}
    metadata = dict(data["metadata"])
    annotations = {**metadata.get("annotations", {}), **theirs}
    return {**data, "metadata": {**metadata, "annotations": annotations} if annotations else metadata}


def _first(item: Item, names: tuple[str, ...]) -> str:
    return next((item.annotations[name] for name in names if name in item.annotations), "")


def _place(recipe: Item) -> str:
    return credentials.starred(_first(recipe, _PATHS) or f"{recipe.kind} {recipe.name}".rstrip())


def _located(recipe: Item, diagnostic: Diagnostic) -> Diagnostic:
    """Return a diagnostic with its field in place of its line: an orchestrator has rewritten the lines."""
    field = dotted(diagnostic.path)
    place = _place(recipe)
    related = tuple(replace(label, span=None) for label in diagnostic.related)
    return replace(diagnostic, file=f"{place} ({field})" if field else place, span=None, related=related)


def _result(recipe: Item, diagnostic: Diagnostic) -> dict[str, Any]:
    """Return a diagnostic as a result of the KRM function specification."""
    name = credentials.starred(recipe.name)
    reference = {"apiVersion": recipe.api_version, "kind": recipe.kind, "name": name}
    result: dict[str, Any] = {
        "message": f"{diagnostic.message}; {diagnostic.help}",
        "severity": _SEVERITIES[diagnostic.severity],
        "resourceRef": {**reference, "namespace": recipe.namespace} if recipe.namespace else reference,
    }
    if diagnostic.path:
        result["field"] = {"path": dotted(diagnostic.path)}
    if path := _first(recipe, _PATHS):
        index = _first(recipe, _INDICES)
        result["file"] = {"path": path, "index": int(index)} if index.isdigit() else {"path": path}
    return {**result, "tags": {"code": diagnostic.code, "slug": diagnostic.slug}}
