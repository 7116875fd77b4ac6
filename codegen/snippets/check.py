"""The public face of the snippet checker: text in, typed tree out, mistakes into the diagnostics.

Each function takes the text as it stands in the spec, its surroundings and the declarations, and
reports every mistake with its place. None raises for a mistake, whatever the text.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeVar

from ..diagnostics import Diagnostics, Span, did_you_mean
from ..part import Text
from ..types import (
    BOOL,
    NONE,
    UNKNOWN,
    EntityType,
    IterType,
    MapType,
    TupleType,
    Type,
    Unknown,
    bare,
    item_of,
)
from .callgraph import called, callees_first
from .environment import (
    Checked,
    Declarations,
    Knowledge,
    LocalTypes,
    Owner,
    Surroundings,
)
from .ir import (
    Block,
    CallHost,
    Display,
    Expr,
    Index,
    Local,
    Method,
    Recommend,
)
from .outcome import outcome, placeholder, refusal, settle
from .session import a, is_mutable
from .statements import Statements
from .syntax import Snippet, parse_arguments, parse_block, parse_expression

T = TypeVar("T")


@dataclass(frozen=True)
class Source:
    """Where the subjects of an event come from. ``consumes`` is (map, key) for ``map.pop(key)``, and
    ``read`` only looks then. ``item`` is what one round yields: a key or an entity; ``value`` the type
    of the map's values for ``items``."""

    read: Expr
    consumes: tuple[Expr, Expr] | None
    item: Type
    value: Type | None = None


@dataclass(frozen=True)
class Arguments:
    """The arguments of a request in the order of its declaration; with ``spread`` they begin with the
    items of that tuple."""

    arguments: tuple[Expr, ...]
    spread: Expr | None = None


@dataclass(frozen=True)
class Attempted:
    """``name = host(…)``; ``result`` is the type of the local (None without a name)."""

    name: str | None
    call: CallHost | None
    result: Type | None


def check_block(
    text: Text, around: Surroundings, declarations: Declarations, diagnostics: Diagnostics
) -> Checked[Block]:
    """Statements: ``do``, ``before``, ``first``, ``after``, completion, …"""
    parsed = parse_block(text, diagnostics)
    if parsed is None:
        return refusal((), around)
    snippet, body = parsed

    def run(types: LocalTypes, found: Diagnostics) -> Checked[Block]:
        session = Statements(snippet, around, declarations, found, types)
        block = session.block(body)
        session.finish()
        return outcome(session, block)

    checked = settle(run, around, diagnostics)
    if not around.exports and checked.ok:
        warn_unused([checked.assigned], checked.read, diagnostics)
    return checked


def check_expression(
    text: Text,
    around: Surroundings,
    declarations: Declarations,
    diagnostics: Diagnostics,
    want: Type | None = None,
) -> Checked[Expr]:
    """One expression, of the type ``want`` if given (``when``, ``holds``, ``members``, ``key``, …).

    Where ``want`` is ``BOOL`` it is a condition: whatever can be read as true or false will do."""
    parsed = parse_expression(text, diagnostics)
    if parsed is None:
        return refusal(placeholder(text), around)
    snippet, node = parsed

    def run(types: LocalTypes, found: Diagnostics) -> Checked[Expr]:
        session = Statements(snippet, around, declarations, found, types)
        if want == BOOL:
            expr, yes, no = session.condition(node)
            return outcome(session, expr, yes, no)
        if want is None:
            return outcome(session, session.expr(node))
        return outcome(session, session.need(node, want, around.place))

    return settle(run, around, diagnostics)


def check_emit(
    text: Text, around: Surroundings, declarations: Declarations, diagnostics: Diagnostics
) -> Checked[Block]:
    """The ``emit`` key: ``Fetch(url=file.url)``. The block is one ``Emit`` (empty after an error)."""
    parsed = parse_expression(text, diagnostics)
    if parsed is None:
        return refusal((), around)
    snippet, node = parsed

    def run(types: LocalTypes, found: Diagnostics) -> Checked[Block]:
        session = Statements(snippet, around, declarations, found, types)
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
            session.error(
                "LF313", node, "One instruction is expected here.", "emit: Fetch(url=file.url)"
            )
            return outcome(session, ())
        if node.func.id == "emit":
            session.error("LF313", node, "The key `emit` says it already.", "emit: Fetch(…)")
            return outcome(session, ())
        statement = session.instruction(node)
        return outcome(session, () if statement is None else (statement,))

    return settle(run, around, diagnostics)


