"""Located text and the base of the spec's models: pydantic, with the place of everything kept.

Knows pydantic and positions; knows nothing of which keys a spec has.
"""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler, PrivateAttr
from pydantic_core import CoreSchema, core_schema

from .diagnostics import Span


class Text(str):
    """A scalar of the spec as written, with its place. ``places`` maps each character of the text to
    (line, column) in the file, one entry more than the text is long, so that a mistake inside a
    snippet points into the YAML; it is None where the text stands in the file as it is, in one line.
    """

    __slots__ = ("places", "span")
    span: Span
    places: tuple[tuple[int, int], ...] | None

    def __new__(
        cls, text: str, span: Span, places: tuple[tuple[int, int], ...] | None = None
    ) -> Text:
        self = super().__new__(cls, text)
        self.span = span
        self.places = places
        return self

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: type[Any], handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.is_instance_schema(cls)

    def locate(self, start: int, end: int) -> Span:
        """The span in the file of the characters ``start`` to ``end`` (exclusive) of this text."""
        if self.places is None:
            line, column = self.span.line, self.span.column
            return Span(self.span.path, line, column + start, line, column + end)
        line, column = self.places[min(start, len(self.places) - 1)]
        end_line, end_column = self.places[min(end, len(self.places) - 1)]
        return Span(self.span.path, line, column, end_line, end_column)


class Part(BaseModel):
    """Base of the models of a spec: unknown keys are errors, the place of the mapping is kept."""

    model_config = ConfigDict(extra="forbid", populate_by_name=False)
    short_form: ClassVar[str | None] = None
    list_form: ClassVar[str | None] = None
    allow_more: ClassVar[bool] = False
    _span: Span | None = PrivateAttr(None)

    @property
    def span(self) -> Span:
        assert self._span is not None
        return self._span
