"""The codes of an import, and the profile reader's messages reworded for another file."""

from __future__ import annotations

from r1c.diagnostics import Code, Finding, Severity, UserError
from r1c.record import replace
from r1c.source import Document

UNKNOWN_VALUE = Code(
    "R1C120",
    "import-unknown-value",
    Severity.WARNING,
    "Value that no gpu-recipes vLLM chart reads",
    "Helm silently accepts any key, so a misspelt key never had an effect.",
    "job:\n  gpu: 16\n",
    "Correct the key, or remove it.",
)
UNREAD_KEY = Code(
    "R1C121",
    "import-unread-key",
    Severity.WARNING,
    "Key that ends in []",
    "The [] form is for --set. In a file, `subnetworks[]:` is a key with exactly that name, and no chart "
    "reads it (evidence.md, gke-gpudirect; evidence.md, GIT018).",
    "network:\n  subnetworks[]: [default, a, b]\n",
    "Write the key without the brackets, with a list as its value.",
)
NETWORKS = Code(
    "R1C122",
    "import-networks",
    Severity.WARNING,
    "Number of networks does not match the platform",
    "Each NIC is one interface on one network. The gpu-recipes READMEs list the ten networks of A3 Ultra for "
    "A3 Mega, which has nine (evidence.md, gke-gpudirect).",
    "network:\n  subnetworks: [default, vpc1, vpc2]\n",
    "List one network for each interface, the pod network first, under network.subnetworks of the profile.",
)
GPU_COUNT = Code(
    "R1C123",
    "import-gpu-count",
    Severity.WARNING,
    "Number of GPUs does not match the parallelism",
    "The chart has the number of GPUs and the parallel sizes as separate values, and divides them without "
    "checking the remainder (evidence.md, gke-gpudirect, PAR005).",
    "model: {tp_size: 8, pp_size: 2}\njob: {gpus: 24}\n",
    "Correct the parallelism, or the number of GPUs.",
)
FLAG_NOT_THERE = Code(
    "R1C124",
    "import-flag-not-there",
    Severity.WARNING,
    "Flag not in this vLLM release",
    "The server would exit immediately with `unrecognized arguments` (evidence.md, VLL001).",
    "vllm:\n  serverArgs:\n    swap-space: 4\n",
    "Remove the flag, or use its replacement.",
)
FLAG_FORM = Code(
    "R1C125",
    "import-flag-form",
    Severity.WARNING,
    "Flag in a form that vLLM does not accept",
    "The chart writes a false value as --flag=False, which vLLM refuses for a switch (evidence.md, VLL006).",
    "vllm:\n  serverArgs:\n    enforce-eager: false\n",
    "Nothing to do: the profile has the form that vLLM accepts.",
)
NO_VERSION = Code(
    "R1C126",
    "import-no-version",
    Severity.WARNING,
    "Image tag does not name a vLLM release",
    "r1c reads the vLLM version from the tag; without it r1c cannot check any flag.",
    "job:\n  image: {tag: latest}\n",
    "Write the vLLM release in the image under vllm.version.",
)
PLATFORM = Code(
    "R1C127",
    "import-platform-assumed",
    Severity.WARNING,
    "Platform not clear from the source",
    "The values of A3 Ultra and A4 have the same keys, and most recipes were verified on several GPU types.",
    "network:\n  gibVersion: us-docker.pkg.dev/gce-ai-infra/gpudirect-gib/nccl-plugin-gib:v1.0.6\n",
    "Add --platform.",
)
NOT_OURS = Code(
    "R1C128",
    "import-not-vllm-on-gke",
    Severity.ERROR,
    "The source is not for vLLM on a known platform",
    "r1c compiles only vLLM servers, and only for the platforms that it knows.",
    "workload:\n  framework: sglang\n",
    "Import a vLLM recipe.",
)
WRONG_TYPE = Code(
    "R1C129",
    "import-wrong-type",
    Severity.ERROR,
    "Wrong type of value in the source",
    "The chart would copy it into the manifests unchanged.",
    "model:\n  tp_size: eight\n",
    "Write a value of the expected type.",
)

CODES = (
    UNKNOWN_VALUE,
    UNREAD_KEY,
    NETWORKS,
    GPU_COUNT,
    FLAG_NOT_THERE,
    FLAG_FORM,
    NO_VERSION,
    PLATFORM,
    NOT_OURS,
    WRONG_TYPE,
)


def in_a_file(finding: Finding) -> Finding:
    """Reword a message about a profile for another file."""
    return replace(finding, message=finding.message.replace("the profile holds", "the file holds", 1))


def unusable(document: Document) -> UserError:
    """Return the error to raise for a file that is not YAML, with the place of its first fault."""
    fault = document.diagnostic(*document.findings[0])
    place = f":{fault.span.line}:{fault.span.column}" if fault.span else ""
    return UserError(f"{document.source.name}{place}: {fault.message}")
