"""The rules that apply to files that r1c did not create.

Others are about r1c's own output, the form of a profile, or what r1c does not read from a manifest.
"""

from __future__ import annotations

from collections.abc import Mapping

from r1c.diagnostics import Finding
from r1c.diagnostics.suggest import sure

_PARALLELISM = (201, 202, 203, 205, 206, 207, 208, 209, 210, 211, 212, 213, 215, 217, 218, 219)
_MODEL = (230, 231, 232, 233, 234, 235)
_MEMORY = (301, 303, 304, 306, 307, 308, 309, 310, 311, 312, 313, 330, 331, 332, 333)
_FLAGS = (402, 403, 404, 406, 408, 409, 410, 411, 412, 430, 431, 432, 433, 434, 435, 437, 438)
_VARIABLES = (414, 415, 416, 417, 418, 436)
_RELEASE = (422, 441, 442, 443, 444, 445, 446, 447)
_FABRIC = (503, 504, 505, 506, 509, 510, 511, 512, 515, 516, 523, 524, 525, 526, 527, 530)
_POD = (614, 615, 619, 629, 630)
_OTHERS = (702, 720, 805)

APPLIES = frozenset(
    f"R1C{number}"
    for family in (_PARALLELISM, _MODEL, _MEMORY, _FLAGS, _VARIABLES, _RELEASE, _FABRIC, _POD, _OTHERS)
    for number in family
)
"""The codes of the rules of profiles that lint reports as well."""

HELP: Mapping[str, str] = {
    "R1C503": "list one network for each interface of the machine, the pod network (default) first",
    "R1C701": "remove it and revoke it where it was issued; keep the new one in a Secret, and read it with "
    "valueFrom: secretKeyRef",
    "R1C702": "keep it in a Secret, and read it with valueFrom: secretKeyRef",
    "R1C805": "name the tag of a release, or add the digest",
}
"""What to write instead in a manifest, where the help of the rule is about fields that only a profile has."""

HELP_OF_COMPOSE: Mapping[str, str] = {
    "R1C701": "remove it and revoke it where it was issued; keep the new one out of the file: write "
    "${NAME}, or under environment the name alone, and set it in the shell or in an env_file that is not "
    "committed",
    "R1C702": "write ${NAME}, or under environment the name alone, and set it in the shell or in an "
    "env_file that is not committed",
}
"""The same for a compose file."""

NEAR = "did you mean"
UNKNOWN_FLAG = "R1C402"
"""A flag that no known release has, on a server of no known release: it may be of a newer one or of a plugin,
unless its name is near to a flag's, as the help then says.
"""
_ELSEWHERE = "available"
"""What a message has about a value that another release knows."""
_KEYS, _OTHER_RELEASES = ("R1C434", "R1C438"), ("it is there from", "it was there up to")
"""The codes about keys of JSON flags, and what their messages have about a key that another release knows."""
_IMAGE = "which vLLM's image does not have"


def _behind(finding: Finding, words: str) -> str:
    """Return the word of a message that follows some words."""
    return finding.message.partition(words)[2].partition(" ")[0]


def _is_slip(finding: Finding, given: str) -> bool:
    """Tell whether a name can only be a spelling of the one that the help proposes."""
    return finding.help.startswith(NEAR) and sure(given, finding.help.removeprefix(NEAR).strip(" ?"))


def is_of_the_build(code: str, finding: Finding, build: str) -> bool:
    """Tell whether a finding is about what another build of vLLM, or one with plugins, may have.

    Such builds add flags, variables, methods and packages; what another release knows is not theirs.
    """
    if build == "own":
        return False
    if code in (UNKNOWN_FLAG, "R1C414"):
        return build == "other" or not _is_slip(finding, str(finding.path[-1]))
    if code == "R1C433":
        slip = _is_slip(finding, _behind(finding, "accept "))
        return _ELSEWHERE not in finding.message and not (slip and build == "unknown")
    if code in _KEYS:
        known = any(words in finding.message for words in _OTHER_RELEASES)
        return not known and not _is_slip(finding, _behind(finding, "key "))
    return code == "R1C415" or (code == "R1C431" and _IMAGE in finding.message)
