"""A hypothesis state machine of a spec: a rule for each event, with payloads after the types of its fields.

Knows the checked model and what is collected.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..checked import CheckedSpec, Event, Field
from ..explorer.universe import Universe
from ..generate.texts import docstring, quoted
from ..naming import snake
from ..snippets.ir import Attribute, Local
from ..types import (
    ListType,
    MapType,
    Named,
    Optional,
    SetType,
    Simple,
    StateType,
    TupleType,
    Type,
    bare,
)
from .collect import Collected


def random_test(collected: Collected, head: str) -> str:
    """The text of the test."""
    spec = collected.spec
    strategies = _Strategies(collected)
    rules = [line for event in spec.events.values() for line in _rule(spec, event, strategies)]
    keys = dict(_keys(spec))
    about = f"{spec.machine} under events of all kinds, in situations that are seldom."
    imports = ["Life", "Suite"]
    sets = any("OrderedSet" in line for line in rules)
    return "\n".join(
        [
            head,
            *docstring(about, ""),
            "",
            "from collections import Counter",
            "from typing import Any, ClassVar",
            "",
            "from hypothesis import HealthCheck, settings",
            "from hypothesis import strategies as st",
            "from hypothesis.stateful import RuleBasedStateMachine, initialize, rule,"
            " run_state_machine_as_test",
            "",
            *(["from lawful.runtime import OrderedSet"] if sets else []),
            f"from lawful.runtime.testing import {', '.join(imports)}",
            "",
            f"KEYS = {keys!r}",
            '"""Event -> the field with the key of its subject, and the kind of entity."""',
            "",
            f"STRICT = {collected.strict}",
            '"""Whether the machine takes or refuses any event at any moment. Otherwise an event that breaks a',
            'promise of the spec is taken back."""',
            "",
            "AIMS = st.none() | st.integers(0, 3)",
            '"""Which entity an event is about, and which open instruction it answers, the seldomest first."""',
            "",
            "",
            "class Events(RuleBasedStateMachine):",
            "    suite: ClassVar[Suite]",
            "    visits: ClassVar[Counter[str]]",
            "",
            "    def __init__(self) -> None:",
            "        super().__init__()",
            "        self.life = Life(self.suite, KEYS, self.visits, strict=STRICT)",
            "",
            "    @initialize(number=st.integers(0, 20))",
            "    def begins(self, number: int) -> None:",
            "        self.life.begin(number)",
            *rules,
            "",
            "",
            "def test_whatever_comes(suite: Suite) -> None:",
            "    Events.suite, Events.visits = suite, Counter()",
            "    options = settings(",
            "        max_examples=50, stateful_step_count=30, deadline=None, derandomize=True, database=None,",
            "        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],",
            "    )",
            "    run_state_machine_as_test(Events, settings=options)",
            "",
        ]
    )


def _rule(spec: CheckedSpec, event: Event, strategies: _Strategies) -> Iterator[str]:
    drawn = [f"{_argument(f.name)}={strategies.field(f)}" for f in event.fields.values()]
    taken = [f"{_argument(f.name)}: Any" for f in event.fields.values()]
    given = [f"{quoted(f.name)}: {_argument(f.name)}" for f in event.fields.values()]
    yield ""
    yield f"    @rule(aim_=AIMS, of_=AIMS, {', '.join(drawn)})"
    yield f"    def {_argument(snake(event.name))}(self, aim_: Any, of_: Any, {', '.join(taken)}) -> None:"
    fields = f"{{{', '.join(given)}}}"
    yield f"        self.life.takes({quoted(event.name)}, {fields}, aim=aim_, of=of_)"


def _argument(name: str) -> str:
    """A name that hypothesis and its state machine have no use for."""
    return f"{name}_"


def _keys(spec: CheckedSpec) -> Iterator[tuple[str, tuple[str, str]]]:
    for handler in spec.handlers.values():
        subject = handler.subject
        if subject is None or subject.many:
            continue
        source = subject.source
        if isinstance(source, Attribute) and isinstance(source.target, Local):
            yield handler.event, (source.name, subject.entity)


class _Strategies:
    """Strategies as text."""

    def __init__(self, collected: Collected) -> None:
        self.spec = collected.spec
        self.universe: Universe = collected.scouts[0].world.universe
        self.values = self.universe.environment.values

    def field(self, field: Field) -> str:
        """What a field takes: what the environment lists, or what its type says."""
        listed = self.values.get(field.name)
        if listed and isinstance(bare(field.type), Simple):
            return f"st.sampled_from({list(listed)!r})"
        return self.of(field.type)

    def of(self, type_: Type) -> str:
        match type_:
            case Named(name):
                keys = self._keys(name)
                if keys:
                    return f"st.sampled_from({keys!r})"
                resolved = self.universe.codec.resolved(type_)
                if isinstance(resolved, Named) or resolved == Simple("str"):
                    listed = list(self.values.get(name.lower(), ()))
                    return (
                        f"st.sampled_from({listed or [f'{name.lower()}-1', f'{name.lower()}-2']!r})"
                    )
                return self.of(resolved)
            case Optional(item):
                return f"st.none() | {self.of(item)}"
            case Simple(name):
                return _SIMPLE[name]
            case StateType(entity):
                return f"st.sampled_from({list(self.spec.entities[entity].states)!r})"
            case ListType(item):
                return f"st.lists({self.of(item)}, max_size=3)"
            case SetType(item):
                return f"st.lists({self.of(item)}, max_size=3).map(OrderedSet)"
            case MapType(key, item, _):
                return f"st.dictionaries({self.of(key)}, {self.of(item)}, max_size=3)"
            case TupleType(items, rest):
                if rest is not None:
                    return f"st.lists({self.of(rest)}, min_size=1, max_size=2).map(tuple)"
                return f"st.tuples({', '.join(map(self.of, items))})"
        return "st.none()"

    def _keys(self, type_: str) -> list[Any]:
        found: list[Any] = []
        for entity in self.spec.entities.values():
            if isinstance(entity.key.type, Named) and entity.key.type.name == type_:
                found += self.universe.scene.keys_of(entity.name)[:4]
        return found


_SIMPLE = {
    "bool": "st.booleans()",
    "int": "st.integers(0, 3)",
    "float": "st.sampled_from([0.0, 0.5, 1.0])",
    "str": 'st.sampled_from(["a", "b", "c"])',
    "None": "st.none()",
}
