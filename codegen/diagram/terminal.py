"""The diagram as a tree of text for a terminal or a pipe: entities, their states, what leads away.

Lines are styled pieces first; ``plain`` joins them, ``styled`` lets rich colour them. Knows the
diagram's model and the width it may use, nothing of a real terminal.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from .harmless import harmless
from .lines import columns, wrapped
from .model import Contract, Diagram, Edge, EventRow, Group, Node

Piece: TypeAlias = "tuple[str, str]"  # text and the name of its style, empty for none
Line: TypeAlias = "list[Piece]"

STYLES = {
    "title": "bold",
    "state": "bold cyan",
    "end": "bold green",
    "deleted": "bold red",
    "event": "bold magenta",
    "instruction": "bold yellow",
    "mark": "green",
    "guard": "italic",
    "emits": "yellow",
    "quiet": "dim",
    "tree": "dim",
    "": "",
}

_ASCII = str.maketrans("├└│─→⇢⇒↺…", "|`|->>>@.")
_FOLD = 4  # how far a head that is too long for a line is indented in its next
_WIDEST_HEAD = 32  # columns; a longer head pushes its own line only


@dataclass
class _Branch:
    """A node of the tree: a head, the notes beside it, and what hangs below."""

    head: Line
    notes: list[Piece] = field(default_factory=list)
    below: list[_Branch] = field(default_factory=list)


def tree(diagram: Diagram, width: int) -> list[Line]:
    """The lines of the tree, none longer than ``width`` columns unless a single word is (at least
    40 columns are used)."""
    width, diagram = max(width, 40), harmless(diagram)
    title = f"{diagram.machine}: {diagram.doc}" if diagram.doc else diagram.machine
    lines: list[Line] = [[(text, "title")] for text in wrapped(title, width)]
    for head, branches in _sections(diagram):
        lines.append([])
        lines += [[(text, "title")] for text in wrapped(head, width)]
        lines += _grow(branches, width)
    if diagram.claims:
        lines.append([])
        lines += ([(text, "quiet")] for text in wrapped(_claimed(diagram), width))
    return [_no_command(line) for line in lines]


def _no_command(line: Line) -> Line:
    """A line that begins with two colons would be an order to a GitHub workflow that shows it."""
    text = "".join(piece for piece, _ in line)
    return [(text.replace("::", "\\x3a:", 1), "")] if text.lstrip().startswith("::") else line


def plain(lines: Iterable[Line], *, ascii_only: bool = False) -> str:
    """The lines as text without any escape sequence; with ``ascii_only`` the tree is drawn with
    ASCII characters, for an output that has no others."""
    text = "".join("".join(piece for piece, _ in line).rstrip() + "\n" for line in lines)
    return _ascii(text) if ascii_only else text


def styled(lines: Iterable[Line], *, ascii_only: bool = False) -> str:
    """The lines with the escape sequences of colours."""
    import io

    from rich.console import Console
    from rich.text import Text

    out = io.StringIO()
    console = Console(
        file=out, force_terminal=True, color_system="standard", width=10_000, highlight=False
    )
    for line in lines:
        text = Text()
        for piece, style in line:
            text.append(_ascii(piece) if ascii_only else piece, STYLES[style])
        console.print(text, soft_wrap=True)
    return out.getvalue()


def _ascii(text: str) -> str:
    return text.translate(_ASCII).encode("ascii", "backslashreplace").decode("ascii")


# ------------------------------------------------------------------------------------- what is said


def _sections(diagram: Diagram) -> Iterator[tuple[str, list[_Branch]]]:
    if diagram.shows_life_cycle:
        for group in diagram.groups:
            yield (
                _group_head(diagram, group),
                [_state(diagram, node) for node in diagram.states(group.name)],
            )
    if not diagram.shows_flow:
        return
    yield "Events", [_event(diagram, row) for row in diagram.events]
    yield "Instructions", [_contract(row) for row in diagram.contracts]
    completions = [node for node in diagram.nodes if node.kind == "completion"]
    if completions:
        yield "Completion", [_completion(diagram, node) for node in completions]


def _group_head(diagram: Diagram, group: Group) -> str:
    states = diagram.states(group.name)
    edges = [edge for state in states for edge in diagram.leaving(state)]
    pairs = len({(edge.source, edge.request) for edge in edges})
    resting = sum(node.kind == "state" for node in states)
    counted = f"{_count(resting, 'state')}, {_count(pairs, 'pair')}"
    return f"{group.name} ({counted})" + (f": {group.doc}" if group.doc else "")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _claimed(diagram: Diagram) -> str:
    number = sum(len(claim.starts) for claim in diagram.claims)
    verb = "is" if number == 1 else "are"
    return f"{_count(number, 'pair')} that may be asked for {verb} claimed impossible."


def _state(diagram: Diagram, node: Node) -> _Branch:
    style = "deleted" if node.kind == "deleted" else "end" if node.final else "state"
    head: Line = [(node.label, style)]
    marks = [
        word
        for word, holds in (
            ("begins here", node.initial),
            ("ends here", node.final),
            ("deleted", node.kind == "deleted"),
        )
        if holds
    ]
    if marks:
        head.append((f" ({', '.join(marks)})", "mark"))
    if node.details:
        head.append((f" [{' | '.join(node.details)}]", "quiet"))
    notes = [*_marked(node.note), *([(node.doc, "quiet")] if node.doc else ())]
    return _Branch(head, notes, [_transition(diagram, e) for e in diagram.leaving(node)])


def _transition(diagram: Diagram, edge: Edge) -> _Branch:
    target, request = diagram.by_id[edge.target].label, edge.request
    notes: list[Piece] = []
    match edge.kind:
        case "internal":
            head = f"↺ {request}"
            notes.append((f"stays: {edge.reason}", "quiet"))
        case "redirect":
            asked = edge.asks[-1][1] if edge.asks else edge.request
            head = f"⇒ {request}"
            notes.append((f"asks {asked} instead", ""))
        case "route":
            head = f"⇢ {request}"
            notes.append((f"via {edge.via}", "quiet"))
        case _:
            head = f"→ {target}" if target == request else f"→ {target} (for {request})"
    group = diagram.by_id[edge.source].group
    asks = edge.asks[:-1] if edge.kind == "redirect" else edge.asks
    first = _guard(edge.guard, edge.position)
    effects = _effects(edge.emits, asks, group)
    return _Branch([(head, "")], [*first, *notes, *effects, *_marked(edge.note)])


def _marked(note: str) -> list[Piece]:
    return [(f"[{note}]", "mark")] if note else []


def _guard(guard: str, position: int) -> list[Piece]:
    if guard:
        return [(f"if {guard}", "guard")]
    return [("otherwise", "guard")] if position else []


def _effects(emits: Sequence[str], asks: Sequence[tuple[str, str]], group: str) -> Iterator[Piece]:
    if emits:
        yield f"emits {', '.join(emits)}", "emits"
    if asks:
        named = (request if entity == group else f"{entity} {request}" for entity, request in asks)
        yield f"asks {', '.join(named)}", ""


def _signature(name: str, fields: Iterable[tuple[str, str]]) -> str:
    return f"{name}({', '.join(f'{field}: {type_}' for field, type_ in fields)})"


def _event(diagram: Diagram, row: EventRow) -> _Branch:
    node = diagram.by_id.get(f"event:{row.event}")
    notes = _marked(node.note if node else "")
    notes += [(row.subject, "quiet")] if row.subject else []
    if row.doc:
        notes.append((row.doc, "quiet"))
    branch = _Branch([(_signature(row.event, row.fields), "event")], notes)
    always = list(_effects(row.emits, row.asks, row.entity))
    if always:
        branch.below.append(_Branch([("always", "")], always))
    for cell in row.cells:
        head = ", ".join(cell.where) or "any time"
        cell_notes = _guard(cell.guard, cell.position)
        if cell.verdict == "handled":
            cell_notes += _effects(cell.emits, cell.asks, row.entity)
            if not (cell.emits or cell.asks):
                cell_notes.append(("; ".join(cell.does), "quiet"))
        else:
            cell_notes.append((f"{cell.verdict}: {cell.reason}", "quiet"))
        branch.below.append(_Branch([(head, "")], cell_notes))
    return branch


def _contract(row: Contract) -> _Branch:
    notes: list[Piece] = [(row.runs, "mark")]
    if row.doc:
        notes.append((row.doc, "quiet"))
    said = (
        ("emitted by", ", ".join(row.emitted_by) or "nobody"),
        ("meanwhile", ", ".join(row.during)),
        ("ends with", " or ".join(row.outcomes)),
    )
    below = [_Branch([(head, "quiet")], [(text, "")]) for head, text in said if text]
    return _Branch([(_signature(row.instruction, row.fields), "instruction")], notes, below)


def _completion(diagram: Diagram, node: Node) -> _Branch:
    emits, asks = [], []
    for edge in diagram.edges:
        target = diagram.by_id[edge.target]
        if edge.source == node.id and edge.kind == "emits":
            emits.append(target.label)
        elif edge.source == node.id:
            asks.append((target.group, edge.request))
    only = diagram.groups[0].name if len(diagram.groups) == 1 else ""
    return _Branch([(node.label, "title")], list(_effects(emits, asks, only)))


# ------------------------------------------------------------------------------------ how it is laid


def _grow(branches: list[_Branch], width: int) -> Iterator[Line]:
    """The lines of a section: what hangs below its branches is aligned over the whole section, so
    that a reader's eye can run down; what doesn't fit goes on below its own head."""
    leaves = [leaf for branch in branches for leaf in branch.below]
    fitting = (n for leaf in leaves if (n := _length(leaf.head)) <= _WIDEST_HEAD)
    indent = min(max(fitting, default=0), width // 3) + 2
    for branch, joint, below in _joints(branches):
        stem = "│  " if branch.below else "   "
        first: Line = [(joint, "tree"), *branch.head]
        yield from _beside(first, [(below + stem, "tree")], branch, width - 3, 4)
        for leaf, leaf_joint, leaf_below in _joints(branch.below):
            first = [(below + leaf_joint, "tree"), *leaf.head]
            further: Line = [(below + leaf_below + "   ", "tree")]
            yield from _beside(first, further, leaf, width - 6, indent)


def _joints(branches: list[_Branch]) -> Iterator[tuple[_Branch, str, str]]:
    """Each branch with what stands before its first line and before the lines below that."""
    for branch in branches[:-1]:
        yield branch, "├─ ", "│  "
    for branch in branches[-1:]:
        yield branch, "└─ ", "   "


def _length(line: Line) -> int:
    return sum(columns(text) for text, _ in line)


def _beside(first: Line, further: Line, branch: _Branch, room: int, indent: int) -> Iterator[Line]:
    """The line of a branch, and those that its notes go on in."""
    margin, used = first[:1], _length(branch.head)
    head = branch.head
    if used > room:
        *whole, head = _filled(head, room - _FOLD)
        for piece in whole:
            yield margin + piece
            margin = [*further, (" " * (_FOLD - 3), "")]
        used = _length(head) + _FOLD
    line, at = margin + head, used
    for text, style in branch.notes:
        gap = max(indent - at, 2) if at == used else 2
        if at + gap + columns(text) <= room:
            line += [(" " * gap, ""), (text, style)]
            at += gap + columns(text)
            continue
        # A note that fits no line in one piece begins where it is, if that leaves it some room.
        left = room - at - gap
        lines = list(wrapped(text, room - indent))
        if len(lines) > 1 and left >= 24:
            start = next(wrapped(text, left))
            line += [(" " * gap, ""), (start, style)]
            lines = list(wrapped(text[len(start) :].strip(), room - indent))
        for part in lines:
            yield line
            line = [*further, (" " * (indent - 3), ""), (part, style)]
            at = indent + columns(part)
    yield line


def _filled(pieces: Line, room: int) -> list[Line]:
    """Pieces that are too long for one line in several, each word in its style."""
    lines: list[Line] = [[]]
    at = 0
    for text, style in pieces:
        for number, word in enumerate(text.split(" ")):
            for part in wrapped(word, room):
                space = " " if number and at else ""
                if at + len(space) + columns(part) > room and at:
                    lines.append([])
                    at, space = 0, ""
                lines[-1].append((space + part, style))
                at += len(space) + columns(part)
    return lines
