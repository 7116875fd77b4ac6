"""What every part of the reference is written with: places, literals, types, snippets as code.

Knows the checked model and Markdown.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from ..checked import CheckedSpec, Field
from ..diagnostics import Span
from ..diagram import Diagram, extract
from ..diagram.harmless import harmless
from ..diagram.model import Place
from ..diagram.source import Source
from ..literal import written
from ..markdown import code, prose, statements, table
from ..snippets import ir
from ..types import Type, spell

Blocks = Iterator[str]


@dataclass(frozen=True)
class Page:
    """A machine with the rows of its diagram. Places are relative to the folder of the root file, so
    that the reference is the same wherever it is written."""

    spec: CheckedSpec
    source: Source = field(init=False)
    diagram: Diagram = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "source", Source(self.spec))
        object.__setattr__(self, "diagram", harmless(extract(self.spec)))

    def place(self, where: Span | Place) -> str:
        folder = os.path.dirname(self.spec.span.path) or "."
        path = os.path.relpath(where.path, folder).replace(os.sep, "/")
        return code(f"{path}:{where.line}")

    def expression(self, expr: ir.Expr | None) -> str:
        return code(self.source.text(expr))

    def block(self, block: ir.Block) -> str:
        return statements(self.source.lines(block))

    def fields(self, fields: Iterable[Field]) -> str:
        """A table of fields, with the columns that any of them needs."""
        listed = list(fields)
        columns = {
            "Field": [code(f.name) for f in listed],
            "Type": [type_(f.type) for f in listed],
            "Default": ["" if f.required else code(written(f.default)) for f in listed],
            "Reset by": [codes(f.resets) for f in listed],
            "Explored": ["" if f.explore == "exact" else f.explore for f in listed],
            "Meaning": [prose(f.doc) for f in listed],
            "Place": [self.place(f.span) for f in listed],
        }
        kept = {name: cells for name, cells in columns.items() if any(cells)}
        return table(tuple(kept), zip(*kept.values(), strict=True))


def section(title: str, *blocks: str) -> Blocks:
    """The blocks under a heading; nothing where all of them are empty."""
    if any(blocks):
        yield f"## {title}"
        yield from filter(None, blocks)


def type_(type_: Type) -> str:
    return code(spell(type_))


def codes(names: Iterable[str]) -> str:
    return ", ".join(map(code, names))


def sentence(*parts: str) -> str:
    """The parts that there are, as sentences in one paragraph."""
    return " ".join(part for part in parts if part)


def rows(head: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    """A table without the columns in which nothing stands."""
    listed = list(lines)
    used = [i for i in range(len(head)) if any(line[i] for line in listed)]
    return table([head[i] for i in used], ([line[i] for i in used] for line in listed))
