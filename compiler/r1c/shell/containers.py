"""`docker run`, and what takes its options -> the container that it starts."""

from __future__ import annotations

from collections.abc import Sequence

from r1c.shell.script import Container, Word

_PROGRAMS = ("docker", "podman", "nerdctl")
_SWITCHES = frozenset(
    {
        *(
            "--detach",
            "--interactive",
            "--tty",
            "--rm",
            "--init",
            "--privileged",
            "--publish-all",
            "--read-only",
        ),
        *("--no-healthcheck", "--oom-kill-disable", "--sig-proxy", "--disable-content-trust", "--quiet"),
        *(
            "--use-api-socket",
            "--replace",
            "--tls-verify",
            "--rmi",
            "--no-hosts",
            "--no-hostname",
            "--env-host",
        ),
        *("--http-proxy", "--passwd", "--read-only-tmpfs", "--unsetenv-all", "--rootfs", "--help", "--debug"),
    }
)
"""Options that no word follows as their value; all others have one."""
_SHORT_SWITCHES = "ditPqD"
_LONG = {"-e": "--env", "-v": "--volume", "-p": "--publish", "-u": "--user", "-w": "--workdir"}
_ENV, _FILE, _ENTRYPOINT = "--env", ("--env-file", "--env-host"), "--entrypoint"


def started(words: Sequence[Word]) -> tuple[Container, int] | None:
    """Return the container that a command starts, and the number of words up to its image; None if none."""
    rest = list(words)
    if not rest or rest[0].text.rpartition("/")[2] not in _PROGRAMS:
        return None
    at = _verb(rest)
    if at is None:
        return None
    options: dict[str, tuple[Word, ...]] = {}
    whole = True
    while at < len(rest) and not _is_image(rest[at]):
        name, value, taken = _option(rest, at)
        if not name:
            # A variable with options that the script does not show.
            whole = False
        elif value is not None:
            options[name] = (*options.get(name, ()), value)
        whole = whole and name not in _FILE
        at += taken
        if name == "--":
            break
    if at >= len(rest):
        return None
    variables: dict[str, Word] = {}
    passed = set[str]()
    for word in options.pop(_ENV, ()):
        key, given, text = word.text.partition("=")
        variables[key] = _behind(word, text) if given else Word(f"${key}", (f"${key}",), word.place)
        passed |= set() if given else {key}
    entrypoint = tuple(word for word in options.pop(_ENTRYPOINT, ())[-1:] if word.text)
    return Container(rest[at], options, variables, frozenset(passed), entrypoint, whole), at + 1


def _verb(rest: Sequence[Word]) -> int | None:
    """Return the index behind `run`, in front of which are options of the program itself."""
    at = 1
    while at < len(rest) and rest[at].text.startswith("-"):
        at += _option(rest, at)[2]
    at += 1 if [word.text for word in rest[at : at + 1]] == ["container"] else 0
    return at + 1 if [word.text for word in rest[at : at + 1]] == ["run"] else None


def _is_image(word: Word) -> bool:
    """Tell whether a word is the image; a variable alone may hold options too, unless its name says so."""
    if word.text.startswith("-"):
        return False
    alone = word.unknown == (word.text,)
    return not alone or "IMAGE" in word.text.upper() or "IMG" in word.text.upper()


def _option(rest: Sequence[Word], at: int) -> tuple[str, Word | None, int]:
    """Return an option's name, its value, and how many words it is; no name for what is not known."""
    word = rest[at]
    text = word.text
    following = rest[at + 1] if at + 1 < len(rest) else None
    if not text.startswith("-"):
        return "", None, 1
    if text == "--" or text in _SWITCHES:
        return text, None, 1
    if text.startswith("--"):
        name, given, value = text.partition("=")
        return (name, _behind(word, value), 1) if given else (name, following, 2)
    letters = text[1:].lstrip(_SHORT_SWITCHES)
    if not letters:
        return text, None, 1
    name = _LONG.get(f"-{letters[0]}", f"-{letters[0]}")
    value = letters[1:].removeprefix("=")
    return (name, _behind(word, value), 1) if value else (name, following, 2)


def _behind(word: Word, text: str) -> Word:
    """Return the value at the end of a word."""
    return Word(text, tuple(part for part in word.unknown if part in text), word.place)
