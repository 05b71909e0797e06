"""The language server as an editor sees it: a real process, spoken to over its pipes."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path
from typing import Any

from editor_client import Client, applied
from r1c.diagnostics import install
from r1c.lsp import known
from r1c.lsp.cursor import Cursor
from r1c.profile.paths import ARGS, ENV

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
        assert shown("max-num-seqs", 8).splitlines()[:3] == [
            "--max-num-seqs",
            "Flag of `vllm serve` in vLLM v0.7.3",
            "Value         integer",
        ]
        assert shown("platform:", 14).startswith("a3-mega\na3-megagpu-8g: 8 x NVIDIA H100")


def test_a_flag_and_a_variable_are_explained_in_the_words_of_r1c_explain() -> None:
    assert known.about(Cursor((*ARGS, "kv-cache-dtype"), on_key=True), "", "v0.10.2") == (
        "--kv-cache-dtype\n"
        "Flag of `vllm serve` in vLLM v0.10.2\n"
        "Value         string\n"
        "One of        auto, fp8, fp8_e4m3, fp8_e5m2, fp8_inc\n"
        "Default       auto"
    )
    assert known.about(Cursor((*ARGS, "disable-log-requests"), on_key=True), "", "v0.10.2") == (
        "--disable-log-requests\n"
        "Flag of `vllm serve` in vLLM v0.10.2\n"
        "Value         true or false\n"
        "Default       not known\n"
        "Deprecated    yes, removed in v0.17.0\n"
        "Instead       --no-enable-log-requests (or leave it out: request logging is off by default from\n"
        "              v0.10.1)"
    )
    assert known.about(Cursor((*ENV, "VLLM_USE_V1"), on_key=True), "", "v0.7.3") == (
        "VLLM_USE_V1\nEnvironment variable that vLLM v0.7.3 reads\nValue         0 or 1\nDefault       0"
    )


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


def completed(client: Client, path: Path, head: str, typed: str, tail: str = "") -> list[str]:
    """Return what is offered after `head` and `typed`, at the end of the line."""
    text = head + typed
    uri = client.open(path, text + tail)
    found = client.at("completion", uri, text.count("\n"), len(text.rsplit("\n", maxsplit=1)[-1]))
    return [item["label"] for item in found]


FIELDS: tuple[tuple[str, list[str]], ...] = (
    ("  network: {mode: ", ["pod", "host"]),
    ("  network: {mode: ho", ["pod", "host"]),
    ('  network: {mode: "', ["pod", "host"]),
    ("  network: {naming: vpc, mode: ", ["pod", "host"]),
    ("  network: {nccl: {NCCL_DEBUG: INFO}, mode: ", ["pod", "host"]),
    ("  network: {\n    mode: ", ["pod", "host"]),
    ("  parallelism: {", ["tensor", "pipeline"]),
    ("  parallelism: {tensor: 8, pi", ["tensor", "pipeline"]),
    ("  scheduling: {tolerations: [{key: a, effect: ", ["NoSchedule", "PreferNoSchedule", "NoExecute"]),
    ("  scheduling:\n    tolerations:\n      - ", ["key", "operator", "value", "effect"]),
    ("  scheduling:\n    tolerations:\n      - key: a\n        ef", ["key", "operator", "value", "effect"]),
    ("  scheduling:\n    targetNodes:\n      - ", []),
    ("  parallelism: {tensor: 8 ", []),
)


def test_completion_in_flow_maps_and_list_items(tmp_path: Path) -> None:
    head = PROFILE[: PROFILE.index("  parallelism:")]
    with Client() as client:
        for typed, offered in FIELDS:
            found = completed(client, tmp_path / "p.yaml", head, typed)
            assert [name for name in found if name in offered] == offered, typed
            assert bool(found) == bool(offered), typed


def test_completion_inside_the_flags(tmp_path: Path) -> None:
    head = PROFILE[: PROFILE.index("    args:")].replace("v0.7.3", "v0.26.0")
    with Client() as client:

        def offered(typed: str) -> list[str]:
            return completed(client, tmp_path / "p.yaml", head, typed)

        assert offered("    args: {dcp-comm-backend: ") == ["ag_rs", "a2a"]
        assert offered("    args:\n      collect-detailed-traces:\n        - ") == ["model", "worker", "all"]
        assert offered("    args: {collect-detailed-traces: [model, ") == ["model", "worker", "all"]
        assert "max_capture_size" not in offered("    args:\n      compilation-config:\n        ")
        assert "cudagraph_mode" in offered("    args:\n      compilation-config:\n        cud")
        assert "deepseek_v31" in offered("    args:\n      tool-call-parser: ")
        assert "fp8" in offered("    args:\n      quantization: ")


def test_a_bracket_that_is_not_closed_above_does_not_count(tmp_path: Path) -> None:
    head = PROFILE[: PROFILE.index("  parallelism:")] + "  storage: {bucket: a\n"
    with Client() as client:
        assert "tensor" in completed(client, tmp_path / "p.yaml", head, "  parallelism:\n    t")


def test_the_release_is_the_one_that_the_recipe_has(tmp_path: Path) -> None:
    """It can be inherited, from a profile or the r1c.yaml, and the open texts come before those on disk."""
    child = "apiVersion: r1c.dev/v1alpha1\nkind: Recipe\nmetadata:\n  name: a\n{}spec:\n  vllm:\n    args:\n"
    path, base = tmp_path / "p.yaml", tmp_path / "base.yaml"
    (tmp_path / "r1c.yaml").write_text(
        "apiVersion: r1c.dev/v1alpha1\nkind: Repository\nspec:\n  defaults:\n"
        "    spec: {vllm: {version: v0.10.2}}\n"
    )
    base.write_text("apiVersion: r1c.dev/v1alpha1\nspec:\n  vllm:\n    version: v0.26.0\n")
    with Client() as client:

        def has(head: str, typed: str) -> str:
            flags = completed(client, path, head, typed)
            return "newer" if "attention-backend" in flags else "older" if "max-model-len" in flags else ""

        for typed in ("      ", "      kv-cach", "      max-model-len: 1\n      x"):
            assert has(child.format(""), typed) == "older"
            assert has(child.format("extends: base.yaml\n"), typed) == "newer"
        client.open(base, base.read_text().replace("v0.26.0", "v0.9.0"))
        assert has(child.format("extends: base.yaml\n"), "      kv-cach") == "older"
        own = child.format("extends: base.yaml\n").replace(
            "    args:", "    version: v0.26.0 # new\n    args:"
        )
        assert has(own, "      kv-cach") == "newer"
        uri = client.open(path, child.format("extends: base.yaml\n") + "      max-num-seqs: 8\n")
        shown = client.at("hover", uri, 8, 10)["contents"]["value"]
        assert shown.startswith("--max-num-seqs\nFlag of `vllm serve` in vLLM v0.9.0\n")


def test_an_unsaved_r1c_yaml_counts_for_the_open_profiles(tmp_path: Path) -> None:
    """It counts from the moment that it is open, on disk or not, and the profiles are checked again."""
    (tmp_path / ".git").mkdir()
    text = "apiVersion: r1c.dev/v1alpha1\nkind: Repository\nspec:\n  allow:\n    platforms: [{}]\n"
    with Client() as client:
        profile = client.open(tmp_path / "profiles" / "p.yaml", PROFILE)
        assert client.diagnostics(profile) == []
        repository = client.open(tmp_path / "r1c.yaml", text.format("a4"))
        assert [item["code"] for item in client.diagnostics(profile)] == ["R1C192"]
        client.change(repository, text.format("a3-mega"))
        assert client.diagnostics(profile) == []
        release = "  defaults: {spec: {vllm: {version: v0.9.0}}}\n"
        client.change(repository, text.format("a3-mega") + release)
        client.change(profile, PROFILE.replace("    version: v0.7.3\n", ""))
        shown = client.at("hover", profile, _line(PROFILE, "max-num-seqs") - 1, 8)["contents"]["value"]
        assert "vLLM v0.9.0" in shown
        client.change(repository, text.format("a4"))
        client.tell("textDocument/didClose", {"textDocument": {"uri": repository}})
        assert "R1C192" not in [item["code"] for item in client.diagnostics(profile)]


def test_a_release_is_read_also_beside_an_r1c_yaml_with_faults(tmp_path: Path) -> None:
    (tmp_path / "r1c.yaml").write_text("apiVersion: r1c.dev/v1alpha1\nkind: Repository\nspec: []\n")
    with Client() as client:
        uri = client.open(tmp_path / "p.yaml", PROFILE)
        shown = client.at("hover", uri, _line(PROFILE, "max-num-seqs"), 8)["contents"]["value"]
    assert shown.startswith("--max-num-seqs\nFlag of `vllm serve` in vLLM v0.7.3\n")


def test_the_outline_has_every_field(tmp_path: Path) -> None:
    text = (
        "apiVersion: r1c.dev/v1alpha1\nkind: Recipe\nspec:\n  scheduling:\n    tolerations:\n      - key: a\n"
    )

    def tree(symbols: list[dict[str, Any]]) -> list[Any]:
        return [
            (item["name"], item.get("detail"), item["range"]["end"]["line"], tree(item.get("children") or []))
            for item in symbols
        ]

    with Client() as client:
        uri = client.open(tmp_path / "p.yaml", text)
        asked = {"textDocument": {"uri": uri}}
        found = client.ask("textDocument/documentSymbol", asked)
        client.change(uri, f"{text}]")
        broken = client.ask("textDocument/documentSymbol", asked)
        client.change(uri, text.replace("kind: Recipe", "kind: Pod").replace("r1c.dev/v1alpha1", "v1"))
        other = client.ask("textDocument/documentSymbol", asked)
    item: tuple[Any, ...] = ("[0]", None, 5, [("key", "a", 5, [])])
    tolerations = ("tolerations", None, 5, [item])
    assert tree(found) == [
        ("apiVersion", "r1c.dev/v1alpha1", 0, []),
        ("kind", "Recipe", 1, []),
        ("spec", None, 5, [("scheduling", None, 5, [tolerations])]),
    ]
    assert found[1]["selectionRange"] == {
        "start": {"line": 1, "character": 0},
        "end": {"line": 1, "character": 4},
    }
    assert broken == other == []


def test_exit_without_shutdown_is_an_error() -> None:
    client = Client().__enter__()
    assert client.exit() == 1


RAISING = """
from r1c import pipeline
known = pipeline.analyse
def analyse(name, raw, *others):
    if b"tensor: 5" in raw:
        raise ZeroDivisionError("a rule has a fault")
    return known(name, raw, *others)
from r1c.commands import inputs
inputs.analyse = analyse
"""


def test_a_rule_that_raises_is_logged_and_the_server_goes_on(tmp_path: Path) -> None:
    with Client(RAISING) as client:
        uri = client.open(tmp_path / "p.yaml", PROFILE.replace("tensor: 8", "tensor: 8x"))
        before = client.diagnostics(uri)
        assert [item for item in before if item["severity"] == 1]
        client.change(uri, PROFILE.replace("tensor: 8", "tensor: 5"))
        assert client.diagnostics(uri) == before  # nothing new is known
        assert client.logged == ["r1c: ZeroDivisionError: a rule has a fault"]
        assert client.actions(uri, 0, []) == []
        client.change(uri, PROFILE)
        assert [item for item in client.diagnostics(uri) if item["severity"] == 1] == []


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
