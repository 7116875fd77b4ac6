"""YAML text to a tree of located texts, mappings and lists.

Built from the parser's events, without recursion: PyYAML's own composing and constructing would
resolve aliases and tags, turn ``on`` and ``010`` into something else and drop duplicate keys. Knows
YAML; knows nothing of which keys a spec has.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import yaml

from .diagnostics import Diagnostics, Related, Span
from .part import Broken, Listing, Node, Nothing, Table, Text
from .places import place_map
from .plain import find_invisible, shortened
from .source import Source, report_invisible
from .yamlerrors import MAX_DEPTH, TOO_DEEP, explain, section_at

MAX_NODES = 500_000
MAX_MISTAKES = 1_000
_RETRIED_CHARACTERS = 4_000_000  # how much text is parsed again to find mistakes behind the first

_COLON = re.compile(r"\s*:")
_GLUED = re.compile(r"\w+:\S")  # url:str

_Parser: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the fast one where there is one


@dataclass
class Tree:
    """What was read. ``whole`` is False where a part of the file couldn't be read as YAML: what is
    missing from ``root`` may be there then."""

    root: Table
    whole: bool


class _TooMuch(Exception):
    """The file is deeper or bigger than a spec may be, or nothing but mistakes; reported already."""


def parse(source: Source, diagnostics: Diagnostics) -> Tree | None:
    """The tree of a file with a mapping at its top, or None. All mistakes are reported that can be found:
    a section that isn't YAML is left out and the rest is read all the same."""
    text = source.text
    retries = max(1, min(20, _RETRIED_CHARACTERS // (len(text) + 1)))
    whole = True
    while True:
        builder = _Builder(Source(source.path, text), diagnostics)
        try:
            builder.build()
        except _TooMuch:
            return None
        except (yaml.YAMLError, ValueError, OverflowError) as error:
            # The slow parser lets the last two through for an escape beyond Unicode.
            whole = False
            section = section_at(text, explain(error, source, diagnostics))
            retries -= 1
            if section is None or retries <= 0:
                return None
            text = _blanked(text, *section)
            continue
        break
    root = builder.root
    if isinstance(root, Table):
        return Tree(root, whole)
    if whole:
        _report_top(source, root, diagnostics)
    return None


def _blanked(text: str, start: int, end: int) -> str:
    blank = "".join(c if c in "\r\n" else " " for c in text[start:end])
    return text[:start] + blank + text[end:]


def _report_top(source: Source, root: Node | None, diagnostics: Diagnostics) -> None:
    if root is None or isinstance(root, Nothing):
        diagnostics.error(
            "LF007",
            Span(source.path, 1, 1, 1, 1),
            "there is nothing in this file",
            "A spec begins with `lawful: 1` and `machine: Name`.",
        )
    elif not isinstance(root, Broken):
        kind = "list" if isinstance(root, Listing) else "text"
        diagnostics.error(
            "LF019",
            root.span,
            f"the whole file is one {kind}, and a spec is a mapping of sections",
            "A spec begins with `lawful: 1` and `machine: Name`.",
        )


@dataclass
class _Frame:
    """An open mapping or list. ``key`` is the key that waits for its value; ``keys`` are those before, by
    themselves, for their places. ``begun`` is a text that YAML may have cut at a comma, and ``split`` what may
    be the rest of it. ``drop``: it is refused, ``as_key``: it stands where a key belongs."""

    node: Table | Listing
    flow: bool
    drop: bool = False
    as_key: bool = False
    key: Text | None = None
    keys: dict[Text, Text] = field(default_factory=dict)
    begun: Text | None = None
    split: list[Text] = field(default_factory=list)


class _Builder:
    """Makes the tree of one file from its events."""

    def __init__(self, source: Source, diagnostics: Diagnostics) -> None:
        self.root: Node | None = None
        self._source = source
        self._diagnostics = diagnostics
        self._frames: list[_Frame] = []
        self._count = 0
        self._mistakes = 0

    def build(self) -> None:
        """Read all of it. Raises yaml.YAMLError where it isn't YAML."""
        documents = 0
        for event in _events(self._source.text):
            match event:
                case yaml.DocumentStartEvent():
                    documents += 1
                    if documents > 1:
                        self._error(
                            "LF014",
                            self._span(event),
                            "a second document begins here",
                            "Give each machine a file of its own.",
                        )
                        return
                    self._check_directives(event)
                case yaml.ScalarEvent():
                    self._add(self._scalar(event))
                case yaml.AliasEvent():
                    self._add(self._alias(event))
                case yaml.MappingStartEvent():
                    self._open(Table(self._span(event)), event)
                case yaml.SequenceStartEvent():
                    self._open(Listing(self._span(event)), event)
                case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                    self._close(event)

    # What stands in the file

    def _span(self, event: Any) -> Span:
        start, end = event.start_mark, event.end_mark
        return Span(
            self._source.path, start.line + 1, start.column + 1, end.line + 1, end.column + 1
        )

    def _error(self, code: str, span: Span, message: str, hint: str = "", *more: Related) -> None:
        self._diagnostics.error(code, span, message, hint, *more)
        self._mistakes += 1
        if self._mistakes >= MAX_MISTAKES:
            self._diagnostics.error(
                "LF016", span, f"these are {MAX_MISTAKES} mistakes: the rest isn't read"
            )
            raise _TooMuch

    def _broken(self, span: Span) -> Broken:
        """What stands in for a node that was refused."""
        self._diagnostics.settle(span)
        return Broken("", span)

    def _check_directives(self, event: Any) -> None:
        if event.version or event.tags:
            self._error(
                "LF026", self._span(event), "a YAML directive stands before this", "Take it out."
            )

    def _refused(self, event: Any) -> bool:
        """Report what makes a node unfit: an anchor, a tag, too many or too deep."""
        self._count += 1
        span = self._span(event)
        if self._count > MAX_NODES:
            self._error("LF016", span, f"this file has more than {MAX_NODES} keys and values")
            raise _TooMuch
        if event.anchor is not None:
            self._error(
                "LF011",
                span,
                f'"&{shortened(event.anchor)}" is an anchor, and a spec has none',
                "Write it out, or quote a text that begins with `&`.",
            )
        if event.tag is not None:
            self._error(
                "LF012",
                span,
                f'"{shortened(event.tag)}" is a tag, and a spec has none',
                "Take it out, or quote a text that begins with `!`.",
            )
        return event.tag is not None

    def _scalar(self, event: Any) -> Text:
        span = self._span(event)
        if self._refused(event):
            return self._broken(span)
        value, style = event.value, event.style
        if style is None or style == "":
            if value == "":
                return self._nothing(span)
            if span.line == span.end_line:
                return Text(value, span)
        start = self._source.offset(span.line, span.column)
        end = self._source.offset(span.end_line, span.end_column)
        text = Text(value, span, partial(place_map, self._source, value, style, start, end))
        found = find_invisible(value) if style == '"' else None
        if found:
            place = text.locate(found.start(), found.end())
            report_invisible(place, found[0], self._diagnostics)
            return self._broken(span)
        return text

    def _nothing(self, span: Span) -> Nothing:
        nothing = Nothing("", span)
        frame = self._frames[-1] if self._frames else None
        nothing.owner = None if frame is None else frame.key
        return nothing

    def _alias(self, event: Any) -> Text:
        span = self._span(event)
        self._error(
            "LF011",
            span,
            f'"*{shortened(event.anchor)}" is an alias, and a spec has none',
            "Write it out, or quote a text that begins with `*`.",
        )
        return self._broken(span)

    # Putting it together

    def _open(self, node: Table | Listing, event: Any) -> None:
        refused = self._refused(event)
        if len(self._frames) >= MAX_DEPTH:
            self._error("LF015", node.span, TOO_DEEP)
            raise _TooMuch
        parent = self._frames[-1] if self._frames else None
        frame = _Frame(node, bool(event.flow_style), drop=refused)
        if parent is not None and isinstance(parent.node, Table):
            if parent.key is None:
                frame.as_key = True
            elif isinstance(node, Table):
                node.owner = parent.key
        self._frames.append(frame)

    def _close(self, event: Any) -> None:
        frame = self._frames.pop()
        start, end = frame.node.span, self._span(event)
        span = Span(start.path, start.line, start.column, end.end_line, end.end_column)
        frame.node.span = span
        if frame.split and isinstance(frame.node, Table) and not frame.as_key:
            self._report_split(frame)
        if frame.as_key:
            kind = "mapping" if isinstance(frame.node, Table) else "list"
            self._error(
                "LF018",
                span,
                f"a {kind} can't be a key",
                "A text with braces or brackets must be quoted.",
            )
            # What was meant by the braces around it can't be told.
            self._frames[-1].drop = self._frames[-1].flow
            self._add(self._broken(span))
        else:
            self._add(self._broken(span) if frame.drop else frame.node)

    def _add(self, node: Node) -> None:
        if not self._frames:
            self.root = node
            return
        frame = self._frames[-1]
        if isinstance(frame.node, Listing):
            self._add_item(frame, frame.node, node)
        elif frame.key is None:
            assert isinstance(node, Text)
            frame.key = self._key(node)
        else:
            key, frame.key = frame.key, None
            self._add_pair(frame, frame.node, key, node)

    def _key(self, key: Text) -> Text:
        if isinstance(key, Nothing):
            self._error("LF018", key.span, "a key is missing before this colon")
            return self._broken(key.span)
        if key == "<<" and key.places is None:
            self._error(
                "LF013", key.span, '"<<" merges mappings in YAML, and a spec has no such thing'
            )
            return self._broken(key.span)
        return key

    def _add_pair(self, frame: _Frame, table: Table, key: Text, node: Node) -> None:
        if isinstance(key, Broken):
            return
        if frame.flow and isinstance(node, Nothing) and not self._has_colon(key):
            frame.split.append(key)
            return
        if frame.split:
            self._report_split(frame)
        frame.begun = node if isinstance(node, Text) else None
        first = frame.keys.setdefault(key, key)
        if first is key:
            table[key] = node
            return
        self._error(
            "LF010",
            key.span,
            f'"{shortened(key)}" stands here a second time',
            "",
            Related(first.span, "the first is here"),
        )

    def _add_item(self, frame: _Frame, listing: Listing, node: Node) -> None:
        """Items of ``[f(a, b)]`` are a text with an open parenthesis and, some items later, its end."""
        listing.append(node)
        if not frame.flow or not isinstance(node, Text):
            return
        if frame.begun is not None:
            frame.split.append(node)
            if node.count(")") > node.count("("):
                self._report_split(frame)
                frame.begun = None
        elif node.count("(") > node.count(")"):
            frame.begun = node

    def _has_colon(self, key: Text) -> bool:
        """Whether a colon was written behind the key."""
        at = self._source.offset(key.span.end_line, key.span.end_column)
        return _COLON.match(self._source.text, at) is not None

    def _report_split(self, frame: _Frame) -> None:
        """In ``{do: f(a, b)}`` YAML ends the text at the comma, and ``b)`` is a key without value."""
        junk, frame.split = frame.split, []
        glued = [key for key in junk if _GLUED.match(key)]
        if frame.begun is None or isinstance(frame.begun, Nothing | Broken) or glued:
            for key in glued or junk:
                self._error(
                    "LF017",
                    key.span,
                    f'"{shortened(key)}" has no value',
                    "A colon needs a space behind it." if glued else "Write `key: value`.",
                )
            return
        begun = frame.begun
        self._error(
            "LF017",
            junk[0].span,
            "YAML ended the text at the comma before this",
            f"Quote it: {shortened(_quoted(', '.join([begun, *junk])), 300)}",
            Related(begun.span, "the text began here"),
        )
        self._put_broken(frame.node, begun)

    def _put_broken(self, node: Table | Listing, cut: Text) -> None:
        """A broken text in the place of one that was cut: half a text says nothing."""
        broken = self._broken(cut.span)
        if isinstance(node, Table):
            last = next(reversed(node))
            node[last] = broken
        else:
            at = next(index for index in reversed(range(len(node))) if node[index] is cut)
            node[at:] = [broken]


def _quoted(text: str) -> str:
    return (
        '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"' if "'" in text else f"'{text}'"
    )


def _events(text: str) -> Iterator[Any]:
    parser = _Parser(text)
    try:
        while parser.check_event():
            yield parser.get_event()
    finally:
        parser.dispose()
