"""Defaults: literals of a declared type, as text in a spec."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from .checked import Literalish
from .diagnostics import Diagnostics
from .part import Text
from .types import Type


def parse_literal(
    text: Text | Sequence[Text],
    type_: Type,
    states: Mapping[str, Collection[str]],
    diagnostics: Diagnostics,
) -> Literalish:
    """The default that ``text`` (or a YAML list of texts) writes for a value of the type; None after an
    error. ``states`` are the states of each entity."""
    raise NotImplementedError
