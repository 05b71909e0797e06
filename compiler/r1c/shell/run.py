"""A script and an environment -> the commands that it runs.

Nothing is started: the script is followed as far as its values are known. A condition that is not known is
taken both ways; a loop's body is followed for each value that is known, else once.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from r1c.shell.condition import holds, matches
from r1c.shell.expansion import heredoc, value, words
from r1c.shell.prefixes import unwrapped
from r1c.shell.script import Command, File, Script, Text, Word, joined
from r1c.shell.state import State
from r1c.shell.syntax import Node, Tree, below, tree

SHELLS = ("sh", "bash", "ash", "dash", "zsh")
_DEPTH = 12
"""Scripts and functions in each other."""
_ROUNDS = 64
"""Values of a loop, and commands of a script times hundred."""
_COMMANDS = 2000
_COUNTED = ("command", "declaration_command", "variable_assignment")
_SKIPPED = ("comment", "heredoc_body", "file_descriptor")


def run(argv: Sequence[Text], environment: Mapping[str, Word]) -> Script:
    """Return what a command line runs: a shell's script is followed, any other command is the only one."""
    runner, state = _Runner(), State(environment)
    words_ = tuple(_as_word(text) for text in argv)
    runner.texts |= dict(zip(words_, argv, strict=True))
    runner.command(words_, state, state)
    return runner.script(state)


def run_text(text: Text, environment: Mapping[str, Word]) -> Script:
    """Return what a script runs that is no container's, such as a line of a terminal."""
    runner, state = _Runner(), State(environment)
    runner.text(text, state)
    return runner.script(state)


def _as_word(text: Text) -> Word:
    return Word(text.value, text.unknown, text.place(0, len(text.value)))


def _as_text(word: Word, *, quotes: int) -> Text:
    """Return a script that is a word of another one; places in it are right if nothing was expanded."""
    start, end = word.place.start + quotes, word.place.end
    offsets = tuple(min(start + index, end) for index in range(len(word.text) + 1))
    return Text(word.text, word.place.path, offsets)


