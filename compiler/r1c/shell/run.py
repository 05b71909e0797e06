"""A script and an environment -> the commands that it runs.

Nothing is started: the script is followed as far as its values are known.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from r1c.shell.expansion import heredoc, value, words
from r1c.shell.inner_script import as_text, inner_script, spaced, together
from r1c.shell.prefixes import Unwrapped, unwrapped
from r1c.shell.script import Command, Container, File, Script, Text, Word, joined
from r1c.shell.state import State
from r1c.shell.statements import COMMANDS, COUNTED, STEPS, Statements
from r1c.shell.syntax import Node, Tree, below, tree

SHELLS = ("sh", "bash", "ash", "dash", "zsh")
_STARTING = (*SHELLS, "eval")
_DEPTH = 12
"""Scripts and functions in each other."""
_ITEMS = 2000
"""Items of an array."""


def run(argv: Sequence[Text], environment: Mapping[str, Word]) -> Script:
    """Return what a command line runs: a shell's script is followed, any other command is the only one."""
    runner, state = _Runner(), State(environment)
    words_ = tuple(_as_word(text) for text in argv)
    runner.texts |= dict(zip(words_, argv, strict=True))
    runner.command(words_, state, state)
    return runner.script(state)


def run_text(text: Text, environment: Mapping[str, Word]) -> Script:
    """Return what a script runs outside of a container, such as a command line."""
    runner, state = _Runner(), State(environment)
    runner.text(text, state)
    return runner.script(state)


def _as_word(text: Text) -> Word:
    return Word(text.value, text.unknown, text.place(0, len(text.value)))


