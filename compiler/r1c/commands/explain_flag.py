"""A flag or variable of vLLM -> its value and default by release, what sets it, and the codes about it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Literal

from r1c.check.rules import flags, pod_environment, startup_checks
from r1c.codes import CODES
from r1c.commands.entries import page
from r1c.diagnostics import Code
from r1c.facts import flag_words, vllm, vllm_changes, vllm_history, vllm_startup
from r1c.facts.flag_words import default, value_of_variable
from r1c.facts.vllm import Flag
from r1c.facts.vllm_spans import Span, having, spans
from r1c.profile.owned_flags import FIELD_OF

_ANY_RECIPE = {"home": "the model cache", "library": "the folder of the NCCL plugin", "gpus": "the"}
"""What stands in the reasons for reserved variables where there is no recipe to read."""


def flag_of(name: str) -> str | None:
    """Return the flag, without dashes, that a name in any spelling means; None if no release has it.

    A value (--flag=64) and a key (flag.key) are left out; no-flag is the flag that it turns off.
    """
    written = vllm.canonical(name.partition("=")[0]).partition(".")[0]
    for meant in (written, written.removeprefix("no-")):
        if vllm.is_known(meant):
            return meant
    return None


def find(name: str) -> str | None:
    """Return the page of a flag, by any of its names, or of a variable; None for another name."""
    if name in vllm_history.every_variable():
        return page(
            name, "Environment variable that vLLM reads", _of_variable(name), _codes(name, f"env.{name}")
        )
    flag = flag_of(name)
    if flag is None:
        return None
    return page(f"--{flag}", "Flag of `vllm serve`", _of_flag(flag), _codes(flag, flag))


def _of_flag(name: str) -> Iterator[tuple[str, str]]:
    def flag(version: str) -> Flag | None:
        return vllm.flag("serve", name, version)

    def of(read: Callable[[Flag], str | None]) -> Callable[[str], str | None]:
        return lambda version: read(found) if (found := flag(version)) else None

    yield "Releases", _releases(having(lambda version: flag(version) is not None))
    yield "Also named", ", ".join(vllm_history.short_names(name))
    yield "Value", _by_release(of(flag_words.value_of_flag))
    yield "Limits", _by_release(lambda version: _limits(name, version) if flag(version) else None)
    yield "Forms", _forms(name)
    yield "One of", _choices(flag)
    yield "Turned off by", _by_release(of(lambda found: found.negative))
    yield "Default", _by_release(lambda version: default("flags", name, version) if flag(version) else None)
    meaning = vllm_changes.read().defaults.get(name)
    yield "Decides", meaning.means if meaning else ""
    yield "Keys", _keys(name)
    yield "Deprecated", _by_release(of(flag_words.deprecated))
    yield "Instead", flag_words.instead(name)
    yield "In a profile", _in_profile(name)
    yield "Source", vllm_history.cited()


def _of_variable(name: str) -> Iterator[tuple[str, str]]:
    def known(version: str) -> bool:
        return vllm_history.reads(name, version)

    changes = vllm_changes.read()
    meaning, renamed = changes.variables.get(name), changes.renamed_variables.get(name)
    yield "Releases", _releases(having(known))
    yield "Value", _by_release(lambda version: value_of_variable(name, version) if known(version) else None)
    yield (
        "Default",
        _by_release(lambda version: default("variables", name, version) if known(version) else None),
    )
    yield "Decides", meaning.means if meaning else ""
    yield "Instead", f"--{renamed.to}, from {renamed.from_}" if renamed else ""
    reserved = pod_environment.RESERVED.get(name)
    reason = reserved.format(**_ANY_RECIPE) if reserved else ""
    yield "In a profile", f"not to be set: {reason}" if reason else f"spec.vllm.env.{name}"
    yield "Source", vllm_history.cited()


def _releases(found: Sequence[Span]) -> str:
    """Name the releases that have something, the bounds of what r1c knows included."""
    oldest, newest = vllm.versions()[0], vllm.versions()[-1]
    known = f"r1c knows {oldest} to {newest}"
    return f"{_words(found) or 'all'} ({known})"


def _by_release(read: Callable[[str], str | None]) -> str:
    """Return each text with its releases, where it is not the same in all that have one."""
    found: dict[str, list[Span]] = {}
    for text, span in spans(read):
        if text:
            found.setdefault(text, []).append(span)
    if len(found) == 1:
        return next(iter(found))
    return "; ".join(f"{text} ({_words(there)})" for text, there in found.items())


def _words(found: Sequence[Span]) -> str:
    return ", ".join(span.words for span in found)


def _limits(name: str, version: str) -> str | None:
    found = vllm_startup.limits(name, version)
    bounds = " ".join(re.findall(r"(?:>=|>|<=|<)\S+", found or ""))
    return bounds or None


def _forms(name: str) -> str:
    """Name the forms that a flag takes beside an integer."""
    known: Mapping[Literal["suffix", "auto"], str] = {"suffix": "32k", "auto": "auto"}
    since = {text: vllm.form_since(name, form) for form, text in known.items()}
    return ", ".join(f"{text} (from {first})" for text, first in since.items() if first)


def _choices(flag: Callable[[str], Flag | None]) -> str:
    """Return the values that parsers enforce, each with the releases where it is not one in all of them."""

    def enforced(version: str) -> tuple[str, ...]:
        found = flag(version)
        return (found.choices or ()) if found else ()

    values = dict.fromkeys(value for version in vllm.versions() for value in enforced(version))
    whole = having(lambda version: bool(enforced(version)))
    texts = []
    for value in values:
        found = having(lambda version, value=value: value in enforced(version))  # type: ignore[misc]
        there = ", ".join(span.within(Span(whole[0].first, whole[-1].last)) for span in found)
        texts.append(value if found == whole else f"{value} ({there})")
    with_flag = having(lambda version: flag(version) is not None)
    when = "" if whole == with_flag else f"; checked {_words(whole)}"
    return ", ".join(texts) + when if texts else ""


def _keys(name: str) -> str:
    newest = vllm.versions()[-1]
    behind = vllm_startup.flag_class(name, newest)
    return f"{', '.join(sorted(behind.fields))}, in {newest}" if behind else ""


def _in_profile(name: str) -> str:
    field = FIELD_OF.get(name)
    if field:
        return f"set by {field}; vllm.args cannot have it"
    reason = flags.SET_BY_R1C.get(name)
    return f"not to be set: {reason}" if reason else f"spec.vllm.args.{name}"


def _codes(name: str, setting: str) -> tuple[Code, ...]:
    """Return the codes that name a flag or variable, and those of the start-up checks that look at it."""
    if name in flags.OWNED:
        return (flags.flag_owned.code,)
    word = re.compile(rf"(?<![\w.-])(?:--)?{re.escape(name)}(?![\w-])")
    set_there = re.compile(rf"(?<![\w-]){re.escape(name)}:")
    asked = {startup_checks.CODES[kind].id for kind in vllm_startup.kinds_about(setting)}
    if name in pod_environment.RESERVED:
        asked.add(pod_environment.variable_reserved.code.id)

    def named(code: Code) -> bool:
        """Tell whether a code's texts have the name; a word such as dtype counts if its example sets it."""
        found = word.search(f"{code.title}\n{code.why}\n{code.fix}")
        return bool(found) and (not name.islower() or "-" in name or bool(set_there.search(code.example)))

    return tuple(code for code in CODES if code.id in asked or named(code))
