"""Differences as text, Markdown and JSON. Texts of a spec are made harmless in each."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from ..diagnostics import Span
from ..markdown import code, prose, table
from ..plain import one_line
from .differences import Difference

Place = Callable[[Span], str]
"""How a place is shown: that of a revision bears its name."""

_COLORS = {"breaking": "\x1b[1;31m", "behaviour": "\x1b[1;33m", "compatible": "\x1b[1;32m"}
_RESET = "\x1b[0m"
_NONE = "No difference in meaning."


def place(span: Span) -> str:
    return f"{span.path}:{span.line}"


def counts(found: Sequence[Difference]) -> dict[str, int]:
    """How many differences bear each label, the labels in the order of the differences."""
    counted: dict[str, int] = {}
    for difference in found:
        counted[difference.label] = counted.get(difference.label, 0) + 1
    return counted


def summary(found: Sequence[Difference]) -> str:
    """``3 differences in meaning: 1 breaking for callers, 2 compatible``."""
    if not found:
        return _NONE
    told = ", ".join(f"{n} {label}" for label, n in counts(found).items())
    return f"{len(found)} difference{'s' if len(found) > 1 else ''} in meaning: {told}"


def as_text(
    found: Sequence[Difference], old: Place = place, new: Place = place, *, color: bool = False
) -> str:
    """Two lines a difference: what changed, and where. Ends with a line that counts them."""
    lines: list[str] = []
    for difference in found:
        label = difference.label
        if color:
            label = f"{_COLORS[label.split()[0]]}{label}{_RESET}"
        lines.append(f"{label}: {one_line(difference.words)}")
        lines.append(one_line(f"  {' => '.join(_places(difference, old, new))}"))
    return "\n".join([*lines, summary(found)]) + "\n"


def _places(difference: Difference, old: Place, new: Place) -> Iterator[str]:
    """Where it stands: what is new or gone only on one side."""
    for side, span in ((old, difference.old), (new, difference.new)):
        if span is not None:
            yield side(span)


def as_markdown(found: Sequence[Difference], old: Place = place, new: Place = place) -> str:
    """A table, for the text of a pull request."""

    def told(side: Place, span: Span | None) -> str:
        return "" if span is None else code(side(span))

    rows = ((prose(d.label), prose(d.words), told(old, d.old), told(new, d.new)) for d in found)
    shown = table(("", "What changed", "Old", "New"), rows)
    return "\n\n".join(filter(None, (prose(summary(found)), shown))) + "\n"


def as_json(
    found: Sequence[Difference], names: tuple[str, str], old: Place = place, new: Place = place
) -> str:
    """One JSON document, ASCII only::

    {"version": 1, "old": …, "new": …, "differences": [
      {"label": …, "effects": ["callers"], "change": "added", "about": …, "what": …, "where": […],
       "words": …, "old": {"place": …, "text": …}, "new": {"place": …, "text": …}}]}

    ``old`` is null for what is new, ``new`` for what is gone.
    """
    document: dict[str, Any] = {
        "version": 1,
        "old": names[0],
        "new": names[1],
        "differences": [
            {
                "label": d.label,
                "effects": sorted(d.effects),
                "change": d.change,
                "about": d.about,
                "what": d.what,
                "where": list(d.where),
                "words": d.words,
                "old": _side(old, d.old, d.old_text),
                "new": _side(new, d.new, d.new_text),
            }
            for d in found
        ],
    }
    return json.dumps(document, indent=2) + "\n"


def _side(place: Place, span: Span | None, text: str) -> dict[str, str] | None:
    return None if span is None else {"place": place(span), "text": text}
