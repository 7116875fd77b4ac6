"""What a machine declares: configuration, types, entities, its own data, messages, host functions."""

from __future__ import annotations

from ..checked import ContextItem, Entity, Event, HostFunction, Instruction
from ..diagram.markdown import transition_row
from ..diagram.model import Contract
from ..literal import written
from ..markdown import code, prose
from ..types import Named, spell
from .page import Blocks, Page, codes, rows, section, sentence, type_


def configuration(page: Page) -> Blocks:
    return section("Configuration", page.fields(page.spec.config.values()))


def types(page: Page) -> Blocks:
    lines = []
    for named in page.spec.types.values():
        base = named.type.base if isinstance(named.type, Named) else named.type
        words = "opaque" if base is None else type_(base)
        if isinstance(named.type, Named) and base is None and not named.type.hashable:
            words += ", not hashable"
        lines.append(
            (
                code(named.name),
                words,
                code(named.bind or ""),
                prose(named.doc),
                page.place(named.span),
            )
        )
    return section("Types", rows(("Type", "Is", "Class", "Meaning", "Place"), lines))


# ----------------------------------------------------------------------------------------- entities


def entities(page: Page) -> Blocks:
    for entity in page.spec.entities.values():
        yield f"## {prose(entity.name)}"
        yield from _entity(page, entity)


def _entity(page: Page, entity: Entity) -> Blocks:
    key = f"{entity.key.name}: {spell(entity.key.type)}"
    yield sentence(
        prose(entity.doc),
        f"At {page.place(entity.span)}.",
        f"The machine keeps them in {code(entity.registry)}, by {code(key)};",
        f"snippets call one {code(entity.variable)}.",
        f"Its class extends {code(entity.bind)}." if entity.bind else "",
    )
    yield "### States"
    configured = {
        state: [c.name for c in entity.configurations.values() if c.state == state and c.fields]
        for state in entity.states
    }
    yield rows(
        ("State", "", "Configurations", "Groups", "Meaning", "Place"),
        (
            (
                code(state.name),
                "begins here" if state.initial else "",
                codes(configured[state.name]),
                codes(group for group, names in entity.groups.items() if state.name in names),
                prose(state.doc),
                page.place(state.span),
            )
            for state in entity.states.values()
        ),
    )
    yield from _requests(page, entity)
    if entity.fields:
        yield "### Fields"
        yield page.fields(entity.fields.values())
    yield from _relations(page, entity)
    yield from _transitions(page, entity)


def _requests(page: Page, entity: Entity) -> Blocks:
    """Those that say more than the name of a state."""
    told = [r for r in entity.requests.values() if r.fields or not r.state or r.deletes]
    if told:
        yield "### Requests"
        yield "What else may be asked for than a bare state."
        yield rows(
            ("Request", "Carries", "", "Meaning", "Place"),
            (
                (
                    code(request.name),
                    codes(f"{f.name}: {spell(f.type)}" for f in request.fields.values()),
                    "deletes" if request.deletes else "" if request.state else "never a state",
                    prose(request.doc),
                    page.place(request.span),
                )
                for request in told
            ),
        )


def _relations(page: Page, entity: Entity) -> Blocks:
    if entity.relations:
        yield "### Relations"
        yield rows(
            ("Relation", "To", "Inverse", "Kept by", "On deletion", "Meaning", "Place"),
            (
                (
                    code(relation.name),
                    f"{'many' if relation.many else 'one'} {code(relation.target)}",
                    code(relation.inverse or ""),
                    "the generator" if relation.kept_by_generator else "hand",
                    relation.on_delete,
                    prose(relation.doc),
                    page.place(relation.span),
                )
                for relation in entity.relations.values()
            ),
        )


def _transitions(page: Page, entity: Entity) -> Blocks:
    diagram = page.diagram
    edges = [edge for node in diagram.states(entity.name) for edge in diagram.leaving(node)]
    table = rows(
        ("From", "Asked for", "Becomes", "If", "Does", "Place"),
        ((*transition_row(diagram, edge), page.place(edge.place)) for edge in edges),
    )
    if table:
        yield "### Transitions"
        yield table
    reason = page.spec.undeclared.get(entity.name)
    if reason is not None:
        yield f"Every other pair is claimed impossible: {prose(reason)}"


