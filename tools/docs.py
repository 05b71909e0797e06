"""The profile's fields and the codes' records -> docs/profile.md, every field, and RULES.md, every code."""

from __future__ import annotations

from collections.abc import Iterator

from r1c import codes
from r1c.check.allow import ALLOW
from r1c.diagnostics import Code
from r1c.profile import fields


def page() -> str:
    """Return docs/profile.md as text."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield "# The profile"
    yield ""
    yield "Generated from `compiler/r1c/profile/model.py`; `r1c schema` has the same as JSON Schema."
    yield ""
    yield "| field | type | default | meaning |"
    yield "|---|---|---|---|"
    for field in fields.every():
        default = "required" if field.required else f"`{field.default}`" if field.default else ""
        text = field.description.replace("|", "\\|").replace("<", "&lt;")
        yield f"| `{field.path}` | {field.words} | {default} | {text} |"


def rules() -> str:
    """Return RULES.md as text."""
    return "\n".join(_rules()) + "\n"


def _rules() -> Iterator[str]:
    yield "# Rules"
    yield ""
    yield "Every code that r1c reports, generated from the records that the checks, `r1c explain` and the"
    yield "tests use. An error refuses the profile; a warning and a hint do not, and can be accepted in the"
    yield "profile with a reason."
    yield ""
    for family, members in codes.families().items():
        yield f"- [{family}xx: {codes.FAMILIES[family]}](#{family.lower()}xx)"
        for code in members:
            yield f"  - [{code.id}](#{code.id.lower()}) {_prose(code.title)}"
    for family, members in codes.families().items():
        yield from ("", f'<a id="{family.lower()}xx"></a>', "", f"## {family}xx: {codes.FAMILIES[family]}")
        for code in members:
            yield from _rule(code)


def _rule(code: Code) -> Iterator[str]:
    read = ", ".join(f"`{fields.dotted(path)}`" for path in codes.FIELDS.get(code.id, ()))
    yield from ("", f'<a id="{code.id.lower()}"></a>', "", f"### {code.id}: {code.slug}", "")
    yield f"**{str(code.severity).capitalize()}.** {_prose(code.title)}."
    yield from ("", f"Why: {_prose(code.why)}")
    if code.example:
        yield from ("", "Example:", "", "```yaml", *code.example.splitlines(), "```")
    yield from ("", f"Fix: {_prose(code.fix)}")
    if codes.acceptable(code):
        yield from ("", f'Accept: `{ALLOW}: "{code.id}: the reason"` under `metadata.annotations`.')
    if read:
        yield from ("", f"Reads: {read}")


def _prose(text: str) -> str:
    """Escape a sentence for Markdown; text in backticks is already code."""
    parts = text.split("`")
    parts[::2] = [part.replace("*", "\\*").replace("<", "&lt;") for part in parts[::2]]
    return "`".join(parts)
