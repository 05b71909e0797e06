"""The bytes of a file -> the vLLM servers in it: Kubernetes objects, compose services, a script, a page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from r1c.adopt.manifest.stream import documents, objects
from r1c.diagnostics import UserError
from r1c.lint import compose, markdown, pods, script
from r1c.lint.pods import OTHERS_VARIABLES
from r1c.lint.server import Found
from r1c.record import record
from r1c.source import TAG, Document

SUFFIXES = (".yaml", ".yml", ".json", ".sh")
_MANIFESTS = (".yaml", ".yml", ".json")
_DEVICES = ("auto", "cuda", "gpu")
"""The values of --device for NVIDIA GPUs."""
_TEMPLATE = "{{"


@record
class Unread:
    """Why a file was left out; a Helm `template` is to be rendered first."""

    reason: str
    template: bool = False


def servers(name: str, raw: bytes) -> tuple[Found, ...] | Unread:
    """Return the servers of a file, in its order, or why it cannot be read."""
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return Unread(f"byte 0x{raw[error.start]:02x} at offset {error.start} is not UTF-8")
    if markdown.is_markdown(name, text):
        return _of_page(name, text)
    read, fault = _read(name, text)
    found = tuple(_of_documents(read))
    if found or name.endswith(_MANIFESTS):
        return fault or tuple(filter(_on_gpus, found))
    started = tuple(filter(_on_gpus, script.started(name, text)))
    return started or (() if name.endswith(".sh") else fault or ())


def _of_page(name: str, text: str) -> tuple[Found, ...]:
    """Return the servers of a Markdown page; a block that is not YAML is only part of its prose."""
    found = list(script.started(name, markdown.script(text)))
    for block in markdown.manifests(text):
        read, _ = _read(name, block)
        found += _of_documents(read)
    return tuple(filter(_on_gpus, found))


def _on_gpus(found: Found) -> bool:
    """Tell whether a server may run on NVIDIA GPUs, as far as its flags and variables say."""
    variables = found.variables.values
    if any(name.startswith(OTHERS_VARIABLES) for name in found.variables.places):
        return False
    devices = {variables.get("VLLM_TARGET_DEVICE", "cuda")}
    devices |= {str(flag.value) for flag in found.command.flags if flag.name == "device"}
    visible = variables.get("CUDA_VISIBLE_DEVICES", "0").strip("\"'")
    return all(device.partition(":")[0] in _DEVICES for device in devices) and visible not in ("", "-1")


def _read(name: str, text: str) -> tuple[list[Document], Unread | None]:
    """Return the documents of a stream, or why it has none."""
    template = Unread(
        "a Helm template is not YAML before Helm renders it; lint the output of helm template", template=True
    )
    try:
        read = list(documents(name, text))
        return ([], template) if any(map(_is_template, read)) else (read, None)
    except UserError as error:
        if _TEMPLATE in text:
            return [], template
        return [], Unread(str(error).removeprefix(f"{name}:").strip())


def _is_template(document: Document) -> bool:
    """Tell whether a value of a document is a template's, which YAML takes for a map in a map."""
    begins = (document.places[finding.path].value_at[0] for code, finding in document.findings if code is TAG)
    return any(document.source.text.startswith(_TEMPLATE, begin - 1) for begin in begins)


def _of_documents(read: Sequence[Document]) -> Iterator[Found]:
    """Yield the servers of a stream, in its order; an object's ConfigMaps may be in another document."""
    of_each = [(document, tuple(objects(document))) for document in read]
    stream = tuple(item for _, items in of_each for item in items)
    for document, items in of_each:
        if compose.is_compose(document):
            yield from compose.services(document)
        for item in items:
            yield from pods.servers(item, stream)
