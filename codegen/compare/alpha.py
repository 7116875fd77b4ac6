"""Snippets in a form that doesn't depend on how they were written.

Locals are numbered where they are bound, groups of states are their states, and the fields of an
instruction are in the order of their names. Two snippets that read the same in this form do the same.
Knows the snippet tree and the names of a machine.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, fields, is_dataclass, replace
from typing import Any, TypeVar

from ..checked import CheckedSpec
from ..snippets import ir
from ..snippets.text import expression, statements
from ..types import Type, spell
from ..world import Case as WorldCase

T = TypeVar("T")

# What is said to the reader alone; ``never`` and such are told apart by being there.
_WORDS = frozenset({"span", "doc", "because"})


@dataclass(frozen=True)
class Said:
    """A piece of a spec: ``canon`` is what is compared, ``text`` what is shown."""

    canon: str
    text: str = field(default="", compare=False)


NOTHING = Said("", "nothing")


class Fragment:
    """Snippets that share their locals, told one after the other in the order in which they run.

    ``floating`` are locals that were bound in another fragment: they are numbered where they are met.
    ``calls`` are the procedures that they call themselves.
    """

    def __init__(self, spec: CheckedSpec, floating: Collection[str] = ()) -> None:
        self._floating = floating
        self._spec = spec
        self._registries = {e.name: e.registry for e in spec.entities.values()}
        self._known = {e.variable: f"<{e.name}>" for e in spec.entities.values()}
        self._names: dict[str, str] = {}
        self._bound = 0
        self.calls: set[str] = set()

    def bind(self, *names: str | None) -> tuple[str, ...]:
        """Give the names numbers, whatever they stood for before."""
        for name in filter(None, names):
            self._bound += 1
            self._names[name] = f"·{self._bound}"
        return tuple(self._names[name] for name in names if name)

    @property
    def bound(self) -> Collection[str]:
        """The names that were given numbers."""
        return self._names.keys()

    def expression(self, expr: ir.Expr | None) -> Said:
        if expr is None:
            return NOTHING
        return Said(expression(self._node(expr)), expression(expr, self._registries))

    def block(self, block: ir.Block) -> Said:
        if not block:
            return NOTHING
        return Said(
            "\n".join(statements(self._node(block))),
            "\n".join(statements(block, self._registries)),
        )

    # --------------------------------------------------------------------------------- the tree

    def _node(self, value: T) -> T:
        return self._renamed(value)  # type: ignore[no-any-return]  # a node for a node of its kind

    def _renamed(self, value: Any) -> Any:
        match value:
            case tuple():
                return tuple(map(self._renamed, value))
            case ir.Local():
                return replace(value, name=self._name(value.name))
            case ir.Group():
                return self._states(value)
            case ir.Compare():
                return self._compared(value)
            case ir.For():
                source = self._node(value.source)
                names = self.bind(*value.names)
                return replace(value, source=source, names=names, body=self._node(value.body))
            case ir.Comprehension() | ir.MapComprehension():
                clauses = tuple(map(self._clause, value.clauses))
                return replace(self._fields(value, but="clauses"), clauses=clauses)
            case ir.Assign():
                assigned = self._node(value.value)
                for target in value.targets:
                    if isinstance(target, ir.Local) and target.name not in self._names:
                        self.bind(target.name)
                return replace(value, value=assigned, targets=self._node(value.targets))
            case ir.Emit():
                told = ((name, self._node(item)) for name, item in value.fields)
                return replace(value, fields=tuple(sorted(told, key=lambda pair: pair[0])))
            case ir.CallProcedure():
                self.calls.add(value.procedure)
                return self._fields(value)
            case ir.Expr() | ir.Stmt():
                return self._fields(value)
        return value

    def _fields(self, node: Any, but: str = "") -> Any:
        told = {f.name: self._renamed(getattr(node, f.name)) for f in fields(node) if f.name != but}
        return replace(node, **told)

    def _clause(self, clause: ir.Clause) -> ir.Clause:
        source = self._node(clause.source)
        names = self.bind(*clause.names)
        return ir.Clause(names=names, source=source, conditions=self._node(clause.conditions))

    def _name(self, name: str) -> str:
        if name in self._floating and name not in self._names:
            self.bind(name)
        return self._names.get(name) or self._known.get(name, name)

    def _states(self, group: ir.Group) -> ir.Expr:
        states = sorted(self._spec.entities[group.entity].groups[group.name])
        items = tuple(ir.Const(span=group.span, type=group.type, value=s) for s in states)
        return ir.Display(span=group.span, type=group.type, items=items)

    def _compared(self, compare: ir.Compare) -> ir.Compare:
        """Of constants that something is looked up among the order doesn't matter."""
        rest = tuple((op, self._node(operand)) for op, operand in compare.rest)
        told = tuple(
            (op, _sorted(operand) if op in ("in", "not in") else operand) for op, operand in rest
        )
        return replace(compare, first=self._node(compare.first), rest=told)

    # -------------------------------------------------------------------------------- whole parts

    def whole(self, value: Any) -> str:
        """Any part of the checked model as text, without its places and its documentation."""
        match value:
            case ir.Expr():
                return self.expression(value).canon
            case Type():
                return spell(value)
            case tuple() if value and isinstance(value[0], ir.Stmt):
                return self.block(value).canon
            case tuple() | list():
                return f"[{', '.join(map(self.whole, value))}]"
            case Mapping():
                pairs = sorted((str(k), self.whole(v)) for k, v in value.items())
                return f"{{{', '.join(f'{k}: {v}' for k, v in pairs)}}}"
        if is_dataclass(value):
            if isinstance(value, WorldCase):
                return self._case(value)
            return self._parts(value, _WORDS)
        return repr(value)

    def _case(self, case: WorldCase) -> str:
        choices = [self.whole(rule) for rule in case.choices.values()]
        self.bind(*case.choices)
        return f"{choices} {self._parts(case, _WORDS | {'choices'})}"

    def _parts(self, value: Any, without: frozenset[str]) -> str:
        shown = (f for f in fields(value) if f.name not in without)
        told = ", ".join(f"{f.name}={self.whole(getattr(value, f.name))}" for f in shown)
        return f"{type(value).__name__}({told})"


def _sorted(expr: ir.Expr) -> ir.Expr:
    if isinstance(expr, ir.Display) and all(isinstance(i, ir.Const) for i in expr.items):
        return replace(expr, items=tuple(sorted(expr.items, key=expression)))
    return expr
