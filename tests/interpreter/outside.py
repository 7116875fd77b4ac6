"""What host functions answer when there is no outside: values after their types, and failures.

Two of them made from sources of chance with the same seed answer alike, as long as they are asked the
same things in the same order.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from lawful.codegen.checked import CheckedSpec, HostFunction

from .player import Values


class Outside:
    """Answers every host function of a spec; notes in ``calls`` what it was asked.

    A pure function answers the same question the same way; one that can fail does so now and then.
    """

    def __init__(self, spec: CheckedSpec, chance: random.Random, failure: type[Exception]) -> None:
        self.spec = spec
        self.chance = chance
        self.failure = failure
        self.calls: list[tuple[str, str]] = []

    def __getattr__(self, name: str) -> Callable[..., Any]:
        try:
            function = self.spec.host[name]
        except KeyError:
            raise AttributeError(name) from None
        return lambda *arguments: self._answer(function, arguments)

    def _answer(self, function: HostFunction, arguments: tuple[Any, ...]) -> Any:
        asked = ", ".join(shown(argument) for argument in arguments)
        self.calls.append((function.name, asked))
        chance = random.Random(f"{function.name}({asked})") if function.pure else self.chance
        values = Values(self.spec, chance)
        if function.fails_type is not None and chance.random() < 0.3:
            told = values.of(function.fails_type)
            raise self.failure(*(told if isinstance(told, tuple) else (told,)))
        return None if function.returns is None else values.of(function.returns)


def shown(value: Any) -> str:
    """An argument as text, alike for both machines: an entity is its key."""
    if type(value).__name__ in ("OrderedSet", "Set", "list", "List", "Heap"):
        return f"[{', '.join(map(shown, value))}]"
    if type(value) in (str, int, float, bool, tuple, type(None)):
        return repr(value)
    return f"<{getattr(value, 'kind', type(value).__name__)} {value.state}>"
