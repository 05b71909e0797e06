"""A text -> the stretches of it that are credentials, and the text with them starred out."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache

from r1c.record import record

HUGGING_FACE = "a Hugging Face token"

_NO_REFERENCE = r"(?![$<*{%])"
"""Beginnings of placeholders: $(NAME), ${NAME}, <password>, ***, {{ }}, %s."""

_KINDS: tuple[tuple[str, tuple[str, ...], str], ...] = (
    (HUGGING_FACE, ("hf_", "api_org_"), r"(?<![A-Za-z0-9])(?:hf_|api_org_)[A-Za-z0-9]{30,}"),
    (
        "a private key",
        ("private key-----",),
        r"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY-----.*?(?:-----END (?:[A-Z0-9]+ )*PRIVATE KEY-----|\Z)",
    ),
    ("a Google API key", ("aiza",), r"(?<![A-Za-z0-9])AIza[A-Za-z0-9_-]{35}"),
    ("a Google access token", ("ya29.",), r"(?<![A-Za-z0-9])ya29\.[A-Za-z0-9_-]{20,}"),
    ("a Google client secret", ("gocspx-",), r"(?<![A-Za-z0-9])GOCSPX-[A-Za-z0-9_-]{20,}"),
    (
        "a GitHub token",
        ("gho_", "ghp_", "ghs_", "ghu_", "ghr_", "github_pat_"),
        r"(?<![A-Za-z0-9])(?:gh[opsur]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{22,})",
    ),
    ("a GitLab token", ("glpat-",), r"(?<![A-Za-z0-9])glpat-[A-Za-z0-9_-]{16,}"),
    ("an AWS access key", ("akia", "asia"), r"(?<![A-Za-z0-9])(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Za-z0-9])"),
    (
        "an API key",
        ("sk-",),
        r"(?<![A-Za-z0-9_-])sk-(?:(?:proj|svcacct|admin|ant|or|lf)-[A-Za-z0-9_-]{16,}|[A-Za-z0-9]{32,})",
    ),
    ("an NVIDIA API key", ("nvapi-",), r"(?<![A-Za-z0-9])nvapi-[A-Za-z0-9_-]{16,}"),
    ("a Slack token", ("xox", "xapp-"), r"(?<![A-Za-z0-9])(?:xox[abeoprs]|xapp)-[A-Za-z0-9-]{10,}"),
    (
        "a Slack webhook",
        ("hooks.slack.com/",),
        r"hooks\.slack\.com/(?:services|workflows|triggers)/[A-Za-z0-9/_-]{10,}",
    ),
    ("a Docker token", ("dckr_pat_",), r"(?<![A-Za-z0-9])dckr_pat_[A-Za-z0-9_-]{20,}"),
    (
        "a package registry's token",
        ("npm_", "pypi-age"),
        r"(?<![A-Za-z0-9])(?:npm_[A-Za-z0-9]{36,}|pypi-AgE[A-Za-z0-9_-]{40,})",
    ),
    (
        "a JSON Web Token",
        ("eyj",),
        r"(?<![A-Za-z0-9_.-])eyJ[A-Za-z0-9_-]{6,}\.eyJ[A-Za-z0-9_-]{6,}\.[A-Za-z0-9_-]{6,}",
    ),
    (
        "an Azure storage key",
        ("accountkey=", "sharedaccesskey=", "sharedaccesssignature="),
        r"(?:AccountKey|SharedAccessKey|SharedAccessSignature)=(?P<secret>[A-Za-z0-9+/=%&]{16,})",
    ),
    (
        "a password in a URL",
        ("://",),
        rf"[A-Za-z][A-Za-z0-9+.-]{{0,20}}://[^\s/:@\"'?#]{{0,200}}:(?P<secret>{_NO_REFERENCE}[^\s/@\"'?#]{{1,500}})@",
    ),
    (
        "a bearer token",
        ("bearer", "basic"),
        r"(?i:bearer|basic)(?:[ \t]+|%20|\+)"
        r"(?P<secret>(?=[^\s\"',;]{0,200}[0-9+/=])[A-Za-z0-9._~+/=-]{12,})",
    ),
    (
        "a key in a flag",
        ("key=", "token=", "secret="),
        rf"(?i:--(?:api[-_]?key|access[-_]?token|auth[-_]?token|client[-_]?secret))"
        rf"=(?P<secret>{_NO_REFERENCE}[^\s\"'&,;]{{8,}})",
    ),
    (
        "a key in a header or an address",
        ("key=", "token=", "secret="),
        rf"(?i:(?<![a-z0-9])(?<!--)(?:x-)?(?:api[-_]?key|access[-_]?token|auth[-_]?token|client[-_]?secret))"
        rf"=(?P<secret>{_NO_REFERENCE}[^\s\"'&,;]{{8,}})",
    ),
    (
        "a signature or token in an address",
        ("token=", "sig=", "signature="),
        rf"(?i:[?&](?:token|sig|(?:x-(?:goog|amz)-)?signature))=(?P<secret>{_NO_REFERENCE}[^\s\"'&,;#]{{12,}})",
    ),
    (
        "a password",
        ("password=", "passwd=", "pwd="),
        rf"(?i:(?<![a-z0-9])(?:password|passwd|pwd))=(?P<secret>{_NO_REFERENCE}[^\s\"'&,;]{{4,}})",
    ),
)
"""What it is, its marks, and its form; where not all of the match is secret, the group `secret` is.

