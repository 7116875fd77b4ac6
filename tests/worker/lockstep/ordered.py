"""Upstream's machine with sets that keep the order of insertion.

Upstream walks over plain sets of tasks and addresses, so that the order of what it does depends on
hashes and memory addresses. For an exact comparison the module's source is read from where it is
installed, its syntax tree is rewritten, and the result is run as a module of its own:

* set displays, set comprehensions and the name ``set`` become ``Ordered``;
* heaps forget the places of elements that have left, and are walked in order;
* a task that fails while it is missing is missing no more;
* messages have lists of their own;
* assertions look into default dictionaries without putting something in;
* of its classes only ``TaskState`` and ``WorkerState`` are made anew. Events, instructions and errors
  are the original ones, so that both machines can take the same events.

Nothing else of it is touched. The second to the fifth are named deviations of ``spec/worker``.
"""

from __future__ import annotations

import ast
import heapq
import inspect
import sys
from collections.abc import Collection, Iterable, Iterator
from functools import cache
from types import ModuleType
from typing import Any, ClassVar, TypeVar

from distributed import worker_state_machine as upstream
from distributed._stories import worker_story
from distributed.collections import HeapSet
from distributed.utils import recursive_to_dict

from lawful.runtime import OrderedSet

T = TypeVar("T")

MADE_ANEW = ("TaskState", "WorkerState")
NAME = f"{__name__}_upstream"


class Ordered(OrderedSet[T]):
    """A set in the order of insertion that distributed's dumps show as a list."""

    __slots__ = ()

    def _to_dict(self, *, exclude: Collection[str] = ()) -> list[Any]:
        return [recursive_to_dict(item, exclude=exclude) for item in self]


class OrderedHeapSet(HeapSet[Any]):
    """A ``HeapSet`` that forgets the place of what is taken out, and is walked in its order."""

    __slots__ = ()

    def discard(self, value: Any) -> None:
        if value in self._data:
            self._heap = [entry for entry in self._heap if entry[2]() is not value]
            heapq.heapify(self._heap)
            self._sorted = False
        super().discard(value)

    def __iter__(self) -> Iterator[Any]:
        return self.sorted()


def story(wanted: Collection[Any], log: Iterable[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """What ``worker_story`` finds, which looks into plain sets only, and so gives plain sets."""
    found: list[tuple[Any, ...]] = worker_story(wanted, map(_with_plain_sets, log))
    return found


def _with_plain_sets(record: tuple[Any, ...]) -> tuple[Any, ...]:
    if any(type(x) is Ordered for x in record):
        return tuple(set(x) if type(x) is Ordered else x for x in record)
    return record


class _Look(ast.NodeTransformer):
    """``self.has_what[peer]`` -> ``self.has_what.get(peer, ())``"""

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        self.generic_visit(node)
        held = node.value
        if not (isinstance(held, ast.Attribute) and held.attr in ("data_needed", "has_what")):
            return node
        look = ast.Attribute(held, "get", ast.Load())
        return ast.copy_location(ast.Call(look, [node.slice, ast.Tuple([], ast.Load())], []), node)


class _Rewrite(ast.NodeTransformer):
    def visit_Set(self, node: ast.Set) -> ast.AST:
        elements = [self.visit(element) for element in node.elts]
        return self._made_of(node, ast.List(elements, ast.Load()))

    def visit_SetComp(self, node: ast.SetComp) -> ast.AST:
        self.generic_visit(node)
        return self._made_of(node, ast.GeneratorExp(node.elt, node.generators))

    def visit_Name(self, node: ast.Name) -> ast.AST:
        if node.id == "set":
            return ast.copy_location(ast.Name("Ordered", node.ctx), node)
        return node

    def visit_Assert(self, node: ast.Assert) -> ast.AST:
        node.test = _Look().visit(node.test)
        return self.generic_visit(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        if node.name in MADE_ANEW:
            return self.generic_visit(node)
        original = ast.parse(f"{node.name} = upstream.{node.name}").body[0]
        return ast.copy_location(original, node)

    def _made_of(self, node: ast.expr, elements: ast.expr) -> ast.AST:
        return ast.copy_location(ast.Call(ast.Name("Ordered", ast.Load()), [elements], []), node)


def _missing_error(ws: Any, task: Any, *failure: Any, stimulus_id: str) -> Any:
    ws.missing_dep_flight.discard(task)
    return ws._transition_generic_error(task, *failure, stimulus_id=stimulus_id)


def _with_own_lists(instructions: list[Any]) -> list[Any]:
    for instruction in instructions:
        if isinstance(instruction, (upstream.TaskFinishedMsg, upstream.TaskErredMsg)):
            instruction.startstops = list(instruction.startstops)
    return instructions


def rewritten() -> ast.Module:
    """The syntax tree of upstream's module, rewritten."""
    tree: ast.Module = _Rewrite().visit(ast.parse(inspect.getsource(upstream)))
    return ast.fix_missing_locations(tree)


@cache
def ordered_module() -> ModuleType:
    """The rewritten module, made once in a process."""
    code = compile(rewritten(), upstream.__file__, "exec")
    module = ModuleType(NAME, "distributed.worker_state_machine in the order of insertion")
    module.__dict__.update(upstream=upstream, Ordered=Ordered)
    sys.modules[NAME] = module  # dataclasses look their module up
    exec(code, module.__dict__)
    module.__dict__.update(HeapSet=OrderedHeapSet, worker_story=story)
    return module


@cache
def _ordered_class() -> Any:
    base: Any = ordered_module().WorkerState

    class InOrder(base):  # type: ignore[misc]  # made at run time
        __slots__ = ()
        _TRANSITIONS_TABLE: ClassVar[Any] = {
            **base._TRANSITIONS_TABLE,
            ("missing", "error"): _missing_error,
        }

        def _handle_event(self, ev: Any) -> Any:
            recommendations, instructions = super()._handle_event(ev)
            return recommendations, _with_own_lists(instructions)

        def _transitions(self, recommendations: Any, *, stimulus_id: str) -> Any:
            return _with_own_lists(super()._transitions(recommendations, stimulus_id=stimulus_id))

    return InOrder


def ordered_state(**arguments: Any) -> Any:
    """A machine of upstream's that does everything in the order of insertion."""
    return _ordered_class()(**arguments)
