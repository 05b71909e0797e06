"""R1C703 to R1C706 and R1C711: the bucket, mount paths and shared memory.

access.py has the Secret and the service account, model_place.py the path of the model; R1C701, a credential
in the file, is found while reading (source).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from r1c import facts, names
from r1c.check.rule import Rule, rule
from r1c.check.rules import access, model_place
from r1c.check.rules.pod_environment import credential_by_name, secret_is_no_secret, secret_reference
from r1c.diagnostics import Finding, Path, Put, Related, Severity, either, safe, unsafe
from r1c.facts import google_cloud, pod_paths
from r1c.resolve.plan import Plan

SECTION: Path = ("spec", "storage")
MOUNTS = {"mountPath": "the bucket", "ssdMountPath": "the local SSD"}

_TAKEN = {
    "/dev/shm": "shared memory",  # noqa: S108 the path that NCCL uses
    "/dev/aperture_devices": "the GPUDirect devices",
    "/usr/local/nvidia": "the GPU driver's libraries",
    "/usr/local/nccl-plugin": "the NCCL plugin",
    "/usr/local/gib": "the NCCL plugin",
    "/vllm-workspace": "vLLM's own files in the image",
}
_TAKEN_ON_TCPX = {"/tmp": "the receive daemon's sockets"}  # noqa: S108 where its plugin looks
_BENCHMARK_CACHE = "/cache"

_QUANTITY = r"(?P<number>[0-9]+(\.[0-9]*)?|\.[0-9]+)(?P<unit>[kMGTPE]|[KMGTPE]i|[eE]\+?[0-9]{1,2})?"
_SPELLED = r"(?i:(?P<number>[0-9]+(\.[0-9]+)?)\s*(?P<letter>[kmgtp])(?P<binary>i?)b?)"


_UNITS = {"": 1.0, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "P": 1e15, "E": 1e18}
_UNITS |= {f"{letter}i": 1024.0**power for power, letter in enumerate("KMGTPE", start=1)}


def quantity(text: str) -> float | None:
    """Return a Kubernetes quantity (250Gi) in bytes, None for anything else (250GB, 250m)."""
    match = re.fullmatch(_QUANTITY, text)
    if not match:
        return None
    unit = match["unit"] or ""
    return float(match["number"]) * (_UNITS[unit] if unit in _UNITS else float(f"1{unit}"))


@rule(
    code="R1C703",
    slug="bucket",
    severity=Severity.ERROR,
    title="Invalid bucket name",
    why="The mount needs the bare name: with gs:// or a folder it fails when the pods start "
    "(GoogleCloudPlatform/gcsfuse#672, #489; evidence.md, STO006).",
    example="spec:\n  storage:\n    bucket: gs://my-bucket\n",
    fix="Write only the name of the bucket.",
    fields=("spec.storage.bucket", "spec.storage.mountPath"),
    edits="safe or unsafe",
)
def bucket(plan: Plan) -> Iterator[Finding]:
    """Check the name's form."""
    text = plan.storage.bucket
    if names.is_bucket(text):
        yield from _google(text)
        return
    bare, slash, folder = text.removeprefix("gs://").partition("/")
    near = bare if names.is_bucket(bare) else bare.lower()
    reason = "use 3 to 63 lower-case letters, digits, hyphens, underscores and dots"
    if text.startswith("gs://"):
        reason = "write it without gs://"
    elif slash:
        reason = "the whole bucket is mounted, so write it without a folder"
    elif bare != near and names.is_bucket(near):
        reason = "bucket names are lower-case"
    help_ = (
        f"write {near}"
        if names.is_bucket(near)
        else "write the name as `gcloud storage ls` prints it, without gs://"
    )
    if slash and folder.strip("/") and names.is_bucket(near):
        help_ += f"; its folder is {plan.storage.mount_path.rstrip('/')}/{folder.strip('/')} in the pods"
    place = (*SECTION, "bucket")
    bare_name = not folder.strip("/")
    edit = either(Put(place, near), sure=bare_name) if names.is_bucket(near) else None
    yield Finding(place, f'"{text}" cannot name a bucket: {reason}', help_, edit=edit)


