"""`docker run`, `docker exec`, `docker compose run` and the like -> the container of a command."""

from __future__ import annotations

from collections.abc import Sequence

from r1c.shell.script import Container, Word

_COMPOSE = ("docker-compose", "podman-compose")
"""Programs that are `docker compose` by another name."""
_PROGRAMS = ("docker", "podman", "nerdctl", *_COMPOSE)
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
        *("--no-TTY", "--no-deps", "--service-ports", "--use-aliases", "--build", "--remove-orphans"),
        *("--quiet-build", "--quiet-pull", "--compatibility", "--dry-run", "--all-resources", "--verbose"),
    }
)
"""Options that no word follows as their value; all others have one."""
_SHORT_SWITCHES = "ditPqDT"
_LONG = {"-e": "--env", "-v": "--volume", "-p": "--publish", "-u": "--user", "-w": "--workdir"}
_ENV, _FILES, _ENTRYPOINT = "--env", ("--env-file", "--env-from-file", "--env-host"), "--entrypoint"
_GPUS = "--gpus"
_IMAGES, _OTHERS = ("IMAGE", "IMG"), ("CONTAINER", "SERVICE", "NAME")
"""What the name of a variable has that is an image, or a container or service, and no options."""


def started(words: Sequence[Word]) -> tuple[Container, int] | None:
    """Return the container that a command starts or runs in, and the number of words up to its image or name.

    None if there is none. Of a container that runs already, and of a compose service, the image is not there.
    """
    rest = list(words)
    program = rest[0].text.rpartition("/")[2] if rest else ""
    if program not in _PROGRAMS:
        return None
    verb = _verb(rest)
    if verb is None:
        return None
    at, shown = verb
    options: dict[str, tuple[Word, ...]] = {}
    whole = shown
    names = _IMAGES if shown else _OTHERS
    while at < len(rest) and not _is_operand(rest[at], names):
        name, value, taken = _option(rest, at)
        if not name:
            # A variable with options that the script does not show.
            whole = False
        elif value is not None:
            options[name] = (*options.get(name, ()), value)
        whole = whole and name not in _FILES
        at += taken
        if name == "--":
            break
    if at >= len(rest):
        return None
    if program == "podman":
        # It takes the number of a GPU there, not how many.
        options.pop(_GPUS, None)
    variables: dict[str, Word] = {}
    passed = set[str]()
    for word in options.pop(_ENV, ()):
        key, given, text = word.text.partition("=")
        variables[key] = _behind(word, text) if given else Word(f"${key}", (f"${key}",), word.place)
        passed |= set() if given else {key}
    entrypoint = tuple(word for word in options.pop(_ENTRYPOINT, ())[-1:] if word.text)
    image = rest[at] if shown else Word("")
    return Container(image, options, variables, frozenset(passed), entrypoint, whole), at + 1


def _verb(rest: Sequence[Word]) -> tuple[int, bool] | None:
    """Return the index behind `run` or `exec`, in front of which are options of the program itself.

    Tell also whether the image follows.
    """
    compose = rest[0].text.rpartition("/")[2] in _COMPOSE
    at = _behind_options(rest, 1)
    if not compose and _texts(rest, at) in (["container"], ["compose"]):
        compose = _texts(rest, at) == ["compose"]
        at = _behind_options(rest, at + 1) if compose else at + 1
    verb = _texts(rest, at)
    return (at + 1, verb == ["run"] and not compose) if verb in (["run"], ["exec"]) else None


def _behind_options(rest: Sequence[Word], at: int) -> int:
    while at < len(rest) and rest[at].text.startswith("-"):
        at += _option(rest, at)[2]
    return at


def _texts(rest: Sequence[Word], at: int) -> list[str]:
    return [word.text for word in rest[at : at + 1]]


def _is_operand(word: Word, names: Sequence[str]) -> bool:
    """Tell whether a word is the image or the container; a variable alone may hold options too."""
    if word.text.startswith("-"):
        return False
    alone = word.unknown == (word.text,)
    return not alone or any(part in word.text.upper() for part in names)


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
