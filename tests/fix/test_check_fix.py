"""`r1c check --fix`: what is written where, what is printed, and with which exit status."""

from __future__ import annotations

import json
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from r1c.cli import main
from r1c.fix.texts import Texts

BASE = (Path(__file__).parents[1] / "base.yaml").read_text(encoding="utf-8")
MISSPELT = BASE.replace("max-num-seqs:", "max_num_seqs:   ").replace("tensor: 8", "tensor: '8'  # a node")
Captured = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "p.yaml").write_text(MISSPELT, encoding="utf-8")
    return tmp_path


def test_check_alone_offers_the_fix_and_writes_nothing(here: Path, capsys: Captured) -> None:
    assert main(["check", "p.yaml"]) == 1
    said = capsys.readouterr().err
    assert said.endswith("2 errors\n[*] 2 can be fixed with `r1c check --fix`\n")
    assert (here / "p.yaml").read_text(encoding="utf-8") == MISSPELT


def test_fix_changes_two_values_and_no_other_byte(here: Path, capsys: Captured) -> None:
    assert main(["check", "p.yaml", "--fix"]) == 0
    wanted = BASE.replace("max-num-seqs:", "max-num-seqs:   ").replace("tensor: 8", "tensor: 8  # a node")
    assert (here / "p.yaml").read_text(encoding="utf-8") == wanted
    output = capsys.readouterr()
    lines = MISSPELT.splitlines()
    flag, tensor = (
        next(number for number, line in enumerate(lines, 1) if word in line)
        for word in ("max_num_seqs", "tensor")
    )
    assert output.out == ""
    assert output.err == (
        f"fixed[R1C405]: max_num_seqs is not the long name of the flag (p.yaml:{flag})\n"
        'fixed[R1C103]: spec.parallelism.tensor: expected an integer, got the string "8"'
        f" (p.yaml:{tensor})\n"
        "2 faults were fixed in 1 file\n"
    )
    assert main(["check", "p.yaml", "--fix"]) == 0
    assert capsys.readouterr() == ("1 profile checked, no faults found\n", "")


def test_diff_prints_a_patch_and_writes_nothing(here: Path, capsys: Captured) -> None:
    assert main(["check", "p.yaml", "--diff", "-q"]) == 1
    patch = capsys.readouterr().out
    assert (here / "p.yaml").read_text(encoding="utf-8") == MISSPELT
    subprocess.run(["git", "apply", "-"], input=patch.encode(), check=True, cwd=here)
    assert main(["check", "p.yaml", "--diff", "--strict"]) == 0


def test_the_faults_that_remain_decide_the_status(here: Path, capsys: Captured) -> None:
    text = MISSPELT.replace("pipeline: 2", "pipeline: 3")
    (here / "p.yaml").write_text(text, encoding="utf-8")
    assert main(["check", "p.yaml", "--fix"]) == 1
    said = capsys.readouterr().err
    assert said.startswith("error[R1C204]: tensor 8 x pipeline 3 is 24 ranks")
    assert "\n1 error\n1 can be fixed with `r1c check --unsafe-fixes`\nfixed[R1C405]" in said
    assert main(["check", "p.yaml", "--unsafe-fixes"]) == 0
    assert "nodes: 3" in (here / "p.yaml").read_text(encoding="utf-8")


def test_standard_input_is_printed_fixed() -> None:
    command = [sys.executable, "-m", "r1c", "check", "-", "--fix"]
    done = subprocess.run(command, input=MISSPELT.encode(), capture_output=True, check=True)
    assert done.stdout.decode().count("max-num-seqs:") == 1
    assert done.stderr.endswith(b"2 faults were fixed in 1 file\n")
    clean = subprocess.run(command, input=done.stdout, capture_output=True, check=True)
    assert clean.stdout == done.stdout
    assert clean.stderr == b""


def test_a_format_for_tools_needs_standard_output(capsys: Captured) -> None:
    assert main(["check", "p.yaml", "--diff", "--format", "json"]) == 2
    said = capsys.readouterr().err
    assert said == "r1c: --format json: standard output is for the patch; use --format text\n"


