"""Whether anything depends on what the explorer forgets.

The explorer takes states for one that differ in fields declared ``explore: ignore``, and in numbers
declared ``explore: rank`` but for their order. That proves something only if what happens is the same in
all of them. So values are followed through the machine and its environments (``values``, ``statements``)
as far as each is known in all such states at once (``grades``), and where something that counts would
depend on more than that, it is reported. Knows the checked model.
"""

from __future__ import annotations

from ..checked import CheckedSpec, Invariant
from ..diagnostics import Diagnostics, Span
from .counter import counter_of
from .declared import check_declared, forgettable
from .promises import claimed, invariants
from .statements import Machine
from .values import Place


def check_dependence(spec: CheckedSpec, diagnostics: Diagnostics) -> None:
    """Report what depends on what the explorer forgets."""
    if all(item.explore == "exact" for _, item in forgettable(spec)):
        return
    counter = counter_of(spec)
    check_declared(spec, counter, diagnostics)
    promised: dict[frozenset[Place], dict[Span, Invariant]] = {frozenset(): {}}
    for environment in spec.environments.values():
        exact = frozenset(place for place in claimed(spec, environment) if _is_ignored(spec, place))
        found = promised.setdefault(exact, {})
        found |= {each.span: each for each in invariants(spec, environment)}
    for exact, asked in promised.items():
        Machine(spec, counter, exact, tuple(asked.values()), diagnostics).check()


def _is_ignored(spec: CheckedSpec, place: Place) -> bool:
    entity, name = place
    item = spec.entities[entity].fields.get(name) if entity else spec.context.get(name)
    return item is not None and item.explore == "ignore"
