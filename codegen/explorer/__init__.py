"""The explorer: every interleaving of a machine, its open instructions and its environment.

``World`` is what is explored, ``Search`` goes through it breadth first.
"""

from .search import Limits, Search
from .world import World

__all__ = ["Limits", "Search", "World"]
