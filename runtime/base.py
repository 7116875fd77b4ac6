"""The base types that generated events, instructions and entities share.

Knows nothing of the machine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from inspect import get_annotations
from typing import Any, Literal, TypeAlias, TypedDict

Observer: TypeAlias = Callable[[Any, str, str, str], None]
"""Told of each transition: the entity, the state before, the request, the state after."""


class Event:
    """The base of a machine's events: what has happened, as plain data.

    ``stimulus_id`` names the cause of all that follows from it; a machine fills an empty one in, so
    a frozen class works only with ids given.
    """

    __slots__ = ()
    stimulus_id: str


class Instruction:
    """The base of a machine's instructions: what is to be done, as plain data.

    ``stimulus_id`` is that of the event that led to it.
    """

    __slots__ = ()
    stimulus_id: str

    @classmethod
    def match(cls, **expected: Any) -> Match:
        """Something that equals every instruction of this class whose named fields are as given.

        ``assert machine.handle(event) == [Fetch.match(url="a")]``. ``TypeError`` for a field that the
        class doesn't have.
        """
        unknown = expected.keys() - set(field_names(cls))
        if unknown:
            raise TypeError(f"{cls.__name__} has no field {', '.join(sorted(unknown))}")
        return Match(cls, expected)


class Match:
    """Equal to each instance of ``kind`` that has the ``expected`` values. Made by ``match``."""

    __slots__ = ("expected", "kind")

    def __init__(self, kind: type, expected: Mapping[str, Any]) -> None:
        self.kind = kind
        self.expected = expected

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Match):
            return self.kind is other.kind and self.expected == other.expected
        return type(other) is self.kind and all(
            getattr(other, name) == value for name, value in self.expected.items()
        )

    __hash__ = None  # type: ignore[assignment]  # equal to things with many hashes

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={value!r}" for name, value in self.expected.items())
        return f"{self.kind.__name__}.match({shown})"


FORMAT = 2
"""Of generated code: a number that grows when code of an older lawful would run wrongly, or not at all, on
this runtime."""

KEY_NAMES: dict[type, str] = {}
"""Entity class -> its key attribute, of all machines that have been defined; for ``repr`` only."""


class Entity:
    """The base of a machine's entities. Equal only to itself; ``state`` says where it is.

    A generated class gives ``state`` the closed type of its states; hence ``Any`` here, which every
    type may narrow.
    """

    __slots__ = ("__weakref__",)
    state: Any

    def __repr__(self) -> str:
        kind = type(self)
        key = f" {getattr(self, KEY_NAMES[kind])!r}" if kind in KEY_NAMES else ""
        return f"<{kind.__name__}{key} {self.state}>"


@dataclass(frozen=True)
class Contract:
    """What may answer an instruction.

    ``method`` is the handler's name. Exactly one event of ``outcomes`` ends the instruction (a ``send``
    has none); any number of ``during`` may come before. ``echoes`` lists, for each of these classes,
    the fields that must carry the value of the instruction's field of the same name.
    """

    method: str
    runs: Literal["coroutine", "thread", "send"]
    outcomes: tuple[type, ...] = ()
    during: tuple[type, ...] = ()
    echoes: Mapping[type, tuple[str, ...]] = field(default_factory=dict)


class MachineOptions(TypedDict, total=False):
    """The keywords that every machine takes; ``Machine`` explains them."""

    clock: Callable[[], float]
    validate: bool
    history_limit: int | None
    log_limit: int | None
    step_budget: int
    observers: Iterable[Observer]


_FIELD_NAMES: dict[type, tuple[str, ...]] = {}


def field_names(cls: type) -> tuple[str, ...]:
    """The data fields of a class, in order: of a dataclass, else its slots and annotations."""
    names = _FIELD_NAMES.get(cls)
    if names is None:
        if is_dataclass(cls):
            names = tuple(f.name for f in fields(cls))
        else:
            found: dict[str, None] = {}
            for base in reversed(cls.__mro__[:-1]):
                slots = base.__dict__.get("__slots__", ())
                found.update(dict.fromkeys((slots,) if isinstance(slots, str) else slots))
                found.update(dict.fromkeys(get_annotations(base)))
            names = tuple(name for name in found if not name.startswith("__"))
        _FIELD_NAMES[cls] = names
    return names


LONGEST = 2_000  # characters of a value in a report


def shortened(value: object) -> str:
    """The ``repr`` of a value, cut where it gets long; one that fails is told so."""
    try:
        text = repr(value)
    except Exception as error:
        return f"<{type(value).__name__} whose repr raises {type(error).__name__}>"
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}… ({len(text)} characters)"
