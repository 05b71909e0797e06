"""RUNBOOK.md: every step from an empty cluster to a benchmark result, filled in for one recipe."""

from __future__ import annotations

from r1c import facts
from r1c.bundle import Text
from r1c.lower import benchmark
from r1c.plan import Plan
from r1c.record import record
from r1c.templates import render

STREAM = (
    "import json, sys\n"
    "for line in sys.stdin:\n"
    '    if line.startswith("data: {"):\n'
    '        for choice in json.loads(line[6:])["choices"]:\n'
    '            print(choice["delta"].get("content") or "", end="", flush=True)\n'
    "print()"
)
"""Prints the words of a streamed answer as they come."""


@record
class Reference:
    """A variable whose value is a key of a Secret."""

    variable: str
    secret: str
    key: str


def count(number: int, what: str) -> str:
    """Write a number of things: 1 node, 2 nodes."""
    return f"{number} {what}{'' if number == 1 else 's'}"


def page(plan: Plan) -> Text:
    """Return the runbook. Its commands are run in the directory that it stands in."""
    question = {
        "model": plan.model.served_name,
        "messages": [
            {"role": "system", "content": "You are a helpful AI assistant"},
            {"role": "user", "content": "How many r are there in strawberry ?"},
        ],
        "temperature": 0.6,
        "top_p": 0.95,
        "max_tokens": 2048,
    }
    chat = {
        "model": plan.model.served_name,
        "messages": [{"role": "user", "content": "Which is bigger, 9.9 or 9.11 ?"}],
        "stream": True,
    }
    api_key = plan.server.api_key
    references = [Reference(name, at.name, at.key) for name, at in plan.server.secrets.items()]
    content = render(
        "RUNBOOK.md.j2",
        plan=plan,
        group=plan.group,
        minutes=plan.startup_seconds // 60,
        lws=plan.cluster.lws or facts.default("lws")["version"],
        job=benchmark.job_name(plan),
        results=benchmark.results(plan).removeprefix(plan.storage.mount_path.rstrip("/")),
        question=question,
        chat=chat,
        stream=STREAM,
        count=count,
        references=references,
        secrets=sorted({reference.secret for reference in references}),
        api_key=api_key,
        # Keys of Secrets have neither quotes nor backslashes.
        api_key_template=f'{{{{index .data "{api_key.key}" | base64decode}}}}' if api_key else "",
    )
    return Text("RUNBOOK.md", content, comment="<!--")
