"""A credential in a profile is found wherever it stands, and no report repeats it."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from r1c import pipeline
from r1c.cli import main
from r1c.diagnostics.text import as_json, as_text
from r1c.source import credentials

BASE = (Path(__file__).parents[1] / "base.yaml").read_text(encoding="utf-8").splitlines()
HUGGING_FACE = "hf_exampleexampleexampleexampleexamp"
KINDS = {
    HUGGING_FACE: "a Hugging Face token",
    "api_org_" + "example" * 5: "a Hugging Face token",
    "AIza" + "Example-Key" * 3 + "ab": "a Google API key",
    "ya29.a0-" + "example_" * 4: "a Google access token",
    "ghp_" + "example1" * 5: "a GitHub token",
    "github_pat_" + "11EXAMPLE_" * 4: "a GitHub token",
    "AKIA" + "EXAMPLE0" * 2: "an AWS access key",
    "-----BEGIN RSA PRIVATE KEY-----\nZXhhbXBsZQ==\n-----END RSA PRIVATE KEY-----": "a private key",
    "-----BEGIN PRIVATE KEY-----\\nZXhhbXBsZQ==": "a private key",
    "GOCSPX-" + "example_" * 4: "a Google client secret",
    "glpat-" + "Example1" * 3: "a GitLab token",
    "sk-proj-" + "Example1" * 3: "an API key",
    "sk-" + "Example1" * 5: "an API key",
    "nvapi-" + "Example1" * 3: "an NVIDIA API key",
    "xoxb-" + "1234567890-": "a Slack token",
    "hooks.slack.com/services/T0000/B0000/" + "Example1": "a Slack webhook",
    "dckr_pat_" + "Example1" * 3: "a Docker token",
    "npm_" + "Example1" * 5: "a package registry's token",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl": "a JSON Web Token",
}
INSIDE = {
    "postgres://user:swordfish@db.example:5432/a": ("swordfish", "a password in a URL"),
    "redis://:swordfish@cache:6379/0": ("swordfish", "a password in a URL"),
    "http://proxy:swordfish@10.0.0.1:3128": ("swordfish", "a password in a URL"),
    "authorization=Bearer c3dvcmRmaXNoMTIz": ("c3dvcmRmaXNoMTIz", "a bearer token"),
    "Authorization: Basic dXNlcjpzd29yZGZpc2g=": ("dXNlcjpzd29yZGZpc2g=", "a bearer token"),
    "authorization: bEARER c3dvcmRmaXNoMTIz": ("c3dvcmRmaXNoMTIz", "a bearer token"),
    "x=1,X-Api-Key=swordfish-01,y=2": ("swordfish-01", "a key in a header or an address"),
    "PWD=swordfish;HOST=db": ("swordfish", "a password"),
    "x=1,api-key=swordfish-01,y=2": ("swordfish-01", "a key in a header or an address"),
    "https://a.example/v1?access_token=swordfish-01&b=c": ("swordfish-01", "a key in a header or an address"),
    "https://a.example/hook?token=swordfish-0123": (
        "swordfish-0123",
        "a signature or token in an address",
    ),
    "https://a.blob.example/c?sv=2020&sig=c3dvcmRmaXNo%3D": (
        "c3dvcmRmaXNo%3D",
        "a signature or token in an address",
    ),
    "Server=db;User=a;Password=swordfish;": ("swordfish", "a password"),
    "AccountName=a;AccountKey=c3dvcmRmaXNoc3dvcmRmaXNo==;": (
        "c3dvcmRmaXNoc3dvcmRmaXNo==",
        "an Azure storage key",
    ),
}
"""Texts of which only a part is secret."""
HARMLESS = [
    "hf_api_token",
    "hf_transfer",
    "hf-secret",
    "hf_...",
    "chf_exampleexampleexampleexampleexamp",
    "sha256:" + "0123456789abcdef" * 4,
    "-----BEGIN CERTIFICATE-----",
    "AKIA",
    "postgres://user:$(PGPASSWORD)@db.example/a",
    "postgres://user:${PGPASSWORD}@db.example/a",
    "http://user@db.example:8080/a",
    "https://a.example:8443/path@version",
    "task-sk-learn-0123456789abcdefghijklmnopqrstuvw",
    "password=<password>;api-key={{ key }}",
    "a bearer of good news, basic authentication",
    "monkey=banana-and-more",
    "risk-" + "0" * 40,
]


def reports(text: str) -> tuple[str, str]:
    checked = pipeline.analyse("profile.yaml", text.encode())
    return as_text(checked.diagnostics, colour=False), as_json(checked.diagnostics)


def value(line: str) -> str:
    key, colon, _ = line.partition(":")
    return f"{key}{colon} {HUGGING_FACE}"


def quoted(line: str) -> str:
    key, colon, rest = line.partition(":")
    if not rest:
        return value(line)
    return f'{key}{colon} "h\\x66_{HUGGING_FACE[3:]}"'


def key(line: str) -> str:
    indent = line[: len(line) - len(line.lstrip())]
    return f"{indent}{HUGGING_FACE}:{line.partition(':')[2]}"


def comment(line: str) -> str:
    return f"{line} # {HUGGING_FACE}"


def broken(line: str) -> str:
    return f"{line} {{ [ {HUGGING_FACE}"


def variable(line: str) -> str:
    indent = line[: len(line) - len(line.lstrip())]
    return f"{line}\n{indent}HF_TOKEN: {HUGGING_FACE}"


@pytest.mark.parametrize("text", KINDS, ids=lambda text: text[:12])
def test_finds(text: str) -> None:
    assert [found.what for found in credentials.find(f"before {text} after")] == [KINDS[text]]


@pytest.mark.parametrize("text", INSIDE)
def test_finds_the_secret_part_of_a_text(text: str) -> None:
    secret, what = INSIDE[text]
    assert [(text[found.start : found.end], found.what) for found in credentials.find(text)] == [
        (secret, what)
    ]


@pytest.mark.parametrize("text", HARMLESS)
def test_leaves_alone(text: str) -> None:
    assert list(credentials.find(text)) == []


@pytest.mark.parametrize(
    "change", [value, quoted, key, comment, broken, variable], ids=lambda item: item.__name__
)
@pytest.mark.parametrize("number", range(len(BASE)))
def test_no_report_repeats_it(number: int, change: Callable[[str], str]) -> None:
    lines = [*BASE[:number], change(BASE[number]), *BASE[number + 1 :], ""]
    for report in reports("\n".join(lines)):
        assert "R1C701" in report
        assert "exampleexample" not in report


@pytest.mark.parametrize("name", ["HF_TOKEN", "VLLM_API_KEY", "AWS_SECRET_ACCESS_KEY", "DB_PASSWORD"])
@pytest.mark.parametrize("written", ["swordfish", '"sword: fish"', "1234567"])
def test_a_variable_named_like_one_is_starred(name: str, written: str) -> None:
    lines = list(BASE)
    at = lines.index("    args:")
    lines[at:at] = ["    env:", f"      {name}: {written}"]
    for report in reports("\n".join([*lines, ""])):
        assert name in report
        assert written.strip('"') not in report


@pytest.mark.parametrize("written", ["api-key: swordfish", "api_key: swordfish", "--api-key: swordfish"])
@pytest.mark.parametrize("form", ["      {}", "      hf-overrides: {{{}}}", '      hf-overrides: {{"{}}}'])
def test_a_flag_named_like_one_is_starred_however_it_is_spelt(written: str, form: str) -> None:
    if '"' in form:
        written = written.replace(": ", '":')
    lines = list(BASE)
    at = lines.index("    args:")
    lines[at + 1 : at + 1] = [form.format(written), "      max-num-seqs: {a: swordfish}"]
    for report in reports("\n".join([*lines, ""])):
        assert "error" in report
        assert "swordfish" not in report


@pytest.mark.parametrize("name", ["TOKENIZERS_PARALLELISM", "secretKey", "NCCL_DEBUG", "KEYRING"])
def test_other_names_are_not(name: str) -> None:
    assert credentials.starred(f"{name}: shown") == f"{name}: shown"


def test_stars_keep_lines_and_columns() -> None:
    text = f"a: 1\nHF_TOKEN: abc # {HUGGING_FACE}\nb: 2\n"
    assert credentials.starred(text) == f"a: 1\nHF_TOKEN: ****{'#'} {'*' * len(HUGGING_FACE)}\nb: 2\n"


SECRET = "correct-horse-battery"
HIDDEN = {
    "the first key of a flow map": '    env: {OPENAI_API_KEY: "%s"}',
    "a later key of a flow map": '    env: {A: b, OPENAI_API_KEY: "%s", C: d}',
    "a flow map in a flow map": "    args: {hf-overrides: {a: {client_secret: %s}}}",
    "an escaped key": '    env: {"OPENAI\\x5fAPI_KEY": %s}',
    "an escaped value": '    env: {OPENAI_API_KEY: "\\x63orrect-horse-battery"}',
    "an anchor": "    env: {OPENAI_API_KEY: &key %s}",
    "an alias": "    env: {PLAIN: &key %s, OPENAI_API_KEY: *key}",
    "a block": "    env:\n      OPENAI_API_KEY: |\n        %s",
    "a folded text": "    env:\n      OPENAI_API_KEY: >-\n        %s",
    "two lines": "    env:\n      OPENAI_API_KEY: %s\n        and more",
    "an explicit key": "    env:\n      ? OPENAI_API_KEY\n      : %s",
    "a list": "    args: {api-key: [%s, %s]}",
    "a single quote": "    env: {OPENAI_API_KEY: '%s'}",
    "a map of Kubernetes": "    env: {OPENAI_API_KEY: {value: %s}}",
    "a value beside a reference": "    env: {OPENAI_API_KEY: {secretKeyRef: {name: a, key: b, value: %s}}}",
    "a list of Kubernetes": "    env:\n      - name: OPENAI_API_KEY\n        value: %s",
    "a flow list of Kubernetes": "    env: [{name: OPENAI_API_KEY, value: %s}]",
    "the value first": "    env: [{value: %s, name: OPENAI_API_KEY}]",
    "a list of assignments": "    env: [OPENAI_API_KEY=%s]",
    "a list of flags": "    args: [--api-key=%s]",
    "no space after the colon": "    env:\n      OPENAI_API_KEY:%s",
    "a list of words": "    args: [--api-key, %s]",
    "a command line": "    args: --max-num-seqs 8 --api-key %s --enforce-eager",
    "a map inside": "    args: {model-loader-extra-config: {credentials: {id: a, own: %s}}}",
    "a map in broken YAML": "    env: {OPENAI_API_KEY: {value: %s}} }",
    "a list in broken YAML": "    env: [{name: OPENAI_API_KEY, value: %s}] ]",
}
"""Forms of YAML in which a credential can stand under a name of credentials."""


@pytest.mark.parametrize("form", HIDDEN)
def test_no_report_repeats_a_named_one_in_any_form_of_yaml(
    form: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The line itself, and a fault beside it on the same line, are shown with stars."""
    written = HIDDEN[form].replace("%s", SECRET)
    text = "\n".join(BASE).replace("    args:", f"{written}\n    unknown: {SECRET}\n    args:", 1) + "\n"
    if "args:" in written:
        text = "\n".join(
            [*BASE[: BASE.index("    args:")], written, *BASE[BASE.index("    args:") + 5 :], ""]
        )
    profile = tmp_path / "profile.yaml"
    profile.write_text(text, encoding="utf-8")
    for report in reports(text):
        assert "error" in report
        assert "horse" not in report
    for command in (["check"], ["plan"], ["compile", "--show-profile"], ["check", "--format", "sarif"]):
        main([command[0], str(profile), *command[1:]])
        streams = capsys.readouterr()
        assert "horse" not in streams.out + streams.err


