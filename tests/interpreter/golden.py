"""Golden steps: small machines of both kinds, and what a step of them came to, short to read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from lawful.codegen.interpreter import Message
from tests.generator import building

from .pair import Made, Pair

COLOURS = """\
  idle -> red: {becomes: red}
  idle -> blue: {becomes: blue}
  red -> blue: {becomes: blue}
  blue -> red: {becomes: red}
  red, blue -> idle: {becomes: idle}
"""
POKE = "  Poke: {fields: {name: str}}"
POKE_ALL = "  Poke: {fields: {names: 'list[str]'}}"

Told = list[tuple[str, dict[str, Any]]]


class Steps:
    """A pair of machines made from the text of a spec. Each step is taken by both, which must agree.

    ``host`` makes an outside; it needs a list ``calls``.
    """

    def __init__(self, folder: Path, text: str, *, host: Any = None, **options: Any) -> None:
        spec = building.checked(folder, text)
        package = building.build(folder, text)
        outside = None if host is None else lambda *_: host()
        self.pair = Pair(Made(spec, package, {}, outside), **options)
        self.error: tuple[Any, ...] = ()

    def take(self, event: str, **fields: Any) -> Told | str:
        """Give an event to both: the instructions, without what they are called; or the name of the
        error, which is in ``error`` as a whole."""
        answer = self.pair.handle(Message(event, fields))
        if answer[0] != "instructions":
            self.error = answer
            return str(answer[0])
        return [
            (name, {k: v for k, v in fields.items() if k != "stimulus_id"})
            for name, fields in self.pair.emitted
        ]

    def log(self) -> list[tuple[Any, ...]]:
        """What the last step has logged, without stimulus ids and times."""
        now = self.pair.clock.now
        return [record[:-2] for record in self.pair.interpreted.log if record[-1] == now]

    def get(self, kind: str, key: Any, *names: str) -> Any:
        """The value of a field of an entity, or those of several; None if there is no such entity."""
        found = self.pair.interpreted.state().entities[kind].get(key)
        if found is None:
            return None
        return found[names[0]] if len(names) == 1 else tuple(found[name] for name in names)

    def keys(self, kind: str) -> list[Any]:
        """The keys of all entities of a kind, in order."""
        return list(self.pair.interpreted.state().entities[kind])

    def context(self, name: str) -> Any:
        """A datum of the machine; entities are their keys."""
        value = self.pair.interpreted.state().context[name]
        return [held.key for held in value] if isinstance(value, list) else value