Each such credential has one of the marks, in upper or lower case, and they are quicker to look for.
"""
_MARKED = tuple((mark, kind) for kind in _KINDS for mark in kind[1])

_ENDS = (
    *("TOKEN", "PASSWORD", "PASSWD", "PASSPHRASE", "PASSCODE", "SECRET", "CREDENTIAL", "CREDENTIALS"),
    *("CONNECTIONSTRING", "KEY", "PASS", "PWD"),
)
"""How each name below ends, without its separators: most names of a profile do not, and need no pattern."""
_NAME = (
    r"(?:.*_)?(?:TOKEN|[A-Z]*PASSWORD|PASSWD|PASSPHRASE|PASSCODE|SECRET|CREDENTIALS?|CONNECTION_STRING"
    r"|(?:API|ACCESS|ACCOUNT|AUTH|ENCRYPTION|LICENSE|MASTER|PRIVATE|SECRET|SIGNING|STORAGE)_?KEY)"
    r"|.+_(?:PASS|PWD)"
)
_VOCABULARY = (
    r"(?:NUM|MAX|MIN)_.*TOKEN|(?:.*_)?(?:AUDIO|BEGIN|BOS|BREAK|CLS|CONTROL|DECODER_START|END|EOI|EOM|EOS|EOT"
    r"|FORCED_[BE]OS|IMAGE|IMG|LAST|MASK|NEXT|NOISE|PAD|PER|PLACEHOLDER|SEP|SPECIAL|START|STOP|THINK|UNK|VIDEO|VISION)_TOKEN"
)
"""Keys of vLLM's, a model's and a tokenizer's configuration that name or count tokens of text."""
# Compiled only where a text is shown.
_ASSIGNED = r"""(?<![\w-])["']?(?P<name>-{0,2}[A-Za-z][\w-]*)(?:["'][ \t]*:[ \t]*|[ \t]*:[ \t]+)"""
_VALUE = r""""(?:[^"\\\n]|\\.)*"|'[^'\n]*'|\{[^{}\n]*\}|\[[^\[\]\n]*\]|[^\s#,}\]&*{\[][^\n#,}]*"""
_PAIR = (
    r"""(?<![\w-])["']?name["']?[ \t]*:[ \t]*["']?(?P<name>[A-Za-z][\w-]*)["']?[ \t]*(?:,|\r?\n)"""
    r"""[ \t]*["']?value["']?[ \t]*:[ \t]*"""
)
"""A variable as Kubernetes writes it: {name: NAME, value: VALUE}."""
_WORDS = (
    r"""(?:(?<![\w-])-{0,2}(?P<name>[A-Za-z][\w-]*)[=:]|--(?P<flag>[A-Za-z][\w-]*)[ \t]+)"""
    r"""(?P<value>[^\s"']+)"""
)
_PLACES = ("name", "key", "optional")
"""Keys of secretKeyRef, which say where a credential is kept."""
_OWN = ("secretKey", "externalSecret")
"""Fields of the profile that hold the name of a key and of a store."""
_ANCHOR = r"&[^\s,\[\]{}]+[ \t]+"
_HUMP = r"(?<=[a-z0-9])(?=[A-Z])"
_SHORTEST = 12
"""Characters of the shortest text that holds a credential known by its form."""
_SHORT = 4
"""Shorter values (a number, a truth value) are starred in the source line, but not looked for in messages."""
_REMEMBERED = 4096
_COMMON = 512
"""Keys, values and paths: most of them are in every profile, and those of one are soon forgotten."""


@record
class Credential:
    """A part of a string, by character index, and what it is."""

    start: int
    end: int
    what: str


def find(text: str) -> Iterator[Credential]:
    """Yield the credentials in a string, those of one kind after the other."""
    if len(text) < _SHORTEST:
        return
    folded = text.casefold()
    for what, _, form in dict.fromkeys(kind for mark, kind in _MARKED if mark in folded):
        compiled = re.compile(form, re.DOTALL)  # only now: most runs meet none of the marks
        for match in compiled.finditer(text):
            start, end = match.span("secret") if "secret" in compiled.groupindex else match.span()
            yield Credential(start, end, what)


