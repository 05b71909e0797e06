"""The language server as an editor sees it: a real process, spoken to over its pipes."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

from editor_client import Client, applied
from r1c.diagnostics import install

REPO = Path(__file__).resolve().parents[2]
PROFILE = (REPO / "profiles" / "a3mega.yaml").read_text()
FAULTY = PROFILE.replace("max-num-seqs", "max-num-seq").replace("version: v0.7.3", "version: v0.7.3 # 🚀")


def _line(text: str, part: str) -> int:
    return next(number for number, line in enumerate(text.splitlines()) if part in line)


def test_diagnostics_come_with_unsaved_text_and_go_with_it(tmp_path: Path) -> None:
    with Client() as client:
        uri = client.open(tmp_path / "p.yaml", PROFILE.replace("platform: a3-mega", "platform: a3-mgea"))
        found = client.diagnostics(uri)
        at = _line(PROFILE, "platform:")
        assert [(item["code"], item["severity"], item["range"]["start"]) for item in found][:1] == [
            (found[0]["code"], 1, {"line": at, "character": 12})
        ]
        assert "a3-mgea" in found[0]["message"]
        client.change(uri, PROFILE)
        assert [item for item in client.diagnostics(uri) if item["severity"] == 1] == []


def test_other_files_are_left_alone(tmp_path: Path) -> None:
    with Client() as client:
        uri = client.open(tmp_path / "p.yaml", "kind: Service\nspec: [\n")
        assert client.diagnostics(uri) == []
        assert client.at("completion", uri, 1, 0) == []


def test_columns_are_utf_16(tmp_path: Path) -> None:
    text = PROFILE.replace("  nodes: 2\n", '  nodes: "🚀🚀" \n').replace(
        "project: my-project", "project: {a: 🚀, b: 1}"
    )
    with Client() as client:
        found = client.diagnostics(client.open(tmp_path / "p.yaml", text))
    at = _line(text, "nodes:")
    spans = [item["range"] for item in found if item["range"]["start"]["line"] == at]
    assert spans[0] == {"start": {"line": at, "character": 9}, "end": {"line": at, "character": 15}}


def test_hover_explains_field_flag_and_platform(tmp_path: Path) -> None:
    with Client() as client:
        uri = client.open(tmp_path / "p.yaml", PROFILE)

        def shown(part: str, column: int) -> str:
            value: str = client.at("hover", uri, _line(PROFILE, part), column)["contents"]["value"]
            return value

        assert shown("  nodes: 2", 3).startswith("spec.nodes\ninteger; optional\n\nMeaning\n")
        assert shown("max-num-seqs", 8).startswith("--max-num-seqs\nvLLM v0.7.3: value, int")
        assert shown("platform:", 14).startswith("a3-mega\na3-megagpu-8g: 8 x NVIDIA H100")


def test_completion_in_a_text_that_is_no_yaml(tmp_path: Path) -> None:
    head = PROFILE[: PROFILE.index("      max-num-seqs")]
    with Client() as client:

        def offered(typed: str) -> list[str]:
            text = head + typed
            uri = client.open(tmp_path / "p.yaml", text)
            line = text.count("\n")
            return [
                item["label"]
                for item in client.at("completion", uri, line, len(typed.rsplit("\n", maxsplit=1)[-1]))
            ]

        flags = offered("      kv-ca")
        assert "kv-cache-dtype" in flags
        assert "nnodes" not in flags  # of later releases
        assert offered("      kv-cache-dtype: ") == ["auto", "fp8", "fp8_e4m3", "fp8_e5m2"]
        assert offered("      trust-remote-code: ") == ["true", "false"]
        assert "VLLM_USE_V1" in offered("    env:\n      V")
        assert {"tensor", "pipeline"} <= set(offered("  parallelism:\n    t"))
        assert "a3-ultra" in offered("  platform: ")
        assert "us-central1" in offered("  cluster:\n    region: ")
        assert "v0.10.2" in offered("  vllm:\n    version: ")


def test_fixes_give_the_text_of_check_fix(tmp_path: Path) -> None:
    path = tmp_path / "p.yaml"
    path.write_text(FAULTY)
    command = [sys.executable, "-m", "r1c", "check", "--fix", str(path)]
    with Client() as client:
        uri = client.open(path, FAULTY)
        (action,) = client.actions(uri, _line(FAULTY, "max-num-seq:"), ["quickfix"])
        (every,) = client.actions(uri, 0, ["source.fixAll"])
    assert action["isPreferred"] is True
    subprocess.run(command, cwd=REPO / "compiler", capture_output=True, check=False)
    assert path.read_text() != FAULTY
    assert applied(FAULTY, action["edit"]["changes"][uri]) == path.read_text()
    assert applied(FAULTY, every["edit"]["changes"][uri]) == path.read_text()


def test_extends_reads_open_files_and_can_be_followed(tmp_path: Path) -> None:
    base = tmp_path / "base.yaml"
    base.write_text(PROFILE.replace("kind: Recipe\n", ""))
    child = "apiVersion: r1c.dev/v1alpha1\nkind: Recipe\nextends: base.yaml\n"
    with Client() as client:
        uri = client.open(tmp_path / "p.yaml", child)
        assert [item for item in client.diagnostics(uri) if item["severity"] == 1] == []
        assert client.at("definition", uri, 2, 11)["uri"] == base.as_uri()
        client.open(base, base.read_text().replace("tensor: 8", "tensor: 5"))
        found = client.diagnostics(uri)
        assert {item["range"]["start"]["line"] for item in found if item["severity"] == 1} == {2}
        places = [item["relatedInformation"][0]["location"]["uri"] for item in found if item["severity"] == 1]
        assert set(places) == {base.as_uri()}


def test_random_edits_do_not_end_the_server(tmp_path: Path) -> None:
    chance = random.Random(20)
    with Client() as client:
        uri = client.open(tmp_path / "p.yaml", PROFILE)
        text = PROFILE
        for _ in range(60):
            start = chance.randrange(len(text))
            new = chance.choice(
                ["", ":", "\n", "  ", "- ", "{", "[", '"', "🚀", "\u2028", "&a", "*a", "\t", "#", "\r"]
            )
            text = text[:start] + new + text[start + chance.randrange(4) :]
            client.change(uri, text)
            line, column = chance.randrange(text.count("\n") + 3), chance.randrange(30)
            for method in ("hover", "completion", "definition"):
                client.at(method, uri, line, column)
            client.actions(uri, line, [])
        client.change(uri, PROFILE)
        assert [item for item in client.diagnostics(uri) if item["severity"] == 1] == []


def test_without_pygls_the_command_says_what_to_install() -> None:
    code = (
        "import sys; sys.modules['pygls'] = None; sys.argv = ['r1c', 'lsp']; "
        "from r1c.__main__ import main; sys.exit(main())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=REPO / "compiler", capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert done.stderr == (
        "r1c: the language server needs pygls and lsprotocol, the extra `lsp` of r1c; "
        f"run `{install.command('pygls', 'lsprotocol')}`\n"
    )
