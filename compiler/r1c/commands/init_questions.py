"""Questions on a terminal -> the fields that only the user knows, each checked by the rules."""

from __future__ import annotations

import click

from r1c.adopt import profile_text, starter
from r1c.adopt.profile_draft import Draft, at, given, join
from r1c.diagnostics import Diagnostic, Severity
from r1c.pipeline import analyse

_QUESTIONS = (
    ("spec.cluster.project", "Google Cloud project ID"),
    ("spec.cluster.name", "name of the GKE cluster"),
    ("spec.cluster.region", "region of the cluster"),
    ("spec.image.registry", "Artifact Registry repository (LOCATION-docker.pkg.dev/PROJECT/REPOSITORY)"),
    ("spec.storage.bucket", "Cloud Storage bucket, without gs://"),
)


def answered(draft: Draft, name: str | None) -> Draft:
    """Ask for the recipe's name and what is blank in a draft; return the draft with the answers."""
    wanted = prompt("name of the recipe", draft, "metadata.name", name or "")
    draft = join(draft, given({"metadata.name": wanted or None}))
    for path, question in _QUESTIONS:
        answer = prompt(question, draft, path)
        draft = join(draft, given({path: answer or None}))
    return draft


def prompt(question: str, draft: Draft, path: str, default: str = "") -> str:
    """Ask for a field until its rules take the answer; an empty answer leaves it blank."""
    while True:
        given_ = click.prompt(question, default=default, show_default=bool(default), err=True)
        answer: str = given_.strip()
        wrong = _wrong(draft, path, answer) if answer else ()
        for item in wrong:
            click.echo(f"{item.message}; {item.help}", err=True)
        if not wrong:
            return answer


def _wrong(draft: Draft, path: str, answer: str) -> tuple[Diagnostic, ...]:
    """Return the errors at the field of an answer, in a profile with placeholders for unknown fields."""
    text = profile_text.write(starter.standing_in(join(draft, given({path: answer}))))
    found = analyse("starter.yaml", text.encode("utf-8", "surrogatepass")).diagnostics
    return tuple(item for item in found if item.path == at(path) and item.severity is Severity.ERROR)
