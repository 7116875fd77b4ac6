"""Places inside a spec as it is written: walking to all of its parts, and a copy with one thing changed.

Knows the models' structure only; knows nothing of what is worth changing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias, TypeVar

from ..part import Part

Step: TypeAlias = str | int
Path: TypeAlias = tuple[Step, ...]
"""The names of attributes and keys, and the numbers of items, on the way from the spec to a thing in it."""

PartT = TypeVar("PartT", bound=Part)


def parts(node: Any, path: Path = ()) -> Iterator[tuple[Path, Part]]:
    """Every part below, itself first, in the order of the models and of the file."""
    if isinstance(node, Part):
        yield path, node
        for name in type(node).model_fields:
            yield from parts(getattr(node, name), (*path, name))
    elif isinstance(node, Mapping):
        for key, item in node.items():
            yield from parts(item, (*path, key))
    elif isinstance(node, list):
        for number, item in enumerate(node):
            yield from parts(item, (*path, number))


def changed(root: PartT, path: Path, value: object) -> PartT:
    """A copy of the spec in which ``value`` stands at ``path``; what is not on the way is shared."""
    copy: PartT = _changed(root, path, value)
    return copy


def _changed(node: Any, path: Path, value: object) -> Any:
    if not path:
        return value
    step, *rest = path
    if isinstance(node, Part):
        new = _changed(getattr(node, str(step)), tuple(rest), value)
        return node.model_copy(update={str(step): new})
    if isinstance(node, Mapping):
        return {
            key: _changed(item, tuple(rest), value) if key == step else item
            for key, item in node.items()
        }
    return [
        _changed(item, tuple(rest), value) if number == step else item
        for number, item in enumerate(node)
    ]
