"""What the whole machine needs to know before any of its functions is written.

Names of the private methods, what each procedure has to be given, which derived collections follow
which field, places in the spec as text. Knows the checked model; writes no code.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from ..checked import NEW, CheckedSpec, ContextItem, Entity, Literalish
from ..diagnostics import Span
from ..digest import named_sources, output_name, spec_hash
from ..naming import DEFAULT_OUT, handler_function, label, snake, transition_function
from ..snippets.ir import (
    Attribute,
    Block,
    CallProcedure,
    Choice,
    Compare,
    Const,
    Create,
    Display,
    Emit,
    Expr,
    For,
    Group,
    If,
    Local,
    Logic,
    Not,
    Recommend,
    Stmt,
    While,
)
from ..types import ListType, SetType
from .annotations import resolved
from .inlining import inlined
from .marks import Marks
from .scope import Names
from .sets import EMPTY_LIST, EMPTY_MAP, EMPTY_SET, shared_sets
from .walk import all_blocks, expressions, handler_blocks, inside, own_expressions, statements

BASE_PRIVATE = frozenset(
    "_barred _broken_claim _busy _check_step _claim_failed _clock _complete _drain _event _exhausted _fail _follow"
    " _host _host_results _impossible _invalid _limit _named _no_case _range _record _references_left"
    " _refuse _spend _story_of _touch _touched _violated".split(" ")
)
"""Private attributes of the runtime's machine, which no generated method may replace."""

LINE_END = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True)
class Needs:
    """What a procedure has to be given besides its own arguments."""

    recommendations: bool
    instructions: bool
    stimulus_id: bool


