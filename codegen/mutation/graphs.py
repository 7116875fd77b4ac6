"""What is different with a mutant in an environment that has been walked through without it.

No mutant is walked through to compare it. While an environment is walked, every answer of the machine is
remembered by what was read for it; these runs, thousands for millions of edges, are all that happens there. A
run that enters no changed function goes as it went before. The others are made again with the changed
functions in the places of the old ones, in the same world; if all of them read and do the same, then every
state that was reached has the same edges, and so the graphs are one. Knows worlds and their memory.
"""

from __future__ import annotations

import ast
import enum
import linecache
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from inspect import CO_OPTIMIZED
from types import CodeType, FrameType, FunctionType
from typing import Any, TypeAlias

from ..checked import CheckedSpec
from ..explorer.building import PREFIX
from ..explorer.memo import Node
from ..explorer.probes import Edge, Failure, Probe
from ..explorer.search import Limits, Search
from ..explorer.slots import Slot, State
from ..explorer.verdicts import judge
from ..explorer.world import World

_SPEC = "spec.yaml"  # how the code speaks of the spec

Name: TypeAlias = tuple[str, str]
"""A function: its module (``machine``, ``environment``) and its name there (``Worker._pause``)."""


class Comparison(enum.Enum):
    """``unreached``: the same, since nothing that happens there enters a changed function. ``so_far``: the same as
    far as was walked, which is not everything. ``unknown``: more than functions is changed, so that the worlds can't
    be laid over each other."""

    same = "same"
    unreached = "never reached"
    so_far = "so far"
    differs = "differs"
    unknown = "unknown"


@dataclass(frozen=True)
class Run:
    """A run that was made on the walk. ``state`` holds what was ``read``, and nothing else."""

    probe: Probe
    state: State
    read: tuple[Slot, ...]
    outcome: Any


class Graph:
    """An environment of the unchanged machine, walked as far as the limits go. ``whole``: all of it was."""

    def __init__(self, spec: CheckedSpec, environment: str, limits: Limits) -> None:
        self._name = environment
        self._world = World(spec, spec.environments[environment], _SPEC)
        self._search = Search(self._world)
        self._search.run(limits)
        self.whole = self._search.stopped is None
        self._code = _Code(self._world)
        self._functions = dict(self._code.functions())

    def __len__(self) -> int:
        """How many states were seen."""
        return len(self._search.states)

    def compare(self, mutant: CheckedSpec) -> Comparison:
        """Whether anything that was seen is different with a mutant."""
        world = World(mutant, mutant.environments[self._name], _SPEC)
        code = _Code(world)
        changed = self._changed(world, code)
        if changed is None or any(name not in self._functions for name in changed):
            return Comparison.unknown
        runs = {id(run): run for name in changed for run in self._runs.get(name, ())}
        with self._in_place(changed, code):
            alike = all(self._is_alike(run) for run in runs.values())
        if not alike:
            return Comparison.differs
        if not self.whole:
            return Comparison.so_far
        return Comparison.unreached if changed and not runs else Comparison.same

    @property
    def package(self) -> str:
        """The name of the package in memory that was walked, for ``forget``."""
        return self._code.package

    # The runs of the walk

    @cached_property
    def _runs(self) -> dict[Name, list[Run]]:
        """Every run, made again, by the functions that it enters."""
        found: dict[Name, list[Run]] = {}
        names = {one.__code__: name for name, one in self._functions.items()}
        entered: set[Name] = set()

        def enter(frame: FrameType, event: str, argument: Any) -> None:
            name = names.get(frame.f_code)
            if name is not None:
                entered.add(name)

        for probe in self._world.probes():
            for read, state in probe.root.leaves():
                entered.clear()
                before = sys.gettrace()
                sys.settrace(enter)
                try:
                    outcome = self._outcome(probe, state)
                finally:
                    sys.settrace(before)
                run = Run(probe, state, read, outcome)
                for name in entered:
                    found.setdefault(name, []).append(run)
        return found

    def _outcome(self, probe: Probe, state: State) -> Any:
        """All that can be seen of a run: of a claim that it fails, of an edge what it does and where it leads."""
        universe = self._world.universe
        universe.scene.turn(state)
        if not isinstance(probe, Edge):
            found = probe.find()
            return found if isinstance(found, Failure) else None
        try:
            return [
                (result, [(what, universe.freeze(message)) for what, message in done])
                for result, done in probe.runs()
            ]
        except Exception as error:  # what a changed environment does may make no sense
            return type(error)

    def _is_alike(self, run: Run) -> bool:
        """Whether a run does the same with what is in place now, wherever it was made on the walk."""
        scene = self._world.universe.scene
        outcome = self._outcome(run.probe, run.state)
        if outcome == run.outcome and set(scene.read) <= set(run.read):
            return True
        # It reads more, so it may do one thing in one state and another in the next; or it writes something else,
        # which may not count.
        mask = 0
        for slot in run.read:
            mask |= slot.mask
        seen = Node(())
        for state in self._search.states:
            if state & mask == run.state and seen.answer(state) is None:
                outcome = self._outcome(run.probe, state)
                if outcome == run.outcome:
                    seen.learn(state, scene.read, True)
                elif self._counted(state, outcome) != self._counted(state, run.outcome):
                    return False
        return True

    def _counted(self, state: State, outcome: Any) -> Any:
        """What comes of a run in a state, without what doesn't count of where it leads."""
        if not isinstance(outcome, list):
            return outcome
        lower = self._world.lower
        return [
            (result if isinstance(result, Failure) else lower(state + result), done)
            for result, done in outcome
        ]

    # The changed functions

    def _changed(self, world: World, code: _Code) -> dict[Name, CodeType] | None:
        """The functions whose code is another one in a mutant's world. None if anything else is another."""
        mine, other = self._world.universe, world.universe
        kinds = zip(mine.layout.kinds, other.layout.kinds, strict=False)
        if mine.unordered != other.unordered or any(a.values[0] != b.values[0] for a, b in kinds):
            return None
        found: dict[Name, CodeType] = {}
        for part in self._code.parts:
            texts = self._code.text(part), code.text(part)
            if texts[0] == texts[1]:
                continue
            if not _is_frame_alike(*map(ast.parse, texts)):
                return None
            before, after = (dict(_defined(compile(text, part, "exec"))) for text in texts)
            found |= {
                (part, name): new
                for name, new in after.items()
                if _content(new) != _content(before[name])
            }
        return found

    @contextmanager
    def _in_place(self, changed: Mapping[Name, CodeType], code: _Code) -> Iterator[None]:
        """With the changed functions in the places of the old ones."""
        old = {name: self._functions[name].__code__ for name in changed}
        try:
            for name, new in changed.items():
                function, others = self._functions[name], code.parts[name[0]]
                known = function.__globals__
                for used in _used(new):
                    if used not in known and used in others:  # only the mutant has it imported
                        known[used] = self._mine(others[used])
                function.__code__ = new
            yield
        finally:
            for name, one in old.items():
                self._functions[name].__code__ = one

    def _mine(self, value: Any) -> Any:
        """What there is here in the place of something of a mutant."""
        module = getattr(value, "__module__", None) or ""
        if not module.startswith(PREFIX):
            return value
        return self._code.parts[module.rpartition(".")[2]][value.__name__]


