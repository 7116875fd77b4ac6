"""The comparisons that are made."""

from __future__ import annotations

import random
from dataclasses import replace

from .run import Plan
from .style import Style, any_style
from .subjects import Plain, in_order, ours, ours_validating


def _one_by_one(choose: random.Random) -> Style:
    # After an invalid state nothing more is compared, so that no second event may mend it.
    return replace(any_style(choose), batches=0.0)


EXACT = Plan(in_order, (ours, Plain), any_style)
VALIDATING = Plan(in_order, (ours_validating,), _one_by_one)
