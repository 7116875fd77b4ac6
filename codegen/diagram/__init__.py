"""Pictures and tables of a machine: one model (``model``), one extraction (``extract``), small renderers.

Everything drawn comes from the checked spec, in its order, the same bytes in every process.
"""

from __future__ import annotations

from .extract import UnknownEntity, extract
from .image import ImageUnavailable
from .model import Diagram, View
from .render import Format, default_view, format_of_file, render

__all__ = [
    "Diagram",
    "Format",
    "ImageUnavailable",
    "UnknownEntity",
    "View",
    "default_view",
    "extract",
    "format_of_file",
    "render",
]
