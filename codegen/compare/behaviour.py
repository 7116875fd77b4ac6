"""The facts of what a machine does and promises: handlers, transitions, routes, procedures, worlds."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from ..checked import Case as TransitionCase
from ..checked import Cell, CheckedSpec, Handler, Invariant, Route, Transition
from ..diagnostics import Span
from ..snippets import ir
from ..types import spell
from ..world import Environment
from .alpha import NOTHING, Fragment, Said
from .facts import BEHAVIOUR, COMPATIBLE, THERE, CaseView, Collector, Fact, Path, Rule

BEHAVES = Rule(BEHAVIOUR, BEHAVIOUR, BEHAVIOUR)
_PROMISED = Rule(COMPATIBLE, BEHAVIOUR, BEHAVIOUR)  # one more promise changes nothing that is done
_WORLD = Rule(COMPATIBLE, COMPATIBLE, COMPATIBLE)


def behaviour(spec: CheckedSpec, found: Collector) -> None:
    """Collect what events, requests and completions lead to, and what is promised of it."""
    for handler in spec.handlers.values():
        _handler(spec, handler, found)
    for pair in spec.transitions.values():
        _transition(spec, pair, found)
    for route in spec.routes.values():
        _route(route, found)
    for procedure in spec.procedures.values():
        path, about = ("procedure", procedure.name), f"procedure {procedure.name}"
        span = procedure.span
        found.thing(path, about, span, BEHAVES)
        fragment = Fragment(spec)
        fragment.bind(*(p.name for p in procedure.parameters))
        takes = ", ".join(spell(p.type) for p in procedure.parameters)
        gives = f"({takes}) -> {spell(procedure.returns) if procedure.returns else 'nothing'}"
        found.add(Fact((*path, "types"), about, "signature", Said(gives, gives), span, BEHAVES))
        _body((*path, "body"), about, "body", fragment, procedure.body, span, found)
    _completions(spec, found)
    _promises(spec, "invariant", spec.invariants, found)
    _promises(spec, "promise at rest", spec.at_quiescence, found)
    for environment in spec.environments.values():
        _environment(spec, environment, found)


def _body(
    path: Path, about: str, what: str, fragment: Fragment, block: ir.Block, span: Span,
    found: Collector,
) -> None:  # fmt: skip
    where = block[0].span if block else span
    said = fragment.block(block)
    found.add(Fact(path, about, what, said, where, BEHAVES, calls=frozenset(fragment.calls)))


# ----------------------------------------------------------------------------------------- handlers


def _handler(spec: CheckedSpec, handler: Handler, found: Collector) -> None:
    path, about = ("event", handler.event), f"event {handler.event}"
    subject = handler.subject
    shared = _locals(spec, handler)
    told = Fragment(spec)
    if subject is not None:
        consumes = [told.expression(part).canon for part in subject.consumes or ()]
        source = told.expression(subject.source)
        mode = f"{subject.mode} {subject.entity}{' or create' if subject.creates else ''}"
        said = Said(f"{mode} {source.canon} {consumes}", f"{mode} {source.text}")
    else:
        said = Said("none", "none")
    span = subject.span if subject is not None else handler.span
    calls = frozenset(told.calls)
    found.add(Fact((*path, "subject"), about, "subject", said, span, BEHAVES, calls=calls))
    for part, block in (
        ("before", handler.before), ("first", handler.first), ("after", handler.after)
    ):  # fmt: skip
        fragment = Fragment(spec, shared)
        _body((*path, part), about, f'"{part}"', fragment, block, handler.span, found)
    told_cells: dict[int, tuple[tuple[CaseView, ...], Said]] = {}
    for name, cell in handler.cells.items():
        if id(cell) not in told_cells:
            told_cells[id(cell)] = _cell(spec, shared, cell), _unit(spec, handler, cell)
        cases, unit = told_cells[id(cell)]
        value = Said(repr([case.parts for case in cases]))
        found.add(
            Fact((*path, "cell", name), about, name, value, cell.span, BEHAVES, cases, mutual=True)
        )
        found.add(
            Fact((*path, "locals", name), about, "use of locals", unit, handler.span, BEHAVES, mutual=True)
        )  # fmt: skip


def _cell(spec: CheckedSpec, shared: Collection[str], cell: Cell) -> tuple[CaseView, ...]:
    if not cell.cases:
        verdict = "ignored" if cell.ignore is not None else "impossible"
        return (_view(Said(verdict, verdict), NOTHING, NOTHING, NOTHING, NOTHING, cell.span),)
    views = []
    for case in cell.cases:
        fragment = Fragment(spec, shared)
        guard = fragment.expression(case.when)
        verdict = "handled"
        if case.ignore is not None:
            verdict = "ignored"
        elif case.impossible is not None:
            verdict = "impossible"
        body = fragment.block(case.body)
        outcome = Said(verdict, verdict)
        views.append(
            _view(outcome, guard, NOTHING, NOTHING, body, case.span, frozenset(fragment.calls))
        )
    return tuple(views)


def _view(
    outcome: Said, guard: Said, claims: Said, attempt: Said, body: Said, span: Span,
    calls: frozenset[str] = frozenset(),
) -> CaseView:  # fmt: skip
    return CaseView(
        (
            ("outcome", outcome),
            ("guard", guard),
            ("claims", claims),
            ("attempt", attempt),
            ("body", body),
        ),
        span,
        calls,
    )


def _locals(spec: CheckedSpec, handler: Handler) -> Collection[str]:
    """The names that one part of a handler may leave to another."""
    fragment = Fragment(spec)
    if handler.subject is not None:
        fragment.bind(handler.subject.value_name)
    bodies = [case.body for cell in handler.cells.values() for case in cell.cases]
    for block in (handler.before, handler.first, *bodies, handler.after):
        fragment.block(block)
    return fragment.bound


def _unit(spec: CheckedSpec, handler: Handler, cell: Cell) -> Said:
    """The whole way through a handler: its parts may agree one by one and yet share other locals."""
    fragment = Fragment(spec)
    said = [fragment.block(handler.before)]
    if handler.subject is not None:
        fragment.bind(handler.subject.value_name)
    said.append(fragment.block(handler.first))
    for case in cell.cases:
        said += (fragment.expression(case.when), fragment.block(case.body))
    said.append(fragment.block(handler.after))
    return Said("\n".join(part.canon for part in said), "otherwise linked")


# -------------------------------------------------------------------------------------- transitions


def _transition(spec: CheckedSpec, pair: Transition, found: Collector) -> None:
    path = ("pair", pair.entity, pair.start, pair.request)
    fragment = Fragment(spec)
    asserts = _claims(fragment, pair.asserts)
    calls = frozenset(fragment.calls)
    cases = tuple(_case(spec, case) for case in pair.cases)
    for below, what, value, told in (
        ((), "transition", THERE, ()),
        (("asserts",), "claims", asserts, ()),
        (("cases",), "", Said(repr([case.parts for case in cases])), cases),
    ):
        found.add(
            Fact(
                (*path, *below), pair.entity, what, value, pair.span, BEHAVES, told,
                start=pair.start, request=pair.request, calls=calls,
            )
        )  # fmt: skip


def _route(route: Route, found: Collector) -> None:
    path = ("route", route.entity, route.start, route.request)
    for below, what, value in (
        ((), "route", THERE),
        (("via",), "state on the route", Said(route.via, route.via)),
    ):
        found.add(
            Fact(
                (*path, *below), route.entity, what, value, route.span, BEHAVES,
                start=route.start, request=route.request,
            )
        )  # fmt: skip


def _claims(fragment: Fragment, claims: Iterable[ir.Expr]) -> Said:
    said = [fragment.expression(claim) for claim in claims]
    if not said:
        return NOTHING
    return Said(" and ".join(s.canon for s in said), " and ".join(s.text for s in said))


def _case(spec: CheckedSpec, case: TransitionCase) -> CaseView:
    fragment = Fragment(spec)
    guard = fragment.expression(case.when)
    claims = _claims(fragment, case.asserts)
    attempt = NOTHING
    if case.attempt is not None:
        tried = case.attempt
        call = fragment.expression(tried.call)
        fragment.bind(tried.failure)
        failed = fragment.block(tried.failed)
        fragment.bind(tried.name)
        attempt = Said(
            f"{call.canon}\n{failed.canon}", f"{call.text}\nif that fails: {failed.text}"
        )
    given = [fragment.expression(argument) for argument in case.redirect_arguments]
    words = {
        "becomes": f"becomes {case.target}",
        "internal": "stays as it is",
        "impossible": "impossible",
        "redirect": f"asks for {case.target} instead",
    }[case.kind]
    told = f" with {', '.join(s.text for s in given)}" if given else ""
    outcome = Said(f"{words} {[s.canon for s in given]}", words + told)
    body = fragment.block(case.body)
    return _view(outcome, guard, claims, attempt, body, case.span, frozenset(fragment.calls))


# --------------------------------------------------------------------------------- completions etc.


def _completions(spec: CheckedSpec, found: Collector) -> None:
    for completion in spec.completions:
        path, about = ("completion", completion.name), f'completion "{completion.name}"'
        found.thing(path, about, completion.span, BEHAVES)
        mode = Said(completion.mode, completion.mode)
        found.add(Fact((*path, "mode"), about, "mode", mode, completion.span, BEHAVES))
        _body(
            (*path, "body"), about, "body", Fragment(spec), completion.body, completion.span, found
        )
    names = tuple(completion.name for completion in spec.completions)
    span = spec.completions[0].span if spec.completions else spec.span
    found.add(
        Fact(("completions",), "completions", "order", NOTHING, span, BEHAVES, order=True, names=names)
    )  # fmt: skip


def _promises(
    spec: CheckedSpec, kind: str, promises: Iterable[Invariant], found: Collector
) -> None:
    for promise in promises:
        path, about = (kind, promise.name), f'{kind} "{promise.name}"'
        found.thing(path, about, promise.span, _PROMISED)
        fragment = Fragment(spec)
        each = Said(promise.entity or "", promise.entity or "the machine")
        for part, what, said in (
            ("for", "entity", each),
            ("when", "condition", fragment.expression(promise.when)),
            ("holds", "promise", fragment.expression(promise.holds)),
        ):
            found.add(Fact((*path, part), about, what, said, promise.span, _PROMISED))


# ------------------------------------------------------------------------------------- environments

_SECTIONS = (
    ("values", "values of"),
    ("representations", "representation of"),
    ("config", "configuration"),
    ("deviations", "deviation"),
    ("ghosts", "ghost"),
    ("channels", "channel"),
    ("sources", "event"),
    ("steps", "step"),
    ("outcomes", "outcome"),
    ("may_stay_open", "what may stay open:"),
    ("heard", "what is heard:"),
    ("host", "host function"),
)


def _environment(spec: CheckedSpec, environment: Environment, found: Collector) -> None:
    """A world is where a machine is looked at; nothing in it changes the machine."""
    path, about = ("environment", environment.name), f'environment "{environment.name}"'
    span = environment.span
    found.thing(path, about, span, _WORLD)

    def tell(below: Path, what: str, value: object, where: Span = span) -> None:
        said = Said(Fragment(spec).whole(value), "otherwise")
        found.add(Fact((*path, *below), about, what, said, where, _WORLD))

    for section, words in _SECTIONS:
        for key, value in getattr(environment, section).items():
            name = key if isinstance(key, str) else " -> ".join(key)
            if section == "may_stay_open":
                value = True  # the reason is for the reader
            where = getattr(value, "span", span)
            derived = section == "outcomes" and where in (span, spec.instructions[key[0]].span)
            if not derived:
                tell((section, name), f"{words} {name}", value, where)
    symmetric = ", ".join(sorted(environment.symmetric))
    found.add(
        Fact((*path, "symmetric"), about, "symmetric fields", Said(symmetric, symmetric or "none"), span, _WORLD)
    )  # fmt: skip
    if environment.initial is not None:
        tell(("initial",), "beginning", environment.initial, environment.initial.span)
    for section in ("always", "at_quiescence", "reachable"):
        for promise in getattr(environment, section):
            tell((section, promise.name), f'{section} "{promise.name}"', promise, promise.span)
