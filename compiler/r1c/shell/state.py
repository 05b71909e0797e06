"""The variables of a shell while it runs: values, arrays, arguments, and which are exported."""

from __future__ import annotations

from collections.abc import Mapping

from r1c.shell.script import Word


class State:
    """The variables at one point of a script; branches run on copies, which are merged afterwards."""

    def __init__(self, environment: Mapping[str, Word], arguments: tuple[Word, ...] = ()) -> None:
        """Begin with the variables of a container, all exported."""
        self.values: dict[str, Word] = dict(environment)
        self.arrays: dict[str, tuple[Word, ...]] = {}
        self.exported: set[str] = set(environment)
        self.assigned: list[str] = []
        self.arguments = arguments
        self.stopped = False
        self.returned = False
        self.export_all = False

    def copy(self) -> State:
        """Return a copy for a branch or a subshell."""
        other = State(self.values, self.arguments)
        other.arrays, other.exported = dict(self.arrays), set(self.exported)
        other.assigned, other.export_all = list(self.assigned), self.export_all
        return other

    def assign(self, name: str, value: Word, *, export: bool = False) -> None:
        """Set a variable."""
        self.values[name] = value
        self.arrays.pop(name, None)
        if name not in self.assigned:
            self.assigned.append(name)
        if export or self.export_all:
            self.exported.add(name)

    def forget(self, name: str, text: str) -> None:
        """Note that the value is no longer known."""
        self.assign(name, Word(text, (text,)))

    def environment(self) -> dict[str, Word]:
        """Return what a command sees."""
        return {name: value for name, value in self.values.items() if name in self.exported}

    def merge(self, branches: list[State]) -> None:
        """Take over what all branches agree on; a variable that they set differently is not known."""
        running = [branch for branch in branches if not branch.stopped]
        self.stopped = bool(branches) and not running
        self.returned = self.stopped and all(branch.returned for branch in branches)
        for name in dict.fromkeys(name for branch in running for name in (*branch.values, *self.values)):
            found = [branch.values.get(name) for branch in running]
            first = found[0]
            if first is not None and all(one is not None and one.text == first.text for one in found):
                self.values[name] = first
            elif any(one != self.values.get(name) for one in found):
                self.forget(name, f"${name}")
        for name in dict.fromkeys(name for branch in running for name in branch.arrays):
            lists = [branch.arrays.get(name) for branch in running]
            if all(one == lists[0] for one in lists) and lists[0] is not None:
                self.arrays[name] = lists[0]
            else:
                self.arrays[name] = (Word(f"${{{name}[@]}}", (f"${{{name}[@]}}",)),)
        for branch in running:
            self.exported |= branch.exported
            self.assigned += [name for name in branch.assigned if name not in self.assigned]
