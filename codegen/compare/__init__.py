"""What changed in meaning between two checked specs.

Reads the checked model. Formatting, comments, documentation, the order of what has none, and the names
of locals have no meaning; everything else is a fact, and facts are compared.
"""

from .differences import Difference, Effect, differences

__all__ = ["Difference", "Effect", "differences"]
