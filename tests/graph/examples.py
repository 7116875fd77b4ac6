"""Diagrams that tests draw: a worker of fourteen states, and one whose every text is hostile."""

from __future__ import annotations

from lawful.codegen.diagram.model import (
    CellRow,
    Claim,
    Contract,
    Diagram,
    Edge,
    EventRow,
    Group,
    Node,
    Place,
    View,
)

_STATES = {
    "released": "Known, and nothing is done about it.",
    "waiting": "Waits for what it depends on.",
    "constrained": "Waits for a resource.",
    "ready": "May run as soon as a thread is free.",
    "executing": "Runs in a thread.",
    "long-running": "Runs, and has given its thread back.",
    "memory": "Its value is here.",
    "error": "It failed.",
    "rescheduled": "The scheduler decides again.",
    "fetch": "Wanted from another worker.",
    "flight": "On its way from another worker.",
    "missing": "Nobody is known to have it.",
    "cancelled": "Nobody wants it, and it can't be stopped.",
    "resumed": "Wanted again while it was being cancelled.",
}
_PAIRS = """
released: waiting fetch memory error missing forgotten
waiting: constrained ready memory released
constrained: executing released
ready: executing released
executing: long-running memory error rescheduled released
long-running: memory error rescheduled released
memory: released
error: released
rescheduled: released waiting
fetch: flight missing released
flight: memory error fetch missing released
missing: fetch error released
cancelled: released waiting fetch memory error missing rescheduled
resumed: released waiting fetch memory error rescheduled
"""
_EMITS = {
    "executing": ("Execute",),
    "flight": ("GatherDep",),
    "memory": ("TaskFinished",),
    "error": ("TaskErred",),
    "long-running": ("LongRunning",),
}
_CHOICES = {
    ("executing", "released"): (("not task.done", "cancelled"), ("", "released")),
    ("long-running", "released"): (("not task.done", "cancelled"), ("", "released")),
    ("flight", "released"): (("not task.done", "cancelled"), ("", "released")),
    ("cancelled", "fetch"): (('task.previous == "flight"', "flight"), ("", "resumed")),
    ("cancelled", "waiting"): (
        ('task.previous == "executing"', "executing"),
        ('task.previous == "long-running"', "long-running"),
        ("", "resumed"),
    ),
    ("fetch", "flight"): (
        ("not any(peer in busy_workers for peer in task.who_has)", "flight"),
        ("", "missing"),
    ),
}
_ROUTES = (("memory", "waiting"), ("memory", "fetch"), ("error", "waiting"))


def _place(line: int) -> Place:
    return Place("spec/worker.yaml", line)


def _id(state: str) -> str:
    return f"state:Task:{state}"


def worker() -> Diagram:
    """A life cycle as large as a real worker's: 14 states, 51 pairs and 3 routes, 59 edges."""
    nodes = [
        Node(
            _id(name),
            "state",
            name,
            _place(10 + line),
            "Task",
            doc,
            ("flight", "executing", "long-running") if name in ("cancelled", "resumed") else (),
            name == "released",
        )
        for line, (name, doc) in enumerate(_STATES.items())
    ]
    nodes.append(Node(_id("forgotten"), "deleted", "forgotten", _place(30), "Task"))
    edges: list[Edge] = []
    for text in _PAIRS.split("\n")[1:-1]:
        start, requests = text.split(": ")
        for request in requests.split():
            edges += _cases(start, request, _place(40 + len(edges)))
    edges += (
        Edge(_id(start), _id(request), "route", _place(120), request, via="released")
        for start, request in _ROUTES
    )
    group = Group("Task", _place(5), "A task that the worker knows.", tuple(_STATES))
    return Diagram("Worker", "life-cycle", "Runs tasks.", (group,), tuple(nodes), tuple(edges))


def _cases(start: str, request: str, place: Place) -> list[Edge]:
    if (start, request) == ("resumed", "memory"):
        reason = "the value is of a run that nobody waits for"
        return [Edge(_id(start), _id(start), "internal", place, request, reason=reason)]
    if (start, request) == ("resumed", "error"):
        asks = (("Task", "waiting"),)
        return [Edge(_id(start), _id("waiting"), "redirect", place, request, asks=asks)]
    cases = _CHOICES.get((start, request), (("", request),))
    return [
        Edge(
            _id(start),
            _id(target),
            "becomes",
            place,
            request,
            guard,
            position,
            emits=_EMITS.get(target, ()),
        )
        for position, (guard, target) in enumerate(cases)
    ]


HOSTILE = (
    'end"; %% <script>alert(1)</script> --> [*] : \n\x1b[31m}} ]) #quot; `x` ::: | ${x} \\N \\" '
    "\u202egnp.exe ![i](https://evil.example/x) @team &lt; ::error::<b>--><!-- ]]> classDef"
)


def hostile(view: View) -> Diagram:
    """Every text that a renderer can meet is ``HOSTILE``, names included, which the checker would
    never let through."""
    place, evil = Place(HOSTILE, 1), HOSTILE
    asks = ((evil, evil),)
    nodes = (
        Node("state:a", "state", evil, place, evil, evil, (evil,), initial=True),
        Node("state:b", "deleted", evil, place, evil, evil),
        Node("state:c", "state", evil, place, evil, evil, final=True),
        Node("request:d", "request", evil, place, evil),
        Node("event:e", "event", evil, place, doc=evil),
        Node("instruction:f", "instruction", evil, place, doc=evil, details=(evil,)),
        Node("completion:g", "completion", evil, place, doc=evil),
    )
    full = {"request": evil, "guard": evil, "emits": (evil,), "does": (evil,), "reason": evil}
    edges = (
        Edge("state:a", "state:b", "becomes", place, asks=asks, **full),  # type: ignore[arg-type]  # one dict for all
        Edge("state:a", "state:a", "internal", place, **full),  # type: ignore[arg-type]
        Edge("state:a", "state:c", "redirect", place, asks=asks, **full),  # type: ignore[arg-type]
        Edge("state:c", "state:a", "route", place, evil, via=evil),
        Edge("event:e", "state:a", "asks", place, evil, evil, when=(evil,)),
        Edge("event:e", "request:d", "asks", place, evil, evil, when=(evil,)),
        Edge("event:e", "instruction:f", "emits", place, "", evil, when=(evil,)),
        Edge("instruction:f", "event:e", "outcome", place),
        Edge("completion:g", "state:a", "asks", place, evil),
    )
    cells = (
        CellRow(
            (evil,), (evil,), "handled", place, evil, 0, "", (evil,), asks, (evil, "    " + evil)
        ),
        CellRow((evil,), (evil,), "ignored", place, evil, 1, evil),
        CellRow((evil,), (evil,), "impossible", place, "", 2, evil),
    )
    row = EventRow(evil, place, evil, evil, ((evil, evil),), evil, (evil,), (evil,), asks, cells)
    lone = EventRow(evil, place, cells=cells)
    contract = Contract(evil, place, evil, ((evil, evil),), evil, (evil,), (evil,), (evil,))
    return Diagram(
        HOSTILE,
        view,
        evil,
        (Group(evil, place, evil, (evil,), evil),),
        nodes,
        edges,
        (Claim(evil, (evil,), evil, evil, evil, place),),
        (row, lone),
        (contract,),
    )
