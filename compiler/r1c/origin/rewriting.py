"""The source of a stage's module -> the same code, with Python's operations on values as calls of Tracing.

What a statement does stays as it is. Its constants get the place where they are written; f-strings,
comparisons, choices, items and calls are made by tracing.py, so that their results keep origins; and the
tests of `if` and `while` are conditions of what is made below them, and of what follows a branch that ends
the function or the turn of a loop.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

from r1c.record import record

TRACING = "__tracing__"
"""The name under which rewritten code has the operations."""
_CONDITIONS = f"{TRACING}.conditions"

_ENDS = (ast.Return, ast.Continue, ast.Break)
_PLACED = (ast.stmt, ast.expr, ast.arg, ast.keyword, ast.alias, ast.excepthandler)
_FUNCTIONS = (ast.FunctionDef, ast.Lambda, ast.ClassDef)


@record
class Kind:
    """What a module is: with `fixed`, it never changes the lists and maps that it writes.

    Without `conditions`, its tests are about layout only; with `templates`, its functions are templates.
    """

    fixed: bool = False
    conditions: bool = True
    templates: bool = False


def rewritten(source: str, name: str, kind: Kind, mark: Callable[[str, int], str]) -> ast.Module:
    """Return the rewritten module.

    `mark` returns, for a function's name and a line, the name under which the code has the mark of a
    constant that is written there.
    """
    tree, rewriting = ast.parse(source, name), _Rewriting(kind, mark)
    body = [rewriting.top(statement) for statement in tree.body]
    for statement in body:
        _locate(statement, 1)
    return ast.Module(body, [])


class _Rewriting(ast.NodeTransformer):
    def __init__(self, kind: Kind, mark: Callable[[str, int], str]) -> None:
        self.kind, self.mark = kind, mark
        self.function, self.number, self.depth, self.yields = "", 0, 0, False

    def top(self, statement: ast.stmt) -> Any:
        """Rewrite a statement outside of functions; an `if` there is about types."""
        return statement if isinstance(statement, ast.If) else self.visit(statement)

    def new(self) -> str:
        self.number += 1
        return f"_r1c_{self.number}"

    def operation(self, operation: str, *arguments: ast.expr) -> ast.Call:
        return ast.Call(_attribute(f"{TRACING}.{operation}"), list(arguments), [])

    def visit_FunctionDef(self, node: ast.FunctionDef) -> Any:
        outer = self.function, self.yields
        node.args = self._arguments(node.args)
        node.returns = None
        self.function, self.depth = f"{outer[0]}.{node.name}".lstrip("."), self.depth + 1
        self.yields = any(isinstance(item, ast.Yield | ast.YieldFrom) for item in _own(node.body))
        held = self.new()
        body = self._body(node.body)
        if self.yields:
            body = [*ast.parse("_r1c_yielded = []").body, *body, *ast.parse("return iter(_r1c_yielded)").body]
        ended = ast.Try(body, [], [], [_assigned(_CONDITIONS, ast.Name(held, ast.Load()))])
        doc = node.body[:1] if ast.get_docstring(node) is not None else []
        node.body = [*doc, _assigned(held, _attribute(_CONDITIONS)), ended]
        self.function, self.yields = outer
        self.depth -= 1
        return node

    def _arguments(self, node: ast.arguments) -> ast.arguments:
        for item in [*node.posonlyargs, *node.args, *node.kwonlyargs, node.vararg, node.kwarg]:
            if item is not None:
                item.annotation = None
        node.defaults = [self.visit(item) for item in node.defaults]
        node.kw_defaults = [item and self.visit(item) for item in node.kw_defaults]
        return node

    def visit_Lambda(self, node: ast.Lambda) -> Any:
        node.args = self._arguments(node.args)
        node.body = self.visit(node.body)
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> Any:
        outer = self.function
        self.function = f"{outer}.{node.name}".lstrip(".")
        node.body = [self.visit(item) for item in node.body]
        self.function = outer
        return node

    def _body(self, statements: list[ast.stmt]) -> list[ast.stmt]:
        found: list[ast.stmt] = []
        for statement in statements:
            made = self.visit(statement)
            found += made if isinstance(made, list) else [made]
        return found

    def visit_Expr(self, node: ast.Expr) -> Any:
        if isinstance(node.value, ast.Constant):
            return node
        if isinstance(node.value, ast.Yield):
            value = self.visit(node.value.value or ast.Constant(None))
            return ast.Expr(_called("_r1c_yielded.append", self.operation("yielded", value)))
        if isinstance(node.value, ast.YieldFrom):
            return ast.Expr(_called("_r1c_yielded.extend", self.visit(node.value.value)))
        node.value = self.visit(node.value)
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> Any:
        if node.value is not None:
            node.value = self._kept(self.visit(node.value))
        return node

    def visit_Assign(self, node: ast.Assign) -> Any:
        node.targets = [self.visit(target) for target in node.targets]
        if self.depth == 0 and not isinstance(
            node.value, ast.Constant | ast.Dict | ast.Tuple | ast.List | ast.Call | ast.JoinedStr
        ):
            return node
        node.value = self._kept(self.visit(node.value))
        return node

    def visit_AugAssign(self, node: ast.AugAssign) -> Any:
        node.target, node.value = self.visit(node.target), self.operation("after", self.visit(node.value))
        return node

    def visit_Return(self, node: ast.Return) -> Any:
        if self.yields:
            return ast.parse("return iter(_r1c_yielded)").body[0]
        if node.value is not None:
            node.value = self._kept(self.visit(node.value))
        return node

    def _kept(self, value: ast.expr) -> ast.expr:
        return self.operation("assigned", value) if self.depth else value

    def visit_If(self, node: ast.If) -> Any:
        if not self.kind.conditions:
            node.test = self.visit(node.test)
            node.body, node.orelse = self._body(node.body), self._body(node.orelse)
            return node
        held = self.new()
        test = self.operation("branch", self.visit(node.test))
        rest: list[ast.stmt] = []
        if not _ends(node.body) and not _ends(node.orelse):
            rest = [self._reassigned(name) for name in sorted(_assigned_names([*node.body, *node.orelse]))]
            rest.append(_assigned(_CONDITIONS, ast.Name(held, ast.Load())))
        body, other = self._body(node.body), self._body(node.orelse)
        if self.kind.templates and not other:
            # A template that leaves text out: the line where it is missing has the condition.
            other = [
                ast.AugAssign(
                    ast.Name("out", ast.Store()), ast.Add(), self.visit(ast.Tuple([_empty(node)], ast.Load()))
                )
            ]
        made = ast.If(test, body, other)
        return [_assigned(held, _attribute(_CONDITIONS)), made, *rest]

    @staticmethod
    def _reassigned(name: str) -> ast.stmt:
        """Return a statement after a branch: what a name means now depends on the branch."""
        return ast.parse(f"if {name!r} in locals(): {name} = {TRACING}.after({name})").body[0]

    def visit_For(self, node: ast.For) -> Any:
        held = self.new()
        restore = _assigned(_CONDITIONS, ast.Name(held, ast.Load()))
        node.iter = self.visit(node.iter)
        if self.kind.conditions:
            node.iter = self.operation("each", node.iter)
        ends = any(isinstance(item, ast.Return) for item in _own(node.body))
        node.body, node.orelse = self._body(node.body), self._body(node.orelse)
        return [_assigned(held, _attribute(_CONDITIONS)), node, *([] if ends else [restore])]

    def visit_While(self, node: ast.While) -> Any:
        held = self.new()
        node.test = self.visit(node.test)
        if self.kind.conditions:
            node.test = self.operation("branch", node.test)
        node.body, node.orelse = self._body(node.body), self._body(node.orelse)
        return [
            _assigned(held, _attribute(_CONDITIONS)),
            node,
            _assigned(_CONDITIONS, ast.Name(held, ast.Load())),
        ]

    def visit_Raise(self, node: ast.Raise) -> Any:
        return node

    def visit_Assert(self, node: ast.Assert) -> Any:
        return node

    def visit_Constant(self, node: ast.Constant) -> Any:
        if not isinstance(node.value, str | int | float) or isinstance(node.value, bytes):
            return node
        name = self.mark(self.function, node.lineno)
        return self.operation("constant", node, ast.Name(name, ast.Load()))

    def visit_JoinedStr(self, node: ast.JoinedStr) -> Any:
        return self.operation("text", *[self.visit(part) for part in node.values])

    def visit_FormattedValue(self, node: ast.FormattedValue) -> Any:
        form = self.visit(node.format_spec) if node.format_spec else ast.Constant(None)
        return self.operation("formatted", self.visit(node.value), ast.Constant(node.conversion), form)

    def visit_Compare(self, node: ast.Compare) -> Any:
        sides = [self.visit(node.left), *[self.visit(item) for item in node.comparators]]
        if len(node.ops) == 1:
            return self._compared(sides[0], node.ops[0], sides[1])
        # Both comparisons read the side between them, which has no effect of its own.
        pairs = [self._compared(sides[at], node.ops[at], sides[at + 1]) for at in range(len(node.ops))]
        return self._logic(ast.And(), pairs)

    def _compared(self, left: ast.expr, operator: ast.cmpop, right: ast.expr) -> ast.expr:
        return self.operation("compared", left, ast.Constant(type(operator).__name__), right)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> Any:
        if isinstance(node.op, ast.Not):
            return self.operation("negated", self.visit(node.operand))
        node.operand = self.visit(node.operand)
        return node

    def visit_BoolOp(self, node: ast.BoolOp) -> Any:
        return self._logic(node.op, [self.visit(value) for value in node.values])

    def _logic(self, operator: ast.boolop, values: list[ast.expr]) -> ast.expr:
        first, *others = values
        if not others:
            return first
        if not self.kind.conditions:
            return ast.BoolOp(operator, values)
        return self.operation(
            f"{type(operator).__name__.lower()}_", first, _later(self._logic(operator, others))
        )

    def visit_IfExp(self, node: ast.IfExp) -> Any:
        if not self.kind.conditions:
            return ast.IfExp(self.visit(node.test), self.visit(node.body), self.visit(node.orelse))
        sides = [_later(self.visit(side)) for side in (node.body, node.orelse)]
        return self.operation("choice", self.visit(node.test), *sides)

    def visit_Subscript(self, node: ast.Subscript) -> Any:
        if self.depth == 0:
            return node
        if not isinstance(node.ctx, ast.Load):
            node.value, node.slice = self.visit(node.value), self.visit(node.slice)
            return node
        return self.operation("item", self.visit(node.value), self.visit(node.slice))

    def visit_Slice(self, node: ast.Slice) -> Any:
        none = ast.Constant(None)
        bounds = [self.visit(part) if part else none for part in (node.lower, node.upper, node.step)]
        return _called("slice", *bounds)

    def visit_Call(self, node: ast.Call) -> Any:
        values = [self.visit(value) for value in node.args]
        named = [ast.keyword(item.arg, self.visit(item.value)) for item in node.keywords]
        return ast.Call(_attribute(f"{TRACING}.call"), [self.visit(node.func), *values], named)

    def visit_Dict(self, node: ast.Dict) -> Any:
        node.keys = [key and self.visit(key) for key in node.keys]
        node.values = [self.visit(value) for value in node.values]
        return self._items(node)

    def visit_List(self, node: ast.List) -> Any:
        return self._written(node)

    def visit_Tuple(self, node: ast.Tuple) -> Any:
        return self._written(node)

    def visit_Set(self, node: ast.Set) -> Any:
        return self._written(node)

    def _written(self, node: Any) -> Any:
        node.elts = [self.visit(item) for item in node.elts]
        return node if isinstance(getattr(node, "ctx", None), ast.Store | ast.Del) else self._items(node)

    def _items(self, node: ast.expr) -> ast.expr:
        return self.operation("fixed" if self.kind.fixed or not self.depth else "items", node)

    def visit_ListComp(self, node: ast.ListComp) -> Any:
        self._loops(node.generators, node, "elt")
        return node

    def visit_SetComp(self, node: ast.SetComp) -> Any:
        self._loops(node.generators, node, "elt")
        return node

    def visit_DictComp(self, node: ast.DictComp) -> Any:
        self._loops(node.generators, node, "value", "key")
        return node

    def visit_GeneratorExp(self, node: ast.GeneratorExp) -> Any:
        self._loops(node.generators, node, "elt")
        # At once, so that it runs under the conditions of the place where it is written.
        return _called("iter", ast.ListComp(node.elt, node.generators))

    def _loops(self, generators: list[ast.comprehension], node: Any, *fields: str) -> None:
        tests: list[str] = []
        made: list[ast.comprehension] = []
        for generator in generators:
            made.append(ast.comprehension(generator.target, self.visit(generator.iter), [], 0))
            for test in generator.ifs:
                if any(isinstance(item, ast.NamedExpr) for item in ast.walk(test)):
                    made[-1].ifs.append(self.visit(test))
                    continue
                tests.append(self.new())
                once = ast.Tuple([self.visit(test)], ast.Load())
                asked = ast.Name(tests[-1], ast.Load())
                made.append(ast.comprehension(ast.Name(tests[-1], ast.Store()), once, [asked], 0))
        generators[:] = made
        for field in fields:
            value = self.visit(getattr(node, field))
            for name in tests:
                value = self.operation("chosen", value, ast.Name(name, ast.Load()))
            setattr(node, field, self.operation("assigned", value))


def _locate(node: ast.AST, line: int) -> None:
    """Give a line to every node without one, that of the node around it: Python compiles none without.

    ast.fix_missing_locations does the same, and also sets the columns and ends, which takes twice as long.
    """
    if isinstance(node, _PLACED):
        here = getattr(node, "lineno", None)
        if here is None:
            node.lineno, node.col_offset = line, 0
        else:
            line = here
    for name in node._fields:
        held = getattr(node, name, None)
        if isinstance(held, ast.AST):
            _locate(held, line)
        elif isinstance(held, list):
            for item in held:
                if isinstance(item, ast.AST):
                    _locate(item, line)


def _attribute(dotted: str) -> ast.expr:
    first, *others = dotted.split(".")
    made: ast.expr = ast.Name(first, ast.Load())
    for other in others:
        made = ast.Attribute(made, other, ast.Load())
    return made


def _empty(node: ast.stmt) -> ast.expr:
    return ast.copy_location(ast.Constant(""), node)


def _later(value: ast.expr) -> ast.Lambda:
    return ast.Lambda(ast.arguments([], [], None, [], [], None, []), value)


def _called(dotted: str, *arguments: ast.expr) -> ast.Call:
    return ast.Call(_attribute(dotted), list(arguments), [])


def _assigned(target: str, value: ast.expr) -> ast.stmt:
    put = _attribute(target)
    assert isinstance(put, ast.Name | ast.Attribute)  # noqa: S101  # what was just made
    put.ctx = ast.Store()
    return ast.Assign([put], value)


def _own(statements: list[ast.stmt]) -> list[ast.AST]:
    """Return all nodes of statements but those of functions in them."""
    found: list[ast.AST] = []
    waiting: list[ast.AST] = list(statements)
    while waiting:
        node = waiting.pop()
        found.append(node)
        if isinstance(node, _FUNCTIONS):
            continue
        for name in node._fields:
            held = getattr(node, name, None)
            if isinstance(held, ast.AST):
                waiting.append(held)
            elif isinstance(held, list):
                waiting += [item for item in held if isinstance(item, ast.AST)]
    return found


def _ends(statements: list[ast.stmt]) -> bool:
    """Tell whether a branch may end the function or the turn of a loop; one that raises ends everything."""
    return any(isinstance(node, _ENDS) for node in _own(statements))


def _assigned_names(statements: list[ast.stmt]) -> set[str]:
    nodes = _own(statements)
    return {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
