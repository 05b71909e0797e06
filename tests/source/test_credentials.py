"""A credential in a profile is found wherever it stands, and no report repeats it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from r1c import pipeline
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
}
HARMLESS = [
    "hf_api_token",
    "hf_transfer",
    "hf-secret",
    "hf_...",
    "chf_exampleexampleexampleexampleexamp",
    "sha256:" + "0123456789abcdef" * 4,
    "-----BEGIN CERTIFICATE-----",
    "AKIA",
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
