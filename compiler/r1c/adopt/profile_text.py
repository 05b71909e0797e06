"""A Draft -> the text of a profile: short, in the format's order, with comments, and blanks."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from r1c import facts
from r1c.adopt.profile_draft import Draft, at
from r1c.diagnostics import Path
from r1c.diagnostics.text import printable
from r1c.emit.yaml import to_yaml
from r1c.facts import nccl, vllm
from r1c.names import ACCELERATOR
from r1c.profile import fields

WIDTH = 100
BLANKS: Mapping[str, str] = {
    "metadata.name": "the name of the recipe, your choice",
    "spec.platform": "the machine platform: see `r1c explain spec.platform`",
    "spec.model.id": "the model's repository on Hugging Face",
    "spec.vllm.version": "the vLLM release in the image, such as v0.7.3",
    "spec.parallelism.tensor": "tensor parallel size: GPUs that share each layer",
    "spec.cluster.project": "your Google Cloud project ID",
    "spec.cluster.name": "the name of your GKE cluster",
    "spec.cluster.region": "the region of the cluster, such as us-central1",
    "spec.image.registry": "LOCATION-docker.pkg.dev/PROJECT/REPOSITORY in Artifact Registry",
    "spec.storage.bucket": "a Cloud Storage bucket in the cluster's region, without gs://",
}
"""The comment of each field without a default that the draft does not know."""

_HEAD = {at("apiVersion"): "r1c.dev/v1alpha1", at("kind"): "Recipe"}


def blanks(draft: Draft) -> tuple[Path, ...]:
    """Return the fields that the user has to fill in, in the order of the format."""
    return tuple(at(path) for path in BLANKS if at(path) not in draft.fields)


def data(draft: Draft) -> dict[str, Any]:
    """Return the profile of a draft as data, without its blanks: what reading its text gives."""
    result: dict[str, Any] = {}
    for path, value in _known(draft).items():
        inside = result
        for part in path[:-1]:
            inside = inside.setdefault(str(part), {})
        inside[str(path[-1])] = value
    return result


def write(draft: Draft, heading: Sequence[str] = ()) -> str:
    """Return the text of a profile. Equal drafts give equal bytes."""
    entries: list[tuple[Path, Any, str]] = [
        (path, value, draft.comments.get(path, "")) for path, value in _known(draft).items()
    ]
    entries += [
        (path, None, draft.comments.get(path, BLANKS[".".join(map(str, path))])) for path in blanks(draft)
    ]
    entries += [(path, ..., remark) for path, remark in draft.remarks]
    entries.sort(key=lambda entry: (_order(entry[0]), entry[1] is not ...))
    opened: set[Path] = {
        path[:length] for path, value, _ in entries if value is not ... for length in range(len(path))
    }
    lines = [f"# {line}" for text in heading for line in _wrapped(text, WIDTH)]
    last: Path = ()
    for path, value, comment in entries:
        inside = path[:-1]
        while inside not in opened:
            inside = inside[:-1]
        for length in range(len(inside)):
            if inside[: length + 1] != last[: length + 1]:
                lines.append(f"{'  ' * length}{inside[length]}:")
        last = inside
        lines += _entry(str(path[-1]), value, comment, "  " * len(inside))
    return "\n".join(lines) + "\n"


def _entry(key: str, value: Any, comment: str, indent: str) -> Iterator[str]:
    above = [f"{indent}# {line}" for line in _wrapped(comment, WIDTH - len(indent))] if comment else []
    if value is ...:
        yield from above
        return
    if value is None:
        yield f"{indent}{key}:{_beside(comment)}"
        return
    first, *rest = to_yaml({key: value}).splitlines()
    beside = f"{indent}{first}{_beside(comment)}"
    if len(beside) <= WIDTH or not comment:
        yield beside
    else:
        yield from above
        yield indent + first
    yield from (indent + line if line else "" for line in rest)


def _beside(comment: str) -> str:
    return f" # {' '.join(printable(comment).split())}" if comment else ""


def _wrapped(text: str, width: int) -> list[str]:
    """Break a comment into lines, with control characters escaped, so that it stays a comment."""
    words = " ".join(printable(" ".join(text.split())).split())
    return textwrap.wrap(words, width - 2, break_long_words=False, break_on_hyphens=False)


def _order(path: Path) -> tuple[int, ...]:
    """Return the position of a path in the format; free names keep their own order."""
    result: list[int] = []
    for length, part in enumerate(path):
        section = fields.inside(path[:length])
        known = list(fields.names(section)) if section else []
        result.append(known.index(str(part)) if part in known else len(known))
    return tuple(result)


def _known(draft: Draft) -> dict[Path, Any]:
    return {**_HEAD, **_needed(draft.fields)}


def _needed(known: Mapping[Path, Any]) -> dict[Path, Any]:
    """Leave out values that are the default."""
    defaults = _derived(known)
    return {
        path: value
        for path, value in known.items()
        if not (path in defaults and defaults[path] == value) and not _is_default(path, value)
    }


def _is_default(path: Path, value: Any) -> bool:
    field = fields.find(path)
    if field is None or field.required or not field.default:
        return False
    return field.default == (str(value).lower() if isinstance(value, bool) else str(value))


def _derived(known: Mapping[Path, Any]) -> dict[Path, Any]:
    """Return the defaults that depend on other fields of the profile."""
    result: dict[Path, Any] = {
        at("spec.image.tag"): known.get(at("spec.vllm.version")),
        at("spec.serviceAccountName"): known.get(at("metadata.name")),
        at("spec.build.region"): known.get(at("spec.cluster.region")),
        at("spec.model.servedName"): known.get(at("spec.model.id")),
        at("spec.vllm.executor"): _executor(known.get(at("spec.vllm.version"))),
    }
    platform = known.get(at("spec.platform"))
    if platform in facts.platforms():
        machine = facts.platform(str(platform))
        result |= {
            at("spec.network.naming"): machine.default_naming,
            at("spec.gpudirect.release"): nccl.default_release(
                machine, str(known.get(at("spec.vllm.version")))
            ),
            at("spec.scheduling.tolerations"): [dict(item) for item in machine.tolerations],
            at("spec.scheduling.nodeSelector"): {ACCELERATOR: machine.accelerator_label},
        }
        if _ranks(known) <= machine.gpus_per_node:
            result[at("spec.nodes")] = 1
    return result


def _ranks(known: Mapping[Path, Any]) -> int:
    sizes = ("spec.parallelism.tensor", "spec.parallelism.pipeline")
    size = known.get(at("spec.vllm.args", "data-parallel-size"), 1)
    return math.prod(int(known.get(at(path), 1)) for path in sizes) * (size if isinstance(size, int) else 1)


def _executor(version: Any) -> str | None:
    release = vllm.sampled(str(version))
    return None if release is None else "ray" if vllm.ray_in_image(release) else "native"
