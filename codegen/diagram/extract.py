"""From the checked model to the diagram.

Knows both, and nothing of any format. Everything comes in the order of the spec, so the same spec
gives the same diagram in every process.
"""

from __future__ import annotations

from ..checked import CheckedSpec
from .flow import draw_flow
from .lifecycle import draw_life_cycles, groups
from .model import Diagram, View
from .sketch import Sketch
from .source import Source
from .tables import claims, contracts, event_rows


class UnknownEntity(LookupError):
    """The picture was limited to an entity that the machine doesn't have; ``known`` are those it has."""

    def __init__(self, name: str, known: tuple[str, ...]) -> None:
        super().__init__(name, known)
        self.name, self.known = name, known

    def __str__(self) -> str:
        return f'There is no entity "{self.name}" in the machine. It has: {", ".join(self.known)}.'


def extract(spec: CheckedSpec, view: View = "both", entity: str | None = None) -> Diagram:
    """The diagram of a machine, or of one of its entities. Raises ``UnknownEntity``."""
    if entity is not None and entity not in spec.entities:
        raise UnknownEntity(entity, tuple(spec.entities))
    source, sketch = Source(spec, entity), Sketch(spec)
    life_cycle, flow = view != "flow", view != "life-cycle"
    rows = event_rows(source) if flow else ()
    if life_cycle:
        draw_life_cycles(source, sketch)
    if flow:
        draw_flow(source, rows, view, sketch)
    rules = contracts(source) if flow else ()
    return Diagram(
        machine=spec.machine,
        view=view,
        doc=spec.doc,
        groups=groups(source),
        nodes=tuple(sketch.nodes.values()),
        edges=tuple(sketch.edges.values()),
        claims=claims(source) if life_cycle else (),
        events=rows,
        contracts=tuple(c for c in rules if f"instruction:{c.instruction}" in sketch.nodes),
    )
