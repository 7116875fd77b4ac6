"""A diagram in any format, as bytes: the one place that knows all renderers."""

from __future__ import annotations

import enum
from pathlib import PurePath

from .model import Diagram, View

_SUFFIXES = {
    ".txt": "terminal",
    ".mmd": "mermaid",
    ".mermaid": "mermaid",
    ".dot": "dot",
    ".gv": "dot",
    ".md": "markdown",
    ".svg": "svg",
    ".png": "png",
    ".json": "json",
}


class Format(enum.StrEnum):
    """What a diagram can be written as."""

    terminal = "terminal"
    mermaid = "mermaid"
    dot = "dot"
    markdown = "markdown"
    svg = "svg"
    png = "png"
    json = "json"


def format_of_file(name: PurePath) -> Format | None:
    """The format that a file's ending stands for, or None."""
    known = _SUFFIXES.get(name.suffix.lower())
    return None if known is None else Format(known)


def default_view(format: Format) -> View:
    """Texts show everything; a picture is readable when it shows one thing."""
    drawn = (Format.mermaid, Format.dot, Format.svg, Format.png)
    return "life-cycle" if format in drawn else "both"


def render(
    diagram: Diagram, format: Format, *, width: int = 100, color: bool = False, ascii: bool = False
) -> bytes:
    """The diagram in the format, text as UTF-8. ``width`` (columns), ``color`` and ``ascii`` are for
    the terminal alone. Raises ``ImageUnavailable`` for ``svg`` and ``png`` without pygraphviz."""
    match format:
        case Format.terminal:
            from . import terminal

            lines = terminal.tree(diagram, width)
            if color:
                return terminal.styled(lines, ascii_only=ascii).encode()
            return terminal.plain(lines, ascii_only=ascii).encode()
        case Format.mermaid:
            from .mermaid import mermaid

            return mermaid(diagram).encode()
        case Format.markdown:
            from .markdown import markdown

            return markdown(diagram).encode()
        case Format.json:
            from .document import document

            return document(diagram).encode()
        case Format.dot:
            from .dot import dot

            return dot(diagram).encode()
        case Format.svg | Format.png:
            from .dot import dot
            from .image import image

            return image(dot(diagram), "svg" if format is Format.svg else "png")
