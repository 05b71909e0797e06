"""What a script runs, held against what bash runs; a program that prints its arguments is the server."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from r1c.diagnostics import UserError
from r1c.shell import syntax
from r1c.shell.expansion import LONGEST
from r1c.shell.kubelet import expanded
from r1c.shell.run import run, run_text
from r1c.shell.script import Place, Script, Text, Word

ENVIRONMENT = {"A": "2", "B": "3", "WORDS": "x  y", "EMPTY": "", "LWS_WORKER_INDEX": "0"}
PROGRAM = "import json, sys; print(json.dumps(sys.argv[1:]))"


def followed(text: str, **more: str) -> Script:
    return run_text(Text(text), {name: Word(value) for name, value in {**ENVIRONMENT, **more}.items()})


def servers(script: Script) -> list[list[str]]:
    return [[word.text for word in one.argv[1:]] for one in script.commands if one.name == "vllm"]


@pytest.fixture(scope="module")
def vllm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bin")
    program = folder / "vllm"
    program.write_text(f"#!{sys.executable} -IS\n{PROGRAM}\n", encoding="utf-8")
    program.chmod(0o755)
    return folder


def in_bash(folder: Path, text: str, **more: str) -> list[list[str]]:
    """Return what bash gives the program, a list for each time that it is started."""
    done = subprocess.run(
        ["bash", "-c", text],
        env={"PATH": f"{folder}:/usr/bin:/bin", **ENVIRONMENT, **more},
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("[")]


SCRIPTS = [
    "vllm serve a/b --x 1",
    "vllm serve 'a b' \"c $A\" d\\ e --x=$A",
    'vllm serve $WORDS "$WORDS" $EMPTY "$EMPTY" \'\'',
    "vllm serve \\\n  --x 1 \\\n  --y 2 # it's a comment",
    "vllm serve \\\n  # it ends the command\n  --x 1 2>/dev/null || true",
    'vllm serve a --json \'{"level": 3, "b": [1]}\' --list 1 2',
    "vllm serve $((A * B)) $((LWS_WORKER_INDEX + 010)) $((-7 / 2)) $((7 % -4)) $(( (A + 1) * ${B} ))",
    'vllm serve ${A} ${NONE:-7} ${EMPTY:-8} ${EMPTY-9} ${A:+set} ${EMPTY:+set} ${NONE-x y} "${NONE:-x y}"',
    "F=/models/deepseek-ai/R1.tar.gz; vllm serve ${F##*/} ${F%/*} ${F%.gz} ${F%%.*} ${F#*/}",
    "TP=8 M=a/b; vllm serve $M --tp=$TP; export X=1; vllm serve $X",
    'A=1 vllm serve "$A"; A=${X:-none}; vllm serve $A',
    "set -euo pipefail\nMODEL=a\nMODEL+=/b\nvllm serve $MODEL",
    "ARGS=(--x 1); ARGS+=(--y 'a b'); vllm serve \"${ARGS[@]}\" ${ARGS[@]} ${ARGS[1]}",
    "ARGS='--x 1 --y 2'; vllm serve $ARGS; vllm serve \"$ARGS\"",
    'if [ "$LWS_WORKER_INDEX" = 0 ]; then vllm serve lead; else vllm serve work; fi',
    "if [[ $LWS_WORKER_INDEX -ne 0 ]]; then vllm serve work"
    "; elif [[ $A == 2* && -n $B ]]; then vllm serve lead; fi",
    "case $LWS_WORKER_INDEX in 0|9) vllm serve lead;; *) vllm serve work;; esac",
    'case x$A in x[0-9]) vllm serve digit ;; esac; case $WORDS in "x"*) vllm serve quoted ;; esac',
    'test -z "$EMPTY" && vllm serve empty; [ -n "$A" ] || vllm serve never; ! false && vllm serve not',
    "[ $A -gt 1 ] && [ $B -le 3 ] && vllm serve both; (( A < B )) && vllm serve less",
    "for i in 0 1 $A; do vllm serve --rank $i & done; wait",
    "serve() { local n=$1; shift; vllm serve $n \"$@\"; }\nserve a --x 'b c'; serve d",
    "f() { return; vllm serve never; }; f; vllm serve after",
    "(X=2; vllm serve $X); vllm serve ${X:-unset}",
    "bash -c 'vllm serve \"$@\" $1' name a 'b c'",
    "bash -ec \"vllm serve $A\"; sh -c 'exec vllm serve $A'; vllm serve after",
    "exec env -u A X=1 vllm serve one; vllm serve never",
    "nohup vllm serve a; nice -n 5 vllm serve b; timeout 5 vllm serve c; command vllm serve d",
    "cat > run.sh <<EOF\nvllm serve heredoc --x $A\nEOF\n"
    "bash run.sh; source ./run.sh 2>/dev/null || . run.sh",
    "cat > plain.sh <<'EOF'\nvllm serve $A '$B'\nEOF\nbash plain.sh",
    "eval \"vllm serve $A --x 'b c'\"",
    'C="vllm serve --x \\"b  c\\""; C+=" --y $A"; eval "$C"; eval $C --z; eval exec vllm \'a b\' \\$A',
    "set -- a 'b c'; vllm serve \"$@\" $# $1; shift; vllm serve $1",
    "vllm serve a | cat; { vllm serve b; vllm serve c; } 2>&1 | cat",
    "vllm serve a; exit 0; vllm serve never",
    'if ! [ -z "$A" ]; then vllm serve a; fi; if true; then vllm serve b; fi',
    'printf x >/dev/null; vllm serve $\'a\\tb\' "a\\"b" "a\\nb" \'a\\nb\' a\\"b',
]


@pytest.mark.parametrize("text", SCRIPTS)
def test_a_script_runs_what_bash_runs(text: str, vllm: Path) -> None:
    expected = in_bash(vllm, text)
    assert expected
    found = servers(followed(text))
    # What runs in the background may print in another order.
    assert sorted(found) == sorted(expected) if "&" in text else found == expected


_WORD = st.text("ab \t'\"\\$1{}=-/.,é", max_size=8)


@settings(max_examples=60, deadline=None)
@given(st.lists(_WORD, max_size=5))
def test_quoted_words_come_back(words: list[str]) -> None:
    quoted = " ".join("'" + word.replace("'", "'\\''") + "'" for word in words)
    assert servers(followed(f"vllm {quoted}")) == [words]


@settings(max_examples=200, deadline=None)
@given(st.text("ab ;&|<>(){}[]$\"'\\\n`#*=-+!1", max_size=40))
def test_no_text_stops_the_reading(text: str) -> None:
    script = followed(text)
    for word in (*script.unread, *script.idle):
        assert text[word.place.start : word.place.end] == word.text


@pytest.mark.parametrize(
    "text",
    [
        "X=ab\n" + "X=$X$X\n" * 60 + "vllm serve $X",
        "X=(a b)\n" + 'X=("${X[@]}" "${X[@]}")\n' * 40 + 'vllm serve "${X[@]}"',
        "for a in 1 2 3 4 5 6 7 8; do " * 8 + "X=1" + "; done" * 8,
        "\n".join(f"f{at}() {{ f{at + 1}; f{at + 1}; }}" for at in range(30)) + "\nf0",
        "(" * 3000 + "a" + ")" * 3000,
        "vllm serve $((" + "(" * 2000 + "1" + ")" * 2000 + "))",
        "a && " * 3000 + "vllm serve",
    ],
    ids=["text", "array", "loops", "functions", "brackets", "arithmetic", "list"],
)
def test_a_script_that_would_grow_without_end_is_followed_only_so_far(text: str) -> None:
    script = followed(text)
    words = [word for one in script.commands for word in one.argv]
    assert len(script.commands) <= 2000
    assert sum(len(word.text) for word in words) <= 2 * LONGEST


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("vllm serve $(cat /model) --x 1", [["serve", "$(cat /model)?", "--x", "1"]]),
        (
            "vllm serve --host=$(hostname -i) `nproc` $NONE",
            [["serve", "--host=$(hostname -i)?", "`nproc`?", "$NONE?"]],
        ),
        ("X=$(nproc); vllm serve $X $((X * 2))", [["serve", "$(nproc)?", "$((X * 2))?"]]),
        ("for ((i=0; i<2; i++)); do vllm serve $i; done", [["serve", "$i?"]]),
        ("while read -r line; do vllm serve $line; done", [["serve", "$line?"]]),
        ("if [ -e /x ]; then X=1; else X=2; fi; vllm serve $X", [["serve", "$X?"]]),
        ("if [ -e /x ]; then X=1; else X=1; fi; vllm serve $X", [["serve", "1"]]),
        ("[ -e /x ] && A=9; vllm serve $A", [["serve", "$A?"]]),
        ("vllm serve ${A/2/3} ${A^^}", [["serve", "${A/2/3}?", "${A^^}?"]]),
    ],
)
def test_what_is_not_known_is_kept_as_it_is_written(text: str, expected: list[list[str]]) -> None:
    found = [
        [word.text + ("" if word.known else "?") for word in one.argv[1:]]
        for one in followed(text).commands
        if one.name == "vllm"
    ]
    assert found == expected


def test_a_condition_that_is_not_known_is_taken_both_ways_and_named() -> None:
    script = followed('if [ -e "/x y" ]; then vllm serve a; else vllm serve b; fi; vllm serve c')
    assert [(one.argv[2].text, one.conditions) for one in script.commands] == [
        ("a", ('[ -e "/x y" ]',)),
        ("b", ('not ([ -e "/x y" ])',)),
        ("c", ()),
    ]


def test_what_does_not_run_and_what_is_not_read_is_named() -> None:
    script = followed("if false; then rm -r x; fi\nf() { never; }\nexit 0\nlast 1")
    assert [word.text for word in script.idle] == ["rm -r x", "never", "last 1"]
    assert [word.text for word in followed("vllm serve a )").unread] == [")"]


def test_the_environment_of_a_command_is_what_is_exported() -> None:
    script = followed("C=1; export D=$A; E=4 vllm serve; unset D; vllm serve")
    first, second = script.commands
    assert {name: word.text for name, word in first.environment.items() if name not in ENVIRONMENT} == {
        "D": "2",
        "E": "4",
    }
    assert first.assigned == ("D", "E")
    assert second.assigned == ()


def test_a_prefix_is_kept_beside_the_command() -> None:
    (one,) = followed("numactl --interleave=all uv run --no-sync vllm serve a").commands
    assert [word.text for word in one.argv] == ["vllm", "serve", "a"]
    assert [word.text for word in one.prefix] == ["numactl", "--interleave=all", "uv", "run", "--no-sync"]


def test_files_that_a_script_writes() -> None:
    text = "cat <<EOF > /a.yaml\nx: $A\ny: $NONE\nEOF\ntee /b <<'EOF'\n$A\nEOF\n"
    text += "echo -n hi >/c\ncat <<-EOF | tee /d\n\tz\n\tEOF\n"
    files = [(file.path.text, file.content.text, file.content.unknown) for file in followed(text).files]
    assert files == [
        ("/a.yaml", "x: 2\ny: $NONE\n", ("$NONE",)),
        ("/b", "$A\n", ()),
        ("/c", "hi", ()),
        ("/d", "z\n", ()),
    ]


def test_a_word_has_its_place_in_the_source_also_behind_what_the_kubelet_replaced() -> None:
    environment = {"LONG": Word("a-much-longer-value"), "POD": Word("$POD", ("$POD",))}
    source = 'é $(LONG) $$A; exec vllm serve "$(POD)" --x=1'
    text = expanded(source, ("args", 0), environment)
    assert text.value == 'é a-much-longer-value $A; exec vllm serve "$(POD)" --x=1'
    (command,) = [one for one in run_text(text, environment).commands if one.name == "vllm"]
    places = [word.place for word in command.argv]
    assert [source[place.start : place.end] for place in places] == ["vllm", "serve", '"$(POD)"', "--x=1"]
    assert {place.path for place in places} == {("args", 0)}
    assert command.argv[2].unknown == ("$(POD)",)


@pytest.mark.parametrize(
    "source",
    [
        'eval "vllm serve é --x \\"b c\\" --y 2"',
        "C='vllm serve é --x \"b c\"'\nC+=' --y 2'\neval \"$C\"",
        "export C='vllm serve é --x \"b c\"   --y 2'\neval exec $C",
        "eval vllm serve é \"--x 'b c'\" --y 2",
        'bash -c "vllm serve é --x \\"b c\\" --y 2"',
    ],
)
def test_a_word_inside_a_word_has_its_place_in_the_source(source: str) -> None:
    (command,) = run_text(Text(source, ("args", 0)), {}).commands
    places = [word.place for word in command.argv]
    shown = [source[place.start : place.end].replace("\\", "").replace("'b c'", '"b c"') for place in places]
    assert shown == ["vllm", "serve", "é", "--x", '"b c"', "--y", "2"]
    assert [word.text for word in command.argv] == ["vllm", "serve", "é", "--x", "b c", "--y", "2"]


def test_a_variable_that_eval_runs_may_be_of_the_container() -> None:
    place = Place(("env", 0, "value"), 0, len("vllm serve --x 1"))
    script = run_text(Text("eval $RUN", ("args", 0)), {"RUN": Word("vllm serve --x 1", (), place)})
    places = [word.place for word in script.commands[0].argv]
    assert [(one.path, one.start, one.end) for one in places][2:] == [
        (("env", 0, "value"), 11, 14),
        (("env", 0, "value"), 15, 16),
    ]


def test_what_eval_runs_is_named_where_it_is_not_known() -> None:
    script = followed('eval $NONE; eval "vllm serve \'$NONE\' --x $A"; eval "$(cat run.sh)"')
    assert [word.text for word in script.unread] == ["eval $NONE", "eval $(cat run.sh)"]
    assert [one.name for one in script.commands] == ["eval", "vllm", "eval"]
    assert [(word.text, word.known) for word in script.commands[1].argv[2:]] == [
        ("$NONE", False),
        ("--x", True),
        ("2", True),
    ]


def test_a_command_without_a_shell_is_one_command() -> None:
    argv = [
        expanded(text, ("command", at), {"M": Word("a/b")})
        for at, text in enumerate(["vllm", "serve", "$(M)"])
    ]
    (command,) = run(argv, {}).commands
    assert [word.text for word in command.argv] == ["vllm", "serve", "a/b"]


def test_the_parser_is_asked_for_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tree_sitter_bash", None)
    with pytest.raises(UserError, match="-m pip install tree-sitter tree-sitter-bash"):
        syntax.tree(Text("vllm serve"))
