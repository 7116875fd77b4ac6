"""From a checked spec to the files of its package, in memory.

``render`` is the public face. What is written to disk, and whether, is ``writer.py``'s affair.
"""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from ..naming import DEFAULT_OUT, package_name

if TYPE_CHECKING:
    from ..checked import CheckedSpec

__all__ = ["render"]


def render(
    checked: CheckedSpec, spec_name: str, out_name: str = DEFAULT_OUT
) -> dict[PurePosixPath, str]:
    """The generated package, formatted: paths relative to the output root, and their text.

    ``spec_name`` and ``out_name`` are how the generated files speak of the spec and of the output root. The same arguments give the same bytes
    in every process.
    """
    # Here, for the checker asks ``walk`` about snippets and needs neither templates nor a formatter.
    from .formatting import format_python
    from .modules import render_modules
    from .plan import Plan

    folder = PurePosixPath(package_name(checked.machine))
    modules = render_modules(Plan(checked, spec_name, out_name))
    return format_python({folder / name: text for name, text in modules.items()})
