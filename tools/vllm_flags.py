"""Reads the flags of `vllm serve` from one release's source, without running any of it.

The parser is built by functions that call add_argument, with keyword arguments written out or computed from
the fields of config classes (get_kwargs, from v0.8.4 on). Both are followed here as far as they decide what a
flag takes: its kind, its type and the choices that the parser enforces.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field
from typing import Any

import vllm_annotations
import vllm_defaults
from vllm_annotations import alias, constants
from vllm_defaults import UNKNOWN
from vllm_models_source import Module, Source, SourceError

SERVE = "vllm.entrypoints.cli.serve"
ROOTS = (SERVE, "vllm.scripts")
"""Where `vllm serve` builds its parser: the first of them that says so."""

BENCHMARK = "vllm.benchmarks.serve"
FOLLOWED = re.compile(r"add_cli_args|make_arg_parser|_customize_cli_kwargs|add_(dataset|random)_\w+")
"""The functions that add flags, or change the keyword arguments of some."""

Kwargs = dict[str, Any]


@dataclass(frozen=True)
class Flag:
    """A flag as argparse gets it, in the words of facts/vllm.json: kind, type of a value and choices.

    `choices` are those that the parser enforces, None where it takes any value; `unread` tells that they are
    computed in a way that this reader does not follow. `negative` is the flag that turns a bool off,
    `seconds` are other names that do so, and `of` is the flag of which this one is such a name. `default` is
    JSON data, "?" where it is computed.
    """

    name: str
    aliases: tuple[str, ...]
    kind: str
    type: str | None
    choices: tuple[str, ...] | None
    unread: bool = False
    negative: str | None = None
    seconds: tuple[str, ...] = ()
    of: str | None = None
    default: Any = UNKNOWN


def flags(source: Source) -> dict[str, Flag]:
    """Return the flags of a release's `vllm serve` by name, with their dashes."""
    walk = _Walk(source)
    for name in ROOTS:
        module = source.module(name)
        start = _start(module) if module else None
        if module and start:
            walk.enter(module, start, None, {})
            return dict(sorted(walk.found.items()))
    raise SourceError(f"{source.files.place} has no parser of `vllm serve`")


def benchmark_flags(source: Source) -> dict[str, Flag]:
    """Return the flags of a release's `vllm bench serve` by name; none where it has no such command."""
    module = source.module(BENCHMARK)
    if module is None or "add_cli_args" not in module.functions:
        return {}
    walk = _Walk(source)
    walk.enter(module, module.functions["add_cli_args"], None, {})
    return dict(sorted(walk.found.items()))


def _start(module: Module) -> ast.FunctionDef | None:
    methods = [node for owner in module.classes.values() for node in owner.body]
    for node in [*methods, *module.functions.values()]:
        named = isinstance(node, ast.FunctionDef) and node.name in ("subparser_init", "main")
        if isinstance(node, ast.FunctionDef) and named and "make_arg_parser" in ast.unparse(node):
            return node
    return None


def _pairs(source: Source) -> bool:
    """Tell whether a release makes --disable-x of each --enable-x, and the reverse."""
    module = source.module("vllm.utils.argparse_utils")
    kinds = module.classes.values() if module else ()
    return any("_inverse_prefixes" in ast.unparse(kind) for kind in kinds)


_PAIRS = {"--enable-": "--disable-", "--disable-": "--enable-"}


