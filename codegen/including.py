"""The files of a spec, put together: included files are read and their sections merged.

Knows how sections merge and that no file outside the folder of the root file is touched. Also puts
``transitions`` and ``routes`` into their one form, by entity, which needs the entities of all files.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from .diagnostics import Diagnostics, Related
from .part import Broken, Listing, Node, Nothing, Table, Text
from .plain import shortened
from .source import MAX_BYTES, Unreadable, load
from .yamltree import parse

_ROOT_ONLY = frozenset({"lawful", "machine", "doc"})
_SUFFIXES = (".yaml", ".yml")
_PAIRS = ("transitions", "routes")  # these stand under their entity, unless there is only one


@dataclass
class Gathered:
    """All files of a spec as one mapping. ``sources`` is their text, root first, by the name of the file
    relative to the folder of the root file. ``whole`` is False where a part couldn't be read."""

    root: Table
    sources: dict[str, str]
    whole: bool = True


def gather(
    path: Path, diagnostics: Diagnostics, tidy_keys: Callable[[Table], None]
) -> Gathered | None:
    """Read the root file and all that it includes; ``tidy_keys`` sees the sections of each file. None where
    the root file can't be read as YAML.

    Raises Unreadable where there is no root file.
    """
    gatherer = _Gatherer(path, diagnostics, tidy_keys)
    gatherer.read_all()
    if path.name not in gatherer.files:
        return None
    return Gathered(gatherer.merged(), gatherer.sources, gatherer.whole)


