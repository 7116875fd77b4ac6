"""What changed in meaning between two checked specs.

Reads the checked model. Formatting, comments, documentation, the order of what has none, and the names
of locals have no meaning; everything else is a fact, and facts are compared.
"""

from .differences import Difference, Effect, differences
from .touched import Changes, changes

__all__ = ["Changes", "Difference", "Effect", "changes", "differences"]
