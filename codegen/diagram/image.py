"""SVG and PNG, laid out by Graphviz through pygraphviz (the extra ``lawful[viz]``).

Knows DOT text only.
"""

from __future__ import annotations

import hashlib
import importlib.util
import re
import subprocess
import sys
from typing import Literal, TypeAlias

ImageFormat: TypeAlias = Literal["svg", "png", "json0"]  # json0: only where things are


class ImageUnavailable(Exception):
    """The picture can't be drawn here; the text says why and what to do."""


# Drawn in a process of its own: Graphviz is C code that reads what a spec made of it, writes what it
# doesn't like to stderr whoever listens, and may take long over a large graph.
_DRAW = """
import sys
from pygraphviz import AGraph
graph = AGraph(string=sys.stdin.buffer.read().decode("utf-8"))
if sys.argv[1] == "png":
    graph.graph_attr["dpi"] = sys.argv[2]
sys.stdout.buffer.write(graph.draw(format=sys.argv[1], prog="dot"))
"""


def image(source: str, format: ImageFormat, *, dpi: int = 144, seconds: float = 120) -> bytes:
    """The picture of some DOT text. ``dpi`` is the resolution of a PNG, ``seconds`` the longest that
    Graphviz may take.

    Raises ``ImageUnavailable`` where pygraphviz is missing or Graphviz gives up.
    """
    if not _installed():
        raise ImageUnavailable(
            "A picture needs pygraphviz, which brings Graphviz with it: "
            "pip install 'lawful[viz]'. The formats dot and mermaid need nothing."
        )
    try:
        drawn = subprocess.run(
            [sys.executable, "-c", _DRAW, format, str(dpi)],
            input=source.encode(),
            capture_output=True,
            timeout=seconds,
            check=True,
        ).stdout
    except subprocess.TimeoutExpired:
        raise ImageUnavailable(
            f"Graphviz has not finished the picture in {seconds:g} seconds. "
            "Draw less of it, with --entity or another --view."
        ) from None
    except subprocess.CalledProcessError as error:
        lines = error.stderr.decode("utf-8", "replace").strip().splitlines() or ["it said nothing"]
        raise ImageUnavailable(f"Graphviz could not draw the picture: {lines[-1]}") from None
    return _tidy(drawn, source) if format == "svg" else drawn


def _installed() -> bool:
    try:
        return importlib.util.find_spec("pygraphviz") is not None
    except ValueError:  # a module that says nothing of where it is from
        return False


def _tidy(svg: bytes, source: str) -> bytes:
    """Without comments, which name Graphviz's build and repeat the ids, and with plain newlines; with
    one that says what was drawn, since the same DOT text gives other bytes where other fonts are."""
    text = svg.decode("utf-8").replace("\r\n", "\n")
    text = re.sub(r"<!--.*?-->\n?", "", text, flags=re.DOTALL)
    return text.replace("<svg", f"<!-- {drawn_from(source)} -->\n<svg", 1).encode()


def drawn_from(source: str) -> str:
    """What an SVG says of the DOT text that it was drawn from: a picture with another is out of date."""
    return f"drawn by lawful from DOT text sha256:{hashlib.sha256(source.encode()).hexdigest()}"