class _Runner:
    """Follows one script. One object, used once."""

    def __init__(self) -> None:
        self.commands: list[Command] = []
        self.files: list[File] = []
        self.unread: list[Word] = []
        self.functions: dict[str, tuple[Tree, Node]] = {}
        self.written: dict[Word, None] = {}
        self.ran: set[Word] = set()
        self.texts: dict[Word, Text] = {}
        self.conditions: list[str] = []
        self.depth = 0

    def script(self, state: State) -> Script:
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
        self.written |= {parsed.word(node): None for node in below(parsed.root, *_COUNTED)}
        self.unread += [parsed.word(node) for node in below(parsed.root, "ERROR")]
        self.depth += 1
        self.body(parsed, parsed.root.children, state)
        self.depth -= 1

    def body(self, tree: Tree, nodes: Sequence[Node], state: State) -> None:
        for node in nodes:
            if state.stopped or len(self.commands) > _COMMANDS:
                return
            self.node(tree, node, state)

    def node(self, tree: Tree, node: Node, state: State) -> None:
        kind = node.type
        if kind == "ERROR" or not node.is_named or kind in _SKIPPED:
            return
        method = getattr(self, f"_{kind}", None)
        if method is not None:
            method(tree, node, state)
        else:
            self.unread.append(tree.word(node))

    def maybe(self, tree: Tree, text: str, nodes: Sequence[Node], state: State) -> None:
        """Follow what runs only if something that is not known is true."""
        self.conditions.append(" ".join(text.split()))
        self.body(tree, nodes, state)
        self.conditions.pop()

    # The names of the methods below are those of the grammar.

    def _program(self, tree: Tree, node: Node, state: State) -> None:
        self.body(tree, node.children, state)

    _compound_statement = _do_group = _program

    def _subshell(self, tree: Tree, node: Node, state: State) -> None:
        self.body(tree, node.children, state.copy())

    def _pipeline(self, tree: Tree, node: Node, state: State) -> None:
        for child in node.named_children:
            self.node(tree, child, state.copy())

    def _negated_command(self, tree: Tree, node: Node, state: State) -> None:
        self.body(tree, node.named_children, state)

    def _list(self, tree: Tree, node: Node, state: State) -> None:
        left, sign, right = node.children[0], node.children[1].type, node.children[2:]
        known = holds(tree, left, state)
        self.node(tree, left, state)
        if sign not in ("&&", "||"):
            self.body(tree, right, state)
        elif known is None:
            branch = state.copy()
            if sign == "&&" and left.type not in ("test_command", "negated_command"):
                # A command in front is there to succeed: what follows is the script's way.
                self.body(tree, right, state)
                return
            self.maybe(tree, f"{tree.source(left)} {sign}", right, branch)
            state.merge([state.copy(), branch])
        elif known == (sign == "&&"):
            self.body(tree, right, state)

    def _test_command(self, tree: Tree, node: Node, _: State) -> None:
        self.inside(tree, node)

    def _if_statement(self, tree: Tree, node: Node, state: State) -> None:
        self.branch(tree, list(node.children), state)

    def branch(self, tree: Tree, children: Sequence[Node], state: State) -> None:
        """Follow an if or elif and what comes after it in `children`."""
        then = next(index for index, child in enumerate(children) if child.type == "then")
        others = [
            index for index, child in enumerate(children) if child.type in ("elif_clause", "else_clause")
        ]
        end = others[0] if others else len(children)
        tests = [child for child in children[1:then] if child.is_named and child.type != "comment"]
        known = holds(tree, tests[-1], state) if tests else None
        self.body(tree, tests, state)
        text = "; ".join(tree.source(test) for test in tests)
        taken, rest = children[then + 1 : end], children[end:]
        if known is True:
            self.body(tree, taken, state)
        elif known is False:
            self.otherwise(tree, rest, state)
        else:
            one, other = state.copy(), state.copy()
            self.maybe(tree, text, taken, one)
            self.conditions.append(f"not ({' '.join(text.split())})")
            self.otherwise(tree, rest, other)
            self.conditions.pop()
            state.merge([one, other])

    def otherwise(self, tree: Tree, rest: Sequence[Node], state: State) -> None:
        clauses = [child for child in rest if child.type in ("elif_clause", "else_clause")]
        if not clauses:
            return
        first = clauses[0]
        if first.type == "else_clause":
            self.body(tree, first.children[1:], state)
        else:
            self.branch(tree, [*first.children, *clauses[1:]], state)

    def _case_statement(self, tree: Tree, node: Node, state: State) -> None:
        word = value(tree, node.child_by_field_name("value"), state)
        branches, whole = list[State](), False
        for item in node.named_children:
            if item.type != "case_item":
                continue
            patterns = item.children_by_field_name("value")
            found = [matches(tree, pattern, word, state) for pattern in patterns]
            inside = [child for child in item.named_children if child not in patterns]
            if True in found and not branches:
                self.body(tree, inside, state)
                return
            if True in found or None in found:
                branch = state.copy()
                shown = " | ".join(tree.source(pattern) for pattern in patterns)
                self.maybe(tree, f"case {word.text} in {shown}", inside, branch)
                branches.append(branch)
                whole = True in found
                if whole:
                    break
        if branches:
            state.merge(branches if whole else [*branches, state.copy()])

    def _for_statement(self, tree: Tree, node: Node, state: State) -> None:
        name = tree.source(node.child_by_field_name("variable"))
        values = [
            word for child in node.children_by_field_name("value") for word in words(tree, child, state)
        ]
        inside = [child for child in node.named_children if child.type in ("do_group", "compound_statement")]
        if not values or len(values) > _ROUNDS or not all(word.known for word in values):
            self.loop(tree, node, inside, state, name)
            return
        for word in values:
            state.assign(name, word)
            self.body(tree, inside, state)

    def _while_statement(self, tree: Tree, node: Node, state: State) -> None:
        self.loop(tree, node, node.named_children, state)

    def _c_style_for_statement(self, tree: Tree, node: Node, state: State) -> None:
        inside = [child for child in node.named_children if child.type in ("do_group", "compound_statement")]
        self.loop(tree, node, inside, state)

    def loop(self, tree: Tree, node: Node, inside: Sequence[Node], state: State, *names: str) -> None:
        """Follow a body once; what it sets is not known, since its rounds are not counted."""
        set_ = [tree.source(one.children[0]).split("[")[0] for one in below(node, "variable_assignment")]
        for name in (*names, *set_):
            state.forget(name, f"${name}")
        first = tree.source(node).partition("\n")[0]
        branch = state.copy()
        self.maybe(tree, first.partition(";")[0], inside, branch)
        branch.stopped = False
        for name in (*names, *set_):
            state.forget(name, f"${name}")

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
            before = state.arrays.get(name, ()) if adds else ()
            state.assign(name, next(iter((*before, *items)), Word("")))
            state.arrays[name] = (*before, *items)
        else:
            own = value(tree, given, state) if given is not None else Word("", (), tree.place(node))
            before_ = state.values.get(name)
            state.assign(name, joined(before_, own) if adds and before_ is not None else own, export=export)

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
            self.text(_as_text(content, quotes=0), state)

    def _command(self, tree: Tree, node: Node, state: State) -> None:
        self.ran.add(tree.word(node))
        self.inside(tree, node)
        own = state.copy()
        argv = list[Word]()
        for child in node.named_children:
            if child.type == "variable_assignment":
                self.assign(tree, child, own, export=True)
            elif child.type not in ("file_redirect", "herestring_redirect", "heredoc_redirect", "comment"):
                argv += words(tree, child, state)
        if argv:
            self.command(tuple(argv), own, state)

    def inside(self, tree: Tree, node: Node, parts: Sequence[Node] = ()) -> None:
        """Note the commands in a word's $(...): they run, but what they print is not known."""
        for root in parts or [node]:
            for one in below(root, *_COUNTED):
                if one != node:
                    self.ran.add(tree.word(one))

    def command(self, argv: tuple[Word, ...], state: State, outer: State) -> None:
        """Follow a command; `state` has the variables in front of it too, `outer` is the shell's own."""
        inner = unwrapped(argv)
        if not inner.argv:
            return
        for name, word in inner.variables.items():
            state.assign(name, word, export=True)
        for name in inner.removed:
            state.exported.discard(name)
        name, rest = inner.argv[0].text, list(inner.argv[1:])
        program = name.rpartition("/")[2]
        script = _script(rest) if program in SHELLS else None
        if name in self.functions:
            self.call(name, tuple(rest), outer)
        elif script is not None:
            text, *arguments = script
            inside = State(state.environment(), tuple(arguments[1:]))
            self.text(self.texts.get(text) or _as_text(text, quotes=1), inside)
        elif (program in SHELLS or name in ("source", ".")) and (found := self.file(rest)) is not None:
            own = outer if name in ("source", ".") else State(state.environment(), tuple(rest[1:]))
            self.text(_as_text(found, quotes=0), own)
        elif name == "eval" and rest:
            self.text(_as_text(joined(*rest, by=" "), quotes=1), outer)
        else:
            environment = state.environment()
            assigned = tuple(name for name in state.assigned if name in environment)
            place = joined(*argv).place
            conditions = tuple(self.conditions)
            self.commands.append(Command(inner.argv, place, environment, assigned, conditions, inner.prefix))
            self.builtin(name, rest, outer)
        if inner.replaces:
            outer.stopped = True

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
