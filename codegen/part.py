"""Located text and the base of the spec's models: pydantic, with the place of everything kept.

Knows pydantic and positions; knows nothing of which keys a spec has.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeAlias, get_args

from pydantic import (
    BaseModel,
    ConfigDict,
    GetCoreSchemaHandler,
    PrivateAttr,
    ValidationInfo,
    model_validator,
)
from pydantic.functional_validators import ModelWrapValidatorHandler
from pydantic_core import CoreSchema, core_schema

from .diagnostics import Span

if TYPE_CHECKING:
    from pydantic import GetJsonSchemaHandler
    from pydantic.json_schema import JsonSchemaValue

# Editors read YAML by its own rules: what is text here may be a number or a boolean there. Null is what
# they read where nothing stands, and that is a mistake.
TEXT_TYPES = ["string", "number", "boolean"]

Places: TypeAlias = tuple[tuple[int, int], ...]


class Text(str):
    """A scalar of the spec as written, with its place. ``places`` maps each character of the text to
    (line, column) in the file, one entry more than the text is long, so that a mistake inside a
    snippet points into the YAML; it is None where the text stands in the file as it is, in one line.

    ``places`` may be given as a function: it is called when a place is asked for first, which for most
    texts is never.
    """

    __slots__ = ("_places", "span")
    span: Span
    _places: Places | Callable[[], Places] | None

    def __new__(
        cls, text: str, span: Span, places: Places | Callable[[], Places] | None = None
    ) -> Self:
        self = super().__new__(cls, text)
        self.span = span
        self._places = places
        return self

    @property
    def places(self) -> Places | None:
        if callable(self._places):
            self._places = self._places()
        return self._places

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: type[Any], handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.is_instance_schema(cls)

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {"type": TEXT_TYPES}

    def locate(self, start: int, end: int) -> Span:
        """The span in the file of the characters ``start`` to ``end`` (exclusive) of this text."""
        places = self.places
        if places is None:
            line, column = self.span.line, self.span.column
            return Span(self.span.path, line, column + start, line, column + end)
        line, column = places[min(start, len(places) - 1)]
        end_line, end_column = places[min(end, len(places) - 1)]
        return Span(self.span.path, line, column, end_line, end_column)


Names: TypeAlias = list[Text]
Snippet: TypeAlias = Text


class Nothing(Text):
    """What stands behind a key that nothing stands behind: neither text nor mapping nor list. ``owner``
    is the key."""

    __slots__ = ("owner",)
    owner: Text | None


class Broken(Text):
    """In the place of something that was refused and reported: nothing more is said about it."""

    __slots__ = ()


class Table(dict[Text, "Node"]):
    """A mapping of the spec in the order of the file. ``span`` is all of it; ``owner`` is the key that
    it stands behind, if it stands behind one."""

    __slots__ = ("owner", "span")

    def __init__(self, span: Span, owner: Text | None = None) -> None:
        super().__init__()
        self.span = span
        self.owner = owner

    @property
    def place(self) -> Span:
        """Where to point when the mapping as a whole is meant: its key, or its beginning."""
        return self.span if self.owner is None else self.owner.span

    def under(self, name: str) -> Node | None:
        """What stands behind the key, if it is there."""
        return next((node for key, node in self.items() if key == name), None)

    def key(self, name: str) -> Text:
        """The key as it stands in the file. Raises StopIteration where there is none."""
        return next(key for key in self if key == name)


class Listing(list["Node"]):
    """A list of the spec, with its place."""

    __slots__ = ("span",)

    def __init__(self, span: Span) -> None:
        super().__init__()
        self.span = span


Node: TypeAlias = Text | Table | Listing
Tidy: TypeAlias = Callable[[type["Part"], Table], None]


class Part(BaseModel):
    """Base of the models of a spec: unknown keys are errors, the place of the mapping is kept.

    A text where the part is expected is its ``short_form`` key, a list its ``list_form`` key, and
    nothing at all an empty mapping. ``allow_more`` names the key that collects all keys of no
    other meaning, ``called`` is what messages call it where its class doesn't say. ``tidy`` in the context of a validation sees each mapping before pydantic does.
    """

    # What validates is built for the whole spec when one is read, not for each part besides.
    model_config = ConfigDict(extra="forbid", populate_by_name=False, defer_build=True)
    short_form: ClassVar[str | None] = None
    list_form: ClassVar[str | None] = None
    allow_more: ClassVar[str | None] = None
    called: ClassVar[str | None] = None
    _span: Span | None = PrivateAttr(None)

    @classmethod
    def noun(cls) -> str:
        """How messages call such a part: ``environment event`` for ``EnvironmentEventSpec``."""
        if cls.called:
            return cls.called
        words = "".join(f" {c.lower()}" if c.isupper() else c for c in cls.__name__)
        return words.removesuffix(" spec").strip()

    @property
    def span(self) -> Span:
        """The place of the mapping, or of the text or list that it was short for."""
        assert self._span is not None
        return self._span

    @model_validator(mode="wrap")
    @classmethod
    def _with_place(
        cls, data: Any, handler: ModelWrapValidatorHandler[Self], info: ValidationInfo
    ) -> Self:
        part = handler(cls._as_table(data, info.context))
        part._span = getattr(data, "span", None)
        return part

    @classmethod
    def _as_table(cls, data: Any, context: Any) -> Any:
        if isinstance(data, Nothing):
            table = Table(data.span, data.owner)
        elif isinstance(data, Text) and cls.short_form:
            return {cls.short_form: data}
        elif isinstance(data, Listing) and cls.list_form:
            return {cls.list_form: data}
        elif isinstance(data, Table):
            table = data
        else:
            return data
        if context is not None:
            context(cls, table)
        if cls.allow_more is not None:
            return cls._with_more(table, cls.allow_more)
        return table

    @classmethod
    def _with_more(cls, table: Table, name: str) -> dict[str, Any]:
        """The table with all keys that mean nothing else moved into ``name``."""
        named = {f.alias or key for key, f in cls.model_fields.items()} - {name}
        rest: dict[Text, Node] = {key: node for key, node in table.items() if key not in named}
        return {**{key: node for key, node in table.items() if key in named}, name: rest}


def all_parts(root: type[Part]) -> Iterator[type[Part]]:
    """``root`` and every kind of part that can stand somewhere in it, each once."""
    seen: dict[type[Part], None] = {root: None}
    waiting = [root]
    while waiting:
        part = waiting.pop()
        yield part
        for annotation in (field.annotation for field in part.model_fields.values()):
            for inner in _classes(annotation):
                if issubclass(inner, Part) and inner not in seen:
                    seen[inner] = None
                    waiting.append(inner)


def _classes(annotation: Any) -> Iterator[type]:
    if isinstance(annotation, type) and not get_args(annotation):
        yield annotation
    for argument in get_args(annotation):
        yield from _classes(argument)
