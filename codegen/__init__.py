"""From spec text to files: reading, checking, generating. Never imported by generated code.

The public face: ``find_specs`` and ``read``, ``check``, ``render``.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .checking import check
    from .generate import render
    from .reading import find_specs, read

__all__ = ["check", "find_specs", "read", "render"]

_HOMES = {"check": "checking", "find_specs": "reading", "read": "reading", "render": "generate"}


def __getattr__(name: str) -> Any:
    """Import a public function when it is asked for: the command line starts without the checker."""
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{home}"), name)