def test_json_after_a_fix_has_what_remains(capsys: Captured) -> None:
    assert main(["check", "p.yaml", "--fix", "--format", "json", "-q"]) == 0
    assert json.loads(capsys.readouterr().out) == {"diagnostics": []}


def test_formats_for_tools_have_the_lines_to_replace(capsys: Captured) -> None:
    number = next(number for number, line in enumerate(MISSPELT.splitlines(), 1) if "max_num" in line)
    main(["check", "p.yaml", "--format", "json"])
    fix = json.loads(capsys.readouterr().out)["diagnostics"][0]["fix"]
    new = "      max-num-seqs:    128\n"
    place = {"file": "p.yaml", "first": number, "last": number}
    assert fix == {"safe": True, "replacements": [{**place, "text": new}]}
    main(["check", "p.yaml", "--format", "sarif"])
    found = json.loads(capsys.readouterr().out)["runs"][0]["results"][0]["fixes"]
    region = {"startLine": number, "startColumn": 1, "endLine": number + 1, "endColumn": 1}
    assert found == [
        {
            "description": {"text": "write max-num-seqs"},
            "artifactChanges": [
                {
                    "artifactLocation": {"uri": "p.yaml"},
                    "replacements": [{"deletedRegion": region, "insertedContent": {"text": new}}],
                }
            ],
            "properties": {"safe": True},
        }
    ]
    main(["check", "p.yaml", "--format", "github"])
    line = capsys.readouterr().out.splitlines()[0]
    assert line.endswith(f"%0Asuggestion: instead of line {number} of p.yaml, write%0A{new.rstrip()}")


def test_the_value_is_edited_in_the_profile_that_has_it(here: Path, capsys: Captured) -> None:
    (here / "family").mkdir()
    (here / "family" / "base.yaml").write_text(MISSPELT.replace("kind: Recipe\n", ""), encoding="utf-8")
    child = "extends: family/base.yaml\nkind: Recipe\nmetadata:\n  name: child  # mine\n"
    for name in ("p.yaml", "q.yaml"):
        (here / name).write_text(child.replace("child", name[0]), encoding="utf-8")
    assert main(["check", "p.yaml", "q.yaml", "--fix"]) == 0
    assert "fixed in 1 file\n" in capsys.readouterr().err
    assert "max-num-seqs" in (here / "family" / "base.yaml").read_text(encoding="utf-8")
    assert (here / "p.yaml").read_text(encoding="utf-8") == child.replace("child", "p")


def test_defaults_of_the_repository_are_named_and_not_edited(here: Path, capsys: Captured) -> None:
    r1c = "apiVersion: r1c.dev/v1alpha1\nkind: Repository\nspec:\n  defaults:\n    spec:\n      vllm:\n"
    r1c += "        args: {enforce_eager: true}\n"
    (here / "r1c.yaml").write_text(r1c, encoding="utf-8")
    (here / "p.yaml").write_text(BASE, encoding="utf-8")
    assert main(["check", "p.yaml", "--fix"]) == 1
    said = capsys.readouterr().err
    assert "error[R1C405]: enforce_eager" in said
    assert said.endswith("1 error\nnot fixed[R1C405]: r1c does not edit r1c.yaml (r1c.yaml:7)\n")
    assert (here / "r1c.yaml").read_text(encoding="utf-8") == r1c


def test_an_edit_that_brings_an_error_is_not_made(here: Path, capsys: Captured) -> None:
    text = BASE.replace("version: v0.7.3", "version: v0.13.0")
    text = text.replace("max-num-seqs", "eplb-config: {num_redundant_expert: 32}\n      max-num-seqs")
    (here / "p.yaml").write_text(text, encoding="utf-8")
    assert main(["check", "p.yaml", "--fix"]) == 1
    said = capsys.readouterr().err
    assert said.startswith("error[R1C434]: eplb-config has no key num_redundant_expert")
    assert said.endswith("1 error\nnot fixed[R1C434]: the profile would have the error R1C213 (p.yaml:13)\n")
    assert (here / "p.yaml").read_text(encoding="utf-8") == text


