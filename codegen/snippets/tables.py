"""The words of the language as data: its functions, its statements that look like calls, and the
methods of collections and strings.

Plain tables; how each is typed stands where it is typed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..types import HeapType, ListType, MapType, SetType, Type

BUILTINS = frozenset(
    "len min max abs sum any all sorted reversed list set ordered_set tuple int float str round "
    "enumerate zip range".split()
)
STATEMENTS = frozenset("recommend emit log reset".split())
CREATORS = frozenset("create get_or_create".split())


@dataclass(frozen=True)
class MethodSignature:
    """``parameters`` and ``result`` by the role that their type plays in the collection: ``item``,
    ``key``, ``value``, ``items`` (any collection of them), ``pairs``, ``self`` and so on. ``changes``
    tells that the collection is another one afterwards; the last ``optional`` parameters may be left
    out."""

    parameters: tuple[str, ...] = ()
    result: str = "none"
    changes: bool = False
    optional: int = 0


_ADDS = MethodSignature(("item",), changes=True)
_CLEARS = MethodSignature(changes=True)
_FIRST = MethodSignature(("int",), "list")
METHODS: Mapping[type[Type], Mapping[str, MethodSignature]] = {
    SetType: {
        "add": _ADDS,
        "discard": _ADDS,
        "remove": _ADDS,
        "clear": _CLEARS,
        "update": MethodSignature(("items",), changes=True),
        "first": _FIRST,
        "pop_first": MethodSignature(result="item", changes=True),
        "copy": MethodSignature(result="self"),
    },
    ListType: {
        "append": _ADDS,
        "extend": MethodSignature(("items",), changes=True),
        "clear": _CLEARS,
        "pop_last": MethodSignature(result="item", changes=True),
    },
    HeapType: {
        "add": _ADDS,
        "discard": _ADDS,
        "remove": _ADDS,
        "clear": _CLEARS,
        "first": _FIRST,
        "peek": MethodSignature(result="item"),
        "pop": MethodSignature(result="item", changes=True),
    },
    MapType: {
        "get": MethodSignature(("key", "value"), "found", optional=1),
        "pop": MethodSignature(("key", "value"), "popped", changes=True, optional=1),
        "keys": MethodSignature(result="keys"),
        "values": MethodSignature(result="values"),
        "items": MethodSignature(result="pairs"),
        "clear": _CLEARS,
        "setdefault": MethodSignature(("key", "value"), "value", changes=True),
        "copy": MethodSignature(result="self"),
    },
}
TEXT_METHODS: Mapping[str, MethodSignature] = {
    "startswith": MethodSignature(("str",), "bool"),
    "endswith": MethodSignature(("str",), "bool"),
    "lower": MethodSignature(result="str"),
    "upper": MethodSignature(result="str"),
}