@dataclass
class _Gatherer:
    path: Path
    diagnostics: Diagnostics
    tidy_keys: Callable[[Table], None]
    files: dict[str, Table] = field(default_factory=dict)
    sources: dict[str, str] = field(default_factory=dict)
    whole: bool = True
    _read_as: dict[Path, tuple[str, Text | None]] = field(default_factory=dict)
    _included_by: dict[str, str] = field(default_factory=dict)
    _bytes_left: int = MAX_BYTES

    # Reading

    def read_all(self) -> None:
        """The root file, then what it includes, depth first."""
        waiting = self._read(self.path, self.path.name)
        self._read_as[self.path.resolve()] = (self.path.name, None)
        while waiting:
            item, name = waiting.pop()
            path = self._included(item, name)
            if path is None:
                self.whole = False
                continue
            try:
                waiting += self._read(path, str(item))
            except Unreadable as error:
                self.whole = False
                self.diagnostics.error("LF025", item.span, str(error), error.hint)

    def _read(self, path: Path, name: str) -> list[tuple[Text, str]]:
        """One file. Returns what it includes, last first, each with the file that says so."""
        source = load(path, self.diagnostics, self._bytes_left)
        if source is None:
            self.whole = False
            return []
        self._bytes_left -= len(source.text.encode())
        tree = parse(source, self.diagnostics)
        if tree is None:
            self.whole = False
            return []
        self.whole = self.whole and tree.whole
        self.tidy_keys(tree.root)
        self.sources[name] = source.text
        self.files[name] = tree.root
        includes = tree.root.under("include")
        if not isinstance(includes, Listing):
            return []
        texts = [item for item in includes if isinstance(item, Text)]
        return [(item, name) for item in reversed(texts) if not isinstance(item, Broken | Nothing)]

    def _included(self, item: Text, by: str) -> Path | None:
        """The file that an entry of ``include`` names, if it may be read and wasn't yet."""
        wrong = _wrong_path(item)
        if wrong:
            self.diagnostics.error(
                "LF020",
                item.span,
                f'"{shortened(item)}" {wrong}',
                "Write the path from the folder of the root file, such as `parts/events.yaml`.",
            )
            return None
        path = self.path.parent / item
        try:
            resolved, folder = path.resolve(), self.path.resolve().parent
        except (OSError, RuntimeError):
            self.diagnostics.error(
                "LF025", item.span, f'"{shortened(item)}" is a link that leads nowhere'
            )
            return None
        if not resolved.is_relative_to(folder):
            self.diagnostics.error(
                "LF021",
                item.span,
                f'"{shortened(item)}" is a link that leads out of the folder of the spec',
                "Copy the file into the folder.",
            )
            return None
        if resolved in self._read_as:
            self._report_again(item, by, *self._read_as[resolved])
            return None
        self._read_as[resolved] = (str(item), item)
        self._included_by[str(item)] = by
        return path

    def _report_again(self, item: Text, by: str, name: str, first: Text | None) -> None:
        above = by
        while above != name and above in self._included_by:
            above = self._included_by[above]
        if above == name:
            self.diagnostics.error(
                "LF022", item.span, f'"{item}" is being read already: it includes this file'
            )
        else:
            related = [] if first is None else [Related(first.span, "the first is here")]
            self.diagnostics.error(
                "LF023", item.span, f'"{item}" is included a second time', "Take it out.", *related
            )

    # Merging

    def merged(self) -> Table:
        """The sections of all files, in the order of reading."""
        whole = Table(self.files[self.path.name].span)
        for name, table in self.files.items():
            for key, node in table.items():
                if key == "include" and name != self.path.name:
                    continue
                if key in _ROOT_ONLY and name != self.path.name:
                    self.diagnostics.error(
                        "LF024", key.span, f'"{key}" stands in the root file only', "Take it out."
                    )
                    continue
                self._merge(whole, key, node)
        declared = whole.under("entities")
        entities = [str(entity) for entity in declared] if isinstance(declared, Table) else []
        for name in _PAIRS:
            self._put_by_entity(whole, name, entities)
        return whole

    def _merge(self, whole: Table, key: Text, node: Node) -> None:
        if key not in whole or isinstance(whole[key], Nothing):
            whole[key] = node
            return
        known = whole[key]
        if isinstance(known, Table) and isinstance(node, Table):
            self._merge_entries(known, node, key)
        elif isinstance(known, Listing) and isinstance(node, Listing):
            known.extend(node)
        elif not isinstance(node, Nothing | Broken):
            self.diagnostics.error(
                "LF010",
                key.span,
                f'"{key}" stands in another file, too, and the two can\'t be merged',
                "",
                Related(whole.key(key).span, "the first is here"),
            )

    def _merge_entries(self, known: Table, more: Table, section: str = "") -> None:
        keys = {key: key for key in known}
        for key, node in more.items():
            first = keys.get(key)
            before = None if first is None else known[first]
            # The pairs of an entity may stand in several files.
            pairs_of = section in _PAIRS and not _is_pair(section, key)
            if first is None:
                known[key] = node
            elif pairs_of and isinstance(before, Table) and isinstance(node, Table):
                self._merge_entries(before, node)
            else:
                self._report_duplicate(key, first)

    def _report_duplicate(self, key: Text, first: Text) -> None:
        self.diagnostics.error(
            "LF010",
            key.span,
            f'"{shortened(key)}" stands here a second time',
            "",
            Related(first.span, "the first is here"),
        )

    def _put_by_entity(self, whole: Table, name: str, entities: list[str]) -> None:
        """Put the only entity's name over a section that was written without it."""
        section = whole.under(name)
        if not isinstance(section, Table):
            return
        key = whole.key(name)
        flat = [pair for pair in section if _is_pair(name, pair)]
        named = [entity for entity in section if entity in entities]
        if flat and named:
            for pair in flat:
                self.diagnostics.error(
                    "LF056",
                    pair.span,
                    f'"{shortened(pair)}" stands beside the entity "{named[0]}", and must stand under one',
                    "",
                    Related(named[0].span, "the entity is here"),
                )
                del section[pair]
        elif flat and len(entities) == 1:
            whole[key] = by_entity = Table(section.span, key)
            by_entity[Text(entities[0], key.span)] = section
        elif flat and (entities or self.whole):
            self.diagnostics.error(
                "LF055",
                flat[0].span,
                f'"{shortened(flat[0])}" doesn\'t say of which entity'
                if entities
                else f'"{shortened(flat[0])}" is about no entity: there are none',
                f"Write `{name}: {{{entities[0]}: {{…}}}}`." if entities else "",
            )
            whole[key] = Table(section.span, key)
        else:
            for entity, pairs in section.items():
                if isinstance(pairs, Nothing):
                    section[entity] = Table(pairs.span, entity)


def _is_pair(section: str, key: str) -> bool:
    if section == "routes":
        return key == "on_conflict" or key.split(" ")[0] == "via"
    return "->" in key or key == "undeclared"


def _wrong_path(path: str) -> str:
    """What is wrong with an entry of ``include``, or an empty string."""
    parts = path.split("/")
    if "\\" in path:
        return "has a backslash, and paths have slashes on every system"
    if PurePosixPath(path).is_absolute() or ":" in parts[0]:
        return "is no path inside the folder of the spec"
    if any(part in ("", ".", "..") for part in parts):
        return "has an empty part or dots in it, and must go straight down"
    if not path.endswith(_SUFFIXES):
        # An error shows the line it speaks of: a file that isn't a spec might hold secrets.
        return "is no YAML file"
    return ""