class Plan:
    """The checked spec, and everything about it that more than one function needs."""

    def __init__(
        self,
        spec: CheckedSpec,
        spec_name: str,
        out_name: str = DEFAULT_OUT,
        *,
        sets_as_elements: bool = True,
    ) -> None:
        self.spec = spec
        self.spec_name = spec_name
        self.out_name = out_name
        self._names = Names(set(BASE_PRIVATE))
        self.methods: dict[tuple[str, str], str] = {}
        self._name_methods()
        self._memo: dict[tuple[str, str], bool | None] = {}
        self._derived: dict[str, list[ContextItem]] = {
            name: [
                item
                for item in spec.context.values()
                if item.maintained == "generator" and item.of == name
            ]
            for name in spec.entities
        }
        self._following: dict[tuple[str, str], list[ContextItem]] = {}
        self.given, self.created = _creations(spec)
        given = {(entity, name) for entity, names in self.given.items() for name in names}
        self.shared_sets = shared_sets(spec, given)
        """(entity, field) of the collections that new entities share."""
        self.bare_sets = self._bare_sets() if sets_as_elements else {}
        """(entity, field) of the sets of which an entity has the elements alone -> where it has them."""
        self.late_items = self._late_items() if sets_as_elements else {}
        """(entity, field) of the lists and maps that an entity gets when something is put in, or somebody looks
        from outside -> where it has them."""
        self.inlined = inlined(spec)
        """The procedures that are written out where they are called."""
        self.marks = Marks()
        """What the instrumented twin is marked with; on while it is written."""
        self.detaching: set[str] = set()
        """The methods that end a deletion, where there is anything to look at."""

    # Names

    def _name_methods(self) -> None:
        new, methods = self._names.new, self.methods
        for event in self.spec.handlers:
            methods["on", event] = new(handler_function(event))
        self.transitions: dict[tuple[str, str, str], str] = {
            key: new(transition_function(self.spec.entities[key[0]].variable, key[1], key[2]))
            for key in self.spec.transitions
        }
        self.completions = [new(f"_complete_{label(c.name)}") for c in self.spec.completions]
        for name, entity in self.spec.entities.items():
            for verb in ("create", "get_or_create", "detach", "check"):
                methods[verb, name] = new(f"_{verb}_{entity.variable}")
            for relation in entity.relations:
                for verb in ("link", "unlink", "clear", "set"):
                    wish = f"_{verb}_{entity.variable}_{relation}"
                    methods[verb, f"{name}.{relation}"] = new(wish)
        for item in self.spec.context:
            methods["refresh", item] = new(f"_refresh_{item}")
            methods["members", item] = new(f"_{item}_members")
            methods["key", item] = new(f"_{item}_key")
        methods["check", ""] = new("_check_machine")
        for instruction in self.spec.instructions.values():
            if instruction.bind is not None:
                methods["make", instruction.name] = new(f"_new_{snake(instruction.name)}")

    def reset_method(self, entity: Entity, group: str) -> str:
        """The method of the entity's class that gives a reset group its defaults."""
        names = Names({entity.key.name, *entity.fields, *entity.relations})
        groups = dict.fromkeys(g for f in entity.fields.values() for g in f.resets)
        return {g: names.new(f"reset_{label(g)}") for g in groups}[group]

    # Sets of entities

    def is_set(self, entity: str, name: str) -> bool:
        """Whether a field or a relation of an entity is an ordered set."""
        declared = self.spec.entities[entity]
        if name in declared.relations:
            return declared.relations[name].many
        return isinstance(resolved(declared.fields[name].type), SetType)

    def _bare_sets(self) -> dict[tuple[str, str], str]:
        found = {}
        for entity in self.spec.entities.values():
            names = Names({entity.key.name, *entity.fields, *entity.relations})
            for name in (*entity.fields, *entity.relations):
                if (entity.name, name) in self.shared_sets and self.is_set(entity.name, name):
                    found[entity.name, name] = names.new(f"{name}_elements")
        return found

    def _late_items(self) -> dict[tuple[str, str], str]:
        found = {}
        for entity in self.spec.entities.values():
            names = Names({entity.key.name, *entity.fields, *entity.relations})
            for name in entity.fields:
                if (entity.name, name) in self.shared_sets and not self.is_set(entity.name, name):
                    found[entity.name, name] = names.new(f"{name}_items")
        return found

    def attribute(self, entity: str, name: str, of: str) -> str:
        """What ``of``, an entity, has in the place of a field or a relation."""
        place = entity, name
        return f"{of}.{self.bare_sets.get(place) or self.late_items.get(place, name)}"

    def whole(self, entity: str, name: str, of: str) -> str:
        """A field of ``of``, an entity, or what a relation holds."""
        return f"{of}.{self.late_items.get((entity, name), name)}"

    def elements(self, entity: str, name: str, of: str) -> str:
        """The elements of a set of ``of``, an entity."""
        attribute = self.attribute(entity, name, of)
        return attribute if (entity, name) in self.bare_sets else f"{attribute}.elements"

    def empty(self, entity: str, name: str) -> tuple[str, str]:
        """What stands for a collection that new entities share, and what makes one of its own."""
        if self.is_set(entity, name):
            return EMPTY_MAP if (entity, name) in self.bare_sets else EMPTY_SET
        field = self.spec.entities[entity].fields[name]
        return EMPTY_LIST if isinstance(resolved(field.type), ListType) else EMPTY_MAP

    def own(self, entity: str, name: str, of: str) -> list[str]:
        """Lines after which a collection of ``of``, an entity, is nobody else's."""
        if (entity, name) not in self.shared_sets:
            return []
        attribute, (shared, new) = self.attribute(entity, name, of), self.empty(entity, name)
        return [f"if {attribute} is {shared}:", f"    {attribute} = {new}"]

    # Places

    def file(self, path: str) -> str:
        """How a source is called in what is generated: the same on every machine."""
        return output_name(path, self.spec.span.path, self.spec_name)

    def place(self, span: Span) -> str:
        """``spec/tutorial.yaml:60``."""
        return f"{self.file(span.path)}:{span.line}"

    @cached_property
    def digest(self) -> str:
        """The SHA-256 of all sources, with their names."""
        return spec_hash(self.spec.sources, self.spec_name)

    def source_text(self, expr: Expr) -> str:
        """The expression as it is written in the spec, on one line."""
        span = expr.span
        lines = self._lines.get(self.file(span.path), [])[span.line - 1 : span.end_line]
        if not lines:
            return ""
        if len(lines) == 1:
            return lines[0][span.column - 1 : span.end_column - 1]
        parts = [lines[0][span.column - 1 :], *lines[1:-1], lines[-1][: span.end_column - 1]]
        return " ".join(" ".join(parts).split())

    @cached_property
    def _lines(self) -> dict[str, list[str]]:
        named = named_sources(self.spec.sources, self.spec_name)
        return {name: LINE_END.split(text) for name, text in named.items()}

    # Procedures

    def needs(self, procedure: str) -> Needs:
        effects = self.spec.procedures[procedure].effects
        return Needs(
            bool(effects.requests), bool(effects.emits), bool(effects.emits or effects.logs)
        )

    def asks(self, block: Block) -> bool:
        """Whether running the block can recommend something."""
        return any(isinstance(s, Recommend) for s in statements(block)) or any(
            self.needs(name).recommendations for name in self._called(block)
        )

    def _called(self, block: Block) -> Iterator[str]:
        return (e.procedure for e in expressions(block) if isinstance(e, CallProcedure))

    def calls_that_ask(self, block: Block) -> bool:
        """Whether the block calls a procedure that recommends something."""
        return any(self.needs(name).recommendations for name in self._called(block))

    def asks_elsewhere(self, block: Block) -> bool:
        """Whether the block calls a procedure that recommends something in a method of its own, and
        doesn't look whether it was asked for something else."""
        return any(
            self.asks_elsewhere(self.spec.procedures[name].body)
            if name in self.inlined
            else self.needs(name).recommendations and name not in self.strict
            for name in self._called(block)
        )

    def calls_that_emit(self, block: Block) -> bool:
        """Whether the block calls a procedure that emits something."""
        return any(self.needs(name).instructions for name in self._called(block))

    def can_conflict(self, block: Block) -> bool:
        """Whether one run of the block can ask one entity for two different things."""
        return self._conflicts(block, set())

    def _conflicts(self, block: Sequence[Stmt], seen: set[tuple[str, str]]) -> bool:
        """``seen`` holds what was asked for so far, and grows."""
        for stmt in block:
            if isinstance(stmt, Recommend) and self._clashes(stmt.entity_name, stmt.request, seen):
                return True
            for expr in own_expressions(stmt):
                for e in inside(expr):
                    if isinstance(e, CallProcedure):
                        asked = self.spec.procedures[e.procedure].effects.requests
                        if any(self._clashes(*pair, seen) for pair in sorted(asked)):
                            return True
            if isinstance(stmt, If):
                other = set(seen)
                if self._conflicts(stmt.then, seen) or self._conflicts(stmt.otherwise, other):
                    return True
                seen |= other
            # The second round of a loop sees what the first has asked for.
            elif isinstance(stmt, For | While) and (
                self._conflicts(stmt.body, seen) or self._conflicts(stmt.body, seen)
            ):
                return True
        return False

    def _clashes(self, entity: str, request: str, seen: set[tuple[str, str]]) -> bool:
        carries = bool(self.spec.entities[entity].requests[request].fields)
        clash = any(e == entity and (r != request or carries) for e, r in seen)
        seen.add((entity, request))
        return clash

    @cached_property
    def strict(self) -> frozenset[str]:
        """The procedures that only transitions call, so that two wishes for one entity are an error."""
        lenient: set[str] = set()
        blocks = [b for h in self.spec.handlers.values() for b in handler_blocks(h)]
        blocks += [completion.body for completion in self.spec.completions]
        while blocks:
            called = set(self._called(blocks.pop())) - lenient
            lenient |= called
            blocks += [self.spec.procedures[name].body for name in called]
        return frozenset(self.spec.procedures) - lenient

    # Derived collections

    def derived(self, entity: str) -> list[ContextItem]:
        """The collections and counts of an entity that the generator keeps, in declared order."""
        return self._derived[entity]

    def is_static(self, item: ContextItem) -> bool:
        """Whether the state alone decides who is a member."""
        entity = self.spec.entities[item.of or ""]
        return all(self.member(item, state) is not None for state in entity.states)

    def member(self, item: ContextItem, state: str) -> bool | None:
        """Whether an entity in the state is a member; None if other fields decide."""
        key = (item.name, state)
        if key not in self._memo:
            assert item.members is not None
            entity = self.spec.entities[item.of or ""]
            found = _decide(item.members, entity, state)
            self._memo[key] = found if isinstance(found, bool) else None
        return self._memo[key]

    def reads_state(self, item: ContextItem) -> bool:
        """Whether the rule of a derived collection depends on the state."""
        entity = item.of or ""
        return not item.members_reads.isdisjoint({(entity, "state"), (entity, "configuration")})

    def following(self, entity: str, field: str) -> list[ContextItem]:
        """The derived collections whose rule reads the field, in declared order."""
        key = (entity, field)
        if key not in self._following:
            declared = self.spec.entities[entity]
            names = {field}
            if field in declared.configured_by:
                names.add("configuration")
            self._following[key] = [
                item
                for item in self.derived(entity)
                if any((entity, name) in item.members_reads for name in names)
            ]
        return self._following[key]

    def has_checks(self, entity: str) -> bool:
        """Whether there is something to check of each instance of an entity."""
        declared = self.spec.entities[entity]
        return any(i.entity == entity for i in self.spec.invariants) or any(
            r.kept_by_generator and r.inverse for r in declared.relations.values()
        )


