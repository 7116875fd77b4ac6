"""Classes that know whether single methods of theirs have been replaced. Knows nothing of machines."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any


class Replaceable(type):
    """The type of a class that does more at once as long as some of its methods are its own.

    The class names them in ``_SINGLE``. ``_plain`` is whether they are the ones that it was written with:
    False in a class that inherits others, or after others have been put in their place, there or in a
    class that it inherits from and that is of this type.
    """

    _originals: Mapping[str, Any] = MappingProxyType({})
    _plain: bool

    def __init__(cls, name: str, bases: tuple[type, ...], namespace: dict[str, Any]) -> None:
        super().__init__(name, bases, namespace)
        if "_SINGLE" in namespace:
            type.__setattr__(cls, "_originals", {n: getattr(cls, n) for n in namespace["_SINGLE"]})
        cls._look()

    def __setattr__(cls, name: str, value: Any) -> None:
        super().__setattr__(name, value)
        if name in cls._originals:
            cls._look()

    def __delattr__(cls, name: str) -> None:
        super().__delattr__(name)
        if name in cls._originals:
            cls._look()

    def _look(cls) -> None:
        plain = all(getattr(cls, name, None) is own for name, own in cls._originals.items())
        type.__setattr__(cls, "_plain", plain)
        kinds: Any = cls.__subclasses__()
        for kind in kinds:
            kind._look()