@dataclass
class _Walk:
    """Follows the statements of the functions that build a parser, and keeps the flags.

    Names stand for tables of keyword arguments (field -> keyword -> expression); "" is the class that `cls`
    stands for.
    """

    source: Source
    found: dict[str, Flag] = field(default_factory=dict)
    methods: list[ast.FunctionDef] = field(default_factory=list)

    def __post_init__(self) -> None:
        """See once whether the release pairs flags."""
        self.pairs = _pairs(self.source)

    def enter(self, module: Module, function: ast.FunctionDef, owner: Any, names: Kwargs) -> Any:
        """Follow a function of a module and return what it returns, where that is a table."""
        self.methods.append(function)
        result = self._block(module, function.body, {**names, "": owner})
        self.methods.pop()
        return result

    def _block(self, module: Module, body: list[ast.stmt], names: Kwargs) -> Any:
        returned = None
        for node in body:
            if isinstance(node, ast.Return) and node.value:
                returned = self._value(module, node.value, names)
            elif isinstance(node, ast.Assign | ast.AnnAssign) and node.value:
                target = node.targets[0] if isinstance(node, ast.Assign) else node.target
                self._assign(module, target, node.value, names)
            elif isinstance(node, ast.Expr):
                self._value(module, node.value, names)
            elif isinstance(node, ast.Delete):
                for target in node.targets:
                    self._assign(module, target, None, names)
            elif isinstance(node, ast.If):
                # Both ways: the question is whether help is shown, or what hardware there is.
                for part in (node.body, node.orelse):
                    returned = self._block(module, part, names) or returned
            elif isinstance(node, ast.With | ast.Try):
                returned = self._block(module, node.body, names) or returned
            elif isinstance(node, ast.For):
                self._loop(module, node, names)
        return returned

    def _assign(self, module: Module, target: ast.expr, value: ast.expr | None, names: Kwargs) -> None:
        """Set a name or a key of a table; without a value, delete the key."""
        if isinstance(target, ast.Name) and value is not None:
            table = self._value(module, value, names)
            names[target.id] = value if table is None else table
        elif isinstance(target, ast.Subscript) and isinstance(target.slice, ast.Constant):
            table = self._value(module, target.value, names)
            if isinstance(table, dict) and value is None:
                table.pop(target.slice.value, None)
            elif isinstance(table, dict):
                table[target.slice.value] = value

    def _loop(self, module: Module, node: ast.For, names: Kwargs) -> None:
        """Follow a loop over a table's items or over rows that are written out.

        By `for key, value in kwargs.items()` all fields of a class become flags.
        """
        if isinstance(node.iter, ast.List) and isinstance(node.target, ast.Tuple):
            targets = [ast.unparse(item) for item in node.target.elts]
            for row in node.iter.elts:
                if isinstance(row, ast.Tuple):
                    self._block(module, node.body, {**names, **dict(zip(targets, row.elts, strict=True))})
        if not (isinstance(node.iter, ast.Call) and ast.unparse(node.iter.func).endswith(".items")):
            return
        table = self._value(module, node.iter.func.value, names)  # type: ignore[attr-defined]
        if isinstance(table, dict) and isinstance(node.target, ast.Tuple):
            key, value = (ast.unparse(item) for item in node.target.elts)
            for name, kwargs in list(table.items()):
                self._block(module, node.body, {**names, key: ast.Constant(name), value: kwargs})

    def _value(self, module: Module, node: ast.expr, names: Kwargs) -> Any:
        """Return what an expression stands for where that is a table or a name's expression, else None."""
        if isinstance(node, ast.Name):
            return names.get(node.id)
        if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
            table = self._value(module, node.value, names)
            return table.get(node.slice.value) if isinstance(table, dict) else None
        if isinstance(node, ast.Dict):
            table = {}
            for key, value in zip(node.keys, node.values, strict=True):
                inner = self._value(module, value, names)
                if key is None:
                    table |= inner if isinstance(inner, dict) else {}
                elif isinstance(key, ast.Constant):
                    table[key.value] = value
            return table
        return self._call(module, node, names) if isinstance(node, ast.Call) else None

    def _call(self, module: Module, node: ast.Call, names: Kwargs) -> Any:
        called = ast.unparse(node.func).rpartition(".")[2]
        if called == "add_argument":
            self._add(module, node, names)
        elif called == "get_kwargs":
            written = ast.unparse(node.args[0])
            name = names[""] if written == "cls" else written
            return vllm_annotations.keywords(self.source, module, name, plain="get_kwargs" in self._inside())
        elif called == "remove" and isinstance(node.func, ast.Attribute):
            listed = self._value(module, node.func.value, names)
            if isinstance(listed, list):
                found = alias(self.source, module, ast.unparse(node.args[0]))
                gone = found[1] if found else node.args[0]
                if isinstance(gone, ast.Constant) and gone.value in listed:
                    listed.remove(gone.value)
        elif FOLLOWED.fullmatch(called):
            return self._follow(module, node, called, names)
        return None

    def _inside(self) -> list[str]:
        """Return the functions that the present one defines: v0.8.4 has a get_kwargs of few types there."""
        return [node.name for node in self.methods[-1].body if isinstance(node, ast.FunctionDef)]

    def _follow(self, module: Module, node: ast.Call, called: str, names: Kwargs) -> Any:
        """Follow a call of another function that adds flags or changes keyword arguments."""
        if isinstance(node.func, ast.Name):
            where, function = self._function(module, called)
            return self.enter(where, function, None, {})
        written = ast.unparse(node.func.value)  # type: ignore[attr-defined]
        owner = names[""] if written in ("cls", "super()") else written
        line = list(vllm_annotations.line(self.source, module, owner))
        if written == "super()":
            below = next(place for place, (_, kind) in enumerate(line) if self.methods[-1] in kind.body)
            line = line[below + 1 :]
        for where, kind in line:
            for method in kind.body:
                if isinstance(method, ast.FunctionDef) and method.name == called:
                    given = [self._value(module, item, names) for item in node.args]
                    asked = [item.arg for item in method.args.args if item.arg not in ("cls", "self")]
                    return self.enter(where, method, owner, dict(zip(asked, given, strict=False)))
        return None

    def _function(self, module: Module, name: str) -> tuple[Module, ast.FunctionDef]:
        """Return a function by a module that defines or imports it."""
        while name not in module.functions:
            place, name = module.imports[name]
            found = self.source.module(place)
            if found is None:
                raise SourceError(f"{module.name} calls {name} of {place}, which is not there")
            module = found
        return module, module.functions[name]

    def _add(self, module: Module, node: ast.Call, names: Kwargs) -> None:
        if self.methods[-1].name == "main" and ast.unparse(node.func) != "serve_parser.add_argument":
            return  # other commands of the same program, up to v0.7.2
        kwargs: Kwargs = {}
        for word in node.keywords:
            if word.arg is not None:
                given = names.get(word.value.id) if isinstance(word.value, ast.Name) else None
                kwargs[word.arg] = word.value if given is None else given
            else:
                table = self._value(module, word.value, names)
                if not isinstance(table, dict):
                    raise SourceError(
                        f"{module.name}, line {node.lineno}: {ast.unparse(word.value)} is not read"
                    )
                kwargs |= table
        written = [text for item in node.args if (text := _text(item, names))]
        own = [text for text in written if text.startswith("--")]
        if not own:
            return  # the model, which has no dashes
        name = max(own, key=lambda text: (text.startswith("--"), -written.index(text)))
        flag = self._flag(module, name, tuple(text for text in written if text != name), kwargs)
        self.found[name] = flag

    def _flag(self, module: Module, name: str, aliases: tuple[str, ...], kwargs: Kwargs) -> Flag:
        kind, type_ = kind_of(kwargs)
        listed = kwargs.get("choices")
        choices = constants(self.source, module, listed) if isinstance(listed, ast.expr) else listed
        shown = (
            tuple(dict.fromkeys(str(item) for item in choices if item not in (None, "None")))
            if choices
            else None
        )
        unread = listed is not None and choices is None
        default = self._default(module, kind, kwargs.get("default"))
        if kind != "bool":
            return Flag(name, aliases, kind, type_, shown, unread, default=default)
        starts = _PAIRS if self.pairs else {}
        seconds = [other + name.removeprefix(own) for own, other in starts.items() if name.startswith(own)]
        off = f"--no-{name[2:]}"
        return Flag(name, aliases, kind, type_, shown, unread, off, tuple(seconds), default=default)

    def _default(self, module: Module, kind: str, given: Any) -> Any:
        if given is None:
            return False if kind == "switch" else None
        where, node = given if isinstance(given, tuple) else (module, given)
        try:
            return vllm_defaults.value(self.source, where, node)
        except vllm_defaults.UnreadError:
            return UNKNOWN


