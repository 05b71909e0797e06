"""The modules of the stages, rewritten: a copy of each, beside the ones that compile runs.

A module is read from its own source, and imports the others of this set; what is not of a stage is the one
that the program has.
"""

from __future__ import annotations

import builtins
import functools
import sys
import types
from importlib.util import find_spec
from typing import Any

from r1c import resources
from r1c.origin.origins import UNMARKED, Mark, asked, made_of, origin
from r1c.origin.package_file import Content
from r1c.origin.rewriting import TRACING, Kind, rewritten
from r1c.origin.tracing import Tracing
from r1c.origin.values import mark_of, plain, union

STAGES = ("facts", "resolve", "lower", "emit", "capacity", "forecast")
"""The folders of r1c whose code is rewritten."""
_WRITING = ("r1c.resolve", "r1c.lower")
"""Those whose own texts and numbers are origins: the others read tables, or lay out what these wrote."""
_HEADER = "r1c.emit"
_COMPILED = "r1c.lower.templates.compiled"


class Modules:
    """The rewritten modules of one run."""

    def __init__(self) -> None:
        """Begin with none: a module is read when it is first imported."""
        self.loaded: dict[str, types.ModuleType] = {}
        self.tracing = Tracing(self._is_traced)
        self._top = types.ModuleType("r1c")
        self._top.__dict__.update(vars(sys.modules["r1c"]))
        for stage in STAGES:
            self._top.__dict__.pop(stage, None)
        self._substitutes = {"functools": self._functools(), "r1c.resources": self._resources()}
        self._top.__dict__["resources"] = self._substitutes["r1c.resources"]

    def load(self, name: str) -> Any:
        """Return a module of a stage by its full name."""
        if name in self.loaded:
            return self.loaded[name]
        parent, _, last = name.rpartition(".")
        owner = self._top if parent == "r1c" else self.load(parent)
        if name in self.loaded:  # its folder has imported it
            return self.loaded[name]
        spec = find_spec(name)
        made = types.ModuleType(name)
        self.loaded[name] = made
        setattr(owner, last, made)
        made.__dict__["__builtins__"] = {**vars(builtins), "__import__": self._import}
        made.__dict__[TRACING] = self.tracing
        if spec and spec.submodule_search_locations:
            made.__path__ = list(spec.submodule_search_locations)
        code, marks = _code(name)
        made.__dict__.update(marks)
        held, self.tracing.conditions = self.tracing.conditions, frozenset()
        exec(code, made.__dict__)  # noqa: S102  # r1c's own code
        self.tracing.conditions = held
        return made

    def _is_traced(self, function: Any) -> bool:
        function = getattr(function, "__func__", function)
        function = getattr(function, "__wrapped__", function)  # of a cache
        if isinstance(function, type):
            return function.__module__ in self.loaded
        return TRACING in getattr(function, "__globals__", ()) or hasattr(function, TRACING)

    def _import(
        self, name: str, globals_: Any = None, locals_: Any = None, names: Any = (), level: int = 0
    ) -> Any:
        if name in self._substitutes:
            return self._substitutes[name]
        if name == "r1c":
            for item in names or ():
                if item in STAGES:
                    self.load(f"r1c.{item}")
            return self._top
        if name.split(".")[:1] == ["r1c"] and name.split(".")[1] in STAGES:
            module = self.load(name)
            for item in names or ():
                if not hasattr(module, item):
                    self.load(f"{name}.{item}")
            return module if names else self._top
        return builtins.__import__(name, globals_, locals_, names, level)

    def _functools(self) -> types.ModuleType:
        made = types.ModuleType("functools")
        made.__dict__.update(vars(functools))
        made.__dict__.update(cache=self._cache, lru_cache=self._lru_cache)
        return made

    def _cache(self, function: Any) -> Any:
        """Cache a function by the values and the origins of its arguments."""
        known: dict[Any, Any] = {}

        @functools.wraps(function)
        def cached(*values: Any) -> Any:
            key = plain(values), mark_of(values)
            if key not in known:
                held, self.tracing.conditions = self.tracing.conditions, frozenset()
                known[key] = function(*values)
                self.tracing.conditions = held
            return known[key]

        return cached

    def _lru_cache(self, maxsize: Any = None) -> Any:
        return self._cache(maxsize) if callable(maxsize) else self._cache

    @staticmethod
    def _resources() -> types.ModuleType:
        made = types.ModuleType("r1c.resources")
        made.__dict__.update(vars(resources))

        def read(*path: str) -> Content:
            content = Content(resources.read(*map(plain, path)))
            content.file, content.asked = "/".join(map(plain, path)), asked(union(map(mark_of, path)))
            return content

        setattr(read, TRACING, True)  # it takes arguments with their origins
        made.__dict__["read"] = read
        return made


@functools.cache
def _code(name: str) -> tuple[types.CodeType, dict[str, Mark]]:
    """Return the rewritten code of a module, and the marks of its constants by their names there."""
    spec = find_spec(name)
    loader: Any = spec and spec.loader
    path = name.removeprefix("r1c.").replace(".", "/")
    file = f"{path}/__init__.py" if spec and spec.submodule_search_locations else f"{path}.py"
    marks: dict[str, Mark] = {"_mark": UNMARKED}

    def mark(function: str, line: int) -> str:
        if name == _COMPILED:
            template = _template(function)
            key, place = f"_mark_{function}", origin("rule", template, f"lower/templates/{template}")
        elif name.startswith(_WRITING) or name == _HEADER:
            key = f"_mark_{line}_{function.replace('.', '_')}"
            place = origin("rule", f"{name}.{function}".rstrip("."), file, line)
        else:
            return "_mark"
        marks.setdefault(key, made_of(place))
        return key

    kind = Kind(
        fixed=name.startswith("r1c.facts"),
        conditions=not name.startswith("r1c.emit"),
        templates=name == _COMPILED,
    )
    tree = rewritten(loader.get_source(name), name, kind, mark)
    return compile(tree, f"<{name} with origins>", "exec"), marks


def _template(function: str) -> str:
    """Return the template that a function of compiled.py was made of."""
    from r1c.lower.templates.compiled import TEMPLATES

    names = {made.__name__: name for name, made in TEMPLATES.items()}
    return names.get(function, function)
