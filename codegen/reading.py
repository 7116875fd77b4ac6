"""Specs as they are written: found, read, put together from their files, their shape checked.

Every mistake of shape is reported, all at once. Knows the models of a spec and how pydantic
complains; knows nothing of names, types or snippets.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from types import NoneType
from typing import Any, get_args, get_origin

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from .diagnostics import Diagnostics, Span
from .diagnostics import nearest as nearest_word
from .including import Gathered, gather
from .part import Broken, Listing, Node, Nothing, Part, Table, Text, all_parts
from .plain import shortened
from .source import REPLACEMENT, Unreadable, nearest, shown
from .spec import MachineSpec

VERSION = "1"
_BEGINS = {  # what a file lacks that is meant to be a spec, by the key
    "lawful": f"A spec begins with `lawful: {VERSION}`. ",
    "machine": "Behind it stands `machine: Name`. ",
}
_MAX_SUGGESTED = 1_000  # keys that a nearest one is searched for: searching is slow
ROOT_FILE = "machine.yaml"
_SUFFIXES = (".yaml", ".yml")
_GLUED = re.compile(r"\w+:\S")  # url:str


def find_specs(path: Path, diagnostics: Diagnostics) -> list[Path]:
    """The specs that ``path`` stands for: a file is itself, a folder with ``machine.yaml`` is that one
    machine, any other folder holds a spec in each ``*.yaml`` and each sub-folder with ``machine.yaml``,
    in the order of their names. None found is an error."""
    place = Span(shown(path), 1, 1, 1, 1)
    try:
        if not path.is_dir():
            if not path.exists():
                hint = nearest(path)
                diagnostics.error("LF001", place, f'there is no file "{shown(path)}"', hint)
                return []
            return [path]
        if (path / ROOT_FILE).is_file():
            return [path / ROOT_FILE]
        found = [
            entry if entry.is_file() else entry / ROOT_FILE
            for entry in sorted(path.iterdir())
            if (entry.suffix in _SUFFIXES and entry.is_file()) or (entry / ROOT_FILE).is_file()
        ]
    except (OSError, ValueError) as error:
        diagnostics.error("LF003", place, f'"{shown(path)}" can\'t be read: {error}')
        return []
    if not found:
        diagnostics.error(
            "LF002",
            place,
            f'there is no spec in the folder "{shown(path)}"',
            f"A spec is a file *.yaml, or a folder with a file {ROOT_FILE} in it.",
        )
    return found


def read(path: Path, diagnostics: Diagnostics) -> MachineSpec | None:
    """The spec whose root file is ``path``, with its included files. What is wrong is added to
    ``diagnostics``. None where too much is wrong for a spec to be made; where one is returned in spite
    of errors, the rest of it is whole and worth checking."""
    try:
        shaper = _Shaper(diagnostics)
        gathered = gather(path, diagnostics, lambda table: shaper.tidy_keys(MachineSpec, table))
    except Unreadable as error:
        name = shown(path)
        diagnostics.error(error.code, Span(name, 1, 1, 1, 1), str(error), error.hint)
        return None
    if gathered is None:
        return None
    return _validated(gathered, diagnostics)


def _validated(gathered: Gathered, diagnostics: Diagnostics) -> MachineSpec | None:
    shaper = _Shaper(diagnostics, whole=gathered.whole)
    try:
        spec = MachineSpec.model_validate(gathered.root, context=shaper.tidy)
    except ValidationError as error:
        _explain(error, gathered.root, diagnostics)
        return None
    if spec.lawful != VERSION:
        diagnostics.error(
            "LF054",
            spec.lawful.span,
            f'"{spec.lawful}" is no version of the language that this release reads',
            f"Write `lawful: {VERSION}`.",
        )
        return None
    spec.set_sources(gathered.sources)
    return spec if gathered.whole else None


class _Shaper:
    """Looks at each mapping before pydantic does: unknown keys, missing keys, keys without a value."""

    def __init__(self, diagnostics: Diagnostics, *, whole: bool = True) -> None:
        self._diagnostics = diagnostics
        self._whole = whole
        self._unknown = 0

    def tidy(self, part: type[Part], table: Table) -> None:
        """Report what is wrong with the keys. A key that is probably misspelt is given its right name, so
        that what stands behind it is checked, too."""
        self.tidy_keys(part, table)
        shapes = _shapes(part)
        for key, node in table.items():
            shape = shapes.get(key)
            if shape is None:
                continue
            if isinstance(node, Nothing):
                if "mapping" in shape:
                    table[key] = Table(node.span, key)
                else:
                    self._nothing(node, key)
            elif isinstance(node, Listing) and "list" in shape:
                for item in node:
                    if isinstance(item, Nothing):
                        self._nothing(item)
        self._missing(part, table)

    def tidy_keys(self, part: type[Part], table: Table) -> None:
        if part.allow_more is not None:
            return
        known = list(_shapes(part))
        for key in [key for key in table if key not in known]:
            self._unknown += 1
            meant = None
            if self._unknown <= _MAX_SUGGESTED:
                meant = nearest_word(key, [name for name in known if name not in table])
            if REPLACEMENT not in key:
                self._diagnostics.error(
                    "LF050",
                    key.span,
                    f'{_article(part)} has no key "{shortened(key)}"{_foreign(key)}',
                    f'Did you mean "{meant}"?' if meant else f"It may have: {', '.join(known)}.",
                )
            node = table.pop(key)
            if meant is not None:
                table[Text(meant, key.span)] = node

    def _missing(self, part: type[Part], table: Table) -> None:
        if part is MachineSpec and not self._whole:
            return
        included = "A file that another includes is checked with that one."
        for name in _required(part):
            if name not in table:
                hint = _BEGINS[name] + included if part is MachineSpec else ""
                message = f'{_article(part)} needs the key "{name}"'
                self._diagnostics.error("LF051", table.place, message, hint)

    def _nothing(self, node: Nothing, key: Text | None = None) -> None:
        where = "this dash" if key is None else f'"{shortened(key)}"'
        place = node.span if key is None else key.span
        self._diagnostics.error("LF053", place, f"nothing stands behind {where}")
        self._diagnostics.settle(node.span)


def _article(part: type[Part]) -> str:
    name = part.noun()
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name}"


def _foreign(key: str) -> str:
    odd = [c for c in key if not c.isascii()]
    return f" (it has the letter U+{ord(odd[0]):04X})" if odd else ""


@cache
def _shapes(part: type[Part]) -> dict[str, frozenset[str]]:
    """What may stand behind each key: ``text``, ``list``, ``mapping``."""
    return {
        field.alias or name: frozenset(_kinds(field.annotation))
        for name, field in part.model_fields.items()
    }


@cache
def _required(part: type[Part]) -> tuple[str, ...]:
    return tuple(f.alias or name for name, f in part.model_fields.items() if f.is_required())


def _kinds(annotation: Any) -> Iterable[str]:
    origin = get_origin(annotation)
    if origin is dict:
        yield "mapping"
    elif origin is list:
        yield "list"
    elif origin is not None:
        for argument in get_args(annotation):
            yield from _kinds(argument)
    elif annotation is Text:
        yield "text"
    elif annotation is not NoneType:
        yield "mapping"


@cache
def _parts() -> dict[str, type[Part]]:
    return {part.__name__: part for part in all_parts(MachineSpec)}


def _expected(complaint: ErrorDetails) -> tuple[str, ...]:
    """What could stand in the place that pydantic complains of."""
    match complaint["type"]:
        case "is_instance_of":
            return ("a text",)
        case "list_type":
            return ("a list",)
    part = _parts().get(complaint.get("ctx", {}).get("class_name", ""))
    forms = (("short_form", "a text"), ("list_form", "a list"))
    return (*(words for form, words in forms if getattr(part, form, None)), "a mapping")


def _explain(error: ValidationError, root: Table, diagnostics: Diagnostics) -> None:
    """Pydantic's complaints, one for each place, in our words."""
    wanted: dict[tuple[str | int, ...], dict[str, None]] = {}
    nodes: dict[tuple[str | int, ...], tuple[Text | None, Node]] = {}
    follow = _Follower(root).follow
    for complaint in error.errors(include_url=False):
        if complaint["type"] in ("missing", "extra_forbidden"):
            continue  # said before, with more to it
        path, key, node = follow(complaint["loc"], complaint["input"])
        nodes[path] = key, node
        wanted.setdefault(path, {}).update(dict.fromkeys(_expected(complaint)))
    further = {path[:end] for path in wanted for end in range(len(path))}
    for path, expected in wanted.items():
        if path in further:
            continue  # one way to read it went further: that is the one that was meant
        key, node = nodes[path]
        if isinstance(node, Broken):
            continue
        name = "this" if key is None else f'"{shortened(key)}"'
        if path and isinstance(path[-1], int):
            name = f"an item of {name}"
        glued = isinstance(node, Text) and _GLUED.match(node)
        diagnostics.error(
            "LF052",
            node.span,
            f"{name} takes {' or '.join(expected)}, and here is {_kind(node)}",
            "A colon needs a space behind it." if glued else "",
        )


class _Follower:
    """Follows pydantic's locations through the tree."""

    def __init__(self, root: Table) -> None:
        self._root = root
        self._keys: dict[int, dict[str, Text]] = {}  # by the id of their table

    def follow(
        self, location: tuple[str | int, ...], target: object
    ) -> tuple[tuple[str | int, ...], Text | None, Node]:
        """The path to the node that pydantic complains of, the last key on it, and the node. Its location
        has more steps than the spec: the ways in which it tried to read a node."""
        path: list[str | int] = []
        key: Text | None = None
        node: Node = self._root
        for step in location:
            if node is target:
                break
            if isinstance(node, Table) and step in node:
                key = self._key(node, str(step))
                node = node[key]
            elif isinstance(node, Listing) and isinstance(step, int):
                node = node[step]
            else:
                continue
            path.append(step)
        return tuple(path), key, node

    def _key(self, table: Table, name: str) -> Text:
        keys = self._keys.get(id(table))
        if keys is None:
            keys = self._keys[id(table)] = {str(key): key for key in table}
        return keys[name]


def _kind(node: Node) -> str:
    if isinstance(node, Nothing):
        return "nothing"
    if isinstance(node, Text):
        return "a text"
    return "a list" if isinstance(node, Listing) else "a mapping"
