"""A whole diagram with harmless texts: every renderer but JSON's begins with this, so that none of
them has to remember it text by text."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import TypeVar

from ..plain import tamed
from .model import Diagram

_T = TypeVar("_T")
_IDS = ("id", "source", "target")  # tell nodes apart and are never shown


def harmless(diagram: Diagram) -> Diagram:
    """The diagram, each text on one line with single spaces (but for the indentation of a statement),
    and with an escape for whatever would command a terminal or turn letters around."""
    return _mapped(diagram)


def _mapped(value: _T) -> _T:
    if isinstance(value, str):
        return tamed(value)  # type: ignore[return-value]  # a text for a text
    if isinstance(value, tuple):
        return tuple(map(_mapped, value))  # type: ignore[return-value]  # a tuple for a tuple
    if is_dataclass(value) and not isinstance(value, type):
        shown = {
            f.name: kept if f.name in _IDS else _mapped(kept)
            for f in fields(value)
            if f.init
            for kept in (getattr(value, f.name),)
        }
        return type(value)(**shown)
    return value