def check_recommend(
    request: Text,
    arguments: Text | None,
    variable: str,
    around: Surroundings,
    declarations: Declarations,
    diagnostics: Diagnostics,
) -> Checked[Block]:
    """The ``recommend`` and ``args`` keys for the entity in the local ``variable``. The block is one
    ``Recommend``."""
    type_ = bare(around.locals[variable])
    assert isinstance(type_, EntityType)

    def run(types: LocalTypes, found: Diagnostics) -> Checked[Block]:
        parsed = _arguments(request, arguments, found)
        if parsed is None:
            return refusal((), around)
        snippet, call = parsed
        session = Statements(snippet, around, declarations, found, types)
        entity = declarations.entities[type_.name]
        known = session.request(str(request), entity, request.locate(0, len(request)))
        if known is None:
            return outcome(session, ())
        session.read_locals.add(variable)
        target = Local(span=request.locate(0, len(request)), type=type_, name=variable)
        asked: Recommend = session.ask(call, call.args, target, entity, known)
        return outcome(session, (asked,))

    return settle(run, around, diagnostics)


def check_arguments(
    arguments: Text | None,
    entity: str,
    request: Text,
    around: Surroundings,
    declarations: Declarations,
    diagnostics: Diagnostics,
) -> Checked[Arguments]:
    """The ``redirect`` and ``args`` keys: arguments of a request of ``entity``; the request's name is
    checked too."""

    def run(types: LocalTypes, found: Diagnostics) -> Checked[Arguments]:
        parsed = _arguments(request, arguments, found)
        if parsed is None:
            return refusal(Arguments(()), around)
        snippet, call = parsed
        session = Statements(snippet, around, declarations, found, types)
        span = request.locate(0, len(request))
        known = session.request(str(request), declarations.entities[entity], span)
        if known is None:
            return outcome(session, Arguments(()))
        given, spread = session.request_arguments(call, call.args, known)
        session.requests.add((entity, known.name))
        return outcome(session, Arguments(tuple(given), spread))

    return settle(run, around, diagnostics)


def check_attempt(
    text: Text, around: Surroundings, declarations: Declarations, diagnostics: Diagnostics
) -> Checked[Attempted]:
    """``took = keep(task, value)`` or ``keep(task, value)``: a host function that can fail.

    The local is bound where the attempt succeeds, so ``locals`` hold it."""
    nothing = Attempted(None, None, None)
    parsed = parse_block(text, diagnostics)
    if parsed is None:
        return refusal(nothing, around)
    snippet, body = parsed

    def run(types: LocalTypes, found: Diagnostics) -> Checked[Attempted]:
        session = Statements(snippet, around, declarations, found, types)
        only = body[0] if body else snippet.text.span  # a comment alone has no statement
        target: ast.Name | None = None
        value: ast.expr | None = None
        if len(body) == 1 and isinstance(only, ast.Expr):
            value = only.value
        elif len(body) == 1 and isinstance(only, ast.Assign):
            value = only.value
            target = only.targets[0] if isinstance(only.targets[0], ast.Name) else None
            value = None if target is None else value
        if not isinstance(value, ast.Call) or not isinstance(value.func, ast.Name):
            session.error(
                "LF313",
                only,
                "An attempt is one call of a host function that can fail.",
                "attempt: took = keep(task, value)",
            )
            return outcome(session, nothing)
        host = declarations.host.get(value.func.id)
        if host is None or host.fails is None:
            session.error(
                "LF364",
                value.func,
                f'"{value.func.id}" is no host function that can fail.',
                did_you_mean(value.func.id, (h.name for h in declarations.host.values() if h.fails))
                or "Declare `fails: …` for it under `host`, or call it in `do`.",
            )
            return outcome(session, nothing)
        call = session.call(value, None, attempted=True)
        if not isinstance(call, CallHost):
            return outcome(session, nothing)
        if target is None:
            return outcome(session, Attempted(None, call, None))
        if call.type == NONE:
            session.error("LF370", target, f"`{host.name}` gives no value.")
            return outcome(session, nothing)
        if not session.bindable(target):
            return outcome(session, nothing)
        session.types.first(target.id)
        result = session.bind(target, call.type, None)
        return outcome(session, Attempted(target.id, call, result))

    return settle(run, around, diagnostics)


