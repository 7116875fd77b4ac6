"""The comparisons that are made."""

from __future__ import annotations

import random
from dataclasses import replace

from .compare import Order
from .run import Plan
from .style import Style, any_style, narrow_style, wide_style
from .subjects import (
    Plain,
    in_order,
    in_order_checking,
    ours,
    ours_checking,
    ours_validating,
    unmodified,
)


def _one_by_one(choose: random.Random) -> Style:
    # After an invalid state nothing more is compared, so that no second event may mend it.
    return replace(any_style(choose), batches=0.0)


EXACT = Plan(in_order, (ours, Plain), any_style)
NARROW = Plan(unmodified, (ours,), narrow_style, Order.ORDERS)
WIDE = Plan(unmodified, (ours,), wide_style, Order.IDLE_STEPS)
VALIDATING = Plan(in_order, (ours_validating,), _one_by_one)
CHECKING = Plan(in_order_checking, (ours_checking,), _one_by_one)

PLANS = {
    "exact": EXACT,
    "validating": VALIDATING,
    "checking": CHECKING,
    "narrow": NARROW,
    "wide": WIDE,
}