def test_show_profile_shows_stars_for_a_credential_of_the_profile_that_is_extended(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    base = "\n".join(BASE).replace("    args:", f"    env: {{PGPASSWORD: {SECRET}}}\n    args:", 1) + "\n"
    (tmp_path / "base.yaml").write_text(base, encoding="utf-8")
    child = "apiVersion: r1c.dev/v1alpha1\nkind: Recipe\nextends: base.yaml\nmetadata: {name: child}\n"
    (tmp_path / "child.yaml").write_text(child, encoding="utf-8")
    main(["compile", "--show-profile", str(tmp_path / "child.yaml")])
    shown = capsys.readouterr().out
    assert 'PGPASSWORD: "********"' in shown
    assert "horse" not in shown


@pytest.mark.parametrize(
    "name",
    ["pad_token", "eos_token", "image_token", "bos_token", "stop_token", "num_speculative_token", "KEYRING"],
)
def test_words_of_a_tokenizer_are_no_credentials(name: str) -> None:
    assert not credentials.names_one(name)


@pytest.mark.parametrize(
    "name",
    [
        "s3_secret_access_key",
        "clientSecret",
        "hf_token",
        "apiKey",
        "PGPASSWORD",
        "DB_PASS",
        "SSH_PWD",
        "token",
    ],
)
def test_keys_of_json_flags_are(name: str) -> None:
    assert credentials.names_one(name)


@pytest.mark.parametrize(
    "text",
    [
        "a" * 120_000 + "://:",
        "a://b:" * 20_000,
        "eyJ-" * 30_000,
        "bearer%20" * 13_000,
        "bearer+" * 17_000,
        "token: " * 17_000,
        "password=" * 13_000,
        "_" * 120_000 + ": b",
        "AccountKey=" * 11_000,
    ],
    ids=lambda text: text[:12],
)
def test_a_hostile_text_takes_no_time(text: str) -> None:
    start = time.process_time()
    credentials.hider(text)(credentials.starred(text))
    assert time.process_time() - start < 5
