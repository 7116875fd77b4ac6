"""SVG and PNG, laid out by Graphviz through pygraphviz (the extra ``lawful[viz]``).

Knows DOT text only; pygraphviz is imported when a picture is asked for.
"""

from __future__ import annotations

import re
import warnings
from typing import Literal, TypeAlias

ImageFormat: TypeAlias = Literal["svg", "png"]


class ImageUnavailable(Exception):
    """The picture can't be drawn here; the text says why and what to do."""


def image(source: str, format: ImageFormat, *, dpi: int = 144) -> bytes:
    """The picture of some DOT text. ``dpi`` is the resolution of a PNG.

    Raises ``ImageUnavailable`` where pygraphviz is missing or Graphviz gives up.
    """
    try:
        from pygraphviz import AGraph  # type: ignore[import-untyped]  # it has no types
    except ImportError as missing:
        raise ImageUnavailable(
            "A picture needs pygraphviz, which brings Graphviz with it: "
            "pip install 'lawful[viz]'. The formats dot and mermaid need nothing."
        ) from missing
    graph = AGraph(string=source)
    if format == "png":
        graph.graph_attr["dpi"] = str(dpi)
    with warnings.catch_warnings():
        # Graphviz tells of fonts that it measures by guess; the picture is good all the same.
        warnings.simplefilter("ignore", RuntimeWarning)
        try:
            drawn = graph.draw(format=format, prog="dot")
        except (OSError, ValueError) as error:
            raise ImageUnavailable(f"Graphviz could not draw the picture: {error}") from error
    if not drawn:
        raise ImageUnavailable("Graphviz drew nothing.")
    return _tidy(drawn) if format == "svg" else bytes(drawn)


def _tidy(svg: bytes) -> bytes:
    """Without comments, which name Graphviz's build and repeat the ids, and with plain newlines."""
    text = svg.decode("utf-8").replace("\r\n", "\n")
    return re.sub(r"<!--.*?-->\n?", "", text, flags=re.DOTALL).encode("utf-8")