def _google(name: str) -> Iterator[Finding]:
    """Refuse what Cloud Storage keeps for Google."""
    kept = google_cloud.read().buckets
    part = next((part for part in kept.parts if part in name), None)
    reason = f'it begins with "{kept.prefix}"' if name.startswith(kept.prefix) else f'it has "{part}" in it'
    if part or name.startswith(kept.prefix):
        yield Finding(
            (*SECTION, "bucket"),
            f'"{name}" cannot name a bucket: {reason}',
            "write the name of one of your buckets",
            related=(Related("names that Cloud Storage refuses", place=facts.cite("places", "buckets")),),
        )


@rule(
    code="R1C704",
    slug="mount-path",
    severity=Severity.ERROR,
    title="Invalid mount path",
    why="Kubernetes refuses a mount path with a colon. A relative path, or one with // or .., ends up in an "
    "unexpected place (Kubernetes API reference, VolumeMount).",
    example="spec:\n  storage:\n    mountPath: gcs\n",
    fix="Write a path such as /gcs.",
    fields=("spec.storage.mountPath", "spec.storage.ssdMountPath"),
    edits="safe or unsafe",
)
def mount_path(plan: Plan) -> Iterator[Finding]:
    """Check the form of both paths."""
    for field, path in _paths(plan):
        if names.is_mount_path(path):
            continue
        parts = [part for part in path.replace(":", "-").split("/") if part not in ("", ".", "..")]
        example, near = "/gcs" if field == "mountPath" else "/ssd", f"/{'/'.join(parts)}"
        yield Finding(
            (*SECTION, field),
            f'"{path}" cannot be a mount path; use an absolute path below /, without //, /./, /../, a colon '
            f"or a slash at the end",
            f"write /{'/'.join(parts)}" if parts else f"write a folder such as {example}",
            edit=either(Put((*SECTION, field), near), sure=near == f"/{path.strip('/')}") if parts else None,
        )


@rule(
    code="R1C705",
    slug="mount-collision",
    severity=Severity.ERROR,
    title="Mount path hides other files",
    why="A volume hides everything below its path: the plugin, the driver, the model or the image's "
    "programs are then not found (evidence.md, VLL008, STO013).",
    example="spec:\n  storage:\n    mountPath: /ssd/gcs\n",
    fix="Use a separate folder, such as /gcs or /ssd.",
    fields=("spec.storage.mountPath", "spec.storage.ssdMountPath", "spec.platform", "spec.nodes"),
)
def mount_collision(plan: Plan) -> Iterator[Finding]:
    """Check each path against the fixed mounts and the image's folders, and the two against each other."""
    valid = [(field, path) for field, path in _paths(plan) if names.is_mount_path(path)]
    for field, path in valid:
        fixed = _TAKEN | (_TAKEN_ON_TCPX if plan.gpudirect.stack == "tcpx" else {})
        taken = next((other for other in fixed if _nested(path, other)), None)
        if taken:
            message = f"{path} for {MOUNTS[field]} collides with {taken}, {fixed[taken]}"
        elif hidden := _hidden(path):
            message = f"{path} for {MOUNTS[field]} would hide {hidden}"
        elif field == "mountPath" and _nested(path, _BENCHMARK_CACHE):
            message = f"{path} for the bucket collides with {_BENCHMARK_CACHE}, the benchmark's own cache"
        else:
            continue
        example = "/gcs" if field == "mountPath" else "/ssd"
        yield Finding((*SECTION, field), message, f"write a separate folder, such as {example}")
    if len(valid) == len(MOUNTS) and _nested(valid[0][1], valid[1][1]):
        (field, path), (other_field, other) = sorted(
            valid, key=lambda item: (*SECTION, item[0]) not in plan.given
        )
        yield Finding(
            (*SECTION, field),
            f"{path} for {MOUNTS[field]} and {other} for {MOUNTS[other_field]} overlap",
            "write separate folders, such as /gcs and /ssd",
            related=(Related(f"{MOUNTS[other_field]} is mounted at {other}", path=(*SECTION, other_field)),)
            if (*SECTION, other_field) in plan.given
            else (),
        )


