"""Defaults: literals of a declared type, as text in a spec.

Knows which text is a value of which type; knows nothing of where a default stands.
"""

from __future__ import annotations

import ast
import json
import math
import re
from collections.abc import Collection, Mapping, Sequence
from typing import cast

from .checked import Literalish
from .diagnostics import Diagnostics, did_you_mean
from .part import Text
from .snippets.screen import MAX_INTEGER, MAX_STRING
from .snippets.syntax import Snippet, parse_expression
from .types import (
    BOOL,
    FLOAT,
    INT,
    STR,
    ListType,
    MapType,
    Optional,
    SetType,
    StateType,
    TupleType,
    Type,
    Unknown,
    bare,
    is_opaque,
    spell,
)
from .world import Datum

CODE = "LF335"
_INT = re.compile(r"[+-]?(?:0|[1-9][0-9_]*)")
_FLOAT = re.compile(r"[+-]?(?:[0-9][0-9_]*)?\.?[0-9]*(?:[eE][+-]?[0-9]{1,3})?")
_BOOLS = {"true": True, "True": True, "false": False, "False": False}
_NONES = ("None", "null", "~")


class _NotALiteral(Exception):
    """The text is no value of the type; what was said about it has been reported."""


def parse_literal(
    text: Text | Sequence[Text],
    type_: Type,
    states: Mapping[str, Collection[str]],
    diagnostics: Diagnostics,
) -> Literalish:
    """The default that ``text`` (or a YAML list of texts) writes for a value of the type; None after an
    error. ``states`` are the states of each entity."""
    try:
        # without maps, what is read is no more than a default
        return cast("Literalish", _Reader(states, diagnostics).read(text, type_))
    except _NotALiteral:
        return None


def parse_datum(
    text: Text | Sequence[Text],
    type_: Type,
    states: Mapping[str, Collection[str]],
    diagnostics: Diagnostics,
) -> tuple[Datum] | None:
    """The value of an environment that ``text`` writes, in a tuple of one; None after an error. As a
    default, and maps may hold something."""
    try:
        return (_Reader(states, diagnostics, maps=True).read(text, type_),)
    except _NotALiteral:
        return None


def written(value: Datum | Literalish) -> str:
    """The value as a spec would write it inside a snippet: ``"a"``, ``None``, ``[1, 2]``."""
    match value:
        case str():
            return json.dumps(value, ensure_ascii=False)
        case list():
            return f"[{', '.join(map(written, value))}]"
        case tuple():
            return f"({', '.join(map(written, value))}{',' if len(value) == 1 else ''})"
        case dict():
            pairs = (f"{written(key)}: {written(item)}" for key, item in value.items())
            return f"{{{', '.join(pairs)}}}"
    return repr(value)


