"""The directories of profiles of one run -> the outputs that no profile creates any more."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from os.path import join
from typing import TYPE_CHECKING

from r1c.commands import inputs
from r1c.commands.compile_job import Job, content_of, name_of
from r1c.diagnostics import Diagnostic, UserError
from r1c.output.existing import look
from r1c.output.lock import LOCK, Lock
from r1c.output.orphan import ORPHANED, Orphan, outputs
from r1c.record import replace
from r1c.repository.find import FILE
from r1c.repository.place import below, output_of, parent_of
from r1c.resolve import digest
from r1c.source.extends import without_key

if TYPE_CHECKING:
    from r1c.repository.read import Repository


def orphans(arguments: Sequence[str], jobs: Sequence[Job], parent: str | None) -> list[Orphan]:
    """Return the outputs that belong to the directories among the arguments, and that no profile creates.

    Profiles elsewhere in the repository may make some of them: these are looked up before anything is said.
    Nothing is said while the name of a profile cannot be read. `parent` is what -o says.
    """
    directories = _directories(arguments)
    made = _made(jobs, parent) if directories else None
    if made is None:
        return []
    left = {item.target: item for argument in directories for item in _outputs(argument, parent, made)}
    elsewhere = _made(_elsewhere(arguments), parent) if left else None
    return [item for item in left.values() if elsewhere is not None and _same(item.target) not in elsewhere]


def _made(jobs: Iterable[Job], parent: str | None) -> set[str] | None:
    """Return the outputs that profiles make: None if the name of a profile cannot be read."""
    named = [_named(job) for job in jobs]
    return {_same(target_of(job, parent)) for job in named} if all(job.name for job in named) else None


def without_recipes(parent: str | None) -> Callable[[str], bool]:
    """Return what tells whether a directory of profiles may have none, or not be there: outputs are left."""
    return lambda argument: bool(orphans([argument], (), parent))


def new_outputs(arguments: Sequence[str], jobs: Sequence[Job], parent: str | None) -> frozenset[str]:
    """Return the paths of the profiles without an output: one of them may be an older recipe, renamed.

    Without a directory among the arguments nothing is looked up: no orphan will be looked for.
    """
    if parent == "-" or not _directories(arguments):
        return frozenset()
    named = (_named(job) for job in jobs)
    found = (job for job in named if job.name and not isinstance(look(target_of(job, parent), LOCK), str))
    return frozenset(job.path for job in found)


def successor(orphan: Orphan, jobs: Sequence[Job], new: Collection[str]) -> Job | None:
    """Return the profile that an orphan was made from, with another folder or, if it is `new`, another name.

    The lock has the digest of the profile that made it, so this is certain where it is found.
    """
    renamed = None
    for job in map(_named, jobs):
        same = job.name == orphan.lock.recipe
        if (same or (job.path in new and not renamed)) and _digest(job, orphan.lock) == orphan.lock.profile:
            if same:
                return job
            renamed = job
    return renamed


def _digest(job: Job, lock: Lock) -> str:
    """Return the digest that a profile has under the name of a lock."""
    data = without_key(inputs.composed(job.path, content_of(job)).document.data)
    return digest({**data, "metadata": {**data["metadata"], "name": lock.recipe}})


def diagnostic(orphan: Orphan, now: Job | None, arguments: Sequence[str], parent: str | None) -> Diagnostic:
    """Return the warning about an orphan; `now` is the profile that it was made from."""
    message = "no profile creates this output any more"
    if now and now.name == orphan.lock.recipe:
        message += f": that of {inputs.shown(now.path)} is now in {target_of(now, parent)}"
    elif now:
        message += f": {inputs.shown(now.path)} is the same recipe, renamed to {now.name}"
    (argument, *_) = _directories(arguments)
    advice = (
        f"`r1c diff {argument}` shows what it leaves in the cluster; "
        f"`r1c compile {argument} --prune` removes the files"
    )
    code = ORPHANED
    shown = orphan.target.replace(os.sep, "/")
    return Diagnostic(code.id, code.slug, code.severity, message, advice, shown, None, "")


def parents(arguments: Sequence[str], parent: str | None) -> Collection[str]:
    """Return the directories that outputs are in: they stay, also if nothing is left in them.

    Raises UserError if no argument is a directory: a single profile says nothing about the others.
    """
    directories = _directories(arguments)
    if not directories:
        raise UserError("--prune needs a directory of profiles, such as `r1c compile profiles --prune`")
    return {parent_of(_repository(argument), parent) for argument in directories}


def _directories(arguments: Sequence[str]) -> list[str]:
    """Return the arguments that are directories of profiles, also one that is not there any more."""
    return [argument for argument in arguments if os.path.isdir(argument) or _is_gone(argument)]


def _is_gone(argument: str) -> bool:
    return not (argument == inputs.STDIN or os.path.exists(argument) or argument.endswith(inputs.SUFFIXES))


def _outputs(argument: str, parent: str | None, made: Collection[str]) -> Iterator[Orphan]:
    """Yield the outputs that belong to a directory of profiles, without those that are `made`.

    With r1c.yaml each folder of profiles has a folder of outputs; without it all outputs are in one. Outputs
    outside of the repository may be those of other repositories: nothing is known about them.
    """

    def skip(target: str) -> bool:
        return _same(target) in made

    repository = _repository(argument)
    top = parent_of(repository, parent)
    inside = join(os.path.abspath(inputs.root(argument)), "")
    if not join(os.path.abspath(top), "").startswith(inside):
        return
    if repository is None:
        yield from outputs(top, deep=False, skip=skip)
        return
    folder = below(repository, argument)
    if folder is None:
        profiles = os.path.abspath(join(repository.folder, repository.profiles))
        if not profiles.startswith(join(os.path.abspath(argument), "")):
            return
    yield from outputs(join(top, folder) if folder else top, deep=True, skip=skip)


def _elsewhere(arguments: Sequence[str]) -> Iterator[Job]:
    """Yield the recipes of the whole repository, or of the working directory if there is none."""
    for root in dict.fromkeys(map(inputs.root, _directories(arguments))):
        for path in inputs.recipes_below(root):
            content, repository = inputs.read(path), inputs.repository(path)
            yield Job(path, repository, inputs.name_of(repository, path, content), content)


def environments(argument: str) -> bool:
    """Tell whether a directory of profiles is in a repository with r1c.yaml."""
    return _repository(argument) is not None


def _repository(argument: str) -> Repository | None:
    return inputs.repository(join(argument, FILE))


def target_of(job: Job, parent: str | None) -> str:
    """Return the output directory of a profile with a name."""
    file = inputs.shown(job.path)
    return output_of(job.repository, file, job.name or "", parent)


def _named(job: Job) -> Job:
    if job.name is not None:
        return job
    return replace(job, name=name_of(job))


def _same(target: str) -> str:
    """Return a directory in a form to compare, as file systems without case do."""
    return os.path.abspath(target).casefold()
