"""A machine of tasks, rich enough for every rule of snippets, and short ways to check against it."""

from __future__ import annotations

from dataclasses import replace

from lawful.codegen.checked import (
    Configuration,
    ContextItem,
    Deviation,
    Entity,
    Event,
    Field,
    HostFunction,
    Instruction,
    NamedType,
    Relation,
    Request,
    State,
)
from lawful.codegen.diagnostics import Diagnostic, Diagnostics, Span
from lawful.codegen.part import Text
from lawful.codegen.snippets.check import check_block, check_expression
from lawful.codegen.snippets.environment import Checked, Declarations, Signature, Surroundings
from lawful.codegen.snippets.ir import Block, Expr
from lawful.codegen.types import (
    BOOL,
    FLOAT,
    INT,
    STR,
    CountType,
    EntityType,
    EventType,
    HeapType,
    ListType,
    MapType,
    Named,
    Optional,
    SetType,
    StateType,
    TupleType,
    Type,
)

SPAN = Span("machine.yaml", 1, 1, 1, 2)
TASK = EntityType("Task")
KEY = Named("Key", STR)
VALUE = Named("Value", None, hashable=False)
PEERS = SetType(STR)


def text(content: str) -> Text:
    """``content`` as if it stood in a file whose line 1 is its first line."""
    places, line, column = [], 1, 1
    for char in content:
        places.append((line, column))
        line, column = (line + 1, 1) if char == "\n" else (line, column + 1)
    places.append((line, column))
    return Text(content, replace(SPAN, end_line=line, end_column=column), tuple(places))


def fields(*, required: bool = True, **types: Type) -> dict[str, Field]:
    return {n: Field(n, t, SPAN, required=required) for n, t in types.items()}


def _request(name: str, *, state: bool = True, deletes: bool = False, **types: Type) -> Request:
    return Request(name, {n: Field(n, t, SPAN) for n, t in types.items()}, state, deletes, SPAN)


STATES = ("released", "waiting", "ready", "executing", "fetch", "flight", "memory", "error")
ENTITY = Entity(
    name="Task",
    variable="task",
    doc="",
    registry="tasks",
    key=Field("key", KEY, SPAN),
    states={s: State(s, "", s == "released", SPAN) for s in (*STATES, "cancelled")},
    configurations={
        **{s: Configuration(s, s) for s in STATES},
        "cancelled(flight)": Configuration(
            "cancelled(flight)", "cancelled", (("previous", "flight"),)
        ),
    },
    groups={"RUNNING": ("executing",), "QUEUED": ("waiting", "ready")},
    requests={
        **{s: _request(s) for s in (*STATES, "cancelled")},
        "memory": _request("memory", value=VALUE, run_id=INT),
        "error": _request("error", message=STR, code=INT),
        "flight": Request(
            "flight",
            {"peer": Field("peer", STR, SPAN), "again": Field("again", BOOL, SPAN, False, False)},
            True,
            False,
            SPAN,
        ),
        "rescheduled": _request("rescheduled", state=False),
        "forgotten": _request("forgotten", state=False, deletes=True),
    },
    fields={
        **fields(
            required=False,
            priority=Optional(TupleType(rest=INT)),
            who_has=PEERS,
            coming_from=Optional(STR),
            previous=Optional(StateType("Task")),
            nbytes=Optional(INT),
            value=Optional(VALUE),
            restrictions=MapType(STR, FLOAT),
            startstops=ListType(FLOAT),
            waiters=SetType(TASK),
        ),
        "done": Field("done", BOOL, SPAN, False, False, resets=("purge",)),
        "seen": Field("seen", FLOAT, SPAN, 0.0, False, explore="ignore"),
        "run_id": Field("run_id", INT, SPAN, -1, False, resets=("purge",)),
    },
    relations={
        "dependencies": Relation(
            "dependencies", "Task", True, "dependents", True, "refuse", False, SPAN
        ),
        "dependents": Relation(
            "dependents", "Task", True, "dependencies", True, "refuse", True, SPAN
        ),
        "owner": Relation("owner", "Task", False, "owned", True, "clear", False, SPAN),
        "owned": Relation("owned", "Task", True, "owner", True, "clear", True, SPAN),
    },
    span=SPAN,
)


def _context(name: str, type_: Type, **more: object) -> ContextItem:
    return replace(ContextItem(name, type_, SPAN), **more)  # type: ignore[arg-type]