class _Reader:
    def __init__(
        self,
        states: Mapping[str, Collection[str]],
        diagnostics: Diagnostics,
        *,
        maps: bool = False,
    ) -> None:
        self.states = states
        self.diagnostics = diagnostics
        self.maps = maps

    def refuse(self, text: Text, message: str, hint: str = "") -> _NotALiteral:
        self.diagnostics.error(CODE, text.locate(0, max(1, len(text))), message, hint)
        return _NotALiteral()

    def mismatch(self, text: Text, type_: Type, hint: str = "") -> _NotALiteral:
        shown = str(text) if text.isprintable() and len(text) <= 60 else "this text"
        return self.refuse(text, f'"{shown}" is no value of type {spell(type_)}.', hint)

    def read(self, text: Text | Sequence[Text], type_: Type) -> Datum:
        if not isinstance(text, Text):
            return self._listed(text, type_)
        base = bare(type_)
        if isinstance(base, Optional):
            return None if text.strip() in _NONES else self.read(text, base.item)
        word = text.strip()
        if isinstance(base, Unknown):
            raise _NotALiteral
        if base == STR:
            return self._string(text)
        if isinstance(base, StateType):
            return self._state(text, str(word), base.entity)
        if base == BOOL and word in _BOOLS:
            return _BOOLS[word]
        if base == INT:
            return self._int(text, word)
        if base == FLOAT:
            return self._float(text, word)
        if isinstance(base, (ListType, SetType, MapType, TupleType)):
            return self._collection(text, base)
        if is_opaque(type_):
            raise self.refuse(
                text,
                f"A value of type {spell(type_)} can't be written down.",
                f"Declare `{spell(type_)} | None`; the default is None then.",
            )
        raise self.mismatch(text, type_, "Write `true` or `false`." if base == BOOL else "")

    def _listed(self, texts: Sequence[Text], type_: Type) -> Datum:
        base = bare(type_.item if isinstance(type_, Optional) else type_)
        if isinstance(base, (ListType, SetType)):
            return [self.read(text, base.item) for text in texts]
        if isinstance(base, TupleType):
            types = base.items if base.rest is None else (base.rest,) * len(texts)
            if len(types) == len(texts):
                return tuple(self.read(t, i) for t, i in zip(texts, types, strict=True))
        if not texts and isinstance(base, MapType):
            return []
        if texts:
            raise self.refuse(texts[0], f"A list is no value of type {spell(type_)}.")
        raise _NotALiteral

    def _string(self, text: Text) -> str:
        if len(text) > MAX_STRING:
            raise self.refuse(text, f"A string has at most {MAX_STRING:,} characters.")
        if not all(c.isprintable() or c in "\n\t" for c in text):
            raise self.refuse(text, "A string holds printable characters only.")
        return str(text)

    def _state(self, text: Text, word: str, entity: str) -> str:
        known = self.states.get(entity, ())
        if word not in known:
            raise self.refuse(
                text, f'"{word[:80]}" is no state of {entity}.', did_you_mean(word, known)
            )
        return word

    def _int(self, text: Text, word: str) -> int:
        if not _INT.fullmatch(word) or len(word) > 40:
            raise self.mismatch(text, INT, "Integers are decimal.")
        value = int(word)
        if abs(value) >= MAX_INTEGER:
            raise self.refuse(text, "An integer must be less than 2**63.")
        return value

    def _float(self, text: Text, word: str) -> float:
        if not _FLOAT.fullmatch(word) or len(word) > 40:
            raise self.mismatch(text, FLOAT)
        try:
            value = float(word)
        except ValueError:
            raise self.mismatch(text, FLOAT) from None
        if not math.isfinite(value):
            raise self.refuse(text, "This number is too large.")
        return value

    # ------------------------------------------------------------------------------------- collections

    def _collection(self, text: Text, type_: Type) -> Datum:
        if isinstance(type_, (SetType, MapType)) and text.strip() in ("[]", "{}"):
            return []
        parsed = parse_expression(text, self.diagnostics)
        if parsed is None:
            raise _NotALiteral
        snippet, node = parsed
        return self._node(snippet, node, type_)

    def _node(self, snippet: Snippet, node: ast.expr, type_: Type) -> Datum:
        """A literal inside a collection, in the syntax of snippets."""
        base = bare(type_)
        if isinstance(base, Unknown):
            raise _NotALiteral
        if isinstance(base, Optional):
            if isinstance(node, ast.Constant) and node.value is None:
                return None
            return self._node(snippet, node, base.item)
        if isinstance(base, TupleType) and isinstance(node, ast.Tuple):
            types = base.items if base.rest is None else (base.rest,) * len(node.elts)
            if len(types) == len(node.elts):
                pairs = zip(node.elts, types, strict=True)
                return tuple(self._node(snippet, element, t) for element, t in pairs)
        if isinstance(base, ListType) and isinstance(node, ast.List):
            return [self._node(snippet, element, base.item) for element in node.elts]
        if isinstance(base, SetType) and isinstance(node, (ast.List, ast.Set)):
            return [self._node(snippet, element, base.item) for element in node.elts]
        if isinstance(base, MapType) and isinstance(node, ast.Dict) and self.maps:
            return self._map(snippet, node, base)
        if isinstance(base, (SetType, MapType)) and not list(ast.iter_child_nodes(node)):
            return []
        found = _plain(node)
        if found is not None:
            value = found[0]
            if isinstance(base, StateType) and isinstance(value, str):
                return self._state(_part(snippet, node), value, base.entity)
            if _is_a(value, base):
                return value
        hint = "A map's default is empty." if isinstance(base, MapType) and not self.maps else ""
        span = snippet.span(node)
        self.diagnostics.error(CODE, span, f"This is no value of type {spell(type_)}.", hint)
        raise _NotALiteral

    def _map(self, snippet: Snippet, node: ast.Dict, type_: MapType) -> Datum:
        found: dict[Datum, Datum] = {}
        for key_node, value_node in zip(node.keys, node.values, strict=True):
            assert key_node is not None  # `**` is no part of the language
            key = self._node(snippet, key_node, type_.key)
            if key in found:
                self.diagnostics.error(CODE, snippet.span(key_node), "This key stands there twice.")
                raise _NotALiteral
            found[key] = self._node(snippet, value_node, type_.value)
        return found or []


def _is_a(value: bool | int | float | str, type_: Type) -> bool:
    if isinstance(value, bool) or type_ == BOOL:
        return isinstance(value, bool) and type_ == BOOL
    if isinstance(value, str) or type_ == STR:
        return isinstance(value, str) and type_ == STR
    return type_ == FLOAT or (type_ == INT and isinstance(value, int))


def _plain(node: ast.expr) -> tuple[bool | int | float | str] | None:
    """The value of a literal, in a tuple of one; None if the node is none."""
    sign = 1
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        node, sign = node.operand, -1
    if not isinstance(node, ast.Constant):
        return None
    value = node.value
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return (sign * value,)
    return (value,) if isinstance(value, (bool, str)) and sign == 1 else None


def _part(snippet: Snippet, node: ast.expr) -> Text:
    """The text of a node, with its place."""
    start = snippet.offset(node.lineno, node.col_offset)
    end = snippet.offset(node.end_lineno or node.lineno, node.end_col_offset or 0)
    places = snippet.text.places
    span = snippet.text.locate(start, end)
    return Text(snippet.text[start:end], span, places and places[start : end + 1])