def _hidden(path: str) -> str | None:
    """Return what a volume at a path hides of the image, None if it hides nothing."""
    image = pod_paths.read().image
    if path in image.itself or path in image.below:
        return "a folder of the image"
    above = next((folder for folder in image.below if path.startswith(f"{folder}/")), None)
    return f"what the image has below {above}" if above else None


def _paths(plan: Plan) -> tuple[tuple[str, str], tuple[str, str]]:
    return ("mountPath", plan.storage.mount_path), ("ssdMountPath", plan.storage.ssd_mount_path)


def _nested(one: str, other: str) -> bool:
    return f"{one}/".startswith(f"{other}/") or f"{other}/".startswith(f"{one}/")


@rule(
    code="R1C706",
    slug="shared-memory-quantity",
    severity=Severity.ERROR,
    title="Invalid size of shared memory",
    why="The API server refuses the pods (Kubernetes API reference, Quantity).",
    example="spec:\n  storage:\n    sharedMemory: 250GB\n",
    fix="Write a number with Gi, such as 250Gi.",
    fields=("spec.storage.sharedMemory",),
    edits="safe",
)
def shared_memory_quantity(plan: Plan) -> Iterator[Finding]:
    """Check the form of storage.sharedMemory; R1C711 and R1C312 check its size."""
    text = plan.storage.shared_memory
    if quantity(text) is not None:
        return
    spelled = re.fullmatch(_SPELLED, text.strip())
    unit = f"{spelled['letter'].upper()}i" if spelled else ""
    near = f"{spelled['number']}{unit}" if spelled else ""
    help_ = f"write {near}" if quantity(near) is not None else "write a number with Gi, such as 250Gi"
    place = (*SECTION, "sharedMemory")
    # In Kubernetes' notation m is a thousandth.
    sure = quantity(near) is not None and not text.endswith("m")
    edit = safe(Put(place, near)) if sure else None
    yield Finding(place, f'"{text}" is not a size of shared memory', help_, edit=edit)


@rule(
    code="R1C711",
    slug="shared-memory-small",
    severity=Severity.WARNING,
    title="Little shared memory for the ranks of a pod",
    why="NCCL exits with 'No space left on device' when /dev/shm is full; sixteen ranks have used 3 GiB "
    "(llm-d/llm-d#352, NVIDIA/nccl#525; evidence.md, STO012).",
    example="spec:\n  storage:\n    sharedMemory: 64Mi\n",
    fix="Give it 16Gi and 1Gi more for each GPU, or remove the line to use the default.",
    fields=(
        "spec.storage.sharedMemory",
        "spec.platform",
        "spec.parallelism",
        "spec.nodes",
        "spec.vllm.args",
    ),
    edits="unsafe",
)
def shared_memory_small(plan: Plan) -> Iterator[Finding]:
    """Check the size against a planning figure, for pods with several GPUs."""
    size, figures, gpus = (
        quantity(plan.storage.shared_memory),
        facts.limits().shared_memory,
        plan.group.gpus_per_pod,
    )
    wanted = figures.base_gib + figures.per_gpu_gib * gpus
    if size is not None and gpus > 1 and size < wanted * 2**30:
        yield Finding(
            (*SECTION, "sharedMemory"),
            f"{plan.storage.shared_memory} of shared memory for the {gpus} ranks of a pod is less than the "
            f"{wanted}Gi that r1c plans with",
            f"write {wanted}Gi or more, or remove the line to use 250Gi: it is a limit, and only what is "
            "used takes memory",
            related=(Related("the planning figure", place=facts.cite("limits", "sharedMemory")),),
            edit=unsafe(Put((*SECTION, "sharedMemory"), f"{wanted}Gi")),
        )


RULES: tuple[Rule, ...] = (
    credential_by_name,
    bucket,
    mount_path,
    mount_collision,
    shared_memory_quantity,
    *access.RULES,
    shared_memory_small,
    *(item for item in model_place.RULES if item.code.id < "R1C714"),
    secret_reference,
    secret_is_no_secret,
    *(item for item in model_place.RULES if item.code.id > "R1C714"),
)
