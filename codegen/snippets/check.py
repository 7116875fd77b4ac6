"""The public face of the snippet checker: text in, typed tree out, mistakes into the diagnostics.

Each function takes the text as it stands in the spec, its surroundings and the declarations, and
reports every mistake with its place. None raises for a mistake, whatever the text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from ..diagnostics import Diagnostics, Span
from ..part import Text
from ..types import Type
from .environment import Checked, Declarations, Signature, Surroundings
from .ir import Block, CallHost, Expr


@dataclass(frozen=True)
class Source:
    """Where the subjects of an event come from. ``consumes`` is (map, key) for ``map.pop(key)``, and
    ``read`` only looks then. ``item`` is what one round yields: a key or an entity; ``value`` the type
    of the map's values for ``items``."""

    read: Expr
    consumes: tuple[Expr, Expr] | None
    item: Type
    value: Type | None = None


@dataclass(frozen=True)
class Arguments:
    """The arguments of a request in the order of its declaration; with ``spread`` they begin with the
    items of that tuple."""

    arguments: tuple[Expr, ...]
    spread: Expr | None = None


@dataclass(frozen=True)
class Attempted:
    """``name = host(…)``; ``result`` is the type of the local (None without a name)."""

    name: str | None
    call: CallHost | None
    result: Type | None


def check_block(
    text: Text, around: Surroundings, declarations: Declarations, diagnostics: Diagnostics
) -> Checked[Block]:
    """Statements: ``do``, ``before``, ``first``, ``after``, completion, …"""
    raise NotImplementedError


def check_expression(
    text: Text,
    around: Surroundings,
    declarations: Declarations,
    diagnostics: Diagnostics,
    want: Type | None = None,
) -> Checked[Expr]:
    """One expression, of the type ``want`` if given (``when``, ``holds``, ``members``, ``key``, …)."""
    raise NotImplementedError


def check_emit(
    text: Text, around: Surroundings, declarations: Declarations, diagnostics: Diagnostics
) -> Checked[Block]:
    """The ``emit`` key: ``Fetch(url=file.url)``. The block is one ``Emit`` (empty after an error)."""
    raise NotImplementedError


def check_recommend(
    request: Text,
    arguments: Text | None,
    variable: str,
    around: Surroundings,
    declarations: Declarations,
    diagnostics: Diagnostics,
) -> Checked[Block]:
    """The ``recommend`` and ``args`` keys for the entity in the local ``variable``. The block is one
    ``Recommend``."""
    raise NotImplementedError


def check_arguments(
    arguments: Text | None,
    entity: str,
    request: Text,
    around: Surroundings,
    declarations: Declarations,
    diagnostics: Diagnostics,
) -> Checked[Arguments]:
    """The ``redirect`` and ``args`` keys: arguments of a request of ``entity``; the request's name is
    checked too."""
    raise NotImplementedError


def check_attempt(
    text: Text, around: Surroundings, declarations: Declarations, diagnostics: Diagnostics
) -> Checked[Attempted]:
    """``took = keep(task, value)`` or ``keep(task, value)``: a host function that can fail."""
    raise NotImplementedError


def check_source(
    text: Text,
    mode: Literal["keys", "items", "of"],
    entity: str,
    around: Surroundings,
    declarations: Declarations,
    diagnostics: Diagnostics,
) -> Checked[Source]:
    """The expression of ``each``: keys of ``entity``, a map by its keys, or entities of that kind; the
    outermost call may be ``map.pop(key)``."""
    raise NotImplementedError


def check_procedures(
    bodies: Mapping[str, Text], declarations: Declarations, diagnostics: Diagnostics
) -> dict[str, Checked[Block]]:
    """The bodies of all procedures, whose signatures are in ``declarations.procedures``, callees
    first; circles are reported. Effects are closed over calls, and put into
    ``declarations.effects``. The result is in the order of ``bodies``."""
    raise NotImplementedError


def warn_unused(
    assigned: Sequence[Mapping[str, Span]], read: frozenset[str], diagnostics: Diagnostics
) -> None:
    """A warning for each local that some snippet of a sequence binds and none of it reads."""
    raise NotImplementedError