def _text(node: ast.expr, names: Kwargs) -> str | None:
    """Return the name that an argument of add_argument writes, also as f"--{key.replace('_', '-')}"."""
    if isinstance(node, ast.Name):
        node = names.get(node.id, node)
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        for part in ast.walk(node):
            if isinstance(part, ast.Name) and isinstance(names.get(part.id), ast.Constant):
                return "--" + str(names[part.id].value).replace("_", "-")
    return None


def kind_of(kwargs: Kwargs) -> tuple[str, str | None]:
    """Return the kind of a flag and the type of its value by the keyword arguments of add_argument."""
    action, type_, count = (_written(kwargs.get(key)) for key in ("action", "type", "nargs"))
    if "BooleanOptionalAction" in action:
        return "bool", None
    if "StoreBoolean" in action:
        return "bool-value", None
    if action in ("store_true", "store_false"):
        return "switch", None
    if "json.loads" in type_:
        return "json", None
    if "union_dict_and_str" in type_:
        return "json-or-str", None
    if "nullable_kvs" in type_:
        return "key=value", None
    if action in ("append", "extend") or count in ("+", "*") or count.isdigit():
        return "list", _plain(type_) or "str"
    if count == "?":
        return "optional-value", None
    if re.search(r"\b(from_cli|from_json|parse_dataclass)\b", type_):
        return "json", None
    return "value", _plain(type_)


def _written(value: Any) -> str:
    if isinstance(value, ast.Constant):
        return str(value.value)
    return ast.unparse(value) if isinstance(value, ast.AST) else str(value or "")


def _plain(type_: str) -> str | None:
    """Return int, float, bool or str for what converts a value; None where nothing is said."""
    if not type_ or type_.startswith("lambda"):
        return None
    for word in ("int", "float", "bool"):
        if re.search(rf"(\b|_){word}(\b|_)", type_):
            return word
    return "str"
