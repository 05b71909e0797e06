"""The profile's fields and the codes' records -> docs/profile.md, every field, and RULES.md, every code."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from r1c import codes, facts
from r1c.check.allow import ALLOW
from r1c.commands import explain_repository
from r1c.diagnostics import Code, Path
from r1c.facts import vllm, vllm_releases
from r1c.profile import fields
from r1c.record import replace


def page() -> str:
    """Return docs/profile.md as text."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield "# The profile"
    yield ""
    yield "Every field of a profile, with its type, default and meaning. `r1c explain FIELD` prints one field"
    yield "and the codes about it, and `r1c schema` prints all fields as JSON Schema for an editor:"
    yield ""
    yield "```bash"
    yield "r1c explain network.mode"
    yield "```"
    yield ""
    yield "Generated from `compiler/r1c/profile/model.py`."
    yield ""
    yield "| field | type | values | default | meaning |"
    yield "|---|---|---|---|---|"
    yield from map(_row, fields.every())
    yield ""
    yield "## r1c.yaml"
    yield ""
    yield "The file at the root of a repository ([environments.md](environments.md)); the fields of"
    yield "`spec.defaults` are those above. Generated from `compiler/r1c/repository/model.py`;"
    yield "`r1c explain repository.FIELD` explains each."
    yield ""
    yield "| field | type | values | default | meaning |"
    yield "|---|---|---|---|---|"
    for field in explain_repository.every():
        plain = replace(field, path=field.path.removeprefix(explain_repository.PREFIX))
        yield _row(plain, explain_repository.FORM)


def _row(field: fields.Field, form: str = fields.RECIPE) -> str:
    default = "required" if field.required else f"`{field.default}`" if field.default else ""
    text = field.description.replace("|", "\\|").replace("<", "&lt;")
    return f"| `{field.path}` | {field.words} | {_values(field, form)} | {default} | {text} |"


_UNITS = {
    "Len": "tokens",
    "Ms": "milliseconds",
    "Seconds": "seconds",
    "Gb": "GB",
    "requestRate": "requests a second",
    "sharedMemory": "a Kubernetes quantity: `250Gi`",
    "timeout": "seconds, with an s: `7200s`",
}
"""Units by how the name of a field ends."""


def _values(field: fields.Field, form: str) -> str:
    """Say which values a field takes, where its type leaves that open, and in which unit."""
    path: Path = tuple(field.path.split("."))
    known = _known_values().get(field.path) if form == fields.RECIPE else None
    section = fields.inside(path[:-1], form)
    schema = fields.names(section).get(field.name, {}) if section else {}
    least, most = schema.get("minimum"), schema.get("maximum")
    bounds = f"{least:,} to {most:,}" if most is not None else f"{least} or more" if least is not None else ""
    unit = next((unit for ending, unit in _UNITS.items() if field.name.endswith(ending)), "")
    return "; ".join(part for part in (known or bounds, unit) if part)


def _known_values() -> Mapping[str, str]:
    """Return the values of the fields whose values are facts."""
    limits, known = facts.limits(), [facts.platform(id_) for id_ in facts.platforms()]
    namings = (f"{item.id}: {', '.join(item.namings)}" for item in known)
    stacks = dict.fromkeys(item.stack for item in known)
    releases = (f"{stack}: {', '.join(facts.releases(stack))}" for stack in stacks)
    build = limits.cloud_build
    return {
        "spec.platform": ", ".join(facts.platforms()),
        "spec.model.id": "`r1c explain models` lists the known ones",
        "spec.vllm.version": f"{vllm.versions()[0]} to {tuple(vllm_releases.published())[-1]}, or newer",
        "spec.cluster.region": "`r1c explain regions` lists the known ones",
        "spec.cluster.gke": f"{limits.gke.oldest} or newer",
        "spec.cluster.lws": f"{limits.lws.oldest} or newer",
        "spec.cluster.kueue": f"{limits.kueue.oldest} or newer",
        "spec.network.naming": "; ".join(namings),
        "spec.gpudirect.release": "; ".join(releases),
        "spec.build.machineType": ", ".join(build.machine_types),
        "spec.build.diskSizeGb": f"1 to {build.disk_size_gb:,}",
        "spec.build.timeout": f"{build.least_timeout_seconds:,} to {build.timeout_seconds:,}",
    }


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
    yield from ("", " ".join(["Fix:", _prose(code.fix), _prose(codes.edits(code))]).strip())
    if codes.acceptable(code):
        yield from ("", f'Accept: `{ALLOW}: "{code.id}: the reason"` under `metadata.annotations`.')
    if read:
        yield from ("", f"Reads: {read}")


def _prose(text: str) -> str:
    """Escape a sentence for Markdown; text in backticks is already code."""
    parts = text.split("`")
    parts[::2] = [part.replace("*", "\\*").replace("<", "&lt;") for part in parts[::2]]
    return "`".join(parts)
