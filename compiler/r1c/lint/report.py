"""The servers of a file -> diagnostics at the lines of that file."""

from __future__ import annotations

import re
from collections import Counter

from r1c.adopt import profile_draft
from r1c.adopt.codes import in_a_file
from r1c.diagnostics import Code, Diagnostic, Finding, Path
from r1c.diagnostics.suggest import counted
from r1c.facts import vllm
from r1c.lint.codes import FEWER_GPUS, IDLE_GPUS, SWITCH_VALUE
from r1c.lint.judge import Withheld, judge
from r1c.lint.reading import Asked, Reading, read
from r1c.lint.server import Found
from r1c.lint.words import in_flags
from r1c.record import record, replace
from r1c.source import CREDENTIAL, DUPLICATE, UNICODE, Document, credentials, ordered

_GPUS: Path = ("spec", "nodes", "gpus")
_WORDED = {
    "pod": ("the pods request", "request {} in total"),
    "service": ("the service reserves", "reserve {}"),
    "command": ("the container has", "give it {} with --gpus"),
}
"""How a source gives GPUs to a server, and what to write for another number."""
_BY_NAME = "R1C702"
"""The code of a credential that is told by the name of its flag or variable."""
_NOT_JSON = "R1C408"
"""The code of a value of another type: what its parts say is then not known."""
_TOO_LONG, _FORCED = "R1C303", "VLLM_ALLOW_LONG_MAX_MODEL_LEN"
_CHOICE = "CUDA_VISIBLE_DEVICES"
_NO_VALUES_SINCE = "v0.8.5"
"""The first release without StoreBoolean in vllm/engine/arg_utils.py."""
_DUMMY = re.compile(
    r"your|change.?me|replace|dummy|empty|example|placeholder|none|null|unused|not.?(?:needed|used|required)|"
    r"no.?(?:key|token)|todo|insert|fake|test|demo|sample|x{3}|\.{3}|abc.?123|1234|secret.?(?:key|token)",
    re.IGNORECASE,
)
"""What the value of a credential has that is to be replaced, or that stands for none."""
_FORM = (DUPLICATE, UNICODE, CREDENTIAL)


@record
class Linted:
    """The diagnostics of a file's servers in the order of the file, and what is withheld."""

    diagnostics: tuple[Diagnostic, ...]
    withheld: tuple[Withheld, ...]


def lint(servers: tuple[Found, ...], asked: Asked) -> Linted:
    """Return what is wrong with the servers of a file."""
    diagnostics: list[Diagnostic] = []
    withheld: list[Withheld] = []
    servers_at = Counter(found.at for found in servers)
    for found in servers:
        reading = read(found, asked)
        judged = judge(reading)
        withheld += judged.withheld
        document = _with_places(found, reading)
        compose = not found.pod and bool(found.scope)
        invalid = {finding.path for code, finding in judged.findings if code.id == _NOT_JSON}
        diagnostics += [
            document.diagnostic(code, in_flags(code, finding, compose=compose))
            for code, finding in judged.findings
            if not _is_forced(code, found)
            and (code.id == _NOT_JSON or finding.path not in invalid)
            and (code.id != _BY_NAME or _is_credential(found, reading.fields.get(finding.path)))
        ]
        alone = servers_at[found.at] == 1
        diagnostics += [document.diagnostic(*one) for one in _gpus(found, reading, alone=alone)]
        diagnostics += [document.diagnostic(*one) for one in _switches(found, reading)]
        diagnostics += [found.document.diagnostic(*one) for one in found.faults]
        diagnostics += [
            found.document.diagnostic(code, in_flags(code, in_a_file(finding), compose=compose))
            for code, finding in found.document.findings
            if code in _FORM
            and finding.path[: len(found.scope)] == found.scope
            and (code is not CREDENTIAL or not _is_dummy(_secret(found.document, finding.path)))
        ]
    return Linted(_once(ordered(diagnostics)), tuple(dict.fromkeys(withheld)))


def _is_forced(code: Code, found: Found) -> bool:
    """Tell whether the file asks for a length that is above the model's, as vLLM lets it."""
    return code.id == _TOO_LONG and found.variables.values.get(_FORCED) == "1"


