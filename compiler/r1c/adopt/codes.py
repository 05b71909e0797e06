"""What importing finds in its source: its codes, and what the profile's reader says, said of another file."""

from __future__ import annotations

from r1c.diagnostics import Code, Finding, Severity
from r1c.record import replace

UNKNOWN_VALUE = Code(
    "R1C120",
    "import-unknown-value",
    Severity.WARNING,
    "Value that no gpu-recipes vLLM chart reads",
    "Helm takes any key without a word, so a misspelt one has never had an effect.",
    "job:\n  gpu: 16\n",
    "Correct the key, or remove it.",
)
UNREAD_KEY = Code(
    "R1C121",
    "import-unread-key",
    Severity.WARNING,
    "Key with [] in a values file",
    "In a file `subnetworks[]:` is a key of that very name, which no chart reads (evidence.md, "
    "gke-gpudirect; evidence.md, GIT018).",
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
    "The chart reads the number of GPUs beside the parallel sizes, and divides without looking at the rest "
    "(evidence.md, gke-gpudirect, PAR005).",
    "model: {tp_size: 8, pp_size: 2}\njob: {gpus: 24}\n",
    "Correct the parallelism, or the number of GPUs.",
)
FLAG_NOT_THERE = Code(
    "R1C124",
    "import-flag-not-there",
    Severity.WARNING,
    "Unknown flag for this vLLM release",
    "The server would exit at once with `unrecognized arguments` (evidence.md, VLL001).",
    "vllm:\n  serverArgs:\n    swap-space: 4\n",
    "Leave the flag out, or use what replaces it.",
)
FLAG_FORM = Code(
    "R1C125",
    "import-flag-form",
    Severity.WARNING,
    "Flag in a form that vLLM does not accept",
    "The chart writes a false value as --flag=False, which the parser refuses for a switch (evidence.md, "
    "VLL006).",
    "vllm:\n  serverArgs:\n    enforce-eager: false\n",
    "Nothing: the profile has the form that vLLM takes.",
)
NO_VERSION = Code(
    "R1C126",
    "import-no-version",
    Severity.WARNING,
    "Image tag does not name a vLLM release",
    "r1c takes the vLLM version from the tag; without it no flag can be checked.",
    "job:\n  image: {tag: latest}\n",
    "Write the release that the image has under vllm.version.",
)
PLATFORM = Code(
    "R1C127",
    "import-platform-assumed",
    Severity.WARNING,
    "Machine type missing in the source",
    "The values of A3 Ultra and A4 have the same keys.",
    "network:\n  gibVersion: us-docker.pkg.dev/gce-ai-infra/gpudirect-gib/nccl-plugin-gib:v1.0.6\n",
    "Give --platform.",
)
NOT_OURS = Code(
    "R1C128",
    "import-not-vllm-on-gke",
    Severity.ERROR,
    "Source is not for vLLM on a known platform",
    "r1c compiles vLLM servers for the platforms of its facts.",
    "workload:\n  framework: sglang\n",
    "Import a vLLM recipe.",
)
WRONG_TYPE = Code(
    "R1C129",
    "import-wrong-type",
    Severity.ERROR,
    "Wrong type of value in the source",
    "The chart would put it into the manifests as it is.",
    "model:\n  tp_size: eight\n",
    "Write a value of the wanted type.",
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
    """Say of a file what the reader of profiles says of a profile."""
    return replace(finding, message=finding.message.replace("the profile holds", "the file holds", 1))
