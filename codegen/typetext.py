"""Types, signatures and literals as text in a spec.

Knows the grammar of types and of literals; ``names`` are the declared names that a type may use.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from .checked import Literalish
from .diagnostics import Diagnostics
from .part import Text
from .snippets.environment import Signature
from .types import Type


def parse_type(
    text: Text, names: Mapping[str, Type], diagnostics: Diagnostics, *, count: bool = False
) -> Type:
    """The type that ``text`` writes; ``UNKNOWN`` after an error. ``names`` are entities and named types
    (``EntityType``, ``Named``); ``count`` allows ``count[E]``, for the context."""
    raise NotImplementedError


def parse_signature(
    text: Text, names: Mapping[str, Type], diagnostics: Diagnostics
) -> Signature | None:
    """``name(parameter: type, …) -> type`` of a procedure; None after an error."""
    raise NotImplementedError


def parse_literal(
    text: Text | Sequence[Text],
    type_: Type,
    states: Mapping[str, Collection[str]],
    diagnostics: Diagnostics,
) -> Literalish:
    """The default that ``text`` (or a YAML list of texts) writes for a value of the type; None after an
    error. ``states`` are the states of each entity."""
    raise NotImplementedError
