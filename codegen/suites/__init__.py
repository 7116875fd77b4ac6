"""Generated tests: what a spec promises, item by item, as pytest that a person can read.

``scout`` finds where each item of a machine happens first, ``collect`` asks the reference interpreter what
must come of it, ``render`` writes that down, ``writing`` says whether what is there is still of today.
"""

from .writing import Tests, is_current, make

__all__ = ["Tests", "is_current", "make"]