# ------------------------------------------------------------------------------------- its own data


def context(page: Page) -> Blocks:
    head = ("Name", "Type", "Default", "Holds", "Key", "Kept", "Explored", "Meaning", "Place")
    items = page.spec.context.values()
    return section("Context", rows(head, (_item(page, item) for item in items)))


def _item(page: Page, item: ContextItem) -> tuple[str, ...]:
    kept = {"none": "", "generator": "by the generator", "hand": "by hand"}[item.maintained]
    free = item.maintained == "none" and item.default is not None
    return (
        code(item.name),
        type_(item.type),
        code(written(item.default)) if free else "",
        page.expression(item.members),
        page.expression(item.key),
        f"{kept}, may be taken early" if item.early else kept,
        "" if item.explore == "exact" else item.explore,
        prose(item.doc),
        page.place(item.span),
    )


# ----------------------------------------------------------------------------------------- messages


def instructions(page: Page) -> Blocks:
    contracts = {contract.instruction: contract for contract in page.diagram.contracts}
    if page.spec.instructions:
        yield "## Instructions"
    for instruction in page.spec.instructions.values():
        yield f"### {prose(instruction.name)}"
        yield from _instruction(page, instruction, contracts.get(instruction.name))


def _instruction(page: Page, instruction: Instruction, row: Contract | None) -> Blocks:
    yield sentence(prose(instruction.doc), f"At {page.place(instruction.span)}.")
    if instruction.runs == "send":
        called = f" as {code(instruction.message)}" if instruction.message else ""
        more = ", ".join(code(f"{k}={written(v)}") for k, v in instruction.extra.items())
        yield f"It is sent{called}{f', with {more}' if more else ''}, and nothing comes back."
    else:
        ends = f" and ends with exactly one of {codes(instruction.outcomes)}"
        during = f"; meanwhile {codes(instruction.during)} may come" if instruction.during else ""
        yield f"It runs as a {instruction.runs}{ends if instruction.outcomes else ''}{during}."
    if row is not None and row.emitted_by:
        yield f"Emitted by {codes(row.emitted_by)}."
    if instruction.bind:
        yield f"Its class extends {code(instruction.bind)}."
    yield page.fields(instruction.fields.values())


def events(page: Page) -> Blocks:
    if page.spec.events:
        yield "## Events"
    ends: dict[str, list[str]] = {name: [] for name in page.spec.events}
    for instruction in page.spec.instructions.values():
        for name in (*instruction.outcomes, *instruction.during):
            ends[name].append(instruction.name)
    for event in page.spec.events.values():
        yield f"### {prose(event.name)}"
        yield from _event(page, event, ends[event.name])


def _event(page: Page, event: Event, by: list[str]) -> Blocks:
    yield sentence(prose(event.doc), f"At {page.place(event.span)}.")
    hidden = ", ".join(code(f"{name}={written(value)}") for name, value in event.redact.items())
    yield sentence(
        f"It is of the family {code(event.family)}." if event.family else "",
        f"It comes of {codes(by)}." if by else "",
        "" if event.logged else "It is not put into the history.",
        f"The history has {hidden}." if hidden else "",
        f"Its class extends {code(event.bind)}." if event.bind else "",
    )
    yield page.fields(event.fields.values())


# ---------------------------------------------------------------------------------- the outside


def host(page: Page) -> Blocks:
    functions = page.spec.host.values()
    head = ("Function", "", "Fails with", "Meaning", "Place")
    return section("Host functions", rows(head, (_function(page, f) for f in functions)))


def _function(page: Page, function: HostFunction) -> tuple[str, ...]:
    given = ", ".join(f"{p.name}: {spell(p.type)}" for p in function.parameters)
    result = f" -> {spell(function.returns)}" if function.returns is not None else ""
    words = [w for w, on in (("pure", function.pure), ("recorded", function.recorded)) if on]
    failure = function.fails or ""
    if function.fails_type is not None and spell(function.fails_type) != failure:
        failure = f"{failure}: {spell(function.fails_type)}"
    return (
        code(f"{function.name}({given}){result}"),
        ", ".join(words),
        code(failure),
        prose(function.doc),
        page.place(function.span),
    )