CONTEXT = [
    _context("waiting", SetType(TASK), of="Task", maintained="generator"),
    _context("ready", HeapType(TASK), of="Task", maintained="generator", early=True),
    _context("executing", SetType(TASK), of="Task", maintained="hand"),
    _context("in_memory", CountType(TASK), of="Task", maintained="generator"),
    _context(
        "finished",
        SetType(TASK),
        of="Task",
        maintained="generator",
        members_reads=frozenset({("Task", "done")}),
    ),
    _context("busy_peers", PEERS),
    _context("data_needed", MapType(STR, HeapType(TASK), default=True)),
    _context("in_flight", MapType(STR, SetType(KEY))),
    _context("sizes", MapType(KEY, INT)),
    _context("running", BOOL),
    _context("total", INT),
    _context("ratio", FLOAT),
    _context("address", Optional(STR)),
    _context("last_seen", FLOAT, explore="ignore"),
]
INSTRUCTIONS = [
    Instruction("Execute", "", fields(key=KEY), "coroutine", (), (), SPAN),
    Instruction(
        "Gather",
        "",
        {**fields(worker=STR, keys=PEERS), "urgent": Field("urgent", BOOL, SPAN, False, False)},
        "coroutine",
        (),
        (),
        SPAN,
    ),
    Instruction("Refresh", "", fields(keys=ListType(KEY)), "send", (), (), SPAN),
]
EVENTS = [
    Event(
        "Compute", "", fields(key=KEY, sizes=MapType(KEY, INT), holders=MapType(KEY, PEERS)), SPAN
    ),
    Event("GatherDone", "", fields(worker=STR, total=INT, reason=Optional(STR)), SPAN, "Gathered"),
]
HOST = [
    HostFunction("now", (), FLOAT, False, True, None, None, "", SPAN),
    HostFunction(
        "sizeof", tuple(fields(value=VALUE).values()), INT, True, False, None, None, "", SPAN
    ),
    HostFunction("draw", (), FLOAT, False, True, None, None, "", SPAN),
    HostFunction("note", tuple(fields(key=KEY).values()), None, False, False, None, None, "", SPAN),
    HostFunction(
        "keep",
        tuple(fields(task=TASK, value=VALUE).values()),
        FLOAT,
        False,
        True,
        "failure",
        TupleType((STR, INT)),
        "",
        SPAN,
    ),
]
PROCEDURES = [
    Signature("next_task", (), Optional(TASK), SPAN),
    Signature("enqueue", tuple(fields(task=TASK).values()), None, SPAN),
    Signature("limit", tuple(fields(peer=STR, extra=INT).values()), INT, SPAN),
]


def declarations() -> Declarations:
    from lawful.codegen.snippets.ir import Effects

    return Declarations(
        types={n: NamedType(n, t, "", SPAN) for n, t in (("Key", KEY), ("Value", VALUE))},
        config={
            "slots": Field("slots", INT, SPAN, 2, False),
            "nbytes_limit": Field("nbytes_limit", Optional(INT), SPAN),
        },
        entities={"Task": ENTITY},
        context={c.name: c for c in CONTEXT},
        instructions={i.name: i for i in INSTRUCTIONS},
        events={e.name: e for e in EVENTS},
        families={"Gathered": fields(worker=STR, total=INT)},
        procedures={p.name: p for p in PROCEDURES},
        host={h.name: h for h in HOST},
        deviations={"exact waiters": Deviation("exact waiters", False, "", SPAN)},
        effects={
            "next_task": Effects(
                reads=frozenset({("", "ready")}), writes=frozenset({("", "ready")})
            ),
            "enqueue": Effects(writes=frozenset({("", "data_needed"), ("Task", "done")})),
            "limit": Effects(reads=frozenset({("", "total")})),
        },
    )


TRANSITION = Surroundings(
    place="the transition",
    locals={"task": TASK, "value": VALUE, "run_id": INT},
    fixed=frozenset({"task", "value", "run_id"}),
    start="Task",
    unique_requests=True,
    exports=True,
)
HANDLER = Surroundings(
    place="the handler",
    locals={"event": EventType("Compute"), "task": TASK},
    fixed=frozenset({"event", "task"}),
    exports=True,
)
GUARD = replace(TRANSITION, place="the guard", pure=True, guard=True)
MEMBERS = Surroundings(
    place="the members rule",
    locals={"task": TASK},
    fixed=frozenset({"task"}),
    pure=True,
    machine=False,
)


def block(
    content: str, around: Surroundings = TRANSITION, declared: Declarations | None = None
) -> tuple[Checked[Block], list[Diagnostic]]:
    found = Diagnostics()
    checked = check_block(text(content), around, declared or declarations(), found)
    return checked, list(found)


def expression(
    content: str, want: Type | None = None, around: Surroundings = TRANSITION
) -> tuple[Checked[Expr], list[Diagnostic]]:
    found = Diagnostics()
    checked = check_expression(text(content), around, declarations(), found, want)
    return checked, list(found)


def codes(found: list[Diagnostic]) -> list[str]:
    return [d.code for d in found]