class _Runner(Statements):
    """Follows one script. One object, used once."""

    def __init__(self) -> None:
        super().__init__()
        self.files: list[File] = []
        self.functions: dict[str, tuple[Tree, Node]] = {}
        self.written: dict[Word, None] = {}
        self.texts: dict[Word, Text] = {}
        self.container: Container | None = None
        self.depth = 0

    def script(self, state: State) -> Script:
        if self.steps > STEPS or len(self.commands) > COMMANDS:
            self.unread.append(Word(f"what follows {STEPS:,} statements"))
        idle = tuple(word for word in self.written if word not in self.ran)
        return Script(
            tuple(self.commands), tuple(dict.fromkeys(self.files)), tuple(dict.fromkeys(self.unread)), idle,
            dict(state.values),
        )  # fmt: skip

    def text(self, text: Text, state: State) -> None:
        """Follow a script."""
        if self.depth >= _DEPTH:
            self.unread.append(_as_word(text))
            return
        parsed = tree(text)
        self.written |= {parsed.word(node): None for node in below(parsed.root, *COUNTED)}
        self.unread += [parsed.word(node) for node in below(parsed.root, "ERROR")]
        self.depth += 1
        try:
            self.body(parsed, parsed.root.children, state)
        except RecursionError:
            # Thousands of brackets in each other.
            self.unread.append(_as_word(text))
        self.depth -= 1

    def _function_definition(self, tree: Tree, node: Node, _: State) -> None:
        name, body = node.child_by_field_name("name"), node.child_by_field_name("body")
        if name is not None and body is not None:
            self.functions[tree.source(name)] = (tree, body)

    def _variable_assignment(self, tree: Tree, node: Node, state: State) -> None:
        self.assign(tree, node, state)

    def _variable_assignments(self, tree: Tree, node: Node, state: State) -> None:
        self.body(tree, node.named_children, state)

    def assign(self, tree: Tree, node: Node, state: State, *, export: bool = False) -> None:
        self.ran.add(tree.word(node))
        self.inside(tree, node)
        target, given = node.child_by_field_name("name"), node.child_by_field_name("value")
        if target is None:
            return
        name, adds = tree.source(target), any(child.type == "+=" for child in node.children)
        if target.type == "subscript":
            state.forget(tree.source(target.named_children[0]), tree.source(target))
        elif given is not None and given.type == "array":
            items = [word for child in given.named_children if child.type != "comment"
                     for word in words(tree, child, state)]  # fmt: skip
            whole = (*(state.arrays.get(name, ()) if adds else ()), *items)
            if len(whole) > _ITEMS:
                whole = (Word(f"${{{name}[@]}}", (f"${{{name}[@]}}",)),)
            state.assign(name, next(iter(whole), Word("")))
            state.arrays[name] = whole
        else:
            own = value(tree, given, state) if given is not None else Word("", (), tree.place(node))
            if given is not None and " " in own.text:
                self.scripts([own], inner_script(tree, given, state, self.texts), name)
            before_ = state.values.get(name)
            if adds and before_ is not None:
                text = together([as_text(before_, self.texts), as_text(own, self.texts)], by="")
                own = joined(before_, own)
                self.texts[own] = text
            state.assign(name, own, export=export)

    def _declaration_command(self, tree: Tree, node: Node, state: State) -> None:
        self.ran.add(tree.word(node))
        first = tree.source(node.children[0])
        options = "".join(tree.source(child) for child in node.named_children if child.type == "word")
        export = first == "export" or "x" in options
        for child in node.named_children:
            if child.type == "variable_assignment":
                self.assign(tree, child, state, export=export)
            elif child.type == "variable_name" and export:
                state.exported.add(tree.source(child))

    def _unset_command(self, tree: Tree, node: Node, state: State) -> None:
        for child in node.named_children:
            name = tree.source(child)
            state.values.pop(name, None)
            state.arrays.pop(name, None)

    def _redirected_statement(self, tree: Tree, node: Node, state: State) -> None:
        body = node.child_by_field_name("body")
        redirects = node.children_by_field_name("redirect")
        self.inside(tree, node, redirects)
        here = next((child for child in redirects if child.type == "heredoc_redirect"), None)
        content = heredoc(tree, here, state) if here is not None else None
        nested = [inner for child in redirects for inner in (child, *child.named_children)]
        target = next(
            (
                value(tree, child.named_children[-1], state)
                for child in nested
                if child.type == "file_redirect" and child.children[0].type in (">", ">>")
            ),
            None,
        )
        count = len(self.commands)
        if body is not None:
            self.node(tree, body, state)
        if here is not None:
            # What follows the heredoc on its line, as in `cat <<EOF | tee FILE`.
            after = [one for one in here.named_children if one.type in ("pipeline", "command", "list")]
            self.body(tree, after, state)
        self.output(self.commands[count:], content, target, state)

    def output(
        self, commands: Sequence[Command], content: Word | None, target: Word | None, state: State
    ) -> None:
        """Note the file that commands write: from a heredoc, or the text of echo."""
        if content is None and target is not None and len(commands) == 1 and commands[0].name == "echo":
            plain = [word for word in commands[0].argv[1:] if word.text not in ("-e", "-n", "-en")]
            content = joined(*plain, by=" ") if plain else None
        if content is None:
            return
        tee = next((one.argv[-1] for one in commands if one.name == "tee" and len(one.argv) > 1), None)
        target = tee or target
        if target is not None:
            self.files.append(File(target, content))
        elif commands and commands[-1].name in SHELLS:
            self.text(as_text(content, self.texts), state)

    def _command(self, tree: Tree, node: Node, state: State) -> None:
        self.ran.add(tree.word(node))
        self.inside(tree, node)
        own = state.copy()
        argv = list[Word]()
        starts = ""
        for child in node.named_children:
            if child.type == "variable_assignment":
                self.assign(tree, child, own, export=True)
            elif child.type not in ("file_redirect", "herestring_redirect", "heredoc_redirect", "comment"):
                found = words(tree, child, state)
                if starts:
                    found = self.scripts(found, inner_script(tree, child, state, self.texts), starts)
                names = (word.text.rpartition("/")[2] for word in found)
                starts = starts or next((name for name in names if name in _STARTING), "")
                argv += found
        if argv:
            self.command(tuple(argv), own, state)

    def scripts(self, found: list[Word], text: Text, starts: str) -> list[Word]:
        """Note the places in a word that may be a script; eval puts together again what a shell split."""
        if starts == "eval" and len(found) > 1:
            found, text = [joined(*found, by=" ")], spaced(text)
        if len(found) == 1 and found[0].text == text.value:
            self.texts[found[0]] = text
        return found

    def command(self, argv: tuple[Word, ...], state: State, outer: State) -> None:
        """Follow a command; `state` has the variables in front of it too, `outer` is the shell's own."""
        inner = unwrapped(argv)
        if not inner.argv and not inner.container:
            return
        if inner.container:
            before, self.container = self.container, inner.container
            self.started(argv, inner, _of_container(inner.container, inner.variables, state), State({}))
            self.container = before
            outer.stopped = outer.stopped or inner.replaces
            return
        for name, word in inner.variables.items():
            state.assign(name, word, export=True)
        self.started(argv, inner, state, outer)

    def started(self, argv: Sequence[Word], inner: Unwrapped, state: State, outer: State) -> None:
        """Follow a command without what is in front of it in `argv`."""
        for name in inner.removed:
            state.exported.discard(name)
        name, rest = (inner.argv[0].text if inner.argv else ""), list(inner.argv[1:])
        program = name.rpartition("/")[2]
        script = _script(rest) if program in SHELLS else None
        if name in self.functions:
            self.call(name, tuple(rest), outer)
        elif script is not None:
            text, *arguments = script
            inside = State(state.environment(), tuple(arguments[1:]))
            self.text(as_text(text, self.texts), inside)
        elif (program in SHELLS or name in ("source", ".")) and (found := self.file(rest)) is not None:
            own = outer if name in ("source", ".") else State(state.environment(), tuple(rest[1:]))
            self.text(as_text(found, self.texts), own)
        elif name == "eval" and (evaluated := self.evaluated(rest)) is not None:
            self.text(evaluated, outer)
        else:
            if name == "eval":
                self.unread.append(joined(*argv, by=" "))
            environment = state.environment()
            assigned = tuple(name for name in state.assigned if name in environment)
            place = joined(*argv).place
            conditions = tuple(self.conditions)
            self.commands.append(
                Command(inner.argv, place, environment, assigned, conditions, inner.prefix, self.container)
            )
            self.builtin(name, rest, outer)
        if inner.replaces:
            outer.stopped = True

    def evaluated(self, rest: Sequence[Word]) -> Text | None:
        """Return the script that eval runs; None if nothing of it is known."""
        text = together([as_text(word, self.texts) for word in rest]) if rest else None
        return text if text is not None and text.value not in text.unknown else None

    def call(self, name: str, arguments: tuple[Word, ...], state: State) -> None:
        """Follow a function's body, with its arguments as $1, $2, ..."""
        if self.depth >= _DEPTH:
            self.unread.append(Word(name, (name,)))
            return
        tree, body = self.functions[name]
        before, state.arguments = state.arguments, arguments
        self.depth += 1
        self.node(tree, body, state)
        self.depth -= 1
        state.arguments = before
        if state.returned:
            state.stopped = state.returned = False

    def file(self, rest: Sequence[Word]) -> Word | None:
        """Return the script that was written to the file which a shell is to run."""
        named = next((word for word in rest if not word.text.startswith("-")), None)
        if named is None or not named.known:
            return None
        return next((one.content for one in reversed(self.files) if one.path.text == named.text), None)

    def builtin(self, name: str, rest: Sequence[Word], state: State) -> None:
        """Do what a builtin does to the shell that runs it."""
        texts = [word.text for word in rest]
        if name in ("exit", "return"):
            state.stopped, state.returned = True, name == "return"
        elif name == "set" and "--" in texts:
            state.arguments = tuple(rest[texts.index("--") + 1 :])
        elif name == "set" and any(text in ("-a", "allexport") for text in texts):
            state.export_all = True
        elif name == "shift":
            count = int(texts[0]) if texts and texts[0].isdigit() else 1
            state.arguments = state.arguments[count:]
        elif name in ("read", "mapfile", "readarray", "getopts"):
            for text in texts:
                if text.isidentifier():
                    state.forget(text, f"${text}")


def _of_container(container: Container, variables: Mapping[str, Word], state: State) -> State:
    """Return the variables in a container: those that its options set, some with the shell's own value."""
    own, outside = State({}), state.environment()
    for name, word in variables.items():
        own.assign(name, outside.get(name, word) if name in container.passed else word, export=True)
    return own


def _script(rest: Sequence[Word]) -> list[Word] | None:
    """Return the words after `-c`, None if the shell is given no script."""
    for index, word in enumerate(rest):
        if not word.text.startswith(("-", "+")):
            return None
        if re.fullmatch(r"-[a-z]*c[a-z]*", word.text):
            behind = list(rest[index + 1 :])
            while behind and behind[0].text.startswith("-"):
                behind.pop(0)
            return behind or None
        if word.text in ("-o", "+o", "-O") and index + 1 < len(rest):
            return _script(rest[index + 2 :])
    return None