@lru_cache(maxsize=_COMMON)
def first(text: str) -> Credential | None:
    """Return the first credential in a key or value, None without one."""
    return next(find(text), None)


@lru_cache(maxsize=_REMEMBERED)
def names_one(name: str) -> bool:
    """Tell whether a variable, flag or key of this name holds a credential: HF_TOKEN, api-key, secretKey."""
    if not name.replace("-", "").replace("_", "").upper().endswith(_ENDS):
        return False
    plain = re.sub(_HUMP, "_", name).replace("-", "_").upper()
    return re.fullmatch(_NAME, plain) is not None and re.fullmatch(_VOCABULARY, plain) is None


def hider(text: str, values: Iterable[str] = ()) -> Callable[[str], str]:
    """Return a function that masks credentials in any other text.

    It masks those known by their form, `values`, and the values that `text` gives to variables with the
    name of a credential.
    """
    known = _by_length({*values, *(text[start:end].strip().strip("\"'") for start, end in _assigned(text))})

    def hide(shown: str) -> str:
        for length, same in known:
            shown = _hidden(shown, length, same)
        return _star(shown, [(item.start, item.end) for item in find(shown)])

    return hide


def _by_length(values: set[str]) -> list[tuple[int, set[str]]]:
    by_length: dict[int, set[str]] = {}
    for value in values:
        if len(value) > _SHORT:
            by_length.setdefault(len(value), set()).add(value)
    return sorted(by_length.items(), reverse=True)


def _hidden(shown: str, length: int, values: set[str]) -> str:
    """Mask one of the values, all of one length, in a time that does not grow with their number."""
    start = 0
    while start + length <= len(shown):
        if shown[start : start + length] in values:
            shown = shown[:start] + "*" * length + shown[start + length :]
            start += length
        else:
            start += 1
    return shown


def starred(text: str, stretches: Iterable[tuple[int, int]] = ()) -> str:
    """Return the text with its credentials and `stretches` masked.

    Each character becomes a star, so that lines and columns stay.
    """
    return _star(text, [*stretches, *_assigned(text), *((item.start, item.end) for item in find(text))])


def _assigned(text: str) -> Iterator[tuple[int, int]]:
    """Yield the places of the values of credentials by their keys, in block and flow maps."""
    value_of, anchor_of = re.compile(_VALUE), re.compile(_ANCHOR)
    for assigned in (re.compile(_ASSIGNED), re.compile(_PAIR)):
        position = 0
        while match := assigned.search(text, position):
            position = match.end()
            if not _holds_one(match["name"]):
                continue
            anchor = anchor_of.match(text, position)
            value = value_of.match(text, anchor.end() if anchor else position)
            if value:
                position = value.end()
                yield value.span()


def assigned(text: str) -> Iterator[str]:
    """Yield the values in NAME=VALUE, NAME:VALUE and --NAME VALUE whose names are those of credentials."""
    name, _, value = text.partition("=")
    if is_secret(name, value):
        yield value
    for match in re.finditer(_WORDS, text):
        if _holds_one(match["name"] or match["flag"]):
            yield match["value"]


def awaits_one(word: object) -> bool:
    """Tell whether a word of a command line is a flag whose value, the next word, is a credential."""
    return isinstance(word, str) and word.startswith("--") and _holds_one(word)


@lru_cache(maxsize=_COMMON)
def below_secret(path: tuple[object, ...]) -> bool:
    """Tell whether a value is below a credential's name, and does not say where the credential is kept."""
    if tuple(path[-2:-1]) == ("secretKeyRef",) and path[-1] in _PLACES:
        return False
    return any(isinstance(part, str) and _holds_one(part) for part in path[:-1])


def _holds_one(name: str) -> bool:
    """Tell whether a variable, JSON key or flag of vLLM holds a credential, in any spelling."""
    return name not in _OWN and names_one(name.lstrip("-"))


def is_secret(key: str, value: object) -> bool:
    """Tell whether the value of a key is masked wherever it is shown."""
    single = isinstance(value, (str, int, float)) and not isinstance(value, bool)
    return single and value != "" and _holds_one(key)


def _star(text: str, spans: Iterable[tuple[int, int]]) -> str:
    parts, at = list[str](), 0
    for start, end in sorted(spans):
        if end > at:
            parts += text[at:start], re.sub(r"[^\r\n]", "*", text[max(start, at) : end])
            at = end
    return "".join([*parts, text[at:]]) if parts else text
