"""Pictures and tables of a machine: one model (``model``), one extraction (``extract``), small renderers.

Everything drawn comes from the checked spec, in its order, the same bytes in every process.
"""

from __future__ import annotations

from .changed import changed
from .covered import Coverage, covered
from .extract import UnknownEntity, extract
from .image import ImageUnavailable
from .model import Diagram, View
from .render import Format, default_view, format_of_file, render
from .selection import NothingThere, around, following
from .taken import taken

__all__ = [
    "Coverage",
    "Diagram",
    "Format",
    "ImageUnavailable",
    "NothingThere",
    "UnknownEntity",
    "View",
    "around",
    "changed",
    "covered",
    "default_view",
    "extract",
    "following",
    "format_of_file",
    "render",
    "taken",
]
