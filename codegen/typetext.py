"""Types and signatures as text in a spec.

Knows the grammar of types; ``names`` are the declared names that a type may use.
"""

from __future__ import annotations

from collections.abc import Mapping

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