def _is_credential(found: Found, value: object) -> bool:
    """Tell whether what has the name of a credential is one; a script's is often only for its own client."""
    return bool(found.pod or found.scope) and not _is_dummy(str(value))


def _is_dummy(value: str) -> bool:
    return bool(_DUMMY.search(value))


def _secret(document: Document, path: Path) -> str:
    """Return the credentials at a path, without what surrounds them."""
    text = document.source.text[slice(*document.places[path].value_at)]
    return " ".join(text[one.start : one.end] for one in credentials.find(text))


def _once(diagnostics: tuple[Diagnostic, ...]) -> tuple[Diagnostic, ...]:
    """Leave out what two servers share, and a credential by its name where its value is reported as one.

    The value is on the same line, or it is the next item of a list.
    """
    known = {item.span.line for item in diagnostics if item.code == CREDENTIAL.id and item.span}
    return tuple(
        item
        for item in dict.fromkeys(diagnostics)
        if item.code != _BY_NAME or item.span is None or not {item.span.line, item.span.line + 1} & known
    )


def _with_places(found: Found, reading: Reading) -> Document:
    """Return the document with the places of a profile's fields instead of its own."""
    gpus = {_GPUS: found.gpus.at} if found.gpus else {}
    return replace(found.document, places={**reading.places, **gpus})


def _switches(found: Found, reading: Reading) -> list[tuple[Code, Finding]]:
    """Report true or false behind flags that take no value in any release that the server may have."""
    releases = [release for version in reading.versions if (release := vllm.sampled(version))]
    faults = []
    for flag in found.command.flags:
        name, value = vllm.canonical(flag.name), str(flag.value)
        if flag.value is True or value.lower() not in ("true", "false"):
            continue
        if releases and all(_is_wordless(name, release) for release in releases):
            entry = vllm.flag("serve", name, releases[-1])
            alone = f"--{name}" if value.lower() == "true" else entry and entry.negative
            message = f"--{name} takes no value on the command line, got {value}"
            path = profile_draft.at("spec.vllm.args", name)
            faults.append((SWITCH_VALUE, Finding(path, message, f"write {alone}" if alone else "remove it")))
    return faults


def _is_wordless(name: str, release: str) -> bool:
    """Tell whether a flag refuses a value; some of those with a --no- form took one before."""
    entry = vllm.flag("serve", name, release)
    kind = entry.kind if entry else ""
    return kind == "switch" or (kind == "bool" and vllm.at_least(release, _NO_VALUES_SINCE))


def _gpus(found: Found, reading: Reading, *, alone: bool) -> list[tuple[Code, Finding]]:
    """Hold the GPUs of the pods or the container against the server's parallelism."""
    sizes = (
        "spec.parallelism.tensor",
        "spec.parallelism.pipeline",
        "spec.vllm.args.data-parallel-size",
        "spec.vllm.args.prefill-context-parallel-size",
    )
    known = reading.said.fields
    # Who requests none has them from elsewhere.
    if not found.gpus or not found.gpus.value or not found.nodes or not {"spec.nodes", *sizes} <= known:
        return []
    ranks = 1
    for size in sizes:
        value = reading.fields.get(profile_draft.at(size), 1)
        ranks *= value if type(value) is int and value > 0 else 1
    nodes, gpus = found.nodes.value, found.gpus.value
    have = counted(gpus, "GPU") if nodes == 1 else f"{nodes} x {counted(gpus, 'GPU')}"
    who, ask = _WORDED["pod" if found.pod else "service" if found.scope else "command"]
    message = f"{who} {have}, but the server has {counted(ranks, 'rank')}"
    help_ = f"make the parallel sizes multiply to {nodes * gpus}, or {ask.format(counted(ranks, 'GPU'))}"
    if ranks > nodes * gpus:
        return [(FEWER_GPUS, Finding(_GPUS, message, help_))]
    # Other servers of the container may use the rest, another build of vLLM has its own ways to use them, and
    # where a pod requests a number that is no power of two, these are often shares of one GPU.
    shares = bool(found.pod) and gpus.bit_count() != 1
    idle = alone and not shares and reading.build == "own" and _CHOICE not in found.variables.places
    return [(IDLE_GPUS, Finding(_GPUS, message, help_))] if ranks < nodes * gpus and idle else []