def check_source(
    text: Text,
    mode: Literal["keys", "items", "of"],
    entity: str,
    around: Surroundings,
    declarations: Declarations,
    diagnostics: Diagnostics,
) -> Checked[Source]:
    """The expression of ``each``: keys of ``entity``, a map by its keys, or entities of that kind; the
    outermost call may be ``map.pop(key)``."""
    declared = declarations.entities[entity]
    item: Type = EntityType(entity) if mode == "of" else declared.key.type
    nothing = Source(placeholder(text), None, item, UNKNOWN if mode == "items" else None)
    parsed = parse_expression(text, diagnostics)
    if parsed is None:
        return refusal(nothing, around)
    snippet, node = parsed

    def run(types: LocalTypes, found: Diagnostics) -> Checked[Source]:
        session = Statements(snippet, around, declarations, found, types)
        expr, consumes = _source(session, node)
        value: Type | None = None
        if mode == "items":
            base = bare(expr.type)
            if not isinstance(base, MapType) and not isinstance(base, Unknown):
                session.error("LF378", node, f"`items` needs a map, but this is {a(expr.type)}.")
            value = base.value if isinstance(base, MapType) else UNKNOWN
        yielded = item_of(expr.type)
        if yielded is None:
            session.present(expr, "the subjects are taken from a collection")
            session.fit(expr, IterType(item), "What the subjects come from")
        else:
            session.fit(expr, IterType(item), "What the subjects come from")
        return outcome(session, Source(expr, consumes, item, value))

    return settle(run, around, diagnostics)


def _source(session: Statements, node: ast.expr) -> tuple[Expr, tuple[Expr, Expr] | None]:
    """The read of a source, and what it takes away if it is ``map.pop(key)``."""
    if not (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "pop"
        and len(node.args) in (1, 2)
        and not node.keywords
    ):
        return session.expr(node), None
    target = session.expr(node.func.value)
    base = bare(target.type)
    if not isinstance(base, MapType):
        return session.expr(node), None
    key = session.need(node.args[0], base.key, "The key of `pop`")
    owner = session.owner(target)
    if owner is not None:
        session.change_owned(owner, node, "`pop`")
    span = session.span(node)
    if len(node.args) == 1:
        return Index(span=span, type=base.value, target=target, index=key), (target, key)
    default = node.args[1]
    if not isinstance(default, (ast.Tuple, ast.List)) or default.elts:
        session.error(
            "LF313", default, "The default of a source that consumes is empty.", "pop(key, ())"
        )
    empty = Display(span=session.span(default), type=TupleType(), items=())
    item = item_of(base.value)
    type_ = base.value if item is None else IterType(item)
    found = Method(span=span, type=type_, target=target, name="get", arguments=(key, empty))
    return found, (target, key)


def check_procedures(
    bodies: Mapping[str, Text], declarations: Declarations, diagnostics: Diagnostics
) -> dict[str, Checked[Block]]:
    """The bodies of all procedures, whose signatures are in ``declarations.procedures``, callees
    first; circles are reported. Effects are closed over calls, and put into
    ``declarations.effects``. The result is in the order of ``bodies``."""
    parsed = {name: parse_block(text, diagnostics) for name, text in bodies.items()}
    calls = {
        name: called(found[1], bodies) if found is not None else []
        for name, found in parsed.items()
    }
    order = callees_first(bodies, calls, diagnostics)
    done: dict[str, Checked[Block]] = {}
    for name in order:
        signature = declarations.procedures[name]
        around = Surroundings(
            place=f"the procedure {name}",
            locals={p.name: p.type for p in signature.parameters},
            fixed=frozenset(p.name for p in signature.parameters),
            procedure=signature,
            known=Knowledge(
                owners={
                    p.name: Owner("parameter", ("", p.name), p.name)
                    for p in signature.parameters
                    if is_mutable(p.type)
                }
            ),
        )
        # the syntax is judged again, into diagnostics that already hold what it says
        checked = check_block(bodies[name], around, declarations, diagnostics)
        done[name] = checked
        declarations.effects[name] = checked.effects
        declarations.changed_parameters[name] = checked.changed_parameters
    return {name: done[name] for name in bodies}


def warn_unused(
    assigned: Sequence[Mapping[str, Span]], read: frozenset[str], diagnostics: Diagnostics
) -> None:
    """A warning for each local that some snippet of a sequence binds and none of it reads."""
    seen: dict[str, Span] = {}
    for names in assigned:
        for name, span in names.items():
            seen.setdefault(name, span)
    for name, span in seen.items():
        if name not in read:
            diagnostics.warning("LF394", span, f'Nothing reads the local "{name}".')


# --------------------------------------------------------------------------------------------- details


def _arguments(
    request: Text, arguments: Text | None, diagnostics: Diagnostics
) -> tuple[Snippet, ast.Call] | None:
    if arguments is not None:
        return parse_arguments(arguments, diagnostics)
    call = ast.Call(func=ast.Name("f", ast.Load()), args=[], keywords=[])
    return Snippet(request), call
