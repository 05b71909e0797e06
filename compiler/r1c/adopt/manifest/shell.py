"""A container's command and args -> the vLLM server that they start: model, flags, variables in front.

Read is what the recipes in use write: `vllm serve`, the api_server module, and shell scripts that have one of
them. A script that loops or calls functions is not followed.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Literal

from r1c.record import field, record

Takes = Callable[[str], Literal["none", "one", "many"]]
"""Tells how many words follow a flag as its value, by the flag's name as written."""

_SHELLS = ("sh", "bash", "ash", "dash", "zsh")
_COMMENT = re.compile(r"^\s*#.*$", re.MULTILINE)
_ASSIGNED = re.compile(r"[A-Za-z_][A-Za-z0-9_]*=")
_KUBELET = re.compile(r"\$\$|\$\((\w+)\)")
_SHELL = re.compile(r"\$(?:\{(\w+)\}|(\w+))")
_ENDS = frozenset(";&|<>()\n")
_MODULE = "vllm.entrypoints.openai.api_server"


@record
class Server:
    """The command line of a server.

    `flags` pairs a name with a string, or with True where no value follows. `unknown` pairs a flag with a
    value that has a variable which the manifest does not set.
    """

    model: str | None
    flags: tuple[tuple[str, str | bool], ...]
    variables: Mapping[str, str] = field(default_factory=dict)
    unknown: tuple[tuple[str, str], ...] = ()


@record
class _Word:
    text: str
    known: bool = True


def server(
    command: Sequence[str], args: Sequence[str], env: Mapping[str, str], takes: Takes, *, entrypoint: bool
) -> Server | None:
    """Return the server that a container starts, or None if none is found.

    `entrypoint` says that the image starts the server, so that the args are its flags.
    """
    if not command:
        words = [_kubelet(word, env) for word in args]
        return _started(words, takes) or (_server({}, words, takes) if entrypoint and args else None)
    script = _script(command)
    if script is None:
        return _started([_kubelet(word, env) for word in [*command, *args]], takes)
    # After `-c SCRIPT` comes the name of the script, then its arguments "$@".
    text, *rest = [*script, *args] or [""]
    behind = [_kubelet(word, env) for word in rest[1:]]
    for words_ in commands(_KUBELET.sub(lambda match: "$" if match[0] == "$$" else f"${{{match[1]}}}", text)):
        words = [word for one in words_ for word in (behind if one == "$@" else [_shell(one, env)])]
        found = _started(words, takes)
        if found:
            return found
    return None


def commands(text: str) -> Iterator[list[str]]:
    """Yield the simple commands of a shell script, each as words; what cannot be split ends the script."""
    joined = _COMMENT.sub("", text).replace("\\\n", " ")
    lexer = shlex.shlex(joined, posix=True, punctuation_chars=";&|<>()\n")
    lexer.whitespace, lexer.commenters, lexer.whitespace_split = " \t\r", "", True
    words: list[str] = []
    while True:
        try:
            token = lexer.get_token()
        except ValueError:
            return
        if token is not None and not (token and set(token) <= _ENDS):
            words.append(token)
            continue
        if words:
            yield words
        if token is None:
            return
        words = []


def _script(command: Sequence[str]) -> list[str] | None:
    """Return the words after `bash -c`, None if the command is not a shell with a script."""
    if command[0].rpartition("/")[2] not in _SHELLS:
        return None
    options = (index for index, word in enumerate(command) if index and re.fullmatch(r"-[a-z]*c", word))
    first = next(options, None)
    return None if first is None else list(command[first + 1 :])


def _kubelet(word: str, env: Mapping[str, str]) -> _Word:
    """Expand $(NAME) as the kubelet does; $$ is $."""
    known = all(match[1] is None or match[1] in env for match in _KUBELET.finditer(word))
    if not known:
        return _Word(word, known=False)
    return _Word(_KUBELET.sub(lambda match: env[match[1]] if match[1] else "$", word))


def _shell(word: str, env: Mapping[str, str]) -> _Word:
    """Expand $NAME and ${NAME} as a shell does."""
    if not all((match[1] or match[2]) in env for match in _SHELL.finditer(word)):
        return _Word(word, known=False)
    return _Word(_SHELL.sub(lambda match: env[match[1] or match[2]], word))


def _started(words: Sequence[_Word], takes: Takes) -> Server | None:
    """Return the server that a command starts, past `exec` and the variables in front."""
    variables: dict[str, str] = {}
    rest = list(words)
    while rest and (_ASSIGNED.match(rest[0].text) or rest[0].text in ("exec", "env")):
        first = rest.pop(0)
        name, found, value = first.text.partition("=")
        if found and first.known:
            variables[name] = value
    texts = [word.text for word in rest]
    if len(texts) > 1 and texts[0].rpartition("/")[2] == "vllm" and texts[1] == "serve":
        return _server(variables, rest[2:], takes)
    if _MODULE in texts[:4]:
        return _server(variables, rest[texts.index(_MODULE) + 1 :], takes)
    return None


def _server(variables: Mapping[str, str], words: Sequence[_Word], takes: Takes) -> Server:
    """Parse the words: flags in all forms, and the model, the first word that is not a flag."""
    model: str | None = None
    flags: list[tuple[str, str | bool]] = []
    unknown: list[tuple[str, str]] = []
    rest = list(words)
    while rest:
        word = rest.pop(0)
        if not _is_flag(word):
            if model is None and word.known:
                model = word.text
            continue
        name, equals, value = word.text.lstrip("-").partition("=")
        values = [_Word(value, word.known)] if equals else []
        wanted = {"none": 0, "one": 1, "many": len(rest)}[takes(name)] if not equals else 0
        while rest and len(values) < wanted and not _is_flag(rest[0]):
            values.append(rest.pop(0))
        text = " ".join(one.text for one in values)
        if all(one.known for one in values):
            flags.append((name, text if values else True))
        else:
            unknown.append((name, text))
    named = next((str(value) for name, value in flags if name == "model"), None)
    return Server(model or named, tuple(flags), variables, tuple(unknown))


def _is_flag(word: _Word) -> bool:
    return word.text.startswith("-") and not re.fullmatch(r"-[0-9.]+", word.text)
