"""The reference of a machine: all that its spec declares, as one Markdown document.

Reads the checked model and the diagram's rows; writes nothing.
"""

from .reference import reference

__all__ = ["reference"]
