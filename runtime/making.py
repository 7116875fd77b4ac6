"""Making instances of somebody else's classes fast. Knows nothing of machines."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, is_dataclass
from typing import Any, TypeVar

T = TypeVar("T")


def maker(kind: type[T], *names: str) -> Callable[..., T]:
    """A function that makes an instance of ``kind`` from its fields, given by position in the order of
    ``names``. For a dataclass it takes a third of the time of the class, which is called by keywords.

    The function is written out field by field and compiled, as ``dataclasses`` does it; only names of
    fields go into its text. A class that does more than to keep its fields is called, as ever.
    """
    given: dict[str, Any] = {"kind": kind, "new": object.__new__}
    parameters = ", ".join(names)
    if _only_keeps(kind, names):
        lines = ["instance = new(kind)", *(f"instance.{n} = {n}" for n in names), "return instance"]
    else:
        lines = [f"return kind({', '.join(f'{n}={n}' for n in names)})"]
    exec("\n    ".join([f"def make({parameters}):", *lines]), given)
    make: Callable[..., T] = given["make"]
    return make


def _only_keeps(kind: Any, names: tuple[str, ...]) -> bool:
    """Whether making an instance by the class is giving it its fields, and these are all."""
    if not is_dataclass(kind) or {f.name for f in fields(kind)} != set(names):
        return False
    init: Any = vars(kind).get("__init__")
    return (
        getattr(init, "__code__", None) is not None
        and init.__code__.co_filename == "<string>"  # written by `dataclasses`
        and not hasattr(kind, "__post_init__")
        and kind.__setattr__ is object.__setattr__
        and kind.__new__ is object.__new__
    )