def refuted(spec: CheckedSpec, environment: str, limits: Limits) -> tuple[list[str], bool]:
    """Walk through an environment as far as the limits go, at most until something fails: what does, and whether
    there is nothing more to see."""
    try:
        search = Search(World(spec, spec.environments[environment], _SPEC))
        search.run(limits, every=False)
    except Exception as error:  # of what the environment does: the machine's own are findings
        return [f"the environment raises {type(error).__name__}"], True
    found = sorted(f"{one.kind} {one.name}" for one in judge(search).refuted)
    return found, search.stopped is None


class _Code:
    """What a world's machine and environment are written in: by module, all that is in it."""

    def __init__(self, world: World) -> None:
        universe = world.universe
        modules = universe.package.modules
        self.package = modules["machine"].__package__ or ""
        self.parts = {name: vars(module) for name, module in modules.items()}
        self.parts["environment"] = universe.functions

    def text(self, part: str) -> str:
        return "".join(linecache.getlines(self._file(part)))

    def functions(self) -> Iterator[tuple[Name, FunctionType]]:
        """The functions that are written there, those of classes too."""
        for part, module in self.parts.items():
            held = [*module.values()]
            held += [v for one in held if isinstance(one, type) for v in vars(one).values()]
            for value in held:
                value = value.fget if isinstance(value, property) else value
                value = getattr(value, "__func__", value)
                if isinstance(value, FunctionType):
                    code = value.__code__
                    if code.co_filename == self._file(part):
                        yield (part, code.co_qualname), value

    def _file(self, part: str) -> str:
        return f"<{self.package}.{part}>"


def _is_frame_alike(before: ast.Module, after: ast.Module) -> bool:
    """Whether a mutant's module is the same outside its functions. It may define less: what is missing has
    been used by the functions that changed. What they import is found where they look for it."""
    classes = [
        {one.name: one for one in tree.body if isinstance(one, ast.ClassDef)}
        for tree in (before, after)
    ]
    return (
        set(_frame(after.body)) <= set(_frame(before.body))
        and classes[0].keys() == classes[1].keys()
        and all(
            _frame(one.body) == _frame(classes[1][name].body) for name, one in classes[0].items()
        )
    )


def _frame(body: list[ast.stmt]) -> list[str]:
    """The statements of a module or a class; of a function and a class the name only."""
    found = []
    for one in body:
        if isinstance(one, ast.FunctionDef | ast.ClassDef):
            found.append(one.name)
        elif not isinstance(one, ast.Import | ast.ImportFrom | ast.If):
            found.append(ast.dump(one))
    return found


def _defined(code: CodeType) -> Iterator[tuple[str, CodeType]]:
    """The functions that a module defines, those of its classes too."""
    for held in code.co_consts:
        if isinstance(held, CodeType):
            if held.co_flags & CO_OPTIMIZED:
                yield held.co_qualname, held
            else:
                yield from _defined(held)


def _content(code: CodeType) -> Any:
    """All of a function's code but where in the file it stands."""
    held = [
        _content(one)
        if isinstance(one, CodeType)
        else sorted(map(repr, one))
        if isinstance(one, frozenset)
        else repr(one)
        for one in code.co_consts
    ]
    names = code.co_names, code.co_varnames, code.co_cellvars, code.co_freevars
    return code.co_code, code.co_exceptiontable, code.co_flags, names, held


def _used(code: CodeType) -> Iterator[str]:
    """The names that a function may look for in its module."""
    yield from code.co_names
    for held in code.co_consts:
        if isinstance(held, CodeType):
            yield from _used(held)