def _creations(spec: CheckedSpec) -> tuple[dict[str, set[str]], dict[str, set[bool]]]:
    """Of each entity: the fields that some snippet gives, and how it is created (``reuse`` or not)."""
    given: dict[str, set[str]] = {}
    created: dict[str, set[bool]] = {}
    for block in all_blocks(spec):
        for e in expressions(block):
            if isinstance(e, Create):
                given.setdefault(e.entity, set()).update(name for name, _ in e.fields)
                created.setdefault(e.entity, set()).add(e.reuse)
    for handler in spec.handlers.values():
        if handler.subject is not None and (NEW in handler.cells):
            created.setdefault(handler.subject.entity, set())
    return given, created


class _Open:
    """What can't be decided from the state alone."""


_OPEN = _Open()


def _decide(expr: Expr, entity: Entity, state: str) -> Literalish | _Open:
    match expr:
        case Const(value=value):
            return value
        case Attribute(target=Local(), name="state"):
            return state
        case Group(name=name):
            return entity.groups[name]
        case Display(items=items):
            values = tuple(_decide(i, entity, state) for i in items)
            found = tuple(v for v in values if not isinstance(v, _Open))
            return found if len(found) == len(values) else _OPEN
        case Not(operand=operand):
            inner = _decide(operand, entity, state)
            return _OPEN if isinstance(inner, _Open) else not inner
        case Logic(op=op, operands=operands):
            return _decide_logic(op == "or", [_decide(o, entity, state) for o in operands])
        case Choice(test=test, yes=yes, no=no):
            decided = _decide(test, entity, state)
            if isinstance(decided, _Open):
                return _OPEN
            return _decide(yes if decided else no, entity, state)
        case Compare(first=first, rest=((op, right),)):
            return _decide_comparison(
                op, _decide(first, entity, state), _decide(right, entity, state)
            )
        case _:
            return _OPEN


def _decide_logic(deciding: bool, values: list[Literalish | _Open]) -> Literalish | _Open:
    """``or`` is decided by a true operand, ``and`` by a false one, wherever it stands."""
    if any(isinstance(v, bool) and v is deciding for v in values):
        return deciding
    if any(not isinstance(v, bool) for v in values):
        return _OPEN
    return not deciding


def _decide_comparison(
    op: str, left: Literalish | _Open, right: Literalish | _Open
) -> bool | _Open:
    if isinstance(left, _Open) or isinstance(right, _Open):
        return _OPEN
    match op:
        case "==":
            return left == right
        case "!=":
            return left != right
        case "in":
            return left in right if isinstance(right, tuple | list) else _OPEN
        case "not in":
            return left not in right if isinstance(right, tuple | list) else _OPEN
        case _:
            return _OPEN


def emits(block: Block) -> bool:
    """Whether the block itself emits something."""
    return any(isinstance(s, Emit) for s in statements(block))