def test_a_file_that_changes_meanwhile_is_not_overwritten(
    here: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    def late(texts: Texts) -> None:
        (here / "p.yaml").write_text("edited: elsewhere\n", encoding="utf-8")
        save(texts)

    save = Texts.save
    monkeypatch.setattr(Texts, "save", late)
    assert main(["check", "p.yaml", "--fix"]) == 2
    said = capsys.readouterr().err
    assert said == "r1c: p.yaml: changed while r1c was checking it; no file was fixed\n"
    assert (here / "p.yaml").read_text(encoding="utf-8") == "edited: elsewhere\n"


def test_mode_line_ends_mark_and_link_stay(here: Path) -> None:
    raw = b"\xef\xbb\xbf" + MISSPELT.replace("\n", "\r\n").encode()
    (here / "real").mkdir()
    target = here / "real" / "p.yaml"
    target.write_bytes(raw)
    target.chmod(0o640)
    (here / "p.yaml").unlink()
    (here / ".git").mkdir()
    (here / "p.yaml").symlink_to(target)
    assert main(["check", "p.yaml", "--fix"]) == 0
    wanted = raw.replace(b"max_num_seqs", b"max-num-seqs").replace(b"'8'", b"8")
    assert target.read_bytes() == wanted
    assert (here / "p.yaml").is_symlink()
    assert stat.S_IMODE(target.stat().st_mode) == 0o640
    assert [path.name for path in (here / "real").iterdir()] == ["p.yaml"]


def test_a_link_out_of_the_repository_is_not_followed(here: Path, capsys: Captured) -> None:
    (here / "repository" / ".git").mkdir(parents=True)
    (here / "repository" / "p.yaml").symlink_to(here / "p.yaml")
    assert main(["check", "repository/p.yaml", "--fix"]) == 1
    assert "repository/p.yaml is outside the repository, or not a regular file" in capsys.readouterr().err
    assert (here / "p.yaml").read_text(encoding="utf-8") == MISSPELT


def test_no_format_shows_a_credential(here: Path, capsys: Captured) -> None:
    secret = "correct-horse-battery"
    text = BASE.replace("    args:", f"    env: {{VLLM_LOGING_LEVEL: INFO, MY_TOKEN: {secret}}}\n    args:")
    (here / "p.yaml").write_text(text, encoding="utf-8")
    for options in (["--format", "json"], ["--format", "sarif"], ["--format", "github"], ["--diff"]):
        main(["check", "p.yaml", *options])
        output = capsys.readouterr()
        assert secret not in output.out + output.err, options
        assert "VLLM_LOGING_LEVEL" in output.out


def test_plain_checks_do_not_load_what_fixes() -> None:
    code = (
        "import sys; from r1c.cli import main; main(['check', 'p.yaml']);"
        "print([name for name in sys.modules if name.startswith(('r1c.fix', 'ruamel', 'difflib'))])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_a_round_trip_of_ruamel_yaml_sees_the_same_comments_order_and_quotes(here: Path) -> None:
    text = MISSPELT.replace("spec:\n", "# about the spec\nspec:\n", 1).replace(
        "    args:", "    env:\n      'A': \"one\"  # quoted\n      VLLM_LOGING_LEVEL: &x 'INFO'\n    args:"
    )
    (here / "p.yaml").write_text(text, encoding="utf-8")
    assert main(["check", "p.yaml", "--fix"]) == 0
    yaml = YAML(typ="rt")
    yaml.preserve_quotes = True
    yaml.width = 4096
    before, after = yaml.load(text), here / "after.yaml"
    env, args = before["spec"]["vllm"]["env"], before["spec"]["vllm"]["args"]
    env.insert(1, "VLLM_LOGGING_LEVEL", env.pop("VLLM_LOGING_LEVEL"))
    args.insert(list(args).index("max_num_seqs"), "max-num-seqs", args.pop("max_num_seqs"))
    before["spec"]["parallelism"]["tensor"] = 8
    yaml.dump(before, after)
    round_trip = after.read_text(encoding="utf-8").split()
    assert (here / "p.yaml").read_text(encoding="utf-8").split() == round_trip
